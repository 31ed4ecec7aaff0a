"""Attribution: games worked by hand, sums that must hold, and crises with a known answer."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crisis_abm.analysis import attribution
from crisis_abm.analysis.attribution import principles
from crisis_abm.runs import compare
from crisis_abm.scenario import LEVERS, Scenario
from tests.engine.crises import ward
from tests.random_scenarios import random_scenario

TWO = np.array([10.0, 6.0, 9.0, 2.0])  # none, first, second, both


def games(players):
    values = st.floats(-1e6, 1e6, allow_subnormal=False)
    return arrays(np.float64, (3, 2**players), elements=values)


# --- by hand -------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_two_levers_by_hand():
    """The one brings -4 if first and -7 if second, the other -1 and -4: means -5.5 and -2.5."""
    np.testing.assert_allclose(attribution.alone(TWO), [-4, -1])
    np.testing.assert_allclose(attribution.last(TWO), [-7, -4])
    np.testing.assert_allclose(attribution.shapley(TWO), [-5.5, -2.5])
    np.testing.assert_allclose(attribution.main_effects(TWO), [-5.5, -2.5])
    np.testing.assert_allclose(attribution.interactions(TWO), [[0, -3], [-3, 0]])
    np.testing.assert_allclose(attribution.beyond_sum(TWO), [[0, -3], [-3, 0]])


def test_glove_game_by_hand():
    """One left glove, two right ones, a pair is worth 1: 2/3, 1/6, 1/6 (Shapley 1953)."""
    pair = np.array([mask & 1 and mask >> 1 for mask in range(8)], bool).astype(float)
    np.testing.assert_allclose(attribution.shapley(pair), [2 / 3, 1 / 6, 1 / 6])
    np.testing.assert_allclose(attribution.main_effects(pair), [3 / 4, 1 / 4, 1 / 4])
    assert attribution.interactions(pair)[0, 1] == 0.5
    assert attribution.beyond_sum(pair)[0, 1] == 1.0
    assert attribution.interactions(pair)[1, 2] == -0.5


def test_values_that_are_no_game_are_refused():
    with pytest.raises(ValueError, match="2\\^k"):
        attribution.shapley(np.zeros(6))


# --- laws ----------------------------------------------------------------------------------------


@given(games(5))
def test_shares_sum_to_the_whole(values):
    found = attribution.shapley(values).sum(axis=-1)
    np.testing.assert_allclose(found, values[:, -1] - values[:, 0], atol=1e-6, rtol=1e-9)


@given(games(4))
def test_share_is_the_mean_over_all_orders(values):
    total = np.zeros((3, 4))
    for order in permutations(range(4)):
        mask = 0
        for player in order:
            total[:, player] += values[:, mask | 1 << player] - values[:, mask]
            mask |= 1 << player
    np.testing.assert_allclose(attribution.shapley(values), total / 24, atol=1e-6)


@given(games(4), games(4))
def test_effects_of_a_sum_are_the_sums_of_effects(one, other):
    for effect in (attribution.shapley, attribution.main_effects, attribution.interactions):
        np.testing.assert_allclose(effect(one + other), effect(one) + effect(other), atol=1e-5)


@given(games(3))
def test_who_changes_nothing_has_no_share(values):
    twice = np.concatenate([values, values], axis=-1)  # the fourth player adds nothing
    assert not attribution.shapley(twice)[:, 3].any()
    assert not attribution.interactions(twice)[:, 3].any()
    np.testing.assert_allclose(
        attribution.shapley(twice)[:, :3], attribution.shapley(values), atol=1e-6
    )


@settings(max_examples=6)
@given(st.integers(0, 10_000))
def test_shares_sum_to_the_whole_in_random_crises(seed):
    scenario = Scenario.from_dict(random_scenario(seed, steps=10))
    found = principles(scenario, replicates=2, workers=1)
    shares = [one.share.mean for one in found.effects()]
    size = max(1.0, float(np.abs(found.values).max()))
    assert sum(shares) == pytest.approx(found.whole().mean, abs=1e-8 * size)
    for kind, row in found.kind_shares().items():
        change = found.harm[:, -1] - found.harm[:, 0]
        whole = change[:, found.kinds.index(kind)].mean()
        assert sum(one.mean for one in row) == pytest.approx(whole, abs=1e-8 * size)


# --- crises --------------------------------------------------------------------------------------


def test_none_and_all_five_are_siloed_and_reciprocal():
    scenario = Scenario.from_dict(random_scenario(7, steps=10))
    compared = compare(scenario, replicates=3, workers=1)
    found = principles(scenario, replicates=3, workers=1)
    np.testing.assert_array_equal(found.figures[:, [0, -1]], compared.figures)


def test_same_on_any_number_of_workers():
    scenario = Scenario.from_dict(random_scenario(7, steps=10))
    one, two = (principles(scenario, replicates=2, workers=n) for n in (1, 2))
    np.testing.assert_array_equal(one.figures, two.figures)
    np.testing.assert_array_equal(one.harm, two.harm)


def test_where_nothing_is_short_only_communication_costs():
    """A ward of ten people with no bed to spare spends 2% of its time, 20 days at 0.1 a person."""
    found = principles(Scenario.from_dict(ward(events=[])), replicates=4, workers=1)
    cost = 0.1 * 10 * 0.02 * 20
    for one in found.effects():
        wanted = cost if one.name == "communication" else 0.0
        for effect in (one.share, one.main, one.alone, one.last):
            assert effect.mean == pytest.approx(wanted)
            assert effect.interval is None and effect.alike.replicates == 4
            assert effect.alike.figure == pytest.approx(wanted)
            assert effect.shown == (wanted > 0)
    assert all(pair.interaction.alike.figure == 0 for pair in found.pairs())


def test_best_is_the_smallest_of_equals_and_measured_elsewhere():
    found = principles(Scenario.from_dict(ward(events=[])), replicates=4, workers=1)
    mask, difference = found.best()
    assert mask == 0
    assert difference.replicates == 2
    assert difference.mean == pytest.approx(-0.4)
    assert principles(found.scenario, replicates=3, workers=1).best() is None


def test_unknown_outcome_is_refused():
    with pytest.raises(ValueError, match="no outcome"):
        principles(Scenario.from_dict(ward()), outcome="joy")


def test_combination_names_the_levers_that_are_on():
    for mask in range(32):
        text = attribution.combination(mask)
        levers = Scenario.from_dict(ward()).policy_named(text).levers
        assert levers == tuple(float(mask >> i & 1) for i in range(len(LEVERS)))
