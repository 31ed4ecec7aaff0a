"""What can be read from the plain model after each tick, as lists in row order."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.plain_mesa.hazard import Epidemic
    from tests.plain_mesa.organisation import Organisation


def per(rows: str, *names: str) -> property:
    """Property: an attribute (or several, as tuples) of each of the model's `rows`."""
    get, rows_of = attrgetter(*names), attrgetter(rows)
    return property(lambda model: [get(one) for one in rows_of(model)])


class Readings:
    """Readable state: one list per quantity."""

    organisations: list[Organisation]
    hazard: Epidemic | None

    # per organisation
    service = per("organisations", "service")
    workload = per("organisations", "workload")
    level = per("organisations", "level")
    capacity = per("organisations", "capacity")
    caseload = per("organisations", "caseload")
    hazard_caseload = per("organisations", "hazard_caseload")
    hazard_deaths = per("organisations", "hazard_deaths")
    harm = per("organisations", "harm")
    completed = per("organisations", "completed")
    value = per("organisations", "value")
    planned = per("organisations", "planned")

    @property
    def status(self) -> list[int]:
        return [int(one.status) for one in self.organisations]

    # per input
    input_stock = per("inputs", "stock")
    pipeline = per("inputs", "pipeline")
    supply_fill = per("inputs", "supply_fill")
    service_fill = per("inputs", "service_fill")
    order = per("inputs", "order")
    need = per("inputs", "need")

    # per output
    output_stock = per("outputs", "stock")
    total_orders = per("outputs", "total_orders")

    # per supply link
    shipped = per("supply", "shipped")
    lapsed = per("supply", "lapsed")
    belief = per("supply", "belief")
    deliverable = per("supply", "deliverable")
    known_need = per("supply", "known_need")

    # per row of the other links
    aid_given = per("aid", "today")
    places_given = per("places", "today")
    waiting = per("referrals", "waiting")

    # per community and per home
    residents = per("homes", "residents.susceptible", "residents.exposed", "residents.infectious")

    @property
    def community(self) -> list[tuple[int, int, int, int]]:
        its = [one.community for one in self.hazard.communities] if self.hazard else []
        return [(c.susceptible, c.exposed, c.infectious, c.recovered) for c in its]
