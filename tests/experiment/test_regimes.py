"""Regime maps: single cells by hand, many cells by chance, axes, and what cannot be asked."""

import numpy as np
import pytest
from scipy import stats

from crisis_abm.experiment.findings.pairs import QuestionError
from crisis_abm.experiment.findings.regimes import axis_of, regime_map, telling
from tests.experiment.known import pairs

NOISE = np.array([-3.0, -1.0, 0.0, 1.0, 3.0])


def grid(across, up, differences, **how):
    """One state a cell, up varying slowest."""
    x, y = np.meshgrid(across, up)
    return pairs({"x": x.ravel(), "y": y.ravel()}, differences, together=0, **how)


def test_four_cells_of_each_kind():
    helps, harms, same, unsure = -20 + NOISE, 20 + NOISE, 0.1 * NOISE, 2 + 3 * NOISE
    found = regime_map(grid([1, 2], [1, 2], [helps, harms, same, unsure]), ("x", "y"))
    assert found.regime.tolist() == [["helps", "harms"], ["no difference", "not sure"]]
    assert found.mean == pytest.approx(np.array([[-20, 20], [0, 2]]))
    assert [share.shown for share in found.shares] == [0.25, 0.25, 0.25, 0.25, 0, 0]
    by_means = [found.share(name).estimate for name in ("helps", "harms", "no difference")]
    assert by_means == [0.25, 0.5, 0.25]


def test_more_may_be_better():
    found = regime_map(grid([1, 2], [1, 2], [20 + NOISE] * 4, better=1), ("x", "y"))
    assert (found.regime == "helps").all()


def test_a_single_state_has_the_interval_of_students_t_over_crises():
    differences = np.random.default_rng(5).normal(3, 4, size=(4, 8))
    found = regime_map(grid([1, 2], [1, 2], differences), ("x", "y"))
    for cell, values in enumerate(differences):
        test = stats.ttest_1samp(values, 0)
        low, high = test.confidence_interval(0.9)
        assert found.low.ravel()[cell] == pytest.approx(low)
        assert found.high.ravel()[cell] == pytest.approx(high)


def test_p_values_are_adjusted_over_all_cells():
    differences = np.random.default_rng(5).normal(3, 4, size=(4, 8))
    found = regime_map(grid([1, 2], [1, 2], differences), ("x", "y"))
    raw = [stats.ttest_1samp(values, 0).pvalue for values in differences]
    assert found.differs.ravel() == pytest.approx(stats.false_discovery_control(raw))
    within = [
        max(
            stats.ttest_1samp(values, -1, alternative="greater").pvalue,
            stats.ttest_1samp(values, 1, alternative="less").pvalue,
        )
        for values in differences
    ]
    assert found.same.ravel() == pytest.approx(stats.false_discovery_control(within))


def test_among_a_hundred_cells_without_effect_chance_is_not_taken_for_one():
    differences = np.random.default_rng(2).normal(0, 10, size=(100, 8))
    found = regime_map(grid(range(10), range(10), differences), ("x", "y"))
    alone = (found.low > 0) | (found.high < 0)
    assert alone.sum() >= 5  # so many would be "shown" one by one
    assert (found.regime == "not sure").all()


@pytest.mark.parametrize(("of_states", "of_crises"), [(5, 0.1), (0.1, 5), (3, 3)])
def test_nine_intervals_in_ten_hold_the_mean_whatever_it_varies_by(of_states, of_crises):
    generator = np.random.default_rng(11)
    held = []
    for _ in range(100):
        states = generator.normal(0, of_states, size=(40, 1))
        crises = generator.normal(0, of_crises, size=(1, 6))
        differences = 7 + states + crises + generator.normal(0, 1, size=(40, 6))
        worlds = {"x": np.repeat([1, 2], 20), "y": np.resize([1, 2], 40)}
        found = regime_map(pairs(worlds, differences), ("x", "y"))
        held.append(float(((found.low < 7) & (found.high > 7)).mean()))
    assert 0.86 < np.mean(held) <= 0.99


def test_states_drawn_together_count_as_one_draw():
    generator = np.random.default_rng(4)
    worlds = {"x": np.repeat([1, 2], 20), "y": np.tile(np.repeat([1, 2], 10), 2)}
    differences = generator.normal(5, 3, size=(40, 6))
    alone = regime_map(pairs(worlds, differences), ("x", "y"))
    twice = {name: np.repeat(column, 2) for name, column in worlds.items()}
    both = regime_map(pairs(twice, np.repeat(differences, 2, axis=0), together=2), ("x", "y"))
    assert both.low == pytest.approx(alone.low)
    assert both.high == pytest.approx(alone.high)
    assert (both.states == 2 * alone.states).all()


def test_given_states_are_not_taken_for_a_sample():
    worlds = {"x": np.repeat([1, 2], 20), "y": np.resize([1, 2], 40)}
    differences = np.random.default_rng(4).normal(0, 9, size=(40, 1)) + NOISE
    drawn = regime_map(pairs(worlds, differences, together=1), ("x", "y"))
    given = regime_map(pairs(worlds, differences, together=0), ("x", "y"))
    assert (given.high - given.low < drawn.high - drawn.low).all()
    assert given.mean == pytest.approx(drawn.mean)


def test_a_cell_whose_states_disagree_says_so():
    worlds = {"x": np.repeat([1, 2], 40), "y": np.resize([1, 2], 80)}
    effect = np.where(np.arange(80) % 40 < 34, -20.0, 30.0)
    effect[40:] = -20.0
    found = regime_map(pairs(worlds, effect[:, None] + NOISE), ("x", "y"))
    assert (found.regime == "helps").all()
    assert found.mixed.tolist() == [[True, False], [True, False]]
    assert found.worse[:, 0].tolist() == [3, 3]


def test_cells_with_too_few_states_are_not_judged():
    worlds = {"x": np.array([1] * 20 + [2] * 3), "y": np.resize([1, 2], 23)}
    found = regime_map(pairs(worlds, np.full((23, 5), -9.0)), ("x", "y"))
    assert found.regime[:, 1].tolist() == ["too few states", "too few states"]
    assert np.isnan(found.mean[:, 1]).all()
    assert sum(share.shown for share in found.shares) == pytest.approx(1)


def test_the_shares_interval_grows_with_doubt():
    differences = np.linspace(-10, 10, 64)[:, None] * np.ones((1, 6))
    crises = np.random.default_rng(0).normal(0, 1, 6)
    widths = []
    for spread in (0.1, 8):
        found = regime_map(grid(range(8), range(8), differences + spread * crises), ("x", "y"))
        share = found.share("harms")
        assert share.interval[0] <= share.estimate <= share.interval[1]
        widths.append(share.interval[1] - share.interval[0])
    assert widths[0] < 0.05 < widths[1]


# -------------------------------------------------------------------------------- axes


def test_values_of_a_grid_are_cells_of_their_own():
    found = grid([1, 2, 4], [0.5, 0.7], np.zeros((6, 3)))
    axis = axis_of(found, "x", ("x", "y"))
    assert axis.lows == axis.highs == (1, 2, 4)
    assert axis.place.tolist() == [0, 1, 2, 0, 1, 2]


def test_a_sample_is_cut_into_cells_with_equally_many_states():
    generator = np.random.default_rng(1)
    worlds = {"x": generator.random(200), "y": generator.random(200)}
    axis = axis_of(pairs(worlds, np.zeros((200, 3))), "x", ("x", "y"))
    assert np.bincount(axis.place).tolist() == [50] * 4
    assert all(low < high for low, high in zip(axis.lows, axis.highs, strict=True))
    assert all(high < low for high, low in zip(axis.highs, axis.lows[1:], strict=False))


def test_texts_and_truths_are_cells_of_their_own():
    worlds = {"x": np.resize(["b", "a", "c"], 30), "y": np.resize([True, False], 30)}
    found = pairs(worlds, np.zeros((30, 3)))
    assert axis_of(found, "x", ("x", "y")).lows == ("a", "b", "c")
    assert axis_of(found, "y", ("x", "y")).lows == (False, True)


def test_the_factors_that_tell_most_are_taken():
    generator = np.random.default_rng(6)
    worlds = {name: generator.random(400) for name in ("idle", "strong", "weak")}
    worlds["text"] = np.resize(["a", "b"], 400)
    effect = 10 * worlds["strong"] + 3 * (worlds["text"] == "a") + worlds["weak"]
    found = pairs(worlds, effect[:, None] + 0.01 * NOISE)
    told = telling(found)
    assert sorted(told, key=told.get, reverse=True)[:2] == ["strong", "text"]
    assert told["idle"] < 0.03
    assert told["strong"] == pytest.approx(np.var(10 * worlds["strong"]) / np.var(effect), abs=0.05)
    across, up = (axis.name for axis in (regime_map(found).across, regime_map(found).up))
    assert (across, up) == ("strong", "text")


# ------------------------------------------------------------------------ what cannot be asked

TWO = {"x": np.arange(8), "y": np.arange(8)}


@pytest.mark.parametrize(
    ("worlds", "crises", "factors", "message"),
    [
        (TWO, 1, None, "one crisis cannot show"),
        ({"x": np.arange(8)}, 3, None, "only x differs"),
        ({}, 3, None, "nothing differs"),
        (TWO, 3, ("x", "z"), "z does not differ .* choose two of x, y"),
        (TWO, 3, ("x", "x"), "x is named twice"),
    ],
)
def test_what_cannot_be_asked_is_refused(worlds, crises, factors, message):
    with pytest.raises(QuestionError, match=message):
        regime_map(pairs(worlds, np.zeros((8, crises))), factors)
