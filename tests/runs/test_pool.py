"""The pool: answers in order, whoever works; nothing left behind when a worker dies."""

from __future__ import annotations

import os
import signal

import pytest

from crisis_abm.runs import WorkerLost
from crisis_abm.runs.pool import in_order, workers_available


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
