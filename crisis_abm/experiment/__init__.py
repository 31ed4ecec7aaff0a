"""Experiments: many runs over what nobody knows and what somebody may choose."""

import sys

from crisis_abm.experiment import results
from crisis_abm.experiment.design.factors import Factor
from crisis_abm.experiment.design.load import ExperimentError
from crisis_abm.experiment.design.points import Points
from crisis_abm.experiment.design.setting import Setting, prepare
from crisis_abm.experiment.experiment import Experiment, ready_made_experiments
from crisis_abm.experiment.results import Results, read_runs, run

__all__ = [
    "Experiment",
    "ExperimentError",
    "Factor",
    "Points",
    "Results",
    "Setting",
    "prepare",
    "read_runs",
    "ready_made_experiments",
    "run",
]

sys.modules[f"{__name__}.store_table"] = results  # so it was called in the scripts of users
