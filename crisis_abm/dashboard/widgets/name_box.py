"""A line of text that offers names which are known."""

from __future__ import annotations

import traitlets

from crisis_abm.dashboard.widgets.controls import TextBox

__all__ = ["NameBox"]


class NameBox(TextBox):
    """As `TextBox`; other names may be written, too.

    Attributes
    ----------
    names : list of str
        That are offered.
    several : bool
        Whether several may be written, with commas between them.
    """

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    several = traitlets.Bool(False).tag(sync=True)
