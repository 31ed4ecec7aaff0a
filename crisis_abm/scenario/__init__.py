"""What a scenario says: schema, kinds and their recipes, policies, reading, checking, writing."""

from crisis_abm.scenario.io.load import ready_made_scenarios
from crisis_abm.scenario.population import Member
from crisis_abm.scenario.problems import Problem, ScenarioError
from crisis_abm.scenario.recipes import Make, Need, Recipe, Resource
from crisis_abm.scenario.scenario import Scenario
from crisis_abm.scenario.schema.entries import (
    PLACES,
    AidRule,
    Area,
    Group,
    Link,
    Organisation,
    ReferralRule,
    SupplyRule,
)
from crisis_abm.scenario.schema.policy import LEVERS, Lever, Policy, PolicyChange
from crisis_abm.scenario.schema.shocks import EFFECTS, Epidemic, Event

__all__ = [
    "EFFECTS",
    "LEVERS",
    "PLACES",
    "AidRule",
    "Area",
    "Epidemic",
    "Event",
    "Group",
    "Lever",
    "Link",
    "Make",
    "Member",
    "Need",
    "Organisation",
    "Policy",
    "PolicyChange",
    "Problem",
    "Recipe",
    "ReferralRule",
    "Resource",
    "Scenario",
    "ScenarioError",
    "SupplyRule",
    "ready_made_scenarios",
]
