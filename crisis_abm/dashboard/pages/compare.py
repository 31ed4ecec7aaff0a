"""The home page: what working together would change here."""

from __future__ import annotations

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.comparison_controls import ComparisonControls
from crisis_abm.dashboard.parts.error_panel import ErrorPanel
from crisis_abm.dashboard.parts.export_buttons import ExportButtons
from crisis_abm.dashboard.parts.outcome_tables import Outcomes, WhoPays
from crisis_abm.dashboard.parts.over_time import OverTime
from crisis_abm.dashboard.parts.run_view import RunView
from crisis_abm.dashboard.parts.running import use_comparison
from crisis_abm.dashboard.parts.settling import Settling
from crisis_abm.dashboard.session import use_view
from crisis_abm.dashboard.terms import told
from crisis_abm.dashboard.widgets.tour import Tour
from crisis_abm.report.finding import caveat, so_far

__all__ = ["Compare"]

TOUR = [
    [
        "The same crises, twice",
        "Siloed: everybody looks after their own. Beside it, the sliders say how far "
        "organisations work together. Both meet the same crises, so the difference is theirs.",
    ],
    [
        "What changes, and how sure",
        "The sentence on top says what working together changes, and in how many crises. Below: "
        "day by day, who pays for it, and one crisis with every organisation.",
    ],
    [
        "Why, and your own",
        "Why follows every harm back to its roots. Under Scenarios are other crises; copy one to "
        "make it your own.",
    ],
]


@solara.component
def Compare() -> None:
    """Siloed beside any mix of the principles, in the same crises."""
    view, _ = use_view()
    running = use_comparison(view)
    result = running.result
    Tour.element(steps=TOUR).key("tour")
    with solara.v.Html(tag="div", class_="ca-columns"):
        ComparisonControls(running)
        with solara.v.Html(tag="div"):
            tag("h1", running.title)
            if running.problems:
                ErrorPanel(running.problems)
            elif result is None and running.stopped:
                tag("p", "Stopped before the first crisis was run.", look="ca-finding")
            elif result is not None:
                known = (*result.policies, "90% interval", "crises", "given as a range")
                asked = None if running.finished else running.question.replicates
                said = so_far(result, asked)
                tag("p", *told(said, *known), look="ca-finding", attributes={"aria-live": "polite"})
                Settling(running)
                tag("p", caveat(result.scenario), look="ca-note")
                ExportButtons(running, view).key("taking")
                OverTime(result)
                WhoPays(result, running.finished)
            RunView(view, running).key("run view")
            if result is not None:
                Outcomes(result)
