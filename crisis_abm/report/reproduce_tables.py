"""The tables of an analysis, cell by cell: as a bundle keeps them, and as a new run gives them."""

from __future__ import annotations

import csv
import inspect
import io
from collections.abc import Callable, Iterable

from crisis_abm.report.analyses import ANALYSES
from crisis_abm.runs.bundle import Bundle, BundleError
from crisis_abm.runs.bundle_tables import csv_rows
from crisis_abm.spreadsheet import from_spreadsheet

__all__ = ["cells_again", "cells_kept"]

Cells = dict[tuple[str, int, str], str]  # by file, line and column
Progress = Callable[[int, int], None]


def cells_kept(bundle: Bundle) -> Cells:
    """Every cell of the CSV tables of a bundle.

    Raises
    ------
    BundleError
        If one cannot be read, or there is none.
    """
    found: Cells = {}
    for name in bundle.manifest["files"]:
        if not str(name).endswith(".csv"):
            continue
        path = bundle.folder / name
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                found |= _cells(name, csv.reader(file))
        except OSError as error:
            raise BundleError(f"{path}: cannot be read ({error.strerror})") from None
        except (ValueError, csv.Error):
            raise BundleError(f"{path}: is damaged; the bundle cannot be used") from None
    if not found:
        raise BundleError(f"{bundle.folder}: keeps no table that could be compared")
    return found


def cells_again(bundle: Bundle, workers: int | None, progress: Progress | None) -> Cells:
    """The same cells, from running the analysis again.

    Raises
    ------
    BundleError
        If its arguments are not those of the analysis, or it is of runs that lie elsewhere.
    """
    analysis = next((one for one in ANALYSES if one.name == bundle.manifest["kind"]), None)
    if analysis is None and bundle.manifest["kind"] != "analyse":
        message = "was written by a newer version of this program; use that one"
        raise BundleError(f"{bundle.folder}: {message}")
    if analysis is None:
        remedy = "run crisis-abm analyse on its sweep again"
        raise BundleError(f"{bundle.folder}: reports on runs that it does not hold; {remedy}")
    arguments = bundle.manifest["arguments"]
    try:
        inspect.signature(analysis.function).bind(bundle.scenario, **arguments)
    except TypeError:
        raise BundleError(f"{bundle.folder}: its manifest does not say what was run") from None
    result = analysis.run(bundle.scenario, arguments, workers=workers, progress=progress)
    found: Cells = {}
    for name, table in analysis.report(result).data().items():
        if name.endswith(".csv"):
            text = io.StringIO(newline="")
            csv.writer(text).writerows(csv_rows([dict(table)]))
            text.seek(0)
            found |= _cells(name, csv.reader(text))
    return found


def _cells(table: str, rows: Iterable[list[str]]) -> Cells:
    header: list[str] = []
    found: Cells = {}
    for line, row in enumerate(rows, start=1):
        header = header or row
        texts = map(from_spreadsheet, row)  # written by this version or one before
        found |= {(table, line, column): cell for column, cell in zip(header, texts, strict=True)}
    return found
