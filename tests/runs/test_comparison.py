"""Paired comparison: the same crises, the same figures on any number of workers."""

from __future__ import annotations

import numpy as np
import pytest

from crisis_abm.outcomes import OUTCOMES
from crisis_abm.runs import compare, run_once
from crisis_abm.runs.statistics import Alike
from crisis_abm.scenario import Scenario
from tests.engine.crises import ward

OUT = {"title": "out", "start": 3, "end": 9, "capacity": 0.2, "kinds": ["maker"]}


def crisis(**changes):
    data = ward(events=[OUT], **changes)
    data["kinds"]["ward"]["absence"] = 0.2
    data["organisations"][0]["population"] = 20
    data["organisations"].append(
        {"id": "annex", "kind": "ward", "area": "there", "capacity": 8, "demand": 5}
    )
    data["supply"] = [{"resource": "gowns", "within": "anywhere"}]
    return Scenario.from_dict(data)


@pytest.mark.smoke
def test_the_same_tables_on_one_worker_and_on_two():
    one = compare(crisis(), replicates=6, seed=4, workers=1)
    two = compare(crisis(), replicates=6, seed=4, workers=2)
    for name in ("figures", "harm", "strained", "daily"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_replicate_does_not_depend_on_how_many_there_are():
    few, many = (compare(crisis(), replicates=n, seed=4) for n in (2, 5))
    np.testing.assert_array_equal(few.figures, many.figures[:2])
    assert len(np.unique(many.of("harm", "siloed"))) > 2


def test_a_replicate_can_be_run_alone():
    found = compare(crisis(), replicates=3, seed=4)
    alone = run_once(crisis(), "reciprocal", seed=4, replicate=2)
    np.testing.assert_array_equal(list(alone.outcomes.values()), found.figures[2, 1])


def test_the_difference_of_a_policy_from_itself_is_nothing():
    found = compare(crisis(), ("siloed", "agenda=0"), replicates=4)
    for outcome in OUTCOMES:
        difference = found.difference(outcome, found.policies[1])
        assert difference.interval is None and difference.alike == Alike(0.0, 4, 4)
    assert found.payers(found.policies[1]) == []


def test_uncertain_ranges_are_drawn_anew_and_alike_for_every_policy():
    ranges = {"organisations.ward.demand": {"low": 5, "high": 10}}
    found = compare(crisis(uncertain=ranges), ("siloed", "parity=1"), replicates=5)
    workload = found.daily[:, 0, 0, :, 2]
    assert len({float(row.sum()) for row in found.figures[:, 0, :1]}) > 1
    assert workload.shape[0] == 5


def test_a_policy_of_the_scenario_is_drawn_anew_where_its_levers_are_uncertain():
    ranges = {"policies.ours.communication": {"low": 0.1, "high": 0.9, "why": "a guess"}}
    scenario = crisis(uncertain=ranges, policies={"ours": {"communication": 0.5}})
    found = compare(scenario, ("siloed", scenario.policy_named("ours")), replicates=3, seed=2)
    for replicate in range(3):
        alone = run_once(scenario, "ours", seed=2, replicate=replicate)
        (drawn,) = scenario.draw(2, replicate).values()
        assert alone.policy.levers == (0, 0, drawn, 0, 0)
        written = run_once(scenario, f"communication={drawn!r}", seed=2, replicate=replicate)
        assert list(alone.outcomes.values()) == list(written.outcomes.values())
        np.testing.assert_array_equal(found.figures[replicate, 1], list(alone.outcomes.values()))


def test_who_pays_is_told_by_organisation_kind_and_area():
    """A policy that only costs: communication where nothing is short and one has no slack."""
    calm = ward(events=[])
    calm["organisations"].append(
        {"id": "roomy", "kind": "ward", "area": "there", "capacity": 20, "demand": 10}
    )
    calm["supply"] = [{"resource": "gowns", "within": "anywhere"}]
    found = compare(Scenario.from_dict(calm), ("siloed", "communication=1"), replicates=4)
    (payer,) = found.payers(found.policies[1])
    assert payer.name == "ward"
    assert payer.difference == pytest.approx(0.1 * 10 * 0.02 * 20)
    assert payer.interval is None and (payer.alike.replicates, payer.alike.of) == (4, 4)
    assert [p.name for p in found.payers(found.policies[1], "kind")] == ["ward"]
    assert [p.name for p in found.payers(found.policies[1], "area")] == ["here"]
    assert found.payers(found.policies[1], worse=False) == []
