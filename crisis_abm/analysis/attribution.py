"""Which principle brings it: all combinations of the principles, on or off, in the same crises.

A game in the sense of cooperative game theory: the players are the principles, a coalition is the
set of those that are on (at 1; the others at 0), and its value v is an outcome of the crisis. A
coalition is written as a bit mask: principle i is on in coalition m if bit i of m is set. Every
effect is taken replicate by replicate, so that its interval covers what differs between crises.

References
----------
Box, Hunter & Hunter (2005), Statistics for Experimenters, ch. 5: factorial effects.
Shapley (1953), A value for n-person games, Annals of Mathematics Studies 28, 307-317.
Grabisch & Roubens (1999), Int. J. Game Theory 28, 547-565: interaction indices.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from crisis_abm import outcomes
from crisis_abm.engine import State
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.runs import Difference, Prepared, Trial, run_trials
from crisis_abm.runs.processes import Progress
from crisis_abm.runs.statistics import EQUAL, compare_pairs
from crisis_abm.scenario import LEVERS, Scenario
from crisis_abm.scenario.schema.policy import levers_text
from crisis_abm.tables import Tables

Array = np.ndarray
COMBINATIONS = 1 << len(LEVERS)
FEWEST_TO_CHOOSE = 4  # replicates, half to choose the best combination, half to measure it


# ------------------------------------------------------------------------------ on any game


def _players(values: Array) -> int:
    players = int(values.shape[-1]).bit_length() - 1
    if values.shape[-1] != 1 << players:
        raise ValueError(f"{values.shape[-1]} values are not one for each of 2^k coalitions")
    return players


def _without(players: int, *members: int) -> Array:
    """Every coalition that holds none of some members."""
    masks = np.arange(1 << players)
    return masks[(masks & sum(1 << member for member in members)) == 0]


def _marginals(values: Array, player: int, coalitions: Array) -> Array:
    """What a player adds to each of some coalitions: v(S + i) - v(S)."""
    return np.asarray(values[..., coalitions | 1 << player] - values[..., coalitions])


def shapley(values: Array) -> Array:
    r"""Return each player's Shapley value: what it adds, averaged over every order of joining.

    .. math:: \phi_i = \sum_{S \not\ni i} \frac{|S|!\,(k - |S| - 1)!}{k!} [v(S + i) - v(S)]

    Parameters
    ----------
    values : ndarray, shape (..., 2**k)
        v by coalition.

    Returns
    -------
    ndarray, shape (..., k)
        They sum to v(all) - v(none).

    Examples
    --------
    >>> shapley(np.array([10.0, 6.0, 9.0, 2.0])).tolist()
    [-5.5, -2.5]
    """
    players = _players(values)
    weight = [
        math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
        for size in range(players)
    ]
    found = []
    for player in range(players):
        others = _without(players, player)
        weights = np.array([weight[mask.bit_count()] for mask in others.tolist()])
        found.append(_marginals(values, player, others) @ weights)
    return np.stack(found, axis=-1)


def main_effects(values: Array) -> Array:
    """Return what each player adds, averaged over all settings of the others: (..., k)."""
    players = _players(values)
    each = [_marginals(values, i, _without(players, i)).mean(axis=-1) for i in range(players)]
    return np.stack(each, axis=-1)


def alone(values: Array) -> Array:
    """Return what each player adds to nobody: v(i) - v(none), shape (..., k)."""
    ones = 1 << np.arange(_players(values))
    return np.asarray(values[..., ones] - values[..., :1])


def last(values: Array) -> Array:
    """Return what each player adds to all the others: v(all) - v(all but i), shape (..., k)."""
    everybody = values.shape[-1] - 1
    rest = everybody ^ (1 << np.arange(_players(values)))
    return np.asarray(values[..., -1:] - values[..., rest])


def interactions(values: Array) -> Array:
    """Return by how much two players' effects change with each other, whatever the others do.

    v(S + i + j) - v(S + i) - v(S + j) + v(S), averaged over all S without i and j (the Banzhaf
    interaction index; twice the two-way interaction as Box et al. scale it).

    Returns
    -------
    ndarray, shape (..., k, k)
        Symmetric, zero on the diagonal.
    """
    players = _players(values)
    found = np.zeros((*values.shape[:-1], players, players))
    for i, j in combinations(range(players), 2):
        rest = _without(players, i, j)
        both = _marginals(values, i, rest | 1 << j) - _marginals(values, i, rest)
        found[..., i, j] = found[..., j, i] = both.mean(axis=-1)
    return found


def beyond_sum(values: Array) -> Array:
    """Return what two players alone add beyond the sum of each alone; as `interactions`."""
    players = _players(values)
    found, single = np.zeros((*values.shape[:-1], players, players)), alone(values)
    for i, j in combinations(range(players), 2):
        both = values[..., 1 << i | 1 << j] - values[..., 0]
        found[..., i, j] = found[..., j, i] = both - single[..., i] - single[..., j]
    return found


# ------------------------------------------------------------------------------ on a scenario


@dataclass(frozen=True)
class PrincipleEffect:
    """What one principle does to the outcome; each effect with its interval.

    Attributes
    ----------
    name : str
    share : Difference
        Shapley value; over the principles they sum to the whole.
    main : Difference
        Averaged over all settings of the others.
    alone, last : Difference
        Added to none, and to all of the others.
    """

    name: str
    share: Difference
    main: Difference
    alone: Difference
    last: Difference


@dataclass(frozen=True)
class PairEffect:
    """What two principles do to each other's effect.

    Attributes
    ----------
    first, second : str
    interaction : Difference
        How much the effect of one changes when the other is on, averaged over the others.
    beyond : Difference
        The two together beyond the sum of each alone, the others off.
    """

    first: str
    second: str
    interaction: Difference
    beyond: Difference


@dataclass(frozen=True)
class Attribution:
    """All combinations of the principles in the same crises. R replicates, C coalitions, K kinds.

    Attributes
    ----------
    outcome : str
        The one that is attributed.
    figures : ndarray, shape (R, C, outcomes)
        By coalition of principles (bit i: the lever of column i), in the order of
        `outcomes.OUTCOMES`.
    kinds : tuple of str
    harm : ndarray, shape (R, C, K)
        Harm by kind.
    """

    scenario: Scenario
    outcome: str
    seed: int
    figures: Array
    kinds: tuple[str, ...]
    harm: Array
    seconds: float

    def __repr__(self) -> str:
        crises = f"{self.replicates:,} replicates of seed {self.seed}"
        return f"<Attribution of {self.outcome} in {self.scenario.title!r}: {crises}>"

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return len(self.figures)

    @property
    def values(self) -> Array:
        """The outcome by replicate and coalition: shape (R, C)."""
        return np.asarray(self.figures[..., list(OUTCOMES).index(self.outcome)])

    def whole(self) -> Difference:
        """All principles against none."""
        values = self.values
        return compare_pairs(values[:, 0], values[:, -1], self._better, amounts=True)

    def effects(self) -> list[PrincipleEffect]:
        """What each principle does, in the order of `LEVERS`."""
        values = self.values
        found = [shapley(values), main_effects(values), alone(values), last(values)]
        return [
            PrincipleEffect(name, *(self._difference(effect[:, i]) for effect in found))
            for i, name in enumerate(LEVERS)
        ]

    def pairs(self) -> list[PairEffect]:
        """What each two principles do to each other's effect."""
        names, between, beyond = list(LEVERS), interactions(self.values), beyond_sum(self.values)
        return [
            PairEffect(
                names[i],
                names[j],
                self._difference(between[:, i, j]),
                self._difference(beyond[:, i, j]),
            )
            for i, j in combinations(range(len(names)), 2)
        ]

    def kind_shares(self) -> dict[str, list[Difference]]:
        """For each kind: what each principle brings it (Shapley values of its own harm)."""
        shares = shapley(np.moveaxis(self.harm, 1, -1))  # (R, K, levers)
        return {
            kind: [compare_pairs(0 * one, one, -1) for one in shares[:, row].T]
            for row, kind in enumerate(self.kinds)
            if self.harm[..., row].any()
        }

    def best(self) -> tuple[int, Difference] | None:
        """The combination with the best outcome, and its difference from all principles.

        Chosen by the first half of the replicates and measured in the other half: the best of many
        looks better than it is in the crises that it was chosen by. Of several equally good ones
        the one with the fewest principles. None with fewer than `FEWEST_TO_CHOOSE` replicates, or
        where neither direction is better.
        """
        half = self.replicates // 2
        if self.replicates < FEWEST_TO_CHOOSE or not self._better:
            return None
        gain = self._better * self.values[:half].mean(axis=0)
        equal = gain >= gain.max() - EQUAL * max(1.0, float(np.abs(gain).max()))
        mask = min(np.flatnonzero(equal).tolist(), key=lambda mask: (mask.bit_count(), mask))
        measured = self.values[half:]
        return mask, compare_pairs(measured[:, -1], measured[:, mask], self._better, amounts=True)

    @property
    def _better(self) -> int:
        return OUTCOMES[self.outcome].better

    def _difference(self, effect: Array) -> Difference:
        """An effect by replicate; what is rounding beside the outcome itself is none."""
        size = np.maximum(1.0, np.abs(self.values).max(axis=1))
        kept = np.where(np.abs(effect) <= EQUAL * size, 0.0, effect)
        return compare_pairs(np.zeros_like(kept), kept, self._better)


def combination(mask: int) -> str:
    """The policy in which the principles of a coalition are on.

    >>> combination(0), combination(0b10100)
    ('agenda=0', 'communication=1,reciprocity=1')
    """
    return levers_text((lever, mask >> i & 1) for i, lever in enumerate(LEVERS))


def principles(
    scenario: Scenario | str | Path,
    outcome: str = "harm",
    replicates: int = 30,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Attribution:
    """Run every combination of the principles, on or off, in the same crises.

    Policies of the scenario play no part; events of the scenario that set levers do, under every
    combination.

    Parameters
    ----------
    scenario : Scenario, str or Path
        Or its file, or the name of a ready-made one.
    outcome : str
        One of `outcomes.OUTCOMES`.
    replicates : int
        The same crises as in `compare`.
    seed : int
    workers, progress
        As in `compare`; progress counts runs.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"{outcome!r} is no outcome; one of {', '.join(OUTCOMES)}")
    began = time.perf_counter()
    scenario = Scenario.of(scenario)
    masks = range(COMBINATIONS)
    trials = [Trial(scenario.policy_named(combination(mask))) for mask in masks]
    found = run_trials(scenario, trials, _figures, range(replicates), seed, workers, progress)
    found = np.swapaxes(found, 0, 1)
    kinds = tuple(Prepared.of(scenario).tables.kinds)
    return Attribution(
        scenario,
        outcome,
        seed,
        found[..., : len(OUTCOMES)],
        kinds,
        found[..., len(OUTCOMES) :],
        time.perf_counter() - began,
    )


def _figures(tables: Tables, state: State) -> Array:
    by_kind = outcomes.by_kind(tables, outcomes.harm_by_organisation(state))
    return np.concatenate([outcomes.measure(tables, state), by_kind])
