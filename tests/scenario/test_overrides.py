"""A shortened run: what it does not reach is left out, and said by name."""

from __future__ import annotations

from datetime import date

import pytest

from crisis_abm.scenario import Scenario, ScenarioError
from tests.scenario.crises import crisis


def told(scenario: Scenario) -> list[str]:
    return [str(one) for one in scenario.left_out]


def test_what_is_left_out_is_named_with_its_start() -> None:
    assert crisis().left_out == ()
    assert told(crisis().with_({"time.steps": 11})) == []  # the last day is the one of the event
    assert told(crisis().with_({"time.steps": 10})) == [
        "events[0] “The depot burns” (start 2020-03-05)"
    ]
    assert told(crisis().with_({"time.steps": 5})) == [
        "events[0] “The depot burns” (start 2020-03-05)",
        "policies.mixed.changes[0] (start 5)",
    ]


def test_one_shortening_after_another_is_remembered() -> None:
    short = crisis().with_({"time.steps": 10}).with_({"behaviour.hoarding": 2})
    shorter = short.with_({"time.steps": 5})
    assert told(shorter) == told(crisis().with_({"time.steps": 5}))


def test_an_event_that_is_moved_into_the_run_stays() -> None:
    for start in (3, date(2020, 2, 27)):
        short = crisis().with_({"time.steps": 8, "events[0].start": start, "events[0].end": 6})
        assert short.left_out == ()
        assert [short.tick_of(event.start) for event in short.events] == [3]


def test_an_event_whose_start_is_set_behind_the_end_is_an_error() -> None:
    with pytest.raises(ScenarioError, match=r"events\[0\].start = 9: .* outside the run of 8"):
        crisis().with_({"time.steps": 8, "events[0].start": 9})


def test_events_written_anew_are_taken_as_they_are() -> None:
    anew = [{"capacity": 0.5, "start": 2, "organisations": ["depot"]}]
    short = crisis().with_({"time.steps": 8, "events": anew})
    assert short.left_out == () and len(short.events) == 1


def test_dates_count_from_the_new_first_day() -> None:
    late = crisis().with_({"time.steps": 10, "time.start": "2020-03-01", "events[0].end": 9})
    assert late.left_out == () and late.tick_of(late.events[0].start) == 4
