"""Plain data as TOML text, where there is no text with comments to keep.

The editor of TOML that keeps comments (tomlkit) takes minutes for the rows of a large table; this
takes a second.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

__all__ = ["emit", "inline"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def emit(data: Mapping[str, Any], path: Sequence[str] = ()) -> str:
    """TOML for a table at `path`: its own keys first, then tables and lists of tables.

    >>> print(emit({"events": [{"start": 3}], "title": "Flood"}), end="")
    title = "Flood"
    <BLANKLINE>
    [[events]]
    start = 3
    """
    return "".join(_lines(data, tuple(path))).lstrip("\n")


def inline(value: Any) -> str:
    """A value as it stands behind an equals sign, in one line.

    >>> inline({"title": "Flood", "start": 3})
    '{ title = "Flood", start = 3 }'
    """
    return _value(value)


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for key, value in table.items():
        if not _stands_apart(value):
            yield f"{_key(key)} = {_value(value)}\n"
    for key, value in table.items():
        if not _stands_apart(value):
            continue
        inner = (*path, key)
        heading = ".".join(map(_key, inner))
        if isinstance(value, Mapping):
            if not value or any(not _stands_apart(v) for v in value.values()):
                yield f"\n[{heading}]\n"
            yield from _lines(value, inner)
        else:
            for entry in value:
                yield f"\n[[{heading}]]\n"
                yield from _lines(entry, inner)


def _stands_apart(value: Any) -> bool:
    """Whether a value is written under a heading of its own."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(entry, Mapping) for entry in value)
    return isinstance(value, Mapping)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    raise TypeError(f"TOML holds no {type(value).__name__}")
