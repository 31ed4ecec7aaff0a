"""Intervals, bands and counts of paired differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm.runs.statistics import (
    Alike,
    alike,
    band,
    compare_pairs,
    interval_of_difference,
    interval_of_mean,
    needed,
    paired_differences,
    shown_signs,
)


def test_by_hand():
    first, second = np.array([10.0, 12, 8, 20]), np.array([7.0, 13, 8, 10])
    found = compare_pairs(first, second, better=-1)
    assert found.mean == -3
    assert (found.better, found.worse, found.equal) == (2, 1, 1)
    assert found.band == pytest.approx((-7.9, 0.7))
    assert found.interval[0] < -3 < found.interval[1]


def test_more_is_better_where_it_is():
    found = compare_pairs(np.zeros(4), np.ones(4), better=1)
    assert (found.better, found.worse, found.shown) == (4, 0, 1)
    assert compare_pairs(np.zeros(3), np.ones(3), better=0).equal == 3


def test_equal_differences_have_no_interval_but_are_told_as_alike():
    """1 - 0.1 ** (1 / 3) of crises may differ, and that is more than half."""
    found = compare_pairs(np.array([1.1, 2.2, 3.3]), np.array([1.2, 2.3, 3.4]) - 0.1, better=-1)
    assert found.mean == 0 and found.interval is None and found.equal == 3
    assert found.alike == Alike(0.0, 3, 3)
    assert found.alike.may_differ == pytest.approx(1 - 0.1 ** (1 / 3))


@pytest.mark.parametrize(("replicates", "shown"), [(2, 0), (3, 0), (4, 1), (30, 1)])
def test_what_is_the_same_in_all_crises_is_shown_if_most_must_be_so(replicates, shown):
    found = compare_pairs(np.zeros(replicates), np.full(replicates, 2.5), better=0)
    assert found.alike == Alike(2.5, replicates, replicates)
    assert found.alike.may_differ == pytest.approx(1 - 0.1 ** (1 / replicates))
    assert found.shown == shown


@pytest.mark.parametrize("apart", range(9))
def test_five_crises_that_differ_are_enough_for_an_interval_and_four_are_not(apart):
    from scipy.stats import binomtest

    pairs = np.zeros(30)
    pairs[:apart] = np.arange(1, apart + 1)
    found = compare_pairs(np.zeros(30), pairs, better=1)
    if apart >= 5:
        assert found.alike is None and found.interval[0] < pairs.mean() < found.interval[1]
        return
    assert found.interval is None and found.shown == 0
    assert found.alike == Alike(0.0, 30 - apart, 30)
    exact = binomtest(apart, 30, alternative="less").proportion_ci(0.9).high
    assert found.alike.may_differ == pytest.approx(exact)


def test_few_crises_without_a_majority_have_an_interval():
    for pairs in ([0.0, 1.0], [0.0, 0.0, 1.0, 2.0], [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]):
        assert compare_pairs(np.zeros(len(pairs)), np.array(pairs), 0).interval is not None


def test_an_interval_of_amounts_takes_no_more_than_there_was_and_brings_no_more_than_there_is():
    """Nothing before and 0, 0, 0, 1, 5 … after: Student's interval would begin below zero."""
    after = np.array([0.0, 0, 0, 0, 1, 5, 0.5, 0.2, 0.1])
    plain = compare_pairs(np.zeros(9), after, better=0)
    assert plain.interval[0] < 0
    found = compare_pairs(np.zeros(9), after, better=0, amounts=True)
    assert found.interval == pytest.approx((0.0, plain.interval[1]))
    found = compare_pairs(after, np.zeros(9), better=0, amounts=True)
    assert found.interval == pytest.approx((-plain.interval[1], 0.0))


def test_who_is_shown_is_the_same_in_a_table_and_one_by_one():
    generator = np.random.default_rng(4)
    first = np.where(generator.random((12, 60)) < 0.5, 3.0, generator.exponential(4, (12, 60)))
    second = np.where(generator.random((12, 60)) < generator.random(60), first, 1.5)
    low, high = interval_of_difference(first, second)
    signs = shown_signs(paired_differences(first, second), low, high)
    each = [
        compare_pairs(one, other, 0, amounts=True)
        for one, other in zip(first.T, second.T, strict=True)
    ]
    assert signs.tolist() == [one.shown for one in each]
    assert {one.alike is None for one in each} == {True, False}
    assert {-1, 0} <= set(signs.tolist())


def test_as_many_crises_as_are_said_to_be_needed_show_it_nine_times_in_ten():
    generator = np.random.default_rng(6)
    known = generator.normal(1.0, 3.0, 30)
    many = int(needed(known))
    lots = generator.normal(known.mean(), known.std(ddof=1), (many, 2000))
    low, _ = interval_of_mean(lots)
    assert (low > 0).mean() == pytest.approx(0.9, abs=0.025)
    assert needed(np.array([1.0, -1.0])) == np.inf


def test_one_replicate_has_no_interval():
    found = compare_pairs(np.ones(1), np.zeros(1), better=-1)
    assert found.interval is None and found.shown == 0 and found.better == 1


def test_few_pairs_have_students_interval():
    first, second = np.array([10.0, 12, 8, 20]), np.array([7.0, 13, 8, 10])
    found = compare_pairs(first, second, better=-1)  # -3, 1, 0, -10: standard deviation 4.9666
    assert found.interval == pytest.approx((-3 - 2.35336 * 2.48328, -3 + 2.35336 * 2.48328), 1e-4)


@pytest.mark.parametrize("replicates", [2, 3, 5, 10, 30, 100])
def test_the_interval_covers_the_true_mean_nine_times_in_ten(replicates):
    """Normal differences, 600 times; three standard errors of 0.90 are 0.037."""
    generator = np.random.default_rng(5)
    low, high = interval_of_mean(generator.normal(2.0, 3.0, (replicates, 600)))
    coverage = ((low <= 2) & (high >= 2)).mean()
    assert 0.863 <= coverage <= 0.937


def test_the_band_holds_eight_in_ten():
    assert band(np.arange(101.0)) == (10, 90)


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40),
    st.floats(-1e3, 1e3),
)
def test_a_shift_shifts_everything(values, shift):
    pairs = np.array(values)
    low, high = interval_of_mean(pairs)
    moved = interval_of_mean(pairs + shift)
    size = abs(pairs).max() + abs(shift) + 1
    if np.isnan(low) or np.isnan(moved[0]):  # nearly all are the same, by their own rounding
        assert alike(pairs) or alike(pairs + shift)
        return
    assert np.allclose(moved, (low + shift, high + shift), atol=1e-9 * size)
    assert low <= pairs.mean() + 1e-9 * size and high >= pairs.mean() - 1e-9 * size
