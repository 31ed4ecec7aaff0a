"""Editing a scenario by form: every key of the file, faults where they are, undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara

from crisis_abm.dashboard.editing import Field, Form, added, form, put, removed
from crisis_abm.dashboard.event_times import calendar, first_day
from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.library import Library
from crisis_abm.dashboard.parts.timeline import timeline
from crisis_abm.dashboard.session import library, use_view
from crisis_abm.dashboard.terms import told
from crisis_abm.dashboard.view import View, address
from crisis_abm.dashboard.widgets.controls import Button, Choice, TextBox
from crisis_abm.dashboard.widgets.files import Save
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.places import Part, parse_place, show_place

__all__ = ["Edit"]

Place = tuple[Part, ...]
MOST_UNDONE = 100
MOST_TOLD = 12


@solara.component
def Edit() -> None:
    """The scenario of the address, at the place of the address."""
    view, go = use_view()
    mine = solara.use_memo(library, [])
    turn, redraw = solara.use_state(0)
    text, fault = solara.use_memo(lambda: _text(mine, view.scenario), [view.scenario, turn])
    if fault:
        tag("div", tag("p", fault), look="ca-problem")
    elif not mine.entry(view.scenario).own:
        tag("h1", "This scenario comes with the program")
        tag("p", "Copy it to change it.")
        Button.element(
            label="Copy and edit",
            look="main",
            on_presses=lambda _: go(scenario=mine.copy(view.scenario)),
        )
    else:
        _Editor(mine, view, text, lambda: redraw(turn + 1)).key(view.scenario)


@solara.component
def _Editor(mine: Library, view: View, text: str, changed: Callable[[], None]) -> None:
    """The form of an own scenario; what is changed is kept at once."""
    _, go = use_view()
    before, remember = solara.use_state(())
    scenario, problems = solara.use_memo(lambda: _checked(mine, view.scenario), [text])

    def keep(after: str, undoing: bool = False) -> None:
        if after != text:
            remember(before[:-1] if undoing else (*before, text)[-MOST_UNDONE:])
            mine.save(view.scenario, after)
            changed()

    tag("h1", "Edit: " + (scenario.title if scenario is not None else "a scenario with faults"))
    with solara.v.Html(tag="div", class_="ca-row"):
        Button.element(
            label="Run it",
            look="main",
            disabled=scenario is None,
            on_presses=lambda _: go("/", who="everyone", start=0, chosen="", place=""),
        ).key("run")
        Button.element(
            label="Undo",
            about="take the last change back",
            disabled=not before,
            on_presses=lambda _: keep(before[-1], undoing=True) if before else None,
        ).key("undo")
        Save.element(
            label="Download", name="scenario.toml", kind="application/toml", content=text
        ).key("save")
    _told(problems, view)
    shown = _form_at(text, view.place)
    _way(shown.place, view)
    if shown.about and shown.place:
        tag("p", *told(shown.about, "tick", "ticks", "levers", "hazard"), look="ca-note")
    _happens(shown.place, view, text, problems, keep, go)
    _fields(shown, problems, text, keep)
    _inner(shown, view, text, keep, go)


def _happens(
    place: Place,
    view: View,
    text: str,
    problems: tuple[Problem, ...],
    keep: Callable[[str], None],
    go: Callable[..., None],
) -> None:
    """Events on a line of time: all of them at the top and among the events, one at its form."""
    if place[1:] and place[0] == "events" and isinstance(place[1], int):
        timeline(text, problems, view, keep, place[1])
    elif place in ((), ("events",)):
        tag("h2", *told("What happens: events", "events"))
        timeline(text, problems, view, keep)

        def add() -> None:
            after, made = added(text, ("events",), values={"start": first_day(calendar(text))})
            keep(after)
            go(place=show_place(made))

        Button.element(label="Add an event", on_presses=lambda _: add()).key("add event")


def _form_at(text: str, place: str) -> Form:
    """The form of a place; of the whole, where that is none."""
    try:
        return form(text, _place(place))
    except ScenarioError:
        return form(text, ())


def _text(mine: Library, key: str) -> tuple[str, str]:
    try:
        text = mine.text(key)
        form(text, ())
    except ScenarioError as error:
        return "", "; ".join(map(str, error.problems))
    return text, ""


def _checked(mine: Library, key: str) -> tuple[Scenario | None, tuple[Problem, ...]]:
    try:
        return mine.open(key), ()
    except ScenarioError as error:
        return None, tuple(error.problems)


def _place(written: str) -> Place:
    try:
        return parse_place(written) if written else ()
    except ValueError:
        return ()


def _sentence(problem: Problem) -> str:
    words = "; ".join(part for part in (problem.message, problem.remedy) if part)
    return f"{problem.place}: {words}" if problem.place else words


def _told(problems: tuple[Problem, ...], view: View) -> None:
    """What keeps the scenario from being run, each with a way to where it is."""
    if not problems:
        tag("p", "It can be run; what you change is kept at once.", look="ca-note")
        return
    lines = []
    for problem in problems[:MOST_TOLD]:
        at = _place(problem.place)
        holder = at if at and isinstance(at[-1], int) else at[:-1]
        link = address("/edit", view.but(place=show_place(holder)))
        lines.append(tag("li", solara.Link(link, children=[_sentence(problem)])))
    if len(problems) > MOST_TOLD:
        lines.append(tag("li", f"and {len(problems) - MOST_TOLD} more"))
    head = tag("p", "It cannot be run yet:")
    tag("div", head, tag("ul", *lines), look="ca-problem", attributes={"aria-live": "polite"})


def _way(place: Place, view: View) -> None:
    """The way from the top of the file to here."""
    steps = [tag("li", solara.Link(address("/edit", view.but(place="")), children=["scenario"]))]
    for end in range(1, len(place) + 1):
        part = place[end - 1]
        words = f"number {part + 1}" if isinstance(part, int) else part.replace("_", " ")
        link = address("/edit", view.but(place=show_place(place[:end])))
        steps.append(tag("li", solara.Link(link, children=[words])))
    tag("nav", tag("ol", *steps, look="ca-way-in"), attributes={"aria-label": "Where in the file"})


def _fields(
    shown: Form, problems: tuple[Problem, ...], text: str, keep: Callable[[str], None]
) -> None:
    """The fields of a form, each with its fault."""
    with solara.v.Html(tag="div", class_="ca-fields"):
        for field in shown.fields:
            _field(field, _fault(field, problems), text, keep)


def _fault(field: Field, problems: tuple[Problem, ...]) -> str:
    here = show_place(field.place)
    found = [p for p in problems if p.place == here or p.place.startswith((f"{here}.", f"{here}["))]
    return "; ".join(f"{p.message}; {p.remedy}" if p.remedy else p.message for p in found)


def _field(field: Field, fault: str, text: str, keep: Callable[[str], None]) -> Any:
    label = field.name.replace("_", " ")
    usual = f"usually {field.usual}" if field.usual else ""
    about = " ".join(
        part for part in (field.about, field.usual and f"Usually {field.usual}.") if part
    )
    if field.choices:
        words = [["", f"not said ({usual})" if usual else "not said"]]
        words += [[choice, choice.replace("_", " ")] for choice in field.choices]
        if field.value and field.value not in field.choices:
            words.append([field.value, field.value])
        return Choice.element(
            label=label,
            about=about,
            fault=fault,
            options=words,
            value=field.value,
            on_value=lambda value: keep(put(text, field.place, value)),
        ).key(show_place(field.place))
    long = field.is_text and (len(field.value) > 60 or field.name in ("description", "caveat"))
    return TextBox.element(
        label=label,
        about=about,
        value=field.value,
        fault=fault,
        kind="multiline" if long else "text",
        on_value=lambda value: keep(put(text, field.place, value)),
    ).key(show_place(field.place))


def _inner(
    shown: Form, view: View, text: str, keep: Callable[[str], None], go: Callable[..., None]
) -> None:
    """What has forms of its own; adding and taking away."""
    if shown.place == ("events",):  # they are on the line of time
        return
    if shown.inner:
        tag("h2", "Inside" if shown.place else "Parts of the scenario")
    rows = []
    for inner in shown.inner:
        link = address("/edit", view.but(place=show_place(inner.place)))
        words = inner.name.replace("_", " ")
        note = inner.summary if inner.there else "none yet"
        note = f"{inner.about} ({note})" if inner.about and note else inner.about or note
        row = [solara.Link(link, children=[words]), tag("span", f" {note}", look="ca-note")]
        if inner.own:
            row.append(
                Button.element(
                    label="Remove",
                    about=words,
                    look="quiet",
                    on_presses=lambda _, place=inner.place: keep(removed(text, place)),
                ).key(show_place(inner.place))
            )
        rows.append(tag("li", *row, look="ca-row"))
    if rows:
        tag("ul", *rows, look="ca-inner")

    def add(name: str = "") -> None:
        after, place = added(text, shown.place, name)
        keep(after)
        go(place=show_place(place))

    if shown.grows == "entry":
        Button.element(label="Add one", on_presses=lambda _: add()).key("add")
    elif shown.grows == "key":
        TextBox.element(
            label="Add one called",
            about="Write a name and press Enter.",
            on_value=lambda name: add(name.strip()) if name.strip() else None,
        ).key(f"add {show_place(shown.place)} {len(shown.inner) + len(shown.fields)}")
