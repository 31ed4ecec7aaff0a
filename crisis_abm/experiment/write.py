"""Writing an experiment: as TOML, and as what goes into a manifest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from crisis_abm.experiment.paths import flattened
from crisis_abm.experiment.schema import FACTOR_KEYS
from crisis_abm.scenario.io.write import emit

__all__ = ["plain_json", "written"]

_SECTIONS = {"constants": None, "uncertainties": FACTOR_KEYS, "levers": FACTOR_KEYS}


def written(data: Mapping[str, Any]) -> str:
    """The TOML of an experiment's plain data, a factor a line, in their order.

    The order is kept because it is that of the columns and of the dimensions of a sample.
    """
    import tomlkit

    head = {k: v for k, v in data.items() if k not in _SECTIONS and not isinstance(v, Mapping)}
    text = emit(head)
    for name, ends in _SECTIONS.items():
        if not data.get(name):
            continue
        section = tomlkit.table()
        for path, entry in flattened(data[name], ends):
            section.add(path, _inline(entry))
        text += "\n" + tomlkit.dumps({name: section})
    tail = {k: v for k, v in data.items() if k not in _SECTIONS and isinstance(v, Mapping)}
    return text + "\n" + emit(tail) if tail else text


def _inline(entry: Any) -> Any:
    import tomlkit

    if not isinstance(entry, Mapping):
        return entry
    line = tomlkit.inline_table()
    for key, value in entry.items():
        line.append(key, _inline(value))
    return line


def plain_json(value: Any) -> Any:
    """Plain data that JSON has words for: infinity becomes text, a date as well."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
