"""Scenarios ready to run, and one run of one: a process builds a scenario's tables once.

What is kept is found by content (`Scenario.fingerprint`) and by what was done to it (a replicate's
draws, a point's values): whoever asks for the same has the same tables, which nobody can change. As
many stay as fit a bound, those that were asked for last.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from operator import is_
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm import engine, history, outcomes
from crisis_abm.engine import Detail, State
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.streams import stream_id, uniform
from crisis_abm.tables import Tables, build, compile_policy
from crisis_abm.tables.layout import Policy as PolicyArrays

Progress = Callable[[int, int], None]
_REPLICATE = stream_id("replicate")
STAGES = 200  # in which a run tells of its progress, and can be stopped
MOST_POLICIES = 32  # that stay compiled beside the same tables
POLICY_BYTES = 300_000  # of all of them
MOST_BYTES = 160_000_000  # of the tables that a process keeps: all of England twice
LEAST = 200_000  # what a scenario weighs beside its arrays, in bytes
EACH = 1_000  # bytes an organisation, before its tables are there to be weighed


@dataclass
class Prepared:
    """A scenario ready to run many times: compiled to arrays once, each run copies what changes.

    Attributes
    ----------
    scenario : Scenario
    tables : Tables
        Its arrays cannot be written to: all who run this scenario share them.
    weight : int
        Bytes that it takes, without those that it shares with another.
    """

    scenario: Scenario
    tables: Tables = field(init=False)
    weight: int = field(init=False)
    _policies: dict[Hashable, PolicyArrays] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.tables = build(self.scenario)
        self.weight = LEAST
        for array in _arrays(self.tables.world):
            array.flags.writeable = False
            self.weight += array.nbytes

    def __repr__(self) -> str:
        return f"<Prepared {self.scenario.title!r}: {len(self.tables.ids):,} organisations>"

    @classmethod
    def of(cls, scenario: Scenario, seed: int = 0, replicate: int | None = None) -> Prepared:
        """A scenario, built unless the process still has what says the same.

        Parameters
        ----------
        scenario : Scenario
        seed, replicate : int, optional
            As this replicate draws it (`Scenario.drawn`).
        """
        key = (scenario.fingerprint(),)
        if replicate is None or not scenario.uncertain:
            return kept(key, lambda: scenario)
        like: Prepared | None = _kept.look_up(key)
        return kept((*key, seed, replicate), lambda: scenario.drawn(seed, replicate), like)

    def drawn(self, seed: int, replicate: int) -> Prepared:
        """As one replicate draws it; itself, where nothing is uncertain."""
        return Prepared.of(self.scenario, seed, replicate) if self.scenario.uncertain else self

    def policy(self, policy: Policy) -> PolicyArrays:
        """The arrays of a policy, compiled when it is first asked for."""
        return self.arrays(
            policy,
            lambda: compile_policy(self.scenario, self.tables, self.scenario.as_drawn(policy)),
        )

    def arrays(self, key: Hashable, make: Callable[[], PolicyArrays]) -> PolicyArrays:
        """What organisations follow, by any key, made when it is first asked for.

        Of a large scenario nothing is kept: beside its runs the making takes no time.
        """
        if key in self._policies:
            return self._policies[key]
        made = make()
        many = min(MOST_POLICIES, POLICY_BYTES // max(1, made.levers.nbytes))
        if len(self._policies) >= many:
            self._policies.clear()
        if many:
            self._policies[key] = made
        return made

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

    def _share(self, other: Prepared) -> None:
        """Take over the arrays that are alike to the last bit: a draw changes few of them."""
        world = _with_those_of(self.tables.world, other.tables.world)
        self.tables = replace(self.tables, world=world)
        known = set(map(id, _arrays(other.tables.world)))
        self.weight = LEAST + sum(a.nbytes for a in _arrays(world) if id(a) not in known)


def replicate_seed(seed: int, replicate: int) -> int:
    """Seed of one replicate: its own crisis, whatever other replicates there are."""
    return int(uniform(seed, _REPLICATE, np.uint64(replicate), 0, 0) * 2**53)


class Recent:
    """What was made last, as much of it as weighs less than a bound; always the very last.

    Parameters
    ----------
    most : float
        The bound.
    """

    def __init__(self, most: float) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, tuple[Any, float]] = OrderedDict()
        self._lock = threading.Lock()  # a server has threads

    def get(
        self,
        key: Hashable,
        make: Callable[[], Any],
        weigh: Callable[[Any], float] = lambda _: 1,
    ) -> Any:
        """Return what is kept under a key, made if need be, and weighed."""
        found = self.look_up(key)
        if found is not None:
            return found
        made = make()
        self.put(key, made, weigh)
        return made

    def put(self, key: Hashable, made: Any, weigh: Callable[[Any], float]) -> None:
        """Keep something under a key, whatever was kept under it."""
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = made, weigh(made)
        self.make_room(0, 1)

    def look_up(self, key: Hashable) -> Any:
        """Return what is kept under a key, None if there is nothing."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def make_room(self, weight: float, least: int = 0) -> None:
        """Let go what was asked for longest ago, until so much fits; but so many stay."""
        with self._lock:
            weight += sum(one for _, one in self._kept.values())
            while weight > self.most and len(self._kept) > least:
                weight -= self._kept.popitem(last=False)[1][1]


_kept = Recent(MOST_BYTES)  # of this process


def kept(key: Hashable, scenario: Callable[[], Scenario], like: Prepared | None = None) -> Prepared:
    """A scenario ready to run, by its key; read and built unless this process still has it.

    Parameters
    ----------
    key : hashable
        All that it is made of: a fingerprint, and what is done to that content.
    scenario : callable
        Gives the scenario.
    like : Prepared, optional
        One that it differs little from, and shares arrays with.
    """

    def make() -> Prepared:
        found = scenario()
        if like is None:  # before it is built: two large ones may not fit
            _kept.make_room(EACH * sum(found.census().values()))
        made = Prepared(found)
        if like is not None:
            made._share(like)
        return made

    prepared: Prepared = _kept.get(key, make, lambda made: made.weight)
    return prepared


def _arrays(table: Any) -> list[np.ndarray]:
    if isinstance(table, np.ndarray):
        return [table]
    return [array for part in table for array in _arrays(part)] if isinstance(table, tuple) else []


def _with_those_of(table: Any, other: Any) -> Any:
    """The same table, of the other's parts where they do not differ."""
    if not isinstance(table, tuple):
        return other if _same_bits(np.asarray(table), np.asarray(other)) else table
    parts = tuple(map(_with_those_of, table, other))
    if all(map(is_, parts, other)):
        return other
    return type(table)(*parts)


def _same_bits(array: np.ndarray, other: np.ndarray) -> bool:
    if array.dtype != other.dtype or array.shape != other.shape:
        return False
    flat, against = (np.ascontiguousarray(one).reshape(-1).view(np.uint8) for one in (array, other))
    return bool(np.array_equal(flat, against))


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
