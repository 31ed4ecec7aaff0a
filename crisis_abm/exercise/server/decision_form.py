"""The form in which a seat decides: what can be chosen, and what was meant by what was sent.

Fields are called as the places of a `Decision` are: the part of an order that a supplier gets is
``orders``, resource, ``suppliers`` and supplier with dots between. Parts are typed as percentages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crisis_abm.exercise.decisions import Decision, Reach
from crisis_abm.exercise.exercise import Exercise
from crisis_abm.exercise.server.forms import Fields, last
from crisis_abm.scenario import Problem
from crisis_abm.scenario.problems import NOTHING
from crisis_abm.tables import Tables

MOST_NAMED = 8  # organisations that are chosen one by one; of more their kind is
FIRST = 2  # customers that can be put first
MOST_OTHERS = 3  # faults that are told which belong to no field
SERVED = {
    "": "as the standing policy has it",
    "rank": "by standing: who ranks higher first",
    "orders": "by what each ordered",
    "need": "by need, and what it is worth to all",
}


@dataclass(frozen=True)
class Choices:
    """What a seat can choose between in a turn.

    Attributes
    ----------
    orders : dict of str to list of str
        By resource that it uses: suppliers to split the order over, if there are several.
    serves : dict of str to list of str
        By resource that it supplies: customers to put first, if they are of several kinds.
    rations : bool
        Whether it says whom it serves where there is not enough.
    lends : list of str
        Resources that it may lend.
    places : bool
    calls : list of str
        Seats; empty where nobody can be called.
    """

    orders: dict[str, list[str]]
    serves: dict[str, list[str]]
    rations: bool
    lends: list[str]
    places: bool
    calls: list[str]


def choices(exercise: Exercise, seat: str, seats: Sequence[str], can_call: bool) -> Choices:
    """What a seat can choose between.

    Parameters
    ----------
    exercise : Exercise
    seat : str
    seats : sequence of str
        All that are taken.
    can_call : bool
        Whether anybody can be called in this turn.
    """
    tables, rows = exercise.tables, exercise.rows_of(seat)
    reach, decides = Reach(tables, rows), exercise.content.seats[seat].decides
    orders: dict[str, list[str]] = {}
    if "order" in decides:
        orders = {
            name: _named(tables, reach.suppliers.get(name, set()))
            for name in tables.resources
            if name in reach.needs and _is_ordered(tables, name)
        }
    serves: dict[str, list[str]] = {}
    if "ration" in decides:
        serves = {name: _named(tables, them) for name, them in reach.customers.items()}
    lends = [name for name in tables.resources if name in reach.partners]
    return Choices(
        orders,
        {name: them for name, them in serves.items() if len(them) > 1},
        any(len(reach.customers[name]) > 2 for name in serves),  # a customer and its kind are two
        lends if "lend" in decides else [],
        reach.takes_over and "places" in decides,
        [one for one in seats if one != seat] if can_call and "call" in decides else [],
    )


def _is_ordered(tables: Tables, resource: str) -> bool:
    """Goods are ordered so or so; of a service just what is used can be."""
    return bool(tables.world.resources.storable[tables.resources.index(resource)])


def _named(tables: Tables, names: set[str]) -> list[str]:
    """Those to choose between: kinds, or the organisations of an only kind if they are few."""
    kinds = [kind for kind in tables.kinds if kind in names]
    ids = [one for one in tables.ids if one in names]
    if len(kinds) > 1 or len(ids) > MOST_NAMED:
        return kinds
    return ids


def read(fields: Fields) -> tuple[dict[str, Any], list[Problem]]:
    """A decision as it was typed, as plain data, and what of it cannot be read.

    Parameters
    ----------
    fields : mapping of str to sequence of str
        What the form sent; fields of other names are not looked at.
    """
    decision: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, values in fields.items():
        text = values[-1].strip()
        if not text or len(name) > 200:
            continue
        where, _, rest = name.partition(".")
        match where, rest.split(".", 2) if rest else []:
            case "orders", [resource, "how"]:
                if text == "need":
                    decision.setdefault("orders", {}).setdefault(resource, {})["need"] = True
                elif text == "units" and not last(fields, f"orders.{resource}.units"):
                    place = f"orders.{resource}.units"
                    remedy = "write how many a day, or choose another way"
                    problems.append(Problem("your decision", place, "", "is missing", remedy))
            case "orders", [resource, "units"]:
                if last(fields, f"orders.{resource}.how") == "units":
                    units = _number(name, text, problems)
                    decision.setdefault("orders", {}).setdefault(resource, {})["units"] = units
            case "orders", [resource, "suppliers", supplier]:
                part = _number(name, text, problems) / 100.0
                order = decision.setdefault("orders", {}).setdefault(resource, {})
                order.setdefault("suppliers", {})[supplier] = part
            case "first", [resource, _]:
                names = decision.setdefault("first", {}).setdefault(resource, [])
                if text not in names:
                    names.append(text)
            case "lend", [resource]:
                decision.setdefault("lend", {})[resource] = _number(name, text, problems) / 100.0
            case "places", []:
                decision["places"] = _number(name, text, problems) / 100.0
            case "calls", []:
                decision["calls"] = list(dict.fromkeys(values))
            case ("serve" | "say" | "reason") as key, []:
                decision[key] = text
    for resource, order in decision.get("orders", {}).items():
        parts = order.get("suppliers", {})
        total = 100.0 * sum(parts.values())
        if parts and not problems and abs(total - 100.0) > 0.05:
            place = f"orders.{resource}.suppliers.{next(iter(parts))}"
            message = f"the parts come to {total:g}%"
            problems.append(Problem("your decision", place, total, message, "make them 100%"))
        elif parts:  # of thirds, typed as 33.3, and the like
            order["suppliers"] = {name: part / (total / 100.0) for name, part in parts.items()}
    return decision, problems


def _number(name: str, text: str, problems: list[Problem]) -> float:
    try:
        value = float(text.replace("%", "").replace(",", "").strip())
        if value == value and abs(value) < 1e15:
            return value
    except ValueError:
        pass
    problems.append(Problem("your decision", name, text, "is no number", "write one like 1200"))
    return 0.0


def typed(decision: Decision) -> dict[str, list[str]]:
    """What the form's fields hold where this was decided: `read` gives the decision again."""
    fields: dict[str, list[str]] = {}
    for resource, order in decision.orders.items():
        how = "need" if order.need else "units" if order.units is not None else ""
        fields[f"orders.{resource}.how"] = [how]
        if order.units is not None:
            fields[f"orders.{resource}.units"] = [f"{order.units:.12g}"]
        for supplier, part in order.suppliers.items():
            fields[f"orders.{resource}.suppliers.{supplier}"] = [f"{100.0 * part:.10g}"]
    for resource, names in decision.first.items():
        for place, name in enumerate(names):
            fields[f"first.{resource}.{place}"] = [name]
    for resource, part in decision.lend.items():
        fields[f"lend.{resource}"] = [f"{100.0 * part:.10g}"]
    if decision.places is not None:
        fields["places"] = [f"{100.0 * decision.places:.10g}"]
    if decision.calls:
        fields["calls"] = list(decision.calls)
    texts = {"serve": decision.serve, "say": decision.say, "reason": decision.reason}
    return fields | {name: [text] for name, text in texts.items() if text}


def at_fields(problems: Sequence[Problem]) -> dict[str, str]:
    """What is wrong, by the field at which it is told; what has none stands at the top, ``""``."""
    told: dict[str, str] = {}
    for one in problems:
        place = one.place.replace("[", ".").replace("]", "")
        if place.startswith("calls"):
            place = "calls"
        elif place.startswith("orders.") and place.count(".") == 1:
            place += ".how"
        elif place.startswith("orders.") and place.endswith(".suppliers"):
            place = place.removesuffix(".suppliers") + ".how"
        text = (
            f"{one.value}: {one.message}"
            if one.value is not NOTHING and str(one.value) and place
            else one.message
        )
        if one.remedy:
            text += f"; {one.remedy}"
        told[place] = f"{told[place]}. {text}" if place in told else text
    return told


def where_shown(errors: Mapping[str, str], chosen: Choices) -> dict[str, str]:
    """What is wrong, by fields that the form of these choices has; all else stands at the top."""
    fields = {"", "reason"} | {f"lend.{name}" for name in chosen.lends}
    for name, suppliers in chosen.orders.items():
        fields |= {f"orders.{name}.how", f"orders.{name}.units"}
        if len(suppliers) > 1:
            fields |= {f"orders.{name}.suppliers.{one}" for one in suppliers}
    for name in chosen.serves:
        fields |= {f"first.{name}.{place}" for place in range(FIRST)}
    fields |= {"serve"} if chosen.rations else set()
    fields |= {"places"} if chosen.places else set()
    fields |= {"calls", "say"} if chosen.calls else set()
    shown = {place: text for place, text in errors.items() if place in fields}
    others = [f"{place}: {text}" for place, text in errors.items() if place not in fields]
    if others:
        shown[""] = ". ".join([*filter(None, [shown.get("")]), *others[:MOST_OTHERS]])
    return shown
