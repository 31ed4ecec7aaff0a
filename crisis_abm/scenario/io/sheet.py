"""One sheet of a workbook, cell by cell as it stands there, as rows of a table.

What the sheet claims of its size is not believed: rows and columns are where the cells say. A cell
without content is nothing, however far away it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from crisis_abm.scenario.io.cells import TEXT_COLUMNS, Row, as_number, header, with_points
from crisis_abm.scenario.problems import NOTHING, FirstProblems, Problem, ScenarioError

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # of any spreadsheet
LONGEST = 100_000  # characters of a cell; spreadsheets hold 32,767
_PARTS = {"share", "reliability"}  # may be given in per cent
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REPAIR = "open it in a spreadsheet program and save it anew"


@dataclass(frozen=True)
class Book:
    """What all sheets of a workbook share.

    Attributes
    ----------
    strings : list of str
    dates, percents : frozenset of int
        Styles that show a number as a date, or in per cent.
    from_1904 : bool
        Whether days are counted from 1904.
    """

    strings: Sequence[str] = ()
    dates: frozenset[int] = frozenset()
    percents: frozenset[int] = frozenset()
    from_1904: bool = False


@dataclass
class _Cell:
    column: int
    kind: str
    style: str
    formula: str | None = None
    stored: str | None = None


@dataclass
class Sheet:
    """Listens to a sheet; `finish` gives its rows.

    Parameters
    ----------
    called : str
        Of the sheet, in messages.
    columns : sequence of str
        The columns there may be.
    book : Book
    text_columns : collection of str
        Those of them in which no number is looked for.
    """

    called: str
    columns: Sequence[str]
    book: Book
    text_columns: Collection[str] = frozenset(TEXT_COLUMNS)
    rows: list[Row] = field(default_factory=list)
    hidden_rows: int = 0
    number: int = 0

    def __post_init__(self) -> None:
        self._keys: list[str] | None = None
        self._problems = FirstProblems(self.called)
        self._cells: dict[int, Any] = {}
        self._cell: _Cell | None = None
        self._parts: list[str] | None = None
        self._length = 0
        self._last = 0
        self._merged: list[tuple[int, int, int, int, str]] = []
        self._hidden: set[int] = set()
        self._in_rows = self._phonetic = self._hidden_row = False

    @property
    def place(self) -> str:
        """How far reading has come."""
        return f"row {self.number}" if self.number else "row 1"

    def start(self, space: str, name: str, attributes: Mapping[str, str]) -> None:
        """Hear of the begin of an element."""
        if name == "sheetData":
            self._in_rows = True
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            self._hide(attributes.get("min", ""), attributes.get("max", ""))
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif not self._in_rows:
            return
        elif name == "row":
            self._begin_row(attributes)
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "rPh":
            self._phonetic = True
        elif name in ("v", "f", "t") and self._cell is not None and not self._phonetic:
            self._parts, self._length = [], 0

    def end(self, space: str, name: str) -> None:
        """Hear of the end of an element."""
        if name == "sheetData":
            self._in_rows = False
        elif not self._in_rows:
            return
        elif name == "row":
            self._end_row()
        elif name == "c" and self._cell is not None:
            value = self._value(self._cell)
            if value is not None and value != "":
                if self._cell.column in self._cells:
                    raise self._damaged("has two cells in one place")
                self._cells[self._cell.column] = value
            self._cell = None
        elif name == "rPh":
            self._phonetic = False
        elif name in ("v", "f", "t") and self._parts is not None and self._cell is not None:
            text, self._parts = "".join(self._parts), None
            if name == "f":
                self._cell.formula = text
            else:
                self._cell.stored = (self._cell.stored or "") + text

    def text(self, text: str) -> None:
        """Hear of text."""
        if self._parts is not None:
            self._parts.append(text)
            self._length += len(text)
            if self._length > LONGEST:
                raise self._damaged(f"has a cell of more than {LONGEST:,} characters")

    def finish(self) -> list[Row]:
        """The rows, once all was heard.

        Raises
        ------
        ScenarioError
            With all that is wrong with them.
        """
        if self._keys is None:
            header([], self.called, self.columns)
        self._find_merged()
        self._problems.add_all(with_points(self.rows, self.text_columns, None, self.called))
        self._problems.raise_any()
        return self.rows

    def hidden_columns(self) -> int:
        """How many columns that have a heading are not shown."""
        return sum(column <= len(self._keys or ()) for column in self._hidden)

    def _hide(self, first: str, last: str) -> None:
        if re.fullmatch("[0-9]{1,5}", first) and re.fullmatch("[0-9]{1,5}", last):
            self._hidden |= set(range(int(first), min(int(last), LAST_COLUMN) + 1))

    def _damaged(self, message: str) -> ScenarioError:
        return ScenarioError(Problem(self.called, self.place, NOTHING, message, _REPAIR))

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        given = attributes.get("r", str(self.number + 1))
        if not re.fullmatch("[0-9]{1,9}", given) or not self.number < int(given) <= LAST_ROW:
            raise self._damaged(f'is followed by a row called "{given[:20]}"')
        self.number = int(given)
        self._cells, self._last, self._cell = {}, 0, None
        self._hidden_row = attributes.get("hidden") in ("1", "true")

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        reference = attributes.get("r")
        column = self._last + 1
        if reference is not None:
            column, row = _position(reference)
            if not column or row != self.number:
                raise self._damaged(f'has a cell called "{reference[:20]}"')
        if column > LAST_COLUMN:
            raise self._damaged(f"has more than {LAST_COLUMN:,} cells")
        self._last = column
        kind = attributes.get("t", "n")
        self._cell = _Cell(column, kind, attributes.get("s", "0"))

    def _end_row(self) -> None:
        cells, self._cells = self._cells, {}
        if self._keys is None:
            if self.number > 1:
                header([], self.called, self.columns)
            written = [cells.get(k) for k in range(1, max(cells, default=0) + 1)]
            self._keys = header(written, self.called, self.columns)
            return
        row: dict[str, Any] = {}
        for column, value in sorted(cells.items()):
            key = self._keys[column - 1] if column <= len(self._keys) else None
            problem = self._fault(key or str(column), value)
            if problem is not None:
                self._problems.add(problem)
            elif key is None:
                message, remedy = "has a cell without a heading", "name its column in row 1"
                place = f"row {self.number}, column {column}"
                self._problems.add(Problem(self.called, place, value, message, remedy))
            else:
                row[key] = value.value if isinstance(value, _Percent) else value
        if row:
            self.rows.append((f"row {self.number}", row))
            self.hidden_rows += self._hidden_row

    def _fault(self, column: str, value: Any) -> Problem | None:
        place = f"row {self.number}, column {column}"
        if isinstance(value, _Unknown):
            return Problem(self.called, place, value.shown, value.message, value.remedy)
        if isinstance(value, _Percent) and column not in {*_PARTS, *self.text_columns}:
            message = f"is shown as {value.value * 100:g}%; it may be that or {value.value:g}"
            remedy = "format it as a number, and write which it is"
            return Problem(self.called, place, NOTHING, message, remedy)
        return None

    def _value(self, cell: _Cell) -> Any:
        """What stands in a cell, None if nothing does."""
        stored = cell.stored
        if cell.kind == "e":
            remedy = "write the value, or mend the formula and save the workbook"
            return _Unknown(stored or "#ERROR", "is an error", remedy)
        if cell.formula is not None and (stored is None or (stored == "" and cell.kind != "str")):
            remedy = "write the value, or save the workbook from a spreadsheet program"
            return _Unknown(f"={cell.formula}", "is a formula without a stored value", remedy)
        if stored is None:
            return None
        if cell.kind in ("str", "inlineStr"):
            return text_of(stored).strip()
        stored = stored.strip()
        if stored == "":
            return None
        if cell.kind == "s":
            known = re.fullmatch("[0-9]{1,9}", stored) and int(stored) < len(self.book.strings)
            if not known:
                return _Unknown(stored, "is a text that the workbook does not hold", _REPAIR)
            return self.book.strings[int(stored)].strip()
        if cell.kind == "b":
            return {"1": True, "true": True, "0": False, "false": False}.get(stored.lower(), stored)
        if cell.kind == "d":
            return _iso_date(stored)
        if cell.kind != "n":
            return _Unknown(stored, f'is of the unknown type "{cell.kind[:20]}"', _REPAIR)
        return self._number(stored, cell.style)

    def _number(self, stored: str, style: str) -> Any:
        number = as_number(stored)
        if number is None:
            return _Unknown(stored, "must be a number", "write it again")
        known = int(style) if re.fullmatch("[0-9]{1,6}", style) else 0
        if known in self.book.dates:
            return _day(number, self.book.from_1904)
        if known in self.book.percents:
            return _Percent(number)
        return int(stored) if re.fullmatch("-?[0-9]{1,15}", stored) else number

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        (left, top), (right, bottom) = _position(first), _position(last)
        if left and right and (left, top) != (right, bottom) and len(self._merged) < LAST_ROW:
            self._merged.append((left, top, right, bottom, reference))

    def _find_merged(self) -> None:
        """A value in the first of some merged cells may be meant for all of them."""
        keys = self._keys or []
        rows = {int(called.removeprefix("row ")): cells for called, cells in self.rows}
        for left, top, _, _, reference in self._merged:
            key = keys[left - 1] if left <= len(keys) else None
            value = rows.get(top, {}).get(key) if key else None
            if value is not None:
                message = f"stands in merged cells ({reference}); it may be meant for all of them"
                remedy = "take the cells apart, and write it wherever it is meant"
                place = f"row {top}, column {key}"
                self._problems.add(Problem(self.called, place, value, message, remedy))


@dataclass(frozen=True)
class _Unknown:
    """A cell that holds something, but not what."""

    shown: str
    message: str
    remedy: str


@dataclass(frozen=True)
class _Percent:
    value: float


def text_of(stored: str) -> str:
    """A text as a workbook writes it, where ``_x000D_`` is a sign that XML cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), stored)


def _position(reference: str) -> tuple[int, int]:
    """Column and row of a cell, counted from 1; noughts if it has none."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return 0, 0
    column = 0
    for letter in match[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column, int(match[2])


def _iso_date(stored: str) -> Any:
    try:
        return datetime.fromisoformat(stored)
    except ValueError:
        return _Unknown(stored, "is no date", "write it again")


def _day(number: float, from_1904: bool) -> Any:
    try:
        first = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
        return first + timedelta(days=int(number))
    except (OverflowError, ValueError):  # the sign of a fault of format, and no day of any year
        return _Unknown(f"{number:g}", "is shown as a date, and is none", "write it again")
