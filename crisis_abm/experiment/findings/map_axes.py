"""The axes of a regime map: which factors tell most, and how each is cut into cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.experiment.findings.pairs import Pairs

__all__ = ["Axis", "axis_of", "telling"]

Array = np.ndarray
IN_CELL = 12  # states of the world aimed for
FEWEST_CUTS, MOST_CUTS = 2, 8
MOST_VALUES = 100  # of a crossed factor that are cells of their own


@dataclass(frozen=True, eq=False)
class Axis:
    """A factor in cells, from low to high.

    Attributes
    ----------
    name : str
    lows, highs : tuple
        Least and greatest value in each cell; the same where a value is a cell of its own.
    place : ndarray of int, shape (W,)
        The cell of each state of the world.
    """

    name: str
    lows: tuple[Any, ...]
    highs: tuple[Any, ...]
    place: Array

    def __len__(self) -> int:
        return len(self.lows)

    @property
    def by_value(self) -> bool:
        """Whether every cell is one value."""
        return self.lows == self.highs


def telling(pairs: Pairs) -> dict[str, float]:
    """How much of the variance between states of the world each factor tells by itself, 0 to 1.

    The correlation ratio η² of the mean paired difference over the factor's values (or over cells
    with equally many states), less what as many cells would tell by chance: Kelley's ε² =
    1 − (1 − η²)(W − 1) ÷ (W − k). What two factors tell together is not in it.

    References
    ----------
    Kelley 1935, Proceedings of the National Academy of Sciences 21, 554-559.
    """
    means = pairs.differences.mean(axis=1)
    found = {}
    for name, column in pairs.worlds.items():
        cuts = _cuts(len(pairs) / IN_CELL)
        place = _own_values(column)
        if column.dtype.kind not in "Ub" and len(np.unique(column)) > cuts:
            place = _equal_counts(column, cuts)
        found[name] = _adjusted_ratio(means, place)
    return found


def _adjusted_ratio(means: Array, place: Array) -> float:
    states, cells = len(means), int(place.max()) + 1
    total = float(((means - means.mean()) ** 2).sum())
    if cells < 2 or states <= cells or total == 0:
        return 0.0
    counts = np.bincount(place)
    of_cells = np.bincount(place, weights=means) / counts
    within = float(((means - of_cells[place]) ** 2).sum())
    return max(0.0, 1 - within / total * (states - 1) / (states - cells))


def axis_of(pairs: Pairs, name: str, names: tuple[str, str]) -> Axis:
    """Cut a factor.

    Each value is a cell of its own where all values of both factors meet equally often (a grid),
    where values are texts or truth, and where there are few. Otherwise cells hold equally many
    states of the world, so many that a cell of the map has about a dozen.
    """
    column = pairs.worlds[name]
    cuts = _cuts(np.sqrt(len(pairs) / IN_CELL))
    values = len(np.unique(column))
    crossed = values <= MOST_VALUES and _is_grid(pairs, names)
    if column.dtype.kind in "Ub" or crossed or values <= cuts:
        place = _own_values(column)
    else:
        place = _equal_counts(column, cuts)
    members = [column[place == cell] for cell in range(int(place.max()) + 1)]
    if column.dtype.kind == "U":  # numpy has no least text
        lows = highs = tuple(one[0].item() for one in members)
    else:
        lows = tuple(one.min().item() for one in members)
        highs = tuple(one.max().item() for one in members)
    return Axis(name, lows, highs, place)


def _cuts(wanted: float) -> int:
    return int(np.clip(wanted, FEWEST_CUTS, MOST_CUTS))


def _own_values(column: Array) -> Array:
    return np.unique(column, return_inverse=True)[1]


def _equal_counts(column: Array, cuts: int) -> Array:
    """Cells with equally many states, as far as equal values, which stay together, allow."""
    limits = np.quantile(column, np.arange(1, cuts) / cuts)
    place = np.searchsorted(limits, column, side="right")
    return np.unique(place, return_inverse=True)[1]


def _is_grid(pairs: Pairs, names: tuple[str, str]) -> bool:
    first, second = (_own_values(pairs.worlds[name]) for name in names)
    wide = int(first.max()) + 1
    cells = wide * (int(second.max()) + 1)
    if cells > len(pairs):
        return False
    return len(set(np.bincount(second * wide + first, minlength=cells).tolist())) == 1
