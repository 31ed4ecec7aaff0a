"""What every command that runs something does with what came of it: keeps it, and shows it."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from crisis_abm.cli import screen
from crisis_abm.cli.errors import NothingWritten, reason

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

    from crisis_abm.cli.options import RunRequest
    from crisis_abm.report.sections import Again, Column, Report, Section, Table
    from crisis_abm.scenario import Scenario


@dataclass(frozen=True)
class Answering:
    """Somebody waits for an answer: on the screen or in JSON, perhaps in a folder, too.

    Parameters
    ----------
    kind : str
        Of the bundle: the name of the command.
    scenario : Scenario
    changes : sequence of str or None
        As given with ``--set``.
    out : Path or None
    json : bool

    Raises
    ------
    BundleError
        At once, if the folder cannot be written: before anything is run.
    """

    kind: str
    scenario: Scenario
    changes: Sequence[str] | None
    out: Path | None
    json: bool
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        claimed(self.out)

    def tell(
        self,
        report: Report,
        facts: Mapping[str, Any],
        seconds: float,
        asked: RunRequest | None = None,
        again: Callable[[Again], str] | None = None,
    ) -> None:
        """Keep a report if that was asked for, then say it.

        Parameters
        ----------
        report : Report
        facts : mapping
            What the manifest says of how it was made, for `reproduce` to do it again.
        seconds : float
        asked : RunRequest, optional
            The row of a sweep that it may be.
        again : callable, optional
            The command that an `Again` of the report stands for.
        """
        folder = None
        if self.out is not None:
            from crisis_abm.report.style import files

            how = (self.scenario, facts, self.changes, self.began, seconds)
            drawn = files({one.name: one.draw for one in report.pictures})
            folder = kept(self.out, self.kind, *how, report.data(), {**drawn, **report.files})
        outcomes = report.facts.get("outcomes", {})
        if self.json:
            from crisis_abm.report.sections import as_plain

            row = asked.as_json(outcomes) if asked is not None else {}
            screen.show_json({**as_plain(self.kind, report, folder), **row})
            return
        if asked is not None:
            asked.show_head()
        show_report(report, again or (lambda one: ""))
        if asked is not None:
            asked.show_foot(outcomes)
        if folder is not None:
            from crisis_abm.report.copyable import command, place

            again_here = command("reproduce", folder)
            typer.echo(f"\nKept in {place(folder)}\nRun it again: {again_here}")


def claimed(out: Path | None) -> None:
    """Refuse a folder that cannot be written before anything is run."""
    if out is not None:
        from crisis_abm.runs.bundle import claim

        claim(out)


def kept(
    out: Path,
    kind: str,
    scenario: Scenario,
    facts: Mapping[str, Any],
    changes: Sequence[str] | None,
    began: datetime,
    seconds: float,
    tables: Mapping[str, Any],
    pictures: Mapping[str, Any],
) -> Path:
    """Write a bundle; `facts` are what `reproduce` needs to do the same again."""
    from crisis_abm.runs.bundle import write_bundle

    manifest = {
        **facts,
        "changes": list(changes or []),
        "command": ["crisis-abm", *sys.argv[1:]],
        "started": began.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
    }
    try:
        return write_bundle(out, kind, scenario, manifest, tables, pictures)
    except OSError as error:  # name the place that was asked for, not a temporary one
        raise NothingWritten(error.errno, reason(error), str(out)) from error


FEWEST = 6  # columns, where the others do not fit
HEADING = 13  # letters in a line of a heading
NAME = 22  # letters of a text that is not folded
MOST_SET = 12  # values in one command: more are not read


def show_report(report: Report, again: Callable[[Again], str], whole: bool = True) -> None:
    """Show a report.

    Parameters
    ----------
    report : Report
    again : callable
        The command that does what an `Again` stands for.
    whole : bool
        Whether every paragraph is shown, or of each section the first.
    """
    screen.say(report.finding, "bold")
    if report.caveat:
        screen.say(f"Caveat: {report.caveat}", "bold")
    if report.asked:
        typer.echo()
        screen.say(report.asked)
    for section in report.sections:
        _section(section, report.finding, again, whole)


def _section(
    section: Section,
    finding: str,
    again: Callable[[Again], str],
    whole: bool,
) -> None:
    words = [text for text in section.words if text not in finding.split("\n")]
    if words or section.tables:
        typer.echo()
        screen.say(section.title, "bold underline")
    paragraphs = words if whole else words[:1]
    for text in paragraphs:
        screen.say(text, "" if whole else "bold", indent=2 if len(paragraphs) > 1 else 0)
    for table in section.tables:
        _table(table, section.title, whole)
    for one in section.again:
        typer.echo()
        if len(one.settings) > MOST_SET:
            many = f"its {len(one.settings):,} values for --set are in --json, under again"
            screen.say(f"{one.about}: {many}", "dim")
            continue
        others = " (others: --json)" if one.settings else ""
        screen.say(f"{one.about}{others}:", "dim")
        typer.echo(f"  {again(one)}")


def _table(table: Table, above: str, whole: bool) -> None:
    """A table that is short or ranked; of a wide one the columns from the left that fit."""
    if not len(table) or not table.first:
        return
    from crisis_abm.report.words import counted

    where = "--json" if whole else f"--json, or {table.name}.csv"
    if len(table) > table.first + 1 and not table.ranked:
        screen.say(f"({len(table):,} rows: {where})", "dim")
        return
    console = screen.stdout()
    rows = len(table) if len(table) <= table.first + 1 else table.first
    title = "" if table.title == above else table.title
    shown = [one for one in table.columns if one.heading]
    small = [one for one in shown if one.below]
    beside = [one for one in shown if not one.below]
    drawn = _drawn(title, beside, small, rows)
    if _width(console, drawn) > console.width:
        small += [one for one in beside if one.narrow]
        beside = [one for one in beside if not one.narrow]
        drawn = _drawn(title, beside, small, rows)
    count = len(beside)
    while count > FEWEST and _width(console, drawn) > console.width:
        count -= 1
        drawn = _drawn(title, beside[:count], small, rows)
    typer.echo()
    screen.show(drawn)
    if count < len(beside):
        screen.say(f"({counted(len(beside) - count, 'more column')}: {where})", "dim")
    if len(table) > rows:
        screen.say(f"({len(table) - rows:,} more: {where})", "dim")


def _drawn(title: str, columns: Sequence[Column], below: Sequence[Column], rows: int) -> RichTable:
    from crisis_abm.report.cells import is_numeric

    drawn = screen.new_table(title)
    cells = [_cells(column, rows) for column in columns]
    if below and cells:
        name = max(range(len(cells)), key=lambda k: _letters(cells[k]))
        cells[name] = _with_below(cells[name], below, rows)
    for column, texts in zip(columns, cells, strict=True):
        number = is_numeric(column, rows)
        letters = _letters(texts)
        drawn.add_column(
            textwrap.fill(column.heading, HEADING if number else 40),
            justify="right" if number else "left",
            no_wrap=number,
            overflow="fold",
            min_width=min(letters, NAME),
        )
    for row in zip(*cells, strict=True):
        drawn.add_row(*row)
    return drawn


def _letters(cells: Sequence[Any]) -> int:
    """Of the longest line in a column."""
    return max((len(line) for cell in cells for line in cell.plain.split("\n")), default=0)


def _cells(column: Column, most: int) -> list[Any]:
    """Values with their intervals in small print under them; what is shown is bold."""
    from rich.text import Text

    from crisis_abm.report.cells import intervals, texts

    values, ends = texts(column, most), intervals(column, most, "…")
    strong = [False] * len(values) if column.shown is None else [bool(s) for s in column.shown]
    return [
        Text.assemble(
            (value, "bold" if strong[k] else ""),
            *([("\n" + ends[k], "dim")] if ends and value != "–" else []),
        )
        for k, value in enumerate(values)
    ]


def _with_below(names: list[Any], below: Sequence[Column], most: int) -> list[Any]:
    from rich.text import Text

    from crisis_abm.report.cells import texts

    small_print = [[_in_small(column, text) for text in texts(column, most)] for column in below]
    return [
        Text.assemble(
            name, *([("\n" + "; ".join(filter(None, small)), "dim")] if any(small) else [])
        )
        for name, *small in zip(names, *small_print, strict=True)
    ]


def _in_small(column: Column, text: str) -> str:
    return "" if text == "–" else (column.below or column.narrow).format(text)


def _width(console: Console, drawn: RichTable) -> int:
    from rich.measure import Measurement

    return Measurement.get(console, console.options.update(max_width=10_000), drawn).maximum
