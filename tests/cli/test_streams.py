"""Closed pipes, closed streams, full disks, odd screens: real processes, as a shell starts them."""

import os
import subprocess
import sys

import pytest

from tests.cli.small import started, written

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
