"""The picture of adoption: harm against calls, in the best order found and in random orders."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from crisis_abm.analysis.coalition.adoption import Adoption
from crisis_abm.report.coalition.words import headline
from crisis_abm.report.effect_words import is_better, is_worse, of_outcome
from crisis_abm.report.finding import caveat
from crisis_abm.report.style import DARK, GREY, RECIPROCAL, SILOED, dress, new_figure
from crisis_abm.report.words import signed
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import BAND

__all__ = ["coalition_figures"]

NAMED = 12  # first calls


def coalition_figures(result: Adoption) -> dict[str, Callable[[], Any]]:
    """What draws each picture, by name."""
    return {"adoption": partial(_adoption, result), "first_calls": partial(_first, result)}


def _note(result: Adoption) -> str:
    orders = result.random.shape[0] * result.random.shape[1]
    text = f"Lines: mean of {result.replicates} crises. Shaded: 80% of them"
    return f"{text} (and of {orders} random orders). {caveat(result.scenario)}".strip()


def _title(result: Adoption) -> str:
    return textwrap.shorten(headline(result), 240, placeholder=" …")


def _adoption(result: Adoption) -> Any:
    figure, axes = new_figure(_title(result), _note(result))
    random = result.random.reshape(-1, len(result.random_points))
    curves = (
        ("random order", GREY, result.random_points, random),
        ("best order found", RECIPROCAL, result.points, result.best),
    )
    for name, colour, points, values in curves:
        low, high = np.quantile(values, BAND, axis=0)
        axes.fill_between(points, low, high, color=colour, alpha=0.18, linewidth=0)
        mean = values.mean(axis=0)
        axes.plot(points, mean, "o-", color=colour, linewidth=2.4, markersize=4, clip_on=False)
        at = len(points) // 2
        axes.annotate(
            name,
            (points[at], mean[at]),
            xytext=(0, 12),
            textcoords="offset points",
            ha="center",
            color=colour,
            fontsize=14,
            fontweight="bold",
        )
    _mark_tipping(result, axes)
    count = len(result.units)
    axes.set_xlim(0, max(1, count))
    axes.set_ylim(bottom=min(0.0, float(result.best.min())))
    places = np.unique(np.linspace(0, count, min(count, 10) + 1).round().astype(int))
    axes.set_xticks(places, [f"{calls}\n{calls / max(1, count):.0%}" for calls in places])
    what = {"organisation": "organisations", "group": "kinds in areas"}.get(
        result.by, f"{result.by}s"
    )
    axes.set_xlabel(f"{what} called, and their share; the others {result.otherwise}", fontsize=13)
    dress(axes, of_outcome(result.outcome, result.scenario))
    return figure


def _mark_tipping(result: Adoption, axes: Any) -> None:
    step = result.tipping()
    if step is None or not step.tips:
        return
    calls = int(result.points[step.at + 1])
    height = float(result.best[:, step.at + 1].mean())
    axes.annotate(
        f"tipping point: call {calls},\n{result.called(calls)[-1].title}",
        (calls, height),
        xytext=(26, 36),
        textcoords="offset points",
        fontsize=12,
        color=DARK,
        arrowprops={"arrowstyle": "-", "color": DARK},
    )


def _tint(step: Difference, outcome: str) -> str:
    if is_better(step, outcome):
        return RECIPROCAL
    return SILOED if is_worse(step, outcome) else GREY


def _first(result: Adoption) -> Any:
    """What each of the first calls changes, by name."""
    note = "Bars: what the call changes, mean; lines: 90% interval. Calls work in this order."
    figure, axes = new_figure(_title(result), f"{note} {caveat(result.scenario)}".strip())
    rows = min(NAMED, len(result.points) - 1)
    labels = []
    for k in range(rows):
        step, calls = result.step(k), int(result.points[k + 1])
        colour = _tint(step, result.outcome)
        axes.barh(k, step.mean, color=colour, alpha=0.75, height=0.62)
        axes.plot(step.interval or (step.mean,) * 2, [k, k], color=DARK, linewidth=2)
        unit = result.called(calls)[-1]
        labels.append(f"{calls}. {unit.title}")
        axes.annotate(
            f"{signed(step.mean)}, in all {signed(result.gain(calls).mean)}",
            (1.01, k),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=11,
            annotation_clip=False,
        )
    axes.set_yticks(range(rows), labels)
    axes.invert_yaxis()
    axes.axvline(0, color="#555", linewidth=1)
    axes.margins(x=0.06)
    dress(axes, grid="x")
    what = of_outcome(result.outcome, result.scenario)
    axes.set_xlabel(f"change in {what} that the call brings, after those above it", fontsize=13)
    return figure
