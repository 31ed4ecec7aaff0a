"""One table beside a scenario, read by itself: what it holds, or what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crisis_abm.scenario import ScenarioError
from crisis_abm.scenario.io.imports import Imported, read_tables
from crisis_abm.scenario.schema.entries import Tables

NAMES = {"organisations": "o.csv", "workbook": "w.xlsx", "graph": "g.graphml"}


def read_table(folder: Path, role: str, content: str | bytes | None = None) -> Imported:
    """What a table holds; without a content, the one that is there."""
    if content is not None:
        written = content if isinstance(content, bytes) else content.encode()
        (folder / NAMES[role]).write_bytes(written)
    imported, problems = read_tables(Tables(**{role: NAMES[role]}), folder, "s.toml")
    if problems:
        raise ScenarioError(problems)
    return imported


def told_of(folder: Path, role: str, content: str | bytes | None = None) -> list[str]:
    """The lines that say what is wrong with it."""
    with pytest.raises(ScenarioError) as caught:
        read_table(folder, role, content)
    return [str(problem) for problem in caught.value.problems]
