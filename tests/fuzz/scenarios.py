"""Spoilt scenarios: each is refused in plain words, or can be run and comes to finite figures."""

from __future__ import annotations

import json
import random
import re
import tomllib
from functools import cache
from typing import Any

import numpy as np

from crisis_abm.cli.scenario_commands import summary
from crisis_abm.engine import Detail
from crisis_abm.outcomes import OUTCOMES, measure
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Scenario, ScenarioError, ready_made_scenarios
from crisis_abm.scenario.checks import size
from crisis_abm.scenario.io.write import emit
from crisis_abm.scenario.paths import show_place
from crisis_abm.scenario.schema.policy import BUILT_IN
from tests.cli.small import SMALL
from tests.fuzz.harness import main
from tests.fuzz.mutate import EDGES, VALUES, edged_data, paths_in, spoilt_data, spoilt_text
from tests.random_scenarios import random_scenario
from tests.scenario.crises import SOUND

TICKS = 12
CHANGED = 0.2  # of the cases: a sound scenario with values set
AVAILABLE = 10**9  # bytes that checks may count on: less than a case is given
LONGEST_MESSAGE = 100_000  # characters
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@cache
def written() -> tuple[str, ...]:
    """Texts to spoil: two small ones and three of the ready-made ones."""
    ready = ready_made_scenarios()
    ours = ("local_shock", "ample", "collapse")
    return (SOUND, SMALL, *(ready[name].read_text(encoding="utf-8") for name in ours))


def prepare() -> None:
    """Compile what runs need, and have checks count on little memory."""
    size.available_memory = lambda: AVAILABLE
    _run(Scenario.from_text(SOUND))


def text_of(rng: random.Random) -> str:
    """A spoilt scenario."""
    how = rng.random()
    if how < 0.25:
        spoilt = spoilt_text(rng.choice(written()), rng)
        return spoilt.decode("utf-8", errors="replace")
    if how < 0.5:
        data = random_scenario(rng.randrange(10**6))
    else:
        data = tomllib.loads(rng.choice(written()))
    return emit((edged_data if rng.random() < 0.5 else spoilt_data)(data, rng))


@cache
def sound() -> Scenario:
    """A scenario without faults."""
    return Scenario.from_text(SOUND, "case.toml")


def changes(rng: random.Random) -> dict[str, Any]:
    """Values to be set, as behind ``--set``, at places that there are or are not."""
    paths = [show_place(path) for path in paths_in(tomllib.loads(SOUND))]
    paths += ["uncertain", "resources", "organisations.depot.capacity", "events[0].demand", "x", ""]
    wanted = (VALUES, EDGES)[rng.random() < 0.5]
    chosen = rng.sample(paths, rng.choice((1, 1, 2, 3)))
    return {path: rng.choice((*wanted, None)) for path in chosen}


def case(rng: random.Random) -> str:
    """What became of a spoilt scenario."""
    try:
        if rng.random() < CHANGED:
            scenario = sound().with_(changes(rng))
        else:
            scenario = Scenario.from_text(text_of(rng), "case.toml")
    except ScenarioError as error:
        return refused(error, "refused")
    try:
        if scenario.time.steps > TICKS:
            scenario = scenario.with_({"time.steps": TICKS})
        _run(scenario)
        json.dumps(summary(scenario), allow_nan=False)
    except ScenarioError as error:
        return refused(error, "refused later")
    return "ran"


def _run(scenario: Scenario) -> None:
    prepared = Prepared(scenario)
    for policy in BUILT_IN.values():
        state = prepared.run(policy, 0, Detail.GROUPS)
        figures = dict(zip(OUTCOMES, measure(prepared.tables, state).tolist(), strict=True))
        wrong = {name: value for name, value in figures.items() if not np.isfinite(value)}
        assert not wrong, f"{policy.name}: {wrong}"
        below = {name: value for name, value in figures.items() if value < -1e-6}
        assert not below, f"{policy.name}: {below}"


def refused(error: ScenarioError, word: str) -> str:
    """The word, if what is told is worth telling: plain lines, not too many of them."""
    message = str(error)
    assert message.strip(), "nothing is told"
    assert len(message) < LONGEST_MESSAGE, f"a message of {len(message)} characters"
    assert not RAW.search(message), f"a raw character in {message!r}"
    assert all(problem.message for problem in error.problems)
    return word


if __name__ == "__main__":
    main("tests.fuzz.scenarios", 13_000, "Try spoilt scenarios.")
