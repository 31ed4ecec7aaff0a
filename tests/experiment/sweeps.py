"""A small sweep, and what it must come to whatever happens to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas

from crisis_abm.experiment import Experiment
from crisis_abm.experiment.results import read_runs
from crisis_abm.experiment.runner import Swept, sweep
from crisis_abm.runs.chunks import here
from tests.experiment.wards import USE, experiment, scenario


def small(samples: int = 12, **sections) -> Experiment:
    """Every sampled use of gowns under two policies, in two crises."""
    data: dict[str, Any] = {
        "uncertainties": {USE: {"low": 1, "high": 4}},
        "levers": {"policy": ["siloed", "reciprocal"]},
        "outcomes": {"harm": "less", "failed": "less", "stock_lent": "neither"},
        "design": {"method": "latin_hypercube", "samples": samples},
    }
    return experiment(**data | sections)


def failing(**sections) -> Experiment:
    """Ten states of the world, of which one cannot be: an event that ends before it begins."""
    out = {"title": "out", "start": 5, "end": 18, "capacity": 0.0, "kinds": ["maker"]}
    return small(
        of=scenario(events=[out]),
        uncertainties={"events[0].start": [3, 15], "events[0].end": [10, 16, 17, 18, 19]},
        design={"method": "full_factorial"},
        **{"levers": {}, **sections},
    )


def written(experiment: Experiment, folder: Path) -> Path:
    """The experiment as files, for commands."""
    (folder / "ward.toml").write_text(experiment.scenario.to_toml(), encoding="utf-8")
    path = folder / "sweep.toml"
    path.write_text(experiment.to_toml(scenario="ward.toml"), encoding="utf-8")
    return path


def swept(experiment: Experiment, folder: Path, deal=here, **how) -> tuple[Swept, pandas.DataFrame]:
    """A sweep in this process, and its table."""
    found = sweep(experiment, folder, deal=deal, **how)
    return found, read_runs(folder)


def same(first: pandas.DataFrame, second: pandas.DataFrame) -> None:
    """Every value, to the last bit; nothing twice, nothing missing."""
    assert not first.duplicated(["point", "replicate"]).any()
    pandas.testing.assert_frame_equal(first, second, check_exact=True)
