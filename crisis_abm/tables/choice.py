"""Who deals with whom: by lot, or along a street; by names, never by the order of drawing.

`choose` is a village fair: every pair of a customer and a stall holder has its own lot, thrown once
and for all. Each customer takes the stalls with its best lots, so a new stall in another village
changes nobody's choice here, and a new stall next door wins only the customers for whom it drew
better. The network of a scenario is drawn with the constant seed `STRUCTURE`: runs differ by what
happens, not by who they are.

A `Street` is a catchment. Customers stand on one side, suppliers on the other, each with a front as
long as what it needs or can make, and whoever stands opposite supplies. So every supplier is loaded
in the same proportion to its capacity, whatever the sizes; a lot for each customer would leave some
schools with twice the children of others. There are hardly more links than organisations: this is
the north-west corner rule for a transportation problem (Hitchcock 1941; Dantzig 1951).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.compiled import kernel
from crisis_abm.streams import NETWORK, uniform

if TYPE_CHECKING:
    from crisis_abm.tables.rows import Columns, Holdings


STRUCTURE = 0  # the seed of everything that belongs to a scenario rather than to a run
WITHIN = {"area": 0, "anywhere": 1, "elsewhere": 2}

_A = np.uint64(0x9FB21C651E98DF25)
_B = np.uint64(0xD6E8FEB86659FD93)
_C = np.uint64(0xA0761D6478BD642F)
_S29, _S32 = np.uint64(29), np.uint64(32)


def link_key(supplier: np.ndarray, customer: np.ndarray, what: np.ndarray) -> np.ndarray:
    """Return the key of every directed pair from the keys of its ends and of what moves; uint64."""
    state = (supplier ^ (supplier >> _S32)) * _A + customer
    state = (state ^ (state >> _S29)) * _B + what
    state = (state ^ (state >> _S32)) * _C
    return state ^ (state >> _S29)


def entity_keys(names: Iterable[str]) -> np.ndarray:
    """Return `streams.entity_key` of every name in order, uint64."""
    blake = hashlib.blake2b
    digests = b"".join([blake(name.encode(), digest_size=8).digest() for name in names])
    return np.frombuffer(digests, dtype=">u8").astype(np.uint64)


@kernel
def _lots(keys: Any, tick: Any, draw: Any) -> Any:
    result = np.empty(len(keys))
    for row in range(len(keys)):
        result[row] = uniform(STRUCTURE, NETWORK, keys[row], tick, draw)
    return result


def lots(keys: np.ndarray, tick: int, draw: int) -> np.ndarray:
    """Return one uniform number for each key, from the stream "network"."""
    result: np.ndarray = _lots(keys, tick, draw)
    return result


@kernel
def _choose(
    customer_key: Any,
    customer_organisation: Any,
    customer_area: Any,
    candidate_key: Any,
    candidate_organisation: Any,
    candidate_weight: Any,
    area_start: Any,
    listed: Any,
    take: Any,
    within: Any,
    what: Any,
    draw: Any,
) -> Any:
    customers, candidates = len(customer_key), len(candidate_key)
    start = np.zeros(customers + 1, dtype=np.int64)
    for c in range(customers):
        first, last = area_start[customer_area[c]], area_start[customer_area[c] + 1]
        if within == 0:
            available = last - first
        elif within == 1:
            available = candidates
        else:
            available = candidates - (last - first)
        if within != 2 and listed[customer_organisation[c]]:
            available -= 1  # never itself
        start[c + 1] = start[c] + (available if take < 0 else min(take, available))
    chooser = np.empty(start[customers], dtype=np.int64)
    chosen = np.empty(start[customers], dtype=np.int64)
    waiting = np.empty(start[customers])
    for c in range(customers):
        low, high = start[c], start[c + 1]
        first, last = area_start[customer_area[c]], area_start[customer_area[c] + 1]
        s, end = (first, last) if within == 0 else (0, candidates)
        entity = customer_key[c] ^ what
        taken = low
        while s < end:
            if within == 2 and s == first:
                s = last
                if s >= end:
                    break
            if candidate_organisation[s] == customer_organisation[c]:
                s += 1
                continue
            if take < 0:
                chooser[taken], chosen[taken] = c, s
                taken += 1
                s += 1
                continue
            # all but the last key stay the same over the loop, so one round of hashing a pair
            u = max(uniform(STRUCTURE, NETWORK, entity, draw, candidate_key[s]), 1e-300)
            least = (1.0 - u) / candidate_weight[s]  # −log(u) ≥ 1 − u: spares most logarithms
            if taken < high or (high > low and least < waiting[high - 1]):
                wait = -math.log(u) / candidate_weight[s]
                if taken == high and wait >= waiting[high - 1]:
                    s += 1
                    continue
                slot = min(taken, high - 1)
                while slot > low and waiting[slot - 1] > wait:
                    waiting[slot], chosen[slot] = waiting[slot - 1], chosen[slot - 1]
                    slot -= 1
                waiting[slot], chosen[slot] = wait, s
                taken = min(taken + 1, high)
            s += 1
        for slot in range(low, high):
            chooser[slot] = c
    return chooser, chosen


def choose(
    *,
    key: np.ndarray,
    area: np.ndarray,
    customers: np.ndarray,
    candidates: np.ndarray,
    weight: np.ndarray,
    take: int | str,
    within: str,
    what: np.uint64,
    draw: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Let every customer choose among the candidates, by weight and without replacement.

    The candidates with the largest u^(1 / weight) are taken (Efraimidis & Spirakis 2006), where u
    is the uniform number of the pair (entity: customer and `what`; draw: candidate); computed as
    the smallest −log(u) / weight.

    Parameters
    ----------
    key, area : ndarray, shape (N,)
        Of every organisation. The number of areas is taken from `area`.
    customers, candidates : ndarray of int
        Organisation rows. Nobody chooses itself.
    weight : ndarray, shape (N,)
        Of every organisation; above 0.
    take : int or "all"
        How many candidates each takes, where there are as many.
    within : {"area", "anywhere", "elsewhere"}
        Candidates of the customer's own area, of any area, of any other area.
    what : numpy.uint64
        Key of what the pair deals in: other goods, other lots.
    draw : int
        Which draw of the same pair, where several rules ask for one.

    Returns
    -------
    chooser, chosen : ndarray of int64
        Positions in `customers` and in `candidates`, one row a pair.
    """
    order = np.argsort(area[candidates], kind="stable")
    ordered = candidates[order]
    areas = int(area.max()) + 1 if len(area) else 0
    area_start = np.zeros(areas + 1, dtype=np.int64)
    np.cumsum(np.bincount(area[ordered], minlength=areas), out=area_start[1:])
    listed = np.zeros(len(key), dtype=np.bool_)
    listed[ordered] = True
    chooser, chosen = _choose(
        key[customers],
        customers.astype(np.int64),
        area[customers].astype(np.int64),
        key[ordered],
        ordered.astype(np.int64),
        weight[ordered],
        area_start,
        listed,
        -1 if take == "all" else int(take),
        WITHIN[within],
        what,
        draw,
    )
    return chooser, order[chosen]


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
        pieces: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        for area in np.intersect1d(self._area[buyer], self._area[seller]).tolist():
            here = self._on(area, buyer, queue)
            there = self._on(area, seller, stalls)
            for walk in range(walks):
                plot, stall, width = _across(needs[here], makes[there], walk / walks)
                own = seller[there[stall]] == buyer[here[plot]]
                stall = np.where(own, (stall + 1) % len(there), stall)  # never itself
                other = seller[there[stall]] != buyer[here[plot]]
                pieces.append((here[plot[other]], there[stall[other]], width[other]))
        if not pieces:
            none = np.empty(0, dtype=np.int64)
            return none, none, np.empty(0)
        chooser, chosen, width = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
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
