"""Processes that pages share: short and long runs apart, deaths survived, idle ones sent home."""

import os
import signal
import time
import tomllib
from pathlib import Path

import pytest

from crisis_abm.dashboard.data import workers as module
from crisis_abm.dashboard.data.workers import GIVING_WAY, TakesTooLong, Workers, is_long
from crisis_abm.runs import WorkerLost
from crisis_abm.runs.processes import NoProcesses
from crisis_abm.scenario import Problem, Scenario, ScenarioError, ready_made_scenarios
from tests.cli.small import SMALL

PATIENCE = 30  # seconds


@pytest.fixture(scope="module")
def town():
    return Scenario.from_dict(tomllib.loads(SMALL))


@pytest.fixture(scope="module")
def crew():
    """Processes for whoever wants no others: what one test kills is there anew for the next."""
    made = Workers(2)
    yield made
    made.stop()


def process(prepared, task):
    return os.getpid(), os.nice(0)


def refused(prepared, task):
    raise ScenarioError(Problem("town.toml", "kinds", message="too many"))


def killed_once(prepared, mark):
    if not os.path.exists(mark):
        with open(mark, "w", encoding="utf-8"):
            os._exit(9)
    return "there"


def killed(prepared, task):
    os._exit(9)


def slow(prepared, seconds):
    time.sleep(seconds)
    return seconds


def _until(true):
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_large_scenarios_are_long():
    found = {key: is_long(Scenario.load(path)) for key, path in ready_made_scenarios().items()}
    assert [key for key, long in found.items() if long] == ["england"]


@pytest.mark.slow
def test_long_runs_have_processes_of_their_own_that_give_way(crew, town, monkeypatch):
    short, nice = crew.ask(process, town, None)
    assert nice == os.nice(0)
    monkeypatch.setattr(module, "LONG", 1)
    long, nice = crew.ask(process, town, None)
    assert long != short
    assert nice == min(19, os.nice(0) + GIVING_WAY)


@pytest.mark.slow
def test_short_work_does_not_wait_for_long_work(crew, town, monkeypatch):
    crew.ask(process, town, None)
    with monkeypatch.context() as patch:
        patch.setattr(module, "LONG", 1)
        long = [crew.submit(slow, town, PATIENCE) for _ in range(4)]
    crew.ask(process, town, None)
    assert not any(future.done() for future in long)
    for future in long:
        future.cancel()


@pytest.mark.slow
def test_processes_for_long_runs_go_when_nobody_asks_them_any_more(town, monkeypatch):
    monkeypatch.setattr(module, "LONG", 1)
    monkeypatch.setattr(module, "IDLE", 0.5)
    crew = Workers(2)
    try:
        first, _ = crew.ask(process, town, None)
        _until(lambda: _is_dead(first))
        again, _ = crew.ask(process, town, None)
        assert again != first
    finally:
        crew.stop()


def _is_dead(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return True
    return False


@pytest.mark.slow
def test_what_a_task_raises_is_raised_and_a_death_is_survived(crew, town, tmp_path):
    with pytest.raises(ScenarioError, match="too many"):
        crew.ask(refused, town, None)
    assert crew.ask(killed_once, town, str(tmp_path / "mark")) == "there"
    with pytest.raises(WorkerLost):
        crew.ask(killed, town, None)
    assert crew.ask(slow, town, 0) == 0


def test_that_no_process_can_be_started_is_told_every_time(town, monkeypatch):
    crew = Workers(2)

    def none_here(*_):
        raise NoProcesses("worker processes cannot be started")

    monkeypatch.setattr(module, "start_processes", none_here)
    for _ in range(2 * crew.count):  # also when everybody who works off tasks has seen it
        with pytest.raises(WorkerLost, match="cannot be started"):
            crew.submit(process, town, None).result(PATIENCE)


@pytest.mark.slow
def test_what_nobody_wants_any_more_is_not_waited_for(crew, town):
    crew.ask(process, town, None)
    began = time.monotonic()
    assert crew.ask(slow, town, PATIENCE, wanted=lambda: False) is None
    assert time.monotonic() - began < PATIENCE / 2


def spinning(prepared, mark):
    """As compiled code that does not end: nothing in the process can stop it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    Path(mark).write_text(str(os.getpid()), encoding="utf-8")
    while True:
        pass


@pytest.mark.slow
def test_a_task_that_takes_too_long_is_ended_told_and_costs_nobody_else_anything(
    crew, town, tmp_path, monkeypatch
):
    for first in [crew.submit(slow, town, 0.5) for _ in range(2)]:
        first.result(PATIENCE)
    _until(lambda: crew._short._free == 2)  # both have begun: no first task is given more time
    monkeypatch.setattr(module, "COMPILING", 0.0)
    monkeypatch.setattr(crew._short, "_limit", 1.0)
    mark = tmp_path / "mark"
    endless = crew.submit(spinning, town, str(mark))
    others = [crew.submit(process, town, None) for _ in range(8)]
    with pytest.raises(TakesTooLong, match="more than 1 second"):
        endless.result(PATIENCE)
    assert [other.result(PATIENCE) for other in others]
    _until(lambda: _is_dead(int(mark.read_text(encoding="utf-8"))))
    monkeypatch.undo()  # a process that starts anew has all the time it needs
    assert crew.ask(process, town, None) is not None


@pytest.mark.slow
def test_a_process_whose_visitor_has_gone_is_ended(crew, town, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "IN_VAIN", 0.2)
    mark = tmp_path / "mark"
    assert crew.ask(spinning, town, str(mark), wanted=lambda: not mark.exists()) is None
    _until(lambda: _is_dead(int(mark.read_text(encoding="utf-8") or "0")))


@pytest.mark.slow
def test_stopping_ends_processes_in_the_middle_of_a_task(crew, town, tmp_path):
    mark = tmp_path / "mark"
    endless = crew.submit(spinning, town, str(mark))
    _until(lambda: mark.exists() and mark.read_text(encoding="utf-8"))
    crew.stop()
    assert _is_dead(int(mark.read_text(encoding="utf-8")))
    with pytest.raises(WorkerLost):
        endless.result(PATIENCE)
