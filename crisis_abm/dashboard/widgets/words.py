"""The words of the model at the foot of every page, and what a marked one means, beside it."""

from __future__ import annotations

import anywidget
import traitlets

from crisis_abm.dashboard.widgets.source import source

__all__ = ["Words"]


class Words(anywidget.AnyWidget):
    """A list that opens on demand; once on a page, it explains every word that is marked there.

    Attributes
    ----------
    words : list of [str, str, str]
        Id, word and meaning.
    """

    _esm = source("words.js")
    words = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
