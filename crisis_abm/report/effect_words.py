"""Effects in words: how much more or less of an outcome, whether that is good, how sure it is."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Decimal
from typing import Any

from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.words import counted, figure, range_ends, signed, span, unit
from crisis_abm.runs import Difference
from crisis_abm.runs.statistics import Alike, Estimate
from crisis_abm.scenario import Scenario


def amount(
    difference: Difference, outcome: str, scenario: Scenario, than: str = "", named: bool = True
) -> str:
    """An effect in words, such as ``12 to 15 fewer deaths than none``; to be put after "came to".

    Parameters
    ----------
    than : str, optional
        What the difference is from.
    named : bool
        Whether to name the unit.
    """
    what = f" {of_outcome(outcome, scenario)}" if named else ""
    if difference.alike is not None:
        return _of_alike(difference.alike, what, than)
    what += f" than {than}" if than else ""
    if difference.interval is None:
        return f"{figure(abs(difference.mean))} {_word(difference.mean)}{what}"
    if difference.shown:
        return f"{shown_size(difference)} {_word(difference.mean)}{what}"
    return f"{between(difference)}{what}"


def _word(difference: float) -> str:
    return "fewer" if difference < 0 else "more"


def _of_alike(alike: Alike, what: str, than: str) -> str:
    if alike.figure == 0:
        told = f"as many{what}" + (f" as {than}" if than else "")
    else:
        told = f"{figure(abs(alike.figure))} {_word(alike.figure)}{what}"
        told += f" than {than}" if than else ""
    return f"{told} {how_often(alike)} ({may_differ(alike)})"


def shown_size(difference: Difference) -> str:
    """The size of an effect that is shown, such as ``12 to 15``; the sign is told in a word."""
    assert difference.interval is not None
    low, high = sorted(abs(end) for end in difference.interval)
    return span(low, high, abs(difference.mean))


def between(difference: Difference) -> str:
    """An effect whose interval holds zero, such as ``between 1.4 fewer and 0.4 more``."""
    assert difference.interval is not None
    less, more = range_ends(*difference.interval, difference.mean)
    if less == more:
        return f"{less.removeprefix('-')} {'fewer' if less.startswith('-') else 'more'}"
    if not less.startswith("-"):
        return f"between no fewer and {more} more"
    few = less.removeprefix("-")
    return f"between {few} fewer and {'no' if more == '0' else more} more"


def how_often(alike: Alike) -> str:
    """In how many of all."""
    rest = alike.of - alike.replicates
    but = f" but {rest} of" if rest else ""
    return f"in all{but} {alike.of:,} {alike.what}"


def may_differ(alike: Alike) -> str:
    """In how many crises it may be otherwise."""
    return f"up to {percent_up(alike.may_differ)} of {alike.what} may differ, 90% sure"


def percent_up(share: float) -> str:
    """A share that is not to be understated, two digits of it.

    >>> percent_up(0.0739), percent_up(0.2057), percent_up(0.0004), percent_up(0.9999)
    ('7.4%', '21%', '0.04%', '100%')
    """
    percent = 100 * share
    places = 1 - math.floor(math.log10(percent)) if percent > 0 else 0
    up = Decimal(f"{percent:.12g}").quantize(Decimal(1).scaleb(-places), ROUND_CEILING)
    return f"{up:f}".rstrip("0").rstrip(".") + "%" if places > 0 else f"{up:.0f}%"


def in_short(alike: Alike) -> str:
    """The same for the column of intervals.

    >>> in_short(Alike(0.0, 30, 30)), in_short(Alike(-2.0, 28, 30))
    ('same in all 30', '-2 in 28 of 30')
    """
    what = "same" if alike.figure == 0 else signed(alike.figure)
    often = f"all {alike.of:,}" if alike.replicates == alike.of else ""
    return f"{what} in {often or f'{alike.replicates:,} of {alike.of:,}'}"


def alike_cells(alike: Alike | None, gap: Any = "") -> dict[str, Any]:
    """What is told instead of an interval, as columns of a table or as keys of JSON.

    Returns
    -------
    dict
        same_in: how many replicates share a figure; same_figure: which; may_differ: the share of
        all crises that may come to another, 90% sure.
    """
    if alike is None:
        return {"same_in": gap, "same_figure": gap, "may_differ": gap}
    return {
        "same_in": alike.replicates,
        "same_figure": alike.figure,
        "may_differ": alike.may_differ,
    }


def estimate_cells(name: str, one: Estimate) -> dict[str, Any]:
    """A mean, its interval or what is told instead, as columns of a table."""
    low, high = one.interval or ("", "")
    told = {f"{name}_{key}": value for key, value in alike_cells(one.alike).items()}
    return {name: one.mean, f"{name}_low": low, f"{name}_high": high, **told}


def difference_cells(name: str, one: Difference) -> dict[str, Any]:
    """A paired difference as columns: its mean, interval and band, and how often it is which."""
    low, high = one.interval or ("", "")
    return {
        name: one.mean,
        "interval_low": low,
        "interval_high": high,
        "band_low": one.band[0],
        "band_high": one.band[1],
        "better": one.better,
        "worse": one.worse,
        "equal": one.equal,
        **alike_cells(one.alike),
    }


def ends(difference: Difference, to: str = "…") -> str:
    """The interval of an effect as short as its width warrants; for narrow columns, or in brackets.

    >>> ends(Difference(-40.0, (-50.21, -33.4), (0, 0), 0, 0, 0))
    '-50…-33'
    """
    if difference.alike is not None:
        return in_short(difference.alike)
    if difference.interval is None:
        return "–"
    return span(*difference.interval, difference.mean, plus=True, to=to)


def of_outcome(outcome: str, scenario: Scenario) -> str:
    """What an outcome is counted in; with its title where the unit alone would not tell."""
    counted_in = unit(outcome, scenario)
    if outcome == "harm":
        return counted_in
    title = OUTCOMES[outcome].title
    return f"{counted_in} ({title[0].lower()}{title[1:]})"


def is_better(difference: Difference, outcome: str) -> bool:
    """Whether an effect is shown, and good."""
    return difference.shown * OUTCOMES[outcome].better > 0


def is_worse(difference: Difference, outcome: str) -> bool:
    """Whether an effect is shown, and bad."""
    return difference.shown * OUTCOMES[outcome].better < 0


def covered(scenario: Scenario) -> str:
    """What intervals over replicates cover: chance, and what the scenario gives as a range."""
    ranges = len(scenario.uncertain)
    if not ranges:
        return "chance in the shocks alone, not doubt about the figures"
    figures = f"the {counted(ranges, 'figure')}" if ranges > 1 else "the one figure"
    return f"chance in the shocks and in {figures} given as a range"


def covers(scenario: Scenario) -> str:
    """The same as half a sentence about an interval."""
    return f"it covers {covered(scenario)}"


def how_sure(scenario: Scenario, replicates: int) -> str:
    """How many crises a figure is a mean of, and what its interval covers."""
    crises = counted(replicates, "crisis", "crises")
    if replicates < 2:
        return f"{crises}, which cannot show how sure that is; thirty can"
    return f"mean of {crises}; 90% intervals; {covers(scenario).removeprefix('it ')}"


def joined(parts: list[str]) -> str:
    """Words in a row.

    >>> joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
