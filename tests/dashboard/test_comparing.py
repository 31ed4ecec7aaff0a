"""A comparison as it comes in: the same in the end as one that was waited for."""

import threading
import tomllib

import numpy as np
import pytest

from crisis_abm.dashboard.data import comparing
from crisis_abm.dashboard.data.comparing import coming_in
from crisis_abm.dashboard.data.workers import Workers
from crisis_abm.dashboard.scenarios.problems import sentences
from crisis_abm.runs import compare
from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.schema.policy import BUILT_IN
from tests.cli.small import SMALL

pytestmark = pytest.mark.slow  # processes are started
POLICIES = tuple(BUILT_IN.values())
# a council's coordination is needed, and no rule says who gives it to whom
UNBUILT = """
title = "Nobody coordinates"
[resources.coordination]
[areas.a]
[[groups]]
kind = "hospital"
count = 1
[[groups]]
kind = "council"
count = 1
"""


@pytest.fixture(scope="module")
def town():
    return Scenario.from_dict(tomllib.loads(SMALL))


@pytest.fixture(scope="module")
def crew():
    made = Workers(2)
    yield made
    made.stop()


def always():
    return True


def test_it_grows_from_the_first_crisis_to_what_compare_gives(crew, town):
    found = list(coming_in(crew, town, POLICIES, 12, 3, always, every=0.0))
    counts = [one.replicates for one in found]
    assert counts == sorted(set(counts))
    assert counts[-1] == 12
    whole = compare(town, POLICIES, 12, 3, workers=1)
    for one in found:
        for name in ("figures", "harm", "strained", "daily"):
            part = getattr(whole, name)[: one.replicates]
            np.testing.assert_array_equal(getattr(one, name), part)
    assert found[-1].payers("reciprocal") == whole.payers("reciprocal")


def test_nothing_more_is_run_when_nobody_wants_it(crew, town):
    coming = coming_in(crew, town, POLICIES, 500, 0, lambda: not stopped.is_set(), every=0.0)
    stopped = threading.Event()
    first = next(coming)
    stopped.set()
    assert [one.replicates for one in coming] == []
    assert first.replicates < 500


def test_nothing_is_begun_while_nobody_looks(crew, town):
    looks = iter([False, False, False])
    asked = []

    def watched():
        asked.append(next(looks, True))
        return asked[-1]

    found = list(coming_in(crew, town, POLICIES, 2, 0, always, watched))
    assert asked[:3] == [False, False, False]
    assert found[-1].replicates == 2


def test_a_network_that_cannot_be_built_is_said_so(crew):
    scenario = Scenario.from_dict(tomllib.loads(UNBUILT))
    with pytest.raises(ScenarioError) as caught:
        next(coming_in(crew, scenario, POLICIES, 2, 0, always))
    (line,) = sentences(caught.value)
    assert line.startswith("kinds.hospital.needs.coordination: ")


def test_more_than_fits_into_memory_is_refused_with_what_would(crew, town, monkeypatch):
    each = sum(part[:1].nbytes for part in _columns(compare(town, POLICIES, 1, 0, workers=1)))
    monkeypatch.setattr(comparing, "MOST_BYTES", 5 * each)
    assert list(coming_in(crew, town, POLICIES, 5, 0, always))[-1].replicates == 5
    with pytest.raises(ScenarioError, match="choose 5 or fewer"):
        list(coming_in(crew, town, POLICIES, 6, 0, always))


def _columns(result):
    return result.figures, result.harm, result.strained, result.daily
