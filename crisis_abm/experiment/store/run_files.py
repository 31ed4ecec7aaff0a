"""The runs of a sweep: their order, how each ended, and files of them.

Runs are numbered so that those which share tables follow each other (see `setting.prepare`): state
of the world by state, in it replicate by replicate, in it the settings of the crossed levers.
Shards are cut from that order.

A chunk of runs is one Parquet file, whose name says which runs it holds and what it weighs.

A file is written under another name and renamed when it is complete. Its name ends in a hash of its
bytes, so that who reads it can tell whether something is missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crisis_abm.atomic_write import replace
from crisis_abm.runs.prepared import replicate_seed
from crisis_abm.runs.provenance import computing, versions_here

if TYPE_CHECKING:
    from crisis_abm.experiment.experiment import Experiment

Array = np.ndarray
OK, ERROR, TIME_LIMIT, LOST = STATUSES = ("ok", "error", "time limit", "worker lost")
BLOCKS = 4  # blocks of runs for each shard, at least, if there are as many
SLICE = 100_000  # runs looked at together
Shard = tuple[int, int]  # (i, n): part i of n, from 1
WRITING = ".writing-"  # begins the name of a file that is not complete
_NAME = re.compile(r"\d{10}-\d{10}-([0-9a-f]{16})\.parquet")
MARKED_EXPERIMENT, MARKED_VERSIONS = b"crisis_abm experiment", b"crisis_abm versions"
_LOST = "the worker process ended (killed, or out of memory) every time this was run"


class Ended(NamedTuple):
    """How a run ended; `figures` are the experiment's outcomes, None without a result."""

    status: str
    error: str | None
    figures: Array | None


class Order(NamedTuple):
    """How many points, replicates of each, and settings of the crossed levers there are."""

    points: int
    replicates: int
    settings: int

    @property
    def runs(self) -> int:
        """How many runs there are, numbered from 0."""
        return self.points * self.replicates

    def places(self, numbers: Any) -> tuple[Any, Any]:
        """Point and replicate of a run, or of an array of runs.

        >>> [tuple(map(int, Order(4, 2, 2).places(number))) for number in range(5)]
        [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0)]
        """
        world, within = np.divmod(numbers, self.replicates * self.settings)
        replicate, setting = np.divmod(within, self.settings)
        return world * self.settings + setting, replicate

    def numbers(self, points: Array, replicates: Array) -> Array:
        """The runs at these points and replicates."""
        worlds, settings = np.divmod(points, self.settings)
        return np.asarray((worlds * self.replicates + replicates) * self.settings + settings)

    def in_shard(self, numbers: Array, shard: Shard | None) -> Array:
        """Which of these runs belong to a shard: bool.

        Shards take turns, a state of the world at a time, or less where there are few.
        """
        if shard is None:
            return np.ones(len(numbers), np.bool_)
        part, parts = shard
        block = 1
        for larger in (self.settings, self.settings * self.replicates):
            if self.runs >= BLOCKS * parts * larger:
                block = larger
        return np.asarray(numbers // block % parts == part - 1)

    def held(self, shard: Shard | None) -> int:
        """How many runs belong to a shard."""
        return sum(int(self.in_shard(numbers, shard).sum()) for numbers in self._slices())

    def to_do(self, done: Array, shard: Shard | None) -> Iterator[int]:
        """The runs of a shard that are not done, in order.

        Parameters
        ----------
        done : ndarray of bool, shape (runs,)
        shard : (int, int) or None
        """
        for numbers in self._slices():
            left = self.in_shard(numbers, shard) & ~done[numbers]
            yield from numbers[left].tolist()

    def _slices(self) -> Iterator[Array]:
        """The numbers of all runs, so many at a time that none of it is large."""
        for first in range(0, self.runs, SLICE):
            yield np.arange(first, min(first + SLICE, self.runs))


def order_of(experiment: Experiment) -> Order:
    """The order of the runs of an experiment."""
    points = experiment.points
    return Order(len(points), experiment.replicates, points.settings)


class Damaged(Exception):
    """A file is not what was written."""


def schema_of(experiment: Experiment) -> Any:
    """Columns and types of the table of runs: the same for all files."""
    import pyarrow

    types = {"U": pyarrow.string(), "b": pyarrow.bool_(), "i": pyarrow.int64()}
    fields = [("point", pyarrow.int64()), ("replicate", pyarrow.int64()), ("seed", pyarrow.int64())]
    for name, column in experiment.points.columns.items():
        fields.append((name, types.get(column.dtype.kind, pyarrow.float64())))
    fields += [("status", pyarrow.string()), ("error", pyarrow.string())]
    fields += [(name, pyarrow.float64()) for name in experiment.outcomes]
    return pyarrow.schema(fields, mark_of(experiment.fingerprint(), versions_here()))


def mark_of(fingerprint: str, versions: Mapping[str, str]) -> dict[bytes, bytes]:
    """The mark of files of an experiment, by its fingerprint, that these versions compute."""
    return {
        MARKED_EXPERIMENT: fingerprint.encode(),
        MARKED_VERSIONS: json.dumps(computing(versions)).encode(),
    }


def to_table(
    experiment: Experiment, numbers: Sequence[int], endings: Sequence[Ended | None]
) -> Any:
    """Runs as a table; None for how a run ended stands for one that was lost with its workers."""
    import pyarrow

    points, replicates = order_of(experiment).places(np.asarray(numbers, np.int64))
    known = [Ended(LOST, _LOST, None) if one is None else one for one in endings]
    empty = np.zeros(len(experiment.outcomes))
    figures = np.stack([empty if one.figures is None else one.figures for one in known])
    missing = np.array([one.figures is None for one in known])
    seeds = {r: replicate_seed(experiment.seed, r) for r in set(replicates.tolist())}
    columns: list[Any] = [points, replicates, [seeds[r] for r in replicates.tolist()]]
    columns += [column[points] for column in experiment.points.columns.values()]
    columns += [[one.status for one in known], [one.error for one in known]]
    schema = schema_of(experiment)
    arrays = [pyarrow.array(c, f.type) for c, f in zip(columns, schema, strict=False)]
    arrays += [
        pyarrow.array(figures[:, k], pyarrow.float64(), missing) for k in range(figures.shape[1])
    ]
    return pyarrow.Table.from_arrays(arrays, schema=schema)


def write_chunk(folder: Path, table: Any, first: int, last: int) -> Path:
    """Write a file, whole or not at all; it is on the disk when this returns.

    Parameters
    ----------
    folder : Path
        The file goes into ``runs`` in it.
    table : pyarrow.Table
    first, last : int
        Numbers of the first and the last run.

    Raises
    ------
    OSError
    """
    import pyarrow
    from pyarrow import parquet

    sink = pyarrow.BufferOutputStream()
    parquet.write_table(table, sink, compression="zstd")
    content = sink.getvalue().to_pybytes()
    name = f"{first:010d}-{last:010d}-{_digest(content)}.parquet"
    write_whole(folder / f"{WRITING}{os.getpid()}", folder / "runs" / name, content)
    return folder / "runs" / name


def write_whole(work: Path, path: Path, content: bytes) -> None:
    """Write to `work`, and give it the name `path` once it is on the disk.

    Raises
    ------
    OSError
        That names `path`: a full disk by itself does not say where.
    """
    try:
        with work.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        replace(work, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            work.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def span_of(path: Path) -> tuple[int, int]:
    """Numbers of the first and the last run of a file; nothing lies between for another file."""
    first, _, rest = path.name.partition("-")
    last = rest.partition("-")[0]
    return (int(first), int(last)) if _NAME.fullmatch(path.name) else (0, -1)


def read_chunk(path: Path, columns: Sequence[str] | None = None) -> Any:
    """Read a file, if it is what was written.

    Returns
    -------
    pyarrow.Table
        Of these columns; of all.

    Raises
    ------
    Damaged
    OSError
    """
    import pyarrow
    from pyarrow import parquet

    label = _NAME.fullmatch(path.name)
    content = path.read_bytes()
    if label is None or label[1] != _digest(content):
        raise Damaged(path.name)
    with parquet.ParquetFile(pyarrow.BufferReader(content)) as file:
        return file.read(columns, use_threads=False)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()
