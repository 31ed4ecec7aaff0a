"""Editing a scenario by form: every key of the file, faults where they are, undo and redo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara
from solara.server import kernel_context

from crisis_abm.dashboard.components.forms import Change, add, fields, in_units, inner, timeline
from crisis_abm.dashboard.components.frame import ErrorPanel
from crisis_abm.dashboard.components.html import marked, tag
from crisis_abm.dashboard.scenarios.editing import difference, form, nearest, where_now
from crisis_abm.dashboard.scenarios.event_times import calendar, first_day
from crisis_abm.dashboard.scenarios.file_changes import follow
from crisis_abm.dashboard.scenarios.library import Library
from crisis_abm.dashboard.scenarios.problems import sentence
from crisis_abm.dashboard.state.session import library, use_view
from crisis_abm.dashboard.state.view import ANEW, COMPARE, EDIT, View, address
from crisis_abm.dashboard.widgets.controls import Button, Save, Undo
from crisis_abm.scenario import Problem, ScenarioError
from crisis_abm.scenario.io.editor import Place
from crisis_abm.scenario.paths import parse_place, show_place
from crisis_abm.tables.build import try_building

MOST_TOLD = 12


@solara.component
def Edit() -> None:
    """The scenario of the address, at the place of the address."""
    view, go = use_view()
    mine = solara.use_memo(library, [])
    _, draw = solara.use_state(0)
    drawn = solara.use_ref("")

    def again() -> None:
        draw(lambda count: count + 1)

    _use_news(mine, view.scenario, drawn, again)
    try:
        entry = mine.entry(view.scenario)
        text = mine.text(view.scenario) if entry.own else ""
    except ScenarioError as error:
        tag("h1", "This scenario is not there")
        ErrorPanel(list(map(sentence, error.problems)))
        return
    drawn.current = text
    if entry.own:
        _Editor(mine, view, text, again).key(view.scenario)
        return
    tag("h1", "This scenario comes with the program")
    tag("p", "Copy it to change it.")
    Button.element(
        label="Copy and edit",
        look="main",
        on_presses=lambda _: go(scenario=mine.copy(view.scenario)),
    )


def _use_news(mine: Library, key: str, drawn: Any, again: Callable[[], None]) -> None:
    """Draw the page again when another page changed the scenario, or took it away."""

    def listen() -> Callable[[], None] | None:
        context: Any = kernel_context.get_current_context()
        try:
            path = mine.entry(key).path
        except ScenarioError:
            return None

        def heard() -> None:
            if context.closed_event.is_set() or _says(mine, key, drawn.current):
                return
            with context:
                again()

        return follow(path, heard)

    solara.use_effect(listen, [key])


def _says(mine: Library, key: str, text: str) -> bool:
    try:
        return mine.text(key) == text
    except ScenarioError:
        return False


@solara.component
def _Editor(mine: Library, view: View, text: str, again: Callable[[], None]) -> None:
    """The form of an own scenario; what is changed is kept at once."""
    _, go = use_view()
    news, tell = solara.use_state(("", ""))  # what was done, and where
    refused, refuse = solara.use_state(0)
    title, problems = solara.use_memo(lambda: _checked(mine, view.scenario), [text])

    def attempt(what: Callable[[], tuple[str, str]]) -> bool:
        """Do something to the file; a page shows it as it is then, whether it was done or not."""
        try:
            tell(what())
        except ScenarioError as error:
            tell((f"Not changed. {' '.join(map(sentence, error.problems))}.", ""))
            refuse(refused + 1)
            return False
        finally:
            again()
        return True

    def change(make: Callable[[str, Place], str], place: Place) -> bool:
        def changed() -> tuple[str, str]:
            mine.change(view.scenario, lambda now: make(now, where_now(text, now, place)))
            return "", ""

        return attempt(changed)

    def step(what: str) -> None:
        def stepped() -> tuple[str, str]:
            found = (mine.undo if what == "undo" else mine.redo)(view.scenario)
            done = "Undone" if what == "undo" else "Done again"
            return (done, show_place(difference(*found))) if found else (f"Nothing to {what}.", "")

        attempt(stepped)

    tag("h1", f"Edit: {title}")
    undoable, redoable = solara.use_memo(lambda: mine.changes(view.scenario), [text])
    with solara.v.Html(tag="div", class_="ca-row"):
        Button.element(
            label="Run it",
            look="main",
            disabled=bool(problems),
            on_presses=lambda _: go(COMPARE, **ANEW),
        ).key("run")
        Undo.element(undoable=undoable, redoable=redoable, asked=step).key("undo")
        Save.element(
            label="Download", name="scenario.toml", kind="application/toml", content=text
        ).key("save")
        _status_line(news[0], news[1], view)
    _problem_list(problems, view)
    place, missing = _use_place(text, view.place, go)
    if place is None:  # the file cannot be read at all, as is told above
        return
    shown = form(text, place)
    known = calendar(text)
    unit = "tick" if known is None else known.unit
    if place:
        _breadcrumbs(place, view)
    if missing:
        tag("p", f"There is no {view.place} here (any more). This is what it was in.")
    if shown.about and place:
        about = marked(in_units(shown.about, unit), "tick", "ticks", "levers", "hazard")
        tag("p", *about, look="ca-note")
    _events(place, view, text, problems, change, go)
    fields(shown, problems, unit, refused, change)
    inner(shown, view, text, unit, change, go)


def _use_place(text: str, written: str, go: Callable[..., None]) -> tuple[Place | None, bool]:
    """The place that is shown, which moves with what stands there; whether what is asked is not.

    None where the text is no TOML.
    """
    before = solara.use_ref(("", ""))

    def find() -> tuple[Place | None, bool, bool]:
        was, there = before.current
        before.current = (text, written)
        place, moved = _place(written), False
        if was and there == written:
            try:
                now = where_now(was, text, place)
                place, moved = now, now != place
            except ScenarioError:
                pass
        try:
            found, known = nearest(text, place)
        except ScenarioError:
            return None, False, False
        return found, not known, moved

    def follow_it() -> None:
        if moved and found is not None:
            go(place=show_place(found))

    found, missing, moved = solara.use_memo(find, [text, written])
    solara.use_effect(follow_it, [found, moved])
    return found, missing


def _events(
    place: Place,
    view: View,
    text: str,
    problems: tuple[Problem, ...],
    change: Change,
    go: Callable[..., None],
) -> None:
    """Events on a line of time: all of them at the top and among the events, one at its form."""
    if place[1:] and place[0] == "events" and isinstance(place[1], int):
        timeline(text, problems, view, change, place[1])
    elif place in ((), ("events",)):
        tag("h2", *marked("What happens: events", "events"))
        timeline(text, problems, view, change)

        def begins(now: str) -> dict[str, Any]:
            return {"start": first_day(calendar(now))}

        Button.element(
            label="Add an event",
            on_presses=lambda _: add(("events",), change, go, values=begins),
        ).key("add event")


def _checked(mine: Library, key: str) -> tuple[str, tuple[Problem, ...]]:
    """The title, and what keeps it from being run; unless large, its network is tried, too."""
    title = "a scenario with faults"
    try:
        scenario = mine.open(key)
        title = scenario.title
        try_building(scenario)
    except ScenarioError as error:
        return title, tuple(error.problems)
    return title, ()


def _place(written: str) -> Place:
    try:
        return parse_place(written) if written else ()
    except ValueError:
        return ()


def _status_line(words: str, place: str, view: View) -> None:
    """What was just done, or why not; beside the buttons, where nothing jumps."""
    more = []
    if place:
        link = solara.Link(address(EDIT, view.but(place=place)), children=[place])
        more = [": ", tag("span", link)]
    tag("p", words, *more, look="ca-note", attributes={"role": "status"})


def _problem_list(problems: tuple[Problem, ...], view: View) -> None:
    """What keeps the scenario from being run, each with a way to where it is."""
    if not problems:
        tag("p", "It can be run; what you change is kept at once.", look="ca-note")
        return
    lines = []
    for problem in problems[:MOST_TOLD]:
        link = address(EDIT, view.but(place=show_place(_place(problem.place))))
        lines.append(tag("li", solara.Link(link, children=[sentence(problem)])))
    if len(problems) > MOST_TOLD:
        lines.append(tag("li", f"and {len(problems) - MOST_TOLD} more"))
    head = tag("p", "It cannot be run yet:")
    tag("div", head, tag("ul", *lines), look="ca-problem", attributes={"aria-live": "polite"})


def _breadcrumbs(place: Place, view: View) -> None:
    """The way from the top of the file to here."""
    steps = [tag("li", solara.Link(address(EDIT, view.but(place="")), children=["scenario"]))]
    for end in range(1, len(place) + 1):
        part = place[end - 1]
        words = f"number {part + 1}" if isinstance(part, int) else part.replace("_", " ")
        link = address(EDIT, view.but(place=show_place(place[:end])))
        steps.append(tag("li", solara.Link(link, children=[words])))
    tag("nav", tag("ol", *steps, look="ca-way-in"), attributes={"aria-label": "Where in the file"})
