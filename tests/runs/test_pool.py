"""The pool: answers in order, whoever works; nothing left behind when a worker dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crisis_abm.runs import WorkerLost
from crisis_abm.runs.pool import Processes, in_order, next_chunk
from crisis_abm.runs.processes import workers_available


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
        "from crisis_abm.runs.pool import in_order\n"
        "from tests.runs.test_pool import ctrl_c_is_blocked, prepare\n"
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
