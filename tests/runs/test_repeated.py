"""Trials lot by lot: the same figures as all at once, on any number of workers."""

import numpy as np
import pytest

from crisis_abm import outcomes
from crisis_abm.runs import Trial, prepared, run_trials
from crisis_abm.runs.trials import RepeatedTrials
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN
from tests.random_scenarios import random_scenario

TRIALS = [Trial(BUILT_IN["reciprocal"], adopters=rows) for rows in ((), (0,), (0, 2), (1, 2))]


def crisis():
    data = random_scenario(7, steps=10)
    ranges = {"behaviour.keep": {"low": 1.0, "high": 3.0, "why": "judgement"}}
    return Scenario.from_dict(data | {"uncertain": ranges})


@pytest.mark.parametrize("workers", [1, 2])
def test_lots_are_answered_in_their_order_and_as_by_run_trials(workers):
    wanted = run_trials(crisis(), TRIALS, outcomes.measure, range(3), seed=5, workers=1)
    lot = [(replicate, trial) for trial in TRIALS for replicate in (2, 0, 1)]
    with RepeatedTrials(crisis(), outcomes.measure, seed=5, workers=workers) as trials:
        first, again = trials.run(lot), trials.run(lot[::-1])
        assert trials.done == 2 * len(lot)
    np.testing.assert_array_equal(first.reshape(4, 3, -1), wanted[:, [2, 0, 1]])
    np.testing.assert_array_equal(again, first[::-1])


def test_an_empty_lot():
    with RepeatedTrials(crisis(), outcomes.measure) as trials:
        assert len(trials.run([])) == 0


def test_few_replicates_are_kept_of_large_scenarios(monkeypatch):
    monkeypatch.setattr(prepared, "_kept", prepared.Recent(1))
    lot = [(replicate, TRIALS[1]) for replicate in (0, 1, 0)]
    with RepeatedTrials(crisis(), outcomes.measure) as trials:
        found = trials.run(lot)
    np.testing.assert_array_equal(found[0], found[2])
