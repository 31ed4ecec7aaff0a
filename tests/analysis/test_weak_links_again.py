"""What a search for weak links tried can be had as a scenario: the same figure by its path."""

import numpy as np
import pytest

from crisis_abm.analysis.weak_links.candidates import FORMS
from crisis_abm.analysis.weak_links.search import weak_links
from crisis_abm.runs import compare
from crisis_abm.scenario import Scenario

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
