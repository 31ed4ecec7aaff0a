"""One run of a scenario under one policy."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from crisis_abm import engine, history, outcomes
from crisis_abm.engine import Detail, State
from crisis_abm.runs.pool import Progress
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.streams import stream_id, uniform
from crisis_abm.tables import Tables, build, compile_policy
from crisis_abm.tables.layout import Policy as PolicyArrays

__all__ = ["Prepared", "Run", "replicate_seed", "run_once"]

_REPLICATE = stream_id("replicate")
STAGES = 200  # in which a run tells of its progress, and can be stopped
MOST_POLICIES = 32  # that stay compiled beside the same tables; 40 bytes an organisation each


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


@dataclass
class Prepared:
    """A scenario ready to run many times: compiled to arrays once, each run copies what changes."""

    scenario: Scenario
    tables: Tables = field(init=False)
    _policies: dict[Policy, PolicyArrays] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.tables = build(self.scenario)

    def __repr__(self) -> str:
        return f"<Prepared {self.scenario.title!r}: {len(self.tables.ids):,} organisations>"

    def policy(self, policy: Policy) -> PolicyArrays:
        """The arrays of a policy, compiled when it is first asked for."""
        if policy not in self._policies:
            if len(self._policies) >= MOST_POLICIES:
                self._policies.clear()
            followed = self.scenario.as_drawn(policy)
            self._policies[policy] = compile_policy(self.scenario, self.tables, followed)
        return self._policies[policy]

    def run(
        self, policy: Policy, seed: int, detail: Detail, progress: Progress | None = None
    ) -> State:
        """Run once from the beginning; `progress` is called with (ticks done, ticks in all)."""
        world = self.tables.world
        if progress is None:
            return engine.run(world, self.policy(policy), seed, detail)
        steps = world.parameters.steps
        state = engine.start(world, self.policy(policy), seed, detail)
        each = -(-steps // STAGES)
        for first in range(0, steps, each):
            state = engine.advance(world, state, first, first + each)
            progress(min(first + each, steps), steps)
        return state

    def run_each(self, policies: Sequence[Policy], seed: int, detail: Detail) -> list[State]:
        """Run the same crisis under several policies."""
        return [self.run(policy, seed, detail) for policy in policies]


def replicate_seed(seed: int, replicate: int) -> int:
    """Seed of one replicate: its own crisis, whatever other replicates there are."""
    return int(uniform(seed, _REPLICATE, np.uint64(replicate), 0, 0) * 2**53)


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
    if replicate is not None:
        scenario = scenario.drawn(seed, replicate)
        seed = replicate_seed(seed, replicate)
    prepared = Prepared(scenario)
    if detail is None:
        detail = history.detail_for(scenario, prepared.tables)
    state = prepared.run(followed, seed, detail, progress)
    return Run(
        scenario,
        prepared.tables,
        scenario.as_drawn(followed),
        seed,
        state,
        time.perf_counter() - began,
    )
