"""The JavaScript of a widget, as text."""

from __future__ import annotations

from pathlib import Path

__all__ = ["source"]

_HERE = Path(__file__).parent


def source(*files: str) -> str:
    """Files of this folder one after the other, for ``_esm`` of a widget.

    A path would do as well, but anywidget tells every widget when its file changes, and therefore
    keeps all that were ever made: a page that is closed would not give its memory back.
    """
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in files)
