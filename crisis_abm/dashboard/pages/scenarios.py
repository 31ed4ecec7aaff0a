"""The scenarios that a visitor has: ready-made, own, uploaded."""

from __future__ import annotations

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.cards import ANEW, Card
from crisis_abm.dashboard.session import library, use_view
from crisis_abm.dashboard.site_map import EDIT
from crisis_abm.dashboard.uploads import ACCEPTED, tried
from crisis_abm.dashboard.widgets.files import Upload

__all__ = ["Scenarios"]


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
                Card(mine, entry, lambda: count(changes + 1)).key(entry.key)
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
