"""Messages of a page, looked at before anything is done for them.

They are those of the Jupyter messaging protocol: JSON, or in binary the number of parts, where each
of them begins, and the parts, the first of which is JSON. The libraries below believe what they
are told there: a frame of the four bytes ``7f ff ff ff`` is taken for two thousand million parts.
"""

from __future__ import annotations

import json
import struct
from typing import Any

__all__ = ["LARGEST", "Pace", "is_sound"]

LARGEST = 4 * 2**20  # bytes of a whole message; an upload comes in parts of a quarter of that
MOST_JSON = 2**20  # bytes
MOST_PARTS = 16
AT_ONCE, A_SECOND = 1000, 100  # messages of one page: it asks for its many widgets when it begins
LONGEST_NAME = 200
CHANNELS = {"shell", "control", "iopub", "stdin"}
COMMS = {"comm_open", "comm_msg", "comm_close"}
KINDS = COMMS | {"comm_info_request", "kernel_info_request", "shutdown_request"}
OPENED = {"solara.control", "jupyter.widget.control"}  # widgets are made here, never by a page


class Pace:
    """How fast one page may send: what comes faster waits, and so does whoever sends it."""

    def __init__(self) -> None:
        self._left, self._last = float(AT_ONCE), 0.0

    def wait(self, now: float) -> float:
        """Seconds that a message is to wait which came at `now`, seconds."""
        passed, self._last = max(0.0, now - self._last), now
        self._left = min(float(AT_ONCE), self._left + passed * A_SECOND) - 1.0
        return max(0.0, -self._left / A_SECOND)


def is_sound(message: str | bytes) -> bool:
    """Whether a message is one that a page of the dashboard may send."""
    text = message if isinstance(message, str) else _json_of(message)
    if text is None or len(text) > MOST_JSON:
        return False
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and _says(told)


def _says(told: dict[str, Any]) -> bool:
    header, content = told.get("header"), told.get("content")
    if not (isinstance(header, dict) and isinstance(content, dict)):
        return False
    if any(not isinstance(told.get(part, {}), dict) for part in ("parent_header", "metadata")):
        return False
    kind = header.get("msg_type")
    if not (_named(kind, KINDS) and _named(told.get("channel"), CHANNELS)):
        return False
    if kind in COMMS:
        comm = content.get("comm_id")
        if not (isinstance(comm, str) and len(comm) <= LONGEST_NAME):
            return False
        if not isinstance(content.get("data", {}), dict):
            return False
    return kind != "comm_open" or _named(content.get("target_name"), OPENED)


def _named(value: Any, names: set[str]) -> bool:
    return isinstance(value, str) and value in names


def _json_of(message: bytes) -> bytes | None:
    """The first part of a binary message; None if the parts are not where it says."""
    if not 4 <= len(message) <= LARGEST:
        return None
    (count,) = struct.unpack_from("!I", message)
    if not 1 <= count <= MOST_PARTS or len(message) < 4 * (count + 1):
        return None
    starts = struct.unpack_from(f"!{count}I", message, 4)
    ends = (*starts[1:], len(message))
    if starts[0] != 4 * (count + 1) or any(a > b for a, b in zip(starts, ends, strict=True)):
        return None
    return message[starts[0] : ends[0]]
