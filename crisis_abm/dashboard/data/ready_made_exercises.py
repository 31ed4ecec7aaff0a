"""The exercises that come with the program, as a page tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from crisis_abm.exercise.exercise import Exercise, ready_made_exercises


@dataclass(frozen=True)
class ReadyMade:
    """What an exercise file says of itself.

    Attributes
    ----------
    name, title, aim : str
    minutes, played : int
        From the rules to the hot wash; those of them that are turns.
    turns, injects : int
    players : tuple of int
        How many can play with a seat each.
    """

    name: str
    title: str
    aim: str
    minutes: int
    played: int
    turns: int
    injects: int
    players: tuple[int, ...]


@lru_cache(maxsize=1)
def ready_made() -> tuple[ReadyMade, ...]:
    """All of them, the shortest first."""
    found = [_about(name, Exercise.load(name)) for name in ready_made_exercises()]
    return tuple(sorted(found, key=lambda one: one.minutes))


def _about(name: str, exercise: Exercise) -> ReadyMade:
    content = exercise.content
    played = sum(turn.minutes for turn in content.turns)
    return ReadyMade(
        name,
        content.title,
        content.aim,
        played + content.guide.rules + content.guide.hot_wash,
        played,
        exercise.turns,
        len(content.injects),
        tuple(exercise.fitting()),
    )
