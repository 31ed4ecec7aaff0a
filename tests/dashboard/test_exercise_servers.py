"""Processes that serve exercises: whose they are, how many, and what is told of their end."""

from __future__ import annotations

import time

import pytest

from crisis_abm.dashboard.data.exercise_servers import (
    Begun,
    CannotBegin,
    ExerciseServers,
    Place,
)
from crisis_abm.exercise import Sitting
from tests.exercise.small import exercise

PATIENCE = 60  # seconds


@pytest.fixture
def servers(tmp_path):
    made = ExerciseServers(tmp_path)
    yield made
    made.stop_all()


def _await(servers, reached):
    end, seen = time.monotonic() + PATIENCE, -1
    while not reached():
        assert time.monotonic() < end
        seen = servers.wait(seen, 1.0)


def _one(servers, visitor="ada"):
    (found,) = servers.of(visitor)
    return found


def test_an_exercise_belongs_to_who_began_it_and_is_opened_once(servers, tmp_path):
    Sitting.begin(tmp_path / "exercises" / "half", exercise(), 3).close()
    (kept,) = servers.kept("ada")
    servers.go_on("ada", kept)
    with pytest.raises(CannotBegin, match="half is open already"):
        servers.go_on("bob", kept)
    _await(servers, lambda: _one(servers).is_served)
    one = _one(servers)
    assert one.title == "Half a works"
    assert servers.of("bob") == []
    servers.stop("bob", one.number)
    assert _one(servers) == one
    servers.stop("ada", one.number)
    _await(servers, lambda: not servers.of("ada"))


def test_where_others_may_come_only_own_sittings_are_listed(servers, tmp_path):
    for name in ("older", "newer"):
        Sitting.begin(tmp_path / "exercises" / name, exercise(), 3).close()
    servers.go_on("ada", servers.kept("ada")[1])
    _await(servers, lambda: _one(servers).is_served)
    for place in (Place("0.0.0.0"), Place(allowed=("desk",)), Place(base="https://x.example")):
        elsewhere = ExerciseServers(tmp_path, place)
        assert [one.folder.name for one in elsewhere.kept("ada")] == ["older"]
        assert elsewhere.kept("bob") == []
    assert len(ExerciseServers(tmp_path, Place("::1")).kept("bob")) == 2


def test_so_many_at_once_and_half_of_them_for_one(tmp_path):
    servers = ExerciseServers(tmp_path, most=2, most_of_one=1)
    try:
        servers.begin("ada", "no_such", "Gone")
        with pytest.raises(CannotBegin, match="You have 1 exercises open"):
            servers.begin("ada", "flood", "Flood")
        servers.begin("bob", "no_such", "Gone")
        with pytest.raises(CannotBegin, match="2 exercises are open"):
            servers.begin("eve", "flood", "Flood")
        _await(servers, lambda: _one(servers).problem and _one(servers, "bob").problem)
        assert "there is no such file" in _one(servers).problem
        assert str(tmp_path) not in _one(servers).problem
        servers.stop("ada", _one(servers).number)
        assert servers.of("ada") == []
    finally:
        servers.stop_all()


def test_behind_a_proxy_none_is_begun_that_nobody_could_reach(tmp_path):
    with pytest.raises(CannotBegin, match="crisis-abm exercise NAME --base-url"):
        ExerciseServers(tmp_path, Place(base="https://x.example")).begin("ada", "flood", "Flood")


def test_a_folder_that_cannot_be_used_is_told_in_a_sentence(tmp_path):
    (tmp_path / "exercises").write_text("no folder", encoding="utf-8")
    servers = ExerciseServers(tmp_path)
    with pytest.raises(CannotBegin, match=r"^The folder of exercises cannot be used \(.*\)\.$"):
        servers.begin("ada", "flood", "Flood")
    assert servers.kept("ada") == []


@pytest.mark.parametrize(
    ("host", "facilitator", "players"),
    [
        ("desk.local:8765", "http://desk.local:41/x?key=1", "http://desk.local:41/join"),
        ("[fe80::1]:8765", "http://[fe80::1]:41/x?key=1", "http://[fe80::1]:41/join"),
        ("localhost:8765", "http://localhost:41/x?key=1", "http://desk:41/join"),
        ("", "http://127.0.0.1:41/x?key=1", "http://desk:41/join"),
    ],
)
def test_links_go_by_the_name_that_the_browser_came_by(host, facilitator, players):
    link = "http://127.0.0.1:41/x?key=1"
    one = Begun(1, "ada", "Flood", None, link, "http://desk:41/join", "ABCDEF")
    seen = one.seen_from(host)
    assert (seen.facilitator, seen.players) == (facilitator, players)
