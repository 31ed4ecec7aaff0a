"""Rows of an XLSX workbook. Formulas are never computed: the value last stored with one is read.

A workbook is a zip of XML, so it is looked at before it is opened: how large it would unpack, and
whether its XML declares entities (which could expand without end).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .import_csv import header
from .imports import Row
from .load import KeptFile, read_bytes
from .problems import NOTHING, Problem, ScenarioError, nearest

__all__ = ["LARGEST_UNPACKED", "LARGEST_WORKBOOK", "read_workbook"]

LARGEST_WORKBOOK = 50_000_000
LARGEST_UNPACKED = 500_000_000


def read_workbook(
    path: Path | KeptFile, name: str, sheets: Mapping[str, Sequence[str]]
) -> list[tuple[str, list[Row]]]:
    """The rows of the sheets asked for that the workbook has.

    Parameters
    ----------
    path : Path or KeptFile
    name : str
        What to call the file in messages.
    sheets : mapping of str to sequence of str
        The sheets to read and the columns there may be; a workbook may have others too.

    Raises
    ------
    ScenarioError
    """
    content = read_bytes(path, LARGEST_WORKBOOK, name)
    _refuse_bombs(content, name)
    formulas, values = _opened(content, name, False), _opened(content, name, True)
    found = [sheet for sheet in sheets if sheet in values.sheetnames]
    if not found:
        remedy = nearest("organisations", values.sheetnames, "sheets there")
        message = f"has no sheet called {' or '.join(sheets)}"
        raise ScenarioError(Problem(name, "", NOTHING, message, remedy))
    problems: list[Problem] = []
    result = []
    for sheet in found:
        try:
            called = f"{name}, sheet {sheet}"
            rows = _rows(values[sheet], formulas[sheet], called, sheets[sheet], problems)
            result.append((sheet, rows))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return result


def _refuse_bombs(content: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
                message = f"would unpack to more than {LARGEST_UNPACKED / 1e6:,.0f} MB"
                remedy = "save it as CSV, or delete unused sheets"
                raise ScenarioError(Problem(name, "", NOTHING, message, remedy))
            for entry in entries:
                with archive.open(entry) as part:
                    if b"<!DOCTYPE" in part.read(4096).replace(b"\0", b""):
                        message = "declares XML entities, which no workbook needs"
                        remedy = "save it anew from a spreadsheet program"
                        raise ScenarioError(Problem(name, entry.filename, NOTHING, message, remedy))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise ScenarioError(_not_a_workbook(name)) from None


def _not_a_workbook(name: str) -> Problem:
    return Problem(name, "", NOTHING, "is not an XLSX workbook", "save it as .xlsx")


def _opened(content: bytes, name: str, data_only: bool) -> Any:
    import openpyxl

    try:
        return openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=data_only, keep_links=False
        )
    except Exception:  # openpyxl lets through whatever its XML and zip readers raise
        raise ScenarioError(_not_a_workbook(name)) from None


def _rows(
    values: Any, formulas: Any, called: str, columns: Sequence[str], problems: list[Problem]
) -> list[Row]:
    pairs = zip(values.iter_rows(), formulas.iter_rows(), strict=False)
    keys: list[str] | None = None
    rows: list[Row] = []
    for number, (stored, written) in enumerate(pairs, start=1):
        if keys is None:
            keys = header([cell.value for cell in stored], called, columns)
            continue
        found: dict[str, Any] = {}
        for at, (cell, source) in enumerate(zip(stored, written, strict=False)):
            key = keys[at] if at < len(keys) else None
            value = cell.value.strip() if isinstance(cell.value, str) else cell.value
            unknown = source.data_type == "f" and value is None
            if unknown or cell.data_type == "e":
                column = key or f"{at + 1}"
                message = "is a formula without a stored value" if unknown else "is an error"
                remedy = "write the value, or save the workbook from a spreadsheet program"
                place = f"row {number}, column {column}"
                problems.append(Problem(called, place, source.value, message, remedy))
            elif value is not None and value != "":
                if key is None:
                    message, remedy = "has a cell without a heading", "name its column in row 1"
                    place = f"row {number}, column {at + 1}"
                    problems.append(Problem(called, place, value, message, remedy))
                else:
                    found[key] = value
        if found:
            rows.append((f"row {number}", found))
    if keys is None:
        header([], called, columns)
    return rows
