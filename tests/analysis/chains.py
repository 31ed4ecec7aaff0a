"""Tiny crises whose weak links are known by hand."""

from __future__ import annotations

from typing import Any

from crisis_abm.scenario import Scenario

TICKS = 10


def chain(**changes: Any) -> Scenario:
    """Ten people a day in a ward that needs 1 gown a person; gowns need 1 cloth each.

    Nothing is kept in store (flows), nothing is spare, an unserved person is 0.1 of harm, and
    nobody ever closes. The lone house is tied to nobody: 5 people, 0.2 of harm each; the idle one
    has nobody either.
    """
    forever = {"patience": 1000}
    data: dict[str, Any] = {
        "title": "a chain",
        "time": {"steps": TICKS},
        "areas": {"here": {}},
        "resources": {"gowns": {"storable": False}, "cloth": {"storable": False}},
        "kinds": {
            "ward": {"harm": 0.1, "needs": {"gowns": {"use": 1, "criticality": 1}}, **forever},
            "maker": {
                "harm": 0,
                "needs": {"cloth": {"use": 1, "criticality": 1}},
                "makes": {"gowns": {"make": 1}},
                **forever,
            },
            "mill": {"harm": 0, "makes": {"cloth": {"make": 1}}, **forever},
            "house": {"harm": 0.2, **forever},
        },
        "organisations": [
            {"id": "ward", "kind": "ward", "capacity": 10, "demand": 10},
            {"id": "maker", "kind": "maker", "capacity": 10},
            {"id": "mill", "kind": "mill", "capacity": 10},
            {"id": "lone", "kind": "house", "capacity": 5, "demand": 5},
            {"id": "idle", "kind": "house", "capacity": 5},
        ],
        "supply": [{"resource": "gowns"}, {"resource": "cloth"}],
    }
    return Scenario.from_dict(data | changes)


def rivals(**changes: Any) -> Scenario:
    """See `rivals_data`."""
    return Scenario.from_dict(rivals_data() | changes)


def rivals_data() -> dict[str, Any]:
    """Two wards of 10 people a day, and a maker of 10 gowns a day who shares by size of order.

    A gown is needed for everybody. Unserved, a person in the grave ward is 1 of harm, in the light
    one 0.1. Gowns can be kept, a day's use of them is.
    """
    forever = {"patience": 1000}
    return {
        "title": "rivals",
        "time": {"steps": TICKS},
        "areas": {"here": {}},
        "resources": {"gowns": {"storable": True, "cover": 1, "rationing": "priority"}},
        "behaviour": {"hoarding": 0},
        "kinds": {
            "grave": {"harm": 1, "needs": {"gowns": {"use": 1, "criticality": 1}}, **forever},
            "light": {"harm": 0.1, "needs": {"gowns": {"use": 1, "criticality": 1}}, **forever},
            "maker": {"harm": 0, "makes": {"gowns": {"make": 1}}, **forever},
        },
        "organisations": [
            {"id": "grave", "kind": "grave", "capacity": 10, "demand": 10},
            {"id": "light", "kind": "light", "capacity": 10, "demand": 10},
            {"id": "maker", "kind": "maker", "capacity": 10},
        ],
        "supply": [{"resource": "gowns"}],
    }
