"""The table behind a chart: native HTML, made in the browser, with its CSV file."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from crisis_abm.dashboard.widgets.source import source

__all__ = ["Numbers"]


class Numbers(anywidget.AnyWidget):
    """Rows as they are read, and the same as a CSV file to the last bit.

    Attributes
    ----------
    caption : str
    headings : list of str
    rows : list of list of str
        What stands in the cells; the first of a row is its heading.
    terms : dict of str to str
        Ids of what headings and rows mean (`terms.identity`), by what stands there.
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
