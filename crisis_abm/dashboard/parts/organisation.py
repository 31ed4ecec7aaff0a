"""One organisation through a crisis: its days, what it had, whom it depends on and who on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import solara

from crisis_abm import history
from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.organisation_history import Followed, followed
from crisis_abm.dashboard.parts.lines import Lines
from crisis_abm.dashboard.parts.running import Running
from crisis_abm.dashboard.parts.status_strips import StatusStrips
from crisis_abm.dashboard.parts.use_worker import use_answer
from crisis_abm.dashboard.session import use_view
from crisis_abm.dashboard.site_map import WHY
from crisis_abm.dashboard.view import View, address
from crisis_abm.dashboard.widgets.controls import Choice
from crisis_abm.report.words import date_text

__all__ = ["OneOrganisation"]

MOST_PARTNERS = 12


@solara.component
def OneOrganisation(running: Running, view: View) -> None:
    """The organisation chosen in the view."""
    task = (view.chosen, running.policies, view.seed, view.crisis)
    what, look_at = solara.use_state("")
    answer = use_answer(followed, running.scenario, task)
    if answer.problems or isinstance(answer.value, str):
        tag("div", tag("p", answer.value or answer.problems[0]), look="ca-problem")
        return
    if answer.waiting or running.scenario is None:
        tag("h2", "Its days")
        tag("p", "Looking it up …", look="ca-organisation-waiting")
        return
    found: Followed = answer.value
    tag("h2", f"{found.name}, day by day")
    times, unit = _times(running, found.level.shape[1]), running.scenario.time.unit
    StatusStrips(times, unit, _both(running, found.status))
    Lines("Service level", "percent of its work", times, _both(running, 100 * found.level), unit)
    series = _series(found, unit)
    shown = what if what in series else next(iter(series))
    Choice.element(
        label="Also show",
        options=[[name, name] for name in series],
        value=shown,
        on_value=look_at,
    ).key("series")
    measure, values = series[shown]
    Lines(shown, measure, times, _both(running, values), unit)
    with solara.v.Html(tag="div", class_="ca-row ca-top"):
        _Partners("It depends on", found.needs)
        _Partners("On it depend", found.serves)


def _series(found: Followed, unit: str) -> dict[str, tuple[str, np.ndarray]]:
    """What can be looked at, with its unit."""
    series = {}
    for name in found.stock:
        words = name.replace("_", " ")
        series[f"Stock of {words}"] = ("units", found.stock[name])
        series[f"Orders of {words}"] = (f"units a {unit}", found.ordered[name])
    series["Workload"] = (f"people it should serve that {unit}", found.workload)
    return series


def _both(running: Running, values: np.ndarray) -> dict[str, np.ndarray]:
    names = (policy.name for policy in running.policies)
    return dict(zip(names, values, strict=True))


def _times(running: Running, steps: int) -> list[Any]:
    assert running.scenario is not None
    known = history.dates(running.scenario, np.arange(steps))
    return list(range(steps)) if known is None else [date_text(day) for day in known]


@solara.component
def _Partners(title: str, partners: list[tuple[str, str, str]]) -> None:
    view, _ = use_view()
    lines = []
    shown = partners[:MOST_PARTNERS]
    for identity, name, what in shown:
        link = solara.Link(address(WHY, view.but(chosen=identity)), children=[name])
        lines.append(tag("li", link, f": {what}"))
    if len(partners) > len(shown):
        lines.append(tag("li", f"and {len(partners) - len(shown):,} more"))
    body = tag("ul", *lines) if lines else tag("p", "Nobody.")
    tag("div", tag("h3", title), body)
