"""Sittings that are kept: listed without being held."""

from __future__ import annotations

from datetime import date

from crisis_abm.exercise import Sitting
from crisis_abm.exercise.kept import kept_sittings, new_folder
from tests.exercise.small import exercise


def test_sittings_are_listed_the_last_one_first_with_how_far_they_came(tmp_path):
    for name in ("older", "newer"):
        Sitting.begin(tmp_path / name, exercise(), 3).close()
    (tmp_path / "something else").mkdir()
    assert [one.folder.name for one in kept_sittings(tmp_path)] == ["newer", "older"]
    sitting = Sitting.open(tmp_path / "older")
    sitting.start()
    sitting.advance()
    older, newer = kept_sittings(tmp_path)  # it is being held, and was listed before
    assert (older.folder.name, older.title, older.turn) == ("older", "Half a works", 1)
    assert (older.turns, older.players) == (3, 3)
    assert older.begun < newer.begun < older.last
    assert newer.turn == -1
    sitting.advance()
    sitting.close()
    assert kept_sittings(tmp_path)[0].turn == 2


def test_a_folder_that_cannot_be_read_is_listed_with_why(tmp_path):
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "exercise.log").write_text("no log", encoding="utf-8")
    (kept,) = kept_sittings(tmp_path)
    assert kept.title == "odd"
    assert "holds no exercise" in kept.problem
    assert kept_sittings(tmp_path / "missing") == []


def test_a_new_folder_is_neither_there_nor_taken(tmp_path):
    today = date.today().isoformat()
    first = new_folder(tmp_path, "flood")
    assert first == tmp_path / f"flood-{today}"
    first.mkdir()
    second = new_folder(tmp_path, "flood")
    assert second.name == f"flood-{today}-2"
    assert new_folder(tmp_path, "flood", {second}).name == f"flood-{today}-3"


def test_numbers_of_players_with_a_seat_each():
    assert exercise().fitting() == [3]
