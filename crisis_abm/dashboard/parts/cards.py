"""Scenarios as cards: a sentence, a small picture of the network, what can be done with them."""

from __future__ import annotations

import base64
from collections.abc import Callable

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.library import Entry, Library
from crisis_abm.dashboard.parts.use_worker import use_answer
from crisis_abm.dashboard.session import use_view
from crisis_abm.dashboard.site_map import COMPARE, EDIT
from crisis_abm.dashboard.thumbnails import thumbnail, thumbnail_of_groups
from crisis_abm.dashboard.view import EVERYONE
from crisis_abm.dashboard.widgets.controls import Button
from crisis_abm.dashboard.widgets.files import Save
from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.tables.build import LARGEST_TRIED

__all__ = ["ANEW", "Card"]

ANEW = {  # what of a view belongs to the scenario that is left for another, or was changed
    "who": EVERYONE,
    "start": 0,
    "crisis": 0,
    "day": 0,
    "chosen": "",
    "only": "",
    "place": "",
}

LONGEST = 240  # characters of a description


@solara.component
def Card(library: Library, entry: Entry, changed: Callable[[], None]) -> None:
    """One scenario.

    Parameters
    ----------
    library : Library
    entry : Entry
    changed : callable
        Called when the list of scenarios has changed.
    """
    _, go = use_view()
    sure, ask = solara.use_state(False)
    scenario, problems = solara.use_memo(lambda: _opened(library, entry), [entry.key])
    small = scenario is not None and sum(scenario.census().values()) <= LARGEST_TRIED
    drawn = use_answer(thumbnail, scenario if small else None, None)
    grouped = solara.use_memo(
        lambda: "" if small or scenario is None else thumbnail_of_groups(scenario), [entry.key]
    )
    picture = drawn.value or grouped
    title = scenario.title if scenario is not None else entry.key

    def copied() -> None:
        go(EDIT, scenario=library.copy(entry.key), **ANEW)

    def removed() -> None:
        library.remove(entry.key)
        changed()

    with solara.v.Html(tag="li", class_="ca-card"):
        tag("h3", title)
        if picture:
            source = "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()
            about = f"Small picture of the network of {title}"
            if grouped:
                about += ": a dot is all of a kind in an area"
            tag("img", look="ca-thumbnail", attributes={"src": source, "alt": about})
        else:
            tag("div", look="ca-thumbnail")
        if scenario is None:
            tag("p", f"It cannot be run yet: {problems} to mend.")
        else:
            if drawn.problems:
                tag("p", f"It cannot be run yet: {drawn.problems[0]}")
            count = f"{sum(scenario.census().values()):,} organisations, {scenario.time.steps} "
            tag("p", f"{count}{scenario.time.unit}s", look="ca-note")
            tag("p", _short(scenario.description))
        with solara.v.Html(tag="div", class_="ca-row"):
            if scenario is not None:
                Button.element(
                    label="Open",
                    about=title,
                    look="main",
                    on_presses=lambda _: go(COMPARE, scenario=entry.key, **ANEW),
                )
            if entry.own:
                Button.element(
                    label="Edit",
                    about=title,
                    on_presses=lambda _: go(EDIT, scenario=entry.key, **ANEW),
                )
            Button.element(
                label="Copy and edit" if not entry.own else "Copy",
                about=title,
                on_presses=lambda _: copied(),
            )
            Save.element(
                label="Download",
                name=f"{entry.key}.toml",
                kind="application/toml",
                content=library.text(entry.key),
            )
            if entry.own:
                Button.element(
                    label="Yes, remove it" if sure else "Remove",
                    about=title,
                    look="quiet",
                    on_presses=lambda _: removed() if sure else ask(True),
                ).key("remove")
                if sure:
                    Button.element(
                        label="Keep it", about=title, look="quiet", on_presses=lambda _: ask(False)
                    ).key("keep")


def _opened(library: Library, entry: Entry) -> tuple[Scenario | None, str]:
    try:
        return library.open(entry.key), ""
    except ScenarioError as error:
        count = len(error.problems)
        return None, f"{count} thing{'s' if count != 1 else ''}"


def _short(text: str) -> str:
    """The first sentences of a description."""
    text = " ".join(text.split())
    if len(text) <= LONGEST:
        return text
    end = text.rfind(". ", 0, LONGEST)
    return text[: end + 1] if end > 0 else text[:LONGEST].rsplit(" ", 1)[0] + " …"
