"""The reports of what is on a page, written by a worker process."""

from __future__ import annotations

from crisis_abm import history
from crisis_abm.analysis.cascade.trace import trace
from crisis_abm.engine import Detail
from crisis_abm.report.cascade import trace_report
from crisis_abm.report.comparison import comparison_report
from crisis_abm.report.page import page_html
from crisis_abm.report.sections import Report
from crisis_abm.report.style import drawing
from crisis_abm.runs import Comparison, Prepared, run_once
from crisis_abm.scenario import Policy

__all__ = ["cascade_report_of", "report_of"]


def report_of(prepared: Prepared, task: tuple[Comparison, int, int | None]) -> str:
    """The page of a comparison, with one of its crises (a replicate) day by day.

    Last comes how many crises there will be while some still come in, else None.
    """
    result, crisis, asked = task
    scenario = prepared.scenario
    runs = []
    if history.detail_for(scenario, prepared.tables) == Detail.ORGANISATIONS:
        runs = [run_once(scenario, policy, result.seed, crisis) for policy in result.followed]
    report = comparison_report(result, runs, asked)
    return _page(report, [report.finding, scenario.description])


def cascade_report_of(prepared: Prepared, task: tuple[Policy, int, int, str]) -> str:
    """The page of a traced crisis: policy, seed of the comparison, replicate, organisation."""
    policy, seed, replicate, chosen = task
    scenario = prepared.scenario
    result = trace(scenario, policy, seed, replicate, workers=1)
    report = trace_report(result, chosen)
    return _page(report, [report.finding])


def _page(report: Report, lead: list[str]) -> str:
    drawings = {one.name: drawing(one) for one in report.pictures}
    return page_html(report.title, lead, report.sections, report.about, drawings)
