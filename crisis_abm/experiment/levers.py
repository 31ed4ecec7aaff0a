"""`[levers]`: policies, single levers for everybody or for a kind, and the share that follows."""

from __future__ import annotations

from typing import Any

from crisis_abm.experiment.factors import Factor
from crisis_abm.experiment.paths import flattened, place_of
from crisis_abm.experiment.schema import FACTOR_KEYS, Range, Values
from crisis_abm.experiment.uncertainties import outside, parse_entry
from crisis_abm.scenario import LEVERS, Problem, Scenario, ScenarioError
from crisis_abm.scenario.paths import parse_place
from crisis_abm.scenario.problems import NOTHING, nearest
from crisis_abm.scenario.schema.policy import LONG_NAMES

__all__ = ["read_levers", "split_lever"]


def split_lever(name: str) -> tuple[str, str | None]:
    """Lever and kind of a factor's name: ``communication.hospital``.

    >>> split_lever("communication.hospital"), split_lever("share")
    (('communication', 'hospital'), ('share', None))
    """
    parts = parse_place(name)
    return str(parts[0]), str(parts[1]) if len(parts) > 1 else None


def read_levers(
    table: dict[str, Any], scenario: Scenario, source: str, problems: list[Problem]
) -> list[Factor]:
    """The levers as factors, in the order of the file.

    Parameters
    ----------
    table : dict
        The section.
    scenario : Scenario
        Whose policies and kinds may be named.
    source : str
    problems : list of Problem
        What is wrong is added to it.
    """
    factors: dict[str, Factor] = {}
    for written, entry in flattened(table, FACTOR_KEYS):
        place = place_of("levers", written)
        name = _named(written, scenario, source, place, problems)
        if name is None:
            continue
        if name in factors:
            message = f"{name} is given twice"
            problems.append(Problem(source, place, NOTHING, message, "keep one of them"))
            continue
        if not isinstance(entry, list | dict):
            entry = [entry]
        found = parse_entry(entry, source, place, problems)
        if found is None:
            continue
        if name == "policy":
            factor = _policies(found, scenario, source, place, problems)
        else:
            factor = _fractions(name, found, source, place, problems)
        if factor is not None:
            factors[name] = factor
    return list(factors.values())


def _named(
    written: str, scenario: Scenario, source: str, place: str, problems: list[Problem]
) -> str | None:
    """The lever's short name with its kind, or None after saying what is wrong."""
    lever, dot, kind = written.partition(".")
    lever = LONG_NAMES.get(lever, lever)
    known = ("policy", "share", *LEVERS)
    message = remedy = ""
    kinds = sorted({name for name, _ in scenario.census()})
    try:
        parts = parse_place(written)
    except ValueError:
        parts = (lever,)
        message, remedy = "is no lever", 'write "communication" or "communication.hospital"'
    if lever not in known:
        message, remedy = "there is no such lever", nearest(lever, known, "levers")
    elif dot and lever in ("policy", "share"):
        message, remedy = f"{lever} is for all kinds together", f"write {lever} = …"
    elif dot and (len(parts) != 2 or parts[1] not in kinds):
        message = "no organisation of this scenario is of that kind"
        remedy = nearest(kind, kinds, "kinds")
    if message:
        problems.append(Problem(source, place, NOTHING, message, remedy))
        return None
    return f"{lever}{dot}{kind}"


def _policies(
    found: Range | Values, scenario: Scenario, source: str, place: str, problems: list[Problem]
) -> Factor | None:
    if isinstance(found, Range) or not all(isinstance(value, str) for value in found.values):
        message = "must be names of policies, or levers written out"
        remedy = 'write ["siloed", "reciprocal", "agenda=1,parity=.5"]'
        problems.append(Problem(source, place, NOTHING, message, remedy))
        return None
    names = []
    for row, text in enumerate(found.values):
        try:
            names.append(scenario.policy_named(text).name)
        except ScenarioError as error:
            for problem in error.problems:
                inside, value = f"{place}.values[{row}]", problem.value
                problems.append(Problem(source, inside, value, problem.message, problem.remedy))
    if len(names) < len(found.values):
        return None
    base = names[0] if found.base is None else found.base
    if base not in names:
        remedy = "write one of its values"
        problems.append(Problem(source, f"{place}.base", base, "is none of the policies", remedy))
        return None
    return Factor("policy", "lever", values=tuple(names), base=base)


def _fractions(
    name: str, found: Range | Values, source: str, place: str, problems: list[Problem]
) -> Factor | None:
    """A lever or a share: from 0 to 1."""
    values = [found.low, found.high] if isinstance(found, Range) else found.values
    base = values[0] if found.base is None else found.base
    for value in (*values, base):
        if isinstance(value, bool | str) or not 0 <= value <= 1:
            what = "a share" if name == "share" else "a lever"
            message = f"{what} is a number from 0 to 1"
            remedy = "1 is everybody" if name == "share" else "0 is siloed, 1 is reciprocal"
            problems.append(Problem(source, place, value, message, remedy))
            return None
    if wrong := outside(found, place, source):
        problems += wrong
        return None
    values, base = [float(value) for value in values], float(base)
    if isinstance(found, Range):
        return Factor(
            name, "lever", values[0], values[1], distribution=found.distribution, base=base
        )
    return Factor(name, "lever", values=tuple(values), base=base)
