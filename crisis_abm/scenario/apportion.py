"""How many members a group has in each area, and what of its whole falls to each.

What cannot be cut (organisations, people) is shared out by largest remainder, as seats in a
parliament are (Hamilton's method; Balinski & Young 1982), so that totals come out exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from crisis_abm.scenario.schema_things import Area, Group

__all__ = ["apportion", "area_weights", "group_areas", "group_counts", "group_parts"]

POPULATION = "population"
_DIGITS = 9  # to which remainders are compared: equal ones go to whoever stands first


def apportion(total: int, weights: np.ndarray) -> np.ndarray:
    """Divide a whole number in proportion to weights, by largest remainder.

    Parameters
    ----------
    total : int
    weights : ndarray of float64
        At least 0, and not all 0 unless `total` is.

    Returns
    -------
    ndarray of int64
        Whole numbers that sum to `total`; of equal remainders the first ones are rounded up.

    Examples
    --------
    >>> apportion(10, np.array([50.0, 50.0, 50.0]))
    array([4, 3, 3])
    """
    size = weights.sum()
    if total == 0 or size == 0:
        return np.zeros(len(weights), dtype=np.int64)
    exact = total * (weights / size)
    whole = np.floor(np.round(exact, _DIGITS)).astype(np.int64)
    missing = total - int(whole.sum())
    order = np.argsort(-np.round(exact - whole, _DIGITS), kind="stable")
    whole[order[:missing]] += 1
    return whole


def group_areas(group: Group, areas: Collection[str]) -> list[str]:
    """The areas a group is in, in alphabetical order."""
    if isinstance(group.count, dict):
        named = set(group.count)
        return sorted(named if group.areas is None else named & set(group.areas))
    return sorted(set(areas if group.areas is None else group.areas))


def area_weights(group: Group, areas: Mapping[str, Area]) -> dict[str, float]:
    """What each area of a group weighs where something is divided over them (`by`).

    Its population, or its own figure of that name; equal if no area of the group has any.
    """
    found = {}
    for name in group_areas(group, areas):
        area = areas.get(name, Area())
        found[name] = area.population if group.by == POPULATION else area.weights.get(group.by, 0.0)
    return found if any(found.values()) else dict.fromkeys(found, 1.0)


def group_counts(group: Group, areas: Mapping[str, Area]) -> dict[str, int]:
    """Members of a group in each of its areas, in alphabetical order."""
    if group.total is not None:
        weights = area_weights(group, areas)
        counts = apportion(group.total, np.array(list(weights.values()), dtype=np.float64))
        return dict(zip(weights, counts.tolist(), strict=True))
    named = group_areas(group, areas)
    if isinstance(group.count, dict):
        return {area: group.count.get(area, 0) for area in named}
    return dict.fromkeys(named, group.count or 0)


def group_parts(group: Group, areas: Mapping[str, Area]) -> dict[str, dict[str, float]]:
    """What of each figure in a group's `whole` falls to each of its areas that has members.

    People are whole numbers; everything else is divided exactly.
    """
    wholes = group.whole.figures() if group.whole is not None else {}
    if not wholes:
        return {}
    counts = group_counts(group, areas)
    weights = {area: w for area, w in area_weights(group, areas).items() if counts[area]}
    shares = np.array(list(weights.values()), dtype=np.float64)
    if not shares.any():  # members only where the weight is 0
        shares = np.array([counts[area] for area in weights], dtype=np.float64)
    found = {}
    for name, whole in wholes.items():
        parts = whole * (shares / shares.sum()) if len(shares) else shares
        if name == POPULATION:
            parts = apportion(round(whole), shares).astype(np.float64)
        found[name] = dict(zip(weights, parts.tolist(), strict=True))
    return found
