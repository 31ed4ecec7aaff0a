"""One crisis under two policies in the browser: heat maps and networks under one scrubber.

The whole run is sent once; playing, scrubbing and pointing then happen where it is looked at.
"""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from crisis_abm.dashboard.binary_arrays import unpacked
from crisis_abm.dashboard.widgets.source import source

__all__ = ["CHOSEN_MARK", "DAY_MARK", "RunCanvas"]

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
