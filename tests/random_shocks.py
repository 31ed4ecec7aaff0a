"""What happens in random small crises: levers, events and the epidemic.

The second half of `tests.random_scenarios`; draws in the order in which that calls it.
"""

from __future__ import annotations

import random
from typing import Any

from crisis_abm.scenario.schema.policy import LEVERS

__all__ = ["Shocks"]

FORCED = {"steps", "areas", "hazard", "response", "patience", "hoarding", "levers"}
FORCED |= {"events", "scarcity"}


class Shocks:
    """Draws of levers and of what happens to organisations that are there already."""

    steps: int
    hazard: bool
    resources: list[str]
    definitions: dict[str, dict[str, Any]]
    kinds: dict[str, dict[str, Any]]
    organisations: list[dict[str, Any]]

    def __init__(self, rng: random.Random, force: dict[str, Any]) -> None:
        self.rng = rng
        self.force = force
        if not force.keys() <= FORCED:
            unknown = ", ".join(sorted(force.keys() - FORCED))
            raise TypeError(f"random_scenario cannot force {unknown}")

    def forced(self, name: str, drawn: Any) -> Any:
        return self.force.get(name, drawn)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def between(self, low: float, high: float) -> float:
        return round(self.rng.uniform(low, high), 3)

    def some(self, names: list[str], least: int = 1) -> list[str]:
        return sorted(self.rng.sample(names, self.rng.randint(least, max(least, len(names)))))

    def users(self, resource: str) -> list[str]:
        kinds = [kind for kind, recipe in self.kinds.items() if resource in recipe["needs"]]
        return [entry["id"] for entry in self.organisations if entry["kind"] in kinds]

    # ------------------------------------------------------------------ what they do

    def _lever(self) -> float:
        return self.rng.choice([0.0, 1.0, self.between(0.05, 0.95), self.between(0.05, 0.95)])

    def _policy(self) -> dict[str, Any]:
        policy: dict[str, Any] = {lever: self._lever() for lever in LEVERS}
        changes = []
        for _ in range(self.rng.randint(0, 3)):
            start = self.rng.randint(0, self.steps - 1)
            change = {"start": start, **self._who(), **self._settings()}
            if self.chance(0.5):
                change["end"] = self.rng.randint(start + 1, self.steps)
            changes.append(change)
        if "levers" in self.force:
            return dict(self.force["levers"])
        return {**policy, "changes": changes}

    def _settings(self) -> dict[str, float]:
        return {lever: self._lever() for lever in self.some(list(LEVERS))}

    def _who(self) -> dict[str, Any]:
        choice = self.rng.randrange(4)
        if choice == 0:
            return {"kinds": self.some(sorted(self.kinds))}
        if choice == 1:
            return {"areas": [self.rng.choice(self.areas_with_members())]}
        if choice == 2:
            return {"organisations": [self.rng.choice(self.organisations)["id"]]}
        return {"share": self.between(0.2, 0.9)}

    def areas_with_members(self) -> list[str]:
        return sorted({entry["area"] for entry in self.organisations})

    def _when(self, longest: int = 8) -> dict[str, int]:
        start = self.rng.randint(1, self.steps - 2)
        return {"start": start, "end": min(self.steps, start + self.rng.randint(1, longest))}

    # ------------------------------------------------------------------ what happens to them

    def _epidemic(self) -> dict[str, Any]:
        residents: dict[str, Any] = {
            "kinds": ["home"],
            "r0": self.between(0.5, 4.0),
            "staff": self.between(0.2, 3.0),
            "fatality": self.between(0.1, 0.5),
            "discharge": self.between(0.5, 3.0),
        }
        needs = sorted(self.kinds.get("home", {}).get("needs", {}))
        if needs and self.chance(0.7):
            residents["protection"] = {"resource": self.rng.choice(needs), "effect": 0.9}
        tests = sorted(self.kinds["clinic"]["needs"])
        if self.chance(0.7):
            residents["tests"] = {"resource": self.rng.choice(tests), "effect": 0.8}
        epidemic: dict[str, Any] = {
            "kind": "epidemic",
            "communities": ["town"],
            "r0": self.between(1.5, 5.0),
            "latent": self.between(1.0, 4.0),
            "infectious": self.between(1.0, 5.0),
            "mixing": {"own": 0.4, "area": 0.4, "everywhere": 0.2},
            "infected": float(self.rng.randint(3, 12)),
            "imports": self.rng.choice([0.0, self.between(0.1, 2.0)]),
            "imports_until": self.rng.randint(0, self.steps),
            "severe": self.between(0.05, 0.4),
            "receivers": ["clinic"],
            "fatality": self.between(0.05, 0.4),
            "absence": self.between(0.2, 1.0),
        }
        if self.chance(0.5):
            epidemic["stay"] = self.between(1.0, 10.0)
        if self.chance(0.85):
            epidemic["residents"] = residents
        return epidemic

    def _events(self) -> list[dict[str, Any]]:
        stored = [n for n in self.resources if self.definitions[n]["storable"] and self.users(n)]
        supplied = [name for name in self.resources if self.users(name)]
        makers = sorted(kind for kind, recipe in self.kinds.items() if recipe["makes"])
        events: list[dict[str, Any]] = []
        if self.chance(0.7):  # makers stop, so customers fail; later they reopen
            kinds = self.some([*makers, "clinic"]) if makers else ["clinic"]
            event: dict[str, Any] = {
                "capacity": self.rng.choice([0.0, 0.0, 0.3]),
                "kinds": kinds,
                **self._when(),
            }
            if self.chance(0.5):
                event["share"] = 0.5
            events.append(event)
        if self.chance(0.4):
            surge = self.between(1.1, 2.5)
            events.append({"demand": surge, **self._who(), **self._when()})
        if supplied and self.chance(0.4):
            event = {"link": self.rng.choice([0.0, self.between(0.1, 0.7)]), **self._when()}
            event["resource"] = self.rng.choice(supplied)
            if self.chance(0.5):
                event["to"] = {"areas": [self.rng.choice(self.areas_with_members())]}
            events.append(event)
        if supplied and self.chance(0.3):
            resource = self.rng.choice(supplied)
            event = {"lead_time": self.rng.randint(1, 3), "resource": resource, **self._when()}
            events.append(event)
        if self.chance(0.4):
            events.append({"levers": self._settings(), **self._who(), **self._when()})
        if stored and self.chance(0.4):
            loss: dict[str, Any] = {"stock": self.rng.choice([0.0, self.between(0.1, 0.9)])}
            loss |= {
                "resource": self.rng.choice(stored),
                "start": self.rng.randint(0, self.steps - 1),
            }
            loss["holding"] = self.rng.choice(["inputs", "outputs", "both"])
            events.append(loss)
        if stored and self.chance(0.3):
            gift = {"add_stock": self.between(5, 60), "resource": self.rng.choice(stored)}
            gift["start"] = self.rng.randint(0, self.steps - 1)
            events.append(gift)
        if self.chance(0.2):
            events.append({"announcement": "Wash your hands.", "start": self.steps // 2})
        contacts: list[dict[str, Any]] = [
            {"contact": self.between(0.1, 0.9), **self._when()},
            {
                "contact": self.between(0.1, 0.6),
                "when": {"prevalence_above": self.between(0.005, 0.1)},
                "duration": self.rng.randint(2, 8),
            },
        ]
        if self.hazard:
            events += [contact for contact in contacts if self.chance(0.6)]
        return events
