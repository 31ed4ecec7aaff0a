"""`scenarios/england.toml`: every organisation counted, totals exact, calm before the epidemic."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from crisis_abm import history
from crisis_abm.engine import Detail
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN
from crisis_abm.tables import build

FILE = Path(__file__).parent.parent / "scenarios" / "england.toml"
POLICIES = ("siloed", "reciprocal")
ONE_WEEK = 6  # ticks before 1 March, when purchases abroad stop

COUNTS = {
    "household": 32_844,
    "hospital": 125,
    "care_home": 15_517,
    "school": 24_360,
    "supermarket": 10_700,
    "lower_council": 317,
    "upper_council": 151,
    "system": 42,
    "region": 7,
}
REGIONS = {  # people, care-home beds (first by ONS, second by CQC), systems
    "east_of_england": (6_560_000, 52_289, 6),
    "london": (9_000_000, 35_564, 5),
    "midlands": (10_660_000, 92_575, 11),
    "north_east_and_yorkshire": (8_640_000, 73_651, 4),
    "north_west": (7_090_000, 62_488, 3),
    "south_east": (8_930_000, 86_233, 6),
    "south_west": (5_670_000, 54_981, 7),
}
BEDS = 457_361


@cache
def england(groups: int = 32_844, steps: int = 14) -> Scenario:
    return Scenario.load(FILE).with_({"groups[0].total": groups, "time.steps": steps})


@cache
def prepared() -> Prepared:
    return Prepared(england())


def regions_of(members) -> np.ndarray:
    areas = england().areas_in_play()
    return np.array([areas[name].region for name in members.areas])[members.area]


def of_kind(members, kind: str) -> np.ndarray:
    return members.kind == members.kinds.index(kind)


def test_as_many_organisations_as_england_has():
    counts: Counter[str] = Counter()
    for (kind, _), count in england().census().items():
        counts[kind] += count
    assert {kind: counts[kind] for kind in COUNTS} == COUNTS
    assert len(england().members()) == counts.total()
    for kind in ("hospital", "care_home", "school", "supermarket", "upper_council"):
        assert sum(1 for cell in england().census() if cell[0] == kind) == 42  # in every area


def test_people_and_beds_come_out_region_by_region():
    members, areas = england().members(), england().areas_in_play()
    assert Counter(area.region for area in areas.values()) == {
        region: systems for region, (_, _, systems) in REGIONS.items()
    }
    where = regions_of(members)
    households, homes = of_kind(members, "household"), of_kind(members, "care_home")
    people, beds = members.figures["population"], members.figures["capacity"]
    assert people[households].sum() == 56_550_000
    assert beds[homes].sum() == pytest.approx(BEDS, rel=1e-12)
    in_table = sum(beds for _, beds, _ in REGIONS.values())
    for region, (population, region_beds, systems) in REGIONS.items():
        here = where == region
        assert people[households & here].sum() == population
        assert beds[homes & here].sum() == pytest.approx(BEDS * region_beds / in_table, rel=1e-9)
        exact = COUNTS["care_home"] * region_beds / in_table
        assert abs((homes & here).sum() - exact) <= systems


def test_pupils_and_shoppers_come_out_too():
    pupils = 56_550_000 * england().recipe("household").needs["child_care"].use
    assert pupils == pytest.approx(8.89e6, rel=1e-3)
    members = england().members()
    places = members.figures["capacity"][of_kind(members, "school")].sum()
    assert 1.05 * pupils < places < 1.15 * pupils


@pytest.mark.parametrize("groups", [2_000, 100_000])
def test_another_number_of_household_groups_leaves_everything_else_as_it_was(groups):
    one, other = england().members(), england(groups).members()
    assert of_kind(other, "household").sum() == groups
    for name in one.figures:
        first, second = (
            np.bincount(m.area[of_kind(m, "household")], m.figures[name][of_kind(m, "household")])
            for m in (one, other)
        )
        np.testing.assert_allclose(first, second, rtol=1e-9, err_msg=name)
        first, second = (m.figures[name][~of_kind(m, "household")] for m in (one, other))
        np.testing.assert_array_equal(first, second, err_msg=name)
    people = other.figures["population"]
    assert (people == np.rint(people)).all()
    assert people[of_kind(other, "household")].sum() == 56_550_000


def test_every_supplier_has_something_to_spare_on_an_ordinary_day():
    rows = prepared().tables.world.organisations
    makers = np.diff(rows.output_start) > 0
    makers &= rows.kind != prepared().tables.kinds.index("household")  # all of them are at home
    assert (rows.nominal_workload[makers] < 0.99 * rows.capacity[makers]).all()


def test_nearly_all_supply_is_local():
    tables = prepared().tables
    world, areas = tables.world, england().areas_in_play()
    supply, area = world.supply, world.organisations.area
    seller = world.outputs.organisation[supply.supplier]
    buyer = world.inputs.organisation[supply.customer]
    assert (area[seller] == area[buyer]).mean() > 0.95
    region = np.array([areas[name].region for name in tables.areas])[area]
    afar = np.flatnonzero(region[seller] != region[buyer])
    assert {tables.ids[row] for row in seller[afar].tolist()} == {"national_stockpile"}
    assert len(afar) == 6  # to the other regions' depots


@pytest.mark.parametrize("policy", POLICIES)
def test_the_first_week_is_an_ordinary_one(policy):
    """Before the first event nobody is failing, and hardly a small care home short of staff."""
    record = prepared().run(BUILT_IN[policy], 0, Detail.GROUPS).record
    week = record.group_status[:ONE_WEEK].sum(axis=(0, 1))
    assert week[2:].sum() == 0
    assert week[1] < 1e-3 * week.sum()
    size = record.group_status[:ONE_WEEK].sum(axis=2)
    assert (record.group_level[:ONE_WEEK] / size).min() > 0.9  # every kind in every area
    harm = record.group_harm[:ONE_WEEK].sum()
    assert harm < 1.0 * 56_550_000 / 450_000  # as first_wave: less than one for each of its areas


@pytest.mark.slow
def test_without_events_and_infection_it_stays_calm():
    ranges = england().model_dump()["uncertain"]
    ranges = {path: entry for path, entry in ranges.items() if not path.startswith("events")}
    calm = Scenario.load(FILE).with_(
        {
            "time.steps": 60,
            "events": [],
            "uncertain": ranges,
            "hazard.infected": 0,
            "hazard.imports": 0,
        }
    )
    quiet = Prepared(calm)
    for policy in POLICIES:
        record = quiet.run(BUILT_IN[policy], 1, Detail.GROUPS).record
        status = record.group_status.sum(axis=(0, 1))
        assert status[2:].sum() == 0, policy
        assert status[1] < 1e-3 * status.sum(), policy


def test_so_many_are_kept_by_kind_and_area():
    whole = Scenario.load(FILE)
    assert history.detail_for(whole, build(whole)) == Detail.GROUPS


def test_the_epidemic_begins_in_proportion_to_people():
    tables = prepared().tables
    hazard, people = tables.world.hazard, england().areas_in_play()
    assert hazard.infected.sum() == 3140
    assert hazard.imports.sum() == pytest.approx(250)
    for row, name in enumerate(tables.areas):
        part = people[name].population / 56_550_000
        here = slice(hazard.community_start[row], hazard.community_start[row + 1])
        assert abs(hazard.infected[here].sum() - 3140 * part) <= 1
        assert hazard.imports[row] == pytest.approx(250 * part)
