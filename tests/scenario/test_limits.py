"""What is accepted can be run: bounds of figures, of memory and time, of texts and of messages."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crisis_abm.scenario import Problem, Scenario, ScenarioError, pydantic_errors
from crisis_abm.scenario.checks import size
from crisis_abm.scenario.io import load
from crisis_abm.scenario.schema.policy import parse_policy
from tests.scenario.crises import SOUND, crisis, problems_in, problems_with

GB = 10**9


@pytest.mark.parametrize(
    ("place", "good", "bad", "words"),
    [
        ("organisations[0].capacity", 1e12, 1.001e12, "at most 1e+12"),
        ("organisations[0].capacity", 1e-12, 9e-13, "too small to be told from 0"),
        ("kinds.hospital.needs.ppe.use", 1e-12, 1e-310, "write 0, or count in smaller units"),
        ("kinds.hospital.caseload", 0, 1e-310, "too small"),
        ("supply[0].capacity", 1e-12, 1e-310, "too small"),
        ("supply[0].share", 1, 1e-310, "too small"),
        ("behaviour.hoarding", 1e6, 1.1e6, "at most 1,000,000"),
        ("kinds.hospital.rank", 100, 101, "at most 100"),
        ("time.steps", 1_000_000, 1_000_001, "at most 1,000,000"),
        ("events[0].end", 20, 1_000_001, "tick of the run"),
        ("behaviour.patience", 1_000_000, 1_000_001, "inf for never"),
        ("aid[0].partners", 10**9, 10**24, "at most 1,000,000,000"),
        ("supply[0].suppliers", 10**9, 10**24, 'or "all"'),
        ("groups[1].count", 2, 10**24, "from 0 to 1,000,000,000"),
    ],
)
def test_every_figure_has_its_bounds(place: str, good: Any, bad: Any, words: str) -> None:
    calm = {"time.start": date(2, 1, 1), "events": None, "record.detail": "groups"}
    crisis(({} if place.startswith("events") else calm) | {place: good})
    (problem,) = problems_with({place: bad})

    assert problem.place == place
    assert words in str(problem)


@pytest.mark.parametrize(
    "character", ["\x1b", "\x07", "\x00", "\r", "\x7f", "\x9b", "\u202e", "\u2066"]
)
def test_characters_that_steer_a_terminal_are_refused_and_never_quoted_raw(character: str) -> None:
    shown = f"Town {character}[31m"
    (problem,) = problems_with({"title": shown})

    assert problem.place == "title"
    assert f"U+{ord(character):04X}" in problem.message
    assert character not in str(problem)
    assert f"\\u{ord(character):04x}" in str(problem)
    told = problems_with({"organisations[0].id": shown, f"areas.{'x'}": {"name": shown}})
    assert told
    assert not any(character in str(one) for one in told)


def test_lines_and_tabs_are_text() -> None:
    assert crisis({"description": "first\n\tsecond"}).description == "first\n\tsecond"


@pytest.mark.parametrize(
    ("edits", "place", "remedy"),
    [
        ({"time.steps": 1_000_000}, "time.steps", "fewer ticks"),
        ({"time.steps": 90_000, "record.detail": "organisations"}, "record.detail", '"groups"'),
        ({"supply[0].lead_time": 900_000}, "supply[0].lead_time", "shorter lead time"),
        ({"behaviour.forecast_window": 900_000}, "behaviour.forecast_window", "fewer ticks"),
        ({"groups[1].count": 40_000, "record.detail": "groups"}, "groups[1].count", "smaller"),
        ({"groups[0].count": 4_000}, "aid[0].partners", "nearer reach"),
    ],
)
def test_what_needs_too_much_memory_is_told_where_it_is_due(
    edits: dict[str, Any], place: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(size, "available_memory", lambda: GB // 20)
    (problem,) = problems_with({"time.start": None, "events": None} | edits)

    assert problem.place == place
    assert "GB of memory" in problem.message
    assert remedy in problem.remedy


def test_lead_times_of_events_add_to_the_ring_of_shipments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size, "available_memory", lambda: GB // 20)
    late = {"title": "late", "lead_time": 900_000, "start": 3, "resource": "ppe"}
    (problem,) = problems_with({"events": [late]})

    assert problem.place == "events[0].lead_time"


def test_a_run_that_would_not_end_is_refused_and_a_long_one_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(size, "available_memory", lambda: 10**15)
    long = {"time.start": None, "events": None, "time.steps": 1_000_000, "aid": []}
    long["record.detail"] = "groups"
    assert not crisis(long | {"time.steps": 1000}).warnings
    (warning,) = crisis(long | {"groups[1].count": 200}).warnings
    assert warning.startswith("time.steps: one run will take about ")
    (problem,) = problems_with(long | {"groups[1].count": 200_000})
    assert problem.place == "time.steps"
    assert "one run would take about" in problem.message


def test_memory_is_known() -> None:
    assert 10**7 < size.available_memory() < 10**15


def test_a_run_that_ends_after_all_dates_is_refused() -> None:
    (problem,) = problems_with({"time.start": date(9999, 12, 31), "events": None})

    assert problem.place == "time.steps"
    assert "year 9999" in problem.message


def test_a_run_ends_before_the_last_of_all_dates() -> None:
    month = {"time.steps": 30, "events": None}
    assert crisis(month | {"time.start": date(9999, 11, 30)}).time.steps == 30
    (problem,) = problems_with(month | {"time.start": date(9999, 12, 1)})
    assert problem.place == "time.steps"


def test_a_message_names_a_hundred_problems_and_counts_the_rest() -> None:
    error = ScenarioError(Problem("a.toml", f"x{n}", message="is wrong") for n in range(10_000))
    lines = str(error).splitlines()

    assert len(lines) == 101
    assert lines[-1] == "… and at least 9,900 more"
    assert len(error.problems) == 100
    assert error.more == 9_900


def test_very_many_faults_are_looked_for_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pydantic_errors, "_PORTION", 50)
    text = SOUND + "\n".join(f'[[links]]\nto = "a{n}"' for n in range(400)) + "\n"
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(text, "a.toml")

    assert len(caught.value.problems) == 100
    places = [problem.place for problem in caught.value.problems]
    assert places[:3] == ["links[0].from", "links[0].resource", "links[1].from"]
    assert len(set(places)) == 100
    assert caught.value.problems[2].line == text[: text.index("a1")].count("\n")


def test_few_faults_of_a_long_file_are_told_as_of_a_short_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edits = {"supply[1].suppliers": 0, "groups[0].count": -1, "x": 3}
    short = [str(one) for one in problems_with(edits)]
    monkeypatch.setattr(pydantic_errors, "_PORTION", 5)

    assert [str(one) for one in problems_with(edits)] == short
    assert crisis({}) == Scenario.from_text(SOUND)


@pytest.mark.parametrize(
    "text",
    [
        ".".join(['"a"'] * 60) + " = 1",
        ".".join(["'a'"] * 60) + " = 1",
        "x = {" + ".".join(['"a"'] * 60) + " = 1}",
        "x = [{" + " . ".join(["a", '"b"'] * 30) + " = 1}]",
    ],
)
def test_quoted_keys_cannot_nest_more_deeply_than_others(text: str) -> None:
    (problem,) = problems_in(text)

    assert "nested too deeply" in problem.message


def test_a_file_of_headings_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MOST_HEADINGS", 1000)
    many = SOUND + "".join(f"[areas.a{n}]\n" for n in range(600))
    (problem,) = problems_in(many)
    assert "headings and dotted keys" in problem.message

    few = SOUND + "".join(f"# {n}. {n}.5\n" for n in range(600))
    assert Scenario.from_text(few) == Scenario.from_text(SOUND)


def test_a_long_word_is_not_compared_with_all_names() -> None:
    (problem,) = problems_with({"policy": "x" * 20_000})

    assert "there is no such policy" in problem.message
    assert len(str(problem)) < 1000


@pytest.mark.parametrize(
    "changes",
    [
        {"uncertain": 3},
        {"uncertain": [1]},
        {"time": 3, "uncertain": "x"},
        {"events": 3},
        {"kinds": {"hospital": 3}},
        {"policies.x": []},
    ],
)
def test_values_set_are_checked_whatever_they_are(changes: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError) as caught:
        crisis({}).with_(changes)

    assert str(caught.value)


def test_plain_data_that_is_nested_without_end_is_refused() -> None:
    deep: dict[str, Any] = {}
    inner = deep
    for _ in range(5000):
        inner["a"] = {}
        inner = inner["a"]
    with pytest.raises(ScenarioError, match="nested too deeply"):
        Scenario.from_dict(deep)


def test_levers_next_to_nothing_are_refused() -> None:
    assert parse_policy("agenda=1e-12", {}).agenda == 1e-12
    with pytest.raises(ScenarioError, match="at least 1e-12"):
        parse_policy("agenda=1e-13", {})


def test_an_unreadable_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m.toml"
    path.write_text("x = ")
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)

    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)
