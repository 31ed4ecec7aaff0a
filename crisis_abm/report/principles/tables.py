"""An attribution to the principles as columns and as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm.analysis.attribution import Attribution, combination
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import alike_cells, covers
from crisis_abm.report.finding import caveat
from crisis_abm.report.principles.words import (
    about_best,
    about_principle,
    floor,
    levers_on,
    principles_finding,
)
from crisis_abm.report.words import unit
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import band
from crisis_abm.scenario import LEVERS

__all__ = ["as_json", "combination_columns", "difference_json", "principles_tables", "worst_first"]


def principles_tables(result: Attribution) -> dict[str, Any]:
    """Every table of the bundle, by file name."""
    return {
        "combinations.csv": _combinations(result),
        "principles.csv": _effects(result),
        "pairs.csv": _pairs(result),
        "kinds.csv": _kinds(result),
    }


def worst_first(result: Attribution) -> np.ndarray:
    """The combinations from the highest mean to the lowest."""
    return np.argsort(-result.values.mean(axis=0), kind="stable")


def combination_columns(result: Attribution) -> dict[str, list[Any]]:
    """One row a combination, worst first: mean, and band over crises."""
    order = worst_first(result).tolist()
    bands = [band(result.values[:, mask]) for mask in order]
    return {
        "on": [levers_on(mask) for mask in order],
        "mean": result.values.mean(axis=0)[order].tolist(),
        "band_low": [low for low, _ in bands],
        "band_high": [high for _, high in bands],
    }


def _combinations(result: Attribution) -> dict[str, list[Any]]:
    """One row a replicate, combination and outcome: all that the rest is computed from."""
    count, names = result.figures.shape[1], list(OUTCOMES)
    replicates = range(result.replicates)
    masks = [mask for _ in replicates for mask in range(count) for _ in names]
    levers = {lever: [mask >> i & 1 for mask in masks] for i, lever in enumerate(LEVERS)}
    return {
        "replicate": [r for r in replicates for _ in range(count * len(names))],
        **levers,
        "outcome": names * (count * result.replicates),
        "value": result.figures.ravel().tolist(),
    }


def _rows(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else {})}


def _columns(effect: Difference) -> dict[str, Any]:
    low, high = effect.interval or ("", "")
    return {
        "mean": effect.mean,
        "interval_low": low,
        "interval_high": high,
        "band_low": effect.band[0],
        "band_high": effect.band[1],
        "better": effect.better,
        "worse": effect.worse,
        "equal": effect.equal,
        **alike_cells(effect.alike),
    }


def _effects(result: Attribution) -> dict[str, list[Any]]:
    about = {"outcome": result.outcome, "unit": unit(result.outcome, result.scenario)}
    rows = [
        {"principle": one.name, "effect": effect, **about, **_columns(getattr(one, effect))}
        for one in result.effects()
        for effect in ("share", "main", "alone", "last")
    ]
    return _rows(
        [*rows, {"principle": "all", "effect": "whole", **about, **_columns(result.whole())}]
    )


def _pairs(result: Attribution) -> dict[str, list[Any]]:
    return _rows(
        [
            {
                "first": pair.first,
                "second": pair.second,
                "effect": effect,
                "outcome": result.outcome,
                **_columns(getattr(pair, effect)),
            }
            for pair in result.pairs()
            for effect in ("interaction", "beyond")
        ]
    )


def _kinds(result: Attribution) -> dict[str, list[Any]]:
    rows = [
        {"kind": kind, "principle": name, **_columns(share)}
        for kind, shares in result.kind_shares().items()
        for name, share in zip(LEVERS, shares, strict=True)
    ]
    return _rows(rows) or {"kind": [], "principle": [], "mean": []}


def difference_json(effect: Difference) -> dict[str, Any]:
    """An effect as plain data."""
    return {
        "mean": effect.mean,
        "interval": effect.interval and list(effect.interval),
        "band": list(effect.band),
        "better": effect.better,
        "worse": effect.worse,
        "equal": effect.equal,
        "shown": bool(effect.shown),
        **alike_cells(effect.alike, None),
    }


def as_json(result: Attribution) -> dict[str, Any]:
    """The layout of ``principles --json``."""
    scenario, effects, best = result.scenario, result.effects(), result.best()
    least = floor(result)
    return {
        "scenario": scenario.title,
        "file": scenario.source,
        "fingerprint": scenario.fingerprint(),
        "caveat": caveat(scenario),
        "seed": result.seed,
        "replicates": result.replicates,
        "outcome": result.outcome,
        "unit": unit(result.outcome, scenario),
        "less_is_better": {-1: True, 1: False}.get(OUTCOMES[result.outcome].better),
        "finding": principles_finding(result),
        "interval_covers": covers(scenario),
        "whole": difference_json(result.whole()),
        "principles": {
            one.name: {
                **{
                    effect: difference_json(getattr(one, effect))
                    for effect in ("share", "main", "alone", "last")
                },
                "in_words": about_principle(result, one, least),
            }
            for one in effects
        },
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "interaction": difference_json(pair.interaction),
                "beyond_sum": difference_json(pair.beyond),
            }
            for pair in result.pairs()
        ],
        "kinds": {
            kind: dict(zip(LEVERS, map(difference_json, shares), strict=True))
            for kind, shares in result.kind_shares().items()
        },
        "combinations": [
            {"policy": combination(mask), "on": levers_on(mask), "mean": float(mean)}
            for mask, mean in enumerate(result.values.mean(axis=0))
        ],
        "best": best and {"policy": combination(best[0]), "against_all": difference_json(best[1])},
        "best_in_words": about_best(result),
        "seconds": round(result.seconds, 3),
    }
