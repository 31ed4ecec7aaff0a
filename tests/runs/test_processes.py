"""Worker processes: what they need, what ends them, and what is said where they cannot be."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crisis_abm.experiment.results import read_runs
from crisis_abm.experiment.runner import sweep
from crisis_abm.runs import WorkerLost, processes
from crisis_abm.runs.processes import (
    NoProcesses,
    Processes,
    in_order,
    next_chunk,
    start_processes,
    stop_processes,
    workers_available,
)
from tests.cli.small import invoke
from tests.experiment.sweeps import same, small, swept, written

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

# Scripts that start workers when they are imported, too, which is what workers begin with.
ANSWERED = """
from crisis_abm.runs.processes import in_order
in_order(pow, range(9), abs, 2, workers=2)
"""
SWEPT = """
from tests.experiment.sweeps import small
from crisis_abm.experiment.runner import sweep
sweep(small(), "kept", workers=2)
"""


def run(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "study.py").write_text(text)
    words = [sys.executable, "study.py"]
    return subprocess.run(words, capture_output=True, text=True, cwd=folder, env=ENVIRONMENT)


@pytest.mark.parametrize("text", [ANSWERED, SWEPT], ids=["answers", "sweep"])
def test_a_script_without_its_guard_is_told_that_it_is_missing(tmp_path, text):
    found = run(text, tmp_path)
    last = found.stderr.splitlines()[-1]
    assert found.returncode == 1
    assert "study.py is run again by each worker process, and starts them anew" in last
    assert last.endswith('put what it does under if __name__ == "__main__":')


@pytest.mark.parametrize(
    ("codes", "told", "alike"),
    [
        ([None, -9], "killed, or out of memory", False),
        ([-15, 1], "with an error of its own (above); ", True),
        ([-15, processes.UNGUARDED], "and starts them anew", True),
        ([], "killed, or out of memory", False),
    ],
)
def test_why_workers_ended_is_read_off_how_they_did(codes, told, alike):
    ended = {n: SimpleNamespace(exitcode=code) for n, code in enumerate(codes)}
    pool: Any = SimpleNamespace(_processes=ended, _executor_manager_thread=None)
    words, again = processes.why_lost(pool)
    assert told in words and again is alike


def number(prepared, task):
    return task


def nothing(argument):
    return None


class TestWithoutSemaphores:
    """As in a container without /dev/shm."""

    @pytest.fixture(autouse=True)
    def _none(self, monkeypatch):
        def refused(self, *_, **__):
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))

        monkeypatch.setattr("multiprocessing.synchronize.SemLock.__init__", refused)

    def test_what_is_missing_is_told(self, tmp_path):
        with pytest.raises(NoProcesses, match=r"/dev/shm: No such file or directory\); mount"):
            in_order(number, range(9), nothing, None, 2)
        path = written(small(), tmp_path)
        answer = invoke("sweep", path, "--out", tmp_path / "kept", "--workers", 2)
        assert answer.exit_code == 1 and "no semaphores" in answer.output
        assert "--workers 1" in answer.output.splitlines()[-1]

    def test_a_single_worker_needs_none(self, tmp_path):
        assert in_order(number, range(9), nothing, None, 1) == list(range(9))
        found = sweep(small(), tmp_path / "kept", workers=1)
        assert found.statuses == {"ok": 48}
        same(read_runs(tmp_path / "kept"), swept(small(), tmp_path / "here")[1])


def test_a_system_that_starts_no_more_processes_is_told(monkeypatch):
    def refused(*_):
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr("multiprocessing.util.spawnv_passfds", refused)
    open_before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    with pytest.raises(NoProcesses, match=r"can be started \(Resource temporarily"):
        in_order(number, range(9), nothing, None, 2)
    if open_before:
        assert len(os.listdir("/proc/self/fd")) <= open_before + 12


def test_windows_waits_for_61_processes_at_most(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    pool: Any = start_processes(nothing, None, 200)
    assert pool._max_workers == processes.MOST_ON_WINDOWS
    pool.shutdown()


@pytest.mark.skipif(not hasattr(vars(processes)["fcntl"], "F_SETSIG"), reason="needs F_SETSIG")
def test_workers_outlive_the_thread_that_started_them():
    """A page's request ends; the processes that it was the first to need stay for the others."""
    pool = start_processes(nothing, None, 1)
    try:
        thread = threading.Thread(target=lambda: pool.submit(os.getpid).result())
        thread.start()
        thread.join()
        time.sleep(0.05)
        assert pool.submit(os.getpid).result() in pool._processes
    finally:
        stop_processes(pool)


def prepare(number):
    return number


def square(prepared, task):
    return prepared + task * task


def fail_at_five(prepared, task):
    if task == 5:
        raise ValueError("five")
    return task


def die_at_five(prepared, task):
    if task == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


@pytest.mark.parametrize("workers", [None, 1, 2])
def test_answers_come_in_the_order_of_the_tasks(workers):
    told = []
    found = in_order(square, range(20), prepare, 100, workers, lambda done, _: told.append(done))
    assert found == [100 + k * k for k in range(20)]
    assert told == sorted(told) and told[-1] == 20


def who(prepared, task):
    return os.getpid()


def test_processes_that_stay_answer_all_of_the_next_lot():
    with Processes() as crew:
        first = in_order(who, range(40), prepare, 0, 2, processes=crew)
        again = in_order(who, range(40), prepare, 0, 2, processes=crew)
        squares = in_order(square, range(40), prepare, 0, 2, processes=crew)
    assert first[:2] == [os.getpid()] * 2
    assert os.getpid() not in again
    assert len(set(first[2:]) | set(again)) <= 2
    assert squares == [k * k for k in range(40)]


@pytest.mark.parametrize(
    ("each", "left", "chunk"),
    [(0.005, 1000, 10), (10.0, 1000, 1), (0.005, 16, 4), (0.005, 3, 1), (0.0, 1000, 250)],
)
def test_a_chunk_is_worth_handing_out_and_leaves_work_for_all(each, left, chunk):
    assert next_chunk(each, left, workers=2) == chunk


def test_no_tasks_no_answers():
    assert in_order(square, [], prepare, 0, 2) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_task_reaches_the_caller(workers):
    with pytest.raises(ValueError, match="five"):
        in_order(fail_at_five, range(9), prepare, 0, workers)


def test_a_lost_worker_is_one_clear_error():
    with pytest.raises(WorkerLost, match="worker process ended"):
        in_order(die_at_five, range(9), prepare, 0, 2)


def test_there_is_always_a_worker():
    assert workers_available() >= 1


def ctrl_c_is_blocked(prepared, task):
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="needs signal masks")
def test_workers_inherit_that_ctrl_c_is_blocked():
    """In a process of its own, where multiprocessing's helper has not been started yet."""
    code = (
        "import signal\n"
        "from crisis_abm.runs.processes import in_order\n"
        "from tests.runs.test_processes import ctrl_c_is_blocked, prepare\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})\n"
        "print(in_order(ctrl_c_is_blocked, range(8), prepare, 0, 2))\n"
    )
    root = Path(__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert found.stdout.strip() == str([True] * 8)
