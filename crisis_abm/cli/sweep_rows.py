"""What a command is asked to take: a scenario file, or a row or point of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisis_abm.cli import options, screen

if TYPE_CHECKING:
    from crisis_abm.experiment.row import Row
    from crisis_abm.report.sections import Again
    from crisis_abm.scenario import Policy, Scenario

__all__ = ["Asked", "FileOrRow", "Point", "Sweep", "again_of", "run_asked", "scenario_asked"]

FileOrRow = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE",
        help="A scenario file, or the name of a ready-made one (see [bold]scenarios[/bold]).",
        show_default=False,
    ),
]
Sweep = Annotated[
    Path | None,
    typer.Option(
        "--sweep",
        metavar="DIR",
        help="Instead of FILE: what a row of this sweep was run with.",
        show_default=False,
    ),
]
Point = Annotated[
    int | None,
    typer.Option(
        "--point",
        metavar="N",
        min=0,
        help="Of [bold]--sweep[/bold]: which point, as in the column of its table.",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class Asked:
    """A run that was asked for; `row` is the row of a sweep that it is to be the same as."""

    scenario: Scenario
    policy: Policy
    seed: int
    replicate: int | None
    row: Row | None = None

    def facts(self) -> dict[str, Any]:
        """What a manifest says of where the run comes from."""
        if self.row is None:
            return {}
        row = self.row
        return {"sweep": str(row.folder), "point": row.point, "row_replicate": row.replicate}

    def as_json(self, outcomes: dict[str, float]) -> dict[str, Any]:
        """What the row says, as plain data."""
        if self.row is None:
            return {}
        row, same = self.row, None
        if row.outcomes:
            same = not row.differences(outcomes)
        return {"row": {**self.facts(), "factors": row.factors, "status": row.status, "same": same}}

    def show_head(self) -> None:
        """Say which row it is, with the values of its point."""
        if self.row is not None:
            values = ", ".join(f"{name} = {value}" for name, value in self.row.factors.items())
            screen.say(
                f"Point {self.row.point}, replicate {self.row.replicate} of {self.row.folder}"
                + (f": {values}" if values else "")
            )

    def show_foot(self, outcomes: dict[str, float]) -> None:
        """Say whether the row says the same."""
        if self.row is not None:
            screen.say("\n" + _verdict(self.row, outcomes))


def _verdict(row: Row, outcomes: dict[str, float]) -> str:
    if row.status is None:
        return "The sweep has not run this row yet."
    if not row.outcomes:
        return f"In the sweep this row has no result ({row.status}: {row.error})."
    if not (found := row.differences(outcomes)):
        return f"The row of the sweep says the same: {len(row.outcomes)} outcomes, to the last bit."
    name, (there, here) = next(iter(found.items()))
    return (
        f"The row of the sweep says otherwise: {name} was {there!r} there, is {here!r} here, and "
        f"{len(found) - 1} more differ; its manifest.json says what it was computed with."
    )


def run_asked(
    file: str | None,
    sweep: Path | None,
    point: int | None,
    policy: str | None,
    seed: int,
    replicate: int | None,
    changes: Sequence[str] | None,
) -> Asked:
    """The run that FILE stands for, or a row of a sweep (replicate 0 if none is named).

    A policy or changes beside a row ask what would be otherwise: then it is the row no more.

    Raises
    ------
    ScenarioError, BundleError
    """
    if not _of_sweep(file, sweep, point, seed):
        scenario = options.load(str(file), changes)
        return Asked(scenario, scenario.policy_named(policy), seed, replicate)
    from crisis_abm.experiment.row import row_of

    assert sweep is not None and point is not None
    row = row_of(sweep, point, replicate or 0)
    scenario = options.changed(row.scenario, changes)
    followed = scenario.policy_named(policy or row.policy)
    same = scenario is row.scenario and followed.name == row.policy
    return Asked(scenario, followed, row.seed, None, row if same else None)


def scenario_asked(
    file: str | None,
    sweep: Path | None,
    point: int | None,
    changes: Sequence[str] | None,
    seed: int = 0,
) -> tuple[Scenario, int]:
    """The scenario that FILE stands for, or a point of a sweep without its levers; and the seed.

    Raises
    ------
    ScenarioError, BundleError
    """
    if not _of_sweep(file, sweep, point, seed):
        return options.load(str(file), changes), seed
    from crisis_abm.experiment.row import scenario_at

    assert sweep is not None and point is not None
    scenario, seed = scenario_at(sweep, point)
    return options.changed(scenario, changes), seed


def _of_sweep(file: str | None, sweep: Path | None, point: int | None, seed: int) -> bool:
    """Whether a sweep is meant; refused if that is not clear."""
    if sweep is None:
        if point is not None:
            message = "is of a sweep; name that: --sweep DIR"
            raise typer.BadParameter(message, param_hint="'--point'")
        if file is None:
            message = "name a scenario file, or a row of a sweep: --sweep DIR --point N"
            raise typer.BadParameter(message, param_hint="'FILE'")
        return False
    if file is not None:
        message = f"a row of a sweep has its own scenario; leave out {file}, or --sweep"
        raise typer.BadParameter(message, param_hint="'--sweep'")
    if point is None:
        message = "say which point, as in the column of its table: --point N"
        raise typer.BadParameter(message, param_hint="'--sweep'")
    if seed:
        message = "a sweep has its own seed; leave out one of the two"
        raise typer.BadParameter(message, param_hint="'--seed'")
    return True


def again_of(again: Again, given: Mapping[str, Any]) -> str:
    """The command that runs the same crises with something else set.

    Parameters
    ----------
    again : Again
    given : mapping
        What the command was given: file, sweep, point, replicate, seed, changes.
    """
    from crisis_abm.report.copyable import as_file, command, with_settings

    several = again.replicates is not None
    words: list[object] = ["compare" if several else "run"]
    if given["sweep"] is None:
        words += [as_file(given["file"]), "--seed", given["seed"]]
    else:
        words += ["--sweep", as_file(given["sweep"]), "--point", given["point"]]
    if several:
        words += ["--policies", ",".join(again.policies), "--replicates", again.replicates]
    else:
        replicate = given.get("replicate")
        if given["sweep"] is not None and "replicate" in given:
            replicate = replicate or 0
        words += [] if replicate is None else ["--replicate", replicate]
        words += ["--policy", again.policies[0]]
    return with_settings(command(*words), (*(given["changes"] or ()), *again.settings))
