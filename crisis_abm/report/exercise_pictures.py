"""Pictures of an exercise: harm by tick however it was decided, and what each decision changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from crisis_abm.report.finding import caveat
from crisis_abm.report.style import DARK, GREY, RECIPROCAL, SILOED, dress, new_figure, time_axis
from crisis_abm.report.words import signed
from crisis_abm.scenario import Scenario

PLAYED = "#000000"
LINES = (("as played", PLAYED, 3.0), ("siloed", SILOED, 2.0), ("reciprocal", RECIPROCAL, 2.0))
LEAST = 1e-4  # of the largest effect: what is smaller is written as nothing
WORST, BEST = "#B2182B", "#2166AC"


def harm_figure(scenario: Scenario, daily: np.ndarray, starts: Sequence[int], title: str) -> Any:
    """Harm by tick as it was played, siloed and reciprocal, with the turns.

    Parameters
    ----------
    scenario : Scenario
    daily : ndarray, shape (3, T)
        In this order.
    starts : sequence of int
        First tick of each turn that was played, and of the next.
    title : str
    """
    figure, axes = new_figure(title, f"One crisis, the one that was played. {caveat(scenario)}")
    time = time_axis(axes, scenario, daily.shape[1])
    for (name, colour, width), harm in reversed(list(zip(LINES, daily, strict=True))):
        axes.plot(time, harm, color=colour, linewidth=width, label=name)
    axes.set_xlim(time[0], time[-1])
    axes.set_ylim(0, max(1e-9, 1.12 * float(daily.max(initial=0.0))))
    top = axes.get_ylim()[1]
    for number, tick in enumerate(starts[: daily.shape[1]], start=1):
        if tick >= len(time):
            continue
        axes.axvline(time[tick], color=GREY, linewidth=0.9, linestyle=":")
        name = f" turn {number}" if number < len(starts) else " end"
        axes.text(
            time[tick], top, name, va="top", fontsize=11, color="#555", rotation=90, ha="left"
        )
    dress(axes, f"{scenario.harm_unit} per {scenario.time.unit}")
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], frameon=False, fontsize=13, loc="upper right")
    return figure


def decisions_figure(
    scenario: Scenario, seats: Sequence[str], effects: np.ndarray, shown: np.ndarray
) -> Any:
    """What each decision changed of harm, seat by turn; in bold what is shown.

    Parameters
    ----------
    scenario : Scenario
    seats : sequence of str
        Their titles.
    effects : ndarray, shape (seats, turns)
        Mean difference; NaN where nothing was decided.
    shown : ndarray, shape (seats, turns)
        -1 and 1 where it is shown, else 0.
    """
    from matplotlib.colors import LinearSegmentedColormap

    title = f"What each decision changed: {scenario.harm_unit} more (+) or fewer (-)"
    note = "Against standing policy in its place. Bold on colour: shown; pale: may be chance. –: "
    figure, axes = new_figure(title, note + "nothing was decided.")
    most = float(np.nanmax(np.abs(effects), initial=0.0)) or 1.0
    least = LEAST * most
    shades = LinearSegmentedColormap.from_list("effects", [BEST, "#FFFFFF", WORST])
    drawn = np.where(shown != 0, effects, np.where(np.isnan(effects), np.nan, 0.15 * effects))
    axes.set_facecolor("#F4F4F4")  # shows where nothing was decided
    axes.imshow(np.ma.masked_invalid(drawn), cmap=shades, vmin=-most, vmax=most, aspect="auto")
    for row, column in np.ndindex(effects.shape):
        value = effects[row, column]
        dark = shown[row, column] and abs(value) > 0.55 * most
        axes.text(
            column,
            row,
            "–" if np.isnan(value) else signed(float(value)) if abs(value) > least else "0",
            ha="center",
            va="center",
            fontsize=13,
            fontweight="bold" if shown[row, column] else "normal",
            color="white" if dark else DARK if shown[row, column] else "#666",
        )
    axes.set_xticks(range(effects.shape[1]), [f"turn {k + 1}" for k in range(effects.shape[1])])
    axes.set_yticks(range(len(seats)), list(seats))
    axes.xaxis.tick_top()
    for edge in range(1, len(seats)):
        axes.axhline(edge - 0.5, color="white", linewidth=1.5)
    for edge in range(1, effects.shape[1]):
        axes.axvline(edge - 0.5, color="white", linewidth=1.5)
    dress(axes, grid="")
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    return figure
