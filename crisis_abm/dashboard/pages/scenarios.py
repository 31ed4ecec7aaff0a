"""The scenarios that a visitor has, ready-made, own, uploaded: a card each."""

from __future__ import annotations

import base64
from collections.abc import Callable

import solara

from crisis_abm.dashboard.components.html import tag
from crisis_abm.dashboard.data.thumbnails import thumbnail, thumbnail_of_groups
from crisis_abm.dashboard.scenarios.library import Entry, Library
from crisis_abm.dashboard.scenarios.uploads import ACCEPTED, tried
from crisis_abm.dashboard.state.session import library, use_answer, use_view
from crisis_abm.dashboard.state.view import ANEW, COMPARE, EDIT
from crisis_abm.dashboard.widgets.controls import Button, Save, Upload
from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.tables.build import LARGEST_TRIED

LONGEST = 240  # characters of a description


@solara.component
def Scenarios() -> None:
    """The library as cards."""
    _, go = use_view()
    mine = solara.use_memo(library, [])
    changes, count = solara.use_state(0)
    problems, tell = solara.use_state(())
    entries = solara.use_memo(mine.entries, [changes])

    def took(files: dict[str, bytes]) -> None:
        key, faults = tried(mine, files)
        tell(faults)
        if key is not None:
            count(changes + 1)
            go(EDIT, scenario=key, **ANEW)

    tag("h1", "Scenarios")
    tag(
        "p", "A scenario says who there is, what they need of each other, and what happens to them."
    )
    for words, own in (("Your own", True), ("Ready-made", False)):
        tag("h2", words)
        shown = [entry for entry in entries if entry.own == own]
        if not shown:
            tag("p", "None yet: copy a ready-made one below, or upload files.", look="ca-note")
        with solara.v.Html(tag="ul", class_="ca-cards"):
            for entry in shown:
                _Card(mine, entry, lambda: count(changes + 1)).key(entry.key)
        if own:
            Upload.element(
                label="Upload a scenario, or tables of organisations and links",
                about="A .toml file; .csv, .xlsx or .graphml with it or alone; 20 MB at most.",
                accept=ACCEPTED,
                taken=took,
            ).key("upload")
            if problems:
                lines = [tag("p", line) for line in ("The upload was not taken:", *problems)]
                tag("div", *lines, look="ca-problem", attributes={"role": "alert"})


@solara.component
def _Card(library: Library, entry: Entry, changed: Callable[[], None]) -> None:
    """One scenario; `changed` is called when the list of scenarios has changed."""
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
