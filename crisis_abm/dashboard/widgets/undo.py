"""Undo and redo, by buttons and by keys."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from crisis_abm.dashboard.widgets.source import source

__all__ = ["Undo"]


class Undo(anywidget.AnyWidget):
    """Two buttons; Ctrl+Z and Ctrl+Shift+Z (Cmd on a Mac) do the same anywhere on the page.

    Where text is typed that was not told yet, the keys are left to it.

    Attributes
    ----------
    undoable, redoable : int
        How many changes.
    asked : callable
        ``asked("undo")`` or ``asked("redo")``.
    """

    _esm = source("undo.js")
    undoable = traitlets.Int(0).tag(sync=True)
    redoable = traitlets.Int(0).tag(sync=True)
    asked = traitlets.Callable(None, allow_none=True)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.on_msg(self._came)

    def _came(self, widget: Any, content: Any, buffers: list[Any]) -> None:
        what = content.get("what") if isinstance(content, dict) else None
        if what in ("undo", "redo") and self.asked is not None:
            self.asked(what)
