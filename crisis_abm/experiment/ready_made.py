"""The experiments that are shipped with the package."""

from __future__ import annotations

from pathlib import Path

from crisis_abm.experiment.load import ExperimentError
from crisis_abm.scenario import Problem
from crisis_abm.scenario.io.load import shipped
from crisis_abm.scenario.problems import NOTHING, nearest

__all__ = ["experiment_file", "ready_made_experiments"]


def ready_made_experiments() -> dict[str, Path]:
    """The files of the ready-made experiments by name.

    Examples
    --------
    >>> from crisis_abm.experiment import Experiment
    >>> Experiment.load(ready_made_experiments()["spare_supplies"]).runs
    320
    """
    return shipped("experiments")


def experiment_file(named: str) -> Path:
    """The experiment file somebody means: a path, with or without ``.toml``, or a ready-made one.

    Raises
    ------
    ExperimentError
        If there is none.
    """
    path, known = Path(named), ready_made_experiments()
    if path.is_file():
        return path
    if path.name and (beside := path.with_name(path.name + ".toml")).is_file():
        return beside
    if named.removesuffix(".toml") in known:
        return known[named.removesuffix(".toml")]
    if path.exists():  # a folder: what is wrong with it is told when it is read
        return path
    files = [str(file) for file in sorted(path.parent.glob("*.toml"))[:1000]]
    remedy = nearest(named, [*known, *files])
    if not remedy.startswith("did you mean"):  # not a list of whatever lies in the folder
        remedy = nearest(named, known, "ready-made experiments")
    raise ExperimentError(Problem(named, "", NOTHING, "there is no such file", remedy))
