"""The text of a table, in whatever encoding a spreadsheet program saved it.

Excel writes UTF-8 with a mark in front, UTF-16 ("Unicode text"), or, on a western Windows, the
code page 1252 without saying so. The first two are certain; the last is what remains when a file is
not UTF-8 and each of its bytes is a letter or sign of that code page.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from crisis_abm.scenario.load import KeptFile, read_bytes
from crisis_abm.scenario.problems import NOTHING, Problem, ScenarioError

__all__ = ["decoded", "read_table_text"]

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # in no table


def read_table_text(path: Path | KeptFile, largest: int, name: str) -> str:
    """The text of a file, as `decoded`.

    Parameters
    ----------
    path : Path or KeptFile
    largest : int
        Bytes that are read at most.
    name : str
        What to call the file in messages.

    Raises
    ------
    ScenarioError
    """
    return decoded(read_bytes(path, largest, name), name)


def decoded(content: bytes, name: str) -> str:
    """The text that the bytes of a table stand for.

    Raises
    ------
    ScenarioError
        If that is not certain.

    >>> decoded("Zürich".encode("cp1252"), "t.csv") == decoded("Zürich".encode("utf-16"), "t.csv")
    True
    """
    marked = [encoding for mark, encoding in _MARKS.items() if content.startswith(mark)]
    for encoding in marked or ["utf-8", *_unmarked(content)]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding in ("utf-8", "utf-8-sig") or not _CONTROL.search(text):
            return text
    remedy = "save it as CSV UTF-8"
    raise ScenarioError(Problem(name, "", NOTHING, "is not text that can be read", remedy))


def _unmarked(content: bytes) -> list[str]:
    """What it may be in that is no UTF-8; every second byte of western UTF-16 is nought."""
    if content[1::2].count(0) > len(content) / 4:
        return ["utf-16-le"]
    if content[::2].count(0) > len(content) / 4:
        return ["utf-16-be"]
    return ["cp1252"]
