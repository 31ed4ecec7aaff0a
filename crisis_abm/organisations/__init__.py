"""The organisations as Mesa agents: thin views on their rows of the tables.

An agent keeps nothing itself: what it shows is read from the model's arrays at that moment, and the
run does not need it. To let organisations behave otherwise, make a subclass that overrides
`request`, `ration` or `lend`, and name it when the model is made::

    class Hoarder(Hospital):
        def request(self, resource, order, need):
            return 2 * order

    CrisisModel(scenario, agent_classes={"hospital": Hoarder})
"""

from __future__ import annotations

import copyreg
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import mesa

from crisis_abm.organisations.view import Figures, View

if TYPE_CHECKING:
    from crisis_abm.mesa_model import CrisisModel

__all__ = ["BUILT_IN", "CareHome", "Council", "Figures", "Hospital", "Household", "Laboratory"]
__all__ += ["Organisation", "School", "Supermarket", "Supplier", "Transport", "VoluntaryGroup"]
__all__ += ["class_of_kind", "decided_by", "own_class"]


class Organisation(View, mesa.Agent):
    """One organisation of a run.

    Made by `crisis_abm.mesa_model.CrisisModel`. What it shows, it shows as a `View`, to read only;
    a subclass may keep attributes of its own.

    Parameters
    ----------
    model : CrisisModel
    row : int
        Its row in the tables.
    """

    model: CrisisModel

    def __init__(self, model: CrisisModel, row: int) -> None:
        self.__dict__["row"] = row
        super().__init__(model)
        self.__dict__["made"] = True

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("model", "unique_id") and "made" in self.__dict__:
            raise AttributeError(f"{name} of {self.id} cannot be set: it is the model's")
        if name in _READ_ONLY:
            raise AttributeError(
                f"{name} of {self.id} cannot be set: an organisation is a view on the model's "
                "tables; change the scenario, or override request, ration or lend in a subclass"
            )
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"

    def request(self, resource: str, order: float, need: float) -> float:
        """Decide how much to order. A subclass may override this; it is called only then.

        Asked every tick for every input, unless the organisation is closed.

        Parameters
        ----------
        resource : str
        order : float
            What the rule would order, units.
        need : float
            What it needs to get back to its cover, units.

        Returns
        -------
        float
            Units to order, at least 0.
        """
        return order

    def ration(
        self,
        resource: str,
        available: float,
        orders: Mapping[str, float],
        shipments: Mapping[str, float],
    ) -> Mapping[str, float]:
        """Decide who gets how much. A subclass may override this; it is called only then.

        Asked every tick for every output that somebody orders, unless the organisation is closed.

        Parameters
        ----------
        resource : str
        available : float
            Finished stock, units.
        orders : mapping of str to float
            What customers order, as far as links can carry it, units by id.
        shipments : mapping of str to float
            What the rule would ship, units by id.

        Returns
        -------
        mapping of str to float
            Units by id: to nobody more than it orders, all together at most `available`. Who is
            left out gets nothing.
        """
        return shipments

    def lend(
        self,
        resource: str,
        surplus: float,
        deficits: Mapping[str, float],
        gifts: Mapping[str, float],
    ) -> Mapping[str, float]:
        """Decide what to lend to whom. A subclass may override this; it is called only then.

        Asked every tick, when its turn among the donors has come, for every resource (and for
        ``"places"``) that it shares with partners one of whom lacks some, unless it is closed.

        Parameters
        ----------
        resource : str
            Or ``"places"``: people to take over.
        surplus : float
            What it has beyond its own reserve (for places: free), however reciprocal it is.
        deficits : mapping of str to float
            What partners still lack, units (people) by id.
        gifts : mapping of str to float
            What the rule would give, units (people) by id.

        Returns
        -------
        mapping of str to float
            Units by id: to nobody more than it lacks, all together at most its stock to use (for
            places: `surplus`). Who is left out gets nothing.
        """
        return gifts


_READ_ONLY = frozenset(
    name for name in (*vars(View), *vars(Organisation), "row", "made") if not name.startswith("_")
)


class Hospital(Organisation):
    """An acute hospital."""


class CareHome(Organisation):
    """A care home."""


class Supplier(Organisation):
    """A maker, importer or wholesaler of PPE and medicine."""


class Household(Organisation):
    """A group of households."""


class Supermarket(Organisation):
    """Food shops."""


class School(Organisation):
    """Schools and nurseries."""


class Transport(Organisation):
    """Buses, trains and hauliers."""


class Laboratory(Organisation):
    """A laboratory that evaluates tests."""


class Council(Organisation):
    """The backbone organisation."""


class VoluntaryGroup(Organisation):
    """A voluntary group."""


BUILT_IN: dict[str, type[Organisation]] = {
    "hospital": Hospital,
    "care_home": CareHome,
    "supplier": Supplier,
    "household": Household,
    "supermarket": Supermarket,
    "school": School,
    "transport": Transport,
    "laboratory": Laboratory,
    "council": Council,
    "voluntary_group": VoluntaryGroup,
}


class _OwnKind(type):
    """The classes of a scenario's own kinds; no module holds them, so they are pickled by kind."""


@cache
def own_class(kind: str) -> type[Organisation]:
    """Return the class of a kind that only a scenario knows: ``field_kitchen``, FieldKitchen.

    >>> own_class("field_kitchen")
    <class 'crisis_abm.organisations.FieldKitchen'>
    """
    name = "".join(part[:1].upper() + part[1:] for part in re.split(r"[\W_]+", kind))
    inside = {"__module__": __name__, "__doc__": f"A {kind}.", "_own_kind": kind}
    made = _OwnKind(name or "Organisation", (Organisation,), inside)
    return cast("type[Organisation]", made)


def _pickled(made: _OwnKind) -> Any:
    own = vars(made).get("_own_kind")
    return (own_class, (own,)) if own is not None else made.__qualname__


copyreg.pickle(_OwnKind, _pickled)


def class_of_kind(
    kind: str, base: str | None, chosen: Mapping[str, type[Organisation]]
) -> type[Organisation]:
    """Return the class whose agents show organisations of a kind.

    Parameters
    ----------
    kind, base
        The kind, and the built-in one it is or goes back to (through `like`).
    chosen
        Classes by kind that go before the built-in ones; of `base` too.
    """
    if kind in chosen:
        return chosen[kind]
    if base is None:
        return own_class(kind)
    return chosen.get(base, BUILT_IN[base])


def decided_by(kind: type[Organisation]) -> list[str]:
    """What a class decides itself: of `request`, `ration` and `lend` those that it overrides."""
    names = ("request", "ration", "lend")
    return [name for name in names if getattr(kind, name) is not getattr(Organisation, name)]
