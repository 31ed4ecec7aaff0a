"""Sobol's indices: published values, and what two sources of chance do to them."""

import numpy as np
import pytest

from crisis_abm.experiment import Factor
from crisis_abm.experiment.design.points import points_of
from crisis_abm.experiment.design.schema import Design
from crisis_abm.experiment.findings.sobol import sobol_indices, stages
from crisis_abm.experiment.findings.two_way_bootstrap import from_crises, noise_share


def points(bounds, samples, seed=0, second_order=True):
    """Points of a Sobol design over so many ranges, and their columns side by side."""
    factors = [Factor(f"x{k}", "uncertainty", *ends) for k, ends in enumerate(bounds, 1)]
    design = Design(method="sobol", samples=samples, second_order=second_order)
    made = points_of(factors, design, seed)
    return made.sampled, np.stack(list(made.columns.values()), axis=1)


def ishigami(x):
    """Ishigami & Homma 1990 with a = 7, b = 0.1."""
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


@pytest.mark.parametrize("second_order", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ishigami_has_its_published_indices(seed, second_order):
    names, x = points([(-np.pi, np.pi)] * 3, 2048, seed, second_order)
    found = sobol_indices(ishigami(x)[:, None], names, second_order, seed)
    assert (np.abs(found.first - [0.3139, 0.4424, 0]) <= found.first_width).all()
    assert (np.abs(found.total - [0.5576, 0.4424, 0.2437]) <= found.total_width).all()
    assert found.widest < 0.06  # or anything would be within it
    assert [found.names[k] for k in found.order] == ["x1", "x2", "x3"]
    if second_order:
        pairs = found.second[np.triu_indices(3, 1)]  # x1 with x2, x1 with x3, x2 with x3
        widths = found.second_width[np.triu_indices(3, 1)]
        assert (np.abs(pairs - [0, 0.2437, 0]) <= widths).all()
        assert widths.max() < 0.1
    else:
        assert found.second is None


def test_intervals_are_those_of_salib():
    from SALib.analyze import sobol as salib

    names, x = points([(-np.pi, np.pi)] * 3, 256)
    found = sobol_indices(ishigami(x)[:, None], names)
    problem = {"num_vars": 3, "names": list(names), "bounds": [[0, 1]] * 3}
    theirs = salib.analyze(problem, ishigami(x), num_resamples=1000, conf_level=0.9, seed=1)
    assert np.allclose(found.first_width, theirs["S1_conf"], rtol=0.15)
    assert np.allclose(found.total_width, theirs["ST_conf"], rtol=0.15)
    upper = np.triu_indices(3, 1)
    assert np.allclose(found.second_width[upper], theirs["S2_conf"][upper], rtol=0.15)
    assert found.first.tolist() == theirs["S1"].tolist()
    assert found.total.tolist() == theirs["ST"].tolist()


def test_the_same_seed_gives_the_same_to_the_bit():
    names, x = points([(0, 1)] * 2, 32)
    first, again = (sobol_indices((x[:, :1] + x[:, 1:] ** 2), names, seed=0) for _ in range(2))
    assert first.first_width.tolist() == again.first_width.tolist()
    assert first.second_width[0, 1] == again.second_width[0, 1]


def test_what_does_not_vary_is_said_not_divided_by():
    names, x = points([(0, 1)] * 2, 16)
    found = sobol_indices(np.full((len(x), 3), 0.1), names)
    assert found.why_not == "it does not vary"
    assert np.isnan(found.first).all()
    assert np.isnan(found.second).all()
    rare = np.zeros((len(x), 1))
    rare[1] = 1.0  # neither in A nor in B
    assert "too seldom" in sobol_indices(rare, names).why_not


def test_too_few_base_points_are_refused():
    names, x = points([(0, 1)] * 2, 4)
    assert "4 base points are too few" in sobol_indices(x[:, :1], names).why_not


def test_points_that_are_not_the_designs_and_gaps_are_refused():
    names, x = points([(0, 1)] * 2, 16)
    with pytest.raises(ValueError, match="95 points are not N x 6"):
        sobol_indices(x[1:, :1], names)
    values = x[:, :1].copy()
    values[3] = np.nan
    with pytest.raises(ValueError, match="a value at every point"):
        sobol_indices(values, names)


def test_a_single_factor_decides_all():
    names, x = points([(0, 1)], 256)
    found = sobol_indices(x**2, names)
    assert abs(found.first[0] - 1) <= found.first_width[0]
    assert abs(found.total[0] - 1) <= found.total_width[0]


def test_what_a_crisis_adds_everywhere_is_no_noise():
    names, x = points([(0, 1)] * 2, 64)
    crises = np.array([0.0, 50.0, -20.0])
    plain = sobol_indices(x[:, :1] + x[:, 1:], names)
    found = sobol_indices(x[:, :1] + x[:, 1:] + crises, names)
    assert np.allclose(found.first, plain.first)
    assert np.allclose(found.first_width, plain.first_width)
    assert found.noise == pytest.approx(0, abs=1e-12)
    assert found.crises == pytest.approx(0, abs=1e-9)


def test_what_a_crisis_does_to_a_factor_makes_its_index_unsure():
    names, x = points([(0, 1)] * 2, 512)
    strength = np.array([0.5, 1.0, 1.5, 2.0])  # of the second factor, by crisis
    found = sobol_indices(x[:, :1] + x[:, 1:] * strength, names)
    sampled_only = sobol_indices(x[:, :1] + x[:, 1:] * strength.mean(), names)
    assert found.first == pytest.approx(sampled_only.first)
    assert found.first_width[1] > 2 * sampled_only.first_width[1]
    assert found.crises > found.sampling


def test_noise_is_the_part_that_was_put_in():
    generator = np.random.default_rng(5)
    signal = generator.normal(size=(4000, 1))
    values = signal + generator.normal(0, 2.0, size=(4000, 4)) + generator.normal(size=4) * 100
    assert noise_share(values) == pytest.approx(0.5, abs=0.03)  # 2² / 4 of 1 + 2² / 4
    assert noise_share(values[:, :1]) is None


def test_the_jackknife_of_a_mean_is_students_interval():
    from scipy.stats import t

    values = np.random.default_rng(2).normal(size=(1, 8))
    found = from_crises(values, lambda means: means)
    expected = t.ppf(0.95, 7) * values.std(ddof=1) / np.sqrt(8)
    assert found[0] == pytest.approx(expected)
    assert from_crises(values[:, :1], lambda means: means) is None


def test_noise_lowers_first_order_and_lifts_total():
    names, x = points([(0, 1)] * 2, 1024)
    generator = np.random.default_rng(3)
    noisy = x[:, :1] + generator.normal(0, np.sqrt(1 / 12), size=(len(x), 1))
    found = sobol_indices(np.repeat(noisy, 2, axis=1), names)
    assert found.first[0] == pytest.approx(0.5, abs=0.1)
    assert found.total[1] == pytest.approx(0.5, abs=0.1)


def test_stages_are_the_first_base_points():
    names, x = points([(0, 1)] * 2, 64)
    values = x[:, :1] + 0.3 * x[:, 1:]
    found = stages(values, names)
    assert [stage.base for stage in found] == [16, 32, 64]
    half = sobol_indices(values[: 32 * 6], names)
    assert found[1].indices.total.tolist() == half.total.tolist()
