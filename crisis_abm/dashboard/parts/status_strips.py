"""How an organisation stood, day by day: a strip for each policy, in line with the charts below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
import solara

from crisis_abm.dashboard.html import tag
from crisis_abm.dashboard.parts.numbers import numbers
from crisis_abm.dashboard.terms import term
from crisis_abm.report.words import counted

__all__ = ["STATES", "StatusStrips", "stretches", "told"]

STATES = ("working", "strained", "failing", "failed")
MOST_TOLD = 8  # stretches that are told one by one
MARKS = (("■", "ca-run-mark-0"), ("●", "ca-run-mark-1"))


@solara.component
def StatusStrips(times: Sequence[object], unit: str, status: Mapping[str, np.ndarray]) -> None:
    """A strip for each policy.

    Parameters
    ----------
    times : list
        Ticks, or dates in words.
    unit : str
        Of time: ``day``.
    status : dict of str to ndarray, shape (T,)
        By policy.
    """
    tag("h3", "Status")
    legend = [
        tag("li", tag("span", look=f"ca-state ca-state-{k}"), term(STATES[k])) for k in range(4)
    ]
    tag("ul", *legend, look="ca-states")
    for (name, states), (mark, look) in zip(status.items(), MARKS, strict=False):
        cells = [
            tag(
                "span",
                look=f"ca-state-{state}",
                attributes={"style": f"width: {100 * (end - start) / len(states):.4f}%"},
            )
            for start, end, state in stretches(states)
        ]
        about = {"role": "img", "aria-label": f"{name}: {told(states, times, unit)}"}
        strip = tag("div", *cells, look="ca-strip", attributes=about)
        tag("div", strip, tag("span", tag("span", mark, look=look), f" {name}"), look="ca-strips")
    words = {name: [STATES[k] for k in states.tolist()] for name, states in status.items()}
    headings = {"time": unit, **{name: name for name in words}}
    numbers("Status", "status", {"time": list(times), **words}, headings)


def stretches(states: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """First tick, tick after the last, and state of every stretch of the same state.

    >>> list(stretches(np.array([0, 0, 3, 1])))
    [(0, 2, 0), (2, 3, 3), (3, 4, 1)]
    """
    at = 0
    for state, same in groupby(states.tolist()):
        count = len(list(same))
        yield at, at + count, state
        at += count


def told(states: np.ndarray, times: Sequence[object], unit: str) -> str:
    """The same in words, for whoever does not see it.

    >>> told(np.array([0, 0, 3, 1]), [0, 1, 2, 3], "day")
    'working from 0, failed from 2, strained from 3'
    """
    found = list(stretches(states))
    if len(found) <= MOST_TOLD:
        return ", ".join(f"{STATES[state]} from {times[start]}" for start, _, state in found)
    days = np.bincount(states, minlength=len(STATES)).tolist()
    told = [f"{STATES[k]} on {counted(n, unit)}" for k, n in enumerate(days) if n]
    return f"{', '.join(told)}, in {len(found)} stretches"
