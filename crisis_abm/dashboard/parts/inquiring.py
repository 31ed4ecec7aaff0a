"""A long question on a page: asked with a button, waited for with progress, ended or answered."""

from __future__ import annotations

import base64
import threading
from typing import Any

import solara
from solara.server import kernel_context

from crisis_abm.dashboard.analysing import Progress
from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.inquiries import INQUIRIES, Part, Told
from crisis_abm.dashboard.parts.numbers import numbers
from crisis_abm.dashboard.session import analyses, use_view
from crisis_abm.dashboard.terms import told as explained
from crisis_abm.dashboard.view import address
from crisis_abm.dashboard.widgets.controls import Button
from crisis_abm.dashboard.widgets.files import Fetch
from crisis_abm.report.words import minutes
from crisis_abm.scenario import Scenario

__all__ = ["Question"]

MOST_KEPT = 6  # questions of one page
FEW_ROWS = 16  # of a table that stands open

_progress = solara.reactive({})  # by question; every page of a browser has its own
_ends = solara.reactive({})  # events that end them


@solara.component
def Question(name: str, scenario: Scenario, asked: tuple[Any, ...]) -> None:
    """One of `INQUIRIES`, about a scenario.

    Parameters
    ----------
    name : str
    scenario : Scenario
    asked : tuple
        Policies, replicates, seed, kinds or None.
    """
    inquiry = INQUIRIES[name]
    key = (name, scenario.fingerprint(), asked)
    now = _progress.value.get(key) or analyses().known(key)
    under_way = now is not None and not now.ended
    tag("h2", *explained(inquiry.title, "weak links", "principle"))
    tag("p", *explained(inquiry.about, "knocked out", "supply link", "principles"), look="ca-note")
    with solara.v.Html(tag="div", class_="ca-row"):
        Button.element(
            label=_label(inquiry.action, now),
            look="main" if now is None else "plain",
            disabled=now is not None and now.answer is not None,
            on_presses=lambda _: _end(key) if under_way else _begin(name, scenario, asked, key),
        ).key("ask")
        if now is not None and now.answer is not None:
            Fetch.element(
                label="Report",
                busy="Writing the report …",
                name=f"crisis_abm-{name}.html",
                kind="text/html",
                make=lambda: now.answer.report,
            ).key("report")
    if now is None:
        return
    if now.problems:
        tag("div", *[tag("p", line) for line in now.problems], look="ca-problem")
    elif now.answer is None:
        _waiting(now)
    else:
        _Answer(now.answer)


def _label(action: str, now: Progress | None) -> str:
    if now is None or now.problems:
        return action
    return "Stop" if now.answer is None else "Worked out"


def _waiting(now: Progress) -> None:
    if now.queued:
        tag("p", "Waits for its turn: another visitor's analysis is running.", look="ca-finding")
        return
    if not now.total:
        tag("p", "Beginning …", look="ca-finding")
        return
    left = "" if now.left is None else f"; about {minutes(now.left)} left"
    tag("p", f"{min(now.done, now.total):,} of about {now.total:,} runs{left}", look="ca-finding")
    bar = {"max": str(now.total), "value": str(now.done), "aria-label": "Runs that are done"}
    tag("progress", look="ca-progress", attributes=bar)


def _begin(name: str, scenario: Scenario, asked: tuple[Any, ...], key: Any) -> None:
    ended = threading.Event()
    kernel_context.get_current_context().on_close(ended.set)  # nobody is there to read it

    def tell(progress: Progress) -> None:
        if not ended.is_set():
            others = {k: v for k, v in _progress.value.items() if k != key}
            kept = list(others.items())[-(MOST_KEPT - 1) :]
            _progress.value = {**dict(kept), key: progress}

    _ends.value = {**_ends.value, key: ended}
    work = (INQUIRIES[name].answer, scenario, asked, key, tell, lambda: not ended.is_set())
    threading.Thread(target=analyses().run, args=work, name=f"analysis {name}", daemon=True).start()


def _end(key: Any) -> None:
    _ends.value[key].set()
    _progress.value = {k: v for k, v in _progress.value.items() if k != key}


@solara.component
def _Answer(answer: Told) -> None:
    view, _ = use_view()
    live = {"aria-live": "polite"}
    words = explained(answer.finding, "siloed", "reciprocal", "tipping point", "90% intervals")
    tag("p", *words, look="ca-finding", attributes=live)
    if answer.who:
        links = []
        for identity, name in answer.who:
            link = solara.Link(address("/why", view.but(chosen=identity)), children=[name])
            links.append(tag("li", link))
        head = tag("p", "What happens to them, and why:", attributes={"style": "margin: 0"})
        tag("nav", head, tag("ul", *links, look="ca-inline"), attributes={"aria-label": "Why"})
    for part in answer.parts:
        _part(part)


def _part(part: Part) -> None:
    tag("h3", part.title)
    for text in part.words:
        tag("p", *explained(text, "90% interval", "share of the whole", "band", "strained"))
    for name, about, png in part.pictures:
        source = "data:image/png;base64," + base64.b64encode(png).decode()
        image = tag("img", look="ca-picture", attributes={"src": source, "alt": about})
        aside = {"tabindex": "0", "role": "region", "aria-label": f"Picture: {about}"}
        tag("div", image, look="ca-wide", attributes=aside).key(name)
    for table in part.tables:
        few = len(next(iter(table.columns.values()), ())) <= FEW_ROWS
        numbers(table.title, table.name, table.columns, table.headings, folded=not few)
