"""Suppliers along a street: all loaded alike, few links, neighbours stay neighbours; regions."""

from __future__ import annotations

import numpy as np
import pytest

from crisis_abm.tables import build
from tests.tables.cases import several_areas


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
