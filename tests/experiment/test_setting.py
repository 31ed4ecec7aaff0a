"""What one run gets is what would be made by hand, and what runs share they share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm import engine, outcomes
from crisis_abm.engine import Detail
from crisis_abm.experiment import Setting, prepare
from crisis_abm.experiment.design.setting import adopters, follow
from crisis_abm.runs import compare, prepared, replicate_seed, run_once
from crisis_abm.scenario import LEVERS, Policy, PolicyChange
from crisis_abm.tables import build, compile_policy
from tests.experiment.wards import HOARDING, USE, experiment, scenario

UNCERTAIN = {USE: {"low": 1, "high": 3}, "behaviour.keep": {"low": 1, "high": 4}}


def measured(prepared) -> np.ndarray:
    _scenario, tables, policy, seed = prepared
    return outcomes.measure(tables, engine.run(tables.world, policy, seed, Detail.GROUPS))


def assert_same(first, second) -> None:
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one, other, equal_nan=True)


def test_policies_alone_are_a_comparison():
    made = experiment(
        scenario(uncertain=UNCERTAIN), seed=4, levers={"policy": ["siloed", "reciprocal"]}
    )
    expected = compare(scenario(uncertain=UNCERTAIN), replicates=3, seed=4).figures
    found = [[measured(prepare(made, point, r)) for point in range(2)] for r in range(3)]
    assert (np.array(found) == expected).all()
    assert expected[:, :, 0].min() > 0


def test_a_point_is_the_scenario_changed_by_hand():
    made = experiment(
        constants={"time.steps": 15},
        uncertainties={"behaviour.hoarding": HOARDING},
        levers={"policy": ["agenda=1", "reciprocal"], "parity": [0.25]},
        design={"method": "latin_hypercube", "samples": 3},
        seed=2,
    )
    for point in range(len(made.points)):
        row = made.points[point]
        changed = scenario().with_(
            {"time.steps": 15, "behaviour.hoarding": row["behaviour.hoarding"]}
        )
        policy = scenario().policy_named(row["policy"]).model_copy(update={"parity": 0.25})
        by_hand, tables, arrays, seed = prepare(made, point, 1)
        assert by_hand == changed
        assert seed == replicate_seed(2, 1)
        assert_same(arrays, compile_policy(changed, build(changed), policy))
        assert measured((by_hand, tables, arrays, seed))[0] >= 0


def test_what_the_scenario_draws_is_drawn_as_compare_does_but_for_what_the_experiment_sets():
    of = scenario(uncertain=UNCERTAIN)
    made = experiment(of, uncertainties={USE: [2, 2.5]}, seed=9)
    assert list(made.scenario.uncertain) == ["behaviour.keep"]
    for point, replicate in [(0, 0), (0, 1), (1, 1)]:
        drawn = prepare(made, point, replicate)[0]
        assert drawn.behaviour.keep == of.draw(9, replicate)["behaviour.keep"]
        assert drawn.kinds["ward"].needs["gowns"].use == [2, 2.5][point]
    constant = experiment(of, constants={USE: 2})
    assert list(constant.scenario.uncertain) == ["behaviour.keep"]


def test_levers_alone_build_the_tables_once(monkeypatch):
    built = []

    def counted(of):
        built.append(of)
        return build(of)

    monkeypatch.setattr(prepared, "build", counted)
    monkeypatch.setattr(prepared, "_kept", prepared.Recent(prepared.MOST_BYTES))
    levers = {"policy": ["siloed", "reciprocal"], "parity": [0, 0.5, 1], "share": [0.5, 1]}
    made = experiment(scenario(), levers=levers)
    worlds = [prepare(made, point, r)[1] for r in range(2) for point in range(len(made.points))]
    assert len(worlds) == 24 and len({id(tables) for tables in worlds}) == len(built) == 1


def test_a_replicate_is_run_once_by_its_number():
    of = scenario(uncertain=UNCERTAIN)
    made = experiment(of, levers={"policy": ["reciprocal"]}, seed=3)
    expected = list(run_once(of, "reciprocal", seed=3, replicate=5).outcomes.values())
    assert measured(prepare(made, 0, 5)).tolist() == expected


def test_levers_by_kind_reach_the_rows_of_that_kind():
    of = scenario()
    tables = build(of)
    made = experiment(
        of, levers={"policy": ["agenda=1"], "communication.ward": [0.5], "communication": [0.1]}
    )
    setting = made.setting(0)
    assert setting.levers == (("communication", None, 0.1), ("communication", "ward", 0.5))
    levers = prepare(made, 0, 0)[2].levers
    ward = tables.world.organisations.kind == tables.kinds.index("ward")
    column = LEVERS["communication"].column
    assert (levers[ward, column] == 0.5).all()
    assert (levers[~ward, column] == 0.1).all()
    assert (levers[:, LEVERS["agenda"].column] == 1).all()
    others = [k for k in range(5) if k not in (column, LEVERS["agenda"].column)]
    assert (levers[:, others] == 0).all()


def test_a_lever_on_top_holds_also_where_the_policy_changes_it():
    late = {"start": 6, "communication": 1, "reciprocity": 1}
    of = scenario(policies={"late": {"changes": [late]}})
    tables = build(of)
    setting = Setting((), "late", (("communication", "ward", 0.5),))
    policy = follow(of, tables, setting, seed=1)
    change = PolicyChange(start=0, end=20, kinds=["ward"], communication=0.5)
    own = of.policy_named("late")
    by_hand = compile_policy(of, tables, own.model_copy(update={"changes": [*own.changes, change]}))
    assert_same(policy[1:], by_hand[1:])
    runs = [engine.run(tables.world, p, 1, Detail.GROUPS) for p in (policy, by_hand)]
    assert (outcomes.measure(tables, runs[0]) == outcomes.measure(tables, runs[1])).all()
    untouched = follow(of, tables, replace(setting, levers=(("parity", None, 1.0),)), seed=1)
    assert len(untouched.start) == 1


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 2**53))
def test_a_growing_share_only_adds(first, second, seed):
    tables = TABLES
    small, large = (adopters(tables, share, seed) for share in sorted((first, second)))
    assert not (small & ~large).any()
    assert small.sum() == np.floor(min(first, second) * len(small) + 0.5)


TABLES = build(scenario())


def test_who_is_among_a_share_depends_on_the_seed_and_the_ids_alone():
    many = build(scenario(wards=40))
    drawn = [adopters(many, 0.5, seed) for seed in range(3)]
    assert (adopters(many, 0.5, 0) == drawn[0]).all()
    assert (drawn[0] != drawn[1]).any()
    fewer = build(scenario(wards=20))
    order = [adopters(many, k / 41, 0)[:20].sum() for k in range(42)]
    assert order == sorted(order)
    ids = [fewer.ids[row] for row in np.flatnonzero(adopters(fewer, 1 / 21, 0)).tolist()]
    assert len(ids) == 1


def test_a_share_follows_the_rest_is_siloed():
    made = experiment(levers={"policy": ["reciprocal"], "parity": [0.5], "share": [0, 0.5, 1]})
    none, half, all_ = (prepare(made, point, 1)[2].levers for point in range(3))
    who = adopters(TABLES, 0.5, replicate_seed(0, 1))
    assert (none == 0).all()
    assert (half == np.where(who[:, None], all_, 0)).all()
    assert (all_ == [1, 1, 1, 0.5, 1]).all()


def test_points_that_differ_in_levers_share_tables():
    made = experiment(
        scenario(uncertain=UNCERTAIN),
        uncertainties={"behaviour.hoarding": [1, 4]},
        levers={"policy": ["siloed", "reciprocal"]},
    )
    tables = [[prepare(made, point, r)[1] for point in range(4)] for r in range(2)]
    for of_replicate in tables:
        assert of_replicate[0] is of_replicate[1]
        assert of_replicate[2] is of_replicate[3]
        assert of_replicate[0] is not of_replicate[2]
    assert tables[0][0] is not tables[1][0]  # another draw of what is uncertain
    still = experiment(uncertainties={"behaviour.hoarding": [1, 4]})
    assert prepare(still, 0, 0)[1] is prepare(still, 0, 1)[1]


def test_values_that_do_not_go_together_are_told_when_the_point_is_prepared():
    made = experiment(uncertainties={"events[0].start": [5, 11], "events[0].end": [8, 12]})
    assert prepare(made, 0, 0)[0].events[0].end == 8
    with pytest.raises(Exception, match="not after the start"):
        prepare(made, 2, 0)  # from 11 to 8


def test_a_policy_is_siloed_where_none_is_a_lever():
    made = experiment()
    setting = made.setting(0)
    assert setting == Setting(())
    assert (prepare(made, 0, 0)[2].levers == np.array(Policy().levers)).all()
