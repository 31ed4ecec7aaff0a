"""What happened at the table: injects, decisions with their reasons, notes, and all in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crisis_abm.exercise.after_action.words import (
    decision_words,
    effect_words,
    filled,
    kept_text,
    named,
    seat_name,
    sentence,
)
from crisis_abm.exercise.course import Course, Sent
from crisis_abm.exercise.decisions import Decision
from crisis_abm.exercise.exercise import ALL, Exercise
from crisis_abm.exercise.log import Entry
from crisis_abm.exercise.schema import RATINGS
from crisis_abm.report.effect_words import joined
from crisis_abm.report.sections import Section, Table
from crisis_abm.report.words import counted, day

STANDING = "standing policy"


def injects_section(course: Course) -> Section:
    """What was told, to whom, with what effect, and who said that they had read it."""
    rows = []
    for number, branch in enumerate(course.branches, start=1):
        before = branch.forked_at or 0
        for sent in sorted(branch.sent, key=lambda one: (one.turn, one.tick)):
            if sent.turn >= before:  # earlier ones are the parent's
                rows.append({"branch": number, **_inject(course, sent)})
    many = len(rows)
    if not rows:
        return Section("injects", "What was told", ["No inject was sent."])
    asked = [row for row in rows if row["acknowledge"]]
    missing = sum(1 for row in asked if not row["acknowledged"])
    words = f"{counted(many, 'inject')} were sent" if many > 1 else "1 inject was sent"
    if asked:
        words += f"; of {len(asked)} that were to be acknowledged, {missing or 'none'} went unread"
    headings = {
        "branch": "branch" if len(course.branches) > 1 else "",
        "number": "no",
        "acknowledge": "",
        "expected": "",
        "objective": "",
        "sent_at": "",
    }
    title = "Injects that were sent (master scenario events list)"
    table = Table("injects", title, filled(rows, headings), unfolded=True)
    return Section("injects", "What was told", [sentence(words)], [table])


def _inject(course: Course, sent: Sent) -> dict[str, Any]:
    exercise, inject = course.exercise, sent.inject
    effect = effect_words(exercise, inject, sent.tick)
    if effect and not sent.takes_effect:
        effect += " (not agreed to, so it did not happen)"
    told = course.seats if ALL in inject.to else [one for one in inject.to if one in course.seats]
    read = [one for one in told if (inject.number, one) in course.read]
    return {
        "turn": sent.turn + 1,
        "number": inject.number,
        "day": day(exercise.scenario, sent.tick),
        "text": inject.text,
        "from": inject.sender,
        "to": "all" if ALL in inject.to else named(exercise, told),
        "effect": effect,
        "acknowledged": named(exercise, read),
        "acknowledge": inject.acknowledge,
        "expected": inject.expected,
        "objective": inject.objective or "",
        "sent_at": sent.at.isoformat(timespec="seconds"),
    }


def decisions_section(course: Course, entries: Sequence[Entry]) -> Section:
    """What every seat decided in every turn that was closed, and why."""
    exercise, rows = course.exercise, []
    who = _deciders(entries)
    for number, branch in enumerate(course.branches):
        for turn in range(branch.forked_at or 0, min(branch.turn, exercise.turns)):
            for seat in course.seats:
                decision = branch.decided.get((turn, seat))
                by = who.get((number, turn, seat), "people" if decision else STANDING)
                rows.append(
                    {
                        "branch": number + 1,
                        "turn": turn + 1,
                        "seat": seat_name(exercise, seat),
                        "decided": "" if decision is None else decision_words(exercise, decision),
                        "reason": "" if decision is None else decision.reason,
                        "by": by,
                    }
                )
    if not rows:
        return Section("decisions", "What was decided", ["No turn was closed yet."])
    decided = [row for row in rows if row["decided"]]
    given = sum(1 for row in decided if row["reason"])
    words = f"{given} of {counted(len(decided), 'decision')} of people came with a reason"
    headings = {
        "branch": "branch" if len(course.branches) > 1 else "",
        "decided": "what was decided",
        "reason": "why, in their own words",
        "by": "decided by",
    }
    table = Table(
        "decisions",
        "Decisions, turn by turn",
        filled(rows, headings),
        unfolded=True,
    )
    return Section("decisions", "What was decided", [sentence(words)], [table])


def _deciders(entries: Sequence[Entry]) -> dict[tuple[int, int, str], str]:
    """By branch, turn and seat: who decided what counted, as far as the log says."""
    found, branch, handed = dict[tuple[int, int, str], str](), 0, set[str]()
    for entry in entries:
        data = entry.data
        if entry.kind == "rewound":
            branch += 1
        elif entry.kind == "handed":
            (handed.add if data["to_standing"] else handed.discard)(data["seat"])
        elif entry.kind == "decided":
            by = kept_text(data, "by")
            by = "facilitator, from paper" if by == "facilitator" else by or "people"
            found[branch, data["turn"], data["seat"]] = by
        elif entry.kind == "advanced":
            for seat in data["standing"]:
                why = "handed over" if seat in handed else "no answer in time"
                found[branch, data["turn"] - 1, seat] = f"{STANDING}: {why}"
    return found


def notes_section(course: Course) -> Section:
    """What was noted, against its moment and perhaps an objective."""
    if not course.notes:
        return Section("notes", "What was seen", ["Nothing was noted."])
    objectives = course.exercise.content.objectives
    rows = []
    for note in course.notes:
        about = note.data.get("objective")
        rows.append(
            {
                "at": _clock(note.at),
                "turn": note.data["turn"] + 1 if note.data["turn"] >= 0 else "",
                "text": note.data["text"],
                "objective": objectives[about].title if about in objectives else "",
            }
        )
    words = sentence(f"{counted(len(rows), 'observation')} noted as it went")
    columns = filled(rows, {"text": "what was seen"})
    table = Table("notes", "Observations", columns, unfolded=True)
    return Section("notes", "What was seen", [words], [table])


def timeline_section(course: Course, entries: Sequence[Entry]) -> Section:
    """Everything in the log, in order."""
    rows = []
    for entry in entries:
        what, who, told = _entry(course.exercise, entry)
        rows.append(
            {
                "number": entry.number,
                "at": _clock(entry.at),
                "at_utc": entry.at.isoformat(),
                "what": what,
                "who": who,
                "text": told,
            }
        )
    rewinds = sum(1 for one in entries if one.kind == "rewound")
    pauses = sum(1 for one in entries if one.kind == "paused" and one.data["paused"])
    begun, ended = entries[0].at, entries[-1].at
    words = (
        f"from {_clock(begun)} to {_clock(ended)} UTC, {counted(len(entries), 'entry', 'entries')}"
    )
    words += f": {counted(pauses, 'pause')}, {counted(rewinds, 'rewind')}"
    columns = filled(rows, {"number": "no", "at": "at (UTC)", "at_utc": ""})
    table = Table("timeline", "Everything that happened, as it was logged", columns)
    return Section("timeline", "The course of it", [sentence(words)], [table])


def _entry(exercise: Exercise, entry: Entry) -> tuple[str, str, str]:
    """What an entry says: what happened, who did it, and its text."""
    data = entry.data
    seat = seat_name(exercise, str(data["seat"])) if "seat" in data else ""
    if data.get("seat") == ALL:
        seat = ALL
    match entry.kind:
        case "opened":
            return "opened", "", f"for {counted(data['players'], 'player')}"
        case "advanced":
            left = [seat_name(exercise, one) for one in data["standing"]]
            told = f"standing policy decided for {joined(left)}" if left else ""
            if data["turn"] >= exercise.turns:
                return "last turn closed", "", told
            return f"turn {data['turn'] + 1} begun", "", told
        case "decided":
            decision = Decision.model_validate(data["decision"])
            by = kept_text(data, "by")
            told = sentence(decision_words(exercise, decision))
            told += f" “{decision.reason}”" if decision.reason else ""
            return f"decided for turn {data['turn'] + 1}", seat + (f" ({by})" if by else ""), told
        case "sent":
            return f"inject {data['number']} sent", "", day(exercise.scenario, data["tick"])
        case "agreed" | "taken_back":
            return f"inject {data['number']} {entry.kind.replace('_', ' ')}", "", ""
        case "held":
            return f"inject {data['number']} {'held' if data['held'] else 'let go'}", "", ""
        case "edited":
            return f"inject {data['number']} edited", "", kept_text(data["inject"] or {}, "text")
        case "rewound":
            return f"rewound to turn {data['turn'] + 1}", "", "another branch begins"
        case "handed":
            return "handed over", seat, "to standing policy" if data["to_standing"] else "to people"
        case "acknowledged":
            return f"inject {data['number']} read", seat, ""
        case "paused":
            return "paused" if data["paused"] else "went on", "", ""
        case "extended":
            return "more time", seat, counted(data["minutes"], "minute")
        case "joined":
            return "sat down", seat, kept_text(data, "name")
        case "noted":
            return "noted", "", kept_text(data, "text")
        case "rated":
            rating = RATINGS.get(data["rating"], "")
            return "rated", "", f"{data['objective']}: {data['rating']}, {rating}"
        case "answered":
            return f"answered question {data['question'] + 1}", seat, kept_text(data, "text")
        case "promised":
            return "action", kept_text(data, "owner"), kept_text(data, "action")
        case _:
            return entry.kind.replace("_", " "), seat, _plain(data)


def _plain(data: Mapping[str, Any]) -> str:
    """Data of a kind of entry that is not known here, as text."""
    return ", ".join(f"{name}: {value}" for name, value in data.items() if name != "seat")


def _clock(at: datetime) -> str:
    return at.strftime("%H:%M:%S")


def seats_section(course: Course, entries: Sequence[Entry]) -> Section:
    """Who decided: seats, the people at them, and how many turns each decided itself."""
    exercise, branch = course.exercise, course.branch
    played = min(max(branch.turn, 0), exercise.turns)
    who, rows = _deciders(entries), list[dict[str, Any]]()
    for seat in course.seats:
        own = [turn for turn in range(played) if (turn, seat) in branch.decided]
        by = {name for (_, turn, one), name in who.items() if one == seat and turn in own}
        by = {name for name in by if name != "people" and not name.startswith(STANDING)}
        names = [*course.people.get(seat, ()), *sorted(by)]
        rows.append(
            {
                "seat": seat_name(exercise, seat),
                "organisations": len(exercise.rows_of(seat)),
                "people": ", ".join(dict.fromkeys(names)),
                "decided": f"{len(own)} of {counted(played, 'turn')}",
                "own": len(own),
                "now": STANDING if seat in course.handed else "people",
            }
        )
    headings = {"decided": "decided themselves", "own": "", "now": "at the end in the hands of"}
    table = Table("seats", "Seats and who decided for them", filled(rows, headings), unfolded=True)
    many = sum(row["own"] for row in rows)
    words = f"{counted(len(rows), 'seat')}; "
    words += f"people decided {many} of {len(rows) * played} times that a seat could, standing "
    words += "policy the rest"
    if not played:
        words = f"{counted(len(rows), 'seat')}; no turn was closed yet"
    return Section("seats", "Who sat at the table", [sentence(words)], [table])
