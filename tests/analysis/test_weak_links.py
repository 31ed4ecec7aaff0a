"""The search: what is ranked, how often what is tried, and what the graph would have said."""

from __future__ import annotations

import math

import numpy as np
import pytest

from crisis_abm.analysis.weak_links.candidates import FORMS, candidates, chosen_rows, counted
from crisis_abm.analysis.weak_links.result import graph_measures, misled, rank_correlation
from crisis_abm.analysis.weak_links.search import weak_links
from crisis_abm.report.weak_links_words import weakest
from crisis_abm.runs import compare
from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.tables import build
from tests.analysis.chains import TICKS, chain, rivals, rivals_data


@pytest.fixture(scope="module")
def result():
    return weak_links(chain(), replicates=4, screening=2, top=3, pairs=2, workers=1)


def named(result, name):
    return next(one for one in result.tried if one.candidate.name == name)


def test_harm_to_others_is_ranked_and_its_own_told_beside(result):
    ward, maker = named(result, "ward"), named(result, "maker")
    assert ward.harm["siloed"].mean == 0
    assert ward.itself["siloed"] == pytest.approx(TICKS * 10 * 0.1)
    assert maker.harm["siloed"].mean == pytest.approx((TICKS - 1) * 10 * 0.1)
    assert maker.rank == {"siloed": 1, "reciprocal": 1}
    assert [one.candidate.name for one in result.of("organisations", "siloed")[:2]] == [
        "maker",
        "mill",
    ]


def test_an_isolated_organisation_adds_exactly_nothing(result):
    for name in ("idle", "lone"):
        for policy in result.policies:
            one = named(result, name)
            assert one.harm[policy].mean == 0.0
            assert one.harm[policy].interval in (None, (0.0, 0.0))
            assert one.spread[policy].mean == 0.0
    assert named(result, "idle").itself["siloed"] == 0.0


def test_spread_counts_others_that_are_more_often_strained(result):
    """The ward suffers from the maker; the ward and the maker from the mill."""
    assert named(result, "maker").spread["siloed"].mean == 1
    assert named(result, "mill").spread["siloed"].mean == 2


def test_all_are_screened_and_the_worst_repeated(result):
    knocked = [one for form in FORMS[:2] for one in result.of(form)]
    assert sorted(one.replicates for one in knocked) == [2, 2, 2, 2, 4, 4, 4]
    assert named(result, "maker").replicates == 4
    helped = [one for form in FORMS[2:] for one in result.of(form)]
    assert sorted(one.replicates for one in helped) == [1, 1, 1, 4, 4]
    assert {one.harm["siloed"].interval for one in helped if one.replicates == 1} == {None}


def test_a_pair_in_a_row_is_no_worse_than_its_worse_half(result):
    """Mill and link to the ward: the second break finds nothing left to break."""
    pair = next(p for p in result.pairs if p.first.name == "mill" or p.second.name == "mill")
    parts = [named(result, one.name) for one in (pair.first, pair.second)]
    worse = max(one.harm["siloed"].mean for one in parts)
    assert pair.harm["siloed"].mean == pytest.approx(worse)
    assert pair.excess["siloed"].mean == pytest.approx(
        -min(one.harm["siloed"].mean for one in parts)
    )


def test_substitutes_count_only_for_who_learns_that_one_is_gone():
    """Two makers, each enough alone: whoever knows turns to the other, and both are all there is.

    Who does not know goes on ordering half from each: the one is missed as much as the other.
    """
    scenario = rivals(
        organisations=[
            {"id": "grave", "kind": "grave", "capacity": 11, "demand": 10},
            {"id": "light", "kind": "light", "capacity": 11, "demand": 10},
            {"id": "maker_1", "kind": "maker", "capacity": 40},
            {"id": "maker_2", "kind": "maker", "capacity": 40},
        ],
        supply=[{"resource": "gowns", "suppliers": "all"}],
    )
    policies = ["communication=1", "siloed"]
    found = weak_links(scenario, policies, 2, 1, 4, 3, ["organisations"], workers=1)
    worst = found.pairs[0]
    assert (worst.first.name, worst.second.name) == ("maker_1", "maker_2")
    knowing = found.policies[0]
    assert worst.excess[knowing].mean > 0.8 * worst.harm[knowing].mean
    assert worst.excess["siloed"].mean == pytest.approx(0)


def test_a_marginal_value_can_be_negative():
    found = weak_links(rivals(), replicates=5, screening=5, forms=["stock"], workers=1)
    light = named(found, "light: gowns")
    assert light.harm["siloed"].mean < 0 < light.itself["siloed"]
    assert light.harm["siloed"].shown == -1
    assert light.per_unit("siloed") == light.harm["siloed"].mean / 10


def test_the_same_again_from_its_arguments_on_any_number_of_workers():
    first = weak_links(rivals(), replicates=3, screening=2, pairs=1, workers=1)
    again = weak_links(rivals(), **first.arguments, workers=2)
    for one, other in zip(first.tried, again.tried, strict=True):
        assert one == other
        np.testing.assert_array_equal(one.values, other.values)
    assert first.pairs == again.pairs


def test_progress_ends_where_it_said_it_would():
    told = []
    weak_links(rivals(), replicates=3, screening=2, workers=1, progress=lambda *at: told.append(at))
    assert told[-1][0] == told[-1][1]
    assert len({total for _, total in told}) == 1
    assert [done for done, _ in told] == list(range(1, len(told) + 1))


def asked(scenario, forms=FORMS, **conditions):
    tables = build(scenario)
    chosen = chosen_rows(scenario, tables, forms, **conditions)
    found = candidates(scenario, tables, forms, chosen)
    most = counted(tables, forms, chosen)
    assert all(sum(one.form == form for one in found) <= most[form] for form in forms)
    return found


def test_candidates_are_those_asked_for_and_their_links():
    names = [one.name for one in asked(chain(), kinds=["mill"])]
    assert names == ["mill", "cloth from mill to maker", "mill"]
    assert len(asked(chain(), ["links"], organisations=["maker"])) == 2
    assert len(asked(rivals(), ["stock"])) == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"kinds": ["wrad"]}, 'did you mean "ward"'),
        ({"areas": ["there"]}, "here"),
        ({"organisations": ["mil"]}, 'did you mean "mill"'),
        ({"forms": ["linx"]}, 'did you mean "links"'),
        ({"kinds": ["mill"], "organisations": ["ward"]}, "no organisation meets all of these"),
        ({"forms": ["suppliers"]}, "nothing to try"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(words, told):
    with pytest.raises(ScenarioError, match=told):
        weak_links(chain(), **words)


def test_too_many_runs_are_refused_with_their_number_and_what_to_do():
    with pytest.raises(ScenarioError, match=r"\d+ runs.*organisations.*: most_runs=\d+"):
        weak_links(chain(), most_runs=10)


def test_the_graph_sees_who_depends_on_whom():
    """On the chain: the maker lies between, the mill is at the end, the house nowhere."""
    scenario = chain()
    tables = build(scenario)
    found = {
        name: dict(zip(tables.ids, v, strict=True)) for name, v in graph_measures(tables).items()
    }
    assert max(found["betweenness"], key=found["betweenness"].get) == "maker"
    assert max(found["pagerank"], key=found["pagerank"].get) == "mill"
    assert found["in_degree"] == {"ward": 0, "maker": 1, "mill": 1, "lone": 0, "idle": 0}


def test_who_is_misjudged_is_named(result):
    ratio = misled(["a", "b", "c"], "x", np.array([3.0, 2, 1]), np.array([1.0, 2, 3]), 3)
    assert [(one.organisation, one.by_measure, one.by_harm) for one in ratio] == [
        ("a", 1, 3),
        ("c", 3, 1),
    ]
    assert -1 <= result.measure_correlation("betweenness", "siloed") <= 1
    assert math.isnan(rank_correlation(np.zeros(3), np.arange(3.0)))


def test_names_are_told_with_ids_where_they_are_needed():
    """In the first line, to look closer with; and where two are called the same."""
    data = rivals_data()
    data["organisations"][0]["name"] = "Ward"
    data["organisations"][1]["name"] = "Ward"
    found = weak_links(Scenario.from_dict(data), replicates=2, screening=2, workers=1)
    assert found.name_of("maker") == "Maker"
    assert found.name_of("grave") == "Ward (grave)"
    first = weakest(found)[0]
    assert first.startswith("Weakest under siloed: of organisations Maker (maker), without which")
    assert "gowns from Maker to Ward (grave) (maker → grave)" in first


TOWNS = """
title = "Two towns"
policy = "siloed"
[time]
steps = 30
[resources.ppe]
[resources.labour]
[areas.north]
[areas.south]
[[organisations]]
id = "St. Mary, old"
kind = "hospital"
area = "north"
[[groups]]
kind = "hospital"
count = 1
[[groups]]
kind = "care_home"
count = 2
spread = 0.3
[[groups]]
kind = "supplier"
count = 2
capacity = 3000
[[groups]]
kind = "household"
count = 1
[[supply]]
resource = "ppe"
suppliers = 1
within = "anywhere"
reliability = 0.8
[[supply]]
resource = "labour"
[[events]]
title = "Half of the makers stop"
capacity = 0.2
kinds = ["supplier"]
areas = ["north"]
start = 5
end = 15
[uncertain]
"behaviour.hoarding" = { low = 1, high = 4 }
"kinds.care_home.needs.ppe.cover" = { low = 3, high = 9 }
"""
POLICIES = ["siloed", "reciprocal"]


@pytest.fixture(scope="module")
def towns():
    return Scenario.from_text(TOWNS)


@pytest.fixture(scope="module")
def before(towns):
    return compare(towns, POLICIES, replicates=3, seed=2, workers=1)


@pytest.fixture(scope="module")
def found(towns):
    return weak_links(towns, POLICIES, 3, 3, 8, pairs=1, seed=2, workers=1)


def added(scenario, before, settings):
    changed = scenario
    for some in settings:  # two entries added to one list are two changes
        changed = changed.with_(some)
    return compare(changed, POLICIES, replicates=3, seed=2, workers=1).harm - before.harm


@pytest.mark.parametrize("form", FORMS)
def test_each_form_by_its_settings_comes_to_the_same_figure(towns, before, found, form):
    tried = found.of(form)
    assert tried
    kinds = {type(one.candidate.change): one for one in reversed(tried)}  # both kinds of stock
    some = {one.candidate.name: one for one in [*kinds.values(), tried[0], tried[-1]]}
    for one in some.values():
        harm = added(towns, before, [one.candidate.settings])  # replicates × policies × N
        out = one.candidate.change.out(found.tables)
        others = np.delete(harm, out, axis=2).sum(axis=2).T
        expected = one.values if form in ("organisations", "links") else -one.values
        np.testing.assert_allclose(others[:, : one.replicates], expected, atol=1e-9)
    assert any(np.abs(one.values).max() > 1e-3 for one in tried)


def test_a_pair_by_its_settings(towns, before, found):
    pair = found.pairs[0]
    harm = added(towns, before, [pair.first.settings, pair.second.settings])
    out = [row for half in (pair.first, pair.second) for row in half.change.out(found.tables)]
    others = np.delete(harm, out, axis=2).sum(axis=2).T
    np.testing.assert_allclose(others, pair.values, atol=1e-9)
