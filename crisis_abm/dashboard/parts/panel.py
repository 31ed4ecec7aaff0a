"""The panel of what is asked, beside a page; on a small screen folded, above it."""

from __future__ import annotations

from typing import Any

import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.widgets.controls import Button

__all__ = ["Panel"]


@solara.component
def Panel(label: str, children: list[Any]) -> None:
    """Controls in the order in which they are read.

    Parameters
    ----------
    label : str
        What they decide, for a screen reader and for the button that unfolds them.
    children : list of element
    """
    unfolded, unfold = solara.use_state(False)
    fold = Button.element(
        label=label,
        unfolds="yes" if unfolded else "no",
        on_presses=lambda _: unfold(not unfolded),
    ).key("fold")
    inside = tag("div", *children, look="ca-panel-inside")
    look = "ca-panel ca-panel-unfolded" if unfolded else "ca-panel"
    tag("section", fold, inside, look=look, attributes={"aria-label": label})
