"""What a comparison came to: who pays, all outcomes, harm by kind and by area."""

from __future__ import annotations

from typing import Any

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.numbers import MOST_ROWS, numbers
from crisis_abm.dashboard.session import use_view
from crisis_abm.dashboard.site_map import WHY
from crisis_abm.dashboard.terms import term, told
from crisis_abm.dashboard.view import View, address
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import how_often, in_short, may_differ
from crisis_abm.report.tables import harm_by_group, payer_columns, summary_columns
from crisis_abm.report.words import area_name, counted, figure, span
from crisis_abm.runs import Comparison
from crisis_abm.runs.comparison import Payer

__all__ = ["Outcomes", "WhoPays"]

MOST_NAMED = 5


@solara.component
def WhoPays(result: Comparison, finished: bool = True) -> None:
    """Those who come to more harm when others work together, and those who come to less.

    Parameters
    ----------
    result : Comparison
    finished : bool
        Whether no more crises will come in.
    """
    view, _ = use_view()
    second, unit = result.policies[1], result.scenario.harm_unit
    worse = solara.use_memo(lambda: result.payers(second), [result])
    gains = solara.use_memo(lambda: result.payers(second, worse=False), [result])
    columns = solara.use_memo(lambda: _with_names(result, payer_columns(result)), [result])
    tag("h2", term("who pays", "Who pays"))
    if result.replicates < 2:
        tag("p", "One crisis cannot show who pays.")
        return
    if not finished:
        tag("p", "Who pays is said when all crises are in.")
        return
    count = len(result.tables.ids)
    if not worse:
        tag("p", f"No organisation of {count:,} is shown to come to more {unit}.")
    else:
        tag("p", f"{counted(len(worse), 'organisation')} of {count:,} come to more {unit}:")
        tag("ul", *[tag("li", *_told(result, payer, unit, view)) for payer in worse[:MOST_NAMED]])
    less = counted(len(gains), "organisation") if gains else "No organisation"
    tag("p", f"{less} of {count:,} {'comes' if len(gains) <= 1 else 'come'} to less.")
    note = "Each judged by its own 90% interval: of a hundred who pay nothing, five would be named."
    tag("p", *told(note, "90% interval"), look="ca-note")
    headings = {"called": "who", "level": "level", "effect": "with it", "first": "siloed"}
    headings |= {"second": second, "difference": "difference", "low": "interval from", "high": "to"}
    shown = zip(columns["name"][:MOST_ROWS], columns["level"][:MOST_ROWS], strict=True)
    why = [_why(view, name) if level == "organisation" else "" for name, level in shown]
    caption = "Who is shown to come to more harm, and who to less"
    numbers(caption, "who_pays", columns, headings, links={"called": why})


def _told(result: Comparison, payer: Payer, unit: str, view: View) -> tuple[Any, str]:
    name = result.tables.names[result.tables.ids.index(payer.name)] or payer.name
    said = f": {_more(payer)} more {unit} (siloed {figure(payer.first)})"
    return solara.Link(_why(view, payer.name), children=[name]), said


def _more(payer: Payer) -> str:
    if payer.alike is not None:
        return f"{figure(payer.alike.figure)} {how_often(payer.alike)}"
    assert payer.interval is not None
    return span(*payer.interval, payer.difference)


def _with_names(result: Comparison, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Payers with a column more: what they are called on the screen."""
    names = dict(zip(result.tables.ids, result.tables.names, strict=True))
    rows = zip(columns["level"], columns["name"], strict=True)
    called = [
        names[name] or name if level == "organisation" else _called(result, level, name)
        for level, name in rows
    ]
    return {**columns, "called": called}


def _called(result: Comparison, level: str, name: str) -> str:
    """A kind or area as it is called on the screen; the file has its key, too."""
    return area_name(result.scenario, name) if level == "area" else name.replace("_", " ")


def _why(view: View, organisation: str) -> str:
    return address(WHY, view.but(chosen=organisation))


@solara.component
def Outcomes(result: Comparison) -> None:
    """Every outcome, and harm by kind and by area."""
    second = result.policies[1]
    summary = solara.use_memo(lambda: summary_columns(result), [result])
    kinds = solara.use_memo(lambda: harm_by_group(result, "kind"), [result])
    areas = solara.use_memo(lambda: harm_by_group(result, "area"), [result])
    tag("h2", "Outcomes")
    headings = {"title": "outcome", "unit": "unit", "first_mean": "siloed", "mean": second}
    headings |= {"difference": "difference", "interval_low": "interval from", "interval_high": "to"}
    words = "Every outcome, mean over crises"
    told = [result.difference(outcome, second).alike for outcome in OUTCOMES]
    columns = _floats(summary)
    if any(told):
        columns["told"] = [(one and f"{in_short(one)}: {may_differ(one)}") or "" for one in told]
        headings["told"] = "no interval where nearly all are the same"
    numbers(words, "outcomes", columns, headings, False, True)
    groups = (("kind", "kind of organisation", kinds), ("area", "area", areas))
    for level, words, columns in groups:
        shown = {"called": words, "organisations": "organisations", "first": "siloed"}
        shown |= {
            "second": second,
            "difference": "difference",
            "low": "interval from",
            "high": "to",
        }
        if len(columns["name"]) > 1:
            caption = f"{result.scenario.harm_unit} by {words}".capitalize()
            columns = {**columns, "called": [_called(result, level, n) for n in columns["name"]]}
            numbers(caption, f"harm_by_{level}", columns, shown, folded=False)


def _floats(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """An empty text where there is no figure becomes a missing number, so that columns are one."""
    missing = float("nan")
    return {
        name: [missing if value == "" else value for value in column]
        if name.startswith("interval")
        else column
        for name, column in columns.items()
    }
