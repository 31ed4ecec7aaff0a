"""The networks that benchmarks measure are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.network import TOWN, plain_policy, town, towns
from benchmarks.traffic import bytes_a_tick
from crisis_abm import engine
from crisis_abm.engine import Detail
from crisis_abm.scenario import Scenario
from crisis_abm.tables import build


def finished(tables):
    policy = plain_policy(len(tables.ids), (1.0,) * 5)
    return engine.run(tables.world, policy, 1, Detail.GROUPS)


def test_one_town_is_the_scenario():
    _, one = towns(1)
    state = finished(one)
    again = finished(build(Scenario.from_dict(town())))
    np.testing.assert_array_equal(state.record.harm, again.record.harm)


def test_links_stay_in_their_town():
    _, three = towns(3)
    world = three.world
    of = np.arange(len(three.ids)) // TOWN
    supplier = world.outputs.organisation[world.supply.supplier]
    customer = world.inputs.organisation[world.supply.customer]
    np.testing.assert_array_equal(of[supplier], of[customer])
    donor, partner = (world.inputs.organisation[r] for r in (world.aid.donor, world.aid.partner))
    np.testing.assert_array_equal(of[donor], of[partner])
    np.testing.assert_array_equal(world.aid.reverse[world.aid.reverse], np.arange(len(donor)))
    linked = np.repeat(np.arange(len(world.inputs.use)), np.diff(world.inputs.link_start))
    np.testing.assert_array_equal(world.supply.customer, linked)


def test_towns_do_not_disturb_each_other():
    """The first of three, its area and its keys those of the only one, meets the same crisis."""
    _, one = towns(1)
    _, three = towns(3)
    # Nobody mixes everywhere, so that an epidemic next door is none of its concern.
    alone, among = (
        tables.world._replace(
            hazard=tables.world.hazard._replace(everywhere=0.0, area=0.7, own=0.3)
        )
        for tables in (one, three)
    )
    policy = (1.0,) * 5
    first = engine.run(alone, plain_policy(TOWN, policy), 1, Detail.GROUPS).record.harm
    all_three = engine.run(among, plain_policy(3 * TOWN, policy), 1, Detail.GROUPS).record.harm
    np.testing.assert_allclose(all_three[:TOWN], first, rtol=1e-9, atol=1e-12)


def test_bytes_grow_with_the_network():
    sizes = []
    for copies in (10, 20):
        _, tables = towns(copies)
        policy = plain_policy(len(tables.ids), (0.0,) * 5)
        sizes.append(
            bytes_a_tick(tables.world, engine.start(tables.world, policy, 1, Detail.GROUPS))
        )
    assert sizes[1] == pytest.approx(2 * sizes[0], rel=0.01)
