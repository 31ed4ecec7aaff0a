"""Adoption as a report: whom to call first, and whether it tips."""

from __future__ import annotations

from functools import partial
from typing import Any

from crisis_abm.analysis.coalition.adoption import Adoption
from crisis_abm.analysis.coalition.tipping import Step
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.about import facts_of, rests_on, run_line
from crisis_abm.report.coalition.pictures import coalition_figures
from crisis_abm.report.coalition.tables import coalition_tables
from crisis_abm.report.coalition.words import (
    about_lowest,
    about_order,
    about_random,
    about_tipping,
    about_tipping_at_random,
    adoption_finding,
    shown_calls,
)
from crisis_abm.report.columns import arrays
from crisis_abm.report.effect_words import of_outcome
from crisis_abm.report.finding import caveat
from crisis_abm.report.sections import Column, Picture, Report, Section, Table
from crisis_abm.report.words import counted, unit

__all__ = ["coalition_report"]

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
    return Report(
        title=scenario.title,
        finding=adoption_finding(result),
        asked=f"{scenario.title}: {crises} of {steps}; {counted(count, 'random order')}; "
        f"seed {result.seed}",
        caveat=caveat(scenario),
        sections=_sections(result),
        facts=facts_of(scenario, result.seconds) | _facts(result, count),
        about=rests_on(
            scenario,
            TITLE,
            run_line(
                f"{result.otherwise} and {result.policy}",
                result.replicates,
                result.seed,
                result.runs,
            ),
        ),
        data=partial(coalition_tables, result),
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
    figures, tables = coalition_figures(result), coalition_tables(result)
    moves = bool(result.best.any() or result.random.any())
    pictures = [
        Picture(
            "adoption",
            "Harm against how many were called, in the best order found and in random orders.",
            figures["adoption"],
            arrays(tables["curves.csv"]),
            "Harm by how many were called",
        ),
        Picture(
            "first_calls",
            "What each of the first calls changes.",
            figures["first_calls"],
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
