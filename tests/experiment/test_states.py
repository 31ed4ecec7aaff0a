"""What shortened runs end before is counted by state of the world, and refused as a factor."""

from __future__ import annotations

from typing import Any

import pytest

from crisis_abm.experiment import ExperimentError, prepare
from crisis_abm.experiment.design.states import losses
from crisis_abm.report.sweep.about import left_out_words
from crisis_abm.scenario import ScenarioError
from tests.experiment.wards import HOARDING, experiment, scenario

STRIKE = {"title": "strike", "start": 5, "end": 9, "capacity": 0.0, "kinds": ["maker"]}
FLOOD = {"title": "flood", "start": 12, "end": 18, "capacity": 0.0, "kinds": ["maker"]}
MIXED = {"agenda": 1, "changes": [{"start": 12, "parity": 1}]}
TOWN: dict[str, Any] = {"events": [STRIKE, FLOOD], "policies": {"mixed": MIXED}}
END = "events[1].end"


def town(**sections):
    return experiment(scenario(**TOWN), **sections)


def told(made):
    return [
        ([str(entry) for entry in loss.entries], loss.steps, loss.states) for loss in losses(made)
    ]


def test_nothing_is_lost_where_every_run_reaches_it():
    assert losses(town()) == []
    assert losses(town(uncertainties={"time.steps": [13, 20]})) == []


def test_what_constants_leave_out_is_lost_everywhere():
    made = town(constants={"time.steps": 12}, uncertainties={"behaviour.hoarding": [1, 2, 3]})
    entries = ["events[1] “flood” (start 12)", "policies.mixed.changes[0] (start 12)"]
    assert told(made) == [(entries, (12,), 3)]
    assert left_out_words(made) == [
        f"{' and '.join(entries)} are left out of every run: a run with time.steps = 12 ends "
        "before that."
    ]


def test_what_a_factor_leaves_out_is_counted_by_state():
    made = town(
        uncertainties={"time.steps": [4, 10, 12, 20], "behaviour.hoarding": [1, 2, 3]},
        levers={"policy": ["siloed", "mixed"]},
    )
    assert told(made) == [
        (["events[0] “strike” (start 5)"], (4,), 3),
        (["events[1] “flood” (start 12)", "policies.mixed.changes[0] (start 12)"], (4, 10, 12), 9),
    ]
    first, second = left_out_words(made)
    assert first == (
        "events[0] “strike” (start 5) is left out of 3 of 12 states of the world: a run with "
        "time.steps = 4 ends before that."
    )
    assert "9 of 12 states of the world: a run with time.steps = 4 or 10 or 12" in second


def test_what_is_counted_is_what_the_runs_have():
    design = {"method": "latin_hypercube", "samples": 16}
    made = town(
        uncertainties={"time.steps": {"low": 3, "high": 20}, "behaviour.hoarding": HOARDING},
        levers={"policy": ["siloed", "mixed"]},
        design=design,
    )
    events = [len(prepare(made, point, 0)[0].events) for point in range(0, len(made.points), 2)]
    lost = {str(entry): loss.states for loss in losses(made) for entry in loss.entries}
    assert lost["events[0] “strike” (start 5)"] == sum(n == 0 for n in events) > 0
    assert lost["events[1] “flood” (start 12)"] == sum(n < 2 for n in events) < len(events)


def test_many_lengths_are_told_by_their_ends():
    (_, flood) = left_out_words(town(uncertainties={"time.steps": list(range(3, 20))}))
    assert flood.endswith(
        "of 17 states of the world: a run with time.steps from 3 to 12 ends before that."
    )


def test_an_event_whose_start_is_a_factor_is_never_left_out_in_silence():
    made = town(uncertainties={"time.steps": [10, 20], "events[1].start": [8, 12]})
    assert [str(e) for loss in losses(made) for e in loss.entries] == [
        "policies.mixed.changes[0] (start 12)"
    ]
    assert [len(prepare(made, point, 0)[0].events) for point in (0, 2, 3)] == [2, 2, 2]
    with pytest.raises(ScenarioError, match="outside the run of 10"):
        prepare(made, 1, 0)


@pytest.mark.parametrize("path", ["events[1].end", "events[1].capacity"])
def test_a_path_to_what_is_left_out_says_so(path):
    with pytest.raises(ExperimentError) as caught:
        town(constants={"time.steps": 12}, uncertainties={path: [15, 16]})
    (problem,) = caught.value.problems
    assert "is left out with events[1] “flood” (start 12)" in problem.message
    assert "constants.time.steps = 12" in problem.remedy


def test_a_path_behind_what_is_left_out_is_not_another_events():
    events: dict[str, Any] = {"events": [FLOOD, STRIKE]}
    with pytest.raises(ExperimentError) as caught:
        experiment(
            scenario(**events),
            constants={"time.steps": 12},
            uncertainties={"events[1].end": [8, 9]},
        )
    (problem,) = caught.value.problems
    assert "has another number once events[0] “flood” (start 12) is left out" in problem.message


def test_a_constant_keeps_its_event_among_those_that_stay():
    ranges = {f"events[{n}].capacity": {"low": 0.1, "high": 0.9} for n in (0, 1)}
    made = experiment(
        scenario(events=[FLOOD, STRIKE], uncertain=ranges),
        constants={"time.steps": 12, "events[1].capacity": 0.3},
    )
    assert made.scenario.uncertain == {}
    assert [event.capacity for event in made.scenario.events] == [0.3]
