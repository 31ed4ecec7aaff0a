"""A small picture of a scenario's network, as SVG, drawn by a worker process."""

from __future__ import annotations

import numpy as np

from crisis_abm.runs import Prepared

__all__ = ["thumbnail"]

WIDTH, HEIGHT, EDGE = 264, 120, 10
MOST_DOTS, MOST_LINES = 600, 800
TINTS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8A6D00", "#56B4E9", "#444444")


def thumbnail(prepared: Prepared, task: None = None) -> str:
    """Dots are organisations, by kind; lines are supply links. Of many only some are drawn."""
    tables, world = prepared.tables, prepared.tables.world
    place = np.asarray(tables.positions, dtype=np.float64)
    low, span = place.min(axis=0), np.ptp(place, axis=0)
    span[span == 0] = 1.0
    inner = np.array([WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE])
    xy = EDGE + (place - low) / span * inner
    xy[:, 1] = HEIGHT - xy[:, 1]
    supply = world.supply
    ends = np.stack(
        [
            world.outputs.organisation[supply.supplier],
            world.inputs.organisation[supply.customer],
        ],
        axis=1,
    )
    lines = [
        f'<path d="M{xy[a, 0]:.0f} {xy[a, 1]:.0f}L{xy[b, 0]:.0f} {xy[b, 1]:.0f}"/>'
        for a, b in _some(ends, MOST_LINES).tolist()
    ]
    kind = world.organisations.kind
    dots = [
        f'<circle cx="{xy[k, 0]:.1f}" cy="{xy[k, 1]:.1f}" r="3" '
        f'fill="{TINTS[kind[k] % len(TINTS)]}"/>'
        for k in _some(np.arange(len(tables.ids)), MOST_DOTS).tolist()
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<g stroke="#bbb" stroke-width=".5" fill="none">{"".join(lines)}</g>{"".join(dots)}</svg>'
    )


def _some(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many rows, evenly taken."""
    return rows[:: max(1, -(-len(rows) // most))]
