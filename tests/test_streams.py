"""Keyed uniforms and binomials: independent of order, uniform, monotone, exact."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crisis_abm.streams import (
    HAZARD,
    MOST_DRAWN,
    NETWORK,
    binomial,
    binomial_of,
    entity_key,
    moment,
    nth,
    source,
    stream_id,
    uniform,
)


@pytest.mark.parametrize("varied", ["seed", "stream", "entity", "tick", "draw"])
def test_uniform_in_every_key(varied):
    fixed = {"seed": 1, "stream": HAZARD, "entity": entity_key("a"), "tick": 0, "draw": 0}
    values = np.array([uniform(*(fixed | {varied: k}).values()) for k in range(20_000)])
    assert stats.kstest(values, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.03
    assert values.min() >= 0 and values.max() < 1


def test_a_draw_is_a_function_of_its_keys_alone():
    keys: list[Any] = [
        (s, n, e, t) for s in (0, 9) for n in (HAZARD, NETWORK) for e in (1, 2) for t in (0, 1)
    ]
    forward = {(s, n, e, t): uniform(s, n, e, t, 0) for s, n, e, t in keys}
    backward = {(s, n, e, t): uniform(s, n, e, t, 0) for s, n, e, t in reversed(keys)}
    assert forward == backward
    assert len(set(forward.values())) == len(keys)


def test_several_draws_of_a_moment_are_those_of_their_keys():
    here = moment(source(5, HAZARD), entity_key("ward"), 8)
    drawn = [nth(here, draw) for draw in range(10)]
    assert drawn == [uniform(5, HAZARD, entity_key("ward"), 8, draw) for draw in range(10)]


def test_known_values_never_change():
    """Results kept on disk depend on these for ever."""
    assert uniform(0, HAZARD, entity_key("ward"), 3, 1) == 0.808641006936333
    assert stream_id("hazard") == 331158579
    assert int(entity_key("a")) == 4681665781835383343


@given(n=st.integers(0, 3000), p=st.floats(0, 1), u=st.floats(0, 1, exclude_max=True))
def test_binomial_is_the_inverse_distribution_function(n, p, u):
    k = binomial(u, n, p)
    assert 0 <= k <= n
    slack = 1e-9
    assert stats.binom.cdf(k, n, p) >= u - slack
    if k > 0:
        assert stats.binom.cdf(k - 1, n, p) <= u + slack


@given(
    n=st.integers(1, 100_000),
    p=st.floats(0.0001, 0.9),
    more=st.floats(0, 0.1),
    u=st.floats(0, 0.999),
)
def test_a_higher_risk_never_infects_fewer(n, p, more, u):
    assert binomial(u, n, p + more) >= binomial(u, n, p)


@given(n=st.integers(0, 5000), p=st.floats(0, 1), u=st.floats(0, 0.999))
def test_the_logarithm_may_be_given(n, p, u):
    log_failure = math.log1p(-p) if p < 1 else -math.inf
    assert binomial_of(u, n, p, log_failure) == binomial(u, n, p)


def test_of_very_many_trials_the_mean_is_taken():
    below, above = MOST_DRAWN, MOST_DRAWN + 1
    spread = 3.1 * math.sqrt(below / 4)
    drawn = [binomial(u, below, 0.5) for u in (0.001, 0.5, 0.999)]
    assert drawn == sorted(set(drawn))
    assert abs(drawn[2] - below / 2 - spread) < 0.02 * spread
    assert [binomial(u, above, 0.5) for u in (0.001, 0.999)] == [above // 2 + 1] * 2
    assert binomial(0.3, 10**12, 1e-6) == 10**6
    most = 9 if numba.config.DISABLE_JIT else 8  # standard deviations; lgamma differs a little
    assert binomial(0.999999999999, below, 0.5) < below / 2 + most * math.sqrt(below / 4)


def test_binomial_of_large_groups_does_not_underflow():
    values = np.array([binomial(u, 10_000_000, 0.5) for u in (0.001, 0.5, 0.999)])
    expected = stats.binom.ppf([0.001, 0.5, 0.999], 10_000_000, 0.5)
    assert abs(values - expected).max() <= 1
