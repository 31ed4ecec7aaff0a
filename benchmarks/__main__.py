"""``make bench``: measure everything in one run, print it, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from benchmarks import page
from benchmarks.exercises import exercise_rows
from benchmarks.figures import Circumstances, Figures, Row, keep, kept
from benchmarks.rows import all_rows
from benchmarks.sweep_rows import long_sweep

USUAL, LONG, EXERCISES = "usual", "long", "exercises"


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    only = parser.add_mutually_exclusive_group()
    only.add_argument(
        "--quick", action="store_true", help="leave out the slow sizes; keep and write nothing"
    )
    only.add_argument(
        "--long",
        action="store_true",
        help="measure sweeps of up to 100,000 runs instead, which takes six minutes or more; these "
        "figures stay on the page until they are measured again",
    )
    only.add_argument(
        "--exercises", action="store_true", help="measure tabletop exercises alone, in five minutes"
    )
    only.add_argument(
        "--page", action="store_true", help="measure nothing; write the page from what was kept"
    )
    asked = parser.parse_args()
    console = Console()
    circumstances = Circumstances.now()
    if asked.long:
        figures = Figures(circumstances, long_sweep())
        _show(console, figures.rows)
        console.print(f"kept: {keep(LONG, figures)}")
    elif asked.exercises:
        _exercises(console, circumstances)
    elif not asked.page:
        rows, curve = all_rows(asked.quick)
        _show(console, rows)
        if asked.quick:
            return
        console.print(f"kept: {keep(USUAL, Figures(circumstances, rows))}")
        page.draw(curve)
        _exercises(console, circumstances)
    try:
        usual, long, exercises = kept(USUAL), kept(LONG), kept(EXERCISES)
    except ValueError as error:
        parser.error(str(error))
    if usual is None:
        console.print(f"{page.PAGE} is not written before `make bench` was run in full")
    else:
        page.write(usual, long, exercises)
        console.print(f"written: {page.PAGE}")


def _exercises(console: Console, circumstances: Circumstances) -> None:
    figures = Figures(circumstances, exercise_rows())
    _show(console, figures.rows)
    console.print(f"kept: {keep(EXERCISES, figures)}")


def _show(console: Console, rows: list[Row]) -> None:
    table = Table("what", "asked", "measured", "met")
    for row in rows:
        table.add_row(row.what, row.asked, row.measured, "yes" if row.met else "NO")
    console.print(table)


if __name__ == "__main__":
    main()
