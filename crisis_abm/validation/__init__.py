"""Limit cases: published and analytic results that the engine must reproduce."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from crisis_abm.runs.processes import Progress, in_order
from crisis_abm.validation.case import Case
from crisis_abm.validation.contagion import final_size, watts
from crisis_abm.validation.dependence import dynamic_inoperability, inoperability, limiting_chain
from crisis_abm.validation.supply import bullwhip, nothing_to_share, pooling, rationing

__all__ = [
    "STANDARD",
    "Case",
    "bullwhip",
    "dynamic_inoperability",
    "final_size",
    "inoperability",
    "limiting_chain",
    "nothing_to_share",
    "pooling",
    "rationing",
    "validate",
    "watts",
]

_TWO = [[0.15, 0.5], [0.10, 0.05]]

STANDARD: tuple[Callable[[], Case], ...] = (
    partial(watts, 0.18, 3.0),
    partial(watts, 0.18, 7.0, runs=60),
    partial(watts, 0.26, 3.0, runs=60),
    partial(watts, 0.18, 3.0, runs=100, directed=True),
    partial(inoperability, [[0, 0.8], [0.2, 0]], (0, 0.6)),
    partial(dynamic_inoperability, _TWO, (0, 0.1), 0.2),
    partial(dynamic_inoperability, _TWO, (0, 0.1), 1.0),
    partial(limiting_chain, [0.95] * 10),
    partial(limiting_chain, [0.9] * 4 + [0.5]),
    partial(limiting_chain, [0.9] * 5),
    partial(rationing, 100, (80, 80), (80, 80), "pro rata"),
    partial(rationing, 100, (80, 80), (80, 160), "pro rata"),
    partial(rationing, 100, (80, 80), (80, 160), "known need"),
    partial(final_size, 1.5),
    partial(final_size, 2.0),
    partial(final_size, 3.0),
    partial(bullwhip, 5, 1),
    partial(bullwhip, 3, 2),
    partial(pooling, 4),
    partial(pooling, 4, correlation=1.0),
    partial(nothing_to_share),
)
"""The rows of ``crisis-abm validate``."""


def validate(workers: int | None = None, progress: Progress | None = None) -> list[Case]:
    """Run every case of `STANDARD`.

    Parameters
    ----------
    workers : int, optional
        Processes; as many as there are cores.
    progress : callable, optional
        Called with (cases done, cases in all).
    """
    return in_order(_answer, STANDARD, _nothing, None, workers, progress)


def _nothing(argument: None) -> None:
    return argument


def _answer(prepared: None, case: Callable[[], Case]) -> Case:
    return case()
