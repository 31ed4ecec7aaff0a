"""What decisions did, against the same crises decided otherwise."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from crisis_abm.engine import Detail
from crisis_abm.exercise.decisions import Decision, Order
from crisis_abm.exercise.evaluation.counterfactuals import (
    Counterfactuals,
    counterfactuals,
)
from crisis_abm.exercise.play import Stage, play
from crisis_abm.outcomes import OUTCOMES, measure
from crisis_abm.runs import run_once
from crisis_abm.scenario import Scenario
from tests.exercise.small import exercise, valley

# what half of the works' capacity is, is drawn in every crisis, so that they differ
UNCERTAIN = {"events[0].capacity": {"low": 0.2, "high": 0.6}}
DECIDED = {
    (0, "wards"): Decision(orders={"kit": Order(units=40)}, reason="while there is some"),
    (1, "works"): Decision(first={"kit": ["home"]}),
    (1, "home"): Decision(lend={"kit": 0.5}, calls=["wards"]),
    (2, "home"): Decision(reason="we wait"),
}
SPARE = {
    "title": "Spare",
    "add_stock": 30,
    "resource": "kit",
    "start": 6,
    "organisations": ["home"],
}
CRISES = 6


def uncertain() -> Scenario:
    return valley(uncertain=UNCERTAIN)


@cache
def found(workers: int = 1) -> Counterfactuals:
    return counterfactuals(exercise(uncertain()), DECIDED, [SPARE], CRISES, workers)


def test_every_way_is_the_play_without_what_is_left_out():
    made, result = exercise(uncertain()), found()
    for k, number in enumerate((None, *range(CRISES))):
        for column, way in enumerate(result.ways, start=1):
            if way.kind == "policy":
                continue
            rest = {move: one for move, one in DECIDED.items() if move not in way.without}
            plain = play(made, rest, [SPARE], replicate=number, detail=Detail.GROUPS)
            np.testing.assert_array_equal(
                result.figures[k, column], measure(plain.tables, plain.state)
            )


def test_policies_are_those_of_a_run_with_the_same_injects():
    result = found()
    scenario = uncertain().with_({"events[+]": SPARE})
    for way in result.of("policy"):
        run = run_once(scenario, way.policy, seed=0, replicate=3)
        column = 1 + result.ways.index(way)
        assert result.figures[1 + 3, column].tolist() == list(run.outcomes.values())
        assert result.by_kind[1 + 3, column].sum() == pytest.approx(run.outcomes["harm"])


def test_ways_are_every_seat_every_turn_and_every_decision_that_was_made():
    about = [(one.kind, one.policy, one.seat, one.turn) for one in found().ways]
    assert about == [
        ("policy", "siloed", "", -1),
        ("policy", "reciprocal", "", -1),
        ("standing", "", "", -1),
        ("seat", "", "home", -1),
        ("seat", "", "wards", -1),
        ("seat", "", "works", -1),
        ("turn", "", "", 0),
        ("turn", "", "", 1),
        ("decision", "", "wards", 0),
        ("decision", "", "home", 1),
        ("decision", "", "works", 1),
    ]


def test_the_same_bits_come_of_one_process_and_of_two():
    for one, other in zip(found(1).__dict__.items(), found(2).__dict__.items(), strict=True):
        if isinstance(one[1], np.ndarray):
            np.testing.assert_array_equal(one[1], other[1], err_msg=one[0])
    assert {m: c.tolist() for m, c in found(1).clipped.items()} == {
        m: c.tolist() for m, c in found(2).clipped.items()
    }


def test_where_nothing_was_decided_nothing_differs():
    made = exercise(uncertain())
    result = counterfactuals(made, {(0, "wards"): Decision(reason="as ever")}, [SPARE], 4, 1)
    assert [one.kind for one in result.ways] == ["policy", "policy", "standing"]
    for way in (*result.of("policy", policy="siloed"), *result.of("standing")):
        for outcome in OUTCOMES:
            assert result.difference(way, outcome).mean == 0.0
            assert result.own(outcome=outcome) == result.own(way, outcome)
        assert all(one.mean == 0.0 for one in result.by_payer(way).values())
    assert result.mattered() == []


def test_differences_are_played_minus_otherwise_and_kinds_sum_to_all():
    result = found()
    way = result.of("decision", seat="works")[0]
    one = result.difference(way)
    harm = list(OUTCOMES).index("harm")
    column = 1 + result.ways.index(way)
    by_hand = (result.figures[1:, 0, harm] - result.figures[1:, column, harm]).mean()
    assert one.mean == pytest.approx(by_hand) and one.replicates == CRISES
    paid = sum(each.mean for each in result.by_payer(way).values())
    assert paid == pytest.approx(one.mean)


def test_the_three_that_mattered_most_are_shown_ones_first():
    ranked = found().mattered()
    shown = [bool(one.shown) for _, one in ranked]
    assert shown == sorted(shown, reverse=True)
    sizes = [abs(one.mean) for _, one in ranked if one.shown]
    assert sizes == sorted(sizes, reverse=True)
    assert all(one.mean != 0 for _, one in ranked)


def test_what_cannot_be_done_whole_elsewhere_is_counted_and_breaks_nothing():
    """The home closes in crises in which the works stand still; there it cannot lend."""
    broken = valley(uncertain={"events[0].capacity": {"low": 0.0, "high": 1.0}})
    result = counterfactuals(exercise(broken), {(2, "home"): Decision(lend={"kit": 1.0})}, (), 12)
    times = result.times_clipped((2, "home"))
    assert 0 < times < 12
    assert result.times_clipped((0, "home")) == 0  # nothing was decided


def test_more_than_links_carry_is_clipped():
    narrow = valley(
        supply=[{"resource": "kit", "lead_time": 1, "suppliers": "all", "capacity": 25}]
    )
    much, little = (
        counterfactuals(
            exercise(narrow), {(0, "home"): Decision(orders={"kit": Order(units=n)})}, (), 2
        )
        for n in (26, 24)
    )
    assert much.times_clipped((0, "home")) == 2 and little.times_clipped((0, "home")) == 0


def test_progress_counts_crises():
    told = []
    counterfactuals(exercise(), {}, (), 3, 1, lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_crises_in_which_there_are_more_organisations_or_fewer_are_judged_all_the_same():
    """How many care homes there are is drawn, too: what was decided holds for those that are."""
    ample = Scenario.load("ample").with_({"uncertain": {"groups[2].count": {"low": 3, "high": 9}}})
    homes = {"title": "Homes", "kinds": ["care_home"]}
    turns = [{"title": "One", "start": 10}, {"title": "Two", "start": 20}]
    made = exercise(ample, seats={"homes": homes}, turns=turns, end=30, injects=[], objectives={})
    decided = {(1, "homes"): Decision(orders={"food": Order(units=0.0)})}
    result = counterfactuals(made, decided, (), 4, 1)
    sizes = {len(Stage(made, decided, replicate=number).tables.ids) for number in range(4)}
    assert len(sizes) > 1
    assert np.isfinite(result.by_kind).all() and result.difference(result.of("seat")[0]).mean > 0
