"""Spoilt experiments: each is refused in plain words, or its runs can be made."""

from __future__ import annotations

import json
import random
import re
import tempfile
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.experiment import Experiment
from crisis_abm.experiment.design import load
from crisis_abm.experiment.experiment import ready_made_experiments
from crisis_abm.experiment.runner import Evaluator
from crisis_abm.experiment.store.run_files import ERROR, OK
from crisis_abm.scenario import ScenarioError
from crisis_abm.scenario.checks import size
from crisis_abm.scenario.io.write import emit
from tests.experiment.wards import USE, scenario
from tests.fuzz.harness import main
from tests.fuzz.mutate import edged_data, spoilt_data, spoilt_text
from tests.fuzz.scenarios import AVAILABLE, refused

POINTS = 5_000  # at most: drawing a million takes half a minute, and is no fault
UNFORESEEN = re.compile(r"[A-Z]\w*(Error|Exception|Warning|Interrupt)\b")

DESIGNS: tuple[dict[str, Any], ...] = (
    {"method": "full_factorial", "levels": 3},
    {"method": "latin_hypercube", "samples": 12, "cross": False},
    {"method": "sobol", "samples": 4, "second_order": False},
    {"method": "morris", "samples": 3, "levels": 4},
    {"method": "one_at_a_time"},
    {"method": "points", "points": [{USE: 2.0, "events[0].start": 3}]},
)


@cache
def folder() -> Path:
    """Where the scenario of the experiments is."""
    made = Path(tempfile.mkdtemp(prefix="crisis-abm-fuzz-"))
    (made / "ward.toml").write_text(scenario().to_toml(), encoding="utf-8")
    return made


def prepare() -> None:
    """Compile what runs need."""
    size.available_memory = lambda: AVAILABLE
    load.MOST_POINTS = POINTS  # type: ignore[attr-defined]
    text = emit(_sound(random.Random(0)))
    Evaluator((Experiment.from_text(text, folder()), None)).run(0)


def _sound(rng: random.Random) -> dict[str, Any]:
    design = rng.choice(DESIGNS)
    listed = design["method"] in ("points", "full_factorial", "one_at_a_time")
    start: Any = [2, 3, 8] if listed else {"low": 1, "high": 9}
    data: dict[str, Any] = {
        "title": "Gowns",
        "scenario": "ward.toml",
        "replicates": 2,
        "seed": 7,
        "constants": {"behaviour.hoarding": 2.0, "kinds.ward.needs.gowns.cover": 4},
        "uncertainties": {
            USE: {"low": 1, "high": 4, "base": 2.0, "distribution": "triangular"},
            "events[0].start": start,
        },
        "outcomes": {"harm": "less", "failed": "less", "stock_lent": "neither"},
        "design": design,
    }
    if design["method"] != "points":
        data["levers"] = {
            "policy": ["siloed", "reciprocal", "agenda=1,parity=.5"],
            "communication.ward": [0.0, 1.0],
            "share": [0.5, 1.0],
        }
    return data


def case(rng: random.Random) -> str:
    """What became of a spoilt experiment."""
    how = rng.random()
    if how < 0.2:
        text = spoilt_text(emit(_sound(rng)), rng).decode("utf-8", errors="replace")
    elif how < 0.3:
        ready = sorted(ready_made_experiments().values())
        data = tomllib.loads(rng.choice(ready).read_text(encoding="utf-8"))
        text = emit(spoilt_data(data, rng))
    else:
        text = emit((edged_data if how < 0.6 else spoilt_data)(_sound(rng), rng))
    try:
        experiment = Experiment.from_text(text, folder(), "case.toml")
    except ScenarioError as error:
        return refused(error, "refused")
    json.dumps(experiment.describe(), allow_nan=False)
    experiment.fingerprint()
    if experiment.scenario.time.steps > 500 or len(experiment.scenario.census()) > 10:
        return "taken"
    return _ran(experiment)


def _ran(experiment: Experiment) -> str:
    bench = Evaluator((experiment, None))
    told = set()
    for number in {0, experiment.runs // 2, experiment.runs - 1}:
        status, error, figures = bench.run(number)
        assert status in (OK, ERROR), status
        assert not UNFORESEEN.match(error or ""), error
        assert figures is None or np.isfinite(figures).all(), figures
        told.add(status)
    return "ran" if told == {OK} else "ran, not everywhere"


if __name__ == "__main__":
    main("tests.fuzz.experiments", 2_000, "Try spoilt experiments.")
