"""Where text goes: nothing is cut off, however narrow the screen or few the letters it knows."""

import io
import json
import os
import subprocess
import sys

import pytest

from crisis_abm.cli import screen
from tests.cli.small import started, written

WORDS = ["Organisations of the northern area", "supermarket", "−1,234.5 to 6,789.0", "ä" * 50]


def filled():
    table = screen.new_table()
    table.add_column("what there is")
    table.add_column("figure", justify="right", no_wrap=True)
    table.add_column("interval", justify="right", no_wrap=True)
    for word in WORDS:
        table.add_row(word, "123,456.7 days", word)
    return table


@pytest.mark.parametrize("columns", [20, 33, 60, 80, 200])
def test_no_table_loses_anything(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    screen.show(filled())
    shown = capsys.readouterr().out
    assert "…" not in shown
    letters = sorted("".join(shown.replace("─", "").split()))
    heads = "what there is figure interval" + "123,456.7 days" * len(WORDS)
    assert letters == sorted("".join((heads + "".join(WORDS) * 2).split()))
    if columns == 200:
        assert all(word in shown for word in WORDS)


@pytest.mark.parametrize("columns", ["0", "1", "19", "-1", "abc", "79.5"])
def test_a_width_that_cannot_be_is_that_of_an_ordinary_screen(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    assert screen.stdout().width == screen.stderr().width == 80


def test_json_is_whole_for_readers_of_few_letters(monkeypatch):
    data = {"title": "Zürich, 20 °C → 🏥", "folder": "caf\udce9"}
    for encoding in ("ascii", "cp1252", "utf-8"):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding))
        screen.show_json(data)
        sys.stdout.flush()
        assert json.loads(raw.getvalue().decode(encoding)) == data


def test_json_moves_no_cursor_and_turns_no_line(capsys):
    data = {"a": "\x9b31m \u202e \x7f \u2028 \U000e0041", "Zürich": ["🏥", "tab\t"]}
    screen.show_json(data)
    shown = capsys.readouterr().out
    assert all(sign.isprintable() or sign == "\n" for sign in shown)
    assert json.loads(shown) == data and "Zürich" in shown and "🏥" in shown


posix = pytest.mark.skipif(os.name == "nt", reason="a shell's way to close streams")
SIGPIPE = (-13, 141)  # ended by the signal, or as a shell says it


def shell(line, cwd, **more):
    """What a line answers in a shell, where `crisis-abm` is this program."""
    command = f"{sys.executable} -P -m crisis_abm"
    return subprocess.run(
        ["sh", "-c", line.replace("crisis-abm", command)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.getcwd(), **more},
        capture_output=True,
        timeout=120,
        check=False,
    )


@posix
@pytest.mark.parametrize(
    "words", [["--help"], ["check", "small.toml", "--json"], ["check", "small.toml"]]
)
def test_a_closed_pipe_ends_it_as_it_ends_others(tmp_path, words):
    written(tmp_path)
    with started(*words, cwd=tmp_path) as process:
        process.stdout.close()
        told = process.stderr.read()
    assert (process.returncode in SIGPIPE, told) == (True, "")


@posix
def test_a_closed_pipe_of_messages_ends_it_too(tmp_path):
    with started("check", "nowhere.toml", cwd=tmp_path) as process:
        process.stderr.close()
        process.stdout.read()
    assert process.returncode in SIGPIPE


@posix
def test_a_closed_pipe_after_the_answer_was_kept_loses_nothing(tmp_path):
    written(tmp_path)
    with started("run", "small.toml", "--out", "kept", cwd=tmp_path) as process:
        process.stdout.close()
        process.stderr.read()
    assert process.returncode in SIGPIPE
    assert (tmp_path / "kept" / "manifest.json").exists()
    assert sorted(os.listdir(tmp_path)) == ["kept", "small.toml"]


@posix
def test_streams_that_are_closed_from_the_beginning(tmp_path):
    written(tmp_path)
    done = shell(
        "crisis-abm new one >&- 2>&- <&-; echo $?; crisis-abm check small.toml 2>&-", tmp_path
    )
    lines = done.stdout.decode().splitlines()
    assert lines[:2] == ["0", "Two wards"] and done.returncode == 0
    assert (tmp_path / "one.toml").read_text("utf-8").startswith("# A small town")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("words", ["--help", "check small.toml"])
def test_an_answer_that_cannot_be_written_is_told(tmp_path, words):
    written(tmp_path)
    done = shell(f"crisis-abm {words} > /dev/full", tmp_path)
    told = b"standard output: cannot be written or read (No space left on device)\n"
    assert (done.returncode, done.stderr) == (2, told)


@posix
@pytest.mark.parametrize("columns", ["0", "²"])
def test_a_screen_that_cannot_be_is_ignored(tmp_path, columns):
    helped = [shell("crisis-abm --help", tmp_path, COLUMNS=one) for one in (columns, "80")]
    assert helped[0].stdout == helped[1].stdout and helped[0].returncode == 0
    assert helped[0].stderr == b""


FAULTY = """
import sys
from crisis_abm.cli import main, scenario_commands
def broken(*_): raise KeyError("nobody foresaw this")
scenario_commands.options.load = broken
sys.argv = ["crisis-abm", "check", "x"]
sys.exit(main())
"""


@pytest.mark.parametrize("traced", [False, True])
def test_a_fault_of_the_program_is_one_line_with_the_way_to_its_traceback(traced):
    more = {"CRISIS_ABM_TRACEBACK": "1"} if traced else {}
    done = subprocess.run(
        [sys.executable, "-c", FAULTY],
        env={**os.environ, **more},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    *trace, line = done.stderr.splitlines()
    assert line.startswith("a fault of this program in options.py, line ")
    assert "please report it (KeyError: 'nobody foresaw this')" in line
    assert line.endswith("CRISIS_ABM_TRACEBACK=1 shows how it came about")
    assert any("Traceback" in step for step in trace) == traced and bool(trace) == traced
