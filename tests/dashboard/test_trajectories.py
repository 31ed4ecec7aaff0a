"""A crisis as the browser gets it: the same as a run of it, whatever a row stands for."""

import json

import numpy as np
import pytest

from crisis_abm.dashboard.data import trajectories
from crisis_abm.dashboard.data.trajectories import order_of, packed, rows_of, trajectory, unpacked
from crisis_abm.engine import Status
from crisis_abm.runs import Prepared, run_once
from crisis_abm.scenario import Scenario, ready_made_scenarios
from crisis_abm.scenario.schema.policy import BUILT_IN

POLICIES = (BUILT_IN["siloed"], BUILT_IN["reciprocal"])


@pytest.fixture(scope="module")
def scenario():
    return Scenario.load(ready_made_scenarios()["local_shock"])


@pytest.fixture(scope="module")
def prepared(scenario):
    return Prepared(scenario)


@pytest.fixture
def told(prepared):
    return unpacked(trajectory(prepared, (3, 7, POLICIES)))


def test_bytes_say_what_was_packed_and_every_array_can_be_looked_at_where_it_lies():
    values: dict[str, np.ndarray] = {
        "status": np.array([[0, 3], [1, 2], [0, 0]], np.uint8),
        "place": np.array([0.5, -1.25], np.float32),
        "links": np.array([[4, 70_000]], np.int32),
    }
    data = packed({"name": "Żółw 1", "steps": 3}, values)
    header, arrays = unpacked(data)
    assert header == {"name": "Żółw 1", "steps": 3}
    assert {name: found.tolist() for name, found in arrays.items()} == {
        name: found.ravel().tolist() for name, found in values.items()
    }
    length = int.from_bytes(data[:4], "little")
    places = json.loads(data[4 : 4 + length])["arrays"]
    assert all(offset % 8 == 0 for _, offset, _ in places.values())


def test_an_array_that_no_browser_has_is_refused():
    with pytest.raises(ValueError, match="harm: no browser array for float16"):
        packed({}, {"harm": np.zeros(2, np.float16)})


@pytest.mark.parametrize("policy", POLICIES)
def test_a_crisis_is_that_of_the_run_with_its_replicate(scenario, told, policy):
    header, arrays = told
    run = run_once(scenario, policy, seed=7, replicate=3)
    number = POLICIES.index(policy)
    record = run.state.record
    assert header["policies"] == ["siloed", "reciprocal"]
    assert header["ids"] == list(run.tables.ids)
    assert (arrays[f"status_{number}"] == record.status.ravel()).all()
    assert arrays[f"harm_{number}"].sum() == pytest.approx(run.outcomes["harm"], rel=1e-5)
    assert header["ever"][number] == [
        int((record.status >= least).any(axis=0).sum())
        for least in (Status.STRAINED, Status.FAILING, Status.FAILED)
    ]


def test_counts_by_kind_are_those_of_the_organisations(told):
    header, arrays = told
    steps, rows, kinds = header["steps"], header["rows"], len(header["kinds"])
    status = arrays["status_0"].reshape(steps, rows)
    counts = arrays["counts_0"].reshape(steps, kinds, 4)
    day = int(np.argmax((status == Status.FAILED).sum(axis=1)))
    for kind in range(kinds):
        its = status[day, arrays["kind"] == kind]
        assert counts[day, kind].tolist() == [int((its == k).sum()) for k in range(4)]


def test_every_supplier_is_linked_to_its_customer(prepared, told):
    world = prepared.tables.world
    pairs = set(map(tuple, told[1]["links"].reshape(-1, 2).tolist()))
    supplier = world.outputs.organisation[world.supply.supplier].tolist()
    customer = world.inputs.organisation[world.supply.customer].tolist()
    linked = {pair for pair in zip(supplier, customer, strict=True) if pair[0] != pair[1]}
    assert pairs == linked
    assert told[0]["links_left_out"] == 0


def test_of_too_many_links_some_are_left_out_and_said_to_be(prepared, told, monkeypatch):
    every = len(told[1]["links"]) // 2
    monkeypatch.setattr(trajectories, "MOST_LINKS", 100)
    header, arrays = unpacked(trajectory(prepared, (3, 7, POLICIES)))
    some = len(arrays["links"]) // 2
    assert 50 < some <= 100 < every
    assert header["links_left_out"] == every - some


def test_first_to_fail_stands_first():
    working, strained, failing, failed = np.vstack([np.zeros(3), np.eye(3)])
    days = [
        [working, working, strained, failing, failing],
        [working, failed, strained, failing, failing],
        [working, failed, failed, failing, strained],
        [working, working, failed, failing, failed],
    ]
    assert order_of(np.array(days)).tolist() == [1, 2, 4, 3, 0]


def test_who_is_alike_under_the_first_policy_is_told_apart_by_the_second():
    alike = np.zeros((3, 2, 3))
    other = alike.copy()
    other[2, 1, 0] = 1  # the second row is strained on the last day
    assert order_of(alike, other).tolist() == [1, 0]


def test_a_group_has_failed_when_half_of_it_has():
    days = np.zeros((3, 2, 3))
    days[1:, 0, 2] = 0.4
    days[2, 1, 2] = 0.5
    assert order_of(days).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("most", "level"), [(64, "organisations"), (63, "groups"), (24, "kinds"), (8, None)]
)
def test_rows_are_the_finest_that_can_be_drawn(prepared, most, level):
    rows = rows_of(prepared.scenario, prepared.tables, most)
    assert level == (rows.level if rows else None)
    if rows:
        assert len(rows) <= most
        assert rows.size.sum() == 64
        assert (np.bincount(rows.of, minlength=len(rows)) == rows.size).all()
        assert (rows.kind[rows.of] == prepared.tables.world.organisations.kind).all()


@pytest.mark.parametrize(("most", "level"), [(63, "groups"), (24, "kinds")])
def test_shares_of_groups_are_those_of_their_organisations(prepared, monkeypatch, most, level):
    fine, status = unpacked(trajectory(prepared, (0, 0, POLICIES)))
    status = status["status_0"].reshape(fine["steps"], fine["rows"])
    monkeypatch.setattr(trajectories, "MOST_ROWS", most)
    rows = rows_of(prepared.scenario, prepared.tables, most)
    header, arrays = unpacked(trajectory(prepared, (0, 0, POLICIES)))
    assert header["level"] == level
    shares = arrays["shares_0"].reshape(header["steps"], header["rows"], 3) / 255
    for row in range(header["rows"]):
        its = status[:, rows.of == row]
        expected = np.stack([(its == k).mean(axis=1) for k in (1, 2, 3)], axis=-1)
        assert shares[:, row] == pytest.approx(expected, abs=0.5 / 255)
    links = arrays["links"].reshape(-1, 2)
    assert (links[:, 0] != links[:, 1]).all()
    assert np.isfinite(arrays["place"]).all()


def test_the_one_that_stands_for_a_group_failed_first_in_it(prepared, monkeypatch):
    monkeypatch.setattr(trajectories, "MOST_ROWS", 63)
    header, _ = unpacked(trajectory(prepared, (0, 0, POLICIES)))
    row = header["names"].index("care home, north")
    run = run_once(prepared.scenario, "siloed", seed=0, replicate=0)
    its = [k for k, (kind, area) in enumerate(_kinds_and_areas(run.tables))
           if (kind, area) == ("care_home", "north")]  # fmt: skip
    first = {k: run.state.record.first[k] for k in its if run.state.record.failed[k]}
    one = run.tables.ids.index(header["ids"][row])
    assert first[one] == min(first.values())
    assert header["examples"][row] == run.tables.names[one]


def _kinds_and_areas(tables):
    world = tables.world.organisations
    return [
        (tables.kinds[kind], tables.areas[area])
        for kind, area in zip(world.kind, world.area, strict=True)
    ]


def test_what_is_too_long_for_any_page_says_so(prepared, monkeypatch):
    monkeypatch.setattr(trajectories, "MOST_CELLS", 500)
    header, arrays = unpacked(trajectory(prepared, (0, 0, POLICIES)))
    assert header["problem"].startswith("120 days are more than a page can show")
    assert not arrays


def test_dates_are_told_where_the_scenario_has_them(told):
    assert told[0]["start"] == ""
    dated = Scenario.load(ready_made_scenarios()["local_shock"]).with_(
        {"time.start": "2020-02-24", "time.unit": "week"}
    )
    header, _ = unpacked(trajectory(Prepared(dated), (0, 0, POLICIES)))
    assert (header["start"], header["unit"], header["length"]) == ("2020-02-24", "week", 7)


def test_areas_without_a_place_stand_by_their_regions(monkeypatch):
    monkeypatch.setattr(trajectories, "MOST_ROWS", 30)
    town = Scenario.load(ready_made_scenarios()["local_shock"])
    plain = unpacked(trajectories.trajectory(Prepared(town), (0, 0, POLICIES)))[0]
    assert (plain["regions"], plain["region"]) == ([], [])
    regions = {"north": "top_of_the_land", "east": "lowlands", "west": "lowlands"}
    named = town.with_({f"areas.{area}.region": name for area, name in regions.items()})
    if any(area.position for area in named.areas.values()):
        named = named.with_({f"areas.{area}.position": None for area in regions})
    told = unpacked(trajectories.trajectory(Prepared(named), (0, 0, POLICIES)))[0]
    assert told["regions"] == ["Top of the Land", "Lowlands"]
    assert dict(zip(told["areas"], told["region"], strict=True)) == {
        "North town": 0,
        "East town": 1,
        "West town": 1,
    }
    placed = named.with_({"areas.north.position": [0.0, 1.0]})
    told = unpacked(trajectories.trajectory(Prepared(placed), (0, 0, POLICIES)))[0]
    assert told["regions"] == []
