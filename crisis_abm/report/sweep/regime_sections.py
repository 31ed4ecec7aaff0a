"""The part of a report that says where one setting helps, harms or makes no difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from crisis_abm.experiment.findings.pairs import QuestionError, pairs_of
from crisis_abm.experiment.findings.regimes import Axis, RegimeMap, regime_map
from crisis_abm.experiment.results import Results
from crisis_abm.experiment.states import setting_labels
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import of_outcome
from crisis_abm.report.sections import Picture, Section, Table, columns_of
from crisis_abm.report.sweep.regime_pictures import draw_map
from crisis_abm.report.sweep.regime_words import common_words, headline, regime_words, sentence

__all__ = ["judged_outcome", "regime_maps", "regime_section"]

TITLE = "Where it helps and where it harms"


def judged_outcome(results: Results) -> str:
    """The outcome that is looked at if nobody says which: the first with a better direction.

    Raises
    ------
    QuestionError
        If there is none.
    """
    directions = results.experiment.directions
    for name in results.experiment.outcomes:
        if directions[name]:
            return name
    remedy = 'write harm = "less" under [outcomes] and sweep again'
    raise QuestionError(f"{results.folder}: no outcome is better when less or more; {remedy}")


def regime_maps(
    results: Results,
    outcome: str | None = None,
    factors: tuple[str, str] | None = None,
    first: int = 0,
    seconds: Sequence[int] | None = None,
    matters: float | None = None,
) -> list[RegimeMap]:
    """A map for every further setting against the first.

    Parameters
    ----------
    results : Results
    outcome : str, optional
        `judged_outcome` unless said.
    factors : (str, str), optional
        Across and up; those that tell most of the first of these differences unless said.
    first : int
    seconds : sequence of int, optional
        All others unless said.
    matters : float, optional
        The smallest difference that matters; 2% of the mean under the first setting unless said.

    Raises
    ------
    QuestionError
        If the sweep cannot answer that.
    """
    outcome = outcome or judged_outcome(results)
    if seconds is None:
        seconds = [n for n in range(len(setting_labels(results.settings))) if n != first]
    found: list[RegimeMap] = []
    for second in seconds or [1]:
        pairs = pairs_of(results, outcome, first, second, matters)
        axes = factors
        if axes is None and found:  # the same axes in every map, so that maps can be compared
            axes = (found[0].across.name, found[0].up.name)
        found.append(replace(regime_map(pairs, axes), chosen=factors is not None))
    return found


def regime_section(
    results: Results,
    outcome: str | None = None,
    factors: tuple[str, str] | None = None,
    first: int = 0,
    seconds: Sequence[int] | None = None,
    matters: float | None = None,
) -> Section:
    """Maps, their numbers and what they say; parameters as of `regime_maps`.

    Where a sweep has no map to give and nobody named factors, the section says why.

    Raises
    ------
    QuestionError
        If factors are named, or an outcome, and the sweep cannot answer that.
    """
    try:
        maps = regime_maps(results, outcome, factors, first, seconds, matters)
    except QuestionError as error:
        if outcome is not None or factors is not None or seconds is not None or first:
            raise
        why = str(error).removeprefix(f"{results.folder}: ")
        return Section("regimes", TITLE, [f"There is no map. {sentence(why)}."])
    words, tables, pictures = [], [], []
    for number, found in enumerate(maps, start=1):
        ending = f"_{number}" if len(maps) > 1 else ""
        words += regime_words(found, results.experiment.scenario)
        pictures.append(_picture(found, results, f"regimes{ending}"))
        tables.append(_shares(found, f"regime_shares{ending}"))
        tables.append(_cells(found, results, f"regime_cells{ending}"))
    words += common_words(maps[0], results.experiment.scenario)
    return Section("regimes", TITLE, words, tables, pictures)


def _picture(found: RegimeMap, results: Results, name: str) -> Picture:
    base = {factor.name: factor.base for factor in results.experiment.factors}
    title = OUTCOMES[found.pairs.outcome].title.lower()
    about = (
        f"A map of {found.regime.shape[1]} by {found.regime.shape[0]} cells: across "
        f"{found.across.name}, up {found.up.name}. {headline(found, title)}."
    )
    return Picture(name, about, partial(draw_map, found, title, base), _columns(found))


def _columns(found: RegimeMap) -> dict[str, np.ndarray]:
    """A row a cell."""
    up, across = (grid.ravel() for grid in np.indices(found.regime.shape))
    columns = {**_ends(found.across, across), **_ends(found.up, up)}
    columns["regime"] = found.regime.ravel()
    for name in ("mean", "low", "high", "level", "states", "better", "worse"):
        columns[name] = getattr(found, name).ravel()
    columns["goes_both_ways"] = found.mixed.ravel()
    columns["p_no_difference"] = found.differs.ravel()
    columns["p_difference_that_matters"] = found.same.ravel()
    return columns


def _ends(axis: Axis, cells: np.ndarray) -> dict[str, np.ndarray]:
    lows, highs = np.array(axis.lows)[cells], np.array(axis.highs)[cells]
    if axis.by_value:
        return {axis.name: lows}
    return {f"{axis.name}, from": lows, f"{axis.name}, to": highs}


def _cells(found: RegimeMap, results: Results, name: str) -> Table:
    pairs = found.pairs
    unit = of_outcome(pairs.outcome, results.experiment.scenario)
    title = (
        f"{pairs.second} against {pairs.first}, cell by cell: {unit}, difference and 90% interval"
    )
    headings = {
        "mean": "difference",
        "level": f"under {pairs.first}",
        "better": "states better",
        "worse": "states worse",
        "p_no_difference": "p: no difference",
        "p_difference_that_matters": "p: one that matters",
    }
    return Table(name, title, columns_of(_columns(found), headings, {"mean": ("low", "high")}))


def _shares(found: RegimeMap, name: str) -> Table:
    pairs = found.pairs
    columns: dict[str, Any] = {
        "regime": np.array([share.regime for share in found.shares]),
        "cells": np.array([share.cells for share in found.shares]),
        "shown": np.array([100 * share.shown for share in found.shares]),
        "by_means": np.array([100 * share.estimate for share in found.shares]),
        "low": np.array([100 * share.interval[0] for share in found.shares]),
        "high": np.array([100 * share.interval[1] for share in found.shares]),
    }
    title = f"{pairs.second} against {pairs.first}: how many of the states of the world are what"
    headings = {
        "regime": "what",
        "shown": "shown, % of states",
        "by_means": "by the means alone, % of states",
    }
    ends = {"by_means": ("low", "high")}
    return Table(name, title, columns_of(columns, headings, ends))
