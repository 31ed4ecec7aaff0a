"""Pictures of a comparison: harm per day, the difference as it adds up, every outcome."""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.comparison.columns import daily_harm
from crisis_abm.report.finding import caveat, headline, how_far, what_interval_covers
from crisis_abm.report.style import GREY, colours, dress, new_figure, time_axis
from crisis_abm.report.words import figure as figure_text
from crisis_abm.runs import Comparison
from crisis_abm.runs.statistics import BAND

__all__ = ["difference_figure", "harm_per_day", "outcomes_figure"]

FURTHEST = 150.0  # per cent: what lies beyond is written, not drawn to scale


def _title(result: Comparison, asked: int | None = None) -> str:
    text = headline(result) if asked is None else how_far(result, asked)
    return text[0].upper() + text[1:]


def _note(result: Comparison, text: str) -> str:
    return " ".join(part for part in (text, caveat(result.scenario)) if part)


def _label_ends(axes: Any, x: float, ends: dict[str, float], colour: dict[str, str]) -> None:
    """Write names beside the ends of lines, far enough from each other to be read."""
    low, high = axes.get_ylim()
    apart, at = 0.045 * (high - low), -np.inf
    for name in sorted(ends, key=lambda name: ends[name]):
        at = max(ends[name], at + apart)
        axes.annotate(
            name,
            (x, at),
            xytext=(8, 0),
            textcoords="offset points",
            color=colour[name],
            fontsize=14,
            fontweight="bold",
            va="center",
            annotation_clip=False,
        )


def harm_per_day(result: Comparison) -> Any:
    """Harm by tick under each policy."""
    harm, scenario = daily_harm(result), result.scenario
    note = f"Lines: mean of {result.replicates} replicates. Shaded: 80% of them lie there."
    figure, axes = new_figure(_title(result), _note(result, note))
    time = time_axis(axes, scenario, harm.shape[2])
    colour, ends = colours(result.policies), {}
    for row, policy in enumerate(result.policies):
        mean = harm[:, row].mean(axis=0)
        low, high = np.quantile(harm[:, row], BAND, axis=0)
        axes.fill_between(time, low, high, color=colour[policy], alpha=0.18, linewidth=0)
        axes.plot(time, mean, color=colour[policy], linewidth=2.4)
        ends[policy] = float(mean[-1])
    axes.set_xlim(time[0], time[-1])
    axes.set_ylim(bottom=0)
    dress(axes, f"{scenario.harm_unit} per {scenario.time.unit}")
    _label_ends(axes, time[-1], ends, colour)
    return figure


def difference_figure(result: Comparison, asked: int | None = None) -> Any:
    """Harm so far, more or less than under the first policy.

    Parameters
    ----------
    result : Comparison
    asked : int, optional
        How many crises there will be, while some still come in: then the title is no verdict.
    """
    harm, scenario, base = daily_harm(result), result.scenario, result.policies[0]
    pairs = np.cumsum(harm[:, 1:] - harm[:, :1], axis=2)
    note = f"Lines: mean of {result.replicates} paired replicates. Shaded: 80% of them lie there."
    figure, axes = new_figure(_title(result, asked), _note(result, note))
    time = time_axis(axes, scenario, harm.shape[2])
    colour, ends = colours(result.policies), {}
    axes.axhline(0, color=colour[base], linewidth=2)
    for row, policy in enumerate(result.policies[1:]):
        low, high = np.quantile(pairs[:, row], BAND, axis=0)
        mean = pairs[:, row].mean(axis=0)
        axes.fill_between(time, low, high, color=colour[policy], alpha=0.18, linewidth=0)
        axes.plot(time, mean, color=colour[policy], linewidth=2.4)
        ends[policy] = float(mean[-1])
    axes.set_xlim(time[0], time[-1])
    dress(axes, f"{scenario.harm_unit} so far, more (+) or fewer (-) than {base}")
    _label_ends(axes, time[-1], {base: 0.0, **ends}, colour)
    return figure


def outcomes_figure(result: Comparison) -> Any:
    """Every outcome as a part of what it was under the first policy."""
    second, base = result.policies[1], result.policies[0]
    note = (
        f"Thick: 90% interval of the mean ({_covers(result)}). Thin: 80% of replicates lie there."
    )
    figure, axes = new_figure(_title(result), _note(result, note))
    colour, labels = colours(result.policies)[second], []
    rows = [name for name in OUTCOMES if _occurs(result, name)]
    for at, name in enumerate(reversed(rows)):
        first = float(result.of(name, base).mean())
        difference = result.difference(name, second)
        labels.append(OUTCOMES[name].title)
        text = f"{figure_text(first)} → {figure_text(float(result.of(name, second).mean()))}"
        axes.annotate(
            text,
            (1.02, at),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=11,
            annotation_clip=False,
        )
        if first == 0:
            axes.text(0, at, " none before", va="center", fontsize=11, color=GREY)
            continue
        ends = difference.interval or (difference.mean, difference.mean)
        percent = np.array([*difference.band, *ends])
        percent = np.clip(100 * percent / abs(first), -FURTHEST, FURTHEST)
        mean = 100 * difference.mean / abs(first)
        good = difference.mean * OUTCOMES[name].better
        tint = colour if difference.shown and good else GREY
        axes.plot(percent[:2], [at, at], color=tint, linewidth=1.6, solid_capstyle="butt")
        axes.plot(percent[2:], [at, at], color=tint, linewidth=6, solid_capstyle="butt")
        marker = "o" if abs(mean) <= FURTHEST else (">" if mean > 0 else "<")
        axes.plot(
            np.clip(mean, -FURTHEST, FURTHEST),
            at,
            marker,
            markersize=10,
            markerfacecolor=tint if good > 0 else "white",
            markeredgecolor=tint,
            markeredgewidth=2.2,
            zorder=3,
            clip_on=False,
        )
    axes.axvline(0, color="#555", linewidth=1)
    axes.set_yticks(range(len(labels)), labels)
    axes.margins(x=0.06)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    dress(axes, grid="x")
    axes.set_xlabel(
        f"{second} against {base}, % of {base}   "
        "(filled: better, hollow: worse; grey: not shown, or neither)",
        fontsize=13,
    )
    axes.text(1.02, 1.01, f"{base} → {second}", transform=axes.transAxes, fontsize=11, color="#555")
    return figure


def _covers(result: Comparison) -> str:
    return what_interval_covers(result).partition("covers ")[2]


def _occurs(result: Comparison, outcome: str) -> bool:
    return any(result.of(outcome, policy).any() for policy in result.policies[:2])
