"""Many replicates under several policies, paired: the same crises for every policy."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm import history, outcomes
from crisis_abm.engine import Detail, State
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.runs.prepared import Prepared, replicate_seed
from crisis_abm.runs.processes import Progress, in_order
from crisis_abm.runs.statistics import (
    Alike,
    Difference,
    alike,
    compare_pairs,
    interval_of_difference,
    paired_differences,
    shown_signs,
)
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.tables import Tables

if TYPE_CHECKING:
    import pandas

Array = np.ndarray
DAILY = ("harm", "hazard_deaths", "unmet", "completed", "level")  # kept by tick and group


@dataclass(frozen=True)
class Payer:
    """Somebody whose harm is shown to differ between two policies.

    Attributes
    ----------
    name : str
        Id of an organisation, name of a kind or area.
    first, second : float
        Mean under each policy.
    difference : float
        Mean paired difference, second minus first.
    interval : (float, float) or None
        90% interval of the difference; None where `alike` is told instead.
    alike : Alike or None
    """

    name: str
    first: float
    second: float
    difference: float
    interval: tuple[float, float] | None
    alike: Alike | None = None


@dataclass(frozen=True)
class Comparison:
    """What several policies came to over the same replicates. R replicates, P policies.

    Attributes
    ----------
    followed : tuple of Policy
    policies : tuple of str
        Their names.
    figures : ndarray, shape (R, P, outcomes)
        In the order of `policies` and of `outcomes.OUTCOMES`.
    harm, strained : ndarray, shape (R, P, N)
        Harm, and ticks below a service level of 0.9, of every organisation.
    daily : ndarray, shape (R, P, T, G, len(DAILY))
        By tick and (kind, area); `level` is the mean service level.
    """

    scenario: Scenario
    tables: Tables
    followed: tuple[Policy, ...]
    seed: int
    figures: Array
    harm: Array
    strained: Array
    daily: Array
    seconds: float

    @property
    def policies(self) -> tuple[str, ...]:
        """The names of the policies, the first that which others are compared with."""
        return tuple(policy.name for policy in self.followed)

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return len(self.figures)

    def of(self, outcome: str, policy: str) -> Array:
        """One outcome under one policy in every replicate: shape (R,)."""
        return np.asarray(
            self.figures[:, self.policies.index(policy), list(OUTCOMES).index(outcome)]
        )

    def difference(self, outcome: str, policy: str) -> Difference:
        """One outcome under `policy` minus the same under the first policy."""
        first, second = self.of(outcome, self.policies[0]), self.of(outcome, policy)
        return compare_pairs(first, second, OUTCOMES[outcome].better, amounts=True)

    def frame(self) -> pandas.DataFrame:
        """Every outcome of every run, a row a run.

        Returns
        -------
        pandas.DataFrame
            Columns `policy` and `replicate`, then one for each of `outcomes.OUTCOMES`. Rows of the
            same replicate are the same crisis.

        Examples
        --------
        >>> from crisis_abm import compare
        >>> found = compare("local_shock", "siloed,reciprocal", replicates=2)
        >>> found.frame()[["policy", "replicate", "harm"]].round(1)
               policy  replicate   harm
        0      siloed          0  588.2
        1      siloed          1  498.1
        2  reciprocal          0    5.7
        3  reciprocal          1    5.6
        """
        import pandas

        runs, policies = np.arange(self.replicates), len(self.policies)
        columns: dict[str, Any] = {
            "policy": np.repeat(np.array(self.policies, dtype=object), self.replicates),
            "replicate": np.tile(runs, policies),
        }
        for k, name in enumerate(OUTCOMES):
            columns[name] = self.figures[:, :, k].T.ravel()
        return pandas.DataFrame(columns)

    def daily_frame(self, by_group: bool = False) -> pandas.DataFrame:
        """Every tick of every run, a row a tick.

        Parameters
        ----------
        by_group : bool
            A row for each kind and area, too.

        Returns
        -------
        pandas.DataFrame
            Columns `policy`, `replicate`, `tick`, with `date` where the scenario begins on one
            (and `kind` and `area`); then those of `DAILY`: `level` is the mean service level of
            the organisations, the others are sums.

        Examples
        --------
        >>> from crisis_abm import compare
        >>> found = compare("local_shock", replicates=2)
        >>> days = found.daily_frame()
        >>> len(days) == 2 * 2 * 120
        True
        >>> total = days.groupby(["policy", "replicate"]).harm.sum()
        >>> bool(abs(total["siloed", 1] - found.of("harm", "siloed")[1]) < 1e-9)
        True
        """
        import pandas

        daily = self.daily.transpose(1, 0, 2, 3, 4)  # policies first
        size = np.bincount(self.tables.world.organisations.group, minlength=daily.shape[3])
        if not by_group:
            whole = daily.sum(axis=3, keepdims=True)
            level = DAILY.index("level")
            whole[..., level] = (daily[..., level] * size).sum(axis=3, keepdims=True) / size.sum()
            daily = whole
        shape = daily.shape[:-1]
        place = np.indices(shape).reshape(4, -1)
        columns: dict[str, Any] = {
            "policy": np.array(self.policies, dtype=object)[place[0]],
            "replicate": place[1],
            "tick": place[2],
        }
        dates = history.dates(self.scenario, np.arange(shape[2]))
        if dates is not None:
            columns["date"] = np.asarray(dates, dtype="datetime64[s]")[place[2]]
        if by_group:
            for k, name in enumerate(("kind", "area")):
                of_group = np.array([group[k] for group in self.tables.groups], dtype=object)
                columns[name] = of_group[place[3]]
        columns |= {name: daily[..., k].ravel() for k, name in enumerate(DAILY)}
        return pandas.DataFrame(columns)

    def __repr__(self) -> str:
        crises = f"{self.replicates:,} replicates of seed {self.seed}"
        return f"<Comparison of {self.scenario.title!r}: {', '.join(self.policies)}; {crises}>"

    def payers(self, policy: str, level: str = "organisation", worse: bool = True) -> list[Payer]:
        """Those who come to more harm under `policy` than under the first one (who pays).

        Parameters
        ----------
        policy : str
        level : {"organisation", "kind", "area"}
        worse : bool
            False: those who come to less harm (who gains).

        Returns
        -------
        list of Payer
            Largest difference first; only those whose 90% interval lies on one side of zero, or
            whose difference is the same in nearly all replicates (`statistics.Alike`).
        """
        harm, names = self.harm, self.tables.ids
        if level == "kind":
            harm, names = outcomes.by_kind(self.tables, harm), self.tables.kinds
        elif level == "area":
            harm, names = outcomes.by_area(self.tables, harm), self.tables.areas
        first, second = harm[:, 0], harm[:, self.policies.index(policy)]
        pairs = paired_differences(first, second)
        if len(pairs) < 2:
            return []
        low, high = interval_of_difference(first, second)
        means = pairs.mean(axis=0)
        chosen = np.flatnonzero(shown_signs(pairs, low, high) == (1 if worse else -1))
        chosen = chosen[np.argsort(-np.abs(means[chosen]), kind="stable")]
        return [
            Payer(
                names[k],
                float(first[:, k].mean()),
                float(second[:, k].mean()),
                float(means[k]),
                None if np.isnan(low[k]) else (float(low[k]), float(high[k])),
                alike(pairs[:, k]),
            )
            for k in chosen.tolist()
        ]


def compare(
    scenario: Scenario | str | Path,
    policies: str | Policy | Sequence[str | Policy] = ("siloed", "reciprocal"),
    replicates: int = 30,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Run a scenario many times under several policies, every time the same crisis for all.

    Each replicate draws anew what the scenario calls uncertain, and its own shocks; both are the
    same for every policy.

    Parameters
    ----------
    scenario : Scenario, str or Path
        Or its file, or the name of a ready-made one.
    policies : sequence of str or Policy, or str
        Names, or levers written out (``"siloed,agenda=1,parity=.5"``); the first is what the others
        are compared with.
    replicates : int
    seed : int
    workers : int, optional
        Processes; by default as many as there are cores, where that pays. Never changes a result.
    progress : callable, optional
        Called with (replicates done, replicates in all).
    """
    began = time.perf_counter()
    scenario = Scenario.of(scenario)
    followed = scenario.policies_named(policies)
    task_list = [(replicate, seed, followed) for replicate in range(replicates)]
    answers = in_order(replicate_under, task_list, Prepared.of, scenario, workers, progress)
    figures, harm, strained, daily = (np.stack(part) for part in zip(*answers, strict=True))
    tables, seconds = Prepared.of(scenario).tables, time.perf_counter() - began
    return Comparison(scenario, tables, followed, seed, figures, harm, strained, daily, seconds)


def replicate_under(
    prepared: Prepared, task: tuple[int, int, tuple[Policy, ...]]
) -> tuple[Array, ...]:
    """One replicate (number, seed of the comparison, policies): what a `Comparison` stacks."""
    replicate, seed, policies = task
    prepared = prepared.drawn(seed, replicate)
    states = prepared.run_each(policies, replicate_seed(seed, replicate), Detail.GROUPS)
    return (
        np.stack([outcomes.measure(prepared.tables, state) for state in states]),
        np.stack([outcomes.harm_by_organisation(state) for state in states]),
        np.stack([state.record.strained for state in states]),
        np.stack([_daily(state) for state in states]),
    )


def _daily(state: State) -> Array:
    record = state.record
    size = np.maximum(record.group_status.sum(axis=2), 1)
    columns = [getattr(record, f"group_{name}") for name in DAILY]
    columns[DAILY.index("level")] = record.group_level / size
    return np.stack(columns, axis=-1)
