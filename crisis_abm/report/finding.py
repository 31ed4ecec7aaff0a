"""What a comparison means, in one sentence a policy: the wording every face uses.

Whether a difference is shown is decided by the 90% interval of the mean paired difference, nothing
else; "no difference that these runs can show" is a finding too.
"""

from __future__ import annotations

from crisis_abm.report.effect_words import covers
from crisis_abm.report.words import counted, figure, rounded, span
from crisis_abm.runs import Comparison, Difference
from crisis_abm.scenario import Scenario

__all__ = ["caveat", "finding", "headline", "what_interval_covers"]


def finding(comparison: Comparison, policy: str | None = None, outcome: str = "harm") -> str:
    """One sentence on what `policy` changes against the first policy.

    Parameters
    ----------
    comparison : Comparison
    policy : str, optional
        The second one.
    outcome : str
        One that is counted in units of harm.
    """
    policy = policy or comparison.policies[1]
    base, unit = comparison.policies[0], comparison.scenario.harm_unit
    first, difference, means = _figures(comparison, policy, outcome)
    runs = counted(comparison.replicates, "crisis", "crises")
    if difference.interval is None:
        return (
            f"One crisis cannot show how sure a difference is: {policy} came to {figure(means)} "
            f"{unit} and {base} to {figure(first)}; thirty can."
        )
    if first == 0 and means == 0:
        return (
            f"No difference that these runs can show: neither {base} nor {policy} came to any "
            f"{unit} in {runs}."
        )
    low, high = difference.interval
    covers = what_interval_covers(comparison)
    if not difference.shown:
        if low == high == 0:
            between = f"{policy} came to as many {unit} as {base}, {figure(first)}, in every crisis"
        else:
            less, more = rounded(low, high)
            between = (
                f"{policy} came to between {less} fewer and {more} more {unit} than the "
                f"{figure(first)} of {base}"
            )
        return (
            f"No difference that these runs can show: on average over {runs}, {between} ({covers})."
        )
    word = "fewer" if difference.shown < 0 else "more"
    ends = sorted([abs(low), abs(high)])
    times = difference.better if difference.shown < 0 else difference.worse
    which = "all" if times == comparison.replicates else f"{times} of the"
    how_often = f"doing {'better' if difference.shown < 0 else 'worse'} in {which} "
    how_often += str(comparison.replicates)
    return (
        f"On average over {runs}, {policy} came to {span(*ends)} {word} {unit} than {base} "
        f"({_percent(difference.mean, first, word)}{covers}), {how_often}."
    )


def headline(comparison: Comparison, policy: str | None = None) -> str:
    """The finding on harm, short enough to be the title of a picture."""
    policy = policy or comparison.policies[1]
    base, unit = comparison.policies[0], comparison.scenario.harm_unit
    first, difference, _ = _figures(comparison, policy, "harm")
    if difference.interval is None or not difference.shown:
        return f"{policy} against {base}: no difference in {unit} that these runs can show"
    ends = sorted(abs(end) for end in difference.interval)
    word = "fewer" if difference.shown < 0 else "more"
    return f"{policy} came to {span(*ends)} {word} {unit} than {base}, which came to " + figure(
        first
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


def _figures(comparison: Comparison, policy: str, outcome: str) -> tuple[float, Difference, float]:
    first = float(comparison.of(outcome, comparison.policies[0]).mean())
    second = float(comparison.of(outcome, policy).mean())
    return first, comparison.difference(outcome, policy), second


def _percent(difference: float, first: float, word: str) -> str:
    """Put the difference in relation, where that says something."""
    percent = 100 * abs(difference) / first if first > 0 else 1000.0
    return f"about {figure(float(f'{percent:.2g}'))}% {word}; " if percent < 995 else ""
