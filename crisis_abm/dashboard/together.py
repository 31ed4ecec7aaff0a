"""What a view calls working together, as a policy of the scenario."""

from __future__ import annotations

from typing import Any

from crisis_abm.dashboard.view import EVERYONE, View
from crisis_abm.report.words import area_name
from crisis_abm.scenario import Scenario

__all__ = ["NAME", "choices_of_who", "policies_of", "with_policy"]

NAME = "together"
SHARES = (0.25, 0.5, 0.75)


def choices_of_who(scenario: Scenario) -> dict[str, str]:
    """Who may be asked to work together, in words, by what the address says of it."""
    found = {EVERYONE: "everyone"}
    found |= {f"share:{share:g}": f"{share:.0%} of organisations, by lot" for share in SHARES}
    found |= {f"kind:{kind}": f"one kind: {kind.replace('_', ' ')}" for kind in scenario.recipes()}
    if len(scenario.areas_in_play()) > 1:
        found |= {
            f"area:{area}": f"one area: {area_name(scenario, area)}"
            for area in scenario.areas_in_play()
        }
    return found


def with_policy(scenario: Scenario, view: View) -> Scenario:
    """The scenario with the view's policy in it, under `NAME`.

    Raises
    ------
    ScenarioError
        If the scenario has no such kind or area, or no such day.
    """
    levers: dict[str, Any] = view.levers
    if view.who == EVERYONE and view.start == 0:
        return scenario.with_({f"policies.{NAME}": levers})
    change = {"start": view.start, **levers}
    sort, _, name = view.who.partition(":")
    if sort == "share":
        change["share"] = float(name)
    elif sort in ("kind", "area"):
        change[f"{sort}s"] = [name]
    return scenario.with_({f"policies.{NAME}": {"changes": [change]}})


def policies_of(scenario: Scenario, view: View) -> tuple[Scenario, tuple[str, str]]:
    """A scenario and the two policies of it to be compared.

    Working together in full, all of the time and everywhere, is the scenario's ``reciprocal``.
    """
    full = all(value == 1 for value in view.levers.values())
    if full and view.who == EVERYONE and view.start == 0:
        return scenario, ("siloed", "reciprocal")
    return with_policy(scenario, view), ("siloed", NAME)
