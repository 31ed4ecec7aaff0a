"""Why it failed: the cascade of one crisis, back to its roots, and one organisation in it."""

from __future__ import annotations

import base64

import solara

from crisis_abm.dashboard.explaining import Explained, explained
from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.asked import use_answer
from crisis_abm.dashboard.parts.numbers import numbers
from crisis_abm.dashboard.parts.organisation import OneOrganisation
from crisis_abm.dashboard.parts.running import use_comparison
from crisis_abm.dashboard.session import use_view
from crisis_abm.dashboard.terms import identity, told
from crisis_abm.dashboard.widgets.controls import Choice
from crisis_abm.report.finding import caveat
from crisis_abm.report.words import figure

__all__ = ["Why"]

STATES = ("strained", "failing", "closed", "hops")
TOLD = 8
MOST_OFFERED = 500  # organisations in the list


@solara.component
def Why() -> None:
    """One crisis explained."""
    view, go = use_view()
    running = use_comparison(view)
    under, choose = solara.use_state(0)
    policy = running.policies[under]
    first = use_answer(explained, running.scenario, (policy, view.seed, view.crisis, False))
    wanted = running.scenario if first.value is not None else None
    second = use_answer(explained, wanted, (policy, view.seed, view.crisis, True))
    answer = second if second.value is not None else first
    with solara.v.Html(tag="div", class_="ca-columns"):
        with solara.v.Html(tag="section", attributes={"aria-label": "What is explained"}):
            names = [["0", running.policies[0]], ["1", running.policies[1]]]
            Choice.element(
                label="Under which policy",
                term=identity("policy"),
                options=names,
                value=str(under),
                on_value=lambda value: choose(int(value)),
            ).key("policy")
            Choice.element(
                label="Which crisis",
                term=identity("crisis"),
                about="Every crisis has its own chance: who falls ill, what is late.",
                options=[[str(k), f"crisis {k + 1}"] for k in range(view.replicates)],
                value=str(min(view.crisis, view.replicates - 1)),
                on_value=lambda value: go(crisis=int(value)),
            ).key("crisis")
            found = answer.value.hit if answer.value is not None else []
            options = [["", "none"]]
            options += [[key, f"{name} ({figure(harm)})"] for key, name, harm in found]
            if view.chosen and all(view.chosen != key for key, *_ in options):
                options.append([view.chosen, f"{view.chosen} (not hit)"])
            Choice.element(
                label="Organisation",
                about="Those that were hit, most harm first.",
                options=options[:MOST_OFFERED],
                value=view.chosen,
                on_value=lambda value: go(chosen=value),
            ).key("organisation")
        with solara.v.Html(tag="div"):
            tag("h1", f"Why: {running.title}")
            problems = running.problems or answer.problems
            if problems:
                tag("div", *[tag("p", line) for line in problems], look="ca-problem")
            elif answer.waiting or running.scenario is None:
                tag("p", "Following every loss back to its roots …", look="ca-finding")
            else:
                tag(
                    "p",
                    *told(answer.value.finding + ".", policy, "root", "roots", *STATES),
                    look="ca-finding",
                    attributes={"aria-live": "polite"},
                )
                tag("p", caveat(running.scenario), look="ca-note")
                if view.chosen:
                    OneOrganisation(running, view, answer.value.ways.get(view.chosen, ""))
                _Cascade(answer.value, running.scenario.harm_unit)


@solara.component
def _Cascade(found: Explained, unit: str) -> None:
    tag("h2", *told("The cascade", "cascade"))
    source = "data:image/png;base64," + base64.b64encode(found.picture).decode()
    about = f"From the roots on the left to who was hit, by day. {found.finding}"
    tag("img", look="ca-picture", attributes={"src": source, "alt": about})
    headings = {
        "source": "from",
        "organisation": "to",
        "resource": "what",
        "not_sent": "part not sent",
    }
    numbers("Who shorted whom", "hops", found.hops, {**headings, "harm": unit})
    tag("h2", "How it came to whom")
    lines = [tag("li", f"{figure(harm)} {unit}: {text}") for harm, text in found.story[:TOLD]]
    tag("ol", *lines, look="ca-story")
    if len(found.story) > TOLD:
        tag("p", f"{len(found.story) - TOLD} more in the numbers of the cascade.", look="ca-note")
    tag("h2", *told("The roots", "roots"))
    shown = {"title": "root", "harm": f"{unit} traced to it", "organisations": "reached"}
    if found.checked:
        shown |= {"vanishes": "vanishes without it", "why": "where the two differ"}
    else:
        tag("p", "Running the same crisis again without each root …", look="ca-note")
    numbers("Root causes, most harm first", "roots", found.roots, shown, folded=False)
