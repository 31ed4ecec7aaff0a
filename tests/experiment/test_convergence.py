"""How many replicates are enough: what follows from the spread, checked against itself."""

import numpy as np
import pytest

from crisis_abm.experiment.findings.convergence import converge, subsets
from crisis_abm.experiment.findings.two_way_bootstrap import half_width


def table(states, crises, both, worlds=50, replicates=8, mean=10.0, seed=1):
    generator = np.random.default_rng(seed)
    return (
        mean
        + generator.normal(0, states, size=(worlds, 1))
        + generator.normal(0, crises, size=(1, replicates))
        + generator.normal(0, both, size=(worlds, replicates))
    )


def test_given_states_are_sure_by_students_t_over_crises():
    from scipy.stats import t

    values = table(3, 1, 1)
    found = converge(values, 0)
    expected = t.ppf(0.95, 7) * values.mean(axis=0).std(ddof=1) / 8**0.5
    assert found.half_width == pytest.approx(expected)
    assert found.mean == pytest.approx(values.mean())
    assert not found.drawn
    assert found.precise.units is None


def test_enough_is_the_fewest_that_do():
    found = converge(table(0, 4, 1), 0)
    for need in (found.sign, found.precise):
        parts = found.parts
        assert half_width(parts, parts.units, need.replicates) <= need.target
        if need.replicates > 2:
            assert half_width(parts, parts.units, need.replicates - 1) > need.target
    low, high = found.precise.range
    assert low < found.precise.replicates < high
    assert found.precise.target == pytest.approx(0.05 * abs(found.mean))


def test_replicates_do_not_help_where_states_are_what_is_unsure():
    found = converge(table(5, 0.01, 0.1), 1)
    assert found.precise.replicates is None
    assert found.precise.units > 50
    parts, units = found.parts, found.precise.units
    assert half_width(parts, units, 8) <= found.precise.target
    assert half_width(parts, units - 1, 8) > found.precise.target


def test_states_do_not_help_where_crises_are_what_is_unsure():
    found = converge(table(0.1, 2, 0.1), 1)
    assert found.precise.units is None
    assert found.precise.replicates > 8


def test_more_of_both_where_neither_alone_would_do():
    found = converge(table(5, 3, 1), 1)
    assert found.precise.units is None
    assert found.precise.replicates is None
    units, replicates = found.precise.both
    assert units > 50
    assert replicates > 8
    assert half_width(found.parts, units, replicates) <= found.precise.target


def test_states_drawn_together_count_as_one():
    values = np.repeat(table(3, 0, 0.1, worlds=10), 6, axis=0)
    assert converge(values, 6).half_width == pytest.approx(converge(values[::6], 1).half_width)
    assert converge(values, 1).half_width < converge(values, 6).half_width


def test_states_with_gaps_are_left_out_with_those_drawn_together():
    values = table(1, 1, 1, worlds=12)
    values[4, 2] = np.nan
    assert converge(values, 0).states == 11
    assert converge(values, 3).states == 9
    assert converge(values, 3).mean == pytest.approx(np.delete(values, [3, 4, 5], axis=0).mean())


def test_one_replicate_or_nothing_whole_cannot_tell():
    assert converge(np.ones((5, 1)), 1) is None
    assert converge(np.full((5, 3), np.nan), 0) is None


def test_no_difference_needs_nothing():
    found = converge(np.zeros((4, 3)), 1)
    assert found.mean == found.half_width == 0
    assert found.sign is None
    assert found.precise is None


def test_subsets_close_in_on_the_mean():
    values = table(0, 2, 0, replicates=12)
    low, high = subsets(values, np.arange(1, 13), seed=3)
    assert (np.diff(high - low) < 0.25).all()
    assert low[-1] == pytest.approx(values.mean())
    assert high[-1] == pytest.approx(values.mean())
    assert low[0] < values.mean() < high[0]
