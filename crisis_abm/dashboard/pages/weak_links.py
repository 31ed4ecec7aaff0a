"""Where it is weakest, where help would do most, whom to call first, which principle brings it."""

from __future__ import annotations

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.inquiries import INQUIRIES
from crisis_abm.dashboard.parts.asking import COUNTS
from crisis_abm.dashboard.parts.inquiring import Question
from crisis_abm.dashboard.parts.running import opened
from crisis_abm.dashboard.session import use_view
from crisis_abm.dashboard.terms import identity
from crisis_abm.dashboard.together import policies_of
from crisis_abm.dashboard.view import EVERYONE
from crisis_abm.dashboard.widgets.controls import Choice
from crisis_abm.report.finding import caveat

__all__ = ["WeakLinks"]

MANY = 2000  # organisations: their runs take a second or so


@solara.component
def WeakLinks() -> None:
    """Three questions, each asked with a button."""
    view, go = use_view()
    about = solara.use_memo(lambda: opened(view.question), [view.question])
    scenario = about.scenario
    kinds = [] if scenario is None else list(scenario.recipes())
    with solara.v.Html(tag="div", class_="ca-columns"):
        with solara.v.Html(tag="section", attributes={"aria-label": "What is asked"}):
            Choice.element(
                label="Among",
                about="A search among one kind only is shorter.",
                options=[["", "all kinds"], *([kind, kind.replace("_", " ")] for kind in kinds)],
                value=view.only if view.only in kinds else "",
                on_value=lambda kind: go(only=kind),
            ).key("among")
            Choice.element(
                label="Crises",
                term=identity("crises"),
                about="More crises give a surer answer, and take longer.",
                options=[[str(count), str(count)] for count in sorted({*COUNTS, view.replicates})],
                value=str(view.replicates),
                on_value=lambda count: go(replicates=int(count), crisis=0),
            ).key("crises")
            note = "Siloed is compared with working together as the sliders of Compare say."
            tag("p", note, look="ca-note")
        with solara.v.Html(tag="div"):
            tag("h1", f"Weak links: {about.title}")
            if scenario is None:
                tag("div", *[tag("p", line) for line in about.problems], look="ca-problem")
                return
            tag("p", caveat(scenario), look="ca-note")
            count = sum(scenario.census().values())
            if count > MANY:
                slow = f"With {count:,} organisations an answer may take hours; choose one kind."
                tag("p", slow, look="ca-note")
            asked = (view.replicates, view.seed, (view.only,) if view.only in kinds else None)
            everyone = view.question.but(who=EVERYONE, start=0)
            for name, inquiry in INQUIRIES.items():
                # whom to call: all who are called do what the sliders say, from the first day
                wider = policies_of(scenario, everyone) if name == "calls" else None
                subject, policies = wider or (scenario, about.policies)
                terms = (policies, *asked[:2], asked[2] if inquiry.narrows else None)
                Question(name, subject, terms).key(name)
