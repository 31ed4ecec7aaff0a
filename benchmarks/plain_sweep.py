"""Runs of the same sweep in plain Mesa with `mesa.batch_run`: rate as JSON on stdout.

    python -m benchmarks.plain_sweep RUNS PROCESSES

In a process of its own, since `batch_run` sets how this whole program starts processes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from functools import cache
from typing import Any

import mesa
from mesa.batchrunner import batch_run

from benchmarks.sweeps import EACH, experiment, on_cores
from crisis_abm.experiment import Experiment
from crisis_abm.experiment.design.setting import prepare
from crisis_abm.experiment.store.run_files import order_of
from tests.plain_mesa import PlainModel

__all__ = ["PlainRun", "batch"]


@cache
def _experiment(runs: int) -> Experiment:
    return experiment(runs)


def _clock(model: PlainRun) -> float:
    return time.monotonic()


class PlainRun(PlainModel):
    """One run of the sweep in plain Mesa, which collects its harm and who is closed.

    Parameters
    ----------
    runs, number : int
        Of the sweep, and which of them.
    rng : object
        Mesa 3.5's `batch_run` gives one; the run's seed is the sweep's.
    """

    def __init__(self, runs: int, number: int, rng: Any = None) -> None:
        sweep = _experiment(runs)
        point, replicate = order_of(sweep).places(number)
        _, tables, policy, seed = prepare(sweep, int(point), int(replicate))
        super().__init__(tables, policy, seed)
        self.harm_so_far = 0.0
        self.datacollector = mesa.DataCollector(
            {"harm": "harm_so_far", "closed": "closed", "clock": _clock}
        )

    @property
    def closed(self) -> int:
        return sum(one.is_failed for one in self.organisations)

    def step(self) -> None:
        super().step()
        self.harm_so_far += sum(one.harm + one.hazard_deaths for one in self.organisations)
        self.running = self.tick < self.parameters.steps
        self.datacollector.collect(self)


def batch(runs: int, count: int, processes: int) -> list[dict[str, Any]]:
    """The first `count` runs of a sweep of `runs`, by `mesa.batch_run`: a row a run."""
    return batch_run(
        PlainRun,
        {"runs": runs, "number": range(count)},
        number_processes=processes,
        display_progress=False,
    )


def main() -> None:
    """Measure and print: runs a second of all, and from when every process had ended one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plain_sweep", description=__doc__)
    parser.add_argument("runs", type=int)
    parser.add_argument("processes", type=int)
    asked = parser.parse_args()
    if not asked.runs > asked.processes >= 1:
        parser.error("it takes at least one process, and more runs than processes")
    on_cores(asked.processes)
    began = time.perf_counter()
    rows = batch(-(-asked.runs // EACH) * EACH, asked.runs, asked.processes)
    seconds = time.perf_counter() - began
    ends = sorted(row["clock"] for row in rows)
    first = ends[asked.processes - 1]
    steady = (asked.runs - asked.processes) / (ends[-1] - first)
    sys.stdout.write(json.dumps({"rate": asked.runs / seconds, "steady": steady}) + "\n")


if __name__ == "__main__":
    main()
