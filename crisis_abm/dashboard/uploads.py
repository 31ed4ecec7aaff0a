"""Uploaded files as a scenario of the visitor's own, whole or not at all.

A TOML file is a scenario; organisations and links may come as CSV, XLSX or GraphML, with it or
alone. Names of files are given anew by the library; what a browser calls them only tells which is
which.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from crisis_abm.dashboard.editing import added, put
from crisis_abm.dashboard.library import Library
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.imports import read_tables
from crisis_abm.scenario.schema_things import Tables

__all__ = ["ACCEPTED", "taken_in"]

ACCEPTED = ".toml,.csv,.xlsx,.graphml"
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
            message, remedy = f"and {roles[role]} both hold {role}", "choose one of them"
            raise ScenarioError(Problem("upload", name, message=message, remedy=remedy))
        roles[role] = name
        text = put(text, ("tables", role), _safe(role, name))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for role, name in roles.items():
            (folder / _safe(role, name)).write_bytes(tables[name])
        if not texts:
            text = _with_resources(text, {r: _safe(r, n) for r, n in roles.items()}, folder)
        Scenario.from_text(text, called, folder)
    return library.add(text, {role: (_ending(name), tables[name]) for role, name in roles.items()})


def _refuse_strange(texts: Mapping[str, bytes], tables: Mapping[str, bytes]) -> None:
    strange = [name for name in tables if _ending(name) not in ACCEPTED.split(",")]
    if strange or len(texts) > 1 or not (texts or tables):
        named = ", ".join(strange or texts) or "nothing"
        message = "is no file of a scenario" if strange else "cannot be used together"
        remedy = "choose one .toml file, or .csv, .xlsx or .graphml, or both"
        raise ScenarioError(Problem("upload", named, message=message, remedy=remedy))


def _with_resources(text: str, named: Mapping[str, str], folder: Path) -> str:
    """A scenario of tables alone is about what their links carry, and nothing else."""
    imported, problems = read_tables(Tables(**named), folder, "upload")
    if problems:
        raise ScenarioError(problems)
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
    heading = content[:2000].decode("utf-8", "replace").splitlines()[:1]
    columns = {cell.strip(' "\ufeff').lower() for line in heading for cell in line.split(",")}
    return "links" if {"from", "to"} <= columns else "organisations"
