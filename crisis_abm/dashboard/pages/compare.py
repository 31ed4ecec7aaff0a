"""The home page: what working together would change here, and who pays for it."""

from __future__ import annotations

import math
from typing import Any

import solara

from crisis_abm.dashboard.components.charts import MOST_ROWS, OverTime, numbers
from crisis_abm.dashboard.components.frame import ErrorPanel, ExportButtons, Panel, choice_of_crises
from crisis_abm.dashboard.components.html import identity, marked, tag, term
from crisis_abm.dashboard.components.run_view import RunView
from crisis_abm.dashboard.data.comparing import comparison_page
from crisis_abm.dashboard.state.session import (
    Running,
    again,
    library,
    stop,
    use_comparison,
    use_view,
    workers,
)
from crisis_abm.dashboard.state.view import (
    ANEW,
    MOST_REPLICATES,
    WHY,
    View,
    address,
    choices_of_who,
)
from crisis_abm.dashboard.widgets.controls import Button, Choice, Slider, Tour
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import how_often, in_short, may_differ
from crisis_abm.report.finding import caveat, settling, so_far
from crisis_abm.report.tables import harm_by_group, payer_columns, summary_columns
from crisis_abm.report.words import area_name, counted, figure, span
from crisis_abm.runs import Comparison
from crisis_abm.runs.comparison import Payer
from crisis_abm.scenario import LEVERS

MOST_NAMED = 5  # of those who pay
TOUR = [
    [
        "The same crises, twice",
        "Siloed: everybody looks after their own. Beside it, the sliders say how far "
        "organisations work together. Both meet the same crises, so the difference is theirs.",
    ],
    [
        "What changes, and how sure",
        "The sentence on top says what working together changes, and in how many crises. Below: "
        "day by day, who pays for it, and one crisis with every organisation.",
    ],
    [
        "Why, and your own",
        "Why follows every harm back to its roots. Under Scenarios are other crises; copy one to "
        "make it your own.",
    ],
]


@solara.component
def Compare() -> None:
    """Siloed beside any mix of the principles, in the same crises."""
    view, _ = use_view()
    running = use_comparison(view)
    result = running.result
    Tour.element(steps=TOUR).key("tour")
    with solara.v.Html(tag="div", class_="ca-columns"):
        _Controls(running)
        with solara.v.Html(tag="div"):
            tag("h1", running.title)
            if running.problems:
                ErrorPanel(running.problems)
            elif result is None and running.stopped:
                tag("p", "Stopped before the first crisis was run.", look="ca-finding")
            elif result is not None:
                known = (*result.policies, "90% interval", "crises", "given as a range")
                asked = None if running.finished else running.question.replicates
                said = so_far(result, asked)
                tag(
                    "p",
                    *marked(said, *known),
                    look="ca-finding",
                    attributes={"aria-live": "polite"},
                )
                _Settling(running)
                tag("p", caveat(result.scenario), look="ca-note")
                note = "" if running.finished else f"from {running.done} crises so far"
                ExportButtons("report", lambda: _report(running, view.crisis), note).key("export")
                OverTime(result)
                _WhoPays(result, running.finished)
            RunView(view, running).key("run view")
            if result is not None:
                _Outcomes(result)


def _report(running: Running, crisis: int) -> str:
    """The report of the crises that are there, one of them day by day."""
    assert running.scenario is not None
    asked = None if running.finished else running.question.replicates
    task = (running.result, min(crisis, running.question.replicates - 1), asked)
    return str(workers().ask(comparison_page, running.scenario, task))


@solara.component
def _Controls(running: Running) -> None:
    """The controls of the home page."""
    view, go = use_view()
    titles = solara.use_memo(lambda: library().titles(), [view.scenario])
    known = titles if view.scenario in titles else {**titles, view.scenario: view.scenario}
    children = [
        Choice.element(
            label="Scenario",
            options=[[key, title] for key, title in known.items()],
            value=view.scenario,
            on_value=lambda key: go(scenario=key, **ANEW),
        ).key("scenario"),
        tag("h2", "Working together"),
    ]
    for name, lever in LEVERS.items():
        children.append(
            Slider.element(
                label=lever.title,
                term=identity(lever.title),
                about=lever.sentence,
                value=view.levers[name],
                ends=["not at all", "fully"],
                on_value=lambda value, name=name: go(**{name: round(value, 3)}),
            ).key(name)
        )
    if running.scenario is not None:
        options = [[key, words] for key, words in choices_of_who(running.scenario).items()]
        children.append(
            Choice.element(
                label="Who", options=options, value=view.who, on_value=lambda who: go(who=who)
            ).key("who")
        )
        steps = running.scenario.time.steps
        children.append(
            Slider.element(
                label=f"From {running.scenario.time.unit}",
                about="Until then everybody looks after their own.",
                value=float(min(view.start, steps - 1)),
                most=float(steps - 1),
                step=1.0,
                ends=["the first", ""],
                on_value=lambda start: go(start=int(start)),
            ).key("start")
        )
    about = "More crises give a surer answer, and take longer. Files call them replicates."
    children.append(choice_of_crises(view, go, about))
    total = running.question.replicates
    children.append(tag("p", f"{running.done} of {total} crises run", look="ca-note"))
    children.append(
        Button.element(  # one button for both: the browser is slow to make another
            label="Run again" if running.finished else "Stop",
            look="main" if running.finished else "plain",
            on_presses=lambda _: again() if running.finished else stop(),
        ).key("run")
    )
    Panel("What is asked: scenario, sliders, who", children)


@solara.component
def _Settling(running: Running) -> None:
    """Nothing while crises come in, and where they leave nothing open."""
    _, go = use_view()
    result = running.result
    many = None
    if result is not None and running.finished and not running.stopped:
        many = settling(result.difference("harm", result.policies[1]))
    with solara.v.Html(tag="div", class_="ca-row"):
        if many is None:
            return
        if many > MOST_REPLICATES:
            tag("span", f"More than the {MOST_REPLICATES:,} that a page runs.", look="ca-note")
            return
        Button.element(
            label=f"Run {many:,} crises", on_presses=lambda _: go(replicates=many, crisis=0)
        ).key(f"settle {many}")


@solara.component
def _WhoPays(result: Comparison, finished: bool) -> None:
    """Those who come to more harm when others work together, and those who come to less."""
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
        tag(
            "ul",
            *[tag("li", *_payer_line(result, payer, unit, view)) for payer in worse[:MOST_NAMED]],
        )
    less = counted(len(gains), "organisation") if gains else "No organisation"
    tag("p", f"{less} of {count:,} {'comes' if len(gains) <= 1 else 'come'} to less.")
    note = "Each judged by its own 90% interval: of a hundred who pay nothing, five would be named."
    tag("p", *marked(note, "90% interval"), look="ca-note")
    headings = {"called": "who", "level": "level", "effect": "with it", "first": "siloed"}
    headings |= {"second": second, "difference": "difference", "low": "interval from", "high": "to"}
    shown = zip(columns["name"][:MOST_ROWS], columns["level"][:MOST_ROWS], strict=True)
    why = [_why(view, name) if level == "organisation" else "" for name, level in shown]
    caption = "Who is shown to come to more harm, and who to less"
    numbers(caption, "who_pays", columns, headings, links={"called": why})


def _payer_line(result: Comparison, payer: Payer, unit: str, view: View) -> tuple[Any, str]:
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
def _Outcomes(result: Comparison) -> None:
    """Every outcome, and harm by kind and by area."""
    second = result.policies[1]
    summary = solara.use_memo(lambda: summary_columns(result), [result])
    kinds = solara.use_memo(lambda: harm_by_group(result, "kind"), [result])
    areas = solara.use_memo(lambda: harm_by_group(result, "area"), [result])
    tag("h2", "Outcomes")
    headings = {"title": "outcome", "unit": "unit", "first_mean": "siloed", "mean": second}
    headings |= {"difference": "difference", "interval_low": "interval from", "interval_high": "to"}
    words = "Every outcome, mean over crises"
    alike = [result.difference(outcome, second).alike for outcome in OUTCOMES]
    columns = _floats(summary)
    if any(alike):
        columns["told"] = [(one and f"{in_short(one)}: {may_differ(one)}") or "" for one in alike]
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
    ends = {name: column for name, column in columns.items() if name.startswith("interval")}
    return columns | {n: [math.nan if v == "" else v for v in column] for n, column in ends.items()}
