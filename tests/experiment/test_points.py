"""Designs have the points they promise, within bounds, the same every time."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_abm.experiment import Factor
from crisis_abm.experiment.design import points
from crisis_abm.experiment.design.points import points_of, promised
from crisis_abm.experiment.design.schema import Design
from tests.experiment.wards import HOARDING, USE, experiment

numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
ranges = st.tuples(numbers, numbers).filter(lambda pair: pair[0] < pair[1])
lists = st.lists(numbers, min_size=1, max_size=4, unique=True)


@st.composite
def factors(draw, least=1):
    """Some uncertainties, then some levers, ranges and lists."""
    count = draw(st.integers(least, 4))
    made = []
    for number in range(count):
        kind = "lever" if number >= draw(st.integers(1, 4)) else "uncertainty"
        if draw(st.booleans()):
            low, high = draw(ranges)
            made.append(Factor(f"x{number}", kind, low, high, base=low))
        else:
            values = draw(lists)
            made.append(Factor(f"x{number}", kind, values=tuple(values), base=values[0]))
    return sorted(made, key=lambda factor: factor.kind == "lever")


designs = st.one_of(
    st.builds(Design, method=st.just("latin_hypercube"), samples=st.integers(1, 20)),
    st.builds(
        Design,
        method=st.just("sobol"),
        samples=st.sampled_from([1, 2, 8]),
        second_order=st.booleans(),
    ),
    st.builds(
        Design,
        method=st.just("morris"),
        samples=st.integers(1, 5),
        levels=st.sampled_from([None, 2, 6]),
    ),
    st.builds(Design, method=st.just("full_factorial"), levels=st.integers(2, 4)),
    st.builds(Design, method=st.just("one_at_a_time"), levels=st.integers(2, 4)),
)


@given(factors(), designs, st.integers(0, 2**53), st.booleans())
@settings(max_examples=60)
def test_as_many_points_as_promised_and_all_within_bounds(made, design, seed, cross):
    design = design.model_copy(update={"cross": cross})
    crossed = [f for f in made if cross and f.kind == "lever" and f.values is not None]
    if len(crossed) == len(made) and design.method not in ("full_factorial", "one_at_a_time"):
        return  # nothing to sample: refused when it is read
    points = points_of(made, design, seed)
    assert len(points) == promised(made, design)
    assert list(points.columns) == [factor.name for factor in made]
    assert points.settings == math.prod(len(factor.ends) for factor in crossed)
    assert len(points) % points.settings == 0
    for factor in made:
        assert all(factor.admits(value) for value in points.columns[factor.name].tolist())
    again = points_of(made, design, seed)
    assert again.digest == points.digest
    assert pickle.loads(pickle.dumps(points)).digest == points.digest


@given(factors(least=2), designs, st.integers(0, 99))
@settings(max_examples=40)
def test_every_state_of_the_world_meets_every_setting_of_the_levers(made, design, seed):
    crossed = [f for f in made if f.kind == "lever" and f.values is not None]
    if not crossed or len(crossed) == len(made):
        return
    points = points_of(made, design, seed)
    expected = points_of([f for f in made if f not in crossed], design, seed)
    assert points.crossed == tuple(factor.name for factor in crossed)
    for world in range(len(points) // points.settings):
        rows = [points[world * points.settings + s] for s in range(points.settings)]
        assert {points.world(world * points.settings + s) for s in range(len(rows))} == {world}
        settings_met = {tuple(row[name] for name in points.crossed) for row in rows}
        assert len(settings_met) == points.settings
        for row in rows:
            assert {name: row[name] for name in expected.columns} == expected[world]


@pytest.mark.parametrize("d", [1, 3])
def test_counts_are_those_of_salib(d):
    for method, second, expected in [
        ("latin_hypercube", True, 8),
        ("sobol", True, 8 * (2 * d + 2)),
        ("sobol", False, 8 * (d + 2)),
        ("morris", True, 8 * (d + 1)),
    ]:
        names = tuple(f"x{k}" for k in range(d))
        rows = points.sample(method, names, 8, 1, second_order=second)
        assert rows.shape == (expected, d) == (points.sample_size(method, d, 8, second), d)
        assert rows.min() >= 0
        assert rows.max() <= 1


def test_latin_hypercube_has_one_row_in_each_part_and_keeps_columns():
    rows = points.latin_hypercube(("a", "b"), 50, 3)
    assert (np.sort(np.floor(rows * 50), axis=0) == np.arange(50)[:, None]).all()
    more = points.latin_hypercube(("c", "b"), 50, 3)
    assert (more[:, 1] == rows[:, 1]).all()
    assert (more[:, 0] != rows[:, 0]).any()


def test_a_sample_is_the_same_to_the_bit_on_every_machine():
    rows = points.latin_hypercube(("behaviour.hoarding",), 4, 7).ravel()
    expected = [0.5536789222017848, 0.10111628627720665, 0.9657964540575728, 0.37729803547984103]
    assert rows.tolist() == expected
    factor = Factor("x", "uncertainty", 2.0, 32.0, distribution="loguniform")
    expected = [9.283801580631572, 2.647196235423878, 29.104812457747318, 5.6930120047599635]
    assert factor.column(rows).tolist() == expected


def test_seed_0_is_a_seed_and_seeds_differ():
    for method in ("latin_hypercube", "sobol", "morris"):
        found = [points.sample(method, ("a", "b", "c"), 8, seed) for seed in (0, 0, 1)]
        assert (found[0] == found[1]).all()
        assert (found[0] != found[2]).any()


def test_morris_moves_one_factor_a_step_on_exact_levels():
    rows = points.morris(3, 10, 0, levels=4)
    assert set(np.unique(rows)) <= {0.0, 1 / 3, 2 / 3, 1.0}
    moved = np.diff(rows.reshape(10, 4, 3), axis=1)
    assert ((np.abs(moved) > 0.5).sum(axis=2) == 1).all()
    assert ((moved != 0).sum(axis=2) == 1).all()


def test_salib_finds_what_matters_in_points_as_they_stand():
    from SALib.analyze import morris, sobol

    design = {"method": "sobol", "samples": 256}
    made = experiment(
        uncertainties={"behaviour.hoarding": HOARDING, USE: {"low": 1, "high": 3}}, design=design
    )
    x, y = (made.points.columns[name] for name in made.points.sampled)
    problem = {"num_vars": 2, "names": list(made.points.sampled), "bounds": [[0, 1]] * 2}
    found = sobol.analyze(problem, x + 2 * y, seed=1)  # variances 16/12 and 16/12
    assert np.allclose(found["S1"], [0.5, 0.5], atol=0.02)
    made = experiment(
        uncertainties={"behaviour.hoarding": HOARDING, USE: {"low": 1, "high": 3}},
        design={"method": "morris", "samples": 6},
    )
    x, y = (made.points.columns[name] for name in made.points.sampled)
    found = morris.analyze(problem, made.points.unit, x + 3 * y, num_levels=4)
    assert np.allclose(found["mu"], [4, 6])
    assert np.allclose(found["sigma"], 0)


def test_one_at_a_time_starts_from_the_scenario():
    made = experiment(
        uncertainties={"behaviour.hoarding": HOARDING, USE: [1, 2, 3]},
        levers={"policy": ["siloed", "reciprocal"], "share": {"low": 0.5, "high": 1, "base": 1}},
        design={"method": "one_at_a_time"},
    )
    rows = [tuple(made.points[k].values()) for k in range(0, len(made.points), 2)]
    assert rows == [
        (3.0, 2.0, "siloed", 1.0),
        (1.0, 2.0, "siloed", 1.0),
        (5.0, 2.0, "siloed", 1.0),
        (3.0, 1.0, "siloed", 1.0),
        (3.0, 3.0, "siloed", 1.0),
        (3.0, 2.0, "siloed", 0.5),
    ]


def test_whole_numbers_where_the_scenario_wants_them():
    made = experiment(
        uncertainties={
            "events[0].end": {"low": 7, "high": 12},
            "behaviour.patience": [2, math.inf],
        },
        design={"method": "latin_hypercube", "samples": 40},
    )
    ends = made.points.columns["events[0].end"]
    assert ends.dtype == np.int64
    assert set(ends.tolist()) == set(range(7, 13))
    values = {dict(made.setting(k).changes)["behaviour.patience"] for k in range(40)}
    assert values == {2, math.inf}
    assert {type(dict(made.setting(k).changes)["events[0].end"]) for k in range(40)} == {int}


@pytest.mark.parametrize("distribution", ["uniform", "triangular", "loguniform"])
def test_a_factor_rises_from_end_to_end(distribution):
    factor = Factor("x", "uncertainty", 2.0, 32.0, distribution=distribution, peak=4.0)
    units = np.linspace(0, 1, 101)
    column = factor.column(units)
    assert column.tolist() == [factor.at(u) for u in units.tolist()]
    assert (column[0], column[-1]) == (2.0, 32.0)
    assert (np.diff(column) > 0).all()
    middle = {"uniform": 17.0, "loguniform": 8.0}.get(distribution)
    assert middle is None or column[50] == middle


def test_no_factor_is_one_point():
    made = experiment()
    assert len(made.points) == 1
    assert made.points[0] == {}
    with pytest.raises(IndexError, match="there are 1 points"):
        made.points[1]
