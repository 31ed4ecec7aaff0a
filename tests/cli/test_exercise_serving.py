"""The command that holds an exercise, as a program starts it: a line of JSON, an end with it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request

import pytest

from crisis_abm.exercise.kept import kept_sittings

PATIENCE = 60  # seconds


def started(*words):
    command = [sys.executable, "-m", "crisis_abm", "exercise", *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*command, "--json", "--no-browser", "--port", "0", "--with-input"],
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )


def test_one_line_says_where_it_is_and_it_ends_with_its_input(tmp_path):
    with started("flood", "--data", tmp_path / "held" / "here") as process:
        told = json.loads(process.stdout.readline())
        try:
            with urllib.request.urlopen(told["players"], timeout=PATIENCE) as answer:
                assert "Sit down" in answer.read().decode()
        finally:
            process.stdin.close()
        assert process.wait(PATIENCE) == 0
        assert process.stdout.read() == ""
        assert process.stderr.read() == ""
    assert told["facilitator"].startswith(told["players"].removesuffix("join") + "facilitate/")
    assert len(told["code"]) == 6
    assert told["folder"] == str(tmp_path / "held" / "here")
    assert list(told["seats"]) == ["hospital", "care", "council", "fuel"]
    (kept,) = kept_sittings(tmp_path / "held")
    assert (kept.turn, kept.turns, kept.players, kept.problem) == (-1, 5, 4, "")


@pytest.mark.parametrize("words", [["no_such_exercise"], ["flood", "--base-url", "desk"]])
def test_what_cannot_be_begun_is_a_line_of_its_own_and_no_json(words, tmp_path):
    with started(*words, "--data", tmp_path / "held") as process:
        assert process.wait(PATIENCE) == 2
        assert process.stdout.read() == ""
        assert len(process.stderr.read().splitlines()) == 1


def test_a_sitting_is_served_by_one_process_at_a_time_also_after_one_was_killed(tmp_path):
    folder = tmp_path / "held"
    with started("flood", "--data", folder) as first:
        assert json.loads(first.stdout.readline())["folder"] == str(folder)
        with started(folder) as second:
            assert second.wait(PATIENCE) == 2
            told = second.stderr.read()
        assert told == f"{folder}: is open in another process; end that one first\n"
        first.kill()
    with started(folder) as third:
        assert json.loads(third.stdout.readline())["folder"] == str(folder)
        third.stdin.close()
        assert third.wait(PATIENCE) == 0


def refused(*words):
    with started(*words) as process:
        assert process.wait(PATIENCE) == 2
        assert process.stdout.read() == ""
        (line,) = process.stderr.read().splitlines()
    return line


def test_a_folder_is_of_one_exercise(tmp_path):
    held = tmp_path / "held"
    with started("flood", "--data", held) as process:
        json.loads(process.stdout.readline())
        assert "open in another process" in refused("flood", "--data", held)
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
    assert "name its folder" in refused(held / "exercise.log")
    assert "not 'First wave" in refused("first_wave", "--data", held)
    assert "begun for 4 players" in refused(held, "--players", 9)
    assert "leave out --data" in refused(held, "--data", tmp_path / "other")
    assert "is not kept" in refused("--demo", "--data", tmp_path / "other")
    assert "is not kept" in refused("--demo", held)
    assert not (tmp_path / "other").exists()
