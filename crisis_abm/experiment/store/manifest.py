"""The manifest of a store: what sweep it is of, and what differs from another.

A manifest may be lost and written anew; a file of runs that another experiment or version wrote is
still told from this one's (`what_differs`).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crisis_abm.experiment.design.load import TABLES, copies
from crisis_abm.experiment.design.points import MOST_POINTS, MOST_RUNS
from crisis_abm.experiment.store.run_files import (
    MARKED_EXPERIMENT,
    MARKED_VERSIONS,
    WRITING,
    Order,
    Shard,
    mark_of,
    order_of,
    schema_of,
    write_whole,
)
from crisis_abm.runs.bundle import BundleError
from crisis_abm.runs.provenance import commit, computing, machine, versions_here
from crisis_abm.scenario.pydantic_errors import faults

if TYPE_CHECKING:
    from crisis_abm.experiment.experiment import Experiment

FORMAT = 3  # 2: nothing said which sources a run's outcomes had come from
OLDEST = 2  # 1: files did not say which versions had computed them
MANIFEST, EXPERIMENT, SCENARIO = "manifest.json", "experiment.toml", "scenario.toml"
MEND = "delete it and run the sweep of this folder again, which writes it anew"
FILES = "files."  # begins the places of hashes in a described experiment
SEEDS = "replicate r of every point: crisis_abm.runs.replicate_seed(seed, r)"
MOST_TOLD = 5
HASHES = ("sha256", "fingerprint")
LONGEST = 60  # characters of a value
Count = Annotated[int, Field(ge=1)]


class StoreError(BundleError):
    """A folder cannot take or give a sweep; the message is one line."""


def manifest_of(experiment: Experiment, shard: Shard | None) -> dict[str, Any]:
    """The first page: what runs a store holds, and what their figures hang on."""
    schema = schema_of(experiment)
    described = experiment.describe()
    return {
        "format": FORMAT,
        "kind": "sweep",
        "title": experiment.title,
        "caveat": experiment.scenario.caveat,
        "fingerprints": {
            "experiment": experiment.fingerprint(),
            "scenario": described["scenario"]["fingerprint"],
        },
        "shard": None if shard is None else list(shard),
        "order": order_of(experiment)._asdict(),
        "seeds": SEEDS,
        "columns": {one.name: str(one.type) for one in schema},
        "experiment": described,
        "versions": versions_here(),
        "commit": commit(),
        "machine": machine(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def copies_of(experiment: Experiment) -> dict[str, bytes]:
    """Experiment and scenario as files that need no others.

    Where the experiment sets tables, with all files that these name; else tables are written into
    the scenario.
    """
    kept = experiment.written.files
    if kept is None:
        scenario = experiment.written.to_toml(inline_tables=True)
        places, contents = {}, {}
    else:
        places, contents = copies(kept.contents), kept.contents
        scenario = experiment.written.to_toml(places=places)
    own = {name: places[name] for name in experiment.files}
    return {
        **{places[name]: content for name, content in contents.items()},
        EXPERIMENT: experiment.to_toml(scenario=SCENARIO, files=own).encode(),
        SCENARIO: scenario.encode(),
    }


def copies_in(folder: Path) -> dict[str, bytes]:
    """The copies that lie in a store, by their names.

    Raises
    ------
    OSError
    """
    tables = folder / TABLES
    beside = [f"{TABLES}/{one.name}" for one in tables.iterdir()] if tables.is_dir() else []
    return {name: (folder / name).read_bytes() for name in (*beside, EXPERIMENT, SCENARIO)}


def begin(folder: Path, manifest: dict[str, Any], copies: dict[str, bytes]) -> None:
    """Write copies and manifest into a folder; the manifest last, which makes it a store."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    for name, content in {**copies, MANIFEST: text.encode()}.items():
        _write(folder, name, content)


def _write(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    write_whole(folder / f"{WRITING}{path.name}", path, content)


def mend_copies(folder: Path, copies: dict[str, bytes]) -> None:
    """Write those copies again that are missing, or are not what they should be.

    Raises
    ------
    OSError
    """
    for name, content in copies.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            _write(folder, name, content)


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """The manifest of a store.

    Raises
    ------
    StoreError
        If there is none, or it is damaged.
    """
    path = Path(folder) / MANIFEST
    if not Path(folder).is_dir():
        raise StoreError(f"{folder}: there is no such folder")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        known, written = manifest["kind"] == "sweep", int(manifest["format"])
    except FileNotFoundError:
        remedy = "name a folder that crisis-abm sweep has written"
        raise StoreError(f"{folder}: is no sweep (no {MANIFEST}); {remedy}") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise StoreError(f"{path}: is damaged; {MEND}") from None
    if known and written < OLDEST:
        remedy = "sweep the experiment again into another folder"
        raise StoreError(f"{folder}: was written by an earlier version of crisis-abm; {remedy}")
    if not known or written > FORMAT:
        remedy = "name a folder that this version of crisis-abm sweep has written"
        raise StoreError(f"{folder}: is no sweep that can be used; {remedy}")
    if fault := _fault_in(manifest):
        raise StoreError(f"{path}: is damaged: {fault}; {MEND}")
    return dict(manifest)


def order_in(manifest: dict[str, Any]) -> Order:
    """The order of the runs of a manifest."""
    return Order(**manifest["order"])


def mark_in(manifest: dict[str, Any]) -> dict[bytes, bytes]:
    """What every file of runs of a manifest carries."""
    return mark_of(manifest["fingerprints"]["experiment"], manifest["versions"])


def decisive(manifest: dict[str, Any]) -> dict[str, Any]:
    """The part of a manifest that must be the same for two to belong together."""
    described = {key: value for key, value in manifest["experiment"].items() if key != "title"}
    return {
        **described,
        "columns": manifest["columns"],
        "seeds": manifest["seeds"],
        "versions": computing(manifest["versions"]),
    }


def refuse_another(folder: Path, experiment: Experiment, shard: Shard | None) -> None:
    """Refuse to go on with a store of another sweep, saying what differs.

    Raises
    ------
    StoreError
    """
    manifest = read_manifest(folder)
    now = manifest_of(experiment, shard)
    found = list(differences(decisive(manifest), decisive(now)))
    part = [None if m["shard"] is None else "{}/{}".format(*m["shard"]) for m in (manifest, now)]
    found += differences(part[0], part[1], "shard")
    if manifest["fingerprints"]["scenario"] != now["fingerprints"]["scenario"]:
        inside = list(scenario_differences(folder, copies_of(experiment)[SCENARIO].decode()))
        if inside:
            found = [one for one in found if not one.place.startswith("scenario.")]
            found = inside + found
    if found:
        remedy = "put that back, or name another folder"
        raise StoreError(f"{folder}: holds another sweep: {_in_words(found)}; {remedy}")


def _in_words(found: list[Difference]) -> str:
    """What differs; of a file with other contents no hashes, which say nothing to anybody."""
    changed = [one for one in found if one.place.startswith(FILES) and NOTHING not in one[1:]]
    rest = [one for one in found if one not in changed]
    files = [f"the file {one.place.removeprefix(FILES)} has other contents" for one in changed]
    return "; ".join([*files, *([told(rest)] if rest else [])])


def scenario_differences(folder: Path, now: str) -> Iterator[Difference]:
    """Where the scenario of a store differs from another, given as TOML."""
    import tomllib

    with contextlib.suppress(OSError, ValueError):  # the fingerprints have told that it does
        before = tomllib.loads((folder / SCENARIO).read_text(encoding="utf-8"))
        for one in differences(before, tomllib.loads(now)):
            yield one._replace(place=f"scenario: {one.place}")


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


class Difference(NamedTuple):
    """One place with what stood there before and stands there now."""

    place: str
    before: Any
    now: Any

    def __str__(self) -> str:
        return self.told("was {}, is now {}")

    def told(self, words: str) -> str:
        """The place, and words into which both values are put."""
        return f"{self.place} {words.format(_short(self.before), _short(self.now))}"


def differences(before: Any, now: Any, place: str = "") -> Iterator[Difference]:
    """Where two pieces of plain data differ, in the order of the first, then of the second.

    >>> [str(one) for one in differences({"a": [1, 2], "b": 1}, {"a": [1, 3], "c": 2})]
    ['a[1] was 2, is now 3', 'b was 1, is now nothing', 'c was nothing, is now 2']
    """
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*before, *now]):
            inside = f"{place}.{key}" if place else str(key)
            yield from differences(before.get(key, NOTHING), now.get(key, NOTHING), inside)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, pair in enumerate(zip(before, now, strict=True)):
            yield from differences(*pair, f"{place}[{number}]")
    elif type(before) is not type(now) or before != now:
        yield Difference(place, before, now)


def told(found: list[Difference], words: str = "was {}, is now {}") -> str:
    """The first few in one line; hashes only if nothing else tells."""
    found = [one for one in found if not one.place.endswith(HASHES)] or found
    more = f"; and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
    return "; ".join(one.told(words) for one in found[:MOST_TOLD]) + more


def _short(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return f"{len(value)} entries"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


class _Page(BaseModel):
    """A table that may hold more than is looked at here."""

    model_config = ConfigDict(extra="allow", strict=True)


class _Order(_Page):
    points: Annotated[int, Field(ge=1, le=MOST_POINTS)]
    replicates: Count
    settings: Count

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.points % self.settings:
            raise ValueError(f"has {self.points} points, which {self.settings} settings do not fit")
        if self.points * self.replicates > MOST_RUNS:
            raise ValueError(f"makes more than {MOST_RUNS:,} runs")
        return self


class _Fingerprints(_Page):
    experiment: str
    scenario: str


class _Manifest(_Page):
    fingerprints: _Fingerprints
    shard: Annotated[list[Count], Field(min_length=2, max_length=2)] | None
    order: _Order
    seeds: str
    columns: dict[str, str]
    experiment: dict[str, Any]
    versions: dict[str, str]
    machine: str
    started: str


def _fault_in(manifest: dict[str, Any]) -> str:
    """The first place of a manifest that is not what a sweep writes, and why; empty if all is."""
    try:
        _Manifest.model_validate(manifest)
    except ValidationError as error:
        fault = faults(error, "", _Manifest)[0]
        return f"{fault.place} {fault.message}"
    return ""


def what_differs(found: Mapping[bytes, bytes] | None, own: Mapping[bytes, bytes]) -> str:
    """What keeps a file with the mark `found` from being one of those with `own`; empty if nothing.

    >>> ours = mark_of("ab12", {"engine": "1"})
    >>> what_differs(ours, ours), what_differs(mark_of("cd34", {"engine": "1"}), ours)
    ('', 'is of another sweep')
    >>> what_differs(mark_of("ab12", {"engine": "2"}), ours)
    'was computed by other versions: engine is "2" there, "1" here'
    """
    found = found or {}
    if found.get(MARKED_EXPERIMENT) != own[MARKED_EXPERIMENT]:
        return "is of another sweep"
    if found.get(MARKED_VERSIONS) == own[MARKED_VERSIONS]:
        return ""
    there, here = (_read(mark.get(MARKED_VERSIONS)) for mark in (found, own))
    changed = list(differences(there, here))
    return f"was computed by other versions: {told(changed, 'is {} there, {} here')}"


def _read(text: bytes | None) -> Any:
    try:
        return json.loads(text or b"{}")
    except ValueError:
        return {}
