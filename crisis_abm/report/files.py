"""The files of a report: the page, and beside it every figure and every table by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from crisis_abm.report.cells import as_csv
from crisis_abm.report.drawing import drawing
from crisis_abm.report.page import page_html
from crisis_abm.report.sections import Section

__all__ = ["PAGE", "report_files"]

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
