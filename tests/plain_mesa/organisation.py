"""An organisation as a Mesa agent: what it does by itself in each phase of a tick."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

import mesa
import numpy as np

from crisis_abm import streams
from tests.plain_mesa.rationing import by_contract, by_priority
from tests.plain_mesa.things import (
    EPSILON,
    Community,
    Input,
    Kind,
    Levers,
    Output,
    PlacesLink,
    ReferralLink,
    Residents,
    Status,
)

if TYPE_CHECKING:
    from tests.plain_mesa.model import PlainModel


class Organisation(mesa.Agent):
    """Somebody whose service others depend on.

    Attributes
    ----------
    nominal, capacity : float
        Units of service a tick: at rest, and in this tick (K).
    people : float
        W, the workload that people are.
    workload, activity, planned : float
        Workload, the activity that inputs are needed for, s̄ (7.5 to 7.7).
    """

    model: PlainModel

    def __init__(
        self, model: PlainModel, row: int, kind: Kind, key: np.uint64, **figures: float
    ) -> None:
        super().__init__(model)
        self.row, self.kind = row, kind
        self.key, self.area = key, int(figures["area"])
        self.nominal = self.capacity = figures["capacity"]
        self.caseload, self.demand = figures["caseload"], figures["demand"]
        self.arrivals, self.population = figures["arrivals"], figures["population"]
        self.stay, self.nominal_workload = figures["stay"], figures["nominal_workload"]
        window = model.parameters.forecast_window
        self.past_workload = deque([self.nominal_workload] * window, maxlen=window)
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []
        self.coordination: Input | None = None
        self.tests: Input | None = None
        self.takes_over: list[PlacesLink] = []
        self.referrals: list[ReferralLink] = []
        self.referred_here: list[ReferralLink] = []
        self.community: Community | None = None
        self.residents: Residents | None = None
        self.levers = Levers()
        self.status, self.level, self.service, self.workload = Status.WORKING, 1.0, 0.0, 0.0
        self.failing_ticks = self.reopening_ticks = 0
        self.could_reopen = False
        self.value = kind.harm
        self.capacity_factor = self.demand_factor = self.contact_factor = 1.0
        self.ill = self.absent = 0.0
        self.people = self.activity = self.planned = self.target = 0.0
        self.hazard_caseload = self.hazard_deaths = self.harm = self.completed = 0.0
        self.arrived_so_far = self.harmed_so_far = self.completed_so_far = self.deaths_so_far = 0.0
        self.deficit = 0.0

    @property
    def is_failed(self) -> bool:
        return self.status is Status.FAILED

    def waiting(self) -> float:
        """People who have finished and wait for a place elsewhere."""
        return sum(link.waiting for link in self.referrals)

    def shrink(self, factor: float) -> None:
        """Lose people in proportion: treated, waiting, severe and residents alike."""
        self.caseload *= factor
        self.hazard_caseload *= factor
        for link in self.referrals:
            link.waiting *= factor
        if self.residents:
            self.residents.shrink(factor)

    def die(self, residents: float) -> None:
        """Residents die who are counted out of the epidemic already."""
        remaining = max(0.0, 1 - residents / self.caseload)
        self.caseload *= remaining
        self.hazard_caseload *= remaining
        for link in self.referrals:
            link.waiting *= remaining

    def leave(self, people: float) -> None:
        """Some go who were counted elsewhere; residents go in proportion."""
        if self.residents and self.caseload > 0:
            self.residents.shrink(max(0.0, 1 - people / self.caseload))
        self.caseload = max(0.0, self.caseload - people)

    # 7.1, 7.2

    def admit_arrivals(self) -> None:
        """People arrive at care from outside, also at a failed organisation."""
        arrived = self.arrivals * self.demand_factor
        self.caseload += arrived
        self.arrived_so_far += arrived
        if self.residents:
            self.residents.susceptible += arrived

    def find_capacity(self) -> None:
        """K of the tick, before communication takes its share."""
        ordinary = self.kind.absence
        trials = math.floor(self.population + 0.5)
        if ordinary > 0 and trials > 0:
            model = self.model
            u = streams.uniform(model.seed, streams.ABSENCE, self.key, model.tick, 0)
            ordinary = streams.binomial(u, trials, ordinary) / trials
        self.absent = 1 - (1 - ordinary) * (1 - self.ill)
        self.capacity = self.nominal * self.capacity_factor * (1 - self.absent)

    # 7.3

    def deliver(self) -> None:
        """Take in what arrives today."""
        slot = self.model.tick % self.model.parameters.transit
        for one in self.inputs:
            if one.arriving[slot] > 0:
                one.stock += one.arriving[slot]
                one.pipeline = max(0.0, one.pipeline - one.arriving[slot])
                one.arriving[slot] = 0.0

    # 7.4

    def coordination_fill(self) -> float:
        """κ: how well the backbone helps it to talk; a shut door needs no help to be noticed."""
        if self.is_failed or not self.coordination:
            return 1.0
        return self.coordination.service_fill

    def communicate(self) -> None:
        """Learn how its suppliers are doing."""
        for one in self.inputs:
            for link in one.links:
                link.knowledge = c = knowledge(self, link.supplier.owner)
                if c > 0:
                    truth = availability(link)
                    if c < 1 and abs(truth - link.belief) > EPSILON:
                        self.model.occurred["communication between 0 and 1"] += 1
                    link.belief += c * (truth - link.belief)

    def pay_for_communication(self) -> None:
        cost = self.model.parameters.communication_cost
        self.capacity *= 1 - cost * self.levers.communication

    # 7.5

    def request(self) -> None:
        """Order what it needs, or thinks it had better order."""
        model = self.model
        self.planned = sum(self.past_workload) / len(self.past_workload)
        for one in self.inputs:
            planned_use = one.use * self.planned
            if self.is_failed:
                one.order = one.need = 0.0
            elif one.resource.storable:
                lacking = one.safety - one.stock - one.pipeline
                fear = 1.0 + (
                    model.parameters.hoarding * (1 - one.supply_fill) * (1 - self.levers.measures)
                )
                one.need = max(0.0, one.cover * planned_use + lacking)
                one.order = max(0.0, one.cover * planned_use * fear + lacking)
                if one.order > one.need + EPSILON:
                    model.occurred["hoarding"] += 1
                    model.note_lever("measures", self)
            else:
                one.order = one.need = planned_use
            self._split_order(one)

    def _split_order(self, one: Input) -> None:
        weights = [k.share * (1 - k.knowledge + k.knowledge * k.belief) for k in one.links]
        total = sum(weights)
        for link, weight in zip(one.links, weights, strict=True):
            part = weight / total if total > EPSILON else link.share
            link.order, link.need = one.order * part, one.need * part
            limit = self.model.limit(link)
            link.deliverable = min(link.order, limit)
            link.known_need = min(link.need, limit)
            if link.order > 0 and link.supplier.owner.is_failed:
                self.model.occurred["ordered from a failed supplier"] += 1

    # 7.6

    def ration(self) -> None:
        """Ship what was ordered, or share out what there is."""
        for output in self.outputs:
            links, stock = output.links, output.stock
            orders = [link.deliverable for link in links]
            output.total_orders = total = sum(orders)
            if self.is_failed:
                amounts = [0.0] * len(links)
            elif stock >= total - EPSILON:
                amounts = orders
            elif output.resource.by_contract:
                amounts = by_contract(output, orders)
                self.model.occurred["rationed by contract"] += 1
            else:
                amounts = by_priority(output, orders, self.model)
                self.model.occurred["rationed by priority"] += 1
            for link, amount in zip(links, amounts, strict=True):
                link.shipped = min(amount, output.stock)
                output.stock -= link.shipped
                self.model.ship(link)

    def book(self) -> None:
        """Remember, as a customer, what was not shipped."""
        smoothing = self.model.parameters.smoothing
        for one in self.inputs:
            kept = max(0.0, 1 - 1 / max(1.0, one.cover)) if one.resource.storable else 0.0
            shipped = 0.0
            for link in one.links:
                link.lapsed = kept * link.lapsed + link.order - link.shipped
                shipped += link.shipped
            if one.order > EPSILON:
                one.supply_fill += smoothing * (shipped / one.order - one.supply_fill)

    # 7.10

    def level_of_the_tick(self) -> float:
        return self.service / self.workload if self.workload > EPSILON else 1.0

    def judge(self) -> None:
        """Working, strained, failing or, after too many failing ticks, failed."""
        level = self.level_of_the_tick()
        if level >= 0.5 - EPSILON:
            self.failing_ticks = 0
            self.status = Status.STRAINED if level < 0.9 - EPSILON else Status.WORKING
            return
        self.failing_ticks += 1
        self.status = Status.FAILING
        if self.failing_ticks >= self.kind.patience:
            self.status, self.reopening_ticks = Status.FAILED, 0
            self.model.occurred["failed"] += 1

    def remember(self) -> None:
        """Complete the tick: moving averages."""
        self.past_workload.append(self.workload)
        for output in self.outputs:
            output.past_orders.append(output.total_orders)


def knowledge(one: Organisation, other: Organisation) -> float:
    """How well two organisations know of one another: c (7.4)."""
    both = one.levers.communication * other.levers.communication
    return both * min(one.coordination_fill(), other.coordination_fill()) if both > 0 else 0.0


def availability(link) -> float:
    """The truth about a supplier that communication tells (7.4)."""
    output, owner = link.supplier, link.supplier.owner
    if owner.is_failed:
        return 0.0
    works = min(1.0, link.factor)
    if output.total_orders > EPSILON:
        return min(1.0, output.stock / output.total_orders) * works
    return works if output.stock > EPSILON or owner.capacity > 0 else 0.0
