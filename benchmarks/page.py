"""docs/benchmarks.md and its picture, from the figures that were kept."""

from __future__ import annotations

from pathlib import Path

from benchmarks.figures import Figures, Row
from benchmarks.traffic import TALKING, TOUCHED

__all__ = ["PAGE", "draw", "page", "write"]

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "benchmarks.md"
NOTES = DOCS / "benchmarks-notes.md"


def write(usual: Figures, long: Figures | None, exercises: Figures | None) -> None:
    """Write the page, with the notes written by hand at its end."""
    notes = NOTES.read_text(encoding="utf-8") if NOTES.exists() else ""
    PAGE.write_text(page(usual, long, exercises, notes), encoding="utf-8")


def page(usual: Figures, long: Figures | None, exercises: Figures | None, notes: str) -> str:
    """The text of the page.

    Parameters
    ----------
    usual : Figures
        Of `make bench`.
    long : Figures or None
        Of ``make bench ARGS=--long``; None if it was never run.
    exercises : Figures or None
        Of ``make bench ARGS=--exercises``; None likewise.
    notes : str
    """
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench` itself: everything in the first table was measured in one run,",
        "each figure the median of interleaved repeats with the least and the most of them.",
        str(usual.circumstances),
        "",
        "The network is one town of 50 organisations as often as needed, every phase on (epidemic,",
        "shortage, aid, referral, failures). *Plain Mesa* is `tests/plain_mesa/`, the same rules",
        "with the same results. Ratios hold better than times. A *sweep* is what",
        "`crisis-abm sweep` does, files on the disk included: each state of the world (drawn from",
        "three ranges) under two policies in the same ten crises. *Once started* is the rate from",
        "when a quarter of the runs were done; of `mesa.batch_run`, from when every process had",
        "ended a run.",
        "",
        *_table(usual.rows),
        "",
        "![Time a tick against the number of organisations](pictures/benchmarks.png)",
        "",
        "## A sweep of 100,000 runs",
        "",
        *_long(long),
        "",
        "## Tabletop exercises",
        "",
        *_exercises(exercises),
        "",
        "## Bytes a tick",
        "",
        "The arrays that each phase reads or writes, once a phase, namely",
        "",
        *_arrays(TOUCHED),
        "",
        "and besides, where organisations communicate,",
        "",
        *_arrays(TALKING),
    ]
    return "\n".join(lines) + "\n" + ("\n" + notes if notes else "")


def _table(rows: list[Row]) -> list[str]:
    found = ["| what | asked | measured | met |", "|---|---|---|---|"]
    for row in rows:
        met = "yes" if row.met else "**no**"
        found.append(f"| {row.what} | {row.asked} | {row.measured} | {met} |")
    return found


def _long(long: Figures | None) -> list[str]:
    if long is None:
        return ["Not measured yet: `make bench ARGS=--long` does."]
    return [
        "Measured by itself, with `make bench ARGS=--long`, as it takes minutes; the last time on",
        str(long.circumstances),
        "Memory is the largest resident size of the sweep's own process and of every process it",
        "started, as the system counts each, added up: what they share counts for each of them.",
        "",
        *_table(long.rows),
    ]


def _exercises(exercises: Figures | None) -> list[str]:
    if exercises is None:
        return ["Not measured yet: `make bench ARGS=--exercises` does."]
    return [
        "Measured with `make bench ARGS=--exercises` (a whole `make bench` does it in the end);",
        "the last time on",
        str(exercises.circumstances),
        "Three evenings: the program is started as a facilitator starts it; three people sit at",
        "each of ten seats, each with a page that follows by itself and, as in a browser, is",
        "fetched anew when the server says that something changed. The facilitator's page and the",
        "wall are open, too. Every seat confirms what a bot decides, then the facilitator closes",
        "the turn. Server and screens share the cores. What is not in it is a browser drawing the",
        "page. Figures are medians over turns, with the least and the most.",
        "",
        *_table(exercises.rows),
    ]


def _arrays(phases: dict[str, tuple[str, str]]) -> list[str]:
    return [f"- {phase}: {' '.join(touched).strip()}" for phase, touched in phases.items()]


def draw(curve: dict[int, float]) -> None:
    """Draw the seconds a tick takes by number of organisations."""
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
