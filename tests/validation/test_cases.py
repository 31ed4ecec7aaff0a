"""The limit cases, at the printed figures and at others."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crisis_abm import validation
from crisis_abm.scenario.schema.fields import LEAST
from crisis_abm.validation import (
    bullwhip,
    dynamic_inoperability,
    final_size,
    inoperability,
    limiting_chain,
    nothing_to_share,
    pooling,
    rationing,
    watts,
)

FRACTIONS = st.floats(0, 1).map(lambda x: round(x, 4))
QUALITY = st.floats(0.05, 1).map(lambda x: round(x, 4))
EXAMPLES = settings(max_examples=25)


def amounts(most):
    """What a scenario may hold: 0, or what can be told from 0."""
    return st.just(0.0) | st.floats(LEAST, most)


@st.composite
def sectors(draw, most=0.9):
    """Random A and c; rows scaled so that losses die away."""
    n = draw(st.integers(2, 5))
    A = np.array([[draw(FRACTIONS) for _ in range(n)] for _ in range(n)])
    A *= np.array([[draw(st.booleans()) for _ in range(n)] for _ in range(n)])
    A = np.round(A * min(1, most / max(A.sum(axis=1).max(), 1e-9)), 6)
    return A.tolist(), [draw(FRACTIONS) for _ in range(n)]


# ------------------------------------------------------------------ the figures of the literature


def test_inoperability_as_published():
    case = inoperability([[0, 0.8], [0.2, 0]], (0, 0.6))
    assert case.passed
    assert case.measured["q"] == pytest.approx((0.571429, 0.714286), abs=1e-6)


@pytest.mark.parametrize(
    ("k", "loss", "early"),
    [
        (0.2, (1.98015, 3.36632), (1.27574, 2.81049)),
        (1.0, (1.98020, 3.36634), (1.88936, 3.34392)),
    ],
)
def test_dynamic_inoperability_as_published(k, loss, early):
    case = dynamic_inoperability([[0.15, 0.5], [0.10, 0.05]], (0, 0.1), k)
    assert case.passed
    assert case.measured["loss"] == pytest.approx(loss, abs=6e-6)
    assert case.measured["early_loss"] == pytest.approx(early, abs=6e-6)


@pytest.mark.parametrize(
    ("p", "output"),
    [([0.95] * 10, 0.598737), ([0.9] * 4 + [0.5], 0.32805), ([0.9] * 5, 0.59049)],
)
def test_limiting_chain_as_published(p, output):
    case = limiting_chain(p)
    assert case.passed
    assert case.measured["output"] == pytest.approx(output, abs=1e-6)


@pytest.mark.parametrize(
    ("orders", "rule", "shares"),
    [
        ((80, 80), "pro rata", (50, 50)),
        ((160, 80), "pro rata", (66.667, 33.333)),
        ((160, 80), "known need", (50, 50)),
    ],
)
def test_rationing_as_published(orders, rule, shares):
    case = rationing(100, (80, 80), orders, rule)
    assert case.passed
    assert case.measured["shares"] == pytest.approx(shares, abs=1e-3)


@pytest.mark.parametrize(("r0", "rate"), [(1.5, 0.5828), (2, 0.7968), (3, 0.9405)])
def test_final_size_as_published(r0, rate):
    case = final_size(r0)
    assert case.passed
    assert case.measured["attack_rate"] == pytest.approx(rate, abs=0.003)


@pytest.mark.parametrize(("p", "L", "ratio"), [(5, 1, 1.48), (3, 2, 3.222)])
def test_bullwhip_as_published(p, L, ratio):
    case = bullwhip(p, L)
    assert case.passed
    assert case.expected["ratio"] == pytest.approx(ratio, abs=1e-3)


def test_pooling_as_published():
    case = pooling(4)
    assert case.passed
    assert case.expected == pytest.approx({"apart": 0.33326, "pooled": 0.016981}, abs=1e-5)
    together = pooling(4, correlation=1.0)
    assert together.passed
    assert together.measured["apart"] == pytest.approx(together.measured["pooled"], rel=1e-9)


def test_watts_figures_and_window():
    """What is expected, against the printed figures; what is measured, in `validate`."""
    from crisis_abm.validation.contagion import _probability, _size

    assert _probability(0.18, 3, False) == pytest.approx(0.874, abs=1e-3)
    assert _size(0.18, 3, False) == pytest.approx(0.9405, abs=1e-4)
    window = [z for z in np.arange(0.9, 7, 0.02) if _probability(0.18, z, False) > 0]
    assert window[0] == pytest.approx(1.02, abs=0.03) and window[-1] == pytest.approx(
        5.76, abs=0.03
    )
    assert all(_probability(0.26, z, False) == 0 for z in np.arange(0.5, 9, 0.05))
    assert watts(0.18, 3.0, n=2000, runs=60, seed=3).passed


@pytest.mark.published
def test_the_whole_table_passes():
    cases = validation.validate()
    assert [case.name for case in cases if not case.passed] == []
    assert {case.name for case in cases} == {
        "watts", "inoperability", "dynamic_inoperability", "limiting_chain", "rationing",
        "final_size", "bullwhip", "pooling", "nothing_to_share",
    }  # fmt: skip


# ----------------------------------------------------------------------------- other parameters


@EXAMPLES
@given(sectors())
def test_inoperability_of_stable_sectors(drawn):
    A, c = drawn
    assert inoperability(A, c).passed


@EXAMPLES
@given(sectors(most=3.0))
def test_inoperability_where_some_are_lost_altogether(drawn):
    A, c = drawn
    growth = abs(np.linalg.eigvals(np.array(A))).max()
    assume(abs(growth - 1) > 0.02)  # at 1 it takes for ever
    assert inoperability(A, c).passed


@EXAMPLES
@given(sectors(), st.floats(0.05, 1), st.integers(1, 60), st.integers(0, 60))
def test_dynamic_inoperability_of_others(drawn, k, ticks, shock):
    A, c = drawn
    assert dynamic_inoperability(A, c, k, ticks, shock).passed


@EXAMPLES
@given(st.lists(QUALITY, min_size=1, max_size=15))
def test_chains_of_other_lengths(p):
    assert limiting_chain(p).passed


@settings(max_examples=60)
@given(
    amounts(300),
    st.lists(st.tuples(st.floats(1, 100), st.floats(1, 4)), min_size=1, max_size=6),
    st.sampled_from(["pro rata", "known need", "contract"]),
)
def test_rationing_of_others(capacity, customers, rule):
    needs = [need for need, _ in customers]
    orders = [need * fear for need, fear in customers]
    case = rationing(capacity, needs, orders, rule)
    assert case.passed, case


def test_rationing_refuses_what_makes_no_sense():
    with pytest.raises(ValueError, match="must be one of"):
        rationing(1, (1,), (1,), "by lot")
    with pytest.raises(ValueError, match="orders at least needs"):
        rationing(1, (2,), (1,))


@pytest.mark.parametrize("r0", [1.2, 1.35, 2.5, 4.0, 5.0])
def test_final_size_of_others(r0):
    assert final_size(r0, seed=11).passed


@pytest.mark.parametrize(("p", "L"), [(1, 1), (2, 3), (7, 1), (10, 4)])
def test_bullwhip_of_others(p, L):
    assert bullwhip(p, L, seed=2).passed


@pytest.mark.parametrize(("n", "z", "correlation"), [(2, 1.0, 0.0), (9, 0.5, 0.0), (3, 1.0, 0.5)])
def test_pooling_of_others(n, z, correlation):
    assert pooling(n, z, correlation, seed=5).passed


@pytest.mark.parametrize(
    ("phi", "z", "directed"), [(0.18, 2.0, False), (0.12, 5.0, False), (0.3, 2.5, True)]
)
def test_watts_of_others(phi, z, directed):
    assert watts(phi, z, n=4000, runs=40, seed=7, directed=directed).passed


@EXAMPLES
@given(amounts(0.4), st.floats(1.7, 4), st.floats(1, 500))
def test_nothing_to_share_at_other_costs(cost, slack, people):
    assert nothing_to_share(cost, slack, people, steps=10).passed


def test_a_wrong_figure_does_not_pass():
    from dataclasses import replace

    case = limiting_chain([0.9, 0.9])
    assert case.passed
    assert not replace(case, measured={"output": case.measured["output"] + 1e-5}).passed
    assert not replace(case, measured={"output": math.nan}).passed
