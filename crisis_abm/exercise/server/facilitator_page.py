"""The page of the facilitator, and of observers who touch nothing: everything as it truly is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crisis_abm.exercise.course import Course
from crisis_abm.exercise.decisions import Decision
from crisis_abm.exercise.exercise import ALL
from crisis_abm.exercise.expected_action import parse_expected
from crisis_abm.exercise.knowledge import figures, outcome
from crisis_abm.exercise.log import Entry
from crisis_abm.exercise.schema import RATINGS, Inject
from crisis_abm.exercise.server.hall import Hall
from crisis_abm.exercise.server.keys import OBSERVER
from crisis_abm.exercise.server.room_page import map_of
from crisis_abm.exercise.server.seat_page import clock
from crisis_abm.exercise.server.words import Words

LAST_ENTRIES, MOST_ASKED = 30, 10


def facilitator_page(hall: Hall) -> dict[str, Any]:
    """What the template of the facilitator's page is filled with."""
    sitting = hall.sitting
    course, exercise = sitting.snapshot(), sitting.exercise
    words = Words(exercise)
    return {
        "words": words,
        "title": exercise.content.title,
        "clock": clock(course, words),
        "trouble": hall.trouble,
        "waiting": [words.seat(one) for one in course.waiting_for()],
        "seats": [_seat(hall, words, name) for name in course.seats],
        "injects": _injects(hall, words),
        "asks": [*_missing(hall, words), *_asks(course, words)][:MOST_ASKED],
        "can_take_back": any(one.turn == course.turn for one in course.branch.sent),
        "rewinds": [
            (turn, exercise.content.turns[turn].title)
            for turn in range(min(course.turn + 1, exercise.turns))
        ],
        "branch": len(course.branches),
        "next_number": max((one.number for one in course.injects()), default=0) + 1,
        "all_seats": [(name, words.seat(name)) for name in course.seats],
        "objectives": [
            {
                "name": name,
                "title": objective.title,
                "rating": course.ratings.get(name, ""),
                "measured": hall.evaluation.objectives.get(name),
            }
            for name, objective in exercise.content.objectives.items()
        ],
        "ratings": RATINGS,
        "notes": [
            (words.clock(note.at), note.data["turn"] + 1, note.data["objective"], note.data["text"])
            for note in reversed(course.notes)
        ],
        "actions": course.actions,
        "map": map_of(sitting),
        "truth": _truth(hall, words),
        "harm_unit": exercise.scenario.harm_unit,
        "log": [told(one, words) for one in reversed(sitting.entries[-LAST_ENTRIES:])],
        "observers": hall.here(OBSERVER),
    }


def _seat(hall: Hall, words: Words, name: str) -> dict[str, Any]:
    course = hall.sitting.snapshot()
    last: datetime | None = hall.last_action(name)
    turn, branch = course.turn, course.branch
    decision = branch.decided.get((turn, name))
    return {
        "name": name,
        "title": words.seat(name),
        "here": hall.here(name),
        "people": course.people.get(name, []),
        "handed": name in course.handed,
        "decided": decision is not None,
        "lines": [] if decision is None else words.decision(decision),
        "reason": "" if decision is None else decision.reason,
        "last": "" if last is None else words.clock(last),
        "more": _more(course, name),
    }


def _more(course: Course, seat: str) -> int:
    """Minutes that a seat has beyond the others."""
    ends, own = course.ends(), course.ends(seat)
    return 0 if ends is None or own is None else round((own - ends).total_seconds() / 60)


def _injects(hall: Hall, words: Words) -> list[dict[str, Any]]:
    """Every inject with its status, in the order of days; those without one last."""
    course = hall.sitting.snapshot()
    exercise = course.exercise
    told = []
    for inject in course.injects():
        sent = course.branch.find(inject.number)
        tick = None if inject.date is None else exercise.scenario.tick_of(inject.date)
        turn = None if tick is None else exercise.turn_at(tick)
        moment = course.told_at(inject) if turn == course.turn and sent is None else None
        needed = [seat for seat in course.seats if {ALL, seat} & set(inject.to)]
        told.append(
            {
                "inject": inject,
                "order": (tick is None, tick or 0, inject.number),
                "day": "by hand" if tick is None else words.day(tick),
                "turn": None if turn is None else turn + 1,
                "to": words.seats([ALL] if ALL in inject.to else needed) or "nobody at the table",
                "status": _status(course, inject),
                "words": parse_expected(inject.expected).words,
                "expected": hall.evaluation.expected.get(inject.number) if sent else None,
                "due": "" if moment is None else words.clock(moment),
                "open": sent is None,
                "now": turn == course.turn or tick is None,
                "held": inject.number in course.held,
                "agree": bool(sent and inject.agreed and not sent.agreed)
                and sent is not None
                and sent.turn == course.turn,
                "unread": [
                    words.seat(seat)
                    for seat in needed
                    if sent and inject.acknowledge and (inject.number, seat) not in course.read
                ],
            }
        )
    return sorted(told, key=lambda one: one["order"])


def _status(course: Course, inject: Inject) -> str:
    sent = course.branch.find(inject.number)
    if sent is not None:
        return "sent, agreed" if sent.agreed else "sent"
    if inject.number in course.held:
        return "held"
    if inject.after is not None and course.branch.find(inject.after) is None:
        return f"waits for {inject.after}"
    return "to come"


def _missing(hall: Hall, words: Words) -> list[str]:
    """What was expected and is not done, and what the exercise's author would ask."""
    course = hall.sitting.snapshot()
    asks = []
    for sent in reversed(course.branch.sent):
        if sent.turn < course.turn - 1:
            break
        status = hall.evaluation.expected.get(sent.inject.number)
        if status is not None and status.status == "missing":
            late = words.seats(list(status.waiting_for))
            what = f"After inject {status.number}, {late} did not: {status.words}."
            if status.contingency is not None:
                what += f" Send inject {status.contingency}?"
            elif status.if_not and not status.if_not.isdigit():
                what += f" If so: {status.if_not}."
            asks.append(what)
        asks += sent.inject.ask
    return asks


def _asks(course: Course, words: Words) -> list[str]:
    """What the facilitator may ask now: about what was decided, and what was not."""
    asks = []
    turn = course.turn
    for (when, seat), decision in sorted(course.branch.decided.items()):
        if when not in (turn, turn - 1):
            continue
        name = words.seat(seat)
        if not decision.reason:
            asks.append(f"Ask {name} why it decided so: it gave no reason.")
        if decision.serve == "rank":
            asks.append(f"Ask {name} why it serves by standing first.")
        for order in decision.orders.values():
            if order.units is not None and not order.need:
                asks.append(f"Ask {name} how it came to its order.")
                break
        if decision.lend and all(part == 0.0 for part in decision.lend.values()):
            asks.append(f"Ask {name} what it keeps, and who lacks it.")
    if course.is_playing:
        silent = [
            seat
            for seat in course.seats
            if (turn, seat) not in course.branch.decided
            and (turn - 1, seat) in course.branch.standing
            and seat not in course.handed
        ]
        if silent:
            asks.append(f"Nothing last turn from {words.seats(silent)}. Ask what keeps them.")
    called = {seat for _, one in course.branch.decided.items() for seat in one.calls}
    callers = {seat for (_, seat), one in course.branch.decided.items() if one.calls}
    if course.is_playing and turn >= 2 and not callers:
        asks.append("Nobody has called anybody so far. Ask who could know what they do not.")
    if course.is_playing and turn >= 2:
        alone = [seat for seat in course.seats if seat not in called | callers]
        if callers and alone:
            asks.append(f"Nobody talked with {words.seats(alone)} so far. Ask why.")
    return asks


def _truth(hall: Hall, words: Words) -> list[dict[str, Any]]:
    """How every seat, and every kind without one, truly stands."""
    sitting = hall.sitting
    course = sitting.snapshot()
    played, knowledge = sitting.watched()
    starts = course.exercise.starts
    turn = max(0, min(course.turn, course.exercise.turns))
    first = starts[max(0, turn - 1)]
    rows = []
    for name, members in knowledge.partners.items():
        came = outcome(played.tables, played.state, list(members), first, max(first, played.ticks))
        whole = outcome(
            played.tables, played.state, list(members), starts[0], max(starts[0], played.ticks)
        )
        now = figures(played.tables, played.state, members)
        rows.append(
            {
                "name": words.seat(name),
                "organisations": len(members),
                "served": came.served,
                "harm": whole.harm,
                "bad": came.statuses["failing"] + came.statuses["failed"],
                "stocks": [
                    f"{words.resource(key)} {words.lasts(lasts)}"
                    for key, lasts in now.items()
                    if key != "served"
                ],
            }
        )
    return rows


def told(entry: Entry, words: Words) -> tuple[str, str]:
    """When something happened, and what, in a line."""
    data = entry.data
    seat = words.seat(data["seat"]) if "seat" in data else ""
    match entry.kind:
        case "opened":
            text = f"opened for {data['players']} players"
        case "advanced":
            text = f"turn {data['turn'] + 1} began"
            if data["turn"] >= words.exercise.turns:
                text = "the last turn was closed"
            if data["standing"]:
                text += f"; standing policy decided for {words.seats(data['standing'])}"
        case "decided":
            lines = words.decision(Decision.model_validate(data["decision"]))
            who = f" ({data['by']})" if data.get("by") else ""
            text = f"{seat}{who} decided: {'; '.join(lines)}"
        case "joined":
            text = f"{data['name']} sat down at {seat}"
        case "extended":
            text = f"{data['minutes']} minutes more for {seat}"
        case "sent":
            text = f"inject {data['number']} was sent"
        case "agreed":
            text = f"they agreed to inject {data['number']}"
        case "taken_back":
            text = f"inject {data['number']} was taken back"
        case "edited":
            text = f"inject {data['number']} was written"
        case "held":
            what = "held" if data["held"] else "let go"
            text = f"inject {data['number']} is {what}"
        case "rewound":
            text = f"back to the beginning of turn {data['turn'] + 1}; a new branch"
        case "handed":
            text = f"{seat} is decided by {'standing policy' if data['to_standing'] else 'people'}"
        case "acknowledged":
            text = f"{seat} has read inject {data['number']}"
        case "paused":
            text = "paused" if data["paused"] else "went on"
        case "noted":
            text = f"note: {data['text']}"
        case "rated":
            text = f"{data['objective']} rated {data['rating']}"
        case "answered":
            text = f"{seat} answered question {data['question'] + 1}"
        case "promised":
            text = f"action: {data['action']} ({data['owner']}, {data['due']})"
        case _:
            text = entry.kind
    return words.clock(entry.at), text
