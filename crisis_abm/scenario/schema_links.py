"""Schema of what ties organisations together: supply links, and rules for supply, aid, referral."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from .fields import Fraction, Key, Names, NumberOrInf, PositiveFraction, Reach, Section, WholeTicks

__all__ = ["PLACES", "AidRule", "Link", "ReferralRule", "Split", "SupplySplit"]
__all__ += ["SupplyRule", "Within"]

Within = Literal["area", "region", "anywhere", "elsewhere"]
Split = Literal["equal", "capacity"]
SupplySplit = Literal["equal", "capacity", "catchment"]

PLACES = "places"
"""What partners lend when an aid rule moves people: free places, not a resource."""


class Link(Section):
    """`[[links]]`: one supplier of one customer.

    Parameters
    ----------
    from : str
        Id of the supplier.
    to : str
        Id of the customer.
    resource : str
        What is supplied.
    share : float, optional
        Part of the customer's supply that comes this way; links without one divide equally what
        the customer's other links and rules leave.
    lead_time : int
        Ticks from sending to arrival.
    lead_time_spread : int
        Up to so many ticks later, by chance, each as likely.
    capacity : float
        Most that can be sent in a tick.
    reliability : float
        Chance that a shipment arrives at all.
    """

    from_: Key = Field(alias="from")
    to: Key
    resource: Key
    share: Fraction | None = None
    lead_time: WholeTicks = 0
    lead_time_spread: WholeTicks = 0
    capacity: NumberOrInf = math.inf
    reliability: Fraction = 1.0


class SupplyRule(Section):
    """`[[supply]]`: who supplies what to whom, for many customers at once.

    `from_` and `to` name kinds or organisations (default: every maker, everybody who needs it);
    `share` is the part of a customer's supply that this rule gives, divided over its `suppliers`
    equally or by their capacity. With ``split = "catchment"`` suppliers are not chosen by lot:
    customers and suppliers stand along a street, each as long as what it needs or can make, and
    everybody is supplied by those opposite, so that all suppliers are loaded alike; `suppliers`
    is how many such streets each walks.

    Parameters
    ----------
    resource : str
        What is supplied.
    from : list of str
        Kinds or ids of suppliers; default everybody who makes it.
    to : list of str
        Kinds or ids of customers; default everybody who needs it.
    suppliers : int or all
        How many suppliers each customer has.
    within : str
        Where a customer's suppliers are: in its area, its region, anywhere, or elsewhere.
    share : float
        Part of a customer's supply that this rule gives.
    split : str
        How that is divided over its suppliers.
    lead_time : int
        Ticks from sending to arrival.
    lead_time_spread : int
        Up to so many ticks later, by chance.
    capacity : float or inf
        Most that each link can carry in a tick.
    reliability : float
        Chance that a link works on a tick.
    """

    resource: Key
    from_: Names | None = Field(default=None, alias="from")
    to: Names | None = None
    suppliers: Reach = 1
    within: Within = "area"
    share: PositiveFraction = 1.0
    split: SupplySplit = "equal"
    lead_time: WholeTicks = 0
    lead_time_spread: WholeTicks = 0
    capacity: NumberOrInf = math.inf
    reliability: Fraction = 1.0


class AidRule(Section):
    """`[[aid]]`: partners who may lend each other a resource, staff or free places.

    Parameters
    ----------
    resource : str
        What they lend: a resource, labour for staff, or places to take people over.
    between : list of str
        Kinds or ids of the partners; default everybody who uses it.
    partners : int or all
        How many partners each has.
    within : str
        Where its partners are: in its area, its region, anywhere, or elsewhere.
    """

    resource: Key
    between: Names | None = None
    partners: Reach = "all"
    within: Within = "area"


class ReferralRule(Section):
    """`[[referral]]`: where people go who finished their stay; the rest of them complete.

    Parameters
    ----------
    from : list of str
        Kinds or ids of those whom people leave.
    to : list of str
        Kinds or ids of those to whom they go.
    share : float
        Part of those who finish that goes this way.
    within : str
        Where they go: in the area, the region, anywhere, or elsewhere.
    targets : int or all
        To how many each sends people.
    split : str
        How people are divided over them.
    """

    from_: Names = Field(alias="from")
    to: Names
    share: PositiveFraction
    within: Within = "area"
    targets: Reach = "all"
    split: Split = "equal"
