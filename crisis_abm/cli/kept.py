"""Keeping what an analysis came to: a bundle whose manifest has the arguments to run it again."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from crisis_abm.cli.guard import reason

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario

__all__ = ["claimed", "kept", "say_where"]


def claimed(out: Path | None) -> None:
    """Refuse a folder that cannot be written before anything is run."""
    if out is not None:
        from crisis_abm.runs.bundle import claim

        claim(out)


def kept(
    out: Path,
    kind: str,
    scenario: Scenario,
    arguments: Mapping[str, Any],
    changes: Sequence[str] | None,
    began: datetime,
    seconds: float,
    tables: Mapping[str, Any],
    pictures: Mapping[str, Any],
) -> Path:
    """Write the bundle of an analysis; `arguments` are those that `reproduce` passes again."""
    from crisis_abm.runs.bundle import write_bundle

    facts = {
        "arguments": dict(arguments),
        "changes": list(changes or []),
        "command": ["crisis-abm", *sys.argv[1:]],
        "started": began.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
    }
    try:
        return write_bundle(out, kind, scenario, facts, tables, pictures)
    except OSError as error:  # name the place that was asked for, not a temporary one
        raise OSError(error.errno, reason(error), str(out)) from error


def say_where(folder: Path | None) -> None:
    """Say where it was kept, and how to run it again."""
    if folder is not None:
        typer.echo(f"\nKept in {folder}\nRun it again: crisis-abm reproduce {folder}")
