"""What a facilitator can do, by the name that the form sends: one function an action."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from crisis_abm.exercise.exercise import ALL
from crisis_abm.exercise.server.forms import Fields, last
from crisis_abm.exercise.sitting import Refused, Sitting


def _number(fields: Fields, name: str) -> int:
    text = last(fields, name)
    if not text.isdecimal() or len(text) > 9:
        raise Refused(f"{name} = {text!r} is no whole number")
    return int(text)


def _yes(fields: Fields, name: str) -> bool:
    return last(fields, name) == "yes"


def _start(sitting: Sitting, fields: Fields) -> str:
    sitting.start()
    return "The first turn has begun."


def _advance(sitting: Sitting, fields: Fields) -> str:
    if _number(fields, "turn") != sitting.course.turn:  # pressed twice, or in two windows
        raise Refused("this turn is closed already")
    sitting.advance()
    return "The turn is closed and was played."


def _pause(sitting: Sitting, fields: Fields) -> str:
    sitting.pause(_yes(fields, "paused"))
    return "Paused: nobody can decide." if _yes(fields, "paused") else "It goes on."


def _extend(sitting: Sitting, fields: Fields) -> str:
    minutes, seat = _number(fields, "minutes"), last(fields, "seat") or ALL
    sitting.extend(minutes, seat)
    return f"{minutes} minutes more{'' if seat == ALL else ', for this seat alone'}."


def _rewind(sitting: Sitting, fields: Fields) -> str:
    turn = _number(fields, "turn")
    sitting.rewind(turn)
    return f"Back at the beginning of turn {turn + 1}. What was played stays in the report."


def _hand_over(sitting: Sitting, fields: Fields) -> str:
    to_standing = _yes(fields, "to_standing")
    sitting.hand_over(last(fields, "seat"), to_standing)
    return f"The seat is decided by {'standing policy' if to_standing else 'people'} now."


def _send(sitting: Sitting, fields: Fields) -> str:
    number = _number(fields, "number")
    sitting.send(number)
    return f"Inject {number} is sent."


def _hold(sitting: Sitting, fields: Fields) -> str:
    number, held = _number(fields, "number"), _yes(fields, "held")
    sitting.hold(number, held)
    return f"Inject {number} {'is held' if held else 'goes out by itself'}."


def _agree(sitting: Sitting, fields: Fields) -> str:
    sitting.agree(_number(fields, "number"))
    return "They agreed: it takes effect."


def _take_back(sitting: Sitting, fields: Fields) -> str:
    sitting.take_back()
    return "The last inject is taken back, and held."


def _edit(sitting: Sitting, fields: Fields) -> str:
    """Change what the form has of an inject; all else stays as it is."""
    number = _number(fields, "number")
    known = {one.number: one for one in sitting.course.injects()}
    given: dict[str, Any] = {}
    if number in known:
        if _yes(fields, "new"):
            raise Refused(f"there is an inject {number} already")
        given = known[number].model_dump(by_alias=True, exclude_defaults=True)
        given.pop("number", None)
    given["text"] = last(fields, "text")
    given.pop("date", None)
    if text := last(fields, "date"):
        given["date"] = _day(text)
    if "sender" in fields:
        given["from"] = last(fields, "sender")
    if to := fields.get("to"):
        named = [seat for seat in to if seat != ALL]
        given["to"] = named or [ALL]
    if last(fields, "after"):
        given["after"] = _number(fields, "after")
    if _yes(fields, "acknowledge"):
        given["acknowledge"] = True
    sitting.edit(number, given)
    if last(fields, "then") == "send":
        sitting.send(number)
        return f"Inject {number} is added and sent."
    return f"Inject {number} is stored."


def _day(text: str) -> datetime.date | int:
    if text.isdecimal():
        return int(text)
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no day; write it like 2020-03-27") from None


def _note(sitting: Sitting, fields: Fields) -> str:
    sitting.note(last(fields, "text"), last(fields, "objective") or None)
    return "Noted."


def _rate(sitting: Sitting, fields: Fields) -> str:
    sitting.rate(last(fields, "objective"), last(fields, "rating"))
    return "The rating is stored."


def _promise(sitting: Sitting, fields: Fields) -> str:
    sitting.promise(last(fields, "text"), last(fields, "owner"), last(fields, "due"))
    return "The action is in the plan."


ACTIONS: dict[str, Callable[[Sitting, Fields], str]] = {
    "start": _start,
    "advance": _advance,
    "pause": _pause,
    "extend": _extend,
    "rewind": _rewind,
    "hand_over": _hand_over,
    "send": _send,
    "hold": _hold,
    "agree": _agree,
    "take_back": _take_back,
    "edit": _edit,
    "note": _note,
    "rate": _rate,
    "promise": _promise,
}
"""By name; each says in a sentence what came of it, or raises `Refused`."""
