"""Adoption as a report: whom to call first, and whether it tips."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import Any

import numpy as np

from crisis_abm.analysis.coalition.adoption import Adoption, Step
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.coalition_words import (
    about_lowest,
    about_order,
    about_random,
    about_tipping,
    about_tipping_at_random,
    adoption_finding,
    headline,
    shown_calls,
)
from crisis_abm.report.effect_words import estimate_cells, is_better, is_worse, of_outcome
from crisis_abm.report.finding import caveat, report_on, run_line
from crisis_abm.report.sections import Column, Picture, Report, Section, Table, arrays
from crisis_abm.report.style import DARK, GREY, RECIPROCAL, SILOED, aside, dress, new_figure
from crisis_abm.report.words import counted, signed, unit
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import BAND, band

TITLE = "Whom to call first"
AFTER = (3, 5, 10)  # calls at which the orders are compared
NAMED = 5  # organisations whose why is a click away


def coalition_report(result: Adoption) -> Report:
    """The order, harm against calls, whether it tips, and what a random order costs."""
    scenario = result.scenario
    steps = counted(scenario.time.steps, scenario.time.unit)
    crises = counted(result.replicates, "crisis", "crises")
    count = result.random.shape[0] * result.random.shape[1]
    first = result.called(min(NAMED, len(result.units)))
    policies = f"{result.otherwise} and {result.policy}"
    return report_on(
        scenario,
        result.seconds,
        (TITLE, run_line(policies, result.replicates, result.seed, result.runs)),
        finding=adoption_finding(result),
        asked=f"{crises} of {steps}; {counted(count, 'random order')}; seed {result.seed}",
        sections=_sections(result),
        facts=_facts(result, count),
        data=partial(_coalition_tables, result),
        who=[(one.name, one.title) for one in first if result.by == "organisation"],
    )


def _facts(result: Adoption, random_orders: int) -> dict[str, Any]:
    calls, _ = result.lowest()
    return {
        "seed": result.seed,
        "replicates": result.replicates,
        "screening": result.screening,
        "random_orders": int(random_orders),
        "outcome": result.outcome,
        "unit": unit(result.outcome, result.scenario),
        "less_is_better": OUTCOMES[result.outcome].better < 0,
        "policy": result.policy,
        "otherwise": result.otherwise,
        "by": result.by,
        "organisations": result.organisations,
        "not_called": list(result.not_called),
        "everybody": float(result.everybody.mean()),
        "tipping": _step(result.tipping()),
        "tipping_at_random": _step(result.tipping_at_random()),
        "calls_for_half": _place(result.calls_for(0.5)),
        "calls_for_half_at_random": _place(result.calls_for(0.5, at_random=True)),
        "calls_at_lowest": calls,
        "found_from_the_end": result.found.backward,
        "coalitions_tried": result.found.asked,
        "runs": result.runs,
    }


def _step(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    return {
        "from": step.at,
        "part": step.part,
        "interval": list(step.interval),
        "agreement": step.agreement,
        "tips": bool(step.tips),
    }


def _place(found: tuple[float, tuple[float, float] | None] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"calls": found[0], "interval": found[1] and list(found[1])}


def _sections(result: Adoption) -> list[Section]:
    words = [adoption_finding(result), about_order(result)]
    tables = _coalition_tables(result)
    moves = bool(result.best.any() or result.random.any())
    pictures = [
        Picture(
            "adoption",
            "Harm against how many were called, in the best order found and in random orders.",
            partial(_adoption, result),
            arrays(tables["curves.csv"]),
            "Harm by how many were called",
        ),
        Picture(
            "first_calls",
            "What each of the first calls changes.",
            partial(_first, result),
            arrays(tables["order.csv"]),
        ),
    ]
    several = moves and result.replicates > 1
    if several:
        told = [about_tipping(result), about_tipping_at_random(result), about_lowest(result)]
        words += [text for text in told if text]
    shown = [_calls(result)] if moves else []
    found = [Section("calls", TITLE, words, shown, pictures)]
    if several:
        measured = set(result.points.tolist())
        after = [k for k in AFTER if k < len(result.units) and k in measured]
        told = [*(about_random(result, k) for k in after), about_random(result)]
        found.append(Section("random", "How much worse a random order is", told))
    return found


def _calls(result: Adoption) -> Table:
    """One row a call, nobody first; figures where they were measured."""
    units, points = result.called(len(result.units)), result.points.tolist()
    at = {calls: k for k, calls in enumerate(points)}
    calls = range(len(units) + 1)
    random = result.random_after(result.points).mean(axis=0)
    later = [calls in at and calls > 0 for calls in range(len(units) + 1)]
    columns = [
        Column.of("call", list(calls), "call"),
        Column.of("title", ["nobody", *(one.title for one in units)], "whom"),
        Column.of("about", ["", *(one.about for one in units)], "who that is", narrow="{}"),
        Column.of(
            "mean",
            [float(result.best[:, at[k]].mean()) if k in at else "" for k in calls],
            "then",
        ),
        Column.of_estimates(
            "step", [result.step(at[k] - 1) if later[k] else None for k in calls], "this call"
        ),
        Column.of_estimates(
            "gain", [result.gain(k) if later[k] else None for k in calls], "in all"
        ),
        Column.of("random", [float(random[at[k]]) if later[k] else "" for k in calls], "at random"),
        Column.of_estimates(
            "random_behind", [result.random_behind(k) if later[k] else None for k in calls]
        ),
        Column.of("name", ["", *(one.name for one in units)]),
        Column.of("organisations", [0, *(len(one.rows) for one in units)]),
    ]
    title = f"{TITLE} ({of_outcome(result.outcome, result.scenario)})"
    return Table("calls", title, columns, first=len(shown_calls(result)) + 1, ranked=True)


def _coalition_tables(result: Adoption) -> dict[str, Any]:
    """Every table of the bundle, by file name."""
    return {
        "order.csv": _order(result),
        "curves.csv": _curves(result),
        "values.csv": _values(result),
    }


def _order(result: Adoption) -> dict[str, list[Any]]:
    """One row a call of the best order; figures where they were measured."""
    index = {int(calls): k for k, calls in enumerate(result.points)}
    rows = []
    for calls, called in enumerate(result.called(len(result.units)), start=1):
        row: dict[str, Any] = {
            "call": calls,
            "name": called.name,
            "title": called.title,
            "about": called.about,
            "organisations": len(called.rows),
        }
        if calls in index:
            row |= {"mean": float(result.after(calls).mean())}
            row |= estimate_cells("gain", result.gain(calls))
            row |= estimate_cells("step", result.step(index[calls] - 1))
            row |= estimate_cells("random_behind", result.random_behind(calls))
        rows.append(row)
    names = max((list(row) for row in rows), key=len, default=[])
    return {name: [row.get(name, "") for row in rows] for name in names}


def _curves(result: Adoption) -> dict[str, list[Any]]:
    """One row a measured point of either curve: mean, and band over crises (and orders)."""
    rows = [("best", calls, result.best[:, k]) for k, calls in enumerate(result.points.tolist())]
    rows += [
        ("random", calls, result.random[..., k].ravel())
        for k, calls in enumerate(result.random_points.tolist())
    ]
    rows.append(("everybody", len(result.units), result.everybody))
    bands = [band(values) for _, _, values in rows]
    return {
        "order": [order for order, _, _ in rows],
        "calls": [calls for _, calls, _ in rows],
        "share": [calls / max(1, len(result.units)) for _, calls, _ in rows],
        "mean": [float(np.mean(values)) for _, _, values in rows],
        "band_low": [low for low, _ in bands],
        "band_high": [high for _, high in bands],
    }


def _values(result: Adoption) -> dict[str, list[Any]]:
    """One row a run: all that the rest is computed from. Order 0 is the best."""
    rows: list[tuple[int, int, int, float]] = []
    for r in range(result.replicates):
        rows += [
            (r, 0, c, v)
            for c, v in zip(result.points.tolist(), result.best[r].tolist(), strict=True)
        ]
        rows += [
            (r, number, c, v)
            for number, curve in enumerate(result.random[r].tolist(), start=1)
            for c, v in zip(result.random_points.tolist(), curve, strict=True)
        ]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    names = ("replicate", "order", "calls", "value")
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


DRAWN = 12  # first calls


def _note(result: Adoption) -> str:
    orders = result.random.shape[0] * result.random.shape[1]
    text = f"Lines: mean of {result.replicates} crises. Shaded: 80% of them"
    return f"{text} (and of {orders} random orders). {caveat(result.scenario)}".strip()


def _title(result: Adoption) -> str:
    return textwrap.shorten(headline(result), 240, placeholder=" …")


def _adoption(result: Adoption) -> Any:
    figure, axes = new_figure(_title(result), _note(result))
    random = result.random.reshape(-1, len(result.random_points))
    curves = (
        ("random order", GREY, result.random_points, random),
        ("best order found", RECIPROCAL, result.points, result.best),
    )
    for name, colour, points, values in curves:
        low, high = np.quantile(values, BAND, axis=0)
        axes.fill_between(points, low, high, color=colour, alpha=0.18, linewidth=0)
        mean = values.mean(axis=0)
        axes.plot(points, mean, "o-", color=colour, linewidth=2.4, markersize=4, clip_on=False)
        at = len(points) // 2
        axes.annotate(
            name,
            (points[at], mean[at]),
            xytext=(0, 12),
            textcoords="offset points",
            ha="center",
            color=colour,
            fontsize=14,
            fontweight="bold",
        )
    _mark_tipping(result, axes)
    count = len(result.units)
    axes.set_xlim(0, max(1, count))
    axes.set_ylim(bottom=min(0.0, float(result.best.min())))
    places = np.unique(np.linspace(0, count, min(count, 10) + 1).round().astype(int))
    axes.set_xticks(places, [f"{calls}\n{calls / max(1, count):.0%}" for calls in places])
    what = {"organisation": "organisations", "group": "kinds in areas"}.get(
        result.by, f"{result.by}s"
    )
    axes.set_xlabel(f"{what} called, and their share; the others {result.otherwise}", fontsize=13)
    dress(axes, of_outcome(result.outcome, result.scenario))
    return figure


def _mark_tipping(result: Adoption, axes: Any) -> None:
    step = result.tipping()
    if step is None or not step.tips:
        return
    calls = int(result.points[step.at + 1])
    height = float(result.best[:, step.at + 1].mean())
    axes.annotate(
        f"tipping point: call {calls},\n{result.called(calls)[-1].title}",
        (calls, height),
        xytext=(26, 36),
        textcoords="offset points",
        fontsize=12,
        color=DARK,
        arrowprops={"arrowstyle": "-", "color": DARK},
    )


def _tint(step: Difference, outcome: str) -> str:
    if is_better(step, outcome):
        return RECIPROCAL
    return SILOED if is_worse(step, outcome) else GREY


def _first(result: Adoption) -> Any:
    """What each of the first calls changes, by name."""
    note = "Bars: what the call changes, mean; lines: 90% interval. Calls work in this order."
    figure, axes = new_figure(_title(result), f"{note} {caveat(result.scenario)}".strip())
    rows = min(DRAWN, len(result.points) - 1)
    labels = []
    for k in range(rows):
        step, calls = result.step(k), int(result.points[k + 1])
        colour = _tint(step, result.outcome)
        axes.barh(k, step.mean, color=colour, alpha=0.75, height=0.62)
        axes.plot(step.interval or (step.mean,) * 2, [k, k], color=DARK, linewidth=2)
        unit = result.called(calls)[-1]
        labels.append(f"{calls}. {unit.title}")
        aside(axes, k, f"{signed(step.mean)}, in all {signed(result.gain(calls).mean)}", 1.01)
    axes.set_yticks(range(rows), labels)
    axes.invert_yaxis()
    axes.axvline(0, color="#555", linewidth=1)
    axes.margins(x=0.06)
    dress(axes, grid="x")
    what = of_outcome(result.outcome, result.scenario)
    axes.set_xlabel(f"change in {what} that the call brings, after those above it", fontsize=13)
    return figure
