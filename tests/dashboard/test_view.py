"""What an address says, and the policies that its sliders stand for, beside the scenario."""

import pickle
from concurrent.futures import Future
from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm import tables
from crisis_abm.dashboard.data import workers
from crisis_abm.dashboard.data.comparing import coming_in
from crisis_abm.dashboard.data.trajectories import trajectory
from crisis_abm.dashboard.state.view import NAME, View, address, policies_of, view_of
from crisis_abm.runs import compare, prepared
from crisis_abm.scenario import Scenario, ScenarioError


@pytest.mark.parametrize("who", ["share:abc", "share:2", "share:-1", "kind:", "foo", "foo:bar", ""])
def test_who_is_everyone_where_an_address_makes_no_sense(who):
    assert view_of(f"who={who}").who == "everyone"


@pytest.mark.parametrize("who", ["everyone", "share:0.25", "kind:hospital", "area:north:east"])
def test_who_is_as_the_address_says(who):
    assert view_of(f"who={who}").who == who


@given(st.dictionaries(st.sampled_from([*View.__dataclass_fields__, "other"]), st.text()))
def test_no_address_is_an_error(said):
    from urllib.parse import urlencode

    view = view_of(urlencode(said))
    assert view_of(address("/", view).partition("?")[2]) == view


VIEW = View(replicates=2, communication=0.25, parity=0.0)
HALF = {"agenda": 1.0, "measures": 1.0, "communication": 0.25, "parity": 0.0, "reciprocity": 1.0}


@pytest.fixture
def town():
    return Scenario.of("local_shock").with_({"time.steps": 40, "uncertain": None})


class Here:
    """Workers of one process, which is this one."""

    count = 1

    def ask(self, function, scenario, task, wanted=None):
        return workers._answer(function, scenario.fingerprint(), pickle.dumps(scenario), task)

    def submit(self, function, scenario, task):
        future: Future[Any] = Future()
        future.set_result(self.ask(function, scenario, pickle.loads(pickle.dumps(task))))
        return future


@pytest.mark.parametrize(
    ("view", "inside"),
    [
        (VIEW, HALF),
        (VIEW.but(start=3), {"changes": [{"start": 3, **HALF}]}),
        (VIEW.but(who="kind:hospital"), {"changes": [{"start": 0, "kinds": ["hospital"], **HALF}]}),
        (VIEW.but(who="area:north"), {"changes": [{"start": 0, "areas": ["north"], **HALF}]}),
        (VIEW.but(who="share:0.5"), {"changes": [{"start": 0, "share": 0.5, **HALF}]}),
    ],
)
def test_the_sliders_are_a_policy_that_could_stand_in_the_scenario(town, view, inside):
    beside = compare(town, policies_of(town, view), replicates=2)
    written = compare(town.with_({f"policies.{NAME}": inside}), ["siloed", NAME], replicates=2)
    assert (beside.figures[:, 0] != beside.figures[:, 1]).any()
    assert beside.policies == written.policies == ("siloed", NAME)
    np.testing.assert_array_equal(beside.figures, written.figures)


def test_in_full_it_is_the_reciprocal_policy(town):
    assert [policy.name for policy in policies_of(town, View())] == ["siloed", "reciprocal"]


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("kind:warden", f"policies.{NAME}.changes[0].kinds"),
        ("area:\x1b[31m", "must be a name"),
        ("area:nowhere", "is no area of this scenario"),
    ],
)
def test_whom_there_is_not_is_refused(town, who, words):
    with pytest.raises(ScenarioError) as caught:
        policies_of(town, VIEW.but(who=who))
    assert words in str(caught.value)


def moved(town, monkeypatch):
    """How many tables were built for three places of a slider, and the harm at each."""
    built, build = count(), tables.build
    monkeypatch.setattr(prepared, "build", lambda scenario: (next(built), build(scenario))[1])
    monkeypatch.setattr(prepared, "_kept", prepared.Recent(prepared.MOST_BYTES))
    here: Any = Here()
    harm = []
    for communication in (0.0, 0.25, 1.0):
        policies = policies_of(town, VIEW.but(communication=communication))
        (*_, found) = coming_in(here, town, policies, 2, 0, lambda: True)
        assert here.ask(trajectory, town, (1, 0, policies))
        harm.append(float(found.of("harm", NAME).sum()))
    return next(built), harm


def test_a_moved_slider_builds_no_tables(town, monkeypatch):
    built, harm = moved(town, monkeypatch)
    assert built == 1
    assert len(set(harm)) == 3  # and each is of its own slider


def test_nor_where_every_crisis_draws_its_own(town, monkeypatch):
    built, harm = moved(Scenario.of("local_shock").with_({"time.steps": 40}), monkeypatch)
    assert built == 1 + 2  # the scenario and its two crises
    assert len(set(harm)) == 3
