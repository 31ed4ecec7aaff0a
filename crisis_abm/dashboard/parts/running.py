"""The comparison that a page is about: opened, run in the background, filling in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import solara

from crisis_abm.dashboard.comparing import coming_in
from crisis_abm.dashboard.problems import sentences
from crisis_abm.dashboard.session import library, watched, workers
from crisis_abm.dashboard.together import policies_of
from crisis_abm.dashboard.view import View
from crisis_abm.runs import Comparison
from crisis_abm.scenario import Policy, Scenario, ScenarioError
from crisis_abm.scenario.schema.policy import BUILT_IN

__all__ = ["Running", "opened", "use_comparison"]


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
        _filled(cancelled.is_set)

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


def _filled(cancelled: Callable[[], bool]) -> None:
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
