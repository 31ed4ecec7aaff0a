"""Events in a file are moved where they stand, written as they were."""

import tomllib

import pytest

from crisis_abm.dashboard.scenarios.event_times import calendar, first_day, moved, spans
from crisis_abm.scenario import Scenario, ready_made_scenarios

LIBRARY = ready_made_scenarios()

DATED = """title = "x"
[time]
steps = 30
start = 2020-02-24

[[events]]
title = "The depot burns"
capacity = 0.0
start = 2020-03-01   # a Sunday
end = 2020-03-08

[[events]]
demand = 2.0
start = "2020-03-02"

# by tick
[[events]]
announcement = "Stay at home"
start = 4

[[events]]
contact = 0.5
when = { prevalence_above = 0.05 }
duration = 14
"""


def _events(text):
    return tomllib.loads(text)["events"]


def _seen(text):
    return [(one.start, one.end, one.once, one.waits) for one in spans(text, calendar(text))]


def test_events_are_where_they_are_written():
    waiting = "once more than 5% are infectious, for 14 days"
    assert _seen(DATED) == [
        (6, 13, False, ""),
        (7, None, False, ""),
        (4, None, True, ""),
        (None, None, False, waiting),
    ]
    assert spans(DATED, calendar(DATED))[0].what == "The depot burns (capacity × 0; everybody)"


@pytest.mark.parametrize("name", LIBRARY)
def test_ticks_are_those_of_the_scenario(name):
    text = LIBRARY[name].read_text(encoding="utf-8")
    scenario = Scenario.load(LIBRARY[name])
    known = spans(text, calendar(text))
    for seen, event in zip(known, scenario.events, strict=True):
        assert seen.start == (None if event.start is None else scenario.tick_of(event.start))
        assert seen.end == (None if event.end is None else scenario.tick_of(event.end))


def test_a_moved_event_is_written_as_it_was_and_all_else_stays():
    after = moved(DATED, 0, 7, 14)
    assert after == DATED.replace("2020-03-01 ", "2020-03-02 ").replace("2020-03-08", "2020-03-09")
    assert moved(DATED, 1, 0) == DATED.replace('"2020-03-02"', '"2020-02-24"')
    assert moved(DATED, 2, 5) == DATED.replace("start = 4", "start = 5")


def test_stretched_at_one_end_only_that_is_written():
    assert moved(DATED, 0, 6, 30) == DATED.replace("2020-03-08", "2020-03-25")
    assert moved(DATED, 0, 0, 13) == DATED.replace("2020-03-01 ", "2020-02-24 ")
    assert moved(DATED, 0, 6, 13) == DATED


def test_an_event_without_an_end_gets_one_written_like_its_start():
    after = moved(DATED, 1, 7, 9)
    assert _events(after)[1] == {"demand": 2.0, "start": "2020-03-02", "end": "2020-03-04"}
    assert after.index("2020-03-04") < after.index("# by tick")
    assert moved(moved(DATED, 2, 4, 8), 2, 4, 6).count("end = 6") == 1


def test_weeks_keep_their_day_of_the_week():
    weekly = DATED.replace("steps = 30", 'steps = 30\nunit = "week"')
    assert _seen(weekly)[0][:2] == (0, 1)
    after = _events(moved(weekly, 0, 2, 4))[0]
    assert [after["start"].isoformat(), after["end"].isoformat()] == ["2020-03-15", "2020-03-29"]


def test_events_in_one_line_are_moved_in_their_line():
    text = 'title = "x"\nevents = [{ start = 3, capacity = 0.0 }, { start = 4, capacity = 1.0 }]\n'
    assert moved(text, 1, 9) == text.replace("start = 4", "start = 9")


@pytest.mark.parametrize(
    ("number", "start", "end"),
    [(0, -1, 5), (0, 30, None), (0, 6, 6), (0, 13, None), (3, 5, None), (4, 5, None), (-1, 5, 6)],
)
def test_what_cannot_be_is_refused(number, start, end):
    with pytest.raises(ValueError, match=r"event|run"):
        moved(DATED, number, start, end)


def test_faults_elsewhere_do_not_keep_events_from_being_shown_and_moved():
    wrong = DATED.replace("capacity = 0.0", 'capacity = "none"').replace('"x"', "3")
    assert _seen(wrong)[0][:2] == (6, 13)
    assert spans(wrong, calendar(wrong))[0].what == "The depot burns"
    assert _events(moved(wrong, 0, 7, 14))[0]["start"].isoformat() == "2020-03-02"


@pytest.mark.parametrize("start", ['"soon"', "true", "-1", "2020-03-01T10:00:00", "[1]", "1.5"])
def test_a_start_that_is_none_has_no_place_on_the_line(start):
    text = f'title = "x"\n[[events]]\ncapacity = 0.0\nstart = {start}\n'
    assert _seen(text) == [(None, None, False, "")]
    with pytest.raises(ValueError, match="without a start"):
        moved(text, 0, 3)


def test_a_date_in_a_run_without_dates_has_no_place_either():
    text = 'title = "x"\n[[events]]\ncapacity = 0.0\nstart = 2020-03-01\n'
    assert _seen(text) == [(None, None, False, "")]


@pytest.mark.parametrize("time", ["3", "{ steps = 0 }", '{ steps = 10, start = "soon" }'])
def test_without_a_calendar_there_is_no_line(time):
    assert calendar(f'title = "x"\ntime = {time}\n') is None


def test_events_that_are_no_events_are_told_apart():
    text = 'title = "x"\nevents = [3, {}]\n'
    assert [one.what for one in spans(text, calendar(text))] == [
        "Not an event",
        "An event without an effect",
    ]
    assert spans('title = "x"\nevents = 3\n', calendar("")) == []


def test_a_new_event_begins_in_the_middle_of_the_run():
    assert first_day(calendar('title = "x"\n')) == 60
    assert str(first_day(calendar(DATED))) == "2020-03-10"
    assert first_day(calendar("[time]\nsteps = 1000000\nstart = 9000-03-01\n")) == 500_000
    assert first_day(None) == 0
