"""Arrays and what is said about them as one string of bytes, which a browser reads without copying.

Four bytes with the length of the header, the header as JSON, then the arrays, each at a multiple
of eight from the end of the header: ``arrays`` of the header says of each its type, where it
starts and how many values it has. Everything is little-endian, as every browser is.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

__all__ = ["packed", "unpacked"]

EACH = 8  # bytes; a browser looks at an array only where its own values would begin
KINDS = {"u1", "u2", "u4", "i4", "f4"}  # the types that `run_view_data.js` knows


def packed(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """Put them together.

    Parameters
    ----------
    header : dict
        What JSON can say.
    arrays : dict of str to ndarray
        Of any shape, of a type in `KINDS`; only their values are sent, in row order.
    """
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
