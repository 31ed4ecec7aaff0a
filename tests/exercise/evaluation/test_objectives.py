"""Objectives come to a figure, a sentence and the rating that the figure suggests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crisis_abm.exercise import Course, Decision, Exercise, Order, Sent, play
from crisis_abm.exercise.evaluation.objectives import Measured, measured, rating
from crisis_abm.exercise.evaluation.observed import observed
from crisis_abm.exercise.schema import MEASURES, Objective
from tests.exercise.evaluation.three_customers import SPARE, three_customers
from tests.exercise.small import FILE

AT = datetime(2026, 1, 1, tzinfo=UTC)
LEVELS = {"performed": 0.6, "some": 0.3, "major": 0.05}
OBJECTIVES = {
    name: {
        "title": name,
        "measure": name,
        **(
            dict(zip(LEVELS, (0.05, 0.1, 0.2), strict=True))
            if name in ("excess", "shares")
            else LEVELS
        ),
    }
    for name in MEASURES
}
INJECTS = [
    {"number": 1, "date": 2, "text": "All hear this.", "objective": "told"},
    {"number": 2, "date": 2, "text": "Only for the works.", "to": ["works"]},
    {"number": 3, "date": 6, "text": "Only for the home.", "to": ["home"], "effect": SPARE},
    {"number": 4, "date": 11, "text": "Only for the wards.", "to": ["wards"]},
]


def held(
    decided: dict[tuple[int, str], Decision] | None = None, turn: int = 3, **file: Any
) -> Course:
    """An exercise that is so far, with what was decided in it."""
    made = three_customers(objectives=OBJECTIVES, injects=INJECTS, **file)
    course = Course(made, 4, [])
    course.branch.turn = turn
    course.branch.decided |= decided or {}
    for inject in made.content.injects:
        when = made.turn_at(int(str(inject.date)))
        if when is not None and when <= turn:
            course.branch.sent.append(Sent(inject, when, int(str(inject.date)), AT))
    return course


def of(name: str, *args: Any, **kwargs: Any) -> Measured:
    return measured(held(*args, **kwargs))[name]


@pytest.mark.parametrize(
    ("measure", "levels", "rated"),
    [
        ("lent", (0.6, 0.3, 0.05), {0.7: "P", 0.6: "P", 0.5: "S", 0.3: "S", 0.05: "M", 0.0: "U"}),
        ("excess", (0.25, 0.5, 1.0), {0.0: "P", 0.25: "P", 0.4: "S", 1.0: "M", 1.1: "U"}),
    ],
)
def test_a_figure_suggests_a_rating(measure, levels, rated):
    performed, some, major = levels
    one = Objective(title="x", measure=measure, performed=performed, some=some, major=major)
    assert {value: rating(one, value) for value in rated} == rated
    assert rating(one, None) is None


def test_before_anything_is_closed_there_is_no_occasion():
    found = measured(held(turn=0))
    assert set(found) == set(MEASURES)
    assert [(one.value, one.rating) for one in found.values()] == 5 * [(None, None)]
    assert all(one.sentence.endswith(".") for one in found.values())


def test_news_that_only_some_were_told_is_passed_on_by_a_call_of_theirs():
    assert of("told").value == 0.0  # three private ones, whose time is over
    nobody_yet = of("told", turn=1)
    assert nobody_yet.value is None  # the works can still call in the second turn
    calls = {
        (1, "works"): Decision(calls=["home"]),  # the turn after it was told
        (1, "wards"): Decision(calls=["home"]),  # the wards were told nothing yet
        (2, "home"): Decision(calls=["clinic"]),
    }
    two_of_three = of("told", calls)
    assert two_of_three.value == pytest.approx(2 / 3) and two_of_three.rating == "P"
    assert two_of_three.sentence == "Of 3 messages that only some were told, 2 went on."
    assert of("told", {(0, "works"): Decision(calls=["home"])}, turn=1).value == 1.0


def test_what_all_were_told_or_nobody_can_pass_on_does_not_count():
    dead = [{**turn, "calls": False} for turn in FILE["turns"]]
    assert of("told", turns=dead).value is None
    mute = {name: {**seat, "decides": ["order", "lend"]} for name, seat in FILE["seats"].items()}
    assert of("told", seats=mute).value is None


def test_orders_beyond_need_are_those_of_the_siloed_crisis_where_nobody_decides():
    alone = of("excess")
    assert alone.value == pytest.approx(1.0) and alone.rating == "U"
    assert alone.sentence == "Orders beyond need came to 100% of those with everybody siloed."
    need = {
        (turn, seat): Decision(orders={"kit": Order(need=True)})
        for turn in range(3)
        for seat in ("wards", "home", "clinic")
    }
    assert of("excess", need).value == 0.0
    some = of("excess", {move: one for move, one in need.items() if move[1] == "wards"})
    assert some.value is not None and 0 < some.value < 1


def test_orders_beyond_need_are_counted_from_the_first_turn_to_the_last_closed():
    course = held(turn=2)
    exercise, starts = course.exercise, course.exercise.starts
    decided = {(0, "home"): Decision(orders={"kit": Order(need=True)})}
    course.branch.decided |= decided

    def booked(decided: Any, ticks: int) -> float:
        events = [{"title": "Inject 3", "start": 6, **SPARE}]
        return float(play(exercise, decided, events, ticks).state.record.excess_orders.sum())

    mine, theirs = (booked(one, starts[2]) - booked(one, starts[0]) for one in (decided, {}))
    assert measured(course)["excess"].value == pytest.approx(mine / theirs)


def test_where_there_is_enough_nothing_shows():
    ample = {"title": "Ample", "start": 2, "organisations": ["works"], "capacity": 3}
    course = held(turn=1)
    course.branch.sent.clear()
    effect = course.exercise.content.injects[0].model_copy(update={"effect": ample})
    course.branch.sent.append(Sent(effect, 0, 2, AT))
    found = measured(course)
    assert [found[name].value for name in ("excess", "shares", "lent")] == 3 * [None]


def test_what_is_scarce_is_held_against_need_and_worth():
    by_need = {(turn, "works"): Decision(serve="need") for turn in range(3)}
    assert of("shares", by_need).value == pytest.approx(0) and of("shares", by_need).rating == "P"
    by_rank = of("shares", {(1, "works"): Decision(first={"kit": ["ward"]})})
    assert by_rank.value is not None and by_rank.value > 0.2 and by_rank.rating == "U"
    # half the sum of the gaps between two ways to share out: by hand on one tick
    course = held({(1, "works"): Decision(first={"kit": ["ward"]})}, turn=2)
    seen = observed(course)
    assert seen.shipped[1, "works"].scarce == 5  # ticks 6 to 10
    assert 0 < seen.shipped[1, "works"].gap <= 5


def test_what_is_lent_of_what_could_be():
    assert of("lent").value == 0.0
    half = of(
        "lent", {(1, "home"): Decision(lend={"kit": 0.5}), (2, "home"): Decision(lend={"kit": 0.5})}
    )
    all_of_it = of(
        "lent",
        {
            (turn, seat): Decision(lend={"kit": 1.0})
            for turn in (1, 2)
            for seat in ("home", "wards")
        },
    )
    assert half.value is not None and 0.3 < half.value < 1
    assert all_of_it.value == pytest.approx(1.0) and all_of_it.rating == "P"
    assert all_of_it.sentence == "100% of what lay spare while partners lacked it was lent."


def test_turns_that_people_decided_with_a_reason():
    decided = {
        (0, "works"): Decision(reason="we wait"),
        (0, "home"): Decision(),
        (1, "home"): Decision(reason="  "),
        (2, "home"): Decision(reason="not closed yet"),
    }
    course = held(decided, turn=2)
    found = measured(course)["decided"]
    assert found.value == pytest.approx(1 / 8) and found.rating == "M"
    assert found.sentence == "Of 8 decisions, 3 came in time, 1 with a reason."
    course.handed |= {"wards", "home"}  # nobody sits at the wards; at the home somebody did
    assert measured(course)["decided"].value == pytest.approx(1 / 6)


@pytest.mark.slow
def test_a_county_whose_seats_say_nothing_and_one_that_works_together():
    made = Exercise.load("first_wave")
    silent = Course(made, 6, [])
    silent.branch.turn = made.turns
    found = measured(silent)
    assert found["O2"].value == pytest.approx(1.0)
    assert found["O4"].value == found["O5"].value == 0.0 and found["O4"].rating == "U"
    assert found["O3"].value is not None and found["O3"].value > 0.05
    good = Course(made, 6, [])
    good.branch.turn = made.turns
    for turn in range(made.turns):
        for seat in ("depot", "wholesalers", "laboratory"):
            good.branch.decided[turn, seat] = Decision(serve="need", reason="need goes first")
        for seat in ("hospitals", "homes"):
            good.branch.decided[turn, seat] = Decision(
                orders={"ppe": Order(need=True), "tests": Order(need=True)},
                lend={"ppe": 1.0, "tests": 1.0},
                reason="others lack it",
            )
    better = measured(good)
    assert better["O3"].value == pytest.approx(0, abs=1e-9)
    for name in ("O2", "O4", "O5"):
        before, after = found[name].value, better[name].value
        assert before is not None and after is not None
        assert after < before if name == "O2" else after > before
