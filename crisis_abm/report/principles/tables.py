"""All that an attribution to the principles is computed from, as the columns of its files."""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm.analysis.attribution import Attribution
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.columns import in_columns
from crisis_abm.report.effect_words import alike_cells
from crisis_abm.report.principles.words import levers_on
from crisis_abm.report.words import unit
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import band
from crisis_abm.scenario import LEVERS

__all__ = ["combination_columns", "principles_tables", "worst_first"]


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
    return in_columns(
        [*rows, {"principle": "all", "effect": "whole", **about, **_columns(result.whole())}]
    )


def _pairs(result: Attribution) -> dict[str, list[Any]]:
    return in_columns(
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
    return in_columns(rows) or {"kind": [], "principle": [], "mean": []}
