"""A small exercise by hand: one depot, two wards and a home that share what there is of one kit."""

from __future__ import annotations

from typing import Any

from crisis_abm.exercise import Exercise
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.io.write import emit

VALLEY: dict[str, Any] = {
    "title": "A valley",
    "time": {"steps": 20},
    "behaviour": {"forecast_window": 1},
    "resources": {"kit": {"storable": True, "cover": 2}},
    "kinds": {
        "works": {"makes": {"kit": {"make": 1}}, "rank": 1, "patience": float("inf")},
        "ward": {"harm": 1, "rank": 2, "needs": {"kit": {"use": 1, "criticality": 1}}},
        "home": {"harm": 1, "rank": 1, "needs": {"kit": {"use": 1, "criticality": 1}}},
    },
    "organisations": [
        {"id": "works", "kind": "works", "area": "here", "capacity": 30},
        {"id": "north", "kind": "ward", "area": "here", "capacity": 20, "demand": 10},
        {"id": "south", "kind": "ward", "area": "here", "capacity": 20, "demand": 5},
        {"id": "home", "kind": "home", "area": "here", "capacity": 20, "demand": 10},
    ],
    "supply": [{"resource": "kit", "lead_time": 1, "suppliers": "all"}],
    "aid": [{"resource": "kit", "between": ["ward", "home"]}],
    "events": [{"title": "Half", "capacity": 0.4, "kinds": ["works"], "start": 3, "end": 12}],
}

FILE: dict[str, Any] = {
    "title": "Half a works",
    "scenario": "valley",
    "end": 15,
    "turns": [
        {"title": "Nothing yet", "start": 2},
        {"title": "Short", "start": 6},
        {"title": "Over", "start": 11},
    ],
    "seats": {
        "works": {"title": "Works", "kinds": ["works"]},
        "wards": {"title": "Wards", "kinds": ["ward"]},
        "home": {"title": "Home", "organisations": ["home"]},
    },
    "objectives": {
        "need": {
            "title": "Order what is needed",
            "measure": "excess",
            "performed": 0.25,
            "some": 0.5,
            "major": 1.0,
        }
    },
    "injects": [
        {"number": 1, "date": 2, "text": "Count what you hold."},
        {
            "number": 2,
            "date": 6,
            "text": "Half of the store is spoilt.",
            "from": "The foreman",
            "to": ["works"],
            "effect": {"stock": 0.5, "resource": "kit", "kinds": ["works"], "holding": "outputs"},
            "objective": "need",
            "if_not": "1",
        },
    ],
}


def valley(**changes: Any) -> Scenario:
    return Scenario.from_dict({**VALLEY, **changes})


def exercise(scenario: Scenario | None = None, /, **changes: Any) -> Exercise:
    """The exercise, with some of its keys otherwise, perhaps of another valley."""
    text = emit({**FILE, **changes})
    return Exercise.from_text(text, "half.toml", scenario=scenario or valley())
