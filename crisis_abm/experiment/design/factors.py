"""A factor: something that differs from point to point, and its place in the scenario.

A scenario may be given keys that it does not have, for instance a kind of its own. An experiment
may not: a misspelt kind would be varied a thousand times to no effect. So a path is held against
the scenario (`find`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from difflib import get_close_matches
from typing import Any, get_args

import numpy as np
from pydantic import BaseModel

from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.overrides import LeftOut, quantile, resolve
from crisis_abm.scenario.paths import Part, model_of, parse_place, show_place, step_into
from crisis_abm.scenario.problems import nearest
from crisis_abm.scenario.pydantic_errors import keys_of
from crisis_abm.scenario.schema import Content, UncertainRange

_EXACT = Context(prec=30)  # exp and ln of `decimal` are correctly rounded, those of `math` are not
Parts = tuple[Part, ...]
TOLD = ("title", "description", "harm_unit", "caveat", "name", "why", "announcement")
"""Keys of texts for people."""


@dataclass(frozen=True)
class Factor:
    """An uncertainty or a lever, given as a range or as a list of values.

    Attributes
    ----------
    name : str
        A path into the scenario, or ``policy``, ``share``, ``communication``,
        ``communication.hospital``; the name of its column.
    kind : {"uncertainty", "lever"}
    low, high : float or int, optional
        Ends of a range.
    values : tuple, optional
        Of a list; then there are no ends.
    distribution : {"uniform", "triangular", "loguniform"}
        Of a range.
    peak : float, optional
        Where a triangular distribution peaks; the middle.
    whole : bool
        Whether the scenario wants a whole number here: draws of a range are rounded, half up.
    base : object
        Where one factor at a time starts from; None if nobody said.
    """

    name: str
    kind: str
    low: float | None = None
    high: float | None = None
    values: tuple[Any, ...] | None = None
    distribution: str = "uniform"
    peak: float | None = None
    whole: bool = False
    base: Any = None

    @property
    def ends(self) -> tuple[Any, ...]:
        """What must hold for the factor to hold: both ends of a range, every value of a list."""
        return self.values if self.values is not None else (self.low, self.high)

    @property
    def is_text(self) -> bool:
        """Whether its values are texts."""
        return isinstance(self.ends[0], str)

    def at(self, u: float) -> Any:
        """The value at `u`, from 0 to 1: the first value or lowest end, to the last or highest.

        Of a list of n, the value number floor(u·n); of a range, the value below which a part `u`
        of its distribution lies, the same to the bit on every machine.
        """
        if self.values is not None:
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        assert self.low is not None and self.high is not None
        low, high = float(self.low), float(self.high)
        if self.distribution == "loguniform":
            value = min(max(_between_logarithms(low, high, u), low), high)
        elif u >= 1:
            value = high
        elif self.distribution == "triangular":
            within = UncertainRange.model_construct(low=low, high=high, distribution="triangular")
            value = quantile(within, u, self.peak)
        else:
            value = min(low + u * (high - low), high)
        return math.floor(value + 0.5) if self.whole else value

    def column(self, units: np.ndarray) -> np.ndarray:
        """The values at many places of the unit interval."""
        if self.values is None and self.distribution == "uniform" and not self.whole:
            low, high = float(self.low or 0.0), float(self.high or 0.0)
            found = np.minimum(low + units * (high - low), high)
            return np.asarray(np.where(units >= 1, high, found))
        return self.array([self.at(u) for u in units.tolist()])

    def array(self, values: list[Any]) -> np.ndarray:
        """Values of this factor as a column: text, truth, whole numbers or floats."""
        whole = self.whole and not any(value in (math.inf, -math.inf) for value in values)
        kind = type(self.ends[0])
        dtype: Any = kind if kind in (str, bool) else np.int64 if whole else np.float64
        return np.array(values, dtype=dtype)

    def plain(self, value: Any) -> Any:
        """An entry of the column as the scenario takes it."""
        value = value.item() if hasattr(value, "item") else value
        if self.whole and isinstance(value, float) and math.isfinite(value):
            return int(value)
        return value

    def grid(self, levels: int) -> list[Any]:
        """Every value of a list; of a range `levels` of them, evenly spread, each once."""
        if self.values is not None:
            return list(self.values)
        spread = [self.at(step / (levels - 1)) for step in range(levels)]
        return list(dict.fromkeys(spread))

    def admits(self, value: Any) -> bool:
        """Whether a value written in a table of points is one of this factor's."""
        if self.values is not None:
            return value in self.values
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or self.low is None or self.high is None:
            return False
        return self.low <= value <= self.high and not (self.whole and value != int(value))

    def described(self) -> dict[str, Any]:
        """What makes the factor what it is, as plain data."""
        if self.values is not None:
            return {"values": list(self.values)}
        return {"low": self.low, "high": self.high, "distribution": self.distribution}


def _between_logarithms(low: float, high: float, u: float) -> float:
    """Return low · (high / low)^u."""
    ratio = _EXACT.divide(Decimal(high), Decimal(low))
    power = _EXACT.exp(_EXACT.multiply(Decimal(u), _EXACT.ln(ratio)))
    return float(_EXACT.multiply(Decimal(low), power))


class NoPlace(LookupError):
    """There is no such place; `message` says what is wrong, `remedy` what to write instead."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def flattened(table: Mapping[str, Any], ends: Iterable[str] | None = None) -> list[tuple[str, Any]]:
    """Paths with their entries, whether a path is quoted or spelt as tables in tables.

    Parameters
    ----------
    table : mapping
        One section of the file.
    ends : iterable of str, optional
        A table with one of these keys is an entry; without them only what is no table is.

    >>> flattened({"behaviour": {"hoarding": 2}, "time.steps": 100})
    [('behaviour.hoarding', 2), ('time.steps', 100)]
    """
    known = frozenset(ends or ())
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, Mapping) and value and not known & value.keys():
            if not known or all(isinstance(inner, Mapping | list) for inner in value.values()):
                found += [(f"{key}.{path}", inner) for path, inner in flattened(value, ends)]
                continue
        found.append((key, value))
    return found


def place_of(section: str, name: str) -> str:
    """Where a factor stands in the file: ``uncertainties."time.steps"``."""
    return show_place((section, name))


def find(path: str, scenario: Scenario, left_out: Sequence[LeftOut] = ()) -> Parts:
    """The parts of a path that the scenario has, organisations found by their id.

    Parameters
    ----------
    path : str
    scenario : Scenario
    left_out : sequence of LeftOut
        What constants have taken away from it: the path is written as if it were still there.

    Raises
    ------
    NoPlace
    """
    try:
        written = parse_place(path)
    except ValueError:
        raise NoPlace("is no path", 'write keys with dots between, like "kinds.a.b"') from None
    _not_left_out(written, left_out, scenario)
    annotation: Any = Content
    for at, part in enumerate(written):
        inner = step_into(annotation, part)
        choice = _choice(written[:at], annotation, scenario)
        if isinstance(part, str) and choice is not None and (inner is None or part not in choice):
            raise _misspelt(written, at, choice)
        if written[0] == "organisations" and at == 1:
            break  # by id, which `resolve` knows
        if inner is None:
            raise NoPlace("there is no such key in the scenario", "shorten the path")
        annotation = inner
    try:
        parts = resolve(path, scenario, scenario.source)
    except ScenarioError as error:
        problem = error.problems[0]
        raise NoPlace(problem.message, problem.remedy) from None
    _there(parts, scenario)
    return parts


def _not_left_out(written: Parts, left_out: Sequence[LeftOut], scenario: Scenario) -> None:
    """Refuse what shortening has taken away, and what has another number since."""
    steps = f"constants.time.steps = {scenario.time.steps}"
    for one in left_out:
        place, number = one.parts[:-1], one.parts[-1]
        own = (
            written[len(place)]
            if len(written) > len(place) and written[: len(place)] == place
            else None
        )
        if own == number:
            raise NoPlace(
                f"is left out with {one}: the run ends before it",
                f"lengthen {steps}, or set an earlier {show_place((*one.parts, 'start'))} there",
            )
        if isinstance(own, int) and isinstance(number, int) and own > number:
            raise NoPlace(
                f"has another number once {one} is left out, before which the run ends",
                f"write that behind the others in the scenario, or lengthen {steps}",
            )


def _there(parts: Parts, scenario: Scenario) -> None:
    """See that every list on the way has as many entries as the path counts on."""
    found: Any = scenario
    for at, part in enumerate(parts):
        if isinstance(part, int):
            entries = len(found) if isinstance(found, list) else 0
            if part >= entries:
                remedy = f"{show_place(parts[:at])} has {entries}, counted from 0"
                raise NoPlace("there is no such entry in the scenario", remedy)
            found = found[part]
        elif isinstance(found, Mapping):
            found = found.get(part)
        elif not isinstance(found, BaseModel):
            return  # a table may stand here, but does not: told when it is set
        else:
            names = {info.alias or name: name for name, info in type(found).model_fields.items()}
            found = getattr(found, names[part])
        if found is None:
            return


def _misspelt(written: Parts, at: int, choice: list[str]) -> NoPlace:
    message = "there is no such key in the scenario"
    close = get_close_matches(str(written[at]), choice, n=1, cutoff=0.6)
    if close:
        meant = show_place((*written[:at], close[0], *written[at + 1 :]))
        return NoPlace(message, f'did you mean "{meant}"?')
    where = show_place(written[:at]) or "a scenario"
    return NoPlace(message, nearest(str(written[at]), choice, f"{where} has"))


def _choice(before: Parts, annotation: Any, scenario: Scenario) -> list[str] | None:
    """The keys that there are behind `before`; None if what is there has no keys."""
    model = model_of(annotation)
    if model is not None:
        return keys_of(model)
    match before:
        case ("kinds",):
            return sorted({kind for kind, _ in scenario.census()} | set(scenario.kinds))
        case ("areas",):
            return list(scenario.areas_in_play())
        case ("resources",):
            return list(scenario.resources_in_play())
        case ("kinds", str() as kind, "needs" | "makes" as block):
            return list(getattr(scenario.recipe(kind), block))
    if before in (("policies",), ("uncertain",)):
        return list(getattr(scenario, str(before[0])))
    return None


def without_effect(parts: Parts) -> str:
    """Why nothing that is reckoned can differ by what stands at a place; empty if something can."""
    annotation: Any = Content
    for part in parts[:-1]:
        annotation = step_into(annotation, part)
    if parts[0] == "record":
        return "decides what a run keeps, not what happens in it"
    named = parts[-1] in TOLD or (parts[0] == "resources" and parts[-1] == "unit")
    if named and model_of(annotation) is not None:
        return "is a text for people, which no run can differ by"
    return ""


def takes_whole(parts: Parts) -> bool:
    """Whether a whole number is wanted at a place (a count, a tick, a number of days)."""
    annotation: Any = Content
    for part in parts:
        annotation = step_into(annotation, part)
    return _holds_int(annotation)


def _holds_int(annotation: Any) -> bool:
    return annotation is int or any(
        _holds_int(inner)
        for inner in get_args(annotation)
        if not (hasattr(annotation, "__origin__") and annotation.__origin__ in (dict, list))
    )


def overlap(first: Parts, second: Parts) -> bool:
    """Whether one place is the other, or lies inside it."""
    shorter = min(len(first), len(second))
    return first[:shorter] == second[:shorter]
