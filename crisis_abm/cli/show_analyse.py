"""The report on a sweep, on the screen and as JSON: what was found, and tables that fit."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer
from rich.measure import Measurement
from rich.table import Table as RichTable

from crisis_abm.cli import screen
from crisis_abm.experiment import Results
from crisis_abm.report.cells import Shown, shown
from crisis_abm.report.files import PAGE
from crisis_abm.report.sections import Section, Table
from crisis_abm.report.sweep.about import lead, left_out_words, row_again
from crisis_abm.report.words import counted

__all__ = ["as_json", "show"]

ROWS = 8  # a table with more is left to the report
FEWEST = 6  # columns, where the others do not fit
HEADING = 10  # letters in a line of a heading


def show(results: Results, found: Sequence[Section], place: Path) -> None:
    """Show every section's finding, with its tables where they are short; and where the rest is."""
    screen.say(results.experiment.title, "bold")
    for paragraph in lead(results):
        screen.say(paragraph)
    for section in found:
        if not section.words:
            continue
        typer.echo()
        screen.say(section.title, "bold underline")
        screen.say(section.words[0], "bold")
        for table in section.tables:
            _show_if_it_fits(table)
    pictures = sum(len(section.pictures) for section in found)
    typer.echo()
    figures = counted(pictures, "figure")
    typer.echo(f"A row again: {row_again(results.folder)}")
    screen.say(f"How sure this is, {figures} and all numbers are in the report:")
    typer.echo(f"  {place / PAGE}")


def _show_if_it_fits(table: Table) -> None:
    """A short table; of a wide one the columns from the left that fit, if these are enough."""
    cells = shown(table.columns, table.headings, ROWS + 1)
    if cells.total > ROWS:
        return
    console, every = screen.stdout(), len(cells.headings)
    for columns in range(every, min(every, FEWEST) - 1, -1):
        drawn = _drawn(cells, columns, table.title)
        if _cuts_a_range(cells, columns) or _width(console, drawn) > console.width:
            continue
        typer.echo()
        console.print(drawn)
        if columns < every:
            more = counted(every - columns, "more column")
            screen.say(f"({more} in {table.name}.csv)", "dim")
        return


def _drawn(cells: Shown, columns: int, title: str) -> RichTable:
    drawn = screen.new_table(title)
    pairs = zip(cells.headings[:columns], cells.numeric[:columns], strict=True)
    for heading, numeric in pairs:
        folded = textwrap.fill(heading.strip(), HEADING)
        drawn.add_column(folded, justify="right" if numeric else "left", no_wrap=True)
    for row in cells.rows:
        drawn.add_row(*row[:columns])
    return drawn


def _cuts_a_range(cells: Shown, columns: int) -> bool:
    """Whether the first column that is left out is the upper end of the last that is not."""
    return columns < len(cells.headings) and cells.headings[columns].strip().startswith("to")


def _width(console: Any, drawn: RichTable) -> int:
    return Measurement.get(console, console.options.update(max_width=10_000), drawn).maximum


def as_json(results: Results, found: Sequence[Section], place: Path) -> dict[str, Any]:
    """The layout of ``analyse --json``: words and tables of every section, in order."""
    experiment = results.experiment
    return {
        "experiment": experiment.title,
        "fingerprint": experiment.fingerprint(),
        "folder": str(results.folder),
        "scenario": experiment.scenario.title,
        "caveat": experiment.scenario.caveat,
        "left_out": left_out_words(experiment),
        "runs": experiment.runs,
        "statuses": dict(results.statuses),
        "sections": [
            {
                "name": section.name,
                "title": section.title,
                "words": list(section.words),
                "tables": {one.name: _plain(one) for one in section.tables},
                "pictures": [one.name for one in section.pictures],
            }
            for section in found
        ],
        "report": str(place / PAGE),
        "bundle": str(place),
    }


def _plain(table: Table) -> dict[str, Any]:
    columns = {
        name: [None if _is_gap(value) else value for value in np.asarray(column).tolist()]
        for name, column in table.columns.items()
    }
    return {"title": table.title, "columns": columns}


def _is_gap(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
