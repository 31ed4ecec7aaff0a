"""Experiments: many runs over what nobody knows and what somebody may choose."""

from crisis_abm.experiment.experiment import Experiment
from crisis_abm.experiment.factors import Factor
from crisis_abm.experiment.load import ExperimentError
from crisis_abm.experiment.points import Points
from crisis_abm.experiment.ready_made import ready_made_experiments
from crisis_abm.experiment.results import Results, run
from crisis_abm.experiment.setting import Setting, prepare

__all__ = [
    "Experiment",
    "ExperimentError",
    "Factor",
    "Points",
    "Results",
    "Setting",
    "prepare",
    "ready_made_experiments",
    "run",
]
