"""What players are expected to do after an inject, in a form that can be looked for by itself.

`Inject.expected` is words, for the facilitator to judge by eye, unless it says in the small
language below what decisions would show it: behind the words in square brackets, or alone, where it
begins with one of the verbs in small letters (perhaps behind ``SEAT:``). What is written so has to
be sound; whoever means only words begins with a capital letter.

| verb | what is looked for |
|---|---|
| ``order ppe`` | says how much to order |
| ``order ppe <= need``, ``order <= need`` | orders no more than it needs (of anything) |
| ``order ppe >= 500`` | orders so many units a tick or more; ``<=`` at most |
| ``lend ppe``, ``lend ppe to care_home >= 100`` | so many units were lent, else any |
| ``offer ppe``, ``offer places >= 0.2`` | offers so large a part of what it can spare, else any |
| ``serve need`` | serves by need, by ``orders`` or by ``rank`` where there is not enough |
| ``first ppe care_home`` | serves these before all others |
| ``call homes, council`` | talks to each of them |
| ``reason`` | says why |

A semicolon stands between what is expected beside each other, "or" between what does instead. Names
are seats, kinds and ids. Those who are told are expected to do it, as far as they may; ``council:
call homes`` names another seat. For example::

    expected = "say so; the depot opens to the homes [call care_home; depot: first ppe care_home]"
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from crisis_abm.exercise.decisions import SERVED
from crisis_abm.exercise.schema import Inject, Seat
from crisis_abm.scenario.problems import nearest
from crisis_abm.scenario.schema.fields import MOST
from crisis_abm.tables import Tables

VERBS: dict[str, str] = {
    "order": "order",
    "lend": "lend",
    "offer": "lend",
    "serve": "ration",
    "first": "ration",
    "call": "call",
    "reason": "",
}
"""What each verb takes that a seat may decide (`schema.DECISIONS`); nothing for a reason."""

ROUNDING = 1e-9  # of sums of units
PLACES, NEED, EVERYBODY = "places", "need", "all"
WORDS_ONLY = "or begin with a capital letter: then it is words, and judged by eye"
_BRACKETS = re.compile(r"(?P<words>[^\[\]]*)\[(?P<typed>[^\[\]]*)\]\s*")
_SEATS = re.compile(r"(?P<seats>[\w ,]+):(?P<rest>.*)")


class Unsound(ValueError):
    """What is expected is written as an action, and is none; says why, of what, and the remedy."""

    def __init__(self, value: str, message: str, remedy: str) -> None:
        super().__init__(f"{value}: {message}; {remedy}")
        self.value, self.message, self.remedy = value, message, remedy


@dataclass(frozen=True)
class Action:
    """One thing that decisions can show.

    Attributes
    ----------
    verb : str
        A key of `VERBS`.
    resource : str
        Of which; "" where it is said of none.
    targets : tuple of str
        Seats, kinds and ids; of ``serve`` the rule.
    at_least, at_most : float or None
        Units, or the part that is offered.
    by_need : bool
        Whether need is the most.
    """

    verb: str
    resource: str = ""
    targets: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    by_need: bool = False

    @property
    def decides(self) -> str:
        """What a seat must be allowed to decide for it; "" for nothing."""
        return "places" if self.resource == PLACES else VERBS[self.verb]

    @property
    def is_of_units(self) -> bool:
        """Whether only what then was ordered or lent shows it, not the decision."""
        return self.verb == "lend" or self.by_need or (self.verb == "order" and self.is_compared)

    @property
    def is_compared(self) -> bool:
        """Whether a number has to be reached, or kept to."""
        return self.at_least is not None or self.at_most is not None

    def meets(self, amount: float) -> bool:
        """Whether an amount is what was expected; any at all, where nothing is compared."""
        if not self.is_compared:
            return amount > 0.0
        least = self.at_least is None or amount >= self.at_least * (1.0 - ROUNDING)
        return least and (self.at_most is None or amount <= self.at_most * (1.0 + ROUNDING))


@dataclass(frozen=True)
class Clause:
    """One thing that is expected, or another instead.

    Attributes
    ----------
    seats : tuple of str
        Who is expected to do it; those that were told, where empty.
    any_of : tuple of Action
    """

    seats: tuple[str, ...]
    any_of: tuple[Action, ...]


@dataclass(frozen=True)
class Expected:
    """What is expected.

    Attributes
    ----------
    words : str
        For people.
    clauses : tuple of Clause
        All of which is looked for; nothing, where it is judged by eye.
    """

    words: str
    clauses: tuple[Clause, ...] = ()


def parse_expected(text: str) -> Expected:
    """Read what is expected.

    Raises
    ------
    Unsound
        If it is written as an action, and is none.

    Examples
    --------
    >>> parse_expected("isolate at once").clauses
    ()
    >>> found = parse_expected("warn customers [call hospital or care_home]")
    >>> found.words, [action.targets for action in found.clauses[0].any_of]
    ('warn customers', [('hospital',), ('care_home',)])
    >>> parse_expected("lend ppe to care_home >= 1").clauses[0].any_of[0].at_least
    1.0
    """
    words, typed = text.strip(), text
    if bracketed := _BRACKETS.fullmatch(text):
        typed = bracketed["typed"]
        words = bracketed["words"].strip() or typed.strip()
    elif "[" in text or "]" in text:
        raise Unsound(text, "has a bracket that is not at its end", "put [ … ] behind the words")
    elif not _begins_with_verb(text):
        return Expected(words)
    return Expected(words, tuple(_clause(part) for part in typed.split(";")))


def _begins_with_verb(text: str) -> bool:
    named = _SEATS.fullmatch(text)
    first = (named["rest"] if named else text).replace(";", " ").split()[:1]
    return bool(first) and first[0] in VERBS


def _clause(text: str) -> Clause:
    seats: tuple[str, ...] = ()
    if named := _SEATS.fullmatch(text.strip()):
        seats, text = tuple(named["seats"].replace(",", " ").split()), named["rest"]
    actions: list[Action] = []
    for part in re.split(r"\bor\b", text):
        words = re.sub(r"(>=|<=)", r" \1 ", part.replace(",", " ")).split()
        if actions and words and words[0] not in VERBS:  # "call homes or council"
            if actions[-1].verb != "call":
                raise Unsound(part.strip(), "is no action", nearest(words[0], VERBS, "verbs"))
            words = ["call", *words]
        actions.append(_action(words, text.strip()))
    return Clause(seats, tuple(actions))


def _action(words: list[str], text: str) -> Action:
    if not words:
        raise Unsound(text, "says nothing", "write what is expected, for example: call council")
    verb, *rest = words
    if verb not in VERBS:
        raise Unsound(verb, "is no verb", nearest(verb, VERBS, "verbs"))
    rest, amount = _amount(rest)
    plain, by_need = amount == Amount(), amount.by_need
    match verb, rest:
        case "order", ["need"] if plain:
            return Action(verb, by_need=True)
        case ("order", [resource]) if resource != NEED:
            return Action(verb, resource, (), *amount)
        case "order", [] if by_need:
            return Action(verb, by_need=True)
        case ("lend", [resource]) | ("lend", [resource, "to", _, *_]) if not by_need:
            return Action(verb, resource, tuple(rest[2:]), *amount)
        case ("offer", [resource]) if not by_need:
            return Action(verb, resource, (), *amount)
        case ("serve", [rule]) if plain and rule in SERVED:
            return Action(verb, targets=(rule,))
        case ("first", [resource, _, *_]) if plain:
            return Action(verb, resource, tuple(rest[1:]))
        case ("call", [_, *_]) if plain:
            return Action(verb, targets=tuple(rest))
        case ("reason", []) if plain:
            return Action(verb)
    raise Unsound(" ".join(words), "is not how it is written", f"write {FORMS[verb]}, {WORDS_ONLY}")


FORMS = {
    "order": "order RESOURCE, order RESOURCE <= need or order RESOURCE >= UNITS",
    "lend": "lend RESOURCE, or lend RESOURCE to WHOM >= UNITS",
    "offer": "offer RESOURCE >= PART, or offer places >= PART",
    "serve": "serve rank, serve orders or serve need",
    "first": "first RESOURCE WHOM",
    "call": "call WHOM",
    "reason": "reason",
}
"""How each verb is written."""


class Amount(NamedTuple):
    """What is compared with: the last fields of an `Action`."""

    at_least: float | None = None
    at_most: float | None = None
    by_need: bool = False


def _amount(words: list[str]) -> tuple[list[str], Amount]:
    """What stands before a comparison, and what the last two words compare with."""
    if len(words) < 2 or words[-2] not in (">=", "<="):
        return words, Amount()
    *before, sign, written = words
    if (sign, written) == ("<=", NEED):
        return before, Amount(by_need=True)
    try:
        number = float(written)
    except ValueError:
        number = float("nan")
    if not 0.0 <= number <= MOST:
        remedy = "write a number, as in >= 100, or <= need"
        raise Unsound(written, "is no number that can be compared with", remedy)
    return before, Amount(number) if sign == ">=" else Amount(at_most=number)


def faults_of_expected(
    inject: Inject, seats: Mapping[str, Seat], tables: Tables
) -> Iterator[tuple[str, str, str]]:
    """What of an inject's `expected` cannot be looked for: value, message and remedy of each fault.

    Parameters
    ----------
    inject : Inject
    seats : mapping of str to Seat
        All of the exercise.
    tables : Tables
        Of its scenario.
    """
    try:
        expected = parse_expected(inject.expected)
    except Unsound as error:
        yield error.value, error.message, error.remedy
        return
    told = list(seats) if EVERYBODY in inject.to else [name for name in inject.to if name in seats]
    for clause in expected.clauses:
        for name in clause.seats:
            if name not in seats:
                yield name, "is no seat", f"{nearest(name, seats, 'seats')} {WORDS_ONLY}"
        for action in clause.any_of:
            yield from _names(action, seats, tables)
            may = [name for name in clause.seats or told if name in seats]
            if may and not any(_may(action, seats[name]) for name in may):
                message = f"is nothing that {', '.join(may[:3])} may decide"
                yield action.verb, message, "name who does, as in council: call homes"


def _may(action: Action, seat: Seat) -> bool:
    return not action.decides or action.decides in seat.decides


def _names(
    action: Action, seats: Mapping[str, Seat], tables: Tables
) -> Iterator[tuple[str, str, str]]:
    resources: Sequence[str] = tables.resources
    is_offer_of_places = action.verb == "offer" and action.resource == PLACES
    if action.resource and action.resource not in resources and not is_offer_of_places:
        remedy = f"{nearest(action.resource, resources, 'resources')} {WORDS_ONLY}"
        yield action.resource, "is no resource of the scenario", remedy
    for name in action.targets if action.verb != "serve" else ():
        if name == EVERYBODY or name in seats or name in tables.kinds or name in tables.ids:
            continue
        remedy = f"{nearest(name, [*seats, *tables.kinds], 'seats and kinds')} {WORDS_ONLY}"
        yield name, "is no seat, kind or organisation", remedy
