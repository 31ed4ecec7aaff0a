"""Groups by their totals: how many in each area, what falls to whom; regions; what is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.population import Numbered, apportion
from tests.scenario.crises import crisis, problems_with

AREAS = {
    "north": {"population": 700, "region": "up", "weights": {"beds": 1}},
    "middle": {"population": 200, "region": "up", "weights": {"beds": 1}},
    "south": {"population": 100, "region": "down", "weights": {"beds": 2}},
}


def county(group: dict[str, Any], **sections: Any) -> Scenario:
    group = {"kind": "household", **group}
    data = {"title": "A county", "areas": AREAS, "resources": {}, "groups": [group]}
    return Scenario.from_dict({**data, **sections})


def by_area(scenario: Scenario, figure: str = "") -> dict[str, float]:
    members = scenario.members()
    weights = members.figures[figure] if figure else np.ones(len(members))
    found = np.bincount(members.area, weights, minlength=len(members.areas))
    return dict(zip(members.areas, found.tolist(), strict=True))


# ---------------------------------------------------------------------------------- dividing


@pytest.mark.parametrize(
    ("total", "by", "counts"),
    [
        (10, "population", (7, 2, 1)),
        (4, "population", (3, 1, 0)),
        (5, "beds", (1, 1, 3)),  # 1.25, 1.25, 2.5: the largest remainder is the south's
    ],
)
def test_a_total_is_shared_out_by_largest_remainder(total, by, counts):
    found = by_area(county({"total": total, "by": by}))
    assert tuple(found[area] for area in ("north", "middle", "south")) == counts


@pytest.mark.parametrize("total", [10, 173, 1000])
def test_what_they_have_together_does_not_depend_on_how_many_they_are(total):
    whole = {"population": 1001, "demand": 500.5, "capacity": 1000}
    scenario = county({"total": total, "whole": whole, "areas": ["north", "south"]})
    for figure, amount in whole.items():
        assert by_area(scenario, figure)["north"] == pytest.approx(amount * 7 / 8, abs=0.5)
        assert sum(by_area(scenario, figure).values()) == pytest.approx(amount, rel=1e-12)
    people = scenario.members().figures["population"]
    assert (people == np.rint(people)).all()


def test_areas_without_a_member_leave_their_part_to_the_others():
    scenario = county({"total": 1, "whole": {"population": 1000}})
    assert by_area(scenario, "population") == {"middle": 0, "north": 1000, "south": 0}


def test_members_of_a_whole_differ_as_the_spread_says():
    scenario = county({"total": 3000, "spread": 0.5, "whole": {"capacity": 90_000}})
    sizes = scenario.members().figures["capacity"]
    assert sizes.sum() == pytest.approx(90_000)
    assert sizes.std() / sizes.mean() == pytest.approx(0.5, abs=0.05)


def test_so_many_in_each_area_may_have_a_whole_too():
    scenario = county({"count": 2, "whole": {"capacity": 100}})
    assert by_area(scenario, "capacity") == {"middle": 20, "north": 70, "south": 10}


def test_without_any_population_areas_count_alike():
    scenario = county({"total": 4}, areas={"north": {}, "south": {}})
    assert by_area(scenario) == {"north": 2, "south": 2}


def test_a_number_is_apportioned_exactly():
    rng = np.random.default_rng(0)
    for total in (0, 1, 7, 1_000_003):
        weights = rng.lognormal(size=57)
        parts = apportion(total, weights)
        assert parts.sum() == total
        assert (np.abs(parts - total * weights / weights.sum()) < 1).all()


def test_many_are_spelt_out_when_looked_at():
    members = county({"total": 1_000_000, "whole": {"population": 56_000_000}}).members()
    assert len(members) == 1_000_000
    assert members[-1].id == "south_household_100000"
    assert members.ids.find("north_household_700000") == 899_999
    assert members.ids.find("north_household_700001") is None
    assert members[899_999].population == 56


def test_numbered_texts_are_a_sequence_like_another():
    texts = Numbered(["a", "b"], [("n_", 1, 2, ""), ("x ", 5, 3, ", y")])
    spelt = ["a", "b", "n_1", "n_2", "x 5, y", "x 6, y", "x 7, y"]
    assert list(texts) == [texts[row] for row in range(7)] == spelt == texts
    assert texts[2:4] == ["n_1", "n_2"]
    assert [texts.find(text) for text in spelt] == list(range(7))
    assert texts[-1] == "x 7, y"
    for missing in ("n_0", "n_01", "n_3", "n_", "x 8, y", "7"):
        assert texts.find(missing) is None
    with pytest.raises(IndexError):
        texts[7]


# ---------------------------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("edits", "place", "words"),
    [
        ({"groups[0].count": None}, "groups[0].count", "total"),
        ({"groups[0].total": 4}, "groups[0].total", "beside count"),
        ({"groups[0].total": -1}, "groups[0].total", "at least 0"),
        ({"groups[0].by": "beds"}, "groups[0].by", "no weight of any area"),
        ({"areas.north.weights": {"beds": -1}}, "areas.north.weights.beds", "at least 0"),
        (
            {"areas.north.weights": {"beds": 1}, "groups[0].by": "beds"},
            "groups[0].by",
            "divides nothing",
        ),
        (
            {"groups[0].whole": {"capacity": 9}, "groups[0].capacity": 3},
            "groups[0].whole.capacity",
            "each member's",
        ),
        ({"groups[0].whole": {"stay": 9}}, "groups[0].whole.stay", "no such key"),
        ({"supply[0].within": "region"}, "supply[0].within", "region = …"),
        ({"supply[0].split": "catchment", "supply[0].suppliers": "all"}, "supply[0].suppliers", ""),
        (
            {"supply[0].split": "catchment", "supply[0].within": "elsewhere"},
            "supply[0].within",
            "not possible",
        ),
        ({"referral[0].split": "catchment"}, "referral[0].split", '"capacity"'),
    ],
)
def test_what_is_wrong_is_named(edits, place, words):
    found = {problem.place: str(problem) for problem in problems_with(edits)}
    assert place in found
    assert words in found[place]


def test_a_hazard_of_the_whole_scenario_wants_one_number():
    hazard = {"kind": "epidemic", "per": "scenario", "receivers": ["household"], "stay": 5}
    group = {"total": 10, "whole": {"population": 1000}}
    assert county(group, hazard={**hazard, "infected": 9}).warnings == []
    for infected, words in (({"north": 3}, "one number"), (1001, "1000 people")):
        with pytest.raises(ScenarioError) as caught:
            county(group, hazard={**hazard, "infected": infected})
        assert words in str(caught.value)


def test_files_that_use_none_of_it_keep_their_fingerprint():
    used = county({"count": 2}, areas={"north": {}}).fingerprint()
    assert used == county({"count": 2, "by": "population"}, areas={"north": {}}).fingerprint()
    assert used != county({"total": 2}, areas={"north": {}}).fingerprint()


# ---------------------------------------------------------------------------------- shortening


def test_ranges_of_events_that_a_shortened_run_does_not_reach_go_with_them():
    events = [
        {"capacity": 0.5, "start": 50},
        {"capacity": 0.6, "start": 3},
        {"capacity": 0.7, "start": 60},
        {"demand": 0.8, "start": 4},
    ]
    ranges = {f"events[{n}].capacity": {"low": 0.1, "high": 0.9} for n in range(3)}
    ranges["events[3].demand"] = {"low": 0.1, "high": 0.9}
    long = crisis({"time.steps": 90, "events": events, "uncertain": ranges})
    short = long.with_({"time.steps": 20})
    assert len(short.events) == 2
    assert list(short.uncertain) == ["events[0].capacity", "events[1].demand"]
    assert Scenario.from_text(short.to_toml()) == short
