"""England in a process of its own: seconds and memory as JSON on stdout.

    python -m benchmarks.england [GROUPS]

GROUPS is the number of household groups (32,844; with 955,000 there are a million organisations).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.measure import peak_memory
from crisis_abm import outcomes
from crisis_abm.engine import Detail
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN

FILE = Path(__file__).parents[1] / "scenarios" / "england.toml"
AS_WRITTEN = 32_844
FIRST = 2_000  # household groups of the run that loads the engine before anything is measured


def main(groups: int) -> None:
    """Measure loading and checking, building, a siloed run and a moved slider; print."""
    small = Scenario.load(FILE).with_({"groups[0].total": FIRST, "time.steps": 2})
    Prepared(small).run(BUILT_IN["siloed"], 0, Detail.GROUPS)
    bare = peak_memory()
    began = time.perf_counter()
    scenario = Scenario.load(FILE)
    if groups != AS_WRITTEN:
        scenario = scenario.with_({"groups[0].total": groups})
    loaded = time.perf_counter()
    prepared = Prepared(scenario)
    built = time.perf_counter()
    state = prepared.run(BUILT_IN["siloed"], 0, Detail.GROUPS)
    found = dict(
        zip(outcomes.OUTCOMES, outcomes.measure(prepared.tables, state).tolist(), strict=True)
    )
    ran = time.perf_counter()
    Prepared.of(scenario).drawn(0, 0).policy(BUILT_IN["siloed"])
    drawn = time.perf_counter()
    slider = scenario.policy_named("communication=.3")
    Prepared.of(scenario).drawn(0, 0).policy(slider)
    moved = time.perf_counter()
    world = prepared.tables.world
    figures = {
        "organisations": len(prepared.tables.ids),
        "links": len(world.supply.share),
        "ticks": scenario.time.steps,
        "load": loaded - began,
        "build": built - loaded,
        "run": ran - built,
        "crisis": drawn - ran,  # a first crisis of the dashboard, up to its run
        "slider": moved - drawn,  # the same after a slider was moved
        "memory": peak_memory(),  # bytes, of the whole process
        "bare": bare,  # bytes, of the same with a small England
        "harm": found["harm"],
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else AS_WRITTEN)
