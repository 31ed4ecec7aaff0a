"""Long questions of the Weak links and the Why page, each worked out in a process of its own.

An answer is the `Report` of an analysis with its pictures drawn, so that the page, its own report
and the command line say the same in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crisis_abm.report.analyses import ANALYSES, analysis_named
from crisis_abm.report.page import page_html
from crisis_abm.report.sections import Report
from crisis_abm.report.style import Drawing, drawing
from crisis_abm.scenario import Scenario

__all__ = ["INQUIRIES", "Answer", "Inquiry", "report_of"]

Progress = Callable[[int, int], None]
NARROWER = "choose one kind under Among, or fewer crises"


@dataclass(frozen=True)
class Answer:
    """A report as it is sent to a page: without what its pictures were drawn from.

    Attributes
    ----------
    report : Report
    drawings : mapping of str to Drawing
        By the name of the picture.
    """

    report: Report
    drawings: Mapping[str, Drawing]


@dataclass(frozen=True)
class Inquiry:
    """A question that a planner may have worked out.

    Attributes
    ----------
    analysis : str
        Its name in the list of analyses.
    """

    analysis: str

    def __call__(
        self, scenario: Scenario, asked: Sequence[Any], workers: int, progress: Progress
    ) -> Answer:
        """Work it out for a page's policies, crises, seed and kinds."""
        from crisis_abm.analysis.weak_links.size import TooManyRuns

        analysis = analysis_named(self.analysis)
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


INQUIRIES = {one.name: Inquiry(one.name) for one in ANALYSES if one.page is not None}
"""What works the questions out, by the names of their analyses."""
