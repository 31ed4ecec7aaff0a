"""What a view calls working together, as a policy beside the scenario."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from crisis_abm.dashboard.view import EVERYONE, View
from crisis_abm.report.words import area_name
from crisis_abm.scenario import Policy, Scenario, ScenarioError
from crisis_abm.scenario.pydantic_errors import faults

__all__ = ["NAME", "choices_of_who", "policies_of"]

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


def policies_of(scenario: Scenario, view: View) -> tuple[Policy, Policy]:
    """The two policies that a view compares; the scenario stays as it is.

    Working together in full, all of the time and everywhere, is the scenario's ``reciprocal``;
    anything else is called `NAME`.

    Raises
    ------
    ScenarioError
        If the scenario has no such kind or area, or no such day.
    """
    siloed, everybody = scenario.policies_named("siloed,reciprocal")
    always = view.who == EVERYONE and view.start == 0
    if always and all(value == 1 for value in view.levers.values()):
        return siloed, everybody
    levers: dict[str, Any] = view.levers
    if not always:
        change: dict[str, Any] = {"start": view.start, **levers}
        sort, _, name = view.who.partition(":")
        if sort == "share":
            change["share"] = float(name)
        elif sort in ("kind", "area"):
            change[f"{sort}s"] = [name]
        levers = {"changes": [change]}
    try:
        made = Policy.model_validate(levers)
    except ValidationError as error:  # a name that no scenario may have
        raise ScenarioError(faults(error, scenario.source, Policy, f"policies.{NAME}")) from None
    return siloed, scenario.policy_named(made.named(NAME))
