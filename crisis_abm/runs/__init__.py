"""Runs: one, the same crisis under several policies, many on all cores; the bundle on disk."""

from crisis_abm.runs.bundle import Bundle, BundleError, claim, read_bundle, write_bundle
from crisis_abm.runs.comparison import Comparison, Payer, compare
from crisis_abm.runs.prepared import Prepared, Run, replicate_seed, run_once
from crisis_abm.runs.processes import WorkerLost, workers_available
from crisis_abm.runs.statistics import Difference
from crisis_abm.runs.trials import AS_WRITTEN, Change, Trial, run_against, run_trials

__all__ = [
    "AS_WRITTEN",
    "Bundle",
    "BundleError",
    "Change",
    "Comparison",
    "Difference",
    "Payer",
    "Prepared",
    "Run",
    "Trial",
    "WorkerLost",
    "claim",
    "compare",
    "read_bundle",
    "replicate_seed",
    "run_against",
    "run_once",
    "run_trials",
    "workers_available",
    "write_bundle",
]
