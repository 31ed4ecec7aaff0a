"""What is expected after an inject: words for the eye, or actions that can be looked for."""

from __future__ import annotations

import pytest

from crisis_abm.exercise import ExerciseError
from crisis_abm.exercise.expected_action import Action, Clause, Unsound, parse_expected
from crisis_abm.exercise.schema import DECISIONS
from tests.exercise.small import FILE, exercise


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("order kit", Action("order", "kit")),
        ("order need", Action("order", by_need=True)),
        ("order <= need", Action("order", by_need=True)),
        ("order kit <= need", Action("order", "kit", by_need=True)),
        ("order kit>=5", Action("order", "kit", at_least=5.0)),
        ("order kit <= 5.5", Action("order", "kit", at_most=5.5)),
        ("lend kit", Action("lend", "kit")),
        ("lend kit to home >= 1", Action("lend", "kit", ("home",), at_least=1.0)),
        ("lend kit to home, wards", Action("lend", "kit", ("home", "wards"))),
        ("offer places >= 0.2", Action("offer", "places", at_least=0.2)),
        ("serve need", Action("serve", targets=("need",))),
        ("first kit home", Action("first", "kit", ("home",))),
        ("call home, works", Action("call", targets=("home", "works"))),
        ("reason", Action("reason")),
    ],
)
def test_an_action_says_what_is_looked_for(text, action):
    assert parse_expected(text).clauses == (Clause((), (action,)),)
    assert parse_expected(text).words == text
    assert parse_expected(f"Do as agreed! [{text}]").clauses == (Clause((), (action,)),)


def test_what_is_expected_beside_and_instead():
    found = parse_expected("say so [call home or works; wards, home: serve need or first kit home]")
    calls, depot = found.clauses
    assert found.words == "say so"
    assert calls.any_of == (
        Action("call", targets=("home",)),
        Action("call", targets=("works",)),
    )
    assert depot.seats == ("wards", "home")
    assert [one.verb for one in depot.any_of] == ["serve", "first"]


@pytest.mark.parametrize(
    "text",
    ["", "warn customers", "Call your partners", "answer: with a reason", "Order less, and say so"],
)
def test_all_else_is_words(text):
    assert parse_expected(text).clauses == () and parse_expected(text).words == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("order", "order"),
        ("order kit beds", "order kit beds"),
        ("lend kit home", "lend kit home"),
        ("lend kit <= need", "lend kit <= need"),
        ("serve everybody", "serve everybody"),
        ("first kit", "first kit"),
        ("call", "call"),
        ("reason enough", "reason enough"),
        ("order kit >= many", "many"),
        ("order kit >= -1", "-1"),
        ("order kit >= nan", "nan"),
        ("isolate [cal home]", "cal"),
        ("isolate [call home", "isolate [call home"),
        ("[call home] at once", "[call home] at once"),
        ("call home;", ""),
        ("serve need or home", "home"),
    ],
)
def test_what_begins_as_an_action_has_to_be_one(text, value):
    with pytest.raises(Unsound) as caught:
        parse_expected(text)
    assert caught.value.value == value


def check(expected: str, **inject) -> list[str]:
    """Faults of an exercise in which this is expected."""
    one = {"number": 3, "text": "Look.", "expected": expected, **inject}
    try:
        exercise(injects=[*FILE["injects"], one])
    except ExerciseError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ("order kitt <= need", 'injects[2].expected = "kitt": is no resource of the scenario; did'),
        ("lend kit to homes", '= "homes": is no seat, kind or organisation; did you mean "home"?'),
        ("call wrds", 'did you mean "wards"? or begin with a capital letter: then it is words'),
        ("coucil: call home", '= "coucil": is no seat; seats: home, wards, works or begin with'),
        ("offer places >= 0.1 [x]", '= "x": is no verb'),
        ("serve needs", "write serve rank, serve orders or serve need, or begin with a capital"),
    ],
)
def test_a_fault_is_told_where_it_stands_with_a_remedy(expected, told):
    (problem,) = check(expected)
    assert "half.toml" in problem and told in problem


def test_names_are_seats_kinds_and_ids():
    for name in ("wards", "ward", "north", "all"):
        assert check(f"lend kit to {name} >= 1") == []


def test_nobody_is_expected_to_do_what_none_of_those_told_may():
    seats = {
        **FILE["seats"],
        "works": {**FILE["seats"]["works"], "decides": ["ration", "call"]},
    }
    injects = [{"number": 1, "text": "x", "to": ["works"], "expected": "lend kit"}]
    with pytest.raises(ExerciseError, match="is nothing that works may decide; name who does"):
        exercise(seats=seats, injects=injects)
    exercise(seats=seats, injects=[{**injects[0], "expected": "home: lend kit"}])
    assert set(DECISIONS) == {"order", "ration", "lend", "places", "call"}
