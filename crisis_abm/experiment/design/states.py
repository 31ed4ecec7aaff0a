"""States of the world one by one: what settings differ by in each, and what each of them lacks.

A state of the world without its shock is no milder one, it is another question; so whoever reads a
mean over states whose runs end before an event is told which they are (`losses`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.runs.statistics import interval_of_mean, shown_signs
from crisis_abm.scenario.overrides import LeftOut, behind_the_end
from crisis_abm.scenario.paths import parse_place

if TYPE_CHECKING:
    from crisis_abm.experiment.experiment import Experiment

Array = np.ndarray
ALL_RUNS = "all runs"  # what the only setting is called where no lever is crossed


@dataclass(frozen=True, eq=False)
class States:
    """A paired difference in each state of the world that has a complete pair.

    Attributes
    ----------
    world : ndarray of int
        Number of the state.
    mean : ndarray
        Over the replicates.
    low, high : ndarray
        90% interval of it over the replicates by Student's t; NaN with fewer than two, and where
        too few of them differ (`statistics.Alike`).
    shown : ndarray of int
        -1 or +1 where it is shown to be below or above zero, else 0.
    """

    world: Array
    mean: Array
    low: Array
    high: Array
    shown: Array

    @property
    def sign(self) -> Array:
        """-1, 0 or +1."""
        return np.sign(self.mean).astype(int)


def states_of(values: Array) -> States:
    """How sure a difference is in each state of the world by itself.

    Parameters
    ----------
    values : ndarray, shape (W, R)
        NaN where a pair is missing.
    """
    there = np.isfinite(values)
    world = np.flatnonzero(there.any(axis=1))
    count = there[world].sum(axis=1)
    found = np.full((3, len(world)), np.nan)
    found[2] = 0
    for size in np.unique(count[count > 1]).tolist():  # as many as there are: mostly one
        of_size = count == size
        rows = world[of_size]
        table = values[rows][there[rows]].reshape(-1, size).T
        low, high = interval_of_mean(table)
        found[:, of_size] = low, high, shown_signs(table, low, high)
    low, high, shown = found
    return States(world, state_means(values), low, high, shown.astype(int))


def state_means(values: Array) -> Array:
    """Mean over the replicates of every state that has one."""
    there = np.isfinite(values)
    count = there.sum(axis=1)
    sums = np.where(there, values, 0.0).sum(axis=1)
    return np.asarray(sums[count > 0] / count[count > 0])


def setting_labels(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each setting is called; what is the same in all is left out.

    >>> setting_labels([{"policy": "siloed"}, {"policy": "reciprocal"}])
    ['siloed', 'reciprocal']
    >>> setting_labels([{"policy": "siloed", "share": 0.5}, {"policy": "reciprocal", "share": 1.0}])
    ['siloed (share=0.5)', 'reciprocal (share=1)']
    >>> setting_labels([{"policy": "siloed", "share": 0.5}, {"policy": "siloed", "share": 1.0}])
    ['share=0.5', 'share=1']
    >>> setting_labels([{"share": 0.1234567}, {"share": 0.1234568}])
    ['share=0.1234567', 'share=0.1234568']
    >>> setting_labels([{}])
    ['all runs']
    """
    first = settings[0]
    differ = [name for name in first if len({one[name] for one in settings}) > 1] or list(first)
    texts = {name: _spelt([one[name] for one in settings]) for name in differ}
    return [
        _label({name: texts[name][number] for name in differ}) for number in range(len(settings))
    ]


def _label(setting: Mapping[str, str]) -> str:
    rest = [f"{name}={text}" for name, text in setting.items() if name != "policy"]
    if "policy" not in setting:
        return ", ".join(rest) or ALL_RUNS
    return f"{setting['policy']} ({', '.join(rest)})" if rest else setting["policy"]


def _spelt(values: Sequence[Any]) -> list[str]:
    """Values as text, with six digits, or as many as it takes to tell them apart."""
    for digits in range(6, 18):  # 17 tell all floats apart
        texts = [f"{one:.{digits}g}" if isinstance(one, float) else str(one) for one in values]
        if len(set(texts)) == len(set(values)):
            break
    return texts


@dataclass(frozen=True)
class Loss:
    """Events and policy changes that are left out of the same states of the world.

    Attributes
    ----------
    entries : tuple of LeftOut
    steps : tuple of int
        The lengths of run that end before them, in order.
    states, total : int
        So many of all states of the world have such a length.
    """

    entries: tuple[LeftOut, ...]
    steps: tuple[int, ...]
    states: int
    total: int


def losses(experiment: Experiment) -> list[Loss]:
    """What constants leave out of every run, then what `time.steps` as a factor leaves out of some.

    The places of what constants leave out are those of the scenario as it was written.
    """
    total = len(experiment.points) // experiment.points.settings
    scenario, found = experiment.scenario, []
    if scenario.left_out:
        found.append(Loss(scenario.left_out, (scenario.time.steps,), total, total))
    lost: dict[LeftOut, Counter[int]] = defaultdict(Counter)
    for time, states in _times(experiment).items():
        written = scenario.time.model_dump() | dict(time)
        for entry in behind_the_end(scenario, written, _starts(experiment)):
            lost[entry][written["steps"]] += states
    together: dict[frozenset[tuple[int, int]], list[LeftOut]] = defaultdict(list)
    for entry, lengths in sorted(lost.items(), key=lambda one: one[0].parts):
        together[frozenset(lengths.items())].append(entry)
    for lengths_of_all, alike in together.items():
        steps = tuple(sorted(length for length, _ in lengths_of_all))
        states = sum(states for _, states in lengths_of_all)
        found.append(Loss(tuple(alike), steps, states, total))
    return found


def _times(experiment: Experiment) -> Counter[tuple[tuple[str, Any], ...]]:
    """How many states of the world have which keys of `[time]` set, if a length of run is."""
    factors = {
        str(parts[1]): factor
        for factor in experiment.uncertainties
        if len(parts := parse_place(factor.name)) == 2 and parts[0] == "time"
    }
    if "steps" not in factors:
        return Counter()
    points = experiment.points
    columns = [
        [factor.plain(value) for value in points.columns[factor.name][:: points.settings]]
        for factor in factors.values()
    ]
    return Counter(tuple(zip(factors, row, strict=True)) for row in zip(*columns, strict=True))


def _starts(experiment: Experiment) -> set[tuple[str | int, ...]]:
    """Places of what has its start set by the experiment: a run that ends before it is an error."""
    places = [parse_place(factor.name) for factor in experiment.uncertainties]
    return {parts[:-1] for parts in places if parts[-1] == "start"}
