"""Events on a line of time, which can be moved and stretched there."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from crisis_abm.dashboard.widgets.source import source

__all__ = ["Timeline"]


class Timeline(anywidget.AnyWidget):
    """Bars from the first to the last tick of events, with the keyboard, a pointer or a finger.

    Attributes
    ----------
    events : list of dict
        ``number``, ``what``, ``start``, ``end``, ``once``, ``waits`` as of `event_times.Span`;
        ``fault``, what is wrong with it; ``link``, the address of its form.
    steps, length : int
    unit, first : str
        As of `event_times.Calendar`; the date as ``2020-02-24`` or nothing.
    removable : bool
        Whether an event can be taken away here.
    asked : callable
        ``asked("move", number, start, end)`` or ``asked("remove", number, None, None)``. It returns
        whether that was done; a browser that asks for what cannot be is shown things as they are.
    """

    _esm = source("timeline.js")
    events: Any = traitlets.List(traitlets.Dict()).tag(sync=True)
    steps = traitlets.Int(1).tag(sync=True)
    length = traitlets.Int(0).tag(sync=True)
    unit = traitlets.Unicode("day").tag(sync=True)
    first = traitlets.Unicode("").tag(sync=True)
    removable = traitlets.Bool(True).tag(sync=True)
    asked = traitlets.Callable(None, allow_none=True)

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.on_msg(self._came)

    def _came(self, widget: Any, content: Any, buffers: list[Any]) -> None:
        wanted = self._understood(content)
        if wanted is None or self.asked is None or not self.asked(*wanted):
            self.send({"what": "refused"})

    def _understood(self, content: Any) -> tuple[str, int, int | None, int | None] | None:
        """What a browser asks for, if it is something that it could."""
        if not isinstance(content, dict):
            return None
        number, start, end = (content.get(key) for key in ("number", "start", "end"))
        event = next((one for one in self.events if one["number"] == number), None)
        if type(number) is not int or event is None:
            return None
        if content.get("what") == "remove" and self.removable:
            return "remove", number, None, None
        if content.get("what") != "move" or event["start"] is None or type(start) is not int:
            return None
        most = max(self.steps, event["end"] or 0)
        if not (0 <= start < self.steps):
            return None
        if end is not None and (type(end) is not int or not start < end <= most):
            return None
        return "move", number, start, end
