"""Long analyses: told how far they are, ended when nobody wants them, kept when they are there."""

import html
import os
import pickle
import threading
import time
import tomllib
from typing import Any

import pytest

from crisis_abm.dashboard.data.analyses import Analyses, Progress, answer_of, report_of
from crisis_abm.report.analyses import ANALYSES
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.schema.policy import BUILT_IN
from tests.cli.small import SMALL

pytestmark = pytest.mark.slow  # every analysis starts a process
TWO = ("weak-links", "principles")
ASKED_BY_PAGES = [one.name for one in ANALYSES if one.page is not None]
AT_ONCE = 2


@pytest.fixture(scope="module")
def town():
    return Scenario.from_dict(tomllib.loads(SMALL))


def counted(scenario, arguments, workers, progress):
    for done in range(3):
        progress(done + 1, 3)
        time.sleep(0.3)
    return (scenario.title, *arguments)


def endless(scenario, arguments, workers, progress):
    (mark,) = arguments
    with open(mark, "w", encoding="utf-8") as file:
        file.write(str(os.getpid()))
    while True:
        progress(1, 2)
        time.sleep(0.05)


def refused(scenario, arguments, workers, progress):
    raise ScenarioError(Problem("town.toml", "kinds", message="too many", remedy="name some"))


def killed(scenario, arguments, workers, progress):
    os._exit(9)


def run(analyses, analysis, town, arguments=(), wanted=lambda: True):
    told: list[Any] = []
    analyses.run(analysis, town, arguments, (analysis.__name__, arguments), told.append, wanted)
    return told


def turns_are_free(analyses):
    """Whether as many may begin as at first; each that could not gives its turn back."""
    taken = [analyses._turns.acquire(blocking=False) for _ in range(AT_ONCE)]
    for _ in filter(None, taken):
        analyses._turns.release()
    return all(taken)


def test_it_tells_how_far_it_is_and_keeps_the_answer(town):
    analyses = Analyses()
    assert analyses.known(("counted", ("x",))) is None
    told = run(analyses, counted, town, ("x",))
    assert told[0] == Progress(queued=True)
    assert any((one.done, one.total) in ((1, 3), (2, 3)) for one in told)
    assert told[-1].answer == (town.title, "x")
    assert analyses.known(("counted", ("x",))).answer == told[-1].answer


def test_left_is_what_the_rest_takes_at_the_rate_so_far():
    assert Progress(25, 100, 10.0).left == 30.0
    assert Progress(0, 100, 10.0).left is None
    assert Progress(1, 100, 0.1).left is None  # too early to say


def test_its_process_ends_when_nobody_wants_it(town, tmp_path):
    mark, ended = tmp_path / "mark", threading.Event()
    work = (Analyses(), endless, town, (str(mark),), lambda: not ended.is_set())
    thread = threading.Thread(target=run, args=work)
    thread.start()
    deadline = time.monotonic() + 60
    while not (mark.exists() and mark.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    ended.set()
    thread.join(30)
    assert not thread.is_alive()
    with pytest.raises(ProcessLookupError):
        for _ in range(200):
            os.kill(int(mark.read_text()), 0)
            time.sleep(0.05)


def test_who_comes_later_waits_for_a_turn(town, tmp_path):
    analyses, ended, mark = Analyses(at_once=1), threading.Event(), tmp_path / "mark"
    first = threading.Thread(
        target=run, args=(analyses, endless, town, (str(mark),), lambda: not ended.is_set())
    )
    first.start()
    deadline = time.monotonic() + 60
    while not mark.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    patience = iter([True, True, False])
    assert run(analyses, counted, town, (), lambda: next(patience)) == [Progress(queued=True)]
    ended.set()
    first.join(30)
    assert run(analyses, counted, town)[-1].answer == (town.title,)


def waited_in_vain(scenario, arguments, workers, progress):
    raise TimeoutError("nobody answered")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"longest": 1.0}, "it took more than 1.0 s. Take fewer crises"),
        ({"still": 1.0}, "no run was finished for 1.0 s. Take fewer ticks"),
    ],
)
def test_what_takes_too_long_is_ended_and_its_turn_is_free(town, tmp_path, limits, words):
    analyses, mark = Analyses(at_once=AT_ONCE, **limits), tmp_path / "mark"
    (problem,) = run(analyses, endless, town, (str(mark),))[-1].problems
    assert words in problem and "sets no limit" in problem
    if mark.exists() and (identity := mark.read_text()):
        with pytest.raises(ProcessLookupError):
            for _ in range(200):
                os.kill(int(identity), 0)
                time.sleep(0.05)
    assert turns_are_free(analyses)


@pytest.mark.parametrize(
    ("analysis", "words"),
    [
        (waited_in_vain, "nobody answered"),
        (refused, "kinds: too many; name some"),
        (killed, "end without an answer"),
    ],
)
def test_what_goes_wrong_is_told_and_not_kept(town, analysis, words):
    analyses = Analyses(at_once=AT_ONCE)
    (problem,) = run(analyses, analysis, town)[-1].problems
    assert words in problem
    assert analyses.known((analysis.__name__, ())) is None
    assert turns_are_free(analyses)


@pytest.mark.parametrize("name", ASKED_BY_PAGES)
def test_each_question_is_answered_in_sections_with_a_report(town, name):
    told = []
    asked = (tuple(BUILT_IN.values()), 3, 0, None)
    answer = answer_of(name, town, asked, 1, lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert answer.report.finding
    answer = pickle.loads(pickle.dumps(answer))  # as it comes from its process
    report = html.unescape(report_of(town.title, [answer]))
    assert answer.report.finding in report
    for section in answer.report.sections:
        for picture in section.pictures:
            assert answer.drawings[picture.name].png.startswith(b"\x89PNG")
            assert picture.about in report
        assert all(table.title in report for table in section.tables)
    assert {identity for identity, _ in answer.report.who} <= set(town_ids(town))


def town_ids(scenario):
    from crisis_abm.runs import Prepared

    return Prepared(scenario).tables.ids


def test_answers_together_are_one_report(town):
    asked = (tuple(BUILT_IN.values()), 2, 0, None)
    answers = [answer_of(name, town, asked, 1, lambda done, total: None) for name in TWO]
    report = html.unescape(report_of(town.title, answers))
    for answer in answers:
        assert answer.report.finding in report
        assert answer.report.about[0][1] in report
