"""Long questions of a page: asked with a button, waited for with progress, ended or answered."""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import solara
from solara.server import kernel_context

from crisis_abm.dashboard.components.charts import numbers, table_numbers
from crisis_abm.dashboard.components.frame import ExportButtons
from crisis_abm.dashboard.components.html import marked, tag
from crisis_abm.dashboard.data.analyses import Answer, Progress, answer_of, report_of
from crisis_abm.dashboard.state.session import analyses, use_view
from crisis_abm.dashboard.state.view import WHY, View, address
from crisis_abm.dashboard.widgets.controls import Button
from crisis_abm.report.analyses import analysis_named
from crisis_abm.report.sections import Section, Table
from crisis_abm.report.style import Drawing
from crisis_abm.report.words import minutes
from crisis_abm.scenario import Scenario

MOST_KEPT = 6  # questions of one page
FEW_ROWS = 16  # of a table that stands open
MOST_ROWS = 100  # of a table; its file holds all

_progress = solara.reactive({})  # by question; every page of a browser has its own
_ends = solara.reactive({})  # events that end them


@solara.component
def Question(name: str, scenario: Scenario, asked: tuple[Any, ...]) -> None:
    """A question of the list of analyses: asked with policies, replicates, seed, kinds or None."""
    analysis = analysis_named(name)
    page = analysis.page
    assert page is not None
    key = _key(name, scenario, asked)
    now = _known(key)
    under_way = now is not None and not now.ended
    tag("h2", *marked(analysis.question, "weak links", "principle"))
    tag("p", *marked(page.about, "knocked out", "supply link", "principles"), look="ca-note")
    Button.element(
        label=_label(page.action, now),
        look="main" if now is None or now.problems else "plain",
        disabled=now is not None and now.answer is not None,
        on_presses=lambda _: _end(key) if under_way else _begin(name, scenario, asked, key),
    ).key("ask")
    if now is None:
        return
    if now.problems:
        tag("div", *[tag("p", line) for line in now.problems], look="ca-problem")
    elif now.answer is None:
        _waiting(now)
    else:
        _Answered(now.answer)


def answered(name: str, scenario: Scenario, asked: tuple[Any, ...]) -> Answer | None:
    """The answer to what `Question` is given; None while there is none."""
    now = _known(_key(name, scenario, asked))
    return None if now is None else now.answer


@solara.component
def ExportAnswers(title: str, asked: Sequence[tuple[str, Scenario, tuple[Any, ...]]]) -> None:
    """What can be taken away of the answers so far; `asked` is what each `Question` is given."""
    known = [_known(_key(*one)) for one in asked]
    answers = [one.answer for one in known if one is not None and one.answer is not None]
    make = partial(report_of, title, answers) if answers else None
    note = f"{len(answers)} of {len(asked)} questions are answered"
    ExportButtons("weak-links", make, f"{note}." if answers else f"{note}; press a button.")


def _key(name: str, scenario: Scenario, asked: tuple[Any, ...]) -> Any:
    return (name, scenario.fingerprint(), asked)


def _known(key: Any) -> Progress | None:
    found: Progress | None = _progress.value.get(key) or analyses().known(key)
    return found


def _label(action: str, now: Progress | None) -> str:
    if now is None or now.problems:
        return action
    return "Stop" if now.answer is None else "Worked out"


def _waiting(now: Progress) -> None:
    if now.queued:
        tag("p", "Waits for its turn: other analyses are running.", look="ca-finding")
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
    work = (partial(answer_of, name), scenario, asked, key, tell, lambda: not ended.is_set())
    threading.Thread(target=analyses().run, args=work, name=f"analysis {name}", daemon=True).start()


def _end(key: Any) -> None:
    _ends.value[key].set()
    _progress.value = {k: v for k, v in _progress.value.items() if k != key}


@solara.component
def _Answered(answer: Answer) -> None:
    view, _ = use_view()
    live = {"aria-live": "polite"}
    report = answer.report
    words = marked(report.finding, "siloed", "reciprocal", "tipping point", "90% intervals")
    tag("p", *words, look="ca-finding", attributes=live)
    if report.who:
        links = []
        for identity, name in report.who:
            link = solara.Link(address(WHY, view.but(chosen=identity)), children=[name])
            links.append(tag("li", link))
        head = tag("p", "What happens to them, and why:", attributes={"style": "margin: 0"})
        tag("nav", head, tag("ul", *links, look="ca-inline"), attributes={"aria-label": "Why"})
    for section in report.sections:
        if len(report.sections) > 1:
            tag("h3", section.title)
        _section(section, report.finding, answer.drawings, view)


def _section(section: Section, finding: str, drawings: Mapping[str, Drawing], view: View) -> None:
    for text in section.words:
        if text != finding:
            tag("p", *marked(text, "90% interval", "share of the whole", "band", "strained"))
    for picture in section.pictures:
        png = drawings[picture.name].png
        source = "data:image/png;base64," + base64.b64encode(png).decode()
        image = tag("img", look="ca-picture", attributes={"src": source, "alt": picture.about})
        label = f"Picture: {picture.about}"
        aside = {"tabindex": "0", "role": "region", "aria-label": label}
        tag("div", image, look="ca-wide", attributes=aside).key(picture.name)
        if picture.own_numbers:
            headings = {name: name.replace("_", " ") for name in picture.columns}
            numbers(picture.own_numbers, picture.name, picture.columns, headings)
    for table in section.tables:
        _table(table, view)


def _table(table: Table, view: View) -> None:
    """Organisations lead to their why."""
    title = table.title
    if len(table) > MOST_ROWS:
        title += f"; the first {MOST_ROWS} of {len(table):,}, all in the file"
    links = {}
    by_name = {one.name: one for one in table.columns}
    if "organisation" in by_name and "name" in by_name:
        who = by_name["organisation"].values.tolist()
        links = {"name": [address(WHY, view.but(chosen=one)) for one in who]}
    table_numbers(table, title, folded=len(table) > FEW_ROWS, links=links, most=MOST_ROWS)
