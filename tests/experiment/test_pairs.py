"""Pairs of settings: the same state, the same crisis; what a sweep cannot be asked."""

import numpy as np
import pytest

from crisis_abm.experiment.findings.pairs import QuestionError, pairs_of, setting_named
from tests.experiment.known import known


def harm(worlds, setting):
    return 100 + 10 * worlds["behaviour.hoarding"][:, None] * setting


def test_differences_are_taken_state_by_state_and_crisis_by_crisis():
    sweep = known(harm)
    found = pairs_of(sweep, "harm")
    assert (found.first, found.second, found.better) == ("siloed", "reciprocal", -1)
    assert found.differences.shape == (200, 6)
    expected = 10 * sweep.worlds["behaviour.hoarding"]
    assert found.differences == pytest.approx(np.tile(expected[:, None], 6))
    assert (found.gains == -found.differences).all()
    assert found.matters == pytest.approx(2, rel=0.02)
    assert (found.together, found.units[:3].tolist()) == (1, [0, 1, 2])


def test_the_other_way_round():
    found = pairs_of(known(harm), "harm", first=1, second=0, matters=5)
    assert (found.first, found.matters) == ("reciprocal", 5)
    assert (found.differences < 0).all()


def test_states_with_a_run_missing_are_left_out_whole():
    def damaged(worlds, setting):
        values = np.tile(harm(worlds, setting), 6)
        values[3, 2] = np.nan
        values[7] = np.nan
        return values

    sweep = known(damaged)
    found = pairs_of(sweep, "harm")
    assert (len(found), found.left_out) == (198, 2)
    kept = np.delete(sweep.worlds["behaviour.hoarding"], [3, 7])
    assert (found.worlds["behaviour.hoarding"] == kept).all()
    assert found.units.tolist() == [n for n in range(200) if n not in (3, 7)]


def test_points_of_sobol_that_belong_together_are_one_draw():
    found = pairs_of(known(harm, design={"method": "sobol", "samples": 8}), "harm")
    assert found.together == 2 * 3 + 2
    assert found.units.tolist() == np.repeat(range(8), 8).tolist()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"outcome": "deaths"}, "outcome deaths is not recorded; choose of harm"),
        ({"outcome": "stock_lent"}, "neither more nor less of stock_lent is better.* of harm"),
        ({"outcome": "harm", "second": 2}, "settings 0 to 1; 2 is none"),
        ({"outcome": "harm", "second": 0}, "siloed is not held against itself"),
        ({"outcome": "harm", "matters": -1.0}, "-1.0 is no smallest difference"),
        ({"outcome": "harm", "matters": float("nan")}, "nan is no smallest difference"),
    ],
)
def test_what_cannot_be_asked_is_refused(how, message):
    with pytest.raises(QuestionError, match=f"sweep: .*{message}"):
        pairs_of(known(harm), **how)


def test_one_setting_has_nothing_to_be_held_against():
    with pytest.raises(QuestionError, match=r"one setting.*under \[levers\]"):
        pairs_of(known(harm, levers={}), "harm")


def test_an_unfinished_sweep_says_so():
    def nothing(worlds, setting):
        return np.full((200, 1), np.nan)

    with pytest.raises(QuestionError, match="finish the sweep first"):
        pairs_of(known(nothing), "harm")


def test_settings_are_found_by_name():
    assert setting_named(known(harm), "reciprocal") == 1
    with pytest.raises(QuestionError, match=r'"none".*siloed, reciprocal'):
        setting_named(known(harm), "none")
