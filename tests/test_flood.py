"""The flood shows what it is said to show (scenarios/flood.toml, docs/scenarios.md).

Facts of the outage stand in the scenario with their sources; here, what must follow from them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

import numpy as np
import pytest

from crisis_abm.engine import Detail
from crisis_abm.runs import Comparison, Prepared, compare, replicate_seed
from crisis_abm.scenario import Scenario
from tests.test_scenarios_library import levels, of_kind

POLICIES = ("siloed", "reciprocal")
DRAWS = range(5)
FELT = {6: 0.0, 7: 0.58, 8: 0.31, 9: 0.6, 10: 0.9}  # share of power in December


@cache
def crisis() -> Scenario:
    return Scenario.load("flood")


@cache
def finished(number: int | None, policy: str):
    """A run of the file as it stands, or of one of its draws."""
    drawn = crisis() if number is None else crisis().drawn(0, number)
    prepared = Prepared(drawn)
    seed = replicate_seed(0, number or 0)
    return prepared, prepared.run(drawn.policy_named(policy), seed, Detail.ORGANISATIONS)


@cache
def compared() -> Comparison:
    return compare(
        crisis(), (*POLICIES, "communication=1", "reciprocity=1", "agenda=1"), 30, 0, workers=1
    )


def day(december: int) -> int:
    return crisis().tick_of(date(2015, 12, december))


def of_district(prepared: Prepared, *kinds: str) -> np.ndarray:
    """Those that hang on the substation."""
    inland = prepared.tables.areas.index("inland")
    return of_kind(prepared, *kinds) & (prepared.tables.world.organisations.area != inland)


def mean_level(number: int | None, policy: str, december: int, *kinds: str) -> float:
    prepared, state = finished(number, policy)
    return float(levels(state)[day(december), of_district(prepared, *kinds)].mean())


def test_it_is_calm_until_the_substation_is_flooded():
    """Until the 5th nobody is strained, without its events nobody ever is."""
    for policy in POLICIES:
        first = finished(None, policy)[1].record.first
        assert ((first < 0) | (first >= day(5))).all()
        calm = Prepared(crisis().with_({"events": [], "uncertain": None}))
        record = calm.run(calm.scenario.policy_named(policy), 1, Detail.GROUPS).record
        assert record.strained.sum() == 0


def test_power_is_felt_as_it_was_reported():
    """What the households of the district got of what they asked for, day by day."""
    prepared, _ = finished(None, "siloed")
    tables, world = prepared.tables, prepared.tables.world
    power = tables.resources.index("power")
    rows = of_district(prepared, "household")[world.inputs.organisation]
    rows &= world.inputs.resource == power
    for december, share in {5: 1.0, **FELT, 11: 1.0}.items():
        short = Prepared(crisis().with_({"time.steps": day(december) + 1}))
        state = short.run(crisis().policy_named("siloed"), 1, Detail.GROUPS)
        # crews keep streets going that hang on generators, and they may be short themselves
        assert state.inputs.fill[rows].mean() == pytest.approx(share, abs=0.03), december


@pytest.mark.parametrize("kind", ["care_home", "home_care"])
def test_the_second_outage_is_worse_for_homes_and_for_people_at_home(kind):
    """A third of the power, yet less care than without any: diesel is used up by then."""
    assert FELT[8] > FELT[6]
    for numbers in ([None], DRAWS):
        first, second = (
            np.mean([mean_level(number, "siloed", december, kind) for number in numbers])
            for december in (6, 8)
        )
        assert second < first - 0.02


def test_homes_and_people_at_home_lose_a_quarter_to_nearly_half():
    for kind in ("care_home", "home_care"):
        for december in (6, 8):
            assert 0.55 <= mean_level(None, "siloed", december, kind) <= 0.75


@pytest.mark.parametrize("policy", POLICIES)
def test_the_hospital_stays_steady_on_its_generators(policy):
    prepared, state = finished(None, policy)
    (level,) = levels(state)[:, of_kind(prepared, "hospital")].T
    assert level[day(6)] == pytest.approx(0.8, abs=0.01)
    assert level.min() >= 0.79


def test_without_diesel_the_hospital_would_fall_to_a_third():
    fuel = {"resource": "generator_fuel", "start": day(8)}
    dry = crisis().with_({"events[+]": {"stock": 0, "kinds": ["hospital"], **fuel}})
    dried = Prepared(dry.with_({"events[+]": {"link": 0, "kinds": ["tanker"], **fuel}}))
    state = dried.run(crisis().policy_named("siloed"), 1, Detail.ORGANISATIONS)
    assert levels(state)[day(8), of_kind(dried, "hospital")].item() == pytest.approx(0.3, abs=0.02)


def test_it_is_over_six_days_after_it_began():
    prepared, state = finished(None, "siloed")
    served = of_kind(prepared, "hospital", "care_home", "home_care", "household")
    assert levels(state)[day(5), served].min() > 0.99
    assert levels(state)[day(6), served].min() < 0.75
    assert levels(state)[day(12) :, served].min() >= 0.9


@pytest.mark.parametrize("policy", POLICIES)
def test_communication_is_down_with_the_phones(policy):
    """On the 6th nobody in the district talks; and the Council, dark, hardly coordinates after."""
    whole = policy == "reciprocal"
    for december, talk in ((5, whole), (6, 0), (7, whole)):
        short = Prepared(crisis().with_({"time.steps": day(december) + 1}))
        state = short.run(crisis().policy_named(policy), 1, Detail.GROUPS)
        homes = of_district(short, "care_home")
        assert (state.organisations.levers[homes, 2] == talk).all()  # communication
    council = of_kind(short, "council")
    assert levels(finished(None, policy)[1])[day(6), council].item() < 0.2


def test_what_comes_of_working_together():
    """As docs/scenarios.md says: lending does it, talking alone costs, agenda does harm."""
    siloed = compared().of("harm", "siloed").mean()
    assert compared().difference("harm", "reciprocal").interval[1] < 0
    assert compared().difference("harm", "reciprocity=1").mean < -0.12 * siloed
    assert 0 < compared().difference("harm", "communication=1").mean < 0.02 * siloed
    assert compared().difference("harm", "agenda=1").interval[0] > 0


def test_who_lends_and_who_takes_in_pays():
    """The hospital, and homes that have power and take in residents without more staff."""
    for who in (
        lambda one: of_kind(one, "hospital"),
        lambda one: ~of_district(one, *one.tables.kinds),
    ):
        siloed, reciprocal = (
            np.mean([harm_of(who, number, policy) for number in range(10)]) for policy in POLICIES
        )
        assert reciprocal > siloed


def harm_of(who: Callable[[Prepared], np.ndarray], number: int, policy: str) -> float:
    prepared, state = finished(number, policy)
    return float(state.record.harm[who(prepared)].sum())
