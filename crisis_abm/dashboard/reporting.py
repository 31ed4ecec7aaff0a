"""The reports of what is on a page, written by a worker process."""

from __future__ import annotations

from crisis_abm import history
from crisis_abm.analysis.cascade.trace import trace
from crisis_abm.engine import Detail
from crisis_abm.report.cascade.page import cascade_about, cascade_sections
from crisis_abm.report.cascade.words import trace_finding
from crisis_abm.report.comparison.page import comparison_about, comparison_sections
from crisis_abm.report.drawing import drawing
from crisis_abm.report.finding import so_far
from crisis_abm.report.page import page_html
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
    sections = comparison_sections(result, runs, asked)
    drawings = {one.name: drawing(one) for section in sections for one in section.pictures}
    lead = [so_far(result, asked), scenario.description]
    return page_html(scenario.title, lead, sections, comparison_about(result, asked), drawings)


def cascade_report_of(prepared: Prepared, task: tuple[Policy, int, int, str]) -> str:
    """The page of a traced crisis: policy, seed of the comparison, replicate, organisation."""
    policy, seed, replicate, chosen = task
    scenario = prepared.scenario
    result = trace(scenario, policy, seed, replicate, workers=1)
    sections = cascade_sections(result, chosen)
    drawings = {one.name: drawing(one) for section in sections for one in section.pictures}
    asked = ("Crisis", f"{replicate}, from seed {seed}")
    about = [*cascade_about(result), asked]
    return page_html(scenario.title, [f"{trace_finding(result)}."], sections, about, drawings)
