"""What a report is made of: sections of words, figures and tables.

Whoever has found something says it in these terms; how a page shows them is `report.page`'s affair.
Every figure carries the numbers that it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Picture", "Section", "Table"]

Columns = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Table:
    """Columns of the same length under a title.

    Attributes
    ----------
    name : str
        Of its CSV file, without the ending.
    title : str
    columns : dict of str to ndarray
        To the last bit: a page rounds them.
    headings : dict of str to str
        What columns are called on the page, where their names do not say it.
    """

    name: str
    title: str
    columns: Columns
    headings: Mapping[str, str]


@dataclass(frozen=True)
class Picture:
    """A figure, how it is drawn and what it shows.

    Attributes
    ----------
    name : str
        Of its PNG, SVG and CSV files, without the ending.
    about : str
        One or two sentences for whoever cannot see it: what is drawn and what it says.
    draw : callable
        Gives the matplotlib figure (`style.new_figure`), with its finding as title.
    columns : dict of str to ndarray
        The numbers that are drawn.
    """

    name: str
    about: str
    draw: Callable[[], Any]
    columns: Columns


@dataclass(frozen=True)
class Section:
    """A part of a report.

    Attributes
    ----------
    name : str
        A short word for its address in the page.
    title : str
    words : sequence of str
        Paragraphs; the first one is the finding.
    tables : sequence of Table
    pictures : sequence of Picture
    """

    name: str
    title: str
    words: Sequence[str]
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
