"""The part of a report that says where one setting helps, harms or makes no difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from crisis_abm.experiment.design.states import setting_labels
from crisis_abm.experiment.findings.pairs import QuestionError, pairs_of
from crisis_abm.experiment.findings.regimes import Axis, RegimeMap, regime_map
from crisis_abm.experiment.results import Results
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import of_outcome
from crisis_abm.report.sections import Picture, Section, Table, columns_of
from crisis_abm.report.style import DARK, GREY, RECIPROCAL, SILOED, dress, new_figure
from crisis_abm.report.sweep.regime_words import (
    axis_words,
    common_words,
    headline,
    regime_words,
    sentence,
)
from crisis_abm.report.words import figure as figure_text
from crisis_abm.report.words import signed

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
    seconds: Sequence[int] | None = None,
) -> list[RegimeMap]:
    """A map for every further setting against the first.

    Parameters
    ----------
    results : Results
    outcome : str, optional
        `judged_outcome` unless said.
    factors : (str, str), optional
        Across and up; those that tell most of the first of these differences unless said.
    seconds : sequence of int, optional
        All others unless said.

    Raises
    ------
    QuestionError
        If the sweep cannot answer that.
    """
    outcome = outcome or judged_outcome(results)
    if seconds is None:
        seconds = range(1, len(setting_labels(results.settings)))
    found: list[RegimeMap] = []
    for second in seconds or [1]:
        axes = factors
        if axes is None and found:  # the same axes in every map, so that maps can be compared
            axes = (found[0].across.name, found[0].up.name)
        found_map = regime_map(pairs_of(results, outcome, 0, second), axes)
        found.append(replace(found_map, chosen=factors is not None))
    return found


def regime_section(
    results: Results,
    outcome: str | None = None,
    factors: tuple[str, str] | None = None,
    seconds: Sequence[int] | None = None,
) -> Section:
    """Maps, their numbers and what they say; parameters as of `regime_maps`.

    Where a sweep has no map to give and nobody named anything, the section says why.

    Raises
    ------
    QuestionError
        If something is named, and the sweep cannot answer that.
    """
    try:
        maps = regime_maps(results, outcome, factors, seconds)
    except QuestionError as error:
        if (outcome, factors, seconds) != (None, None, None):
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


HELPS, HARMS = RECIPROCAL, SILOED  # the house's blue and vermilion
PALE, FULL = 0.08, 0.62  # how much of the colour the least and the greatest difference have
NUMBERS = 100  # cells: with more there is no room for figures
HATCH = "#B5B5B5"
BEYOND = 0.02  # of an axis: a sample does not reach the very ends of a range
LABELS = 12  # on an axis
SMALL, LARGE = 50.0, 330.0  # marks
SUREST = 5.0  # half-widths away from zero: from here on a mark is as large as it gets


def draw_map(found: RegimeMap, outcome: str, base: dict[str, Any]) -> Any:
    """Draw a map; `outcome` is what it is called on the page, `base` the scenario's own values."""
    most = figure_text(float(np.nanmax(np.abs(found.mean), initial=0.0)))
    note = f"Figures: mean difference; darker: more of it, up to {most}. Larger marks: surer."
    if found.mixed.any():
        note += " Hatched: a tenth or more of the states there go the other way."
    figure, axes = new_figure(headline(found, outcome), note)
    rows, columns = found.regime.shape
    _tint(axes, found)
    _marks(axes, found)
    if found.regime.size <= NUMBERS:
        _figures(axes, found)
    _own_place(axes, found, base)
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(-0.5, rows - 0.5)
    dress(axes, grid="")
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    _ticks(axes.set_xticks, found.across)
    _ticks(axes.set_yticks, found.up)
    axes.set_xlabel(found.across.name, fontsize=14)
    axes.set_ylabel(found.up.name, fontsize=14)
    _legend(figure, axes, found)
    return figure


def _shade(colour: str, strength: float) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    red, green, blue = (1 - strength * (1 - channel) for channel in to_rgb(colour))
    return red, green, blue


def _tint(axes: Any, found: RegimeMap) -> None:
    from matplotlib.patches import Rectangle

    size = np.abs(found.mean)
    most = float(np.nanmax(size, initial=0.0)) or 1.0
    for row, column in np.ndindex(found.regime.shape):
        regime, tint = found.regime[row, column], _shade(DARK, 0.06)
        if regime in ("helps", "harms"):
            strength = PALE + (FULL - PALE) * size[row, column] / most
            tint = _shade(HELPS if regime == "helps" else HARMS, strength)
        elif regime in ("too few states", "no state"):
            tint = (1.0, 1.0, 1.0)
        place = (column - 0.5, row - 0.5)
        axes.add_patch(Rectangle(place, 1, 1, facecolor=tint, edgecolor="white", linewidth=1.5))
        if regime == "too few states":
            inside = (column - 0.44, row - 0.44)
            axes.add_patch(Rectangle(inside, 0.88, 0.88, fill=False, edgecolor=GREY))
        if found.mixed[row, column]:
            hatched = Rectangle(place, 1, 1, fill=False, hatch="//", edgecolor=HATCH)
            hatched.set_linewidth(0)
            axes.add_patch(hatched)


def _marks(axes: Any, found: RegimeMap) -> None:
    rows, columns = found.regime.shape
    shrunk = min(1.0, 10 / max(rows, columns / 1.4))
    lift = 0.13 if found.regime.size <= NUMBERS else 0.0
    half = (found.high - found.low) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        sure = np.where(half > 0, np.abs(found.mean) / half, SUREST)
    sizes = SMALL + (LARGE - SMALL) * np.clip((sure - 1) / (SUREST - 1), 0, 1)
    for regime, marker, colour in (("helps", "o", HELPS), ("harms", "s", HARMS)):
        at = np.argwhere(found.regime == regime)
        if not len(at):
            continue
        area = sizes[found.regime == regime] * shrunk**2
        face = "white" if regime == "helps" else colour
        axes.scatter(
            at[:, 1],
            at[:, 0] + lift,
            s=area,
            marker=marker,
            facecolor=face,
            edgecolor=colour if regime == "helps" else DARK,
            linewidth=2.4 * shrunk + 0.4 if regime == "helps" else 0.8,
            zorder=3,
        )
    for regime, sign in (("no difference", "–"), ("not sure", "?")):
        for row, column in np.argwhere(found.regime == regime):
            axes.text(
                column,
                row + lift,
                sign,
                ha="center",
                va="center",
                fontsize=max(8, 19 * shrunk),
                color=DARK,
                fontweight="bold",
            )


def _figures(axes: Any, found: RegimeMap) -> None:
    for row, column in np.argwhere(np.isfinite(found.mean)):
        text = signed(float(found.mean[row, column]))
        axes.text(
            column, row - 0.3, text, ha="center", va="center", fontsize=10.5, color=DARK, zorder=4
        )


def _own_place(axes: Any, found: RegimeMap, base: dict[str, Any]) -> None:
    """Mark where the scenario as it is written lies, if it does."""
    across, up = (_place(axis, base.get(axis.name)) for axis in (found.across, found.up))
    if across is None or up is None:
        return
    axes.plot(
        across,
        up,
        marker="*",
        markersize=17,
        markerfacecolor="#F0E442",
        markeredgecolor="black",
        linestyle="none",
        zorder=5,
        clip_on=False,
        label="the scenario as written",
    )


def _place(axis: Axis, value: Any) -> float | None:
    if isinstance(value, str | bool):
        return float(axis.lows.index(value)) if value in axis.lows else None
    if not isinstance(value, int | float):
        return None
    beyond = BEYOND * (axis.highs[-1] - axis.lows[0])
    if not axis.lows[0] - beyond <= value <= axis.highs[-1] + beyond:
        return None
    if axis.by_value:
        return float(np.interp(value, axis.lows, np.arange(len(axis))))
    ends = [(high + low) / 2 for high, low in zip(axis.highs[:-1], axis.lows[1:], strict=True)]
    return float(
        np.interp(value, [axis.lows[0], *ends, axis.highs[-1]], np.arange(len(axis) + 1) - 0.5)
    )


def _ticks(set_ticks: Any, axis: Axis) -> None:
    step = -(-len(axis) // LABELS)
    set_ticks(list(range(0, len(axis), step)), axis_words(axis)[::step])


def _legend(figure: Any, axes: Any, found: RegimeMap) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    def mark(sign: str, label: str, **how: Any) -> Any:
        return Line2D([], [], linestyle="none", marker=sign, markersize=12, label=label, **how)

    counts = {share.regime: share.cells for share in found.shares}
    shown = [
        mark(
            "o",
            f"helps ({counts['helps']})",
            markerfacecolor="white",
            markeredgecolor=HELPS,
            markeredgewidth=2.6,
        ),
        mark("s", f"harms ({counts['harms']})", color=HARMS, markeredgecolor=DARK),
        mark("$–$", f"no difference\nthat matters ({counts['no difference']})", color=DARK),
        mark("$?$", f"not sure ({counts['not sure']})", color=DARK),
    ]
    if counts["too few states"]:
        label = f"too few states ({counts['too few states']})"
        shown.append(Patch(facecolor="white", edgecolor=GREY, label=label))
    if counts["no state"]:
        shown.append(Patch(facecolor="none", label=f"blank: no state ({counts['no state']})"))
    if found.mixed.any():
        label = f"both ways ({int(found.mixed.sum())})"
        shown.append(Patch(facecolor="white", hatch="////", edgecolor=HATCH, label=label))
    shown += axes.get_legend_handles_labels()[0]
    figure.legend(
        handles=shown,
        loc="outside right center",
        frameon=False,
        fontsize=12,
        labelspacing=1.1,
        title=f"{found.pairs.second}\nagainst {found.pairs.first}\n(cells)",
        title_fontsize=13,
        alignment="left",
    )
