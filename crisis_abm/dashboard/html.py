"""HTML elements by name: what stands in them is text, whatever it says."""

from __future__ import annotations

from functools import cache
from typing import Any

import ipyvuetify
import solara  # noqa: F401  it gives widgets their `element`

__all__ = ["tag"]


def tag(name: str, *children: Any, look: str = "", attributes: dict[str, str] | None = None) -> Any:
    """An element: its children are texts, which stay text, and other elements.

    Parameters
    ----------
    name : str
        Such as ``h2``.
    look : str
        Classes.
    attributes : dict of str to str, optional
    """
    return _kind(name).element(
        tag=name, children=list(children), class_=look, attributes=attributes or {}
    )


@cache
def _kind(name: str) -> Any:
    """A widget of its own for every element: a browser does not make an img out of a div."""
    return type(f"Html{name.title()}", (ipyvuetify.Html,), {})
