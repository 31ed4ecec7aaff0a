"""Uploaded files as a scenario of the visitor's own, whole or not at all.

A TOML file is a scenario; organisations and links may come as CSV, XLSX or GraphML, with it or
alone. Names of files are given anew by the library; what a browser calls them only tells which is
which.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from crisis_abm.dashboard.scenarios.editing import added, put
from crisis_abm.dashboard.scenarios.library import Library
from crisis_abm.dashboard.scenarios.problems import sentences
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.io.csv_table import headings
from crisis_abm.scenario.io.imports import Imported, read_tables
from crisis_abm.scenario.schema.entries import Tables

ACCEPTED = ".toml,.csv,.xlsx,.graphml"
NEEDED = {"organisations": ("id", "kind"), "links": ("from", "to", "resource")}
PLAIN = 'title = "Uploaded network"\ndescription = "Organisations and links from tables."\n'


def taken_in(library: Library, files: Mapping[str, bytes]) -> str:
    """Keep uploaded files as a scenario; returns its key.

    Raises
    ------
    ScenarioError
        With everything that is wrong with them; then nothing is kept.
    """
    texts = {name: content for name, content in files.items() if _ending(name) == ".toml"}
    tables = {name: content for name, content in files.items() if name not in texts}
    _refuse_strange(texts, tables)
    text, called = PLAIN, "upload"
    for called, content in texts.items():
        text = _decoded(called, content)
    roles: dict[str, str] = {}
    for name, content in tables.items():
        role = _role(name, content)
        if role in roles:
            raise ScenarioError(_alike(role, {n: tables[n] for n in (roles[role], name)}))
        roles[role] = name
        text = put(text, ("tables", role), _safe(role, name))
    with tempfile.TemporaryDirectory() as place, _by_their_names(roles):
        folder = Path(place)
        for role, name in roles.items():
            (folder / _safe(role, name)).write_bytes(tables[name])
        imported = None
        if not texts:
            imported = _read({r: _safe(r, n) for r, n in roles.items()}, folder)
            text = _with_resources(text, imported)
        imported = Scenario.from_text(text, called, folder, imported).imported
    named = {role: (_ending(name), tables[name]) for role, name in roles.items()}
    return library.add(text, named, imported)


def tried(library: Library, files: Mapping[str, bytes]) -> tuple[str | None, tuple[str, ...]]:
    """As `taken_in`; gives the key, or lines for the page, whatever it was that went wrong."""
    try:
        return taken_in(library, files), ()
    except ScenarioError as error:
        return None, tuple(map(str, error.problems))
    except OSError as error:  # its text may name folders of the server
        return None, (f"It could not be kept ({error.strerror or type(error).__name__}).",)
    except Exception as error:
        return None, sentences(error)


def _refuse_strange(texts: Mapping[str, bytes], tables: Mapping[str, bytes]) -> None:
    strange = [name for name in tables if _ending(name) not in ACCEPTED.split(",")]
    if strange or len(texts) > 1 or not (texts or tables):
        named = ", ".join(strange or texts) or "nothing"
        message = "is no file of a scenario" if strange else "cannot be used together"
        remedy = "choose one .toml file, or .csv, .xlsx or .graphml, or both"
        raise ScenarioError(Problem("upload", named, message=message, remedy=remedy))


def _read(named: Mapping[str, str], folder: Path) -> Imported:
    imported, problems = read_tables(Tables(**named), folder, "upload")
    if problems:
        raise ScenarioError(problems)
    return imported


def _with_resources(text: str, imported: Imported) -> str:
    """A scenario of tables alone is about what their links carry, and nothing else."""
    for resource in dict.fromkeys(link.resource for link in imported.links):
        text = added(text, ("resources",), resource)[0]
    return text


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _safe(role: str, name: str) -> str:
    return f"{role}{_ending(name)}"


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        remedy = "save it as UTF-8"
        raise ScenarioError(
            Problem(name, "", message="is no text in UTF-8", remedy=remedy)
        ) from None


def _role(name: str, content: bytes) -> str:
    """What a table holds, as `[tables]` of a scenario calls it."""
    ending = _ending(name)
    if ending == ".graphml":
        return "graph"
    if ending == ".xlsx":
        return "workbook"
    missing = _missing(name, content)
    if not {"from", "to"} & set(missing["links"]):
        return "links"
    if "id" not in missing["organisations"]:
        return "organisations"
    lacks = {role: _listed(columns) for role, columns in missing.items()}
    message = (
        f"is no table of organisations, since it has no {lacks['organisations']}, "
        f"nor one of links, since it has no {lacks['links']}"
    )
    raise ScenarioError(Problem(name, "row 1", message=message, remedy="name its columns there"))


def _missing(name: str, content: bytes) -> dict[str, list[str]]:
    """Columns that a table lacks to be one of organisations, or of links."""
    there = {cell.lower() for cell in headings(content, name)}
    return {
        role: [column for column in columns if column not in there]
        for role, columns in NEEDED.items()
    }


def _alike(role: str, tables: Mapping[str, bytes]) -> Problem:
    """What is said of two files that hold the same."""
    both = _listed(list(tables))
    if role not in NEEDED:
        return Problem("upload", both, message=f"each hold a {role}", remedy="choose one of them")
    (other,) = NEEDED.keys() - {role}
    lacks = {name: _listed(_missing(name, content)[other]) for name, content in tables.items()}
    reasons = _listed([f"{name} has no {columns}" for name, columns in lacks.items()])
    message = f"both look like tables of {role}: for {other}, {reasons}"
    remedy = f"name the columns of {other} {_listed(NEEDED[other])}, or leave one file out"
    return Problem("upload", both, message=message, remedy=remedy)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


@contextmanager
def _by_their_names(roles: Mapping[str, str]) -> Iterator[None]:
    """Faults of tables are told by the names that the visitor knows them by."""
    try:
        yield
    except ScenarioError as error:
        known = {_safe(role, name): name for role, name in roles.items()}

        def named(value: Any) -> Any:
            for safe, name in known.items() if isinstance(value, str) else ():
                value = value.replace(safe, name)
            return value

        told = ("file", "value", "message", "remedy")
        problems = [
            replace(one, **{part: named(getattr(one, part)) for part in told})
            for one in error.problems
        ]
        raise ScenarioError(problems) from None
