"""One crisis of a comparison, day by day under both policies, small enough to be sent whole.

A row is an organisation as long as there are few enough of them to be drawn; beyond that all of a
kind in an area, and beyond that all of a kind, with the share of them in each state. The browser
plays, scrubs and points at what it was sent once, and asks for nothing more.

What is sent is one string of bytes, which a browser reads without copying: four bytes with the
length of the header, the header as JSON, then the arrays, each at a multiple of eight from the end
of the header. ``arrays`` of the header says of each its type, where it starts and how many values
it has. Everything is little-endian, as every browser is.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.dashboard.data.organisation_history import too_many
from crisis_abm.engine import Detail, State, Status
from crisis_abm.history import dates, detail_for
from crisis_abm.report.words import area_name
from crisis_abm.runs import Prepared, replicate_seed
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.tables import Tables

Array = np.ndarray
MOST_ROWS = 2_000  # that a browser draws fifteen times a second and more
MOST_CELLS = 4_000_000  # rows × ticks: what is sent is up to six times as many bytes
MOST_LINKS = 100_000  # pairs; of more, every second, third … is sent
WHOLE = 255  # of a share that is sent as one byte
SEVERE = (Status.STRAINED, Status.FAILING, Status.FAILED)
BETWEEN = ("and", "of", "the", "upon", "on")  # in names of places
Task = tuple[int, int, tuple[Policy, Policy]]


@dataclass(frozen=True)
class Rows:
    """What a row of the picture stands for. R rows, N organisations, G groups of the record.

    Attributes
    ----------
    level : {"organisations", "groups", "kinds"}
    of : ndarray of int, shape (N,)
        The row of each organisation.
    of_group : ndarray of int, shape (G,)
        The row of each (kind, area); empty where rows are organisations.
    kind, area : ndarray of int, shape (R,)
        Of each row; -1 where a row stands for several areas.
    size : ndarray of int, shape (R,)
        Organisations in it.
    """

    level: str
    of: Array
    of_group: Array
    kind: Array
    area: Array
    size: Array

    def __len__(self) -> int:
        return len(self.size)


def trajectory(prepared: Prepared, task: Task) -> bytes:
    """A crisis under two policies as `packed` makes it: the state of every row on every day.

    A task is the replicate of a comparison, its seed and two of its policies.

    Returns
    -------
    bytes
        Only a ``problem`` in its header where it is too large to be drawn in any way.
    """
    replicate, seed, policies = task
    prepared = prepared.drawn(seed, replicate)
    scenario, tables = prepared.scenario, prepared.tables
    rows = rows_of(scenario, tables, MOST_ROWS)
    if rows is None:
        steps, unit = tables.world.parameters.steps, scenario.time.unit
        return packed({"problem": f"{steps:,} {unit}s are more than a page can show."}, {})
    detail = Detail.ORGANISATIONS if rows.level == "organisations" else Detail.GROUPS
    states = prepared.run_each(policies, replicate_seed(seed, replicate), detail)
    return _packed_run(scenario, tables, rows, states, policies)


def rows_of(scenario: Scenario, tables: Tables, most: int) -> Rows | None:
    """The finest rows that are at most `most`, and can be sent; None if there are none."""
    steps, world = tables.world.parameters.steps, tables.world.organisations
    count = len(tables.ids)
    fits = min(most, MOST_CELLS // steps)
    if count <= fits and detail_for(scenario, tables) == Detail.ORGANISATIONS:
        none = np.zeros(0, np.int64)
        return Rows(
            "organisations", np.arange(count), none, world.kind, world.area, np.ones(count, int)
        )
    kinds = {name: row for row, name in enumerate(tables.kinds)}
    areas = {name: row for row, name in enumerate(tables.areas)}
    kind = np.array([kinds[name] for name, _ in tables.groups])
    size = np.bincount(world.group, minlength=len(kind))
    if len(kind) <= fits:
        area = np.array([areas[name] for _, name in tables.groups])
        return Rows("groups", world.group, np.arange(len(kind)), kind, area, size)
    if len(kinds) <= fits:
        size = np.bincount(world.kind, minlength=len(kinds))
        return Rows("kinds", world.kind, kind, np.arange(len(kinds)), np.full(len(kinds), -1), size)
    return None


def _packed_run(
    scenario: Scenario,
    tables: Tables,
    rows: Rows,
    states: list[State],
    policies: tuple[Policy, Policy],
) -> bytes:
    """Everything the picture says, in one go."""
    place = _places(tables, rows)
    links, left_out = _links(tables, rows)
    arrays = {
        "kind": rows.kind.astype(np.int32),
        "area": rows.area.astype(np.int32),
        "size": rows.size.astype(np.uint32),
        "place": place.astype(np.float32),
        "links": links.astype(np.int32),
    }
    shares, ever = [], []
    for number, state in enumerate(states):
        record = state.record
        shares.append(_shares(rows, state))
        if rows.level == "organisations":
            arrays[f"status_{number}"] = record.status.astype(np.uint8)
        else:
            arrays[f"shares_{number}"] = np.rint(WHOLE * shares[-1]).astype(np.uint8)
        arrays[f"counts_{number}"] = _by_kind(tables, record.group_status).astype(np.uint32)
        harm = record.group_harm.sum(axis=1) + record.group_hazard_deaths.sum(axis=1)
        arrays[f"harm_{number}"] = harm.astype(np.float32)
        totals = (record.strained, record.failing, record.failed)
        ever.append([int((total > 0).sum()) for total in totals])
    arrays["order"] = order_of(*shares).astype(np.int32)
    known = dates(scenario, np.arange(1))
    header = {
        "level": rows.level,
        "rows": len(rows),
        "organisations": len(tables.ids),
        "steps": tables.world.parameters.steps,
        "unit": scenario.time.unit,
        "start": known[0].isoformat() if known else "",
        "length": 7 if scenario.time.unit == "week" else 1,
        "harm_unit": scenario.harm_unit,
        "policies": [policy.name for policy in policies],
        "kinds": [name.replace("_", " ") for name in tables.kinds],
        "areas": [area_name(scenario, name) for name in tables.areas],
        **_regions(scenario, tables),
        "ever": ever,
        "spacing": _spacing(place),
        "links_left_out": left_out,
        "explained": not too_many(scenario, tables),
        **_names(tables, rows, states),
    }
    return packed(header, arrays)


def _regions(scenario: Scenario, tables: Tables) -> dict[str, Any]:
    """What areas belong together where no area has a place of its own; else they stand in theirs.

    Regions in their order in the scenario, and for each area the number of its own.
    """
    areas = scenario.areas_in_play()
    known = [areas[name] for name in tables.areas if name in areas]
    if len(known) < len(tables.areas) or any(a.region is None or a.position for a in known):
        return {"regions": [], "region": []}
    named = list(dict.fromkeys(area.region for area in scenario.areas.values()))
    names = [str(name).replace("_", " ") for name in named]
    return {
        "regions": [" ".join(map(_capital, name.split())) for name in names],
        "region": [named.index(area.region) for area in known],
    }


def _capital(word: str) -> str:
    """With a capital letter, as names have; not the words between."""
    return word if word in BETWEEN else word[:1].upper() + word[1:]


def _shares(rows: Rows, state: State) -> Array:
    """The share of each row that is strained, failing, failed on each day: shape (T, R, 3)."""
    record = state.record
    if rows.level == "organisations":
        return np.stack([record.status == status for status in SEVERE], axis=-1).astype(np.float32)
    counts = _summed(record.group_status[:, :, list(SEVERE)], rows.of_group, len(rows))
    shares: Array = counts / np.maximum(rows.size, 1)[:, None]
    return shares


def order_of(*shares: Array) -> Array:
    """Rows by when most of each had failed, under the first policy; then under the next.

    Those that never failed stand behind, by when they were failing, then strained; those that
    always worked last. Others in row order. Shares are strained, failing, failed, for each policy:
    shape (T, R, 3).
    """
    keys = []
    for share in shares:
        at_least = np.cumsum(share[:, :, ::-1], axis=2)  # failed, failing or worse, strained …
        most = at_least >= 0.5
        keys += list(np.where(most.any(axis=0), most.argmax(axis=0), len(share)).T)
    return np.lexsort(keys[::-1])


def _by_kind(tables: Tables, group_status: Array) -> Array:
    """Organisations in each status by kind and day: shape (T, K, 4)."""
    kinds = {name: row for row, name in enumerate(tables.kinds)}
    of = np.array([kinds[kind] for kind, _ in tables.groups])
    return _summed(group_status, of, len(kinds))


def _summed(counts: Array, of: Array, rows: int) -> Array:
    """Counts (T × G × any) of groups as those of the rows they belong to (T × R × any)."""
    found = np.zeros((rows, len(counts), counts.shape[2]), counts.dtype)
    np.add.at(found, of, counts.swapaxes(0, 1))
    return found.swapaxes(0, 1)


def _links(tables: Tables, rows: Rows) -> tuple[Array, int]:
    """Supplier's and customer's row of each pair that is linked, and how many are left out."""
    supply, world = tables.world.supply, tables.world
    supplier = rows.of[world.outputs.organisation[supply.supplier]].astype(np.int64)
    customer = rows.of[world.inputs.organisation[supply.customer]].astype(np.int64)
    pairs = np.unique(supplier * len(rows) + customer)
    both = np.column_stack([pairs // len(rows), pairs % len(rows)])
    both = both[both[:, 0] != both[:, 1]]
    kept = both[:: -(-len(both) // MOST_LINKS) or 1]
    return kept, len(both) - len(kept)


def _places(tables: Tables, rows: Rows) -> Array:
    """Where each row is drawn: shape (R, 2)."""
    if rows.level == "organisations":
        return tables.positions
    import networkx

    from crisis_abm.network import positions

    graph = networkx.MultiDiGraph()
    for row, (kind, area) in enumerate(zip(rows.kind.tolist(), rows.area.tolist(), strict=True)):
        graph.add_node(row, kind=tables.kinds[kind], area=tables.areas[area] if area >= 0 else "")
    area_of = tables.world.organisations.area
    size = np.maximum(np.bincount(area_of, minlength=len(tables.areas)), 1)
    centre = [np.bincount(area_of, tables.positions[:, k], len(size)) / size for k in (0, 1)]
    middles = zip(*(line.tolist() for line in centre), strict=True)
    found = positions(graph, {"": (0.0, 0.0), **dict(zip(tables.areas, middles, strict=True))})
    return np.array([found[row] for row in range(len(rows))])


def _spacing(place: Array) -> float:
    """How near neighbours stand; a few that stand closer do not make all shapes small."""
    from scipy.spatial import cKDTree

    if len(place) < 2:
        return 1.0
    nearest = cKDTree(place).query(place, k=2)[0][:, 1]
    nearest = nearest[nearest > 0]
    return float(np.quantile(nearest, 0.05)) if len(nearest) else 1.0


def _names(tables: Tables, rows: Rows, states: list[State]) -> dict[str, Any]:
    """What each row is called, and the organisation that stands for it where one is asked for.

    That is the first of them to be in trouble, the one that lost most if there are several.
    """
    if rows.level == "organisations":
        names = [name or one for name, one in zip(tables.names, tables.ids, strict=True)]
        return {"ids": list(tables.ids), "names": names}
    kinds = [tables.kinds[kind].replace("_", " ") for kind in rows.kind.tolist()]
    areas = [tables.areas[area].replace("_", " ") if area >= 0 else "" for area in rows.area]
    names = [f"{kind}, {area}" if area else kind for kind, area in zip(kinds, areas, strict=True)]
    record = states[0].record
    since = np.where(record.first >= 0, record.first, np.iinfo(np.int64).max)
    standing = np.lexsort((-record.lost, since, record.failed == 0))
    found, first = np.unique(rows.of[standing], return_index=True)
    one = dict(zip(found.tolist(), standing[first].tolist(), strict=True))
    ids = [tables.ids[one[row]] if row in one else "" for row in range(len(rows))]
    called = [tables.names[one[row]] if row in one else "" for row in range(len(rows))]
    examples = [name or identity for name, identity in zip(called, ids, strict=True)]
    return {"ids": ids, "names": names, "examples": examples}


EACH = 8  # bytes; a browser looks at an array only where its own values would begin
KINDS = {"u1", "u2", "u4", "i4", "f4"}  # the types that `run_view_data.js` knows


def packed(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """Put a header that JSON can say, and arrays of the types in `KINDS`, together in row order."""
    parts, places, offset = [], {}, 0
    for name, values in arrays.items():
        kind = values.dtype.str[1:]
        if kind not in KINDS:
            raise ValueError(f"{name}: no browser array for {values.dtype}")
        raw = np.ascontiguousarray(values, dtype="<" + kind).tobytes()
        places[name] = [kind, offset, values.size]
        raw += bytes(-len(raw) % EACH)
        parts.append(raw)
        offset += len(raw)
    told = json.dumps({**header, "arrays": places}, ensure_ascii=False, allow_nan=False).encode()
    return b"".join([struct.pack("<I", len(told)), told, *parts])


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Take them apart: the header, and each array in one dimension."""
    (length,) = struct.unpack_from("<I", data)
    header = json.loads(data[4 : 4 + length])
    arrays = {
        name: np.frombuffer(data, "<" + kind, count, 4 + length + offset)
        for name, (kind, offset, count) in header.pop("arrays").items()
    }
    return header, arrays
