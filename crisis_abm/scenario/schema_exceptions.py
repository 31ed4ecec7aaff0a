"""Schema of `[exceptions.ID]`: where one organisation differs from its group, table or kind."""

from __future__ import annotations

from crisis_abm.scenario.fields import Age, Key, Names, Number, Section, Ticks

__all__ = ["ExceptionEntry", "MakeException", "NeedException"]


class NeedException(Section):
    """`[exceptions.ID.needs.ppe]`: how one organisation keeps a need of its kind."""

    cover: Ticks | None = None
    """Ticks of use that it aims to have in stock, instead of its kind's."""
    safety: Number | None = None
    """Units it aims for on top of the cover, instead of its kind's."""
    more: Number | None = None
    """Units it keeps on top of all that."""
    suppliers: Names | None = None
    """Ids of further suppliers, one after the other: each gets an equal part of the orders, on the
    terms of the slowest and least reliable of those there are."""


class MakeException(Section):
    """`[exceptions.ID.makes.ppe]`: how much of what it makes one organisation keeps finished."""

    cover: Ticks | None = None
    """Ticks of ordinary orders kept finished, instead of its kind's."""
    more: Number | None = None
    """Units kept finished on top of that."""


class ExceptionEntry(Section):
    """`[exceptions.ID]`: where one organisation differs from its group, its table or its kind.

    Who deals with whom is drawn as if there were no exception.
    """

    capacity: Number | None = None
    """The most units of service it can give in a tick; ordinary orders and work stay as agreed."""
    more_capacity: Number | None = None
    """Units of service it can give in a tick on top of that."""
    caseload: Number | None = None
    """People in its care at the start."""
    demand: Number | None = None
    """People who come and go within a tick."""
    arrivals: Number | None = None
    """People who come to stay, each tick."""
    population: Number | None = None
    """People who belong to it: those who live in a household group, or who work there."""
    stay: Age | None = None
    """Ticks a person stays, on average."""
    needs: dict[Key, NeedException] = {}
    """How it keeps what its kind needs."""
    makes: dict[Key, MakeException] = {}
    """How it keeps what its kind makes."""
