"""Which expected actions were taken, by whom they are missing, and what is to be sent then."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crisis_abm.exercise import Course, Decision, Exercise, Order, Sent
from crisis_abm.exercise.evaluation.expected import Expectation, expectations
from tests.exercise.small import FILE, exercise

AT = datetime(2026, 1, 1, tzinfo=UTC)
SPARE = {"add_stock": 30, "resource": "kit", "organisations": ["home"]}


def held(expected: str, decided: dict[tuple[int, str], Decision], turn: int, **inject: Any):
    """An exercise in whose second turn an inject came, when `turn` is being decided about."""
    one = {"number": 3, "date": 6, "text": "Look.", "expected": expected, **inject}
    made = exercise(injects=[*FILE["injects"], one])
    course = Course(made, 3, [])
    course.branch.turn = turn
    course.branch.decided |= decided
    course.branch.sent.append(Sent(made.content.injects[2], 1, 6, AT))
    return course


def status(expected: str, decided=None, turn: int = 2, **inject: Any) -> Expectation:
    (found,) = expectations(held(expected, decided or {}, turn, **inject))
    return found


def test_words_are_judged_by_eye():
    assert status("isolate at once").status == "by eye"
    assert status("isolate at once").words == "isolate at once"


@pytest.mark.parametrize(
    ("expected", "shown", "not_shown"),
    [
        ("call home", Decision(calls=["home"]), Decision(calls=["works"])),
        ("reason", Decision(reason="all need it"), Decision(calls=["home"])),
        ("order kit", Decision(orders={"kit": Order(need=True)}), Decision(reason="x")),
        ("offer kit >= 0.2", Decision(lend={"kit": 0.2}), Decision(lend={"kit": 0.1})),
        ("offer kit", Decision(lend={"kit": 0.1}), Decision(lend={"kit": 0.0})),
    ],
)
def test_what_decisions_show(expected, shown, not_shown):
    def of(decision: Decision, turn: int) -> str:
        return status(expected, {(turn, "wards"): decision}, to=["wards"]).status

    assert of(shown, 1) == of(shown, 2) == "done"  # its own turn, or the next
    assert of(shown, 0) == of(not_shown, 1) == "missing"


@pytest.mark.parametrize(
    ("expected", "shown", "not_shown"),
    [
        ("serve need", Decision(serve="need"), Decision(serve="rank")),
        ("first kit ward", Decision(first={"kit": ["north"]}), Decision(first={"kit": ["home"]})),
    ],
)
def test_what_a_supplier_shows(expected, shown, not_shown):
    for decision, found in ((shown, "done"), (not_shown, "missing")):
        assert status(expected, {(1, "works"): decision}, to=["works"]).status == found


def test_each_of_those_told_is_expected_to_but_nobody_of_itself():
    found = status("call home", {(1, "wards"): Decision(calls=["home"])})
    assert found.status == "missing" and found.waiting_for == ("works",)
    both = {(1, "home"): Decision(calls=["works", "wards"])}  # a call is one of both its ends
    assert status("call home", both).status == "done"


def test_a_kind_means_whoever_decides_for_it():
    decided = {(1, "works"): Decision(calls=["wards"])}
    assert status("call ward", decided, to=["works"]).status == "done"
    assert status("call ward, home", decided, to=["works"]).status == "missing"
    assert status("call ward or home", decided, to=["works"]).status == "done"
    assert status("home: call ward", decided, to=["works"]).waiting_for == ("home",)


def test_it_is_open_until_the_turn_is_closed_or_all_have_decided_otherwise():
    assert status("call home", turn=1, to=["wards"]).status == "open"
    decided = {(1, "wards"): Decision(reason="we wait")}
    assert status("call home", decided, turn=1, to=["wards"]).status == "missing"
    assert status("call home", decided, turn=1, to=["wards", "works"]).status == "open"
    assert status("lend kit", decided, turn=1, to=["wards"]).status == "open"  # not yet played


def test_what_is_lent_counts_in_units_from_its_day_on():
    lends = {(1, "home"): Decision(lend={"kit": 1.0})}
    stock: dict[str, Any] = {"effect": SPARE, "to": ["home"]}
    assert status("lend kit to ward >= 1", lends, **stock).status == "done"
    assert status("lend kit to ward >= 1000", lends, **stock).status == "missing"
    assert status("lend kit to works >= 1", lends, **stock).status == "missing"
    assert status("lend kit", {}, **stock).status == "missing"
    assert status("lend kit", lends, to=["home"]).status == "missing"  # offered: nothing to spare


def test_orders_up_to_need_are_looked_at_where_they_are_made():
    need = {(1, "wards"): Decision(orders={"kit": Order(need=True)})}
    assert status("order kit <= need", {}, to=["wards"]).status == "missing"  # it hoards
    assert status("order kit <= need", need, to=["wards"]).status == "done"
    assert status("order need", need, to=["wards"]).status == "done"
    units = {(1, "wards"): Decision(orders={"kit": Order(units=9)})}
    assert status("order kit >= 5", units, to=["wards"]).status == "done"
    assert status("order kit <= 4", units, to=["wards"]).status == "missing"


def test_what_is_to_be_sent_where_it_is_missing():
    assert status("call home", if_not="1", to=["wards"]).contingency == 1
    assert status("call home", if_not="the press calls", to=["wards"]).contingency is None
    assert status("call home", if_not="1", turn=1, to=["wards"]).contingency is None
    course = held("call home", {}, 2, if_not="1", to=["wards"])
    course.branch.sent.append(Sent(course.exercise.content.injects[0], 1, 6, AT))
    assert expectations(course)[0].contingency is None  # it was sent


def test_where_phones_are_dead_nobody_is_expected_to_call():
    dead = [{**turn, "calls": False} for turn in FILE["turns"]]
    made = exercise(turns=dead, injects=[{**FILE["injects"][0], "expected": "call home"}])
    course = Course(made, 3, [])
    course.branch.turn = 1
    course.branch.sent.append(Sent(made.content.injects[0], 0, 2, AT))
    assert expectations(course)[0].status == "by eye"


def test_an_inject_that_was_edited_to_what_cannot_be_is_judged_by_eye():
    course = held("call home", {}, 2)
    (sent,) = course.branch.sent
    for wrong in ("call nobody", "order beds <= need", "lend"):
        inject = sent.inject.model_copy(update={"expected": wrong})
        course.branch.sent[0] = Sent(inject, 1, 6, AT)
        assert expectations(course)[0].status == "by eye"


def test_the_first_wave_is_looked_through_by_itself():
    made = Exercise.load("first_wave")
    course = Course(made, 6, [])
    course.branch.turn = made.turns
    for number, inject in enumerate(made.content.injects):
        turn = next(k for k in range(made.turns) if inject in made.injects_of(k))
        assert inject.date is not None
        tick = made.scenario.tick_of(inject.date)
        course.branch.sent.append(Sent(inject, turn, tick, AT))
        assert number + 1 == inject.number
    silent = expectations(course)
    assert {one.number for one in silent if one.status != "missing"} == set()
    assert {one.number: one.contingency for one in silent if one.contingency} == {}
    course.branch.decided[4, "depot"] = Decision(serve="need", reason="need goes first")
    course.branch.decided[1, "homes"] = Decision(orders={"ppe": Order(need=True)})
    done = {one.number for one in expectations(course) if one.status == "done"}
    assert done == {4, 10}
