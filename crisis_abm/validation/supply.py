"""Stocks, orders and rations: the bullwhip, risk pooling, rationing, and where nothing is short."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import norm

from crisis_abm import engine
from crisis_abm.compiled import passed_by_reference
from crisis_abm.engine.phases.ration import ration, ship
from crisis_abm.engine.system_value import value
from crisis_abm.validation.case import (
    EXACT,
    SIGMAS,
    Case,
    built,
    finished,
    standard_error,
    with_demand,
)

MEAN, QUIET_SPREAD = 100.0, 4.0  # units a tick; orders stay above 0
SPREAD = 10.0  # of the demand that partners pool
RULES = {
    "pro rata": "siloed",
    "known need": "agenda=1,communication=1,parity=1",
    "contract": "siloed",
}


def bullwhip(p: int, L: int, ticks: int = 1500, runs: int = 30, seed: int = 0) -> Case:
    """Orders of a shop that forecasts by a moving average: Var(orders) ÷ Var(demand).

    1 + 2L/p + 2L²/p² for independent demand, with p ticks in the average and cover L = lead time +
    1; constant safety stock.

    Parameters
    ----------
    p : int
        Ticks in the forecast window, 1 or more.
    L : int
        Cover, 1 or more.
    ticks, runs, seed : int
        Length and number of runs, and which.

    References
    ----------
    Chen, Drezner, Ryan & Simchi-Levi (2000), Management Science 46:436.
    """
    if p < 1 or L < 1:
        raise ValueError(f"p {p} and L {L} must be 1 or more")
    quiet = p + L + 5  # ticks until the start is forgotten
    tables, policy = built(
        {
            "title": "a shop",
            "time": {"steps": ticks + quiet},
            "behaviour": {"forecast_window": p, "hoarding": 0},
            "resources": {"goods": {"storable": True, "cover": L}},
            "kinds": {
                "shop": {
                    "harm": 0,
                    "needs": {"goods": {"use": 1, "criticality": 1, "safety": 5 * L * MEAN}},
                },
                "maker": {"harm": 0, "makes": {"goods": {"make": 1, "cover": 50}}},
            },
            "organisations": [
                {"id": "shop", "kind": "shop", "area": "town", "capacity": 9e9, "demand": MEAN},
                {"id": "maker", "kind": "maker", "area": "town", "capacity": 9e9},
            ],
            "links": [{"from": "maker", "to": "shop", "resource": "goods", "lead_time": L - 1}],
        }
    )
    ratios = []
    for run in range(runs):
        generator = np.random.default_rng([seed, run])
        demand = generator.normal(MEAN, QUIET_SPREAD, ticks + quiet).clip(0)
        state = finished(with_demand(tables, {"shop": demand / MEAN}), policy)
        orders = state.record.ordered[quiet:, 0]
        ratios.append(np.var(orders, ddof=1) / np.var(demand[quiet:], ddof=1))
    return Case(
        "bullwhip",
        "Chen et al. 2000",
        {"p": p, "L": L, "ticks": ticks, "runs": runs, "seed": seed},
        {"ratio": 1 + 2 * L / p + 2 * L**2 / p**2},
        {"ratio": float(np.mean(ratios))},
        {"ratio": SIGMAS * standard_error(np.array(ratios))},
    )


def pooling(
    n: int,
    z: float = 1.0,
    correlation: float = 0.0,
    ticks: int = 500,
    runs: int = 40,
    seed: int = 0,
) -> Case:
    """Mean shortage of n partners, apart and sharing, in standard deviations of one's demand.

    Each starts the tick with z·σ above mean demand. Apart n·G(z). Together s·G(n·z ÷ s), where s =
    √(n·(1 + (n - 1)·correlation)) is the spread of the sum of demands, and the joint stock is n·z·σ
    above its mean; G(z) = φ(z) - z·(1 - Φ(z)) is the normal loss function.

    Parameters
    ----------
    n : int
        Partners, 2 or more.
    z : float
        Standard deviations of stock above mean demand.
    correlation : float
        Between any two demands, 0 to 1; with 1 there is nothing to gain.
    ticks, runs, seed : int

    References
    ----------
    Eppen (1979), Management Science 25:498.
    """
    stock = MEAN + z * SPREAD
    data = {
        "title": "partners",
        "time": {"steps": ticks},
        "behaviour": {"keep": 1, "altruism": 1, "communication_cost": 0, "hoarding": 0},
        "resources": {"goods": {"storable": True, "cover": 0}},
        "kinds": {
            "shop": {
                "harm": 0,
                "patience": float("inf"),
                "needs": {"goods": {"use": 1, "criticality": 1, "safety": stock}},
            },
            "maker": {"harm": 0, "makes": {"goods": {"make": 1, "cover": 50}}},
        },
        "organisations": [
            {"id": f"shop {k}", "kind": "shop", "area": "town", "capacity": 9e9, "demand": MEAN}
            for k in range(n)
        ]
        + [{"id": "maker", "kind": "maker", "area": "town", "capacity": 9e9}],
        "supply": [{"resource": "goods"}],
        "aid": [{"resource": "goods"}],
    }
    apart, alone = built(data, "siloed")
    pooled, together = built(data, "reciprocity=1,communication=1")
    shortage = np.zeros((runs, 2))
    for run in range(runs):
        demand = _demand(n, correlation, ticks, [seed, run])
        factors = {f"shop {k}": demand[:, k] / MEAN for k in range(n)}
        for side, (tables, policy) in enumerate(((apart, alone), (pooled, together))):
            record = finished(with_demand(tables, factors), policy).record
            missed = (record.workload - record.service)[:, : tables.ids.index("maker")]
            shortage[run, side] = missed.sum() / ticks / SPREAD
    together_spread = math.sqrt(n * (1 + (n - 1) * correlation))
    figures = shortage.mean(axis=0)
    return Case(
        "pooling",
        "Eppen 1979",
        {"n": n, "z": z, "correlation": correlation, "ticks": ticks, "runs": runs, "seed": seed},
        {
            "apart": n * _loss(z),
            "pooled": together_spread * _loss(n * z / together_spread),
        },
        {"apart": float(figures[0]), "pooled": float(figures[1])},
        {
            "apart": SIGMAS * standard_error(shortage[:, 0]),
            "pooled": SIGMAS * standard_error(shortage[:, 1]),
        },
    )


def _loss(z: float) -> float:
    return float(norm.pdf(z) - z * norm.sf(z))


def _demand(n: int, correlation: float, ticks: int, seed: list[int]) -> np.ndarray:
    """Normal demands, equally correlated: shape (ticks, n)."""
    generator = np.random.default_rng(seed)
    common = generator.standard_normal((ticks, 1))
    own = generator.standard_normal((ticks, n))
    return MEAN + SPREAD * (math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own)


def rationing(
    capacity: float, needs: Sequence[float], orders: Sequence[float], rule: str = "pro rata"
) -> Case:
    """Share out a supply among customers who need, and order, so much.

    Parameters
    ----------
    capacity : float
        Units to share out.
    needs, orders : sequence of float
        Of every customer; orders at least needs.
    rule : {"pro rata", "known need", "contract"}
        By the size of orders (siloed); by need, which partners tell each other (common agenda,
        communication and parity); or pro rata to ordinary need, the rest not redistributed.

    References
    ----------
    Lee, Padmanabhan & Whang (1997), Management Science 43:546: under pro rata rationing an
    inflated order wins a larger share.
    """
    rule = rule.replace("_", " ")
    if rule not in RULES:
        raise ValueError(f"rule {rule!r}: must be one of {', '.join(RULES)}")
    need, order = np.array(needs, dtype=float), np.array(orders, dtype=float)
    if (order < need).any() or (need <= 0).any() or capacity < 0:
        raise ValueError("capacity must be 0 or more, needs above 0, orders at least needs")
    customers = [f"customer {k}" for k in range(len(need))]
    resource: dict[str, Any] = {"storable": False}
    if rule == "contract":
        resource["rationing"] = "contract"
    tables, policy = built(
        {
            "title": "not enough for all",
            "time": {"steps": 1},
            "resources": {"goods": resource},
            "kinds": {
                "customer": {"harm": 1, "needs": {"goods": {"use": 1, "criticality": 1}}},
                "supplier": {"harm": 0, "makes": {"goods": {"make": 1}}},
            },
            "organisations": [
                {"id": name, "kind": "customer", "area": "town", "capacity": n, "demand": n}
                for name, n in zip(customers, need.tolist(), strict=True)
            ]
            + [{"id": "supplier", "kind": "supplier", "area": "town", "capacity": 1}],
            "supply": [{"resource": "goods"}],
        },
        RULES[rule],
    )
    state = engine.start(tables.world, policy, 0)
    row = [tables.ids[i] for i in tables.world.inputs.organisation[tables.world.supply.customer]]
    of_link = np.array([customers.index(name) for name in row])
    state.supply.order[:] = state.supply.carried[:] = order[of_link]
    state.inputs.order[tables.world.supply.customer] = order[of_link]
    state.inputs.need[tables.world.supply.customer] = need[of_link]
    state.outputs.stock[:] = capacity
    world, now = passed_by_reference(tables.world), passed_by_reference(state)
    value(0, world, now)
    ration(0, world, now)
    ship(0, world, now)
    shares = np.zeros(len(need))
    shares[of_link] = state.supply.shipped
    return Case(
        "rationing",
        "Lee, Padmanabhan & Whang 1997",
        {"capacity": capacity, "needs": need.tolist(), "orders": order.tolist(), "rule": rule},
        {"shares": tuple(_expected(capacity, need, order, rule).tolist())},
        {"shares": tuple(shares.tolist())},
        {"shares": EXACT},
    )


def _expected(capacity: float, need: np.ndarray, order: np.ndarray, rule: str) -> np.ndarray:
    """Closed form: everybody gets min(order, λ·claim), λ such that all of the supply is used."""
    if order.sum() <= capacity:
        return order
    if rule == "contract":
        return np.minimum(order, capacity * need / need.sum())
    claim = order if rule == "pro rata" else need
    level = order / claim  # the λ at which each is full
    for full in np.sort(level):
        at = np.minimum(order, full * claim)
        if at.sum() >= capacity:
            still = level >= full
            rest = capacity - order[~still].sum()
            return np.where(still, claim * rest / claim[still].sum(), order)
    return order


def nothing_to_share(
    cost: float = 0.02, slack: float = 1.5, people: float = 50.0, steps: int = 40
) -> Case:
    """Reciprocal minus siloed, in ample supply: 0 with slack, the capacity cut without.

    Two wards, one with places for `slack` times its people and one for just its people.

    Parameters
    ----------
    cost : float
        Share of capacity that full communication takes, 0 to below 1.
    slack : float
        Capacity of the roomy ward ÷ its people; at least 1 ÷ (1 - cost).
    people : float
        In each ward, a tick.
    steps : int

    References
    ----------
    Definition of the principles (docs/model.md, section 1).
    """
    if slack * (1 - cost) < 1:
        raise ValueError(f"slack {slack}: must be at least {1 / (1 - cost):.3g} at this cost")
    data = {
        "title": "nothing is short",
        "time": {"steps": steps},
        "behaviour": {"communication_cost": cost},
        "resources": {"gowns": {"storable": True, "cover": 5}},
        "kinds": {
            "ward": {"harm": 0.1, "needs": {"gowns": {"use": 2, "criticality": 1}}},
            "maker": {"harm": 0, "makes": {"gowns": {"make": 1, "cover": 3}}},
        },
        "organisations": [
            _ward("roomy", people, people * slack),
            _ward("full", people, people),
            {"id": "maker", "kind": "maker", "area": "town", "capacity": 40 * people},
        ],
        "supply": [{"resource": "gowns"}],
        "aid": [{"resource": "gowns"}],
    }
    unmet = {}
    for policy in ("siloed", "reciprocal"):
        tables, arrays = built(data, policy)
        found = finished(tables, arrays).record.unmet
        unmet[policy] = {name: float(found[tables.ids.index(name)]) for name in ("roomy", "full")}
    difference = tuple(
        unmet["reciprocal"][name] - unmet["siloed"][name] for name in unmet["siloed"]
    )
    return Case(
        "nothing_to_share",
        "docs/model.md, section 1",
        {"cost": cost, "slack": slack, "people": people, "steps": steps},
        {"difference": (0.0, cost * people * steps)},
        {"difference": difference},
        {"difference": EXACT},
    )


def _ward(name: str, people: float, capacity: float) -> dict[str, object]:
    return {"id": name, "kind": "ward", "area": "town", "capacity": capacity, "demand": people}
