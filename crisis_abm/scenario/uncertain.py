"""Drawing the figures that are judgement anew for each replicate, the same for every policy."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from crisis_abm.scenario.change import resolve
from crisis_abm.scenario.problems import ScenarioError
from crisis_abm.scenario.schema import UncertainRange

if TYPE_CHECKING:
    from crisis_abm.scenario.scenario import Scenario

__all__ = ["draw", "quantile", "ranges_of", "value_at"]


def draw(scenario: Scenario, seed: int, replicate: int) -> dict[str, float]:
    """One value for each path under `[uncertain]`.

    Each is one uniform of stream ``uncertain`` under the path's own name, at tick `replicate`, put
    through the inverse of the distribution: neither the policy nor another line of `[uncertain]`
    changes it. Where the figure is a whole number, so is the draw.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    replicate : int

    Returns
    -------
    dict of str to float
        Ready for `Scenario.with_`.
    """
    from crisis_abm.streams import UNCERTAIN, entity_key, uniform

    values: dict[str, float] = {}
    for path in sorted(scenario.uncertain):
        entry = scenario.uncertain[path]
        present = value_at(scenario, path)
        u = float(uniform(seed, UNCERTAIN, entity_key(path), replicate, 0))
        value = quantile(entry, u, present)
        whole = isinstance(present, int) and not isinstance(present, bool)
        values[path] = math.floor(value + 0.5) if whole else value
    return values


def quantile(entry: UncertainRange, u: float, present: float | None = None) -> float:
    """The value below which a part `u` of the distribution lies.

    Parameters
    ----------
    entry : UncertainRange
    u : float
        In [0, 1).
    present : float, optional
        The scenario's own value: the peak of a triangular distribution if it lies in the range,
        which otherwise peaks in the middle.
    """
    low, high = entry.low, entry.high
    if high <= low:
        return low
    if entry.distribution == "loguniform":
        value = low * math.exp(u * math.log(high / low))
    elif entry.distribution == "triangular":
        inside = present is not None and low <= present <= high
        peak = float(present) if inside and present is not None else (low + high) / 2
        width, rise = high - low, peak - low
        if u * width < rise:
            value = low + math.sqrt(u * width * rise)
        else:
            value = high - math.sqrt((1 - u) * width * (high - peak))
    else:
        value = low + u * (high - low)
    return min(max(value, low), high)


def value_at(scenario: Scenario, path: str) -> float | None:
    """The figure at a path as it is now, built-in figures included; None if there is none.

    Raises
    ------
    ScenarioError
        If a scenario has no such place.
    """
    parts = resolve(path, scenario, scenario.source)
    found: Any = scenario
    for part in parts:
        found = _inside(found, part)
        if found is None:
            break
    if found is None and parts[0] == "kinds" and len(parts) > 2:
        found = _of_recipe(scenario, parts)
    if found is None and parts[0] == "resources" and len(parts) == 3:
        resource = scenario.resources_in_play().get(str(parts[1]))
        found = getattr(resource, str(parts[2]), None)
    good = isinstance(found, int | float) and not isinstance(found, bool)
    return found if good else None


def ranges_of(scenario: Scenario, paths: Iterable[str]) -> list[str]:
    """The paths under `[uncertain]` that lie at, or inside, any of these, however they are written.

    What is set is uncertain no more. A path that a scenario does not have is left to `with_`.
    """
    if not scenario.uncertain:
        return []
    places = {_place(path, scenario) for path in paths} - {()}
    found = []
    for path in scenario.uncertain:
        parts = _place(path, scenario)
        if any(parts[:length] in places for length in range(1, len(parts) + 1)):
            found.append(path)
    return found


def _place(path: str, scenario: Scenario) -> tuple[str | int, ...]:
    try:
        return resolve(path, scenario, scenario.source)
    except ScenarioError:
        return ()


def _of_recipe(scenario: Scenario, parts: tuple[str | int, ...]) -> Any:
    try:
        found: Any = scenario.recipe(str(parts[1]))
    except (KeyError, ValueError, ScenarioError):
        return None
    for part in parts[2:]:
        found = found.get(part) if hasattr(found, "get") else getattr(found, str(part), None)
    return found


def _inside(found: Any, part: str | int) -> Any:
    if isinstance(found, dict):
        return found.get(part)
    if isinstance(found, list):
        return found[part] if isinstance(part, int) and part < len(found) else None
    if isinstance(found, BaseModel) and isinstance(part, str):
        for name, info in type(found).model_fields.items():
            if part == (info.alias or name):
                return getattr(found, name)
    return None
