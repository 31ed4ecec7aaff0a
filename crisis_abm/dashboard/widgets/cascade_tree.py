"""The cascade of a crisis as a picture to point at, to walk with the keyboard, to click."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from crisis_abm.dashboard.widgets.source import source

__all__ = ["CascadeTree"]


class CascadeTree(anywidget.AnyWidget):
    """Roots on the left, those who were hit by day, lines as wide as the harm that came that way.

    Attributes
    ----------
    data : dict
        The drawing of `cascade.cascade_of`; empty while there is none.
    title : str
        What is found, for those who do not see the picture.
    way : list of int
        Signs on the way to the chosen organisation, the root first.
    why : str
        Address of why an organisation was hit, with `CHOSEN_MARK` of `widgets.run_view` in it.
    """

    _esm = source("cascade_tree.js")
    data: Any = traitlets.Dict().tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    way: Any = traitlets.List(traitlets.Int()).tag(sync=True)
    why = traitlets.Unicode("").tag(sync=True)
