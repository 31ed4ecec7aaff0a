"""One run of a sweep: whatever happens in it, it ends with an answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from crisis_abm import engine, outcomes
from crisis_abm.engine import Detail, State
from crisis_abm.experiment.setting import prepare
from crisis_abm.experiment.task_order import order_of
from crisis_abm.runs.prepared import STAGES
from crisis_abm.scenario import ScenarioError
from crisis_abm.tables import layout

if TYPE_CHECKING:
    from crisis_abm.experiment.experiment import Experiment

__all__ = ["ERROR", "LOST", "OK", "STATUSES", "TIME_LIMIT", "Bench", "Ended", "ended"]

OK, ERROR, TIME_LIMIT, LOST = STATUSES = ("ok", "error", "time limit", "worker lost")
LONGEST_ERROR = 2000  # characters

Array = np.ndarray


class Ended(NamedTuple):
    """How a run ended; `figures` are the experiment's outcomes, None without a result."""

    status: str
    error: str | None
    figures: Array | None


class _TooLong(Exception):
    """The time limit is reached."""


class Bench:
    """Of one process: the experiment, and the seconds a run may take.

    The first run of a process may have to wait for the compiler, so its clock starts when its first
    stage is done.
    """

    def __init__(self, argument: tuple[Experiment, float | None]) -> None:
        self.experiment, self.time_limit = argument
        self.warm = False

    def run(self, number: int) -> Ended:
        """Run, whatever may happen; see `ended`."""
        point, replicate = order_of(self.experiment).places(number)
        began = time.monotonic()
        try:
            _, tables, policy, seed = prepare(self.experiment, int(point), int(replicate))
            state = self._state(tables.world, policy, seed, began)
            self.warm = True
            return Ended(OK, None, outcomes.measure(tables, state, self.experiment.outcomes))
        except _TooLong:
            return Ended(TIME_LIMIT, f"took longer than {self.time_limit:g} s", None)
        except ScenarioError as error:
            return Ended(ERROR, _short("; ".join(map(str, error.problems))), None)
        except Exception as error:
            return Ended(ERROR, _short(f"{type(error).__name__}: {error}"), None)

    def _state(self, world: layout.World, policy: layout.Policy, seed: int, began: float) -> State:
        """The state at the end, reached in stages if time is limited."""
        if self.time_limit is None:
            return engine.run(world, policy, seed, Detail.GROUPS)
        steps = world.parameters.steps
        state = engine.start(world, policy, seed, Detail.GROUPS)
        each = -(-steps // STAGES)
        for first in range(0, steps, each):
            if self.warm and time.monotonic() - began > self.time_limit:
                raise _TooLong
            state = engine.advance(world, state, first, first + each)
            if not self.warm:
                self.warm, began = True, time.monotonic()
        return state


def ended(bench: Bench, number: int) -> Ended:
    """Run the run of a number, whatever may happen: an error is an answer as well."""
    return bench.run(number)


def _short(text: str) -> str:
    return " ".join(text.split())[:LONGEST_ERROR]
