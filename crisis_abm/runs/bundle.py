"""The run bundle: a folder that holds a result, what it was made from, and how to make it again.

Kept are a copy of the scenario, versions, seed, command, figures and pictures. The folder is
written beside its place under a temporary name and moved there when complete, so a folder with a
``manifest.json`` is whole; a bundle that stood there before is kept until then.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.atomic_write import hidden, replace
from crisis_abm.runs.provenance import commit, machine, versions_here
from crisis_abm.scenario import Scenario
from crisis_abm.spreadsheet import MARK, from_spreadsheet, write_rows

Picture = Callable[[Path], None]
FORMAT = 1
MANIFEST, SCENARIO, OUTCOMES_FILE = "manifest.json", "scenario.toml", "outcomes.csv"
OUTCOME_KINDS = ("run", "compare")
"""Any other keeps its arguments, and any tables."""
Columns = dict[str, np.ndarray]
Table = Columns | Iterable[Columns]


class BundleError(Exception):
    """A folder cannot take a bundle, or does not hold one; the message is one line."""


@dataclass(frozen=True)
class Bundle:
    """A bundle read back.

    Attributes
    ----------
    manifest : dict
        As in ``manifest.json``.
    scenario : Scenario
        The copy that was run.
    figures : dict of (policy, replicate, outcome) to float
        To the last bit; `replicate` is -1 for a run of the scenario as written. None for an
        analysis, whose tables differ from kind to kind.
    """

    folder: Path
    manifest: dict[str, Any]
    scenario: Scenario
    figures: dict[tuple[str, int, str], float]

    def __repr__(self) -> str:
        return f"<Bundle {self.folder}: {self.manifest['kind']} of {self.scenario.title!r}>"


def claim(folder: str | Path) -> Path:
    """Where a bundle for `folder` will lie; to be asked before a long run.

    Raises
    ------
    BundleError
        If something stands there that is not a bundle, or a bundle to which files were added.
    OSError
        If the place cannot be written to.
    """
    versions_here()  # as they are before the run
    target = Path(folder).resolve()
    if target == Path.cwd():
        raise BundleError(f"{folder}: is where you are; name a folder inside it")
    if target.exists() and not target.is_dir():
        raise BundleError(f"{folder}: is a file; name a folder that does not exist yet")
    if target.is_dir():
        _refuse_what_is_not_ours(target, str(folder))
    above = next(parent for parent in target.parents if parent.exists())
    if not above.is_dir():
        raise BundleError(f"{above}: is a file, so there can be no folder in it")
    if not os.access(above, os.W_OK | os.X_OK):
        raise PermissionError(13, "Permission denied", str(above))
    return target


def _refuse_what_is_not_ours(target: Path, shown: str) -> None:
    present = sorted(entry.name for entry in target.iterdir())
    if not present:
        return
    try:
        ours = set(_manifest(target)["files"])
    except BundleError:
        remedy = "name another folder, or empty this one"
        raise BundleError(f"{shown}: holds files that are no run bundle; {remedy}") from None
    added = [name for name in present if name not in ours]
    if added:
        names = ", ".join(added[:3]) + (", …" if len(added) > 3 else "")
        message = f"{shown}: is a run bundle to which files were added ({names})"
        raise BundleError(f"{message}; move them, or name another folder")


def write_bundle(
    folder: str | Path,
    kind: str,
    scenario: Scenario,
    facts: Mapping[str, Any],
    tables: Mapping[str, Table],
    pictures: Mapping[str, Picture] | None = None,
) -> Path:
    """Write a bundle, whole or not at all.

    Parameters
    ----------
    folder : str or Path
        Made if need be. A bundle that stands there is replaced, and stays if this fails.
    kind : str
        One of `KINDS`.
    scenario : Scenario
        As it was run, changes included (for replicates: before drawing).
    facts : mapping
        Further entries of the manifest; `reproduce` needs `policies`, `seed` and `replicates`
        (compare) or `replicate` (run), or of an analysis its `arguments`.
    tables : mapping of file name to columns
        ``.csv`` or ``.parquet``; several sets of columns are written one after the other. Floats
        are written so that they are read back to the same bits.
    pictures : mapping of file name to callable
        Each is called with the path to write to.

    Returns
    -------
    Path
        Of the bundle.

    Raises
    ------
    BundleError, OSError
    """
    target = claim(folder)
    made = [parent for parent in (target.parent, *target.parent.parents) if not parent.exists()]
    work: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=hidden(target.name), dir=target.parent))
        (work / SCENARIO).write_text(scenario.to_toml(inline_tables=True), encoding="utf-8")
        for name, table in tables.items():
            writer = write_parquet if name.endswith(".parquet") else write_csv
            writer(work / name, [table] if isinstance(table, dict) else table)
        for name, draw in (pictures or {}).items():
            draw(work / name)
        _write_manifest(work, kind, scenario, facts)
        mask = os.umask(0)
        os.umask(mask)
        work.chmod(0o777 & ~mask)
        _put_in_place(work, target)
    except BaseException:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)
        for parent in made:
            with contextlib.suppress(OSError):  # somebody else may have put something into it
                parent.rmdir()
        raise
    return target


def _write_manifest(work: Path, kind: str, scenario: Scenario, facts: Mapping[str, Any]) -> None:
    manifest = {
        "format": FORMAT,
        "kind": kind,
        "title": scenario.title,
        "caveat": scenario.caveat,
        "file": Path(scenario.source).name,
        "fingerprint": scenario.fingerprint(),
        **facts,
        "versions": versions_here(),
        "commit": commit(),
        "machine": machine(),
        "files": sorted([MANIFEST, *(entry.name for entry in work.iterdir())]),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False, default=str)
    # bytes of a name that are no letters become JSON's own codes for them
    (work / MANIFEST).write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))


def _put_in_place(work: Path, target: Path) -> None:
    """Move a finished folder to its name; what stood there is gone only when that succeeded."""
    if not target.exists():
        replace(work, target)
        return
    before = Path(tempfile.mkdtemp(prefix=hidden(target.name, "before-"), dir=target.parent))
    try:
        replace(target, before / "bundle")
        try:
            replace(work, target)
        except BaseException:
            replace(before / "bundle", target)
            raise
    finally:
        if target.exists():
            shutil.rmtree(before, ignore_errors=True)


def read_bundle(folder: str | Path) -> Bundle:
    """Read a bundle back.

    Raises
    ------
    BundleError
        If it is none, or damaged.
    ScenarioError
        If this version of the program cannot use its scenario.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    scenario = Scenario.load(folder / SCENARIO)
    has_outcomes = manifest["kind"] in OUTCOME_KINDS
    return Bundle(
        folder, manifest, scenario, _figures(folder / OUTCOMES_FILE) if has_outcomes else {}
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not folder.is_dir():
        raise BundleError(f"{folder}: there is no such folder")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        remedy = "name a folder that keeps a result"
        raise BundleError(f"{folder}: is no run bundle (no {MANIFEST}); {remedy}") from None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise BundleError(f"{path}: is damaged (not JSON); the bundle cannot be used") from None
    missing = [] if isinstance(manifest, dict) else ["format"]
    wanted: dict[str, type] = {"format": int, "kind": str, "files": list}
    if not missing:
        of_outcomes = manifest.get("kind") in OUTCOME_KINDS
        wanted |= {"seed": int, "policies": list} if of_outcomes else {"arguments": dict}
    missing += [k for k, t in wanted.items() if not missing and not isinstance(manifest.get(k), t)]
    if missing:
        raise BundleError(f"{path}: is damaged (no usable {missing[0]}); it cannot be used")
    if manifest["format"] > FORMAT:
        raise BundleError(f"{path}: was written by a newer version of this program; use that one")
    return manifest


def _figures(path: Path) -> dict[tuple[str, int, str], float]:
    found = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                replicate = int(row["replicate"]) if row["replicate"] else -1
                policy, outcome = map(from_spreadsheet, (row["policy"], row["outcome"]))
                found[policy, replicate, outcome] = float(row["value"])
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, csv.Error):
        raise BundleError(f"{path}: is damaged; the bundle cannot be used") from None
    if not found:
        raise BundleError(f"{path}: is empty; the bundle cannot be used")
    return found


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
