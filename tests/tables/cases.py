"""Tiny scenarios for the tests of the tables, and what it means for two tables to be the same."""

from typing import Any

import numpy as np

from crisis_abm.scenario import Scenario
from crisis_abm.tables import Tables

__all__ = ["assert_same", "chain", "scenario", "several_areas"]


def scenario(**sections: Any) -> Scenario:
    """A scenario from its sections; title and areas are filled in."""
    return Scenario.from_dict({"title": "A case", "areas": {"north": {}}, **sections})


def chain(**sections: Any) -> Scenario:
    """A ward needs 2 gowns a patient from a maker, which needs 3 cloth a run of 10 gowns.

    10 patients use 20 gowns; these take 2 runs of the maker and 6 cloth, 1.5 runs of the mill.
    """
    kinds = {
        "ward": {"needs": {"gowns": {"use": 2.0, "cover": 4.0, "safety": 1.0}}},
        "maker": {
            "needs": {"cloth": {"use": 3.0, "criticality": 0.5}},
            "makes": {"gowns": {"make": 10.0, "cover": 1.0}},
        },
        "mill": {"makes": {"cloth": {"make": 4.0}}},
    }
    organisations = [
        {"id": "ward_1", "kind": "ward", "caseload": 8.0, "demand": 2.0, "stay": 4.0},
        {"id": "maker_1", "kind": "maker", "capacity": 50.0},
        {"id": "mill_1", "kind": "mill", "capacity": 50.0},
    ]
    whole: dict[str, Any] = {
        "resources": {"gowns": {"storable": True, "cover": 7}, "cloth": {"storable": False}},
        "kinds": kinds,
        "organisations": organisations,
        "supply": [{"resource": "gowns"}, {"resource": "cloth"}],
    }
    return scenario(**{**whole, **sections})


def several_areas(areas: list[str], **sections: Any) -> Scenario:
    """Wards that choose 2 of 5 makers in their area."""
    kinds = {
        "ward": {"needs": {"gowns": {"use": 2.0}}, "caseload": 10.0, "stay": 4.0},
        "maker": {"makes": {"gowns": {"make": 10.0}}, "capacity": 5.0},
    }
    whole: dict[str, Any] = {
        "areas": {name: {} for name in areas},
        "resources": {"gowns": {"storable": True, "cover": 7}},
        "kinds": kinds,
        "groups": [{"kind": "ward", "count": 4}, {"kind": "maker", "count": 5, "spread": 0.5}],
        "supply": [{"resource": "gowns", "suppliers": 2, "split": "capacity"}],
    }
    return scenario(**{**whole, **sections})


def assert_same(one: Tables, other: Tables) -> None:
    """Every array of the two is equal, in type and bits."""
    _assert_same(one.world, other.world, "world")
    assert (one.ids, one.names, one.kinds) == (other.ids, other.names, other.kinds)
    assert (one.areas, one.resources, one.groups) == (other.areas, other.resources, other.groups)
    np.testing.assert_array_equal(one.positions, other.positions)


def _assert_same(one: Any, other: Any, place: str) -> None:
    for name in one._fields:
        a, b, where = getattr(one, name), getattr(other, name), f"{place}.{name}"
        if hasattr(a, "_fields"):
            _assert_same(a, b, where)
        elif isinstance(a, np.ndarray):
            assert a.dtype == b.dtype, where
            np.testing.assert_array_equal(a, b, err_msg=where, strict=True)
        else:
            assert a == b, where
