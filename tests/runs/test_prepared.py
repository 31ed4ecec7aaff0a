"""What a process keeps built: found by content, shared, bounded, and changed by nobody."""

import numpy as np
import pytest

from crisis_abm.engine import Detail
from crisis_abm.outcomes import measure
from crisis_abm.runs import Prepared, prepared, run_once
from crisis_abm.runs.prepared import Recent
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN
from crisis_abm.tables import build
from tests.random_scenarios import random_scenario

RANGES = {
    "behaviour.keep": {"low": 1.0, "high": 3.0, "why": "judgement"},
    "policies.ours.parity": {"low": 0.1, "high": 0.9, "why": "judgement"},
}


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(prepared, "_kept", Recent(prepared.MOST_BYTES))


def crisis(**changes) -> Scenario:
    data = random_scenario(7, steps=10) | {
        "policies": {"ours": {"parity": 0.5}},
        "policy": "ours",
    }
    return Scenario.from_dict(data | changes)


def test_what_says_the_same_is_built_once():
    assert Prepared.of(crisis()) is Prepared.of(crisis())
    assert Prepared.of(crisis()) is not Prepared.of(crisis(title="Another"))
    uncertain = crisis(uncertain=RANGES)
    drawn = Prepared.of(uncertain).drawn(3, 1)
    assert Prepared.of(crisis(uncertain=RANGES), 3, 1) is drawn
    assert (
        len({id(one) for one in (drawn, Prepared.of(uncertain), Prepared.of(uncertain, 3, 2))}) == 3
    )
    assert Prepared.of(crisis()).drawn(3, 1) is Prepared.of(crisis())  # there nothing is drawn


def test_a_draw_shares_what_it_does_not_change_and_runs_as_if_it_did_not():
    uncertain = crisis(uncertain=RANGES)
    written, drawn = Prepared.of(uncertain), Prepared.of(uncertain, 3, 1)
    assert drawn.tables.world.supply is written.tables.world.supply
    assert drawn.weight < written.weight
    assert written.tables.world.parameters.keep != drawn.tables.world.parameters.keep
    alone = build(uncertain.drawn(3, 1))
    for one, other in zip(
        prepared._arrays(alone.world), prepared._arrays(drawn.tables.world), strict=True
    ):
        assert one.dtype == other.dtype and one.tobytes() == other.tobytes()
    state = drawn.run(BUILT_IN["siloed"], 5, Detail.GROUPS)
    expected = Prepared(uncertain.drawn(3, 1)).run(BUILT_IN["siloed"], 5, Detail.GROUPS)
    np.testing.assert_array_equal(measure(drawn.tables, state), measure(alone, expected))


def test_nobody_changes_what_others_run():
    capacity = run_once(crisis()).tables.world.organisations.capacity
    with pytest.raises(ValueError, match="read-only"):
        capacity[0] = 7


def test_minus_nothing_is_not_nothing():
    """Bits are compared, not numbers: a run keeps the zeros that it was built with."""
    world = build(crisis()).world
    table = world.organisations._replace(demand=0 * world.organisations.capacity)
    other = table._replace(demand=-table.demand)
    found = prepared._with_those_of(table, other)
    assert found.demand is table.demand and found.capacity is other.capacity


def test_a_policy_is_drawn_with_its_crisis_whoever_asked_for_the_content_before():
    uncertain = crisis(uncertain=RANGES)
    ours = uncertain.policy_named("ours")
    drawn = uncertain.drawn(3, 1)
    plain = Scenario.from_dict(drawn._data)
    assert plain.fingerprint() == drawn.fingerprint()
    assert run_once(plain, ours).policy.parity == 0.5  # as it is given
    assert run_once(drawn, ours).policy == drawn.policy_named("ours")


def test_policies_of_large_scenarios_are_not_kept(monkeypatch):
    small, siloed = Prepared(crisis()), BUILT_IN["siloed"]
    assert small.policy(siloed) is small.policy(siloed)
    each = small.policy(siloed).levers.nbytes
    monkeypatch.setattr(prepared, "POLICY_BYTES", 2 * each)
    several = [Policy(parity=parity) for parity in (0.1, 0.2, 0.3, 0.4)]
    for policy in several:
        small.policy(policy)
    assert len(small._policies) <= 2
    monkeypatch.setattr(prepared, "POLICY_BYTES", each - 1)
    large = Prepared(crisis())
    assert large.policy(siloed) is not large.policy(siloed)
    np.testing.assert_array_equal(large.policy(siloed).levers, small.policy(siloed).levers)


def test_as_much_is_kept_as_fits_and_always_the_last(monkeypatch):
    first, second = crisis(), crisis(title="Another")
    one = Prepared.of(first)
    monkeypatch.setattr(prepared, "_kept", Recent(1.5 * one.weight))
    one = Prepared.of(first)
    assert Prepared.of(first) is one
    Prepared.of(second)
    assert Prepared.of(first) is not one
    few = Recent(2)
    assert [few.get(key, object) is few.get(key, object) for key in "abc"] == [True] * 3
    assert few.look_up("a") is None and few.look_up("b") is not None
    large = Recent(2)
    kept = large.get("large", object, lambda _: 9)
    assert large.get("large", object) is kept
