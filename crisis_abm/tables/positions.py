"""Where to draw the organisations: areas apart, organisations of an area side by side.

Areas stand where they are said to be, or in a ring (many: on a square grid); within an area
organisations fill concentric circles from the middle outwards, kind after kind, the highest rank
innermost. No two stand closer than one spacing.
"""

from __future__ import annotations

import math

import numpy as np

from crisis_abm.tables.choice import entity_keys, lots
from crisis_abm.tables.rows import Columns, starts

AreaPositions = dict[str, tuple[float, float]]
MOST_IN_A_RING = 10  # more areas than this stand on a grid
MOST_COMPARED = 3000  # areas whose mutual distances are looked at


def place_organisations(
    columns: Columns, rank: np.ndarray, given: AreaPositions | None = None
) -> np.ndarray:
    """Return a position for every organisation, shape (N, 2).

    Parameters
    ----------
    columns : Columns
        Organisations; those with a position keep it.
    rank : ndarray, shape (K,)
        Of each kind: the highest stands innermost.
    given : dict of str to (float, float), optional
        Positions of areas. They are used if every area with organisations has one and no two are
        the same; the spacing then follows from the smallest distance between areas.
    """
    result: np.ndarray = columns.position.copy()
    if not np.isnan(result).any():
        return result
    order, offset, radius = _discs(columns, rank)
    centre, spacing = _centres(columns, radius, given or {})
    placed = np.empty_like(result)
    placed[order] = centre[columns.area[order]] + spacing * offset
    return np.where(np.isnan(result), placed, result)


def _discs(columns: Columns, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fill a disc for each area: 1 in the middle, then 6, 12, 18 … on circles 1 apart.

    Returns the order of the rows, their offsets from the area's centre in that order, and the
    radius of each area's disc.
    """
    standing = np.lexsort((np.arange(len(rank)), -rank))
    turn = np.empty(len(rank), dtype=np.int64)
    turn[standing] = np.arange(len(rank))
    areas = len(columns.areas)
    order = np.lexsort((turn[columns.kind], columns.area))
    area = columns.area[order]
    start = starts(area, areas)
    place = np.arange(len(order)) - start[area]
    ring = np.ceil((np.sqrt(9 + 12 * place) - 3) / 6 - 1e-9).astype(np.int64)
    before = np.where(ring > 0, 1 + 3 * ring * (ring - 1), 0)  # places on inner circles
    size = np.diff(start)[area]
    slots = np.minimum(np.maximum(6 * ring, 1), size - before)  # the outermost is spread evenly
    turned = lots(entity_keys(["area " + name for name in columns.areas]), 0, 0)
    angle = 2 * np.pi * ((place - before) / slots + turned[area] + 0.5 * (ring % 2) / slots)
    offset = ring[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    radius = np.zeros(areas)
    np.maximum.at(radius, area, ring.astype(np.float64))
    return order, offset, radius + 0.5


def _centres(
    columns: Columns, radius: np.ndarray, given: AreaPositions
) -> tuple[np.ndarray, float]:
    """Return the centre of each area's disc and the distance between neighbours in it."""
    areas = len(columns.areas)
    occupied = np.bincount(columns.area, minlength=areas) > 0
    names = [name for name, has in zip(columns.areas, occupied, strict=True) if has]
    if all(name in given for name in names) and len({tuple(given[n]) for n in names}) == len(names):
        centre = np.array([given.get(name, (0.0, 0.0)) for name in columns.areas], dtype=float)
        return centre, _spacing(centre[occupied], radius[occupied])
    largest = float(radius.max())
    turn = np.arange(areas)
    if areas == 1:
        return np.zeros((1, 2)), 1.0
    if areas <= MOST_IN_A_RING:
        across = 1.2 * largest / math.sin(math.pi / areas)
        angle = 2 * np.pi * turn / areas
        return across * np.stack([np.cos(angle), np.sin(angle)], axis=1), 1.0
    side = math.ceil(math.sqrt(areas))
    return 2.4 * largest * np.stack([turn % side, turn // side], axis=1).astype(float), 1.0


def _spacing(centre: np.ndarray, radius: np.ndarray) -> float:
    """Return the largest spacing at which the discs of no two areas overlap, with some air."""
    if len(centre) < 2:
        return 1.0
    if len(centre) > MOST_COMPARED:
        extent = float(np.ptp(centre, axis=0).max())
        return extent / (2.4 * float(radius.max()) * math.sqrt(len(centre)))
    apart = np.linalg.norm(centre[:, None, :] - centre[None, :, :], axis=2)
    room = apart / (radius[:, None] + radius[None, :])
    np.fill_diagonal(room, np.inf)
    return 0.9 * float(room.min())
