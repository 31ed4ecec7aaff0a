"""Pictures of how sure a mean gets with more replicates, and an index with more samples."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from crisis_abm.experiment import Results
from crisis_abm.experiment.findings.convergence import PRECISION, Convergence, subsets
from crisis_abm.experiment.findings.outcome_tables import Series
from crisis_abm.experiment.findings.sobol import Stage, stages
from crisis_abm.experiment.findings.two_way_bootstrap import (
    half_width,
    kept_states,
    rows_drawn_together,
)
from crisis_abm.experiment.states import ALL_RUNS
from crisis_abm.report.effect_words import how_often
from crisis_abm.report.sections import Picture
from crisis_abm.report.style import DARK, GREY, OTHERS, RECIPROCAL, SILOED, dress, new_figure
from crisis_abm.report.sweep.factor_panels import under
from crisis_abm.report.sweep.words import in_columns, titled
from crisis_abm.report.words import counted, span, unit
from crisis_abm.report.words import figure as figure_text

__all__ = ["growing_indices", "growing_replicates", "how_far_known"]

FURTHEST = 20  # times the replicates that there are: as far as the picture goes
MOST_LINES = 6
TICKS = (2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


def growing_replicates(results: Results, one: Series, about: Convergence, outcome: str) -> Picture:
    """The 90% interval of a mean by the number of replicates, those run and more."""
    together = rows_drawn_together(results.experiment)
    kept, replicates = kept_states(one.values, together), about.parts.replicates
    reach = 2 * replicates
    for need in (about.sign, about.precise):
        if need is not None and need.replicates is not None:
            reach = max(reach, min(2 * need.replicates, FURTHEST * replicates))
    numbers = np.unique(np.geomspace(2, max(reach, 4), 60).round().astype(int))
    numbers = np.union1d(numbers, [replicates])
    width = half_width(about.parts, about.parts.units, numbers)
    run = numbers < replicates
    low, high = np.full(len(numbers), np.nan), np.full(len(numbers), np.nan)
    low[run], high[run] = subsets(kept, numbers[run], results.experiment.seed)
    columns = {
        "replicates": numbers,
        "interval_low": about.mean - width if one.against else np.maximum(about.mean - width, 0.0),
        "interval_high": about.mean + width,
        "subsets_low": low,
        "subsets_high": high,
    }
    title = _title(one, about, outcome)
    text = f"The mean with its 90% interval by the number of replicates. {titled(title)}."
    what = unit(outcome, results.experiment.scenario)
    label = what if one.name == ALL_RUNS else f"{what}: {one.name}"
    draw = partial(_draw_replicates, about, columns, title, label)
    return Picture("replicates_enough", text, draw, columns)


def _title(one: Series, about: Convergence, outcome: str) -> str:
    what = under(one, outcome)
    if about.alike is not None:
        return f"{what}: {figure_text(about.alike.figure)} {how_often(about.alike)}"
    text = f"{what}: {how_far_known(one, about)}"
    if about.half_width >= abs(about.mean):
        return f"{text}, too few to be sure of the sign"
    relative = about.half_width / abs(about.mean)
    return f"{text}, known to {relative:.0%}"


def how_far_known(one: Series, about: Convergence) -> str:
    """A mean with half of its interval, or the range where that would reach below nothing."""
    text = f"{figure_text(about.mean)} ± {figure_text(about.half_width)}"
    if not one.against and about.half_width > about.mean:
        text = span(0.0, about.mean + about.half_width, about.mean)
    return f"{text} with {counted(about.parts.replicates, 'crisis', 'crises')}"


def _draw_replicates(
    about: Convergence, columns: dict[str, np.ndarray], title: str, label: str
) -> Any:
    note = "Band: 90% interval with so many replicates, from the spread measured. Bars: 90% of the "
    note += "subsets of those that were run."
    figure, axes = new_figure(titled(title), note)
    numbers, now = columns["replicates"], about.parts.replicates
    low, high = columns["interval_low"], columns["interval_high"]
    done, later = numbers <= now, numbers >= now
    axes.fill_between(numbers[done], low[done], high[done], color=RECIPROCAL, alpha=0.3, lw=0)
    axes.fill_between(numbers[later], low[later], high[later], color=RECIPROCAL, alpha=0.12, lw=0)
    axes.axhline(about.mean, color=RECIPROCAL, linewidth=2)
    axes.vlines(
        numbers,
        columns["subsets_low"],
        columns["subsets_high"],
        color=DARK,
        linewidth=2.5,
        alpha=0.7,
    )
    axes.axhline(0, color="#555", linewidth=1)
    axes.axvline(now, color=GREY, linewidth=1.2)
    axes.annotate(
        f" {counted(now, 'replicate')} run", (now, 1), xycoords=("data", "axes fraction"),
        va="top", fontsize=12, color="#555",
    )  # fmt: skip
    for end in (1 - PRECISION, 1 + PRECISION):
        axes.axhline(end * about.mean, color=SILOED, linewidth=1.2, linestyle="--")
    axes.annotate(
        f"± {PRECISION:.0%}", (1, about.mean + PRECISION * abs(about.mean)),
        xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=12, color=SILOED,
    )  # fmt: skip
    if about.drawn:
        floor = float(half_width(about.parts, about.parts.units, 10**9))
        for end in (about.mean - floor, about.mean + floor):
            axes.axhline(end, color=RECIPROCAL, linewidth=1, linestyle=":")
        axes.annotate(
            "with any number of replicates, in as many states ", (1, about.mean - floor),
            xycoords=("axes fraction", "data"), ha="right", va="top", fontsize=11, color=RECIPROCAL,
        )  # fmt: skip
    _window(axes, about, low, high, int(np.searchsorted(numbers, min(3, now))))
    axes.set_xscale("log")
    axes.set_xlim(1.95, numbers[-1])
    ticks = [n for n in TICKS if n <= numbers[-1] and abs(np.log(n / now)) > 0.15] + [now]
    axes.set_xticks(ticks, [f"{n:,}" for n in ticks])
    axes.minorticks_off()
    dress(axes, label)
    axes.set_xlabel("replicates", fontsize=13)
    return figure


def _window(axes: Any, about: Convergence, low: np.ndarray, high: np.ndarray, first: int) -> None:
    """What two replicates cannot tell need not be seen whole; zero is, where it is near."""
    least = 1.5 * PRECISION * abs(about.mean) or 1.0
    bottom = min(float(low[first]), about.mean - least)
    top = max(float(high[first]), about.mean + least)
    if about.mean > 0 and bottom < 0.6 * (top - bottom):
        bottom = min(bottom, 0.0)
    if about.mean < 0 and -top < 0.6 * (top - bottom):
        top = max(top, 0.0)
    margin = 0.1 * (top - bottom)
    axes.set_ylim(bottom - margin, top + margin)


# ------------------------------------------------------------------ samples of Sobol


def growing_indices(results: Results, one: Series, outcome: str) -> list[Picture]:
    """Total indices by the number of base points, if there are stages to compare."""
    experiment = results.experiment
    names, second_order = experiment.points.sampled, experiment.design.second_order
    found = stages(one.values, names, second_order, experiment.seed)
    found = [stage for stage in found if not stage.indices.why_not]
    if len(found) < 2:
        return []
    rows = [
        {
            "base_points": stage.base,
            "factor": stage.indices.names[k],
            "total": stage.indices.total[k],
            "total_width": stage.indices.total_width[k],
            "first": stage.indices.first[k],
            "first_width": stage.indices.first_width[k],
        }
        for stage in found
        for k in found[-1].indices.order
    ]
    last = found[-1]
    change = np.abs(last.indices.total - found[-2].indices.total).max()
    title = (
        f"{under(one, outcome)}: doubling the base points to {last.base:,} moved no total index by "
        f"more than {change:.2f}; the least sure is known to ± {last.indices.total_width.max():.2f}"
    )
    text = f"Total index of each factor by the number of base points. {titled(title)}."
    draw = partial(_draw_indices, found, title)
    return [Picture("samples_enough", text, draw, in_columns(rows))]


def _draw_indices(found: list[Stage], title: str) -> Any:
    note = "Total indices from the first so many base points; lines: 90% intervals."
    figure, axes = new_figure(titled(title), note)
    order = found[-1].indices.order[:MOST_LINES]
    tints = [RECIPROCAL, SILOED, *OTHERS]
    base = np.array([stage.base for stage in found])
    last = np.inf
    for row, (k, tint) in enumerate(zip(order, tints, strict=False)):
        total = np.array([stage.indices.total[k] for stage in found])
        width = np.array([stage.indices.total_width[k] for stage in found])
        beside = base * 1.02 ** (row - (len(order) - 1) / 2)
        axes.errorbar(beside, total, yerr=width, fmt="o-", color=tint, markersize=8, linewidth=2)
        last = min(float(total[-1]), last - 0.05)
        axes.annotate(
            found[-1].indices.names[k], (beside[-1], last), xytext=(14, 0),
            textcoords="offset points", va="center", fontsize=12, color=tint, annotation_clip=False,
        )  # fmt: skip
    axes.axhline(0, color="#555", linewidth=1)
    axes.set_xscale("log")
    axes.set_xticks(base, [f"{n:,}" for n in base])
    axes.minorticks_off()
    dress(axes, "total index, part of the variance")
    axes.set_xlabel("base points (samples)", fontsize=13)
    return figure
