"""What can be taken away from a page: its report, and the link that reopens it."""

from __future__ import annotations

from collections.abc import Callable

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.running import Running
from crisis_abm.dashboard.reporting import cascade_report_of, report_of
from crisis_abm.dashboard.session import workers
from crisis_abm.dashboard.view import View
from crisis_abm.dashboard.widgets.copy_link import CopyLink
from crisis_abm.dashboard.widgets.files import Fetch

__all__ = ["ExportButtons", "ExportWhy"]

PATIENCE = 600  # seconds


@solara.component
def ExportButtons(running: Running, view: View) -> None:
    """Buttons for the report and the link.

    Parameters
    ----------
    running : Running
        With a result.
    view : View
    """

    def made() -> str:
        assert running.scenario is not None
        asked = None if running.finished else running.question.replicates
        task = (running.result, min(view.crisis, view.replicates - 1), asked)
        return str(workers().submit(report_of, running.scenario, task).result(PATIENCE))

    with solara.v.Html(tag="div", class_="ca-row"):
        _report(made, "report")
        CopyLink.element().key("link")
        if not running.finished:
            tag("span", f"from {running.done} crises so far", look="ca-note")


@solara.component
def ExportWhy(running: Running, view: View) -> None:
    """The same for a crisis that is explained.

    Parameters
    ----------
    running : Running
        With a scenario.
    view : View
    """

    def made() -> str:
        assert running.scenario is not None
        task = (running.policies[view.under], view.seed, view.crisis, view.chosen)
        return str(workers().submit(cascade_report_of, running.scenario, task).result(PATIENCE))

    with solara.v.Html(tag="div", class_="ca-row"):
        _report(made, "why")
        CopyLink.element().key("link")


def _report(made: Callable[[], str], name: str) -> None:
    Fetch.element(
        label="Report",
        busy="Writing the report …",
        name=f"crisis_abm-{name}.html",
        kind="text/html",
        make=made,
    ).key("report")
