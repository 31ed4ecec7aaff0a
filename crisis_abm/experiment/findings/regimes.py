"""Where one setting helps, harms or makes no difference: the plane of two factors in cells.

Each cell is judged by the mean paired difference over its states of the world and all crises. Two
sources of chance are crossed in it (`two_way_bootstrap`): which crises there were, the same in
every state, and, where states were drawn, which states. The variance of a cell's mean is the sum of
two variances of means, over crises (of the means over states) and over draws (of the means over
crises); that counts the noise of single runs twice and so errs on the safe side. Student's t takes
Satterthwaite's freedom.

So many cells are judged at once that some would stand out by chance. Benjamini & Hochberg's
procedure is applied over all cells, to the tests for a difference (10%: of the cells said to differ
at most one in ten is expected to be wrong) and to the pairs of one-sided tests for a difference
smaller than the one that matters (5%, the counterpart of a 90% interval within these limits).

References
----------
Benjamini & Hochberg 1995, J. Royal Statistical Society B 57, 289-300 (false discovery rate);
Benjamini & Yekutieli 2005, J. American Statistical Association 100, 71-81 (direction as well);
Satterthwaite 1946, Biometrics Bulletin 2, 110-114 (freedom of a sum of variances);
Schuirmann 1987, J. Pharmacokinetics and Biopharmaceutics 15, 657-680 (two one-sided tests).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.experiment.findings.pairs import Pairs, QuestionError
from crisis_abm.experiment.findings.two_way_bootstrap import weights
from crisis_abm.runs.statistics import CONFIDENCE

Array = np.ndarray
FEWEST = 4  # draws in a cell: with fewer it is not judged
WRONG = 0.10  # of the cells said to differ, at most, expected
WRONG_SAME = 0.05
SOME = 0.10  # of a cell's states: from here on its mean hides something
IN_CELL = 12  # states of the world aimed for
FEWEST_CUTS, MOST_CUTS = 2, 8
MOST_VALUES = 100  # of a crossed factor that are cells of their own
HELPS, HARMS, SAME, UNSURE = "helps", "harms", "no difference", "not sure"
FEW, EMPTY = "too few states", "no state"  # to judge; at all
REGIMES = (HELPS, HARMS, SAME, UNSURE, FEW, EMPTY)


@dataclass(frozen=True, eq=False)
class RegimeMap:
    """The plane of two factors in Y × X cells; arrays have shape (Y, X), NaN in empty cells.

    Attributes
    ----------
    pairs : Pairs
    across, up : Axis
    regime : ndarray of str
        One of `REGIMES`.
    mean, low, high : ndarray
        Mean paired difference, second minus first, and its own 90% interval.
    level : ndarray
        Mean under the first setting.
    states, better, worse : ndarray of int
        States of the world in the cell, and how many are by themselves better, worse by more than
        what matters.
    differs, same : ndarray
        Adjusted p-values: that there is no difference, that there is one that matters.
    shares : tuple of Share
    telling : dict of str to float
        For every factor the share of the variance between states that it tells by itself.
    chosen : bool
        Whether somebody chose the factors; else they are the two that tell most.
    """

    pairs: Pairs
    across: Axis
    up: Axis
    regime: Array
    mean: Array
    low: Array
    high: Array
    level: Array
    states: Array
    better: Array
    worse: Array
    differs: Array
    same: Array
    shares: tuple[Share, ...]
    telling: dict[str, float]
    chosen: bool

    @property
    def mixed(self) -> Array:
        """Cells of which a tenth or more of the states go against what their mean says."""
        against = np.where(self.regime == HELPS, self.worse, self.better)
        neither = ~np.isin(self.regime, (HELPS, HARMS))
        against = np.where(neither, np.minimum(self.better, self.worse), against)
        return np.asarray((against >= SOME * self.states) & (against > 0))

    def share(self, regime: str) -> Share:
        """The share of one kind."""
        return self.shares[REGIMES.index(regime)]


def regime_map(pairs: Pairs, factors: tuple[str, str] | None = None) -> RegimeMap:
    """Judge every cell of the plane of two factors; all other factors are averaged over.

    Parameters
    ----------
    pairs : Pairs
    factors : (str, str), optional
        Across and up; the two that tell most by themselves (`telling`) unless said.

    Raises
    ------
    QuestionError
        If there are no two factors, one is unknown, or one crisis was run.
    """
    if pairs.crises < 2:
        raise QuestionError(
            f"{pairs.where}: one crisis cannot show where a difference is chance; set "
            "replicates = 10 and sweep again"
        )
    told = telling(pairs)
    names = factors or _most_telling(told, pairs.where)
    for name in names:
        if name not in pairs.worlds:
            known = ", ".join(pairs.worlds) or "none does"
            raise QuestionError(
                f"{pairs.where}: {name} does not differ between its states of the world; choose "
                f"two of {known}"
            )
    if names[0] == names[1]:
        raise QuestionError(f"{pairs.where}: {names[0]} is named twice; a map needs two factors")
    across, up = (axis_of(pairs, name, names) for name in names)
    place = up.place * len(across) + across.place
    cells = len(across) * len(up)
    judged = [_judged(pairs, np.flatnonzero(place == cell)) for cell in range(cells)]
    table = {key: np.array([one[key] for one in judged]) for key in judged[0]}
    regime, differs, same = _regimes(table, pairs)
    shape = (len(up), len(across))
    arrays = {
        key: table[key].reshape(shape)
        for key in ("mean", "low", "high", "level", "states", "better", "worse")
    }
    return RegimeMap(
        pairs=pairs,
        across=across,
        up=up,
        regime=regime.reshape(shape),
        differs=differs.reshape(shape),
        same=same.reshape(shape),
        shares=shares_of(pairs, place, regime, table),
        telling=told,
        chosen=factors is not None,
        **arrays,
    )


def _most_telling(told: dict[str, float], where: str) -> tuple[str, str]:
    if len(told) < 2:
        found = f"only {next(iter(told))}" if told else "nothing"
        raise QuestionError(
            f"{where}: {found} differs between its states of the world, and a map needs two "
            "factors; add to [uncertainties] and sweep again"
        )
    first, second = sorted(told, key=lambda name: -told[name])[:2]
    return first, second


def _judged(pairs: Pairs, states: Array) -> dict[str, Any]:
    """Mean, standard error, freedom and counts of one cell."""
    draws = len(np.unique(pairs.units[states])) if pairs.together else len(states)
    few = draws < (FEWEST if pairs.together else 1)
    found = {"states": len(states), "few": few, "better": 0, "worse": 0}
    blank = ("mean", "low", "high", "level", "error", "freedom")
    if few:
        return found | dict.fromkeys(blank, np.nan)
    table = pairs.differences[states]
    mean, of_crises, of_states = table.mean(), table.mean(axis=0), table.mean(axis=1)
    variances = [_variance_of_mean(of_crises)]
    freedoms = [pairs.crises - 1]
    if pairs.together:
        rest = _sums(of_states - mean, pairs.units[states])
        variances.append(draws / (draws - 1) * float((rest**2).sum()) / len(states) ** 2)
        freedoms.append(draws - 1)
    error, freedom = _combined(variances, freedoms)
    wide = _student(freedom) * error
    gain = of_states * pairs.better
    return found | {
        "mean": mean,
        "low": mean - wide,
        "high": mean + wide,
        "level": pairs.base[states].mean(),
        "error": error,
        "freedom": freedom,
        "better": int((gain > pairs.matters).sum()),
        "worse": int((gain < -pairs.matters).sum()),
    }


def _variance_of_mean(values: Array) -> float:
    spread = 0.0 if np.ptp(values) == 0 else float(values.var(ddof=1))
    return spread / len(values)


def _sums(values: Array, units: Array) -> Array:
    """Sums by draw: states that were drawn as one are not independent of each other."""
    numbers = np.unique(units, return_inverse=True)[1]
    return np.bincount(numbers, weights=values)


def _combined(variances: list[float], freedoms: list[int]) -> tuple[float, float]:
    """Standard error, and Satterthwaite's freedom."""
    total = sum(variances)
    if total == 0:
        return 0.0, float(min(freedoms))
    parts = sum(one**2 / freedom for one, freedom in zip(variances, freedoms, strict=True))
    return float(np.sqrt(total)), total**2 / parts


def _student(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + CONFIDENCE / 2))


def _regimes(table: dict[str, Array], pairs: Pairs) -> tuple[Array, Array, Array]:
    """Regime and both adjusted p-values of every cell."""
    from scipy.special import stdtr
    from scipy.stats import false_discovery_control

    mean, error, freedom = table["mean"], table["error"], table["freedom"]
    judged = ~table["few"]
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.where(error > 0, np.abs(mean) / error, np.where(mean == 0, 0.0, np.inf))
        room = pairs.matters - np.abs(mean)
        inside = np.where(error > 0, room / error, np.where(room >= 0, np.inf, -np.inf))
    differs, same = np.full(len(mean), np.nan), np.full(len(mean), np.nan)
    if judged.any():
        alike = np.where(error[judged] > 0, 0.0, 0.5**pairs.crises)  # all agree by chance, by sign
        raw = np.maximum(2 * stdtr(freedom[judged], -apart[judged]), 2 * alike)
        differs[judged] = false_discovery_control(np.minimum(raw, 1.0))
        raw = np.maximum(stdtr(freedom[judged], -inside[judged]), alike)
        same[judged] = false_discovery_control(raw)
    regime = np.full(len(mean), UNSURE, dtype="<U14")
    shown = differs <= WRONG
    regime[shown & (mean * pairs.better > 0)] = HELPS
    regime[shown & (mean * pairs.better < 0)] = HARMS
    regime[same <= WRONG_SAME] = SAME
    regime[~judged] = FEW
    regime[table["states"] == 0] = EMPTY
    return regime, differs, same


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


@dataclass(frozen=True)
class Share:
    """How many of the states of the world lie in cells of one kind.

    Attributes
    ----------
    regime : str
    cells : int
        So many were shown to be so.
    shown : float
        The share of the states that lie in them.
    estimate : float
        That of the states in cells whose mean says so, however unsure it is; NaN for what no mean
        can say.
    interval : (float, float)
        Of the estimate, 90%, under other crises and other draws.
    """

    regime: str
    cells: int
    shown: float
    estimate: float
    interval: tuple[float, float]


def shares_of(
    pairs: Pairs, place: Array, regime: Array, table: dict[str, Array]
) -> tuple[Share, ...]:
    """A share for each of `REGIMES`.

    Parameters
    ----------
    pairs : Pairs
    place : ndarray of int, shape (W,)
        Cell of each state of the world.
    regime : ndarray of str, shape (cells,)
    table : dict of str to ndarray, shape (cells,)
        "mean", "states" and "few" (whether there are too few to judge).
    """
    weights = table["states"] / len(pairs)
    judged = ~table["few"]
    found = _by_means(table["mean"] * pairs.better, weights, judged, pairs.matters)
    resampled = np.concatenate(
        [
            _by_means(means * pairs.better, weights, judged, pairs.matters)
            for means in _resampled(pairs, place, table["mean"])
        ]
    )
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=0)
    shares = []
    for number, name in enumerate(REGIMES):
        of_it = regime == name
        by_means = number < found.shape[1]
        estimate = float(found[0, number]) if by_means else np.nan
        ends = (np.nan, np.nan)
        if by_means:
            ends = (min(float(low[number]), estimate), max(float(high[number]), estimate))
        shares.append(Share(name, int(of_it.sum()), float(weights[of_it].sum()), estimate, ends))
    return tuple(shares)


def _by_means(gains: Array, weights: Array, judged: Array, matters: float) -> Array:
    """Share of what helps, harms, does neither, going by the cells' means: shape (..., 3)."""
    gains = np.atleast_2d(gains)[:, judged]
    kinds = np.stack([gains > matters, gains < -matters, np.abs(gains) <= matters], axis=-1)
    return np.asarray(np.einsum("kcs,c->ks", kinds, weights[judged]))


def _resampled(pairs: Pairs, place: Array, means: Array) -> list[Array]:
    """Cells' means under resampled crises and, where states were drawn, draws: (block, cells)."""
    order = np.argsort(place, kind="stable")
    filled, starts = np.unique(place[order], return_index=True)
    table, found = pairs.differences[order], []
    for chosen, unsorted in weights(pairs.units, pairs.crises, pairs.together, seed=0):
        values, counts = table @ chosen.T, unsorted[order]
        with np.errstate(invalid="ignore"):  # a resample may leave a cell empty
            resampled = np.add.reduceat(values * counts, starts) / np.add.reduceat(counts, starts)
        block = np.tile(means, (len(chosen), 1))
        block[:, filled] = np.where(np.isfinite(resampled.T), resampled.T, means[filled])
        found.append(block)
    return found
