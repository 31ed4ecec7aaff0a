"""The part of a report that says in which states of the world a setting does badly."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import Any

import numpy as np

from crisis_abm.experiment.findings.discovery import (
    FEWEST,
    HALVES,
    Discovery,
    discover,
    question_named,
)
from crisis_abm.experiment.findings.pairs import Pairs, QuestionError, pairs_of
from crisis_abm.experiment.findings.prim import Box
from crisis_abm.experiment.results import Results
from crisis_abm.report.sections import Picture, Section, Table, columns_of
from crisis_abm.report.style import DARK, GREY, RECIPROCAL, SILOED, dress, new_figure
from crisis_abm.report.sweep.discovery_words import (
    box_words,
    discovery_words,
    headline,
    number,
    what_is_asked,
)
from crisis_abm.report.sweep.regime_words import part, sentence
from crisis_abm.report.sweep.regimes import judged_outcome

TITLE = "Scenario discovery"


def discovery_section(
    results: Results,
    outcome: str | None = None,
    second: int = 1,
    question: str | None = None,
    by: float | None = None,
) -> Section:
    """In which states of the world a setting does badly: boxes, their numbers and what they say.

    Parameters
    ----------
    results : Results
    outcome : str, optional
        `regimes.judged_outcome` unless said.
    second : int
        The setting that is held against the first.
    question : str, optional
        A name that `discovery.question_named` knows. Unless said it is "harms"; where fewer than
        ten states are harmed "helps-least" is asked as well.
    by : float, optional
        The question's threshold.

    Raises
    ------
    QuestionError
        If an outcome, a setting or a question is named, and the sweep cannot answer that.
    """
    try:
        pairs = pairs_of(results, outcome or judged_outcome(results), 0, second)
        answers = [discover(pairs, question_named(question or "harms", pairs, by))]
        if question is None and int(answers[0].interesting.sum()) < FEWEST:
            answers.append(discover(pairs, question_named("helps-least", pairs)))
    except QuestionError as error:
        if outcome is not None or question is not None or second != 1:
            raise
        why = str(error).removeprefix(f"{results.folder}: ")
        return Section("discovery", TITLE, [f"There is nothing to discover. {sentence(why)}."])
    scenario = results.experiment.scenario
    words, tables, pictures = [], [], []
    for found in answers:
        words += [sentence(text) for text in discovery_words(found, scenario)]
        ending = "" if len(answers) == 1 else f"_{found.question.name.replace('-', '_')}"
        pictures += _pictures(found, ending)
        tables += _tables(found, what_is_asked(found, scenario), ending)
    return Section("discovery", TITLE, words, tables, pictures)


def _pictures(found: Discovery, ending: str) -> list[Picture]:
    if not found.boxes:
        return []
    line = headline(found)
    pictures = [
        Picture(
            f"boxes{ending}",
            f"Of every factor the range that lies in the boxes. {line}.",
            partial(_draw_limits, found),
            _limits(found),
        ),
        Picture(
            f"trade_off{ending}",
            "Coverage and density of every box on the way from all states to few, and of the box "
            f"that was taken. {line}.",
            partial(_draw_trade_off, found),
            _way(found),
        ),
    ]
    if len(found.pairs.worlds) > 1:
        pictures.insert(
            1,
            Picture(
                f"states{ending}",
                f"Every state of the world over two factors, and the first box. {line}.",
                partial(_draw_states, found),
                _states(found, np.ones(len(found.pairs), dtype=bool)),
            ),
        )
    return pictures


def _tables(found: Discovery, asked: str, ending: str) -> list[Table]:
    if found.boxes:
        headings = {
            "quasi_p": "quasi-p",
            "again": f"found again, of {HALVES}",
            "density": "density, %",
            "coverage": "coverage, %",
        }
        title = f"Boxes of states of the world in which {asked}"
        return [Table(f"limits{ending}", title, columns_of(_limits(found), headings))]
    few = found.interesting
    if found.enough or not few.any() or few.all():
        return []
    title = f"The few states of the world in which {asked}"
    if few.sum() > len(few) / 2:
        few, title = ~few, f"The few states of the world in which it is not so that {asked}"
    columns = columns_of(_states(found, few), {"mean": "difference"})
    return [Table(f"few_states{ending}", title, columns)]


def _limits(found: Discovery) -> dict[str, np.ndarray]:
    """A row a restriction."""
    rows: list[dict[str, Any]] = []
    for place, one in enumerate(found.boxes, start=1):
        for factor, kind in one.box.sides:
            limit = getattr(one.box, kind)[factor]
            rows.append(
                {
                    "box": place,
                    "factor": factor,
                    "at_least": float(limit) if kind == "low" else np.nan,
                    "at_most": float(limit) if kind == "high" else np.nan,
                    "one_of": ", ".join(map(str, limit)) if kind == "values" else "",
                    "quasi_p": one.found.quasi_p[factor, kind],
                    "again": one.again[factor, kind],
                    "density": 100 * one.density,
                    "coverage": 100 * one.coverage,
                    "states": one.states,
                    "of_interest": one.interesting,
                }
            )
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def _way(found: Discovery) -> dict[str, np.ndarray]:
    """A row a box on the way of the first peeling."""
    assert found.first is not None
    steps = found.first.peeled
    return {
        "coverage": np.array([step.coverage for step in steps]),
        "density": np.array([step.density for step in steps]),
        "support": np.array([step.support for step in steps]),
        "limits": np.array([len(step.box.sides) for step in steps]),
        "taken": np.arange(len(steps)) == found.first.taken,
    }


def _states(found: Discovery, which: np.ndarray) -> dict[str, np.ndarray]:
    """A row a state of the world."""
    pairs: Pairs = found.pairs
    columns = {name: column[which] for name, column in pairs.worlds.items()}
    return columns | {
        "mean": pairs.differences.mean(axis=1)[which],
        "of_interest": found.interesting[which],
    }


GOOD, BAD = RECIPROCAL, SILOED  # the house's blue and vermilion
BOXES = ("#E69F00", "#009E73", "#CC79A7")
SHADES = ("#F0F0F0", "#B9B9B9", "#7D7D7D", "#454545", "#111111")  # by number of restrictions
TEXT = 34  # letters of a factor's name in a line


def _draw_trade_off(found: Discovery) -> Any:
    """Coverage against density on the way of the peeling, for the first box."""
    assert found.first is not None
    first, box = found.first, found.boxes[0]
    title = (
        f"The first box holds {part(box.coverage)} of the states of interest, and "
        f"{part(box.density)} of its states are of interest"
    )
    note = "Each ○ is a box on the way, from all states (right) inwards; star: the box taken."
    figure, axes = new_figure(title, note)
    coverage = [step.coverage for step in first.peeled]
    density = [step.density for step in first.peeled]
    axes.plot(coverage, density, color=GREY, linewidth=1, zorder=1)
    most = max(len(step.box.sides) for step in first.peeled)
    for sides in range(most + 1):
        these = [n for n, step in enumerate(first.peeled) if len(step.box.sides) == sides]
        if these:
            axes.scatter(
                [coverage[n] for n in these],
                [density[n] for n in these],
                s=90,
                color=SHADES[min(sides, len(SHADES) - 1)],
                edgecolor=DARK,
                zorder=2,
                label=f"{sides} limit{'' if sides == 1 else 's'}",
            )
    axes.axhline(found.base, color=GREY, linestyle=":", linewidth=1.5)
    axes.annotate(
        f"density over all states, {part(found.base)}",
        (0.01, found.base),
        xytext=(0, 5),
        textcoords="offset points",
        fontsize=12,
        color="#555",
    )
    axes.plot([box.coverage] * 2, box.density_interval, color=BOXES[0], linewidth=3, zorder=3)
    axes.plot(box.coverage_interval, [box.density] * 2, color=BOXES[0], linewidth=3, zorder=3)
    label = "taken (lines: 90% intervals)"
    star: dict[str, Any] = {"marker": "*", "linestyle": "none", "markeredgecolor": "black"}
    axes.plot(
        box.coverage, box.density, markersize=24, color="#F0E442", zorder=4, label=label, **star
    )
    if np.isfinite(box.unseen_density):
        axes.plot(
            box.unseen_coverage,
            box.unseen_density,
            "D",
            markersize=11,
            markerfacecolor="white",
            markeredgecolor=BOXES[0],
            markeredgewidth=2.4,
            zorder=4,
            linestyle="none",
            label=f"in unseen halves, mean of {HALVES}",
        )
    axes.set_xlim(0, 1.03)
    axes.set_ylim(0, 1.03)
    dress(axes, "density: share of the box's states that are of interest", grid="both")
    axes.set_xlabel("coverage: share of the states of interest that lie in the box", fontsize=13)
    figure.legend(loc="outside right center", frameon=False, fontsize=12, labelspacing=0.9)
    return figure


def _draw_limits(found: Discovery) -> Any:
    """Of every factor the part that lies in each box."""
    columns, boxes = found.pairs.worlds, [one.box for one in found.boxes]
    factors = _by_use(boxes, list(columns))
    note = "Thick: in the box; thin: all values of the sweep. Right: found in so many of "
    note += f"{HALVES} random halves."
    figure, axes = new_figure(headline(found), note)
    height = 0.8 / len(boxes)
    for row, factor in enumerate(reversed(factors)):
        _whole(axes, columns[factor], row)
        for place, one in enumerate(found.boxes):
            at = row + 0.4 - (place + 0.5) * height
            _limit(axes, one.box, factor, columns[factor], at, BOXES[place])
            told = [f"{n}" for side, n in one.again.items() if side[0] == factor]
            if told:
                text = " / ".join(told)
                axes.text(1.14, at, text, va="center", ha="center", fontsize=12, color=DARK)
    axes.set_yticks(
        range(len(factors)), ["\n".join(textwrap.wrap(one, TEXT)) for one in reversed(factors)]
    )
    axes.set_xticks([])
    axes.set_xlim(-0.1, 1.18)
    axes.set_ylim(-0.6, len(factors) - 0.4)
    dress(axes, grid="")
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    _name_boxes(figure, found)
    return figure


def _by_use(boxes: list[Box], factors: list[str]) -> list[str]:
    """Restricted factors first, in the order of the boxes."""
    used = dict.fromkeys(factor for box in boxes for factor in box.factors)
    return [*used, *(factor for factor in factors if factor not in used)]


def _whole(axes: Any, column: np.ndarray, row: int) -> None:
    """All values of a factor in the sweep."""
    words: dict[str, Any] = {"fontsize": 11, "va": "center", "color": "#666"}
    axes.plot([0, 1], [row, row], color="#D9D9D9", linewidth=1.5, zorder=1)
    if column.dtype.kind in "Ub":
        for value, x in _on_axis(column).items():
            axes.text(x, row, str(value), ha="center", backgroundcolor="white", **words)
        return
    axes.text(-0.01, row, number(float(column.min()), column), ha="right", **words)
    axes.text(1.01, row, number(float(column.max()), column), ha="left", **words)


def _on_axis(column: np.ndarray) -> dict[Any, float]:
    """Where texts and truths are written."""
    values = np.unique(column).tolist()
    return {value: (place + 0.5) / len(values) for place, value in enumerate(values)}


def _limit(axes: Any, box: Box, factor: str, column: np.ndarray, at: float, colour: str) -> None:
    if factor in box.values:
        for value, x in _on_axis(column).items():
            face = colour if value in box.values[factor] else "white"
            axes.plot(x - 0.08, at, "o", markersize=13, markerfacecolor=face, markeredgecolor=GREY)
        return
    if factor not in box.low and factor not in box.high:
        return
    low, width = float(column.min()), float(np.ptp(column))
    limits = (box.low.get(factor), box.high.get(factor))
    whole = (0.0, 1.0)
    ends = [
        side if limit is None else (float(limit) - low) / width
        for side, limit in zip(whole, limits, strict=True)
    ]
    ends[1] = max(ends[1], ends[0] + 0.006)
    axes.plot(ends, [at, at], color=colour, linewidth=13, solid_capstyle="butt")
    words: dict[str, Any] = {"fontsize": 11.5, "va": "center", "fontweight": "bold"}
    for limit, x, side, apart in zip(limits, ends, ("right", "left"), (-0.008, 0.008), strict=True):
        if limit is not None:
            axes.text(x + apart, at, number(float(limit), column), ha=side, color=DARK, **words)


def _name_boxes(figure: Any, found: Discovery) -> None:
    from matplotlib.lines import Line2D

    shown = [
        Line2D([], [], color=BOXES[place], linewidth=9, label=label)
        for place, label in enumerate(
            f"box {n}: density {part(one.density)}, covers {part(one.coverage)}"
            for n, one in enumerate(found.boxes, start=1)
        )
    ]
    figure.legend(handles=shown, loc="outside lower right", frameon=False, fontsize=12)


def _draw_states(found: Discovery) -> Any:
    """Every state of the world over two factors, those of interest filled, and the first box."""
    columns, box = found.pairs.worlds, found.boxes[0].box
    x, y = _by_use([box], list(columns))[:2]
    note = "Each mark is a state of the world, at its mean over the crises. Limits of factors that "
    note += "are not axes cannot be seen here."
    figure, axes = new_figure(headline(found), note)
    across, names = _numbers(columns[x])
    up, up_names = _numbers(columns[y])
    _shade_box(axes, box, (x, y), (across, up), columns)
    inside, yes = box.contains(columns), found.interesting
    colour, marker = (GOOD, "D") if found.question.name == "helps" else (BAD, "s")
    filled = {"marker": marker, "facecolor": colour, "edgecolor": DARK, "s": 58}
    hollow = {"marker": "o", "facecolor": "white", "edgecolor": GREY, "s": 58, "linewidth": 1.6}
    for which, text, how in ((yes, "of interest", filled), (~yes, "others", hollow)):
        text += f":\n{int((which & inside).sum())} in the box,\n{int((which & ~inside).sum())} not"
        axes.scatter(across[which], up[which], label=text, zorder=3, **how)
    for names_, set_ticks in ((names, axes.set_xticks), (up_names, axes.set_yticks)):
        if names_:
            set_ticks(range(len(names_)), names_)
    dress(axes, y, grid="")
    axes.set_xlabel(x, fontsize=13)
    figure.legend(loc="outside right center", frameon=False, fontsize=12, labelspacing=1.4)
    return figure


def _numbers(column: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Where values lie on an axis; texts and truths at whole numbers, a little apart."""
    if column.dtype.kind not in "Ub":
        return column.astype(float), []
    values, place = np.unique(column, return_inverse=True)
    apart = np.resize([-0.24, -0.12, 0.0, 0.12, 0.24], len(column))
    return place + apart, [str(value) for value in values.tolist()]


def _edges(held: np.ndarray, places: np.ndarray) -> tuple[float, float]:
    """A little around what is held, but never as far as what is not."""
    margin = 0.012 * (float(np.ptp(places)) or 1.0)
    low, high = float(held.min()), float(held.max())
    below, above = places[places < low], places[places > high]
    before = (low + float(below.max())) / 2 if len(below) else -np.inf
    behind = (high + float(above.min())) / 2 if len(above) else np.inf
    return max(low - margin, before), min(high + margin, behind)


def _shade_box(
    axes: Any,
    box: Box,
    names: tuple[str, str],
    places: tuple[np.ndarray, np.ndarray],
    columns: Any,
) -> None:
    from matplotlib.patches import Rectangle

    spans = []
    for name, place in zip(names, places, strict=True):
        only = Box(
            *(
                {name: limits[name]} if name in limits else {}
                for limits in (box.low, box.high, box.values)
            )
        )
        held = place[only.contains(columns)]
        spans.append(_edges(held, place))
    (left, right), (low, high) = spans
    axes.add_patch(
        Rectangle(
            (left, low),
            right - left,
            high - low,
            facecolor="#FBF0D9",
            edgecolor=BOXES[0],
            linewidth=2.2,
            label=textwrap.fill(box_words(box, columns), 30),
        )
    )
