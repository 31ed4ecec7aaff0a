"""A crisis as it is played: the standing policy's to the bit, and otherwise as was decided."""

from __future__ import annotations

import numpy as np
import pytest

from crisis_abm.engine import decisions, instructions, start
from crisis_abm.engine.decisions import Decisions, advance
from crisis_abm.exercise import Exercise, play
from crisis_abm.exercise.decisions import Decision, Order, levers_of
from crisis_abm.exercise.play import make_ready
from crisis_abm.runs import Prepared, run_once
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.io.write import emit
from tests.exercise.small import FILE, exercise, valley

WORKS, NORTH, SOUTH, HOME = range(4)


def same(one, other) -> bool:
    """Whether two records agree to the last bit in everything they hold."""
    fields = zip(one._fields, one, other, strict=True)
    return all(
        np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f") for _, a, b in fields
    )


def inputs(found, row: int, what: str) -> float:
    """A figure of the only need of an organisation."""
    return float(
        getattr(found.state.inputs, what)[found.tables.world.organisations.input_start[row]]
    )


@pytest.mark.parametrize("policy", ["siloed", "reciprocal"])
def test_where_nobody_decides_it_is_the_standing_policy(policy):
    made = exercise(policy=policy)
    alone = run_once(made.scenario, policy, seed=made.content.seed)
    for decided in ({}, {(0, "wards"): Decision()}, {(1, "home"): Decision(reason="we wait")}):
        assert same(play(made, decided).state.record, alone.state.record)


def test_another_crisis_is_that_of_compare():
    made = exercise(seed=5)
    for replicate in (0, 3):
        alone = run_once(made.scenario, "siloed", seed=5, replicate=replicate)
        assert same(play(made, {}, replicate=replicate).state.record, alone.state.record)


def as_the_rule(scenario: Scenario, policy: str, rows) -> dict[str, dict[str, list[float]]]:
    """What the standing policy orders for these organisations, by resource, id and tick."""
    prepared = Prepared.of(scenario)
    world, ids = prepared.tables.world, prepared.tables.ids
    asked: dict[str, dict[str, list[float]]] = {}
    tick = 0

    def noting(row):
        def ask(resource, order, need):
            steps = [0.0] * world.parameters.steps  # nobody asks who is closed
            asked.setdefault(resource, {}).setdefault(ids[row], steps)[tick] = order
            return order

        return ask

    state = start(world, prepared.policy(scenario.policy_named(policy)), 0)
    who = Decisions(prepared.tables, {row: noting(row) for row in rows}, {}, {})
    for tick in range(world.parameters.steps):
        state = advance(world, state, tick, tick + 1, who)
    return asked


@pytest.mark.parametrize("policy", ["siloed", "reciprocal"])
def test_who_submits_what_the_standing_policy_would_gets_its_run(policy):
    made = exercise(policy=policy)
    rows = [row for seat in made.content.seats for row in made.rows_of(seat)]
    asked = as_the_rule(made.scenario, policy, rows)
    decided = {}
    for turn in range(made.turns):
        first, end = made.starts[turn], made.starts[turn + 1]
        for seat in made.content.seats:
            ids = [made.tables.ids[row] for row in made.rows_of(seat)]
            orders = {
                resource: Order(exact={one: by_id[one][first:end] for one in ids if one in by_id})
                for resource, by_id in asked.items()
                if any(one in by_id for one in ids)
            }
            decided[turn, seat] = Decision(orders=orders)
    assert any(one.orders for one in decided.values())
    found = play(made, decided)
    assert same(found.state.record, run_once(made.scenario, policy, seed=0).state.record)


def test_units_are_split_by_ordinary_use():
    found = play(exercise(), {(1, "wards"): Decision(orders={"kit": Order(units=9)})}, ticks=7)
    assert inputs(found, NORTH, "order") == pytest.approx(6)
    assert inputs(found, SOUTH, "order") == pytest.approx(3)
    before = play(exercise(), {}, ticks=7)
    assert inputs(found, HOME, "order") == inputs(before, HOME, "order")


def test_who_orders_its_need_orders_no_more_however_short_it_is():
    made = exercise()
    hoarding = play(made, {}, ticks=9)
    needing = play(made, {(1, "wards"): Decision(orders={"kit": Order(need=True)})}, ticks=9)
    assert inputs(hoarding, NORTH, "order") > inputs(hoarding, NORTH, "need") + 1
    assert inputs(needing, NORTH, "order") == inputs(needing, NORTH, "need")


def test_whom_the_works_serve_first_has_all_it_orders_before_the_others_have_any():
    first = Decision(first={"kit": ["home"]})
    found = play(exercise(), {(1, "works"): first}, ticks=8)
    supply, world = found.state.supply, found.tables.world
    customer = world.inputs.organisation[world.supply.customer]
    to_home = customer == HOME
    made = supply.shipped.sum()
    assert made == pytest.approx(12)
    assert supply.shipped[to_home].sum() == pytest.approx(min(12, supply.carried[to_home].sum()))
    usual = play(exercise(), {}, ticks=8).state.supply.shipped
    assert usual[to_home].sum() < supply.shipped[to_home].sum()


@pytest.mark.parametrize(
    ("serve", "levers"), [("need", (1, 1)), ("orders", (0, 1)), ("rank", (0, 0))]
)
def test_whom_to_serve_is_the_engines_own_rule(serve, levers):
    made = exercise()
    agenda, parity = levers
    found = play(made, {(1, "works"): Decision(serve=serve)}, ticks=8)
    column = found.state.organisations.levers
    assert column[WORKS, 0] == agenda and column[WORKS, 3] == parity
    assert not column[1:].any()
    after = play(made, {(1, "works"): Decision(serve=serve)}, ticks=12)
    assert not after.state.organisations.levers.any()  # for its turn alone


def test_a_call_reaches_both_ends_and_costs_both_their_time():
    found = play(exercise(), {(1, "wards"): Decision(calls=["home"])}, ticks=8)
    talks = found.state.organisations.levers[:, 2]
    assert talks.tolist() == [0, 1, 1, 1]
    quiet = play(exercise(), {}, ticks=8).state.organisations.capacity
    np.testing.assert_allclose(found.state.organisations.capacity[1:], 0.98 * quiet[1:])
    assert levers_of(Decision(), True) == {"communication": 1.0}


def test_what_is_offered_is_the_part_of_what_is_beyond_own_reserve():
    """The home has 30 kits put by and lends half of what it does not need itself."""
    spare = {"add_stock": 30, "resource": "kit", "organisations": ["home"], "start": 6}
    made = exercise()
    nothing = play(made, {}, [spare])
    assert nothing.state.aid.sum() == 0
    some, all_of_it = (
        play(made, {(1, "home"): Decision(lend={"kit": part})}, [spare], ticks=7)
        for part in (0.5, 1.0)
    )
    assert 0 < some.state.aid.sum() < all_of_it.state.aid.sum()
    assert some.state.aid.sum() == pytest.approx(all_of_it.state.aid.sum() / 2)
    helped = play(made, {(1, "home"): Decision(lend={"kit": 1.0})}, [spare])
    assert helped.state.record.harm.sum() < nothing.state.record.harm.sum()


def test_who_lends_nothing_lends_nothing_whatever_the_standing_policy():
    made = exercise(policy="reciprocal")
    spare = {"add_stock": 30, "resource": "kit", "organisations": ["home"], "start": 6}
    lends = play(made, {}, [spare], ticks=8).state.aid.sum()
    keeps = {
        (turn, seat): Decision(lend={"kit": 0.0}) for turn in (0, 1) for seat in ("home", "wards")
    }
    assert lends > 0 and play(made, keeps, [spare], ticks=8).state.aid.sum() == 0


def two_works() -> Exercise:
    """A second works of the same size."""
    data = valley().to_toml()
    more = Scenario.from_text(data).with_(
        {"organisations[+]": {"id": "mill", "kind": "works", "area": "here", "capacity": 30}}
    )
    return Exercise.from_text(emit(FILE), "half.toml", scenario=more)


def test_orders_go_to_the_suppliers_that_were_chosen():
    made = two_works()
    chosen = Order(units=12, suppliers={"mill": 0.75, "works": 0.25})
    found = play(made, {(1, "wards"): Decision(orders={"kit": chosen})}, ticks=7)
    world, supply = found.tables.world, found.state.supply
    mill = found.tables.ids.index("mill")
    of_wards = np.isin(world.inputs.organisation[world.supply.customer], (NORTH, SOUTH))
    from_mill = world.outputs.organisation[world.supply.supplier] == mill
    assert supply.order[of_wards].sum() == pytest.approx(12)
    assert supply.order[of_wards & from_mill].sum() == pytest.approx(9)
    kind = Order(units=12, suppliers={"works": 1.0})  # an id goes before the kind of its name
    found = play(made, {(1, "wards"): Decision(orders={"kit": kind})}, ticks=7)
    assert found.state.supply.order[of_wards & from_mill].sum() == pytest.approx(0)


def test_an_inject_does_what_it_says_from_its_day_on():
    stop = {"number": 3, "text": "It burns.", "effect": {"capacity": 0, "kinds": ["works"]}}
    made = exercise(injects=[*FILE["injects"], stop])
    (fire,) = made.events_of(made.content.injects[2], 4)
    assert fire == {"title": "Inject 3", "start": 4, "capacity": 0, "kinds": ["works"]}
    before, after = (
        [play(made, {}, sent, ticks=n).state.organisations.capacity[WORKS] for n in (4, 5)]
        for sent in ([], [fire])
    )
    assert before[0] == after[0] > 0 and after[1] == 0 < before[1]
    assert made.events_of(made.content.injects[0], 3) == []


@pytest.mark.slow
def test_it_holds_on_a_real_scenario_too():
    turns = [{"title": str(k), "start": 7 * k} for k in range(1, 4)]
    seats = {kind: {"title": kind, "kinds": [kind]} for kind in ("hospital", "care_home", "depot")}
    data = {"title": "x", "scenario": "first_wave", "end": 40, "turns": turns, "seats": seats}
    made = Exercise.from_text(emit(data))
    alone = run_once(made.scenario, "siloed", seed=0)
    assert same(play(made, {}).state.record, alone.state.record)
    rows = [row for seat in seats for row in made.rows_of(seat)]
    asked = as_the_rule(made.scenario, "siloed", rows)
    decided = {}
    for turn in range(made.turns):
        first, end = made.starts[turn], made.starts[turn + 1]
        for seat in seats:
            ids = {made.tables.ids[row] for row in made.rows_of(seat)}
            exact = {
                resource: Order(exact={k: v[first:end] for k, v in by_id.items() if k in ids})
                for resource, by_id in asked.items()
                if ids & by_id.keys()
            }
            decided[turn, seat] = Decision(orders=exact)
    assert same(play(made, decided).state.record, alone.state.record)


@pytest.mark.parametrize("decided", [{}, {(1, "wards"): Decision(orders={"kit": Order(units=3)})}])
def test_who_watches_changes_nothing_and_sees_every_tick(decided):
    held, seen = exercise(), []
    watched = play(held, decided, watch=lambda tick, _, state: seen.append(tick))
    assert same(watched.state.record, play(held, decided).state.record)
    assert seen == list(range(20))


@pytest.mark.parametrize("decided", [{}, {(1, "wards"): Decision(orders={"kit": Order(units=3)})}])
def test_who_looks_within_ticks_changes_nothing_and_sees_what_was_decided(decided):
    held, seen, ordered = exercise(), [], []

    def look(tables, state):
        def after_request(tick, now):
            seen.append(tick)
            ordered.append(now.inputs.order[0])

        return {"request": after_request}

    watched = play(held, decided, within=look)
    assert same(watched.state.record, play(held, decided).state.record)
    assert seen == list(range(2, 15))  # the turns' ticks
    np.testing.assert_array_equal(ordered, watched.state.record.ordered[2:15, 0])


def test_whatever_a_turn_may_need_is_made_ready(monkeypatch):
    """Every phase in which somebody can be told something runs once, on a state of its own."""
    replaced: list[str] = []
    real = decisions.advance_with

    def and_look(world, state, first, end, own, *more):
        replaced.extend(own(state))
        return real(world, state, first, end, own, *more)

    monkeypatch.setattr(instructions, "advance_with", and_look)
    held = exercise()
    make_ready(held)
    assert sorted(replaced) == ["lend", "place", "ration", "request", "take_over"]
    assert same(play(held, {}).state.record, play(exercise(), {}).state.record)
