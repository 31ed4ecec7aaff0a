"""`[constants]`, `[uncertainties]` and `[levers]` of an experiment, read as factors.

Constants and uncertainties are paths of the scenario, held against it at both ends. Levers are
policies, single levers for everybody or for a kind, and the share that follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from crisis_abm.experiment.design.factors import (
    Factor,
    NoPlace,
    Parts,
    find,
    flattened,
    overlap,
    place_of,
    takes_whole,
    without_effect,
)
from crisis_abm.experiment.design.schema import FACTOR_KEYS, Range, Values
from crisis_abm.scenario import LEVERS, Problem, Scenario, ScenarioError
from crisis_abm.scenario.overrides import LeftOut, value_at
from crisis_abm.scenario.paths import parse_place
from crisis_abm.scenario.problems import NOTHING, nearest
from crisis_abm.scenario.pydantic_errors import faults
from crisis_abm.scenario.schema.policy import LONG_NAMES
from crisis_abm.tables.build import try_building

ABOUT_TIES = ("supply", "links", "organisations", "groups")  # what decides who deals with whom


def read_constants(
    table: dict[str, Any], scenario: Scenario, source: str, problems: list[Problem]
) -> tuple[dict[str, Any], Scenario]:
    """The constants by path, and the scenario with them (as it was if they do not fit)."""
    constants: dict[str, Any] = {}
    for path, value in flattened(table):
        if path in constants:
            place, message = place_of("constants", path), "is set twice"
            problems.append(Problem(source, place, value, message, "keep one of them"))
        try:
            parts = find(path, scenario)
        except NoPlace as error:
            place = place_of("constants", path)
            problems.append(Problem(source, place, NOTHING, error.message, error.remedy))
            continue
        if parts[0] == "policy":
            problems.append(_no_policy(source, place_of("constants", path)))
        constants[path] = value
    try:
        # Ranges go with them: behind an event that is left out, others have other numbers.
        changes = {**constants, **_ranges_off(scenario, constants)}
        changed = scenario.with_(changes) if changes else scenario
        if constants:
            try_building(changed)
        return constants, changed
    except ScenarioError as error:
        for problem in error.problems:
            own = problem.place in constants
            place = place_of("constants", problem.place) if own else "constants"
            value = constants[problem.place] if own else NOTHING
            problems.append(_told(problem, source, place, problem.place if own else "", value))
        return constants, scenario


def _no_policy(source: str, place: str) -> Problem:
    remedy = 'write policy = ["siloed", "reciprocal"] under [levers]'
    return Problem(source, place, NOTHING, "the policy of a run is a lever", remedy)


def _told(problem: Problem, source: str, place: str, path: str, value: Any = NOTHING) -> Problem:
    """A problem of the changed scenario as one of the place in the experiment that changed it."""
    message = problem.message
    if problem.place and problem.place != path:
        message = f"then {problem.place} {message}"
    return Problem(source, place, value, message, problem.remedy)


def _parse_entry(entry: Any, source: str, place: str) -> Range | Values:
    """A factor as written: a table with `low` and `high`, or with `values`, or a list."""
    if isinstance(entry, list):
        entry = {"values": entry}
    elif not isinstance(entry, dict):
        message = "must be a range or a list"
        remedy = "write { low = 1, high = 2 } or [1, 2], or put it under [constants]"
        raise ScenarioError(Problem(source, place, entry, message, remedy))
    form: type[Range | Values] = Values if "values" in entry else Range
    try:
        found = form.model_validate(entry)
    except ValidationError as error:
        problems = faults(error, source, form)
        raise ScenarioError(
            [replace(one, place=f"{place}.{one.place}" if one.place else place) for one in problems]
        ) from None
    if isinstance(found, Range):
        message = remedy = ""
        if found.low > found.high:
            message, remedy = "low is above high", "exchange them"
        elif found.low == found.high:
            message, remedy = "low and high are the same", "write it under [constants], or a list"
        elif found.distribution == "loguniform" and found.low <= 0:
            message, remedy = "loguniform needs a low above 0", "write uniform, or a low above 0"
        if message:
            raise ScenarioError(Problem(source, place, NOTHING, message, remedy))
    return found


def read_uncertainties(
    table: dict[str, Any],
    scenario: Scenario,
    constants: Iterable[str],
    left_out: Sequence[LeftOut],
    source: str,
    problems: list[Problem],
) -> list[Factor]:
    """The uncertainties as factors, each tried at both ends (a list at every value).

    Parameters
    ----------
    table : dict
        The section.
    scenario : Scenario
        With constants.
    constants : iterable of str
        Their paths.
    left_out : sequence of LeftOut
        What the constants have taken away.
    source : str
    problems : list of Problem
        What is wrong is added to it.
    """
    taken: list[tuple[str, Parts]] = [
        (f"constants.{path}", parse_place(path)) for path in constants
    ]
    factors = []
    for path, entry in flattened(table, FACTOR_KEYS):
        place = place_of("uncertainties", path)
        try:
            parts = _free_place(path, scenario, left_out, taken, source, place)
            taken.append((place, parts))
            factor = _uncertainty(path, parts, entry, scenario, source)
        except ScenarioError as error:
            problems += error.problems
        else:
            problems += _tried(factor, scenario, source)
            factors.append(factor)
    return factors


def _free_place(
    path: str,
    scenario: Scenario,
    left_out: Sequence[LeftOut],
    taken: Sequence[tuple[str, Parts]],
    source: str,
    place: str,
) -> Parts:
    """The parts of a path that may be varied, and is not set by what is `taken` already."""
    try:
        parts = find(path, scenario, left_out)
    except NoPlace as error:
        raise ScenarioError(Problem(source, place, NOTHING, error.message, error.remedy)) from None
    if parts[0] == "policy":
        raise ScenarioError(_no_policy(source, place))
    if idle := without_effect(parts):
        remedy = "take it away; it would be varied to no effect"
        raise ScenarioError(Problem(source, place, NOTHING, idle, remedy))
    if twice := [name for name, other in taken if overlap(parts, other)]:
        message = f"is set already by {twice[0]}"
        raise ScenarioError(Problem(source, place, NOTHING, message, "keep one of them"))
    return parts


def _uncertainty(path: str, parts: Parts, entry: Any, scenario: Scenario, source: str) -> Factor:
    place = place_of("uncertainties", path)
    found = _parse_entry(entry, source, place)
    present, whole = value_at(scenario, path), takes_whole(parts)
    base = present if found.base is None else found.base
    if whole and (wrong := _not_whole(found, place, source)):
        raise ScenarioError(wrong)
    _refuse_outside(found, place, source)
    if isinstance(found, Values):
        values = found.values
        number = isinstance(values[0], int | float) and not isinstance(values[0], bool)
        if number and not whole:
            values = [float(value) for value in values]
        return Factor(path, "uncertainty", values=tuple(values), whole=whole and number, base=base)
    ends: dict[str, float] = {"low": found.low, "high": found.high}
    if whole:
        ends = {key: int(end) for key, end in ends.items()}
    return Factor(
        path,
        "uncertainty",
        ends["low"],
        ends["high"],
        distribution=found.distribution,
        peak=present,
        whole=whole,
        base=base,
    )


def _not_whole(found: Range | Values, place: str, source: str) -> list[Problem]:
    """Numbers that are no whole ones, where the scenario wants these."""
    keys = ("low", "high", "base") if isinstance(found, Range) else ("base",)
    message, remedy = "must be a whole number here", "write it without a point"
    return [
        Problem(source, f"{place}.{key}", value, message, remedy)
        for key in keys
        if isinstance(value := getattr(found, key), float) and value != int(value)
    ]


def _refuse_outside(found: Range | Values, place: str, source: str) -> None:
    """Refuse a base that is said to be no number, or one beyond the ends of its own range."""
    base = found.base
    if not isinstance(found, Range) or base is None:
        return
    if not isinstance(base, bool | str) and found.low <= base <= found.high:
        return
    message = f"is not in its own range, from {found.low:g} to {found.high:g}"
    remedy = "write a number between, or widen the range"
    raise ScenarioError(Problem(source, f"{place}.base", base, message, remedy))


def _tried(factor: Factor, scenario: Scenario, source: str) -> list[Problem]:
    """What is wrong with the scenario at either end, or at any value of a list."""
    problems = []
    places = ["low", "high"]
    if factor.values is not None:
        places = [f"values[{row}]" for row in range(len(factor.values))]
    ends = list(zip(places, factor.ends, strict=True))
    if factor.base is not None:
        ends.append(("base", factor.base))
    for where, value in ends:
        try:
            changed = scenario.with_({factor.name: value})
            if parse_place(factor.name)[0] in ABOUT_TIES:
                try_building(changed)
        except ScenarioError as error:
            place = f"{place_of('uncertainties', factor.name)}.{where}"
            problems += [
                _told(problem, source, place, factor.name, value) for problem in error.problems
            ]
    return problems


def settled(scenario: Scenario, paths: Iterable[str]) -> Scenario:
    """The scenario without the ranges under `[uncertain]` of what the experiment itself sets.

    Parameters
    ----------
    scenario : Scenario
        With constants, which have taken theirs away.
    paths : iterable of str
        Of uncertainties.
    """
    changes = _ranges_off(scenario, paths)
    return scenario.with_(changes) if changes else scenario


def _ranges_off(scenario: Scenario, paths: Iterable[str]) -> dict[str, None]:
    """Changes that take away the ranges of what overlaps any of these paths."""
    own = [_parts(path, scenario) for path in paths]
    drop = [
        path
        for path in scenario.uncertain
        if any(overlap(_parts(path, scenario), parts) for parts in own)
    ]
    quotes = {path: "'" if '"' in path else '"' for path in drop}
    return {f"uncertain.{quotes[path]}{path}{quotes[path]}": None for path in drop}


def _parts(path: str, scenario: Scenario) -> Parts:
    try:
        return find(path, scenario)
    except NoPlace:  # a constant may take the place away, or only then make it
        return parse_place(path)


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
        try:
            name = _named(written, scenario, source, place)
            if name in factors:
                message = f"{name} is given twice"
                raise ScenarioError(Problem(source, place, NOTHING, message, "keep one of them"))
            found = _parse_entry(
                entry if isinstance(entry, list | dict) else [entry], source, place
            )
            if name == "policy":
                factors[name] = _policies(found, scenario, source, place)
            else:
                factors[name] = _fractions(name, found, source, place)
        except ScenarioError as error:
            problems += error.problems
    return list(factors.values())


def _named(written: str, scenario: Scenario, source: str, place: str) -> str:
    """The lever's short name with its kind."""
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
        raise ScenarioError(Problem(source, place, NOTHING, message, remedy))
    return f"{lever}{dot}{kind}"


def _policies(found: Range | Values, scenario: Scenario, source: str, place: str) -> Factor:
    if isinstance(found, Range) or not all(isinstance(value, str) for value in found.values):
        message = "must be names of policies, or levers written out"
        remedy = 'write ["siloed", "reciprocal", "agenda=1,parity=.5"]'
        raise ScenarioError(Problem(source, place, NOTHING, message, remedy))
    names, problems = [], []
    for row, text in enumerate(found.values):
        try:
            names.append(scenario.policy_named(text).name)
        except ScenarioError as error:
            for one in error.problems:
                inside = f"{place}.values[{row}]"
                problems.append(Problem(source, inside, one.value, one.message, one.remedy))
    if problems:
        raise ScenarioError(problems)
    base = names[0] if found.base is None else found.base
    if base not in names:
        remedy = "write one of its values"
        problem = Problem(source, f"{place}.base", base, "is none of the policies", remedy)
        raise ScenarioError(problem)
    return Factor("policy", "lever", values=tuple(names), base=base)


def _fractions(name: str, found: Range | Values, source: str, place: str) -> Factor:
    """A lever or a share: from 0 to 1."""
    values = [found.low, found.high] if isinstance(found, Range) else found.values
    base = values[0] if found.base is None else found.base
    for value in (*values, base):
        if isinstance(value, bool | str) or not 0 <= value <= 1:
            what = "a share" if name == "share" else "a lever"
            message = f"{what} is a number from 0 to 1"
            remedy = "1 is everybody" if name == "share" else "0 is siloed, 1 is reciprocal"
            raise ScenarioError(Problem(source, place, value, message, remedy))
    _refuse_outside(found, place, source)
    values, base = [float(value) for value in values], float(base)
    if isinstance(found, Range):
        return Factor(
            name, "lever", values[0], values[1], distribution=found.distribution, base=base
        )
    return Factor(name, "lever", values=tuple(values), base=base)
