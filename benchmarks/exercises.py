"""Rows about tabletop exercises: how long players wait, what a page costs, what the report takes.

    python -m benchmarks --exercises

Everything is measured from outside, of the program as it is started by hand.
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from benchmarks.evening import Evening, evening
from benchmarks.figures import Row
from benchmarks.measure import Timing, seconds_of_command
from crisis_abm.exercise import Exercise, Sitting
from crisis_abm.exercise.bots import VARIED, bot, decide_all, play_through

__all__ = ["exercise_rows", "rows_of_evening"]

NAME, PLAYERS, PEOPLE = "first_wave", 10, 3
FLOOD, FLOOD_PLAYERS = "flood", 4
EVENINGS = 3
MOST_SHOWN, MOST_REPORT = 1.0, 120.0  # seconds
CRISES = 30


def exercise_rows() -> list[Row]:
    """All of them; it takes some minutes."""
    evenings = [evening(NAME, PLAYERS, PEOPLE) for _ in range(EVENINGS)]
    return [
        *rows_of_evening(evenings),
        turn_run(),
        report(NAME, PLAYERS),
        report(FLOOD, FLOOD_PLAYERS),
    ]


def rows_of_evening(evenings: list[Evening]) -> list[Row]:
    """What evenings came to, all their turns together.

    Parameters
    ----------
    evenings : list of Evening
        Of the same exercise.
    """
    first, turns = evenings[0], [turn for one in evenings for turn in one.turns]
    screens, seats = first.screens, first.seats
    run, shown, decided = (
        Timing(tuple(getattr(turn, name) for turn in turns)) for name in ("run", "shown", "decided")
    )
    whole = Timing(tuple(turn.run + turn.shown for turn in turns))
    here = f"{NAME}, {seats} seats, {screens} screens"
    last = max(shown.seconds)
    rows = [
        Row(
            f"{here}: a new turn, from the end of its run until it stands on the last screen",
            f"≤ {MOST_SHOWN:g} s",
            f"{shown} in {len(turns)} turns",
            last <= MOST_SHOWN,
        ),
        Row("the same, from the press of the button", "told", f"{whole}", True),
        Row("of it until the first is told of it: the run itself", "told", f"{run}", True),
        Row(
            "a decision, from sending it until it stands there confirmed, the slowest of a turn",
            "told",
            str(decided),
            True,
        ),
    ]
    sizes = {name: [one.memory[name] / 1e6 for one in evenings] for name in first.memory}
    none, opened, after = (Timing(tuple(sizes[name])).median for name in ("none", "open", "after"))
    page = (opened - none) / screens
    rows.append(
        Row(
            f"memory of the server: no page of a seat open / {screens} open / after "
            f"{len(first.turns)} turns",
            "told",
            f"{none:.0f} / {opened:.0f} / {after:.0f} MB: {page:.2g} MB a page, "
            f"{(after - none) / seats:.3g} MB a seat in the end",
            True,
        )
    )
    return rows


def turn_run() -> Row:
    """Play each turn with what bots decided, and what seats know of each other, nobody looking."""
    with tempfile.TemporaryDirectory() as folder:
        exercise = Exercise.load(NAME)
        times = []
        for number in range(EVENINGS + 1):  # the first loads what is compiled
            sitting = Sitting.begin(Path(folder) / f"{number}", exercise, PLAYERS)
            bots = {name: bot(VARIED, exercise, number) for name in sitting.course.seats}
            sitting.start()
            sitting.watched()
            while sitting.course.is_playing:
                decide_all(sitting, bots)
                began = time.perf_counter()
                sitting.advance()
                sitting.watched()
                times.append(time.perf_counter() - began)
            sitting.close()
    turns = exercise.turns
    timing = Timing(tuple(times[turns:]))
    last = Timing(tuple(times[2 * turns - 1 :: turns]))
    return Row(
        f"{NAME}, {PLAYERS} seats of bots: to close a turn and play it, nobody looking",
        "told",
        f"{timing}; the last, which plays the crisis to its end, {last}",
        True,
    )


def report(name: str, players: int) -> Row:
    """The after-action report of a whole exercise, all turns decided by varied bots."""
    with tempfile.TemporaryDirectory() as home:
        exercise, folder = Exercise.load(name), Path(home) / "held"
        sitting = Sitting.begin(folder, exercise, players)
        seats = sitting.course.seats
        play_through(sitting, {one: bot(VARIED, exercise, k) for k, one in enumerate(seats)})
        sitting.close()
        command = ["exercise", "report", str(folder), "--crises", str(CRISES), "--workers", "2"]
        before = _of_processor()
        seconds = seconds_of_command(command, 1).median
        busy = _of_processor() - before
    return Row(
        f"the report of {name}, {len(seats)} seats and {exercise.turns} turns, {CRISES} crises, "
        "everything decided otherwise",
        f"≤ {MOST_REPORT:g} s",
        f"{seconds:.3g} s ({busy:.3g} s of processors, two workers)",
        seconds <= MOST_REPORT,
    )


def _of_processor() -> float:
    """Seconds that processors were busy for processes that this one started and that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
