"""A factor: something that differs from point to point, and how it fills the unit interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

import numpy as np

from crisis_abm.scenario.overrides import quantile
from crisis_abm.scenario.schema import UncertainRange

__all__ = ["Factor"]

_EXACT = Context(prec=30)  # exp and ln of `decimal` are correctly rounded, those of `math` are not


@dataclass(frozen=True)
class Factor:
    """An uncertainty or a lever, given as a range or as a list of values.

    Attributes
    ----------
    name : str
        A path into the scenario, or ``policy``, ``share``, ``communication``,
        ``communication.hospital``; the name of its column.
    kind : {"uncertainty", "lever"}
    low, high : float or int, optional
        Ends of a range.
    values : tuple, optional
        Of a list; then there are no ends.
    distribution : {"uniform", "triangular", "loguniform"}
        Of a range.
    peak : float, optional
        Where a triangular distribution peaks; the middle.
    whole : bool
        Whether the scenario wants a whole number here: draws of a range are rounded, half up.
    base : object
        Where one factor at a time starts from; None if nobody said.
    """

    name: str
    kind: str
    low: float | None = None
    high: float | None = None
    values: tuple[Any, ...] | None = None
    distribution: str = "uniform"
    peak: float | None = None
    whole: bool = False
    base: Any = None

    @property
    def ends(self) -> tuple[Any, ...]:
        """What must hold for the factor to hold: both ends of a range, every value of a list."""
        return self.values if self.values is not None else (self.low, self.high)

    @property
    def is_text(self) -> bool:
        """Whether its values are texts."""
        return isinstance(self.ends[0], str)

    def at(self, u: float) -> Any:
        """The value at `u`, from 0 to 1: the first value or lowest end, to the last or highest.

        Of a list of n, the value number floor(u·n); of a range, the value below which a part `u`
        of its distribution lies, the same to the bit on every machine.
        """
        if self.values is not None:
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        assert self.low is not None and self.high is not None
        low, high = float(self.low), float(self.high)
        if self.distribution == "loguniform":
            value = min(max(_between_logarithms(low, high, u), low), high)
        elif u >= 1:
            value = high
        elif self.distribution == "triangular":
            within = UncertainRange.model_construct(low=low, high=high, distribution="triangular")
            value = quantile(within, u, self.peak)
        else:
            value = min(low + u * (high - low), high)
        return math.floor(value + 0.5) if self.whole else value

    def column(self, units: np.ndarray) -> np.ndarray:
        """The values at many places of the unit interval."""
        if self.values is None and self.distribution == "uniform" and not self.whole:
            low, high = float(self.low or 0.0), float(self.high or 0.0)
            found = np.minimum(low + units * (high - low), high)
            return np.asarray(np.where(units >= 1, high, found))
        return self.array([self.at(u) for u in units.tolist()])

    def array(self, values: list[Any]) -> np.ndarray:
        """Values of this factor as a column: text, truth, whole numbers or floats."""
        whole = self.whole and not any(value in (math.inf, -math.inf) for value in values)
        kind = type(self.ends[0])
        dtype: Any = kind if kind in (str, bool) else np.int64 if whole else np.float64
        return np.array(values, dtype=dtype)

    def plain(self, value: Any) -> Any:
        """An entry of the column as the scenario takes it."""
        value = value.item() if hasattr(value, "item") else value
        if self.whole and isinstance(value, float) and math.isfinite(value):
            return int(value)
        return value

    def grid(self, levels: int) -> list[Any]:
        """Every value of a list; of a range `levels` of them, evenly spread, each once."""
        if self.values is not None:
            return list(self.values)
        spread = [self.at(step / (levels - 1)) for step in range(levels)]
        return list(dict.fromkeys(spread))

    def admits(self, value: Any) -> bool:
        """Whether a value written in a table of points is one of this factor's."""
        if self.values is not None:
            return value in self.values
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or self.low is None or self.high is None:
            return False
        return self.low <= value <= self.high and not (self.whole and value != int(value))

    def described(self) -> dict[str, Any]:
        """What makes the factor what it is, as plain data."""
        if self.values is not None:
            return {"values": list(self.values)}
        return {"low": self.low, "high": self.high, "distribution": self.distribution}


def _between_logarithms(low: float, high: float, u: float) -> float:
    """Return low · (high / low)^u."""
    ratio = _EXACT.divide(Decimal(high), Decimal(low))
    power = _EXACT.exp(_EXACT.multiply(Decimal(u), _EXACT.ln(ratio)))
    return float(_EXACT.multiply(Decimal(low), power))
