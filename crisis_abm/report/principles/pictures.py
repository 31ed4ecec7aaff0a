"""Pictures of an attribution: what each principle brings, and all combinations in order."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import partial
from typing import Any

from crisis_abm.analysis.attribution import COMBINATIONS, Attribution
from crisis_abm.report.effect_words import covers, is_better, is_worse, of_outcome
from crisis_abm.report.finding import caveat
from crisis_abm.report.principles.tables import worst_first
from crisis_abm.report.principles.words import ALL, floor, headline, levers_on
from crisis_abm.report.style import DARK, GREY, RECIPROCAL, SILOED, dress, new_figure
from crisis_abm.report.words import figure as figure_text
from crisis_abm.report.words import signed
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import band
from crisis_abm.scenario import LEVERS

__all__ = ["principles_figures"]

EFFECTS = (("share", "share of the whole"), ("alone", "alone"), ("last", "added last"))


def principles_figures(result: Attribution) -> dict[str, Callable[[], Any]]:
    """What draws each picture, by name."""
    return {
        "principles": partial(_effects, result),
        "combinations": partial(_combinations, result),
    }


def _tint(effect: Difference, outcome: str, least: float) -> str:
    if abs(effect.mean) < least:
        return GREY
    if is_better(effect, outcome):
        return RECIPROCAL
    return SILOED if is_worse(effect, outcome) else GREY


def _effects(result: Attribution) -> Any:
    note = f"Thick: 90% interval of the mean ({covers(result.scenario)[10:]})."
    note += f" Thin: 80% of crises. {caveat(result.scenario)}"
    figure, axes = new_figure(
        textwrap.shorten(headline(result), 240, placeholder=" …"), note.strip()
    )
    labels, places, least = [], [], floor(result)
    for row, one in enumerate(reversed(result.effects())):
        for k, (effect, told) in enumerate(EFFECTS):
            at = 4 * row + 2 - k
            _line(axes, at, getattr(one, effect), result.outcome, least)
            labels.append(f"{one.name}, {told}" if k == 0 else told)
            places.append(at)
    axes.axvline(0, color="#555", linewidth=1)
    axes.set_yticks(places, labels)
    for label in axes.get_yticklabels()[::3]:
        label.set_fontweight("bold")
    axes.margins(x=0.08)
    dress(axes, grid="x")
    axes.set_xlabel(
        f"change in {of_outcome(result.outcome, result.scenario)}   "
        "(blue: better, orange: worse, grey: next to nothing, or not shown)",
        fontsize=13,
    )
    return figure


def _line(axes: Any, at: float, effect: Difference, outcome: str, least: float) -> None:
    tint = _tint(effect, outcome, least)
    axes.plot(effect.band, [at, at], color=tint, linewidth=1.6, solid_capstyle="butt")
    ends = effect.interval or (effect.mean, effect.mean)
    axes.plot(ends, [at, at], color=tint, linewidth=6, solid_capstyle="butt")
    axes.plot(effect.mean, at, "o", markersize=9, color=tint, zorder=3)
    axes.annotate(
        signed(effect.mean),
        (1.01, at),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=11,
        color=tint,
        annotation_clip=False,
    )


def _combinations(result: Attribution) -> Any:
    """All combinations from worst to best; below each the principles that are on."""
    means = result.values.mean(axis=0)
    order = worst_first(result)
    note = f"Dots: mean of {result.replicates} crises. Lines: 80% of them. "
    note += "Below: a filled dot is a principle that is on."
    title = (
        f"All {COMBINATIONS} combinations: from {figure_text(float(means.max()))} "
        f"({levers_on(int(order[0]))}) to {figure_text(float(means.min()))} "
        f"({levers_on(int(order[-1]))})"
    )
    figure, (axes, matrix) = new_figure(title, f"{note} {caveat(result.scenario)}".strip(), rows=2)
    axes.get_gridspec().set_height_ratios([3.2, 1])
    whole = len(means) - 1
    for at, mask in enumerate(order.tolist()):
        colour = {0: SILOED, whole: RECIPROCAL}.get(mask, DARK)
        axes.plot([at, at], band(result.values[:, mask]), color=colour, linewidth=2, alpha=0.6)
        axes.plot(at, means[mask], "o", color=colour, markersize=9, clip_on=False, zorder=3)
        if mask in (0, whole):
            name = "none" if mask == 0 else ALL
            axes.annotate(
                f"{name} {figure_text(float(means[mask]))}",
                (at, band(result.values[:, mask])[1]),
                xytext=(0, 8),
                textcoords="offset points",
                ha="center",
                color=colour,
                fontsize=13,
                fontweight="bold",
            )
        on = [i for i in range(len(LEVERS)) if mask >> i & 1]
        off = [i for i in range(len(LEVERS)) if not mask >> i & 1]
        matrix.plot([at] * len(off), off, "o", color="#DDDDDD", markersize=8)
        matrix.plot([at] * len(on), on, "o", color=colour, markersize=8)
    axes.set_xlim(-0.8, len(means) - 0.2)
    matrix.set_xlim(-0.8, len(means) - 0.2)
    axes.set_xticks([])
    axes.set_ylim(bottom=min(0.0, float(means.min())))
    matrix.set_xticks([])
    matrix.set_yticks(range(len(LEVERS)), LEVERS)
    matrix.invert_yaxis()
    dress(axes, of_outcome(result.outcome, result.scenario))
    dress(matrix, grid="")
    matrix.spines[["left", "bottom"]].set_visible(False)
    return figure
