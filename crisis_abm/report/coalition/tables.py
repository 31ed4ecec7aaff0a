"""Adoption as columns and as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm.analysis.coalition.adoption import Adoption
from crisis_abm.analysis.coalition.tipping import Step
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.coalition.words import (
    about_lowest,
    about_order,
    about_random,
    about_tipping,
    about_tipping_at_random,
    adoption_finding,
)
from crisis_abm.report.effect_words import alike_cells, covers
from crisis_abm.report.finding import caveat
from crisis_abm.report.principles.tables import difference_json
from crisis_abm.report.words import unit
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import band

__all__ = ["as_json", "coalition_tables"]


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


def _step_json(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {
        "from": step.at,
        "part": step.part,
        "interval": list(step.interval),
        "agreement": step.agreement,
        "tips": bool(step.tips),
    }


def as_json(result: Adoption) -> dict[str, Any]:
    """The layout of ``coalition --json``."""
    scenario = result.scenario
    calls, lowest = result.lowest()
    order, curves = _order(result), _curves(result)
    return {
        "scenario": scenario.title,
        "file": scenario.source,
        "fingerprint": scenario.fingerprint(),
        "caveat": caveat(scenario),
        "seed": result.seed,
        "replicates": result.replicates,
        "screening": result.screening,
        "random_orders": int(result.random.shape[0] * result.random.shape[1]),
        "outcome": result.outcome,
        "unit": unit(result.outcome, scenario),
        "less_is_better": OUTCOMES[result.outcome].better < 0,
        "policy": result.policy,
        "otherwise": result.otherwise,
        "by": result.by,
        "organisations": result.organisations,
        "not_called": list(result.not_called),
        "finding": adoption_finding(result),
        "interval_covers": covers(scenario),
        "whole": difference_json(result.whole()),
        "everybody": float(result.everybody.mean()),
        "order": [
            {name: None if cell == "" else cell for name, cell in zip(order, row, strict=True)}
            for row in zip(*order.values(), strict=True)
        ],
        "curves": [
            dict(zip(curves, row, strict=True)) for row in zip(*curves.values(), strict=True)
        ],
        "tipping": _step_json(result.tipping()),
        "tipping_at_random": _step_json(result.tipping_at_random()),
        "calls_for_half": _place(result.calls_for(0.5)),
        "calls_for_half_at_random": _place(result.calls_for(0.5, at_random=True)),
        "random_behind": difference_json(result.random_behind()),
        "lowest": {"calls": calls, "against_all": difference_json(lowest)},
        "in_words": [
            about_tipping(result),
            about_tipping_at_random(result),
            about_random(result),
            about_lowest(result),
            about_order(result, "--kinds"),
        ],
        "found_from_the_end": result.found.backward,
        "coalitions_tried": result.found.asked,
        "runs": result.runs,
        "seconds": round(result.seconds, 3),
    }


def _place(found: tuple[float, tuple[float, float] | None] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"calls": found[0], "interval": found[1] and list(found[1])}
