"""Intervals, bands and counts of paired differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm.runs.statistics import band, compare_pairs, interval_of_mean


def test_by_hand():
    first, second = np.array([10.0, 12, 8, 20]), np.array([7.0, 13, 8, 10])
    found = compare_pairs(first, second, better=-1)
    assert found.mean == -3
    assert (found.better, found.worse, found.equal) == (2, 1, 1)
    assert found.band == pytest.approx((-7.9, 0.7))
    assert found.interval[0] < -3 < found.interval[1]


def test_more_is_better_where_it_is():
    found = compare_pairs(np.zeros(3), np.ones(3), better=1)
    assert (found.better, found.worse, found.shown) == (3, 0, 1)
    assert compare_pairs(np.zeros(3), np.ones(3), better=0).equal == 3


def test_equal_differences_have_an_interval_of_no_width():
    found = compare_pairs(np.array([1.1, 2.2, 3.3]), np.array([1.2, 2.3, 3.4]) - 0.1, better=-1)
    assert found.mean == 0 and found.interval == (0, 0) and found.equal == 3


def test_one_replicate_has_no_interval():
    found = compare_pairs(np.ones(1), np.zeros(1), better=-1)
    assert found.interval is None and found.shown == 0 and found.better == 1


def test_few_pairs_have_students_interval():
    first, second = np.array([10.0, 12, 8, 20]), np.array([7.0, 13, 8, 10])
    found = compare_pairs(first, second, better=-1)  # -3, 1, 0, -10: standard deviation 4.9666
    assert found.interval == pytest.approx((-3 - 2.35336 * 2.48328, -3 + 2.35336 * 2.48328), 1e-4)


@pytest.mark.parametrize("replicates", [2, 3, 5, 10, 30, 100])
def test_the_interval_covers_the_true_mean_nine_times_in_ten(replicates):
    """Normal differences, 600 times; three standard errors of 0.90 are 0.037.

    The percentile bootstrap of 30 is known to be a little narrow: 0.88 is expected of it.
    """
    generator = np.random.default_rng(5)
    low, high = interval_of_mean(generator.normal(2.0, 3.0, (replicates, 600)))
    coverage = ((low <= 2) & (high >= 2)).mean()
    assert 0.843 <= coverage <= 0.937


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
    assert np.allclose(moved, (low + shift, high + shift), atol=1e-9 * size)
    assert low <= pairs.mean() + 1e-9 * size and high >= pairs.mean() - 1e-9 * size


def test_very_many_columns_are_resampled_in_blocks_with_the_same_result(monkeypatch):
    from crisis_abm.runs import statistics

    pairs = np.random.default_rng(1).normal(size=(statistics.ENOUGH, 50))
    pairs[:, ::3] = 0.25
    whole = interval_of_mean(pairs)
    monkeypatch.setattr(statistics, "WIDE", 8)
    for ends, in_blocks in zip(whole, interval_of_mean(pairs), strict=True):
        np.testing.assert_allclose(in_blocks, ends, rtol=1e-12)
