"""What the Why page tells of a crisis: ways that end where they should, a picture that is true."""

import math

import numpy as np
import pytest

from crisis_abm.analysis.cascade.trace import trace
from crisis_abm.dashboard.components.cascade import how_sure, weighty
from crisis_abm.dashboard.components.organisation import STATES, states_text, stretches
from crisis_abm.dashboard.data import explaining
from crisis_abm.dashboard.data.explaining import cascade_of, cut, explained
from crisis_abm.dashboard.data.organisation_history import history_of
from crisis_abm.report.cascade_words import chain_text
from crisis_abm.runs import Prepared
from crisis_abm.scenario import Scenario, ready_made_scenarios
from crisis_abm.scenario.schema.policy import BUILT_IN


@pytest.fixture(scope="module")
def prepared():
    return Prepared(Scenario.load(ready_made_scenarios()["local_shock"]))


@pytest.fixture(scope="module")
def result(prepared):
    return trace(prepared.scenario, "siloed", 0, 0, check=False)


@pytest.fixture(scope="module")
def found(prepared):
    return explained(prepared, (BUILT_IN["siloed"], 0, 0, True))


def test_every_way_leads_from_a_root_to_whoever_was_hit_and_says_the_same_in_words(found, result):
    ids = result.run.tables.ids
    for hit in result.hits:
        chain = found.chains[ids[hit.organisation]]
        assert [place.id for place in chain.places[1:]] == [
            ids[step.organisation] for step in reversed(hit.chain)
        ]
        assert chain.places[0].name == result.all_roots[hit.root].title
        assert chain.places[-1].hands_on == ""
        assert "".join(text for text, _ in chain.parts) == chain_text(result, hit)
        assert chain.parts[0][1] == ids[hit.organisation]


def test_an_organisation_s_harm_is_shared_out_over_its_roots(found, result):
    chain = found.chains["north_hospital_1"]
    titles = [title for title, _ in chain.shares]
    assert titles[0] == "Both suppliers of the north town stop"
    shares = [share for _, share in chain.shares]
    assert shares == sorted(shares, reverse=True)
    assert 0.95 < sum(shares) <= 1 + 1e-9


def test_signs_are_the_roots_and_organisations_that_harm_came_by(found, result):
    drawing = found.cascade.drawing
    signs = drawing["signs"]
    roots = [sign for sign in signs if sign["kind"] < 0]
    assert [root["why"] for root in roots] == ["event", "event", "everyday"]
    assert sum(root["harm"] for root in roots) == pytest.approx(result.harm, rel=0.01)
    own = {result.run.tables.ids[hit.organisation]: hit for hit in result.hits}
    for identity, sign in found.cascade.sign_of.items():
        assert signs[sign]["id"] == identity
        assert signs[sign]["tick"] == own[identity].tick
        assert signs[sign]["closed"] == (own[identity].failed >= 0)
        assert str(signs[sign]["tick"]) in drawing["days"]
    assert len(found.cascade.sign_of) + drawing["left_out"] == len(result.hits)


def test_hops_join_signs_and_none_is_drawn_twice(found):
    drawing = found.cascade.drawing
    pairs = [(hop["from"], hop["to"]) for hop in drawing["hops"]]
    assert len(set(pairs)) == len(pairs)
    signs = range(len(drawing["signs"]))
    assert all(one in signs and other in signs and one != other for one, other in pairs)
    assert all(0 < hop["harm"] <= drawing["total"] * (1 + 1e-9) for hop in drawing["hops"])


def test_the_many_are_drawn_together_by_kind_and_area(result, monkeypatch):
    monkeypatch.setattr(explaining, "MOST_SIGNS", 8)
    drawn = cascade_of(result)
    signs = drawn.drawing["signs"]
    assert drawn.drawing["together"]
    assert len(signs) <= 8
    homes = next(sign for sign in signs if sign["name"] == "6 care homes, north")
    assert homes["size"] == 6
    worst = max(
        (hit for hit in result.hits if "care_home_" in result.run.tables.ids[hit.organisation]),
        key=lambda hit: hit.harm,
    )
    assert homes["id"] == result.run.tables.ids[worst.organisation]
    assert sum(sign == signs.index(homes) for sign in drawn.sign_of.values()) == 6


def test_roots_that_did_next_to_nothing_stand_last_and_are_counted_out(found):
    titles, harm = found.roots["title"], found.roots["harm"]
    assert titles[0] == "Both suppliers of the north town stop"
    total = found.cascade.drawing["total"]
    most = weighty(found, total)
    assert 3 <= most < len(titles)
    assert all(one < 0.001 * total for one in harm[most:])
    # without it much vanishes, though little is traced to it: it matters
    assert "Too little held or planned at care homes in north" in titles[:most]


def test_names_are_cut_out_of_a_text_in_their_order_only():
    text = "A ← B ← A closed"
    assert list(cut(text, [("A", "a"), ("B", "b"), ("A", "a"), ("C", "c")])) == [
        ("A", "a"),
        (" ← ", ""),
        ("B", "b"),
        (" ← ", ""),
        ("A", "a"),
        (" closed", ""),
    ]
    assert list(cut("<b>nobody</b>", [("A", "a"), ("", "b")])) == [("<b>nobody</b>", "")]


def test_how_sure_the_ranks_are_is_said_in_words():
    assert "in the same order" in how_sure(1.0)
    assert "in nearly the same order" in how_sure(0.9)
    assert "in a partly different order" in how_sure(0.6)
    assert "in another order" in how_sure(-0.2)
    assert "correlation" not in how_sure(math.nan)


def test_stretches_cover_every_day_once(prepared):
    one = history_of(prepared, ("north_hospital_1", tuple(BUILT_IN.values()), 0, 0))
    assert not isinstance(one, str)
    for states in one.status:
        spread = [k for start, end, k in stretches(states) for _ in range(start, end)]
        assert spread == states.tolist()
        assert [end for _, end, _ in stretches(states)][-1] == len(states)


def test_many_stretches_are_told_as_days_in_each_state():
    states = np.array([0, 1] * 6 + [3])
    assert states_text(states, range(13), "day") == (
        "working on 6 days, strained on 6 days, failed on 1 day, in 13 stretches"
    )
    assert set(STATES) == {"working", "strained", "failing", "failed"}
