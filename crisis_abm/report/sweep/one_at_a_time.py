"""One change at a time as a section of a report: a tornado of effects."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from crisis_abm.experiment import Results
from crisis_abm.experiment.findings.effects_of_values import Change, changes, largest_first
from crisis_abm.experiment.findings.outcome_tables import Series
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.sections import Picture, Section, Table, columns_of
from crisis_abm.report.sweep.about import how_to_finish, in_columns, titled, unfinished
from crisis_abm.report.sweep.sensitivity import (
    MOST_FACTORS,
    all_series,
    panel_tints,
    panels,
    share_x,
    shown_pairs,
    told,
    under,
)
from crisis_abm.report.words import signed, unit

NEAR = 0.03  # of the reach of all effects: what lies nearer to zero is not labelled

Found = dict[str, list[tuple[Series, list[Change]]]]

READING = (
    "One factor is moved at a time from the base, everything else stays: an effect is the paired "
    "difference from the base in the same crises. What two changes do together is not seen; "
    "Sobol's indices and a full factorial show it."
)


def one_at_a_time_section(results: Results) -> Section:
    """What every change does under every setting, and to the differences between settings."""
    experiment = results.experiment
    found: Found = {
        outcome: [(one, changes(experiment.points, one.values)) for one in series]
        for outcome, series in all_series(results).items()
    }
    headline = next((o for o, some in found.items() if any(_moved(c) for _, c in some)), None)
    if headline is None:
        words = ["No change moves any outcome, or no run at the base has a result."]
        return Section("sensitivity", "Sensitivity: one change at a time", words)
    shown = shown_pairs(found[headline], experiment.directions[headline])
    counted_in = unit(headline, experiment.scenario)
    words = [
        ". ".join(_finding(one, some, headline, counted_in) for one, some in shown) + ".",
        READING,
        _covers(experiment.replicates),
    ]
    if unfinished(results):
        words.append(
            f"Not complete: {unfinished(results)}; effects are over crises that both runs have. "
            f"{how_to_finish(results)}"
        )
    tables = [_table(results, found)]
    pictures = [_picture(results, shown, headline)]
    title = "Sensitivity: one change at a time"
    return Section("sensitivity", title, words, tables, pictures)


def _moved(some: list[Change]) -> bool:
    return any(abs(np.nan_to_num(one.mean)) > 0 for one in some)


def _covers(replicates: int) -> str:
    if replicates == 1:
        return "There is one crisis only, so no intervals: set replicates = 10 or more."
    return f"90% intervals cover which {replicates} crises were drawn, nothing else."


def _finding(one: Series, some: list[Change], outcome: str, counted_in: str) -> str:
    what = under(one, outcome)
    if not _moved(some):
        return f"No change moves {what}"
    parts: list[str] = []
    still: list[str] = []
    for name in largest_first(some):
        largest = _largest(some, name)
        if largest.mean == 0:
            still.append(name)
            continue
        words = f" {counted_in}" if not parts else ""
        doubt = "" if largest.shown or largest.interval is None else ", not shown"
        value = f"{_spelt(largest.base)} → {_spelt(largest.value)}"
        parts.append(f"{name} ({value}: {signed(largest.mean)}{words}{doubt})")
    text = f"What moves {what} most is {told(parts)}"
    return text + (f"; nothing is moved by {told(still)}" if still else "")


def _largest(some: list[Change], name: str) -> Change:
    own = [change for change in some if change.factor == name]
    return max(own, key=lambda change: abs(np.nan_to_num(change.mean)))


def _spelt(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _row(change: Change) -> dict[str, Any]:
    low, high = change.interval or (float("nan"), float("nan"))
    return {
        "factor": change.factor,
        "base": _spelt(change.base),
        "value": _spelt(change.value),
        "effect": change.mean,
        "interval_low": low,
        "interval_high": high,
    }


def _table(results: Results, found: Found) -> Table:
    rows = [
        {
            "outcome": OUTCOMES[outcome].title,
            "unit": unit(outcome, results.experiment.scenario),
            "of": one.name,
            **_row(change),
            "crises": change.replicates,
        }
        for outcome, some in found.items()
        for one, of_one in some
        for change in of_one
    ]
    ends = {"effect": ("interval_low", "interval_high")}
    title = "What every change does, against the base"
    return Table("one_at_a_time", title, columns_of(in_columns(rows), intervals=ends))


def _picture(results: Results, shown: list[tuple[Series, list[Change]]], outcome: str) -> Picture:
    names = largest_first(next(s for _, s in reversed(shown) if _moved(s)))[:MOST_FACTORS]
    rows = [{"of": one.name, **_row(c)} for one, some in shown for c in some if c.factor in names]
    one, some = next(pair for pair in reversed(shown) if _moved(pair[1]))
    most = _largest(some, names[0])
    change = f"{_spelt(most.base)} → {_spelt(most.value)}: {signed(most.mean)}"
    title = f"{names[0]} moves {under(one, outcome)} most ({change})"
    what = unit(outcome, results.experiment.scenario)
    text = f"What each change does, the factors by the size of it (a tornado). {titled(title)}."
    draw = partial(_draw, shown, names, title, what)
    return Picture("tornado", text, draw, in_columns(rows))


def _draw(shown: list[tuple[Series, list[Change]]], names: list[str], title: str, what: str) -> Any:
    series = [one for one, _ in shown]
    bases = {c.factor: _spelt(c.base) for c in shown[0][1]}
    note = "Bars: from the least to the greatest effect. Lines: 90% intervals. Hollow: not shown."
    labels = [f"{name}\nfrom {bases[name]}" for name in names]
    figure, axes = panels(title, note, labels, series, f"change in {what}")
    effects = [c.mean for _, some in shown for c in some if np.isfinite(c.mean)]
    reach = max(0.0, *effects) - min(0.0, *effects)
    for axis, (_, some), tint in zip(axes, shown, panel_tints(series), strict=True):
        for row, name in enumerate(reversed(names)):
            own = sorted((c for c in some if c.factor == name), key=lambda c: c.mean)
            ends = [0.0, *(c.mean for c in own if np.isfinite(c.mean))]
            axis.barh(
                row, max(ends) - min(ends), 0.5, left=min(ends), color=tint, alpha=0.25, linewidth=0
            )
            for change in own:
                _dot(axis, row, change, tint)
            _name_ends(axis, row, own, reach)
        axis.margins(x=0.2)
    share_x(axes)
    return figure


def _dot(axis: Any, row: int, change: Change, tint: str) -> None:
    if change.interval is not None:
        axis.plot(change.interval, [row, row], color=tint, linewidth=3, solid_capstyle="butt")
    face = tint if change.shown else "white"
    axis.plot(
        change.mean, row, "o", markersize=8, markerfacecolor=face, markeredgecolor=tint,
        markeredgewidth=1.8,
    )  # fmt: skip


def _name_ends(axis: Any, row: int, own: list[Change], reach: float) -> None:
    """Write the values with the least and the greatest effect beside them, if these can be seen."""
    ends = [change for change in (own[0], own[-1]) if abs(change.mean) > NEAR * reach]
    if len(ends) == 2 and ends[1].mean - ends[0].mean < 3 * NEAR * reach:
        ends = [max(ends, key=lambda change: abs(change.mean))]
    for change in ends:
        left = change.mean < 0
        low, high = change.interval or (change.mean, change.mean)
        axis.annotate(
            _spelt(change.value), (low if left else high, row),
            xytext=(-8 if left else 8, 0), textcoords="offset points",
            ha="right" if left else "left", va="center", fontsize=11,
        )  # fmt: skip
