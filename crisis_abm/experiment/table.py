"""A table of points, from a CSV file or written out in the experiment."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crisis_abm.experiment.factors import Factor
from crisis_abm.experiment.schema import Design
from crisis_abm.scenario import Problem, ScenarioError
from crisis_abm.scenario.io.cells import as_number
from crisis_abm.scenario.io.load import read_text
from crisis_abm.scenario.problems import NOTHING, nearest
from crisis_abm.spreadsheet import from_spreadsheet

__all__ = ["read_points"]

LARGEST_TABLE = 200_000_000  # bytes
MOST_TOLD = 20  # faults of single values


def read_points(
    design: Design,
    factors: Sequence[Factor],
    folder: Path | None,
    source: str,
    problems: list[Problem],
) -> list[dict[str, Any]]:
    """The rows of a table of points, by factor.

    Every column is a factor and every factor a column, but levers given as lists, which may be
    left out: then they are crossed with the rows. Every value lies within its factor.

    Parameters
    ----------
    design : Design
        Names the file or holds the points.
    factors : sequence of Factor
    folder : Path or None
        Where the file is looked for.
    source : str
        The experiment file.
    problems : list of Problem
        What is wrong is added to it.
    """
    if design.points is not None:
        places = [f"design.points[{row}]" for row in range(len(design.points))]
        return _checked(design.points, places, factors, design, source, problems)
    assert design.file is not None
    path = (folder or Path()) / design.file
    try:
        text = read_text(path, LARGEST_TABLE)
    except ScenarioError as error:
        problems += error.problems
        return []
    try:
        header, *lines = [*csv.reader(io.StringIO(text, newline=""), strict=True)] or [[]]
    except csv.Error as error:
        remedy = "check quotes and commas"
        problems.append(Problem(str(path), "", NOTHING, f"is no CSV file ({error})", remedy))
        return []
    names = [name.strip() for name in header]
    rows, places = [], []
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != len(names):
            message = f"has {len(line)} values, the heading {len(names)}"
            remedy = "give every column a value"
            problems.append(Problem(str(path), f"row {number}", NOTHING, message, remedy))
            continue
        by_name = dict(zip(names, line, strict=True))
        kinds = {factor.name: factor for factor in factors}
        rows.append({name: _read(cell, kinds.get(name)) for name, cell in by_name.items()})
        places.append(f"row {number}")
    if len(set(names)) < len(names):
        message = "the heading names a column twice"
        problems.append(Problem(str(path), "row 1", NOTHING, message, "keep one of them"))
    return _checked(rows, places, factors, design, str(path), problems)


def _read(cell: str, factor: Factor | None) -> Any:
    """A cell as its factor has it."""
    cell = cell.strip()
    if factor is None or factor.is_text:
        return from_spreadsheet(cell)
    if isinstance(factor.ends[0], bool):
        return {"true": True, "false": False}.get(cell.lower(), cell)
    number = as_number(cell)
    if number is None:
        return cell
    return int(cell) if re.fullmatch("[+-]?[0-9]{1,300}", cell) else number


def _checked(
    rows: list[dict[str, Any]],
    places: list[str],
    factors: Sequence[Factor],
    design: Design,
    source: str,
    problems: list[Problem],
) -> list[dict[str, Any]]:
    if not rows:
        remedy = "give it a heading and at least one row"
        problems.append(Problem(source, "", NOTHING, "holds no point", remedy))
        return []
    by_name = {factor.name: factor for factor in factors}
    found = []
    for name in rows[0]:
        if name not in by_name:
            message = "is no uncertainty and no lever of the experiment"
            remedy = nearest(name, by_name, "they are")
            found.append(Problem(source, f'column "{name}"', NOTHING, message, remedy))
    for name, factor in by_name.items():
        crossed = design.cross and factor.kind == "lever" and factor.values is not None
        if name not in rows[0] and not crossed:
            message, remedy = "is missing", "every uncertainty and every lever with low and high"
            remedy += " is a column"
            found.append(Problem(source, f'column "{name}"', NOTHING, message, remedy))
    first: dict[tuple[Any, ...], str] = {}
    for row, place in zip(rows, places, strict=True):
        if row.keys() != rows[0].keys():
            message, remedy = "names other factors than the first point", "name the same in all"
            found.append(Problem(source, place, NOTHING, message, remedy))
            continue
        sound = True
        for name, value in row.items():
            if name in by_name and not by_name[name].admits(value):
                remedy = f"it is {_span(by_name[name])}"
                message = "is no value of this factor"
                found.append(Problem(source, f'{place}, column "{name}"', value, message, remedy))
                sound = False
        if sound:  # runs of the same point would be the same, and count twice
            before = first.setdefault(tuple(row[name] for name in rows[0]), place)
            if before != place:
                message, remedy = f"is the point of {before} again", "keep one of the two"
                found.append(Problem(source, place, NOTHING, message, remedy))
    problems += found[:MOST_TOLD]
    if len(found) > MOST_TOLD:
        message = f"has {len(found) - MOST_TOLD:,} more faults like these"
        problems.append(Problem(source, "", NOTHING, message, "mend the first ones"))
    return rows


def _span(factor: Factor) -> str:
    if factor.values is not None:
        return "one of " + ", ".join(str(value) for value in factor.values[:12])
    whole = " a whole number" if factor.whole else ""
    return f"{whole.strip()} from {factor.low:g} to {factor.high:g}".strip()
