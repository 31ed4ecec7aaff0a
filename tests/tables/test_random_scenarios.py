import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_abm.scenario import LEVERS, Scenario
from tests.random_scenarios import random_scenario


@given(st.integers(0, 10**9))
@settings(max_examples=100)
def test_always_valid_and_of_the_promised_size(seed):
    data = random_scenario(seed)
    assert data == random_scenario(seed)
    made = Scenario.from_dict(data)
    assert 3 <= len(made.members()) <= 14
    assert 10 <= made.time.steps <= 30
    assert 1 <= len(set(made.resources_in_play()) - {"coordination"}) <= 4


def test_choices_can_be_forced():
    force = {"steps": 12, "areas": 2, "hazard": True, "response": "additive", "patience": 2}
    levers = dict.fromkeys(LEVERS, 0.5)
    for seed in range(20):
        data = random_scenario(seed, **force, levers=levers, events=False, hoarding=1.5)
        made = Scenario.from_dict(data)
        assert made.time.steps == 12
        assert list(made.areas) == ["north", "east"]
        assert made.hazard is not None
        assert {recipe.response for recipe in made.recipes().values()} == {"additive"}
        assert {recipe.patience for recipe in made.recipes().values()} == {2}
        assert made.policy_named("mixed").levers == (0.5,) * 5
        assert made.events == []
        assert made.behaviour.hoarding == 1.5
    with pytest.raises(TypeError, match="colour"):
        random_scenario(1, colour="red")
