"""The report after an exercise, or in the middle of one: one page, and its tables as CSV files.

*After-action report and improvement plan* in the words of the Homeland Security Exercise and
Evaluation Program (HSEEP), *post-exercise report* in those of the United Kingdom.
"""

from crisis_abm.exercise.after_action.build import (
    after_action_report,
    as_page,
    as_tables,
    report_files,
    report_html,
)

__all__ = ["after_action_report", "as_page", "as_tables", "report_files", "report_html"]
