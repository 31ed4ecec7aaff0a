"""What one row of the tables says about its organisation, by name; nothing of Mesa yet.

Everything is read from the model's arrays at the moment it is asked for and copied, so that what
one has in hand stays as it was while the run goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from crisis_abm.engine import Status
from crisis_abm.engine.state import SLACK
from crisis_abm.scenario import LEVERS, PLACES, Make, Need
from crisis_abm.scenario.problems import nearest

if TYPE_CHECKING:
    from crisis_abm.mesa_model import CrisisModel
    from crisis_abm.organisations import Organisation

__all__ = ["Figures", "View"]

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
