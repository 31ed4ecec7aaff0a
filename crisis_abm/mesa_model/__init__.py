"""The simulation as a Mesa model, for those who know Mesa: it steps the very tick of the engine.

Agents can be looked at, counted, collected and told to decide otherwise. Two runs of one seed, one
here and one by `crisis_abm.engine.run`, agree to the last bit. Many runs are the business of
`crisis_abm.runs`; `mesa.batch_run` works too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from crisis_abm import engine
from crisis_abm.engine import Detail, State, Status
from crisis_abm.engine.decisions import Decisions
from crisis_abm.engine.decisions import advance as advance_with
from crisis_abm.engine.state import SLACK
from crisis_abm.mesa_model.collector import (
    IN_A_LIST,
    Batch,
    TickCollector,
    replicate_of,
    status_name,
)
from crisis_abm.network import to_graph
from crisis_abm.organisations import BUILT_IN, Organisation, class_of_kind, decided_by
from crisis_abm.scenario import Policy, Scenario
from crisis_abm.scenario.problems import nearest
from crisis_abm.tables import build, compile_policy

if TYPE_CHECKING:
    import networkx

__all__ = ["CrisisModel", "TickCollector", "status_name"]

AT_ONCE = 50_000  # organisations whose agents are made with the model
COLLECTED = 2_000  # organisations up to which agents are collected unless asked otherwise


_GIVEN = "is given when the model is made"
READ_ONLY = {
    "policy": f"{_GIVEN}; to change it on a day write [[policies.NAME.changes]] in the scenario",
    "replicate": f"{_GIVEN}; make another model with replicate=…",
    "scenario": f"{_GIVEN}; make another model of scenario.with_({{path: value}})",
    "tables": "is built from the scenario; make another model of scenario.with_({path: value})",
    "state": "is the engine's; to go back to a day, copy.deepcopy(model) on that day",
    "tick": "is counted by the model; for another number of days scenario.with_({'time.steps': …})",
    "rng": "is Mesa's own, and no chance of a run comes from it: that follows replicate=…; keep a "
    "generator of your agents under another name",
}
"""Attributes of a model that cannot be set, and why, with what can be done instead."""
READ_ONLY["random"] = READ_ONLY["rng"]


class CrisisModel(mesa.Model):
    """One run of a scenario, tick by tick.

    Parameters
    ----------
    scenario : Scenario, str or Path
        Or its file, or the name of a ready-made one. `[uncertain]` ranges are not drawn
        (`Scenario.drawn` does that).
    policy : str or Policy, optional
        A name, or levers: ``"agenda=1,communication=.5"``. Left out, the scenario's own.
    replicate : int, optional
        The seed of all chance in the run; 0. In `mesa.batch_run` the number of the iteration, so
        that iterations differ, and are the same crises for every policy.
    agent_classes : mapping of str to type, optional
        Subclasses of `Organisation` by kind. Kinds that are `like` a built-in one take its class.
        Those that override `request`, `ration` or `lend` are asked; all else stays compiled.
    detail : Detail
        How much the engine records; the `datacollector` is apart from that.
    collect : mapping, optional
        Arguments of `mesa.DataCollector` to use instead of the ones here: the model's `harm`,
        `failed` and `mean_service_level`, and (up to 2,000 organisations) the `service_level` and
        `status` of every one, at the end of every tick.
    rng, seed : int, optional
        Other names for `replicate`, which is what Mesa calls it.

    Attributes
    ----------
    tables : Tables
    state : State
        The engine's arrays now; to read.
    tick : int
        Ticks done; `running` is False when all are, and a further step an error.
    agents, agents_by_type
        Mesa's sets of organisations. Beyond 50,000 they are made when first looked at.

    Notes
    -----
    `mesa.batch_run` goes through the values of whatever it can loop over, which a Scenario is: give
    it ``{"scenario": [scenario]}``. Its `max_steps` has to last for the whole run.

    Organisations are what they are in the scenario: they cannot be removed, and no more can be
    made. Other agents can be added and removed as in any Mesa model; their ids follow on the rows'.
    """

    datacollector: TickCollector

    def __init__(
        self,
        scenario: Scenario | str | Path,
        policy: str | Policy | None = None,
        replicate: int | None = None,
        agent_classes: Mapping[str, type[Organisation]] | None = None,
        detail: Detail = Detail.ORGANISATIONS,
        collect: Mapping[str, Any] | None = None,
        *,
        rng: int | None = None,
        **other_names: Any,
    ) -> None:
        given = {"replicate": replicate, "rng": rng, **other_names}
        if unknown := given.keys() - {"replicate", "rng", "seed"}:
            raise TypeError(f"CrisisModel takes no {', '.join(sorted(unknown))}")
        batch = Batch.around()
        seed = replicate_of(given, batch)
        for name, mapping in (("agent_classes", agent_classes), ("collect", collect)):
            if not isinstance(mapping, Mapping | None):
                raise TypeError(f"{name}={mapping!r}: {IN_A_LIST.format(name)}")
        super().__init__(rng=seed)
        if not isinstance(scenario, Scenario | str | Path):
            raise TypeError(f"scenario={scenario!r}: {IN_A_LIST.format('scenario')}")
        self._crisis = Scenario.of(scenario)
        steps = self._crisis.time.steps
        if batch is not None and batch.max_steps < steps:
            raise ValueError(
                f"batch_run would end this run after {batch.max_steps:,} of its {steps:,} steps: "
                f"give it max_steps={steps}, or scenario.with_({{'time.steps': {batch.max_steps}}})"
            )
        self._hold("replicate", seed)
        self._hold("policy", _policy(self._crisis, policy))
        self._hold("tables", build(self._crisis))
        rules = compile_policy(self._crisis, self.tables, self.policy)
        self._hold("state", engine.start(self.tables.world, rules, seed, detail))
        self._hold("tick", 0)
        self._broken = False
        self._own_agents = 0
        self._classes = self._choose(agent_classes or {})
        self._by_row: dict[int, Organisation] = {}
        if len(self.tables.ids) <= AT_ONCE:
            self._make_agents()
        self._decisions = self._deciding()
        self.datacollector = TickCollector(**{**self._reporters(), **(collect or {})})

    def __setattr__(self, name: str, value: Any) -> None:
        if name in READ_ONLY and "_crisis" in self.__dict__:  # before that Mesa sets its own
            raise AttributeError(f"{name} {READ_ONLY[name]}")
        super().__setattr__(name, value)

    def _hold(self, name: str, value: Any) -> None:
        """Set an attribute that nobody else can."""
        self.__dict__[name] = value

    def step(self) -> None:
        """Step one tick and collect.

        Raises
        ------
        RuntimeError
            If the run is over.
        ValueError
            If an organisation that decides for itself answers with what cannot be. The tick is
            half done then, and the run cannot go on (RuntimeError).
        """
        self._refuse_what_is_over()
        try:
            self._hold("state", self._stepped())
        except BaseException:
            self._broken, self.running = True, False
            raise
        self._hold("tick", self.tick + 1)
        if self.tick == self.tables.world.parameters.steps:
            self.running = False
        self.datacollector.collect(self)

    def _wrapped_step(self, *given: Any, **named: Any) -> None:
        """Step as Mesa does, but not in silence: Mesa 3.5 does nothing once a step has failed."""
        self._refuse_what_is_over()
        super()._wrapped_step(*given, **named)

    def _refuse_what_is_over(self) -> None:
        if self._broken:
            raise RuntimeError(f"tick {self.tick} broke off half-way: make the model anew")
        steps = self.tables.world.parameters.steps
        if self.tick >= steps:
            raise RuntimeError(
                f"the run is over after {steps:,} steps: go on `while model.running`, or make the "
                "model of scenario.with_({'time.steps': …})"
            )

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
        """Mesa 3.5 sets an empty one; `__setattr__` refuses any other."""

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

    def register_agent(self, agent: Any) -> None:
        """Take an agent in, under an id of its own: a row's + 1, or for other agents one beyond.

        Mesa's own count would give other agents the ids of organisations that are not made yet.
        """
        its = isinstance(agent, Organisation)
        if its and agent.row in self._by_row:
            raise ValueError(f"{agent.id} is there already: model.organisation({agent.id!r})")
        super().register_agent(agent)
        if not its:
            self._own_agents += 1
        agent.unique_id = agent.row + 1 if its else len(self.tables.ids) + self._own_agents
        getattr(mesa.Agent, "_ids", {}).pop(self, None)  # by which Mesa 3.3 keeps models for ever

    def deregister_agent(self, agent: Any) -> None:
        """Let an agent go; of organisations none can (ValueError)."""
        if isinstance(agent, Organisation):
            raise ValueError(
                f"{agent.id} cannot be removed: others depend on its place in the tables. To close "
                "it write an event with capacity = 0; or take it out of the scenario"
            )
        super().deregister_agent(agent)

    def reset_rng(self, rng: Any = None) -> None:
        """Set Mesa's generators back to `rng`; no chance of a run comes from them.

        Raises
        ------
        ValueError
            For another seed: that of the run is given when it is made.
        """
        if rng is not None and rng != self.replicate:
            raise ValueError(f"rng={rng!r}: replicate {READ_ONLY['replicate']}")
        self._hold("rng", np.random.default_rng(self.replicate))
        self.random.seed(self.replicate)

    def reset_randomizer(self, seed: int | None = None) -> None:
        """As `reset_rng` with `seed`."""
        self.reset_rng(seed)

    def organisation(self, identity: str) -> Organisation:
        """Return the organisation whose id in the scenario is `identity`.

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


def _policy(scenario: Scenario, given: Any) -> Policy:
    if not isinstance(given, Policy | str | None):
        raise TypeError(f"policy={given!r}: {IN_A_LIST.format('policy')}")
    return scenario.policy_named(given)
