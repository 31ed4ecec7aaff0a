"""What a seat knows: its own truly, of partners what talking has told, and how old that is."""

from __future__ import annotations

import numpy as np
import pytest

from crisis_abm.engine.phases.communicate import COMMUNICATION
from crisis_abm.exercise import Decision, Exercise, Sitting, play
from crisis_abm.exercise.bots import VARIED, bot, play_through
from crisis_abm.exercise.knowledge import Knowledge, figures, held, outcome
from tests.exercise.small import exercise

CALL = Decision(calls=["wards"])


def seen(decided, ticks, seat="home", told=(), **changes):
    """What a seat knows of each partner after so many ticks."""
    made = exercise(**changes)
    knowledge = Knowledge(made, made.seats(3))
    played = play(made, decided, ticks=ticks, watch=knowledge)
    sights = knowledge.sights(played.tables, played.state, seat, told)
    return played, {one.partner: one for one in sights}


def test_who_never_talked_knows_nothing_of_its_partners():
    _, sights = seen({}, 6)
    assert set(sights) == {"wards", "works"}
    assert all(one.age is None and one.figures == {} for one in sights.values())
    assert sights["works"].ties == ("supplies you with kit",)
    assert sights["wards"].ties == ("may lend you kit, and you them",)


def test_a_call_tells_todays_figures_which_grow_old_afterwards():
    played, sights = seen({(0, "home"): CALL}, 6)  # turn 1 is ticks 2 to 5
    wards = figures(played.tables, played.state, [1, 2])
    assert sights["wards"].age == 0.0
    assert sights["wards"].figures == wards
    assert sights["works"].age is None  # was not on the call
    _, sights = seen({(0, "home"): CALL}, 9)
    assert sights["wards"].age == 3.0
    assert sights["wards"].figures == wards


def test_who_is_on_the_telephone_now_tells_what_is_true_now():
    played, sights = seen({(0, "home"): CALL}, 9, told=["wards"])
    wards = figures(played.tables, played.state, [1, 2])
    assert (sights["wards"].age, sights["wards"].figures) == (0.0, wards)


def test_half_a_conversation_leaves_figures_some_ticks_old():
    half = Decision.model_validate({"levers": {"communication": 0.5**0.5}})
    both = {(turn, seat): half for turn in range(3) for seat in ("home", "wards")}
    _, sights = seen(both, 15)
    # half of the way to the truth every tick: 1/2 x 0 + 1/4 x 1 + 1/8 x 2 + ... = 1 tick old
    assert sights["wards"].age == pytest.approx(1.0, abs=0.01)


def test_what_is_its_own_is_known_truly():
    made = exercise()
    played = play(made, {}, ticks=8)
    (kit,) = held(played.tables, played.state, made.rows_of("wards"))
    inputs = played.state.inputs
    assert kit.stock == inputs.stock[0] + inputs.stock[1]
    assert kit.used == 15.0  # demand of 10 and 5, a kit each
    assert kit.lasts == kit.stock / 15.0
    assert (kit.organisations, kit.storable) == (2, True)
    came = outcome(played.tables, played.state, made.rows_of("wards"), 2, 8)
    record = played.state.record
    assert came.harm == record.tick_harm[2:8, 1:3].sum()
    assert came.unserved == pytest.approx((record.workload - record.service)[2:8, 1:3].sum())
    assert sum(came.statuses.values()) == 2


def test_a_supplier_sees_who_asked_for_how_much_and_got_what():
    made = exercise()
    knowledge = Knowledge(made, made.seats(3))
    played = play(made, {}, ticks=8, watch=knowledge)
    (kit,) = knowledge.supplied(played.tables, played.state, "works")
    supply = played.state.supply
    assert sum(kit.asked.values()) == pytest.approx(supply.order.sum())
    assert kit.asked["home"] == supply.order[2]
    assert sum(kit.shipped.values()) < sum(kit.asked.values())  # half of the works stands still


def test_before_the_first_tick_everything_can_be_told():
    turns = [{"title": "At once", "start": 0}]
    made = exercise(turns=turns, injects=[])
    knowledge = Knowledge(made, made.seats(3))
    played = play(made, {}, ticks=0, watch=knowledge)
    assert held(played.tables, played.state, made.rows_of("home"))[0].lasts > 0.0
    assert outcome(played.tables, played.state, made.rows_of("home"), 0, 0).served == 1.0


class Plain(Knowledge):
    """The same with nothing worked out before and nothing left out."""

    def __call__(self, tick, tables, state):
        truth = {name: plain_figures(tables, state, rows) for name, rows in self.partners.items()}
        now = state.organisations
        levers, coordinated = now.levers[:, COMMUNICATION], now.coordinated
        for pair, ((one, other), _) in self._ties.items():
            both = levers[one] * levers[other]
            c = float(np.mean(both * np.minimum(coordinated[one], coordinated[other])))
            weight = self._weight[pair] = 1.0 - (1.0 - self._weight[pair]) * (1.0 - c)
            part = min(1.0, c / weight) if c > 0.0 else 0.0
            self._age[pair] = (1.0 - part) * (self._age[pair] + 1.0)
            for name, value in truth[pair[1]].items() if part > 0.0 else ():
                before = self._known[pair].get(name, value)
                self._known[pair][name] = before + (value - before) * part


def plain_figures(tables, state, rows):
    told = {
        one.resource: one.lasts
        for one in held(tables, state, list(rows))
        if one.storable and np.isfinite(one.lasts)
    }
    outputs = tables.world.outputs
    for r, name in enumerate(tables.resources):
        here = np.isin(outputs.organisation, rows) & (outputs.resource == r)
        orders = float(state.outputs.orders[here].sum())
        if tables.world.resources.storable[r] and orders > 0.0:
            told[name] = float(state.outputs.stock[here].sum()) / orders
    work = float(state.organisations.workload[rows].sum())
    served = float(state.organisations.service[rows].sum())
    return told | {"served": served / work if work > 0.0 else 1.0}


@pytest.mark.parametrize(("name", "players"), [("flood", 4), ("first_wave", 10)])
def test_what_is_worked_out_once_and_left_out_changes_no_figure(name, players, tmp_path):
    made = Exercise.load(name)
    sitting = Sitting.begin(tmp_path / "held", made, players)
    seats = sitting.course.seats
    play_through(sitting, {seat: bot(VARIED, made, k) for k, seat in enumerate(seats)})
    knowledge, plain = Knowledge(made, seats), Plain(made, seats)
    known: set[tuple[str, str]] = set()

    def both(tick, tables, state):
        for one in (knowledge, plain):
            one(tick, tables, state)
        for seat in seats:
            sights = knowledge.sights(tables, state, seat)
            assert sights == plain.sights(tables, state, seat)
            known.update((seat, one.partner) for one in sights if one.figures)

    play(made, sitting.course.branch.decided, ticks=made.starts[-1], watch=both)
    assert len(known) > players  # there was something to compare
    sitting.close()
