"""Decisions as columns: as if everybody were asked, and left to standing policy where wanted."""

from __future__ import annotations

import numpy as np
import pytest

from crisis_abm.engine import Detail, Status
from crisis_abm.exercise import Exercise
from crisis_abm.exercise.decisions import Decision, Order
from crisis_abm.exercise.play import Stage, play
from crisis_abm.scenario.schema.policy import LeverSettings
from tests.exercise.asked import asked
from tests.exercise.small import exercise
from tests.exercise.test_play import HOME, same, two_works

SPARE = {
    "title": "Spare",
    "add_stock": 30,
    "resource": "kit",
    "start": 6,
    "organisations": ["home"],
}

DECIDED = {
    (0, "wards"): Decision(orders={"kit": Order(units=21)}, calls=["home"]),
    (1, "wards"): Decision(orders={"kit": Order(need=True)}, lend={"kit": 0.25}, serve="need"),
    (1, "works"): Decision(first={"kit": ["home", "ward"]}),
    (1, "home"): Decision(lend={"kit": 0.5}, orders={"kit": Order(exact={"home": [9, 8, 7]})}),
    (2, "works"): Decision(first={"kit": ["south"]}, calls=["wards"]),
    (2, "home"): Decision(orders={"kit": Order(units=3)}, levers=LeverSettings(measures=0.5)),
}


@pytest.mark.parametrize("policy", ["siloed", "reciprocal"])
@pytest.mark.parametrize("ticks", [5, 9, 20])
def test_it_is_as_if_every_organisation_were_asked(policy, ticks):
    made = exercise(policy=policy)
    told = play(made, DECIDED, ticks=ticks)
    assert same(told.state.record, asked(made, DECIDED, ticks).record)


def test_orders_are_split_over_named_suppliers_as_if_each_were_asked():
    made = two_works()
    for parts in ({"works": 1.0}, {"works": 0.25, "mill": 0.75}, {"mill": 1.0}):
        decided = {(1, "wards"): Decision(orders={"kit": Order(suppliers=parts)})}
        told = play(made, decided, ticks=13).state
        answered = asked(made, decided, 13)
        np.testing.assert_allclose(told.record.ordered, answered.record.ordered, rtol=1e-12)
        np.testing.assert_allclose(told.supply.order, answered.supply.order, rtol=1e-12)


@pytest.mark.parametrize("move", list(DECIDED))
def test_a_decision_left_to_standing_policy_is_as_if_it_had_not_been_made(move):
    """From its turn on: what went before is taken over from the play with all decisions."""
    made = exercise()
    rest = {one: decision for one, decision in DECIDED.items() if one != move}
    stage = Stage(made, DECIDED, [SPARE])
    state = stage.start(Detail.ORGANISATIONS)
    begin = made.starts[move[0]]
    state = stage.advance(state, 0, begin)
    state = stage.advance(state._replace(policy=stage.levers([move])), begin, 20, [move])
    plain = play(made, rest, [SPARE])
    assert same(state.record, plain.state.record)
    assert same(state.inputs, plain.state.inputs)


def test_who_is_closed_does_nothing_of_what_was_decided():
    """The home closes for want of capacity: then it lends nothing of the kits it holds."""
    shut = {"title": "Shut", "capacity": 0.0, "organisations": ["home"], "start": 2}
    late = {**SPARE, "start": 9}
    given, closed = {}, {}

    def look(tick, tables, state):
        closed[tick + 1] = state.organisations.status[HOME] == Status.FAILED
        donor = tables.world.inputs.organisation[tables.world.aid.donor]
        given[tick] = state.aid_today[donor == HOME].sum()

    decided = {(1, "home"): Decision(lend={"kit": 1.0}, orders={"kit": Order(units=50)})}
    play(exercise(), decided, [shut, late], ticks=11, watch=look)
    shut_days = [tick for tick in range(9, 11) if closed[tick]]
    assert shut_days and all(given[tick] == 0 for tick in shut_days)
    play(exercise(), decided, [SPARE], ticks=11, watch=look)
    assert not closed[6] and given[6] > 0


def test_a_county_is_as_if_everybody_were_asked():
    """Places are taken over, stock and staff lent, and many kinds served in an order."""
    made = Exercise.load("first_wave")
    decided = {
        (2, "hospitals"): Decision(places=0.5, lend={"ppe": 0.5}, orders={"ppe": Order(need=True)}),
        (2, "homes"): Decision(lend={"ppe": 1.0, "labour": 0.5}, calls=["hospitals"]),
        (3, "depot"): Decision(first={"ppe": ["care_home", "county_hospital_1"]}),
        (3, "hospitals"): Decision(places=1.0, orders={"ppe": Order(units=900)}),
    }
    shut = {"title": "Fire", "capacity": 0.1, "organisations": ["county_hospital_1"], "start": 20}
    told, answered = play(made, decided, [shut], 37).state, asked(made, decided, 37, [shut])
    for name in ("places", "aid", "referrals"):
        np.testing.assert_allclose(getattr(told, name), getattr(answered, name), rtol=1e-9)
    assert told.places.sum() > 0 and told.aid.sum() > 0
    np.testing.assert_allclose(told.record.tick_harm, answered.record.tick_harm, rtol=1e-9)
