"""The words of the model at the foot of every page, and what a marked one means, beside it."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

__all__ = ["Words", "with_terms"]

_HERE = Path(__file__).parent


class Words(anywidget.AnyWidget):
    """A list that opens on demand; once on a page, it explains every word that is marked there.

    Attributes
    ----------
    words : list of [str, str, str]
        Id, word and meaning.
    """

    _esm = _HERE / "words.js"
    words = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)


def with_terms(*files: str) -> str:
    """JavaScript of a widget that may mark words: ``wordsOrTerm(words, id)`` stands before it."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in ("term.js", *files))
