"""Any row of a sweep can be made again by itself, to the last bit, whatever levers do in it."""

from __future__ import annotations

from typing import Any

import pytest

from crisis_abm.analysis.cascade.trace import trace
from crisis_abm.experiment.results import read_runs
from crisis_abm.experiment.row import row_of, scenario_at
from crisis_abm.experiment.runner import sweep
from crisis_abm.experiment.store.manifest import StoreError
from crisis_abm.runs import run_once
from crisis_abm.runs.chunks import here
from crisis_abm.scenario import Scenario, ScenarioError
from tests.experiment.sweeps import failing, small
from tests.experiment.wards import USE, experiment, scenario

LATE = {
    "agenda": 0.5,
    "changes": [
        {"start": 3, "end": 9, "communication": 1.0, "kinds": ["ward"]},
        {"start": 6, "reciprocity": 1.0, "share": 0.5},
        {"start": 7, "parity": 0.25, "organisations": ["ward1", "ward3"]},
    ],
}
HARD: dict[str, Any] = {
    "uncertain": {"behaviour.hoarding": {"low": 1, "high": 4}},
    "policies": {"late": LATE},
}
LEVERS = {
    "policy": {"policy": ["siloed", "late", "agenda=1,parity=.5"]},
    "everybody": {"policy": ["siloed", "late"], "communication": [0.25], "reciprocity": [1.0]},
    "a kind": {"policy": ["late"], "communication.ward": [0.5], "communication": [0.75]},
    "a share": {"policy": ["reciprocal", "late"], "share": [0.3, 0.75]},
    "all of it": {"policy": ["late"], "share": [0.5], "agenda.ward": [1.0], "parity": [0.125]},
}


@pytest.mark.parametrize("levers", LEVERS.values(), ids=LEVERS)
def test_every_row_is_the_run_of_its_scenario(tmp_path, levers):
    made = experiment(scenario(**HARD), uncertainties={USE: [1.0, 3.5]}, levers=levers, seed=3)
    sweep(made, tmp_path, deal=here)
    runs = read_runs(tmp_path)
    assert runs.excess_orders.nunique() > 1
    entry: Any
    for entry in runs.itertuples():
        row = row_of(tmp_path, entry.point, entry.replicate)
        assert (row.seed, row.status) == (entry.seed, "ok")
        again = Scenario.from_text(row.scenario.to_toml())  # what a bundle of it would keep
        assert again.policy == row.policy
        found = run_once(again, row.policy, row.seed).outcomes
        assert row.differences(found) == {} and found["harm"] == entry.harm
        assert found.keys() == row.outcomes.keys()


def test_a_trace_of_a_row_is_of_its_run(tmp_path):
    sweep(small(), tmp_path, deal=here)
    row = row_of(tmp_path, 2, 1)
    found = trace(row.scenario, row.policy, row.seed, check=False)
    assert found.run.outcomes["harm"] == row.outcomes["harm"] > 0
    assert found.harm == pytest.approx(row.outcomes["harm"])


def test_another_result_than_the_rows_is_told(tmp_path):
    sweep(small(), tmp_path, deal=here)
    row = row_of(tmp_path, 0, 0)
    outcomes = dict(row.outcomes)
    outcomes["harm"] += 1
    assert row.differences(outcomes) == {"harm": (row.outcomes["harm"], outcomes["harm"])}


def test_what_cannot_be_is_told_as_in_the_row(tmp_path):
    sweep(failing(), tmp_path, deal=here)
    entry: Any = next(one for one in read_runs(tmp_path).itertuples() if one.status == "error")
    for ask in (
        lambda: row_of(tmp_path, entry.point, 0),
        lambda: scenario_at(tmp_path, entry.point),
    ):
        with pytest.raises(ScenarioError) as told:
            ask()
        assert str(told.value) == entry.error


@pytest.mark.parametrize(
    ("point", "replicate", "told"),
    [
        (24, 0, "has no point 24; they go from 0 to 23"),
        (-1, 0, "has no point -1"),
        (0, 2, "has no replicate 2; they go from 0 to 1"),
    ],
)
def test_a_row_that_there_is_not_is_told(tmp_path, point, replicate, told):
    sweep(small(), tmp_path, shard=(1, 2), deal=here)
    with pytest.raises(StoreError, match=told):
        row_of(tmp_path, point, replicate)
    statuses = {row_of(tmp_path, p, 0).status for p in range(24)}
    assert statuses == {"ok", None}  # of the other shard nothing is known


def test_the_scenario_of_a_point_has_no_levers_and_no_draws(tmp_path):
    made = experiment(scenario(**HARD), uncertainties={USE: [1.0, 3.5]}, seed=3)
    sweep(made, tmp_path, deal=here)
    found, seed = scenario_at(tmp_path, 1)
    assert seed == 3 and found == made.scenario.with_({USE: 3.5}) and found.uncertain
