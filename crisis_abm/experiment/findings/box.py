"""A box in the space of factors: limits of some of them, and which cases lie inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

__all__ = ["Box", "Columns", "Side"]

Array = np.ndarray
Columns = Mapping[str, Array]
Side = tuple[str, str]  # factor, and "low", "high" or "values"


@dataclass(frozen=True)
class Box:
    """Limits of some factors; none of the others.

    Attributes
    ----------
    low, high : dict of str to float
        Least and greatest value inside, by factor.
    values : dict of str to tuple
        Of texts and truths the values inside.
    """

    low: Mapping[str, Any] = field(default_factory=dict)
    high: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def sides(self) -> list[Side]:
        """Every restriction: a factor and the side that is limited."""
        return [
            (factor, side) for side in ("low", "high", "values") for factor in getattr(self, side)
        ]

    @property
    def factors(self) -> list[str]:
        """The factors that are restricted, each once."""
        return list(dict.fromkeys(factor for factor, _ in self.sides))

    def limited(self, side: Side, limit: Any) -> Box:
        """The box with one limit set."""
        factor, kind = side
        return replace(self, **{kind: {**getattr(self, kind), factor: limit}})

    def without(self, side: Side) -> Box:
        """The box with one limit taken away."""
        factor, kind = side
        kept = {name: limit for name, limit in getattr(self, kind).items() if name != factor}
        return replace(self, **{kind: kept})

    def contains(self, columns: Columns) -> Array:
        """Whether each case lies inside: shape (n,)."""
        inside = np.ones(len(next(iter(columns.values()))), dtype=bool)
        for factor, limit in self.low.items():
            inside &= columns[factor] >= limit
        for factor, limit in self.high.items():
            inside &= columns[factor] <= limit
        for factor, values in self.values.items():
            inside &= np.isin(columns[factor], values)
        return inside
