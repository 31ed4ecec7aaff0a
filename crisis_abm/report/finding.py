"""What a comparison means, in one sentence a policy: the wording every face uses.

Whether a difference is shown is decided by the 90% interval of the mean paired difference, nothing
else; "no difference that these runs can show" is a finding too.

What any answer rests on is said here as well: the scenario with its reservation, the crises, what
intervals cover, the program.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import crisis_abm
from crisis_abm.report.effect_words import (
    between,
    covered,
    covers,
    how_often,
    may_differ,
    shown_size,
)
from crisis_abm.report.sections import Report
from crisis_abm.report.words import counted, figure
from crisis_abm.runs import Comparison, Difference
from crisis_abm.runs.statistics import Alike
from crisis_abm.scenario import Scenario

NOT_SHOWN = "No difference that these runs can show"
MOST_CRISES = 10_000  # that are worth asking for


def finding(comparison: Comparison, policy: str | None = None) -> str:
    """What `policy`, or the second, changes in harm against the first, in one or two sentences."""
    policy = policy or comparison.policies[1]
    base, unit = comparison.policies[0], comparison.scenario.harm_unit
    first, difference, means = _figures(comparison, policy)
    if comparison.replicates < 2:
        return (
            f"One crisis cannot show how sure a difference is: {policy} came to {figure(means)} "
            f"{unit} and {base} to {figure(first)}; thirty can."
        )
    if difference.alike is not None:
        return _of_alike(difference, difference.alike, policy, base, unit, first)
    runs = counted(comparison.replicates, "crisis", "crises")
    covers = what_interval_covers(comparison)
    if not difference.shown:
        return (
            f"{NOT_SHOWN}: on average over {runs}, {policy} came to "
            f"{between(difference)} {unit} than the {figure(first)} of {base} ({covers})."
            f"{_what_settles(difference)}"
        )
    word = "fewer" if difference.shown < 0 else "more"
    times = difference.better if difference.shown < 0 else difference.worse
    which = "all" if times == comparison.replicates else f"{times} of the"
    times_told = f"doing {'better' if difference.shown < 0 else 'worse'} in {which} "
    times_told += str(comparison.replicates)
    return (
        f"On average over {runs}, {policy} came to {shown_size(difference)} {word} {unit} than "
        f"{base} ({_percent(difference.mean, first, word)}{covers}), {times_told}."
        f"{_what_settles(difference)}"
    )


def _of_alike(
    difference: Difference, alike: Alike, policy: str, base: str, unit: str, first: float
) -> str:
    """What is found where nearly all crises came to the same difference."""
    often, doubt = how_often(alike).removesuffix(f" {alike.what}"), may_differ(alike)
    if first == 0 == difference.mean and alike.replicates == alike.of:
        told = f"neither {base} nor {policy} came to any {unit} {often}"
    elif alike.figure == 0:
        told = f"{policy} came to as many {unit} as {base} {often}"
    else:
        word = "fewer" if alike.figure < 0 else "more"
        told = f"{policy} came to {figure(abs(alike.figure))} {word} {unit} than {base} {often}"
    if first:
        told += f" ({base} came to {figure(first)} on average)"
    if alike.replicates < alike.of:
        told += f"; {alike.of - alike.replicates} are too few to tell the average from"
    over = f"over {counted(alike.of, 'crisis', 'crises')}, {told}; {doubt}."
    return over[0].upper() + over[1:] if difference.shown else f"{NOT_SHOWN}: {over}"


def so_far(comparison: Comparison, asked: int | None) -> str:
    """The finding, or how far it is while crises still come in, of so many that were asked for."""
    return finding(comparison) if asked is None else still_filling(comparison, asked)


def how_far(comparison: Comparison, asked: int) -> str:
    """How many crises are in, as a title."""
    return (
        f"Still filling: {comparison.replicates:,} of {counted(asked, 'crisis', 'crises')} are in"
    )


def still_filling(comparison: Comparison, asked: int) -> str:
    """What stands in place of a finding while crises still come in: how far it is, no verdict."""
    base, policy = comparison.policies[:2]
    first, _, second = _figures(comparison, policy)
    unit = comparison.scenario.harm_unit
    return (
        f"{how_far(comparison, asked)}. So far {policy} stands at {figure(second)} {unit} and "
        f"{base} at {figure(first)}; what that shows is said when all are in."
    )


def settling(difference: Difference) -> int | None:
    """How many crises would settle what these leave open; None where they leave nothing open.

    Open is what is not shown, and what as many crises under another seed may well not show. None
    also where more than `MOST_CRISES` would be needed.
    """
    many = difference.needed
    if not _is_open(difference) or many > MOST_CRISES:
        return None
    return int(two_digits_up(max(many, 1.2 * difference.replicates)))


def _is_open(difference: Difference) -> bool:
    if difference.interval is None or math.isnan(difference.needed):
        return False
    return not difference.shown or difference.needed > difference.replicates


def two_digits_up(number: float) -> int:
    """A whole number that is not to be understated.

    >>> two_digits_up(7), two_digits_up(36.1), two_digits_up(1234)
    (7, 37, 1300)
    """
    whole = math.ceil(number)
    unit = 10 ** max(0, len(str(whole)) - 2)
    return -(-whole // unit) * unit


def _what_settles(difference: Difference) -> str:
    if not _is_open(difference):
        return ""
    close = ""
    if difference.shown:
        close = " That is close: as many other crises may show no difference."
    many = settling(difference)
    if many is None:
        few = "If it is as small as it is here, " if not difference.shown else "To be surer, "
        return f"{close} {few}more than {MOST_CRISES:,} crises would be needed to show it."
    would = "would show it nine times in ten, if it is as large as it is here"
    return f"{close} About {counted(many, 'crisis', 'crises')} {would}."


def headline(comparison: Comparison, policy: str | None = None) -> str:
    """The finding on harm, short enough to be the title of a picture."""
    policy = policy or comparison.policies[1]
    base, unit = comparison.policies[0], comparison.scenario.harm_unit
    first, difference, _ = _figures(comparison, policy)
    if not difference.shown:
        return f"{policy} against {base}: no difference in {unit} that these runs can show"
    word = "fewer" if difference.shown < 0 else "more"
    if difference.alike is not None:
        size = figure(abs(difference.alike.figure))
        return f"{policy} came to {size} {word} {unit} than {base} {how_often(difference.alike)}"
    return (
        f"{policy} came to {shown_size(difference)} {word} {unit} than {base}, which came to "
        f"{figure(first)}"
    )


def what_interval_covers(comparison: Comparison) -> str:
    """What the 90% interval is about, in words."""
    return f"90% interval; {covers(comparison.scenario)}"


def caveat(scenario: Scenario) -> str:
    """The scenario's own reservation as a sentence, or nothing."""
    text = scenario.caveat.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _figures(comparison: Comparison, policy: str) -> tuple[float, Difference, float]:
    first = float(comparison.of("harm", comparison.policies[0]).mean())
    second = float(comparison.of("harm", policy).mean())
    return first, comparison.difference("harm", policy), second


def _percent(difference: float, first: float, word: str) -> str:
    """Put the difference in relation, where that says something."""
    percent = 100 * abs(difference) / first if first > 0 else 1000.0
    return f"about {figure(float(f'{percent:.2g}'))}% {word}; " if percent < 995 else ""


def report_on(
    scenario: Scenario,
    seconds: float,
    made: tuple[str, str],
    *,
    asked: str,
    facts: Mapping[str, Any],
    **more: Any,
) -> Report:
    """An answer about a scenario, which says what it rests on.

    Parameters
    ----------
    seconds : float
        That it took.
    made : (str, str)
        Title of the answer, and what was run for it.
    asked, facts, **more
        Of the report, without what is said of every scenario.
    """
    return Report(
        title=scenario.title,
        asked=f"{scenario.title}: {asked}",
        caveat=caveat(scenario),
        facts={
            "scenario": scenario.title,
            "file": scenario.source,
            "fingerprint": scenario.fingerprint(),
            "interval_covers": covers(scenario),
            "seconds": round(seconds, 3),
            **facts,
        },
        about=rests_on(scenario, *made),
        **more,
    )


def rests_on(scenario: Scenario, title: str, made: str) -> list[tuple[str, str]]:
    """How an answer was made, item by item; the first is its title, and what was run for it."""
    return [
        (title, made),
        ("Scenario", f"{scenario.title} (fingerprint {scenario.fingerprint()[:16]})"),
        ("Intervals", f"90%; they cover {covered(scenario)}"),
        ("Program", f"crisis_abm {crisis_abm.__version__}"),
        ("Caveat", caveat(scenario) or "none is given by the scenario"),
    ]


def run_line(what: str, replicates: int, seed: int, runs: int) -> str:
    """What was run, as in ``siloed and reciprocal; 30 crises from seed 0; 960 runs``."""
    crises = counted(replicates, "crisis", "crises")
    return f"{what}; {crises} from seed {seed}; {counted(runs, 'run')}"
