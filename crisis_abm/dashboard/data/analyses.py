"""Long analyses, each in a process of its own: how far it is, its answer, and a way to end it.

They take a minute where a comparison takes a second, so they do not stand in the queue of the
shared workers, and give way to them. So many run at once on this machine; whoever comes later waits
for a turn. Answers that are there are kept, so that a page that is opened again has them at once.
An answer is the `Report` of an analysis with its pictures drawn, so that the page, its own report
and the command line say the same in the same words.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any

from crisis_abm.dashboard.data.workers import GIVING_WAY, LOST
from crisis_abm.dashboard.scenarios.problems import sentences
from crisis_abm.report.analyses import analysis_named
from crisis_abm.report.page import page_html
from crisis_abm.report.sections import Report
from crisis_abm.report.style import Drawing, drawing
from crisis_abm.report.words import minutes
from crisis_abm.runs import WorkerLost
from crisis_abm.runs.prepared import Recent
from crisis_abm.runs.processes import (
    prepared_here,
    start_processes,
    stop_processes,
    workers_available,
)
from crisis_abm.scenario import Scenario

Analysis = Callable[..., Any]
PATIENCE = 0.25  # seconds between two looks at how far it is
MOST_KEPT = 12  # answers, some megabytes each
SOON = 1.0  # second: earlier than that nobody knows how long it will take
LONGEST = 3 * 3600.0  # seconds an analysis may take: far longer than any that is not refused
STILL = 1800.0  # seconds without a run that ends: the longest allowed takes ten minutes by itself
NARROWER = "choose one kind under Among, or fewer crises"
NO_LIMIT = "or use the command crisis-abm, which sets no limit."


@dataclass(frozen=True)
class Progress:
    """How far an analysis is.

    Attributes
    ----------
    done, total : int
        Runs; 0 of 0 while it waits for a turn or begins.
    seconds : float
        Since the first of them were done: a process takes a while to begin.
    queued : bool
        Whether it waits for a turn.
    answer : object
        None until it is there.
    problems : tuple of str
        Why there is none.
    """

    done: int = 0
    total: int = 0
    seconds: float = 0.0
    queued: bool = False
    answer: Any = None
    problems: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.answer is not None or bool(self.problems)

    @property
    def left(self) -> float | None:
        """Seconds that the rest will take; None where nothing can be said yet."""
        if not self.done or self.seconds < SOON:
            return None
        return self.seconds / self.done * max(0, self.total - self.done)


class Analyses:
    """Analyses of all visitors; so many at once as there are pairs of cores, two at least.

    One is ended since others wait for its turn: after `longest` seconds in all, or `still` ones
    without a run that ends.
    """

    def __init__(
        self, at_once: int | None = None, longest: float = LONGEST, still: float = STILL
    ) -> None:
        self._longest, self._still = longest, still
        self._turns = threading.BoundedSemaphore(at_once or max(2, workers_available() // 2))
        self._kept = Recent(MOST_KEPT)
        self._lock = threading.Lock()
        self._pools: set[ProcessPoolExecutor] = set()

    def known(self, key: Any) -> Progress | None:
        """What was answered to the same question."""
        answer = self._kept.look_up(key)
        return None if answer is None else Progress(answer=answer)

    def run(
        self,
        analysis: Analysis,
        scenario: Scenario,
        arguments: tuple[Any, ...],
        key: Any,
        tell: Callable[[Progress], None],
        wanted: Callable[[], bool],
    ) -> None:
        """Work something out, telling how far it is now and then; to be called in a thread.

        Parameters
        ----------
        analysis : callable
            Module-level: ``analysis(scenario, arguments, workers, progress)``; its answer is never
            None.
        scenario : Scenario
        arguments : tuple
        key : object
            Under which its answer is kept.
        tell : callable
        wanted : callable
            When it says no, the process is ended, and nothing more is told.
        """
        tell(Progress(queued=True))
        while not self._turns.acquire(timeout=PATIENCE):
            if not wanted():
                return
        try:
            ended = self._run(analysis, scenario, arguments, tell, wanted)
        finally:
            self._turns.release()
        if ended is None or not wanted():
            return
        if ended.answer is not None:
            self._kept.put(key, ended.answer, lambda _: 1)
        tell(ended)

    def stop(self) -> None:
        """End the processes of all analyses."""
        with self._lock:
            pools = list(self._pools)
        for pool in pools:
            stop_processes(pool)

    def _run(
        self,
        analysis: Analysis,
        scenario: Scenario,
        arguments: tuple[Any, ...],
        tell: Callable[[Progress], None],
        wanted: Callable[[], bool],
    ) -> Progress | None:
        """How it ended; None if it is not wanted any more."""
        counts = multiprocessing.get_context("spawn").Array("q", 2)
        began, now = time.monotonic(), Progress()
        first = moved = began
        tell(now)
        pool = start_processes(_shared, counts, 1)
        with self._lock:
            self._pools.add(pool)
        try:
            future = pool.submit(_work, analysis, scenario, arguments)
            while True:
                try:
                    return replace(now, answer=future.result(PATIENCE))
                except NotYet as error:
                    if future.done():  # the analysis itself waited for something in vain
                        return replace(now, problems=sentences(error))
                    if not wanted():
                        return None
                    done, total = counts[:]
                    if not now.total:
                        began = time.monotonic()
                    moved = time.monotonic() if done != now.done else moved
                    now = Progress(done, total, time.monotonic() - began)
                    if ended := self._too_late(first, moved):
                        return replace(now, problems=(ended,))
                    tell(now)
        except (BrokenProcessPool, WorkerLost):
            return replace(now, problems=(LOST,))
        except Exception as error:
            return replace(now, problems=sentences(error))
        finally:
            stop_processes(pool)
            with self._lock:
                self._pools.discard(pool)

    def _too_late(self, first: float, moved: float) -> str:
        """Why it is to be ended, if it is: it began and had a run done last at these times."""
        now = time.monotonic()
        if now - first > self._longest:
            most = f"it took more than {minutes(self._longest)}"
            return f"This was ended: {most}. Take fewer crises, ticks or organisations; {NO_LIMIT}"
        if now - moved > self._still:
            most = f"no run was finished for {minutes(self._still)}"
            return f"This was ended: {most}. Take fewer ticks or organisations; {NO_LIMIT}"
        return ""


def _shared(counts: Any) -> Any:
    return counts


def _work(analysis: Analysis, scenario: Scenario, arguments: Sequence[Any]) -> Any:
    """In the process: one core is left to the others, if there are several."""
    if hasattr(os, "nice"):
        os.nice(GIVING_WAY)
    counts = prepared_here()

    def progress(done: int, total: int) -> None:
        counts[:] = [done, total]

    return analysis(scenario, tuple(arguments), max(1, workers_available() - 1), progress)


@dataclass(frozen=True)
class Answer:
    """A report without what its pictures were drawn from, and the drawings by their names."""

    report: Report
    drawings: Mapping[str, Drawing]


def answer_of(
    name: str,
    scenario: Scenario,
    asked: Sequence[Any],
    workers: int,
    progress: Callable[[int, int], None],
) -> Answer:
    """The answer of an analysis of the list to a page's policies, crises, seed and kinds."""
    from crisis_abm.analysis.weak_links.evaluator import TooManyRuns

    analysis = analysis_named(name)
    assert analysis.page is not None
    arguments = analysis.page.arguments(*asked)
    try:
        result = analysis.run(scenario, arguments, workers=workers, progress=progress)
    except TooManyRuns as error:
        raise error.with_remedy(NARROWER) from error
    report = analysis.report(result)
    return Answer(_sent(report), {one.name: drawing(one) for one in report.pictures})


def _sent(report: Report) -> Report:
    sections = [
        replace(one, pictures=[replace(picture, draw=_gone) for picture in one.pictures])
        for one in report.sections
    ]
    return replace(report, sections=sections, data=_gone, files={})


def _gone() -> Any:
    """What a picture was drawn from is left where that was done: it holds every run."""
    raise RuntimeError("this is left where it was worked out")


def report_of(title: str, answers: Sequence[Answer]) -> str:
    """Answers as one page to keep."""
    reports = [one.report for one in answers]
    drawings = {name: made for one in answers for name, made in one.drawings.items()}
    return page_html(
        title,
        [one.finding for one in reports],
        [section for one in reports for section in one.sections],
        [*(one.about[0] for one in reports), *reports[0].about[1:]],
        drawings,
    )
