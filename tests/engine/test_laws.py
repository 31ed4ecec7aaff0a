"""What must hold whatever the scenario (docs/model.md, section 8): each law is a test."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_abm import engine
from crisis_abm.engine import Detail
from crisis_abm.scenario import Scenario
from crisis_abm.tables import compile_policy
from tests.engine.crises import RECIPROCAL, SILOED, arrays_of, compiled, harm, run, ward, written
from tests.random_scenarios import random_scenario

SEEDS = st.integers(0, 2**31)
MANY = settings(max_examples=60)
LEVERS = st.fixed_dictionaries(
    {
        lever: st.sampled_from([0, 0.3, 1])
        for lever in ("agenda", "measures", "communication", "parity", "reciprocity")
    }
)


def held(world, state):
    """Units of every resource in stock and under way: shape (S,)."""
    resources = len(world.resources.storable)
    inputs = state.inputs.stock + state.inputs.transit.sum(axis=0)
    return np.bincount(world.inputs.resource, inputs, resources) + np.bincount(
        world.outputs.resource, state.outputs.stock, resources
    )


@MANY
@given(seed=SEEDS, levers=LEVERS)
def test_no_resource_appears_or_vanishes(seed, levers):
    """Made + brought + initial = used + held + under way + perished + lost by events."""
    scenario, tables = compiled(random_scenario(seed))
    world = tables.world
    arrays = compile_policy(scenario, tables, scenario.policy_named(written(levers)))
    state = engine.start(world, arrays, seed)
    before = held(world, state)
    state = engine.advance(world, state, 0, world.parameters.steps)
    record = state.record
    gone = (record.used + record.perished + record.destroyed).sum(axis=0)
    left = before + (record.made + record.brought).sum(axis=0) - gone
    np.testing.assert_allclose(held(world, state), left, rtol=1e-9, atol=1e-6)


@MANY
@given(seed=SEEDS, levers=LEVERS)
def test_nobody_appears_or_vanishes(seed, levers):
    """In care at first + entered = in care at last + completed + harmed + hazard deaths."""
    scenario, tables = compiled(random_scenario(seed))
    state = run(scenario, tables, written(levers), seed)
    record = state.record
    before = tables.world.organisations.caseload.sum() + record.entered.sum()
    gone = record.completed.sum() + record.harmed.sum() + record.hazard_deaths.sum()
    assert state.organisations.caseload.sum() + gone == pytest.approx(before, rel=1e-9, abs=1e-6)
    people = state.hazard
    total = people.susceptible + people.exposed + people.infectious + people.removed
    community = tables.world.hazard.community
    np.testing.assert_array_equal(total, tables.world.organisations.population[community])


@MANY
@given(seed=SEEDS, levers=LEVERS)
def test_nothing_is_negative_or_undefined(seed, levers):
    scenario, tables = compiled(random_scenario(seed))
    state = run(scenario, tables, written(levers), seed)
    for name, values in arrays_of(state).items():
        if name.startswith(".policy") or name in (".aid", ".places"):
            continue
        signed = name in (
            ".record.first",
            ".record.last",
            ".record.loss_input",
        )
        assert np.isfinite(values).all(), name
        assert signed or (values >= -1e-9).all(), name
    levels = state.organisations.level
    assert (levels <= 1 + 1e-9).all()


@settings(max_examples=25)
@given(seed=SEEDS)
def test_same_seed_same_bits(seed):
    scenario, tables = compiled(random_scenario(seed))
    once, again = run(scenario, tables, RECIPROCAL, seed), run(scenario, tables, RECIPROCAL, seed)
    again_built = compiled(random_scenario(seed))
    anew = run(*again_built, RECIPROCAL, seed)
    for name, values in arrays_of(once).items():
        np.testing.assert_array_equal(values, arrays_of(again)[name], err_msg=name)
        np.testing.assert_array_equal(values, arrays_of(anew)[name], err_msg=name)


@settings(max_examples=25)
@given(seed=SEEDS)
def test_every_policy_meets_the_same_epidemic(seed):
    scenario, tables = compiled(random_scenario(seed, hazard=True))
    siloed, reciprocal = (run(scenario, tables, p, seed) for p in (SILOED, RECIPROCAL))
    for stage in ("susceptible", "exposed", "infectious", "removed", "prevalence"):
        np.testing.assert_array_equal(
            getattr(siloed.hazard, stage), getattr(reciprocal.hazard, stage), err_msg=stage
        )
    np.testing.assert_array_equal(siloed.organisations.ill, reciprocal.organisations.ill)


@settings(max_examples=25)
@given(spare=st.floats(1.05, 3), use=st.floats(0.1, 5), cover=st.floats(3, 9), levers=LEVERS)
def test_in_plenty_policies_are_identical(spare, use, cover, levers):
    """Every fill 1, nobody below `keep`, capacity·(1 - cost) above workload: nothing to gain."""
    data = ward()
    data["resources"]["gowns"]["cover"] = cover
    data["kinds"]["ward"]["needs"]["gowns"]["use"] = use
    data["organisations"] = [
        {"id": "a", "kind": "ward", "area": "here", "capacity": 10 * spare, "demand": 10},
        {"id": "b", "kind": "ward", "area": "here", "capacity": 20 * spare, "demand": 20},
        {"id": "maker", "kind": "maker", "area": "here", "capacity": 1000 * use},
    ]
    data["aid"] = [{"resource": "gowns"}]
    scenario, tables = compiled(data)
    siloed, other = run(scenario, tables, SILOED), run(scenario, tables, written(levers))
    assert harm(siloed) == 0
    for name in ("service", "workload", "status", "stock", "finished", "ordered", "tick_harm"):
        np.testing.assert_array_equal(getattr(siloed.record, name), getattr(other.record, name))


@settings(max_examples=15)
@given(cost=st.floats(0.001, 0.5), communication=st.just(0) | st.floats(1e-9, 1))
def test_in_plenty_communication_costs_its_capacity(cost, communication):
    """A ward with no slack loses exactly the capacity that communicating takes."""
    scenario, tables = compiled(ward(behaviour={"communication_cost": cost}))
    siloed = run(scenario, tables, SILOED)
    talking = run(scenario, tables, written({"communication": communication}))
    assert harm(siloed) == 0
    lost = 10 * cost * communication * scenario.time.steps
    assert talking.record.unmet.sum() == pytest.approx(lost, rel=1e-9)
    assert harm(talking) == pytest.approx(0.1 * lost, rel=1e-9)


@settings(max_examples=15)
@given(levers=LEVERS, harm_rate=st.floats(0.01, 0.9))
def test_without_any_supply_every_policy_does_the_same_harm(levers, harm_rate):
    data = ward()
    data["kinds"]["ward"]["harm"] = harm_rate
    data["organisations"].append(
        {"id": "other", "kind": "ward", "area": "here", "capacity": 50, "demand": 30}
    )
    data["aid"] = [{"resource": "gowns"}]
    data["events"] = [
        {"title": "no gowns", "start": 0, "capacity": 0, "kinds": ["maker"]},
        {"title": "none in stock", "start": 0, "stock": 0, "resource": "gowns"},
    ]
    scenario, tables = compiled(data)
    siloed, other = run(scenario, tables, SILOED), run(scenario, tables, written(levers))
    assert harm(siloed) == pytest.approx(40 * harm_rate * scenario.time.steps)
    assert harm(other) == harm(siloed)


def short_of_gowns(seed: int) -> dict:
    """Three wards that share a maker who can serve a part of them, gowns with a cover."""
    random = np.random.default_rng(seed)
    data = ward(time={"steps": 25})
    data["organisations"] = [
        {
            "id": f"ward {k}",
            "kind": "ward",
            "area": "here",
            "capacity": 20,
            "demand": float(random.uniform(5, 20)),
        }
        for k in range(3)
    ]
    data["organisations"].append({"id": "maker", "kind": "maker", "area": "here", "capacity": 200})
    needed = 2 * sum(ward["demand"] for ward in data["organisations"][:3])
    part = float(random.uniform(0.1, 0.9)) * needed / 200
    data["events"] = [{"title": "less", "start": 3, "capacity": part, "kinds": ["maker"]}]
    return data


@settings(max_examples=40)
@given(seed=SEEDS)
def test_hoarders_order_beyond_need_and_broad_measures_never_do(seed):
    scenario, tables = compiled(short_of_gowns(seed))
    narrow = run(scenario, tables, SILOED, seed)
    broad = run(scenario, tables, written({"measures": 1}), seed)
    fills = narrow.inputs.supply_fill
    assert (fills < 1).all()
    assert narrow.record.excess_orders.sum() > 0
    assert abs(broad.record.excess_orders).max() <= 1e-9


@settings(max_examples=40)
@given(seed=SEEDS, levers=LEVERS)
def test_orders_never_fall_below_need(seed, levers):
    scenario, tables = compiled(random_scenario(seed))
    arrays = compile_policy(scenario, tables, scenario.policy_named(written(levers)))
    state = engine.start(tables.world, arrays, seed)
    for tick in range(tables.world.parameters.steps):
        state = engine.advance(tables.world, state, tick, tick + 1)
        assert (state.inputs.order >= state.inputs.need - 1e-9).all()


@MANY
@given(
    stock=st.floats(0, 200),
    more=st.floats(0, 50),
    seed=SEEDS,
    agenda=st.sampled_from([0, 0.4, 1]),
    parity=st.sampled_from([0, 0.4, 1]),
    contract=st.booleans(),
)
def test_more_stock_never_lowers_a_shipment(stock, more, seed, agenda, parity, contract):
    """In Ration alone: 7 (a) of the laws."""
    from crisis_abm.compiled import passed_by_reference
    from crisis_abm.engine.phases.ration import ration
    from crisis_abm.engine.system_value import value

    data = short_of_gowns(seed)
    del data["events"]
    data["resources"]["gowns"]["rationing"] = "contract" if contract else "priority"
    scenario, tables = compiled(data)
    random = np.random.default_rng(seed)
    policy = scenario.policy_named(written({"agenda": agenda, "parity": parity}))
    state = engine.start(tables.world, compile_policy(scenario, tables, policy), seed)
    state.supply.carried[:] = random.uniform(0, 80, 3)
    state.supply.order[:] = state.supply.carried
    state.inputs.order[:] = state.supply.carried
    state.inputs.need[:] = state.supply.carried * random.uniform(0, 1, 3)
    world, now = passed_by_reference(tables.world), passed_by_reference(state)
    value(0, world, now)
    shipped = []
    for units in (stock, stock + more):
        state.outputs.stock[:] = units
        ration(0, world, now)
        shipped.append(state.supply.shipped.copy())
        assert (
            shipped[-1].sum() == pytest.approx(min(units, state.supply.carried.sum())) or contract
        )
    assert (shipped[1] >= shipped[0] - 1e-9).all()


def contested(seed: int, extra: float, day: int) -> float:
    """Harm where one resource is contested, `limiting`, infinite patience, no behaviour at work."""
    data = short_of_gowns(seed)
    data["behaviour"] = {"hoarding": 0, "patience": math.inf}
    if extra:
        data["events"].append(
            {"title": "gift", "start": day, "add_stock": extra, "resource": "gowns",
             "kinds": ["maker"]}
        )  # fmt: skip
    return harm(run(*compiled(data), SILOED, seed))


@MANY
@given(seed=SEEDS, extra=st.floats(0.1, 60), day=st.integers(0, 20))
def test_more_of_one_contested_resource_never_raises_harm(seed, extra, day):
    assert contested(seed, extra, day) <= contested(seed, 0, day) + 1e-9


def test_more_supply_helps_on_average():
    """7 (c): a single increase can do harm, the mean over random scenarios falls."""
    before, after = [], []
    for seed in range(120):
        data = random_scenario(seed)
        plenty = random_scenario(seed)
        last = plenty["time"]["steps"]
        plenty.setdefault("events", []).extend(
            {"title": "gift", "start": day, "add_stock": 20.0, "resource": resource}
            for day in range(0, last, 5)
            for resource, its in plenty["resources"].items()
            if its.get("storable")
        )
        before.append(harm(run(*compiled(data), SILOED, seed)))
        after.append(harm(run(*compiled(plenty), SILOED, seed)))
    assert np.mean(after) < np.mean(before)


@pytest.mark.smoke
def test_detail_never_changes_a_result():
    scenario, tables = compiled(random_scenario(7, hazard=True))
    arrays = compile_policy(scenario, tables, scenario.policy_named(RECIPROCAL))
    full = engine.run(tables.world, arrays, 3, Detail.ORGANISATIONS)
    short = engine.run(tables.world, arrays, 3, Detail.GROUPS)
    for name in ("harm", "hazard_deaths", "unmet", "group_service", "made"):
        np.testing.assert_array_equal(getattr(full.record, name), getattr(short.record, name))
    assert short.record.service.size == 0 and short.record.loss.size == 0


def test_scenarios_differ_only_by_what_is_said():
    """Title and description leave the run alone; so does the order of keys."""
    data = random_scenario(11)
    other = {key: data[key] for key in reversed(list(data))} | {"title": "another"}
    one, two = run(*compiled(data)), run(*compiled(other))
    np.testing.assert_array_equal(one.record.harm, two.record.harm)
    assert isinstance(Scenario.from_dict(other), Scenario)
