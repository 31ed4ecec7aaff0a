"""Runs as arrays: every run at its state of the world, setting and replicate."""

import numpy as np
import pytest

from crisis_abm.experiment import Experiment, Results, run
from crisis_abm.experiment.runner import sweep
from crisis_abm.runs.chunks import here

EXPERIMENT = {
    "title": "small",
    "scenario": "local_shock",
    "constants": {"time.steps": 20},
    "replicates": 3,
    "uncertainties": {"behaviour.hoarding": [1, 2]},
    "levers": {"policy": ["siloed", "reciprocal"]},
    "outcomes": {"harm": "less", "completed": "more"},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "sweep"
    return run(Experiment.from_dict(EXPERIMENT), folder, deal=here)


def test_every_run_is_at_its_state_setting_and_replicate(results):
    harm = results.values("harm")
    assert harm.shape == (2, 2, 3)
    for row in results.frame().itertuples():
        world, setting = divmod(row.point, 2)
        assert harm[world, setting, row.replicate] == row.harm
        assert results.settings[setting] == {"policy": row.policy}
        assert results.experiment.points[row.point]["behaviour.hoarding"] == 1 + world


def test_results_are_read_again_from_the_folder_alone(results):
    again = Results.load(results.folder)
    assert again.statuses == {"ok": 12}
    assert results.worlds["behaviour.hoarding"].tolist() == [1, 2]
    assert np.array_equal(again.values("completed"), results.values("completed"))


def test_what_was_not_run_is_missing(tmp_path):
    experiment = Experiment.from_dict(EXPERIMENT)
    sweep(experiment, tmp_path / "part", shard=(1, 2), deal=here)
    part = Results.load(tmp_path / "part")
    assert part.statuses == {"ok": 6, "missing": 6}
    assert np.isnan(part.values("harm")).sum() == 6


def test_unknown_outcomes_are_named(results):
    with pytest.raises(KeyError, match="deaths is not recorded"):
        results.values("deaths")
