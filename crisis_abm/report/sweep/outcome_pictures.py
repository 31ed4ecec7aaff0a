"""Pictures of what a sweep came to: by setting, in every outcome, in every state of the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from crisis_abm.experiment import Results
from crisis_abm.experiment.findings.outcome_tables import (
    Found,
    Spread,
    best_setting,
    complete_pairs,
)
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import amount, of_outcome
from crisis_abm.report.sections import Picture
from crisis_abm.report.style import DARK, GREY, RECIPROCAL, SILOED, aside, dress, new_figure
from crisis_abm.report.sweep.about import as_difference, in_columns, size, titled
from crisis_abm.report.words import counted, spans
from crisis_abm.report.words import figure as figure_text

MOST_SETTINGS = 24
FURTHEST = 150.0  # per cent: what lies beyond is drawn at the edge, and written


@dataclass(frozen=True)
class Shown:
    """What the section on outcomes is about.

    Attributes
    ----------
    results : Results
    labels : sequence of str
        Of the settings.
    tables : mapping of str to Found
    headline : str
        The outcome that is looked at first.
    """

    results: Results
    labels: Sequence[str]
    tables: Mapping[str, Found]
    headline: str

    @property
    def about(self) -> Found:
        """The headline outcome."""
        return self.tables[self.headline]

    @cached_property
    def second(self) -> int:
        """The setting that is compared with the first, where there is one."""
        if len(self.labels) == 1:
            return 0
        return best_setting(self.results.values(self.headline), self.about.direction)

    @cached_property
    def over(self) -> str:
        """The states of the world, and crises in each, that have a result under every setting."""
        kept = complete_pairs(self.results.values(self.headline))
        if kept.all():
            return size(self.results.experiment)
        crises = kept.sum(axis=1)
        states, most = int((crises > 0).sum()), int(crises.max())
        few = "" if (crises[crises > 0] == most).all() else "up to "
        return (
            f"{states:,} of {counted(len(kept), 'state of the world', 'states of the world')}, "
            f"{few}{counted(most, 'crisis', 'crises')} each"
        )


def outcome_pictures(shown: Shown) -> list[Picture]:
    """The pictures that make sense of these results."""
    found = []
    if len(shown.labels) > 1:
        found = [_of_settings(shown), _of_states(shown)]
        if len(shown.tables) > 1:
            found.insert(1, _of_outcomes(shown))
    return found


def spread_cells(spread: Spread) -> dict[str, float]:
    """A mean with its interval and its band over states, as columns; NaN where there is none."""
    nothing = (float("nan"), float("nan"))
    low, high = spread.interval or nothing
    band = spread.band or nothing
    return {
        "mean": spread.mean,
        "interval_low": low,
        "interval_high": high,
        "band_low": band[0],
        "band_high": band[1],
    }


def _line(axes: Any, at: float, row: Mapping[str, Any], tint: str, hollow: bool = False) -> None:
    """A mean, its interval (thick) and its band (thin), lying."""
    axes.plot([row["band_low"], row["band_high"]], [at, at], color=tint, linewidth=1.6)
    ends = [row["interval_low"], row["interval_high"]]
    axes.plot(ends, [at, at], color=tint, linewidth=6, solid_capstyle="butt")
    axes.plot(
        row["mean"],
        at,
        "o",
        markersize=9,
        markerfacecolor="white" if hollow else tint,
        markeredgecolor=tint,
        markeredgewidth=2,
        zorder=3,
        clip_on=False,
    )


def _rows_of(axes: Any, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(-0.7, len(labels) - 0.3)
    axes.margins(x=0.06)


NOTE = "Thick: 90% interval of the mean. Thin: 80% of the states of the world."


# ------------------------------------------------------------------ settings


def _of_settings(shown: Shown) -> Picture:
    about = shown.about
    order = np.argsort([spread.mean for spread in about.settings], kind="stable")[:MOST_SETTINGS]
    if 0 not in order:
        order = np.append(order[:-1], 0)
    rows = [{"setting": shown.labels[s], **spread_cells(about.settings[s])} for s in order]
    what = of_outcome(shown.headline, shown.results.experiment.scenario)
    title = _versus(shown)
    text = f"Mean, interval and band of {what} by setting. {titled(title)}."
    return Picture("settings", text, partial(_draw_settings, shown, rows, title), in_columns(rows))


def _versus(shown: Shown) -> str:
    """The finding on the headline outcome, short enough for a title."""
    labels, second = shown.labels, shown.second
    scenario = shown.results.experiment.scenario
    spread = shown.about.contrasts[second - 1].spread
    what = of_outcome(shown.headline, scenario)
    if (spread.interval or spread.alike) is not None and not spread.shown:
        return f"{labels[second]} against {labels[0]}: no difference in {what} that is shown"
    told = amount(as_difference(spread), shown.headline, scenario, labels[0])
    return f"{labels[second]} came to {told}"


def _draw_settings(shown: Shown, rows: list[dict[str, Any]], title: str) -> Any:
    drawing, axes = new_figure(titled(title), f"{NOTE} Over {shown.over}.")
    tints = {shown.labels[0]: SILOED, shown.labels[shown.second]: RECIPROCAL}
    for at, row in enumerate(reversed(rows)):
        _line(axes, at, row, tints.get(row["setting"], GREY))
        aside(axes, at, figure_text(row["mean"]))
    _rows_of(axes, [row["setting"] for row in reversed(rows)])
    dress(axes, grid="x")
    axes.set_xlabel(of_outcome(shown.headline, shown.results.experiment.scenario), fontsize=13)
    return drawing


# ------------------------------------------------------------------ all outcomes


def _of_outcomes(shown: Shown) -> Picture:
    rows = []
    for name, found in shown.tables.items():
        first, contrast = found.settings[0].mean, found.contrasts[shown.second - 1]
        if first == 0 and contrast.spread.mean == 0:
            continue
        ends = spread_cells(contrast.spread)
        percent = {
            key: 100 * value / abs(first) if first else np.nan for key, value in ends.items()
        }
        gain = int(np.sign(contrast.spread.mean)) * found.direction
        rows.append(
            {
                "outcome": OUTCOMES[name].title,
                "first": first,
                "second": found.settings[shown.second].mean,
                **{f"{key}_percent": value for key, value in percent.items()},
                "effect": _verdict(gain, contrast.spread),
            }
        )
    second, base = shown.labels[shown.second], shown.labels[0]
    counts = {word: sum(row["effect"] == word for row in rows) for word in ("better", "worse")}
    judged = sum(1 for found in shown.tables.values() if found.direction)
    title = (
        f"{second} against {base}: of {judged} outcomes that are better or worse, "
        f"{counts['better']} shown better, {counts['worse']} shown worse"
    )
    text = f"The paired difference in every outcome, in per cent of {base}. {titled(title)}."
    draw = partial(_draw_outcomes, shown, rows, title)
    return Picture("all_outcomes", text, draw, in_columns(rows))


def _verdict(gain: int, spread: Spread) -> str:
    if not spread.shown:
        return "not shown"
    return {1: "better", -1: "worse", 0: "neither"}[gain]


TINTS = {"better": RECIPROCAL, "worse": SILOED, "neither": DARK, "not shown": GREY}


def _draw_outcomes(shown: Shown, rows: list[dict[str, Any]], title: str) -> Any:
    drawing, axes = new_figure(titled(title), f"{NOTE} Over {shown.over}.")
    base = shown.labels[0]
    for at, row in enumerate(reversed(rows)):
        aside(axes, at, f"{figure_text(row['first'])} → {figure_text(row['second'])}")
        if not row["first"]:
            continue
        keys = ("mean", "interval_low", "interval_high", "band_low", "band_high")
        ends = {key: float(np.clip(row[f"{key}_percent"], -FURTHEST, FURTHEST)) for key in keys}
        _line(axes, at, ends, TINTS[row["effect"]], hollow=row["effect"] == "worse")
        if abs(row["mean_percent"]) > FURTHEST:
            text, side = f"{row['mean_percent']:+,.0f}%", -np.sign(row["mean_percent"])
            axes.annotate(
                text,
                (ends["mean"], at),
                xytext=(14 * side, 0),
                textcoords="offset points",
                ha="right" if side < 0 else "left",
                va="center",
                fontsize=11,
            )
    axes.axvline(0, color="#555", linewidth=1)
    _rows_of(axes, [row["outcome"] for row in reversed(rows)])
    dress(axes, grid="x")
    axes.set_xlabel(
        f"difference, % of what it is under {base}\n"
        "blue: better; orange, hollow: worse; black: neither is better; grey: not shown",
        fontsize=12,
    )
    axes.text(1.02, 1.01, "from → to", transform=axes.transAxes, fontsize=11, color="#555")
    return drawing


def _of_states(shown: Shown) -> Picture:
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
