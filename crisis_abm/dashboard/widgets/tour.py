"""A tour of a few steps for a first visit."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

__all__ = ["Tour"]


class Tour(anywidget.AnyWidget):
    """Steps, one at a time, until the visitor has seen or closed them; this browser remembers.

    Attributes
    ----------
    steps : list of [str, str]
        Heading and sentence.
    """

    _esm = Path(__file__).parent / "tour.js"
    steps = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
