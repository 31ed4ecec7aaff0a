"""One organisation through a crisis: why, what it had, whom it depends on and who on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import solara

from crisis_abm import history
from crisis_abm.dashboard.explaining import Followed, followed
from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.asked import use_answer
from crisis_abm.dashboard.parts.lines import Lines
from crisis_abm.dashboard.parts.running import Running
from crisis_abm.dashboard.session import use_view
from crisis_abm.dashboard.view import View, address
from crisis_abm.dashboard.widgets.controls import Choice
from crisis_abm.report.words import date_text

__all__ = ["OneOrganisation"]

MOST_PARTNERS = 12


@solara.component
def OneOrganisation(running: Running, view: View, way: str) -> None:
    """The organisation chosen in the view.

    Parameters
    ----------
    running : Running
    view : View
    way : str
        The chain of causes, in words; nothing if it was not hit.
    """
    task = (view.chosen, running.policies, view.seed, view.crisis)
    what, look_at = solara.use_state("")
    answer = use_answer(followed, running.scenario, task)
    if answer.problems or isinstance(answer.value, str):
        tag("div", tag("p", answer.value or answer.problems[0]), look="ca-problem")
        return
    if answer.waiting or running.scenario is None:
        tag("p", "Looking it up …")
        return
    found: Followed = answer.value
    tag("h2", f"{found.name}, {found.kind.replace('_', ' ')} in {found.area}")
    tag("p", way or "It was not hit in this crisis.", look="ca-way")
    with solara.v.Html(tag="div", class_="ca-row ca-top"):
        _Partners("It depends on", found.needs)
        _Partners("On it depend", found.serves)
    times = _times(running, found.level.shape[1])
    Lines("Service level", "percent of its work", times, _both(running, 100 * found.level))
    series = _series(found)
    shown = what if what in series else next(iter(series))
    Choice.element(
        label="Also show",
        options=[[name, name] for name in series],
        value=shown,
        on_value=look_at,
    ).key("series")
    unit, values = series[shown]
    Lines(shown, unit, times, _both(running, values))


def _series(found: Followed) -> dict[str, tuple[str, np.ndarray]]:
    """What can be looked at, with its unit."""
    series = {}
    for name in found.stock:
        words = name.replace("_", " ")
        series[f"Stock of {words}"] = ("units", found.stock[name])
        series[f"Orders of {words}"] = ("units a day", found.ordered[name])
    series["Workload"] = ("people it should serve that day", found.workload)
    return series


def _both(running: Running, values: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(running.policies, values, strict=True))


def _times(running: Running, steps: int) -> list[Any]:
    assert running.scenario is not None
    known = history.dates(running.scenario, np.arange(steps))
    return list(range(steps)) if known is None else [date_text(day) for day in known]


@solara.component
def _Partners(title: str, partners: list[tuple[str, str, str]]) -> None:
    view, _ = use_view()
    lines = []
    for identity, name, what in partners[:MOST_PARTNERS]:
        link = solara.Link(address("/why", view.but(chosen=identity)), children=[name])
        lines.append(tag("li", link, f": {what}"))
    if len(partners) > MOST_PARTNERS:
        lines.append(tag("li", f"and {len(partners) - MOST_PARTNERS} more"))
    body = tag("ul", *lines) if lines else tag("p", "Nobody.")
    tag("div", tag("h3", title), body)
