"""The commands about exercises: a file to start from, and every fault of one."""

from __future__ import annotations

import json
import os

import pytest

from crisis_abm.exercise.inject_table import read_injects
from crisis_abm.exercise.sitting import Sitting
from tests.cli.small import invoke
from tests.exercise.small import exercise


def test_what_new_writes_has_no_fault_and_is_written_over_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = invoke("exercise", "new", "winter_flood")
    assert answer.exit_code == 0, answer.output
    assert answer.output.splitlines()[0] == "wrote winter_flood.toml"
    assert "crisis-abm exercise check winter_flood.toml" in answer.output
    text = (tmp_path / "winter_flood.toml").read_text(encoding="utf-8")
    assert 'title = "Winter flood"' in text and "NAME" not in text
    answer = invoke("exercise", "check", "winter_flood.toml")
    assert answer.exit_code == 0, answer.output
    assert "No faults." in answer.output
    again = invoke("exercise", "new", "winter_flood")
    assert again.exit_code == 2 and "exists already" in again.output
    assert (tmp_path / "winter_flood.toml").read_text(encoding="utf-8") == text


def test_what_an_exercise_holds_is_said():
    answer = invoke("exercise", "check", "first_wave")
    assert answer.exit_code == 0, answer.output
    said = " ".join(answer.output.split())
    assert "First wave: a county in spring 2020" in said
    assert "60 minutes of First wave: one area of England" in said
    assert "4 24 to 31 March 8 days 10 7, 8" in said
    assert "One person a seat: 6, 7, 8, 9, 10 players" in said


def test_the_same_as_json():
    answer = invoke("exercise", "check", "first_wave", "--json")
    held = json.loads(answer.stdout)
    assert held["ok"] and held["minutes"] == 60 and len(held["turns"]) == 6
    assert held["turns"][3] == {
        "title": "24 to 31 March",
        "ticks": [29, 37],
        "minutes": 10,
        "injects": [7, 8],
    }
    assert held["seats"]["homes"]["organisations"] == 123
    assert held["by_hand"] == [] and held["questions"] == 7


def test_every_fault_is_a_line_and_exit_code_2(tmp_path):
    file = tmp_path / "broken.toml"
    assert invoke("exercise", "new", file).exit_code == 0
    text = file.read_text(encoding="utf-8")
    text = text.replace("start = 20", "start = 9").replace('to = ["homes"]', 'to = ["home"]')
    text = text.replace("effect = { stock", "effect = { stok")
    file.write_text(text.replace('kinds = ["hospital"]', 'kinds = ["hospitl"]'), encoding="utf-8")
    answer = invoke("exercise", "check", file)
    assert answer.exit_code == 2
    lines = answer.output.splitlines()
    assert len(lines) == 5 and "Traceback" not in answer.output
    assert lines[0].endswith(
        "turns[2].start = 9: is not after the start of the turn before it; "
        "put turns in the order of their days"
    )
    assert 'seats.hospitals.kinds[0] = "hospitl"' in lines[1] and '"hospital"' in lines[1]
    assert 'injects[1].to[0] = "home": is no seat; did you mean "homes"?' in lines[2]
    told = json.loads(invoke("exercise", "check", file, "--json").stdout)
    assert not told["ok"]
    assert [one["place"] for one in told["problems"]] == [
        "turns[2].start",
        "seats.hospitals.kinds[0]",
        "injects[1].to[0]",
        "injects[2].to[0]",
        "injects[3].effect.stok",
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("first_wav", 'did you mean "first_wave"?'),
        ("nothing", "ready-made exercises: first_wave, flood"),
        ("x" * 400, "there is no such file"),
    ],
)
def test_an_exercise_that_is_not_there_is_told_with_those_there_are(name, told):
    answer = invoke("exercise", "check", name)
    assert answer.exit_code == 2 and told in answer.output
    assert len(answer.output.splitlines()) == 1


def test_the_help_shows_an_example():
    for words in ([], ["new"], ["check"], ["injects"], ["papers"], ["report"]):
        answer = invoke("exercise", *words, "--help")
        assert answer.exit_code == 0 and "crisis-abm exercise" in answer.output


def test_injects_are_written_as_a_table_and_over_nothing(tmp_path):
    shown = invoke("exercise", "injects", "flood")
    assert shown.exit_code == 0 and shown.stdout.startswith("no,date,text,from,to,effect")
    for name in ("injects.csv", "injects.xlsx"):
        file = tmp_path / name
        answer = invoke("exercise", "injects", "flood", "--out", file)
        assert answer.exit_code == 0 and f'injects = "{name}"' in answer.output
        assert [one["number"] for one in read_injects(file, name)] == [1, 2, 3, 4, 5, 6, 7]
        again = invoke("exercise", "injects", "flood", "--out", file)
        assert again.exit_code == 2 and "exists already" in again.output
    other = invoke("exercise", "injects", "flood", "--out", tmp_path / "injects.ods")
    assert other.exit_code == 2 and "write .csv or .xlsx" in other.output
    nowhere = invoke("exercise", "injects", "flood", "--out", tmp_path / "no" / "injects.csv")
    assert nowhere.exit_code == 2 and nowhere.stderr == (
        f"{tmp_path / 'no'}: there is no such folder to write in\n"
    )


def test_papers_are_written_into_a_folder_and_over_nothing(tmp_path):
    folder = tmp_path / "new" / "papers"
    answer = invoke("exercise", "papers", "first_wave", "--out", folder, "--players", 8)
    assert answer.exit_code == 0, answer.output
    names = ["briefings.html", "feedback.html", "guide.html"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert "Care homes, north" in (folder / "briefings.html").read_text(encoding="utf-8")
    again = invoke("exercise", "papers", "first_wave", "--out", folder)
    assert again.exit_code == 2 and "exists already" in again.output


@pytest.fixture
def held(tmp_path):
    """A folder with a sitting of one turn, in which the wards ordered much."""
    folder = tmp_path / "held"
    sitting = Sitting.begin(folder, exercise(), 3)
    sitting.start()
    sitting.decide("wards", 0, {"orders": {"kit": {"units": 40}}, "reason": "while there is some"})
    sitting.advance()
    sitting.close()
    return folder


def test_a_report_is_a_page_with_its_tables_beside_it(held, tmp_path):
    answer = invoke("exercise", "report", held, "--crises", "3")
    assert answer.exit_code == 0, answer.output
    said = " ".join(answer.output.split())
    assert "What came of it: This crisis came to" in said and "Who paid:" in said
    assert "while there is some" in (held / "report.html").read_text(encoding="utf-8")
    tables = {path.name for path in held.glob("report_*.csv")}
    assert {"report_decisions.csv", "report_counterfactuals.csv", "report_timeline.csv"} <= tables
    page = tmp_path / "monday.html"
    answer = invoke("exercise", "report", held, "--out", page, "--crises", "3", "--json")
    plain = json.loads(answer.stdout)
    assert plain["files"][0] == str(page) and all(map(os.path.exists, plain["files"]))
    assert plain["finding"].startswith("This crisis came to") and plain["seats"] == [
        "works",
        "wards",
        "home",
    ]
    assert page.read_bytes() == (held / "report.html").read_bytes()


def test_what_is_no_sitting_is_told_in_a_line(held, tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        answer = invoke("exercise", "report", folder)
        assert answer.exit_code == 2 and len(answer.stderr.splitlines()) == 1
        assert "exercise.log: there is no such file" in answer.stderr
    (tmp_path / "exercise.log").write_bytes(b"no database")
    answer = invoke("exercise", "report", tmp_path)
    assert answer.exit_code == 2 and "holds no exercise" in answer.stderr
    answer = invoke("exercise", "report", held, "--out", tmp_path / "none" / "page.html")
    assert answer.exit_code == 2 and "no such folder" in answer.stderr
