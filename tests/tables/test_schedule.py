import datetime

import numpy as np
import pytest

from crisis_abm.tables import build, compile_policy
from crisis_abm.tables.layout import Effect
from tests.tables.cases import chain, several_areas


def events_of(*events, **sections):
    tables = build(several_areas(["north", "south"], events=list(events), **sections))
    return tables, tables.world.events


def targets(events, row):
    return events.target[events.target_start[row] : events.target_start[row + 1]].tolist()


def names(tables, events, row):
    return [tables.ids[target] for target in targets(events, row)]


def test_capacity_for_chosen_organisations():
    tables, events = events_of(
        {"capacity": 0.5, "kinds": ["maker"], "areas": ["south"], "start": 3, "end": 9},
        {"demand": 2.0, "organisations": ["north_ward_2"], "start": 4},
    )
    assert events.effect.tolist() == [Effect.CAPACITY, Effect.DEMAND]
    assert events.value.tolist() == [0.5, 2.0]
    assert (events.start.tolist(), events.end.tolist()) == ([3, 4], [9, 120])
    assert names(tables, events, 0) == [f"south_maker_{n}" for n in range(1, 6)]
    assert names(tables, events, 1) == ["north_ward_2"]
    assert np.isnan(events.trigger).all()


def test_dates_are_ticks():
    start = datetime.date(2020, 2, 24)
    event = {"capacity": 0.0, "start": datetime.date(2020, 3, 1), "end": datetime.date(2020, 3, 3)}
    _, events = events_of(event, time={"start": start, "steps": 20})
    assert (events.start.tolist(), events.end.tolist()) == ([6], [8])


def test_stock_events_strike_both_sides_unless_told_otherwise():
    loss = {"stock": 0.5, "resource": "gowns", "start": 2, "areas": ["north"]}
    gift = {"add_stock": 9.0, "resource": "gowns", "start": 2, "holding": "outputs"}
    tables, events = events_of(loss, gift)
    assert events.effect.tolist() == [
        Effect.STOCK_INPUTS,
        Effect.STOCK_OUTPUTS,
        Effect.ADD_STOCK_OUTPUTS,
    ]
    world = tables.world
    struck = [tables.ids[world.inputs.organisation[row]] for row in targets(events, 0)]
    assert struck == [f"north_ward_{n}" for n in range(1, 5)]
    assert len(targets(events, 1)) == 5
    assert len(targets(events, 2)) == 10


def test_link_events_have_two_ends():
    cut = {"link": 0.0, "areas": ["north"], "to": {"areas": ["south"]}, "start": 2, "end": 5}
    late = {"lead_time": 3, "organisations": ["north_maker_1"], "start": 2, "resource": "gowns"}
    rule = {"resource": "gowns", "suppliers": "all", "within": "anywhere"}
    tables, events = events_of(cut, late, supply=[rule])
    world = tables.world
    supplier = world.outputs.organisation[world.supply.supplier]
    customer = world.inputs.organisation[world.supply.customer]
    assert len(targets(events, 0)) == 5 * 4
    assert {tables.ids[supplier[row]].split("_")[0] for row in targets(events, 0)} == {"north"}
    assert {tables.ids[customer[row]].split("_")[0] for row in targets(events, 0)} == {"south"}
    assert {tables.ids[supplier[row]] for row in targets(events, 1)} == {"north_maker_1"}
    assert world.parameters.transit == 4


@pytest.mark.parametrize(("share", "count"), [(0.5, 4), (0.3, 2), (0.31, 2), (0.32, 3), (0.01, 0)])
def test_a_share_is_rounded_and_is_what_the_scenario_says(share, count):
    made = several_areas(
        ["north", "south"],
        events=[
            {"announcement": "!", "start": 0},
            {"capacity": 0.0, "kinds": ["ward"], "share": share, "start": 1},
        ],
    )
    events = build(made).world.events
    assert len(targets(events, 1)) == count
    assert targets(events, 1) == sorted(set(targets(events, 1)))


def test_shares_of_two_events_are_drawn_apart():
    event = {"capacity": 0.0, "share": 0.5, "start": 1}
    _, events = events_of(event, event)
    assert targets(events, 0) != targets(events, 1)


def test_levers_leave_alone_what_they_do_not_name():
    _, events = events_of({"levers": {"communication": 0.25, "agenda": 0.0}, "start": 1})
    np.testing.assert_array_equal(events.levers[0], [0.0, np.nan, 0.25, np.nan, np.nan])
    assert events.effect.tolist() == [Effect.LEVERS]
    assert len(targets(events, 0)) == 18


def test_an_announcement_strikes_nothing():
    tables, events = events_of({"announcement": "Stay at home.", "start": 1})
    assert targets(events, 0) == []
    assert tables.warnings == []


def test_policy_and_its_changes():
    changes = [
        {"start": 5, "kinds": ["maker"], "agenda": 0.5},
        {"start": 7, "end": 9, "areas": ["south"], "share": 0.5, "parity": 1.0, "measures": 0.0},
    ]
    mixed = {"agenda": 0.2, "reciprocity": 1.0, "changes": changes}
    made = several_areas(["north", "south"], policies={"mixed": mixed})
    tables = build(made)
    policy = compile_policy(made, tables, made.policy_named("mixed"))
    assert policy.levers.shape == (18, 5)
    assert policy.levers[7].tolist() == [0.2, 0.0, 0.0, 0.0, 1.0]
    assert (policy.start.tolist(), policy.end.tolist()) == ([5, 7], [120, 9])
    nan = np.nan
    np.testing.assert_array_equal(policy.value, [[0.5] + [nan] * 4, [nan, 0, nan, 1, nan]])
    assert policy.target_start.tolist() == [0, 10, 10 + 5]  # half of nine, rounded
    siloed = compile_policy(made, tables, made.policy_named("siloed"))
    assert siloed.levers.sum() == 0
    assert siloed.value.shape == (0, 5)
    assert siloed.target_start.tolist() == [0]


def test_no_events():
    events = build(chain()).world.events
    assert events.levers.shape == (0, 5)
    assert events.target_start.tolist() == events.area_start.tolist() == [0]
