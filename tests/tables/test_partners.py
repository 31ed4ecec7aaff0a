import numpy as np
import pytest

from crisis_abm.scenario import ScenarioError
from crisis_abm.tables import build
from tests.tables.cases import chain, several_areas


def aid_of(tables):
    """Pairs of ids that lend each other a resource."""
    world = tables.world
    holder = world.inputs.organisation
    return [
        (tables.ids[holder[one]], tables.ids[holder[other]])
        for one, other in zip(world.aid.donor, world.aid.partner, strict=True)
    ]


def places_of(tables):
    places = tables.world.places
    return [
        (tables.ids[one], tables.ids[other])
        for one, other in zip(places.donor, places.partner, strict=True)
    ]


def test_all_of_an_area_are_partners():
    ties = aid_of(build(several_areas(["north", "south"], aid=[{"resource": "gowns"}])))
    assert len(ties) == 2 * 4 * 3
    assert all(one.split("_")[0] == other.split("_")[0] for one, other in ties)


def test_chosen_partners_are_mutual():
    rule = {"resource": "gowns", "partners": 1, "within": "anywhere"}
    ties = aid_of(build(several_areas(["north", "south"], aid=[rule])))
    assert {(other, one) for one, other in ties} == set(ties)
    assert len(ties) == len(set(ties))
    assert {one for one, _ in ties} == {
        f"{a}_ward_{n}" for a in ("north", "south") for n in range(1, 5)
    }
    assert 8 <= len(ties) <= 16


def test_rules_that_overlap_tie_once():
    rules = [{"resource": "gowns"}, {"resource": "gowns", "within": "anywhere"}]
    ties = aid_of(build(several_areas(["north", "south"], aid=rules)))
    assert len(ties) == len(set(ties)) == 8 * 7


def test_named_partners():
    rule = {"resource": "gowns", "between": ["north_ward_1", "south_ward_2"], "within": "anywhere"}
    ties = aid_of(build(several_areas(["north", "south"], aid=[rule])))
    assert ties == [("north_ward_1", "south_ward_2"), ("south_ward_2", "north_ward_1")]


def with_homes(**sections):
    made = several_areas(["north"])
    kinds = made.model_dump(by_alias=True, exclude_unset=True)["kinds"]
    kinds["home"] = {"caseload": 5.0, "capacity": 6.0, "stay": 20.0}
    groups = [{"kind": kind, "count": 2} for kind in ("ward", "home", "maker")]
    return several_areas(["north"], kinds=kinds, groups=groups, **sections)


def test_places_are_lent_within_a_kind_unless_kinds_are_named():
    ties = places_of(build(with_homes(aid=[{"resource": "places"}])))
    assert sorted(ties) == [
        ("north_home_1", "north_home_2"),
        ("north_home_2", "north_home_1"),
        ("north_ward_1", "north_ward_2"),
        ("north_ward_2", "north_ward_1"),
    ]
    rule = {"resource": "places", "between": ["ward", "home"]}
    assert len(places_of(build(with_homes(aid=[rule])))) == 4 * 3


def referrals_of(tables):
    referrals = tables.world.referrals
    return {
        (tables.ids[one], tables.ids[other]): share
        for one, other, share in zip(
            referrals.origin, referrals.target, referrals.share, strict=True
        )
    }


def test_referrals_divide_their_share():
    rule = {"from": ["ward"], "to": ["home"], "share": 0.3}
    ways = referrals_of(build(with_homes(referral=[rule])))
    assert set(ways.values()) == {0.15}
    assert len(ways) == 4
    ways = referrals_of(build(with_homes(referral=[{**rule, "targets": 1}])))
    assert set(ways.values()) == {0.3}
    assert len(ways) == 2
    named = {**rule, "to": ["north_home_2"], "share": 0.2}
    ways = referrals_of(build(with_homes(referral=[rule, named])))
    assert ways["north_ward_1", "north_home_2"] == pytest.approx(0.35)


def test_nobody_is_referred_twice():
    rule = {"from": ["ward"], "to": ["home"], "share": 0.6}
    with pytest.raises(ScenarioError, match=r"at most 1|sum"):
        build(with_homes(referral=[rule, rule]))


def test_one_way_as_tables_give_it_is_the_same_as_by_rule():
    rule = {"from": ["ward"], "to": ["north_home_1"], "share": 0.25}
    single = [
        {"from": [f"north_ward_{n}"], "to": ["north_home_1"], "share": 0.25, "within": "anywhere"}
        for n in (2, 1)
    ]
    one, other = (build(with_homes(referral=rules)).world.referrals for rules in ([rule], single))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("sections", "place", "words"),
    [
        ({"aid": [{"resource": "cloth", "between": ["ward"]}]}, "aid[0]", "among them uses cloth"),
        ({"aid": [{"resource": "cloth", "between": ["maker_1"]}]}, "aid[0]", "within reach"),
        ({"aid": [{"resource": "gowns", "within": "elsewhere"}]}, "aid[0]", "within reach"),
        ({"aid": [{"resource": "places"}]}, "aid[0]", "nobody has a partner within reach"),
        ({"referral": [{"from": ["ward"], "to": ["ward_1"], "share": 0.5}]}, "referral[0].to", ""),
        (
            {"referral": [{"from": ["hospital"], "to": ["ward"], "share": 0.5}]},
            "referral[0]",
            "from",
        ),
    ],
)
def test_a_rule_that_ties_nobody_is_refused_where_ties_are_made(sections, place, words):
    read = chain(**sections)  # which is sound as far as it can be read
    with pytest.raises(ScenarioError) as refused:
        build(read)
    assert [problem.place for problem in refused.value.problems] == [place]
    assert words in str(refused.value)


def test_more_than_all_who_finish_cannot_be_sent_on():
    rule = {"from": ["ward_1"], "to": ["mill_1"], "within": "anywhere"}
    organisations = [
        {"id": "ward_1", "kind": "ward", "caseload": 8.0, "stay": 4.0},
        {"id": "maker_1", "kind": "maker", "capacity": 50.0},
        {"id": "mill_1", "kind": "mill", "capacity": 50.0, "stay": 2.0},
    ]
    whole = chain(organisations=organisations, referral=[rule | {"share": 0.5}] * 2)
    assert build(whole).world.referrals.share.tolist() == [1.0]
    with pytest.raises(ScenarioError) as refused:
        build(chain(organisations=organisations, referral=[rule | {"share": 0.6}] * 2))
    (problem,) = refused.value.problems
    assert (problem.place, problem.value) == ("referral[1].share", 0.6)
    assert "at ward_1 sum to 1.2" in problem.message
