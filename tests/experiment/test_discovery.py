"""Scenario discovery: hidden scenarios, further ones, none, and how sure they are said to be."""

import numpy as np
import pytest

from crisis_abm.experiment.findings.discovery import (
    HALVES,
    Discovered,
    discover,
    harms,
    helps,
    helps_least,
    question_named,
    worst,
)
from crisis_abm.experiment.findings.pairs import QuestionError
from tests.experiment.known import pairs

CRISES = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


def sampled(effect, count=400, seed=7, **how):
    """States spread at random over a, b and c, and the difference that `effect` makes of them."""
    generator = np.random.default_rng(seed)
    worlds = {name: generator.random(count) for name in "abc"}
    differences = effect(**worlds)[:, None] + CRISES + generator.normal(0, 1, size=(count, 5))
    return pairs(worlds, differences, matters=5.0, **how)


def one_corner(a, b, c):
    return np.where((a > 0.6) & (b < 0.5), 30.0, -30.0)


def two_corners(a, b, c):
    return np.where(((a > 0.6) & (b < 0.5)) | ((a < 0.2) & (c > 0.7)), 30.0, -30.0)


def test_a_hidden_scenario_is_found():
    found = discover(sampled(one_corner), harms(sampled(one_corner)))
    (box,) = found.boxes
    assert set(box.box.sides) == {("a", "low"), ("b", "high")}
    assert box.box.low["a"] == pytest.approx(0.6, abs=0.05)
    assert box.box.high["b"] == pytest.approx(0.5, abs=0.05)
    assert box.density > 0.95 and box.coverage > 0.9
    assert found.base == pytest.approx(0.2, abs=0.05)
    assert found.base_interval[0] < found.base < found.base_interval[1]


def test_it_is_found_again_in_halves_and_holds_in_the_other_half():
    found = discover(sampled(one_corner), harms(sampled(one_corner)))
    (box,) = found.boxes
    assert all(count >= 0.95 * HALVES for count in box.again.values())
    assert 0.85 < box.unseen_density < 1
    assert 0.8 < box.unseen_coverage < 1


def test_what_is_found_in_noise_does_not_hold_in_the_other_half():
    found: list[Discovered] = []
    for seed in range(8):
        generator = np.random.default_rng(seed)
        worlds = {name: generator.random(120) for name in "abcd"}
        noise = generator.random(120) < 0.4
        data = pairs(worlds, np.where(noise, 30.0, -30.0)[:, None] + CRISES)
        found += discover(data, harms(data), most=1).boxes
    assert found, "boxes found in noise are what is looked at here"
    assert min(one.density for one in found) > 0.44
    assert np.mean([one.unseen_density for one in found]) == pytest.approx(0.4, abs=0.06)
    assert all(min(one.again.values()) < HALVES / 2 for one in found)


def test_a_second_scenario_is_found_outside_the_first():
    data = sampled(two_corners, count=600)
    found = discover(data, harms(data))
    assert len(found.boxes) == 2
    sides = [set(one.box.sides) for one in found.boxes]
    assert {("a", "low"), ("b", "high")} in sides
    assert {("a", "high"), ("c", "low")} in sides
    assert found.covered > 0.9
    assert sum(one.interesting for one in found.boxes) <= found.interesting.sum()


def test_the_same_runs_give_the_same_answer():
    first, second = (discover(sampled(two_corners), harms(sampled(two_corners))) for _ in range(2))
    assert first.boxes == second.boxes
    assert first.base_interval == second.base_interval


def test_intervals_hold_what_was_measured():
    data = sampled(lambda a, b, c: 40 * (a - b))
    found = discover(data, harms(data))
    for box in found.boxes:
        assert box.coverage_interval[0] <= box.coverage <= box.coverage_interval[1]
        assert box.density_interval[0] <= box.density <= box.density_interval[1]
        assert box.density_interval[0] < box.density_interval[1]


def test_states_that_were_given_are_not_resampled():
    apart = sampled(one_corner, together=0)
    found = discover(apart, harms(apart))
    assert found.base_interval == (found.base, found.base)  # no crisis changes any side


def test_none_all_and_few_are_not_described():
    for share, enough in ((0, False), (9, False), (10, True), (390, True), (391, False)):
        effect = np.where(np.arange(400) < share, 30.0, -30.0)
        data = pairs({"a": np.arange(400.0)}, effect[:, None] + CRISES)
        found = discover(data, harms(data))
        assert found.enough == enough
        assert enough or not found.boxes
        assert found.interesting.sum() == share


def test_limits_that_tell_nothing_are_not_given():
    worlds = {"a": np.repeat(np.arange(20), 2)}
    data = pairs(worlds, np.resize([30.0, -30.0], 40)[:, None] + CRISES)
    found = discover(data, harms(data))
    assert found.enough and not found.boxes
    assert found.first.step.box.sides == []


# ------------------------------------------------------------------------------- questions

FOUR = pairs({"a": np.arange(4)}, np.array([-10.0, -2.0, 2.0, 10.0])[:, None] + CRISES, matters=3)


@pytest.mark.parametrize(
    ("question", "by", "expected"),
    [
        (harms, None, [False, False, False, True]),
        (harms, 1, [False, False, True, True]),
        (helps, None, [True, False, False, False]),
        (helps_least, 5, [False, True, True, True]),
        (helps_least, None, [False, False, False, True]),
        (worst, None, [False, False, False, True]),
        (worst, 97, [False, True, True, True]),
    ],
)
def test_questions(question, by, expected):
    assert question(FOUR, by).interesting.tolist() == expected


def test_worst_is_least_where_more_is_better():
    more = pairs({"a": np.arange(4)}, FOUR.differences, better=1)
    assert worst(more, 99).interesting.tolist() == [True, True, False, False]


def test_states_near_the_threshold_are_in_doubt():
    # the mean of the five crises is sure to within 1.51, 90%: Student's t with 4 degrees of freedom
    assert harms(FOUR, 3).doubtful == 1
    assert harms(FOUR, 4).doubtful == 0


def test_questions_are_found_by_name():
    assert question_named("helps-least", FOUR, 5).interesting.tolist() == [False, True, True, True]
    with pytest.raises(QuestionError, match='"why" is no question; choose of harms, helps'):
        question_named("why", FOUR)
