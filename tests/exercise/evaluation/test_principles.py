"""Whoever plays by a principle is measured to have done so, where there was an occasion."""

from __future__ import annotations

import time

import numpy as np
import pytest

from crisis_abm.exercise import Decision, Exercise, Order, play
from crisis_abm.exercise.evaluation.observed import observe
from crisis_abm.exercise.evaluation.principles import (
    ALL_TURNS,
    Principle,
    partners_of,
    principles,
    together,
)
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.io.write import emit
from crisis_abm.scenario.schema.policy import LEVERS, LeverSettings
from tests.exercise.evaluation.three_customers import SEATS, SPARE, by_levers, three_customers
from tests.exercise.small import FILE, VALLEY, valley

HOME = 3  # row
OCCASIONS = {
    "agenda": {(0, "works"), (1, "works")},
    "parity": {(0, "works"), (1, "works")},
    "measures": {(turn, seat) for turn in range(3) for seat in ("wards", "home", "clinic")},
    "reciprocity": {(1, "home")},
}
PERHAPS = {(2, "works")}  # it is short for a day or two more


def measured(rows: list[Principle], name: str) -> dict[tuple[int, str], Principle]:
    return {(row.turn, row.seat): row for row in rows if row.principle == name}


@pytest.mark.parametrize("name", OCCASIONS)
@pytest.mark.parametrize("setting", [0.0, 0.5, 1.0])
def test_a_seat_is_measured_by_what_it_did(name, setting):
    held = three_customers()
    decided = by_levers(held, SEATS, {name: setting})
    rows = measured(principles(observe(held, SEATS, decided, [SPARE])), name)
    with_value = {move for move, row in rows.items() if row.value is not None}
    assert with_value - PERHAPS == OCCASIONS[name]
    for move in with_value:
        assert rows[move].value == pytest.approx(setting, abs=0.1), move
    for move in set(rows) - OCCASIONS[name] - PERHAPS:
        assert (rows[move].occasions, rows[move].told) == (0, "no occasion")


@pytest.mark.parametrize("setting", [0.0, 0.5, 1.0])
def test_all_five_at_once(setting):
    held = three_customers()
    decided = by_levers(held, SEATS, dict.fromkeys(LEVERS, setting))
    rows = principles(observe(held, SEATS, decided, [SPARE]))
    seen = [row for row in rows if row.value is not None and row.principle != "communication"]
    assert {row.principle for row in seen} == set(OCCASIONS)
    for row in seen:
        assert row.value == pytest.approx(setting, abs=0.1), row


def test_what_is_said_is_not_what_is_measured():
    """Whom to serve first, units and offers count by what they come to, whatever levers say."""
    held, good = three_customers(), LeverSettings(**dict.fromkeys(LEVERS, 1.0))
    decided = {
        (1, "works"): Decision(levers=good, first={"kit": ["ward"]}),
        (1, "home"): Decision(levers=good, lend={"kit": 0.0}),
        (1, "wards"): Decision(levers=good, orders={"kit": Order(units=500)}),
    }
    rows = principles(observe(held, SEATS, decided, [SPARE]))
    assert measured(rows, "parity")[1, "works"].value == pytest.approx(0, abs=0.1)
    assert measured(rows, "reciprocity")[1, "home"].value == 0
    assert measured(rows, "measures")[1, "wards"].value == 0
    needing = {(1, "wards"): Decision(orders={"kit": Order(need=True)})}
    rows = principles(observe(held, SEATS, needing, [SPARE]))
    assert measured(rows, "measures")[1, "wards"].value == 1


def test_where_all_customers_are_alike_neither_rank_nor_worth_can_show():
    seats = {"works": FILE["seats"]["works"]}
    alike = valley(kinds={**VALLEY["kinds"], "home": VALLEY["kinds"]["ward"]}, aid=[])
    held = Exercise.from_text(emit({**FILE, "seats": seats}), scenario=alike)
    rows = principles(observe(held, ["works"], {}))
    told = [row.told for row in rows if row.principle in ("agenda", "parity")]
    assert told == 6 * ["no occasion"]


def test_two_settings_that_ship_the_same_are_not_told_apart():
    """Of two sorts of customers there is one share: high worth at low rank looks like average."""
    scenario = valley(kinds={**VALLEY["kinds"], "home": {**VALLEY["kinds"]["home"], "harm": 2}})
    held = Exercise.from_text(emit(FILE), scenario=scenario)
    seats = ("works", "wards", "home")
    rows = principles(observe(held, seats, by_levers(held, seats, {"agenda": 1.0})))
    row = measured(rows, "agenda")[1, "works"]
    assert row.value is None and row.low < 0.5 < row.high and row.occasions > 0


def test_communication_is_the_part_of_its_partners_that_a_seat_talked_to():
    held = three_customers()
    assert partners_of(held, "works", SEATS) == ["wards", "clinic", "home"]
    assert partners_of(held, "clinic", SEATS) == ["works"]
    decided = {(1, "wards"): Decision(calls=["works"]), (2, "works"): Decision(calls=["clinic"])}
    rows = measured(principles(observe(held, SEATS, decided)), "communication")
    values = {move: row.value for move, row in rows.items()}
    assert [values[turn, "wards"] for turn in range(3)] == [0, 0.5, 0]  # of the works and the home
    assert [values[turn, "works"] for turn in range(3)] == pytest.approx([0, 1 / 3, 1 / 3])
    assert [values[turn, "clinic"] for turn in range(3)] == [0, 0, 1]


def test_where_nobody_can_be_called_not_calling_shows_nothing():
    turns = [{**FILE["turns"][0], "calls": False}, *FILE["turns"][1:]]
    rows = measured(principles(observe(three_customers(turns=turns), SEATS, {})), "communication")
    assert rows[0, "works"].told == "no occasion" and rows[1, "works"].value == 0


def test_a_seat_shows_nothing_of_what_it_may_not_decide():
    seats = {name: {**seat, "decides": ["call"]} for name, seat in FILE["seats"].items()}
    seen = observe(three_customers(seats=seats), list(seats), {}, [SPARE])
    assert not seen.curves and not seen.lent and not seen.shipped


def test_orders_are_judged_as_the_formula_says():
    """B = 1 - (fear - 1) / (hoarding (1 - fill)), fear = (order + in hand) / (cover use)."""
    turns = [FILE["turns"][0], {"title": "a day", "start": 6}, {"title": "rest", "start": 7}]
    held = three_customers(turns=turns)
    decided = {(1, "home"): Decision(orders={"kit": Order(exact={"home": [30.0]})})}
    by_hand = []

    def look(tables, state):
        def after_request(tick, now):
            if tick == 6:
                inputs, h = tables.world.inputs, tables.world.organisations.input_start[HOME]
                in_hand = now.inputs.stock[h] + now.inputs.pipeline[h]
                covered = inputs.cover[h] * inputs.use[h] * now.organisations.planned[HOME]
                fear = (now.inputs.order[h] + in_hand) / covered
                most = tables.world.parameters.hoarding * (1 - now.inputs.supply_fill[h])
                by_hand.append(1 - (fear - 1) / most)

        return {"request": after_request}

    play(held, decided, within=look)
    row = measured(principles(observe(held, SEATS, decided)), "measures")[1, "home"]
    assert 0.1 < by_hand[0] < 0.9
    assert row.value == pytest.approx(by_hand[0], abs=0.026) and row.occasions == 1


def test_all_turns_together_weigh_by_what_was_at_stake():
    held, need = three_customers(), Decision(orders={"kit": Order(need=True)})
    seen = observe(held, SEATS, {(1, "home"): need}, [SPARE])
    rows = {row.principle: row for row in together(seen, ["home"])}
    of_turns = measured(principles(seen), "measures")
    assert [of_turns[turn, "home"].value for turn in range(3)] == [0, 1, 0]
    row = rows["measures"]
    assert (row.turn, row.seat) == (ALL_TURNS, "home")
    assert row.occasions == sum(of_turns[turn, "home"].occasions for turn in range(3))
    assert row.low is not None and row.high is not None
    assert of_turns[1, "home"].apart == 0.0 < row.apart  # no one setting is like all three turns
    calls = {(0, "wards"): Decision(calls=["works"]), (1, "wards"): Decision(calls=["home"])}
    (talked,) = [
        row for row in together(observe(held, SEATS, calls)) if row.principle == "communication"
    ]
    # works 3 partners, wards 2, clinic 1, home 2, in three turns; two calls, each of both its ends
    assert talked.value == pytest.approx(4 / (8 * 3)) and talked.occasions == 24
    everything = {row.principle: row.value for row in together(observe(held, SEATS, {}, [SPARE]))}
    assert everything == dict.fromkeys(LEVERS, 0.0)


def test_looking_changes_nothing():
    held = three_customers()
    decided = by_levers(held, SEATS, dict.fromkeys(LEVERS, 0.5))
    before = play(held, decided, [SPARE]).state.record.harm
    observe(held, SEATS, decided, [SPARE])
    np.testing.assert_array_equal(before, play(held, decided, [SPARE]).state.record.harm)


@pytest.mark.slow
@pytest.mark.parametrize("setting", [0.0, 0.5, 1.0])
def test_in_a_county_of_ten_seats(setting):
    held = Exercise.load("first_wave")
    seats = list(held.seats(10))
    began = time.perf_counter()
    rows = principles(observe(held, seats, by_levers(held, seats, dict.fromkeys(LEVERS, setting))))
    assert time.perf_counter() - began < 60  # about 3 s on a machine that does nothing else
    shown = [row for row in rows if row.principle != "communication" and row.value is not None]
    assert {(row.seat, row.principle) for row in shown} >= {
        ("depot", "agenda"),
        ("depot", "parity"),
        ("laboratory", "agenda"),
        ("hospital_one", "measures"),
        ("homes_north", "measures"),
        ("homes_south", "reciprocity"),
        ("hospital_two", "reciprocity"),
    }
    for row in shown:
        assert row.value == pytest.approx(setting, abs=0.1), row
    assert {row.principle for row in shown if row.turn == 0} <= {"reciprocity"}  # nothing is short
    assert not {row.seat for row in shown} & {"council", "schools_transport"}


def lodging() -> Exercise:
    """North has ten people more than places from the second tick on, south has twenty to spare."""
    scenario = Scenario.from_dict(
        {
            "title": "Two houses",
            "time": {"steps": 10},
            "resources": {},
            "kinds": {"house": {"harm": 1, "patience": float("inf")}},
            "organisations": [
                {"id": "north", "kind": "house", "capacity": 40, "caseload": 30, "stay": 1e9},
                {"id": "south", "kind": "house", "capacity": 30, "caseload": 10, "stay": 1e9},
            ],
            "areas": {"here": {}},
            "aid": [{"resource": "places", "between": ["house"]}],
            "events": [{"title": "Leak", "capacity": 0.5, "organisations": ["north"], "start": 2}],
        }
    )
    seats = {name: {"title": name, "organisations": [name]} for name in ("north", "south")}
    turns = [{"title": "dry", "start": 0}, {"title": "wet", "start": 2}]
    file = {"title": "x", "scenario": "x", "end": 3, "turns": turns, "seats": seats}
    return Exercise.from_text(emit(file), scenario=scenario)


@pytest.mark.parametrize(("setting", "told"), [(0.0, "0"), (0.2, "0.2"), (1.0, "at least 0.25")])
def test_places_count_as_what_is_lent(setting, told):
    """South has 20 free, north lacks 10. Who does not talk knows of half: from 0.25 on it is 5."""
    held, seats = lodging(), ("north", "south")
    seen = observe(held, seats, by_levers(held, seats, {"reciprocity": setting}))
    rows = measured(principles(seen), "reciprocity")
    assert rows[1, "south"].told == told and rows[1, "south"].occasions == 1
    assert rows[0, "south"].told == rows[1, "north"].told == "no occasion"
    assert seen.lent[1, "south"].possible == pytest.approx(10 / 10)  # people, of its own work
