"""What a scenario says: schema, kinds and their recipes, policies, reading, checking, writing."""

from crisis_abm.scenario.members import Member
from crisis_abm.scenario.policy import LEVERS, Lever, Policy, PolicyChange
from crisis_abm.scenario.problems import Problem, ScenarioError
from crisis_abm.scenario.ready_made import ready_made_scenarios
from crisis_abm.scenario.recipes import Make, Need, Recipe, Resource
from crisis_abm.scenario.scenario import Scenario
from crisis_abm.scenario.schema_events import EFFECTS, Event
from crisis_abm.scenario.schema_hazard import Epidemic
from crisis_abm.scenario.schema_links import PLACES, AidRule, Link, ReferralRule, SupplyRule
from crisis_abm.scenario.schema_things import Area, Group, Organisation

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
