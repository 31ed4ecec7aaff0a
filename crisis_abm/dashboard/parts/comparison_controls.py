"""What is asked: the scenario, how far everybody works together, who and from when."""

from __future__ import annotations

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.panel import Panel
from crisis_abm.dashboard.parts.running import Running, again, stop
from crisis_abm.dashboard.session import library, use_view
from crisis_abm.dashboard.terms import identity
from crisis_abm.dashboard.together import choices_of_who
from crisis_abm.dashboard.widgets.controls import Button, Choice, Slider
from crisis_abm.scenario import LEVERS

__all__ = ["ComparisonControls"]

COUNTS = (10, 30, 100, 300)


@solara.component
def ComparisonControls(running: Running) -> None:
    """The controls of the home page."""
    view, go = use_view()
    titles = solara.use_memo(lambda: library().titles(), [view.scenario])
    known = titles if view.scenario in titles else {**titles, view.scenario: view.scenario}
    children = [
        Choice.element(
            label="Scenario",
            options=[[key, title] for key, title in known.items()],
            value=view.scenario,
            on_value=lambda key: go(
                scenario=key, who="everyone", start=0, crisis=0, day=0, chosen=""
            ),
        ).key("scenario"),
        tag("h2", "Working together"),
    ]
    for name, lever in LEVERS.items():
        children.append(
            Slider.element(
                label=lever.title,
                term=identity(lever.title),
                about=lever.sentence,
                value=view.levers[name],
                ends=["not at all", "fully"],
                on_value=lambda value, name=name: go(**{name: round(value, 3)}),
            ).key(name)
        )
    if running.scenario is not None:
        options = [[key, words] for key, words in choices_of_who(running.scenario).items()]
        children.append(
            Choice.element(
                label="Who", options=options, value=view.who, on_value=lambda who: go(who=who)
            ).key("who")
        )
        steps = running.scenario.time.steps
        children.append(
            Slider.element(
                label=f"From {running.scenario.time.unit}",
                about="Until then everybody looks after their own.",
                value=float(min(view.start, steps - 1)),
                most=float(steps - 1),
                step=1.0,
                ends=["the first", ""],
                on_value=lambda start: go(start=int(start)),
            ).key("start")
        )
    children.append(
        Choice.element(
            label="Crises",
            term=identity("crises"),
            about="More crises give a surer answer, and take longer. Files call them replicates.",
            options=[[str(count), str(count)] for count in sorted({*COUNTS, view.replicates})],
            value=str(view.replicates),
            on_value=lambda count: go(replicates=int(count), crisis=0),
        ).key("crises")
    )
    total = running.question.replicates
    children.append(tag("p", f"{running.done} of {total} crises run", look="ca-note"))
    children.append(
        Button.element(  # one button for both: the browser is slow to make another
            label="Run again" if running.finished else "Stop",
            look="main" if running.finished else "plain",
            on_presses=lambda _: again() if running.finished else stop(),
        ).key("run")
    )
    Panel("What is asked: scenario, sliders, who", children)
