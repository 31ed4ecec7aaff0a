"""Pictures that a browser draws by itself, to be pointed at, and the tables behind them.

A run of a crisis is sent once; playing, scrubbing and pointing then happen where it is looked at.
"""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from crisis_abm.dashboard.data.trajectories import unpacked
from crisis_abm.dashboard.widgets import source

# Stand in an address where the browser puts the day and the organisation: View(day=DAY_MARK, …).
DAY_MARK, CHOSEN_MARK = 987654321, "\0"


class RunCanvas(anywidget.AnyWidget):
    """A crisis day by day.

    Attributes
    ----------
    data : bytes
        Of `trajectories.trajectory`; none while there is nothing to show yet.
    title, waiting, problem : str
        The heading until there is data; that something is on its way; why nothing will come.
    known : dict
        ``{"day": 31, "chosen": "north_hospital_1"}``, as the address has it.
    at : dict
        The same as it is in the browser, once one rests there; what does not exist is dropped.
    here, why : str
        Addresses of this page and of the one that says why an organisation fell short, with
        `DAY_MARK` and `CHOSEN_MARK` in them.
    """

    _esm = source("run_view.js")
    data = traitlets.Bytes(b"").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    waiting = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    known = traitlets.Dict(default_value={"day": 0, "chosen": ""}).tag(sync=True)
    at = traitlets.Dict(default_value={"day": 0, "chosen": ""}).tag(sync=True)
    here = traitlets.Unicode("").tag(sync=True)
    why = traitlets.Unicode("").tag(sync=True)

    _steps = 0
    _ids: frozenset[str] = frozenset()

    @traitlets.observe("data")
    def _read(self, change: dict[str, Any]) -> None:
        header = unpacked(change["new"])[0] if change["new"] else {}
        self._steps, self._ids = header.get("steps", 0), frozenset(header.get("ids", ()))

    @traitlets.validate("at")
    def _there(self, proposal: dict[str, Any]) -> dict[str, Any]:
        value = proposal["value"]
        day, chosen = value.get("day"), value.get("chosen")
        if type(day) is not int or not 0 <= day < max(1, self._steps):
            return dict(self.at)
        there = isinstance(chosen, str) and chosen in self._ids
        return {"day": day, "chosen": chosen if there else ""}


class CascadeTree(anywidget.AnyWidget):
    """Roots on the left, those who were hit by day, lines as wide as the harm that came that way.

    Attributes
    ----------
    data : dict
        The drawing of `explaining.cascade_of`; empty while there is none.
    title : str
        What is found, for those who do not see the picture.
    way : list of int
        Signs on the way to the chosen organisation, the root first.
    why : str
        Address of why an organisation was hit, with `CHOSEN_MARK` in it.
    """

    _esm = source("cascade_tree.js")
    data: Any = traitlets.Dict().tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    way: Any = traitlets.List(traitlets.Int()).tag(sync=True)
    why = traitlets.Unicode("").tag(sync=True)


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


class Numbers(anywidget.AnyWidget):
    """Rows as they are read, and the same as a CSV file to the last bit.

    Attributes
    ----------
    caption : str
    headings : list of str
    rows : list of list of str
        What stands in the cells; the first of a row is its heading.
    terms : dict of str to str
        Ids of what headings and rows mean (`html.identity`), by what stands there.
    links : dict of str to list of str
        By the number of a column, the address that each of its cells leads to; nothing for none.
    figures : list of bool
        By column, whether its cells are figures, set right.
    csv, name : str
        Content and name of the file.
    folded : bool
        Whether the table opens on demand.
    """

    _esm = source("numbers.js")
    caption = traitlets.Unicode("").tag(sync=True)
    headings = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows: Any = traitlets.List().tag(sync=True)
    terms = traitlets.Dict().tag(sync=True)
    links: Any = traitlets.Dict().tag(sync=True)
    figures = traitlets.List(traitlets.Bool()).tag(sync=True)
    csv = traitlets.Unicode("").tag(sync=True)
    name = traitlets.Unicode("numbers.csv").tag(sync=True)
    folded = traitlets.Bool(True).tag(sync=True)
