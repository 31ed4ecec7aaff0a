"""Where nothing is short, working together changes nothing but what it costs."""

from __future__ import annotations

from crisis_abm.validation.case import EXACT, Case, built, finished

__all__ = ["nothing_to_share"]


def nothing_to_share(
    cost: float = 0.02, slack: float = 1.5, people: float = 50.0, steps: int = 40
) -> Case:
    """Reciprocal minus siloed, in ample supply: 0 with slack, the capacity cut without.

    Two wards, one with places for `slack` times its people and one for just its people.

    Parameters
    ----------
    cost : float
        Share of capacity that full communication takes, 0 to below 1.
    slack : float
        Capacity of the roomy ward ÷ its people; at least 1 ÷ (1 - cost).
    people : float
        In each ward, a tick.
    steps : int

    References
    ----------
    Definition of the principles (docs/model.md, section 1).
    """
    if slack * (1 - cost) < 1:
        raise ValueError(f"slack {slack}: must be at least {1 / (1 - cost):.3g} at this cost")
    data = {
        "title": "nothing is short",
        "time": {"steps": steps},
        "behaviour": {"communication_cost": cost},
        "resources": {"gowns": {"storable": True, "cover": 5}},
        "kinds": {
            "ward": {"harm": 0.1, "needs": {"gowns": {"use": 2, "criticality": 1}}},
            "maker": {"harm": 0, "makes": {"gowns": {"make": 1, "cover": 3}}},
        },
        "organisations": [
            _ward("roomy", people, people * slack),
            _ward("full", people, people),
            {"id": "maker", "kind": "maker", "area": "town", "capacity": 40 * people},
        ],
        "supply": [{"resource": "gowns"}],
        "aid": [{"resource": "gowns"}],
    }
    unmet = {}
    for policy in ("siloed", "reciprocal"):
        tables, arrays = built(data, policy)
        found = finished(tables, arrays).record.unmet
        unmet[policy] = {name: float(found[tables.ids.index(name)]) for name in ("roomy", "full")}
    difference = tuple(
        unmet["reciprocal"][name] - unmet["siloed"][name] for name in unmet["siloed"]
    )
    return Case(
        "nothing_to_share",
        "docs/model.md, section 1",
        {"cost": cost, "slack": slack, "people": people, "steps": steps},
        {"difference": (0.0, cost * people * steps)},
        {"difference": difference},
        {"difference": EXACT},
    )


def _ward(name: str, people: float, capacity: float) -> dict[str, object]:
    return {"id": name, "kind": "ward", "area": "town", "capacity": capacity, "demand": people}
