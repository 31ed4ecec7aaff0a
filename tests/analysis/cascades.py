"""Small cascades that a person can trace by hand."""

from __future__ import annotations

import random
from typing import Any

from crisis_abm.scenario import Scenario

__all__ = ["cascade", "diamond", "line", "loop", "random_tree", "stop", "two_roots", "worse_later"]

HARMED = {"kind": {"harm": 0.1}}
NEVER = float("inf")


def cascade(
    makers: list[str],
    links: list[tuple[str, str]],
    events: list[dict[str, Any]],
    storable: bool = False,
    steps: int = 12,
    **figures: dict[str, Any],
) -> Scenario:
    """Organisations that each make a good of their own name out of what their suppliers make.

    Everybody has ten people to serve; nobody can do without any of its inputs.

    Parameters
    ----------
    makers : list of str
        Names; also the names of their kinds and goods.
    links : list of (str, str)
        Supplier and customer.
    **figures
        Changes to the organisation of that name.
    """
    kinds: dict[str, Any] = {}
    organisations = []
    for name in makers:
        needs = {one: {"use": 1.0, "criticality": 1.0} for one, to in links if to == name}
        kinds[name] = {"harm": 0.0, "response": "limiting", "patience": NEVER, "needs": needs}
        kinds[name]["makes"] = {name: {"make": 1.0}}
        given = dict(figures.get(name, {}))
        kinds[name] |= given.pop("kind", {})
        organisations.append(
            {"id": name, "kind": name, "area": "here", "capacity": 10, "demand": 10, **given}
        )
    cover = {"cover": 3.0} if storable else {}
    data = {
        "title": "by hand",
        "time": {"steps": steps},
        "behaviour": {"hoarding": 0.0, "communication_cost": 0.0},
        "resources": {n: {"storable": storable, "rationing": "priority", **cover} for n in makers},
        "kinds": kinds,
        "organisations": organisations,
        "links": [{"from": a, "to": b, "resource": a} for a, b in links],
        "events": events,
    }
    return Scenario.from_dict(data)


def stop(name: str, start: int = 3, end: int = 6, capacity: float = 0.0) -> dict[str, Any]:
    """An event that takes an organisation's capacity."""
    title, who = f"{name} stops", [name]
    return {"title": title, "capacity": capacity, "organisations": who, "start": start, "end": end}


def line(days: int = 3, **more: Any) -> Scenario:
    """Makers a, b, c: a supplies b, b supplies c; a stops; only c's people come to harm."""
    events = [stop("a", 3, 3 + days)]
    return cascade(["a", "b", "c"], [("a", "b"), ("b", "c")], events, c=HARMED, **more)


def diamond() -> Scenario:
    """Maker a feeds b; b and its substitute d each give c half of the same good; a stops."""
    scenario = cascade(["a", "b", "c", "d"], [("a", "b")], [stop("a")], c=HARMED, d={"demand": 0})
    half = {"to": "c", "resource": "b", "share": 0.5}
    return scenario.with_(
        {
            "kinds.c.needs": {"b": {"use": 1.0, "criticality": 1.0}},
            "kinds.d.makes": {"b": {"make": 1.0}},
            "links": [
                {"from": "a", "to": "b", "resource": "a"},
                {"from": "b", **half},
                {"from": "d", **half},
            ],
        }
    )


def loop() -> Scenario:
    """School → households → ward → care home → ward: each needs the one before.

    Criticalities below one, so that the loop recovers when the school opens again.
    """
    links = [("school", "homes"), ("homes", "ward"), ("ward", "care"), ("care", "ward")]
    names = ["school", "homes", "ward", "care"]
    events = [stop("school", 3, 8)]
    scenario = cascade(names, links, events, steps=40, ward=HARMED, care=HARMED)
    weaker = {
        f"kinds.{to}.needs": {
            one: {"use": 1.0, "criticality": 0.6} for one, other in links if other == to
        }
        for to in ("homes", "ward", "care")
    }
    return scenario.with_(weaker)


def two_roots() -> Scenario:
    """Two chains that have nothing to do with one another, of which two events stop the heads."""
    events = [stop("a", 3, 6), stop("x", 3, 5, capacity=0.5)]
    links = [("a", "b"), ("x", "y")]
    return cascade(["a", "b", "x", "y"], links, events, b=HARMED, y=HARMED)


def worse_later() -> Scenario:
    """Maker c needs a and b: a stops for a day, and b, which needs z, later for three: z stops."""
    events = [stop("a", 3, 4), stop("z", 6, 9)]
    return cascade(["a", "z", "b", "c"], [("a", "c"), ("z", "b"), ("b", "c")], events, c=HARMED)


def random_tree(seed: int) -> Scenario:
    """A random chain or tree of suppliers, one of whom stops for a while; enough of all else."""
    rng = random.Random(seed)
    names = [f"o{n}" for n in range(rng.randint(2, 9))]
    straight = rng.random() < 0.3
    links = [
        (names[n - 1 if straight else rng.randrange(n)], names[n]) for n in range(1, len(names))
    ]
    start = rng.randint(1, 6)
    victim = rng.choice(names[: max(1, len(names) // 2)])
    event = stop(victim, start, start + rng.randint(1, 9), rng.choice([0.0, 0.3, rng.random()]))
    figures: dict[str, dict[str, Any]] = {}
    for name in names:
        customers = sum(supplier == name for supplier, _ in links)
        kind: dict[str, Any] = {
            "harm": rng.choice([0.0, 0.01, 0.1, 1.0]),
            "patience": rng.choice([NEVER, NEVER, 1, 3]),
            "recovery": rng.randint(1, 4),
            "adjustment": rng.choice([1.0, 1.0, 0.5]),
            "response": rng.choice(["limiting", "limiting", "additive", "threshold"]),
            "makes": {name: {"make": float(max(1, customers))}},
        }
        figures[name] = {"kind": kind, "capacity": 10 * rng.uniform(1.0, 2.0)}
    scenario = cascade(names, links, [event], rng.random() < 0.5, rng.randint(12, 40), **figures)
    changes: dict[str, Any] = {"behaviour.hoarding": rng.choice([0.0, 0.0, 2.0])}
    for supplier, name in links:
        changes[f"kinds.{name}.needs.{supplier}.criticality"] = rng.choice([1.0, rng.random()])
    return scenario.with_(changes)
