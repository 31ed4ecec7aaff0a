"""Organisations and links from files beside the scenario: CSV, one XLSX workbook, or GraphML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from crisis_abm.scenario.io.cells import ReadTable, cell_values
from crisis_abm.scenario.io.load import KeptFile, KeptFiles
from crisis_abm.scenario.problems import NOTHING, FirstProblems, Problem, ScenarioError, nearest
from crisis_abm.scenario.pydantic_errors import faults, keys_of
from crisis_abm.scenario.schema.entries import (
    SIZES,
    AidRule,
    Link,
    Organisation,
    ReferralRule,
    Tables,
)
from crisis_abm.scenario.schema.fields import Section

ORGANISATION_COLUMNS = ("id", "name", "kind", "area", *SIZES, "stay", "x", "y")
LINK_COLUMNS = (*keys_of(Link), "kind")

_IDS = ("id", "from", "to")
_MADE_OF_IDS = re.compile(r"\d{1,2}-[A-Z][a-z]{2}|[A-Z][a-z]{2}-\d{2}|\d(?:\.\d+)?E\+\d+")

EVERYBODY = "*"
"""In the place of ids: a whole table could not be read."""

Entry = TypeVar("Entry", bound=Section)
TableFile = Path | KeptFile


@dataclass(frozen=True)
class Imported:
    """What the tables of a scenario hold."""

    organisations: list[Organisation] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    aid: list[AidRule] = field(default_factory=list)
    referral: list[ReferralRule] = field(default_factory=list)
    places: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """File and row of each entry, by the name of its list."""
    lost: set[str] = field(default_factory=set)
    """Ids of rows that could not be read."""
    notes: list[str] = field(default_factory=list)
    """What was read otherwise than a reader of the files may expect."""


def read_tables(
    tables: Tables | None, folder: Path | None, source: str, files: KeptFiles | None = None
) -> tuple[Imported, list[Problem]]:
    """Everything that `[tables]` names, and what is wrong with it.

    Parameters
    ----------
    tables : Tables or None
    folder : Path or None
        The scenario's folder; files outside it are not read.
    source : str
        The scenario's name in messages.
    files : KeptFiles, optional
        Take files from these, rather than from the disk every time.
    """
    imported = Imported()
    problems: list[Problem] = []
    if tables is None:
        return imported, problems
    problems += _combination(tables, source)
    jobs: list[tuple[str, Callable[[TableFile, str], Iterable[tuple[str, ReadTable]]]]]
    jobs = [
        ("organisations", _read_csv_organisations),
        ("links", _read_csv_links),
        ("workbook", _read_workbook),
        ("graph", _read_graph),
    ]
    for key, reader in jobs:
        name = getattr(tables, key)
        if name is None:
            continue
        try:
            find = partial(inside, folder, name, source, f"tables.{key}")
            kept = find() if files is None else files.file(name, find)
            for what, table in reader(kept, name):
                take = _take_organisations if what == "organisations" else _take_links
                problems_of_table = FirstProblems(table.called)
                problems_of_table.add_all(take(table, imported))
                problems += problems_of_table.listed()
                imported.notes.extend([*table.notes, *_rewritten(table)])
        except ScenarioError as error:
            problems += error.problems
            if key != "links":
                imported.lost.add(EVERYBODY)
    return imported, problems


def _combination(tables: Tables, source: str) -> Iterator[Problem]:
    given = [k for k in ("workbook", "graph") if getattr(tables, k) is not None]
    if tables.organisations is not None or tables.links is not None:
        given.append("organisations and links")
    if len(given) > 1:
        message = f"names {' and '.join(given)}"
        remedy = "choose one: two CSV files, one workbook or one graph"
        yield Problem(source, "tables", NOTHING, message, remedy)
    if not given:
        message, remedy = "names no file", 'write for example organisations = "organisations.csv"'
        yield Problem(source, "tables", NOTHING, message, remedy)


def inside(folder: Path | None, name: str, source: str, place: str, what: str = "scenario") -> Path:
    """The path of a table, which must lie in the folder of what names it, links followed.

    Raises
    ------
    ScenarioError
    """
    remedy = f"put the file into the {what}'s folder and write its name"
    if folder is None:
        message = f"cannot be read: this {what} was not read from a folder"
        raise ScenarioError(Problem(source, place, name, message, remedy))
    try:
        root = folder.resolve()
        path = (root / name).resolve()
    except (OSError, ValueError, RuntimeError):
        raise ScenarioError(Problem(source, place, name, "is not a file name", remedy)) from None
    if not path.is_relative_to(root):
        message = f"lies outside the {what}'s folder"
        raise ScenarioError(Problem(source, place, name, message, remedy))
    try:
        there = path.exists()
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError as error:
        message = f"cannot be read ({error.strerror})"
        raise ScenarioError(Problem(source, place, name, message, "check permissions")) from None
    if not there:
        remedy = nearest(name, beside[:1000], "files there")
        raise ScenarioError(Problem(source, place, name, "there is no such file", remedy))
    return path


def _read_csv_organisations(path: TableFile, name: str) -> Iterator[tuple[str, ReadTable]]:
    from crisis_abm.scenario.io.csv_table import read_csv

    yield "organisations", ReadTable(name, read_csv(path, name, ORGANISATION_COLUMNS))


def _read_csv_links(path: TableFile, name: str) -> Iterator[tuple[str, ReadTable]]:
    from crisis_abm.scenario.io.csv_table import read_csv

    yield "links", ReadTable(name, read_csv(path, name, LINK_COLUMNS))


def _read_workbook(path: TableFile, name: str) -> Iterable[tuple[str, ReadTable]]:
    from crisis_abm.scenario.io.workbook import read_workbook

    return read_workbook(path, name, {"organisations": ORGANISATION_COLUMNS, "links": LINK_COLUMNS})


def _read_graph(path: TableFile, name: str) -> Iterable[tuple[str, ReadTable]]:
    from crisis_abm.scenario.io.graphml import read_graph

    nodes, edges = read_graph(path, name, ORGANISATION_COLUMNS, LINK_COLUMNS)
    return [("organisations", nodes), ("links", edges)]


def _rewritten(table: ReadTable) -> Iterator[str]:
    """Ids that look like what a spreadsheet makes of them when it opens a CSV file."""
    suspects = [
        (called, cell)
        for called, cells in (table.rows if table.spreadsheet else ())
        for cell in map(cells.get, _IDS)
        if isinstance(cell, str) and _MADE_OF_IDS.fullmatch(cell)
    ]
    if suspects:
        (called, cell), more = (
            suspects[0],
            f" and {len(suspects) - 1:,} more" if suspects[1:] else "",
        )
        what = "look like dates or large numbers that a spreadsheet made of them"
        yield f'{table.called}: ids {what}: "{cell}" ({called}){more}'


def _take_organisations(table: ReadTable, imported: Imported) -> Iterator[Problem]:
    file = table.called
    places = imported.places.setdefault("organisations", [])
    for called, cells in table.rows:
        values, problems = cell_values(cells, file, called, table.spreadsheet)
        x, y = values.pop("x", None), values.pop("y", None)
        if (x is None) != (y is None):
            remedy = "give both x and y, or neither"
            problems.append(Problem(file, called, NOTHING, "has half a position", remedy))
        elif x is not None:
            values["position"] = [x, y]
        entry = None if problems else _entry(Organisation, values, file, called, problems)
        if problems:
            imported.lost.add(str(cells.get("id", "")))
        if entry is not None:
            imported.organisations.append(entry)
            places.append((file, called))
        yield from problems


def _take_links(table: ReadTable, imported: Imported) -> Iterator[Problem]:
    file = table.called
    partners: set[frozenset[str]] = set()
    for called, cells in table.rows:
        values, problems = cell_values(cells, file, called, table.spreadsheet)
        kind = str(values.pop("kind", "supply"))
        if not problems:
            if kind == "supply":
                link = _entry(Link, values, file, called, problems)
                if link is not None:
                    imported.links.append(link)
                    imported.places.setdefault("links", []).append((file, called))
            elif kind == "referral":
                _take_referral(values, file, called, imported, problems)
            elif kind == "aid":
                _take_aid(values, file, called, imported, problems, partners)
            else:
                remedy = nearest(kind, ("supply", "aid", "referral"))
                problems.append(
                    Problem(file, f"{called}, kind", kind, "is no kind of link", remedy)
                )
        yield from problems


def _take_referral(
    values: dict[str, Any], file: str, called: str, imported: Imported, problems: list[Problem]
) -> None:
    values = {
        "from": [values.get("from")],
        "to": [values.get("to")],
        "share": values.get("share"),
        "within": "anywhere",
    }
    rule = _entry(ReferralRule, values, file, called, problems)
    if rule is not None:
        imported.referral.append(rule)
        imported.places.setdefault("referral", []).append((file, called))


def _take_aid(
    values: dict[str, Any],
    file: str,
    called: str,
    imported: Imported,
    problems: list[Problem],
    partners: set[frozenset[str]],
) -> None:
    """Aid goes both ways, so a pair given in both directions is one rule."""
    ends = [values.get("from"), values.get("to")]
    pair = frozenset(map(str, [*ends, f"resource {values.get('resource')}"]))
    rule = _entry(
        AidRule,
        {"resource": values.get("resource"), "between": ends, "within": "anywhere"},
        file,
        called,
        problems,
    )
    if rule is not None and pair not in partners:
        partners.add(pair)
        imported.aid.append(rule)
        imported.places.setdefault("aid", []).append((file, called))


def _entry(
    model: type[Entry], values: dict[str, Any], file: str, called: str, problems: list[Problem]
) -> Entry | None:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for problem in faults(error, file, model):
            place = f"{called}, column {problem.place}" if problem.place else called
            problems.append(Problem(file, place, problem.value, problem.message, problem.remedy))
    return None
