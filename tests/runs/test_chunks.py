"""Chunks: every task answered once, whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from crisis_abm.runs import WorkerLost, chunks
from crisis_abm.runs.chunks import TaskQueue, Work, here, in_processes


def prepare(argument):
    return argument


def never_begins(argument):
    os.kill(os.getpid(), signal.SIGKILL)


def square(prepared, task):
    return prepared + task * task


def die_once_at_seven(folder, task):
    if task == 7 and not (mark := Path(folder, "died")).exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def die_at_seven(folder, task):
    if task == 7:
        Path(folder, f"died-{os.getpid()}").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def dealt(deal, function, tasks, argument, workers=2, check=lambda: None):
    """What came back, by task; nothing twice."""
    found = {}
    for finished in deal(
        Work(function, prepare, argument), TaskQueue(tasks, len(tasks), workers), check
    ):
        for task, answer in zip(finished.tasks, finished.answers, strict=True):
            assert task not in found
            found[task] = answer
    return found


@pytest.mark.parametrize("deal", [here, in_processes])
def test_every_task_is_answered_once(deal):
    found = dealt(deal, square, range(500), 100)
    assert found == {k: 100 + k * k for k in range(500)}


@pytest.mark.parametrize("deal", [here, in_processes])
def test_no_tasks_nothing_comes_back(deal):
    assert dealt(deal, square, [], 0) == {}


def test_what_takes_too_long_is_brought_early_and_the_rest_goes_out_again(monkeypatch):
    monkeypatch.setattr(chunks, "LONGEST", (0.0, 0.0))
    bag = TaskQueue(range(50), 50, 1)
    seen: list[int] = []
    for finished in here(Work(square, prepare, 0), bag, lambda: None):
        assert len(finished.tasks) == 1
        seen += finished.tasks
    assert seen == list(range(50))


def test_a_killed_worker_costs_nothing(tmp_path):
    found = dealt(in_processes, die_once_at_seven, range(60), str(tmp_path))
    assert found == {k: k for k in range(60)}
    assert os.listdir(tmp_path) == ["died"]


def test_a_task_that_always_kills_is_given_up_and_no_other(tmp_path):
    found = dealt(in_processes, die_at_seven, range(60), str(tmp_path), 1)
    assert found == {k: None if k == 7 else k for k in range(60)}
    assert len(os.listdir(tmp_path)) == 4  # three times with others, then alone


def test_workers_that_never_begin_are_one_clear_error():
    with pytest.raises(WorkerLost, match="no worker process begins"):
        list(in_processes(Work(square, never_begins, 0), TaskQueue(range(9), 9, 1), lambda: None))


def test_who_ends_the_work_leaves_no_process(tmp_path):
    import multiprocessing

    def stop():
        raise KeyboardInterrupt

    before = set(multiprocessing.active_children())  # other tests'
    with pytest.raises(KeyboardInterrupt):
        dealt(in_processes, square, range(9), 0, 2, stop)
    for process in set(multiprocessing.active_children()) - before:
        process.join(10)
        assert not process.is_alive()


def test_chunks_shrink_so_that_all_end_together():
    bag, sizes = TaskQueue(range(1000), 1000, 2), []
    bag.learn(1, 1.0)
    while chunk := bag.take():
        sizes.append(len(chunk.tasks))
    assert sum(sizes) == 1000
    assert sizes[0] == 125 and sizes[-7:] == [1] * 7


def test_a_chunk_is_worth_handing_out():
    bag = TaskQueue(range(1000), 1000, 2)
    bag.learn(1000, 1.0)
    sizes = []
    while chunk := bag.take():
        sizes.append(len(chunk.tasks))
    assert min(sizes[:-1]) >= 50
