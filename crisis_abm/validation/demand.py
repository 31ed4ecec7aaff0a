"""Random demand written as events: every tick its own factor, for those who have people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crisis_abm.scenario.schema.policy import LEVERS
from crisis_abm.tables import Tables
from crisis_abm.tables.layout import Effect, Events

__all__ = ["with_demand"]


def with_demand(tables: Tables, factors: dict[str, np.ndarray]) -> Tables:
    """Return the tables with one demand event per tick and organisation.

    Parameters
    ----------
    tables : Tables
        Without events of their own.
    factors : dict of str to ndarray, shape (ticks,)
        By organisation: what its base demand is multiplied with, tick by tick.
    """
    names, ticks = list(factors), len(next(iter(factors.values())))
    rows = np.array([tables.ids.index(name) for name in names])
    tick = np.repeat(np.arange(ticks), len(names))
    count = len(tick)
    events = Events(
        number=np.arange(count, dtype=np.int32),
        effect=np.full(count, int(Effect.DEMAND), np.int64),
        start=tick.astype(np.int64),
        end=(tick + 1).astype(np.int64),
        value=np.stack([factors[name] for name in names], axis=1).ravel(),
        levers=np.full((count, len(LEVERS)), np.nan),
        trigger=np.full(count, np.nan),
        area_start=np.zeros(count + 1, np.int64),
        area=np.zeros(0, np.int32),
        target_start=np.arange(count + 1, dtype=np.int64),
        target=np.tile(rows, ticks).astype(np.int64),
    )
    return replace(tables, world=tables.world._replace(events=events))
