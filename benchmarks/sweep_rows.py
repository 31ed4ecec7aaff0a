"""Rows on sweeps: how many runs a second, beside `mesa.batch_run`; memory of a long one."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.figures import Row
from benchmarks.measure import in_own_process
from benchmarks.network import STEPS, TOWN
from benchmarks.sweeps import EACH, Measured

__all__ = ["long_sweep", "throughput"]

ASKED = {1: 250, 2: 450}  # runs a second by number of workers, a core each
WORKERS = {1: "one worker on one core", 2: "two workers on two cores"}
PROCESSES = {1: "one process", 2: "two processes"}
LIMIT = 1.5e9  # bytes, of all processes of a sweep


def throughput(runs: int, plain_runs: int, repeats: int) -> list[Row]:
    """Rates of a sweep and of `mesa.batch_run`, on one core and on two.

    Parameters
    ----------
    runs : int
        Of the sweep.
    plain_runs : int
        Of these, runs done in plain Mesa by each process.
    repeats : int
        Of all four in turn.
    """
    in_own_process("benchmarks.sweeps", EACH, 1)  # compiled code and files are there after this
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for _ in range(repeats):
        for workers in ASKED:
            swept = in_own_process("benchmarks.sweeps", runs, workers)
            batched = in_own_process("benchmarks.plain_sweep", plain_runs * workers, workers)
            found.setdefault(("ours", workers), []).append(swept)
            found.setdefault(("plain", workers), []).append(batched)
    rows = []
    for workers, asked in ASKED.items():
        ours, plain = found["ours", workers], found["plain", workers]
        rate, ratio = _median(ours, "rate"), _median(ours, "steady") / _median(plain, "steady")
        rows += [
            Row(
                f"a sweep of {runs:,} runs ({TOWN} organisations, {STEPS} ticks) kept on the disk, "
                f"{WORKERS[workers]}: runs a second, start of processes included",
                f"≥ {asked}",
                f"{_rates(ours, 'rate')}; once started {_rates(ours, 'steady')}",
                rate >= asked,
            ),
            Row(
                f"`mesa.batch_run` of plain Mesa, the same kind of runs ({plain_runs * workers}), "
                f"{PROCESSES[workers]}: runs a second",
                "told",
                f"{_rates(plain, 'rate')}; once started {_rates(plain, 'steady')}: the sweep does "
                f"{ratio:.3g} times as many, both once started",
                True,
            ),
        ]
    return rows


def _median(found: list[dict[str, Any]], name: str) -> float:
    return statistics.median(one[name] for one in found)


def _rates(found: list[dict[str, Any]], name: str) -> str:
    values = [one[name] for one in found]
    return f"{_median(found, name):.3g} ({min(values):.3g} to {max(values):.3g})"


def long_sweep(shorter: int = 10_000, longer: int = 100_000) -> list[Row]:
    """Two sweeps that differ in length only, so that what grows with the runs shows."""
    in_own_process("benchmarks.sweeps", EACH, 1)
    few, many = (
        Measured(**in_own_process("benchmarks.sweeps", runs, max(ASKED)))
        for runs in (shorter, longer)
    )
    return rows_of(few, many)


def rows_of(few: Measured, many: Measured) -> list[Row]:
    """Rows of a shorter and a longer sweep, side by side."""
    grown = many.memory - few.memory

    def both(text: str) -> str:
        return f"{text}: {few.runs:,} / {many.runs:,} runs"

    return [
        Row(
            both(f"peak memory of a sweep on {WORKERS[many.workers]}, all processes"),
            f"< {LIMIT / 1e9:g} GB",
            f"{few.memory / 1e9:.3f} / {many.memory / 1e9:.3f} GB",
            max(few.memory, many.memory) < LIMIT,
        ),
        Row(
            both("of it the sweep itself; its largest worker"),
            "told",
            f"{few.own / 1e6:.0f} / {many.own / 1e6:.0f} MB; "
            f"{few.started[0] / 1e6:.0f} / {many.started[0] / 1e6:.0f} MB",
            True,
        ),
        Row(
            f"of it what {many.runs - few.runs:,} more runs take",
            "told",
            f"{grown / 1e6:.1f} MB, {grown / (many.runs - few.runs):.0f} B a run",
            True,
        ),
        Row(
            both("time"),
            "told",
            f"{few.seconds:.1f} / {many.seconds:.1f} s",
            True,
        ),
        Row(
            both("runs a second, start of processes included; once started"),
            "told",
            f"{few.rate:.3g} / {many.rate:.3g}; {few.steady:.3g} / {many.steady:.3g}",
            True,
        ),
        Row(
            both("different runs read back from the folder"),
            "all, with results",
            f"{few.rows:,} / {many.rows:,}, with results {few.ok:,} / {many.ok:,}; "
            f"{few.size / 1e6:.1f} / {many.size / 1e6:.1f} MB in {few.files} / {many.files} files",
            all(one.rows == one.ok == one.runs for one in (few, many)),
        ),
    ]
