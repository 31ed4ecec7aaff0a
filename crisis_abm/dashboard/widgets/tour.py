"""A tour of a few steps for a first visit."""

from __future__ import annotations

import anywidget
import traitlets

from crisis_abm.dashboard.widgets.source import source

__all__ = ["Tour"]


class Tour(anywidget.AnyWidget):
    """Steps, one at a time, until the visitor has seen or closed them; this browser remembers.

    Attributes
    ----------
    steps : list of [str, str]
        Heading and sentence.
    """

    _esm = source("tour.js")
    steps = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
