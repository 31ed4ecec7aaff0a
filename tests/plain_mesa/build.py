"""From the rows of the tables to agents and objects, at rest before the first tick (section 5)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crisis_abm.tables.layout import Effect, Policy, World
from tests.plain_mesa.events import Calendar, Change, Event
from tests.plain_mesa.hazard import Area, Epidemic
from tests.plain_mesa.organisation import Organisation
from tests.plain_mesa.things import (
    AidLink,
    Community,
    Input,
    Kind,
    Output,
    PlacesLink,
    ReferralLink,
    Residents,
    Resource,
    SupplyLink,
)

if TYPE_CHECKING:
    from tests.plain_mesa.model import PlainModel


def rows(table, *names: str):
    """Rows of a table of arrays, as tuples of plain numbers."""
    return zip(*(getattr(table, name).tolist() for name in names), strict=True)


def populate(model: PlainModel, world: World) -> None:
    """Make organisations, holdings and links."""
    names = ("rank", "harm", "response", "threshold", "adjustment", "patience", "recovery")
    kinds = [Kind(*one) for one in rows(world.kinds, *names, "absence")]
    resources = [Resource(*one) for one in rows(world.resources, "storable", "by_contract")]
    names = ("area", "capacity", "caseload", "demand", "arrivals", "population", "stay")
    names += ("nominal_workload",)
    figures = rows(world.organisations, "kind", *names)
    for row, (kind, *its) in enumerate(figures):
        key = world.organisations.key[row]
        named = dict(zip(names, its, strict=True))
        model.organisations.append(Organisation(model, row, kinds[kind], key, **named))
    names = ("organisation", "resource", "use", "criticality", "cover", "safety")
    for row, (owner, resource, *its) in enumerate(rows(world.inputs, *names)):
        one = Input(row, model.organisations[owner], resources[resource], *its)
        one.arriving = [0.0] * model.parameters.transit
        one.owner.inputs.append(one)
        model.inputs.append(one)
    names = ("organisation", "resource", "make", "cover")
    for row, (owner, resource, *its) in enumerate(rows(world.outputs, *names)):
        one = Output(row, model.organisations[owner], resources[resource], *its)
        one.owner.outputs.append(one)
        model.outputs.append(one)
    for one, row in zip(model.organisations, world.organisations.coordination, strict=True):
        one.coordination = model.inputs[row] if row >= 0 else None
    _link(model, world)
    _fill(model)


def _link(model: PlainModel, world: World) -> None:
    names = ("share", "lead_time", "spread", "capacity", "reliability", "contract")
    links = rows(world.supply, "supplier", "customer", *names)
    for row, (supplier, customer, *its) in enumerate(links):
        key = world.supply.key[row]
        ends = (model.outputs[supplier], model.inputs[customer])
        link = SupplyLink(row, *ends, **dict(zip(names, its, strict=True)), key=key)
        link.supplier.links.append(link)
        link.customer.links.append(link)
        model.supply.append(link)
    for donor, partner in rows(world.aid, "donor", "partner"):
        model.aid.append(AidLink(model.inputs[donor], model.inputs[partner]))
        model.inputs[donor].aid.append(model.aid[-1])
    for donor, partner in rows(world.places, "donor", "partner"):
        link = PlacesLink(model.organisations[donor], model.organisations[partner])
        link.donor.takes_over.append(link)
        model.places.append(link)
    for aid, reverse in zip(model.aid, world.aid.reverse, strict=True):
        aid.reverse = model.aid[reverse]
    for place, reverse in zip(model.places, world.places.reverse, strict=True):
        place.reverse = model.places[reverse]
    for origin, target, share in rows(world.referrals, "origin", "target", "share"):
        link = ReferralLink(model.organisations[origin], model.organisations[target], share)
        link.origin.referrals.append(link)
        link.target.referred_here.append(link)
        model.referrals.append(link)


def _fill(model: PlainModel) -> None:
    """Stocks and windows before the first tick."""
    for one in model.inputs:
        if one.resource.storable:
            nominal_use = one.use * one.owner.nominal_workload
            one.stock = max(0.0, one.cover - 1) * nominal_use + one.safety
    for one in model.outputs:
        orders = sum(link.contract for link in one.links)
        if one.resource.storable:
            one.stock = (one.cover + 1) * orders
        else:
            one.stock = one.make * min(one.owner.nominal_workload, one.owner.nominal)
        one.total_orders = orders
        window = model.parameters.forecast_window
        one.past_orders = deque([orders] * window, maxlen=window)


def epidemic(model: PlainModel, world: World) -> Epidemic | None:
    """The hazard, or None where there is none."""
    given, organisations = world.hazard, model.organisations
    if not given.active:
        return None
    areas = [Area(imports) for imports in given.imports.tolist()]
    for number, area in enumerate(areas):
        for place, infected in _slice(
            given.community_start, number, given.community, given.infected
        ):
            people = math.floor(organisations[place].population + 0.5)
            organisations[place].community = Community(people - int(infected), int(infected))
            area.communities.append(organisations[place])
        for (place,) in _slice(given.receiver_start, number, given.receiver):
            area.receivers.append(organisations[place])
    for place, shield, labour in zip(given.residents, given.protection, given.labour, strict=True):
        home = organisations[place]
        home.residents = Residents(
            home.caseload,
            model.inputs[shield] if shield >= 0 else None,
            model.inputs[labour] if labour >= 0 else None,
        )
        model.homes.append(home)
    for one, row in zip(organisations, given.tests, strict=True):
        one.tests = model.inputs[row] if row >= 0 else None
    return Epidemic(model, given, areas, model.homes)


def calendar(model: PlainModel, world: World, policy: Policy) -> Calendar:
    """Events and policy, by name rather than by row."""
    targets: dict[Effect, Sequence[Any]] = {
        Effect.ANNOUNCEMENT: [],
        Effect.STOCK_INPUTS: model.inputs,
        Effect.ADD_STOCK_INPUTS: model.inputs,
        Effect.STOCK_OUTPUTS: model.outputs,
        Effect.ADD_STOCK_OUTPUTS: model.outputs,
        Effect.LINK: model.supply,
        Effect.LEAD_TIME: model.supply,
    }
    events = []
    given = world.events
    figures = rows(given, "effect", "start", "end", "value", "levers", "trigger")
    for row, (effect, start, end, value, levers, trigger) in enumerate(figures):
        things = targets.get(Effect(effect), model.organisations)
        chosen = [things[k] for (k,) in _slice(given.target_start, row, given.target)]
        if Effect(effect) is Effect.ANNOUNCEMENT:
            chosen = []
        event = Event(Effect(effect), start, end, value, levers, chosen)
        if not math.isnan(trigger):
            event.trigger, event.duration, event.start, event.end = trigger, end, -1, -1
            event.communities = _watched(
                model, [a for (a,) in _slice(given.area_start, row, given.area)]
            )
        events.append(event)
    changes = []
    for row, (start, end, levers) in enumerate(rows(policy, "start", "end", "value")):
        chosen = [
            model.organisations[k] for (k,) in _slice(policy.target_start, row, policy.target)
        ]
        changes.append(Change(start, end, levers, chosen))
    return Calendar(model, events, changes)


def _watched(model: PlainModel, chosen: list[int]) -> list[Organisation]:
    areas = model.hazard.areas if model.hazard else []
    return [
        one
        for number, area in enumerate(areas)
        for one in area.communities
        if not chosen or number in chosen
    ]


def _slice(start, row: int, *columns):
    """Entries start[row] to start[row + 1] of some columns, as tuples."""
    part = slice(int(start[row]), int(start[row + 1]))
    return zip(*(column[part].tolist() for column in columns), strict=True)
