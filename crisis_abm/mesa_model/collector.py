"""Collecting with Mesa's DataCollector, every tick under its own number."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from inspect import signature
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

import mesa
import numpy as np

from crisis_abm.organisations import Organisation

if TYPE_CHECKING:
    from crisis_abm.mesa_model import CrisisModel

IN_A_LIST = "for batch_run it has to stand in a list, {{'{0}': [{0}]}}"


def status_name(agent: mesa.Agent) -> str | None:
    """Agent reporter: how an organisation stands, as histories write it; None for other agents."""
    return agent.status.name.lower() if isinstance(agent, Organisation) else None


class _Reader:
    """Agent reporter: an attribute by its name; None for other agents that have none."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, agent: mesa.Agent) -> Any:
        if isinstance(agent, Organisation):
            return getattr(agent, self.name)
        return getattr(agent, self.name, None)


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
    return {name: _Reader(what) if isinstance(what, str) else what for name, what in named}


def _labelled(tick: int, records: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(tick, *record[1:]) for record in records]


class Batch(NamedTuple):
    """What `mesa.batch_run` does at the moment; it does not tell its models."""

    iteration: int
    iterations: int  # known in its own process only: at least this many
    max_steps: int
    parameters: Mapping[str, Any]  # known in its own process only
    seeds: str  # what it calls the seeds that it takes itself; nothing where it takes none

    @classmethod
    def around(cls) -> Batch | None:
        """The one that is making this model, if one is."""
        found: Batch | None = None
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_globals.get("__name__") == "mesa.batchrunner":
                its, name = frame.f_locals, frame.f_code.co_name
                if name == "_model_run_func":
                    iteration, takes = its["run"][1], signature(frame.f_globals["batch_run"])
                    seeds = "rng" if "rng" in takes.parameters else ""
                    found = cls(iteration, iteration + 1, its["max_steps"], {}, seeds)
                elif name == "batch_run" and found is not None:
                    iterations = max(run[1] for run in its["runs_list"]) + 1
                    return found._replace(iterations=iterations, parameters=its["parameters"])
            frame = frame.f_back
        return found


def replicate_of(given: Mapping[str, Any], batch: Batch | None) -> int:
    """The replicate, whatever it is called; the iteration's where none is given.

    Raises
    ------
    ValueError
        If it is no whole number, is given twice, or would be the same in every iteration.
    """
    said = {name: value for name, value in given.items() if value is not None}
    if len(said) > 1:
        shown = " and ".join(f"{name}={value}" for name, value in said.items())
        raise ValueError(f"{shown} say the same; give one of them")
    if batch is not None:
        own = batch.seeds
        if own and batch.parameters.get(own) is not None:
            raise ValueError(
                f"batch_run of this version of Mesa does not hand on {own} among the parameters: "
                f"give it {own}=[…] itself, or name the parameter replicate"
            )
        if not said:
            return batch.iteration
        if batch.iterations > 1 and own not in said:
            name = next(iter(said))
            raise ValueError(
                f"{name}={said[name]} would make all iterations the same run: leave {name} out "
                f"for replicates 0, 1, …; or give {name} as a range, without iterations"
            )
    name, value = next(iter(said.items()), ("replicate", 0))
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (whole and 0 <= value < 2**63):
        raise ValueError(f"{name}={value!r}: it takes a whole number from 0 to 2**63 - 1")
    return int(value)
