"""Knocking out: nothing where nobody depends on it, the known harm where somebody does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_abm.analysis.weak_links.knock_out import KnockOut, NoLink, input_of, output_of, row_of
from crisis_abm.outcomes import harm_by_organisation
from crisis_abm.runs import Trial, run_trials
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN
from crisis_abm.tables import build
from tests.analysis.chains import TICKS, chain, rivals
from tests.random_scenarios import random_scenario


def harm(tables, state):
    return harm_by_organisation(state)


def everything(tables, state):
    """Harm, strained ticks and what was served, by organisation."""
    record = state.record
    return np.stack([harm_by_organisation(state), record.strained, record.unmet, record.completed])


def tried(scenario, *changes, policy="siloed"):
    """Harm by organisation without any change, then under each."""
    followed = BUILT_IN[policy]
    trials = [Trial(followed), *(Trial(followed, (change,)) for change in changes)]
    return run_trials(scenario, trials, harm, [0], workers=1)[:, 0]


def test_a_chain_loses_a_day_later_the_further_up_it_breaks():
    """A day's output of every flow is on hand: the ward lives on it for as many days as hops."""
    people, each = 10, 0.1
    ward, maker, mill = (KnockOut(name) for name in ("ward", "maker", "mill"))
    cut = NoLink("maker", "ward", "gowns")
    found = tried(chain(), ward, maker, mill, cut).sum(axis=1)
    days = np.array([0, TICKS, TICKS - 1, TICKS - 2, TICKS])
    assert found == pytest.approx(days * people * each)


@pytest.mark.parametrize("policy", ["siloed", "reciprocal"])
def test_an_isolated_organisation_changes_nothing_for_anybody_else(policy):
    """To the last bit."""
    scenario = chain()
    without, idle, lone = tried(scenario, KnockOut("idle"), KnockOut("lone"), policy=policy)
    np.testing.assert_array_equal(idle, without)
    others = np.arange(len(without)) != row_of(build(scenario), "lone")
    np.testing.assert_array_equal(lone[others], without[others])
    assert lone[~others] == pytest.approx(TICKS * 5 * 0.2)


@settings(max_examples=10)
@given(seed=st.integers(0, 10**6))
def test_an_isolated_organisation_changes_nothing_in_any_crisis(seed):
    data = random_scenario(seed, hazard=False)
    area = next(iter(data["areas"]))
    data["kinds"]["hermit"] = {"harm": 1}
    hermit = {"id": "hermit", "kind": "hermit", "area": area, "capacity": 5, "demand": 5}
    data["organisations"] = [*data["organisations"], hermit]
    scenario = Scenario.from_dict(data)
    trials = [Trial(BUILT_IN["reciprocal"]), Trial(BUILT_IN["reciprocal"], (KnockOut("hermit"),))]
    without, after = run_trials(scenario, trials, everything, [0], workers=1)[:, 0]
    others = np.arange(without.shape[1]) != row_of(build(scenario), "hermit")
    np.testing.assert_array_equal(after[:, others], without[:, others])


def test_cutting_one_off_can_help_the_others():
    """Of two wards that share too little the one that is cut off leaves all to the other."""
    without, cut = tried(rivals(), NoLink("maker", "light", "gowns"))
    grave, light = 0, 1
    assert cut[grave] < without[grave]
    assert cut[light] > without[light]


def test_who_has_no_capacity_left_loses_none_twice():
    """A knock-out on top of the scenario's own event is the knock-out alone."""
    out = {"title": "out", "capacity": 0.5, "start": 2, "end": 6, "organisations": ["maker"]}
    _, once = tried(chain(), KnockOut("maker"))
    _, twice = tried(chain(events=[out]), KnockOut("maker"))
    np.testing.assert_array_equal(once, twice)


def test_tables_that_are_given_stay_as_they_are():
    tables = build(chain())
    before = tables.world.events.effect.copy()
    KnockOut("maker").apply(tables, tables.world)
    np.testing.assert_array_equal(tables.world.events.effect, before)


def test_a_link_that_a_replicate_does_not_have_changes_nothing():
    tables = build(chain())
    assert NoLink("mill", "ward", "gowns").apply(tables, tables.world) is tables.world


def test_who_is_unknown_is_named():
    tables = build(chain())
    with pytest.raises(KeyError, match="nobody"):
        row_of(tables, "nobody")
    assert input_of(tables, "ward", "cloth") is None
    assert output_of(tables, "ward", "gowns") is None
