"""Figures in words: every printed range keeps its signs and holds its mean."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import amount, ends, percent_up
from crisis_abm.report.finding import finding, settling, still_filling
from crisis_abm.report.principles_words import percent
from crisis_abm.report.words import ROUNDING, figure, range_ends, span
from crisis_abm.runs import Comparison
from crisis_abm.runs.statistics import Alike, Difference, compare_pairs
from crisis_abm.scenario import Scenario
from crisis_abm.scenario.schema.policy import BUILT_IN
from tests.engine.crises import ward

SCENARIO = Scenario.from_dict(ward(events=[]))
sizes = st.floats(-1e12, 1e12).map(lambda x: 0.0 if abs(x) < ROUNDING else x)


def number(text: str) -> Fraction:
    """What a printed figure says, exactly."""
    mantissa = text.removesuffix(" M")
    return Fraction(mantissa.replace(",", "").replace("+", "")) * (
        1_000_000 if text.endswith(" M") else 1
    )


def printed(low: float, high: float, mean: float) -> tuple[Fraction, Fraction]:
    one, other = (number(end) for end in range_ends(low, high, mean))
    return one, other


@given(st.lists(sizes, min_size=3, max_size=3).map(sorted))
@example([-7.4, 0.5, 10.1])
@example([1203.0, 1204.0, 1250.0])
@example([-0.004, 12.0, 13.0])
@example([0.001, 9.9, 10.0])
def test_a_range_has_its_signs_and_holds_its_mean(three):
    low, mean, high = three
    first, last = printed(low, high, mean)
    assert first <= number(figure(mean)) <= last
    if range_ends(low, high, mean)[0] != range_ends(low, high, mean)[1]:
        assert first <= Fraction(mean) <= last
        for end, text in ((low, first), (high, last)):
            assert (text > 0) - (text < 0) == (end > 0) - (end < 0) or (
                math.copysign(1, end) != math.copysign(1, float(number(figure(mean))))
                and abs(end) < abs(mean)
            )


@given(sizes, sizes)
def test_a_range_without_a_mean_keeps_its_signs_and_is_near(low, high):
    low, high = sorted((low, high))
    texts = range_ends(low, high)
    if texts[0] == texts[1]:
        return
    for end, text in zip((low, high), texts, strict=True):
        value = number(text)
        assert (value > 0) - (value < 0) == (end > 0) - (end < 0)
        assert abs(value - Fraction(end)) <= Fraction(high - low) / 15


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-7.4, 10.1, "between 7 fewer and 10 more"),
        (0.0, 6.6, "between no fewer and 6.6 more"),
        (-6.6, 0.0, "between 6.6 fewer and no more"),
        (-0.003, 12.2, "between 0.003 fewer and 12 more"),
        (33.4, 50.2, "33 to 50 more"),
        (-50.2, -33.4, "33 to 50 fewer"),
        (0.03, 12.2, "0.03 to 12 more"),
    ],
)
def test_effects_say_their_direction_at_both_ends(low, high, words):
    effect = Difference((low + high) / 2, (low, high), (low, high), 0, 0, 9)
    assert amount(effect, "harm", SCENARIO, named=False) == words


def test_what_is_alike_is_told_with_how_many_may_differ():
    effect = Difference(0.0, None, (0, 0), 0, 0, 30, Alike(0.0, 30, 30))
    assert amount(effect, "harm", SCENARIO, "none") == (
        f"as many {SCENARIO.harm_unit} as none in all 30 crises "
        "(up to 7.4% of crises may differ, 90% sure)"
    )
    assert ends(effect) == "same in all 30"
    effect = Difference(-1.9, None, (-2, -2), 29, 0, 1, Alike(-2.0, 28, 30))
    assert amount(effect, "harm", SCENARIO, "none", named=False) == (
        "2 fewer than none in all but 2 of 30 crises (up to 17% of crises may differ, 90% sure)"
    )
    assert ends(effect) == "-2 in 28 of 30"


@given(st.floats(1e-6, 1.0))
def test_what_may_differ_is_not_understated(share):
    assert Fraction(percent_up(share).removesuffix("%")) / 100 >= Fraction(share) * (
        1 - Fraction(1, 10**10)
    )


# ------------------------------------------------------------------ sentences


def compared(first, second) -> Comparison:
    """A comparison of which harm is all that is known."""
    figures = np.zeros((len(first), 2, len(OUTCOMES)))
    figures[:, 0, 0], figures[:, 1, 0] = first, second
    nothing = np.zeros((len(first), 2, 1))
    daily = np.zeros((len(first), 2, 1, 1, 5))
    policies = tuple(BUILT_IN.values())
    return Comparison(SCENARIO, None, policies, 0, figures, nothing, nothing, daily, 0.0)


def test_no_verdict_while_crises_come_in():
    said = still_filling(compared([4.0, 5.0], [1.0, 2.0]), 30)
    assert said.startswith("Still filling: 2 of 30 crises are in. So far reciprocal stands at 1.5 ")
    assert not re.search("fewer|more|difference|better", said)


def test_a_finding_says_how_many_crises_would_settle_it():
    generator = np.random.default_rng(3)
    first = 50 + generator.normal(0, 1, 30)
    unsure = first + generator.normal(-0.3, 2.0, 30)
    unsure += -0.3 - (unsure - first).mean()
    found = compared(first, unsure)
    difference = found.difference("harm", "reciprocal")
    many = settling(difference)
    assert difference.shown == 0 and difference.needed <= many <= 1.1 * difference.needed
    assert finding(found).startswith("No difference that these runs can show: on average over 30")
    assert f"About {many} crises would show it nine times in ten" in finding(found)


def test_a_finding_says_that_it_is_close_and_not_where_it_is_clear():
    first = np.full(30, 50.0)
    spread = np.resize([-3.0, 0.0, 3.0], 30)
    close = compared(first, first - 1 + spread)
    assert close.difference("harm", "reciprocal").shown == -1
    assert "That is close: as many other crises may show no difference." in finding(close)
    clear = compared(first, first - 9 + spread)
    assert settling(clear.difference("harm", "reciprocal")) is None
    assert finding(clear).endswith("doing better in all 30.")


def test_what_no_number_of_crises_settles_is_said():
    first = 1000 + np.resize([0.0, 1.0, 2.0], 30)
    found = compared(first, first + np.resize([-400.0, 400.1, 0.0], 30))
    assert settling(found.difference("harm", "reciprocal")) is None
    assert "more than 10,000 crises would be needed" in finding(found)


@pytest.mark.parametrize(
    ("second", "starts", "holds"),
    [
        ([5.0] * 30, "No difference", "as many {} as siloed in all 30 ("),
        ([5.0] * 28 + [3.0, 9.0], "No difference", "2 are too few to tell the average from"),
        (
            [3.0] * 30,
            "Over 30 crises, reciprocal came to 2 fewer {} than siloed in all 30 (",
            "up to 7.4%",
        ),
        (
            [7.0] * 29 + [5.0],
            "Over 30 crises, reciprocal came to 2 more {} than siloed in all but 1 of",
            "13%",
        ),
    ],
)
def test_crises_that_agree_are_told_as_such(second, starts, holds):
    said = finding(compared([5.0] * 30, second))
    assert said.startswith(starts.format(SCENARIO.harm_unit))
    assert holds.format(SCENARIO.harm_unit) in said
    assert "of crises may differ, 90% sure" in said and "interval" not in said


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=5, max_size=30),
)
def test_every_range_of_a_finding_is_that_of_its_interval(pairs):
    """Parsed back: between the two figures lies the mean, on the sides that the words say."""
    first, second = (np.array(column) for column in zip(*pairs, strict=True))
    difference = compare_pairs(first, second, -1, amounts=True)
    said = finding(compared(first, second))
    if difference.interval is None:
        return
    number_ = r"([\d,.]+(?:e[+-]\d+)?(?: M)?)"
    shown = re.search(rf"came to {number_} to {number_} (fewer|more)", said)
    held = re.search(rf"between {number_} fewer and {number_} more", said)
    mean = Fraction(difference.mean)
    if shown:
        sign = -1 if shown[3] == "fewer" else 1
        low, high = sorted(sign * number(shown[k]) for k in (1, 2))
        assert low <= mean <= high and difference.shown == sign
    elif held:
        assert -number(held[1]) <= mean <= number(held[2]) and not difference.shown
    else:
        assert (
            "no more" in said
            or "no fewer" in said
            or abs(np.diff(difference.interval)[0]) < 1e-3 * max(map(abs, difference.interval))
        )


def test_a_range_that_is_not_finite_is_a_dash():
    assert span(math.nan, math.nan) == "–"


def test_what_brings_all_of_a_gain_is_a_hundred_percent_of_it():
    whole = compare_pairs(np.zeros(30), np.full(30, 1.08), -1)
    shares = [compare_pairs(np.zeros(30), np.full(30, part), -1) for part in (1.08 + 1e-13, 1.1)]
    assert [percent(share, whole) for share in shares] == ["100%", "over 100%"]
