"""Scenario discovery: the states of the world in which a setting does badly, as a few simple boxes.

A question says which states are of interest, by a figure of each state (its mean over the crises)
and a threshold. Boxes are found by `prim`, the next always among the states outside those before
(Friedman & Fisher's covering). How sure a box is, is told in three ways:

- intervals of coverage and density of the box as it is, under other crises and other draws of the
  states (both resampled, as in `two_way_bootstrap`; with the crises it changes which states are of
  interest);
- by looking for it again in random halves of the states (Bryant & Lempert 2010): how often each
  restriction is found again;
- by what a box found in one half comes to in the other, which it has not seen.

References
----------
Bryant & Lempert 2010, Technological Forecasting and Social Change 77, 34-49;
Friedman & Fisher 1999, Statistics and Computing 9, 123-143.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from crisis_abm.experiment.findings.pairs import Pairs, QuestionError
from crisis_abm.experiment.findings.prim import SUPPORT, Box, Found, Side, find_box
from crisis_abm.experiment.findings.two_way_bootstrap import weights
from crisis_abm.runs.statistics import CONFIDENCE

Array = np.ndarray
QUARTER = 0.25
FEWEST = 10  # states of interest, and others: with fewer there is nothing to describe
MOST_BOXES = 3
WORTH = 0.05  # of the states of interest, that a further box must hold
HALVES = 50


@dataclass(frozen=True, eq=False)
class Question:
    """Interesting are the states whose figure, meant over the crises, lies above a threshold.

    Attributes
    ----------
    name : str
        One of `QUESTIONS`.
    figures : ndarray, shape (W, R)
    above : float
    """

    name: str
    figures: Array
    above: float

    @property
    def interesting(self) -> Array:
        """Whether each state is of interest: shape (W,)."""
        return np.asarray(self.figures.mean(axis=1) > self.above)

    @property
    def doubtful(self) -> int:
        """States whose 90% interval over the crises (Student's t) holds the threshold."""
        from scipy.special import stdtrit

        crises = self.figures.shape[1]
        if crises < 2:
            return len(self.figures)
        means, spread = self.figures.mean(axis=1), self.figures.std(axis=1, ddof=1)
        wide = stdtrit(crises - 1, 0.5 + CONFIDENCE / 2) * spread / np.sqrt(crises)
        few = np.full(len(means), 0.5 ** (crises - 1) > 1 - CONFIDENCE)  # may all agree by chance
        agree = np.ptp(self.figures, axis=1) == 0
        return int(((np.abs(means - self.above) < wide) | (agree & few)).sum())


def harms(pairs: Pairs, by: float | None = None) -> Question:
    """Where the second setting is worse by more than `by`, else by more than what matters."""
    return Question("harms", -pairs.gains, pairs.matters if by is None else by)


def helps(pairs: Pairs, by: float | None = None) -> Question:
    """Where the second setting is better by more than `by`, else by more than what matters."""
    return Question("helps", pairs.gains, pairs.matters if by is None else by)


def helps_least(pairs: Pairs, by: float | None = None) -> Question:
    """Where the second setting is better by less than `by`, or worse; else the lowest quarter."""
    gains = pairs.gains
    below = np.quantile(gains.mean(axis=1), QUARTER) if by is None else by
    return Question("helps-least", -gains, -float(below))


def worst(pairs: Pairs, by: float | None = None) -> Question:
    """Where the outcome under the second setting is worse than `by`, else the worst quarter."""
    levels = -(pairs.base + pairs.differences) * pairs.better
    above = np.quantile(levels.mean(axis=1), 1 - QUARTER) if by is None else -by * pairs.better
    return Question("worst", levels, float(above))


QUESTIONS: dict[str, Callable[[Pairs, float | None], Question]] = {
    "harms": harms,
    "helps": helps,
    "helps-least": helps_least,
    "worst": worst,
}


def question_named(name: str, pairs: Pairs, by: float | None = None) -> Question:
    """The question of that name.

    Raises
    ------
    QuestionError
        If there is none.
    """
    if name not in QUESTIONS:
        raise QuestionError(f'"{name}" is no question; choose of {", ".join(QUESTIONS)}')
    return QUESTIONS[name](pairs, by)


@dataclass(frozen=True)
class Discovered:
    """A box, among the states outside the boxes before it.

    Attributes
    ----------
    found : Found
    states, interesting : int
        In the box.
    coverage : float
        Share of *all* states of interest.
    density : float
    coverage_interval, density_interval : (float, float)
        90%.
    again : dict of (str, str) to int
        In how many of the `HALVES` each of its restrictions was found again.
    unseen_coverage, unseen_density : float
        Mean over the halves of what a box came to in the other half; NaN if none was found.
    """

    found: Found
    states: int
    interesting: int
    coverage: float
    density: float
    coverage_interval: tuple[float, float]
    density_interval: tuple[float, float]
    again: dict[Side, int]
    unseen_coverage: float
    unseen_density: float

    @property
    def box(self) -> Box:
        """Its limits."""
        return self.found.step.box


@dataclass(frozen=True, eq=False)
class Discovery:
    """What was found to a question.

    Attributes
    ----------
    pairs : Pairs
    question : Question
    interesting : ndarray of bool, shape (W,)
    doubtful : int
        States whose own 90% interval over the crises holds the threshold.
    base_interval : (float, float)
        90% interval of the share of interesting states.
    boxes : tuple of Discovered
        Empty if too few states are of interest, or too few are not, or no box tells anything.
    first : Found or None
        What was found first, also if it tells nothing; None with too few states.
    """

    pairs: Pairs
    question: Question
    interesting: Array
    doubtful: int
    base_interval: tuple[float, float]
    boxes: tuple[Discovered, ...]
    first: Found | None

    @property
    def base(self) -> float:
        """Share of states that are of interest."""
        return float(self.interesting.mean())

    @property
    def covered(self) -> float:
        """Share of the states of interest that lie in any of the boxes."""
        return sum(one.coverage for one in self.boxes)

    @property
    def enough(self) -> bool:
        """Whether there are enough states of either sort."""
        count = int(self.interesting.sum())
        return FEWEST <= count <= len(self.interesting) - FEWEST


def discover(pairs: Pairs, question: Question, most: int = MOST_BOXES) -> Discovery:
    """Find boxes that tell the states of interest.

    Parameters
    ----------
    pairs : Pairs
    question : Question
        About these pairs.
    most : int
        Boxes at most.
    """
    interesting = question.interesting
    whole = np.ones((1, len(pairs)), dtype=bool)
    base_interval = _intervals(pairs, question, whole)[0][1]
    nothing = Discovery(
        pairs, question, interesting, question.doubtful, base_interval, boxes=(), first=None
    )
    if not nothing.enough or not pairs.worlds:
        return nothing
    way = list(_covering(pairs, interesting, most))
    told = [(one, here) for one, here in way if one.step.box.sides]
    inside = np.array([here & one.step.box.contains(pairs.worlds) for one, here in told])
    intervals = _intervals(pairs, question, inside)
    boxes = tuple(
        _described(pairs, interesting, one, here, within, *ends)
        for (one, here), within, ends in zip(told, inside, intervals, strict=True)
    )
    return replace(nothing, boxes=boxes, first=way[0][0])


def _covering(pairs: Pairs, interesting: Array, most: int) -> Iterator[tuple[Found, Array]]:
    """Boxes one after the other, each with the states among which it was found."""
    here = np.ones(len(pairs), dtype=bool)
    worth = max(FEWEST / 2, WORTH * interesting.sum())
    for number in range(most):
        left = interesting & here
        if left.sum() < worth or left.sum() == here.sum():
            return
        columns = {name: column[here] for name, column in pairs.worlds.items()}
        found = find_box(columns, interesting[here], support=SUPPORT * len(pairs) / here.sum())
        worse_than_all = found.step.density < interesting.mean()
        if number and (found.step.interesting < worth or worse_than_all):
            return
        yield found, here
        if not found.step.box.sides:
            return
        here = here & ~found.step.box.contains(pairs.worlds)


def _described(
    pairs: Pairs,
    interesting: Array,
    found: Found,
    here: Array,
    within: Array,
    coverage_interval: tuple[float, float],
    density_interval: tuple[float, float],
) -> Discovered:
    again, unseen_coverage, unseen_density = _in_halves(pairs, interesting, found, here)
    held = int((within & interesting).sum())
    return Discovered(
        found=found,
        states=int(within.sum()),
        interesting=held,
        coverage=held / int(interesting.sum()),
        density=held / int(within.sum()),
        coverage_interval=coverage_interval,
        density_interval=density_interval,
        again=again,
        unseen_coverage=unseen_coverage,
        unseen_density=unseen_density,
    )


def _in_halves(
    pairs: Pairs, interesting: Array, found: Found, here: Array
) -> tuple[dict[Side, int], float, float]:
    """Look for the box again in random halves; states drawn as one stay together."""
    columns = {name: column[here] for name, column in pairs.worlds.items()}
    cases, units = interesting[here], pairs.units[here]
    draws = np.unique(units)
    generator = np.random.Generator(np.random.PCG64([0, len(draws), len(cases)]))
    again = dict.fromkeys(found.step.box.sides, 0)
    coverages, densities = [], []
    for _ in range(HALVES):
        half = np.isin(units, generator.permutation(draws)[: len(draws) // 2])
        if not cases[half].any() or not cases[~half].any():
            continue
        mine = {name: column[half] for name, column in columns.items()}
        other = {name: column[~half] for name, column in columns.items()}
        box = find_box(mine, cases[half]).step.box
        for side in again:
            again[side] += side in box.sides
        inside = box.contains(other)
        coverages.append(cases[~half][inside].sum() / cases[~half].sum())
        if inside.any():
            densities.append(cases[~half][inside].mean())
    unseen = [float(np.mean(part)) if part else np.nan for part in (coverages, densities)]
    return again, unseen[0], unseen[1]


def _intervals(
    pairs: Pairs, question: Question, inside: Array
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """90% intervals of coverage and density of boxes as they are.

    Parameters
    ----------
    inside : ndarray of bool, shape (boxes, W)
    """
    if not len(inside):
        return []
    tables = []
    for chosen, counts in weights(pairs.units, pairs.crises, pairs.together, seed=1):
        cases = (question.figures @ chosen.T > question.above) * counts
        held, of_them = inside.astype(float) @ counts, inside.astype(float) @ cases
        with np.errstate(invalid="ignore"):  # a resample may leave a box empty
            tables.append(np.stack([of_them / cases.sum(axis=0), of_them / held]))
    coverage, density = np.concatenate(tables, axis=2)
    return [(_middle(coverage[b]), _middle(density[b])) for b in range(len(inside))]


def _middle(values: Array) -> tuple[float, float]:
    """Between which 90% of what can be said lies."""
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan, np.nan
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)
