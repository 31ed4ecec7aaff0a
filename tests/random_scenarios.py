"""Random small crises: the common ground of the property tests.

Three to fourteen organisations in one to three areas, short of something more often than not, so
that orders are rationed, stock, staff and places are lent, people wait for a place, organisations
fail and reopen. Everything follows from the seed.

Kinds are the generator's own, none built in:

- `clinic` and `home` have people in their care; people move from clinics to homes, sometimes back;
- `shop` has customers, so base demand and nobody in its care;
- `town` has inhabitants and makes `labour`;
- `works_<resource>` make the other resources, one kind each; some have people too;
- `backbone` makes `coordination`.
"""

from __future__ import annotations

import math
import random
from typing import Any

from tests.random_shocks import Shocks

__all__ = ["random_scenario"]

RESOURCES = ("goods", "kit", "power", "labour")
LARGEST = 14  # organisations
RESPONSES = ("limiting", "additive", "threshold")


def random_scenario(seed: int, **force: Any) -> dict[str, Any]:
    """Return the plain data of a valid random scenario, as `Scenario.from_dict` takes it.

    Parameters
    ----------
    seed : int
        Decides everything.
    **force
        Choices to make instead of drawing them; those that do not depend on it stay:
        `steps`, `areas`, `hazard` (bool), `response` (of every kind), `patience` (of every kind),
        `hoarding`, `levers` (of the policy, a dict; then without changes), `events` (bool),
        `scarcity` (capacity of makers as a part of what is ordered).
    """
    return _Generator(random.Random(seed), force).scenario(seed)


class _Generator(Shocks):
    """The people, makers and ties of a scenario; what happens to them is drawn by `Shocks`."""

    def scenario(self, seed: int) -> dict[str, Any]:
        self.steps = self.forced("steps", self.rng.randint(10, 30))
        count = self.forced("areas", self.rng.randint(1, 3))
        self.areas = ["north", "east", "south", "west"][:count]
        self.hazard = self.forced("hazard", self.chance(1 / 3))
        self.resources = self.some(list(RESOURCES))
        if self.hazard and "labour" not in self.resources:
            self.resources.append("labour")
        if self.chance(0.6):
            self.resources.append("coordination")
        self.kinds: dict[str, dict[str, Any]] = {}
        self.organisations: list[dict[str, Any]] = []
        self._resources()
        self._people()
        self._makers()
        self.links: list[dict[str, Any]] = []
        self.supply: list[dict[str, Any]] = []
        self._ties_of_supply()
        data = {
            "title": f"Random scenario {seed}",
            "time": {"steps": self.steps},
            "behaviour": self._behaviour(),
            "resources": self.definitions,
            "kinds": self.kinds,
            "areas": {name: {} for name in self.areas},
            "organisations": self.organisations,
            "links": self.links,
            "supply": self.supply,
            "aid": self._aid(),
            "referral": self._referral(),
            "policies": {"mixed": self._policy()},
            "policy": "mixed",
        }
        epidemic, events = self._epidemic(), self._events()
        if self.hazard:
            data["hazard"] = epidemic
        if self.forced("events", True):
            data["events"] = events
        return data

    # ------------------------------------------------------------------ who there is

    def _behaviour(self) -> dict[str, Any]:
        return {
            "hoarding": self.forced("hoarding", self.rng.choice([0.0, self.between(0.2, 4.0)])),
            "keep": self.rng.choice([1.0, self.between(0.5, 4.0)]),
            "smoothing": self.rng.choice([0.3, 1.0, self.between(0.1, 1.0)]),
            "forecast_window": self.rng.randint(1, 7),
            "communication_cost": self.rng.choice([0.0, 0.02, self.between(0.01, 0.2)]),
            "altruism": self.rng.choice([0.0, 0.5, 1.0, self.between(0.0, 1.0)]),
        }

    def _resources(self) -> None:
        self.definitions: dict[str, dict[str, Any]] = {}
        for name in self.resources:
            storable = name in ("goods", "kit")
            by_contract = self.chance(0.8 if name == "labour" else 0.25)
            self.definitions[name] = {
                "storable": storable,
                "rationing": "contract" if by_contract else "priority",
            }
            if storable:
                self.definitions[name]["cover"] = self.between(0.5, 5.0)

    def _kind(self, rank: int, harm: float) -> dict[str, Any]:
        response = self.forced("response", self.rng.choice(RESPONSES))
        patience = self.rng.choice([1, 1, 2, 3, 4, math.inf])
        return {
            "rank": rank,
            "harm": harm,
            "response": response,
            "threshold": self.between(0.15, 0.8),
            "adjustment": self.rng.choice([1.0, 1.0, self.between(0.2, 0.9)]),
            "patience": self.forced("patience", patience),
            "recovery": self.rng.randint(1, 4),
            "absence": self.rng.choice([0.0, 0.0, self.between(0.01, 0.2)]),
            "needs": {},
            "makes": {},
        }

    def _needs(self, kind: dict[str, Any], names: list[str]) -> None:
        for name in names:
            need: dict[str, Any] = {
                "use": self.between(0.2, 3.0),
                "criticality": self.rng.choice([1.0, self.between(0.2, 0.95), self.between(0, 1)]),
            }
            if name == "coordination":
                need = {"use": self.between(0.02, 0.1), "criticality": self.rng.choice([0.0, 0.1])}
            if self.definitions[name]["storable"]:
                if self.chance(0.5):
                    need["cover"] = self.between(0.5, 5.0)
                need["safety"] = self.rng.choice([0.0, self.between(0.0, 10.0)])
            kind["needs"][name] = need

    def _add(self, kind: str, **figures: Any) -> None:
        number = 1 + sum(entry["kind"] == kind for entry in self.organisations)
        area = self.rng.choice(self.areas)
        entry = {"id": f"{kind}_{number}", "kind": kind, "area": area}
        self.organisations.append({**entry, **figures})

    def _people(self) -> None:
        """Make those whom people depend on: at least one clinic; homes and shops perhaps."""
        wanted = [name for name in self.resources if name != "coordination"]
        talks = ["coordination"] if "coordination" in self.resources else []
        self.caring = ["clinic"]
        numbers = {"clinic": self.rng.randint(1, 3), "home": self.rng.randint(0, 3)}
        numbers["shop"] = self.rng.randint(0, 2)
        if sum(numbers.values()) == 1:
            numbers["clinic"] = 2
        if self.hazard:
            numbers["home"] = max(1, numbers["home"])
        harm = {"clinic": 0.05, "home": 0.02, "shop": 0.002}
        for name, number in numbers.items():
            if number == 0:
                continue
            self.kinds[name] = self._kind(self.rng.randint(0, 3), harm[name])
            if name != "shop":
                self.kinds[name]["stay"] = 5.0
            self._needs(self.kinds[name], self.some(wanted) + talks)
            for _ in range(number):
                people = self.between(8, 60)
                room = self.rng.choice([1.0, 1.02, self.between(0.9, 1.4)])
                if name == "shop":
                    self._add(name, demand=people, capacity=round(people * room, 3))
                    continue
                stay = self.between(1.0, 8.0)
                flow = people / stay * self.between(0.7, 1.3)
                self._add(
                    name,
                    caseload=people,
                    demand=self.rng.choice([0.0, 0.0, self.between(1, 5)]),
                    arrivals=round(flow if name == "clinic" else flow * 0.3, 3),
                    stay=stay,
                    capacity=round(people * room, 3),
                )
        if "home" in self.kinds:
            self.caring.append("home")

    def _makers(self) -> None:
        """Make a kind for each resource, its capacity around what is ordered of it."""
        order = [name for name in RESOURCES if name in self.resources]
        if "coordination" in self.resources:
            order.append("coordination")
        left_open = self.rng.choice([*order, "", ""])  # two could order from each other without end
        for place, name in enumerate(order):
            kind = {"labour": "town", "coordination": "backbone"}.get(name, f"works_{name}")
            recipe = self.kinds[kind] = self._kind(self.rng.randint(0, 3), 0.0)
            room = LARGEST - len(self.organisations) - len(order[place + 1 :])
            number = self.rng.randint(1, max(1, min(3, room)))
            above = [other for other in order[place + 1 :] if self.chance(0.5)]
            below = [other for other in order[:place] if self.chance(0.15)]
            own = [name] if number > 1 and name != "coordination" and self.chance(0.15) else []
            self._needs(recipe, [*above, *below, *own])
            if own:
                recipe["needs"][name]["use"] = 0.1
            make = self.between(0.5, 4.0)
            recipe["makes"][name] = {"make": make}
            if self.definitions[name]["storable"] and self.chance(0.6):
                recipe["makes"][name]["cover"] = self.between(0.5, 3.0)
            ample = self.rng.choice([self.between(0.4, 0.9), self.between(0.8, 1.3), 2.0])
            ample = self.forced("scarcity", ample)
            capacity = ample * self._ordered(name) / make / number
            serves_people = name != "coordination" and self.chance(0.3)
            if serves_people or kind == "town":
                recipe["harm"] = 0.001
            for _ in range(number):
                figures: dict[str, Any] = {"capacity": round(max(capacity, 0.5), 3)}
                if left_open == name and self.chance(0.5):
                    figures["capacity"] = 0.0  # the tables work it out
                if kind == "town":
                    figures["population"] = float(self.rng.randint(40, 400))
                    figures["demand"] = round(figures["capacity"] * self.between(0.3, 0.9), 3)
                elif serves_people:
                    figures["demand"] = round(figures["capacity"] * self.between(0.1, 0.5), 3)
                self._add(kind, **figures)

    def _ordered(self, resource: str) -> float:
        """Return roughly what is ordered of a resource on an ordinary tick."""
        total = 0.0
        for entry in self.organisations:
            need = self.kinds[entry["kind"]]["needs"].get(resource)
            if need is not None:
                people = entry.get("caseload", 0.0) + entry.get("demand", 0.0)
                total += need["use"] * max(people, 0.7 * entry["capacity"])
        return max(total, 1.0)

    # ------------------------------------------------------------------ who deals with whom

    def _terms(self) -> dict[str, Any]:
        terms: dict[str, Any] = {}
        if self.chance(0.6):
            terms["lead_time"] = self.rng.randint(0, 3)
        if self.chance(0.3):
            terms["lead_time_spread"] = self.rng.randint(1, 3)
        if self.chance(0.2):
            terms["capacity"] = self.between(5, 80)
        if self.chance(0.25):
            terms["reliability"] = self.between(0.5, 0.99)
        return terms

    def _ties_of_supply(self) -> None:
        for name in self.resources:
            users = self.users(name)
            if not users:
                continue
            makers = [
                entry["id"]
                for entry in self.organisations
                if name in self.kinds[entry["kind"]]["makes"]
            ]
            written = self.chance(0.35)
            if written:
                self._written_links(name, users, makers)
                continue
            shares = [1.0] if self.chance(0.7) else [0.75, 0.25]
            for share in shares:
                rule = {
                    "resource": name,
                    "within": "anywhere",
                    "suppliers": self.rng.choice([1, 2, 2, 3, "all"]),
                    "share": share,
                    "split": self.rng.choice(["equal", "capacity"]),
                }
                self.supply.append(rule | self._terms())

    def _written_links(self, name: str, users: list[str], makers: list[str]) -> None:
        for user in users:
            others = [maker for maker in makers if maker != user]
            chosen = self.some(others)
            parts = [self.rng.randint(1, 4) for _ in chosen]
            with_shares = self.chance(0.7)
            for supplier, part in zip(chosen, parts, strict=True):
                link: dict[str, Any] = {"from": supplier, "to": user, "resource": name}
                if with_shares:
                    link["share"] = part / sum(parts)
                self.links.append(link | self._terms())

    def _aid(self) -> list[dict[str, Any]]:
        rules = []
        for name in self.resources:
            if len(self.users(name)) > 1 and name != "coordination" and self.chance(0.75):
                partners = self.rng.choice(["all", 1, 2])
                rules.append({"resource": name, "partners": partners, "within": "anywhere"})
        caring = [entry for entry in self.organisations if entry["kind"] in self.caring]
        if len(caring) > 1 and self.chance(0.7):
            rule: dict[str, Any] = {"resource": "places", "within": "anywhere"}
            if self.chance(0.6):
                rule["between"] = list(self.caring)
            rules.append(rule)
        return rules

    def _referral(self) -> list[dict[str, Any]]:
        rules = []
        if "home" in self.kinds and self.chance(0.8):
            targets = self.rng.choice(["all", 1])
            share = self.between(0.1, 0.9)
            ends = {"from": ["clinic"], "to": ["home"]}
            rules.append({**ends, "share": share, "within": "anywhere", "targets": targets})
        if rules and self.chance(0.3):
            share = self.between(0.05, 0.4)
            rules.append({"from": ["home"], "to": ["clinic"], "share": share, "within": "anywhere"})
        return rules
