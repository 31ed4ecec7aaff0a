"""Reading an experiment file and the files that it names: every fault told at once.

These are the scenario, a table of points, and tables that the experiment sets: networks can be an
uncertainty (``"tables.graph" = ["dense.graphml", "sparse.graphml"]``). A name says nothing of a
network, so what is in the files belongs to what the experiment is.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from pydantic import ValidationError

from crisis_abm.experiment.design.factors import Factor, flattened
from crisis_abm.experiment.design.points import MOST_POINTS, MOST_RUNS, faults_of_design, promised
from crisis_abm.experiment.design.read_factors import (
    read_constants,
    read_levers,
    read_uncertainties,
    settled,
)
from crisis_abm.experiment.design.schema import FACTOR_KEYS, Design, ExperimentContent
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.io.cells import as_number
from crisis_abm.scenario.io.imports import inside
from crisis_abm.scenario.io.load import KeptFiles, read_text, scenario_beside
from crisis_abm.scenario.paths import parse_place, with_lines
from crisis_abm.scenario.problems import NOTHING, nearest
from crisis_abm.scenario.pydantic_errors import faults, without
from crisis_abm.spreadsheet import from_spreadsheet
from crisis_abm.tables.build import build

LARGEST_FILE = 5_000_000  # bytes; many points belong in a CSV file
DIRECTIONS = {"less": -1, "neither": 0, "more": 1}
LARGEST_TABLE = 200_000_000  # bytes
MOST_TOLD = 20  # faults of single values
TABLES = "tables"  # the section of a scenario, and the folder of copies
DIGITS = 16  # of a hash in the name of a copy
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


class ExperimentError(ScenarioError):
    """An experiment cannot be used; `problems` says why, every reason at once."""


@dataclass(frozen=True)
class Read:
    """What was read: all that an `Experiment` is, but the points.

    Attributes
    ----------
    content : ExperimentContent
        The file as it stands.
    written : Scenario
        The scenario of the file, before constants.
    scenario : Scenario
        With constants, and without the ranges of what the experiment itself sets.
    constants : dict of str to object
        By path.
    factors : tuple of Factor
    directions : dict of str to int
        By outcome, as in `outcomes.Outcome.better`.
    rows : list of dict
        Of a table of points.
    """

    content: ExperimentContent
    written: Scenario
    scenario: Scenario
    constants: dict[str, Any]
    factors: tuple[Factor, ...]
    directions: dict[str, int]
    rows: list[dict[str, Any]]


def read_experiment(
    data: dict[str, Any],
    source: str,
    folder: Path | None,
    text: str | None,
    scenario: Scenario | None = None,
) -> Read:
    """Check the plain data of an experiment file.

    Parameters
    ----------
    data : dict
    source : str
        What the file is called in errors.
    folder : Path or None
        Where the scenario and the table of points are looked for.
    text : str or None
        For the lines of errors.
    scenario : Scenario, optional
        Take this one rather than reading the file's.

    Raises
    ------
    ExperimentError
    """
    problems: list[Problem] = []
    content = _content(data, source, problems)
    read: Read | None = None
    if content is not None:
        try:
            written = scenario or Scenario.load(
                scenario_beside(content.scenario, folder, source, "experiment")
            )
        except ScenarioError as error:
            problems += error.problems
        else:
            written = _reading_once(content, written, source, folder, problems)
            read = _against(content, written, source, folder, problems)
    if problems or read is None:
        raise ExperimentError(with_lines(problems, source, text, ()))
    return read


def _content(
    data: dict[str, Any], source: str, problems: list[Problem]
) -> ExperimentContent | None:
    """The file's content, without what was at fault so that the rest can be checked too."""
    tried = data
    for _ in range(3):
        try:
            return ExperimentContent.model_validate(tried)
        except ValidationError as error:
            if not problems:
                problems += faults(error, source, ExperimentContent)
            tried, _left_out = without(tried, error)
            tried.setdefault("title", "")
    return None


def _against(
    content: ExperimentContent,
    written: Scenario,
    source: str,
    folder: Path | None,
    problems: list[Problem],
) -> Read:
    """Hold the sections against the scenario they are about."""
    constants, changed = read_constants(content.constants, written, source, problems)
    left_out = changed.left_out[len(written.left_out) :]
    uncertain = read_uncertainties(
        content.uncertainties, changed, constants, left_out, source, problems
    )
    levers = read_levers(content.levers, changed, source, problems)
    scenario = settled(changed, [factor.name for factor in uncertain])
    factors = (*uncertain, *levers)
    directions = _directions(content.outcomes, source, problems)
    rows: list[dict[str, Any]] = []
    if not problems:  # else a design would be blamed for factors that were left out
        problems += faults_of_design(factors, content.design, source)
    if not problems and content.design.method == "points":
        rows = _read_points(content.design, factors, folder, source, problems)
    if not problems:
        problems += _too_many(promised(factors, content.design, rows), content, source)
    if not problems:
        try:
            build(scenario)  # once, however large: a sweep would fail in every run
        except ScenarioError as error:
            problems += error.problems
    return Read(content, written, scenario, constants, factors, directions, rows)


def _directions(wanted: Mapping[str, str], source: str, problems: list[Problem]) -> dict[str, int]:
    for name in wanted:
        if name not in OUTCOMES:
            place, remedy = f"outcomes.{name}", nearest(name, OUTCOMES, "outcomes")
            problems.append(Problem(source, place, NOTHING, "there is no such outcome", remedy))
    if not wanted:
        return {name: outcome.better for name, outcome in OUTCOMES.items()}
    return {name: DIRECTIONS[word] for name, word in wanted.items()}


def _too_many(points: int, content: ExperimentContent, source: str) -> list[Problem]:
    runs = points * content.replicates
    if points <= MOST_POINTS and runs <= MOST_RUNS:
        return []
    message = (
        f"makes {points:,} points, with {content.replicates:,} replicates {runs:,} runs; at most "
        f"{MOST_POINTS:,} points and {MOST_RUNS:,} runs are taken"
    )
    remedy = "take fewer samples, values or replicates, or sample instead of crossing"
    return [Problem(source, "design", NOTHING, message, remedy)]


def _read_points(
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


def _reading_once(
    content: ExperimentContent,
    written: Scenario,
    source: str,
    folder: Path | None,
    problems: list[Problem],
) -> Scenario:
    """The scenario as it is, or if the experiment sets tables so that each file is read once.

    Parameters
    ----------
    content : ExperimentContent
    written : Scenario
    source : str
        The experiment file.
    folder : Path or None
        Its folder, in which `content.files` lie.
    problems : list of Problem
        What is wrong is added to it.
    """
    paths = [path for path, _ in flattened(content.constants)]
    paths += [path for path, _ in flattened(content.uncertainties, FACTOR_KEYS)]
    if not any(map(_sets_tables, paths)):
        return written
    places = {}
    for name, copy in content.files.items():
        try:
            places[name] = inside(folder, copy, source, f'files."{name}"')
        except ScenarioError as error:
            problems += error.problems
    try:
        return written.reading(KeptFiles(places))
    except ScenarioError as error:
        problems += error.problems
        return written


def _sets_tables(path: str) -> bool:
    try:
        return parse_place(path)[0] == TABLES
    except ValueError:
        return False


def set_by(
    scenario: Scenario, constants: Mapping[str, Any], factors: Iterable[Factor]
) -> dict[str, bytes]:
    """The files that constants and factors name, by name, with what is in them."""
    if scenario.files is None:
        return {}
    values = [value for path, value in constants.items() if _sets_tables(path)]
    values += [list(one.values or ()) for one in factors if _sets_tables(one.name)]
    contents = scenario.files.contents
    return {name: contents[name] for name in _texts(values) if name in contents}


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping | list | tuple):
        for value in data.values() if isinstance(data, Mapping) else data:
            yield from _texts(value)


def copies(files: Mapping[str, bytes]) -> dict[str, str]:
    """What a copy of each file is called, as a path in the folder of a sweep: by its content.

    >>> copies({"nets/a.graphml": b"", "/elsewhere/b.GRAPHML": b""})["nets/a.graphml"]
    'tables/e3b0c44298fc1c14.graphml'
    """
    found = {}
    for name, content in files.items():
        suffix = PurePath(name).suffix.lower()
        kept = suffix if _SUFFIX.fullmatch(suffix) else ""
        found[name] = f"{TABLES}/{hashlib.sha256(content).hexdigest()[:DIGITS]}{kept}"
    return found
