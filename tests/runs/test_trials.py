"""The same crises again with something changed: paired with `compare`, mixed policies, changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from crisis_abm import outcomes
from crisis_abm.runs import AS_WRITTEN, Trial, compare, prepared, run_once, run_trials
from crisis_abm.runs.trials import RepeatedTrials
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN
from tests.engine.crises import ward
from tests.random_scenarios import random_scenario

UNCERTAIN = {"kinds.ward.harm": {"low": 0.05, "high": 0.2, "why": "a guess"}}


def harm(tables, state):
    return outcomes.harm_by_organisation(state)


def crisis(**changes) -> Scenario:
    """A ward whose maker stops on day 5 for a while."""
    out = {"title": "out", "start": 5, "end": 12, "capacity": 0.0, "kinds": ["maker"]}
    return Scenario.from_dict(ward(events=[out], **changes))


@dataclass(frozen=True)
class Calm:
    """No event happens."""

    def apply(self, tables, world):
        events = world.events
        return world._replace(events=events._replace(end=np.zeros_like(events.end)))


@pytest.mark.parametrize(("uncertain", "workers"), [({}, 1), (UNCERTAIN, 1), (UNCERTAIN, 2)])
def test_a_trial_is_the_replicate_of_a_comparison(uncertain, workers):
    scenario = crisis(uncertain=uncertain)
    trials = [Trial(BUILT_IN["siloed"]), Trial(BUILT_IN["reciprocal"])]
    found = run_trials(scenario, trials, harm, range(3), seed=7, workers=workers)
    expected = compare(scenario, replicates=3, seed=7).harm
    assert found.shape == (2, 3, expected.shape[2])
    assert (np.swapaxes(found, 0, 1) == expected).all()
    assert found.sum() > 0


def test_as_written_is_the_run_without_draws():
    scenario = crisis(uncertain=UNCERTAIN)
    found = run_trials(scenario, [Trial(BUILT_IN["siloed"])], harm, [0, AS_WRITTEN], seed=3)
    alone = run_once(scenario, "siloed", seed=3)
    assert found[0, 1].sum() == alone.outcomes["harm"]
    assert found[0, 0].sum() != found[0, 1].sum()


def test_a_change_counts_for_its_trial_alone():
    trials = [
        Trial(BUILT_IN["siloed"]),
        Trial(BUILT_IN["siloed"], (Calm(),)),
        Trial(BUILT_IN["siloed"]),
    ]
    first, calm, again = run_trials(crisis(), trials, harm, [0])[:, 0].sum(axis=-1)
    assert first == again > 0
    assert calm == 0


def test_adopters_follow_the_policy_and_the_rest_do_not():
    scenario = crisis()
    count = len(run_once(scenario).tables.ids)
    everybody = tuple(range(count))
    trials = [
        Trial(BUILT_IN["siloed"]),
        Trial(BUILT_IN["reciprocal"]),
        Trial(BUILT_IN["reciprocal"], adopters=()),
        Trial(BUILT_IN["reciprocal"], adopters=everybody),
        Trial(BUILT_IN["siloed"], adopters=everybody[:1], otherwise=BUILT_IN["reciprocal"]),
        Trial(BUILT_IN["reciprocal"], adopters=everybody[1:]),
    ]
    siloed, reciprocal, none, everyone, one_out, all_but_one = run_trials(
        scenario, trials, harm, [0, 1]
    )
    assert (none == siloed).all()
    assert (everyone == reciprocal).all()
    assert (one_out == all_but_one).all()


def test_dated_changes_of_a_policy_hold_for_its_followers_alone():
    late = {"changes": [{"start": 3, "measures": 1.0, "parity": 1.0}]}
    scenario = crisis(policies={"late": late}, behaviour={"hoarding": 3.0})
    followed = scenario.policy_named("late")
    trials = [Trial(followed), Trial(BUILT_IN["siloed"]), Trial(followed, adopters=())]
    changed, siloed, none = run_trials(scenario, trials, orders, [0])
    assert (none == siloed).all()
    assert (changed != siloed).any()


def orders(tables, state):
    return state.record.excess_orders


TRIALS = [Trial(BUILT_IN["reciprocal"], adopters=rows) for rows in ((), (0,), (0, 2), (1, 2))]


def uncertain_crisis():
    data = random_scenario(7, steps=10)
    ranges = {"behaviour.keep": {"low": 1.0, "high": 3.0, "why": "judgement"}}
    return Scenario.from_dict(data | {"uncertain": ranges})


@pytest.mark.parametrize("workers", [1, 2])
def test_lots_are_answered_in_their_order_and_as_by_run_trials(workers):
    wanted = run_trials(uncertain_crisis(), TRIALS, outcomes.measure, range(3), seed=5, workers=1)
    lot = [(replicate, trial) for trial in TRIALS for replicate in (2, 0, 1)]
    with RepeatedTrials(uncertain_crisis(), outcomes.measure, seed=5, workers=workers) as trials:
        first, again = trials.run(lot), trials.run(lot[::-1])
        assert trials.done == 2 * len(lot)
    np.testing.assert_array_equal(first.reshape(4, 3, -1), wanted[:, [2, 0, 1]])
    np.testing.assert_array_equal(again, first[::-1])


def test_an_empty_lot():
    with RepeatedTrials(uncertain_crisis(), outcomes.measure) as trials:
        assert len(trials.run([])) == 0


def test_few_replicates_are_kept_of_large_scenarios(monkeypatch):
    monkeypatch.setattr(prepared, "_kept", prepared.Recent(1))
    lot = [(replicate, TRIALS[1]) for replicate in (0, 1, 0)]
    with RepeatedTrials(uncertain_crisis(), outcomes.measure) as trials:
        found = trials.run(lot)
    np.testing.assert_array_equal(found[0], found[2])
