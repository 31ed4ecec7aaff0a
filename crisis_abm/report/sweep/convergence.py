"""How many replicates are enough, as a section of a report."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from crisis_abm.experiment import Results
from crisis_abm.experiment.design.states import ALL_RUNS
from crisis_abm.experiment.findings.convergence import (
    PRECISION,
    Convergence,
    Enough,
    converge,
    subsets,
)
from crisis_abm.experiment.findings.outcome_tables import Series
from crisis_abm.experiment.findings.sobol import Stage, stages
from crisis_abm.experiment.findings.two_way_bootstrap import (
    half_width,
    kept_states,
    rows_drawn_together,
)
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import how_often, may_differ
from crisis_abm.report.sections import Picture, Section, Table, columns_of
from crisis_abm.report.style import DARK, GREY, OTHERS, RECIPROCAL, SILOED, dress, new_figure
from crisis_abm.report.sweep.about import how_to_finish, in_columns, titled, unfinished
from crisis_abm.report.sweep.regime_words import sentence
from crisis_abm.report.sweep.sensitivity import all_series, shown_series, under
from crisis_abm.report.words import counted, figure, span, unit
from crisis_abm.report.words import figure as figure_text

TITLE = "How many replicates are enough"
HOW = (
    "± is half of a 90% interval by Student's t, which allows for the spread being a guess itself. "
    "Numbers that would be needed follow from the spread that was measured; in brackets, where "
    "that spread is at either end of its own 90% interval."
)


def convergence_section(results: Results) -> Section:
    """Whether the means are sure enough, and what would make them surer.

    Words and pictures are about the first outcome that the experiment names.
    """
    experiment = results.experiment
    headline = experiment.outcomes[0]
    if experiment.replicates == 1:
        words = [
            "A single replicate cannot show how many are enough. Set replicates = 10, say, and "
            "sweep again: replicate 0 stays the crisis that it is."
        ]
        return Section("replicates", TITLE, words)
    together = rows_drawn_together(experiment)
    found = {
        outcome: [(one, converge(one.values, together)) for one in series]
        for outcome, series in all_series(results).items()
    }
    chosen = shown_series([one for one, _ in found[headline]], experiment.directions[headline])[-1]
    about = next(sure for one, sure in found[headline] if one is chosen)
    if about is None:
        words = [
            f"No state of the world has all its results yet: {unfinished(results)}.",
            how_to_finish(results),
        ]
        return Section("replicates", TITLE, words)
    words = [_finding(results, chosen, about, headline), HOW, _parts(about)]
    states = len(chosen.values)
    if about.states < states:
        words.append(
            f"Not complete: only the {about.states:,} of {states:,} states of the world with all "
            f"results are counted. {how_to_finish(results)}"
        )
    pictures = [_growing_replicates(results, chosen, about, headline)]
    if experiment.design.method == "sobol" and not chosen.missing:
        pictures += _growing_indices(results, chosen, headline)
    return Section("replicates", TITLE, words, [_table(results, found)], pictures)


def _finding(results: Results, one: Series, about: Convergence, outcome: str) -> str:
    experiment = results.experiment
    counted_in = unit(outcome, experiment.scenario)
    what = under(one, outcome)
    what = f"{what[0].upper()}{what[1:]} is"
    if about.alike is not None:
        return (
            f"{what} {figure(about.alike.figure)} {counted_in} {how_often(about.alike)}: too few "
            f"differ to say how many would do. {sentence(may_differ(about.alike))}."
        )
    head = f"{what} {_how_far_known(one, about)} (replicates), in {counted_in}."
    if about.sign is None or about.precise is None:
        return f"{head} There is nothing to be made surer."
    if about.half_width < abs(about.mean):
        sign = "It is clear of zero"
        if one.against:
            sign = f"That is enough for its sign: {about.sign.replicates} would have been"
    else:
        sign = "Its sign is not sure" if one.against else "It is not clear of zero"
        sign += _need(results, about, about.sign)
    precise = about.precise
    if about.half_width <= precise.target:
        return f"{head} {sign}. It is known to {PRECISION:.0%} as well."
    need = _need(results, about, precise)
    return f"{head} {sign}. To know it to {PRECISION:.0%} (± {figure(precise.target)}){need}."


def _need(results: Results, about: Convergence, target: Enough) -> str:
    """What it would take, after a colon."""
    parts = []
    if target.replicates is not None:
        low, high = (f"{end:,}" if end else "any number" for end in target.range)
        parts.append(f"about {target.replicates:,} replicates ({low} to {high})")
    now = results.experiment.design.samples
    if target.units is not None and now and target.units > about.parts.units:
        units = _samples(results, target.units)
        parts.append(f"samples = {units:,} (now {now:,}) with as many replicates")
    if parts:
        return f": {', or '.join(parts)}"
    if target.both is not None:
        units, replicates = _samples(results, target.both[0]), target.both[1]
        return (
            f": more samples and more replicates, neither alone would do (with the fewest runs "
            f"about samples = {units:,} and replicates = {replicates:,})"
        )
    return ": more than 100,000 replicates"


def _samples(results: Results, units: int) -> int:
    """As the design takes them: powers of 2 for Sobol."""
    sobol = results.experiment.design.method == "sobol"
    return 1 << (units - 1).bit_length() if sobol else units


def _parts(about: Convergence) -> str:
    """Where the variance of the mean comes from."""
    parts = about.parts
    if not about.drawn:
        return (
            "States of the world were given, so all that is unsure is due to the crises, and "
            "shrinks with replicates: four times as many halve it."
        )
    each = {
        "which states of the world were drawn (only more samples help)": parts.states / parts.units,
        "which crises befell them all (only more replicates help)": parts.crises / parts.replicates,
        "what a crisis does in one state and not in another (both help)": parts.both
        / (parts.units * parts.replicates),
    }
    whole = sum(each.values())
    if whole == 0:
        return "Every run came to the same, so these runs do not show what would make it surer."
    told = ", ".join(f"{share / whole:.0%} {what}" for what, share in each.items())
    return f"Of what is unsure about this mean (its variance) is due to: {told}."


def _table(results: Results, found: dict[str, list[tuple[Series, Convergence | None]]]) -> Table:
    gap = float("nan")
    rows = []
    for outcome, some in found.items():
        for one, sure in some:
            if sure is None:
                continue
            sign, precise = sure.sign, sure.precise
            units = precise and precise.units
            ends = precise.range if precise else (None, None)
            rows.append(
                {
                    "outcome": OUTCOMES[outcome].title,
                    "of": one.name,
                    "mean": sure.mean,
                    "half_width": sure.half_width,
                    "relative": sure.half_width / abs(sure.mean) if sure.mean else gap,
                    "for_sign": (sign and sign.replicates) or gap,
                    "for_precision": (precise and precise.replicates) or gap,
                    "for_precision_low": ends[0] or gap,
                    "for_precision_high": ends[1] or gap,
                    "samples_for_precision": _samples(results, units) if units else gap,
                }
            )
    headings = {
        "half_width": "±",
        "relative": "± as part of the mean",
        "for_sign": "replicates to be clear of zero",
        "for_precision": f"to be within {PRECISION:.0%}",
        "samples_for_precision": f"or samples to be within {PRECISION:.0%}",
    }
    title = (
        "How sure every mean is, and what it would take; a dash: no number of them would do by "
        "itself, or there is nothing to be known better"
    )
    intervals = {"for_precision": ("for_precision_low", "for_precision_high")}
    return Table("replicates", title, columns_of(in_columns(rows), headings, intervals))


FURTHEST = 20  # times the replicates that there are: as far as the picture goes
MOST_LINES = 6
TICKS = (2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


def _growing_replicates(results: Results, one: Series, about: Convergence, outcome: str) -> Picture:
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
    text = f"{what}: {_how_far_known(one, about)}"
    if about.half_width >= abs(about.mean):
        return f"{text}, too few to be sure of the sign"
    relative = about.half_width / abs(about.mean)
    return f"{text}, known to {relative:.0%}"


def _how_far_known(one: Series, about: Convergence) -> str:
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


def _growing_indices(results: Results, one: Series, outcome: str) -> list[Picture]:
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
