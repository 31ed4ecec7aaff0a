"""Why it failed: the cascade of one crisis, back to its roots, and one organisation in it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import solara

from crisis_abm.dashboard.components.cascade import ChainOfCauses, DrawnCascade, RootCauses, Story
from crisis_abm.dashboard.components.frame import ErrorPanel, ExportButtons, Panel
from crisis_abm.dashboard.components.html import identity, marked, tag
from crisis_abm.dashboard.components.organisation import OneOrganisation
from crisis_abm.dashboard.components.questions import Question, answered
from crisis_abm.dashboard.components.run_view import STYLE as RUN_STYLE
from crisis_abm.dashboard.components.run_view import crises
from crisis_abm.dashboard.data.explaining import Explained, cascade_page, explained
from crisis_abm.dashboard.state.session import (
    Running,
    use_answer,
    use_comparison,
    use_view,
    workers,
)
from crisis_abm.dashboard.state.view import View
from crisis_abm.dashboard.widgets.controls import Choice
from crisis_abm.report.finding import caveat
from crisis_abm.report.words import ROUNDING, figure

STYLE = Path(__file__).parents[1] / "why.css"
STATES = ("strained", "failing", "closed", "hops")
MOST_TRACED = 100  # crises: a second or several each
MOST_OFFERED = 500  # organisations in the list
HINT = "Choose an organisation in the picture, or from the list, to see how it came to it."


@solara.component
def Why() -> None:
    """One crisis explained."""
    solara.Style(STYLE)
    solara.Style(RUN_STYLE)
    view, _ = use_view()
    running = use_comparison(view)
    policy = running.policies[view.under]
    first = use_answer(explained, running.scenario, (policy, view.seed, view.crisis, False))
    wanted = running.scenario if isinstance(first.value, Explained) else None
    second = use_answer(explained, wanted, (policy, view.seed, view.crisis, True))
    answer = second if second.value is not None else first
    found = answer.value if isinstance(answer.value, Explained) else None
    refused = (answer.value,) if isinstance(answer.value, str) else ()
    with solara.v.Html(tag="div", class_="ca-columns"):
        _Controls(running, found)
        with solara.v.Html(tag="div"):
            tag("h1", f"Why: {running.title}")
            problems = running.problems or answer.problems or refused
            if problems:
                ErrorPanel(problems)
                return
            finding = "Following every loss back to its roots …"
            if found is not None:
                finding = f"{found.finding}."
            tag(
                "p",
                *marked(finding, policy.name, "root", "roots", *STATES),
                look="ca-finding",
                attributes={"aria-live": "polite"},
            )
            scenario = running.scenario
            tag("p", caveat(scenario) if scenario is not None else "", look="ca-note")
            unit = scenario.harm_unit if scenario is not None else ""
            if scenario is not None:
                task = (policy, view.seed, view.crisis, view.chosen)
                page = partial(workers().ask, cascade_page, scenario, task)
                ExportButtons("why", page).key("export")
            calm = found is not None and found.cascade.drawing["total"] < ROUNDING
            if not calm:
                _Chain(view, found, unit)
                DrawnCascade(found, unit)
            if view.chosen:
                OneOrganisation(running, view).key("organisation")
            if found is not None and scenario is not None and not calm:
                crises = min(view.replicates, MOST_TRACED)
                asked = ((policy,), crises, view.seed, None)
                total = found.cascade.drawing["total"]
                RootCauses(found, total, unit, answered("causes", scenario, asked))
                Question("causes", scenario, asked).key("causes")
                Story(found, unit)


@solara.component
def _Controls(running: Running, found: Explained | None) -> None:
    """Policy, crisis and organisation."""
    view, go = use_view()
    options = solara.use_memo(
        lambda: crises(running, view.crisis, True),
        [running.question, running.finished, view.crisis],
    )
    hit = found.hit if found is not None else []
    names = [["", "none"], *([key, f"{name} ({figure(harm)})"] for key, name, harm in hit)]
    names = names[:MOST_OFFERED]
    if view.chosen and all(view.chosen != key for key, _ in names):
        names.append([view.chosen, f"{view.chosen} (not hit)" if hit else view.chosen])
    children = [
        Choice.element(
            label="Under which policy",
            term=identity("policy"),
            options=[[str(n), policy.name] for n, policy in enumerate(running.policies)],
            value=str(view.under),
            on_value=lambda value: go(under=int(value)),
        ).key("policy"),
        Choice.element(
            label="Which crisis",
            term=identity("crisis"),
            about="Every crisis has its own chance: who falls ill, what is late.",
            options=[[str(number), words] for number, words in options],
            value=str(view.crisis),
            on_value=lambda value: go(crisis=int(value)),
        ).key("crisis"),
        Choice.element(
            label="Organisation",
            about="Those that were hit, most harm first.",
            options=names,
            value=view.chosen,
            on_value=lambda value: go(chosen=value),
        ).key("organisation"),
    ]
    Panel("What is explained: policy, crisis, organisation", children)


@solara.component
def _Chain(view: View, found: Explained | None, unit: str) -> None:
    """Why the chosen organisation was hit; its place is held."""
    with solara.v.Html(
        tag="section", class_="ca-why", attributes={"aria-label": "Chain of causes"}
    ):
        chain = found.chains.get(view.chosen) if found is not None else None
        if chain is not None:
            tag("h2", f"How it came to {chain.places[-1].name}")
            ChainOfCauses(chain, unit)
        elif found is not None and view.chosen:
            tag("h2", f"How it came to {view.chosen}")
            tag("p", "It was not hit in this crisis.")
        else:
            tag("h2", "How it came to one organisation")
            tag("p", HINT if found is not None else "")
