"""A run: ticks one after the other, in one compiled loop."""

from __future__ import annotations

from operator import is_
from typing import Any, NamedTuple

import numpy as np

from crisis_abm.compiled import kernel, passed_by_reference
from crisis_abm.engine.phases.record import room_needed
from crisis_abm.engine.state import Detail, Record, State, fresh
from crisis_abm.engine.system_value import solve_values, values_follow_from
from crisis_abm.engine.tick import tick
from crisis_abm.tables.layout import Policy, World


@kernel
def _loop(first: int, end: int, world: World, state: State) -> int:
    """Run ticks `first` to `end`; stop early where the shortfall table needs more room."""
    losses, shorts = room_needed(world)
    kept = state.record.loss.shape[0] > 0
    for t in range(first, end):
        if kept:
            if state.record.rows[0] + losses > state.record.loss.shape[0]:
                return t
            if state.record.rows[1] + shorts > state.record.short_amount.shape[0]:
                return t
        tick(t, world, state)
    return end


def start(world: World, policy: Policy, seed: int, detail: Detail = Detail.ORGANISATIONS) -> State:
    """Return the state before the first tick of a run."""
    global _last
    state = fresh(world, policy, seed, detail)
    common = _last
    if common is None or common.world is not world:
        common = _last = _common_to_runs(world, state, common)
    for part, values in zip(_valued(state), common.values, strict=True):
        part.value[:] = values
    state.events.links[0] = False
    return state


class _Common(NamedTuple):
    """What all runs of a world have in common.

    Solving the system values anew took a twentieth of a short run, and a fifth of a run of a
    million organisations; a sweep runs one world many times, and a search for weak links a thousand
    worlds that differ in one table.
    """

    world: World
    parts: dict[str, Any]  # its tables, each as kernels take it
    packed: Any  # all of them
    values: list[np.ndarray]  # to the system: of service, of inputs, of outputs


_last: _Common | None = None  # of the world that was started last


def _common_to_runs(world: World, state: State, last: _Common | None) -> _Common:
    """Work it out with a state before its first tick; what is as in the last world is taken over.

    As in the last world: the very same arrays.
    """
    parts = {}
    for name, part in world._asdict().items():
        if last is not None and part is getattr(last.world, name):
            parts[name] = last.parts[name]
        else:
            parts[name] = passed_by_reference(part)
    packed = passed_by_reference(World(**parts))
    if last and all(map(is_, values_follow_from(world), values_follow_from(last.world))):
        return _Common(world, parts, packed, last.values)
    solve_values(packed, passed_by_reference(state))
    state.organisations.surplus[:] = 0.0  # scratch
    return _Common(world, parts, packed, [part.value.copy() for part in _valued(state)])


def _valued(state: State) -> tuple[Any, Any, Any]:
    return state.organisations, state.inputs, state.outputs


def _packed(world: World) -> Any:
    common = _last
    if common is not None and common.world is world:
        return common.packed
    return passed_by_reference(world)


def advance(world: World, state: State, first: int, end: int) -> State:
    """Run the ticks from `first` up to but not including `end`.

    Returns
    -------
    State
        The same arrays, changed; the shortfall table may have moved to larger ones.
    """
    end = min(end, world.parameters.steps)
    while True:
        first = _loop(first, end, _packed(world), passed_by_reference(state))
        if first >= end:
            return state
        state = state._replace(record=with_more_room(world, state.record))


def run(world: World, policy: Policy, seed: int, detail: Detail = Detail.ORGANISATIONS) -> State:
    """Run a scenario from its first tick to its last."""
    return advance(world, start(world, policy, seed, detail), 0, world.parameters.steps)


def with_more_room(world: World, record: Record) -> Record:
    """Twice the rows of the shortfall table, and room for one more tick at least."""
    losses, shorts = room_needed(_packed(world))
    wanted = {"loss": record.rows[0] * 2 + losses, "short": record.rows[1] * 2 + shorts}
    grown = {}
    for name in Record._fields:
        if name == "loss" or name.startswith(("loss_", "short_")):
            old = getattr(record, name)
            rows = max(len(old), int(wanted[name.split("_")[0]]))
            grown[name] = np.zeros(rows, old.dtype)
            grown[name][: len(old)] = old
    return record._replace(**grown)
