"""How often `compare`'s 90% intervals hold the truth, outcome by outcome.

    python -m benchmarks.coverage [CRISES]

One pool of crises (6,000 unless said) is run of `local_shock` and of the starter scenario, siloed
and reciprocal. Its mean differences are the truth; lots of 10 and of 30 of its crises are compared
as `compare` does, 200 lots of each, none of which shares a crisis with another.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from crisis_abm import outcomes
from crisis_abm.cli.scenario_commands import write_starter
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.runs.statistics import compare_pairs, paired_differences
from crisis_abm.runs.trials import Trial, run_trials
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN

__all__ = ["LOTS", "SIZES", "Held", "held", "main", "pool"]

Array = np.ndarray
CRISES, LOTS, SIZES = 6000, 200, (10, 30)
SEED = 2026  # no other figure of the documents comes from these crises
LEAST, MOST = 0.85, 0.95


@dataclass(frozen=True)
class Held:
    """What was said of one outcome in lots of a size, and how often that was so.

    Attributes
    ----------
    intervals : int
        Lots of which an interval was told; of the others how many crises are alike.
    hold : int
        Intervals that hold the true mean difference.
    true : int
        Lots of which it is true how many crises may at most differ.
    """

    intervals: int
    hold: int
    lots: int
    true: int

    @property
    def as_asked(self) -> bool:
        """Whether intervals hold as often as they say, or the outcome is told as alike, too."""
        if self.intervals < self.lots:
            return (self.hold + self.true) / self.lots >= LEAST
        return LEAST <= self.hold / self.lots <= MOST


def pool(scenario: Scenario, crises: int, workers: int | None = None) -> Array:
    """Every outcome of so many crises, siloed and reciprocal: shape (2, crises, outcomes)."""
    policies = [Trial(policy) for policy in BUILT_IN.values()]
    return run_trials(scenario, policies, outcomes.measure, range(crises), SEED, workers)


def held(first: Array, second: Array, size: int, lots: int = LOTS) -> Held:
    """How often what `compare` says of an outcome is so.

    Parameters
    ----------
    first, second : ndarray, shape (crises,)
        The outcome in every crisis of the pool.
    size : int
        Crises of a lot.
    lots : int
    """
    pairs = paired_differences(first, second)
    truth, found = pairs.mean(), np.zeros(3, dtype=int)
    for lot in range(lots):
        some = slice(lot * size, (lot + 1) * size)
        said = compare_pairs(first[some], second[some], 0, amounts=True)
        if said.interval is not None:
            low, high = said.interval
            found += (1, low <= truth <= high, 0)
        elif said.alike is not None:
            differ = ~np.isclose(pairs, said.alike.figure, rtol=1e-9, atol=1e-9)
            found += (0, 0, differ.mean() <= said.alike.may_differ)
    return Held(int(found[0]), int(found[1]), lots, int(found[2]))


def scenarios() -> Iterator[Scenario]:
    """What is measured."""
    yield Scenario.load(Path(__file__).parents[1] / "scenarios" / "local_shock.toml")
    with tempfile.TemporaryDirectory() as folder:
        yield Scenario.load(write_starter(Path(folder) / "starter", None)[0])


def main() -> None:
    """Measure, and print a table for each scenario."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("crises", type=int, nargs="?", default=CRISES)
    crises = max(parser.parse_args().crises, LOTS * max(SIZES))
    console = Console()
    for scenario in scenarios():
        table = Table(title=f"{scenario.title}: {crises:,} crises, {LOTS} lots of each size")
        table.add_column("outcome")
        for size in SIZES:
            table.add_column(f"{size} crises: intervals that hold", justify="right")
            table.add_column("told as alike, truly", justify="right")
        table.add_column("as asked")
        first, second = pool(scenario, crises)
        for k, name in enumerate(OUTCOMES):
            each = [held(first[:, k], second[:, k], size) for size in SIZES]
            table.add_row(name, *_cells(each), "yes" if all(h.as_asked for h in each) else "NO")
        console.print(table)


def _cells(each: list[Held]) -> Iterator[str]:
    for one in each:
        share = f" ({one.hold / one.intervals:.1%})" if one.intervals else ""
        yield f"{one.hold} of {one.intervals}{share}" if one.intervals else "–"
        alike = one.lots - one.intervals
        yield f"{one.true} of {alike}" if alike else "–"


if __name__ == "__main__":
    main()
