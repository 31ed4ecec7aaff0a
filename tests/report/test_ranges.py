"""Every range that any report prints is made by one function, keeps its signs, holds its mean."""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crisis_abm.analysis.attribution import Attribution
from crisis_abm.analysis.cascade.roots import Root
from crisis_abm.analysis.cascade.shares import Causes
from crisis_abm.analysis.coalition.adoption import Adoption
from crisis_abm.analysis.coalition.calling_order import Found, Unit
from crisis_abm.analysis.weak_links.result import estimates
from crisis_abm.analysis.weak_links.search import weak_links
from crisis_abm.experiment.findings.prim import Box
from crisis_abm.experiment.findings.regimes import Axis
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report import effect_words, words
from crisis_abm.report.cascade import causes_report
from crisis_abm.report.coalition import coalition_report
from crisis_abm.report.comparison import comparison_report
from crisis_abm.report.effect_words import ends
from crisis_abm.report.finding import finding, headline
from crisis_abm.report.principles import principles_report
from crisis_abm.report.sections import Section
from crisis_abm.report.sweep.analyse import sensitivity_section
from crisis_abm.report.sweep.convergence import convergence_section
from crisis_abm.report.sweep.discovery import discovery_section
from crisis_abm.report.sweep.discovery_words import limit_words
from crisis_abm.report.sweep.outcomes import outcome_section
from crisis_abm.report.sweep.regime_words import axis_words
from crisis_abm.report.sweep.regimes import regime_section
from crisis_abm.report.sweep.sensitivity import part_of_variance
from crisis_abm.report.weak_links import weak_links_finding, weak_links_report
from crisis_abm.report.weak_links_words import range_of
from crisis_abm.report.words import share_span
from crisis_abm.runs import compare
from crisis_abm.scenario import Scenario
from tests.cli.small import SMALL
from tests.experiment.known import known
from tests.report.test_words import SCENARIO, compared, number

FIGURE = r"[+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?(?: M)?"
RANGE = re.compile(rf"(?<![\w.,-])({FIGURE}) to ({FIGURE})(%?)")
NOISE = Fraction(1, 10**9)  # of floating point
COUNTS = re.compile(r"calls \d+ to \d+")  # numbers of calls, not figures
NEEDED = re.compile(r"about ([\d,]+) replicates \(([\d,]+) to ([\d,]+)\)")


class Printed:
    """What the one function was asked while texts were made, and what it said."""

    def __init__(self) -> None:
        self.said: set[tuple[str, str]] = set()
        self.shares: dict[str, str] = {}

    def range_ends(self, low, high, mean=None, whole=None):
        one, other = real_ends(low, high, mean, whole)
        least, most = sorted((one.strip("-"), other.strip("-")), key=number)
        self.said |= {(one, other), (least, most)}
        if np.isfinite([low, high]).all():
            assert number(one) <= number(other)
            for end, text in ((low, one), (high, other)):
                moved = mean is not None and not low < mean < high
                assert moved or np.sign(float(number(text))) in (0, np.sign(end))
            if mean is not None and one != other:
                assert number(one) <= Fraction(mean) <= number(other)
        return one, other

    def short_of_all(self, text, share, mean, end):
        found = real_short(text, share, mean, end)
        self.shares[found] = text
        assert number(found) == 100 or share < 1
        return found


real_ends, real_short = words.range_ends, words._short_of_all


@contextlib.contextmanager
def printing() -> Iterator[Printed]:
    printed = Printed()
    with (
        mock.patch.object(words, "range_ends", printed.range_ends),
        mock.patch.object(effect_words, "range_ends", printed.range_ends),
        mock.patch.object(words, "_short_of_all", printed.short_of_all),
    ):
        yield printed


def check(texts: list[str], printed: Printed) -> int:
    """Every range in the texts is one that was asked for; returns how many there were."""
    count = 0
    for text in texts:
        text = COUNTS.sub("", text)
        for about, low, high in NEEDED.findall(text):
            assert number(low) <= number(about) <= number(high)
        for one, other, percent in RANGE.findall(NEEDED.sub("", text)):
            count += 1
            assert number(one) <= number(other), text
            known = (one.strip("+"), other.strip("+"))
            if percent and known not in printed.said:
                known = (printed.shares.get(one, one), printed.shares.get(other, other))
            assert known in printed.said, f"{one} to {other} is not from the one function: {text}"
        assert "nan" not in text
    return count


def told(sections: Sequence[Section]) -> list[str]:
    """All sentences of a report; titles of pictures stand in what is said about them."""
    texts = [text for section in sections for text in section.words]
    return texts + [one.about for section in sections for one in section.pictures]


# ------------------------------------------------------------------ whole reports


EFFECTS = {
    "helps": lambda x: -0.2 * x,
    "harms": lambda x: 0.3 * x,
    "both ways": lambda x: 0.2 * (x - 20),
    "hardly": lambda x: 1e-4 * (x - 12),
    "nothing": lambda x: 0.0 * x,
}
SCALES = {"tiny": 1e-4, "plain": 1.0, "huge": 1e8}


def swept(effect, scale, **sections):
    """A sweep by formula whose crises differ, and its first setting from the second."""

    def harm(worlds, setting):
        x, y = worlds["kinds.supplier.capacity"], worlds["behaviour.hoarding"]
        crises = np.array([0.0, 3.0, -1.0, 1.5, -2.0, 0.5])
        level = 30 + 2 * y + EFFECTS[effect](x) * (setting == 1)
        return scale * (level[:, None] + (1 + 0.2 * (setting == 1)) * crises)

    return known(harm, **sections)


CASES = [*((effect, "plain") for effect in EFFECTS), ("both ways", "tiny"), ("hardly", "huge")]


@pytest.mark.parametrize(("effect", "scale"), CASES)
def test_ranges_of_a_sweep(effect, scale):
    with printing() as printed:
        results = swept(effect, SCALES[scale], design={"method": "latin_hypercube", "samples": 40})
        sections = [
            outcome_section(results),
            regime_section(results),
            discovery_section(results),
            convergence_section(results),
        ]
        assert check(told(sections), printed) >= 2


@pytest.mark.parametrize(
    "design",
    [
        {"method": "sobol", "samples": 8},
        {"method": "morris", "samples": 4},
        {"method": "one_at_a_time"},
        {"method": "full_factorial", "levels": 3},
    ],
    ids=lambda design: design["method"],
)
def test_ranges_of_a_sensitivity(design):
    ranges = {
        "behaviour.hoarding": {"low": 1, "high": 5},
        "kinds.supplier.capacity": {"low": 10, "high": 30},
    }
    with printing() as printed:
        results = swept("both ways", 1.0, design=design, uncertainties=ranges)
        found = [sensitivity_section(results), outcome_section(results)]
        found.append(convergence_section(results))
        check(told([one for one in found if one is not None]), printed)


@pytest.fixture(scope="module")
def links():
    scenario = Scenario.from_dict(tomllib.loads(SMALL))
    return weak_links(scenario, replicates=6, screening=6, top=3, workers=1)


def test_ranges_of_weak_links(links):
    with printing() as printed:
        texts = [weak_links_finding(links), *told(weak_links_report(links).sections)]
        assert check([t for t in texts if "most changed" not in t], printed)


def test_ranges_of_a_comparison():
    result = compare(SCENARIO, replicates=6, workers=1)
    with printing() as printed:
        check(told(comparison_report(result).sections), printed)


# ------------------------------------------------------------------ words of synthetic results


amounts = st.one_of(
    st.floats(0, 1e12),
    st.floats(0, 1e-6),
    st.floats(0, 20).map(round).map(float),
    st.sampled_from([0.0, 1e-9, 5.0, 1e9]),
)
columns = st.integers(2, 9).flatmap(
    lambda crises: st.lists(
        st.lists(amounts, min_size=crises, max_size=crises), min_size=5, max_size=5
    )
)


@settings(max_examples=50)
@given(columns)
def test_ranges_of_findings(table):
    first, second = np.array(table[0]), np.array(table[1])
    with printing() as printed:
        result = compared(first, second)
        difference = result.difference("harm", "reciprocal")
        texts = [finding(result), headline(result), ends(difference, " to ")]
        texts += [range_of(one[0]) for one in estimates([first[None], second[None]], amounts=True)]
        check(texts, printed)


@settings(max_examples=15)
@given(columns)
def test_ranges_of_a_coalition(table):
    best = np.array(table).T
    crises, calls = len(best), best.shape[1] - 1
    units = tuple(Unit(f"u{n}", f"U {n}", "", (n,)) for n in range(calls))
    mean = tuple(best.mean(axis=0).tolist())
    found = Found(tuple(range(calls)), mean, mean[:-1], False, 9)
    points = np.arange(calls + 1)
    random = np.stack([best, best[:, ::-1]], axis=1)
    result = Adoption(
        SCENARIO, "harm", "reciprocal", "siloed", units, "organisation", (), found, points,
        best, points, random, best[:, -1], crises, 0, 9, 0.0,
    )  # fmt: skip
    with printing() as printed:
        check(told(coalition_report(result).sections), printed)


@settings(max_examples=15)
@given(columns)
def test_ranges_of_principles(table):
    figures = np.zeros((len(table[0]), 32, len(OUTCOMES)))
    figures[:, :, 0] = np.resize(np.array(table), (32, len(table[0]))).T
    kinds = ("ward",)
    result = Attribution(SCENARIO, "harm", 0, figures, kinds, figures[:, :, :1], 0.0)
    with printing() as printed:
        check(told(principles_report(result).sections), printed)


@settings(max_examples=15)
@given(columns)
def test_ranges_of_causes(table):
    harm = np.array(table).T
    roots = [Root(f"event {n}", "event", f"Event {n}", n) for n in range(harm.shape[1])]
    with printing() as printed:
        check(told(causes_report(Causes("siloed", 0, roots, harm, SCENARIO)).sections), printed)


# ------------------------------------------------------------------ parts of an axis, shares


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=8, unique=True).map(sorted))
def test_cells_of_an_axis_and_limits_of_a_box_keep_their_signs(values):
    width = values[-1] - values[0]
    axis = Axis("x", tuple(values[:-1]), tuple(values[1:]), np.arange(len(values) - 1))
    column = np.array(values)
    box = Box({"x": values[0]}, {"x": values[-1]})
    texts = [*axis_words(axis), limit_words("x", box, {"x": column}).removeprefix("x is ")]
    pairs = [*pairwise(values), (values[0], values[-1])]
    for (low, high), text in zip(pairs, texts, strict=True):
        one, _, other = text.partition(" to ")
        for end, told_end in ((low, one), (high, other or one)):
            assert abs(number(told_end) - Fraction(end)) <= Fraction(width) / 199
            if abs(end) > 1e-9 * width and abs(end) > 1e-7:
                assert np.sign(float(number(told_end))) == np.sign(end)
        assert number(one) <= number(other or one)


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted))
@example([0.0, 0.9921875, 0.9921875])
def test_shares_hold_their_mean_and_are_not_all_or_nothing_unless_they_are(three):
    low, mean, high = three
    one, _, other = share_span(low, high, mean).removesuffix("%").partition(" to ")
    least, most = number(one), number(other or one)
    assert least <= most
    if other:
        assert least - NOISE <= 100 * Fraction(mean) <= most + NOISE
    if high < 1 - 1e-6:
        assert most < 100
    if low > 1e-6:
        assert least > 0


@given(st.floats(0, 1.5), st.floats(0, 1))
def test_a_part_of_the_variance_holds_its_index(index, width):
    text = part_of_variance(index, width)
    if " to " in text:
        low, high = map(number, text.split(" to "))
        assert low <= min(Fraction(1), Fraction(index)) <= high == 1
