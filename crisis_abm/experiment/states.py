"""How sure a difference is in each state of the world, and what settings of levers are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.runs.statistics import interval_of_mean, shown_signs

__all__ = ["ALL_RUNS", "States", "setting_labels", "state_means", "states_of"]

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
