"""Who needs whom: losses that add up (inoperability input-output) or multiply (the O-ring)."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from crisis_abm.validation.case import EXACT, Case, built, finished

Matrix = Sequence[Sequence[float]]
LONGEST = 1_000_000  # ticks


def inoperability(A: Matrix, c: Sequence[float]) -> Case:
    """Sectors that lose c of their own capacity, at rest: the least q = min(1, A·q + c).

    Sector i needs the output of sector j with criticality A[i][j], response `additive`; its own
    loss is lost capacity; nobody ever closes.

    Parameters
    ----------
    A : n × n
        Interdependency coefficients, 0 to 1; loops of one sector on itself too.
    c : n
        Own losses, 0 to 1.

    References
    ----------
    Haimes & Jiang (2001), J. Infrastructure Systems 7:1.
    """
    dependence, own = np.array(A, dtype=float), np.array(c, dtype=float)
    expected = _least_fixed_point(dependence, own)
    steps, measured = 300, None
    while measured is None:
        levels = _levels(dependence, own, np.ones(len(own)), steps, steps)
        still = np.abs(levels[-1] - levels[-2]).max() < 1e-13
        if still or steps >= LONGEST:
            measured = 1 - levels[-1]
        steps *= 20
    return Case(
        "inoperability",
        "Haimes & Jiang 2001",
        {"A": dependence.tolist(), "c": own.tolist()},
        {"q": tuple(expected.tolist())},
        {"q": tuple(measured.tolist())},
        {"q": EXACT},
    )


def dynamic_inoperability(
    A: Matrix,
    c: Sequence[float],
    k: float | Sequence[float],
    ticks: int = 100,
    shock_ticks: int = 30,
) -> Case:
    """The same sectors on their way: q moves by k·(A·q + c - q) a tick, c for `shock_ticks` only.

    Parameters
    ----------
    A, c
        As in `inoperability`.
    k : float or n floats
        Share of the way to its target that a sector moves a tick (`adjustment`), above 0 to 1.
    ticks, shock_ticks : int
        Length of the run, and of the loss.

    References
    ----------
    Lian & Haimes (2006), Systems Engineering 9:241; Euler step of one tick.
    """
    dependence, own = np.array(A, dtype=float), np.array(c, dtype=float)
    speed = np.broadcast_to(np.asarray(k, dtype=float), own.shape)
    q, path = np.zeros(len(own)), []
    for tick in range(ticks):
        shock = own if tick < shock_ticks else 0.0
        target = np.minimum(1.0, dependence @ q + shock)
        q = q + speed * (target - q)
        path.append(q)
    wanted = np.array(path)
    found = 1 - _levels(dependence, own, speed, ticks, shock_ticks)
    early = min(shock_ticks, ticks)
    return Case(
        "dynamic_inoperability",
        "Lian & Haimes 2006",
        {
            "A": dependence.tolist(),
            "c": own.tolist(),
            "k": speed.tolist(),
            "ticks": ticks,
            "shock_ticks": shock_ticks,
        },
        {name: tuple(part.tolist()) for name, part in _losses(wanted, early).items()},
        {name: tuple(part.tolist()) for name, part in _losses(found, early).items()},
        {"loss": EXACT, "early_loss": EXACT},
    )


def _losses(q: np.ndarray, early: int) -> dict[str, np.ndarray]:
    return {"loss": q.sum(axis=0), "early_loss": q[:early].sum(axis=0)}


def _least_fixed_point(A: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Solve q = min(1, A·q + c) for the least q: fix those that reach 1, solve for the others.

    q rises from 0; whoever reaches 1 stays there. So each round solves the linear system of those
    not at 1, and adds to the capped ones those that come out at 1 or more, or do not converge.
    """
    n = len(c)
    capped = np.zeros(n, dtype=bool)
    for _ in range(n + 1):
        free = np.flatnonzero(~capped)
        loss = c[free] + A[np.ix_(free, np.flatnonzero(capped))].sum(axis=1)
        inner = A[np.ix_(free, free)]
        q, settled = loss.copy(), False
        for _ in range(200_000):  # from below, as the sectors themselves
            new = inner @ q + loss
            if (new > 1 + 1e-9).any():
                break
            if np.abs(new - q).max(initial=0.0) < 1e-15:
                settled = True
                break
            q = new
        if settled:
            break
        over = inner @ q + loss > 1 + 1e-9
        if not over.any():
            break
        capped[free[over]] = True
    whole = np.ones(n)
    whole[~capped] = np.minimum(1.0, q)
    return whole


def _levels(
    A: np.ndarray, c: np.ndarray, speed: np.ndarray, ticks: int, shock_ticks: int
) -> np.ndarray:
    """Service level of every sector and tick in the engine: shape (ticks, n)."""
    sectors = range(len(c))
    needed = {j: [i for i in sectors if A[i, j] > 0] for j in sectors}
    goods = {f"good {j}": {"storable": False} for j in sectors if needed[j]}
    kinds: dict[str, Any] = {}
    for i in sectors:
        kinds[f"sector {i}"] = {
            "response": "additive",
            "adjustment": float(speed[i]),
            "patience": float("inf"),
            "needs": {f"good {j}": {"use": 1, "criticality": A[i, j]} for j in sectors if A[i, j]},
            "makes": {f"good {i}": {"make": len(needed[i])}} if needed[i] else {},
        }
    tables, policy = built(
        {
            "title": "sectors that need each other",
            "time": {"steps": ticks},
            "resources": {
                name: resource | {"rationing": "contract"} for name, resource in goods.items()
            },
            "kinds": kinds,
            "organisations": [
                {"id": f"{i}", "kind": f"sector {i}", "area": "economy", "capacity": 1, "demand": 1}
                for i in sectors
            ],
            "links": [
                {"from": f"{j}", "to": f"{i}", "resource": f"good {j}"}
                for j in sectors
                for i in needed[j]
            ],
            "events": [
                {
                    "title": "own loss",
                    "start": 0,
                    "end": min(shock_ticks, ticks),
                    "capacity": 1 - c[i],
                    "organisations": [f"{i}"],
                }
                for i in sectors
                if c[i] > 0 and shock_ticks > 0
            ],
        }
    )
    record = finished(tables, policy).record
    rows = [tables.ids.index(f"{i}") for i in sectors]
    return np.asarray(record.service[:, rows])


def limiting_chain(p: Sequence[float]) -> Case:
    """Stages of quality p: what comes out is the product of all.

    A stage makes p of a unit from each unit of the stage before, which it cannot do without
    (criticality 1, response `limiting`).

    Parameters
    ----------
    p : sequence of float
        Quality of every stage, above 0 to 1.

    References
    ----------
    Kremer (1993), Quarterly J. Economics 108:551.
    """
    stages = [float(quality) for quality in p]
    kinds: dict[str, Any] = {}
    for k, quality in enumerate(stages):
        before = {f"part {k - 1}": {"use": 1, "criticality": 1}} if k else {}
        made = {f"part {k}": {"make": quality}}
        kinds[f"stage {k}"] = {"needs": before, "makes": made, "patience": float("inf")}
    last = f"part {len(stages) - 1}"
    kinds["market"] = {
        "needs": {last: {"use": 1, "criticality": 1}},
        "patience": float("inf"),
    }
    names = [*(f"stage {k}" for k in range(len(stages))), "market"]
    tables, policy = built(
        {
            "title": "a chain",
            "time": {"steps": len(stages) + 3},
            "resources": {f"part {k}": {"storable": False} for k in range(len(stages))},
            "kinds": kinds,
            "organisations": [
                {"id": name, "kind": name, "area": "works", "capacity": 1, "demand": 1}
                for name in names
            ],
            "links": [
                {"from": f"stage {k}", "to": names[k + 1], "resource": f"part {k}"}
                for k in range(len(stages))
            ],
        }
    )
    served = finished(tables, policy).record.service[-1, tables.ids.index("market")]
    return Case(
        "limiting_chain",
        "Kremer 1993 (O-ring)",
        {"p": stages},
        {"output": prod(stages)},
        {"output": float(served)},
        {"output": EXACT},
    )
