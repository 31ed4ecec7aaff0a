"""From a design to points: what is sampled, what is crossed, and how many runs that makes.

Every sampled state of the world meets every combination of the levers given as lists: that is what
common random numbers across levers are for. Levers given as ranges are sampled with the
uncertainties.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from crisis_abm.experiment import samples
from crisis_abm.experiment.factors import Factor
from crisis_abm.experiment.paths import place_of
from crisis_abm.experiment.points import Points, crossed_with
from crisis_abm.experiment.schema import Design
from crisis_abm.scenario.problems import NOTHING, Problem

__all__ = ["MOST_POINTS", "MOST_RUNS", "crossed", "faults_of_design", "points_of", "promised"]

MOST_POINTS = 1_000_000
MOST_RUNS = 10_000_000
SAMPLED = ("latin_hypercube", "sobol", "morris")
_LEVELS = {"morris": 4, "one_at_a_time": 2}


def crossed(factors: Sequence[Factor], design: Design, listed: Sequence[str] = ()) -> list[Factor]:
    """The levers that every state of the world meets in every combination.

    Parameters
    ----------
    factors : sequence of Factor
    design : Design
    listed : sequence of str
        Columns of a table of points, which settles those levers itself.
    """
    if not design.cross:
        return []
    return [
        factor
        for factor in factors
        if factor.kind == "lever" and factor.values is not None and factor.name not in listed
    ]


def _levels(design: Design) -> int:
    return design.levels or _LEVELS.get(design.method, 2)


def promised(factors: Sequence[Factor], design: Design, rows: Sequence[dict[str, Any]] = ()) -> int:
    """How many points a design makes, known before any is made.

    Parameters
    ----------
    factors : sequence of Factor
    design : Design
    rows : sequence of dict
        Of a table of points, by factor.
    """
    together = crossed(factors, design, tuple(rows[0]) if rows else ())
    rest = [factor for factor in factors if factor not in together]
    settings = 1
    for factor in together:
        settings *= len(factor.ends)
    if design.method in SAMPLED:
        worlds = samples.count(design.method, len(rest), design.samples or 0, design.second_order)
    elif design.method == "points":
        worlds = len(rows)
    elif design.method == "one_at_a_time":
        worlds = 1 + sum(len(_others(factor, design)) for factor in rest)
    else:
        worlds = 1
        for factor in rest:
            worlds *= len(factor.grid(_levels(design)))
    return worlds * settings


def points_of(
    factors: Sequence[Factor],
    design: Design,
    seed: int,
    rows: Sequence[dict[str, Any]] = (),
) -> Points:
    """Make the points of a design that has no faults.

    Parameters
    ----------
    factors : sequence of Factor
    design : Design
    seed : int
        Of the sample; the same seed, the same points.
    rows : sequence of dict
        Of a table of points, by factor.
    """
    listed = tuple(rows[0]) if rows else ()
    together = crossed(factors, design, listed)
    rest = [factor for factor in factors if factor not in together]
    unit = None
    if design.method in SAMPLED:
        names = tuple(factor.name for factor in rest)
        unit = samples.sample(
            design.method, names, design.samples or 1, seed, _levels(design), design.second_order
        )
        unit.setflags(write=False)
        columns = {factor.name: factor.column(unit[:, k]) for k, factor in enumerate(rest)}
        return crossed_with(columns, len(unit), factors, together, unit)
    if design.method == "points":
        states = [[row[factor.name] for factor in rest] for row in rows]
    elif design.method == "one_at_a_time":
        states = _one_at_a_time(rest, design)
    else:
        grids = [factor.grid(_levels(design)) for factor in rest]
        states = [list(state) for state in itertools.product(*grids)]
    columns = {
        factor.name: factor.array([state[k] for state in states]) for k, factor in enumerate(rest)
    }
    return crossed_with(columns, len(states), factors, together)


def _one_at_a_time(factors: Sequence[Factor], design: Design) -> list[list[Any]]:
    """Everything at its base, then each factor in turn at each of its other values."""
    base = [factor.base for factor in factors]
    states = [base]
    for place, factor in enumerate(factors):
        for value in _others(factor, design):
            states.append([*base[:place], value, *base[place + 1 :]])
    return states


def _others(factor: Factor, design: Design) -> list[Any]:
    return [value for value in factor.grid(_levels(design)) if value != factor.base]


def faults_of_design(factors: Sequence[Factor], design: Design, source: str) -> list[Problem]:
    """What keeps a design from being made of these factors."""
    problems = []

    def wrong(key: str, message: str, remedy: str, value: Any = NOTHING) -> None:
        problems.append(Problem(source, f"design.{key}", value, message, remedy))

    method, levels = design.method, design.levels
    rest = [factor for factor in factors if factor not in crossed(factors, design)]
    ranges = [factor for factor in rest if factor.values is None]
    if method in SAMPLED:
        if design.samples is None:
            wrong("samples", "is missing", f"say how many: {method} needs samples = 128, say")
        elif method == "sobol" and design.samples & (design.samples - 1):
            below = 1 << (design.samples.bit_length() - 1)
            remedy = f"write {below} or {2 * below}"
            wrong("samples", "must be a power of 2 for sobol", remedy, design.samples)
        if not rest:
            message = "there is nothing to sample: no uncertainty, and no lever with low and high"
            wrong("method", message, 'add one, or write method = "full_factorial"', method)
    elif design.samples is not None:
        message = f"says nothing to {method}, which makes its points of the factors"
        wrong("samples", message, "take it away, or choose another method", design.samples)
    if method == "morris" and levels is not None and (levels % 2 or levels < 2):
        wrong("levels", "must be even for morris", "write levels = 4", levels)
    elif method == "full_factorial" and ranges and (levels is None or levels < 2):
        message = f"{ranges[0].name} is a range: of how many values is not said"
        remedy = "write levels = 3, say, or a list of values instead of low and high"
        wrong("levels", message, remedy, NOTHING if levels is None else levels)
    elif method == "one_at_a_time" and levels == 1:
        wrong("levels", "must be at least 2: low and high", "write levels = 2", levels)
    elif levels is not None and method in ("latin_hypercube", "sobol", "points"):
        wrong("levels", f"says nothing to {method}", "take it away", levels)
    if method == "points":
        if (design.file is None) == (design.points is None):
            message = 'points stand in a file or under "points", in one of the two'
            wrong("file", message, 'write file = "points.csv"')
    else:
        for key in ("file", "points"):
            if getattr(design, key) is not None:
                remedy = f'take it away, or write method = "points" for "{method}"'
                wrong(key, f"says nothing to {method}", remedy)
    if method == "one_at_a_time":
        for factor in rest:
            if factor.base is None:
                message = "one_at_a_time starts from the scenario's own number, and here is none"
                section = "uncertainties" if factor.kind == "uncertainty" else "levers"
                remedy = "say where to start: base = …"
                place = place_of(section, factor.name)
                problems.append(Problem(source, place, NOTHING, message, remedy))
    return problems
