import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_abm.tables import build
from crisis_abm.tables.hazard import apportion
from crisis_abm.tables.layout import Effect
from tests.tables.cases import scenario


def epidemic(events=(), **hazard):
    kinds = {
        "ward": {"needs": {"tests": {"use": 1.0}}, "caseload": 10.0, "stay": 4.0, "capacity": 12.0},
        "home": {
            "needs": {"ppe": {"use": 1.0}, "labour": {"use": 0.5}},
            "caseload": 10.0,
            "stay": 40.0,
            "capacity": 10.0,
        },
        "town": {
            "makes": {"labour": {"make": 1.0}},
            "demand": 50.0,
            "population": 100.0,
            "capacity": 90.0,
        },
        "maker": {"makes": {"ppe": {"make": 1.0}, "tests": {"make": 1.0}}, "capacity": 99.0},
    }
    organisations = [
        {"id": "town_s1", "kind": "town", "area": "south", "population": 300.0},
        {"id": "town_n1", "kind": "town", "area": "north"},
        {"id": "home_n", "kind": "home", "area": "north"},
        {"id": "ward_n", "kind": "ward", "area": "north"},
        {"id": "town_s2", "kind": "town", "area": "south"},
        {"id": "home_s", "kind": "home", "area": "south"},
        {"id": "maker", "kind": "maker", "area": "north"},
    ]
    return scenario(
        areas={"north": {}, "south": {}},
        resources={"ppe": {}, "tests": {}, "labour": {}},
        kinds=kinds,
        organisations=organisations,
        supply=[
            {"resource": "ppe", "within": "anywhere"},
            {"resource": "tests", "within": "anywhere"},
            {"resource": "labour"},
        ],
        hazard={"kind": "epidemic", "communities": ["town"], "receivers": ["ward"], **hazard},
        events=list(events),
    )


def test_communities_and_receivers_by_area():
    hazard = build(epidemic(infected=10.0, r0=3.0, infectious=4.0, latent=2.0)).world.hazard
    assert hazard.active == 1
    assert hazard.community.tolist() == [1, 0, 4]
    assert hazard.community_start.tolist() == [0, 1, 3]
    assert hazard.receiver.tolist() == [3]
    assert hazard.receiver_start.tolist() == [0, 1, 1]
    assert hazard.infected.tolist() == [10.0, 8.0, 2.0]  # 300 : 100, 7.5 and 2.5, first the former
    assert (hazard.beta, hazard.onset, hazard.end) == (0.75, 0.5, 0.25)
    assert len(hazard.residents) == len(hazard.protection) == 0
    assert hazard.resident_row.tolist() == [-1] * 7


def test_infected_by_area():
    hazard = build(epidemic(infected={"south": 7.0}, imports=0.5, imports_until=3)).world.hazard
    assert hazard.infected.tolist() == [0.0, 5.0, 2.0]
    assert hazard.imports.tolist() == [0.5, 0.5]


def test_residents_and_what_protects_them():
    residents = {
        "kinds": ["home"],
        "r0": 2.0,
        "protection": {"resource": "ppe", "effect": 0.9},
        "tests": {"resource": "tests", "effect": 0.8},
    }
    tables = build(epidemic(residents=residents, infectious=4.0))
    hazard, inputs = tables.world.hazard, tables.world.inputs
    assert hazard.residents.tolist() == [2, 5]
    assert hazard.resident_row.tolist() == [-1, -1, 0, -1, -1, 1, -1]
    assert hazard.resident_beta == 0.5
    for column, resource in ((hazard.protection, "ppe"), (hazard.labour, "labour")):
        assert inputs.organisation[column].tolist() == [2, 5]
        assert {tables.resources[row] for row in inputs.resource[column]} == {resource}
    assert np.flatnonzero(hazard.tests >= 0).tolist() == [3]


def test_contact_events_and_triggers():
    events = [
        {"contact": 0.3, "areas": ["south"], "when": {"prevalence_above": 0.1}, "duration": 9},
        {"contact": 0.5, "when": {"prevalence_above": 0.2}, "duration": 5},
    ]
    made = build(epidemic(events=events)).world.events
    assert made.effect.tolist() == [Effect.CONTACT, Effect.CONTACT]
    assert made.trigger.tolist() == [0.1, 0.2]
    assert (made.start.tolist(), made.end.tolist()) == ([-1, -1], [9, 5])
    assert made.area_start.tolist() == [0, 1, 3]
    assert made.area.tolist() == [1, 0, 1]
    assert made.target.tolist() == [0, 4, 0, 1, 4]


@given(
    st.integers(0, 500),
    st.lists(st.floats(1, 1000), min_size=1, max_size=8).map(lambda sizes: np.floor(sizes)),
)
def test_apportioning_keeps_the_total_and_is_nearly_proportional(total, size):
    total = min(total, int(size.sum()))
    parts = apportion(total, size)
    assert parts.sum() == pytest.approx(total)
    assert (parts <= size).all()
    assert (np.abs(parts - total * size / size.sum()) < 1 + 1e-6).all()
    assert (parts == np.floor(parts)).all()
