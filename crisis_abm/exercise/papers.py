"""What is printed for an exercise: the facilitator's guide, players' briefings, the feedback form.

All of it is made from the exercise file and its scenario, so that no copy grows old: minutes from
the turns, what a seat holds from the crisis as it stands when play begins, questions from the
injects. Each paper is one HTML page that needs nothing else, made to be printed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from crisis_abm.exercise.exercise import ALL, Exercise
from crisis_abm.exercise.expected_action import parse_expected
from crisis_abm.exercise.knowledge import Holding, Knowledge, held
from crisis_abm.exercise.play import Play, play
from crisis_abm.exercise.schema import (
    DECISIONS,
    LESS_IS_BETTER,
    MEASURES,
    MOST_PLAYERS,
    RATINGS,
    Inject,
)
from crisis_abm.report.words import counted, day, event_line
from crisis_abm.scenario.schema.shocks import Event

PAPERS: dict[str, str] = {
    "guide": "Facilitator's guide",
    "briefings": "Briefings",
    "feedback": "Feedback form",
}
"""What can be printed, each with its heading."""

SCALE = (1, 2, 3, 4, 5)
WRITTEN_LINES = 4  # to write on, for an answer in own words
SHARES = ("told", "lent", "decided", "shares")  # measures that are parts of a whole

Block = tuple[str, Any]
"""``("text", a paragraph)`` or ``("list", its items)``."""


def paper(exercise: Exercise, what: str, players: int | None = None) -> str:
    """One paper as an HTML page.

    Parameters
    ----------
    exercise : Exercise
    what : {"guide", "briefings", "feedback"}
    players : int, optional
        How many play; as few as have a seat each, unless said.

    Raises
    ------
    ValueError
        If nobody has a seat among so many.
    """
    players = fewest_players(exercise) if players is None else players
    if not exercise.seats(players):
        raise ValueError(f"no seat of {exercise.content.title!r} is for {players} players")
    fill = {"guide": _guide, "briefings": _briefings, "feedback": _feedback}[what]
    text: str = _template().render(
        what=what,
        heading=PAPERS[what],
        title=exercise.content.title,
        aim=exercise.content.aim,
        **fill(exercise, players),
    )
    return text


def fewest_players(exercise: Exercise) -> int:
    """The smallest group in which each person has a seat; else the smallest with seats at all."""
    seated = [players for players in range(1, MOST_PLAYERS + 1) if exercise.seats(players)]
    return next(iter(exercise.fitting() or seated), 1)


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    source = resources.files("crisis_abm.exercise") / "papers.html.jinja"
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(source.read_text(encoding="utf-8"))


def blocks(text: str) -> list[Block]:
    r"""Paragraphs of a text, which empty lines keep apart, and lists: lines that begin with ``-``.

    >>> blocks("Bring:\n- pens\n- paper\n\nThen go.")
    [('text', 'Bring:'), ('list', ['pens', 'paper']), ('text', 'Then go.')]
    """
    found: list[Block] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        goes_on = ""  # what the line before it was, in this part
        for line in filter(None, map(str.strip, part.splitlines())):
            item = re.match(r"-\s+(.*)", line)
            sort, said = ("list", item[1]) if item else ("text", line)
            if sort != goes_on:
                found.append((sort, [said] if item else said))
            elif item:
                found[-1][1].append(said)
            else:
                found[-1] = (sort, f"{found[-1][1]} {said}")
            goes_on = sort
    return found


# --------------------------------------------------------------------------------------- the guide


def _guide(exercise: Exercise, players: int) -> dict[str, Any]:
    content, guide = exercise.content, exercise.content.guide
    plan = list(_plan(exercise))
    sizes = [n for n in range(1, 31) if len(exercise.seats(n)) == n]
    return {
        "facts": [
            ("Lasts", counted(plan[-1]["end"], "minute")),
            ("Players", ", ".join(map(str, sizes)) or str(players)),
            ("Crisis", exercise.scenario.title),
            ("Who says nothing", f"follows standing policy: {exercise.policy.name}"),
            ("Theme", content.theme),
            ("Counts as", content.standard),
        ],
        "plan": plan,
        "before": blocks(guide.before),
        "opening": blocks(guide.opening),
        "running": blocks(guide.running),
        "expect": blocks(guide.expect),
        "pitfalls": blocks(guide.pitfalls),
        "closing": blocks(guide.closing),
        "turns": [
            {
                "number": row + 1,
                "title": turn.title,
                "days": _days(exercise, row),
                "minutes": turn.minutes,
                "briefing": turn.briefing,
                "calls": turn.calls,
                "injects": [
                    _inject(exercise, one, row, int(plan[row + 1]["start"]))
                    for one in exercise.injects_of(row)
                ],
            }
            for row, turn in enumerate(content.turns)
        ],
        "by_hand": [_inject(exercise, one) for one in content.injects if one.date is None],
        "objectives": [_objective(name, one) for name, one in content.objectives.items()],
        "ratings": RATINGS,
        "questions": content.questions,
    }


def _plan(exercise: Exercise) -> Iterator[dict[str, Any]]:
    """What happens from which minute to which, from the first word to the last."""
    content, at = exercise.content, 0
    parts = [("Rules, a test call, a trial order", content.guide.rules)]
    for row, turn in enumerate(content.turns):
        parts.append((f"Turn {row + 1}: {turn.title}", turn.minutes))
    parts.append(("Hot wash, then the feedback form", content.guide.hot_wash))
    for what, minutes in parts:
        yield {"start": at, "end": at + minutes, "what": what}
        at += minutes


def _days(exercise: Exercise, turn: int) -> str:
    first, end = exercise.starts[turn : turn + 2]
    shown = day(exercise.scenario, first)
    return shown if end - first <= 1 else f"{shown} to {day(exercise.scenario, end - 1)}"


def _inject(
    exercise: Exercise, inject: Inject, turn: int | None = None, minute: int = 0
) -> dict[str, Any]:
    """An inject as the guide tells it; `minute` is that in which its turn begins."""
    scenario, content = exercise.scenario, exercise.content
    tick = exercise.starts[0] if inject.date is None else scenario.tick_of(inject.date)
    told = [content.seats[name].title for name in inject.to if name in content.seats]
    objective = content.objectives.get(inject.objective or "")
    if turn is not None:  # as the clock of a sitting sends it: in the first half of its turn
        first, end = exercise.starts[turn : turn + 2]
        minute += int(content.turns[turn].minutes * (tick - first) / (end - first) / 2)
    if_not = f"send inject {inject.if_not}" if inject.if_not.isdigit() else inject.if_not
    return {
        "number": inject.number,
        "minute": minute if turn is not None else None,
        "day": day(scenario, tick) if inject.date is not None else "",
        "sender": inject.sender,
        "to": "all" if ALL in inject.to else ", ".join(told),
        "text": inject.text,
        "effects": [
            _shown(event_line(scenario, Event.model_validate(event)))
            for event in exercise.events_of(inject, tick)
        ],
        "agreed": inject.agreed,
        "after": inject.after,
        "acknowledge": inject.acknowledge,
        "expected": parse_expected(inject.expected).words,
        "objective": "" if objective is None else f"{inject.objective}: {objective.title}",
        "if_not": if_not,
        "ask": inject.ask,
    }


def _objective(name: str, one: Any) -> dict[str, Any]:
    sign, worse = ("at most", "more") if one.measure in LESS_IS_BETTER else ("at least", "less")
    share = one.measure in SHARES

    def level(value: float) -> str:
        return f"{sign} {100 * value:.0f}%" if share else f"{sign} {value:g}"

    return {
        "name": name,
        "title": one.title,
        "measure": MEASURES[one.measure],
        "levels": [level(one.performed), level(one.some), level(one.major), worse],
    }


# ----------------------------------------------------------------------------------- the briefings


def _briefings(exercise: Exercise, players: int) -> dict[str, Any]:
    content, first = exercise.content, exercise.starts[0]
    seats = exercise.seats(players)
    begun = play(exercise, {}, ticks=first)
    knowledge = Knowledge(exercise, seats)
    kinds = begun.tables.kinds
    kind_of = begun.tables.world.organisations.kind

    def name(partner: str) -> str:
        if partner in seats:
            return seats[partner].title
        text = partner.removeprefix("kind:").replace("_", " ")
        return text[:1].upper() + text[1:]

    return {
        "situation": exercise.scenario.description,
        "begins": day(exercise.scenario, first),
        "turns": [
            {"title": turn.title, "days": _days(exercise, row), "minutes": turn.minutes}
            for row, turn in enumerate(content.turns)
        ],
        "silent": [row + 1 for row, turn in enumerate(content.turns) if not turn.calls],
        "policy": exercise.policy.name,
        "cost": f"{100 * exercise.scenario.behaviour.communication_cost:g}%",
        "seats": [
            {
                "title": seat.title,
                "chair": seat.chair,
                "card": seat.card,
                "runs": _kinds(Counter(kinds[kind_of[row]] for row in exercise.rows_of(key))),
                "holds": [
                    (_shown(one.resource), _days_of(one.stock, one), _days_of(one.coming, one))
                    for one in held(begun.tables, begun.state, exercise.rows_of(key))
                    if one.storable and one.used > 0.0
                ],
                "supplies": _supplies(begun, exercise.rows_of(key)),
                "unit": exercise.scenario.time.unit,
                "ties": [
                    (name(one.partner), [_shown(tie) for tie in one.ties])
                    for one in knowledge.sights(begun.tables, begun.state, key)
                ],
                "decides": [DECISIONS[what] for what in seat.decides],
            }
            for key, seat in seats.items()
        ],
    }


def _supplies(begun: Play, rows: Sequence[int]) -> list[tuple[str, str]]:
    """What can be kept of all that organisations supply, and how many ticks of orders there is."""
    tables, now = begun.tables, begun.state.outputs
    outputs = tables.world.outputs
    mine = np.isin(outputs.organisation, rows)
    found = []
    for r, resource in enumerate(tables.resources):
        here = mine & (outputs.resource == r)
        asked = float(now.orders[here].sum())
        if tables.world.resources.storable[r] and asked > 0.0:
            found.append((_shown(resource), _number(float(now.stock[here].sum()) / asked)))
    return found


def _days_of(units: float, holding: Holding) -> str:
    """How many ticks so much lasts."""
    return _number(units / holding.used)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _kinds(counts: Counter[str]) -> str:
    """How many organisations of which kinds.

    >>> _kinds(Counter({"care_home": 32, "council": 1}))
    '32 × care home, 1 × council'
    """
    return ", ".join(f"{count} × {_shown(kind)}" for kind, count in counts.items())


def _shown(name: str) -> str:
    return name.replace("_", " ")


# ------------------------------------------------------------------------------------- the feedback


def _feedback(exercise: Exercise, players: int) -> dict[str, Any]:
    del players  # it is the same for any number
    return {
        "scale": SCALE,
        "lines": range(WRITTEN_LINES),
        "feedback": [(one.text, one.answer) for one in exercise.content.feedback],
    }
