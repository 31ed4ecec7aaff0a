"""The simulation as a Mesa model, for those who know Mesa: it steps the very tick of the engine.

A glass door in a factory: one can look in, count and collect, and the machines run as they do
behind the wall. Two runs of one seed, one here and one by `crisis_abm.engine.run`, agree to the
last bit. Many runs are the business of `crisis_abm.runs`; `mesa.batch_run` works too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from crisis_abm import engine
from crisis_abm.engine import Detail, State, Status
from crisis_abm.engine.decisions import Decisions
from crisis_abm.engine.decisions import advance as advance_with
from crisis_abm.engine.state import SLACK
from crisis_abm.network import to_graph
from crisis_abm.organisations import BUILT_IN, Organisation, class_of_kind, decided_by
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.scenario.problems import nearest
from crisis_abm.tables import Tables, build, compile_policy

if TYPE_CHECKING:
    import networkx

__all__ = ["CrisisModel", "TickCollector", "status_name"]

AT_ONCE = 50_000  # organisations whose agents are made with the model
COLLECTED = 2_000  # organisations up to which agents are collected unless asked otherwise


def status_name(agent: Organisation) -> str:
    """Agent reporter: how an organisation stands, as histories write it."""
    return agent.status.name.lower()


class TickCollector(mesa.DataCollector):
    """A DataCollector that calls what it collects after the tick it ends, 0 for the first.

    Mesa labels it by its own count of steps, from 1 in agents' frames and from 0 in the model's,
    and `batch_run` of Mesa 3.3 joins the two as if they agreed. Reporters that are names are kept
    in a form that can be pickled with the model.
    """

    def __init__(
        self,
        model_reporters: Mapping[str, Any] | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
        agenttype_reporters: Mapping[Any, Mapping[str, Any]] | None = None,
        tables: Mapping[str, Any] | None = None,
    ) -> None:
        by_type = {kind: _readers(some) for kind, some in (agenttype_reporters or {}).items()}
        super().__init__(model_reporters, _readers(agent_reporters), by_type, tables)

    def collect(self, model: CrisisModel) -> None:
        """Collect what the reporters say now."""
        super().collect(model)
        tick = model.tick - 1
        if self._agent_records:
            _, records = self._agent_records.popitem()
            self._agent_records[tick] = _labelled(tick, records)
        if self._agenttype_records:
            _, by_type = self._agenttype_records.popitem()
            by_type = {kind: _labelled(tick, records) for kind, records in by_type.items()}
            self._agenttype_records[tick] = by_type
        if getattr(self, "_collection_steps", None):  # Mesa 3.5
            self._collection_steps[-1] = tick


def _readers(reporters: Mapping[str, Any] | None) -> dict[str, Any]:
    named = (reporters or {}).items()
    return {name: attrgetter(what) if isinstance(what, str) else what for name, what in named}


def _labelled(tick: int, records: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(tick, *record[1:]) for record in records]


class CrisisModel(mesa.Model):
    """One run of a scenario, tick by tick.

    Parameters
    ----------
    scenario : Scenario, str or Path
        Or the file it stands in. `[uncertain]` ranges are not drawn (`Scenario.drawn` does that).
    policy : str or Policy, optional
        A name, or levers: ``"agenda=1,communication=.5"``. Left out, the scenario's own.
    replicate : int
        The seed of all chance in the run.
    agent_classes : mapping of str to type, optional
        Subclasses of `Organisation` by kind. Kinds that are `like` a built-in one take its class.
        Those that override `request`, `ration` or `lend` are asked; all else stays compiled.
    detail : Detail
        How much the engine records; the `datacollector` is apart from that.
    collect : mapping, optional
        Arguments of `mesa.DataCollector` to use instead of the ones here: the model's `harm`,
        `failed` and `mean_service_level`, and (up to 2,000 organisations) the `service_level` and
        `status` of every one, at the end of every tick.
    rng : int, optional
        Another name for `replicate`, which is what Mesa 3.5's own `batch_run` calls it.

    Attributes
    ----------
    tables : Tables
    state : State
        The engine's arrays now; to read.
    tick : int
        Ticks done; `running` is False when all are.
    agents, agents_by_type
        Mesa's sets of organisations. Beyond 50,000 they are made when first looked at.

    Notes
    -----
    `mesa.batch_run` goes through the values of whatever it can loop over, which a Scenario is: give
    it ``{"scenario": [scenario], "replicate": range(5)}``.
    """

    datacollector: TickCollector

    def __init__(
        self,
        scenario: Scenario | str | Path,
        policy: str | Policy | None = None,
        replicate: int = 0,
        agent_classes: Mapping[str, type[Organisation]] | None = None,
        detail: Detail = Detail.ORGANISATIONS,
        collect: Mapping[str, Any] | None = None,
        *,
        rng: int | None = None,
    ) -> None:
        seed = _seed(replicate, rng)
        super().__init__(rng=seed)
        self.replicate = seed
        self._crisis = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario)
        policy = self._crisis.policy if policy is None else policy
        self.policy = self._crisis.policy_named(policy) if isinstance(policy, str) else policy
        self.tables: Tables = build(self._crisis)
        rules = compile_policy(self._crisis, self.tables, self.policy)
        self.state: State = engine.start(self.tables.world, rules, seed, detail)
        self.tick = 0
        self._broken = False
        self._classes = self._choose(agent_classes or {})
        self._by_row: dict[int, Organisation] = {}
        if len(self.tables.ids) <= AT_ONCE:
            self._make_agents()
        self._decisions = self._deciding()
        self.datacollector = TickCollector(**{**self._reporters(), **(collect or {})})

    def step(self) -> None:
        """Step one tick and collect; nothing happens once the run is over.

        Raises
        ------
        ValueError
            If an organisation that decides for itself answers with what cannot be. The tick is
            half done then, and the run cannot go on (RuntimeError).
        """
        if self._broken:
            raise RuntimeError(f"tick {self.tick} broke off half-way: make the model anew")
        if self.tick >= self.tables.world.parameters.steps:
            return
        try:
            self.state = self._stepped()
        except BaseException:
            self._broken, self.running = True, False
            raise
        self.tick += 1
        if self.tick == self.tables.world.parameters.steps:
            self.running = False
        self.datacollector.collect(self)

    def _stepped(self) -> State:
        world, now, then = self.tables.world, self.tick, self.tick + 1
        if self._decisions is None:
            return engine.advance(world, self.state, now, then)
        return advance_with(world, self.state, now, then, self._decisions)

    @property
    def scenario(self) -> Scenario:
        """What the run is of."""
        return self._crisis

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        if not type(scenario).__module__.startswith("mesa."):  # Mesa 3.5 sets an empty one
            raise AttributeError("the scenario of a model is given when it is made")

    @cached_property
    def graph(self) -> networkx.MultiDiGraph:
        """Who depends on whom (`crisis_abm.network.to_graph`)."""
        return to_graph(self.tables)

    @property
    def harm(self) -> float:
        """Harm so far: of the unserved and by the hazard itself, in the scenario's unit."""
        return float(self.state.record.harm.sum() + self.state.record.hazard_deaths.sum())

    @property
    def failed(self) -> int:
        """Organisations closed now."""
        return int(np.count_nonzero(self.state.organisations.status == Status.FAILED))

    @property
    def mean_service_level(self) -> float:
        """Of all organisations, in the last tick."""
        now = self.state.organisations
        busy = now.workload > SLACK
        levels = np.divide(now.service, now.workload, out=np.ones(len(busy)), where=busy)
        return float(levels.mean())

    def _reporters(self) -> dict[str, Any]:
        each: dict[str, Any] = {"service_level": "service_level", "status": status_name}
        return {
            "model_reporters": {name: name for name in ("harm", "failed", "mean_service_level")},
            "agent_reporters": each if len(self.tables.ids) <= COLLECTED else None,
        }

    @property
    def agents(self) -> Any:
        """Mesa's set of all agents."""
        self._make_agents()
        return super().agents

    @property
    def agents_by_type(self) -> Any:
        """Mesa's sets of agents by their class."""
        self._make_agents()
        return super().agents_by_type

    @property
    def agent_types(self) -> Any:
        """The classes that agents have."""
        self._make_agents()
        return super().agent_types

    def organisation(self, identity: str) -> Organisation:
        """Return the organisation with an id of the scenario.

        Raises
        ------
        KeyError
            If there is none, with the nearest id.
        """
        if identity not in self._rows:
            near = f": {nearest(identity, self._rows)}" if len(self._rows) <= AT_ONCE else ""
            raise KeyError(f"{identity} is no organisation{near}")
        return self._agent(self._rows[identity])

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {identity: row for row, identity in enumerate(self.tables.ids)}

    def _choose(self, chosen: Mapping[str, type[Organisation]]) -> list[type[Organisation]]:
        """Return the class of every kind."""
        known = {*self.tables.kinds, *self._crisis.kinds, *BUILT_IN}
        for kind, its in chosen.items():
            if kind not in known:
                raise ValueError(f"agent_classes: {kind} is no kind: {nearest(kind, known)}")
            if not (isinstance(its, type) and issubclass(its, Organisation)):
                raise TypeError(f"agent_classes: {its!r} of {kind} is no subclass of Organisation")
        kinds = self.tables.kinds
        return [class_of_kind(kind, self._crisis.recipe(kind).base, chosen) for kind in kinds]

    def _agent(self, row: int) -> Organisation:
        if row not in self._by_row:
            kind = self.tables.world.organisations.kind[row]
            self._by_row[row] = self._classes[kind](self, row)
        return self._by_row[row]

    def _make_agents(self) -> None:
        if len(self._by_row) < len(self.tables.ids):
            for row in range(len(self.tables.ids)):
                self._agent(row)

    def _deciding(self) -> Decisions | None:
        """Those who decide for themselves, if there are any."""
        kinds = self.tables.world.organisations.kind
        asked: dict[str, dict[int, Any]] = {"request": {}, "ration": {}, "lend": {}}
        for kind, its in enumerate(self._classes):
            for name in decided_by(its):
                for row in np.flatnonzero(kinds == kind).tolist():
                    asked[name][row] = getattr(self._agent(row), name)
        return Decisions(self.tables, **asked) if any(asked.values()) else None


def _seed(replicate: int, rng: Any) -> int:
    if rng is not None:
        if replicate:
            raise ValueError(f"replicate={replicate} and rng={rng} say the same; give one of them")
        replicate = rng
    whole = isinstance(replicate, int | np.integer) and not isinstance(replicate, bool)
    if not (whole and 0 <= replicate < 2**63):
        raise ValueError(f"replicate={replicate!r}: it takes a whole number from 0 to 2**63 - 1")
    return int(replicate)
