"""A box in the space of factors in which cases are of interest: PRIM, by Friedman & Fisher.

From all cases a thin slice is peeled off on the side where that raises the density of interesting
ones most, again and again ("patiently": a twentieth at a time), until few are left. Of the boxes on
the way that are dense (two thirds of the cases in them are interesting; if none is, of all) the one
with the greatest harmonic mean of coverage and density is taken. Slices of a hundredth are pasted
on again as long as density does not fall, and restrictions are dropped that chance would explain.

- *coverage*: share of all interesting cases that lie in the box;
- *density*: share of the cases in the box that are interesting;
- *support*: share of all cases that lie in the box.

A slice is chosen by the gain in density for each case that it costs: slices of a list of values
cannot be thin, and by the gain alone they would be preferred for being thick (Kwakkel &
Jaxa-Rozen 2016). A text or truth is peeled by one value at a time.

Peeling is greedy: where the interesting cases fill two opposite corners it may see neither.

Nothing here is random: ties go to the box that keeps more cases, then to the factor named first.

References
----------
Friedman & Fisher 1999, Statistics and Computing 9, 123-143 ("Bump hunting in high-dimensional
data");
Bryant & Lempert 2010, Technological Forecasting and Social Change 77, 34-49 ("Thinking inside the
box": coverage, density, quasi-p-values);
Kwakkel & Jaxa-Rozen 2016, Environmental Modelling & Software 79, 311-321.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

Array = np.ndarray
Columns = Mapping[str, Array]
Side = tuple[str, str]  # factor, and "low", "high" or "values"
PEEL = 0.05  # of the cases in the box, a slice
PASTE = 0.01  # thinner, to find the edge that a peeled slice went beyond
SUPPORT = 0.05  # of all cases, the least a box holds
DENSE = 2 / 3  # of the cases in a box are interesting, if it is to be called so
CHANCE = 0.05  # a restriction with a larger quasi-p-value is dropped


@dataclass(frozen=True)
class Box:
    """Limits of some factors; none of the others.

    Attributes
    ----------
    low, high : dict of str to float
        Least and greatest value inside, by factor.
    values : dict of str to tuple
        Of texts and truths the values inside.
    """

    low: Mapping[str, Any] = field(default_factory=dict)
    high: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def sides(self) -> list[Side]:
        """Every restriction: a factor and the side that is limited."""
        return [
            (factor, side) for side in ("low", "high", "values") for factor in getattr(self, side)
        ]

    @property
    def factors(self) -> list[str]:
        """The factors that are restricted, each once."""
        return list(dict.fromkeys(factor for factor, _ in self.sides))

    def limited(self, side: Side, limit: Any) -> Box:
        """The box with one limit set."""
        factor, kind = side
        return replace(self, **{kind: {**getattr(self, kind), factor: limit}})

    def without(self, side: Side) -> Box:
        """The box with one limit taken away."""
        factor, kind = side
        kept = {name: limit for name, limit in getattr(self, kind).items() if name != factor}
        return replace(self, **{kind: kept})

    def contains(self, columns: Columns) -> Array:
        """Whether each case lies inside: shape (n,)."""
        inside = np.ones(len(next(iter(columns.values()))), dtype=bool)
        for factor, limit in self.low.items():
            inside &= columns[factor] >= limit
        for factor, limit in self.high.items():
            inside &= columns[factor] <= limit
        for factor, values in self.values.items():
            inside &= np.isin(columns[factor], values)
        return inside


@dataclass(frozen=True)
class Step:
    """A box and how good it is.

    Attributes
    ----------
    box : Box
    cases, interesting : int
        In it.
    coverage, density, support : float
    """

    box: Box
    cases: int
    interesting: int
    coverage: float
    density: float
    support: float

    @property
    def merit(self) -> float:
        """Harmonic mean of coverage and density."""
        if not self.interesting:
            return 0.0
        return 2 * self.coverage * self.density / (self.coverage + self.density)


@dataclass(frozen=True)
class Found:
    """The box that was taken, and the way to it.

    Attributes
    ----------
    step : Step
        The box; it has no restriction if none tells anything.
    peeled : tuple of Step
        From all cases to the last box peeled.
    taken : int
        Which of them was pasted to and taken.
    quasi_p : dict of (str, str) to float
        By restriction.
    """

    step: Step
    peeled: tuple[Step, ...]
    taken: int
    quasi_p: dict[Side, float]


def find_box(
    columns: Columns, interesting: Array, peel: float = PEEL, support: float = SUPPORT
) -> Found:
    """Find a box.

    Parameters
    ----------
    columns : mapping of str to ndarray, shape (n,)
        Numbers, texts or truths by factor.
    interesting : ndarray of bool, shape (n,)
        At least one.
    peel : float
        Share of the cases in the box that a slice has, at least one case.
    support : float
        Share of all cases that a box has at least.

    Raises
    ------
    ValueError
        If no case is interesting.
    """
    if not interesting.any():
        raise ValueError("no case is interesting: there is nothing to find")
    peeled = [_step(Box(), columns, interesting)]
    fewest = max(1, int(np.ceil(support * len(interesting))))
    while peeled[-1].density < 1:
        last = peeled[-1]
        offers = (_step(box, columns, interesting) for box in _slices(last.box, columns, peel))
        offers = (one for one in offers if fewest <= one.cases < last.cases)
        best = max(offers, key=lambda one: (_gain(one, last), one.cases), default=None)
        if best is None:
            break
        peeled.append(best)
    dense = any(one.density >= DENSE for one in peeled)
    offered = [n for n, one in enumerate(peeled) if one.density >= DENSE or not dense]
    taken = max(offered, key=lambda number: (peeled[number].merit, -number))
    step = _pasted(peeled[taken], columns, interesting)
    step = _without_chance(_tidy(step, columns, interesting), columns, interesting)
    if step.density < peeled[0].density:  # restrictions that told something only together
        step = peeled[0]
    return Found(step, tuple(peeled), taken, quasi_p(step.box, columns, interesting))


def _gain(step: Step, last: Step) -> float:
    """Density gained by a case given up."""
    return (step.density - last.density) / (last.cases - step.cases)


def _step(box: Box, columns: Columns, interesting: Array) -> Step:
    inside = box.contains(columns)
    cases, found = int(inside.sum()), int((inside & interesting).sum())
    return Step(
        box,
        cases,
        found,
        coverage=found / int(interesting.sum()),
        density=found / cases if cases else 0.0,
        support=cases / len(interesting),
    )


def _slices(box: Box, columns: Columns, peel: float) -> Iterator[Box]:
    """The box less a slice, for every side of every factor; equal values go together."""
    inside = box.contains(columns)
    thin = max(1, int(peel * inside.sum()))
    for factor, column in columns.items():
        held = column[inside]
        if column.dtype.kind in "Ub":
            yield from _without_a_value(box, factor, held)
            continue
        ordered = np.sort(held)
        above, below = ordered[ordered > ordered[thin - 1]], ordered[ordered < ordered[-thin]]
        if len(above):
            yield box.limited((factor, "low"), above[0].item())
        if len(below):
            yield box.limited((factor, "high"), below[-1].item())


def _without_a_value(box: Box, factor: str, held: Array) -> Iterator[Box]:
    values = np.unique(held).tolist()
    if len(values) > 1:
        for value in values:
            kept = tuple(other for other in values if other != value)
            yield box.limited((factor, "values"), kept)


def _pasted(step: Step, columns: Columns, interesting: Array) -> Step:
    """Add slices again, the best first, as long as density does not fall."""
    while True:
        boxes = _widened(step, columns)
        offers = [_step(box, columns, interesting) for box in boxes]
        offers = [one for one in offers if one.cases > step.cases and one.density >= step.density]
        if not offers:
            return step
        step = max(offers, key=lambda one: (one.density, one.cases))


def _widened(step: Step, columns: Columns) -> Iterator[Box]:
    thin = max(1, int(PASTE * step.cases))
    for factor, kind in step.box.sides:
        side, column = (factor, kind), columns[factor]
        limit = getattr(step.box, kind)[factor]
        around = column[step.box.without(side).contains(columns)]
        if kind == "values":
            for value in np.unique(around[~np.isin(around, limit)]).tolist():
                yield step.box.limited(side, (*limit, value))
        elif kind == "low":
            outside = np.sort(around[around < limit])[::-1]
            if len(outside):
                yield step.box.limited(side, outside[:thin][-1].item())
        else:
            outside = np.sort(around[around > limit])
            if len(outside):
                yield step.box.limited(side, outside[:thin][-1].item())


def _tidy(step: Step, columns: Columns, interesting: Array) -> Step:
    """Drop limits that keep nothing out, and put values into one order."""
    for side in step.box.sides:
        wider = _step(step.box.without(side), columns, interesting)
        if wider.cases == step.cases:
            step = wider
    ordered = {name: tuple(sorted(values)) for name, values in step.box.values.items()}
    return replace(step, box=replace(step.box, values=ordered))


def _without_chance(step: Step, columns: Columns, interesting: Array) -> Step:
    """Drop the restriction that chance explains best, as long as it explains one."""
    while step.box.sides:
        chances = quasi_p(step.box, columns, interesting)
        worst = max(chances, key=lambda side: chances[side])
        if chances[worst] <= CHANCE:
            break
        step = _step(step.box.without(worst), columns, interesting)
    return step


def quasi_p(box: Box, columns: Columns, interesting: Array) -> dict[Side, float]:
    """How likely chance alone would make a restriction look as good as it does.

    Of the T cases in the box H are interesting; without the restriction a share p would be. The
    quasi-p-value is P(X ≥ H) for X binomial with T trials of probability p (Bryant & Lempert 2010).
    "Quasi": the restriction was sought out among many, so the true probability is larger.
    """
    from scipy.special import bdtrc

    step = _step(box, columns, interesting)
    found = {}
    for side in box.sides:
        wider = _step(box.without(side), columns, interesting)
        known = step.interesting and wider.cases > step.cases
        chance = bdtrc(step.interesting - 1, step.cases, wider.density) if known else 1.0
        found[side] = float(chance)
    return found
