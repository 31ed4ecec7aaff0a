"""What the room sees on the wall: the day, the news, a map of who is strained; no secrets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.engine import Status
from crisis_abm.exercise.exercise import ALL
from crisis_abm.exercise.server.seat_page import clock
from crisis_abm.exercise.server.words import Words
from crisis_abm.exercise.sitting import Sitting

TILE = 168, 64
RING = 720, 480  # of so few that they fit round it; more stand in rows, every other one shifted
MOST_IN_RING, GAP = 8, 32
FEW, COLUMNS = 15, (3, 4)  # columns of so few, and of more
COLOURS = ("#e8f1f7", "#f5c9a6", "#d55e00", "#3d3d3d")  # by how badly it goes; texts say it, too
STANDS = ("works", "is strained", "hardly works", "has stopped")


@dataclass(frozen=True)
class Spot:
    """A seat, or a kind without one, on the map: where, how it stands, in words and colour."""

    name: str
    x: float
    y: float
    colour: str
    ink: str
    text: str
    lines: tuple[str, ...]


def map_of(sitting: Sitting) -> dict[str, Any]:
    """The map: a spot for each, seats first, and lines between those that depend on each other."""
    played, knowledge = sitting.watched()
    words = Words(sitting.exercise)
    status = played.state.organisations.status
    names = list(knowledge.partners)
    spots = []
    places, size = _laid_out(len(names))
    for (x, y), (name, rows) in zip(places, knowledge.partners.items(), strict=True):
        worst, text = stands(status[rows])
        ink = "#ffffff" if worst == 3 else "#1c1c1c"
        title = words.seat(name)
        lines = tuple(_wrapped(title))
        spots.append(Spot(title, x, y, COLOURS[worst], ink, text, lines))
    ways = [
        (spots[names.index(one)], spots[names.index(other)])
        for one, other in knowledge.pairs()
        if names.index(one) < names.index(other) or other not in knowledge.rows
    ]
    legend = list(zip(COLOURS, STANDS, strict=True))
    return {"spots": spots, "ways": ways, "legend": legend, "width": size[0], "height": size[1]}


def _laid_out(count: int) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """The middle of every tile, and the size of the picture."""
    wide, high = map(float, TILE)
    if count <= MOST_IN_RING:
        width, height = map(float, RING)
        angles = [2.0 * math.pi * place / count - math.pi / 2.0 for place in range(count)]
        across, down = (width - wide) / 2 - 4, (height - high) / 2 - 4
        ring = [(width / 2 + across * math.cos(a), height / 2 + down * math.sin(a)) for a in angles]
        return [(round(x, 1), round(y, 1)) for x, y in ring], (width, height)
    columns = COLUMNS[count > FEW]
    rows = math.ceil(count / columns)
    places = []
    for place in range(count):
        row, column = divmod(place, columns)
        shift = (wide + GAP) / 2 * (row % 2)
        x = GAP / 2 + wide / 2 + column * (wide + GAP) + shift
        places.append((x, GAP / 2 + high / 2 + row * (high + GAP)))
    width = columns * (wide + GAP) + (wide + GAP) / 2
    return places, (width, rows * (high + GAP))


def stands(status: np.ndarray) -> tuple[int, str]:
    """How organisations stand together, by colour and in words.

    Black where most have stopped, red where a quarter can hardly work, pale where any is strained.
    """
    count = len(status)
    bad = int((status >= Status.FAILING).sum())
    strained = int((status == Status.STRAINED).sum())
    if count == 1:
        return int(status[0]), STANDS[int(status[0])]
    if bad:
        level = 3 if (status == Status.FAILED).sum() > count / 2 else 2 if bad >= count / 4 else 1
        return level, f"{bad} of {count} hardly work"
    if strained:
        return 1, f"{strained} of {count} are strained"
    return 0, "all work"


def _wrapped(title: str) -> list[str]:
    """A name in at most two lines."""
    if len(title) <= 14 or " " not in title:
        return [title]
    words = title.split()
    halves = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(1, len(words))]
    return list(min(halves, key=lambda pair: max(map(len, pair))))


def room_page(sitting: Sitting) -> dict[str, Any]:
    """What the template of the room's page is filled with."""
    course, exercise = sitting.snapshot(), sitting.exercise
    words = Words(exercise)
    news = [
        (words.day(sent.tick), sent.inject.sender, sent.inject.text)
        for sent in reversed(course.branch.sent)
        if ALL in sent.inject.to
    ]
    decided = len(course.seats) - len(course.waiting_for()) - len(course.handed)
    return {
        "words": words,
        "title": exercise.content.title,
        "clock": clock(course, words),
        "news": news[:5],
        "map": map_of(sitting),
        "decided": decided,
        "seats": len(course.seats),
        "questions": exercise.content.questions,
        "handed": [words.seat(one) for one in sorted(course.handed)],
    }
