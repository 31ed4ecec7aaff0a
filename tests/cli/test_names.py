"""Files and folders whatever they are called: bytes that are no letters, line ends, long names."""

import json
import os
import shlex
import sys

import pytest

from crisis_abm.runs.bundle import read_bundle
from tests.cli.small import SMALL, invoke, started, written

pytestmark = pytest.mark.usefixtures("unpainted")
TINY = SMALL.replace("steps = 15", "steps = 6")
LONG = "ü" * 127  # 254 bytes, where 255 are the most

takes_bytes = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are letters")
NAMES = [
    pytest.param(os.fsdecode(b"caf\xe9"), marks=takes_bytes, id="bytes"),
    pytest.param("two\nlines", id="line end"),
    pytest.param("a[b]* {c}", id="pattern"),
    pytest.param(LONG, id="long"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_bundle_is_kept_and_run_again_in_any_folder(tmp_path, name):
    (tmp_path / "in").mkdir()
    folder = tmp_path / "in" / name
    file = written(tmp_path, TINY)
    for _ in range(2):  # the second replaces the first
        answer = invoke("compare", file, "--replicates", 2, "--out", folder)
        assert answer.exit_code == 0, answer.output
    last = answer.output.splitlines()[-1]
    assert last.startswith("Run it again: crisis-abm reproduce ") and last.isprintable()
    assert os.listdir(tmp_path / "in") == [name]
    assert read_bundle(folder).manifest["replicates"] == 2
    assert invoke("reproduce", folder).exit_code == 0


@takes_bytes
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_names_are_said_on_any_screen(tmp_path, encoding):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    file = written(folder, TINY)
    with started("check", file, "--json", cwd=folder, PYTHONIOENCODING=encoding) as process:
        answer, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (0, "")
    assert json.loads(answer)["file"] == file
    with started("check", file + "x", cwd=folder, PYTHONIOENCODING=encoding) as process:
        _, told = process.communicate(timeout=60)
    assert process.returncode == 2 and "Traceback" not in told and "there is no such file" in told


def test_a_name_that_is_too_long_is_refused_before_anything_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr("crisis_abm.runs.compare", lambda *_: pytest.fail("was run"))
    answer = invoke("compare", written(tmp_path), "--out", tmp_path / ("x" * 256))
    assert answer.exit_code == 2 and "File name too long" in answer.output
    assert answer.stderr.count("\n") == 1


def test_a_message_is_one_line_that_a_terminal_does_not_obey(tmp_path):
    for name in ("no\nsuch", "\x1b[31mred"):
        answer = invoke("reproduce", tmp_path / name)
        assert answer.exit_code == 2
        assert answer.stderr.count("\n") == 1 and "\x1b" not in answer.stderr


@pytest.mark.skipif(os.name == "nt", reason="a folder that somebody is in cannot be removed")
@pytest.mark.parametrize("words", [["new", "mine"], ["run", "local_shock", "--out", "kept"]])
def test_a_folder_that_was_removed_is_told(tmp_path, monkeypatch, words):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    answer = invoke(*words)
    assert answer.exit_code == 2
    assert answer.stderr == "the folder you are in was removed; go to another one\n"


def test_what_a_faulty_file_holds_is_written_out_in_json(tmp_path):
    text = TINY.replace('kind = "hospital"', 'kind = "hosp\x9bital\u202e"')
    answer = invoke("check", written(tmp_path, text), "--json")
    assert answer.exit_code == 2
    assert all(sign.isprintable() or sign == "\n" for sign in answer.stdout)
    assert any("\u202e" in str(one["value"]) for one in json.loads(answer.stdout)["problems"])


@pytest.mark.parametrize("name", ["-odd.toml", "two words.toml", "$(x) 'y'.toml"])
def test_the_next_command_takes_the_file_whatever_it_is_called(tmp_path, monkeypatch, name):
    written(tmp_path, TINY, name)
    monkeypatch.chdir(tmp_path)
    answer = invoke("check", "--", name)
    assert answer.exit_code == 0, answer.output
    _, _, shown = answer.stdout.rpartition("Next: crisis-abm ")
    again = invoke(*shlex.split(shown), "--replicates", 2)
    assert again.exit_code == 0, again.output


@pytest.mark.parametrize("sign", ["\u202e", "\x9b", "\n"])
def test_the_next_command_shows_no_sign_that_steers_a_terminal(tmp_path, sign):
    file = written(tmp_path, TINY, f"a{sign}b.toml")
    answer = invoke("check", file)
    assert answer.exit_code == 0, answer.output
    shown = answer.stdout.splitlines()[-1]
    assert shown.startswith("No faults. Next: ") and shown.isprintable()
