"""A chain of stages, each no better than what it is given: the O-ring."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from crisis_abm.validation.case import EXACT, Case, built, finished

__all__ = ["limiting_chain"]


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
