"""A run does not depend on what else was run before it or in between."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from crisis_abm import engine
from crisis_abm.analysis.weak_links.knock_out import input_of
from crisis_abm.engine import Detail
from crisis_abm.tables import compile_policy
from tests.analysis.chains import TICKS, rivals_data
from tests.engine.crises import RECIPROCAL, arrays_of, compiled, run, ward
from tests.random_scenarios import random_scenario

OUT = {"title": "out", "start": 3, "end": 9, "capacity": 0.2, "kinds": ["maker"]}
CUT = {"title": "cut", "start": 0, "end": 6, "link": 0.5, "kinds": ["maker"]}


def crises():
    """Two crises, in one of which links are cut from the first tick on."""
    return [compiled(ward(events=events)) for events in ([OUT], [CUT, OUT])]


def arrays(scenario, tables, policy=RECIPROCAL):
    return compile_policy(scenario, tables, scenario.policy_named(policy))


def assert_same(first, second):
    again = arrays_of(second)
    for name, values in arrays_of(first).items():
        np.testing.assert_array_equal(values, again[name], err_msg=name)


def test_worlds_run_in_turn_do_not_touch_each_other():
    (one, tables), (other, others) = crises()
    alone = [run(one, tables, RECIPROCAL), run(other, others, RECIPROCAL)]
    policies = [arrays(one, tables), arrays(other, others)]
    worlds = [tables.world, others.world]
    states = [
        engine.start(world, policy, 1, Detail.ORGANISATIONS)
        for world, policy in zip(worlds, policies, strict=True)
    ]
    for first in range(0, 20, 5):
        for k in (0, 1):
            states[k] = engine.advance(worlds[k], states[k], first, first + 5)
    for k in (0, 1):
        assert_same(states[k].record, alone[k].record)


def test_a_second_run_of_a_world_is_the_first():
    for scenario, tables in crises():
        assert_same(run(scenario, tables, RECIPROCAL), run(scenario, tables, RECIPROCAL))


def test_values_are_solved_before_the_first_tick_and_again_when_links_are_cut():
    (one, tables), (other, others) = crises()
    calm = engine.start(tables.world, arrays(one, tables), 1)
    assert calm.organisations.value.max() > 0
    assert (engine.start(others.world, arrays(other, others), 1).inputs.value > 0).any()
    state = engine.advance(tables.world, calm, 0, 1)
    assert not state.events.links[0]


def copied(world):
    """The same figures in arrays that nothing shares."""
    return pickle.loads(pickle.dumps(world))


@pytest.mark.parametrize("table", ["inputs", "supply", "organisations", "kinds", "events"])
def test_worlds_that_differ_in_one_table_do_not_take_the_others_values(table):
    scenario, tables = compiled(random_scenario(3, steps=15))
    part = getattr(tables.world, table)
    changed = {
        name: values * 1.5
        for name, values in part._asdict().items()
        if name in ("criticality", "capacity", "harm", "value")
    }
    other = tables.world._replace(**{table: part._replace(**changed)})
    policy = arrays(scenario, tables)
    alone = [engine.run(copied(world), policy, 1) for world in (tables.world, other)]
    turns = [engine.run(world, policy, 1) for world in (tables.world, other, tables.world, other)]
    for k, state in enumerate(turns):
        assert_same(state.record, alone[k % 2].record)
        np.testing.assert_array_equal(state.inputs.value, alone[k % 2].inputs.value)
    if table in ("inputs", "kinds"):
        assert (turns[0].inputs.value != turns[1].inputs.value).any()


def test_values_are_as_of_now_when_an_agenda_is_shared_late():
    """The graver customer is cut off from the first day on; nobody weighs by values before day 5.

    Then cloth is worth what the light customer's gowns are, not the mean of the two any more.
    """
    cut = {
        "title": "cut",
        "start": 0,
        "end": TICKS,
        "link": 0.0,
        "to": {"organisations": ["grave"]},
    }
    data = rivals_data() | {
        "events": [cut | {"organisations": ["maker"]}],
        "policies": {"late": {"changes": [{"start": 5, "agenda": 1.0}]}, "early": {"agenda": 1.0}},
    }
    data["resources"]["cloth"] = {"storable": False}
    data["kinds"]["maker"]["needs"] = {"cloth": {"use": 1, "criticality": 1}}
    data["kinds"]["mill"] = {"harm": 0, "makes": {"cloth": {"make": 1}}}
    data["organisations"].append({"id": "mill", "kind": "mill", "capacity": 20})
    data["supply"].append({"resource": "cloth"})
    scenario, tables = compiled(data)
    cloth = input_of(tables, "maker", "cloth")
    worth = {}
    for policy in ("late", "early"):
        state = engine.start(tables.world, arrays(scenario, tables, policy), 1)
        worth[policy, 0] = state.inputs.value[cloth]
        for end in (5, 6):
            state = engine.advance(tables.world, state, 5 * (end - 5), end)
            worth[policy, end] = state.inputs.value[cloth]
    assert worth["late", 0] == worth["early", 0] == pytest.approx(0.55)
    assert worth["early", 5] == pytest.approx(0.1)
    assert worth["late", 6] == worth["early", 6] == worth["early", 5]
