"""A run does not depend on what else was run before it or in between."""

from __future__ import annotations

import numpy as np

from crisis_abm import engine
from crisis_abm.engine import Detail
from crisis_abm.tables import compile_policy
from tests.engine.crises import RECIPROCAL, arrays_of, compiled, run, ward

OUT = {"title": "out", "start": 3, "end": 9, "capacity": 0.2, "kinds": ["maker"]}
CUT = {"title": "cut", "start": 0, "end": 6, "link": 0.5, "kinds": ["maker"]}


def crises():
    """Two crises, in one of which links are cut from the first tick on."""
    return [compiled(ward(events=events)) for events in ([OUT], [CUT, OUT])]


def arrays(scenario, tables):
    return compile_policy(scenario, tables, scenario.policy_named(RECIPROCAL))


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
