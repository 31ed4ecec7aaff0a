"""HTML elements by name, whose text stays text, and words of the model that explain themselves.

The words stand in ``words.toml``, the principles in `LEVERS`. Every page ends with all of them
(`Words`); a word that is marked points at its meaning there, which is shown beside it when it is
pointed at, reached with the keyboard or touched.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import ipyvuetify
import solara  # noqa: F401  it gives widgets their `element`

from crisis_abm.scenario import LEVERS


def tag(name: str, *children: Any, look: str = "", attributes: dict[str, str] | None = None) -> Any:
    """An element whose children are texts, which stay text, or elements; `look` are classes."""
    return _kind(name).element(
        tag=name, children=list(children), class_=look, attributes=attributes or {}
    )


@cache
def _kind(name: str) -> Any:
    """A widget of its own for every element: a browser does not make an img out of a div."""
    return type(f"Html{name.title()}", (ipyvuetify.Html,), {})


_FILE = tomllib.loads((Path(__file__).parents[1] / "words.toml").read_text(encoding="utf-8"))

GLOSSARY: dict[str, str] = {word: " ".join(entry["means"].split()) for word, entry in _FILE.items()}
GLOSSARY |= {lever.title.lower(): lever.meaning for lever in LEVERS.values()}
"""What each word means, in one to three sentences."""

_ALSO = {also: word for word, entry in _FILE.items() for also in entry.get("also", ())}
_ALSO |= {name: lever.title.lower() for name, lever in LEVERS.items()}
_ENDINGS = ("traced to it", "vanishes without it")  # of headings that begin with the unit of harm


def find(words: str) -> str | None:
    """The word of `GLOSSARY` that some words on the screen stand for, if they do.

    >>> find("Interval from"), find("units of harm traced to it"), find("Town hall")
    ('90% interval', 'traced', None)
    """
    words = words.strip().lower()
    name = _ALSO.get(words, words)
    if name in GLOSSARY:
        return name
    return next((_ALSO[end] for end in _ENDINGS if words.endswith(f" {end}")), None)


def identity(words: str) -> str:
    """Id of the element that holds what some words mean.

    Raises
    ------
    KeyError
        If no such word is explained.

    >>> identity("Weak links")
    'ca-word-weak-link'
    """
    name = find(words)
    if name is None:
        raise KeyError(f"{words!r} is no word of the model: see crisis_abm/dashboard/words.toml")
    return "ca-word-" + re.sub(r"[^a-z0-9]+", "-", name)


def term(words: str, shown: str = "") -> Any:
    """A word of the model, marked, as an element of the page; `shown` stands there instead of it.

    Raises
    ------
    KeyError
        If no such word is explained.
    """
    attributes = {"type": "button", "aria-describedby": identity(words)}
    return tag("button", shown or words, look="ca-term", attributes=attributes)


def marked(sentence: str, *words: str) -> list[Any]:
    """A sentence as children of an element, with words marked where each first stands in it.

    The sentence stays text. Each word is one that is explained; those not in it are passed over.

    >>> len(marked("Reciprocal against siloed, and siloed again", "siloed", "reciprocal", "band"))
    4
    """
    children: list[Any] = []
    left, at = list(words), 0
    for found in _pattern(tuple(words)).finditer(sentence) if words else ():
        word = found[0].lower()
        if word in left:
            left.remove(word)
            children += [sentence[at : found.start()], term(word, found[0])]
            at = found.end()
    return [child for child in (*children, sentence[at:]) if child != ""]


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)
