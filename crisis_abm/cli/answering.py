"""What every command that runs something does with what came of it: keeps it, and says it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from crisis_abm.cli import screen
from crisis_abm.cli.guard import NothingWritten, reason

if TYPE_CHECKING:
    from crisis_abm.cli.sweep_rows import Asked
    from crisis_abm.report.sections import Again, Report
    from crisis_abm.scenario import Scenario

__all__ = ["Answering", "claimed", "kept"]


@dataclass(frozen=True)
class Answering:
    """Somebody waits for an answer: on the screen or in JSON, perhaps in a folder, too.

    Parameters
    ----------
    kind : str
        Of the bundle: the name of the command.
    scenario : Scenario
    changes : sequence of str or None
        As given with ``--set``.
    out : Path or None
    json : bool

    Raises
    ------
    BundleError
        At once, if the folder cannot be written: before anything is run.
    """

    kind: str
    scenario: Scenario
    changes: Sequence[str] | None
    out: Path | None
    json: bool
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        claimed(self.out)

    def tell(
        self,
        report: Report,
        facts: Mapping[str, Any],
        seconds: float,
        asked: Asked | None = None,
        again: Callable[[Again], str] | None = None,
    ) -> None:
        """Keep a report if that was asked for, then say it.

        Parameters
        ----------
        report : Report
        facts : mapping
            What the manifest says of how it was made, for `reproduce` to do it again.
        seconds : float
        asked : Asked, optional
            The row of a sweep that it may be.
        again : callable, optional
            The command that an `Again` of the report stands for.
        """
        folder = None
        if self.out is not None:
            from crisis_abm.report.style import files

            how = (self.scenario, facts, self.changes, self.began, seconds)
            drawn = files({one.name: one.draw for one in report.pictures})
            folder = kept(self.out, self.kind, *how, report.data(), {**drawn, **report.files})
        outcomes = report.facts.get("outcomes", {})
        if self.json:
            from crisis_abm.report.sections import as_plain

            row = asked.as_json(outcomes) if asked is not None else {}
            screen.show_json({**as_plain(self.kind, report, folder), **row})
            return
        from crisis_abm.cli import terminal

        if asked is not None:
            asked.show_head()
        terminal.show(report, again or (lambda one: ""))
        if asked is not None:
            asked.show_foot(outcomes)
        if folder is not None:
            from crisis_abm.report.copyable import command, place

            again_here = command("reproduce", folder)
            typer.echo(f"\nKept in {place(folder)}\nRun it again: {again_here}")


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
