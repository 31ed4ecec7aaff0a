"""What a value of a factor does: averaged over all others, and one change at a time."""

import numpy as np
import pytest

from crisis_abm.experiment.findings.effects_of_values import changes, largest_first, main_effects
from crisis_abm.runs.statistics import Alike
from tests.experiment.wards import USE, experiment

FACTORIAL = experiment(
    uncertainties={"behaviour.hoarding": [1, 2, 4], USE: [1, 2]},
    levers={"policy": ["siloed", "reciprocal"]},
)
POINTS = FACTORIAL.points
HOARDING, USED, POLICY = (POINTS.columns[name] for name in ("behaviour.hoarding", USE, "policy"))


def runs(of_point, crises=(0.0, 6.0)):
    """Values by state, setting and replicate: something of the point, and of the crisis."""
    values = np.asarray(of_point, dtype=float)[:, None] + np.asarray(crises)
    return values.reshape(-1, 2, len(crises))


def test_every_value_is_averaged_over_all_others():
    found = main_effects(POINTS, runs(10 * HOARDING + USED + (POLICY == "siloed")))
    assert [(one.factor, one.value) for one in found] == [
        ("behaviour.hoarding", 1),
        ("behaviour.hoarding", 2),
        ("behaviour.hoarding", 4),
        (USE, 1),
        (USE, 2),
        ("policy", "siloed"),
        ("policy", "reciprocal"),
    ]
    assert [one.mean for one in found[:3]] == [10 + 5, 20 + 5, 40 + 5]  # 1.5 + 0.5 + 3
    assert [one.difference for one in found] == [0, 10, 30, 0, 1, 0, -1]
    assert [one.difference_interval for one in found[:3]] == [None] * 3  # alike in both crises
    assert found[1].interval == pytest.approx(
        (25 - 6.313752 * 3, 25 + 6.313752 * 3)
    )  # crises 22, 28
    assert found[0].combinations == 8


def test_a_run_that_is_missing_takes_its_partners_along():
    values = runs(10 * HOARDING)
    values[0, 0, 0] = np.nan  # hoarding 1, use 1, siloed, the first crisis
    of_hoarding = main_effects(POINTS, values)[:3]
    assert [one.complete for one in of_hoarding] == [7, 7, 7]
    assert [one.difference for one in of_hoarding] == [0, 10, 30]


def test_points_that_are_not_all_combinations_are_refused():
    made = experiment(
        uncertainties={"behaviour.hoarding": [1, 2], USE: [1, 2]},
        design={"method": "points", "points": [{"behaviour.hoarding": 1, USE: 2}]},
    )
    two = experiment(
        uncertainties={"behaviour.hoarding": [1, 2], USE: [1, 2]},
        design={
            "method": "points",
            "points": [{"behaviour.hoarding": 1, USE: 2}, {"behaviour.hoarding": 2, USE: 1}],
        },
    )
    assert main_effects(made.points, np.ones((1, 1, 2))) == []
    with pytest.raises(ValueError, match="all combinations"):
        main_effects(two.points, np.ones((2, 1, 2)))


def test_one_change_at_a_time_is_paired_with_the_base():
    made = experiment(
        uncertainties={
            "behaviour.hoarding": {"values": [1, 2, 4], "base": 2},
            USE: {"low": 1, "high": 3, "base": 1.5},
        },
        design={"method": "one_at_a_time"},
    )
    columns = made.points.columns
    truth = 10 * columns["behaviour.hoarding"] - columns[USE]
    values = truth[:, None] + np.array([0.0, 100.0, -30.0, 7.0])
    values[3, 0] = np.nan  # use 1
    found = changes(made.points, values)
    assert [(one.factor, one.base, one.value, one.mean) for one in found] == [
        ("behaviour.hoarding", 2, 1, -10),
        ("behaviour.hoarding", 2, 4, 20),
        (USE, 1.5, 1.0, 0.5),
        (USE, 1.5, 3.0, -1.5),
    ]
    assert [one.replicates for one in found] == [4, 4, 3, 4]
    assert [one.shown for one in found] == [-1, 1, 0, -1]  # three alike may be no more than half
    assert found[1].interval is None and found[1].alike == Alike(20.0, 4, 4)
    assert largest_first(found) == ["behaviour.hoarding", USE]


def test_a_change_without_any_result_is_no_effect():
    made = experiment(
        uncertainties={"behaviour.hoarding": {"values": [1, 2], "base": 1}},
        design={"method": "one_at_a_time"},
    )
    found = changes(made.points, np.array([[1.0], [np.nan]]))
    assert np.isnan(found[0].mean)
    assert found[0].interval is None
    assert found[0].shown == 0
