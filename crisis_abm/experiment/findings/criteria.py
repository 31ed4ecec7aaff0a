"""Which states of the world are of interest: a figure of each, and a threshold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crisis_abm.experiment.findings.pairs import Pairs, QuestionError
from crisis_abm.runs.statistics import CONFIDENCE

__all__ = ["QUESTIONS", "Question", "harms", "helps", "helps_least", "question_named", "worst"]

Array = np.ndarray
QUARTER = 0.25


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
