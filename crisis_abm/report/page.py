"""A report as one HTML page that needs nothing else: no server, no internet, no script.

Findings first, then a section each with its figures, the numbers behind every figure, and at the
end how it was made. Whatever text it is given stays text (the template escapes all of it).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from crisis_abm.report.cells import as_csv, numbers_behind, shown
from crisis_abm.report.sections import Picture, Section, Table
from crisis_abm.report.style import Drawing, drawing

OPEN_ROWS = 15  # a table with more is folded away
MOST_ROWS = 200  # shown of a table; the rest is in its file
MOST_IN_PAGE = 400_000  # characters of a CSV file that a page carries with it
FOUND, MADE = "findings", "how-it-was-made"  # the addresses of the first and the last section
_ADDRESS = re.compile(r"[a-z][a-z0-9_-]*")
_URL_TEXT = "!$'()*+,-./:;=?@_~"  # left as they are in a data: address


def write_page(
    path: Path,
    title: str,
    lead: Sequence[str],
    sections: Sequence[Section],
    about: Sequence[tuple[str, str]],
) -> None:
    """Draw every picture and write the page; see `page_html`."""
    drawings = {p.name: drawing(p) for section in sections for p in section.pictures}
    path.write_text(page_html(title, lead, sections, about, drawings), encoding="utf-8")


def page_html(
    title: str,
    lead: Sequence[str],
    sections: Sequence[Section],
    about: Sequence[tuple[str, str]],
    drawings: Mapping[str, Drawing],
) -> str:
    """The text of a page.

    Parameters
    ----------
    title : str
    lead : sequence of str
        Paragraphs before everything else: what was asked, and with what reservation.
    sections : sequence of Section
        Their names are their addresses in the page, those of tables and pictures their files'.
    about : sequence of (str, str)
        How it was made, item by item.
    drawings : mapping of str to Drawing
        By the name of the picture.

    Returns
    -------
    str
        A table or picture whose CSV file has more than `MOST_IN_PAGE` characters names the file,
        which `report_files` writes beside the page; smaller ones are in the page whole.

    Raises
    ------
    ValueError
        If two sections or two files have one name, or a name cannot be an address.
    """
    _refuse_bad_names(sections)
    style = (resources.files("crisis_abm.report") / "page.css").read_text(encoding="utf-8")
    tables, pictures = _Counter(), _Counter()
    shown_sections = [
        {
            "name": section.name,
            "title": section.title,
            "words": section.words,
            "pictures": [
                _picture(one, drawings[one.name], pictures.next()) for one in section.pictures
            ],
            "tables": [_table(one, tables.next()) for one in section.tables],
        }
        for section in sections
    ]
    text: str = _template().render(
        title=title,
        lead=lead,
        sections=shown_sections,
        about=about,
        style=style,
        found=FOUND,
        made=MADE,
    )
    return text.encode("utf-8", "replace").decode()  # bytes of a name that are no letters


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    source = resources.files("crisis_abm.report") / "page.html.jinja"
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(source.read_text(encoding="utf-8"))


class _Counter:
    """Numbers figures, or tables, through the page."""

    def __init__(self) -> None:
        self.number = 0

    def next(self) -> int:
        """The next number."""
        self.number += 1
        return self.number


@dataclass(frozen=True)
class _File:
    """The CSV file of a table or picture: its name, and its content if the page carries it."""

    name: str
    address: str
    size: str


def _file(name: str, text: str) -> _File:
    carried = len(text) <= MOST_IN_PAGE
    address = f"data:text/csv;charset=utf-8,{quote(text, safe=_URL_TEXT)}" if carried else ""
    return _File(f"{name}.csv", address, f"{len(text) / 1e6:.1f} MB")


def _picture(picture: Picture, drawn: Drawing, number: int) -> dict[str, Any]:
    width, height = _size(drawn.svg)
    coded = base64.b64encode(drawn.svg.encode()).decode()
    return {
        "name": picture.name,
        "number": number,
        "about": picture.about,
        "address": f"data:image/svg+xml;base64,{coded}",
        "width": width,
        "height": height,
        "numbers": shown(numbers_behind(picture.name, "", picture.columns), MOST_ROWS),
        "file": _file(picture.name, as_csv(picture.columns)),
    }


def _size(svg: str) -> tuple[int, int]:
    """Width and height in points, so that a page knows its layout before it shows the picture."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if found is None:
        raise ValueError("the drawing has no size")
    return round(float(found[1])), round(float(found[2]))


def _table(table: Table, number: int) -> dict[str, Any]:
    numbers = shown(table, MOST_ROWS)
    return {
        "name": table.name,
        "number": number,
        "title": table.title,
        "numbers": numbers,
        "folded": numbers.total > OPEN_ROWS and not table.unfolded,
        "file": _file(table.name, as_csv(table.plain())),
    }


def _refuse_bad_names(sections: Sequence[Section]) -> None:
    """Addresses and files must not meet."""
    addresses = [FOUND, MADE, *(section.name for section in sections)]
    files = [one.name for section in sections for one in section.pictures]
    files += [one.name for section in sections for one in section.tables]
    for names in (addresses, files):
        for name in names:
            if not _ADDRESS.fullmatch(name):
                raise ValueError(f'"{name}" is no name for a section or file: a-z, 0-9, - and _')
            if names.count(name) > 1:
                raise ValueError(f'two sections, or two files, are called "{name}"')


PAGE = "report.html"
Progress = Callable[[int, int], None]


def report_files(
    title: str,
    lead: Sequence[str],
    sections: Sequence[Section],
    about: Sequence[tuple[str, str]],
    progress: Progress | None = None,
) -> dict[str, Callable[[Path], None]]:
    """What writes each file of a report, by name, for `runs.bundle.write_bundle`.

    Everything is drawn here, once; the writers only write. A picture has a PNG, an SVG and a CSV
    file, a table a CSV file; `report.html` holds all of them.

    Parameters
    ----------
    title, lead, sections, about
        As `page.page_html` takes them.
    progress : callable, optional
        Told how many pictures of how many are drawn.

    Returns
    -------
    dict of str to callable
        Each takes the path to write to.
    """
    pictures = [one for section in sections for one in section.pictures]
    drawings = {}
    for done, one in enumerate(pictures):
        if progress is not None:
            progress(done, len(pictures))
        drawings[one.name] = drawing(one)
    page = page_html(title, lead, sections, about, drawings)
    found: dict[str, Callable[[Path], None]] = {PAGE: partial(_write, page.encode())}
    for name, drawn in drawings.items():
        found[f"{name}.png"] = partial(_write, drawn.png)
        found[f"{name}.svg"] = partial(_write, drawn.svg.encode())
    numbers = {one.name: one.columns for one in pictures}
    numbers |= {one.name: one.plain() for section in sections for one in section.tables}
    for name, columns in numbers.items():
        found[f"{name}.csv"] = partial(_write, as_csv(columns).encode())
    return found


def _write(content: bytes, path: Path) -> None:
    path.write_bytes(content)
