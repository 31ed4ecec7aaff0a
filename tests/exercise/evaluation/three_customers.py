"""A works whose customers differ in rank and worth: their shares tell agenda from parity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crisis_abm.exercise import Decision, Exercise
from crisis_abm.scenario.io.write import emit
from crisis_abm.scenario.schema.policy import LeverSettings
from tests.exercise.small import FILE, VALLEY, valley

SEATS = ("works", "wards", "clinic", "home")
SPARE = {"add_stock": 30, "resource": "kit", "organisations": ["home"], "start": 6}
"""The home has more than it needs in the second turn."""


def three_customers(**changes: Any) -> Exercise:
    """The valley with a clinic; the home is worth twice as much as the others, and ranks low."""
    kinds = {
        **VALLEY["kinds"],
        "home": {**VALLEY["kinds"]["home"], "harm": 2},
        "clinic": VALLEY["kinds"]["home"],
    }
    clinic = {"id": "clinic", "kind": "clinic", "area": "here", "capacity": 20, "demand": 5}
    scenario = valley(kinds=kinds, organisations=[*VALLEY["organisations"], clinic])
    seats = {**FILE["seats"], "clinic": {"title": "Clinic", "kinds": ["clinic"]}}
    file = emit({**FILE, "seats": seats, **changes})
    return Exercise.from_text(file, "half.toml", scenario=scenario)


def by_levers(
    exercise: Exercise, seats: Sequence[str], levers: Mapping[str, float]
) -> dict[tuple[int, str], Decision]:
    """All seats follow these levers in every turn."""
    decision = Decision(levers=LeverSettings(**levers))
    return {(turn, seat): decision for turn in range(exercise.turns) for seat in seats}
