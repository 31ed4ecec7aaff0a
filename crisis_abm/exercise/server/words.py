"""Names and figures as pages tell them: plain, short, and honest about what is not known."""

from __future__ import annotations

import math
import re
from datetime import datetime

from crisis_abm.exercise.after_action.words import ABBREVIATIONS, decision_parts, thing
from crisis_abm.exercise.decisions import Decision
from crisis_abm.exercise.exercise import ALL, Exercise
from crisis_abm.report.words import counted, day


class Words:
    """The words of one exercise.

    Parameters
    ----------
    exercise : Exercise
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.unit = exercise.scenario.time.unit

    def seat(self, name: str) -> str:
        """A seat, a kind that has none (``kind:NAME``), or an organisation."""
        seats = self.exercise.content.seats
        if name == ALL:
            return "all"
        if name in seats:
            return seats[name].title
        text = name.removeprefix("kind:").replace("_", " ")
        return text[:1].upper() + text[1:]

    def seats(self, names: list[str]) -> str:
        """Several, in a row."""
        return self.listed(list(map(self.seat, names)))

    @staticmethod
    def listed(titles: list[str]) -> str:
        """Names in a row, so that commas within them do not part them."""
        return ("; " if any("," in one for one in titles) else ", ").join(titles)

    def resource(self, name: str) -> str:
        """A resource; abbreviations in capitals."""
        return thing(name)

    def spelt(self, text: str) -> str:
        """A text that names resources by their keys, as they are called."""
        for key, short in ABBREVIATIONS.items():
            text = re.sub(rf"\b{key}\b", short, text)
        return text.replace("_", " ")

    def decision(self, decision: Decision) -> list[str]:
        """A decision in plain lines."""
        return [part[:1].upper() + part[1:] for part in decision_parts(self.exercise, decision)]

    def units(self, value: float) -> str:
        """A number of units, in three digits that mean something."""
        if value == 0.0:
            return "0"
        if value < 1.0:
            return f"{value:.2g}"
        if value < 10.0:
            return f"{value:.1f}".removesuffix(".0")
        digits = 10 ** max(0, math.floor(math.log10(value)) - 2)
        return f"{round(value / digits) * digits:,.0f}"

    def lasts(self, ticks: float) -> str:
        """How long a stock lasts."""
        if not math.isfinite(ticks):
            return "not used now"
        if ticks >= 10.0:
            return f"{ticks:.0f} {self.unit}s"
        text = f"{ticks:.1f}"
        return f"{text} {self.unit}{'' if text == '1.0' else 's'}"

    def share(self, part: float) -> str:
        """A part of a whole: nothing short of it is told as the whole."""
        percent = 100.0 * part
        if 99.5 <= percent < 100.0 - 1e-7:
            return "over 99%"
        if 1e-7 < percent < 0.5:
            return "under 1%"
        return f"{percent:.0f}%"

    def day(self, tick: int) -> str:
        """The day of a tick."""
        return day(self.exercise.scenario, tick)

    def days(self, first: int, end: int) -> str:
        """The days of a turn."""
        if end - first <= 1:
            return self.day(first)
        begins, ends = self.day(first).split(), self.day(end - 1).split()
        while len(begins) > 1 and begins[-1] == ends[-1]:  # the same year, the same month
            begins, ends = begins[:-1], ends[:-1]
        return f"{' '.join(begins)} to {self.day(end - 1)}"

    def age(self, ticks: float | None) -> str:
        """How old a figure is."""
        if ticks is None:
            return "not known: you have not talked"
        whole = round(ticks)
        return "today's" if whole == 0 else f"{counted(whole, self.unit)} old"

    @staticmethod
    def clock(at: datetime) -> str:
        """A moment of the real day."""
        return at.astimezone().strftime("%H:%M:%S")
