"""What an answer is made of: a report with sections of words, tables and pictures.

Every analysis gives one `Report`, and whoever shows it renders that: the terminal (`cli.output`),
JSON (`as_plain`), CSV (`report.cells`), a page (`report.page`) and the dashboard. Nobody reads
rendered text back: a column knows its interval, a report knows whom it is about.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.report.effect_words import alike_cells, in_short
from crisis_abm.runs.statistics import Estimate


def arrays(columns: Mapping[str, Sequence[Any]]) -> dict[str, np.ndarray]:
    """Columns as arrays; an empty text where there is no figure is a missing number.

    >>> arrays({"low": [1.0, ""], "name": ["a", ""]})
    {'low': array([ 1., nan]), 'name': array(['a', ''], dtype=object)}
    """
    return {name: array(column) for name, column in columns.items()}


def array(column: Sequence[Any] | np.ndarray) -> np.ndarray:
    """One column as `arrays` has it; an array stays as it is."""
    if isinstance(column, np.ndarray):
        return column
    if any(isinstance(value, list) for value in column):
        found = np.empty(len(column), dtype=object)
        for k, value in enumerate(column):
            found[k] = value
        return found
    if any(isinstance(value, str) and value for value in column):
        return np.array(column, dtype=object)
    return np.array([np.nan if isinstance(value, str) else value for value in column])


def in_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows of the same keys as columns; of no rows none.

    >>> in_columns([{"a": 1}, {"a": 2}])
    {'a': [1, 2]}
    """
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else {})}


INTERVAL = "90% interval"
Columns = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        In files and JSON.
    values : ndarray
        To the last bit: whoever shows them rounds them.
    heading : str
        What it is called where it is read; nothing for a column that is in files and JSON only.
    low, high : ndarray or None
        The ends of the interval of each value; NaN where there is none.
    instead : sequence of str
        What is told where an interval cannot be, as "same in all 30".
    shown : ndarray or None
        Of effects, whether each is shown: -1, 0, 1.
    ends : (str, str)
        What the ends are called in files and JSON; by default the name with ``_low``, ``_high``.
    interval : str
        What the interval is called where it is read.
    more : mapping of str to ndarray
        Further columns of files and JSON that belong to it.
    signed : bool
        Whether what is above zero has a plus.
    narrow : str
        The same where a screen is too narrow for all columns.
    below : str
        Where a narrow screen has it in small print under the name of the row: how, as in
        "{} of the whole".
    """

    name: str
    values: np.ndarray
    heading: str = ""
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    instead: Sequence[str] = ()
    shown: np.ndarray | None = None
    ends: tuple[str, str] | None = None
    interval: str = INTERVAL
    more: Columns = field(default_factory=dict)
    signed: bool = False
    narrow: str = ""
    below: str = ""

    @classmethod
    def of(
        cls, name: str, values: Sequence[Any] | np.ndarray, heading: str = "", **more: Any
    ) -> Column:
        """A column of plain values; an empty text where there is none."""
        return cls(name, array(values), heading, **more)

    @classmethod
    def of_estimates(
        cls,
        name: str,
        estimates: Sequence[Estimate | None],
        heading: str = "",
        **more: Any,
    ) -> Column:
        """A column of means over crises with their intervals; None where nothing was measured."""
        ends = [one.interval if one is not None else None for one in estimates]
        alike = [one.alike if one is not None else None for one in estimates]
        told = [alike_cells(one) for one in alike]
        return cls(
            name,
            array(["" if one is None else one.mean for one in estimates]),
            heading,
            low=np.array([np.nan if pair is None else pair[0] for pair in ends]),
            high=np.array([np.nan if pair is None else pair[1] for pair in ends]),
            instead=["" if one is None else in_short(one) for one in alike],
            shown=np.array([0 if one is None else one.shown for one in estimates]),
            more={
                f"{name}_{key}": array([one[key] for one in told])
                for key in (told[0] if any(alike) else ())
            },
            signed=True,
            **more,
        )

    def plain(self) -> dict[str, np.ndarray]:
        """Everything it holds by name, as files and JSON have it."""
        found = {self.name: self.values}
        if self.low is not None and self.high is not None:
            low, high = self.ends or (f"{self.name}_low", f"{self.name}_high")
            found |= {low: self.low, high: self.high}
        return found | dict(self.more)


def columns_of(
    columns: Columns,
    headings: Mapping[str, str] | None = None,
    intervals: Mapping[str, tuple[str, str]] | None = None,
) -> tuple[Column, ...]:
    """Columns by name as those of a table, in their order.

    Parameters
    ----------
    columns : mapping of str to sequence
    headings : mapping of str to str, optional
        Where a column is not called by its name with spaces; nothing for files and JSON only.
    intervals : mapping of str to (str, str), optional
        The columns that hold the ends of the interval of another.
    """
    headings, intervals = headings or {}, intervals or {}
    ends = {name for pair in intervals.values() for name in pair}
    found = []
    for name, values in columns.items():
        if name in ends:
            continue
        heading = headings.get(name, name.replace("_", " "))
        one = Column(name, array(values), heading)
        if name in intervals:
            low, high = intervals[name]
            one = replace(
                one, low=array(columns[low]), high=array(columns[high]), ends=intervals[name]
            )
        found.append(one)
    return tuple(found)


@dataclass(frozen=True)
class Table:
    """Columns of the same length under a title.

    Attributes
    ----------
    name : str
        Of its CSV file, without the ending.
    title : str
    columns : sequence of Column
    first : int
        Rows that a screen has room for; 0 for a table that is never shown there.
    ranked : bool
        Whether the first rows are those that matter: of a longer table a screen shows these.
        One that is not ranked is shown whole or left to its file.
    unfolded : bool
        Whether a page shows it without being asked, however long it is.
    """

    name: str
    title: str
    columns: Sequence[Column]
    first: int = 8
    ranked: bool = False
    unfolded: bool = False

    def __post_init__(self) -> None:
        lengths = {name: len(values) for name, values in self.plain().items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns differ in length: {lengths}")

    def __len__(self) -> int:
        return max((len(one.values) for one in self.columns), default=0)

    def plain(self) -> dict[str, np.ndarray]:
        """Every column by name, as files and JSON have it."""
        return {name: values for one in self.columns for name, values in one.plain().items()}


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
    own_numbers : str
        Title of their table on a page; nothing where a table beside the picture holds them.
    """

    name: str
    about: str
    draw: Callable[[], Any]
    columns: Columns
    own_numbers: str = ""


@dataclass(frozen=True)
class Again:
    """The same crises once more, with something else set.

    Attributes
    ----------
    about : str
        Half a sentence: with what.
    settings : sequence of str
        As ``PATH=VALUE``.
    policies : sequence of str
    replicates : int or None
        Crises; None for the one that was asked for.
    """

    about: str
    settings: Sequence[str]
    policies: Sequence[str]
    replicates: int | None = None


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
    again : sequence of Again
        Runs that look further.
    """

    name: str
    title: str
    words: Sequence[str]
    tables: Sequence[Table] = ()
    pictures: Sequence[Picture] = ()
    again: Sequence[Again] = ()


@dataclass(frozen=True)
class Report:
    """What an analysis came to.

    Attributes
    ----------
    title : str
        Of what was looked at.
    finding : str
    asked : str
        What was run, in a line.
    caveat : str
        The scenario's own reservation; nothing where it gives none.
    sections : sequence of Section
    facts : mapping
        Plain data by name for JSON: what was asked, and figures that no table holds.
    about : sequence of (str, str)
        How it was made, item by item.
    data : callable
        Gives all that it is computed from: columns by the name of a CSV file. A bundle keeps
        these, and `reproduce` compares them.
    files : mapping of str to callable
        What writes files that are neither tables nor pictures, by name.
    who : sequence of (str, str)
        Id and name of organisations that it is about.
    """

    title: str
    finding: str
    asked: str
    caveat: str
    sections: Sequence[Section]
    facts: Mapping[str, Any]
    about: Sequence[tuple[str, str]]
    data: Callable[[], Mapping[str, Columns]]
    files: Mapping[str, Callable[[Path], None]] = field(default_factory=dict)
    who: Sequence[tuple[str, str]] = ()

    @property
    def pictures(self) -> list[Picture]:
        """Those of all sections."""
        return [one for section in self.sections for one in section.pictures]


VERSION = 2
"""Of the layout; 1 is what every command had of its own."""


def as_plain(kind: str, report: Report, bundle: Path | None = None) -> dict[str, Any]:
    """A report as JSON can hold it: no NaN, no infinity, no dates.

    Parameters
    ----------
    kind : str
        The name of the analysis.
    report : Report
    bundle : Path, optional
        The folder that keeps it.

    Returns
    -------
    dict
        version, analysis, title, finding, caveat, the facts by their names, sections, about and
        bundle. A fact of the same name stands in place of the finding: that of a comparison is by
        policy.
    """
    return {
        "version": VERSION,
        "analysis": kind,
        "title": report.title,
        "finding": report.finding,
        "caveat": report.caveat,
        **_plain_value(report.facts),
        "sections": [_section(one) for one in report.sections],
        "about": dict(report.about),
        "bundle": None if bundle is None else str(bundle),
    }


def _section(section: Section) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": section.name,
        "title": section.title,
        "words": list(section.words),
        "tables": {one.name: _table(one) for one in section.tables},
        "pictures": {
            one.name: {"about": one.about, "columns": _plain_value(arrays(one.columns))}
            for one in section.pictures
        },
    }
    if section.again:
        found["again"] = [
            {
                "about": one.about,
                "set": list(one.settings),
                "policies": list(one.policies),
                "replicates": one.replicates,
            }
            for one in section.again
        ]
    return found


def _table(table: Table) -> dict[str, Any]:
    return {"title": table.title, "columns": _plain_value(table.plain())}


def _plain_value(value: Any) -> Any:
    """A value as JSON can hold it; None for a figure that is none."""
    if isinstance(value, Mapping):
        return {str(name): _plain_value(one) for name, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.kind == "M":
            return value.astype(str).tolist()
        return _plain_value(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain_value(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
