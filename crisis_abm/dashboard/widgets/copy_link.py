"""A button that copies the address of exactly this view."""

from __future__ import annotations

from pathlib import Path

import anywidget

__all__ = ["CopyLink"]


class CopyLink(anywidget.AnyWidget):
    """Copies the page's own address, which says everything that is on the screen."""

    _esm = Path(__file__).parent / "copy_link.js"
