"""What a scenario gives the rest of the program: members, recipes, choices, draws."""

from __future__ import annotations

import pickle
import statistics
from datetime import date
from math import inf
from typing import Any

import pytest

from crisis_abm.scenario import LEVERS, Need, Policy, Scenario, ScenarioError
from crisis_abm.scenario.recipes import builtin_kinds, builtin_resources
from tests.scenario.crises import crisis, sound

# ---------------------------------------------------------------------------------- members


@pytest.mark.smoke
def test_groups_are_spelt_out_area_by_area() -> None:
    assert [member.id for member in crisis().members()] == [
        "infirmary",
        "depot",
        "north_care_home_1",
        "north_care_home_2",
        "south_care_home_1",
        "south_care_home_2",
        "south_care_home_3",
        "north_household_1",
        "north_household_2",
        "south_household_1",
        "south_household_2",
    ]


def test_a_member_has_its_own_figures_or_its_kinds() -> None:
    infirmary, depot = crisis().members()[:2]
    hospital = crisis().recipe("hospital")

    assert (infirmary.capacity, infirmary.position) == (300, (1, 2))
    assert (infirmary.caseload, infirmary.stay) == (hospital.caseload, hospital.stay)
    assert (depot.stay, depot.position, depot.name) == (None, None, "Depot")


def test_two_groups_of_a_kind_count_on() -> None:
    more = {"groups": [*sound()["groups"], {"kind": "household", "count": 1, "areas": ["south"]}]}

    assert crisis(more).members()[-1].id == "south_household_3"


def test_sizes_spread_around_the_mean() -> None:
    scenario = crisis({"groups[0].count": 2000, "groups[0].spread": 0.5})
    sizes = [m.capacity for m in scenario.members(seed=5) if m.kind == "care_home"]

    assert statistics.mean(sizes) == pytest.approx(30, rel=0.04)
    assert statistics.stdev(sizes) / statistics.mean(sizes) == pytest.approx(0.5, rel=0.06)
    assert min(sizes) > 0


def test_the_seed_decides_sizes_and_other_groups_do_not() -> None:
    alone = {m.id: m for m in crisis().members(3) if m.kind == "care_home"}
    edits = {"groups[0].count": {"south": 1}, "groups[1].count": 5, "referral": []}
    fewer = crisis(edits).members(3)
    other = {m.id: m for m in crisis().members(4)}

    assert alone["south_care_home_1"] in fewer
    assert alone["south_care_home_1"] != other["south_care_home_1"]
    assert crisis().members(3) == crisis().members(3)
    ratio = alone["south_care_home_2"].caseload / alone["south_care_home_2"].capacity
    assert ratio == pytest.approx(26 / 30)


def test_areas_come_from_the_organisations_if_none_are_declared() -> None:
    undeclared = crisis({"areas": {}, "groups[1].areas": ["south", "north"]})

    assert list(undeclared.areas_in_play()) == ["north", "south"]


def test_with_a_single_area_nobody_needs_to_name_it() -> None:
    one = Scenario.from_dict(
        {"title": "x", "resources": {}, "organisations": [{"id": "a", "kind": "school"}]}
    )

    assert one.members()[0].area == next(iter(one.areas_in_play()))


def test_many_members_are_spelt_out() -> None:
    many = {"groups[0].count": 42_000, "groups[1].count": 10, "aid[0].partners": 3}
    scenario = crisis(many)

    assert len(scenario.members()) == 2 + 84_000 + 20


def test_dates_become_ticks() -> None:
    scenario = crisis()

    assert scenario.tick_of(scenario.events[0].start or 0) == 10
    assert scenario.tick_of(12) == 12
    weekly = crisis({"time.unit": "week", "events[0].end": None})
    assert weekly.tick_of(date(2020, 3, 9)) == 2


# ---------------------------------------------------------------------------------- recipes


def test_every_built_in_kind_is_complete() -> None:
    everything = Scenario.from_dict({
        "title": "All kinds",
        "groups": [{"kind": kind, "count": 1, "areas": ["here"]} for kind in builtin_kinds()],
        "supply": [{"resource": name, "suppliers": "all"} for name in builtin_resources()],
    })  # fmt: skip

    assert len(everything.recipes()) == 10
    assert set(everything.resources_in_play()) == set(builtin_resources())
    assert everything.warnings == []
    for recipe in everything.recipes().values():
        assert recipe.base == recipe.kind
        assert recipe.makes or recipe.harm > 0


def test_resources_not_in_play_are_left_out_of_recipes() -> None:
    hospital = crisis().recipe("hospital")

    assert list(hospital.needs) == ["ppe", "labour"]
    assert dict(hospital.makes) == {}


def test_a_scenario_changes_single_figures_of_a_recipe() -> None:
    hospital = crisis(
        {"kinds.hospital.needs.ppe": {"use": 4}, "resources.ppe.cover": 9, "kinds.hospital.rank": 1}
    ).recipe("hospital")

    assert hospital.needs["ppe"] == Need(use=4, criticality=0.8, cover=9, safety=0)
    assert (hospital.rank, hospital.harm) == (1, 0.05)


@pytest.mark.parametrize("nothing", [False, {"use": 0}])
def test_a_need_can_be_dropped(nothing: Any) -> None:
    assert "ppe" not in crisis({"kinds.hospital.needs.ppe": nothing}).recipe("hospital").needs


def test_a_kind_like_another_starts_from_its_recipe() -> None:
    edits = {
        "kinds.hospital.needs.ppe.use": 4,
        "kinds.field_hospital": {"like": "hospital", "harm": 0.1, "needs": {"labour": {"use": 5}}},
        "organisations[0].kind": "field_hospital",
        "policies": {},
    }
    recipe = crisis(edits).recipe("field_hospital")

    assert (recipe.kind, recipe.base, recipe.harm, recipe.rank) == (
        "field_hospital",
        "hospital",
        0.1,
        3,
    )
    assert (recipe.needs["ppe"].use, recipe.needs["labour"].use) == (4, 5)


def test_patience_is_the_kinds_or_everybodys() -> None:
    scenario = crisis({"behaviour.patience": 5, "kinds.hospital.patience": inf})

    assert scenario.recipe("hospital").patience == inf
    assert scenario.recipe("care_home").patience == 5


# ---------------------------------------------------------------------------------- policies


def test_the_two_ends_are_built_in_and_differ_in_nothing_but_the_levers() -> None:
    siloed, reciprocal = crisis().policy_named("siloed"), crisis().policy_named("reciprocal")

    assert siloed.levers == (0,) * 5
    assert reciprocal.levers == (1,) * 5
    assert siloed.changes == reciprocal.changes == []


@pytest.mark.parametrize(
    ("text", "levers"),
    [
        ("agenda=1,communication=.5", (1, 0, 0.5, 0, 0)),
        ("common_agenda = 1, broad_measures = 0.25", (1, 0.25, 0, 0, 0)),
        ("reciprocity=1", (0, 0, 0, 0, 1)),
        ("mixed", (0.5, 0, 0, 0, 0)),
    ],
)
def test_a_policy_is_named_or_written_out(text: str, levers: tuple[float, ...]) -> None:
    policy = crisis().policy_named(text)

    assert policy.levers == levers
    assert policy.name == text
    assert len(LEVERS) == 5


def test_a_policy_is_a_value() -> None:
    """Two that say the same are one key, also after a way through another process."""
    same = [
        crisis().policy_named("mixed"),
        pickle.loads(pickle.dumps(crisis().policy_named("mixed"))),
    ]
    changed = Policy.model_validate({"agenda": 0.5, "changes": [{"start": 1, "parity": 1}]})
    others = [same[0].named("other"), Policy(agenda=0.25).named("mixed"), changed.named("mixed")]
    assert len({*same}) == 1 and len({*same, *others}) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("reciprocl", '"reciprocal"'),
        ("agend=1", '"agenda"'),
        ("agenda=2", "0 (siloed) to 1"),
        ("agenda=x", "0 (siloed) to 1"),
        ("agenda=nan", "0 (siloed) to 1"),
        ("agenda=1,agenda=0", "twice"),
        ("", "no such policy"),
    ],
)
def test_a_policy_that_does_not_exist_is_refused(text: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        crisis().policy_named(text)

    assert words in str(caught.value)


# ---------------------------------------------------------------------------------- changing


def test_changing_leaves_the_scenario_as_it_was() -> None:
    scenario = crisis()
    before = scenario.fingerprint()
    changed = scenario.with_({"behaviour.hoarding": 1}, policy="mixed")

    assert (changed.behaviour.hoarding, changed.policy) == (1, "mixed")
    assert (scenario.behaviour.hoarding, scenario.policy) == (3, "siloed")
    assert scenario.fingerprint() == before


def test_a_changed_cover_leaves_other_resources_in_play() -> None:
    data = sound()
    del data["resources"]
    data["supply"] = [{"resource": r, "within": "anywhere"} for r in ("ppe", "labour", "medicine")]
    for kind, dropped in {
        "hospital": ("tests", "mobility", "coordination"),
        "care_home": ("tests", "food", "coordination", "clinical_support"),
        "supplier": ("mobility", "coordination"),
        "household": ("food", "child_care", "mobility"),
    }.items():
        data.setdefault("kinds", {})[kind] = {"needs": dict.fromkeys(dropped, False)}
    scenario = Scenario.from_dict(data)
    changed = scenario.with_({"resources.ppe.cover": 9})

    assert list(changed.resources_in_play()) == list(scenario.resources_in_play())
    assert changed.recipe("hospital").needs["ppe"].cover == 9
    assert changed.recipe("hospital").needs["medicine"].cover == 7


def test_a_shortened_run_leaves_out_what_it_does_not_reach() -> None:
    short = crisis().with_({"time.steps": 7})

    assert short.events == []
    assert len(short.policies["mixed"].changes) == 1
    assert Scenario.from_text(short.to_toml()) == short


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("behaviour.hoardin", '"hoarding"'),
        ("behavior.hoarding", '"behaviour"'),
        ("organisations.infrmary.capacity", '"infirmary"'),
        ("organisations.north_care_home_1.capacty", '"capacity"'),
        ("organisations.north_care_home_99.capacity", "no organisation called"),
        ("organisations[9].capacity", "nothing there"),
        ("events[0].capacity.x", "shorten the path"),
        ("title.x", "shorten the path"),
        ("resources.tests.cover", "no resource"),
        ("..", "not a path"),
        ("", "not a path"),
    ],
)
def test_a_path_that_does_not_exist_is_refused(path: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        crisis().with_({path: 1})

    assert words in str(caught.value)


def test_a_change_is_checked_like_a_file() -> None:
    with pytest.raises(ScenarioError) as caught:
        crisis().with_({"behaviour.keep": -1, "events[0].title": 99})

    assert {p.place for p in caught.value.problems} == {"behaviour.keep", "events[0].title"}


# ---------------------------------------------------------------------------------- uncertainty

RANGES: dict[str, dict[str, Any]] = {
    "behaviour.hoarding": {"low": 2, "high": 4},
    "behaviour.forecast_window": {"low": 5, "high": 9},
    "kinds.hospital.needs.ppe.use": {"low": 6, "high": 14, "distribution": "triangular"},
    "organisations.infirmary.capacity": {"low": 30, "high": 3000, "distribution": "loguniform"},
    "behaviour.patience": {"low": 2, "high": 4},
}


def test_draws_lie_in_their_ranges_and_are_centred_as_said() -> None:
    scenario = crisis({"uncertain": RANGES})
    draws = [scenario.draw(1, replicate) for replicate in range(800)]

    for path, entry in RANGES.items():
        values = [draw[path] for draw in draws]
        assert entry["low"] <= min(values) < max(values) <= entry["high"]
    medians = {path: statistics.median(draw[path] for draw in draws) for path in RANGES}
    assert medians["behaviour.hoarding"] == pytest.approx(3, abs=0.1)
    assert medians["kinds.hospital.needs.ppe.use"] == pytest.approx(10, abs=0.3)
    assert medians["organisations.infirmary.capacity"] == pytest.approx(300, rel=0.2)
    assert {draw["behaviour.forecast_window"] for draw in draws} == {5, 6, 7, 8, 9}
    assert all(isinstance(draw["behaviour.forecast_window"], int) for draw in draws)


def test_a_draw_depends_on_seed_replicate_and_path_only() -> None:
    scenario = crisis({"uncertain": RANGES})
    fewer = crisis({"uncertain": {"behaviour.hoarding": RANGES["behaviour.hoarding"]}})
    draw = scenario.draw(1, 5)

    assert draw == scenario.with_({"policy": "reciprocal"}).draw(1, 5)
    assert draw["behaviour.hoarding"] == fewer.draw(1, 5)["behaviour.hoarding"]
    assert draw != scenario.draw(1, 6)
    assert draw != scenario.draw(2, 5)


def test_a_replicates_scenario_has_the_drawn_values() -> None:
    scenario = crisis({"uncertain": RANGES})
    drawn, values = scenario.drawn(1, 5), scenario.draw(1, 5)

    assert drawn.behaviour.hoarding == values["behaviour.hoarding"]
    assert drawn.recipe("hospital").needs["ppe"].use == values["kinds.hospital.needs.ppe.use"]
    assert drawn.members()[0].capacity == values["organisations.infirmary.capacity"]
    assert crisis({"uncertain": {}}).drawn(1, 5) == crisis({"uncertain": {}})
