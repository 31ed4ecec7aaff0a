"""Collecting with Mesa's DataCollector, every tick under its own number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import mesa

from crisis_abm.organisations import Organisation

if TYPE_CHECKING:
    from crisis_abm.mesa_model import CrisisModel

__all__ = ["TickCollector", "status_name"]


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
