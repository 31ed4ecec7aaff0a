"""A small crisis that has no fault, and ways to give it one."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.overrides import with_value
from crisis_abm.scenario.paths import parse_place
from crisis_abm.tables import build

SOUND = """\
# A crisis to test with
title = "Two towns"   # the title

[time]
steps = 30
start = 2020-02-24    # a Monday

[resources]
ppe = {}
labour = {}

[areas.north]
[areas.south]

# Who is there
[[organisations]]
id = "infirmary"
kind = "hospital"
area = "north"
capacity = 300   # beds
position = [1.0, 2.0]

[[organisations]]
id = "depot"
kind = "supplier"
area = "north"

[[groups]]
kind = "care_home"
count = { north = 2, south = 3 }
spread = 0.4

[[groups]]
kind = "household"
count = 2

[[supply]]
resource = "ppe"
within = "anywhere"
lead_time = 2

[[supply]]
resource = "labour"
suppliers = "all"

[[aid]]
resource = "ppe"
within = "anywhere"

[[referral]]
from = ["infirmary"]
to = ["care_home"]
share = 0.1

[[events]]
title = "The depot burns"
capacity = 0.0
start = 2020-03-05
end = 20
organisations = ["depot"]

[policies.mixed]
agenda = 0.5
changes = [{ start = 5, communication = 1.0, kinds = ["hospital"] }]

[uncertain]
"behaviour.hoarding" = { low = 2, high = 4, why = "judgement" }
"""


def sound() -> dict[str, Any]:
    """The plain data of the sound crisis."""
    return tomllib.loads(SOUND)


def crisis(edits: dict[str, Any] | None = None) -> Scenario:
    """The crisis with values at some paths set (None: taken away)."""
    data = sound()
    for path, value in (edits or {}).items():
        data = with_value(data, parse_place(path), value)
    return Scenario.from_dict(data, source="town.toml")


def problems_with(edits: dict[str, Any]) -> list[Problem]:
    """What is wrong with the crisis after the edits, read or built."""
    with pytest.raises(ScenarioError) as caught:
        build(crisis(edits))
    return caught.value.problems


def problems_in(text: str, **more: Any) -> list[Problem]:
    """What is wrong with a scenario text."""
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(text, **more)
    return caught.value.problems
