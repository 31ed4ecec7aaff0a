"""Putting the shards of a sweep together."""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.experiment.design.load import TABLES
from crisis_abm.experiment.store.manifest import (
    EXPERIMENT,
    SCENARIO,
    StoreError,
    begin,
    copies_in,
    decisive,
    differences,
    order_in,
    read_manifest,
    scenario_differences,
    told,
)
from crisis_abm.experiment.store.run_files import WRITING, Order, write_whole
from crisis_abm.experiment.store.store import RUNS, kept_still, sound


@dataclass(frozen=True)
class Merged:
    """What was put together: how many of the sweep's runs, and how they ended."""

    folder: Path
    runs: int
    total: int
    statuses: Counter[str]


def merge(folders: Sequence[str | Path], out: str | Path) -> Merged:
    """Put parts of one sweep together in a new folder; they stay as they are.

    What is still missing may be added by a sweep of the same experiment in `out`.

    Parameters
    ----------
    folders : sequence of path
        Shards, or folders merged before.
    out : path
        Must not exist yet, or be empty.

    Raises
    ------
    StoreError
        If the folders are not of the same experiment, scenario and versions, hold the same runs, or
        are damaged or being written; nothing is written then.
    OSError
    """
    places, target = [Path(folder) for folder in folders], Path(out)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise StoreError(f"{target}: exists already; name a folder that does not")
    twice = [place for place, times in Counter(p.resolve() for p in places).items() if times > 1]
    if twice:
        raise StoreError(f"{twice[0]}: is named twice; name every shard once")
    with contextlib.ExitStack() as held:
        for place in places:
            read_manifest(place)
            if not held.enter_context(kept_still(place)):
                raise StoreError(f"{place}: a sweep is writing here; wait for it")
        manifests = [read_manifest(place) for place in places]
        _refuse_foreign(places, manifests)
        files, statuses = _apart(places, order_in(manifests[0]))
        manifest = manifests[0] | {
            "shard": None,
            "merged": [_origin(one) for one in manifests],
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        _written(target, places[0], manifest, files)
    return Merged(target, statuses.total(), order_in(manifest).runs, statuses)


def _origin(manifest: dict[str, Any]) -> dict[str, Any]:
    keys = ("shard", "versions", "commit", "machine", "started")
    return {key: manifest.get(key) for key in keys}


def _refuse_foreign(places: list[Path], manifests: list[dict[str, Any]]) -> None:
    for place, manifest in zip(places[1:], manifests[1:], strict=True):
        found = list(differences(decisive(manifests[0]), decisive(manifest)))
        scenarios = [one["fingerprints"]["scenario"] for one in (manifests[0], manifest)]
        if scenarios[0] != scenarios[1]:
            with contextlib.suppress(OSError):
                text = (place / SCENARIO).read_text(encoding="utf-8")
                found = list(scenario_differences(places[0], text)) or found
        if found:
            message = f"is of another sweep than {places[0]}"
            shown = told(found, "is {} there, {} here")
            raise StoreError(f"{place}: {message}: {shown}; merge parts of one sweep")


def _apart(places: list[Path], order: Order) -> tuple[list[Path], Counter[str]]:
    """Files of all parts, and how their runs ended; refused if two parts hold the same run."""
    whose = np.full(order.runs, -1, np.int32)
    files: list[Path] = []
    statuses: Counter[str] = Counter()
    for k, place in enumerate(places):
        found = sound(place)
        twice = np.flatnonzero(found.done & (whose >= 0))
        if len(twice):
            point, replicate = order.places(int(twice[0]))
            remedy = "leave one of them out"
            raise StoreError(
                f"{place}: holds {len(twice):,} of the runs that {places[whose[twice[0]]]} holds "
                f"(the first: point {point}, replicate {replicate}); {remedy}"
            )
        whose[found.done] = k
        files += found.files
        statuses += found.statuses
    return files, statuses


def _written(target: Path, first: Path, manifest: dict[str, Any], files: list[Path]) -> None:
    """All files and then the manifest; on a failure nothing."""
    made = [one for one in (target, *target.parents) if not one.exists()]
    try:
        (target / RUNS).mkdir(parents=True)
        for path in files:
            write_whole(
                target / f"{WRITING}{path.name}", target / RUNS / path.name, path.read_bytes()
            )
        begin(target, manifest, copies_in(first))
    except BaseException:
        for folder in (RUNS, TABLES):
            shutil.rmtree(target / folder, ignore_errors=True)
        for name in (EXPERIMENT, SCENARIO):
            (target / name).unlink(missing_ok=True)
        for one in made:
            with contextlib.suppress(OSError):
                one.rmdir()
        raise
