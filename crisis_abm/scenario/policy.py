"""The five principles of collective action as levers, and policies that set them.

Each lever runs from 0 (siloed) to 1 (reciprocal). A policy sets them for every organisation and
may change them on any day, for chosen kinds, areas, organisations or shares of them. The two ends
are built in: `siloed` is all five at 0, `reciprocal` all five at 1; nothing else differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import PrivateAttr, model_validator

from .fields import LEAST, Fraction, Line, Names, Section, When
from .problems import Problem, ScenarioError, nearest

__all__ = ["BUILT_IN", "LEVERS", "LeverSettings", "Policy", "PolicyChange", "Who", "parse_policy"]
__all__ += ["policy_texts"]

LEVERS: tuple[str, ...] = ("agenda", "measures", "communication", "parity", "reciprocity")

LONG_NAMES: dict[str, str] = {"common_agenda": "agenda", "broad_measures": "measures"}


class Who(Section):
    """Which organisations something concerns: those that meet every condition given.

    Parameters
    ----------
    organisations : list of str, optional
        Only organisations with these ids; left out: whatever their id.
    kinds : list of str, optional
        Only organisations of these kinds; left out: of every kind.
    areas : list of str, optional
        Only organisations in these areas; left out: everywhere.
    """

    organisations: Names | None = None
    kinds: Names | None = None
    areas: Names | None = None


class SomeOf(Who):
    """As `Who`, or a random share of them (drawn once, stream ``network``).

    Parameters
    ----------
    share : float, optional
        Part of them, by lot.
    """

    share: Fraction | None = None


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


class LeverSettings(Section):
    """Levers that something sets; one left out stays as it was.

    Parameters
    ----------
    agenda : float
        Common agenda, 0 to 1: scarce things go where they are worth most to all.
    measures : float
        Broad measures, 0 to 1: nobody orders more than it needs.
    communication : float
        Communication, 0 to 1: partners tell each other of stock, need and spare capacity.
    parity : float
        Parity, 0 to 1: rank does not decide who is served and believed.
    reciprocity : float
        Reciprocity, 0 to 1: who has more than it needs lends to partners.
    """

    agenda: Fraction | None = None
    measures: Fraction | None = None
    communication: Fraction | None = None
    parity: Fraction | None = None
    reciprocity: Fraction | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_names(cls, data: Any) -> Any:
        return with_short_names(data)

    def settings(self) -> dict[str, float]:
        """The levers that are set, in the order of `LEVERS`."""
        found = {lever: getattr(self, lever) for lever in LEVERS}
        return {lever: value for lever, value in found.items() if value is not None}


class PolicyChange(SomeOf, LeverSettings):
    """From `start` until `end` (exclusive) the organisations chosen follow other levers.

    Parameters
    ----------
    start : int or date
        The first tick of it.
    end : int or date, optional
        The first tick no longer; default it lasts to the end of the run.
    """

    start: When
    end: When | None = None


class Policy(Section):
    """How organisations work together.

    Parameters
    ----------
    title : str
        What it is called on the screen.
    agenda : float
        Common agenda, 0 to 1: scarce things go where they are worth most to all.
    measures : float
        Broad measures, 0 to 1: nobody orders more than it needs.
    communication : float
        Communication, 0 to 1: partners tell each other of stock, need and spare capacity.
    parity : float
        Parity, 0 to 1: rank does not decide who is served and believed.
    reciprocity : float
        Reciprocity, 0 to 1: who has more than it needs lends to partners.
    changes : list of PolicyChange
        What changes on the way, later entries over earlier ones.
    """

    title: Line = ""
    agenda: Fraction = 0.0
    measures: Fraction = 0.0
    communication: Fraction = 0.0
    parity: Fraction = 0.0
    reciprocity: Fraction = 0.0
    changes: list[PolicyChange] = []

    _name: str = PrivateAttr("")

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
        """The five levers in the order of `LEVERS`."""
        return tuple(getattr(self, lever) for lever in LEVERS)

    def named(self, name: str) -> Policy:
        """The same policy under another name."""
        renamed = self.model_copy()
        renamed._name = name
        return renamed


BUILT_IN: dict[str, Policy] = {
    "siloed": Policy(title="Siloed: every organisation for itself").named("siloed"),
    "reciprocal": Policy(
        title="Reciprocal: all five principles in full",
        agenda=1.0,
        measures=1.0,
        communication=1.0,
        parity=1.0,
        reciprocity=1.0,
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
    return Policy(**settings).named(text)  # type: ignore[arg-type]


def _lever_value(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return float("nan")


def policy_texts(written: str) -> list[str]:
    """The policies named in a text, one after the other.

    A comma (or semicolon) begins a new policy, unless it stands between two levers of one.

    >>> policy_texts("siloed,reciprocal,agenda=1,communication=.5")
    ['siloed', 'reciprocal', 'agenda=1,communication=.5']
    >>> policy_texts("siloed;agenda=1;parity=1")
    ['siloed', 'agenda=1', 'parity=1']
    """
    found: list[str] = []
    for part in written.split(";"):
        begun = False  # a policy written out as levers, in this part
        for word in (piece.strip() for piece in part.split(",")):
            if "=" in word and begun:
                found[-1] += f",{word}"
            elif word:
                found.append(word)
            begun = "=" in word
    return found
