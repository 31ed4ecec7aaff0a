"""What a scenario says: schema, kinds and their recipes, policies, reading, checking, writing."""

from .members import Member
from .policy import LEVERS, Lever, Policy, PolicyChange
from .problems import Problem, ScenarioError
from .ready_made import ready_made_scenarios
from .recipes import Make, Need, Recipe, Resource
from .scenario import Scenario
from .schema_events import EFFECTS, Event
from .schema_hazard import Epidemic
from .schema_links import PLACES, AidRule, Link, ReferralRule, SupplyRule
from .schema_things import Area, Group, Organisation

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
