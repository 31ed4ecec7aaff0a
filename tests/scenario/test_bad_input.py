"""Every kind of bad input is refused, with its place, its value and a remedy."""

from __future__ import annotations

from datetime import date
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.overrides import with_value
from crisis_abm.tables import build
from tests.scenario.crises import SOUND, crisis, problems_with, sound

# edits, place of the problem, words of it
TYPES: list[tuple[dict[str, Any], str, str]] = [
    ({"title": None}, "title", "is missing"),
    ({"title": 3}, "title", "must be text"),
    ({"behaviour.hoarding": -1}, "behaviour.hoarding", "at least 0"),
    ({"behaviour.hoarding": nan}, "behaviour.hoarding", "finite"),
    ({"behaviour.hoarding": inf}, "behaviour.hoarding", "finite"),
    ({"behaviour.hoarding": True}, "behaviour.hoarding", "must be a number"),
    ({"behaviour.hoarding": "3"}, "behaviour.hoarding", "must be a number"),
    ({"behaviour.hoarding": 10**400}, "behaviour.hoarding", "must be a number"),
    ({"behaviour.hoarding": 1e300}, "behaviour.hoarding", "at most"),
    ({"behaviour.smoothing": 0}, "behaviour.smoothing", "more than 0"),
    ({"behaviour.altruism": 1.1}, "behaviour.altruism", "at most 1"),
    ({"behaviour.communication_cost": 1}, "behaviour.communication_cost", "less than 1"),
    ({"behaviour.forecast_window": 0}, "behaviour.forecast_window", "at least 1"),
    ({"behaviour.forecast_window": 7.5}, "behaviour.forecast_window", "whole number"),
    ({"behaviour.patience": 0}, "behaviour.patience", "at least 1"),
    ({"behaviour.patience": 2.5}, "behaviour.patience", "whole number"),
    ({"behaviour.patience": 10**400}, "behaviour.patience", "whole number"),
    ({"supply[0].capacity": 10**400}, "supply[0].capacity", "at most"),
    ({"behaviour.patience": nan}, "behaviour.patience", "whole number"),
    ({"behaviour.hoardin": 3}, "behaviour.hoardin", 'did you mean "hoarding"?'),
    ({"hoarding": 3}, "hoarding", "it belongs under [behaviour]"),
    ({"organisation": []}, "organisation", 'did you mean "organisations"?'),
    ({"time.steps": 0}, "time.steps", "at least 1"),
    ({"time.steps": True}, "time.steps", "whole number"),
    ({"time.start": "soon"}, "time.start", "date like"),
    ({"record.detail": "all"}, "record.detail", '"organisations"'),
    ({"organisations[0].capacity": -5}, "organisations[0].capacity", "at least 0"),
    ({"organisations[0].capcity": 5}, "organisations[0].capcity", '"capacity"'),
    ({"organisations[0].position": [1]}, "organisations[0].position", "two numbers"),
    ({"organisations[0].position": [1, nan]}, "organisations[0].position[1]", "finite"),
    ({"organisations[0].name": 3}, "organisations[0].name", "must be text"),
    ({"groups[0].count": -1}, "groups[0].count", "whole number"),
    ({"groups[0].count": {"north": 1.5}}, "groups[0].count", "whole number"),
    ({"groups[0].count": True}, "groups[0].count", "whole number"),
    ({"groups[0].kind": None}, "groups[0].kind", "is missing"),
    ({"supply[0].within": "nearby"}, "supply[0].within", '"anywhere"'),
    ({"supply[0].suppliers": 0}, "supply[0].suppliers", '"all"'),
    ({"supply[0].suppliers": "some"}, "supply[0].suppliers", '"all"'),
    ({"supply[0].lead_time": 1.5}, "supply[0].lead_time", "whole number"),
    ({"supply[0].capacity": nan}, "supply[0].capacity", "inf for no limit"),
    ({"supply[0].reliability": 2}, "supply[0].reliability", "at most 1"),
    ({"supply[0].to": 3}, "supply[0].to", "list of names"),
    ({"kinds.hospital.response": "linear"}, "kinds.hospital.response", '"limiting"'),
    ({"kinds.hospital.needs.ppe.us": 3}, "kinds.hospital.needs.ppe.us", '"use"'),
    ({"kinds.hospital.needs.ppe.use": -3}, "kinds.hospital.needs.ppe.use", "at least 0"),
    ({"kinds.hospital.needs.ppe": True}, "kinds.hospital.needs.ppe", "must be a table"),
    ({"kinds.hospital.stay": inf}, "kinds.hospital.stay", "finite"),
    ({"policies.mixed.agenda": 2}, "policies.mixed.agenda", "at most 1"),
    ({"policies.mixed.common_agenda": 1}, "policies.mixed", "both given"),
    ({"events[0].start": True}, "events[0].start", "tick"),
    ({"events[0].start": -1}, "events[0].start", "0 is the first"),
    ({"hazard": {"kind": "flood"}}, "hazard.kind", '"epidemic"'),
    ({"groups": 3}, "groups", "must be a list"),
    ({"areas.north": 3}, "areas.north", "must be a table"),
    ({"uncertain": {"behaviour.keep": {"low": 1}}}, 'uncertain."behaviour.keep".high', "missing"),
]

HAZARD = {"kind": "epidemic"}
LINK = {"from": "depot", "to": "infirmary", "resource": "ppe"}

MEANINGS: list[tuple[dict[str, Any], str, str]] = [
    # who is there
    ({"organisations[0].kind": "hospitl"}, "organisations[0].kind", '"hospital"'),
    ({"organisations[0].area": "nort"}, "organisations[0].area", '"north"'),
    ({"organisations[0].area": None}, "organisations[0].area", "has no area"),
    ({"organisations[1].id": "infirmary"}, "organisations[1].id", "two organisations"),
    ({"organisations[1].id": "south_care_home_3"}, "organisations[1].id", "member of a group"),
    ({"groups[0].kind": "care_hme"}, "groups[0].kind", '"care_home"'),
    ({"groups[1].areas": ["east"]}, "groups[1].areas", "is no area"),
    ({"groups[0].count": {"nrth": 2}}, "groups[0].count.nrth", '"north"'),
    ({"kinds.clinic": {"like": "hospital"}}, "kinds.clinic", "no organisation is of this kind"),
    ({"kinds.school.rank": 2}, "kinds.school", "no organisation is of this kind"),
    ({"kinds.clinic": {"like": "hospitl"}}, "kinds.clinic.like", '"hospital"'),
    ({"kinds.a": {"like": "b"}, "kinds.b": {"like": "a"}}, "kinds.a.like", "circle"),
    ({"kinds.hospital.stay": None, "kinds.supplier.caseload": 3}, "organisations[1].stay", "stay"),
    ({"organisations[0].id": " x"}, "organisations[0].id", "must be a name"),
    # resources
    ({"kinds.hospital.needs.pe.use": 1}, "kinds.hospital.needs.pe", '"ppe"'),
    ({"kinds.hospital.makes.food.make": 1}, "kinds.hospital.makes.food", "no resource"),
    ({"kinds.hospital.needs.labour.cover": 3}, "kinds.hospital.needs.labour.cover", "a flow"),
    ({"kinds.hospital.needs.labour.safety": 3}, "kinds.hospital.needs.labour.safety", "a flow"),
    ({"kinds.household.makes.labour.cover": 3}, "kinds.household.makes.labour.cover", "a flow"),
    ({"resources.labour.cover": 3}, "resources.labour.cover", "a flow"),
    ({"resources.water": {}, "kinds.hospital.needs.water": {}}, "kinds.hospital.needs.water.use",
     "does not say how much"),
    ({"resources.tests": {}}, "kinds.care_home.needs.tests", "nobody makes tests"),
    # links and rules
    ({"links": [LINK | {"to": "infrmary"}]}, "links[0].to", '"infirmary"'),
    ({"links": [LINK | {"from": "north_care_home_9"}]}, "links[0].from", "no organisation"),
    ({"links": [LINK | {"resource": "masks"}]}, "links[0].resource", "no resource"),
    ({"links": [LINK | {"from": "north_care_home_1"}]}, "links[0].from", "does not make ppe"),
    ({"links": [LINK | {"to": "north_household_1"}]}, "links[0].to", "does not need ppe"),
    ({"links": [LINK, LINK]}, "links[1].to", "same link as links[0]"),
    ({"links": [LINK | {"share": 0.5}]}, "links[0].share", "sum to 1.5"),
    ({"supply[0].share": 0.8}, "supply[0].share", "sum to 0.8"),
    ({"supply[0].within": "area"}, "supply[0]", "needs ppe and has no supplier"),
    ({"supply[1].resource": "labor"}, "supply[1].resource", '"labour"'),
    ({"supply[0].from": ["depo"]}, "supply[0].from", '"depot"'),
    ({"supply[0].to": ["household"]}, "supply[0].to", "does not need ppe"),
    ({"supply[0].from": ["laboratory"]}, "supply[0]", "matches nobody"),
    ({"supply": []}, "kinds.hospital.needs.ppe", "no supplier by any rule"),
    ({"aid[0].resource": "pp"}, "aid[0].resource", '"ppe"'),
    ({"aid[0].between": ["depot"], "aid[0].resource": "labour"}, "aid[0]", "matches nobody"),
    ({"aid[0].between": ["supplier"], "aid[0].resource": "places"}, "aid[0]", "in its care"),
    ({"referral[0].to": ["care_hom"]}, "referral[0].to", '"care_home"'),
    ({"referral[0].to": ["household"]}, "referral[0].to", "how long people stay"),
    ({"referral[0].to": ["south_care_home_1"]}, "referral[0].to", "reached from north"),
    ({"referral[0].to": ["infirmary"]}, "referral[0].to", "reached from north"),
    ({"referral[0].share": 0.6, "referral": sound()["referral"] + [
        {"from": ["infirmary"], "to": ["care_home"], "share": 0.95}]},
     "referral[1].share", "sum to 1.05"),
    # events and policies
    ({"events[0].start": 30}, "events[0].start", "outside the run of 30"),
    ({"events[0].start": date(2020, 2, 23)}, "events[0].start", "outside the run"),
    ({"events[0].end": date(2020, 3, 5)}, "events[0].end", "not after the start"),
    ({"time.start": None}, "events[0].start", "add time.start"),
    ({"time.unit": "term"}, "events[0].start", "a tick is a term"),
    ({"events[0].start": None}, "events[0]", "neither start nor when"),
    ({"events[0].when": {"prevalence_above": 0.1}}, "events[0]", "both start and when"),
    ({"events[0].duration": 3}, "events[0].duration", "only for an event with when"),
    ({"events[0].capacity": None}, "events[0]", "no effect"),
    ({"events[0].demand": 2}, "events[0]", "capacity and demand"),
    ({"events[0].organisations": ["dpot"]}, "events[0].organisations", '"depot"'),
    ({"events[0].kinds": ["hospital"]}, "events[0]", "about nobody"),
    ({"events[0].share": 0.0}, "events[0].share", "share of nobody"),
    ({"events[0].resource": "ppe"}, "events[0].resource", "take it away"),
    ({"events[0].capacity": None, "events[0].stock": 0.5}, "events[0].resource", "is missing"),
    ({"events[0].capacity": None, "events[0].stock": 0.5, "events[0].resource": "labour"},
     "events[0].resource", "is a flow"),
    ({"events[0].capacity": None, "events[0].contact": 0.5}, "events[0].contact", "[hazard]"),
    ({"events[0].capacity": None, "events[0].levers": {}}, "events[0].levers", "no lever"),
    ({"events[0].to": {"kinds": ["hospital"]}}, "events[0].to", "take it away"),
    ({"policy": "mixd"}, "policy", '"mixed"'),
    ({"policy": "agenda=2"}, "policy", "0 (siloed) to 1"),
    ({"policies.siloed": {}}, "policies.siloed", "built in"),
    ({"policies.mixed.changes": [{"start": 50, "agenda": 1.0}]}, "policies.mixed.changes[0].start",
     "outside the run"),
    ({"policies.mixed.changes": [{"start": 5}]}, "policies.mixed.changes[0]", "no lever"),
    # the hazard
    ({"hazard": HAZARD | {"mixing": {"own": 0.5}}}, "hazard.mixing", "sums to 1.2"),
    ({"hazard": HAZARD | {"communities": ["home"]}}, "hazard.communities", "is no kind"),
    ({"hazard": HAZARD | {"communities": ["school"]}}, "hazard.communities", "no organisations"),
    ({"hazard": HAZARD | {"communities": ["care_home"]}}, "hazard.communities", "no population"),
    ({"hazard": HAZARD | {"infected": {"east": 3}}}, "hazard.infected.east", "is no area"),
    ({"hazard": HAZARD | {"infected": 1e6}}, "hazard.infected", "write fewer"),
    ({"hazard": HAZARD | {"residents": {"protection": {"resource": "labour", "effect": 1.0},
                                        "kinds": ["household"]}}},
     "hazard.residents.protection.resource", "protects nobody"),
    # uncertainty
    ({"uncertain": {"behaviour.hoardin": {"low": 1, "high": 2}}}, 'uncertain."behaviour.hoardin"',
     '"hoarding"'),
    ({"uncertain": {"behaviour.keep": {"low": 3, "high": 2}}}, 'uncertain."behaviour.keep"',
     "above its high"),
    ({"uncertain": {"behaviour.altruism": {"low": 0.5, "high": 2}}},
     'uncertain."behaviour.altruism".high', "at most 1"),
    ({"uncertain": {"behaviour": {"low": 1, "high": 2}}}, "uncertain.behaviour", "number"),
    ({"uncertain": {"kinds.hospitl.harm": {"low": 1, "high": 2}}}, 'uncertain."kinds.hospitl.harm"',
     '"hospital"'),
    ({"uncertain": {"kinds.hospital.needs.food.use": {"low": 1, "high": 2}}},
     'uncertain."kinds.hospital.needs.food.use"', "needs no"),
    ({"uncertain": {"events[4].capacity": {"low": 0, "high": 1}}}, 'uncertain."events[4].capacity"',
     "only 1 events"),
    ({"uncertain": {"behaviour.keep": {"low": 0, "high": 2, "distribution": "loguniform"}}},
     'uncertain."behaviour.keep".low', "above 0"),
]  # fmt: skip


@pytest.mark.parametrize(("edits", "place", "words"), TYPES + MEANINGS)
def test_one_fault_is_told_where_it_is(edits: dict[str, Any], place: str, words: str) -> None:
    problems = problems_with(edits)

    told = [problem for problem in problems if problem.place == place]
    assert told, [str(problem) for problem in problems]
    assert words in str(told[0])
    assert all(p.file == "town.toml" and p.message and p.remedy for p in problems)


@pytest.mark.parametrize(("edits", "place", "words"), TYPES)
def test_a_fault_of_type_is_told_once(edits: dict[str, Any], place: str, words: str) -> None:
    assert [p.place for p in problems_with(edits)] == [place]


ODD = [None, True, -1, 0, 1.5, nan, inf, 10**400, "", "all", "north", [], {}, [[]], [{}], {"": {}}]
ODD += [{"a": 1}, {"north": 1}, ["hospital"], date(2020, 3, 1), "agenda=1", "a.b[0]", "\n"]


def _places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    inner = [place for key in keys for place in _places(data[key], (*path, key))]
    return [path, *inner] if path else inner


@given(st.data())
def test_whatever_stands_in_a_file_it_is_taken_or_refused(data: st.DataObject) -> None:
    edited = sound() | {"hazard": HAZARD | {"residents": {}}, "links": [LINK]}
    for place in data.draw(st.lists(st.sampled_from(_places(edited)), min_size=1, max_size=3)):
        try:
            edited = with_value(edited, place, data.draw(st.sampled_from(ODD)))
        except (KeyError, IndexError):
            continue  # an edit before took the place away
    try:
        scenario = Scenario.from_dict(edited)
    except ScenarioError as error:
        assert all(problem.message and problem.remedy for problem in error.problems)
        assert len(str(error).splitlines()) == len(error.problems)
    else:
        assert scenario.members()
        assert Scenario.from_text(scenario.to_toml()) == scenario


@pytest.mark.smoke
def test_the_crisis_itself_has_no_fault() -> None:
    assert crisis().warnings == []


def test_all_faults_of_a_file_are_told_at_once() -> None:
    problems = problems_with(
        {
            "behaviour.keep": -1,
            "time.stepps": 3,
            "organisations[0].capacity": "many",
            "links": [LINK | {"to": "nobody"}],
            "events[0].kinds": ["ship"],
            "policy": "mixd",
            "referral[0].to": ["care_hom"],
        }
    )

    assert {p.place for p in problems} == {
        "behaviour.keep",
        "time.stepps",
        "organisations[0].capacity",
        "links[0].to",
        "events[0].kinds",
        "policy",
        "referral[0].to",
    }


def test_a_kind_may_need_what_it_makes() -> None:
    ppe, labour = sound()["supply"]
    crisis(
        {
            "kinds.supplier.needs.ppe": {"use": 0.1},
            "groups": [*sound()["groups"], {"kind": "supplier", "count": 1}],
            "supply": [ppe, labour],
        }
    )


def test_a_link_without_share_takes_what_rules_leave() -> None:
    ppe, labour = sound()["supply"]
    to_infirmary = ppe | {"to": ["infirmary"], "share": 0.8}
    supply = [to_infirmary, ppe | {"to": ["care_home"]}, labour]

    crisis({"links": [LINK], "supply": supply})
    (problem,) = problems_with({"supply": supply})
    assert "infirmary needs ppe and has shares that sum to 0.8" in problem.message


def test_what_links_come_to_is_told_of_a_scenario_that_can_be_read() -> None:
    """Read, since each entry is right; refused where the network is made, with the line."""
    before, rule, after = SOUND.partition('[[supply]]\nresource = "ppe"\n')
    assert rule
    scenario = Scenario.from_text(before + rule + "share = 0.25\n" + after, "town.toml")

    with pytest.raises(ScenarioError) as caught:
        build(scenario)
    told = [str(problem) for problem in caught.value.problems]
    line = before.count("\n") + 3
    assert all(one.startswith(f"town.toml:{line}: supply[0].share = 0.25: ") for one in told)
    assert any("shares that sum to 0.25" in one for one in told)


def test_patience_and_link_capacity_may_be_infinite() -> None:
    scenario = crisis({"behaviour.patience": inf, "supply[0].capacity": inf})

    assert scenario.recipe("hospital").patience == inf
    assert scenario.supply[0].capacity == inf


def test_a_scenario_larger_than_memory_is_refused_with_its_size() -> None:
    (problem,) = problems_with({"groups[1].count": 10**9})

    assert "GB of memory" in problem.message
    assert "2,000,000,0" in problem.message


def test_rules_that_tie_everybody_to_everybody_count_towards_memory() -> None:
    many = {"groups[0].count": 20_000, "groups[1].count": 20_000}
    (problem,) = problems_with(many)

    assert "links)" in problem.message


def test_a_cycle_of_flows_that_cannot_recover_is_a_warning_that_names_it() -> None:
    scenario = crisis(
        {
            "kinds.household.needs.care": {"use": 1, "criticality": 1.0},
            "kinds.hospital.makes.care": {"make": 1},
            "kinds.hospital.needs.labour.criticality": 1.0,
            "resources.care": {"storable": False},
            "supply": [*sound()["supply"], {"resource": "care", "within": "anywhere"}],
        }
    )

    (warning,) = scenario.warnings
    assert "hospital → household → hospital" in warning
    assert "cannot recover" in warning


def test_a_cycle_of_links_is_named_by_its_organisations() -> None:
    names = ["a", "b", "c"]
    kind = {"needs": {"flow": {"use": 1}}, "makes": {"flow": {"make": 1}}, "capacity": 1}
    scenario = Scenario.from_dict(
        {
            "title": "ring",
            "resources": {"flow": {"storable": False}},
            "kinds": {"node": kind},
            "organisations": [{"id": name, "kind": "node"} for name in names],
            "links": [
                {"from": a, "to": b, "resource": "flow"}
                for a, b in zip(names, names[1:] + names[:1], strict=True)
            ],
        }
    )

    assert len(scenario.warnings) == 1
    assert "a → c → b → a" in scenario.warnings[0]
