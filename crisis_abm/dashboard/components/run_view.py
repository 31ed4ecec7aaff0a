"""One crisis of the comparison, day by day: asked for, waited for, shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import solara

from crisis_abm.dashboard.components.html import tag
from crisis_abm.dashboard.data.trajectories import trajectory
from crisis_abm.dashboard.state.session import Running, use_answer, use_view
from crisis_abm.dashboard.state.view import WHY, View, address
from crisis_abm.dashboard.widgets.controls import Choice
from crisis_abm.dashboard.widgets.pictures import CHOSEN_MARK, DAY_MARK, RunCanvas
from crisis_abm.report.words import figure
from crisis_abm.runs.prepared import Recent

STYLE = Path(__file__).parents[1] / "run_view.css"
NOTHING = "No crisis can be shown until that is put right."
MOST_KEPT = 16  # crises that all pages share: 60 KB to 2 MB each

_kept = Recent(MOST_KEPT)


@solara.component
def RunView(view: View, running: Running) -> None:
    """Heat maps and networks of one crisis under both policies."""
    solara.Style(STYLE)
    _, go = use_view()
    task = (view.crisis, running.question.seed, running.policies)
    answer = use_answer(trajectory, running.scenario, task, _kept)
    last = solara.use_ref(b"")  # stays while the next one is on its way
    last.current = b"" if answer.problems else answer.value or last.current
    waiting = answer.waiting and not running.problems
    options = solara.use_memo(
        lambda: crises(running, view.crisis), [running.question, running.finished, view.crisis]
    )
    words = f"Running crisis {view.crisis} day by day …" if waiting else ""

    def moved(at: dict[str, Any]) -> None:
        go(day=at["day"], chosen=at["chosen"])

    marked = view.but(day=DAY_MARK, chosen=CHOSEN_MARK)
    router = solara.use_router()
    canvas = RunCanvas.element(
        title="One crisis, day by day",
        data=last.current,
        problem=NOTHING if running.problems else " ".join(answer.problems),
        waiting=words,
        known={"day": view.day, "chosen": view.chosen},
        here=address(router.path, marked),
        why=address(WHY, marked),
        on_at=moved,
    ).key("run view")
    chosen = Choice.element(
        label="Crisis",
        options=[[str(number), told] for number, told in options],
        value=str(view.crisis),
        on_value=lambda number: go(crisis=int(number)),
    ).key("crisis")
    which = tag("div", chosen, look="ca-run-which")
    tag("section", which, canvas, look="ca-run-view", attributes={"aria-label": "One crisis"})


def crises(running: Running, shown: int, briefly: bool = False) -> list[tuple[int, str]]:
    """The crises that can be looked at, in words: what each came to, once all are there.

    They are numbered as ``crisis-abm run --replicate`` has them. Briefly, only the middle one is
    told from the others.
    """
    result = running.result
    numbers = sorted({*range(running.question.replicates), shown})
    if result is None or not running.finished:
        return [(number, f"crisis {number}") for number in numbers]
    first, second = (result.of("harm", policy) for policy in result.policies[:2])
    middle = int(np.argsort(second - first, kind="stable")[(len(first) - 1) // 2])
    told = []
    for number in numbers:
        words = f"crisis {number}"
        if number < len(first) and not briefly:
            one, other = figure(float(first[number])), figure(float(second[number]))
            words += f": {one} {result.scenario.harm_unit} {result.policies[0]}, {other} "
            words += result.policies[1]
        told.append((number, words + (" (the middle one)" if number == middle else "")))
    return told
