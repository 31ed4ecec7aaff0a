"""What a sweep came to: its runs as arrays and as pandas frames.

Which settings of the levers there are, and which states of the world they meet, is known from the
experiment; so an outcome of all runs is an array with an axis for each, and pairing (the same state
of the world, the same crisis, another setting) is subtraction along one axis.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crisis_abm.experiment.experiment import Experiment
from crisis_abm.experiment.runner import sweep
from crisis_abm.experiment.store_files import read_chunk
from crisis_abm.experiment.store_manifest import EXPERIMENT, StoreError, read_manifest
from crisis_abm.experiment.store_table import read_runs, sound
from crisis_abm.experiment.task import OK
from crisis_abm.experiment.task_order import order_of
from crisis_abm.runs.chunks import Deal, in_processes
from crisis_abm.runs.pool import Progress

if TYPE_CHECKING:
    import pandas

__all__ = ["Results", "run"]

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Results:
    """The runs of a sweep that a folder holds: W states of the world, S settings, R replicates.

    Attributes
    ----------
    folder : Path
    experiment : Experiment
        From the folder's own copies of experiment and scenario.
    statuses : Counter
        How many runs ended how; those that are missing altogether are under "missing".
    """

    folder: Path
    experiment: Experiment
    statuses: Counter[str]

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """Read what a sweep has left in a folder, finished or not.

        Raises
        ------
        StoreError
            If the folder is no sweep, holds no run yet, or is damaged.
        ExperimentError
            If the copy of the experiment cannot be used any more.
        """
        folder = Path(folder)
        manifest = read_manifest(folder)
        found = sound(folder)
        if not found.files:
            raise StoreError(f"{folder}: holds no run yet; wait for its sweep, or start it again")
        experiment = Experiment.load(folder / EXPERIMENT)
        if experiment.fingerprint() != manifest["fingerprints"]["experiment"]:
            remedy = "take the copy from where the sweep was run, or run it again"
            raise StoreError(f"{folder / EXPERIMENT}: is not the experiment that was run; {remedy}")
        missing = int((~found.done).sum())
        statuses = found.statuses + Counter({"missing": missing})
        return cls(folder, experiment, statuses)

    @property
    def settings(self) -> list[dict[str, Any]]:
        """The S settings of the crossed levers, as lever: value; one empty if nothing is."""
        points = self.experiment.points
        return [
            {name: points.columns[name][s].item() for name in points.crossed}
            for s in range(points.settings)
        ]

    @property
    def worlds(self) -> dict[str, Array]:
        """Of the factors that differ between states of the world the W values, by factor."""
        points = self.experiment.points
        return {name: points.columns[name][:: points.settings] for name in points.sampled}

    def values(self, outcome: str) -> Array:
        """An outcome of every run: shape (W, S, R), NaN where there is no result.

        Raises
        ------
        KeyError
            If the experiment does not record that outcome.
        """
        return self.outcomes([outcome])[outcome]

    def outcomes(self, names: list[str] | None = None) -> dict[str, Array]:
        """Outcomes of every run by name, each as `values` gives it; all that are recorded."""
        experiment = self.experiment
        names = list(experiment.outcomes) if names is None else names
        for name in names:
            if name not in experiment.outcomes:
                raise KeyError(f"{name} is not recorded; {', '.join(experiment.outcomes)} are")
        order = order_of(experiment)
        flat = {name: np.full(order.runs, np.nan) for name in names}
        for path in sound(self.folder).files:
            table = read_chunk(path, ["point", "replicate", "status", *names])
            well = table["status"].to_numpy(zero_copy_only=False) == OK
            places = (table[name].to_numpy()[well] for name in ("point", "replicate"))
            numbers = order.numbers(*places)
            for name in names:
                flat[name][numbers] = table[name].to_numpy(zero_copy_only=False)[well]
        shape = (order.points // order.settings, order.replicates, order.settings)
        return {name: column.reshape(shape).swapaxes(1, 2) for name, column in flat.items()}

    def frame(self) -> pandas.DataFrame:
        """All runs as one table, a row a run; see `store_table.read_runs`."""
        return read_runs(self.folder)

    def __repr__(self) -> str:
        ended = ", ".join(f"{count:,} {status}" for status, count in self.statuses.items())
        return f"<Results {self.experiment.title!r}: {ended}>"


def run(
    experiment: Experiment,
    folder: str | Path,
    workers: int | None = None,
    time_limit: float | None = None,
    retry: bool = False,
    progress: Progress | None = None,
    deal: Deal = in_processes,
) -> Results:
    """Run an experiment, or the rest of it, and give what it came to.

    Parameters and errors are those of `runner.sweep`.

    Returns
    -------
    Results
    """
    swept = sweep(experiment, folder, workers, None, time_limit, retry, progress, deal)
    return Results.load(swept.folder)
