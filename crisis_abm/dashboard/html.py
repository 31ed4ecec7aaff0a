"""HTML elements by name: what stands in them is text, whatever it says."""

from __future__ import annotations

from typing import Any

import solara

__all__ = ["tag", "text_table"]


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
    return solara.v.Html(
        tag=name, children=list(children), class_=look, attributes=attributes or {}
    )


def text_table(caption: str, headings: list[str], rows: list[list[str]], figures: int = 0) -> Any:
    """A table; from column number `figures` on its cells are figures, set right (0: none are)."""
    look = lambda k: "ca-figure" if figures and k >= figures else ""  # noqa: E731
    head = [
        tag("th", words, look=look(k), attributes={"scope": "col"})
        for k, words in enumerate(headings)
    ]
    body = []
    for row in rows:
        cells = [tag("th", row[0], attributes={"scope": "row"})]
        cells += [tag("td", cell, look=look(k)) for k, cell in enumerate(row[1:], start=1)]
        body.append(tag("tr", *cells))
    return tag(
        "div",
        tag("table", tag("caption", caption), tag("thead", tag("tr", *head)), tag("tbody", *body)),
        look="ca-table",
        attributes={"tabindex": "0", "role": "region", "aria-label": caption},
    )
