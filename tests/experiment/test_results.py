"""Runs as arrays: every run at its state of the world, setting and replicate."""

import importlib

import numpy as np
import pytest

from crisis_abm.experiment import Experiment, Results, read_runs, run
from crisis_abm.experiment.findings import discovery
from crisis_abm.experiment.runner import sweep
from crisis_abm.runs.chunks import here
from crisis_abm.scenario import Scenario, ready_made_scenarios

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


def test_means_are_those_of_the_rows(results):
    means = results.means()
    assert list(means.columns) == ["behaviour.hoarding", "policy", "runs", "harm", "completed"]
    assert means.index.tolist() == [0, 1, 2, 3] and means.runs.tolist() == [3] * 4
    rows = results.frame().groupby(["behaviour.hoarding", "policy"], sort=False)
    assert np.allclose(means.harm, rows.harm.mean(), rtol=1e-14)
    assert means.policy.tolist() == ["siloed", "reciprocal"] * 2


def test_pairs_are_of_one_crisis_in_one_state(results):
    found = results.paired("harm", "reciprocal")
    assert list(found.columns) == ["behaviour.hoarding", "mean", "low", "high", "pairs"]
    assert found["behaviour.hoarding"].tolist() == [1, 2] and found.pairs.tolist() == [3, 3]
    runs = results.frame().set_index(["behaviour.hoarding", "replicate", "policy"]).harm.unstack()
    by_hand = runs.reciprocal - runs.siloed
    assert by_hand.abs().max() > 0
    assert np.allclose(found["mean"], by_hand.groupby(level=0).mean(), atol=1e-9)
    assert (found.low < found["mean"]).all() and (found["mean"] < found.high).all()
    turned = results.paired("harm", 0, against=1)
    assert np.array_equal(turned["mean"], -found["mean"])


def test_of_half_a_sweep_only_whole_pairs_count(tmp_path):
    data = EXPERIMENT | {"replicates": 1}
    sweep(Experiment.from_dict(data), tmp_path / "one", shard=(1, 4), deal=here)
    part = Results.load(tmp_path / "one")
    assert part.means().runs.sum() == 1 and part.means().harm.notna().sum() == 1
    assert part.paired("harm").pairs.tolist() == [0, 0]
    assert part.paired("harm")[["mean", "low", "high"]].isna().all(axis=None)


@pytest.mark.parametrize("setting", ["reciprocl", 2, -1])
def test_unknown_settings_are_named(results, setting):
    with pytest.raises(KeyError, match="is no setting"):
        results.paired("harm", setting)


def test_a_scenario_that_was_changed_in_python_is_kept_as_it_was_given(tmp_path):
    towns = Scenario.load(ready_made_scenarios()["local_shock"]).with_({"time.steps": 80})
    when = "events[0].end"
    assert when in towns.uncertain  # which the experiment takes over
    data = {
        "title": "changed",
        "replicates": 1,
        "uncertainties": {when: [60, 70]},
        "outcomes": {"harm": "less"},
    }
    experiment = Experiment.from_dict(data, scenario=towns)
    results = run(experiment, tmp_path / "kept", deal=here)
    assert results.experiment.written == towns
    again = run(results.experiment, tmp_path / "kept", deal=here)  # nothing else is needed
    assert np.array_equal(again.values("harm"), results.values("harm"))


def test_modules_are_found_by_the_names_that_were_documented_before():
    store_table = importlib.import_module("crisis_abm.experiment.store_table")
    criteria = importlib.import_module("crisis_abm.experiment.findings.criteria")
    assert store_table.read_runs is read_runs
    assert criteria.harms is discovery.harms and criteria.worst is discovery.worst
