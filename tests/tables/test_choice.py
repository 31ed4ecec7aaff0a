from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from crisis_abm.streams import NETWORK, entity_key, uniform
from crisis_abm.tables import build
from crisis_abm.tables.choice import STRUCTURE, choose, entity_keys, link_key, lots
from tests.tables.cases import several_areas

WHAT: Any = entity_key("gowns")


def organisations(areas):
    key = entity_keys([f"o{row}" for row in range(len(areas))])
    return {"key": key, "area": np.array(areas)}


def by_definition(key, weight, customer, candidates, take, draw=0):
    """Efraimidis & Spirakis as they write it: the largest u^(1 / weight)."""
    score: dict[int, float] = {}
    for candidate in candidates:
        u = uniform(STRUCTURE, NETWORK, key[customer] ^ WHAT, draw, key[candidate])
        score[candidate] = u ** (1 / weight[candidate])
    return set(sorted(candidates, key=score.__getitem__)[-take:])


def test_keys_are_those_of_the_streams():
    names = ["", "north_hospital_1", "Ångström"]
    assert entity_keys(names).tolist() == [int(entity_key(name)) for name in names]
    keys = entity_keys(names)
    assert lots(keys, 3, 4).tolist() == [uniform(0, NETWORK, key, 3, 4) for key in keys]


def test_a_link_has_a_direction_and_a_resource():
    one, other = entity_keys(["one", "other"])[:, None]
    keys = [
        link_key(one, other, WHAT),
        link_key(other, one, WHAT),
        link_key(one, other, entity_keys(["tests"])),
        link_key(one, one, WHAT),
    ]
    assert len({int(key[0]) for key in keys}) == 4


@pytest.mark.parametrize("take", [1, 2, 5])
def test_chooses_as_defined(take):
    places = organisations([0] * 20)
    weight = np.linspace(1, 40, 20)
    customers, candidates = np.arange(10), np.arange(5, 20)
    chooser, chosen = choose(
        **places,
        customers=customers,
        candidates=candidates,
        weight=weight,
        take=take,
        within="area",
        what=WHAT,
        draw=2,
    )
    for customer in range(10):
        others = [row for row in range(5, 20) if row != customer]
        expected = by_definition(places["key"], weight, customer, others, take, 2)
        assert set(candidates[chosen[chooser == customer]].tolist()) == expected


def test_large_ones_are_chosen_more_often():
    places = organisations([0] * 20_002)
    chooser, chosen = choose(
        **places,
        customers=np.arange(2, 20_002),
        candidates=np.arange(2),
        weight=np.array([1.0, 3.0] + [1.0] * 20_000),
        take=1,
        within="anywhere",
        what=WHAT,
    )
    assert len(chooser) == 20_000
    assert chosen.mean() == pytest.approx(0.75, abs=4 * (0.75 * 0.25 / 20_000) ** 0.5)


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        ("area", {0: {1}, 2: {3}, 4: set()}),
        ("anywhere", {0: {1, 3}, 2: {1, 3}, 4: {1, 3}}),
        ("elsewhere", {0: {3}, 2: {1}, 4: {1, 3}}),
    ],
)
@pytest.mark.parametrize("take", ["all", 7])
def test_reach(within, expected, take):
    customers, candidates = np.array([0, 2, 4]), np.array([3, 1])
    chooser, chosen = choose(
        **organisations([0, 0, 1, 1, 2]),
        customers=customers,
        candidates=candidates,
        weight=np.ones(5),
        take=take,
        within=within,
        what=WHAT,
    )
    found: dict[int, set[int]] = {int(customer): set() for customer in customers}
    for one, other in zip(customers[chooser], candidates[chosen], strict=True):
        found[int(one)].add(int(other))
    assert found == expected


@pytest.mark.parametrize("within", ["area", "anywhere", "elsewhere"])
@pytest.mark.parametrize("take", ["all", 1])
def test_nobody_chooses_itself(within, take):
    rows = np.arange(3)
    chooser, chosen = choose(
        **organisations([0, 0, 1]),
        customers=rows,
        candidates=rows,
        weight=np.ones(3),
        take=take,
        within=within,
        what=WHAT,
    )
    assert (chooser != chosen).all()
    assert len(chooser) > 0


def test_nobody_to_choose():
    none = np.empty(0, dtype=np.int64)
    for customers, candidates in [(np.arange(3), none), (none, np.arange(3)), (none, none)]:
        chooser, chosen = choose(
            **organisations([0, 0, 0]),
            customers=customers,
            candidates=candidates,
            weight=np.ones(3),
            take=2,
            within="anywhere",
            what=WHAT,
        )
        assert len(chooser) == len(chosen) == 0


def village(suppliers: int = 1, wards: int = 40, makers: int = 7, **sections):
    groups = [
        {"kind": "ward", "count": wards, "spread": 0.7},
        {"kind": "maker", "count": makers, "spread": 0.5, "capacity": wards * 30 / makers},
    ]
    rule = {"resource": "gowns", "suppliers": suppliers, "split": "catchment"}
    return build(several_areas(["east", "west"], groups=groups, supply=[rule], **sections))


def regional(**sections):
    """Areas a and b in one region, c in another."""
    areas = {"a": {"region": "up"}, "b": {"region": "up"}, "c": {"region": "down"}}
    return build(several_areas(list(areas)).with_({"areas": areas, **sections}))


def loads(tables) -> np.ndarray:
    """Orders on an ordinary day ÷ what can be made, of each maker."""
    world = tables.world
    orders = np.bincount(world.supply.supplier, world.supply.contract)
    rows = world.organisations
    return orders / (world.outputs.make * rows.capacity[world.outputs.organisation])


@pytest.mark.parametrize("suppliers", [1, 2, 3])
def test_all_suppliers_of_an_area_are_loaded_alike(suppliers):
    tables = village(suppliers)
    area = tables.world.organisations.area[tables.world.outputs.organisation]
    for here in (0, 1):
        found = loads(tables)[area == here]
        np.testing.assert_allclose(found, found.mean(), rtol=1e-5)


def test_there_are_hardly_more_links_than_organisations():
    supply = village().world.supply
    assert len(supply.share) <= 2 * (40 + 7)
    assert len(village(2).world.supply.share) > len(supply.share)


@pytest.mark.parametrize("suppliers", [1, 3])
def test_shares_sum_to_one_and_stay_in_the_area(suppliers):
    world = village(suppliers).world
    total = np.bincount(world.supply.customer, world.supply.share)
    np.testing.assert_allclose(total, 1.0, rtol=1e-12)
    seller = world.outputs.organisation[world.supply.supplier]
    buyer = world.inputs.organisation[world.supply.customer]
    rows = world.organisations
    np.testing.assert_array_equal(rows.area[seller], rows.area[buyer])


def test_who_stands_further_on_is_supplied_from_further_on():
    world = village().world
    in_east = world.inputs.organisation[world.supply.customer] < 40
    assert (np.diff(world.supply.supplier[in_east]) >= 0).all()


def test_nobody_supplies_itself():
    kinds = {
        "maker": {
            "needs": {"gowns": {"use": 1.0}},
            "makes": {"gowns": {"make": 2.0}},
            "capacity": 5.0,
        }
    }
    groups = [{"kind": "maker", "count": 5}]
    rule = {"resource": "gowns", "split": "catchment"}
    tables = build(several_areas(["east"], kinds=kinds, groups=groups, supply=[rule]))
    world = tables.world
    seller = world.outputs.organisation[world.supply.supplier]
    assert (seller != world.inputs.organisation[world.supply.customer]).all()


@pytest.mark.parametrize("split", ["catchment", "equal"])
def test_a_region_is_an_area_of_areas(split):
    """Two areas of one region share a maker that a third, of another, does not get."""
    groups = [
        {"kind": "ward", "count": 3},
        {"kind": "maker", "count": {"a": 2, "c": 1}, "capacity": 100.0},
    ]
    rule = {"resource": "gowns", "within": "region", "split": split}
    tables = regional(groups=groups, supply=[rule])
    world = tables.world
    seller = world.organisations.area[world.outputs.organisation[world.supply.supplier]]
    buyer = world.organisations.area[world.inputs.organisation[world.supply.customer]]
    pairs = set(zip(seller.tolist(), buyer.tolist(), strict=True))
    assert pairs == {(0, 0), (0, 1), (2, 2)}


def test_partners_reach_through_a_region():
    groups = [{"kind": "ward", "count": 1}, {"kind": "maker", "count": 1, "capacity": 100.0}]
    world = regional(
        groups=groups,
        supply=[{"resource": "gowns"}],
        aid=[{"resource": "gowns", "between": ["ward"], "within": "region"}],
    ).world
    assert len(world.aid.donor) == 2  # a and b, both ways
    assert set(world.inputs.organisation[world.aid.donor].tolist()) == {0, 1}
