"""Pictures of a search for weak links: the worst, what helps most, and what the graph would say."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from crisis_abm.analysis.weak_links.candidates import HELP, KNOCK_OUTS
from crisis_abm.analysis.weak_links.result import Tried, WeakLinks
from crisis_abm.report.style import DARK, GREY, colours, dress, new_figure
from crisis_abm.report.weak_links_words import FORM_TITLES, called
from crisis_abm.report.words import figure as figure_text

BARS = {KNOCK_OUTS: 10, HELP: 6}  # of each form
LONGEST = {1: 60, 2: 34, 3: 26}  # letters of a line beside a bar, by how many stand side by side
TOGETHER = 2  # of the same rank that are named


def weak_links_figures(result: WeakLinks) -> dict[str, Callable[[], Any]]:
    """What draws each picture, by name."""
    found: dict[str, Callable[[], Any]] = {}
    for part, name in ((KNOCK_OUTS, "weak_links"), (HELP, "help")):
        forms = [form for form in part if result.of(form)]
        if forms:
            found[name] = partial(_bars, result, part, forms)
    if len(result.policies) > 1 and result.of("organisations"):
        found["ranks"] = partial(_ranks, result)
    if result.measured:
        found["graph_measure"] = partial(_against_measure, result)
    return found


def _bars(result: WeakLinks, part: tuple[str, ...], forms: list[str]) -> Any:
    """Ranked bars with intervals, the policies beside each other."""
    knocked, unit = part is KNOCK_OUTS, result.scenario.harm_unit
    note = "Bars: mean; lines: 90% interval. Hollow: not shown to differ from zero."
    drawing, axes = new_figure(_bars_title(result, part, forms), note, columns=len(forms))
    colour = colours(result.policies)
    for axis, form in zip(np.atleast_1d(axes), forms, strict=True):
        shown = result.of(form)[: BARS[part]][::-1]
        height = 0.8 / len(result.policies)
        for p, policy in enumerate(reversed(result.policies)):
            at = np.arange(len(shown)) + (p + 0.5) * height - 0.4
            _bars_of(axis, shown, policy, at, height, colour[policy])
        axis.axvline(0, color="#555", linewidth=1)
        axis.set_yticks(range(len(shown)), [_label(result, one, len(forms)) for one in shown])
        axis.set_title(FORM_TITLES[form], fontsize=14, loc="left", color=DARK)
        axis.set_xlabel(f"{unit} {'added to others' if knocked else 'saved'}", fontsize=12)
        axis.margins(x=0.04)
        dress(axis, grid="x")
        axis.tick_params(axis="y", labelsize=10.5, length=0)
        axis.tick_params(axis="x", labelsize=10.5)
    _policy_names(drawing, result)
    return drawing


def _bars_of(
    axis: Any, shown: list[Tried], policy: str, at: np.ndarray, height: float, colour: str
) -> None:
    for y, one in zip(at.tolist(), shown, strict=True):
        harm = one.harm[policy]
        axis.barh(
            y,
            harm.mean,
            height * 0.9,
            color=colour if harm.shown else "white",
            edgecolor=colour,
            linewidth=1.2,
        )
        if harm.interval is not None:
            axis.plot(harm.interval, [y, y], color=DARK, linewidth=1.6, solid_capstyle="butt")


def _label(result: WeakLinks, one: Tried, beside: int) -> str:
    """Who, and what of it, in one or two lines."""
    candidate = one.candidate
    who, what = result.name_of(candidate.organisation), candidate.resource
    partner = result.name_of(candidate.partner) if candidate.partner else ""
    amount = figure_text(candidate.amount)
    lines = {
        "organisations": (who,),
        "links": (f"{what} from {partner}", f"to {who}"),
        "suppliers": (who, f"{what} from {partner}"),
        "stock": (who, f"{what}, +{amount} {candidate.unit}"),
        "capacity": (who, f"+{amount} units of service"),
    }[candidate.form]
    return "\n".join(textwrap.shorten(line, LONGEST[beside], placeholder=" …") for line in lines)


def _bars_title(result: WeakLinks, part: tuple[str, ...], forms: list[str]) -> str:
    form = forms[0]
    if part is HELP:
        tops = [
            max((result.of(f, p)[0] for f in forms), key=lambda one: one.harm[p].mean)
            for p in result.policies
        ]
        names = [
            f"{_place(result, one)} under {p}" for one, p in zip(tops, result.policies, strict=True)
        ]
        return f"Most is saved by {'; '.join(names)}"
    tops = [result.of(form, policy)[0] for policy in result.policies]
    if len({one.candidate.name for one in tops}) == 1:
        several = " and ".join(result.policies)
        return (
            f"Most is lost to others without {called(result, tops[0].candidate)}, under {several}"
        )
    names = [
        f"{called(result, one.candidate)} under {policy}"
        for one, policy in zip(tops, result.policies, strict=True)
    ]
    return f"Most is lost to others without {'; '.join(names)}"


def _place(result: WeakLinks, one: Tried) -> str:
    candidate = one.candidate
    words = {
        "stock": f"more {candidate.resource} in store at",
        "capacity": "more capacity at",
        "suppliers": f"one more supplier of {candidate.resource} for",
    }
    return f"{words[candidate.form]} {result.name_of(candidate.organisation)}"


def _policy_names(drawing: Any, result: WeakLinks) -> None:
    """The policies in their colours, at the right of the note."""
    colour, x = colours(result.policies), 0.985
    for policy in reversed(result.policies):
        drawing.text(
            x, 0.012, policy, color=colour[policy], fontsize=13, fontweight="bold", ha="right"
        )
        x -= 0.0095 * len(policy) + 0.015


def _ranks(result: WeakLinks) -> Any:
    """Ranks of the organisations under the first two policies, a line each."""
    one, other = result.policies[:2]
    correlation = result.rank_correlation("organisations")
    shown = [t for t in result.of("organisations") if min(t.rank.values()) <= BARS[KNOCK_OUTS]]
    title = f"Who is missed most under {one} and under {other}: rank correlation {correlation:.2f}"
    drawing, axes = new_figure(
        title,
        f"Those among the first {BARS[KNOCK_OUTS]} under either, of "
        f"{len(result.of('organisations')):,}; rank 1 adds most harm to others. "
        "Coloured: moved by more than a factor of two, as where it is the weaker link.",
    )
    places: dict[int, dict[int, list[str]]] = {0: {}, 1: {}}
    for tried in shown:
        ends = (tried.rank[one], tried.rank[other])
        colour = colours((one, other))[one if ends[0] < ends[1] else other]
        tint = GREY if abs(np.log(ends[0] / ends[1])) < np.log(2) else colour
        axes.plot([0, 1], ends, color=tint, linewidth=2, marker="o", markersize=6)
        name = result.name_of(tried.candidate.organisation)
        for side, rank in enumerate(ends):
            places[side].setdefault(rank, []).append(name)
    axes.set_yscale("log")
    axes.invert_yaxis()
    for side, align, shift in ((0, "right", -10), (1, "left", 10)):
        _label_ranks(axes, side, places[side], align, shift)
    axes.set_xlim(-0.9, 1.9)
    axes.set_xticks([0, 1], [one, other], fontsize=14)
    axes.set_yticks([])
    axes.minorticks_off()
    dress(axes, grid="")
    axes.spines["left"].set_visible(False)
    return drawing


def _label_ranks(axes: Any, side: int, names: dict[int, list[str]], align: str, shift: int) -> None:
    """Rank and names, those further down moved until they can be read."""
    last = 0.0
    for rank in sorted(names):
        at = max(np.log(rank), last + 0.13) if last or rank > 1 else 0.0
        last = float(at)
        text = "; ".join(names[rank][:TOGETHER])
        if len(names[rank]) > TOGETHER:
            text += f" and {len(names[rank]) - TOGETHER} more"
        axes.annotate(
            f"{text}  {rank}" if side == 0 else f"{rank}  {text}",
            (side, np.exp(at)),
            xytext=(shift, 0),
            textcoords="offset points",
            ha=align,
            va="center",
            fontsize=11,
            annotation_clip=False,
        )


def _against_measure(result: WeakLinks) -> Any:
    """Harm added against the measure of the graph, the policies beside each other."""
    measure, title = next(iter(result.measured.items()))
    found = [result.measure_correlation(measure, policy) for policy in result.policies]
    told = ", ".join(
        f"{value:.2f} under {policy}" for value, policy in zip(found, result.policies, strict=True)
    )
    drawing, axes = new_figure(
        f"{title[0].upper()}{title[1:]} and harm: rank correlation {told}",
        "One dot an organisation; by rank, the most critical at the right and at the top. Far from "
        "the diagonal the graph alone would mislead; those furthest off are named.",
        columns=len(result.policies),
    )
    colour = colours(result.policies)
    for axis, policy in zip(np.atleast_1d(axes), result.policies, strict=True):
        ranked = result.ranked(measure, policy)
        count = len(ranked)
        axis.plot([count, 1], [count, 1], color="#CCC", linewidth=1)
        for _, by_measure, by_harm in ranked:
            axis.plot(by_measure, by_harm, "o", color=colour[policy], alpha=0.6, markersize=8)
        for one in result.misled(measure, policy):
            left = one.by_harm > one.by_measure  # towards the middle: the axis runs to the left
            axis.annotate(
                result.name_of(one.organisation),
                (one.by_measure, one.by_harm),
                xytext=(-9 if left else 9, 0),
                textcoords="offset points",
                ha="right" if left else "left",
                va="center",
                fontsize=11.5,
            )
        axis.invert_xaxis()
        axis.invert_yaxis()
        axis.set_title(policy, fontsize=14, loc="left", color=colour[policy], fontweight="bold")
        axis.set_xlabel(f"rank by {title}", fontsize=12)
        dress(axis, "rank by harm added to others")
    return drawing
