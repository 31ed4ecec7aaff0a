"""What a browser is told of the page as a whole: its language and its title."""

from __future__ import annotations

import anywidget
import traitlets

from crisis_abm.dashboard.widgets.source import source

__all__ = ["PageAbout"]


class PageAbout(anywidget.AnyWidget):
    """Sets the language and title of the page it is on; tells when its server is away."""

    _esm = source("page_about.js")
    title = traitlets.Unicode("crisis_abm").tag(sync=True)
    language = traitlets.Unicode("en-GB").tag(sync=True)
