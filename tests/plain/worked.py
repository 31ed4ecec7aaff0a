"""Tiny crises whose figures can be worked out by hand."""

from __future__ import annotations

from typing import Any

from crisis_abm.scenario import Scenario
from crisis_abm.tables import build, compile_policy
from tests.plain_mesa import PlainModel

SOMEBODY = {"patience": 1000, "harm": 0.5}


def plain(policy: str = "siloed", seed: int = 1, **sections: Any) -> PlainModel:
    """A plain model of a scenario given by its sections."""
    behaviour = {"communication_cost": 0.0, "smoothing": 0.3, "hoarding": 3.0, "forecast_window": 1}
    behaviour.update(sections.pop("behaviour", {}))
    defaults = {"title": "By hand", "areas": {"north": {}}, "behaviour": behaviour}
    scenario = Scenario.from_dict({**defaults, **sections})
    tables = build(scenario)
    levers = compile_policy(scenario, tables, scenario.policy_named(policy))
    return PlainModel(tables, levers, seed)


def shop(name: str, demand: float, kind: str = "shop", **figures: Any) -> dict[str, Any]:
    """An organisation with customers and nobody in its care."""
    return {"id": name, "kind": kind, "demand": demand, "capacity": demand, **figures}


def two_customers(
    policy: str, rationing: str = "priority", works: float = 6.0, **sections: Any
) -> PlainModel:
    """A works shares out power, a flow, between two who need 8 each; ranks 1 and 3."""
    needs = {"power": {"use": 1.0, "criticality": 1.0}}
    return plain(
        policy,
        resources={"power": {"storable": False, "rationing": rationing}},
        kinds={
            "low": {"rank": 1, **SOMEBODY, "harm": 1.0, "needs": needs},
            "high": {"rank": 3, **SOMEBODY, "harm": 2.0, "needs": needs},
            "works": {"rank": 2, **SOMEBODY, "harm": 0.0, "makes": {"power": {"make": 1.0}}},
        },
        organisations=[
            shop("low", 8.0, "low"),
            shop("high", 8.0, "high"),
            {"id": "works", "kind": "works", "capacity": works},
        ],
        supply=[{"resource": "power"}],
        **sections,
    )


def two_homes(policy: str, **sections: Any) -> PlainModel:
    """Two homes with 10 in care each lend goods; the second has lost its stock, nothing comes."""
    needs = {"goods": {"use": 1.0, "criticality": 1.0, "cover": 10.0}}
    return plain(
        policy,
        behaviour={"keep": 2.0, "altruism": 0.5},
        resources={"goods": {"storable": True}},
        kinds={
            "home": {"rank": 1, **SOMEBODY, "stay": 1e9, "harm": 0.0, "needs": needs},
            "works": {"rank": 1, **SOMEBODY, "harm": 0.0, "makes": {"goods": {"make": 1.0}}},
        },
        organisations=[
            {"id": "a", "kind": "home", "caseload": 10.0, "capacity": 20.0},
            {"id": "b", "kind": "home", "caseload": 10.0, "capacity": 20.0},
            {"id": "works", "kind": "works", "capacity": 100.0},
        ],
        supply=[{"resource": "goods", "lead_time": 1}],
        aid=[{"resource": "goods"}],
        events=[
            {
                "title": "fire",
                "start": 0,
                "stock": 0.0,
                "resource": "goods",
                "organisations": ["b"],
            },
            {"title": "cut", "start": 0, "link": 0.0, "resource": "goods"},
        ],
        **sections,
    )


def pair(first_end: int, second_end: int, recovery: int) -> PlainModel:
    """Two works that live on one another's flow; capacity of both out from tick 1 on."""

    def cut(name: str, end: int) -> dict[str, Any]:
        return {"title": "cut", "start": 1, "end": end, "capacity": 0.0, "organisations": [name]}

    def kind(uses: str, makes: str) -> dict[str, Any]:
        needs = {uses: {"use": 1.0, "criticality": 1.0}}
        figures = {"patience": 1, "recovery": recovery, "harm": 0.0, "demand": 10.0}
        return {**figures, "capacity": 10.0, "needs": needs, "makes": {makes: {"make": 1.0}}}

    return plain(
        resources={"x": {"storable": False}, "y": {"storable": False}},
        kinds={"first": kind("y", "x"), "second": kind("x", "y")},
        organisations=[{"id": "first", "kind": "first"}, {"id": "second", "kind": "second"}],
        supply=[{"resource": "x"}, {"resource": "y"}],
        events=[cut("first", first_end), cut("second", second_end)],
    )
