"""The principles of collective action as levers, and policies that set them.

`LEVERS` is the only list of them; a lever more is an entry there, and the rule that reads its
column. Each runs from 0 (siloed) to 1 (reciprocal). A policy sets them for every organisation and
may change them on any day, for chosen kinds, areas, organisations or shares of them. The two ends
are built in: `siloed` is all of them at 0, `reciprocal` all at 1; nothing else differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, PrivateAttr, create_model, model_validator

from crisis_abm.scenario.problems import Problem, ScenarioError, nearest
from crisis_abm.scenario.schema.fields import LEAST, Fraction, Line, Names, Section, When


@dataclass(frozen=True)
class Lever:
    """A principle that organisations follow from 0 (siloed) to 1 (reciprocal).

    Attributes
    ----------
    name : str
        As files, columns and addresses have it.
    title : str
        As the screen has it; files understand it too (``common_agenda``).
    sentence : str
        What it does at 1.
    meaning : str
        The same in two or three sentences, and what is so at 0.
    """

    name: str
    title: str
    sentence: str
    meaning: str

    @property
    def column(self) -> int:
        """Which column of the engine's levers it is."""
        return list(LEVERS).index(self.name)

    @property
    def about(self) -> str:
        """What the key of a file means.

        >>> LEVERS["parity"].about
        'Parity, 0 to 1: rank does not decide who is served and believed.'
        """
        return f"{self.title}, 0 to 1: {self.sentence[0].lower()}{self.sentence[1:]}"


LEVERS: dict[str, Lever] = {
    lever.name: lever
    for lever in (
        Lever(
            "agenda",
            "Common agenda",
            "Scarce things go where they are worth most to all.",
            "Suppliers share out what is scarce by true need and by what it is worth to the whole "
            "system. At 0 they go by the size of the order. Without communication they can only "
            "trust orders, which may ask for too much.",
        ),
        Lever(
            "measures",
            "Broad measures",
            "Nobody orders more than it needs.",
            "Who is judged by how the whole system does orders what it needs. At 0 an organisation "
            "is judged by its own figures and orders more than it needs once supplies run short.",
        ),
        Lever(
            "communication",
            "Communication",
            "Partners tell each other of stock, need and spare capacity.",
            "Partners tell each other of stock, need and spare capacity every day, so that orders "
            "go where there is something. It takes staff time. At 0 everybody orders by habit.",
        ),
        Lever(
            "parity",
            "Parity",
            "Rank does not decide who is served and believed.",
            "Every organisation has equal standing. At 0 rank decides who is served first when "
            "something is scarce, and whose word on need is believed.",
        ),
        Lever(
            "reciprocity",
            "Reciprocity",
            "Who has more than it needs lends to partners.",
            "Who has more than it needs lends stock, staff or places to partners who lack them, "
            "and remembers who gave. At 0 everybody keeps its surplus.",
        ),
    )
}
"""By name, in the order of the engine's columns."""

LONG_NAMES: dict[str, str] = {
    long: lever.name
    for lever in LEVERS.values()
    if (long := lever.title.lower().replace(" ", "_")) != lever.name
}


def _with_levers(base: type[Section], kind: Any, default: float | None) -> Any:
    """A table with a key for each lever beside those of `base`."""
    fields: dict[str, Any] = {
        name: (kind, Field(default, description=lever.about)) for name, lever in LEVERS.items()
    }
    return create_model(f"{base.__name__}AndLevers", __base__=base, **fields)


class Who(Section):
    """Which organisations something concerns: those that meet every condition given."""

    organisations: Names | None = None
    """Only organisations with these ids; left out: whatever their id."""
    kinds: Names | None = None
    """Only organisations of these kinds; left out: of every kind."""
    areas: Names | None = None
    """Only organisations in these areas; left out: everywhere."""


class SomeOf(Who):
    """As `Who`, or a random share of them (drawn once, stream ``network``)."""

    share: Fraction | None = None
    """Part of them, by lot."""


def with_short_names(data: Any) -> Any:
    """`common_agenda` and `broad_measures` are understood as `agenda` and `measures`."""
    if not isinstance(data, dict) or not LONG_NAMES.keys() & data.keys():
        return data
    renamed: dict[Any, Any] = {}
    for key, value in data.items():
        short = LONG_NAMES.get(key, key)
        if short in renamed or (short != key and short in data):
            raise ValueError(f"{short} and its long name {key} are both given; keep one of them")
        renamed[short] = value
    return renamed


_Settings: Any = _with_levers(Section, Fraction | None, None)


class LeverSettings(_Settings):
    """Levers that something sets, each by its name in `LEVERS`; one left out stays as it was."""

    @model_validator(mode="before")
    @classmethod
    def _short_names(cls, data: Any) -> Any:
        return with_short_names(data)

    def settings(self) -> dict[str, float]:
        """The levers that are set, in the order of `LEVERS`."""
        levels = {lever: getattr(self, lever) for lever in LEVERS}
        return {lever: value for lever, value in levels.items() if value is not None}


class PolicyChange(SomeOf, LeverSettings):
    """From `start` until `end` (exclusive) the organisations chosen follow other levers."""

    start: When
    """The first tick of it."""
    end: When | None = None
    """The first tick no longer; default it lasts to the end of the run."""


class _Titled(Section):
    """What has a title."""

    title: Line = ""
    """What it is called on the screen."""


_Levels: Any = _with_levers(_Titled, Fraction, 0.0)


class Policy(_Levels):
    """How organisations work together: a level for each of `LEVERS`."""

    changes: list[PolicyChange] = []
    """What changes on the way, later entries over earlier ones."""

    _name: str = PrivateAttr("")

    def __hash__(self) -> int:  # the generated one would hash `changes`, a list
        return hash((self._name, self.levers))

    @model_validator(mode="before")
    @classmethod
    def _short_names(cls, data: Any) -> Any:
        return with_short_names(data)

    @property
    def name(self) -> str:
        """What the policy is called on the screen and in the results."""
        return self._name

    @property
    def levers(self) -> tuple[float, ...]:
        """Its levels in the order of `LEVERS`."""
        return tuple(getattr(self, lever) for lever in LEVERS)

    @property
    def text(self) -> str:
        """Its levers written out, as `parse_policy` reads them; and that there is more to it."""
        levers = levers_text(zip(LEVERS, self.levers, strict=True))
        many = len(self.changes)
        return f"{levers} with {many} change{'s' * (many > 1)}" if many else levers

    def named(self, name: str) -> Policy:
        """The same policy under another name."""
        renamed: Policy = self.model_copy()
        renamed._name = name
        return renamed


BUILT_IN: dict[str, Policy] = {
    "siloed": Policy(title="Siloed: every organisation for itself").named("siloed"),
    "reciprocal": Policy(
        title="Reciprocal: all principles in full", **dict.fromkeys(LEVERS, 1.0)
    ).named("reciprocal"),
}


def parse_policy(
    text: str, policies: Mapping[str, Policy], source: str = "policy", place: str = ""
) -> Policy:
    """A policy from its name, or from its levers written out.

    Parameters
    ----------
    text : str
        A name in `policies` or a built-in one, or ``"agenda=1,communication=.5"`` (levers left
        out are 0).
    policies : mapping of str to Policy
        The scenario's own; they go before the built-in ones.

    Raises
    ------
    ScenarioError
        If no such policy or lever exists, or a value is not a number from 0 to 1.

    Examples
    --------
    >>> parse_policy("agenda=1,communication=.5", {}).levers
    (1.0, 0.0, 0.5, 0.0, 0.0)
    """
    text = text.strip()
    if text in policies:
        return policies[text].named(text)
    if text in BUILT_IN:
        return BUILT_IN[text]
    if "=" not in text:
        known = [*policies, *BUILT_IN]
        remedy = nearest(text, known, "policies") + " (or levers: agenda=1,communication=.5)"
        raise ScenarioError(Problem(source, place, text, "there is no such policy", remedy))
    settings: dict[str, float] = {}
    problems: list[Problem] = []
    for part in text.split(","):
        lever, _, written = (piece.strip() for piece in part.partition("="))
        lever = LONG_NAMES.get(lever, lever)
        if lever not in LEVERS:
            remedy = nearest(lever, LEVERS, "levers")
            problems.append(Problem(source, place, part, "there is no such lever", remedy))
            continue
        if lever in settings:
            problems.append(Problem(source, place, part, "is given twice", "keep one of them"))
        settings[lever] = _lever_value(written)
        if settings[lever] != 0 and not LEAST <= settings[lever] <= 1:
            message = f"{lever} must be a number from 0 (siloed) to 1 (reciprocal)"
            message += f", and at least {LEAST:g} if it is not 0" if settings[lever] > 0 else ""
            problems.append(Problem(source, place, part, message, "write for example .5"))
    if problems:
        raise ScenarioError(problems)
    return Policy(**settings).named(text)


def _lever_value(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return float("nan")


def levers_text(levers: Iterable[tuple[str, float]]) -> str:
    """Levers as `parse_policy` understands them; those at 0 are left out.

    >>> levers_text([("agenda", 0), ("parity", 0.5)]), levers_text([])
    ('parity=0.5', 'agenda=0')
    """
    return (
        ",".join(f"{name}={value}" for name, value in levers if value) or f"{next(iter(LEVERS))}=0"
    )


def policy_texts(written: str) -> list[str]:
    """The policies named in a text, one after the other.

    A comma (or semicolon) begins a new policy, unless it stands between two levers of one.

    >>> policy_texts("siloed,reciprocal,agenda=1,communication=.5")
    ['siloed', 'reciprocal', 'agenda=1,communication=.5']
    >>> policy_texts("siloed;agenda=1;parity=1")
    ['siloed', 'agenda=1', 'parity=1']
    """
    texts: list[str] = []
    for part in written.split(";"):
        begun = False  # a policy written out as levers, in this part
        for word in (piece.strip() for piece in part.split(",")):
            if "=" in word and begun:
                texts[-1] += f",{word}"
            elif word:
                texts.append(word)
            begun = "=" in word
    return texts
