"""What is typed into a form is the decision that was meant; what cannot be read is said there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm.exercise import Decision, Exercise
from crisis_abm.exercise.decisions import faults_of_decision
from crisis_abm.exercise.server.decision_form import at_fields, choices, read, typed
from crisis_abm.scenario import Problem
from tests.exercise.small import exercise

NAMES = st.sampled_from(["kit", "ppe", "generator_fuel"])
PLACES = st.sampled_from(["works", "wards", "care_home", "depot.2"])
PERCENT = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)


@st.composite
def orders(draw):
    how = draw(st.sampled_from(["", "need", "units"]))
    order: dict[str, object] = {}
    if how == "need":
        order["need"] = True
    if how == "units":
        order["units"] = draw(st.integers(0, 10**9))
    if draw(st.booleans()):
        first = draw(st.integers(1, 99))
        order["suppliers"] = {"works": first / 100, "depot.2": (100 - first) / 100}
    return order


DECISIONS = st.fixed_dictionaries(
    {},
    optional={
        "orders": st.dictionaries(NAMES, orders().filter(bool), max_size=2),
        "serve": st.sampled_from(["rank", "orders", "need"]),
        "first": st.dictionaries(NAMES, st.lists(PLACES, min_size=1, max_size=2, unique=True)),
        "lend": st.dictionaries(NAMES, PERCENT, max_size=2),
        "places": PERCENT,
        "calls": st.lists(PLACES, min_size=1, unique=True),
        "say": st.just("We have little left."),
        "reason": st.just("Others need some, too."),
    },
)


@given(DECISIONS)
def test_a_form_that_shows_a_decision_says_that_decision(plain):
    decision = Decision.model_validate(plain)
    back, problems = read(typed(decision))
    assert problems == []
    again = Decision.model_validate(back)
    assert again.model_dump(exclude={"orders", "lend", "places"}) == decision.model_dump(
        exclude={"orders", "lend", "places"}
    )
    for name, order in decision.orders.items():
        assert (again.orders[name].need, again.orders[name].units) == (order.need, order.units)
        assert again.orders[name].suppliers == pytest.approx(order.suppliers, abs=1e-9)
    assert again.lend == pytest.approx(decision.lend, abs=1e-12)


@pytest.mark.parametrize(
    ("fields", "place", "told"),
    [
        ({"lend.kit": ["much"]}, "lend.kit", "is no number"),
        ({"places": ["nan"]}, "places", "is no number"),
        ({"orders.kit.how": ["units"]}, "orders.kit.units", "is missing"),
        (
            {"orders.kit.suppliers.works": ["60"], "orders.kit.suppliers.depot": ["30"]},
            "orders.kit.suppliers.works",
            "the parts come to 90%; make them 100%",
        ),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(fields, place, told):
    _, problems = read(fields)
    errors = at_fields(problems)
    assert list(errors) == [place]
    assert told in errors[place]


def test_percent_signs_and_thousands_are_read():
    fields = {"lend.kit": ["25 %"], "orders.kit.how": ["units"], "orders.kit.units": ["1,200"]}
    decision, problems = read(fields)
    assert (decision, problems) == (
        {"lend": {"kit": 0.25}, "orders": {"kit": {"units": 1200.0}}},
        [],
    )


def test_thirds_are_taken_as_thirds():
    names = ("a", "b", "c")
    fields = {f"orders.kit.suppliers.{one}": ["33.33"] for one in names}
    decision, problems = read(fields)
    assert problems == []
    assert sum(decision["orders"]["kit"]["suppliers"].values()) == pytest.approx(1.0, abs=1e-12)


def test_other_fields_are_not_looked_at():
    fields = {"levers.agenda": ["1"], "exact.kit": ["3"], "turn": ["0"], "orders.kit": ["x"]}
    assert read(fields) == ({}, [])


def test_problems_without_a_field_stand_at_the_top():
    told = at_fields([Problem("d", "", message="is too much"), Problem("d", "calls[1]", "x", "no")])
    assert told == {"": "is too much", "calls": "x: no"}


def test_what_can_be_chosen_is_what_a_seat_has_to_do_with():
    made = exercise()
    seats = list(made.seats(3))
    home = choices(made, "home", seats, can_call=True)
    assert (home.orders, home.serves, home.lends, home.places) == (
        {"kit": ["works"]},
        {},
        ["kit"],
        False,
    )
    assert home.calls == ["works", "wards"]
    assert choices(made, "home", seats, can_call=False).calls == []
    works = choices(made, "works", seats, can_call=True)
    assert works.serves == {"kit": ["home", "ward"]}  # kinds: there is more than one
    assert works.orders == {}


@pytest.mark.parametrize(("name", "players"), [("first_wave", 6), ("first_wave", 10), ("flood", 4)])
def test_whatever_can_be_chosen_is_allowed(name, players):
    """Of the ready-made exercises: every field of every form, filled in, is a sound decision."""
    made = Exercise.load(name)
    seats = list(made.seats(players))
    for seat in seats:
        chosen = choices(made, seat, seats, can_call=True)
        fields = {}
        for resource, suppliers in chosen.orders.items():
            fields[f"orders.{resource}.how"] = ["need"]
            if len(suppliers) > 1:
                part = 100.0 / len(suppliers)
                fields |= {f"orders.{resource}.suppliers.{one}": [str(part)] for one in suppliers}
        for resource, customers in chosen.serves.items():
            fields |= {f"first.{resource}.{k}": [one] for k, one in enumerate(customers[:2])}
            fields["serve"] = ["need"]
        fields |= {f"lend.{resource}": ["50"] for resource in chosen.lends}
        if chosen.places:
            fields["places"] = ["50"]
        fields["calls"] = chosen.calls
        plain, problems = read(fields)
        assert problems == []
        allowed = dict.fromkeys(made.content.seats[seat].decides, True)
        rows, others = made.rows_of(seat), [one for one in seats if one != seat]
        decision = Decision.model_validate(plain)
        assert faults_of_decision(made.tables, rows, decision, allowed, others) == []


def test_who_supplies_one_kind_alone_says_by_what_it_is_served_not_which_kind_first():
    first_wave = Exercise.load("first_wave")
    seats = list(first_wave.seats(8))
    chosen = choices(first_wave, "wholesalers", seats, True)
    assert (chosen.rations, chosen.serves) == (True, {})
    assert not choices(first_wave, "homes_north", seats, True).rations


def test_a_customer_that_is_chosen_twice_is_put_first_once():
    decision, problems = read({"first.kit.0": ["wards"], "first.kit.1": ["wards"]})
    assert (decision, problems) == ({"first": {"kit": ["wards"]}}, [])
