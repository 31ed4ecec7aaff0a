"""The page of a seat: what it knows, what it was told, what it decides, and what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from crisis_abm.exercise.course import Course
from crisis_abm.exercise.decisions import Decision
from crisis_abm.exercise.exercise import ALL
from crisis_abm.exercise.knowledge import Knowledge, held, outcome
from crisis_abm.exercise.play import Play
from crisis_abm.exercise.server.decision_form import SERVED, choices, typed, where_shown
from crisis_abm.exercise.server.words import Words
from crisis_abm.exercise.sitting import Sitting

MOST_CONFIRMED = 4  # decisions of a turn that are shown; the last counts


def clock(course: Course, words: Words, seat: str = ALL) -> dict[str, Any]:
    """Where the turn stands: its number, name, days, and how long there is."""
    exercise, turn = course.exercise, course.turn
    content = exercise.content
    told: dict[str, Any] = {"turn": turn, "turns": exercise.turns, "paused": course.paused}
    told["state"] = "before" if turn < 0 else "open" if course.is_playing else "over"
    if not course.is_playing:
        return told
    ends, now = course.ends(seat), datetime.now(UTC)
    assert ends is not None
    left = (ends - course.now(now)).total_seconds()
    first, end = exercise.starts[turn : turn + 2]
    return told | {
        "title": content.turns[turn].title,
        "days": words.days(first, end),
        "briefing": content.turns[turn].briefing,
        "left": round(left),
        "calls": content.turns[turn].calls,
    }


def calls_of(course: Course, seat: str) -> list[tuple[str, str, bool]]:
    """Who called a seat, what was said, and whether in this turn or the one before."""
    found = []
    for turn in (course.turn, course.turn - 1):
        for (when, other), decision in course.branch.decided.items():
            if when == turn and seat in decision.calls:
                found.append((other, decision.say, turn == course.turn))
    return found


def talks_with(course: Course, seat: str) -> list[str]:
    """Whom a seat talks with in this turn: those whom it called, and who called it."""
    turn = course.turn
    mine = course.branch.decided.get((turn, seat), Decision()).calls
    decided = course.branch.decided.items()
    callers = [other for (when, other), one in decided if when == turn and seat in one.calls]
    return list(dict.fromkeys([*mine, *callers]))


def seat_page(
    sitting: Sitting,
    seat: str,
    person: str,
    here: Sequence[str] = (),
    errors: Mapping[str, str] | None = None,
    fields: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """What the template of a seat's page is filled with.

    Parameters
    ----------
    sitting : Sitting
    seat, person : str
        Whose page it is.
    here : sequence of str
        Who has a page of this seat open.
    errors, fields : mapping, optional
        What was wrong with what was sent, and that; else the form holds what was confirmed.
    """
    course, exercise = sitting.snapshot(), sitting.exercise
    words, entry = Words(exercise), exercise.content.seats[seat]
    played, knowledge = sitting.watched()
    tables, state = played.tables, played.state
    decision = course.branch.decided.get((course.turn, seat))
    can_call = course.is_playing and exercise.content.turns[course.turn].calls
    chosen = choices(exercise, seat, course.seats, can_call)
    told_fields = fields if fields is not None else typed(decision or Decision())
    mine = [one for one in course.confirmed if one.data["seat"] == seat]
    return {
        "words": words,
        "title": exercise.content.title,
        "seat": seat,
        "name": entry.title,
        "chair": entry.chair,
        "card": entry.card,
        "person": person,
        "here": [one for one in here if one != person],
        "clock": clock(course, words, seat),
        "handed": seat in course.handed,
        "news": _news(course, seat, words),
        "calls": [(words.seat(other), *more) for other, *more in calls_of(course, seat)],
        "holdings": held(tables, state, exercise.rows_of(seat)),
        "supplies": knowledge.supplied(tables, state, seat),
        "sights": knowledge.sights(tables, state, seat, talks_with(course, seat)),
        "came": _came(course, played, seat),
        "harm_unit": exercise.scenario.harm_unit,
        "choices": asdict(chosen),
        "served": SERVED,
        "usual": _usual(played, knowledge, seat),
        "split": {
            name.split(".")[1]
            for name, given in told_fields.items()
            if ".suppliers." in name and any(given)
        },
        "fields": {name: list(values) for name, values in told_fields.items()},
        "errors": where_shown(errors or {}, chosen),
        "key": secrets.token_urlsafe(12),
        "decision": decision,
        "confirmed": [
            {
                "by": one.data.get("by") or "somebody",
                "at": words.clock(one.at),
                "lines": words.decision(Decision.model_validate(one.data["decision"])),
                "reason": one.data["decision"].get("reason", ""),
            }
            for one in mine[-MOST_CONFIRMED:]
        ],
        "questions": [
            (number, text, course.answers.get((seat, number), ""))
            for number, text in enumerate(exercise.content.questions)
        ],
    }


def _news(course: Course, seat: str, words: Words) -> list[dict[str, Any]]:
    """What a seat was told, the newest first."""
    return [
        {
            "number": sent.inject.number,
            "day": words.day(sent.tick),
            "at": words.clock(sent.at),
            "sender": sent.inject.sender,
            "text": sent.inject.text,
            "new": sent.turn == course.turn,
            "private": ALL not in sent.inject.to,
            "ask": sent.inject.acknowledge and (sent.inject.number, seat) not in course.read,
            "read": (sent.inject.number, seat) in course.read,
        }
        for sent in reversed(course.told_to(seat))
    ]


def _came(course: Course, played: Play, seat: str) -> dict[str, Any] | None:
    """What came of the turn before at a seat."""
    turn = min(course.turn, course.exercise.turns)
    if turn < 1:
        return None
    first, end = course.exercise.starts[turn - 1 : turn + 1]
    rows = course.exercise.rows_of(seat)
    if not course.is_playing:  # the crisis went on to its end
        end = played.ticks
    came = outcome(played.tables, played.state, rows, first, end)
    whole = outcome(played.tables, played.state, rows, course.exercise.starts[0], end)
    return {"turn": turn, "now": came, "whole": whole}


def _usual(played: Play, knowledge: Knowledge, seat: str) -> dict[str, str]:
    """What the last order of each resource was, in units a tick."""
    words = Words(knowledge.exercise)
    rows = knowledge.exercise.rows_of(seat)
    holdings = held(played.tables, played.state, rows)
    return {one.resource: words.units(one.ordered) for one in holdings}
