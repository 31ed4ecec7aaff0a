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
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

import mesa
import numpy as np

from crisis_abm.engine import Status
from crisis_abm.engine.state import SLACK
from crisis_abm.scenario import LEVERS, PLACES, Make, Need
from crisis_abm.scenario.problems import nearest

if TYPE_CHECKING:
    from crisis_abm.mesa_model import CrisisModel

__all__ = ["BUILT_IN", "CareHome", "Council", "Figures", "Hospital", "Household", "Laboratory"]
__all__ += ["Organisation", "School", "Supermarket", "Supplier", "Transport", "VoluntaryGroup"]
__all__ += ["class_of_kind", "decided_by", "own_class"]

Value = TypeVar("Value")


class Figures(Mapping[str, Value]):
    """Figures by name, to read: as they were when asked for, not as they become later.

    >>> Figures({"ppe": 20.0})["ppe"]
    20.0
    """

    __slots__ = ("_figures",)

    def __init__(self, figures: Mapping[str, Value]) -> None:
        self._figures = dict(figures)

    def __getitem__(self, name: str) -> Value:
        try:
            return self._figures[name]
        except KeyError:
            raise KeyError(f"{name}: {nearest(str(name), self._figures, 'there are')}") from None

    def __setitem__(self, name: str, value: Any) -> None:
        raise TypeError(
            f"{name} cannot be set: these figures are read from the model's tables; change the "
            "scenario (an event can change a stock or a capacity on a day)"
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._figures!r})"


class View:
    """What an organisation is, how it stands and whom it deals with, to read.

    Attributes
    ----------
    model : CrisisModel
    row : int
        Its row in the tables.
    """

    model: CrisisModel
    row: int

    # ------------------------------------------------------------------ who it is

    @property
    def id(self) -> str:
        """Its id in the scenario (`unique_id` is Mesa's)."""
        return self.model.tables.ids[self.row]

    @property
    def name(self) -> str:
        """What people call it."""
        return self.model.tables.names[self.row]

    @property
    def kind(self) -> str:
        """Its kind in the scenario."""
        return self.model.tables.kinds[self.model.tables.world.organisations.kind[self.row]]

    @property
    def area(self) -> str:
        """Where it is."""
        return self.model.tables.areas[self.model.tables.world.organisations.area[self.row]]

    @property
    def needs(self) -> Figures[Need]:
        """What a unit of its service uses, by resource."""
        rows = self.model.tables.world.inputs
        columns = (rows.use, rows.criticality, rows.cover, rows.safety)
        return self._by_resource(
            (rows.resource[h], Need(*(float(column[h]) for column in columns)))
            for h in self._inputs
        )

    @property
    def makes(self) -> Figures[Make]:
        """What a unit of its service makes, by resource."""
        rows = self.model.tables.world.outputs
        return self._by_resource(
            (rows.resource[g], Make(float(rows.make[g]), float(rows.cover[g])))
            for g in self._outputs
        )

    # ------------------------------------------------------------------ how it stands

    @property
    def status(self) -> Status:
        """Working, strained, failing or failed, at the end of the last tick."""
        return Status(int(self._now("status")))

    @property
    def service_level(self) -> float:
        """Service ÷ workload of the last tick; 1 where there was nothing to do."""
        workload = self.workload
        return float(self._now("service")) / workload if workload > SLACK else 1.0

    @property
    def workload(self) -> float:
        """Units of service asked of it in the last tick."""
        return float(self._now("workload"))

    @property
    def caseload(self) -> float:
        """People in its care."""
        return float(self._now("caseload"))

    @property
    def capacity(self) -> float:
        """Units of service it could give in the last tick, after events, absence and talking."""
        return float(self._now("capacity"))

    @property
    def levers(self) -> Figures[float]:
        """The principles, 0 (siloed) to 1 (reciprocal), as it follows them now."""
        return Figures(dict(zip(LEVERS, self._now("levers").tolist(), strict=True)))

    @property
    def stock(self) -> Figures[float]:
        """Units it has, by resource: to use and finished ones together where it does both."""
        state = self.model.state
        rows = self.model.tables.world
        held = [(rows.inputs.resource[h], state.inputs.stock[h]) for h in self._inputs]
        made = [(rows.outputs.resource[g], state.outputs.stock[g]) for g in self._outputs]
        return self._by_resource([*held, *made])

    @property
    def finished(self) -> Figures[float]:
        """Units it has made and not yet shipped, by resource."""
        resource, stock = self.model.tables.world.outputs.resource, self.model.state.outputs.stock
        return self._by_resource((resource[g], stock[g]) for g in self._outputs)

    @property
    def fill_rate(self) -> Figures[float]:
        """Shipped ÷ ordered, smoothed over ticks, by resource it uses."""
        resource, fill = (
            self.model.tables.world.inputs.resource,
            self.model.state.inputs.supply_fill,
        )
        return self._by_resource((resource[h], fill[h]) for h in self._inputs)

    # ------------------------------------------------------------------ whom it deals with

    def suppliers(self, resource: str) -> list[Organisation]:
        """Those it orders a resource from."""
        world, wanted = self.model.tables.world, self._resource(resource)
        rows = [h for h in self._inputs if world.inputs.resource[h] == wanted]
        links = [e for h in rows for e in _span(world.inputs.link_start, h)]
        return self._at(world.outputs.organisation[world.supply.supplier[links]])

    def customers(self, resource: str) -> list[Organisation]:
        """Those that order a resource from it."""
        world, wanted = self.model.tables.world, self._resource(resource)
        rows = [g for g in self._outputs if world.outputs.resource[g] == wanted]
        places = [x for g in rows for x in _span(world.outputs.link_start, g)]
        links = world.supply.by_supplier[places]
        return self._at(world.inputs.organisation[world.supply.customer[links]])

    def partners(self, resource: str) -> list[Organisation]:
        """Those it lends a resource to and borrows it from; ``"places"``: people are taken over."""
        world = self.model.tables.world
        if resource == PLACES:
            return self._at(world.places.partner[_span(world.places.start, self.row)])
        wanted = self._resource(resource)
        rows = [h for h in self._inputs if world.inputs.resource[h] == wanted]
        ties = [a for h in rows for a in _span(world.aid.start, h)]
        return self._at(world.inputs.organisation[world.aid.partner[ties]])

    # ------------------------------------------------------------------ inside

    def _now(self, column: str) -> Any:
        return getattr(self.model.state.organisations, column)[self.row]

    @property
    def _inputs(self) -> list[int]:
        return _span(self.model.tables.world.organisations.input_start, self.row)

    @property
    def _outputs(self) -> list[int]:
        return _span(self.model.tables.world.organisations.output_start, self.row)

    def _by_resource(self, pairs: Iterable[tuple[int, Any]]) -> Figures[Any]:
        found: dict[str, Any] = {}
        for row, value in pairs:
            name = self.model.tables.resources[row]
            value = float(value) if isinstance(value, np.floating) else value
            found[name] = found[name] + value if name in found else value
        return Figures(found)

    def _resource(self, name: str) -> int:
        resources = self.model.tables.resources
        if name not in resources:
            raise KeyError(f"{name} is no resource of the scenario: {nearest(name, resources)}")
        return resources.index(name)

    def _at(self, rows: np.ndarray) -> list[Organisation]:
        return [self.model.organisation(self.model.tables.ids[row]) for row in rows]


def _span(start: np.ndarray, row: int) -> list[int]:
    return list(range(int(start[row]), int(start[row + 1])))


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
