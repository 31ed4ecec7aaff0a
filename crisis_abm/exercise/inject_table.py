"""Injects as a table, CSV or XLSX, both ways: what `injects_table` writes, `read_injects` reads.

One row an inject, one column a key of it (`COLUMNS`). The effect is TOML in one line, as it would
stand behind an equals sign; several names of seats are kept apart by commas; questions to ask stand
in lines of their own. Files may be as spreadsheets save them (`scenario.io.csv_table`).
"""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from crisis_abm.exercise.schema import Inject
from crisis_abm.scenario import Problem, ScenarioError
from crisis_abm.scenario.io.cells import Row
from crisis_abm.scenario.io.load import KeptFile, read_bytes, refuse_too_deep
from crisis_abm.scenario.io.write import emit, inline
from crisis_abm.scenario.problems import NOTHING, FirstProblems
from crisis_abm.scenario.pydantic_errors import faults
from crisis_abm.spreadsheet import MARK, csv_text, for_spreadsheet, from_spreadsheet

COLUMNS: dict[str, str] = {
    "no": "number",
    "date": "date",
    "text": "text",
    "from": "from",
    "to": "to",
    "effect": "effect",
    "expected": "expected",
    "objective": "objective",
    "if not": "if_not",
    "after": "after",
    "agreed": "agreed",
    "acknowledge": "acknowledge",
    "ask": "ask",
}
"""Headings in their order, each with the key of `[[injects]]` that stands under it."""

SHEET = "injects"
LARGEST_TABLE = 5_000_000  # bytes
LONGEST_CELL = 32_767  # characters: as many as a spreadsheet keeps
YES, NO = ("yes", "true", "1", "x"), ("no", "false", "0")

_FIRST_DAY = date(1900, 3, 1)  # before it spreadsheets disagree about what day it was
_WIDTHS = {"text": 60, "effect": 50, "expected": 30, "if not": 30, "ask": 40, "to": 20, "date": 12}
_SIMPLE = re.compile(r"[A-Za-z0-9_-]+")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_OTHER_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_LIKE_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_BREAK = re.compile(r"\r\n|\r|\n")
_INJECT_PLACE = re.compile(r"injects\[(\d+)\]\.?(.*)", re.DOTALL)
_NAMED_TABLE = re.compile(r"^[ \t]*injects[ \t]*=[^\r\n]*$", re.MULTILINE)

Format = Literal["csv", "xlsx"]


def read_injects(table: Path | bytes, name: str) -> list[dict[str, Any]]:
    """The injects of a table, as the entries of `[[injects]]` that say the same.

    Parameters
    ----------
    table : Path or bytes
        A CSV file or a workbook with a sheet called injects, or what is in one.
    name : str
        What to call it in messages.

    Raises
    ------
    ScenarioError
        With every cell that cannot be.
    """
    return read_table(table, name).injects


@dataclass(frozen=True)
class InjectTable:
    """The injects of a table, and where each stands.

    Attributes
    ----------
    called : str
        The file, and perhaps the sheet, in messages.
    injects : list of dict
        As entries of `[[injects]]`.
    rows : list of str
        What the row of each is called: "row 3".
    """

    called: str
    injects: list[dict[str, Any]]
    rows: list[str]

    def told(self, problem: Problem) -> Problem:
        """A problem of `injects[2].date` as one of the cell it stands in."""
        place = _INJECT_PLACE.fullmatch(problem.place)
        if place is None or int(place[1]) >= len(self.rows):
            return problem
        return replace(
            problem, file=self.called, place=_cell(self.rows[int(place[1])], place[2]), line=None
        )

    def written_into(self, text: str, data: Mapping[str, Any]) -> str:
        """The text of an exercise that named this table, with the injects in it instead.

        Parameters
        ----------
        text : str
            TOML in which ``injects`` is the name of the table.
        data : mapping
            What it says, the injects included.
        """
        if not self.injects:
            return _NAMED_TABLE.sub("injects = []", text, count=1)
        entries = emit({"injects": self.injects})
        whole = f"{_NAMED_TABLE.sub('', text, count=1).rstrip()}\n\n{entries}"
        try:
            says = tomllib.loads(whole)
        except tomllib.TOMLDecodeError:
            says = {}
        return whole if says == data else emit(data)


def read_table(table: Path | bytes, name: str) -> InjectTable:
    """As `read_injects`, with where each stands.

    Raises
    ------
    ScenarioError
    """
    content = table if isinstance(table, bytes) else read_bytes(table, LARGEST_TABLE, name)
    called, rows = _rows(KeptFile(name, content), name)
    problems = FirstProblems(called)
    injects: list[dict[str, Any]] = []
    for row, cells in rows:
        entry, wrong = _entry(cells, called, row)
        problems.add(*wrong)
        injects.append(entry)
    problems.raise_any()
    return InjectTable(called, injects, [row for row, _ in rows])


def injects_table(injects: Iterable[Inject], format: Format) -> bytes:
    """The table that says the same as some injects; nothing in it is computed by a spreadsheet.

    Parameters
    ----------
    injects : iterable of Inject
    format : {"csv", "xlsx"}

    Raises
    ------
    ScenarioError
        If an inject has more to say than a cell of a workbook holds.
    """
    rows = [[_shown(one, heading) for heading in COLUMNS] for one in injects]
    if format == "csv":
        return (MARK + csv_text([list(COLUMNS), *rows])).encode()
    return _workbook(rows)


# ----------------------------------------------------------------------------------------- reading


def _rows(file: KeptFile, name: str) -> tuple[str, list[Row]]:
    if file.content.startswith(b"PK"):
        from crisis_abm.scenario.io.workbook import read_workbook

        ((_, sheet),) = read_workbook(file, name, {SHEET: tuple(COLUMNS)}, tuple(COLUMNS))
        return sheet.called, sheet.rows
    from crisis_abm.scenario.io.csv_table import read_csv

    return name, read_csv(file, name, tuple(COLUMNS), tuple(COLUMNS))


def _entry(cells: Mapping[str, Any], file: str, row: str) -> tuple[dict[str, Any], list[Problem]]:
    """An entry of `[[injects]]`, and what is wrong with it."""
    entry: dict[str, Any] = {}
    problems: list[Problem] = []
    for heading, cell in cells.items():
        read = _READERS.get(heading, _text)
        try:
            entry[COLUMNS[heading]] = read(cell)
        except _Wrong as wrong:
            place = _cell(row, COLUMNS[heading])
            problems.append(Problem(file, place, cell, wrong.message, wrong.remedy))
    if problems:
        return entry, problems
    try:
        Inject.model_validate(entry)
    except ValidationError as error:
        for problem in faults(error, file, Inject):
            remedy = problem.remedy
            if problem.message == "is missing":
                remedy = "write it into its cell"
            place = _cell(row, problem.place)
            problems.append(replace(problem, place=place, remedy=remedy))
    return entry, problems


def _cell(row: str, place: str) -> str:
    """What a cell is called, by the place of a key in its inject."""
    headings = {key: heading for heading, key in COLUMNS.items()}
    parts = re.match(r"\w*", place)
    key = parts[0] if parts else ""
    if key not in headings:
        return f"{row}, {place}" if place else row
    inside = place[len(key) :].lstrip(".") if key == "effect" else ""
    return f"{row}, column {headings[key]}" + (f", {inside}" if inside else "")


class _Wrong(Exception):
    """A cell that cannot be; why, and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


def _text(cell: Any) -> str:
    if isinstance(cell, bool | date):
        raise _Wrong("is not text", "format its column as text, and write it again")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return from_spreadsheet(str(cell)).strip()


def _whole(cell: Any) -> int:
    if isinstance(cell, bool) or not re.fullmatch(r"\d{1,9}(\.0)?", str(cell).strip()):
        raise _Wrong("must be a whole number of at least 1", "write it in figures")
    return int(float(str(cell)))


def _when(cell: Any) -> int | date:
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return cell
    shown = str(cell).strip()
    if _ISO.fullmatch(shown):
        try:
            return date.fromisoformat(shown)
        except ValueError:
            raise _Wrong("is no day of any year", "write one like 2015-12-06") from None
    if _OTHER_DATE.fullmatch(shown):
        raise _Wrong("may be read as two days", "write year, month and day: 2015-12-06")
    if isinstance(cell, bool) or not re.fullmatch(r"\d{1,9}(\.0)?", shown):
        raise _Wrong("must be a day like 2015-12-06, or a tick", "or leave it empty: sent by hand")
    return int(float(shown))


def _agreed(cell: Any) -> bool:
    said = str(cell).strip().casefold()
    if said not in YES + NO:
        raise _Wrong("must be yes or no", "or leave it empty: no")
    return said in YES


def _names(cell: Any) -> list[str]:
    shown = _text(cell)
    if shown.startswith("["):
        names = _toml(shown, 'write names with commas between them, or ["one, with a comma"]')
        if isinstance(names, list) and all(isinstance(one, str) for one in names):
            return names
        raise _Wrong("must be names", "write them with commas between them")
    names = [one.strip() for one in re.split(r"[,;\n]", shown)]
    return [one for one in names if one]


def _effect(cell: Any) -> Any:
    effect = _toml(_text(cell), 'write it in one line, as { stock = 0.5, resource = "ppe" }')
    many = isinstance(effect, list) and all(isinstance(one, dict) for one in effect)
    if not isinstance(effect, dict) and not many:
        raise _Wrong("must be an event in { }, or several in [ ]", "add the brackets")
    return effect


def _toml(shown: str, remedy: str) -> Any:
    try:
        data = tomllib.loads(f"cell = {shown}")
        refuse_too_deep(data, "")
    except (ValueError, RecursionError, ScenarioError) as error:
        reason = re.sub(r"\s*\(at .*\)$", "", str(error)) if isinstance(error, ValueError) else ""
        if re.search("[“”„«»‘’]", shown):
            remedy = 'replace the printed quotes by plain ones: "'
        message = "cannot be read" + (f": {reason[0].lower()}{reason[1:]}" if reason else "")
        raise _Wrong(message, remedy) from None
    if list(data) != ["cell"]:
        raise _Wrong("says more than one thing", remedy)
    return data["cell"]


def _lines(cell: Any) -> list[str]:
    return [line.strip() for line in _BREAK.split(_text(cell)) if line.strip()]


_READERS: dict[str, Callable[[Any], Any]] = {
    "no": _whole,
    "date": _when,
    "to": _names,
    "effect": _effect,
    "after": _whole,
    "agreed": _agreed,
    "acknowledge": _agreed,
    "ask": _lines,
}


# ----------------------------------------------------------------------------------------- writing


def _shown(inject: Inject, heading: str) -> str | int | date:
    """What stands in a cell; nothing where a key says what it would say without."""
    key = {"from": "sender"}.get(COLUMNS[heading], COLUMNS[heading])
    value = getattr(inject, key)
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if key == "effect":
        return inline(value)
    if key == "ask":
        return "\n".join(value)
    if key == "to":
        return ", ".join(value) if all(map(_SIMPLE.fullmatch, value)) else inline(value)
    shown: str | int | date = value
    return shown


def _workbook(rows: Sequence[Sequence[str | int | date]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    for at, heading in enumerate(COLUMNS, start=1):
        sheet.cell(1, at, heading).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(at)].width = _WIDTHS.get(heading, 14)
    for below, row in enumerate(rows, start=2):
        for at, value in enumerate(row, start=1):
            if value == "":
                continue
            cell = sheet.cell(below, at)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            if isinstance(value, int) or (isinstance(value, date) and value >= _FIRST_DAY):
                cell.value = value
                if isinstance(value, date):
                    cell.number_format = "yyyy-mm-dd"
                continue
            text = for_spreadsheet(str(value))
            if len(text) > LONGEST_CELL:
                place = f"row {below}, column {list(COLUMNS)[at - 1]}"
                message = f"has {len(text):,} characters; a cell holds {LONGEST_CELL:,}"
                problem = Problem(SHEET, place, NOTHING, message, "write the table as CSV")
                raise ScenarioError(problem)
            cell.value = _storable(text)
            cell.data_type = "s"  # whatever it looks like
            cell.quotePrefix = True  # stays text when somebody edits it
    sheet.freeze_panes = "A2"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _storable(text: str) -> str:
    """A text as a workbook holds it, in which XML would lose a carriage return."""
    return _LIKE_ESCAPED.sub("_x005F_", text).replace("\r", "_x000D_")
