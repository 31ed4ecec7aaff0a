"""What belongs to one open page: its comparison, its answers, its library; and what pages share.

What a page waits for is worked out by other processes, and fills in as it comes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import solara
import solara.lab
from solara.server import kernel_context

from crisis_abm.dashboard.data.analyses import Analyses
from crisis_abm.dashboard.data.comparing import coming_in
from crisis_abm.dashboard.data.exercise_servers import ExerciseServers, Place
from crisis_abm.dashboard.data.workers import Task, Workers
from crisis_abm.dashboard.scenarios.library import Library, own_folder
from crisis_abm.dashboard.scenarios.problems import sentences
from crisis_abm.dashboard.state.view import View, address, policies_of, view_of
from crisis_abm.runs import Comparison
from crisis_abm.runs.prepared import Recent
from crisis_abm.scenario import Policy, Scenario, ScenarioError, ready_made_scenarios
from crisis_abm.scenario.schema.policy import BUILT_IN

_lock = threading.Lock()
_place = Place()


@lru_cache(maxsize=1)
def _started() -> Workers:
    found = Workers()
    found.warm(Scenario.load(ready_made_scenarios()["local_shock"]))
    return found


def workers() -> Workers:
    """The processes that all pages share; started by whoever asks first."""
    with _lock:
        return _started()


@lru_cache(maxsize=1)
def analyses() -> Analyses:
    """The long analyses of all pages."""
    return Analyses()


@lru_cache(maxsize=1)
def exercises() -> ExerciseServers:
    """The exercises of all pages; served on this machine alone, unless `serve_exercises_at`."""
    return ExerciseServers(own_folder(), _place)


def serve_exercises_at(place: Place) -> None:
    """Say where exercises are served, before a page asks for them."""
    global _place
    _place = place
    exercises.cache_clear()


def end() -> None:
    """End every process that was started for pages, work in hand included."""
    if _started.cache_info().currsize:
        _started().stop()
    if exercises.cache_info().currsize:
        exercises().stop_all()
    analyses().stop()


def visitor() -> str:
    """Whoever looks at this page, by the cookie."""
    context: Any = kernel_context.get_current_context()
    return str(context.session_id)


def came_by() -> str:
    """The `Host` by which the browser of this page came; it was looked at when the page was."""
    told = (solara.lab.headers.value or {}).get("host")
    return told[0] if told else ""


def library() -> Library:
    """The scenarios of whoever looks at this page."""
    return Library(own_folder(), visitor())


def watched() -> Callable[[], bool]:
    """What tells whether this page is still open in a browser, from any thread."""
    context: Any = kernel_context.get_current_context()
    there = kernel_context.PageStatus.CONNECTED

    def is_watched() -> bool:
        return there in tuple(context.page_status.values())

    return is_watched


def use_view() -> tuple[View, Callable[..., None]]:
    """The view in the address, and how to go to another.

    Returns
    -------
    View
    callable
        ``go(page=None, **changes)``: to another view, on this page unless another is named.
    """
    router = solara.use_router()
    view = view_of(router.search)

    def go(page: str | None = None, **changes: Any) -> None:
        router.push(address(router.path if page is None else page, view.but(**changes)))

    return view, go


@dataclass(frozen=True)
class Running:
    """How far a comparison is.

    Attributes
    ----------
    question : View
        What is asked.
    title : str
        Of the scenario.
    scenario : Scenario or None
        None if it cannot be used.
    policies : (Policy, Policy)
        What is compared, of which the second is that of the view.
    problems : tuple of str
        Why there is no result, a line each.
    result : Comparison or None
        Of the replicates that are there.
    stopped : bool
        Whether the visitor stopped it.
    """

    question: View
    title: str = ""
    scenario: Scenario | None = None
    policies: tuple[Policy, Policy] = (BUILT_IN["siloed"], BUILT_IN["reciprocal"])
    problems: tuple[str, ...] = ()
    result: Comparison | None = None
    stopped: bool = False

    @property
    def done(self) -> int:
        """Replicates that are there."""
        return 0 if self.result is None else self.result.replicates

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        return bool(self.problems) or self.stopped or self.done >= self.question.replicates


_running = solara.reactive(Running(View()))
_again = solara.reactive(0)


def use_comparison(view: View) -> Running:
    """The comparison that a view asks for; it is run once, however many pages ask."""
    question = view.question

    def run(cancelled: threading.Event) -> None:
        known = _running.value  # held to the end: the next result mostly has the same tables
        if known.question == question and known.scenario is not None and known.finished:
            return
        _running.value = opened(question)
        _fill(cancelled.is_set)

    solara.use_thread(run, dependencies=[question, _again.value], intrusive_cancel=False)
    known = _running.value
    return known if known.question == question else Running(question, known.title)


def opened(question: View) -> Running:
    """What a question is about, with nothing run yet."""
    title = ""
    try:
        scenario = library().open(question.scenario)
        title = scenario.title
        policies = policies_of(scenario, question)
    except ScenarioError as error:
        return Running(question, title, problems=sentences(error))
    return Running(question, title, scenario, policies)


def _fill(cancelled: Callable[[], bool]) -> None:
    now = _running.value
    if now.scenario is None:
        return
    question = now.question

    def wanted() -> bool:
        known = _running.value
        return not cancelled() and known.question == question and not known.stopped

    number, seed = question.replicates, question.seed
    try:
        for result in coming_in(
            workers(), now.scenario, now.policies, number, seed, wanted, watched()
        ):
            if wanted():
                _running.value = replace(_running.value, result=result)
    except Exception as error:
        if wanted():
            _running.value = replace(_running.value, problems=sentences(error))


def stop() -> None:
    """Run nothing more of it; what is there stays."""
    _running.value = replace(_running.value, stopped=True)


def again() -> None:
    """Run it once more, or the rest of it."""
    _running.value = Running(View(replicates=2, scenario=""))
    _again.value += 1


@dataclass(frozen=True)
class Answer:
    """An answer: its value, or why there is none; neither while it is waited for."""

    value: Any = None
    problems: tuple[str, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether it has not come yet."""
        return self.value is None and not self.problems


def use_answer(
    function: Task, scenario: Scenario | None, task: Any, kept: Recent | None = None
) -> Answer:
    """What ``function(prepared, task)`` comes to, asked anew when scenario or task change.

    The function is module-level, its answer never None. No scenario: there is nothing to ask yet.
    What is kept of this function's answers, on whatever page, is not asked again.
    """
    key = None if scenario is None else (scenario.fingerprint(), task)
    known, remember = solara.use_state((None, Answer()))

    def ask(cancelled: threading.Event) -> None:
        if scenario is None:
            return
        value = None if kept is None else kept.look_up(key)
        try:
            if value is None:
                value = workers().ask(function, scenario, task, lambda: not cancelled.is_set())
            found = Answer(value)
        except Exception as error:
            found = Answer(problems=sentences(error))
        if value is not None and kept is not None:
            kept.put(key, value, lambda _: 1)
        if not cancelled.is_set():
            remember((key, found))

    solara.use_thread(ask, dependencies=[key], intrusive_cancel=False)
    return known[1] if known[0] == key and key is not None else Answer()
