"""The trace gives what a person would write down, and its shares sum to the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_abm.analysis.cascade.roots import Root
from crisis_abm.analysis.cascade.shares import Causes, split_harm
from crisis_abm.analysis.cascade.trace import trace
from crisis_abm.report.cascade_words import causes_finding, story
from crisis_abm.scenario import Scenario, ScenarioError
from tests.analysis.cascades import diamond, line, loop, random_tree, two_roots, worse_later
from tests.random_scenarios import random_scenario


def shares(found):
    return {one.root.key: one.share for one in found.roots if one.harm > 0}


def chain_of(found, name):
    ids = found.run.tables.ids
    hit = next(h for h in found.hits if ids[h.organisation] == name)
    return hit.tick, [ids[step.organisation] for step in hit.chain], found.all_roots[hit.root].key


@pytest.mark.parametrize("storable", [False, True])
def test_an_event_at_a_starves_b_which_starves_c(storable):
    found = trace(line(storable=storable, steps=30, days=9 if storable else 3), check=True)
    assert shares(found) == {"event 0": pytest.approx(1.0, abs=1e-12)}
    check = found.roots[0].check
    assert check.vanishes == pytest.approx(found.harm, abs=1e-9) and check.verdict == "agrees"
    assert chain_of(found, "c")[1:] == (["c", "b", "a"], "event 0")
    assert found.depth.max() == 3
    if not storable:  # a flow is made one day and used the next: one hop a day
        ids = found.run.tables.ids
        assert {ids[h.organisation]: h.tick for h in found.hits} == {"a": 3, "b": 4, "c": 5}
        assert found.harm == pytest.approx(3 * 10 * 0.1)  # c serves nobody for three days
        short = {(h.source, h.organisation): h for h in found.hops if h.source >= 0}
        hop = short[ids.index("b"), ids.index("c")]
        assert hop.short == pytest.approx(1.0) and hop.harm == pytest.approx(found.harm)


def test_a_substitute_takes_no_blame():
    """D goes on giving c its half: only b's half is lost, because a stopped."""
    found = trace(diamond(), check=True)
    assert shares(found) == {"event 0": pytest.approx(1.0)}
    assert chain_of(found, "c")[1:] == (["c", "b", "a"], "event 0")
    assert found.harm == pytest.approx(3 * 5 * 0.1)  # three days, half of c's people
    ids = found.run.tables.ids
    assert ids.index("d") not in {hop.source for hop in found.hops}
    assert ids.index("d") not in {hit.organisation for hit in found.hits}


def test_feedback_is_traced_to_what_set_it_off():
    """The ward lacks the home that lacks the ward: all of it began with the school."""
    found = trace(loop(), check=True)
    assert shares(found) == {"event 0": pytest.approx(1.0)}
    assert chain_of(found, "care")[1:] == (["care", "ward", "homes", "school"], "event 0")
    assert chain_of(found, "ward")[1:] == (["ward", "homes", "school"], "event 0")
    ids = found.run.tables.ids
    carried = {(ids[h.source], ids[h.organisation]): h.harm for h in found.hops if h.source >= 0}
    assert carried["school", "homes"] == pytest.approx(found.harm)
    assert carried["homes", "ward"] == pytest.approx(found.harm)
    assert 0 < carried["care", "ward"] < carried["ward", "care"] < found.harm
    assert found.roots[0].check.vanishes == pytest.approx(found.harm, abs=1e-9)


def test_two_roots_each_get_their_own():
    found = trace(two_roots(), check=True)
    by_key = {one.root.key: one for one in found.roots}
    assert by_key["event 0"].harm == pytest.approx(3 * 10 * 0.1)  # b: three days without
    assert by_key["event 1"].harm == pytest.approx(2 * 5 * 0.1)  # y: two days at half
    for one in by_key.values():
        assert one.check.vanishes == pytest.approx(one.harm, abs=1e-9)
        assert one.check.verdict == "agrees"
    assert found.agreement == pytest.approx(1.0)


def test_the_chain_is_that_of_the_largest_cause_not_of_the_first():
    """A stop of one day strains c first; one of three days, which comes by way of b, harms more."""
    found = trace(worse_later(), check=False)
    assert shares(found) == {"event 1": pytest.approx(0.75), "event 0": pytest.approx(0.25)}
    first, chain, root = chain_of(found, "c")
    assert (first, chain, root) == (4, ["c", "b", "z"], "event 1")
    ids = found.run.tables.ids
    hit = next(h for h in found.hits if ids[h.organisation] == "c")
    assert hit.part == pytest.approx(0.75)
    assert story(found)[0].text.endswith("← z stops (event) (75% of it)")
    assert found.depth.tolist()[:9] == [0, 0, 0, 1, 2, 2, 2, 2, 2]  # day by day, as it spread
    assert "strained from day 4, most for this on day 8 ←" in story(found)[0].text


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_one_root_in_a_chain_or_tree_takes_all_harm(seed):
    """Its share is what vanishes without it, to 1e-9."""
    found = trace(random_tree(seed), check=True)
    event = next(one for one in found.roots if one.root.key == "event 0")
    assert event.harm == pytest.approx(found.harm, rel=1e-9, abs=1e-9)
    assert event.check.vanishes == pytest.approx(event.harm, rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_shares_sum_to_the_whole(seed):
    """On any crisis, whatever limits, epidemics, closures, loans and blocked places there are."""
    found = trace(Scenario.from_dict(random_scenario(seed)), check=False)
    record = found.run.state.record
    total = float(record.tick_harm.sum())
    assert sum(one.harm for one in found.roots) == pytest.approx(total, rel=1e-9, abs=1e-12)
    theirs = found.by_organisation.sum(axis=1)
    assert theirs == pytest.approx(record.tick_harm.sum(axis=0), rel=1e-9, abs=1e-12)
    assert (found.by_organisation >= -1e-12).all()
    for hit in found.hits:
        assert hit.through >= hit.harm - 1e-9 and hit.chain[0].organisation == hit.organisation
        assert len({step.organisation for step in hit.chain}) == len(hit.chain)
        by_root = found.by_organisation[hit.organisation]
        if hit.harm > 1e-9:
            assert by_root[hit.root] == by_root.max()
            assert hit.part == pytest.approx(by_root.max() / by_root.sum())
    for hop in found.hops[:40]:
        assert hop.harm <= total * (1 + 1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_harm_is_split_as_the_engine_booked_it(seed):
    found = trace(Scenario.from_dict(random_scenario(seed, hazard=True)), check=False)
    record = found.run.state.record
    unserved, hazard = split_harm(found.run.tables, record)
    assert (unserved >= 0).all() and (hazard >= -1e-12).all()
    assert np.allclose(unserved + hazard, record.tick_harm)


def test_a_scenario_without_harm_has_nothing_to_trace():
    calm = line().with_({"events": []})
    found = trace(calm, check=True)
    assert found.harm == 0 and not found.hits and not found.hops and not found.roots
    assert np.isnan(found.agreement)


def test_a_run_too_large_to_keep_is_refused_before_it_is_run(monkeypatch):
    monkeypatch.setattr("crisis_abm.history.LARGEST_HISTORY", 10)
    with pytest.raises(ScenarioError, match="too many to trace"):
        trace(line())


def test_the_same_trace_twice():
    one, other = (trace(loop(), seed=3, check=False) for _ in range(2))
    assert (one.by_organisation == other.by_organisation).all()
    assert one.hits == other.hits


def test_causes_over_many_crises_are_means_of_those_with_harm():
    """By hand: shares of 1/4 and 3/4 in one crisis, all of it by another root in the next, none."""
    one, two, three = (Root(f"event {n}", "event", f"event {n}", n) for n in range(3))
    harm = np.array([[1.0, 3.0, 0.0], [0.0, 0.0, 8.0], [0.0, 0.0, 0.0]])
    causes = Causes("siloed", 0, [one, two, three], harm, loop())
    assert (causes.replicates, causes.harmed) == (3, 2)
    ranked = causes.ranked()
    assert [cause.root for cause in ranked] == [three, two, one]
    assert [cause.share for cause in ranked] == [0.5, 0.375, 0.125]
    assert [cause.largest for cause in ranked] == [1, 1, 0]
    assert [cause.harm for cause in ranked] == [pytest.approx(h / 3) for h in (8, 3, 1)]
    assert ranked[0].band == pytest.approx((0.1, 0.9))
    assert causes_finding(causes).startswith(
        "Over the 2 of 3 crises with any harm under siloed, 50% of the harm goes back to event 2"
    )


def test_causes_of_calm_crises_are_none():
    found = trace(line().with_({"events": []}), check=False, replicates=2)
    assert found.crises.ranked() == [] and found.crises.harmed == 0
    assert causes_finding(found.crises) == "In 2 crises under siloed nobody came to harm"
