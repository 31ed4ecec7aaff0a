"""The tables of a bundle as files: CSV for spreadsheets, Parquet for much."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.spreadsheet import MARK, write_rows

__all__ = ["Columns", "Table", "csv_rows", "write_csv", "write_parquet"]

Columns = dict[str, np.ndarray]
Table = Columns | Iterable[Columns]


def write_csv(path: Path, parts: Iterable[Columns]) -> None:
    """Write sets of columns one after the other, floats so that they are read back to the bit.

    By the rules of `crisis_abm.spreadsheet`; whether the mark is needed is seen at the end.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        write_rows(file, csv_rows(parts))
    content = path.read_bytes()
    if not content.isascii():
        path.write_bytes(MARK.encode() + content)


def csv_rows(parts: Iterable[Columns]) -> Iterator[Iterable[Any]]:
    """The rows of a table: its header, then its cells."""
    header: list[str] | None = None
    for columns in parts:
        if header is None:
            header = list(columns)
            yield header
        yield from zip(*(np.asarray(c, object) for c in columns.values()), strict=True)


def write_parquet(path: Path, parts: Iterable[Columns]) -> None:
    """Write sets of columns one after the other, compressed."""
    import pyarrow
    from pyarrow import parquet

    with contextlib.ExitStack() as opened:
        file = opened.enter_context(path.open("wb"))  # given a name, pyarrow takes only UTF-8
        writer = None
        for columns in parts:
            table = pyarrow.table({name: pyarrow.array(c) for name, c in columns.items()})
            if writer is None:
                writer = parquet.ParquetWriter(file, table.schema, compression="zstd")
                opened.enter_context(writer)
            writer.write_table(table.cast(writer.schema))
