"""What is tried in a search for weak links: which organisations, which links, what help.

Everything, unless somebody says whom to try; so many runs that nobody would wait for them are
refused, with their number and how to narrow the search.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crisis_abm.analysis.weak_links.knock_out import KnockOut, NoLink
from crisis_abm.analysis.weak_links.marginal import (
    MoreCapacity,
    MoreFinished,
    MoreStock,
    MoreSuppliers,
    best_new_supplier,
    capacity_step,
    nominal_orders,
    nominal_use,
    stock_step,
)
from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.paths import show_place
from crisis_abm.scenario.problems import nearest
from crisis_abm.tables import Tables
from crisis_abm.tables.schedule import columns_of

Array = np.ndarray
KNOCK_OUTS = ("organisations", "links")
HELP = ("stock", "capacity", "suppliers")
FORMS = (*KNOCK_OUTS, *HELP)
EVENT = "events[+]"  # one more event, after the scenario's own


@dataclass(frozen=True)
class Candidate:
    """Something that is tried.

    Attributes
    ----------
    form : str
        One of `FORMS`.
    change : Change
    organisation : str
        Who is knocked out, or helped; of a link the customer.
    partner : str
        Of a link the supplier; the new supplier; else empty.
    resource : str
        Of links, stocks and suppliers.
    amount : float
        How much more is tried; 1 for a supplier, 0 for what is knocked out.
    unit : str
        Of `amount`.
    """

    form: str
    change: Any
    organisation: str
    partner: str = ""
    resource: str = ""
    amount: float = 0.0
    unit: str = ""

    @property
    def name(self) -> str:
        """What it is, in a few words."""
        if self.form == "links":
            return str(self.change)
        if self.form == "suppliers":
            return f"{self.organisation}: {self.resource} from {self.partner} too"
        return f"{self.organisation}: {self.resource}" if self.resource else self.organisation

    @property
    def settings(self) -> dict[str, Any]:
        """The same by paths into the scenario: ``scenario.with_(candidate.settings)``."""
        if self.form == "organisations":
            title = f"{self.organisation} is knocked out"
            event = {"title": title, "capacity": 0.0, "organisations": [self.organisation]}
            return {EVENT: {**event, "start": 0}}
        if self.form == "links":
            event = {"title": f"No {self}", "link": 0.0, "organisations": [self.partner]}
            to = {"organisations": [self.organisation]}
            return {EVENT: {**event, "to": to, "resource": self.resource, "start": 0}}
        place: tuple[str, ...] = ("more_capacity",)
        value: Any = self.amount
        if self.form == "suppliers":
            place, value = ("needs", self.resource, "suppliers"), [self.partner]
        elif self.form == "stock":
            side = "makes" if isinstance(self.change, MoreFinished) else "needs"
            place = (side, self.resource, "more")
        return {show_place(("organisations", self.organisation, *place)): value}

    def __str__(self) -> str:
        return self.name


def candidates(
    scenario: Scenario, tables: Tables, forms: Sequence[str], chosen: Array
) -> list[Candidate]:
    """Everything to try, in the order of `FORMS`, then of rows.

    Parameters
    ----------
    scenario : Scenario
    tables : Tables
        Of the scenario as it is written.
    forms : sequence of str
        Of `FORMS`.
    chosen : ndarray of bool, shape (N,)
        Only these organisations, what they have, and the links from or to them.

    Raises
    ------
    ScenarioError
        Where there is nothing to try.
    """
    rows = np.flatnonzero(chosen).tolist()
    found: list[Candidate] = []
    if "organisations" in forms:
        found += [Candidate("organisations", KnockOut(tables.ids[r]), tables.ids[r]) for r in rows]
    if "links" in forms:
        found += _links(tables, chosen)
    if "stock" in forms:
        found += [*_stocks(scenario, tables, chosen), *_finished(scenario, tables, chosen)]
    if "capacity" in forms:
        found += _capacities(scenario, tables, rows)
    if "suppliers" in forms:
        found += _suppliers(tables, chosen)
    if not found:
        raise ScenarioError(_problem(scenario, "", None, "there is nothing to try here"))
    return found


def counted(tables: Tables, forms: Sequence[str], chosen: Array) -> dict[str, int]:
    """How many candidates of each form there are at most; a million links are not written out."""
    world = tables.world
    most = {
        "organisations": chosen,
        "links": _linked(tables, chosen),
        "stock": np.concatenate([_in_store(tables, chosen), _in_stock(tables, chosen)]),
        "capacity": chosen,
        "suppliers": _in_store(tables, chosen) & (world.inputs.criticality > 0),
    }
    return {form: int(most[form].sum()) for form in FORMS if form in forms}


def _linked(tables: Tables, chosen: Array) -> Array:
    """Links from or to the chosen; bool, (E,)."""
    world = tables.world
    supplier = world.outputs.organisation[world.supply.supplier]
    customer = world.inputs.organisation[world.supply.customer]
    return np.asarray(chosen[supplier] | chosen[customer])


def _in_store(tables: Tables, chosen: Array) -> Array:
    """Inputs of the chosen that are kept and used on an ordinary tick; bool, (I,)."""
    world, inputs = tables.world, tables.world.inputs
    kept = chosen[inputs.organisation] & world.resources.storable[inputs.resource]
    return np.asarray(kept & (nominal_use(world) > 0))


def _in_stock(tables: Tables, chosen: Array) -> Array:
    """Outputs of the chosen that are kept and ordered on an ordinary tick; bool, (O,)."""
    world, outputs = tables.world, tables.world.outputs
    kept = chosen[outputs.organisation] & world.resources.storable[outputs.resource]
    return np.asarray(kept & (nominal_orders(world) > 0))


def _links(tables: Tables, chosen: Array) -> list[Candidate]:
    world = tables.world
    supplier = world.outputs.organisation[world.supply.supplier]
    customer = world.inputs.organisation[world.supply.customer]
    rows = np.flatnonzero(_linked(tables, chosen))
    resource = world.inputs.resource[world.supply.customer[rows]].tolist()
    ends = zip(supplier[rows].tolist(), customer[rows].tolist(), resource, strict=True)
    names = ((tables.ids[a], tables.ids[b], tables.resources[r]) for a, b, r in ends)
    return [Candidate("links", NoLink(a, b, r), b, a, r) for a, b, r in names]


def _stocks(scenario: Scenario, tables: Tables, chosen: Array) -> list[Candidate]:
    wanted = _in_store(tables, chosen)
    return [
        Candidate("stock", MoreStock(who, what, units), who, "", what, units, unit)
        for who, what, units, unit in _lots(scenario, tables, tables.world.inputs, wanted)
    ]


def _finished(scenario: Scenario, tables: Tables, chosen: Array) -> list[Candidate]:
    wanted = _in_stock(tables, chosen)
    return [
        Candidate("stock", MoreFinished(who, what, units), who, "", what, units, unit)
        for who, what, units, unit in _lots(scenario, tables, tables.world.outputs, wanted)
        if units > 0
    ]


def _lots(
    scenario: Scenario, tables: Tables, holdings: Any, wanted: Array
) -> Iterable[tuple[str, str, float, str]]:
    """Who would get how many more units of what."""
    known = scenario.resources_in_play()
    step: dict[int, float] = {}
    for row in np.flatnonzero(wanted).tolist():
        resource = int(holdings.resource[row])
        if resource not in step:
            step[resource] = stock_step(tables.world, resource)
        name = tables.resources[resource]
        unit = known[name].unit or "units"
        yield tables.ids[holdings.organisation[row]], name, step[resource], unit


def _capacities(scenario: Scenario, tables: Tables, rows: list[int]) -> list[Candidate]:
    organisations = tables.world.organisations
    steps = [capacity_step(tables.world, kind) for kind in range(len(tables.kinds))]
    unit = f"units of service a {scenario.time.unit}"
    return [
        Candidate(
            "capacity", MoreCapacity(tables.ids[row], step), tables.ids[row], "", "", step, unit
        )
        for row in rows
        if 0 < organisations.capacity[row] < np.inf and (step := steps[organisations.kind[row]]) > 0
    ]


def _suppliers(tables: Tables, chosen: Array) -> list[Candidate]:
    """One more supplier of goods; staff, pupils and passengers are bound to their place."""
    world, inputs = tables.world, tables.world.inputs
    wanted = _in_store(tables, chosen) & (inputs.criticality > 0)
    found = []
    for row in np.flatnonzero(wanted).tolist():
        new = best_new_supplier(world, row)
        if new is None:
            continue
        who = tables.ids[inputs.organisation[row]]
        what = tables.resources[inputs.resource[row]]
        partner = tables.ids[world.outputs.organisation[new]]
        change = MoreSuppliers(who, what, partner)
        found.append(Candidate("suppliers", change, who, partner, what, 1.0, "supplier"))
    return found


def chosen_rows(
    scenario: Scenario,
    tables: Tables,
    forms: Sequence[str] = FORMS,
    kinds: Sequence[str] | None = None,
    areas: Sequence[str] | None = None,
    organisations: Sequence[str] | None = None,
) -> Array:
    """Which organisations meet every condition; bool, (N,).

    Raises
    ------
    ScenarioError
        For names that are not in the scenario (or not in `FORMS`), or if none meets all.
    """
    columns, world = columns_of(tables), tables.world.organisations
    chosen = np.ones(len(tables.ids), dtype=np.bool_)
    problems = []
    asked = (
        ("forms", forms, FORMS, None),
        ("kinds", kinds, tables.kinds, world.kind),
        ("areas", areas, tables.areas, world.area),
    )
    for place, names, known, group in asked:
        for name in names or ():
            if name not in known:
                remedy = nearest(name, known, "there are")
                problems.append(_problem(scenario, place, name, f"there is no {name}", remedy))
        if names is not None and group is not None:
            chosen &= np.isin(np.array(known, dtype=object), list(names))[group]
    if organisations is not None:
        named = np.zeros(len(tables.ids), dtype=np.bool_)
        for name in organisations:
            row = columns.find(name)
            if row is None:
                remedy = nearest(name, list(tables.ids)[:5000], "there are")
                if len(remedy) > 300:
                    remedy = "name an id, as `crisis-abm graph` writes them"
                problems.append(
                    _problem(scenario, "organisations", name, "there is no such one", remedy)
                )
            else:
                named[row] = True
        chosen &= named
    if problems:
        raise ScenarioError(problems)
    if not chosen.any():
        said = {"kinds": kinds, "areas": areas, "organisations": organisations}
        shown = ", ".join(f"{k} {'/'.join(v)}" for k, v in said.items() if v is not None)
        remedy = "loosen one of the conditions"
        raise ScenarioError(
            _problem(scenario, shown, None, "no organisation meets all of these", remedy)
        )
    return chosen


def _problem(
    scenario: Scenario, place: str, value: str | None, message: str, remedy: str = ""
) -> Problem:
    file = str(scenario.source or scenario.title)
    if value is None:
        return Problem(file, place, message=message, remedy=remedy)
    return Problem(file, place, value, message, remedy)
