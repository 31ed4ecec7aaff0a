"""Where it is weakest, where help would do most, whom to call first, which principle brings it."""

from __future__ import annotations

import solara

from crisis_abm.dashboard.components.frame import ErrorPanel, Panel, choice_of_crises
from crisis_abm.dashboard.components.html import tag
from crisis_abm.dashboard.components.questions import ExportAnswers, Question
from crisis_abm.dashboard.state.session import opened, use_view
from crisis_abm.dashboard.state.view import EVERYONE
from crisis_abm.dashboard.widgets.controls import Choice
from crisis_abm.report.finding import caveat
from crisis_abm.scenario import LEVERS

MANY = 2000  # organisations: their runs take a second or so
MORE = (
    "More crises give a surer answer, and take longer. With 30 of them and some 60 organisations, "
    "a question takes about a minute."
)


@solara.component
def WeakLinks() -> None:
    """Three questions, each asked with a button."""
    view, _ = use_view()
    about = solara.use_memo(lambda: opened(view.question), [view.question])
    plain = view.question.but(who=EVERYONE, start=0, **dict.fromkeys(LEVERS, 1.0))
    whole = solara.use_memo(lambda: opened(plain), [plain])
    everyone = view.question.but(who=EVERYONE, start=0)
    called = solara.use_memo(lambda: opened(everyone), [everyone])
    scenario = about.scenario
    kinds = [] if scenario is None else list(scenario.recipes())
    with solara.v.Html(tag="div", class_="ca-columns"):
        _Controls(kinds)
        with solara.v.Html(tag="div"):
            tag("h1", f"Weak links: {about.title}")
            if scenario is None:
                ErrorPanel(about.problems)
                return
            only = (view.only,) if view.only in kinds else None
            asked = [
                (name, one.scenario, (one.policies, view.replicates, view.seed, among))
                for name, one, among in (
                    ("weak-links", about, only),
                    # all who are called do what the sliders say, from the first day
                    ("coalition", called, only),
                    ("principles", whole, None),
                )
            ]
            ExportAnswers(scenario.title, asked).key("export")
            tag("p", caveat(scenario), look="ca-note")
            count = sum(scenario.census().values())
            if count > MANY:
                slow = f"With {count:,} organisations an answer may take hours; choose one kind."
                tag("p", slow, look="ca-note")
            for one in asked:
                Question(*one).key(one[0])


@solara.component
def _Controls(kinds: list[str]) -> None:
    """Among whom, over how many crises."""
    view, go = use_view()
    children = [
        Choice.element(
            label="Among",
            about="A search among one kind only is shorter.",
            options=[["", "all kinds"], *([kind, kind.replace("_", " ")] for kind in kinds)],
            value=view.only if view.only in kinds else "",
            on_value=lambda kind: go(only=kind),
        ).key("among"),
        choice_of_crises(view, go, MORE),
        tag(
            "p",
            "Siloed is compared with working together as the sliders of Compare say.",
            look="ca-note",
        ),
    ]
    Panel("What is asked: among whom, how many crises", children)
