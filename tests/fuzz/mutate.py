"""Ways to spoil a file: values at their extremes, keys gone, doubled or misspelt, bytes turned."""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

__all__ = ["EDGES", "VALUES", "edged_data", "paths_in", "spoilt_data", "spoilt_text"]

Path = tuple[Any, ...]

VALUES: tuple[Any, ...] = (
    0, 1, -1, 2, 3, 7, 100, 1000, 10**5, 10**6, 10**9, 10**12, 8 * 10**13, 10**15, 10**16,
    2**31, 2**53, 2**63, 2**64, 10**24, 10**400, -(10**18),
    0.0, -0.0, 0.5, 1.0, 1.5, 1e-6, 1e-12, 9e-13, 1e-310, 5e-324, 1e6, 1e12, 1e15, 1e24, 1e300,
    1e308, -1e308, math.nan, math.inf, -math.inf, 0.9999999999999999, 1.0000000000000002,
    True, False, "", " ", "x", "all", "inf", "nan", "3", "area", "anywhere", "elsewhere", "region",
    "hospital", "labour", "ppe", "places", "north", "siloed", "mixed", "agenda=1", "capacity",
    "catchment", "organisations", "groups", "limiting", "additive", "threshold", "x" * 300,
    "y" * 30_000, "\x1b[31mred", "bell\x07", "\u202edesrever", "a\tb\nc", "é", "日本",
    "x\x00y", '"', "'", ".", "[0]", "a.b", "../x", "𝒳", [], {}, [[]], [{}], {"": {}}, [1, "a"],
    [0.0, 1e300], ["hospital"], ["hospital", "hospital"], {"north": 1}, {"north": 10**9},
    {"low": 1, "high": 2}, date(1, 1, 1), date(9999, 12, 31), date(2020, 3, 1),
    datetime(2020, 3, 1, 12),
)  # fmt: skip

EDGES: tuple[float, ...] = (
    0, 1, 2, 5, 30, 1000, 10**5, 10**6, 10**9, 10**12, 1e-12, 1e-9, 1e-6, 0.001, 0.3, 0.999999,
    0.9999999999999999, 1.5, 20.0, 1e4, 1e6, 1e9, 1e12, math.inf,
)  # fmt: skip
"""Numbers that are allowed in many places, at their edges."""

KEYS = (
    "capacity", "population", "demand", "arrivals", "caseload", "stay", "steps", "lead_time",
    "share", "suppliers", "partners", "within", "split", "use", "make", "cover", "safety",
    "criticality", "absence", "patience", "recovery", "spread", "count", "total", "whole", "start",
    "end", "stock", "add_stock", "link", "contact", "levers", "when", "duration", "r0", "latent",
    "x", "", "a b", "é", "\x1b", "k" * 500, "forecast_window", "hoarding", "detail", "reliability",
    "lead_time_spread", "harm", "rank", "threshold", "adjustment", "communication_cost",
)  # fmt: skip

BYTES = b"\x00\x07\x1b[]{}=\".,'#\n\r\t0123456789eE+-_xu\\ \xff\xc3\xe9\x80"


def spoilt_data(data: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A copy of plain data with one to three things wrong, or at least odd."""
    spoilt = copy.deepcopy(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        paths = list(paths_in(spoilt))
        if paths:
            _spoil(spoilt, rng.choice(paths), paths, rng)
    return spoilt


def edged_data(data: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A copy with some numbers at the edges of what is allowed."""
    edged = copy.deepcopy(data)
    numbers = [path for path in paths_in(edged) if _is_number(_at(edged, path))]
    for path in rng.sample(numbers, min(len(numbers), rng.choice((1, 2, 3, 6)))):
        now, number = _at(edged, path), rng.choice(EDGES)
        if 0 <= now <= 1 and rng.random() < 0.7:
            number = rng.choice((0.0, 1e-12, 1e-9, 0.5, 0.9999999999999999, 1.0))
        whole = isinstance(now, int) and number != math.inf
        _at(edged, path[:-1])[path[-1]] = int(number) if whole else number
    return edged


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


def paths_in(value: Any, here: Path = ()) -> Iterator[Path]:
    """The path of every table, list and value inside a value."""
    if here:
        yield here
    if isinstance(value, dict):
        for key in value:
            yield from paths_in(value[key], (*here, key))
    elif isinstance(value, list):
        for row in range(len(value)):
            yield from paths_in(value[row], (*here, row))


def _spoil(data: dict[str, Any], path: Path, paths: list[Path], rng: random.Random) -> None:
    inside: Any = _at(data, path[:-1])
    last = path[-1]
    how = rng.random()
    if how < 0.55:
        inside[last] = copy.deepcopy(rng.choice(VALUES))
    elif how < 0.62 and isinstance(inside[last], int | float):
        inside[last] = inside[last] * rng.choice((0.1, 10, 1e3, 1e6, 1e9, -1))
    elif how < 0.70:
        del inside[last]
    elif how < 0.76 and isinstance(inside, list):
        inside.insert(rng.randrange(len(inside) + 1), copy.deepcopy(inside[last]))
    elif how < 0.82 and isinstance(inside, dict):
        inside[rng.choice(KEYS)] = inside.pop(last)
    elif how < 0.92 and isinstance(inside[last], dict):
        inside[last][rng.choice(KEYS)] = copy.deepcopy(rng.choice(VALUES))
    else:
        inside[last] = copy.deepcopy(_at(data, rng.choice(paths)))


def spoilt_text(text: str, rng: random.Random) -> bytes:
    """The bytes of a text with some turned, taken out, put in or moved."""
    content = bytearray(text.encode())
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(content) + 1)
        how = rng.random()
        if how < 0.3:
            content[at : at + 1] = bytes([rng.choice(BYTES)])
        elif how < 0.5:
            content[at:at] = bytes(rng.choice(BYTES) for _ in range(rng.choice((1, 1, 3, 8))))
        elif how < 0.7:
            del content[at : at + rng.choice((1, 1, 4, 40))]
        elif how < 0.8:
            content[at:at] = rng.choice((b"[", b"{a=", b'"a".', b"a.")) * rng.choice((1, 50, 3000))
        else:
            lines = content.split(b"\n")
            row = rng.randrange(len(lines))
            moved = lines[row] if rng.random() < 0.5 else lines.pop(row)
            lines.insert(rng.randrange(len(lines) + 1), moved)
            content = bytearray(b"\n".join(lines))
    return bytes(content)
