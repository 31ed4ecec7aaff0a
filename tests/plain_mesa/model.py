"""The plain model: a tick as a list of phases, and everything readable in row order."""

from __future__ import annotations

import math
from collections import Counter

import mesa

from crisis_abm import streams
from crisis_abm.tables.layout import Policy, Tables
from tests.plain_mesa import build, value
from tests.plain_mesa.aid import lend
from tests.plain_mesa.organisation import Organisation
from tests.plain_mesa.people import move_on, reopen, treat
from tests.plain_mesa.readings import Readings
from tests.plain_mesa.serving import estimate, serve
from tests.plain_mesa.shortfalls import explain
from tests.plain_mesa.things import (
    AidLink,
    Input,
    Output,
    PlacesLink,
    ReferralLink,
    Shortfall,
    SupplyLink,
)


class PlainModel(Readings, mesa.Model):
    """A crisis, organisation by organisation.

    Parameters
    ----------
    tables : Tables
        The scenario.
    policy : Policy
        The levers.
    seed : int
        Of every draw.

    Attributes
    ----------
    tick : int
        The next one (the number of ticks completed).
    occurred : collections.Counter
        How often something worth testing has happened.
    """

    def __init__(self, tables: Tables, policy: Policy, seed: int) -> None:
        super().__init__(rng=seed)
        self.seed, self.tick = int(seed), 0
        self.parameters = tables.world.parameters
        self.organisations: list[Organisation] = []
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []
        self.supply: list[SupplyLink] = []
        self.aid: list[AidLink] = []
        self.places: list[PlacesLink] = []
        self.referrals: list[ReferralLink] = []
        self.homes: list[Organisation] = []
        self.shortfalls: list[Shortfall] = []
        self.shorted: list[tuple[int, int, float]] = []  # (input row, link row, lapsed)
        self.severe_so_far = 0
        self.occurred: Counter[str] = Counter()
        build.populate(self, tables.world)
        for one, levers in zip(self.organisations, policy.levers.tolist(), strict=True):
            one.levers.change(levers)
        self.hazard = build.epidemic(self, tables.world)
        self.calendar = build.calendar(self, tables.world, policy)
        value.solve(self.organisations)

    def step(self) -> None:
        """One tick, in the order of section 3."""
        self.shortfalls, self.shorted = [], []
        for one in self.organisations:
            one.harm = one.hazard_deaths = 0.0
        self.calendar.turn()
        self.agents.do("admit_arrivals")
        if self.hazard:
            self.hazard.spread()
        self.agents.do("find_capacity")
        self.agents.do("deliver")
        self.agents.do("communicate")
        self.agents.do("pay_for_communication")
        self.agents.do("request")
        self.agents.do("ration")
        self.agents.do("book")
        self.agents.do(estimate)
        lend(self)
        self.agents.do(serve)
        self.agents.do(explain, self)
        self.agents.do(treat, self)
        move_on(self)
        closed = [one for one in self.organisations if one.is_failed]
        for one in self.organisations:
            if not one.is_failed:
                one.judge()
        reopen(closed, self)
        self.agents.do("remember")
        self.tick += 1

    def run(self) -> PlainModel:
        """Run all ticks of the scenario."""
        while self.tick < self.parameters.steps:
            self.step()
        return self

    def limit(self, link: SupplyLink) -> float:
        """What a link can carry today of what its customer orders (7.5)."""
        if link.reliability < 1:
            chance = streams.uniform(self.seed, streams.RELIABILITY, link.key, self.tick, 0)
            if chance >= link.reliability:
                self.occurred["link out of order"] += link.order > 0
                return 0.0
        limit = link.order * min(1.0, link.factor)
        if link.capacity < math.inf:
            bound = link.capacity * link.factor
            self.occurred["link capacity bound"] += bound < limit
            limit = min(limit, bound)
        return limit

    def ship(self, link: SupplyLink) -> None:
        """Send what was granted: straight to the stock, or into the ring (7.6)."""
        if link.shipped == 0:
            return
        ticks = link.lead_time + link.delay
        if link.spread > 0:
            chance = streams.uniform(self.seed, streams.LEAD_TIME, link.key, self.tick, 0)
            ticks += math.floor(chance * (link.spread + 1))
        self.occurred["lead time event"] += link.delay != 0
        ticks = min(int(ticks), self.parameters.transit - 1)
        customer = link.customer
        if ticks == 0:
            customer.stock += link.shipped
        else:
            customer.arriving[(self.tick + ticks) % self.parameters.transit] += link.shipped
            customer.pipeline += link.shipped

    def note_lever(self, name: str, organisation: Organisation) -> None:
        """Note that a lever strictly between its ends made a difference."""
        if 0 < getattr(organisation.levers, name) < 1:
            self.occurred[f"{name} between 0 and 1"] += 1
