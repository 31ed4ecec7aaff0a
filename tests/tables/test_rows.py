"""Who an event or a change of policy is about."""

from __future__ import annotations

from typing import Any

import pytest

from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import SomeOf
from crisis_abm.tables.rows import Columns, read_members


@pytest.fixture
def columns() -> Columns:
    depot = {"id": "depot", "kind": "depot", "area": "north", "capacity": 1}
    namesake = {"id": "home", "kind": "depot", "area": "north", "capacity": 1}
    homes = {"kind": "home", "count": {"north": 20, "south": 30}, "demand": 1}
    return read_members(
        Scenario.from_dict(
            {
                "title": "who",
                "resources": {},
                "kinds": {"home": {}, "depot": {}},
                "organisations": [depot, namesake],
                "groups": [homes],
            }
        )
    )


@pytest.mark.parametrize(
    ("who", "count"),
    [
        ({}, 52),
        ({"kinds": ["home"]}, 50),
        ({"kinds": ["home"], "areas": ["south"]}, 30),
        ({"organisations": ["depot", "north_home_2"]}, 2),
        ({"organisations": ["home"]}, 1),  # an id, though there is a kind of that name
        ({"kinds": ["home"], "share": 0.4}, 20),
        ({"share": 1.0}, 52),
    ],
)
def test_who_meets_every_condition(columns: Columns, who: dict[str, Any], count: int) -> None:
    rows = columns.some(SomeOf(**who), "events[0]").tolist()
    assert len(rows) == count
    assert rows == sorted(rows)


def test_a_random_share_depends_on_its_purpose(columns: Columns) -> None:
    who = SomeOf(kinds=["home"], share=0.3)
    first = columns.some(who, "events[0]").tolist()
    assert first == columns.some(who, "events[0]").tolist()
    assert first != columns.some(who, "events[1]").tolist()
