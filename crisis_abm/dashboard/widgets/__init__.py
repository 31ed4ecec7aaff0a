"""What a browser draws and asks by itself: widgets, each with its JavaScript beside it.

A browser gets the script of a widget as a text without an address, where a relative import leads
nowhere. So the files, which are modules to a linter and to the tests, are joined into one.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["source"]

_HERE = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(async |const|function))", re.MULTILINE)


def source(name: str) -> str:
    """A file of this folder after all that it imports, for ``_esm`` of a widget.

    A path would do for a file without imports, but anywidget tells every widget when its file
    changes, and therefore keeps all that were ever made: a page that is closed would not give its
    memory back. Imports are of the form ``import { a, b } from "./other.js";``. Names at the top of
    all files that come together must differ: they end in one scope.
    """
    joined: dict[str, str] = {}
    _join(name, joined)
    return "\n".join(filter(None, joined.values()))


def _join(name: str, joined: dict[str, str]) -> None:
    """Add a file to the others, behind what it imports."""
    if name in joined:
        return
    joined[name] = ""  # holds its place where two files import each other
    text = (_HERE / name).read_text(encoding="utf-8")
    for imported in _IMPORT.findall(text):
        _join(imported, joined)
    del joined[name]
    joined[name] = _EXPORT.sub("", _IMPORT.sub("", text))
