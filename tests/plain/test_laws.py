"""What holds in every run of the plain model: conservation, and nothing below zero."""

import pytest
from pytest import approx

from crisis_abm.scenario import Scenario
from crisis_abm.tables import build, compile_policy
from tests.plain_mesa import PlainModel
from tests.random_scenarios import random_scenario


def model_of(seed):
    scenario = Scenario.from_dict(random_scenario(seed))
    tables = build(scenario)
    policy = compile_policy(scenario, tables, scenario.policy_named(scenario.policy))
    return PlainModel(tables, policy, seed)


@pytest.mark.parametrize("seed", range(300, 340))
def test_nothing_is_lost_and_nothing_is_negative(seed):
    model = model_of(seed)
    resources = {one.resource for one in model.inputs + model.outputs}
    stock = {kind: held(model, kind) for kind in resources}
    people = sum(model.caseload)
    communities = [sum(one) for one in model.community]
    while model.tick < model.parameters.steps:
        model.step()
        for kind in resources:
            assert held(model, kind) + gone(model, kind) == approx(stock[kind], rel=1e-9, abs=1e-7)
        came = sum(one.arrived_so_far for one in model.organisations) + model.severe_so_far
        left = sum(
            one.completed_so_far + one.harmed_so_far + one.deaths_so_far
            for one in model.organisations
        )
        assert people + came == approx(sum(model.caseload) + left, rel=1e-9, abs=1e-9)
        assert [sum(one) for one in model.community] == communities
        check_signs(model)
        check_shortfalls(model)


def held(model, resource):
    """Units in stock and on the road."""
    things = [one for one in model.inputs if one.resource is resource]
    outputs = [one for one in model.outputs if one.resource is resource]
    return sum(x.stock + sum(x.arriving) for x in things) + sum(x.stock for x in outputs)


def gone(model, resource):
    """Units used, perished, lost, less those made and gained, since the start."""
    things = [one for one in model.inputs if one.resource is resource]
    outputs = [one for one in model.outputs if one.resource is resource]
    inputs = sum(x.used + x.perished + x.lost - x.gained for x in things)
    return inputs + sum(x.perished + x.lost - x.made - x.gained for x in outputs)


def check_signs(model):
    names = "service level capacity caseload hazard_caseload harm hazard_deaths completed value"
    names += " input_stock output_stock pipeline order need shipped lapsed belief waiting"
    for name in names.split():
        assert all(value >= 0 for value in getattr(model, name)), name
    for one in model.inputs:
        assert one.pipeline == approx(sum(one.arriving), rel=1e-9, abs=1e-9)
    for one in model.organisations:
        assert one.waiting() + one.hazard_caseload <= one.caseload + 1e-9
    for home in model.homes:
        its = home.residents
        parts = (its.susceptible, its.exposed, its.infectious)
        assert min(parts) >= 0
        assert sum(parts) <= home.caseload + 1e-9
    for fill in model.supply_fill + model.service_fill + model.belief:
        assert 0 <= fill <= 1 + 1e-12


def check_shortfalls(model):
    """The parts of a loss make up the whole."""
    losses: dict[int, float] = {}
    for row in model.shortfalls:
        losses[row.organisation] = losses.get(row.organisation, 0.0) + row.loss
    for one in model.organisations:
        loss = one.workload - one.service
        assert losses.get(one.row, 0.0) == approx(loss if loss > 1e-9 else 0.0, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("seed", range(340, 350))
def test_same_seed_same_run(seed):
    first, second = model_of(seed).run(), model_of(seed).run()
    assert first.caseload == second.caseload
    assert first.input_stock == second.input_stock
    assert first.occurred == second.occurred


@pytest.mark.parametrize("seed", range(350, 380))
def test_nominal_workload_is_the_least_fixed_point(seed):
    model = model_of(seed)
    people = {one: one.caseload + one.arrivals + one.demand for one in model.organisations}
    workload = dict(people)
    for _ in range(1000):
        workload = {one: max(people[one], makers(one, workload)) for one in workload}
    for one in model.organisations:
        assert one.nominal_workload == approx(workload[one], rel=1e-9, abs=1e-9)
        for x in one.inputs:
            for link in x.links:
                assert link.contract == approx(link.share * x.use * workload[one])


def makers(one, workload):
    """What its customers' nominal orders ask of it, as far as it can."""
    asked = [
        sum(k.share * k.customer.use * workload[k.customer.owner] for k in output.links)
        / output.make
        for output in one.outputs
    ]
    return min(one.nominal, max(asked, default=0.0))
