"""What a sweep came to, on the screen and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import typer

from crisis_abm.cli import screen
from crisis_abm.experiment.results import failures
from crisis_abm.experiment.task import OK, STATUSES
from crisis_abm.report.copyable import command, place
from crisis_abm.report.sweep.about import left_out_words, row_again
from crisis_abm.report.words import counted

if TYPE_CHECKING:
    from crisis_abm.experiment import Experiment
    from crisis_abm.experiment.runner import Swept
    from crisis_abm.experiment.store.merge import Merged

__all__ = ["as_json", "merged_as_json", "missing_words", "show", "show_merged"]
__all__ += ["without_result"]

MOST = 5  # different errors shown


def without_result(statuses: Counter[str]) -> int:
    """How many runs ended without a result."""
    return statuses.total() - statuses[OK]


def show(found: Swept, experiment: Experiment) -> None:
    """How many runs there are, how they ended, and how to go on."""
    now = found.total - found.before
    screen.say(
        f"{experiment.title}: {counted(found.total, 'run')}, {now:,} of them run now "
        f"({_endings(found.statuses)})"
    )
    if found.damaged:
        screen.say(f"{counted(found.damaged, 'damaged file')} replaced: its runs were done again")
    _show_failures(found.folder, found.statuses)
    if experiment.scenario.caveat:
        screen.say(f"Caveat: {experiment.scenario.caveat}")
    typer.echo(f"Kept in {place(found.folder)}")
    typer.echo(f"As a table: {command('export', found.folder, '--out', 'runs.csv')}")
    typer.echo(f"A row again: {row_again(found.folder)}")


def missing_words(missing: int, wanted: int) -> str:
    """That runs are missing, and how to have them."""
    these = "is" if missing == 1 else "are"
    return (
        f"{missing:,} of {counted(wanted, 'run')} {these} missing: the sweep is not finished; the "
        "same sweep command runs the rest"
    )


def show_merged(found: Merged) -> None:
    """How many runs were put together, and whether that is all."""
    screen.say(f"{found.runs:,} of {counted(found.total, 'run')} ({_endings(found.statuses)})")
    typer.echo(f"Kept in {place(found.folder)}")
    if found.runs < found.total:
        missing = f"{found.total - found.runs:,} are missing"
        screen.say(f"{missing}: merge all shards into another folder, or run the rest:")
        again = command("sweep", found.folder / "experiment.toml", "--out", found.folder)
        typer.echo(f"  {again}")
    _show_failures(found.folder, found.statuses)


def _endings(statuses: Counter[str]) -> str:
    return ", ".join(f"{statuses[name]:,} {name}" for name in STATUSES if statuses[name]) or "none"


def _show_failures(folder: Any, statuses: Counter[str]) -> None:
    if not without_result(statuses):
        return
    kinds = failures(folder)
    typer.echo("\nWithout a result")
    for (status, error), count in kinds.most_common(MOST):
        screen.say(f"{count:,} × {status}: {error}", indent=2)
    if len(kinds) > MOST:
        screen.say(f"and {len(kinds) - MOST:,} other errors: column “error” of the table", indent=2)
    typer.echo()


def as_json(found: Swept, experiment: Experiment) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "experiment": experiment.title,
        "folder": str(found.folder),
        "runs": found.total,
        "run_now": found.total - found.before,
        "damaged_files": found.damaged,
        "statuses": {name: found.statuses[name] for name in STATUSES},
        "caveat": experiment.scenario.caveat,
        "left_out": left_out_words(experiment),
        "fingerprint": experiment.fingerprint(),
        "seconds": round(found.seconds, 3),
    }


def merged_as_json(found: Merged) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "folder": str(found.folder),
        "runs": found.runs,
        "missing": found.total - found.runs,
        "statuses": {name: found.statuses[name] for name in STATUSES},
    }
