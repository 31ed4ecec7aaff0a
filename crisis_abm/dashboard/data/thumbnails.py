"""A small picture of a scenario's network, as SVG."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from crisis_abm.runs import Prepared
from crisis_abm.scenario import Scenario

Array = np.ndarray
WIDTH, HEIGHT, EDGE = 264, 120, 10
MOST_DOTS, MOST_LINES = 600, 800
SMALLEST, LARGEST = 1.2, 4.0  # radius of a dot
TINTS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8A6D00", "#56B4E9", "#444444")


def thumbnail(prepared: Prepared, task: None = None) -> str:
    """Dots are organisations, by kind; lines are supply links. Of many only some are drawn.

    Drawn by a worker process, since the network has to be built for it.
    """
    tables, world = prepared.tables, prepared.tables.world
    place = _on_paper(np.asarray(tables.positions, dtype=np.float64))
    supply = world.supply
    ends = np.stack(
        [
            world.outputs.organisation[supply.supplier],
            world.inputs.organisation[supply.customer],
        ],
        axis=1,
    )
    lines = [
        f'<path d="M{place[a, 0]:.0f} {place[a, 1]:.0f}L{place[b, 0]:.0f} {place[b, 1]:.0f}"/>'
        for a, b in _some(ends, MOST_LINES).tolist()
    ]
    rows = _some(np.arange(len(tables.ids)), MOST_DOTS)
    kind = world.organisations.kind[rows]
    return _picture(lines, _dots(place[rows], kind, np.full(len(rows), 3.0)))


def thumbnail_of_groups(scenario: Scenario) -> str:
    """Dots are all of a kind in an area, larger the more they are; nothing has to be built."""
    import networkx

    from crisis_abm.network import positions

    cells = list(scenario.census().items())
    graph = networkx.MultiDiGraph()
    for row, ((kind, area), _) in enumerate(cells):
        graph.add_node(row, kind=kind, area=area)
    where = {name: area.position for name, area in scenario.areas_in_play().items()}
    known = {name: (place[0], place[1]) for name, place in where.items() if place is not None}
    found = positions(graph, known if len(known) == len(where) else None)
    place = _on_paper(np.array([found[row] for row in range(len(cells))]).reshape(-1, 2))
    rank = {kind: row for row, kind in enumerate(scenario.recipes())}
    kinds = np.array([rank[kind] for (kind, _), _ in cells], dtype=np.int64)
    count = np.array([number for _, number in cells], dtype=np.float64)
    part = np.sqrt(count / max(1.0, count.max(initial=1.0)))
    return _picture([], _dots(place, kinds, SMALLEST + (LARGEST - SMALLEST) * part))


def _on_paper(place: Array) -> Array:
    """Positions that fill the picture; north is up."""
    if not len(place):
        return place
    low, span = place.min(axis=0), np.ptp(place, axis=0)
    span[span == 0] = 1.0
    found: Array = EDGE + (place - low) / span * np.array([WIDTH - 2 * EDGE, HEIGHT - 2 * EDGE])
    found[:, 1] = HEIGHT - found[:, 1]
    return found


def _dots(place: Array, kind: Array, radius: Array) -> list[str]:
    rows = zip(place.tolist(), kind.tolist(), radius.tolist(), strict=True)
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.3g}" fill="{TINTS[k % len(TINTS)]}"/>'
        for (x, y), k, r in rows
    ]


def _picture(lines: Iterable[str], dots: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<g stroke="#bbb" stroke-width=".5" fill="none">{"".join(lines)}</g>{"".join(dots)}</svg>'
    )


def _some(rows: Array, most: int) -> Array:
    """At most so many rows, evenly taken."""
    return rows[:: max(1, -(-len(rows) // most))]
