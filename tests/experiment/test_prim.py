"""PRIM: boxes that can be worked out by hand, boxes that were hidden, and what always holds."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_abm.experiment.findings.prim import DENSE, Box, find_box, quasi_p

TEN = {"x": np.arange(1, 11)}


def test_ten_cases_are_peeled_one_by_one_from_the_poor_side():
    found = find_box(TEN, TEN["x"] >= 7)
    densities = [4 / 10, 4 / 9, 4 / 8, 4 / 7, 4 / 6, 4 / 5, 1.0]
    assert [step.density for step in found.peeled] == pytest.approx(densities)
    assert [step.coverage for step in found.peeled] == [1.0] * 7
    assert found.step.box == Box(low={"x": 7})
    assert (found.step.cases, found.step.interesting) == (4, 4)
    # of 4 cases 4 are interesting, where without the limit 4 in 10 are
    assert found.quasi_p == pytest.approx({("x", "low"): 0.4**4})


def test_equal_values_go_together():
    found = find_box({"x": np.array([1, 1, 1, 1, 2, 2, 2, 3, 3, 3])}, TEN["x"] > 7)
    assert [step.cases for step in found.peeled] == [10, 6, 3]
    assert found.step.box == Box(low={"x": 3})


def test_both_sides_of_a_factor_are_limited_by_themselves():
    x = np.arange(40)
    found = find_box({"x": x}, (x >= 10) & (x < 20))
    assert found.step.box == Box(low={"x": 10}, high={"x": 19})
    assert set(found.quasi_p) == {("x", "low"), ("x", "high")}


def test_a_thin_slice_that_gains_more_for_each_case_beats_a_thick_one():
    # by "kind" half of the cases go and density rises from 0.5 to 0.6; by x one case goes and
    # density rises to 10/19: less in all, more for the case that it costs
    x = np.arange(20)
    interesting = np.array([False] + [True] * 4 + [False] * 9 + [True] * 6)
    kind = np.where(np.isin(x, [1, 2, 3, 5, 6, 14, 15, 16, 7, 8]), "a", "b")
    assert interesting[kind == "a"].mean() == 0.6
    assert interesting.mean() == 0.5
    second = find_box({"kind": kind, "x": x}, interesting).peeled[1]
    assert second.box == Box(low={"x": 1})


@pytest.mark.parametrize(
    ("values", "kept"),
    [(["a", "b", "c"], "b"), ([False, True], True)],
    ids=["text", "truth"],
)
def test_texts_and_truths_are_peeled_value_by_value(values, kept):
    column = np.resize(np.array(values), 60)
    found = find_box({"x": np.arange(60), "what": column}, column == kept)
    assert found.step.box == Box(values={"what": (kept,)})
    assert found.step.density == found.step.coverage == 1.0


def test_a_hidden_box_is_found_and_the_other_factors_left_alone():
    generator = np.random.default_rng(3)
    columns = {name: generator.random(1500) for name in "abcde"}
    inside = (columns["b"] > 0.6) & (columns["d"] < 0.5)
    interesting = np.where(generator.random(1500) < 0.08, ~inside, inside)
    found = find_box(columns, interesting)
    assert found.step.box.factors == ["b", "d"]
    assert found.step.box.low["b"] == pytest.approx(0.6, abs=0.03)
    assert found.step.box.high["d"] == pytest.approx(0.5, abs=0.03)
    assert found.step.density > 0.85
    assert all(chance < 1e-9 for chance in found.quasi_p.values())


def test_what_a_slice_took_too_much_is_pasted_on_again():
    x = np.arange(40)
    found = find_box({"x": x}, x >= 6, peel=0.2)
    assert found.peeled[found.taken].box == Box(low={"x": 8})
    assert found.step.box == Box(low={"x": 6})
    assert found.step.density == found.step.coverage == 1.0


def test_without_anything_to_tell_there_is_no_box():
    x = np.repeat(np.arange(20), 2)
    found = find_box({"x": x}, np.resize([True, False], 40))
    assert found.step.box == Box()
    assert (found.step.density, found.step.coverage, found.quasi_p) == (0.5, 1.0, {})


def test_all_cases_are_a_box_without_limits():
    assert find_box(TEN, np.ones(10, dtype=bool)).step.box == Box()


def test_nothing_to_find_is_refused():
    with pytest.raises(ValueError, match="no case is interesting"):
        find_box(TEN, np.zeros(10, dtype=bool))


def test_a_quasi_p_value_is_that_of_its_limit_alone():
    columns = {"x": np.array([1, 1, 2, 2]), "y": np.array([1, 2, 1, 2])}
    interesting = np.array([False, False, True, True])
    chances = quasi_p(Box(low={"x": 2, "y": 2}), columns, interesting)
    # one case, interesting; without the limit of x one of two is, without that of y both are
    assert chances == pytest.approx({("x", "low"): 0.5, ("y", "low"): 1.0})


@st.composite
def cases(draw):
    count = draw(st.integers(8, 60))
    numbers = st.lists(st.integers(0, 9), min_size=count, max_size=count)
    columns = {
        "x": np.array(draw(numbers)),
        "y": np.array(draw(numbers)) / 7,
        "what": np.array(list("abc"))[np.array(draw(numbers)) % 3],
    }
    interesting = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    interesting[draw(st.integers(0, count - 1))] = True
    return columns, interesting


@settings(deadline=None, max_examples=60)
@given(cases())
def test_what_always_holds(case):
    columns, interesting = case
    found = find_box(columns, interesting)
    coverage = [step.coverage for step in found.peeled]
    sizes = [step.cases for step in found.peeled]
    assert coverage == sorted(coverage, reverse=True)
    assert all(later < earlier for earlier, later in pairwise(sizes))
    assert sizes[-1] >= 0.05 * len(interesting)
    assert found.step.density >= interesting.mean()
    inside = found.step.box.contains(columns)
    assert inside.sum() == found.step.cases
    assert (inside & interesting).sum() == found.step.interesting
    assert all(chance <= 0.05 for chance in found.quasi_p.values())
    if any(step.density >= DENSE for step in found.peeled):
        assert found.peeled[found.taken].density >= DENSE
    assert find_box(columns, interesting) == found
