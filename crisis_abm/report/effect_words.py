"""Effects in words: how much more or less of an outcome, whether that is good, how sure it is."""

from __future__ import annotations

from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.words import counted, figure, rounded, signed, span, spans, unit
from crisis_abm.runs import Difference
from crisis_abm.scenario import Scenario

__all__ = ["amount", "covers", "ends", "how_sure", "is_better", "is_worse", "joined", "of_outcome"]


def amount(difference: Difference, outcome: str, scenario: Scenario, named: bool = True) -> str:
    """An effect in words, such as ``12 to 15 fewer deaths``; to be put after "came to".

    Parameters
    ----------
    named : bool
        Whether to name the unit.
    """
    what = f" {of_outcome(outcome, scenario)}" if named else ""
    if difference.interval is None:
        word = "fewer" if difference.mean < 0 else "more"
        return f"{figure(abs(difference.mean))} {word}{what}"
    low, high = difference.interval
    if difference.shown:
        word = "fewer" if high < 0 else "more"
        return f"{span(*sorted((abs(low), abs(high))))} {word}{what}"
    if low == high == 0:
        return f"as many{what}"
    less, more = rounded(low, high)
    if less.strip("0.") and more.strip("0."):
        return f"between {less} fewer and {more} more{what}"
    return f"{spans((low, high))}{what}"


def ends(interval: tuple[float, float] | None, to: str = "…") -> str:
    """A range with signs, as short as its width warrants; for narrow columns, or to be read.

    >>> ends((-50.21, -33.4)), ends((0, 0)), ends((-0.0157, 0.0166)), ends(None)
    ('-50…-33', '0', '-0.016…+0.017', '–')
    >>> ends((-50.21, -33.4), " to ")
    '-50 to -33'
    """
    if interval is None:
        return "–"
    if interval[0] == interval[1]:
        return signed(interval[0])
    sizes = rounded(*interval)
    signs = ("-" if end < 0 else "+" for end in interval)
    low, high = (
        sign + size if size.strip("0.") else "0" for sign, size in zip(signs, sizes, strict=True)
    )
    return low if low == high else f"{low}{to}{high}"


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
