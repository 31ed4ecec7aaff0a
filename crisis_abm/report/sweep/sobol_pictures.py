"""Pictures of Sobol's indices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from crisis_abm.experiment.findings.outcome_tables import Series
from crisis_abm.experiment.findings.sobol import Sobol
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.sections import Picture
from crisis_abm.report.style import dress, new_figure
from crisis_abm.report.sweep.factor_panels import MOST_FACTORS, panel_tints, panels, share_x, under
from crisis_abm.report.sweep.sensitivity_words import part_of_variance
from crisis_abm.report.sweep.words import in_columns, titled

__all__ = ["sobol_pictures"]

Pair = tuple[Series, Sobol]
Found = Mapping[str, Sequence[Pair]]


def sobol_pictures(found: Found, shown: Sequence[Pair], outcome: str) -> list[Picture]:
    """Indices of one outcome side by side, and the total indices of all.

    Parameters
    ----------
    found : mapping
        All indices by outcome.
    shown : sequence of (Series, Sobol)
        Those of the first picture, a panel each.
    outcome : str
        That they are of.
    """
    pictures = [_picture(shown, outcome)]
    told = sum(any(_told(indices) for _, indices in some) for some in found.values())
    if told > 1 and len(shown[0][1].names) > 1:
        pictures.append(_overview(found))
    return pictures


def _told(indices: Sobol) -> bool:
    return not indices.why_not


def _title(one: Series, indices: Sobol, outcome: str) -> str:
    """Which factor has the largest part, and whether that is sure."""
    first = indices.order[0]
    share = part_of_variance(indices.total[first], indices.total_width[first])
    text = f"{indices.names[first]} has the largest part in {under(one, outcome)}"
    return f"{text}: total index {share}"


def _picture(shown: Sequence[Pair], outcome: str) -> Picture:
    last = next(indices for _, indices in reversed(shown) if _told(indices))
    order = last.order[:MOST_FACTORS]
    rows = [
        {
            "of": one.name,
            "factor": indices.names[k],
            "first": indices.first[k],
            "first_width": indices.first_width[k],
            "total": indices.total[k],
            "total_width": indices.total_width[k],
        }
        for one, indices in shown
        for k in order
    ]
    one, indices = next(pair for pair in reversed(shown) if _told(pair[1]))
    title = _title(one, indices, outcome)
    text = f"First-order and total index of every factor, with 90% intervals. {titled(title)}."
    draw = partial(_draw, shown, order, title)
    return Picture("sobol", text, draw, in_columns(rows))


def _draw(shown: Sequence[Pair], order: np.ndarray, title: str) -> Any:
    series = [one for one, _ in shown]
    names = [shown[0][1].names[k] for k in order]
    note = "Filled: first order, alone. Hollow: total, with its interactions. Lines: 90% intervals."
    figure, axes = panels(title, note, names, series, "part of the variance")
    for axis, (_, indices), tint in zip(axes, shown, panel_tints(series), strict=True):
        if indices.why_not:
            axis.text(0.5, 0.5, indices.why_not, transform=axis.transAxes, ha="center", fontsize=12)
            continue
        at = np.arange(len(order))[::-1]
        style: dict[str, Any] = {"linestyle": "", "markersize": 9, "capsize": 0, "color": tint}
        axis.errorbar(
            indices.first[order], at + 0.13, xerr=indices.first_width[order], fmt="o",
            elinewidth=3, **style,
        )  # fmt: skip
        axis.errorbar(
            indices.total[order], at - 0.13, xerr=indices.total_width[order], fmt="o",
            elinewidth=1.6, markerfacecolor="white", markeredgewidth=2, **style,
        )  # fmt: skip
        low, high = axis.get_xlim()
        axis.set_xlim(min(low, -0.05), max(high, 1.05))
    share_x(axes)
    return figure


def _overview(found: Found) -> Picture:
    """Total indices of all outcomes, of the last thing that is shown of each."""
    columns, rows = [], []
    for outcome, some in found.items():
        known = [pair for pair in some if _told(pair[1])]
        if known:
            columns.append((outcome, *known[-1]))
    names = columns[0][2].names
    mean = np.mean([indices.total for _, _, indices in columns], axis=0)
    order = np.argsort(-mean, kind="stable")[:MOST_FACTORS]
    for outcome, one, indices in columns:
        for k in order:
            title = OUTCOMES[outcome].title
            row = {"outcome": title, "of": one.name, "factor": names[k]}
            rows.append(row | {"total": indices.total[k], "total_width": indices.total_width[k]})
    leads = [names[int(indices.order[0])] for _, _, indices in columns]
    most = max(dict.fromkeys(leads), key=leads.count)
    title = f"{most} has the largest total index in {leads.count(most)} of {len(leads)} outcomes"
    text = f"Total index by factor and outcome. {titled(title)}."
    return Picture(
        "sobol_outcomes",
        text,
        partial(_draw_overview, columns, order, title),
        in_columns(rows),
    )


def _draw_overview(
    columns: Sequence[tuple[str, Series, Sobol]], order: np.ndarray, title: str
) -> Any:
    sides = {one.name for _, one, _ in columns}
    of = f"Of {sides.pop()}. " if len(sides) == 1 else ""
    note = f"{of}Bold: clear of zero by its 90% interval. The darker, the larger the part."
    figure, axes = new_figure(titled(title), note)
    table = np.array([[indices.total[k] for _, _, indices in columns] for k in order])
    width = np.array([[indices.total_width[k] for _, _, indices in columns] for k in order])
    axes.imshow(np.clip(table, 0, 1), cmap="Blues", vmin=0, vmax=1.2, aspect="auto")
    for row in range(table.shape[0]):
        for column in range(table.shape[1]):
            value, sure = table[row, column], table[row, column] > width[row, column]
            axes.text(
                column, row, f"{value:.2f}", ha="center", va="center", fontsize=11,
                color="white" if value > 0.6 else "#222", fontweight="bold" if sure else "normal",
            )  # fmt: skip
    titles = [OUTCOMES[outcome].title for outcome, _, _ in columns]
    turned = len(titles) > 4
    axes.set_xticks(
        range(len(titles)), titles, rotation=35 if turned else 0, ha="right" if turned else "center"
    )
    axes.set_yticks(range(len(order)), [columns[0][2].names[k] for k in order])
    dress(axes, grid="")
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    return figure
