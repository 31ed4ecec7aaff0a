"""A question put to a worker process, and its answer when it comes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import solara

from crisis_abm.dashboard.problems import sentences
from crisis_abm.dashboard.session import workers
from crisis_abm.dashboard.workers import Task
from crisis_abm.scenario import Scenario

__all__ = ["Answer", "use_answer"]


@dataclass(frozen=True)
class Answer:
    """An answer: its value, or why there is none; neither while it is waited for."""

    value: Any = None
    problems: tuple[str, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether it has not come yet."""
        return self.value is None and not self.problems


def use_answer(function: Task, scenario: Scenario | None, task: Any) -> Answer:
    """What ``function(prepared, task)`` comes to, asked anew when scenario or task change.

    Parameters
    ----------
    function : callable
        Module-level; its answer is never None.
    scenario : Scenario or None
        None: there is nothing to ask yet.
    task : object
        Two that are equal are the same question.
    """
    key = None if scenario is None else (scenario.fingerprint(), task)
    known, remember = solara.use_state((None, Answer()))

    def ask(cancelled: threading.Event) -> None:
        if scenario is not None:
            found = _asked(function, scenario, task, lambda: not cancelled.is_set())
            if not cancelled.is_set():
                remember((key, found))

    solara.use_thread(ask, dependencies=[key], intrusive_cancel=False)
    return known[1] if known[0] == key and key is not None else Answer()


def _asked(function: Task, scenario: Scenario, task: Any, wanted: Callable[[], bool]) -> Answer:
    try:
        return Answer(workers().ask(function, scenario, task, wanted))
    except Exception as error:
        return Answer(problems=sentences(error))
