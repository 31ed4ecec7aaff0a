"""Catchments: suppliers and customers along a street, everybody supplied by those opposite.

Customers stand on one side, suppliers on the other, each with a front as long as what it needs or
can make, and whoever stands opposite supplies. So every supplier is loaded in the same proportion
to its capacity, whatever the sizes; a lot for each customer would leave some schools with twice the
children of others. There are hardly more links than organisations: this is the north-west corner
rule for a transportation problem (Hitchcock 1941; Dantzig 1951).
"""

from __future__ import annotations

import numpy as np

from crisis_abm.tables.rows import Columns, Holdings

__all__ = ["Street"]

SLIVER = 1e-6  # part of a customer's plot below which rounding made it


class Street:
    """The order in which organisations stand along the street of their area or region.

    Every kind is spread evenly over the street, its members in row order: a household's school,
    shop and workplaces are neighbours of each other.

    Parameters
    ----------
    columns : Columns
    area : ndarray of int, shape (N,)
        Which street each organisation stands on.
    """

    def __init__(self, columns: Columns, area: np.ndarray) -> None:
        self._columns, self._area = columns, area
        cell = area.astype(np.int64) * len(columns.kinds) + columns.kind
        order = np.argsort(cell, kind="stable")
        count = np.bincount(cell)
        before = np.cumsum(count) - count
        number = np.arange(len(order)) - before[cell[order]]
        self._place = np.empty(len(order))
        self._place[order] = (number + 0.5) / count[cell[order]]

    def opposite(
        self,
        inputs: Holdings,
        customers: np.ndarray,
        outputs: Holdings,
        makers: np.ndarray,
        walks: int,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return who is supplied by whom, and the part of the customer's supply.

        Parameters
        ----------
        inputs, outputs : Holdings
        customers, makers : ndarray of int
            Rows of `inputs` and of `outputs`. A plot is as long as use × people (capacity where
            there are none), or make × capacity.
        walks : int
            How often a customer looks across; the makers' side is moved on by a `walks`-th of the
            street each time.

        Returns
        -------
        chooser, chosen : ndarray of int64
            Positions in `customers` and in `makers`, a pair perhaps more than once.
        parts : ndarray of float64
            They sum to 1 for every customer that has a supplier.
        """
        buyer, seller = inputs.organisation[customers], outputs.organisation[makers]
        columns = self._columns
        size = np.where(columns.people > 0, columns.people, columns.weight)
        needs = inputs.values["use"][customers] * size[buyer]
        makes = outputs.values["make"][makers] * columns.weight[seller]
        queue, stalls = self._standing(buyer), self._standing(seller)
        found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        for area in np.intersect1d(self._area[buyer], self._area[seller]).tolist():
            here = self._on(area, buyer, queue)
            there = self._on(area, seller, stalls)
            for walk in range(walks):
                plot, stall, width = _across(needs[here], makes[there], walk / walks)
                own = seller[there[stall]] == buyer[here[plot]]
                stall = np.where(own, (stall + 1) % len(there), stall)  # never itself
                other = seller[there[stall]] != buyer[here[plot]]
                found.append((here[plot[other]], there[stall[other]], width[other]))
        if not found:
            none = np.empty(0, dtype=np.int64)
            return none, none, np.empty(0)
        chooser, chosen, width = (np.concatenate(parts) for parts in zip(*found, strict=True))
        total = np.bincount(chooser, weights=width, minlength=len(customers))
        return chooser, chosen, width / total[chooser]

    def _standing(self, rows: np.ndarray) -> np.ndarray:
        """Order of some organisations: street by street, along each."""
        return np.lexsort((rows, self._place[rows], self._area[rows]))

    def _on(self, area: int, rows: np.ndarray, order: np.ndarray) -> np.ndarray:
        """The part of an order that stands on one street."""
        low, high = np.searchsorted(self._area[rows[order]], [area, area + 1])
        return order[low:high]


def _ends(lengths: np.ndarray) -> np.ndarray:
    """Where plots end on a street of length 1, the last one exactly there."""
    if not lengths.any():
        lengths = np.ones(len(lengths))
    ends = np.cumsum(lengths)
    ends = ends / ends[-1]
    return ends


def _across(
    needs: np.ndarray, makes: np.ndarray, moved: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who stands opposite whom, and along what part of the customer's plot."""
    near, far = _ends(needs), _ends(makes)
    cuts = np.unique(np.concatenate([[0.0], near, (far + moved) % 1.0]))
    middle, width = (cuts[1:] + cuts[:-1]) / 2, np.diff(cuts)
    plot = np.minimum(np.searchsorted(near, middle), len(near) - 1)
    stall = np.minimum(np.searchsorted(far, (middle - moved) % 1.0), len(far) - 1)
    part = width / np.diff(near, prepend=0.0)[plot]
    real = part > SLIVER
    return plot[real], stall[real], part[real]
