"""People in care: harmed, finishing, moving on (7.9), and who could open again (7.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.plain_mesa.organisation import Organisation
from tests.plain_mesa.things import EPSILON, Input, Output, Status

if TYPE_CHECKING:
    from tests.plain_mesa.model import PlainModel


def treat(one: Organisation, model: PlainModel) -> None:
    """The unserved come to harm, the served finish."""
    served = min(one.people, one.service)
    sigma = served / one.people if one.people > EPSILON else 1.0
    one.harm += one.kind.harm * (one.people - served)
    harmed = (1 - sigma) * min(1.0, one.kind.harm)
    one.harmed_so_far += harmed * one.caseload
    one.shrink(1 - harmed)
    stay = model.hazard.figures.stay if model.hazard else 0.0
    severe = sigma * one.hazard_caseload / (stay if stay > 0 else one.stay)
    others = sigma * (one.caseload - one.waiting() - one.hazard_caseload) / one.stay
    deaths = model.hazard.figures.fatality * severe if model.hazard else 0.0
    one.hazard_caseload -= severe
    finished = others + severe - deaths
    for link in one.referrals:
        link.waiting += link.share * finished
    one.completed = finished * (1 - sum(link.share for link in one.referrals))
    one.hazard_deaths += deaths
    one.deaths_so_far += deaths
    one.completed_so_far += one.completed
    one.leave(deaths + one.completed)
    if deaths > 0:
        model.occurred["hazard deaths in care"] += 1


def move_on(model: PlainModel) -> None:
    """Those who wait move where there are free places; the others block theirs."""
    for one in model.organisations:
        waiting = sum(link.waiting for link in one.referred_here)
        free = max(0.0, one.capacity - one.caseload - one.demand * one.demand_factor)
        admitted = min(1.0, free / waiting) if waiting > 0 and not one.is_failed else 0.0
        for link in one.referred_here:
            link.moved = admitted * link.waiting
    for one in model.organisations:
        for link in one.referrals:
            link.waiting -= link.moved
        one.leave(sum(link.moved for link in one.referrals))
        if one.waiting() > EPSILON:
            model.occurred["blocked"] += 1
    for one in model.organisations:
        one.caseload += sum(link.moved for link in one.referred_here)
        if model.hazard and one.residents and one.referred_here:
            model.hazard.discharge(one)


def reopen(closed_before: list[Organisation], model: PlainModel) -> None:
    """Count the ticks in which the closed could open again; open those that waited long enough."""
    closed = [one for one in model.organisations if one.is_failed]
    for one in closed:
        for_good = one.kind.recovery >= model.parameters.steps
        one.could_reopen = not for_good and (one.capacity >= 0.5 * one.nominal_workload - EPSILON)
    unsupplied = [one for one in closed if one.could_reopen and not could_be_supplied(one)]
    while unsupplied:
        for one in unsupplied:
            one.could_reopen = False
        unsupplied = [one for one in closed if one.could_reopen and not could_be_supplied(one)]
    ready = []
    for one in closed_before:
        one.reopening_ticks = one.reopening_ticks + 1 if one.could_reopen else 0
        if one.reopening_ticks >= max(1, one.kind.recovery):
            ready.append(one)
    for one in ready:
        one.status = Status.WORKING
        one.failing_ticks = one.reopening_ticks = 0
        for output in one.outputs:
            if not output.resource.storable:
                output.stock = output.make * min(one.nominal_workload, one.capacity)
                output.made += output.stock
        model.occurred["reopened"] += 1
    if len(ready) > 1:
        model.occurred["reopened together"] += 1


def could_be_supplied(one: Organisation) -> bool:
    """Whether its suppliers' uncommitted supply would cover its nominal need."""
    return all(
        sum(uncommitted(k.supplier) for k in x.links if k.factor != 0)
        >= x.use * one.nominal_workload * (1 - EPSILON)
        for x in one.inputs
        if matters(x)
    )


def matters(one: Input) -> bool:
    return one.criticality > 0 and one.use > 0 and bool(one.links)


def uncommitted(output: Output) -> float:
    """What a supplier could give to somebody more."""
    owner = output.owner
    stock = output.stock if output.resource.storable else 0.0
    if not owner.is_failed:
        making = output.make * owner.capacity * owner.level_of_the_tick()
        return stock + max(0.0, making - output.total_orders)
    return stock + output.make * owner.capacity if owner.could_reopen else 0.0
