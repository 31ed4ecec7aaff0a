"""A sweep in a process of its own: rate, memory and what it kept, as JSON on stdout.

    python -m benchmarks.sweeps RUNS WORKERS

It runs on as many cores as there are workers. Worker processes import this module, so that it
imports no more than a sweep does.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.measure import children, peak_memory
from benchmarks.network import town
from crisis_abm.experiment import Experiment
from crisis_abm.experiment.runner import sweep
from crisis_abm.experiment.store.store import sound
from crisis_abm.scenario import Scenario

__all__ = ["CRISES", "EACH", "Measured", "experiment", "measure", "on_cores", "steady"]

CRISES = 10
EACH = 2 * CRISES  # runs of a state of the world: two policies in the same crises
RUNS_HERE = Path(__file__).parents[1] / "runs"  # on a disk, where /tmp may be memory


def experiment(runs: int) -> Experiment:
    """The town under two policies, in states of the world drawn from three ranges.

    Raises
    ------
    ValueError
        If so many runs cannot be made.
    """
    worlds, rest = divmod(runs, EACH)
    if rest or worlds < 1:
        raise ValueError(f"{runs:,} runs cannot be made; give a multiple of {EACH}")
    data = {
        "title": "a sweep to measure",
        "replicates": CRISES,
        "uncertainties": {
            "kinds.supplier.capacity": {"low": 14, "high": 30},
            "behaviour.hoarding": {"low": 1, "high": 5},
            "events[0].end": {"low": 35, "high": 100},
        },
        "levers": {"policy": ["siloed", "reciprocal"]},
        "design": {"method": "latin_hypercube", "samples": worlds},
    }
    return Experiment.from_dict(data, scenario=Scenario.from_dict(town()))


@dataclass(frozen=True)
class Measured:
    """What a sweep came to.

    Attributes
    ----------
    runs, workers : int
    seconds : float
        From the call to its return: starting the processes, every run, every file on the disk.
    rate, steady : float
        Runs a second; of all, and of all but the first quarter.
    own : int
        Largest resident size of the process that called, bytes.
    started : list of int
        The same of every process it started, the largest first.
    rows, ok : int
        Different runs that were read back from the folder, and how many of them have a result.
    files, size : int
        Files they stand in, and their bytes.
    """

    runs: int
    workers: int
    seconds: float
    rate: float
    steady: float
    own: int
    started: list[int]
    rows: int
    ok: int
    files: int
    size: int

    @property
    def memory(self) -> int:
        """Largest sizes of all processes together, bytes; what they share is counted for each."""
        return self.own + sum(self.started)


class _Watch:
    """Told of progress, it looks at the clock, and at what every process has needed so far."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, int]] = []
        self.started: dict[int, int] = {}

    def __call__(self, done: int, total: int) -> None:
        self.seen.append((time.perf_counter(), done))
        for process in children():
            peak = peak_memory(process)
            self.started[process] = max(self.started.get(process, 0), peak)


def steady(seen: list[tuple[float, int]]) -> float:
    """Runs a second from when a quarter was done until all were; `seen`: (seconds, runs done)."""
    last, total = next(one for one in seen if one[1] == seen[-1][1])
    first, done = next(one for one in seen if one[1] >= total / 4)
    return (total - done) / (last - first) if last > first else float("nan")


def measure(runs: int, workers: int, folder: Path) -> Measured:
    """Sweep into an empty folder, and read back what it kept."""
    watch = _Watch()
    swept = sweep(experiment(runs), folder, workers, progress=watch)
    own = peak_memory()  # before reading back, which is no part of a sweep
    found = sound(folder)
    return Measured(
        runs=runs,
        workers=workers,
        seconds=swept.seconds,
        rate=runs / swept.seconds,
        steady=steady(watch.seen),
        own=own,
        started=sorted(watch.started.values(), reverse=True),
        rows=int(found.done.sum()),
        ok=found.statuses["ok"],
        files=len(found.files),
        size=sum(path.stat().st_size for path in found.files),
    )


def on_cores(count: int) -> None:
    """Keep this process, and those it will start, to so many of its cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweeps", description=__doc__)
    parser.add_argument("runs", type=int)
    parser.add_argument("workers", type=int)
    asked = parser.parse_args()
    try:
        experiment(asked.runs)
    except ValueError as error:
        parser.error(str(error))
    if asked.workers < 1:
        parser.error(f"{asked.workers} workers cannot work; give 1 or more")
    on_cores(asked.workers)
    RUNS_HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=RUNS_HERE) as folder:
        found = measure(asked.runs, asked.workers, Path(folder) / "sweep")
    sys.stdout.write(json.dumps(asdict(found)) + "\n")


if __name__ == "__main__":
    main()
