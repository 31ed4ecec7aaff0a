"""What organisations hold, and what runs between them (`docs/model.md`, section 2)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tests.plain_mesa.organisation import Organisation

EPSILON = 1e-9  # slack of every comparison with a threshold (section 7)


class Status(IntEnum):
    """How an organisation is doing, in the order of `PlainModel.status`."""

    WORKING = 0
    STRAINED = 1
    FAILING = 2
    FAILED = 3


@dataclass(slots=True, eq=False, repr=False)
class Levers:
    """The five principles of one organisation."""

    agenda: float = 0.0
    measures: float = 0.0
    communication: float = 0.0
    parity: float = 0.0
    reciprocity: float = 0.0

    def change(self, values: list[float]) -> None:
        """Set the levers, in their order; NaN leaves one alone."""
        for name, value in zip(self.__slots__, values, strict=True):
            if value == value:
                setattr(self, name, value)


@dataclass(slots=True, eq=False, repr=False)
class Kind:
    """What organisations of a kind have in common."""

    rank: float
    harm: float
    response: int
    threshold: float
    adjustment: float
    patience: float
    recovery: int
    absence: float


@dataclass(slots=True, eq=False, repr=False)
class Resource:
    """Something that is used and made."""

    storable: bool
    by_contract: bool


@dataclass(slots=True, eq=False, repr=False)
class Input:
    """Something an organisation uses."""

    row: int
    owner: Organisation
    resource: Resource
    use: float
    criticality: float
    cover: float
    safety: float
    stock: float = 0.0
    pipeline: float = 0.0
    arriving: list[float] = field(default_factory=list)  # the ring of shipments under way
    supply_fill: float = 1.0
    service_fill: float = 1.0
    order: float = 0.0
    need: float = 0.0
    deficit: float = 0.0
    received: float = 0.0  # as aid, this tick
    used: float = 0.0  # these two add up over the run
    perished: float = 0.0
    lost: float = 0.0  # by events
    gained: float = 0.0  # likewise
    links: list[SupplyLink] = field(default_factory=list)
    aid: list[AidLink] = field(default_factory=list)

    @property
    def value(self) -> float:
        """System value of one unit here (7.6)."""
        return self.criticality * self.owner.value / self.use if self.use > 0 else 0.0

    def required(self) -> float:
        """Units that today's activity needs."""
        return self.use * self.owner.activity

    def for_ticks(self, ticks: float) -> float:
        """Units for some ticks, the first at today's activity, the others as planned (7.7)."""
        today = self.owner.activity * min(1.0, ticks)
        return self.use * (today + max(0.0, ticks - 1.0) * self.owner.planned)


@dataclass(slots=True, eq=False, repr=False)
class Output:
    """Something an organisation makes."""

    row: int
    owner: Organisation
    resource: Resource
    make: float
    cover: float
    stock: float = 0.0
    total_orders: float = 0.0  # of the latest Request
    past_orders: deque[float] = field(default_factory=deque)
    made: float = 0.0  # these three add up over the run
    perished: float = 0.0
    lost: float = 0.0
    gained: float = 0.0
    links: list[SupplyLink] = field(default_factory=list)

    def mean_orders(self) -> float:
        """Mean total orders of the latest completed ticks."""
        return sum(self.past_orders) / len(self.past_orders)


@dataclass(slots=True, eq=False, repr=False)
class SupplyLink:
    """Goods or services run along it, from an output to an input."""

    row: int
    supplier: Output
    customer: Input
    share: float
    lead_time: int
    spread: int
    capacity: float
    reliability: float
    contract: float
    key: np.uint64
    factor: float = 1.0  # φ
    delay: float = 0.0  # lead time added by events
    knowledge: float = 0.0  # c
    belief: float = 1.0
    order: float = 0.0  # what the customer asks for
    need: float = 0.0
    deliverable: float = 0.0  # o, what of it the link can carry
    known_need: float = 0.0  # n, likewise of the need
    shipped: float = 0.0
    lapsed: float = 0.0


@dataclass(slots=True, eq=False, repr=False)
class AidLink:
    """A donor's input lends to a partner's."""

    donor: Input
    partner: Input
    reverse: AidLink | None = None
    given: float = 0.0  # the ledger, over the run
    today: float = 0.0


@dataclass(slots=True, eq=False, repr=False)
class PlacesLink:
    """A donor takes over people of a partner."""

    donor: Organisation
    partner: Organisation
    reverse: PlacesLink | None = None
    given: float = 0.0
    today: float = 0.0


@dataclass(slots=True, eq=False, repr=False)
class ReferralLink:
    """People who have finished at the origin move on to the target."""

    origin: Organisation
    target: Organisation
    share: float
    waiting: float = 0.0
    moved: float = 0.0  # this tick


@dataclass(slots=True, eq=False, repr=False)
class Community:
    """People living in an organisation, and the epidemic among them (7.2)."""

    susceptible: int
    infectious: int
    exposed: int = 0
    recovered: int = 0

    @property
    def population(self) -> int:
        return self.susceptible + self.exposed + self.infectious + self.recovered


@dataclass(slots=True, eq=False, repr=False)
class Residents:
    """The epidemic among people in care; whoever of the caseload is not named here is immune."""

    susceptible: float
    protection: Input | None
    labour: Input | None
    exposed: float = 0.0
    infectious: float = 0.0
    lent_share: float = 0.0

    def shrink(self, factor: float) -> None:
        """Lose people in proportion."""
        self.susceptible *= factor
        self.exposed *= factor
        self.infectious *= factor


@dataclass(slots=True, eq=False, repr=False)
class Shortfall:
    """One cause of one organisation's loss of service in one tick (7.11)."""

    organisation: int
    cause: str
    input: int  # row, or -1
    share: float
    loss: float
