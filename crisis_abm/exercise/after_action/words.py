"""What was decided and told, in words; figures as the other reports have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crisis_abm.exercise.check import with_event
from crisis_abm.exercise.decisions import SERVED, Decision
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.exercise.schema import Inject
from crisis_abm.report.effect_words import between, joined, may_differ, shown_size
from crisis_abm.report.sections import Column, columns_of, in_columns
from crisis_abm.report.words import counted, day, event_what, figure
from crisis_abm.runs import Difference
from crisis_abm.scenario import ScenarioError

SERVES: dict[str, str] = {
    "rank": "serves by rank",
    "orders": "serves all alike, by what they order",
    "need": "serves by need and worth",
}
assert SERVES.keys() == SERVED.keys()
ABBREVIATIONS = {"ppe": "PPE", "icu": "ICU"}


def percent(part: float) -> str:
    """A part of a whole.

    >>> percent(0.5), percent(1), percent(0.005)
    ('50%', '100%', '0.5%')
    """
    return f"{figure(100 * part)}%"


def turn_name(exercise: Exercise, turn: int) -> str:
    """A turn by its number, counted from 1, and its days."""
    first, end = exercise.starts[turn], exercise.starts[turn + 1] - 1
    if exercise.scenario.time.start is None:
        ticks = f"{exercise.scenario.time.unit} {first} to {end}" if end > first else str(first)
        return f"turn {turn + 1} ({ticks})"
    return f"turn {turn + 1} ({day(exercise.scenario, first)} to {day(exercise.scenario, end)})"


def seat_name(exercise: Exercise, seat: str) -> str:
    """What a seat is called on a screen."""
    known = exercise.content.seats.get(seat)
    return known.title if known is not None else seat


def thing(key: str) -> str:
    """A resource or a kind of organisation as people call it."""
    return ABBREVIATIONS.get(key, key.replace("_", " "))


def decision_words(exercise: Exercise, decision: Decision) -> str:
    """What was decided, in a line; without its reason."""
    return "; ".join(decision_parts(exercise, decision))


def decision_parts(exercise: Exercise, decision: Decision) -> list[str]:
    """What was decided, one thing after the other; without its reason."""
    parts = _orders(exercise, decision)
    if decision.serve:
        parts.append(SERVES[decision.serve])
    parts += _together(
        (resource, f"first to {', then '.join(map(thing, names))}")
        for resource, names in decision.first.items()
        if names
    )
    parts += [
        f"lends {told}"
        for told in _together((resource, percent(part)) for resource, part in decision.lend.items())
    ]
    if decision.places is not None:
        parts.append(f"gives {percent(decision.places)} of its free places")
    if decision.calls:
        called = joined([seat_name(exercise, seat) for seat in decision.calls])
        parts.append(f"calls {called}" + (f": “{decision.say}”" if decision.say else ""))
    parts += _together(
        (lever, f"set to {value:g}") for lever, value in decision.levers.settings().items()
    )
    return parts or ["leaves everything to standing policy"]


def _orders(exercise: Exercise, decision: Decision) -> list[str]:
    unit, found = exercise.scenario.time.unit, []
    for resource, order in decision.orders.items():
        told = []
        if order.units is not None:
            told.append(f"{figure(order.units)} a {unit}")
        elif order.need:
            told.append("just what is needed")
        if order.suppliers:
            parts = (f"{percent(part)} from {thing(n)}" for n, part in order.suppliers.items())
            told.append(", ".join(parts))
        if order.exact:
            told.append(f"{unit} by {unit} for {counted(len(order.exact), 'organisation')}")
        found.append((resource, ", ".join(told) or "as ever"))
    return [f"orders {told}" for told in _together(found)]


def _together(told: Iterable[tuple[str, str]]) -> list[str]:
    """What is said of resources, those together of which the same is said."""
    by_words: dict[str, list[str]] = {}
    for resource, words in told:
        by_words.setdefault(words, []).append(thing(resource))
    return [f"{joined(names)} ({words})" for words, names in by_words.items()]


def effect_words(exercise: Exercise, inject: Inject, tick: int) -> str:
    """What an inject does to the crisis; empty if nothing."""
    told = []
    for event in exercise.events_of(inject, tick):
        try:
            scenario = with_event(exercise.scenario, event)
        except ScenarioError:
            told.append(str(event.get("title", "")))
        else:
            made = scenario.events[-1]
            plain = made.model_copy(update={"title": ""})
            told.append(event_what(made if "Inject " not in made.title else plain))
    return "; ".join(told)


def named(exercise: Exercise, seats: Iterable[str]) -> str:
    """Seats by what they are called; a title may have a comma."""
    return "; ".join(seat_name(exercise, seat) for seat in seats)


def effect(difference: Difference, unit: str, than: str, crises: int, doubted: bool = True) -> str:
    """How much more or less harm something came to, to be put after "came to".

    What is not shown is said to be no difference that so many crises could show, unless that is
    said (`doubted`) already.
    """
    than = f" than {than}" if than else ""
    if difference.alike is not None:
        same = difference.alike.figure
        many = f"{difference.alike.replicates:,} of {counted(crises, 'crisis', 'crises')}"
        amount = f"{figure(abs(same))} {'fewer' if same < 0 else 'more'}" if same else "as many"
        what = f"{amount} {unit}{than.replace(' than ', ' as ') if not same else than} in {many}"
        return f"{what} ({may_differ(difference.alike)})"
    if difference.interval is None:
        word = "fewer" if difference.mean < 0 else "more"
        return f"{figure(abs(difference.mean))} {word} {unit}{than}, which one crisis cannot show"
    if difference.shown:
        word = "fewer" if difference.mean < 0 else "more"
        return f"{shown_size(difference)} {word} {unit}{than}"
    told = f"{between(difference)} {unit}{than}"
    return (
        told if not doubted else f"{told}, which is no difference that {crises} crises could show"
    )


def sentence(text: str) -> str:
    """A text that begins with a capital and ends with a stop."""
    text = text.strip()
    return text and text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def quoted(text: str) -> str:
    """What somebody said, in quotation marks, at the end of a sentence."""
    return f"“{text.strip()}”" + ("" if text.strip().endswith((".", "!", "?")) else ".")


def kept_text(data: Mapping[str, Any], name: str) -> str:
    """A text of an entry of the log, empty if it has none."""
    return str(data.get(name) or "")


def filled(rows: Sequence[Mapping[str, Any]], headings: Mapping[str, str]) -> tuple[Column, ...]:
    """Rows as columns of a table; one in which nothing stands is in its file only."""
    empty = [name for name in rows[0] if all(row[name] in ("", None) for row in rows)]
    return columns_of(in_columns(rows), {**headings, **dict.fromkeys(empty, "")})
