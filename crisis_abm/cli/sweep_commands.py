"""The commands for many runs: sweep an experiment, put shards together, write out the table."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crisis_abm.cli import screen
from crisis_abm.cli.errors import NothingWritten, guarded, reason
from crisis_abm.cli.options import Json, Workers
from crisis_abm.cli.progress import Progress, stoppable

if TYPE_CHECKING:
    from crisis_abm.experiment import Experiment
    from crisis_abm.experiment.runner import Swept
    from crisis_abm.experiment.store.merge import Merged


Kept = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="The folder to write.", show_default=False)
]


class Sweeping(Progress):
    """Progress of a sweep: the clock starts with the first run that was not kept before."""

    _before: int | None = None

    def tell(self, done: int, total: int) -> None:
        """Take note of progress."""
        if self._before is None:
            self._before = done
        if self.done == self._before:
            self.done = 0  # then the clock starts anew
        super().tell(done, total)


@guarded
def sweep(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="An experiment file, or a ready-made one (see [bold]experiments[/bold]).",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Where the runs are kept. Those that are there already are not run again.",
            show_default=False,
        ),
    ],
    workers: Workers = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Run on the cluster of this dask scheduler, as in host:8786, instead of here.",
            show_default=False,
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard",
            metavar="i/n",
            help="Run only part i of n, from 1/n to n/n; then see [bold]merge[/bold].",
            show_default=False,
        ),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            "--time-limit",
            metavar="SECONDS",
            min=0.001,
            help="Give up a run that takes longer.",
            show_default=False,
        ),
    ] = None,
    retry: Annotated[
        bool,
        typer.Option("--retry", help="Run again what ended without a result.", show_default=False),
    ] = False,
    json: Json = False,
) -> None:
    """Run an experiment, or the rest of it (exit code 1 if runs end without a result)."""
    part = None if shard is None else _shard(shard)
    if scheduler is not None and workers is not None:
        message = "a cluster has the workers it has; leave out --workers or --scheduler"
        raise typer.BadParameter(message, param_hint="'--workers'")
    from crisis_abm.experiment import Experiment
    from crisis_abm.experiment.experiment import experiment_file
    from crisis_abm.report.sweep.about import left_out_words

    experiment = Experiment.load(experiment_file(file))
    for text in left_out_words(experiment):  # before hours of runs without their shock
        typer.echo(text, err=True)
    waiting = Sweeping("Sweeping", "runs")
    with waiting if scheduler is None else closing(waiting) as watch:  # nothing is compiled here
        from crisis_abm.experiment.runner import sweep as run_all
        from crisis_abm.runs import WorkerLost
        from crisis_abm.runs.cluster import ClusterError, ClusterLost, connected
        from crisis_abm.runs.processes import NoProcesses

        def work() -> Swept:
            how = part, time_limit, retry, watch.tell
            if scheduler is None:
                return run_all(experiment, out, workers, *how)
            with connected(scheduler, partial(typer.echo, err=True)) as cluster:
                return run_all(experiment, out, len(cluster.workers()), *how, cluster.deal)

        go_on = f"finished runs are in {out}, and the same command goes on from there"
        try:
            swept = stoppable(work, watch)
        except KeyboardInterrupt:
            typer.echo(f"stopped; {go_on}", err=True)
            raise typer.Exit(130) from None
        except NoProcesses as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        except WorkerLost as error:
            typer.echo(f"{error}; finished runs are in {out}", err=True)
            raise typer.Exit(1) from None
        except ClusterLost as error:
            typer.echo(f"{error}; {go_on}", err=True)
            raise typer.Exit(1) from None
        except ClusterError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
    if json:
        screen.show_json(_sweep_as_json(swept, experiment))
    else:
        _show_sweep(swept, experiment)
    if _without_result(swept.statuses):
        raise typer.Exit(1)


def _shard(written: str) -> tuple[int, int]:
    """Part and parts of ``3/20``."""
    part, _, parts = written.partition("/")
    digits = written.isascii() and part.isdigit() and parts.isdigit()
    if digits and 1 <= int(part) <= int(parts):
        return int(part), int(parts)
    message = f'"{written}" is no part; write i/n with i from 1 to n, as in 3/20'
    raise typer.BadParameter(message, param_hint="'--shard'")


@guarded
def merge(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="DIR…", help="Shards of one sweep.", show_default=False),
    ],
    out: Kept,
    json: Json = False,
) -> None:
    """Put shards of a sweep together (exit code 1 if runs are still missing)."""
    from crisis_abm.experiment.store.merge import merge as put_together

    with Progress("Merging") as watch:
        merged = stoppable(lambda: put_together(folders, out), watch)
    if json:
        screen.show_json(_merged_as_json(merged))
    else:
        _show_merged(merged)
    if merged.runs < merged.total:
        raise typer.Exit(1)


@guarded
def export(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="A folder that a sweep has filled.", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE.csv",
            help="The file to write; by default it goes to the screen.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the runs of a sweep as one CSV table (exit code 1 if runs are still missing)."""
    from crisis_abm.experiment.results import export_csv, write_csv
    from crisis_abm.experiment.store.store import runs_wanted
    from crisis_abm.report.sweep.about import row_again

    wanted = runs_wanted(folder)
    if out is None:
        rows = write_csv(folder, sys.stdout)
    else:
        try:
            rows = export_csv(folder, out)
        except OSError as error:  # name the place that was asked for, not a temporary one
            raise NothingWritten(error.errno, reason(error), str(out)) from error
        typer.echo(f"{rows:,} runs in {out}", err=not out.is_file())  # a pipe may be the screen's
        typer.echo(f"A row again: {row_again(folder)}", err=True)
    if rows < wanted:
        typer.echo(_missing_words(wanted - rows, wanted), err=True)
        raise typer.Exit(1)


MOST = 5  # different errors shown


def _without_result(statuses: Counter[str]) -> int:
    """How many runs ended without a result."""
    from crisis_abm.experiment.store.run_files import OK

    return statuses.total() - statuses[OK]


def _show_sweep(swept: Swept, experiment: Experiment) -> None:
    """How many runs there are, how they ended, and how to go on."""
    from crisis_abm.report.copyable import command, place
    from crisis_abm.report.sweep.about import row_again
    from crisis_abm.report.words import counted

    now = swept.total - swept.before
    screen.say(
        f"{experiment.title}: {counted(swept.total, 'run')}, {now:,} of them run now "
        f"({_endings(swept.statuses)})"
    )
    if swept.damaged:
        screen.say(f"{counted(swept.damaged, 'damaged file')} replaced: its runs were done again")
    _show_failures(swept.folder, swept.statuses)
    if experiment.scenario.caveat:
        screen.say(f"Caveat: {experiment.scenario.caveat}")
    typer.echo(f"Kept in {place(swept.folder)}")
    typer.echo(f"As a table: {command('export', swept.folder, '--out', 'runs.csv')}")
    typer.echo(f"A row again: {row_again(swept.folder)}")


def _missing_words(missing: int, wanted: int) -> str:
    """That runs are missing, and how to have them."""
    from crisis_abm.report.words import counted

    these = "is" if missing == 1 else "are"
    return (
        f"{missing:,} of {counted(wanted, 'run')} {these} missing: the sweep is not finished; the "
        "same sweep command runs the rest"
    )


def _show_merged(merged: Merged) -> None:
    """How many runs were put together, and whether that is all."""
    from crisis_abm.report.copyable import command, place
    from crisis_abm.report.words import counted

    screen.say(f"{merged.runs:,} of {counted(merged.total, 'run')} ({_endings(merged.statuses)})")
    typer.echo(f"Kept in {place(merged.folder)}")
    if merged.runs < merged.total:
        missing = f"{merged.total - merged.runs:,} are missing"
        screen.say(f"{missing}: merge all shards into another folder, or run the rest:")
        again = command("sweep", merged.folder / "experiment.toml", "--out", merged.folder)
        typer.echo(f"  {again}")
    _show_failures(merged.folder, merged.statuses)


def _endings(statuses: Counter[str]) -> str:
    from crisis_abm.experiment.store.run_files import STATUSES

    return ", ".join(f"{statuses[name]:,} {name}" for name in STATUSES if statuses[name]) or "none"


def _show_failures(folder: Any, statuses: Counter[str]) -> None:
    from crisis_abm.experiment.results import failures

    if not _without_result(statuses):
        return
    kinds = failures(folder)
    typer.echo("\nWithout a result")
    for (status, error), count in kinds.most_common(MOST):
        screen.say(f"{count:,} × {status}: {error}", indent=2)
    if len(kinds) > MOST:
        screen.say(f"and {len(kinds) - MOST:,} other errors: column “error” of the table", indent=2)
    typer.echo()


def _sweep_as_json(swept: Swept, experiment: Experiment) -> dict[str, Any]:
    """The same as plain data."""
    from crisis_abm.experiment.store.run_files import STATUSES
    from crisis_abm.report.sweep.about import left_out_words

    return {
        "experiment": experiment.title,
        "folder": str(swept.folder),
        "runs": swept.total,
        "run_now": swept.total - swept.before,
        "damaged_files": swept.damaged,
        "statuses": {name: swept.statuses[name] for name in STATUSES},
        "caveat": experiment.scenario.caveat,
        "left_out": left_out_words(experiment),
        "fingerprint": experiment.fingerprint(),
        "seconds": round(swept.seconds, 3),
    }


def _merged_as_json(merged: Merged) -> dict[str, Any]:
    """The same as plain data."""
    from crisis_abm.experiment.store.run_files import STATUSES

    return {
        "folder": str(merged.folder),
        "runs": merged.runs,
        "missing": merged.total - merged.runs,
        "statuses": {name: merged.statuses[name] for name in STATUSES},
    }


COMMANDS = {
    "sweep": (
        sweep,
        [
            "crisis-abm sweep spare_supplies --out runs/spare",
            "crisis-abm sweep my_experiment.toml --out part3 --shard 3/20",
            "crisis-abm sweep my_experiment.toml --out runs/mine --scheduler head:8786",
        ],
    ),
    "merge": (merge, ["crisis-abm merge part1 part2 part3 --out runs/all"]),
    "export": (export, ["crisis-abm export runs/spare --out spare.csv"]),
}
