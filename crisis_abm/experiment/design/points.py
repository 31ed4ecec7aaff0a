"""The points of an experiment: which value every factor has in each, as a design makes them.

Every sampled state of the world meets every combination of the levers given as lists: that is what
common random numbers across levers are for. Levers given as ranges are sampled with the
uncertainties.

A sampler (Latin hypercube, Sobol, Morris) is asked for a number of dimensions and gives rows
between 0 and 1; what the factors make of them is not its business. Bounds, counts and order of rows
are SALib's, so that its analyses take them as they are. Every sampler gives the same rows to the
last bit on every machine.

References
----------
McKay, Beckman & Conover 1979, Technometrics 21, 239-245 (Latin hypercube); Saltelli 2002, Comput.
Phys. Commun. 145, 280-297, and Saltelli et al. 2010, ibid. 181, 259-270 (Sobol); Morris 1991,
Technometrics 33, 161-174.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from crisis_abm.experiment.design.factors import Factor, place_of
from crisis_abm.experiment.design.schema import Design
from crisis_abm.scenario.problems import NOTHING, Problem
from crisis_abm.streams import entity_key, stream_id, uniform

_ORDER, _JITTER, _SALIB = map(stream_id, ("design order", "design jitter", "design salib"))
MOST_POINTS = 1_000_000
MOST_RUNS = 10_000_000
SAMPLED = ("latin_hypercube", "sobol", "morris")
_LEVELS = {"morris": 4, "one_at_a_time": 2}


@dataclass(frozen=True)
class Points:
    """P points: every state of the world that was sampled, under every setting of the levers.

    Settings of the levers given as lists follow each other within a state of the world, so point
    number ``w * settings + s`` is setting s in state w, and what is common to a state is near.

    Attributes
    ----------
    columns : dict of str to ndarray, shape (P,)
        By factor, in the order of the factors.
    sampled, crossed : tuple of str
        Factors that differ between states of the world, and levers crossed with all of these.
    settings : int
        How many there are of the crossed levers; 1 if nothing is crossed.
    unit : ndarray, shape (P / settings, D), or None
        Where each state lies in the unit cube of `sampled`, for designs that sample it: what an
        analysis of Morris or Sobol wants.
    """

    columns: dict[str, np.ndarray]
    sampled: tuple[str, ...]
    crossed: tuple[str, ...]
    settings: int
    unit: np.ndarray | None = None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 1

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, point: int) -> dict[str, Any]:
        """The values at one point, by factor."""
        point = operator.index(point)
        if not 0 <= point < len(self):
            raise IndexError(f"there are {len(self)} points, from 0; {point} is none of them")
        return {name: column[point].item() for name, column in self.columns.items()}

    def world(self, point: int) -> int:
        """Number of the state of the world that a point is in."""
        return point // self.settings

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of all values, to the last bit."""
        found = hashlib.sha256()
        for name, column in self.columns.items():
            found.update(json.dumps([name, column.dtype.kind]).encode())
            if column.dtype.kind == "U":
                found.update(json.dumps(column.tolist()).encode())
            else:
                found.update(column.astype(column.dtype.newbyteorder("<")).tobytes())
        return found.hexdigest()


def _crossed_with(
    worlds: dict[str, np.ndarray],
    count: int,
    factors: Sequence[Factor],
    crossed: Sequence[Factor],
    unit: np.ndarray | None = None,
) -> Points:
    """Put every state of the world under every combination of the crossed levers.

    Parameters
    ----------
    worlds : dict of str to ndarray, shape (count,)
        Columns of the factors that are not crossed.
    count : int
        States of the world; 1 where there is no such factor.
    factors : sequence of Factor
        All, in order.
    crossed : sequence of Factor
        Lists; the last one varies fastest.
    unit : ndarray, optional
    """
    sizes = [len(factor.ends) for factor in crossed]
    settings = int(np.prod(sizes, dtype=np.int64))
    numbers = np.unravel_index(np.arange(settings), sizes) if sizes else ()
    columns = {name: np.repeat(column, settings) for name, column in worlds.items()}
    for factor, number in zip(crossed, numbers, strict=True):
        values = factor.array(list(factor.ends))
        columns[factor.name] = np.tile(values[number], count)
    ordered = {factor.name: columns[factor.name] for factor in factors}
    for column in ordered.values():
        column.setflags(write=False)
    names = tuple(factor.name for factor in crossed)
    sampled = tuple(factor.name for factor in factors if factor.name not in names)
    return Points(ordered, sampled, names, settings, unit)


def sample_size(method: str, dimensions: int, samples: int, second_order: bool = True) -> int:
    """How many rows `sample` gives.

    Parameters
    ----------
    method : {"latin_hypercube", "sobol", "morris"}
    dimensions : int
        D, the number of factors sampled.
    samples : int
        N: rows of a Latin hypercube; base points of Sobol, which gives N(2D + 2) rows, or N(D + 2)
        without second order; trajectories of Morris, which gives N(D + 1).
    second_order : bool
    """
    if method == "sobol":
        return samples * (2 * dimensions + 2 if second_order else dimensions + 2)
    return samples * (dimensions + 1) if method == "morris" else samples


def sample(
    method: str,
    names: tuple[str, ...],
    samples: int,
    seed: int,
    levels: int = 4,
    second_order: bool = True,
) -> np.ndarray:
    """Sample the unit cube of the factors called `names`: shape (rows, D), in [0, 1]."""
    if method == "latin_hypercube":
        return latin_hypercube(names, samples, seed)
    if method == "morris":
        return morris(len(names), samples, seed, levels)
    return sobol(len(names), samples, seed, second_order)


def latin_hypercube(names: tuple[str, ...], samples: int, seed: int) -> np.ndarray:
    """In each dimension one row in each of N equal parts, anywhere in it.

    Drawn by keyed lots under the factors' names rather than by SALib's generator: another factor
    leaves the columns of the others as they were.
    """
    columns = []
    for name in names:
        key = entity_key(name)
        lots = np.array([uniform(seed, _ORDER, key, row, 0) for row in range(samples)])
        inside = np.array([uniform(seed, _JITTER, key, row, 0) for row in range(samples)])
        part = np.empty(samples)
        part[np.argsort(lots, kind="stable")] = np.arange(samples)
        columns.append((part + inside) / samples)
    return np.stack(columns, axis=1)


def sobol(dimensions: int, samples: int, seed: int, second_order: bool = True) -> np.ndarray:
    """Saltelli's rows of a scrambled Sobol sequence: A, A with columns of B, B with those of A, B.

    `samples` is a power of 2.
    """
    from SALib.sample import sobol as salib

    return np.asarray(
        salib.sample(
            _problem(dimensions), samples, calc_second_order=second_order, seed=_number(seed)
        )
    )


def morris(dimensions: int, samples: int, seed: int, levels: int = 4) -> np.ndarray:
    """Random trajectories on a grid of `levels` (even) a dimension, one factor moved a step.

    Each step is levels / (2(levels - 1)) up or down.
    """
    from SALib.sample import morris as salib

    rows = salib.sample(_problem(dimensions), samples, num_levels=levels, seed=_number(seed))
    return np.asarray(np.rint(rows * (levels - 1)) / (levels - 1))  # sums of thirds are not thirds


def _problem(dimensions: int) -> dict[str, Any]:
    names = [f"x{number}" for number in range(dimensions)]
    return {"num_vars": dimensions, "names": names, "bounds": [[0.0, 1.0]] * dimensions}


def _number(seed: int) -> int:
    """A seed of 31 bits for a generator that is not ours, never 0."""
    return 1 + int(uniform(seed, _SALIB, np.uint64(0), 0, 0) * (2**31 - 1))


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
        worlds = sample_size(design.method, len(rest), design.samples or 0, design.second_order)
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
        unit = sample(
            design.method, names, design.samples or 1, seed, _levels(design), design.second_order
        )
        unit.setflags(write=False)
        columns = {factor.name: factor.column(unit[:, k]) for k, factor in enumerate(rest)}
        return _crossed_with(columns, len(unit), factors, together, unit)
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
    return _crossed_with(columns, len(states), factors, together)


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
