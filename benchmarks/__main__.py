"""``make bench``: measure everything in one run, print it, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import platform
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.rows import Row, all_rows
from benchmarks.traffic import TALKING, TOUCHED

DOCS = Path(__file__).parents[1] / "docs"
NOTES = DOCS / "benchmarks-notes.md"


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the slow sizes; no report")
    quick = parser.parse_args().quick
    rows, curve = all_rows(quick)
    console = Console()
    table = Table("what", "asked", "measured", "met")
    for row in rows:
        table.add_row(row.what, row.asked, row.measured, "yes" if row.met else "NO")
    console.print(table)
    if not quick:
        _draw(curve)
        (DOCS / "benchmarks.md").write_text(_report(rows), encoding="utf-8")
        console.print(f"written: {DOCS / 'benchmarks.md'}")


def _report(rows: list[Row]) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "mesa"))
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` itself: everything below was measured in one run, each figure the",
        "median of interleaved repeats with the least and the most of them.",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {versions}.",
        "",
        "The network is one town of 50 organisations as often as needed, every phase on (epidemic,",
        "shortage, aid, referral, failures). *Plain Mesa* is `tests/plain_mesa/`, the same rules",
        "with the same results. Ratios hold better than times.",
        "",
        "| what | asked | measured | met |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {r.what} | {r.asked} | {r.measured} | {'yes' if r.met else '**no**'} |" for r in rows
    ]
    lines += ["", "![Time a tick against the number of organisations](pictures/benchmarks.png)", ""]
    lines += ["Bytes a tick: the arrays that each phase reads or writes, once a phase, namely", ""]
    for phase, touched in TOUCHED.items():
        lines.append(f"- {phase}: {' '.join(touched).strip()}")
    lines += ["", "and besides, where organisations communicate,", ""]
    for phase, touched in TALKING.items():
        lines.append(f"- {phase}: {' '.join(touched).strip()}")
    notes = NOTES.read_text(encoding="utf-8") if NOTES.exists() else ""
    return "\n".join(lines) + "\n" + ("\n" + notes if notes else "")


def _draw(curve: dict[int, float]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    sizes = list(curve)
    axes.loglog(sizes, [1e3 * curve[size] for size in sizes], marker="o", color="#0072B2")
    axes.set_title("A tick takes about as much longer as there are more organisations")
    axes.set_xlabel("organisations")
    axes.set_ylabel("milliseconds a tick (siloed, one core)")
    axes.grid(which="both", alpha=0.3)
    figure.savefig(DOCS / "pictures" / "benchmarks.png", dpi=120)


if __name__ == "__main__":
    main()
