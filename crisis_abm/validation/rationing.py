"""One supplier, not enough for all: the ration phase alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crisis_abm import engine
from crisis_abm.compiled import passed_by_reference
from crisis_abm.engine.phases.ration import ration, ship
from crisis_abm.engine.system_value import value
from crisis_abm.validation.case import EXACT, Case, built

__all__ = ["RULES", "rationing"]

RULES = {
    "pro rata": "siloed",
    "known need": "agenda=1,communication=1,parity=1",
    "contract": "siloed",
}


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
