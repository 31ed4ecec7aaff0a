"""Real processes: Ctrl-C, pipes that close, progress that stays out of the way."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.small import SMALL, started, written

LONG = SMALL.replace("steps = 15", "steps = 3000")


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory):
    """Compile the engine first: what follows looks at every line on stderr."""
    folder = tmp_path_factory.mktemp("first")
    for command in ("run", "compare"):
        with started(command, written(folder), cwd=folder) as process:
            process.communicate(timeout=280)


def group(leader: int) -> list[int]:
    """Processes that are alive in a process group."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                state, _, its_group = file.read().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == leader and state != "Z":
            found.append(int(entry))
    return found


def await_that(holds, seconds=60.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "never happened"
        time.sleep(0.05)


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="needs /proc")
@pytest.mark.parametrize("to_all", [False, True], ids=["process", "terminal"])
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_leaves_nothing(tmp_path, workers, to_all):
    more = ["--replicates", 5000, "--workers", workers, "--out", "kept"]
    with started("compare", written(tmp_path, LONG), *more, cwd=tmp_path) as process:
        try:
            if workers == 1:
                assert process.stderr.readline().startswith("Comparing")
            else:
                await_that(lambda: len(group(process.pid)) >= 3)
            (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
            _, told = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    # with two workers Ctrl-C may come before progress is told, or after
    assert told.removeprefix("Comparing …\n") == "stopped; nothing was written\n"
    assert os.listdir(tmp_path) == ["small.toml"]
    await_that(lambda: group(process.pid) == [], 10)


def test_closed_pipe_is_no_fault(tmp_path):
    process = started("compare", written(tmp_path), "--replicates", 2, cwd=tmp_path)
    process.stdout.close()
    with process.stderr as stream:
        told = stream.read()
    process.wait(60)
    assert "Traceback" not in told


def test_module_answers_like_the_command(tmp_path):
    process = started("run", written(tmp_path), "--json", cwd=tmp_path)
    answer, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert json.loads(answer)["scenario"] == "Two wards"


def test_screen_without_special_signs_is_no_fault(tmp_path):
    process = started("compare", written(tmp_path), cwd=tmp_path, PYTHONIOENCODING="ascii")
    answer, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert "Harm in all" in answer


def test_help_loads_nothing_that_takes_long():
    """How long it takes is measured by the benchmarks; these are what would make it seconds."""
    slow = [
        "matplotlib",
        "mesa",
        "networkx",
        "numba",
        "numpy",
        "pandas",
        "pydantic",
        "scipy",
        "solara",
    ]
    code = (
        "import sys; from crisis_abm.cli import main; sys.argv = ['crisis-abm', '--help']\n"
        "try: main()\n"
        f"finally: print([name for name in {slow} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "compare" in done.stdout
    assert done.stderr.strip() == "[]"
