"""Rows on sweeps: how many runs a second, beside `mesa.batch_run`; memory of a long one."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any

from benchmarks.figures import Row
from benchmarks.measure import in_own_process
from benchmarks.network import STEPS, TOWN
from benchmarks.sweeps import EACH, Measured

__all__ = ["long_sweep", "throughput"]

ASKED = {1: 250, 2: 450}  # runs a second by number of workers, a core each
WORKERS = {1: "one worker on one core", 2: "two workers on two cores"}
PROCESSES = {1: "one process", 2: "two processes"}
LENGTHS = 10_000, 30_000, 100_000  # runs of the long sweeps
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
                f"a sweep of {runs:,} runs ({TOWN} organisations, {STEPS} ticks) with its files, "
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


def long_sweep(lengths: tuple[int, ...] = LENGTHS) -> list[Row]:
    """Sweeps that differ in length only, so that what grows with the runs shows."""
    in_own_process("benchmarks.sweeps", EACH, 1)
    most = max(ASKED)
    return rows_of([Measured(**in_own_process("benchmarks.sweeps", n, most)) for n in lengths])


def rows_of(found: list[Measured]) -> list[Row]:
    """Rows of sweeps side by side, the longest last."""
    before, longest = found[-2:]
    more = longest.runs - before.runs
    grown = longest.memory - before.memory
    lengths = _each(f"{one.runs:,}" for one in found)

    def side_by_side(what: str) -> str:
        return f"{what}: {lengths} runs"

    return [
        Row(
            side_by_side(f"peak memory of a sweep, {WORKERS[longest.workers]}, all processes"),
            f"< {LIMIT / 1e9:g} GB",
            f"{_each(f'{one.memory / 1e9:.3f}' for one in found)} GB",
            max(one.memory for one in found) < LIMIT,
        ),
        Row(
            side_by_side("of it the sweep itself; its largest worker"),
            "told",
            f"{_each(f'{one.own / 1e6:.0f}' for one in found)} MB; "
            f"{_each(f'{one.started[0] / 1e6:.0f}' for one in found)} MB",
            True,
        ),
        Row(
            f"what the last {more:,} runs of {longest.runs:,} add to it",
            "told",
            f"{grown / 1e6:.1f} MB, {grown / more:.0f} B a run",
            True,
        ),
        Row(
            side_by_side("time"),
            "told",
            f"{_each(f'{one.seconds:.1f}' for one in found)} s",
            True,
        ),
        Row(
            side_by_side("runs a second, start of processes included; once started"),
            "told",
            f"{_each(f'{one.rate:.3g}' for one in found)}; "
            f"{_each(f'{one.steady:.3g}' for one in found)}",
            True,
        ),
        Row(
            side_by_side("different runs read back from the folder; with results"),
            "all",
            f"{_each(f'{one.rows:,}' for one in found)}; {_each(f'{one.ok:,}' for one in found)}",
            all(one.rows == one.ok == one.runs for one in found),
        ),
        Row(
            side_by_side("size of the folder's files; how many"),
            "told",
            f"{_each(f'{one.size / 1e6:.1f}' for one in found)} MB; "
            f"{_each(f'{one.files}' for one in found)}",
            True,
        ),
    ]


def _each(texts: Iterable[str]) -> str:
    return " / ".join(texts)
