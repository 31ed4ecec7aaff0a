"""Schema of `[exceptions.ID]`: where one organisation differs from its group, table or kind."""

from __future__ import annotations

from .fields import Age, Key, Names, Number, Section, Ticks

__all__ = ["ExceptionEntry", "MakeException", "NeedException"]


class NeedException(Section):
    """`[exceptions.ID.needs.ppe]`: how one organisation keeps a need of its kind.

    Parameters
    ----------
    cover : float
        Ticks of use that it aims to have in stock, instead of its kind's.
    safety : float
        Units it aims for on top of the cover, instead of its kind's.
    more : float
        Units it keeps on top of all that.
    suppliers : list of str
        Ids of further suppliers, one after the other: each gets an equal part of the orders, on the
        terms of the slowest and least reliable of those there are.
    """

    cover: Ticks | None = None
    safety: Number | None = None
    more: Number | None = None
    suppliers: Names | None = None


class MakeException(Section):
    """`[exceptions.ID.makes.ppe]`: how much of what it makes one organisation keeps finished.

    Parameters
    ----------
    cover : float
        Ticks of ordinary orders kept finished, instead of its kind's.
    more : float
        Units kept finished on top of that.
    """

    cover: Ticks | None = None
    more: Number | None = None


class ExceptionEntry(Section):
    """`[exceptions.ID]`: where one organisation differs from its group, its table or its kind.

    Who deals with whom is drawn as if there were no exception.

    Parameters
    ----------
    capacity : float
        The most units of service it can give in a tick; ordinary orders and work stay as agreed.
    more_capacity : float
        Units of service it can give in a tick on top of that.
    caseload : float
        People in its care at the start.
    demand : float
        People who come and go within a tick.
    arrivals : float
        People who come to stay, each tick.
    population : float
        People who belong to it: those who live in a household group, or who work there.
    stay : float
        Ticks a person stays, on average.
    needs : dict of str to NeedException
        How it keeps what its kind needs.
    makes : dict of str to MakeException
        How it keeps what its kind makes.
    """

    capacity: Number | None = None
    more_capacity: Number | None = None
    caseload: Number | None = None
    demand: Number | None = None
    arrivals: Number | None = None
    population: Number | None = None
    stay: Age | None = None
    needs: dict[Key, NeedException] = {}
    makes: dict[Key, MakeException] = {}
