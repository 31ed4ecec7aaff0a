"""Processes that pages share: short and long runs apart, deaths survived, idle ones sent home."""

import os
import time
import tomllib

import pytest

from crisis_abm.dashboard import workers as module
from crisis_abm.dashboard.workers import GIVING_WAY, Workers, is_long
from crisis_abm.runs import WorkerLost
from crisis_abm.scenario import Problem, Scenario, ScenarioError, ready_made_scenarios
from tests.cli.small import SMALL

PATIENCE = 30  # seconds


@pytest.fixture(scope="module")
def town():
    return Scenario.from_dict(tomllib.loads(SMALL))


@pytest.fixture
def crew():
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
    assert nice < GIVING_WAY
    monkeypatch.setattr(module, "LONG", 1)
    long, nice = crew.ask(process, town, None)
    assert long != short
    assert nice >= GIVING_WAY


@pytest.mark.slow
def test_short_work_does_not_wait_for_long_work(crew, town, monkeypatch):
    crew.ask(process, town, None)
    with monkeypatch.context() as patch:
        patch.setattr(module, "LONG", 1)
        long = [crew.submit(slow, town, PATIENCE) for _ in range(4)]
    crew.ask(process, town, None)
    assert not any(future.done() for future in long)


@pytest.mark.slow
def test_processes_for_long_runs_go_when_nobody_asks_them_any_more(town, monkeypatch):
    monkeypatch.setattr(module, "LONG", 1)
    monkeypatch.setattr(module, "IDLE", 0.5)
    crew = Workers(2)
    try:
        first, _ = crew.ask(process, town, None)
        _until(lambda: not os.path.exists(f"/proc/{first}") or _is_dead(first))
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


@pytest.mark.slow
def test_what_nobody_wants_any_more_is_not_waited_for(crew, town):
    crew.ask(process, town, None)
    began = time.monotonic()
    assert crew.ask(slow, town, PATIENCE, wanted=lambda: False) is None
    assert time.monotonic() - began < PATIENCE / 2
