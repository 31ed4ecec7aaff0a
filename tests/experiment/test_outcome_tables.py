"""Means, paired differences and their intervals, by hand and by simulation."""

import numpy as np
import pytest
from scipy.stats import t as student

from crisis_abm.experiment import Experiment, run
from crisis_abm.experiment.design.states import states_of
from crisis_abm.experiment.findings.outcome_tables import (
    best_of_all,
    best_setting,
    found,
    outcome_tables,
)
from crisis_abm.experiment.findings.two_way_bootstrap import (
    alike_over,
    components,
    half_width,
    interval_of_crossed_mean,
    rows_drawn_together,
)
from crisis_abm.runs import compare
from crisis_abm.runs.chunks import here
from crisis_abm.runs.statistics import Alike
from tests.experiment.wards import HOARDING, experiment

GAP = np.nan
# two states of the world, two settings, three crises
VALUES = np.array([[[10.0, 12, 14], [8, 9, 10]], [[20, 20, 20], [20, 21, 19]]])


def test_means_bands_and_paired_differences_by_hand():
    made = found(VALUES, ["old", "new"], -1, "harm", together=0, seed=0)
    assert [spread.mean for spread in made.settings] == [16, 14.5]
    assert made.settings[0].band == pytest.approx((12.8, 19.2))  # between state means 12 and 20
    contrast = made.contrasts[0]
    assert contrast.spread.mean == -1.5
    assert contrast.states.mean.tolist() == [-3, 0]
    assert (contrast.count(-1), contrast.count(0), contrast.count(1)) == (1, 1, 0)
    assert (contrast.count_shown(-1), contrast.count_shown(1)) == (1, 0)
    assert (made.complete, made.pairs) == (6, 6)


def test_an_interval_over_given_states_is_that_of_the_crises():
    values = VALUES.copy()
    values[0, 1, 1] -= 1
    made = found(values, ["old", "new"], -1, "harm", together=0, seed=0)
    by_crisis = (values[:, 1] - values[:, 0]).mean(axis=0)  # over both states
    assert by_crisis.tolist() == [-1, -1.5, -2.5]
    width = (
        2.919986 * (7 / 12) ** 0.5 / 3**0.5
    )  # Student's t with 2 degrees; their variance is 7/12
    mean = -5 / 3
    assert made.contrasts[0].spread.mean == pytest.approx(mean)
    assert made.contrasts[0].spread.interval == pytest.approx((mean - width, mean + width), 1e-4)


def test_crises_that_agree_have_no_interval():
    """-1, -1, -2.5 over both states: one of three differs, and that is too few."""
    spread = found(VALUES, ["old", "new"], -1, "harm", together=0, seed=0).contrasts[0].spread
    assert spread.interval is None
    assert spread.alike == Alike(-1.0, 2, 3)
    assert spread.shown == 0


def test_what_cannot_be_below_zero_has_no_interval_there():
    values = np.array([[[0.0, 0.1, 4.0], [0.0, 0.2, 9.0]]])
    made = found(values, ["old", "new"], -1, "harm", together=0, seed=0)
    for spread in made.settings:
        assert spread.interval[0] == 0 < spread.mean < spread.interval[1]
    low, high = made.contrasts[0].spread.interval
    assert -made.settings[0].interval[1] <= low < high <= made.settings[1].interval[1]


def test_states_are_sure_by_students_t():
    states = states_of(np.array([[1.0, 2, 3], [4, GAP, 4], [GAP, GAP, GAP], [5, GAP, GAP]]))
    assert states.world.tolist() == [0, 1, 3]
    assert states.mean.tolist() == [2, 4, 5]
    width = 2.919986 / 3**0.5
    assert states.low[0] == pytest.approx(2 - width)
    assert np.isnan(states.low[1:]).all()
    assert states.shown.tolist() == [1, 0, 0]  # two crises that agree, and one, show nothing


def test_a_state_whose_crises_agree_is_shown_if_most_must():
    states = states_of(np.array([[3.0] * 4, [0.0] * 4, [1.0, 2, 3, 4]]))
    assert states.shown.tolist() == [1, 0, 1]
    assert np.isnan(states.low).tolist() == [True, True, False]


def test_only_complete_pairs_count():
    values = VALUES.copy()
    values[1, 1, 0] = GAP  # so the run under "old" in the same state and crisis is left out too
    made = found(values, ["old", "new"], -1, "harm", together=0, seed=0)
    assert (made.complete, made.pairs) == (5, 6)
    assert made.settings[0].mean == (10 + 12 + 14 + 20 + 20) / 5
    assert made.contrasts[0].spread.mean == (-2 - 3 - 4 + 1 - 1) / 5
    low, high = made.contrasts[0].spread.interval
    assert low < -1.8 < high
    assert low + high == pytest.approx(2 * -1.8)


def test_nothing_complete_is_no_result():
    values = VALUES.copy()
    values[:, 0] = GAP
    made = found(values, ["old", "new"], -1, "harm", together=1, seed=0)
    assert made.complete == 0
    assert np.isnan(made.settings[1].mean)
    assert made.settings[1].interval is None


def test_one_crisis_in_given_states_has_no_interval_and_in_drawn_states_has():
    one = VALUES[..., :1]
    assert found(one, ["old", "new"], -1, "harm", 0, 0).contrasts[0].spread.interval is None
    spread = found(one, ["old", "new"], -1, "harm", 1, 0).contrasts[0].spread
    pairs = one[:, 1, 0] - one[:, 0, 0]
    assert spread.interval == pytest.approx(_by_student(pairs))


def test_runs_that_do_not_differ_have_no_interval():
    values = np.full((7, 3), 0.5)
    low, high = interval_of_crossed_mean(values[..., None], 1)
    assert np.isnan([low[0], high[0]]).all()
    assert alike_over(values, 1) == Alike(0.5, 3, 3, "crises")
    assert alike_over(values[:, :1], 1) == Alike(0.5, 7, 7, "states")


def test_the_best_of_many_is_clear_of_another_only_by_more_than_chance():
    """Eight settings that come to the same: what is best is chance, and said to be so."""
    generator = np.random.default_rng(8)
    named = 0
    for _ in range(200):
        values = 50 + generator.normal(size=(1, 8, 20))
        best, level = best_of_all(values, -1, 0)
        means = values.mean(axis=(0, 2))
        assert best == means.argmin() and best not in level
        assert level == sorted(level, key=lambda s: means[s])
        named += not level
    assert named <= 200 * 0.05


def test_the_best_that_is_better_by_much_is_clear_of_all():
    values = 50 + np.random.default_rng(8).normal(size=(1, 8, 20))
    values[:, 3] -= 10
    assert best_of_all(values, -1, 0) == (3, [])
    assert best_of_all(values[..., :1], -1, 0) == (3, [0, 1, 2, 4, 5, 6, 7])  # one crisis


def test_an_experiment_with_policies_only_says_what_compare_says(tmp_path):
    data = {
        "title": "as compare",
        "scenario": "local_shock",
        "constants": {"time.steps": 25},
        "replicates": 4,
        "seed": 9,
        "levers": {"policy": ["siloed", "reciprocal"]},
        "outcomes": {"harm": "less"},
    }
    made = Experiment.from_dict(data)
    tables = outcome_tables(run(made, tmp_path / "sweep", deal=here))
    difference = compare(made.scenario, ["siloed", "reciprocal"], 4, 9, workers=1).difference(
        "harm", "reciprocal"
    )
    spread = tables["harm"].contrasts[0].spread
    assert spread.interval == difference.interval
    assert spread.mean == difference.mean


def test_states_drawn_together_are_those_of_the_design():
    for method, rows in [("latin_hypercube", 1), ("sobol", 4), ("morris", 2)]:
        design = {"method": method, "samples": 8}
        made = experiment(uncertainties={"behaviour.hoarding": HOARDING}, design=design)
        assert rows_drawn_together(made) == rows
    made = experiment(uncertainties={"behaviour.hoarding": [1, 2]})
    assert rows_drawn_together(made) == 0


@pytest.mark.parametrize("states", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("replicates", [2, 3, 5, 10, 30])
def test_intervals_hold_the_truth_as_often_as_they_say(states, replicates):
    """90% of 400 intervals of a mean of 0: within three standard errors, or a little wide."""
    generator = np.random.default_rng(17)
    values = (
        generator.normal(0, states, size=(40, 1, 400))
        + generator.normal(0, 1, size=(1, replicates, 400))
        + generator.normal(0, 2, size=(40, replicates, 400))
    )
    ends = interval_of_crossed_mean(values, 1)
    assert ends is not None
    held = np.mean((ends[0] <= 0) & (ends[1] >= 0))
    assert held >= 0.85
    assert held <= 0.96 or replicates < 10  # two sources, one of them hardly known: wide


@pytest.mark.parametrize("missing", [0, 4])
def test_few_crises_of_drawn_states_are_judged_by_what_their_variance_is_made_of(missing):
    generator = np.random.default_rng(3)
    values = generator.normal(size=(12, 1)) + generator.normal(size=(1, 5))
    values = values + generator.normal(size=(12, 5))
    values[:missing, 2] = GAP
    low, high = interval_of_crossed_mean(values[..., None], 1)
    parts = components(values[missing:], 1)
    assert low[0] + high[0] == pytest.approx(2 * np.nanmean(values))
    assert high[0] - low[0] == pytest.approx(2 * half_width(parts, 12 - missing, 5))


def _by_student(values):
    mean, error = values.mean(), values.std(ddof=1) / len(values) ** 0.5
    width = student.ppf(0.95, len(values) - 1) * error
    return mean - width, mean + width


def test_components_of_variance_are_those_that_were_put_in():
    generator = np.random.default_rng(4)
    values = (
        generator.normal(0, 3, size=(900, 1))
        + generator.normal(0, 2, size=(1, 900))
        + generator.normal(0, 1, size=(900, 900))
    )
    parts = components(values, 1)
    assert parts.states == pytest.approx(9, rel=0.15)
    assert parts.crises == pytest.approx(4, rel=0.15)
    assert parts.both == pytest.approx(1, rel=0.02)
    given = components(values, 0)
    assert given.states == 0
    assert given.crises == pytest.approx(values.mean(axis=0).var(ddof=1))


def test_the_setting_shown_is_the_best_one_that_differs():
    values = np.zeros((2, 4, 2))
    values[:, 1] = 0  # as the first
    values[:, 2] = 3
    values[:, 3] = 1
    assert best_setting(values, -1) == 3
    assert best_setting(values, 1) == 2
    assert best_setting(values, 0) == 2


def test_tables_are_those_of_the_sweep(tmp_path):
    made = experiment(
        uncertainties={"behaviour.hoarding": HOARDING},
        levers={"policy": ["siloed", "reciprocal"]},
        outcomes={"harm": "less", "completed": "more"},
        design={"method": "latin_hypercube", "samples": 5},
    )
    results = run(made, tmp_path / "sweep", deal=here)
    tables = outcome_tables(results)
    assert list(tables) == ["harm", "completed"]
    runs = results.frame()
    for name, one in tables.items():
        means = [spread.mean for spread in one.settings]
        by_policy = runs.groupby("policy")[name].mean()
        assert means == pytest.approx([by_policy["siloed"], by_policy["reciprocal"]])
    assert tables["completed"].direction == 1
