"""One run of a scenario under one policy."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from crisis_abm import history, outcomes
from crisis_abm.engine import Detail, State
from crisis_abm.runs.prepared import Prepared, Progress, replicate_seed
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.tables import Tables

__all__ = ["Run", "run_once"]


@dataclass(frozen=True)
class Run:
    """A finished run: what went in, and the engine's record of what came out."""

    scenario: Scenario
    tables: Tables
    policy: Policy
    seed: int
    state: State
    seconds: float

    @property
    def outcomes(self) -> dict[str, float]:
        """Every outcome by name."""
        figures = outcomes.measure(self.tables, self.state)
        return dict(zip(outcomes.OUTCOMES, figures.tolist(), strict=True))

    def __repr__(self) -> str:
        steps = f"{self.scenario.time.steps:,} {self.scenario.time.unit}s"
        return f"<Run of {self.scenario.title!r}: {self.policy.name}, seed {self.seed}, {steps}>"


def run_once(
    scenario: Scenario | str | Path,
    policy: str | Policy | None = None,
    seed: int = 0,
    replicate: int | None = None,
    detail: Detail | None = None,
    progress: Progress | None = None,
) -> Run:
    """Run a scenario once.

    Parameters
    ----------
    scenario : Scenario, str or Path
        Or its file, or the name of a ready-made one.
    policy : str or Policy, optional
        A name, or levers written out (``agenda=1,communication=.5``); the scenario's own default.
    seed : int
        Of all chance in the run.
    replicate : int, optional
        Run this replicate of `compare` with the same seed: its crisis, and its draws of what the
        scenario calls uncertain. Without it the scenario runs as written.
    detail : Detail, optional
        What to record; what the scenario asks for.
    progress : callable, optional
        Called with (ticks done, ticks in all), now and then.
    """
    began = time.perf_counter()
    scenario = Scenario.of(scenario)
    followed = scenario.policy_named(policy)
    prepared = Prepared.of(scenario, seed, replicate)
    if replicate is not None:
        scenario, seed = prepared.scenario, replicate_seed(seed, replicate)
    followed = scenario.as_drawn(followed)
    if detail is None:
        detail = history.detail_for(scenario, prepared.tables)
    state = prepared.run(followed, seed, detail, progress)
    return Run(
        scenario,
        prepared.tables,
        followed,
        seed,
        state,
        time.perf_counter() - began,
    )
