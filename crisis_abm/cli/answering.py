"""What every command that runs something does with what came of it: keeps it, and says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from crisis_abm.cli import screen
from crisis_abm.cli.kept import claimed, kept

if TYPE_CHECKING:
    from crisis_abm.scenario import Scenario

__all__ = ["Answering"]

Files = Mapping[str, Any]


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
        facts: Mapping[str, Any],
        seconds: float,
        files: Callable[[], tuple[Files, Files]],
        as_json: Callable[[], Mapping[str, Any]],
        show: Callable[[], None],
    ) -> None:
        """Keep it if that was asked for, then say it.

        Parameters
        ----------
        facts : mapping
            What the manifest says of how it was made, for `reproduce` to do it again.
        seconds : float
        files : callable
            Makes the tables and the pictures by the names of their files.
        as_json, show : callable
            Only one of them is called, and what it needs is loaded only then.
        """
        folder = None
        if self.out is not None:
            how = (self.scenario, facts, self.changes, self.began, seconds)
            folder = kept(self.out, self.kind, *how, *files())
        if self.json:
            screen.show_json({**as_json(), "bundle": folder and str(folder)})
            return
        show()
        if folder is not None:
            from crisis_abm.report.copyable import command, place

            again = command("reproduce", folder)
            typer.echo(f"\nKept in {place(folder)}\nRun it again: {again}")
