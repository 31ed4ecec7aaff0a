"""Morris's elementary effects on functions whose effects are known."""

import numpy as np
import pytest

from crisis_abm.experiment.design import points
from crisis_abm.experiment.findings.morris import morris_effects

NAMES = ("a", "b", "c")


@pytest.mark.parametrize("levels", [2, 4, 10])
def test_a_line_has_its_coefficients_and_no_spread(levels):
    unit = points.morris(3, 6, 0, levels)
    found = morris_effects(unit, unit @ np.array([[3.0], [-2.0], [0.0]]) + 7, NAMES)
    assert found.mu == pytest.approx([3, -2, 0], abs=1e-12)
    assert found.mu_star == pytest.approx([3, 2, 0], abs=1e-12)
    assert found.sigma == pytest.approx([0, 0, 0], abs=1e-12)
    assert found.mu_width == pytest.approx([0, 0, 0], abs=1e-12)
    assert found.mu_star_width == pytest.approx([0, 0, 0], abs=1e-12)
    assert found.order.tolist() == [0, 1, 2]


def test_a_product_moves_by_the_other_factor():
    unit = points.morris(2, 40, 1)
    found = morris_effects(unit, unit[:, :1] * unit[:, 1:], ("a", "b"))
    moved = np.diff(unit.reshape(40, 3, 2), axis=1)
    other = np.array([
        [row[k][1 - f] for k in range(2) if step[k, f] != 0]
        for row, step in zip(unit.reshape(40, 3, 2), moved, strict=True)
        for f in range(2)
    ]).reshape(40, 2)  # fmt: skip
    assert found.mu == pytest.approx(other.mean(axis=0))
    assert found.sigma == pytest.approx(other.std(axis=0, ddof=1))


def test_effects_that_cancel_still_count():
    unit = points.morris(1, 40, 3)
    found = morris_effects(unit, np.abs(unit - 0.5), ("a",))
    assert abs(found.mu[0]) < found.mu_star[0]
    assert found.sigma[0] > 0


def test_crises_that_differ_make_effects_unsure():
    unit = points.morris(2, 20, 0)
    line = unit @ np.array([[1.0], [2.0]])
    same = morris_effects(unit, line + np.array([0.0, 9.0]), ("a", "b"))
    assert same.mu_star_width == pytest.approx([0, 0], abs=1e-9)
    assert same.noise == pytest.approx(0, abs=1e-12)
    differ = morris_effects(unit, line * np.array([0.5, 1.0, 1.5]), ("a", "b"))
    assert differ.mu == pytest.approx([1, 2])
    assert differ.mu_width == pytest.approx([2.92 * 0.5 / 3**0.5, 2.92 / 3**0.5], rel=1e-3)


def test_what_does_not_vary_and_too_few_trajectories_are_said():
    unit = points.morris(2, 5, 0)
    assert morris_effects(unit, np.ones((15, 2)), ("a", "b")).why_not == "it does not vary"
    short = morris_effects(unit[:9], unit[:9, :1], ("a", "b"))
    assert "3 trajectories are too few" in short.why_not
    assert np.isnan(short.mu).all()


def test_gaps_and_other_points_are_refused():
    unit = points.morris(2, 5, 0)
    with pytest.raises(ValueError, match="14 values at 15 points"):
        morris_effects(unit, unit[1:, :1], ("a", "b"))
    values = unit[:, :1].copy()
    values[2] = np.nan
    with pytest.raises(ValueError, match="a value at every point"):
        morris_effects(unit, values, ("a", "b"))
