"""What was expected and what objectives came to, worked out beside what people wait for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from crisis_abm.exercise.evaluation.expected import Expectation, expectations
from crisis_abm.exercise.evaluation.objectives import Measured, measured
from crisis_abm.exercise.evaluation.observed import observed
from crisis_abm.exercise.evaluation.shown import Observed
from crisis_abm.exercise.sitting import Sitting

logger = logging.getLogger(__name__)


class Evaluation:
    """The last that is known of a sitting; a thread of its own looks again when asked to.

    Parameters
    ----------
    sitting : Sitting
    done : callable
        Called when there is something new.

    Attributes
    ----------
    expected : dict of int to Expectation
        By number of the inject.
    objectives : dict of str to Measured
        By name, for the turns that are closed.
    """

    def __init__(self, sitting: Sitting, done: Callable[[], None]) -> None:
        self._sitting, self._done = sitting, done
        self.expected: dict[int, Expectation] = {}
        self.objectives: dict[str, Measured] = {}
        self._lock = threading.Lock()
        self._again = self._busy = False
        self._turn: tuple[int, int] | None = None
        self._seen: Observed | None = None

    def begin(self) -> None:
        """Look again, in a moment."""
        with self._lock:
            self._again = True
            if self._busy:
                return
            self._busy = True
        threading.Thread(target=self._work, name="evaluation", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._again:
                    self._busy = False
                    return
                self._again = False
            before = self.expected, self.objectives
            try:
                self._look()
            except Exception:
                logger.exception("an exercise could not be evaluated")
            if before != (self.expected, self.objectives):  # else every page would be drawn again
                self._done()

    def _look(self) -> None:
        course = self._sitting.snapshot()
        turn = len(course.branches), course.turn
        if turn != self._turn:  # what was seen changes with turns alone
            self._seen, self._turn = observed(course), turn
            self.objectives = measured(course, seen=self._seen) if course.turn > 0 else {}
        self.expected = {one.number: one for one in expectations(course, seen=self._seen)}
