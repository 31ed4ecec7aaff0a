"""What is measured: one function a row of the table, each returning figures and whether they do."""

from __future__ import annotations

import math
import tempfile
import time

from benchmarks.browser import browsing
from benchmarks.figures import Row
from benchmarks.measure import (
    Timing,
    copy_bandwidth,
    in_own_process,
    interleaved,
    seconds_of_command,
)
from benchmarks.network import STEPS, TOWN, plain_policy, towns
from benchmarks.sweep_rows import throughput
from crisis_abm import engine, outcomes
from crisis_abm.engine import Detail
from tests.plain_mesa import PlainModel

__all__ = ["all_rows"]

SILOED, RECIPROCAL = (0.0,) * 5, (1.0,) * 5


def against_plain_mesa(sizes: dict[int, int], asked: dict[int, int]) -> list[Row]:
    """Time a tick beside the same rules written plainly in Mesa; `sizes`: ticks for each size.

    From the second tick on: the first solves what every unit is worth to the system.
    """
    rows = []
    for size, ticks in sizes.items():
        _, tables = towns(size // TOWN)
        policy = plain_policy(len(tables.ids), RECIPROCAL)

        def plain(tables=tables, policy=policy, ticks=ticks) -> None:
            model = PlainModel(tables, policy, 1)
            model.step()
            _timed.append(_seconds(lambda: [model.step() for _ in range(ticks)]))

        def ours(tables=tables, policy=policy, ticks=ticks) -> None:
            state = engine.start(tables.world, policy, 1, Detail.GROUPS)
            engine.advance(tables.world, state, 0, 1)
            _timed.append(_seconds(lambda: engine.advance(tables.world, state, 1, 1 + ticks)))

        times: dict[str, list[float]] = {"plain": [], "ours": []}
        ours()
        for _ in range(3):
            for name, job in (("plain", plain), ("ours", ours)):
                _timed.clear()
                job()
                times[name].append(_timed[-1] / ticks)
        slow, fast = Timing(tuple(times["plain"])), Timing(tuple(times["ours"]))
        ratio = slow.median / fast.median
        rows.append(
            Row(
                f"a tick at {size:,} organisations, plain Mesa ÷ engine (reciprocal)",
                f"≥ {asked[size]}",
                f"{ratio:.3g} ({slow} against {fast})",
                ratio >= asked[size],
            )
        )
    return rows


_timed: list[float] = []


def _seconds(job) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def growth(sizes: list[int]) -> tuple[Row, dict[int, float]]:
    """Time a tick from one size to another: the exponent, and milliseconds by size."""
    found = {}
    for size in sizes:
        _, tables = towns(size // TOWN)
        policy = plain_policy(len(tables.ids), SILOED)
        ticks = max(3, min(100, 2_000_000 // size))

        def run(tables=tables, policy=policy, ticks=ticks):
            state = engine.start(tables.world, policy, 1, Detail.GROUPS)
            engine.advance(tables.world, state, 0, 1)
            return _seconds(lambda: engine.advance(tables.world, state, 1, 1 + ticks))

        run()
        found[size] = Timing(tuple(run() / ticks for _ in range(5))).median
    first, last = 2_000, 200_000
    exponent = math.log(found[last] / found[first]) / math.log(last / first)
    row = Row(
        "growth of time a tick from 2,000 to 200,000 organisations (siloed)",
        "exponent ≤ 1.25",
        f"{exponent:.3g}",
        exponent <= 1.25,
    )
    return row, found


def one_run() -> Row:
    """One run of a town with its outcomes."""
    _, tables = towns(1)
    policy = plain_policy(TOWN, RECIPROCAL)

    def run() -> None:
        outcomes.measure(tables, engine.run(tables.world, policy, 1, Detail.GROUPS))

    times = interleaved(30, run=run)["run"]
    return Row(
        f"a run of {TOWN} organisations and {STEPS} ticks with outcomes, after loading",
        "≤ 3 ms",
        str(times),
        times.median <= 3e-3,
    )


def million(size: int) -> list[Row]:
    """A very large network: time a tick, share of the memory bandwidth, memory, time to build."""
    found = in_own_process("benchmarks.large", size)
    bandwidth = copy_bandwidth()
    rows = []
    for policy in ("siloed", "reciprocal"):
        seconds = found[policy]
        moved = found[f"{policy}_bytes"]
        share = moved / seconds / bandwidth
        rows += [
            Row(
                f"{size:,} organisations, {found['links']:,} links, {policy}: a tick on one core",
                "≤ 0.6 s",
                f"{seconds:.3g} s",
                seconds <= 0.6,
            ),
            Row(
                f"the same, share of copy bandwidth ({bandwidth / 1e9:.3g} GB/s in this run)",
                "≥ 15%",
                f"{100 * share:.3g}% of it, moving {moved / 1e6:.0f} MB a tick",
                share >= 0.15,
            ),
        ]
    rows += [
        Row(
            f"memory at {size:,}, history by kind and area",
            "≤ 900 B an organisation",
            f"{found['memory'] / size:.0f} B above the bare process",
            found["memory"] / size <= 900,
        ),
        Row(f"tables of {size:,} built", "≤ 30 s", f"{found['built']:.3g} s", found["built"] <= 30),
    ]
    return rows


def england(household_groups: int) -> Row:
    """`scenarios/england.toml` from its file to its outcomes, with so many household groups."""
    found = in_own_process("benchmarks.england", household_groups)
    seconds = [found[part] for part in ("load", "build", "run")]
    return Row(
        f"England, {found['organisations']:,} organisations, {found['links']:,} links, "
        f"{found['ticks']} ticks",
        "told",
        f"{sum(seconds):.3g} s: read and checked {seconds[0]:.3g}, built {seconds[1]:.3g}, "
        f"run with outcomes {seconds[2]:.3g}; {found['memory'] / 1e9:.2g} GB",
        True,
    )


def commands() -> list[Row]:
    """Start-up of the commands, with and without compiled code on disk."""
    seconds_of_command(["run", "ample"], 1)
    asking = seconds_of_command(["--help"], 7)
    running = seconds_of_command(["run", "ample"], 5)
    with tempfile.TemporaryDirectory() as empty:
        first = seconds_of_command(["run", "ample"], 1, NUMBA_CACHE_DIR=empty)
    return [
        Row("crisis-abm --help", "≤ 0.5 s", str(asking), asking.median <= 0.5),
        Row("first result of crisis-abm run, warm", "≤ 3 s", str(running), running.median <= 3),
        Row("first run ever (compiling)", "≤ 40 s", str(first), first.median <= 40),
    ]


def all_rows(quick: bool) -> tuple[list[Row], dict[int, float]]:
    """Every row, in the order of the table; `quick` leaves out the slow sizes."""
    sizes = {200: 20, 2_000: 5} if quick else {200: 40, 2_000: 20, 20_000: 5}
    asked = {200: 100, 2_000: 280, 20_000: 450}
    exponent, curve = growth([200, 2_000, 20_000, 200_000])
    rows = [*against_plain_mesa(sizes, asked), exponent, one_run()]
    rows += throughput(600, 4, 1) if quick else throughput(6_000, 10, 3)
    rows += browsing()
    if not quick:
        rows += million(1_000_000)
        rows += [england(32_844), england(955_000)]
    return [*rows, *commands()], curve
