"""A rehearsal: bots sit at every seat, and decide some seconds after a turn begins."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime, timedelta
from functools import partial

from crisis_abm.exercise.bots import VARIED, Bot, bot
from crisis_abm.exercise.server.hall import Hall
from crisis_abm.exercise.server.keys import Pass
from crisis_abm.exercise.sitting import Refused, Sitting

logger = logging.getLogger(__name__)

NAME = "a bot"
FIRST, APART = 3.0, 1.5  # seconds until the first has decided, and between two of them


class Rehearsal:
    """Bots at the seats of a hall.

    Parameters
    ----------
    hall : Hall
    named : str
        What kind they are, as `bots.bot` takes it.
    """

    def __init__(self, hall: Hall, named: str = VARIED) -> None:
        self.hall = hall
        exercise = hall.sitting.exercise
        self.bots: dict[str, Bot] = {
            seat: bot(named, exercise, seed=number)
            for number, seat in enumerate(hall.sitting.course.seats)
        }
        self._asked: set[tuple[int, int, str]] = set()

    async def run(self) -> None:
        """Decide for every seat as turns begin, for as long as the server runs."""
        with contextlib.ExitStack() as stack:
            for seat in self.bots:
                stack.enter_context(self.hall.present(Pass(seat, NAME)))
                await self.hall.do(Pass(seat, NAME), partial(_sit_down, seat))
            while True:
                await asyncio.sleep(0.5)
                for seat in self._due():
                    decide = partial(self.bots[seat].decide, seat=seat)
                    try:
                        await self.hall.do(Pass(seat, NAME), decide)
                    except Refused as error:
                        logger.warning("a bot could not decide for %s: %s", seat, error)

    def _due(self) -> list[str]:
        """Seats whose bots have thought long enough; each is asked once a turn."""
        course = self.hall.sitting.course
        if not course.is_playing or course.paused or course.opened is None:
            return []
        now = course.now(datetime.now(UTC))
        waiting = set(course.waiting_for())
        due = []
        for number, seat in enumerate(self.bots):
            turn = (len(course.branches), course.turn, seat)
            thought = now - course.opened >= timedelta(seconds=FIRST + APART * number)
            if thought and seat in waiting and turn not in self._asked:
                self._asked.add(turn)
                due.append(seat)
        return due


def _sit_down(seat: str, sitting: Sitting) -> None:
    sitting.join(seat, NAME)
