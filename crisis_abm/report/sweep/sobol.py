"""Sobol's indices as a section of a report: which factor decides an outcome, and how surely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from crisis_abm.experiment import Results
from crisis_abm.experiment.findings.outcome_tables import Series
from crisis_abm.experiment.findings.sobol import Sobol, sobol_indices
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.sections import Picture, Section, Table, columns_of
from crisis_abm.report.style import dress, new_figure
from crisis_abm.report.sweep.about import in_columns, titled
from crisis_abm.report.sweep.sensitivity import (
    MOST_FACTORS,
    about_noise,
    all_series,
    ends_cells,
    headline_of,
    last_told,
    nothing_told,
    panel_tints,
    panels,
    part_of_variance,
    share_x,
    shown_pairs,
    sources,
    told,
    under,
    untold,
    write_why_not,
)

WIDE = 0.1  # half-width of an index that is too wide to go by
FORESEEN = 64  # times what there is: more cannot be foretold from it
SMALL = 0.05  # a total index below is not worth naming

Found = dict[str, list[tuple[Series, Sobol]]]

READING = (
    "The first-order index of a factor is the part of the variance that would be gone, on average, "
    "if the factor were known; the total index counts its part in interactions too. A factor whose "
    "total index is 0 may be set to anything. Estimates may fall a little below 0 or above 1."
)


def sobol_section(results: Results) -> Section:
    """Indices of every outcome under every setting, and of the differences between settings."""
    experiment = results.experiment
    names, second_order = experiment.points.sampled, experiment.design.second_order
    found: Found = {
        outcome: [
            (one, sobol_indices(one.values, names, second_order, experiment.seed)) for one in series
        ]
        for outcome, series in all_series(results).items()
    }
    headline = headline_of(found)
    if headline is None:
        return nothing_told(found, "Sobol's indices")
    shown = shown_pairs(found[headline], experiment.directions[headline])
    words = [
        ". ".join(_finding(one, indices, headline) for one, indices in shown) + ".",
        READING,
        sources(experiment, "which points were sampled"),
        *_interactions(shown, headline),
        *about_noise(
            [(i.noise, under(one, o)) for o, some in found.items() for one, i in some if _told(i)],
            "first-order indices may be too low by up to this part, and total indices too high",
        ),
        *_too_wide(shown, experiment.replicates),
        *untold(found, "indices"),
    ]
    tables = [_table(found)]
    if second_order and len(names) > 1:
        tables.append(_pairs(found))
    pictures = _sobol_pictures(found, shown, headline)
    return Section("sensitivity", "Sensitivity: Sobol's indices", words, tables, pictures)


def _told(indices: Sobol) -> bool:
    return not indices.why_not


# ------------------------------------------------------------------ words


def _finding(one: Series, indices: Sobol, outcome: str) -> str:
    what = under(one, outcome)
    if indices.why_not:
        return f"{what[0].upper()}{what[1:]}: {indices.why_not}"
    parts = _leaders(indices)
    if not parts:
        return f"No factor's part in {what} is clear of zero"
    text = f"Most of {what} is decided by {told(parts)}"
    first, second = indices.order[:2] if len(indices.names) > 1 else (0, 0)
    reach = indices.total_width[first] + indices.total_width[second]
    if first != second and indices.total[first] - indices.total[second] <= reach:
        text += f"; the first is not told apart from {indices.names[second]}"
    return text


def _leaders(indices: Sobol) -> list[str]:
    """Factors by total index, those that are worth naming."""
    parts: list[str] = []
    for k in indices.order:
        low = indices.total[k] - indices.total_width[k]
        if indices.total[k] >= SMALL and low > 0:
            words = "" if parts else "total index "
            size = part_of_variance(indices.total[k], indices.total_width[k])
            parts.append(f"{indices.names[k]} ({words}{size})")
    return parts


def _interactions(shown: list[tuple[Series, Sobol]], outcome: str) -> list[str]:
    parts = []
    for one, indices in shown:
        if indices.why_not or len(indices.names) < 2:
            continue
        text = f"{indices.first.sum():.2f} for {under(one, outcome)}"
        pair = _strongest(indices)
        if pair is not None:
            a, b, index, width = pair
            text += f" (of the pairs {a} with {b} most, {index:.2f} ± {width:.2f})"
        parts.append(text)
    if not parts:
        return []
    added = "; ".join(parts)
    rest = "What is missing to 1 is in interactions, or unsure."
    return [f"First-order indices add up to {added}. {rest}"]


def _strongest(indices: Sobol) -> tuple[str, str, float, float] | None:
    """The largest second-order index that is clear of zero."""
    if indices.second is None or indices.second_width is None:
        return None
    sure = np.where(indices.second > indices.second_width, indices.second, -np.inf)
    sure = np.where(np.isnan(indices.second), -np.inf, sure)
    a, b = np.unravel_index(int(np.argmax(sure)), sure.shape)
    if sure[a, b] < SMALL:
        return None
    index, width = float(indices.second[a, b]), float(indices.second_width[a, b])
    return indices.names[a], indices.names[b], index, width


def _too_wide(shown: list[tuple[Series, Sobol]], replicates: int) -> list[str]:
    known = [indices for _, indices in shown if _told(indices)]
    widest = max(indices.widest for indices in known)
    if widest <= WIDE:
        return []
    wide = sum(
        int((widths > WIDE).sum()) for i in known for widths in (i.first_width, i.total_width)
    )
    count = sum(2 * len(i.names) for i in known)
    text = (
        f"Not sure yet: of the {count} indices in the picture {wide} "
        f"are less sure than ± {WIDE:g} (the worst ± {widest:.2f})."
    )
    sampling, crises = (max(getattr(i, n) for i in known) for n in ("sampling", "crises"))
    remedies = []
    if sampling > WIDE:
        base = known[0].base
        need = 2 ** int(np.ceil(np.log2(base * (sampling / WIDE) ** 2)))
        remedies.append(f"{_capped('samples', need, base)} (now {base:,})")
    if crises > WIDE:
        need = int(np.ceil(replicates * (crises / WIDE) ** 2))
        remedies.append(f"{_capped('replicates', need, replicates)} (now {replicates})")
    if remedies:
        text += f" About what ± {WIDE:g} would take: {' and '.join(remedies)}."
    return [text]


def _capped(name: str, need: int, now: int) -> str:
    """What would be needed, as far as so few can tell."""
    most = FORESEEN * now
    return f"{name} = {need:,}" if need <= most else f"more than {name} = {most:,}"


# ------------------------------------------------------------------ tables


def _table(found: Found) -> Table:
    rows = [
        {
            "outcome": OUTCOMES[outcome].title,
            "of": one.name,
            "factor": indices.names[k],
            **ends_cells("first", indices.first[k], indices.first_width[k]),
            **ends_cells("total", indices.total[k], indices.total_width[k]),
            "noise": float("nan") if indices.noise is None else indices.noise,
        }
        for outcome, some in found.items()
        for one, indices in some
        if _told(indices)
        for k in indices.order
    ]
    headings = {"first": "first order", "noise": "noise in the variance"}
    ends = {name: (f"{name}_low", f"{name}_high") for name in ("first", "total")}
    columns = columns_of(in_columns(rows), headings, ends)
    return Table("sobol", "First-order and total indices", columns)


def _pairs(found: Found) -> Table:
    rows = []
    for outcome, some in found.items():
        for one, indices in some:
            if indices.why_not or indices.second is None or indices.second_width is None:
                continue
            for a in range(len(indices.names)):
                for b in range(a + 1, len(indices.names)):
                    index, width = indices.second[a, b], indices.second_width[a, b]
                    rows.append(
                        {
                            "outcome": OUTCOMES[outcome].title,
                            "of": one.name,
                            "factor": indices.names[a],
                            "with": indices.names[b],
                            **ends_cells("second", index, width),
                        }
                    )
    ends = {"second": ("second_low", "second_high")}
    title = "Second-order indices: what two factors decide together beyond what each does alone"
    columns = columns_of(in_columns(rows), {"second": "second order"}, ends)
    return Table("sobol_pairs", title, columns)


Pair = tuple[Series, Sobol]


def _sobol_pictures(
    found: Mapping[str, Sequence[Pair]], shown: Sequence[Pair], outcome: str
) -> list[Picture]:
    """Indices of one outcome side by side, a panel each, and the total indices of all."""
    pictures = [_picture(shown, outcome)]
    told = sum(any(_told(indices) for _, indices in some) for some in found.values())
    if told > 1 and len(shown[0][1].names) > 1:
        pictures.append(_overview(found))
    return pictures


def _title(one: Series, indices: Sobol, outcome: str) -> str:
    """Which factor has the largest part, and whether that is sure."""
    first = indices.order[0]
    share = part_of_variance(indices.total[first], indices.total_width[first])
    text = f"{indices.names[first]} has the largest part in {under(one, outcome)}"
    return f"{text}: total index {share}"


def _picture(shown: Sequence[Pair], outcome: str) -> Picture:
    last, indices = last_told(shown)
    order = indices.order[:MOST_FACTORS]
    rows = [
        {
            "of": one.name,
            "factor": each.names[k],
            "first": each.first[k],
            "first_width": each.first_width[k],
            "total": each.total[k],
            "total_width": each.total_width[k],
        }
        for one, each in shown
        for k in order
    ]
    title = _title(last, indices, outcome)
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
            write_why_not(axis, indices.why_not)
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


def _overview(found: Mapping[str, Sequence[Pair]]) -> Picture:
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
