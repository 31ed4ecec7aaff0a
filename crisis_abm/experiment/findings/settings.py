"""Settings of the crossed levers: what they are called, and what is compared between them.

Every setting meets the same states of the world in the same crises, so a difference is taken state
by state and crisis by crisis, and only where both runs have a result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.runs.statistics import paired_differences

__all__ = ["Series", "best_setting", "complete_pairs", "series_of", "setting_labels"]

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Series:
    """An outcome under one setting, or how it differs between two.

    Attributes
    ----------
    setting : str
    against : str
        The setting that was subtracted; empty if none was.
    values : ndarray, shape (W, R)
        By state of the world and replicate; NaN where a run is missing.
    """

    setting: str
    against: str
    values: Array

    @property
    def name(self) -> str:
        """What is looked at, such as "reciprocal − siloed"."""
        return f"{self.setting} − {self.against}" if self.against else self.setting

    @property
    def missing(self) -> int:
        """How many runs, or pairs of runs, have no result."""
        return int((~np.isfinite(self.values)).sum())


def setting_labels(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each setting is called; what is the same in all is left out.

    >>> setting_labels([{"policy": "siloed"}, {"policy": "reciprocal"}])
    ['siloed', 'reciprocal']
    >>> setting_labels([{"policy": "siloed", "share": 0.5}, {"policy": "siloed", "share": 1.0}])
    ['share=0.5', 'share=1']
    >>> setting_labels([{}])
    ['all runs']
    """
    first = settings[0]
    differ = [name for name in first if len({one[name] for one in settings}) > 1] or list(first)
    return [
        ", ".join(_spelt(name, one[name], len(differ)) for name in differ) or "all runs"
        for one in settings
    ]


def _spelt(name: str, value: Any, parts: int) -> str:
    number = isinstance(value, float) and not isinstance(value, bool)
    text = f"{value:g}" if number else str(value)
    return text if name == "policy" and (parts == 1 or "=" not in text) else f"{name}={text}"


def complete_pairs(values: Array) -> Array:
    """Whether a state of the world has a result in a crisis under every setting.

    Parameters
    ----------
    values : ndarray, shape (W, S, R)

    Returns
    -------
    ndarray of bool, shape (W, R)
    """
    return np.asarray(np.isfinite(values).all(axis=1))


def series_of(values: Array, labels: Sequence[str]) -> list[Series]:
    """Every setting by itself, then every further one against the first.

    Parameters
    ----------
    values : ndarray, shape (W, S, R)
    labels : sequence of str
    """
    found = [Series(label, "", values[:, s]) for s, label in enumerate(labels)]
    first = values[:, 0]
    return found + [
        Series(label, labels[0], paired_differences(first, values[:, s]))
        for s, label in enumerate(labels)
        if s > 0
    ]


def best_setting(values: Array, direction: int) -> int:
    """Which further setting to show beside the first: the best one of them on average.

    Where neither direction is better, the one that differs most from the first.

    Parameters
    ----------
    values : ndarray, shape (W, S, R)
        With at least two settings.
    direction : int
        -1 where less is better, +1 where more is, 0 where neither.
    """
    kept = np.where(complete_pairs(values)[:, None, :], values, np.nan)
    with np.errstate(invalid="ignore"):
        means = np.array([column[np.isfinite(column)].mean() for column in kept.swapaxes(0, 1)])
    gain = means[1:] * direction if direction else np.abs(means[1:] - means[0])
    return 1 + int(np.argmax(gain))
