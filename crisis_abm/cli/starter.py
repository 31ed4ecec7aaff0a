"""Files to start from: a small scenario with comments, alone or with empty tables."""

from __future__ import annotations

import io
import os
import re
import tempfile
from importlib import resources
from pathlib import Path

from crisis_abm.atomic_write import hidden, replace
from crisis_abm.scenario import Problem, ScenarioError

__all__ = ["write_starter"]


def write_starter(name: Path, tables: str | None) -> list[Path]:
    """Write NAME.toml, and tables beside it; all of them or none, over nothing that exists.

    Parameters
    ----------
    name : Path
        With or without ``.toml``; may lie in a folder that exists.
    tables : {"csv", "xlsx"}, optional
        Without, the scenario holds its organisations itself.

    Returns
    -------
    list of Path
        The scenario first.

    Raises
    ------
    ScenarioError, OSError
    """
    file = name if name.suffix == ".toml" else name.with_name(name.name + ".toml")
    stem = file.stem
    if not re.fullmatch(r"[\w][\w .-]*", stem):
        remedy = "use letters, figures, - and _"
        raise ScenarioError(Problem(str(name), "", message="is no file name", remedy=remedy))
    if not file.parent.is_dir():
        remedy = f"make it first: mkdir {file.parent}"
        problem = Problem(str(file.parent), "", message="there is no such folder", remedy=remedy)
        raise ScenarioError(problem)
    texts = resources.files("crisis_abm") / "cli"
    template = texts / ("starter_tables.toml" if tables else "starter.toml")
    text = template.read_text(encoding="utf-8")
    title = re.sub(r"[_ -]+", " ", stem).strip().capitalize()
    text = text.replace('title = "A small town"', f'title = "{title}"', 1)
    contents: dict[Path, bytes] = {}
    if tables == "csv":
        organisations, links = f"{stem}-organisations.csv", f"{stem}-links.csv"
        named = f'organisations = "{organisations}"\nlinks = "{links}"'
        contents = {file.parent / k: v for k, v in _csv(organisations, links).items()}
    else:
        named = f'workbook = "{stem}.xlsx"'
        if tables:
            contents = {file.parent / f"{stem}.xlsx": _xlsx()}
    text = text.replace('organisations = "ORGANISATIONS"\nlinks = "LINKS"', named)
    text = text.replace("NAME", stem)
    _write_all({file: text.encode(), **contents})
    return [file, *contents]


def _csv(organisations: str, links: str) -> dict[str, bytes]:
    from crisis_abm.scenario.io.imports import LINK_COLUMNS, ORGANISATION_COLUMNS
    from crisis_abm.spreadsheet import MARK, csv_text

    return {
        organisations: (MARK + csv_text([ORGANISATION_COLUMNS])).encode(),
        links: (MARK + csv_text([LINK_COLUMNS])).encode(),
    }


def _xlsx() -> bytes:
    from openpyxl import Workbook

    from crisis_abm.scenario.io.imports import LINK_COLUMNS, ORGANISATION_COLUMNS

    book = Workbook()
    sheet = book.active
    sheet.title = "organisations"
    sheet.append(list(ORGANISATION_COLUMNS))
    book.create_sheet("links").append(list(LINK_COLUMNS))
    for one in book:
        one.freeze_panes = "A2"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _write_all(contents: dict[Path, bytes]) -> None:
    for path in contents:
        if os.path.lexists(path):  # a link that points nowhere, too
            remedy = "choose another name, or move it away"
            raise ScenarioError(Problem(str(path), "", message="exists already", remedy=remedy))
    written: list[Path] = []
    try:
        for path, content in contents.items():
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=hidden(path.name))
            written.append(Path(temporary))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(temporary, 0o666 & ~mask)
        for temporary_path, path in zip(list(written), contents, strict=True):
            replace(temporary_path, path)
            written.append(path)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
