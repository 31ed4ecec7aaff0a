"""Files of tables that an experiment sets: which they are, and where copies of them lie.

Networks can be an uncertainty (``"tables.graph" = ["dense.graphml", "sparse.graphml"]``). A name
says nothing of a network, so what is in the files belongs to what the experiment is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from crisis_abm.experiment.factors import Factor
from crisis_abm.experiment.paths import flattened
from crisis_abm.experiment.schema import FACTOR_KEYS, ExperimentContent
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.io.imports import inside
from crisis_abm.scenario.io.load import KeptFiles
from crisis_abm.scenario.paths import parse_place

__all__ = ["TABLES", "copies", "reading_once", "set_by"]

TABLES = "tables"  # the section of a scenario, and the folder of copies
DIGITS = 16  # of a hash in the name of a copy
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


def reading_once(
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
