"""Schema of what ties organisations together: supply links, and rules for supply, aid, referral."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from crisis_abm.scenario.fields import (
    Fraction,
    Key,
    Names,
    NumberOrInf,
    PositiveFraction,
    Reach,
    Section,
    WholeTicks,
)

__all__ = ["PLACES", "AidRule", "Link", "ReferralRule", "Split", "SupplySplit"]
__all__ += ["SupplyRule", "Within"]

Within = Literal["area", "region", "anywhere", "elsewhere"]
Split = Literal["equal", "capacity"]
SupplySplit = Literal["equal", "capacity", "catchment"]

PLACES = "places"
"""What partners lend when an aid rule moves people: free places, not a resource."""


class Link(Section):
    """`[[links]]`: one supplier of one customer."""

    from_: Key = Field(alias="from")
    """Id of the supplier."""
    to: Key
    """Id of the customer."""
    resource: Key
    """What is supplied."""
    share: Fraction | None = None
    """Part of the customer's supply that comes this way; links without one divide equally what the
    customer's other links and rules leave."""
    lead_time: WholeTicks = 0
    """Ticks from sending to arrival."""
    lead_time_spread: WholeTicks = 0
    """Up to so many ticks later, by chance, each as likely."""
    capacity: NumberOrInf = math.inf
    """Most that can be sent in a tick."""
    reliability: Fraction = 1.0
    """Chance that a shipment arrives at all."""


class SupplyRule(Section):
    """`[[supply]]`: who supplies what to whom, for many customers at once.

    `from_` and `to` name kinds or organisations (default: every maker, everybody who needs it);
    `share` is the part of a customer's supply that this rule gives, divided over its `suppliers`
    equally or by their capacity. With ``split = "catchment"`` suppliers are not chosen by lot:
    customers and suppliers stand along a street, each as long as what it needs or can make, and
    everybody is supplied by those opposite, so that all suppliers are loaded alike; `suppliers`
    is how many such streets each walks.
    """

    resource: Key
    """What is supplied."""
    from_: Names | None = Field(default=None, alias="from")
    """Kinds or ids of suppliers; default everybody who makes it."""
    to: Names | None = None
    """Kinds or ids of customers; default everybody who needs it."""
    suppliers: Reach = 1
    """How many suppliers each customer has."""
    within: Within = "area"
    """Where a customer's suppliers are: in its area, its region, anywhere, or elsewhere."""
    share: PositiveFraction = 1.0
    """Part of a customer's supply that this rule gives."""
    split: SupplySplit = "equal"
    """How that is divided over its suppliers."""
    lead_time: WholeTicks = 0
    """Ticks from sending to arrival."""
    lead_time_spread: WholeTicks = 0
    """Up to so many ticks later, by chance."""
    capacity: NumberOrInf = math.inf
    """Most that each link can carry in a tick."""
    reliability: Fraction = 1.0
    """Chance that a link works on a tick."""


class AidRule(Section):
    """`[[aid]]`: partners who may lend each other a resource, staff or free places."""

    resource: Key
    """What they lend: a resource, labour for staff, or places to take people over."""
    between: Names | None = None
    """Kinds or ids of the partners; default everybody who uses it."""
    partners: Reach = "all"
    """How many partners each has."""
    within: Within = "area"
    """Where its partners are: in its area, its region, anywhere, or elsewhere."""


class ReferralRule(Section):
    """`[[referral]]`: where people go who finished their stay; the rest of them complete."""

    from_: Names = Field(alias="from")
    """Kinds or ids of those whom people leave."""
    to: Names
    """Kinds or ids of those to whom they go."""
    share: PositiveFraction
    """Part of those who finish that goes this way."""
    within: Within = "area"
    """Where they go: in the area, the region, anywhere, or elsewhere."""
    targets: Reach = "all"
    """To how many each sends people."""
    split: Split = "equal"
    """How people are divided over them."""
