"""The form of a place in a scenario file: its fields, its parts, events on a line of time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import solara

from crisis_abm.dashboard.components.html import tag
from crisis_abm.dashboard.scenarios.editing import Field, Form, added, plain, put
from crisis_abm.dashboard.scenarios.event_times import calendar, moved, spans
from crisis_abm.dashboard.scenarios.fields import names_of_entries
from crisis_abm.dashboard.state.view import EDIT, View, address
from crisis_abm.dashboard.widgets.controls import Button, Choice, NameBox, TextBox
from crisis_abm.dashboard.widgets.pictures import Timeline
from crisis_abm.scenario import Problem
from crisis_abm.scenario.io.editor import Place, without
from crisis_abm.scenario.paths import Part, show_place

Change = Callable[[Callable[[str, Place], str], Place], bool]
"""``change(make, place)``: the scenario becomes ``make(text, place)``, of its text as it is now and
where in it the place is now. Whether that was done."""

LONG = 60  # characters; more are shown on several lines
ALWAYS_LONG = ("description", "caveat")


def in_units(words: str, unit: str) -> str:
    """What is said of ticks, said of what a tick is called.

    >>> in_units("Ticks of use; the first tick of it.", "day")
    'Days of use; the first day of it.'
    """
    if not unit.isalpha():
        return words
    return re.sub(r"\btick", unit, re.sub(r"\bTick", unit.capitalize(), words))


def fields(
    shown: Form, problems: tuple[Problem, ...], unit: str, turn: int, change: Change
) -> None:
    """The fields of a form, each with its fault; `unit` is what a tick is called.

    Another `turn` forgets what is written in the fields and was not taken.
    """
    with solara.v.Html(tag="div", class_="ca-fields"):
        for field in shown.fields:
            element = _field(field, _fault(field, problems), unit, change)
            element.key(f"{show_place(field.place)} {turn}")


def _fault(field: Field, problems: tuple[Problem, ...]) -> str:
    found = _within(field.place, problems)
    return "; ".join(f"{p.message}; {p.remedy}" if p.remedy else p.message for p in found)


def _within(place: Place, problems: Sequence[Problem]) -> list[Problem]:
    """What is wrong with what stands at a place, or inside it."""
    here = show_place(place)
    return [p for p in problems if p.place == here or p.place.startswith((f"{here}.", f"{here}["))]


def _field(field: Field, fault: str, unit: str, change: Change) -> Any:
    label = field.name.replace("_", " ")
    usual = f"usually {field.usual}" if field.usual else ""
    more = field.usual and f"Usually {field.usual}."
    several = "Several have commas between them." if field.is_list else ""
    said = in_units(field.about, unit)
    about = " ".join(part for part in (said, more, several) if part)

    def written(value: str) -> None:
        change(lambda text, place: put(text, place, value), field.place)

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
            on_value=written,
        )
    common = {"label": label, "about": about, "value": field.value, "fault": fault}
    if field.names:
        return NameBox.element(
            **common, names=list(field.names), several=field.is_list, on_value=written
        )
    long = len(field.value) > LONG or "\n" in field.value or field.name in ALWAYS_LONG
    return TextBox.element(**common, kind="multiline" if long else "text", on_value=written)


def inner(
    shown: Form, view: View, text: str, unit: str, change: Change, go: Callable[..., None]
) -> None:
    """What has forms of its own; adding and taking away."""
    if shown.place == ("events",):  # they are on the line of time
        return
    if shown.inner:
        tag("h2", "Inside" if shown.place else "Parts of the scenario")
    rows = []
    for one in shown.inner:
        link = address(EDIT, view.but(place=show_place(one.place)))
        words = one.name.replace("_", " ")
        about = in_units(one.about, unit)
        note = f"{about} ({one.summary})" if about and one.summary else about
        row = [solara.Link(link, children=[words]), tag("span", f" {note}", look="ca-note")]
        if one.own:
            button = Button.element(
                label="Remove",
                about=words,
                look="quiet",
                on_presses=lambda _, place=one.place: change(without, place),
            )
            row.append(button.key(show_place(one.place)))
        rows.append(tag("li", *row, look="ca-row"))
    if rows:
        tag("ul", *rows, look="ca-inner")
    _adding(shown, text, change, go)


def add(
    place: Place,
    change: Change,
    go: Callable[..., None],
    name: str = "",
    values: Callable[[str], Mapping[str, Any]] | None = None,
) -> None:
    """Add an entry at a place and go there; `values` are what it holds, by the text as it is."""
    made: list[Place] = []

    def more(now: str, at: Place) -> str:
        after, there = added(now, at, name, values and values(now))
        made.append(there)
        return after

    if change(more, place):
        go(place=show_place(made[-1]))


def _adding(shown: Form, text: str, change: Change, go: Callable[..., None]) -> None:
    if shown.grows == "entry":
        Button.element(label="Add one", on_presses=lambda _: add(shown.place, change, go)).key(
            "add"
        )
    elif shown.grows == "key":
        known = names_of_entries(plain(text), shown.place)
        NameBox.element(
            label="Add one called",
            about="Write a name and press Enter.",
            names=list(known),
            on_value=lambda name: (
                add(shown.place, change, go, name.strip()) if name.strip() else None
            ),
        ).key(f"add {show_place(shown.place)} {len(shown.inner) + len(shown.fields)}")


def timeline(
    text: str,
    problems: tuple[Problem, ...],
    view: View,
    change: Change,
    only: int | None = None,
) -> Any:
    """Events (or only one) as bars from first to last day, each with what is wrong with it."""
    known = calendar(text)
    if known is None:
        words = "Events are shown on a line of time as soon as what is said of time is right."
        return tag("p", words, look="ca-note")

    def asked(what: str, number: int, start: int | None, end: int | None) -> bool:
        def other(now: str, place: tuple[Part, ...]) -> str:
            if what == "remove":
                return without(now, place)
            assert start is not None and isinstance(place[-1], int)
            return moved(now, place[-1], start, end)

        try:
            return change(other, ("events", number))
        except (ValueError, OverflowError):
            return False

    shown = [span for span in spans(text, known) if only is None or span.number == only]
    return Timeline.element(
        events=[
            {
                **asdict(span),
                "fault": _event_faults(("events", span.number), problems),
                "link": address(EDIT, view.but(place=show_place(("events", span.number)))),
            }
            for span in shown
        ],
        steps=known.steps,
        unit=known.unit,
        first="" if known.first is None else known.first.isoformat(),
        length=known.length,
        removable=only is None,
        asked=asked,
    ).key("timeline")


def _event_faults(place: Place, problems: tuple[Problem, ...]) -> str:
    found = []
    for problem in _within(place, problems):
        inside = problem.place.removeprefix(show_place(place)).lstrip(".").replace("_", " ")
        found.append(" ".join(part for part in (inside, problem.message) if part))
    return "; ".join(found)
