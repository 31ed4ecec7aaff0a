"""Keeping what came of something: a bundle whose manifest has all that is needed to redo it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crisis_abm.cli.guard import NothingWritten, reason

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario

__all__ = ["claimed", "kept"]


def claimed(out: Path | None) -> None:
    """Refuse a folder that cannot be written before anything is run."""
    if out is not None:
        from crisis_abm.runs.bundle import claim

        claim(out)


def kept(
    out: Path,
    kind: str,
    scenario: Scenario,
    facts: Mapping[str, Any],
    changes: Sequence[str] | None,
    began: datetime,
    seconds: float,
    tables: Mapping[str, Any],
    pictures: Mapping[str, Any],
) -> Path:
    """Write a bundle; `facts` are what `reproduce` needs to do the same again."""
    from crisis_abm.runs.bundle import write_bundle

    told = {
        **facts,
        "changes": list(changes or []),
        "command": ["crisis-abm", *sys.argv[1:]],
        "started": began.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
    }
    try:
        return write_bundle(out, kind, scenario, told, tables, pictures)
    except OSError as error:  # name the place that was asked for, not a temporary one
        raise NothingWritten(error.errno, reason(error), str(out)) from error
