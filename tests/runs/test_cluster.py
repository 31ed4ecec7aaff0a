"""A cluster: every task answered once, whoever comes, goes or dies meanwhile."""

from __future__ import annotations

import os
import platform
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from distributed import LocalCluster

from crisis_abm.runs import chunks
from crisis_abm.runs.cluster import Cluster, ClusterError, ClusterLost, connected
from tests.runs.clusters import (
    alone,
    always_killed,
    dealt,
    disguise,
    never_begins,
    once_killed,
    slowly,
    square,
    started,
    wrong,
)

pytestmark = pytest.mark.slow  # workers take a second or two to start


@pytest.fixture
def local(cluster_of_two) -> LocalCluster:
    return cluster_of_two


@pytest.fixture
def two(local) -> Iterator[Cluster]:
    """Two workers, both there."""
    with joined(local) as cluster:
        yield cluster


@pytest.fixture
def mortal(mortal_cluster) -> Iterator[Cluster]:
    """Two workers that may be killed."""
    with joined(mortal_cluster) as cluster:
        yield cluster


@contextmanager
def joined(local: LocalCluster) -> Iterator[Cluster]:
    with connected(local.scheduler_address) as cluster:
        await_that(lambda: len(cluster.workers()) == 2)
        yield cluster
    await_that(lambda: not jobs(local))


def jobs(local: LocalCluster) -> list[str]:
    """What is left on the scheduler."""
    return [name for name in local.scheduler.worker_plugins if name.startswith("crisis_abm")]


def await_that(holds, seconds=60.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "never happened"
        time.sleep(0.05)


def test_every_task_is_answered_once_however_often_it_is_used(two):
    for start in (100, 200):
        found = dealt(two, square, range(500), start)
        assert found == {k: start + k * k for k in range(500)}
    assert dealt(two, square, [], 0) == {}


def test_a_killed_worker_costs_nothing(mortal, tmp_path):
    assert dealt(mortal, once_killed, range(60), str(tmp_path)) == {k: k for k in range(60)}
    assert os.listdir(tmp_path) == ["died"]


def test_a_task_that_always_kills_is_given_up_and_no_other(mortal, tmp_path):
    found = dealt(mortal, always_killed, range(60), str(tmp_path))
    assert found == {k: None if k == 7 else k for k in range(60)}
    assert len(os.listdir(tmp_path)) == 4  # twice with others, then twice alone


def test_workers_that_never_begin_are_one_clear_error(mortal):
    with pytest.raises(ClusterLost, match="before they have begun"):
        dealt(mortal, square, range(9), 0, prepare=never_begins)


def test_a_task_that_raises_is_one_clear_error(two):
    with pytest.raises(ClusterLost, match="cannot work: ValueError: not a number"):
        dealt(two, wrong, range(9), 0)


def test_what_takes_too_long_is_brought_early_and_the_rest_goes_out_again(two, monkeypatch):
    monkeypatch.setattr(chunks, "LONGEST", (0.0, 0.0))
    assert dealt(two, square, range(50), 0) == {k: k * k for k in range(50)}


def test_no_more_is_in_flight_than_the_workers_need(two, tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "MOST", 5)
    taken = 0

    class Counted(list):
        def __iter__(self):
            nonlocal taken
            for task in super().__iter__():
                taken += 1
                yield task

    brought = 0
    work = chunks.Work(square, int, 0)
    for finished in two.deal(work, chunks.TaskQueue(Counted(range(1000)), 1000, 2), lambda: None):
        brought += len(finished.tasks)
        assert taken - brought <= 2 * 2 * 5
    assert brought == 1000


def test_who_ends_the_work_ends_it_on_the_workers_too(two, tmp_path):
    def stop():
        if len(os.listdir(tmp_path)) >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dealt(two, slowly, range(5000), str(tmp_path), check=stop)
    time.sleep(0.5)  # what was in hand
    begun = len(os.listdir(tmp_path))
    time.sleep(0.5)
    assert len(os.listdir(tmp_path)) == begun < 5000
    assert dealt(two, square, range(9), 0) == {k: k * k for k in range(9)}  # the cluster lives


def test_what_an_earlier_client_left_is_taken_down(local, two):
    with connected(local.scheduler_address) as earlier:
        name = f"crisis_abm-{earlier._client.id}-0"
        local.scheduler.worker_plugins[name] = local.scheduler.worker_plugins["shuffle"]
        two.refuse_others()
        assert jobs(local) == [name]  # it is still there
    await_that(lambda: earlier._client.id not in local.scheduler.clients)
    two.refuse_others()
    assert jobs(local) == []


@pytest.fixture
def disguised(two) -> Iterator[Cluster]:
    """A cluster whose workers say that they have another processor."""
    two._client.run(disguise, "abacus")
    yield two
    two._client.run(disguise, platform.machine())


def test_workers_that_differ_are_refused(disguised):
    with pytest.raises(ClusterError) as refused, connected(disguised.address):
        pass
    told = str(refused.value)
    assert not isinstance(refused.value, ClusterLost) and "\n" not in told
    for worker in disguised.workers():
        assert f"the worker {worker}: processor is abacus there and {platform.machine()} " in told
    assert "the scheduler: " not in told


def test_workers_that_differ_and_join_later_end_it(disguised):
    with pytest.raises(ClusterLost, match=r"a worker that joined .*: processor is abacus there"):
        dealt(disguised, square, range(9), 0)


def test_a_worker_with_threads_works_at_one_chunk_at_a_time(monkeypatch):
    monkeypatch.setattr(chunks, "MOST", 20)
    with started(1, threads=4) as local, connected(local.scheduler_address) as cluster:
        assert set(dealt(cluster, alone, range(400), 0).values()) == {True}


def test_one_waits_for_workers_and_is_told_so():
    with started(0) as local:
        said = []

        def say(text):
            said.append(text)
            local.scale(2)

        with connected(local.scheduler_address, say) as cluster:
            assert dealt(cluster, square, range(100), 1) == {k: 1 + k * k for k in range(100)}
        assert said == [f"No worker is at {local.scheduler_address}; waiting for one …"]


def test_a_scheduler_that_goes_away_is_one_clear_error(tmp_path):
    with started(1) as local, connected(local.scheduler_address) as cluster:

        def check():
            if list(Path(tmp_path).iterdir()):
                local.close()

        with pytest.raises(ClusterLost, match="is gone"):
            dealt(cluster, slowly, range(5000), str(tmp_path), check=check)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", "missing port number"),
        ("somewhere", "missing port number"),
        ("somewhere:port", "the port is no number"),
        ("foo://somewhere:1", "unknown address scheme 'foo'"),
    ],
)
def test_what_is_no_address_is_told(address, told):
    with pytest.raises(ClusterError, match=told), connected(address):
        pass


@pytest.mark.parametrize("listens", [False, True])
def test_nobody_who_answers_is_told(monkeypatch, listens):
    monkeypatch.setattr("crisis_abm.runs.cluster.CONNECTING", 0.5)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        if listens:
            mute.listen()
        address = "127.0.0.1:{1}".format(*mute.getsockname())
        told = f"^{address}: no scheduler answers there"
        with pytest.raises(ClusterError, match=told), connected(address):
            pass


def test_a_worker_is_no_scheduler(local, two):
    worker = two.workers()[0]
    with pytest.raises(ClusterError, match="no scheduler but a worker"), connected(worker):
        pass


def test_without_distributed_one_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    told = r"pip install 'crisis_abm\[cluster\]'"
    with pytest.raises(ClusterError, match=told), connected("127.0.0.1:8786"):
        pass
