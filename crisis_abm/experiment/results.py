"""What a sweep came to: its runs as arrays and as pandas frames.

Which settings of the levers there are, and which states of the world they meet, is known from the
experiment; so an outcome of all runs is an array with an axis for each, and pairing (the same state
of the world, the same crisis, another setting) is subtraction along one axis.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from crisis_abm.atomic_write import write_files
from crisis_abm.experiment.design.load import ExperimentError
from crisis_abm.experiment.design.states import setting_labels, states_of
from crisis_abm.experiment.experiment import Experiment
from crisis_abm.experiment.runner import sweep
from crisis_abm.experiment.store.manifest import EXPERIMENT, StoreError, read_manifest
from crisis_abm.experiment.store.run_files import OK, order_of, read_chunk
from crisis_abm.experiment.store.store import sound
from crisis_abm.runs.chunks import Executor, in_processes
from crisis_abm.runs.processes import Progress
from crisis_abm.runs.statistics import paired_differences
from crisis_abm.scenario.problems import nearest
from crisis_abm.spreadsheet import cells

if TYPE_CHECKING:
    import pandas

Array = np.ndarray
SLICE = 20_000  # rows turned into text together


def experiment_in(folder: str | Path) -> Experiment:
    """The experiment of a sweep, from the folder's own copies.

    Raises
    ------
    StoreError
        If the folder is no sweep, or its copies are not those of what was run.
    """
    path, manifest = Path(folder) / EXPERIMENT, read_manifest(folder)
    remedy = "run its sweep again from the file it was made from, which mends the copies here"
    try:
        experiment = Experiment.load(path)
    except ExperimentError as error:
        raise StoreError(f"{error.problems[0]}; {remedy}") from None
    if experiment.fingerprint() != manifest["fingerprints"]["experiment"]:
        raise StoreError(f"{path}: is not the experiment that was run; {remedy}")
    return experiment


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
            If the folder is no sweep, holds no run yet, or is damaged; or if its copy of the
            experiment cannot be used any more.
        """
        folder = Path(folder)
        found = sound(folder)
        if not found.files:
            raise StoreError(f"{folder}: holds no run yet; wait for its sweep, or start it again")
        experiment = experiment_in(folder)
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
    def labels(self) -> list[str]:
        """What each of the S settings is called, such as "reciprocal"."""
        return setting_labels(self.settings)

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
        """All runs as one table, a row a run; see `read_runs`."""
        return read_runs(self.folder)

    def means(self) -> pandas.DataFrame:
        """What each point came to on average, a row a point.

        Returns
        -------
        pandas.DataFrame
            A column for each factor, `runs` (how many replicates have a result), and the mean over
            these of each outcome; missing where there is none. The index is the point's number.
        """
        import pandas

        points, found = self.experiment.points, self.outcomes()
        runs = [values.reshape(len(points), -1) for values in found.values()]
        there = np.isfinite(runs[0]).sum(axis=1)
        of_points = dict(zip(found, (_mean(some) for some in runs), strict=True))
        index = pandas.RangeIndex(len(points), name="point")
        return pandas.DataFrame({**points.columns, "runs": there, **of_points}, index)

    def paired(
        self, outcome: str, setting: int | str = 1, against: int | str = 0
    ) -> pandas.DataFrame:
        """How much a setting changes an outcome, a row a state of the world.

        Parameters
        ----------
        outcome : str
        setting, against : int or str
            Number or label. The same crises are met under both, so the difference is taken crisis
            by crisis: `setting` minus `against`.

        Returns
        -------
        pandas.DataFrame
            A column for each factor that differs between states, the `mean` difference, `low` and
            `high` end of its 90% interval over replicates (missing with fewer than two), and how
            many `pairs` of runs have a result. The index is the number of the state.

        Raises
        ------
        KeyError
            If there is no such setting, or the outcome is not recorded.

        See Also
        --------
        crisis_abm.experiment.findings.outcome_tables : over all states, with a sure interval.
        """
        import pandas

        values = self.values(outcome)
        pairs = paired_differences(
            *(values[:, self._setting(one)] for one in (against, setting)),
        )
        states, columns = states_of(pairs), dict.fromkeys(("mean", "low", "high"), np.nan)
        frame = pandas.DataFrame({**self.worlds, **columns}, pandas.RangeIndex(len(pairs)))
        frame.index.name = "world"
        for name in columns:
            frame.loc[states.world, name] = getattr(states, name)
        return frame.assign(pairs=np.isfinite(pairs).sum(axis=1))

    def _setting(self, named: int | str) -> int:
        labels = self.labels
        if isinstance(named, str) and named in labels:
            return labels.index(named)
        if isinstance(named, int | np.integer) and 0 <= named < len(labels):
            return int(named)
        remedy = nearest(str(named), labels, "there are")
        raise KeyError(f"{named!r} is no setting, nor its number from 0; {remedy}")

    def __repr__(self) -> str:
        ended = ", ".join(f"{count:,} {status}" for status, count in self.statuses.items())
        return f"<Results {self.experiment.title!r}: {ended}>"


def _mean(values: Array) -> Array:
    """Mean of each row over what is not missing."""
    there = np.isfinite(values)
    sums, count = np.where(there, values, 0.0).sum(axis=1), there.sum(axis=1)
    return np.divide(sums, count, out=np.full(len(values), np.nan), where=count > 0)


def run(
    experiment: Experiment,
    folder: str | Path,
    workers: int | None = None,
    time_limit: float | None = None,
    retry: bool = False,
    progress: Progress | None = None,
    deal: Executor = in_processes,
) -> Results:
    """Run an experiment, or the rest of it, and give what it came to.

    Parameters
    ----------
    experiment, folder, workers, time_limit, retry, progress, deal
        As of `runner.sweep`; so are the errors.

    Returns
    -------
    Results
    """
    swept = sweep(experiment, folder, workers, None, time_limit, retry, progress, deal)
    return Results.load(swept.folder)


def read_runs(folder: str | Path) -> pandas.DataFrame:
    """All runs that a store holds, sorted by point and replicate.

    Returns
    -------
    pandas.DataFrame
        point, replicate, seed, a column for each factor, status, error, a column for each outcome:
        missing where a run has no result.

    Raises
    ------
    StoreError
        If the folder is no store, or damaged.
    """
    return _table(Path(folder)).to_pandas()


def write_csv(folder: str | Path, file: IO[str]) -> int:
    """Write all runs, sorted, as CSV; floats so that they are read back to the same bits.

    Parameters
    ----------
    folder : str or Path
    file : text file
        Opened with ``newline=""``.

    Returns
    -------
    int
        Rows written.
    """
    table = _table(Path(folder))
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(table.column_names)
    for first in range(0, len(table), SLICE):
        columns = [column.to_pylist() for column in table.slice(first, SLICE).columns]
        writer.writerows(cells(row) for row in zip(*columns, strict=True))
    return len(table)


def export_csv(folder: str | Path, path: str | Path) -> int:
    """As `write_csv`, to that name: a file whole or not at all, through links; a pipe as it is.

    Raises
    ------
    StoreError
        If the folder is no store, or damaged.
    OSError
    """
    rows = 0

    def write(file: IO[bytes]) -> None:
        nonlocal rows
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        rows = write_csv(folder, text)
        text.flush()
        text.detach()  # whoever opened the file closes it

    write_files({Path(path): write})
    return rows


def failures(folder: str | Path) -> Counter[tuple[str, str]]:
    """How many runs ended without a result, by status and error."""
    found: Counter[tuple[str, str]] = Counter()
    for path in sound(folder).files:
        table = read_chunk(path, ["status", "error"])
        pairs = zip(table["status"].to_pylist(), table["error"].to_pylist(), strict=True)
        found.update(pair for pair in pairs if pair[0] != OK)
    return found


def _table(folder: Path) -> Any:
    import pyarrow

    files = sound(folder).files
    if not files:
        raise StoreError(f"{folder}: holds no run yet; wait for its sweep, or start it again")
    table = pyarrow.concat_tables([read_chunk(path) for path in files])
    order = np.lexsort([table[name].to_numpy() for name in ("replicate", "point")])
    return table.take(order)
