"""A whole sweep on a cluster of two worker processes: the table that one local process gives."""

from __future__ import annotations

import os
import signal
import time

import pandas
import pytest
from distributed import LocalCluster

from crisis_abm.experiment.results import read_runs
from crisis_abm.experiment.runner import sweep
from crisis_abm.runs import chunks
from crisis_abm.runs.chunks import in_processes
from crisis_abm.runs.cluster import connected
from tests.cli.small import invoke
from tests.experiment.sweeps import same, small, written

pytestmark = pytest.mark.slow  # workers take a second or two to start

RUNS = 240
LONG = {"samples": RUNS // 4}  # two policies, two crises


@pytest.fixture(autouse=True)
def _a_file_for_every_few_runs(monkeypatch):
    monkeypatch.setattr(chunks, "MOST", 8)


@pytest.fixture(scope="module")
def one_process(tmp_path_factory) -> pandas.DataFrame:
    folder = tmp_path_factory.mktemp("one") / "kept"
    sweep(small(**LONG), folder, workers=1, deal=in_processes)
    return read_runs(folder)


class Watcher:
    """Sees who works during a sweep, and may shoot one of them in the middle of it."""

    def __init__(self, local: LocalCluster, shoots_after: int = RUNS) -> None:
        self.local, self.shoots_after = local, shoots_after
        self.seen: set[int] = set()
        self.shot: list[int] = []
        self.kept_then = 0

    def tell(self, done: int, total: int) -> None:
        pids = {worker.worker_address: worker.pid for worker in self.local.workers.values()}
        states = list(self.local.scheduler.workers.values())
        at_work = (pids.get(state.address) for state in states if state.processing)
        busy = [pid for pid in at_work if pid is not None]  # one that has just begun has none yet
        self.seen.update(busy)
        if busy and not self.shot and self.shoots_after <= done < total:
            os.kill(busy[0], signal.SIGKILL)  # with work in hand
            self.shot, self.kept_then = busy[:1], done


def swept(local: LocalCluster, folder, watcher: Watcher) -> pandas.DataFrame:
    with connected(local.scheduler_address) as cluster:
        end = time.monotonic() + 60
        while len(cluster.workers()) < 2:
            assert time.monotonic() < end, "no two workers"
            time.sleep(0.05)
        done = sweep(small(**LONG), folder, 2, progress=watcher.tell, deal=cluster.deal)
    assert done.statuses == {"ok": RUNS}
    return read_runs(folder)


def test_two_workers_give_the_table_of_one_process(tmp_path, cluster_of_two, one_process):
    watcher = Watcher(cluster_of_two)
    same(swept(cluster_of_two, tmp_path / "kept", watcher), one_process)
    assert len(watcher.seen - {os.getpid()}) == 2  # both worked, in processes of their own


def test_a_worker_that_is_killed_changes_nothing(tmp_path, mortal_cluster, one_process):
    watcher = Watcher(mortal_cluster, shoots_after=RUNS // 4)
    same(swept(mortal_cluster, tmp_path / "kept", watcher), one_process)
    assert len(watcher.shot) == 1 and 0 < watcher.kept_then < RUNS


def test_the_command_gives_it_too(tmp_path, cluster_of_two, one_process):
    path, folder = written(small(**LONG), tmp_path), tmp_path / "kept"
    answer = invoke("sweep", path, "--out", folder, "--scheduler", cluster_of_two.scheduler_address)
    assert answer.exit_code == 0, answer.output
    same(read_runs(folder), one_process)
