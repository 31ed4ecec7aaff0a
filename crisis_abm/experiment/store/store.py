"""The store: a folder of Parquet files that a sweep fills, chunk by chunk, and can go on filling.

The manifest says which experiment it is of; every file of runs is complete or not there; and a
sweep that goes on reads off the files which runs are missing. ::

    manifest.json      what it is: experiment, fingerprints, seeds, versions
    experiment.toml    copies of what it was made from
    scenario.toml
    tables/*           of files that the experiment names as values of a factor
    runs/*.parquet     a row a run

Which runs are done is read off the files, not off the manifest, so that they cannot disagree.

One sweep at a time writes into a folder; a lock ends with its process, however that ends. The
system's own locks do that (`filelock`: on Windows, too). Where a file system has none, a file that
says who holds the folder stands in for them; one of a process of this machine that is gone counts
for nothing.
"""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from filelock import SoftFileLock, Timeout, lock_descriptor

from crisis_abm.experiment.design.load import TABLES
from crisis_abm.experiment.store.manifest import (
    EXPERIMENT,
    MANIFEST,
    SCENARIO,
    StoreError,
    begin,
    copies_of,
    manifest_of,
    mark_in,
    mend_copies,
    order_in,
    read_manifest,
    refuse_another,
    what_differs,
)
from crisis_abm.experiment.store.run_files import (
    OK,
    WRITING,
    Damaged,
    Ended,
    Shard,
    order_of,
    read_chunk,
    to_table,
    write_chunk,
)

if TYPE_CHECKING:
    from crisis_abm.experiment.experiment import Experiment

Array = np.ndarray
RUNS = "runs"
ANALYSIS = "analysis"  # the report, if nobody names another folder for it
LOCK, HELD = ".lock", ".lock.held"
OURS = (MANIFEST, EXPERIMENT, SCENARIO, TABLES, RUNS, LOCK, HELD)


@dataclass
class Contents:
    """What a store holds.

    Attributes
    ----------
    done : ndarray of bool, by run
    statuses : Counter
        How many runs ended how.
    damaged : list of Path
        Files that are not what was written, or hold what others hold already.
    files : list of Path
        The others.
    failed : list of Path
        Of these, files with runs that ended without a result.
    """

    done: Array
    statuses: Counter[str] = field(default_factory=Counter)
    damaged: list[Path] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    failed: list[Path] = field(default_factory=list)


@dataclass
class Store:
    """A folder that is being filled; see `opened`.

    Attributes
    ----------
    folder : Path
    experiment : Experiment
    shard : (int, int) or None
    contents : Contents
        Kept up to date. What was damaged has been taken away.
    """

    folder: Path
    experiment: Experiment
    shard: Shard | None
    contents: Contents

    @property
    def total(self) -> int:
        """How many runs it is to hold."""
        return order_of(self.experiment).held(self.shard)

    def to_do(self) -> Iterator[int]:
        """The runs that are missing."""
        return order_of(self.experiment).to_do(self.contents.done, self.shard)

    def write(self, numbers: Sequence[int], endings: Sequence[Ended | None]) -> None:
        """Keep how runs ended; None stands for one that was lost with its workers.

        Raises
        ------
        StoreError
            If they cannot be written; then nothing of them is.
        """
        table = to_table(self.experiment, numbers, endings)
        try:
            write_chunk(self.folder, table, min(numbers), max(numbers))
        except OSError as error:
            kept = int(self.contents.done.sum())
            reason = error.strerror or error
            remedy = f"{kept:,} runs are kept, and the same command goes on from there"
            raise StoreError(f"{self.folder}: cannot be written to ({reason}); {remedy}") from error
        self.contents.done[list(numbers)] = True
        self.contents.statuses.update(table["status"].to_pylist())


@contextlib.contextmanager
def opened(
    folder: str | Path,
    experiment: Experiment,
    shard: Shard | None = None,
    retry: bool = False,
) -> Iterator[Store]:
    """A store to be filled, new or begun before; nobody else may fill it meanwhile.

    Parameters
    ----------
    folder : str or Path
        Made if need be.
    experiment : Experiment
    shard : (int, int), optional
        It is to hold part i of n.
    retry : bool
        Forget runs that ended without a result, with those in the same files.

    Raises
    ------
    StoreError
        If something else stands there, or a sweep of another experiment, scenario or version, with
        what differs; or somebody else is filling it.
    OSError
    """
    folder = Path(folder)
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        if folder.exists() and not folder.is_dir():
            raise StoreError(f"{folder}: is a file; name a folder")
        _refuse_strangers(folder)
        (folder / RUNS).mkdir(parents=True, exist_ok=True)
        with _locked(folder) as free:
            if not free:
                remedy = "wait for it, or name another folder"
                if (folder / HELD).exists():  # of a machine that nobody can ask whether it goes on
                    remedy += f" (if none is, delete {folder / HELD})"
                raise StoreError(f"{folder}: another sweep is writing here; {remedy}")
            for left in folder.glob(f"{WRITING}*"):
                left.unlink()
            if (folder / MANIFEST).exists():
                refuse_another(folder, experiment, shard)
                mend_copies(folder, copies_of(experiment))
                found = contents(folder, read_manifest(folder))
            else:
                manifest = manifest_of(experiment, shard)
                found = contents(folder, manifest)  # a lost manifest may have been another's
                begin(folder, manifest, copies_of(experiment))
            for path in found.damaged:
                path.unlink()
            if retry and found.failed:
                damaged = found.damaged
                for path in found.failed:
                    path.unlink()
                found = contents(folder, read_manifest(folder))
                found.damaged = damaged
            made = []  # from here on what is there is worth keeping
            yield Store(folder, experiment, shard, found)
    except BaseException:
        _take_away(folder, made)
        raise


def _take_away(folder: Path, made: list[Path]) -> None:
    """Folders that were made for nothing."""
    if folder not in made:
        return
    with contextlib.suppress(OSError):
        for path in (folder / EXPERIMENT, folder / SCENARIO, folder / MANIFEST, folder / LOCK):
            path.unlink(missing_ok=True)
        shutil.rmtree(folder / TABLES, ignore_errors=True)
        (folder / RUNS).rmdir()
        for one in made:
            one.rmdir()


def _refuse_strangers(folder: Path) -> None:
    present = [entry.name for entry in folder.iterdir()] if folder.exists() else []
    known = (*OURS, ANALYSIS) if RUNS in present else OURS
    others = sorted(n for n in present if n not in known and not n.startswith(WRITING))
    if others and MANIFEST not in present:
        remedy = "name another folder, or empty this one"
        raise StoreError(f"{folder}: holds files that are no sweep ({others[0]}); {remedy}")


def contents(folder: Path, manifest: dict[str, Any]) -> Contents:
    """Look through all files of a store, every byte of them.

    Raises
    ------
    StoreError
        If a file is of another sweep, or none at all.
    """
    order, mark = order_in(manifest), mark_in(manifest)
    found = Contents(np.zeros(order.runs, np.bool_))
    for path in sorted((folder / RUNS).iterdir()):
        if path.suffix != ".parquet":
            raise StoreError(f"{path}: was not written by the sweep; move it elsewhere")
        try:
            table = read_chunk(path, ["point", "replicate", "status"])
        except Damaged:
            found.damaged.append(path)
            continue
        if foreign := what_differs(table.schema.metadata, mark):
            raise StoreError(f"{path}: {foreign}; move it elsewhere")
        places = (table[name].to_numpy() for name in ("point", "replicate"))
        numbers = order.numbers(*places)
        if found.done[numbers].any():
            found.damaged.append(path)
            continue
        found.done[numbers] = True
        statuses = Counter(table["status"].to_pylist())
        found.statuses.update(statuses)
        found.files.append(path)
        if set(statuses) != {OK}:
            found.failed.append(path)
    return found


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


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Whether nobody else holds the folder; if so it is held until the end."""
    with (folder / LOCK).open("a") as file, _held(file, folder) as free:
        yield free


@contextlib.contextmanager
def kept_still(folder: Path) -> Iterator[bool]:
    """As `_locked`, of a folder that need only be read: it may be one that cannot be written to."""
    with contextlib.ExitStack() as held:
        file = None
        for mode in ("a", "r"):
            with contextlib.suppress(OSError):
                file = file or held.enter_context((folder / LOCK).open(mode))
        yield file is None or held.enter_context(_held(file, folder))


@contextlib.contextmanager
def _held(file: IO[str], folder: Path) -> Iterator[bool]:
    """Whether a file could be _locked, or what stands in for that; until the end."""
    try:
        free = lock_descriptor(file.fileno(), blocking=False)
    except OSError:  # there are none here
        with _stand_in(folder / HELD) as free:
            yield free
    else:
        yield free


@contextlib.contextmanager
def _stand_in(path: Path) -> Iterator[bool]:
    lock = SoftFileLock(path, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    except OSError:  # nobody writes from here
        yield True
        return
    try:
        yield True
    finally:
        lock.release()
