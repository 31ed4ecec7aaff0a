"""Reading an experiment file: checked like a scenario, every fault told at once."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crisis_abm.experiment import table
from crisis_abm.experiment.design import MOST_POINTS, MOST_RUNS, faults_of_design, promised
from crisis_abm.experiment.factors import Factor
from crisis_abm.experiment.levers import read_levers
from crisis_abm.experiment.schema import ExperimentContent
from crisis_abm.experiment.table_files import reading_once
from crisis_abm.experiment.uncertainties import read_constants, read_uncertainties, settled
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.io.load import ready_made_scenarios, scenarios_in
from crisis_abm.scenario.paths import with_lines
from crisis_abm.scenario.problems import NOTHING, nearest
from crisis_abm.scenario.pydantic_errors import faults, without
from crisis_abm.tables.build import build

__all__ = ["LARGEST_FILE", "ExperimentError", "Read", "read_experiment"]

LARGEST_FILE = 5_000_000  # bytes; many points belong in a CSV file
DIRECTIONS = {"less": -1, "neither": 0, "more": 1}


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
            written = scenario or scenario_named(content.scenario, folder, source)
        except ScenarioError as error:
            problems += error.problems
        else:
            written = reading_once(content, written, source, folder, problems)
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
        rows = table.read_points(content.design, factors, folder, source, problems)
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


def scenario_named(name: str, folder: Path | None, source: str) -> Scenario:
    """A scenario by path, relative to `folder`, or by the name of a ready-made one.

    Raises
    ------
    ScenarioError
    """
    path = (folder or Path()) / name
    for tried in (path, path.with_name(path.name + ".toml") if path.name else path):
        with contextlib.suppress(OSError):  # a name too long for the system is no file's
            if tried.is_file():
                return Scenario.load(tried)
    known = ready_made_scenarios()
    if name.removesuffix(".toml") in known:
        return Scenario.load(known[name.removesuffix(".toml")])
    message = "there is no such scenario, neither beside the experiment nor among the ready-made"
    remedy = nearest(name, [*known, *scenarios_in(path.parent)], "there are")
    raise ScenarioError(Problem(source, "scenario", name, message, remedy))
