"""A button that copies the address of exactly this view."""

from __future__ import annotations

import anywidget

from crisis_abm.dashboard.widgets.source import source

__all__ = ["CopyLink"]


class CopyLink(anywidget.AnyWidget):
    """Copies the page's own address, which says everything that is on the screen."""

    _esm = source("copy_link.js")
