"""The exercises that come with the program: what an inject says is what happens.

Figures are read off the crisis on the inject's day, with its effect if it has one, and held against
the sentence that players are told.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest

from crisis_abm.exercise import Decision, Exercise, Play, Sitting, play
from crisis_abm.exercise.evaluation.expected import expectations
from crisis_abm.exercise.exercise import ready_made_exercises
from crisis_abm.exercise.schema import Inject

NAMES = ("first_wave", "flood")
COMMUNICATION = 2  # among levers


@cache
def loaded(name: str) -> Exercise:
    return Exercise.load(name)


def inject(name: str, number: int) -> Inject:
    (wanted,) = (one for one in loaded(name).content.injects if one.number == number)
    return wanted


def played(name: str, day: date, *numbers: int, decided=None, more=()) -> Play:
    """The crisis to the end of a day, with these injects sent on their own days."""
    made = loaded(name)
    sent = [
        event
        for number in numbers
        for event in made.events_of(
            inject(name, number), made.scenario.tick_of(inject(name, number).date)
        )
    ]
    return play(made, decided or {}, [*sent, *more], ticks=made.scenario.tick_of(day) + 1)


def organisations(found: Play, *kinds: str, areas: tuple[str, ...] = ()) -> np.ndarray:
    """Which organisations are of these kinds, in these areas."""
    who, tables = found.tables.world.organisations, found.tables
    chosen = np.isin(who.kind, [tables.kinds.index(kind) for kind in kinds])
    if areas:
        chosen &= np.isin(who.area, [tables.areas.index(area) for area in areas])
    return chosen


def inputs(found: Play, resource: str, who: np.ndarray) -> np.ndarray:
    """Which needs are of a resource, and of some organisations."""
    of = found.tables.world.inputs
    return who[of.organisation] & (of.resource == found.tables.resources.index(resource))


def outputs(found: Play, resource: str, who: np.ndarray) -> np.ndarray:
    """Which outputs are of a resource, and of some organisations."""
    of = found.tables.world.outputs
    return who[of.organisation] & (of.resource == found.tables.resources.index(resource))


def capacity(found: Play, *kinds: str) -> float:
    """What events leave of the capacity of these kinds."""
    return float(found.state.organisations.capacity_factor[organisations(found, *kinds)].mean())


# ---------------------------------------------------------------------------------------- both


def test_they_are_there():
    assert set(ready_made_exercises()) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_who_is_told_something_has_a_seat_whatever_the_number_of_players(name):
    made = loaded(name)
    sizes = [players for players in range(1, 31) if len(made.seats(players)) == players]
    assert sizes == {"first_wave": [6, 7, 8, 9, 10], "flood": [4]}[name]
    for players in sizes:
        for one in made.content.injects:
            assert one.to == ["all"] or set(one.to) & set(made.seats(players))


@pytest.mark.parametrize("name", NAMES)
def test_every_seat_has_a_card_and_every_inject_an_end(name):
    made = loaded(name)
    assert all(seat.card for seat in made.content.seats.values())
    assert sum(seat.chair for seat in made.content.seats.values()) == 1
    for one in made.content.injects:
        assert one.sender and one.expected and one.objective and one.if_not and one.date


# ---------------------------------------------------------------------------------- first wave


def test_first_wave_2_deliveries_fall_to_three_quarters_and_a_third():
    before, now = (played("first_wave", day) for day in (date(2020, 2, 29), date(2020, 3, 1)))
    for kind, part in (("depot", 0.75), ("wholesaler", 1 / 3), ("importer", 0.1)):
        assert capacity(before, kind) == 1.0
        assert capacity(now, kind) == pytest.approx(part, abs=0.04)


def test_first_wave_3_one_test_in_five():
    before, now = (played("first_wave", day) for day in (date(2020, 3, 8), date(2020, 3, 9)))
    assert capacity(before, "laboratory") == 1.0
    assert capacity(now, "laboratory") == pytest.approx(1 / 5, abs=0.03)


def test_first_wave_5_hospitals_empty_beds():
    """Fewer come for planned care from that day on, and a week later more beds are free."""
    factors, beds = [], []
    for day in (date(2020, 3, 16), date(2020, 3, 17)):
        found = played("first_wave", day)
        hospitals = organisations(found, "hospital")
        factors.append(float(found.state.organisations.demand_factor[hospitals].mean()))
    assert factors == [1.0, 0.7]
    for still in ([], [{"demand": 1 / 0.7, "kinds": ["hospital"], "start": date(2020, 3, 17)}]):
        found = played("first_wave", date(2020, 3, 24), more=still)
        beds.append(float(found.state.organisations.caseload[hospitals].sum()))
    assert beds[0] < 0.9 * beds[1]


def test_first_wave_6_homes_have_no_tests():
    found = played("first_wave", date(2020, 3, 20))
    fills = found.state.inputs.fill[inputs(found, "tests", organisations(found, "care_home"))]
    assert fills.mean() < 0.2


def test_first_wave_7_lockdown_and_schools_for_a_few():
    before, now = (played("first_wave", day) for day in (date(2020, 3, 22), date(2020, 3, 24)))
    assert capacity(before, "school") == 1.0
    assert capacity(now, "school") == pytest.approx(0.05)
    contact = now.state.organisations.contact_factor[organisations(now, "household")]
    assert (contact == 0.31).all()


@pytest.mark.parametrize(
    ("number", "kind", "after"),
    [
        (8, "wholesaler", lambda stock: 0.3 * stock),
        (11, "depot", lambda stock: stock + 20_000),
        (12, "depot", lambda stock: 0.95 * stock),
    ],
)
def test_first_wave_8_11_12_spoilt_given_and_lent(number, kind, after):
    """Spoilt stock, a gift and a loan to the next county are in the store on their day.

    Nothing is made or asked for on that day, so that nothing else changes it.
    """
    day = {8: date(2020, 3, 27), 11: date(2020, 4, 9), 12: date(2020, 4, 16)}[number]
    assert inject("first_wave", number).date == day
    still = [{"capacity": 0, "kinds": [kind], "start": day}]
    still += [{"link": 0, "resource": "ppe", "kinds": [kind], "start": day}]
    held = []
    for numbers in ((), (number,)):
        found = played("first_wave", day, *numbers, more=still)
        rows = outputs(found, "ppe", organisations(found, kind))
        held.append(float(found.state.outputs.stock[rows].sum()))
    assert held[0] > 0
    assert held[1] == pytest.approx(after(held[0]))


# --------------------------------------------------------------------------------------- flood

DISTRICT = ("city", "coast")


def power(found: Play) -> float:
    """How much of the power that homes and households of the district need they got."""
    who = organisations(found, "care_home", "home_care", "household", areas=DISTRICT)
    return float(found.state.inputs.fill[inputs(found, "power", who)].mean())


def test_flood_1_nobody_in_city_and_coast_has_power_or_phones():
    assert power(played("flood", date(2015, 12, 5))) > 0.99
    found = played("flood", date(2015, 12, 6))
    assert power(found) == 0.0
    inland = inputs(found, "power", organisations(found, "household", areas=("inland",)))
    assert found.state.inputs.fill[inland].min() == 1.0
    # phones: whoever wants to call has nothing of it
    wanted = {(0, "council"): Decision(calls=["care"])}
    called = played("flood", date(2015, 12, 6), decided=wanted)
    council = organisations(called, "council")
    assert called.state.organisations.levers[council, COMMUNICATION].item() == 0.0
    assert not loaded("flood").content.turns[0].calls


def test_flood_2_half_as_many_visits_again_until_wednesday():
    for december, more in ((6, 1.5), (9, 1.5), (10, 1.0)):
        found, other = (played("flood", date(2015, 12, december), *sent) for sent in ((2,), ()))
        carers = organisations(found, "home_care", areas=DISTRICT)
        work = found.state.organisations.workload[carers]
        np.testing.assert_allclose(work, more * other.state.organisations.workload[carers])


@pytest.mark.parametrize(
    ("number", "december", "share"), [(3, 7, 0.58), (5, 8, 19_000 / 61_000), (7, 9, 0.6)]
)
def test_flood_3_5_7_so_many_have_power_that_day(number, december, share):
    day = date(2015, 12, december)
    assert inject("flood", number).date == day
    assert power(played("flood", day)) == pytest.approx(share, abs=0.02)


def test_flood_4_nothing_crosses_the_bridge_until_thursday():
    for december, shut in ((6, False), (7, True), (8, True), (9, True), (10, False)):
        found = played("flood", date(2015, 12, december), 4)
        supply, who = found.tables.world.supply, organisations(found, "fuel_depot")
        buyers = organisations(found, "hospital", "care_home", areas=DISTRICT)
        over = who[found.tables.world.outputs.organisation[supply.supplier]]
        over &= buyers[found.tables.world.inputs.organisation[supply.customer]]
        assert (found.state.supply.shipped[over].sum() == 0) == shut


def test_flood_4_the_tanker_inside_has_600_litres_more():
    """They are in its tank at dawn; nothing is made or asked for on that day here."""
    still = [{"capacity": 0, "kinds": ["tanker"], "start": date(2015, 12, 7)}]
    still += [{"link": 0, "resource": "generator_fuel", "kinds": ["tanker"], "start": 6}]
    held = []
    for sent in ((), (4,)):
        found = played("flood", date(2015, 12, 7), *sent, more=still)
        rows = outputs(found, "generator_fuel", organisations(found, "tanker"))
        held.append(float(found.state.outputs.stock[rows].sum()))
    assert held[1] == pytest.approx(held[0] + 600)


def test_flood_6_diesel_for_two_days_and_not_for_five():
    days = []
    for sent in ((), (6,)):
        found = played("flood", date(2015, 12, 8), *sent)
        who, world = organisations(found, "hospital"), found.tables.world
        (row,) = np.flatnonzero(inputs(found, "generator_fuel", who))
        used = float(world.inputs.use[row] * found.state.organisations.activity[who].item())
        # as it was that morning: what was used that day, and nothing came but from the tanker
        came = found.state.supply.shipped[world.supply.customer == row].sum()
        served = float(world.inputs.use[row] * found.state.organisations.service[who].item())
        days.append((float(found.state.inputs.stock[row]) + served - came) / used)
    assert days[0] == pytest.approx(5, abs=0.5)
    assert days[1] == pytest.approx(2, abs=0.2)


def test_flood_7_whoever_is_named_has_power_first():
    """Homes and people at home before all others: they get all of it, shops what is left."""
    named = {(3, "fuel"): Decision(first={"power": ["care_home", "home_care", "water_works"]})}
    day = date(2015, 12, 9)
    for decided, homes in (({}, False), (named, True)):
        found = played("flood", day, decided=decided)
        fill, at = found.state.inputs.fill, {}
        for kind in ("care_home", "supermarket"):
            who = organisations(found, kind, areas=DISTRICT)
            at[kind] = fill[inputs(found, "power", who)].mean()
        assert (at["care_home"] == pytest.approx(1.0)) == homes
        assert at["supermarket"] < 0.65


def test_flood_can_be_played_as_is_expected_by_four_people(tmp_path):
    """All that is looked for can be done with the decisions that seats have."""
    sitting = Sitting.begin(tmp_path / "held", loaded("flood"), 4)
    why, need = {"reason": "so that the homes stay warm"}, {"need": True}
    fuel = {"orders": {"generator_fuel": need}}
    names = ["care_home", "home_care", "water_works"]
    turns: list[dict[str, Any]] = [
        dict.fromkeys(("hospital", "care", "council", "fuel"), why),
        {
            "hospital": {**why, **fuel, "calls": ["fuel"]},
            "care": {**why, "orders": {"generator_fuel": need, "food": need}},
            "fuel": {**why, **fuel, "serve": "need", "calls": ["hospital", "care"]},
        },
        {
            "hospital": {**why, **fuel, "lend": {"generator_fuel": 0.5}, "calls": ["fuel"]},
            "care": {**why, **fuel, "lend": {"generator_fuel": 1.0}},
        },
        {"council": {**why, "calls": ["fuel"]}, "fuel": {**why, "first": {"power": names}}},
    ]
    sitting.start()
    for turn, decided in enumerate(turns):
        for seat, decision in decided.items():
            sitting.decide(seat, turn, decision)
        sitting.advance()
    found = {one.number: (one.status, one.waiting_for) for one in expectations(sitting.course)}
    sitting.close()
    assert found == dict.fromkeys(range(1, 8), ("done", ()))


def test_flood_where_nobody_says_anything_hardly_anything_of_it_is_done(tmp_path):
    """Nobody orders more than it needs before it has felt the shortage; that is inject 3."""
    sitting = Sitting.begin(tmp_path / "held", loaded("flood"), 4)
    sitting.start()
    for _ in range(5):
        sitting.advance()
    found = {one.number: one.status for one in expectations(sitting.course)}
    sitting.close()
    assert found == {**dict.fromkeys(range(1, 8), "missing"), 3: "done"}


# ------------------------------------------------------- what decisions bring in the flood

DIESEL = "generator_fuel"
HOMES_FIRST = ["home_care", "care_home"]
STREETS = ["care_home", "home_care", "water_works", "hospital"]


def every_turn(turns: range, seat: str, **decides: Any) -> dict[tuple[int, str], Decision]:
    return {(turn, seat): Decision.model_validate(decides) for turn in turns}


@cache
def of_nobody() -> Play:
    return whole({})


def whole(decided: dict[tuple[int, str], Decision]) -> Play:
    """The flood to its end with every inject."""
    last = date(2015, 12, 20)
    return played("flood", last, *range(1, 8), decided=decided)


def harm(found: Play, *kinds: str) -> float:
    chosen = organisations(found, *kinds) if kinds else slice(None)
    return float(found.state.record.harm[chosen].sum())


def test_flood_good_decisions_of_all_save_a_quarter():
    together = {
        **every_turn(range(1, 5), "hospital", lend={DIESEL: 0.5}, orders={DIESEL: {"need": True}}),
        **every_turn(range(1, 4), "care", orders={DIESEL: {"suppliers": {"tanker": 1.0}}}),
        **every_turn(range(1, 5), "fuel", first={"power": STREETS, DIESEL: HOMES_FIRST}),
    }
    assert harm(whole(together)) < 0.75 * harm(of_nobody())


@pytest.mark.parametrize(
    ("seat", "decides"),
    [
        ("hospital", {"lend": {DIESEL: 0.5}}),
        ("fuel", {"first": {DIESEL: HOMES_FIRST}}),
        ("fuel", {"first": {"power": STREETS}}),
    ],
)
def test_flood_one_seat_alone_makes_a_difference(seat, decides):
    assert harm(whole(every_turn(range(1, 5), seat, **decides))) < 0.95 * harm(of_nobody())


def test_flood_who_lends_all_before_the_leak_pays_for_it():
    lent = whole(every_turn(range(1, 5), "hospital", lend={DIESEL: 1.0}))
    assert harm(lent) < harm(of_nobody())
    assert harm(lent, "hospital") > 1.5 * harm(of_nobody(), "hospital")


@pytest.mark.parametrize(
    ("seat", "decides"),
    [
        ("care", {"places": 1.0}),
        ("care", {"orders": {DIESEL: {"suppliers": {"tanker": 1.0}}}}),
        ("council", {"calls": ["hospital", "care", "fuel"]}),
    ],
)
def test_flood_what_does_not_help_by_itself(seat, decides):
    """Moving residents, asking a tanker that serves others first, and talking without doing."""
    assert harm(whole(every_turn(range(1, 4), seat, **decides))) > harm(of_nobody())
