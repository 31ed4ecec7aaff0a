import typing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_abm.scenario import LEVERS, Scenario
from crisis_abm.tables import build
from crisis_abm.tables.layout import Response
from tests.random_scenarios import random_scenario
from tests.tables.cases import assert_same, chain, scenario, several_areas

INT32 = {"number", "kind", "area", "group", "coordination", "organisation", "resource", "supplier"}
INT32 |= {"customer", "donor", "partner", "origin", "community", "receiver", "residents"}
INT32 |= {"protection", "tests", "labour"}
UINT64, BOOL, INT8 = {"key"}, {"storable", "by_contract"}, {"response"}
INT64 = {"recovery", "input_start", "output_start", "link_start", "lead_time", "spread", "start"}
INT64 |= {"by_supplier", "reverse", "by_target", "target_start", "effect", "end", "area_start"}
INT64 |= {"community_start", "receiver_start", "resident_row"}


def kind_of_number(table, name):
    if (table, name) in {("Referrals", "target")}:
        return np.int32
    if (table, name) == ("Events", "target"):
        return np.int64
    if (table, name) in {("Hazard", "end"), ("Hazard", "area"), ("Kinds", "area")}:
        return np.float64
    for names, number in ((INT32, np.int32), (INT64, np.int64), (UINT64, np.uint64)):
        if name in names:
            return number
    return np.bool_ if name in BOOL else np.int8 if name in INT8 else np.float64


def random_tables(seed):
    made = Scenario.from_dict(random_scenario(seed))
    return made, build(made)


@pytest.mark.parametrize("seed", range(25))
def test_arrays_are_of_the_types_that_kernels_expect(seed):
    _, tables = random_tables(seed)
    for part in tables.world:
        for name, value in zip(part._fields, part, strict=True):
            if isinstance(value, np.ndarray):
                assert value.dtype == kind_of_number(type(part).__name__, name), name
                assert value.flags["C_CONTIGUOUS"], name
            else:
                assert type(value) in (int, float), name


def group_bounds(start, rows, groups):
    assert len(start) == groups + 1
    for group in range(groups):
        assert (rows[start[group] : start[group + 1]] == group).all()
    assert (start[0], start[-1]) == (0, len(rows))


@given(st.integers(0, 10**6))
@settings(max_examples=60)
def test_rows_stand_in_the_order_that_layout_promises(seed):
    _, tables = random_tables(seed)
    world = tables.world
    rows, inputs, outputs, supply = world.organisations, world.inputs, world.outputs, world.supply
    count = len(tables.ids)
    group_bounds(rows.input_start, inputs.organisation, count)
    group_bounds(rows.output_start, outputs.organisation, count)
    for block in (inputs, outputs):
        order = list(zip(block.organisation.tolist(), block.resource.tolist(), strict=True))
        assert order == sorted(set(order))
    group_bounds(inputs.link_start, supply.customer, len(inputs.use))
    group_bounds(outputs.link_start, supply.supplier[supply.by_supplier], len(outputs.make))
    pairs = list(zip(supply.customer.tolist(), supply.supplier.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert sorted(supply.by_supplier.tolist()) == list(range(len(pairs)))
    assert (inputs.resource[supply.customer] == outputs.resource[supply.supplier]).all()
    for block, ends in ((world.aid, len(inputs.use)), (world.places, count)):
        group_bounds(block.start, block.donor, ends)
        assert (block.donor != block.partner).all()
        assert (block.donor[block.reverse] == block.partner).all()
        assert (block.partner[block.reverse] == block.donor).all()
        ties = list(zip(block.donor.tolist(), block.partner.tolist(), strict=True))
        assert ties == sorted(set(ties))
    assert (inputs.resource[world.aid.donor] == inputs.resource[world.aid.partner]).all()
    referrals = world.referrals
    group_bounds(referrals.start, referrals.origin, count)
    group_bounds(referrals.target_start, referrals.target[referrals.by_target], count)
    for row, coordination in enumerate(rows.coordination):
        if coordination >= 0:
            assert inputs.organisation[coordination] == row
            assert tables.resources[inputs.resource[coordination]] == "coordination"
    assert [
        (tables.kinds[k], tables.areas[a]) for k, a in zip(rows.kind, rows.area, strict=True)
    ] == [tables.groups[group] for group in rows.group]


@given(st.integers(0, 10**6))
@settings(max_examples=60)
def test_shares_and_contracts_follow_from_each_other(seed):
    _, tables = random_tables(seed)
    world = tables.world
    inputs, supply, rows = world.inputs, world.supply, world.organisations
    total = np.bincount(supply.customer, supply.share, len(inputs.use))
    np.testing.assert_allclose(total, 1.0, rtol=0, atol=1e-12)
    wanted = inputs.use * rows.nominal_workload[inputs.organisation]
    np.testing.assert_allclose(supply.contract, supply.share * wanted[supply.customer])
    sent = np.bincount(world.referrals.origin, world.referrals.share, len(tables.ids))
    assert (sent <= 1 + 1e-9).all()
    people = rows.caseload + rows.arrivals + rows.demand
    assert (rows.nominal_workload >= people).all()
    assert (rows.nominal_workload <= np.maximum(people, rows.capacity)).all()


@given(st.integers(0, 10**6))
@settings(max_examples=20)
def test_building_twice_gives_the_same(seed):
    made, tables = random_tables(seed)
    assert_same(tables, build(Scenario.from_dict(random_scenario(seed))))
    assert_same(tables, build(made))


def test_columns_by_hand():
    tables = build(chain())
    world = tables.world
    assert tables.ids == ["ward_1", "maker_1", "mill_1"]
    assert tables.kinds == ["maker", "mill", "ward"]
    assert tables.resources == ["cloth", "gowns"]
    assert world.organisations.kind.tolist() == [2, 0, 1]
    assert world.organisations.stay.tolist() == [4.0, np.inf, np.inf]
    assert world.organisations.input_start.tolist() == [0, 1, 2, 2]
    assert world.organisations.output_start.tolist() == [0, 0, 1, 2]
    assert world.inputs.resource.tolist() == [1, 0]
    assert world.inputs.cover.tolist() == [4.0, 0.0]
    assert world.inputs.safety.tolist() == [1.0, 0.0]
    assert world.inputs.criticality.tolist() == [1.0, 0.5]
    assert world.outputs.make.tolist() == [10.0, 4.0]
    assert world.outputs.cover.tolist() == [1.0, 0.0]
    assert world.resources.storable.tolist() == [False, True]
    assert world.hazard.active == 0
    assert all(len(value) == 0 for value in world.hazard if isinstance(value, np.ndarray))


def test_an_organisation_may_need_what_it_makes():
    kinds = {
        "shop": {
            "needs": {"food": {"use": 0.5}},
            "makes": {"food": {"make": 2.0}},
            "capacity": 9.0,
            "demand": 4.0,
        }
    }
    world = build(
        scenario(
            resources={"food": {}},
            kinds=kinds,
            groups=[{"kind": "shop", "count": 2}],
            supply=[{"resource": "food"}],
        )
    ).world
    assert world.supply.supplier.tolist() == [1, 0]
    assert world.supply.customer.tolist() == [0, 1]


def test_responses_patience_and_transit():
    links = [
        {"from": "maker_1", "to": "ward_1", "resource": "gowns", "lead_time": 3},
        {"from": "mill_1", "to": "maker_1", "resource": "cloth", "lead_time_spread": 2},
    ]
    events = [
        {"lead_time": 2, "start": 3, "kinds": ["mill"]},
        {"lead_time": 4, "start": 5, "kinds": ["mill"]},
        {"lead_time": 2, "start": 5, "resource": "gowns"},
    ]
    made = chain(supply=[], links=links, events=events)
    kinds = {"kinds.mill.response": "threshold", "kinds.ward.patience": float("inf")}
    world = build(made.with_({**kinds, "kinds.maker.response": "additive"})).world
    assert world.kinds.response.tolist() == [
        Response.ADDITIVE,
        Response.THRESHOLD,
        Response.LIMITING,
    ]
    assert world.kinds.patience.tolist() == [3.0, 3.0, np.inf]
    assert world.parameters.transit == 2 + 2 + 4 + 1


def test_the_order_of_keys_does_not_reach_the_rows():
    one = several_areas(["north", "south"])
    data = one.model_dump(by_alias=True, exclude_unset=True)
    turned = {
        **data,
        "areas": dict(reversed(data["areas"].items())),
        "kinds": dict(reversed(data["kinds"].items())),
    }
    other = Scenario.from_dict(dict(reversed(turned.items())))
    assert one.fingerprint() == other.fingerprint()
    assert_same(build(one), build(other))


def test_every_column_of_the_world_is_filled():
    hints = typing.get_type_hints(type(build(chain()).world))
    assert set(hints) == set(build(chain()).world._fields)


@given(st.integers(0, 10**9))
@settings(max_examples=100)
def test_always_valid_and_of_the_promised_size(seed):
    data = random_scenario(seed)
    assert data == random_scenario(seed)
    made = Scenario.from_dict(data)
    assert 3 <= len(made.members()) <= 14
    assert 10 <= made.time.steps <= 30
    assert 1 <= len(set(made.resources_in_play()) - {"coordination"}) <= 4


def test_choices_can_be_forced():
    force = {"steps": 12, "areas": 2, "hazard": True, "response": "additive", "patience": 2}
    levers = dict.fromkeys(LEVERS, 0.5)
    for seed in range(20):
        data = random_scenario(seed, **force, levers=levers, events=False, hoarding=1.5)
        made = Scenario.from_dict(data)
        assert made.time.steps == 12
        assert list(made.areas) == ["north", "east"]
        assert made.hazard is not None
        assert {recipe.response for recipe in made.recipes().values()} == {"additive"}
        assert {recipe.patience for recipe in made.recipes().values()} == {2}
        assert made.policy_named("mixed").levers == (0.5,) * 5
        assert made.events == []
        assert made.behaviour.hoarding == 1.5
    with pytest.raises(TypeError, match="colour"):
        random_scenario(1, colour="red")
