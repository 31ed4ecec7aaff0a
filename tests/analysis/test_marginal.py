"""Help: what one more unit saves, and that it can do harm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_abm import engine
from crisis_abm.analysis.weak_links.knock_out import input_of, output_of, row_of
from crisis_abm.analysis.weak_links.marginal import (
    MoreCapacity,
    MoreFinished,
    MoreStock,
    MoreSuppliers,
    best_new_supplier,
    capacity_step,
    stock_step,
)
from crisis_abm.network import from_graph, to_graph
from crisis_abm.outcomes import harm_by_organisation
from crisis_abm.runs import Trial, run_trials
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN
from crisis_abm.tables import build, compile_policy
from tests.analysis.chains import rivals, rivals_data
from tests.random_scenarios import random_scenario


def harm(tables, state):
    return harm_by_organisation(state)


def saved(scenario, change, policy="siloed"):
    """Harm saved, by organisation."""
    followed = BUILT_IN[policy]
    trials = [Trial(followed), Trial(followed, (change,))]
    without, after = run_trials(scenario, trials, harm, [0], workers=1)[:, 0]
    return without - after


def at_start(tables, world):
    """The state before the first tick, of a siloed run."""
    scenario = rivals()
    policy = compile_policy(scenario, tables, scenario.policy_named("siloed"))
    return engine.start(world, policy, 0)


def test_a_store_begins_as_much_fuller_as_it_is_meant_to_be():
    tables = build(rivals())
    row = input_of(tables, "grave", "gowns")
    world = MoreStock("grave", "gowns", 7.0).apply(tables, tables.world)
    assert at_start(tables, world).inputs.stock[row] == pytest.approx(
        at_start(tables, tables.world).inputs.stock[row] + 7
    )
    row = output_of(tables, "maker", "gowns")
    world = MoreFinished("maker", "gowns", 7.0).apply(tables, tables.world)
    assert at_start(tables, world).outputs.stock[row] == pytest.approx(
        at_start(tables, tables.world).outputs.stock[row] + 7
    )


def test_a_unit_saves_whom_it_serves():
    """Seven gowns more at the maker serve seven people more, half of them in either ward."""
    assert saved(rivals(), MoreFinished("maker", "gowns", 7.0)) == pytest.approx([3.5, 0.35, 0])


def test_more_in_store_can_do_harm():
    """The light ward fills its larger store from what the grave one needs."""
    gain = saved(rivals(), MoreStock("light", "gowns", 5.0))
    assert gain[1] > 0
    assert gain.sum() < 0


def test_more_capacity_serves_who_was_turned_away():
    organisations = [
        {"id": "grave", "kind": "grave", "capacity": 8, "demand": 10},
        {"id": "light", "kind": "light", "capacity": 10, "demand": 10},
        {"id": "maker", "kind": "maker", "capacity": 30},
    ]
    gain = saved(rivals(organisations=organisations), MoreCapacity("grave", 0.5))
    assert gain == pytest.approx([10 * 0.5, 0, 0])


def test_steps_are_the_same_for_everybody_and_in_two_digits():
    world = build(rivals()).world
    assert stock_step(world, 0) == 10.0
    assert capacity_step(world, 0) == 0.5
    assert stock_step(world, 99) == 0.0


def two_makers(**changes):
    """The wards' maker, and another that supplies nobody."""
    data = rivals_data()
    data["organisations"] = [
        *data["organisations"],
        {"id": "spare", "kind": "maker", "capacity": 30},
    ]
    data["supply"] = [{"resource": "gowns", "from": ["first"], "suppliers": "all"}]
    data["organisations"][2]["id"] = "first"
    return Scenario.from_dict(data | changes)


def test_one_more_supplier_is_the_one_with_most_to_spare():
    scenario = two_makers()
    tables = build(scenario)
    new = best_new_supplier(tables.world, input_of(tables, "grave", "gowns"))
    assert new == output_of(tables, "spare", "gowns")
    gain = saved(scenario, MoreSuppliers("grave", "gowns", "spare"))
    assert gain[row_of(tables, "grave")] > 0


def test_where_every_maker_supplies_already_there_is_no_more():
    tables = build(rivals())
    row = input_of(tables, "grave", "gowns")
    assert best_new_supplier(tables.world, row) is None
    again = MoreSuppliers("grave", "gowns", "maker")
    assert again.apply(tables, tables.world) is tables.world


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), which=st.integers(0, 10**6))
def test_one_more_supplier_is_what_the_graph_with_one_more_arrow_gives(seed, which):
    """Shares, contracts, workloads, the order of rows: all that building would settle."""
    scenario = Scenario.from_dict(random_scenario(seed, events=False))
    tables = build(scenario)
    world = tables.world
    rows = [(r, best_new_supplier(world, r)) for r in range(len(world.inputs.use))]
    rows = [(row, new) for row, new in rows if new is not None]
    if not rows:
        return
    row, new = rows[which % len(rows)]
    who = tables.ids[world.inputs.organisation[row]]
    what = tables.resources[world.inputs.resource[row]]
    other = tables.ids[world.outputs.organisation[new]]

    graph = to_graph(tables)
    own = [t for _, to, t in graph.in_edges(who, data=True) if t.get("kind") == "supply"]
    own = [tie for tie in own if tie["resource"] == what]
    count = len(own)
    for tie in own:
        tie["share"] *= count / (count + 1)
    terms = {name: max(tie[name] for tie in own) for name in ("lead_time", "lead_time_spread")}
    terms |= {"reliability": min(tie["reliability"] for tie in own), "capacity": np.inf}
    tie = {"kind": "supply", "resource": what, "share": 1 / (count + 1)}
    graph.add_edge(other, who, **tie, **terms)
    expected = from_graph(graph, scenario).world

    found = MoreSuppliers(who, what, other).apply(tables, world)
    for part in ("parameters", "inputs", "outputs", "supply", "organisations"):
        one, two = getattr(found, part), getattr(expected, part)
        for name in one._fields:
            np.testing.assert_allclose(
                getattr(one, name), getattr(two, name), rtol=1e-9, atol=1e-12, err_msg=name
            )


def test_a_new_link_is_struck_with_the_others_of_its_supplier():
    """An event on all links of a maker holds for a link that it did not have yet."""
    closed = {"title": "closed", "link": 0.0, "start": 3, "organisations": ["spare"]}
    links = [{"from": "spare", "to": "light", "resource": "gowns", "share": 0.5}]
    links += [{"from": "first", "to": "light", "resource": "gowns", "share": 0.5}]
    supply = [{"resource": "gowns", "from": ["first"], "to": ["grave"]}]
    scenario = two_makers(events=[closed], links=links, supply=supply)
    tables = build(scenario)
    world = MoreSuppliers("grave", "gowns", "spare").apply(tables, tables.world)
    struck = world.supply.supplier[world.events.target]
    assert len(struck) == 2
    assert set(struck.tolist()) == {output_of(tables, "spare", "gowns")}
    assert replace(tables, world=world).world.supply.share.sum() == pytest.approx(2)
