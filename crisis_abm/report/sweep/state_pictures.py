"""The picture of every state of the world: how much a setting changes an outcome in each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.report.effect_words import of_outcome
from crisis_abm.report.sections import Picture
from crisis_abm.report.style import DARK, GREY, RECIPROCAL, SILOED, dress, new_figure
from crisis_abm.report.sweep.words import titled
from crisis_abm.report.words import spans

if TYPE_CHECKING:
    from crisis_abm.report.sweep.outcome_pictures import Shown

__all__ = ["of_states"]


def of_states(shown: Shown) -> Picture:
    """Paired differences in order, each with its interval."""
    contrast = shown.about.contrasts[shown.second - 1]
    states = contrast.states
    order = np.argsort(states.mean, kind="stable")
    columns = {
        "state": states.world[order],
        "difference": states.mean[order],
        "interval_low": states.low[order],
        "interval_high": states.high[order],
        "shown": states.shown[order],
    }
    second, base = shown.labels[shown.second], shown.labels[0]
    what = of_outcome(shown.headline, shown.results.experiment.scenario)
    direction = shown.about.direction
    good, bad = ("better", "worse") if direction else ("more", "less")
    sign, count = direction or 1, len(order)
    title = (
        f"{second} against {base}, state by state: {good} in {contrast.count(sign):,} of {count:,}"
        f", {bad} in {contrast.count(-sign):,}"
    )
    if states.low.size and not np.isnan(states.low).all():
        title += f" (shown in {contrast.count_shown(sign):,} and {contrast.count_shown(-sign):,})"
    text = (
        f"The paired difference in {what} in every state of the world, in order. {titled(title)}."
    )
    draw = partial(_draw_states, shown, columns, title, what)
    return Picture("states", text, draw, columns)


def _draw_states(shown: Shown, columns: dict[str, np.ndarray], title: str, what: str) -> Any:
    experiment, direction = shown.results.experiment, shown.about.direction
    note = f"Dot: one state of the world, mean of {experiment.replicates} crises; line: 90% "
    note += "interval of that. Hollow: the interval holds zero."
    if experiment.replicates == 1:
        note = "A dot: one state of the world, one crisis."
    drawing, axes = new_figure(titled(title), note)
    at, means = np.arange(1, len(columns["state"]) + 1), columns["difference"]
    sides = np.sign(means) * (direction or 1)
    tints = {1: RECIPROCAL, -1: SILOED, 0: GREY} if direction else {1: DARK, -1: DARK, 0: GREY}
    edge = 7.0 if len(at) <= 150 else 3.5
    for side, tint in tints.items():
        here = sides == side
        axes.vlines(
            at[here], columns["interval_low"][here], columns["interval_high"][here], color=tint,
            linewidth=edge / 3, alpha=0.6,
        )  # fmt: skip
        for sure in (True, False):
            some = here & ((columns["shown"] != 0) == sure)
            face = tint if sure else "white"
            axes.plot(
                at[some], means[some], "o", markersize=edge, markerfacecolor=face,
                markeredgecolor=tint, linestyle="",
            )  # fmt: skip
    axes.axhline(0, color="#555", linewidth=1)
    low, high = float(means.min()), float(means.max())
    if low * high >= 0:  # far from zero or not, zero is what counts
        axes.set_ylim(*sorted((0.0, 1.06 * (low if abs(low) > abs(high) else high) or 1.0)))
        axes.margins(y=0.05)
    second, base = shown.labels[shown.second], shown.labels[0]
    dress(axes, f"{what}: {second} − {base}")
    axes.set_xlabel(f"{len(at):,} states of the world, in order of the difference", fontsize=13)
    spread = shown.about.contrasts[shown.second - 1].spread
    if spread.band is not None:
        axes.axhspan(*spread.band, color="#000", alpha=0.04, linewidth=0)
        text = f"80% of the states: {spans(spread.band)}"
        axes.annotate(text, (1, spread.band[0]), xycoords=("axes fraction", "data"), ha="right",
                      va="bottom", fontsize=11, color="#555")  # fmt: skip
    return drawing
