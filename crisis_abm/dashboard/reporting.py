"""The report of what is on the home page, written by a worker process."""

from __future__ import annotations

from crisis_abm import history
from crisis_abm.engine import Detail
from crisis_abm.report.comparison.page import comparison_about, comparison_sections
from crisis_abm.report.drawing import drawing
from crisis_abm.report.finding import finding
from crisis_abm.report.page import page_html
from crisis_abm.runs import Comparison, Prepared, run_once

__all__ = ["report_of"]


def report_of(prepared: Prepared, task: tuple[Comparison, int]) -> str:
    """The page of a comparison, with one of its crises (a replicate) day by day."""
    result, crisis = task
    scenario = prepared.scenario
    runs = []
    if history.detail_for(scenario, prepared.tables) == Detail.ORGANISATIONS:
        runs = [run_once(scenario, policy, result.seed, crisis) for policy in result.policies]
    sections = comparison_sections(result, runs)
    drawings = {one.name: drawing(one) for section in sections for one in section.pictures}
    lead = [finding(result), scenario.description]
    return page_html(scenario.title, lead, sections, comparison_about(result), drawings)
