"""A page read back: its elements with their attributes and text, by Python's own parser."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import numpy as np

from crisis_abm.report.sections import Picture, Section, Table, columns_of
from crisis_abm.report.style import new_figure

VOID = {"br", "img", "link", "meta"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    @property
    def text(self) -> str:
        parts = (c if isinstance(c, str) else c.text for c in self.children)
        return " ".join(" ".join(parts).split())

    def all(self, *tags: str) -> list[Element]:
        """Every element below, in order; of these tags if any are given."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child] if not tags or child.tag in tags else []
                found += child.all(*tags)
        return found


class _Reader(HTMLParser):
    """Builds the tree, and refuses what is not nested properly."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read(page: str) -> Element:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [reader.root]
    return reader.root


def line(title: str = "It rises"):
    """A figure of two points."""
    figure, axes = new_figure(title)
    axes.plot([0.123456789, 1], [0, 1])
    return figure


def picture(name="rise", about="A line that rises.", columns=None) -> Picture:
    columns = columns or {"x": np.array([0.123456789, 1]), "y": np.array([0, 1])}
    return Picture(name, about, line, columns)


def table(name: str = "counted", title: str = "What was counted", rows: int = 2) -> Table:
    columns = {
        "kind": np.array([f"kind {row}" for row in range(rows)], dtype=object),
        "how_many": np.arange(rows) + 1234.5678,
    }
    return Table(name, title, columns_of(columns, {"how_many": "how many of them"}))


def section(name: str = "first", **parts) -> Section:
    return Section(name, f"The {name} part", ["What was found.", "And more."], **parts)
