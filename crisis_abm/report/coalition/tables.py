"""All that adoption is computed from, as the columns of its files."""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm.analysis.coalition.adoption import Adoption
from crisis_abm.report.effect_words import alike_cells
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import band

__all__ = ["coalition_tables"]


def coalition_tables(result: Adoption) -> dict[str, Any]:
    """Every table of the bundle, by file name."""
    return {
        "order.csv": _order(result),
        "curves.csv": _curves(result),
        "values.csv": _values(result),
    }


def _interval(name: str, effect: Difference) -> dict[str, Any]:
    low, high = effect.interval or ("", "")
    told = {f"{name}_{key}": value for key, value in alike_cells(effect.alike).items()}
    return {name: effect.mean, f"{name}_low": low, f"{name}_high": high, **told}


def _order(result: Adoption) -> dict[str, list[Any]]:
    """One row a call of the best order; figures where they were measured."""
    index = {int(calls): k for k, calls in enumerate(result.points)}
    rows = []
    for calls, called in enumerate(result.called(len(result.units)), start=1):
        row: dict[str, Any] = {
            "call": calls,
            "name": called.name,
            "title": called.title,
            "about": called.about,
            "organisations": len(called.rows),
        }
        if calls in index:
            row |= {"mean": float(result.after(calls).mean())}
            row |= _interval("gain", result.gain(calls))
            row |= _interval("step", result.step(index[calls] - 1))
            row |= _interval("random_behind", result.random_behind(calls))
        rows.append(row)
    names = max((list(row) for row in rows), key=len, default=[])
    return {name: [row.get(name, "") for row in rows] for name in names}


def _curves(result: Adoption) -> dict[str, list[Any]]:
    """One row a measured point of either curve: mean, and band over crises (and orders)."""
    rows = [("best", calls, result.best[:, k]) for k, calls in enumerate(result.points.tolist())]
    rows += [
        ("random", calls, result.random[..., k].ravel())
        for k, calls in enumerate(result.random_points.tolist())
    ]
    rows.append(("everybody", len(result.units), result.everybody))
    bands = [band(values) for _, _, values in rows]
    return {
        "order": [order for order, _, _ in rows],
        "calls": [calls for _, calls, _ in rows],
        "share": [calls / max(1, len(result.units)) for _, calls, _ in rows],
        "mean": [float(np.mean(values)) for _, _, values in rows],
        "band_low": [low for low, _ in bands],
        "band_high": [high for _, high in bands],
    }


def _values(result: Adoption) -> dict[str, list[Any]]:
    """One row a run: all that the rest is computed from. Order 0 is the best."""
    rows: list[tuple[int, int, int, float]] = []
    for r in range(result.replicates):
        rows += [
            (r, 0, c, v)
            for c, v in zip(result.points.tolist(), result.best[r].tolist(), strict=True)
        ]
        rows += [
            (r, number, c, v)
            for number, curve in enumerate(result.random[r].tolist(), start=1)
            for c, v in zip(result.random_points.tolist(), curve, strict=True)
        ]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    names = ("replicate", "order", "calls", "value")
    return {name: list(column) for name, column in zip(names, columns, strict=True)}
