"""One organisation through a crisis: its status and days, what it had, whom it depends on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import solara

from crisis_abm import history
from crisis_abm.dashboard.components.charts import Lines, numbers
from crisis_abm.dashboard.components.html import tag, term
from crisis_abm.dashboard.data.organisation_history import History, history_of
from crisis_abm.dashboard.state.session import Running, use_answer, use_view
from crisis_abm.dashboard.state.view import WHY, View, address
from crisis_abm.dashboard.widgets.controls import Choice
from crisis_abm.report.words import counted, date_text

MOST_PARTNERS = 12
STATES = ("working", "strained", "failing", "failed")
MOST_TOLD = 8  # stretches that are told one by one
MARKS = (("■", "ca-run-mark-0"), ("●", "ca-run-mark-1"))


@solara.component
def OneOrganisation(running: Running, view: View) -> None:
    """The organisation chosen in the view."""
    task = (view.chosen, running.policies, view.seed, view.crisis)
    what, look_at = solara.use_state("")
    answer = use_answer(history_of, running.scenario, task)
    if answer.problems or isinstance(answer.value, str):
        tag("div", tag("p", answer.value or answer.problems[0]), look="ca-problem")
        return
    if answer.waiting or running.scenario is None:
        tag("h2", "Its days")
        tag("p", "Looking it up …", look="ca-organisation-waiting")
        return
    found: History = answer.value
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


def _series(found: History, unit: str) -> dict[str, tuple[str, np.ndarray]]:
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


@solara.component
def StatusStrips(times: Sequence[object], unit: str, status: Mapping[str, np.ndarray]) -> None:
    """A strip for each policy, over ticks or dates in words; `unit` is what a tick is called."""
    tag("h3", "Status")
    legend = [
        tag("li", tag("span", look=f"ca-state ca-state-{k}"), term(STATES[k])) for k in range(4)
    ]
    tag("ul", *legend, look="ca-states")
    for (name, states), (mark, look) in zip(status.items(), MARKS, strict=False):
        cells = [
            tag(
                "span",
                look=f"ca-state-{state}",
                attributes={"style": f"width: {100 * (end - start) / len(states):.4f}%"},
            )
            for start, end, state in stretches(states)
        ]
        about = {"role": "img", "aria-label": f"{name}: {states_text(states, times, unit)}"}
        strip = tag("div", *cells, look="ca-strip", attributes=about)
        tag("div", strip, tag("span", tag("span", mark, look=look), f" {name}"), look="ca-strips")
    words = {name: [STATES[k] for k in states.tolist()] for name, states in status.items()}
    headings = {"time": unit, **{name: name for name in words}}
    numbers("Status", "status", {"time": list(times), **words}, headings)


def stretches(states: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """First tick, tick after the last, and state of every stretch of the same state.

    >>> list(stretches(np.array([0, 0, 3, 1])))
    [(0, 2, 0), (2, 3, 3), (3, 4, 1)]
    """
    at = 0
    for state, same in groupby(states.tolist()):
        count = len(list(same))
        yield at, at + count, state
        at += count


def states_text(states: np.ndarray, times: Sequence[object], unit: str) -> str:
    """The same in words, for whoever does not see it.

    >>> states_text(np.array([0, 0, 3, 1]), [0, 1, 2, 3], "day")
    'working from 0, failed from 2, strained from 3'
    """
    found = list(stretches(states))
    if len(found) <= MOST_TOLD:
        return ", ".join(f"{STATES[state]} from {times[start]}" for start, _, state in found)
    days = np.bincount(states, minlength=len(STATES)).tolist()
    told = [f"{STATES[k]} on {counted(n, unit)}" for k, n in enumerate(days) if n]
    return f"{', '.join(told)}, in {len(found)} stretches"
