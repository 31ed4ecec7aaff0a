"""A copy of a crisis under way, on which the engine's own rules can be tried with other levers."""

from __future__ import annotations

from typing import Any

import numpy as np

from crisis_abm.compiled import passed_by_reference
from crisis_abm.engine import State
from crisis_abm.tables.layout import World

SHARED = ("seed", "policy", "record")  # fields of a state that no rule tried here writes to

Array = np.ndarray


class Shadow:
    """A state that is brought up to date and then changed, while the run itself goes on untouched.

    Parameters
    ----------
    world : World
    state : State
        Of the run.

    Attributes
    ----------
    state : State
        The copy.
    world, packed : object
        World and copy as kernels take them.
    """

    def __init__(self, world: World, state: State) -> None:
        copied: dict[str, Any] = {}
        for name, part in state._asdict().items():
            if name not in SHARED:
                copied[name] = part.copy() if isinstance(part, Array) else _copied(part)
        self.state = state._replace(**copied)
        self.world, self.packed = passed_by_reference(world), passed_by_reference(self.state)

    def follow(self, state: State) -> None:
        """Bring the copy up to date with the run."""
        for name, part in state._asdict().items():
            if name in SHARED:
                continue
            mine = getattr(self.state, name)
            pairs = [(mine, part)] if isinstance(part, Array) else zip(mine, part, strict=True)
            for own, theirs in pairs:
                own[...] = theirs

    @property
    def levers(self) -> Array:
        """Of its organisations: N × levers."""
        return self.state.organisations.levers


def _copied(part: Any) -> Any:
    return part._replace(**{name: column.copy() for name, column in part._asdict().items()})
