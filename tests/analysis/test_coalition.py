"""Adoption: orders worked by hand, curves with and without a tipping point, small crises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm.analysis.coalition.adoption import largest_step, steps_to_reach
from crisis_abm.analysis.coalition.calling_order import best_order
from crisis_abm.analysis.coalition.search import coalition
from crisis_abm.runs import Prepared, compare
from crisis_abm.scenario import Scenario, ScenarioError
from tests.engine.crises import ward
from tests.random_scenarios import random_scenario


def crisis(seed=7, **force):
    return Scenario.from_dict(random_scenario(seed, steps=10, **force))


def small(scenario, **more):
    arguments = {"replicates": 3, "screening": 2, "workers": 1} | more
    return coalition(scenario, **arguments)


# --- the search ----------------------------------------------------------------------------------


def counted(value):
    """A value function that notes what it is asked."""
    asked = []

    def all_of(lot):
        asked.extend(lot)
        return [value(one) for one in lot]

    return all_of, asked


@pytest.mark.smoke
def test_who_brings_most_is_called_first():
    worth = [1.0, 5.0, 3.0, 0.0]
    found = best_order(4, counted(lambda some: 10.0 - sum(worth[k] for k in some))[0])
    assert found.order == (1, 2, 0, 3)
    assert found.path == (10.0, 5.0, 2.0, 1.0, 1.0)


def test_who_works_only_together_is_found_from_the_end():
    """0 and 3 bring 8 together, nothing alone; 1 brings 1: who calls the best first begins so."""
    found = best_order(
        4, counted(lambda some: 10.0 - 8.0 * ({0, 3} <= some) - 1.0 * (1 in some))[0]
    )
    assert set(found.order[:2]) == {0, 3}
    assert found.backward
    assert found.single == (10.0, 9.0, 10.0, 10.0)


def test_who_does_harm_is_called_last():
    found = best_order(3, counted(lambda some: 10.0 - len(some) + 5.0 * (1 in some))[0])
    assert found.order[-1] == 1


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=30))
def test_of_members_that_only_add_up_the_order_is_the_best(worth):
    value, asked = counted(lambda some: float(-sum(worth[k] for k in some)))
    found = best_order(len(worth), value)
    assert [worth[k] for k in found.order] == sorted(worth, reverse=True)
    assert len(set(asked)) == len(asked)


@given(st.integers(0, 5), st.integers(0, 2**30))
def test_any_game_gives_an_order_of_all_and_its_path(members, seed):
    def value(lot):
        return [float(hash((seed, tuple(sorted(some)))) % 1000) for some in lot]

    found = best_order(members, value)
    assert sorted(found.order) == list(range(members))
    prefixes = [frozenset(found.order[:n]) for n in range(members + 1)]
    assert list(found.path) == value(prefixes)


# --- tipping -------------------------------------------------------------------------------------


def noisy(curve, noise=0.05):
    generator = np.random.default_rng(1)
    return np.array(curve) + noise * generator.standard_normal((30, len(curve)))


def test_a_sudden_rise_tips():
    step = largest_step(noisy([0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 9, 9, 10]))
    assert step.tips
    assert step.at == 4
    assert step.part == pytest.approx(0.8, abs=0.02)
    assert step.interval[0] < step.part < step.interval[1]


@pytest.mark.parametrize(
    "curve",
    [
        list(range(13)),  # even
        [0, 0, 0, 3, 3, 3, 6, 6, 6, 9, 9, 10, 10],  # three steps alike: which one is chance
    ],
)
def test_an_even_or_ambiguous_rise_does_not_tip(curve):
    assert not largest_step(noisy(curve)).tips


def test_where_nothing_rises_for_sure_there_is_no_step():
    generator = np.random.default_rng(2)
    assert largest_step(generator.standard_normal((30, 1)) * np.linspace(0, 1, 8)) is None
    assert largest_step(-noisy(list(range(8)))) is None
    assert largest_step(noisy([0, 5])[:1]) is None


def test_steps_to_reach_by_hand():
    curve = np.array([[0.0, 2.0, 6.0, 10.0]] * 2)
    points = np.array([0, 1, 2, 4])
    assert steps_to_reach(curve, points, 0.5, 10.0) == (1.75, (1.75, 1.75))
    assert steps_to_reach(curve, points, 1.0, 10.0)[0] == 4
    assert steps_to_reach(curve, points, 2.0, 10.0) is None


# --- crises --------------------------------------------------------------------------------------


def test_nobody_and_everybody_are_the_two_policies():
    scenario = crisis()
    compared = compare(scenario, replicates=3, workers=1)
    found = small(scenario)
    np.testing.assert_array_equal(found.best[:, 0], compared.of("harm", "siloed"))
    np.testing.assert_array_equal(found.everybody, compared.of("harm", "reciprocal"))
    everybody = small(scenario, kinds=list(Prepared(scenario).tables.kinds))
    np.testing.assert_array_equal(everybody.best[:, -1], everybody.everybody)
    assert everybody.not_called == ()


def test_same_on_any_number_of_workers():
    one, two = (small(crisis(), workers=n) for n in (1, 2))
    assert one.found == two.found
    np.testing.assert_array_equal(one.best, two.best)
    np.testing.assert_array_equal(one.random, two.random)


def test_replicates_do_not_depend_on_how_many_there_are_but_for_the_order():
    few, many = (small(crisis(), replicates=n) for n in (2, 4))
    np.testing.assert_array_equal(few.everybody, many.everybody[:2])
    np.testing.assert_array_equal(few.best[:, 0], many.best[:2, 0])


def test_one_call_costs_one_ward_its_time():
    """No bed to spare and nothing short: calling the ward costs 2% of its time, others nothing."""
    found = small(Scenario.from_dict(ward(events=[])))
    assert {unit.name for unit in found.units} == {"maker", "ward"}
    assert found.called(2)[1].name == "ward"
    assert found.gain(1).alike.figure == 0 == found.gain(1).shown
    assert found.whole().mean == pytest.approx(0.1 * 10 * 0.02 * 20)
    assert found.lowest()[0] == 0
    assert found.tipping() is None
    assert found.calls_for(0.5) is None


@pytest.mark.parametrize("by", ["organisation", "group", "kind", "area"])
def test_units_hold_everybody_once(by):
    scenario = crisis()
    found = small(scenario, by=by, kinds=list(Prepared(scenario).tables.kinds), replicates=1)
    rows = sorted(row for unit in found.units for row in unit.rows)
    assert rows == list(range(len(Prepared(scenario).tables.ids)))


def test_groups_of_people_are_not_called():
    scenario = Scenario.from_dict(
        ward(
            resources={"gowns": {"storable": True, "cover": 3}, "labour": {}},
            organisations=[
                *ward()["organisations"],
                {"id": "people", "kind": "household", "area": "here"},
            ],
        )
    )
    found = small(scenario, replicates=1)
    assert "people" not in [unit.name for unit in found.units]
    assert found.not_called == ("household",)


def test_unknown_kind_is_refused_with_the_nearest():
    with pytest.raises(ScenarioError, match='"ward"'):
        small(Scenario.from_dict(ward()), kinds=["wards"])
