"""Sweeps: every run once, whoever works, whatever fails."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm.experiment.results import failures, read_runs
from crisis_abm.experiment.runner import sweep
from crisis_abm.experiment.store.run_files import OK, Ended, Order
from crisis_abm.runs import chunks
from crisis_abm.runs.chunks import Finished, here, in_processes
from tests.experiment.sweeps import failing, same, small, swept


@pytest.fixture(autouse=True)
def _a_file_for_every_few_runs(monkeypatch):
    monkeypatch.setattr(chunks, "MOST", 5)


@pytest.mark.parametrize("workers", [1, 2])
def test_any_number_of_workers_gives_the_same_table(tmp_path, workers):
    _, expected = swept(small(), tmp_path / "here")
    _, found = swept(small(), tmp_path / "there", in_processes, workers=workers)
    same(found, expected)


def test_one_failing_point_in_ten_leaves_nine(tmp_path):
    done, found = swept(failing(), tmp_path)
    assert done.statuses == Counter(ok=18, error=2)
    ok = found[found.status == "ok"]
    assert len(ok) == 18 and ok.error.isna().all() and ok.harm.notna().all()
    bad = found[found.status == "error"]
    assert bad["events[0].start"].tolist() == [15, 15]  # with its parameters
    assert bad["events[0].end"].tolist() == [10, 10]
    assert bad.harm.isna().all()
    told = f"{failing().scenario.title}: events[0].end = 10: is not after the start"
    assert bad.error.str.startswith(told).all()  # the same wherever the scenario lies
    assert sum(failures(tmp_path).values()) == 2
    assert sweep(failing(), tmp_path, deal=here).before == 20  # an error is an answer


def test_any_exception_is_recorded(tmp_path, monkeypatch):
    from crisis_abm.experiment import runner
    from crisis_abm.experiment.design import setting

    real = setting.prepare

    def prepare(experiment, point, replicate):
        if point == 3:
            raise MemoryError("too\nlarge")
        return real(experiment, point, replicate)

    with monkeypatch.context() as patch:
        patch.setattr(runner, "prepare", prepare)
        done, found = swept(small(), tmp_path / "kept")
    assert done.statuses == Counter(ok=46, error=2)
    assert set(found.error[found.point == 3]) == {"MemoryError: too large"}
    _, expected = swept(small(), tmp_path / "whole")
    again, found = swept(small(), tmp_path / "kept", retry=True)
    assert 0 < again.before < 46 and again.statuses == Counter(ok=48)
    same(found, expected)


def test_a_run_that_takes_too_long_is_given_up(tmp_path):
    done, found = swept(small(), tmp_path, time_limit=1e-9)
    assert done.statuses == Counter({"time limit": 48})
    assert set(found.error) == {"took longer than 1e-09 s"} and found.harm.isna().all()


def test_a_time_limit_that_is_not_reached_changes_nothing(tmp_path):
    _, expected = swept(small(), tmp_path / "without")
    _, found = swept(small(), tmp_path / "with", time_limit=1000)
    same(found, expected)


def lossy(work, bag, check):
    """Somebody else who can be given chunks, and loses a run for good."""
    for one in here(work, bag, check):
        answers = [
            None if run_files == 9 else a
            for run_files, a in zip(one.tasks, one.answers, strict=True)
        ]
        yield Finished(one.tasks, answers)


def test_a_run_that_kills_its_workers_is_recorded_and_the_rest_goes_on(tmp_path):
    done, found = swept(small(), tmp_path, lossy)
    assert done.statuses == Counter({"ok": 47, "worker lost": 1})
    lost = found[found.status == "worker lost"]
    assert "worker process ended" in lost.error.item() and lost.policy.item() == "reciprocal"


@pytest.mark.parametrize("after", [0, 1, 4, 9])
def test_stopped_anywhere_it_goes_on_from_there(tmp_path, after):
    _, expected = swept(small(), tmp_path / "whole")

    def interrupted(work, bag, check):
        for count, one in enumerate(here(work, bag, check)):
            if count == after:
                raise KeyboardInterrupt
            yield one

    if after < 10:
        with pytest.raises(KeyboardInterrupt):
            sweep(small(), tmp_path / "kept", deal=interrupted)
    again, found = swept(small(), tmp_path / "kept")
    assert again.before == (5 * after if after < 10 else 0)
    same(found, expected)


def test_progress_counts_what_was_there(tmp_path):
    told = []
    sweep(small(), tmp_path, deal=here, progress=lambda *one: told.append(one))
    assert told[0] == (0, 48) and told[-1] == (48, 48) and told == sorted(told)
    told.clear()
    sweep(small(), tmp_path, deal=here, progress=lambda *one: told.append(one))
    assert told == [(48, 48)]


def test_memory_does_not_hold_what_was_handed_in(tmp_path):
    """Chunks in flight are one a worker; what comes back is written before the next is asked."""
    flight = []

    def watched(work, bag, check):
        for one in here(work, bag, check):
            flight.append(len(one.tasks))
            yield one
            assert len(read_runs(tmp_path)) == sum(flight)

    sweep(small(), tmp_path, deal=watched)
    assert max(flight) == 5


@pytest.mark.slow
def test_memory_grows_by_a_byte_a_run(tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "MOST", 2000)

    def unworked(work, bag, check):
        figures = np.zeros(3)
        while one := bag.take():
            bag.learn(len(one.tasks), 1e-4 * len(one.tasks))
            yield Finished(one.tasks, [Ended(OK, None, figures)] * len(one.tasks))

    def peak(replicates):
        experiment = small(samples=50, replicates=replicates)
        gc.collect()  # what other tests left
        tracemalloc.start()
        try:
            swept = sweep(experiment, tmp_path / f"{replicates}", deal=unworked)
            assert swept.total == 100 * replicates
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # what is loaded once
    assert peak(2500) - peak(1100) < 2 * 100 * 1400


orders = st.builds(
    lambda worlds, replicates, settings: Order(worlds * settings, replicates, settings),
    *(st.integers(1, 12) for _ in range(3)),
)


@given(orders)
def test_every_run_has_its_place(order):
    numbers = np.arange(order.runs)
    points, replicates = order.places(numbers)
    assert len(set(zip(points.tolist(), replicates.tolist(), strict=True))) == order.runs
    assert points.max() == order.points - 1 and replicates.max() == order.replicates - 1
    assert (order.numbers(points, replicates) == numbers).all()


@given(orders, st.integers(1, 30))
def test_every_run_is_in_one_shard(order, parts):
    numbers = np.arange(order.runs)
    shards = [order.in_shard(numbers, (part, parts)) for part in range(1, parts + 1)]
    assert (np.sum(shards, axis=0) == 1).all()
    sizes = [int(shard.sum()) for shard in shards]
    assert [order.held((part, parts)) for part in range(1, parts + 1)] == sizes
    assert order.held(None) == order.runs
    assert max(sizes) - min(sizes) <= max(1, order.runs / (4 * parts))


@given(orders, st.data())
def test_what_is_done_is_not_to_do(order, data):
    done = np.array(data.draw(st.lists(st.booleans(), min_size=order.runs, max_size=order.runs)))
    left = [*order.to_do(done, (1, 2)), *order.to_do(done, (2, 2))]
    assert sorted(left) == np.flatnonzero(~done).tolist()
