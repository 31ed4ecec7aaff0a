"""What can be taken away from a page: its report, and the link that reopens it."""

from __future__ import annotations

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.running import Running
from crisis_abm.dashboard.reporting import report_of
from crisis_abm.dashboard.session import workers
from crisis_abm.dashboard.view import View
from crisis_abm.dashboard.widgets.copy_link import CopyLink
from crisis_abm.dashboard.widgets.files import Fetch

__all__ = ["Taking"]

PATIENCE = 600  # seconds


@solara.component
def Taking(running: Running, view: View) -> None:
    """Buttons for the report and the link.

    Parameters
    ----------
    running : Running
        With a result.
    view : View
    """

    def made() -> str:
        assert running.scenario is not None
        task = (running.result, min(view.crisis, view.replicates - 1))
        return str(workers().submit(report_of, running.scenario, task).result(PATIENCE))

    with solara.v.Html(tag="div", class_="ca-row"):
        Fetch.element(
            label="Report",
            busy="Writing the report …",
            name="crisis_abm-report.html",
            kind="text/html",
            make=made,
        ).key("report")
        CopyLink.element().key("link")
        if not running.finished:
            tag("span", f"from {running.done} crises so far", look="ca-note")
