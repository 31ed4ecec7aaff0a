"""What one change does: each factor in turn at its other values, everything else at its base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.experiment.points import Points
from crisis_abm.runs.statistics import Alike, Estimate, estimated, paired_differences

__all__ = ["Change", "changes", "largest_first"]

Array = np.ndarray


@dataclass(frozen=True)
class Change(Estimate):
    """One factor at another value than its base.

    Attributes
    ----------
    factor : str
    base, value : object
    mean : float
        Mean over the replicates that both runs have; NaN if there is none.
    interval : (float, float) or None
        90%, over the replicates; None with fewer than two, and where `alike` is told instead.
    replicates : int
        Pairs of runs that were compared.
    alike : Alike or None
        Where too few of them differ for an interval.
    """

    factor: str
    base: Any
    value: Any
    mean: float
    interval: tuple[float, float] | None
    replicates: int
    alike: Alike | None = None


def changes(points: Points, values: Array) -> list[Change]:
    """The effect of every change from the base, paired by replicate.

    Parameters
    ----------
    points : Points
        The base first, as the design makes them.
    values : ndarray, shape (W, R)
        An outcome under one setting, or its difference between two; NaN where a run is missing.
    """
    columns = {name: points.columns[name][:: points.settings] for name in points.sampled}
    found = []
    for name, column in columns.items():
        for world in np.flatnonzero(column != column[0]):
            pairs = paired_differences(values[0], values[world])
            pairs = pairs[np.isfinite(pairs)]
            interval, alike = estimated(pairs)
            effect = float(pairs.mean()) if len(pairs) else float("nan")
            ends = (column[0].item(), column[world].item())
            found.append(Change(name, *ends, effect, interval, len(pairs), alike))
    return found


def largest_first(found: list[Change]) -> list[str]:
    """Factors by the largest effect that any of their changes has."""
    size: dict[str, float] = {}
    for one in found:
        size[one.factor] = max(size.get(one.factor, 0.0), abs(np.nan_to_num(one.mean)))
    return sorted(size, key=lambda name: -size[name])
