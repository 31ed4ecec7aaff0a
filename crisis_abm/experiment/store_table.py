"""Reading a store: one table, a row a run, by point and replicate."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from crisis_abm.atomic_write import write_files
from crisis_abm.experiment.store import Contents, contents
from crisis_abm.experiment.store_files import read_chunk
from crisis_abm.experiment.store_manifest import StoreError, order_in, read_manifest
from crisis_abm.experiment.task import OK
from crisis_abm.spreadsheet import cells

if TYPE_CHECKING:
    import pandas

__all__ = ["export_csv", "failures", "read_runs", "runs_wanted", "sound", "write_csv"]

SLICE = 20_000  # rows turned into text together


def sound(folder: str | Path) -> Contents:
    """What a store holds, if nothing of it is damaged.

    Raises
    ------
    StoreError
    """
    folder = Path(folder)
    found = contents(folder, read_manifest(folder))
    if found.damaged:
        remedy = "run its sweep again, which mends it"
        raise StoreError(f"{found.damaged[0]}: is damaged; {remedy}")
    return found


def runs_wanted(folder: str | Path) -> int:
    """How many runs a store is to hold in the end: all, or those of its shard.

    Raises
    ------
    StoreError
    """
    manifest = read_manifest(folder)
    part = manifest["shard"]
    return order_in(manifest).held(None if part is None else (part[0], part[1]))


def read_runs(folder: str | Path) -> pandas.DataFrame:
    """All runs that a store holds, sorted by point and replicate.

    Returns
    -------
    pandas.DataFrame
        point, replicate, seed, a column for each factor, status, error, a column for each outcome:
        missing where a run has no result.

    Raises
    ------
    StoreError
        If the folder is no store, or damaged.
    """
    return _table(Path(folder)).to_pandas()


def write_csv(folder: str | Path, file: IO[str]) -> int:
    """Write all runs, sorted, as CSV; floats so that they are read back to the same bits.

    Parameters
    ----------
    folder : str or Path
    file : text file
        Opened with ``newline=""``.

    Returns
    -------
    int
        Rows written.
    """
    table = _table(Path(folder))
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table.column_names)
    for first in range(0, len(table), SLICE):
        columns = [column.to_pylist() for column in table.slice(first, SLICE).columns]
        writer.writerows(cells(row) for row in zip(*columns, strict=True))
    return len(table)


def export_csv(folder: str | Path, path: str | Path) -> int:
    """As `write_csv`, to that name: a file whole or not at all, through links; a pipe as it is.

    Raises
    ------
    StoreError
        If the folder is no store, or damaged.
    OSError
    """
    rows = 0

    def write(file: IO[bytes]) -> None:
        nonlocal rows
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        rows = write_csv(folder, text)
        text.flush()
        text.detach()  # whoever opened the file closes it

    write_files({Path(path): write})
    return rows


def failures(folder: str | Path) -> Counter[tuple[str, str]]:
    """How many runs ended without a result, by status and error."""
    found: Counter[tuple[str, str]] = Counter()
    for path in sound(folder).files:
        table = read_chunk(path, ["status", "error"])
        pairs = zip(table["status"].to_pylist(), table["error"].to_pylist(), strict=True)
        found.update(pair for pair in pairs if pair[0] != OK)
    return found


def _table(folder: Path) -> Any:
    import pyarrow

    files = sound(folder).files
    if not files:
        raise StoreError(f"{folder}: holds no run yet; wait for its sweep, or start it again")
    table = pyarrow.concat_tables([read_chunk(path) for path in files])
    order = np.lexsort([table[name].to_numpy() for name in ("replicate", "point")])
    return table.take(order)
