"""How many replicates are enough, as a section of a report."""

from __future__ import annotations

from crisis_abm.experiment import Results
from crisis_abm.experiment.findings.convergence import PRECISION, Convergence, Enough, converge
from crisis_abm.experiment.findings.outcome_tables import Series
from crisis_abm.experiment.findings.two_way_bootstrap import rows_drawn_together
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import how_often, may_differ
from crisis_abm.report.sections import Section, Table, columns_of
from crisis_abm.report.sweep.convergence_pictures import (
    growing_indices,
    growing_replicates,
    how_far_known,
)
from crisis_abm.report.sweep.factor_panels import all_series, shown_series, under
from crisis_abm.report.sweep.regime_words import sentence
from crisis_abm.report.sweep.words import how_to_finish, in_columns, unfinished
from crisis_abm.report.words import figure, unit

__all__ = ["convergence_section"]

TITLE = "How many replicates are enough"
HOW = (
    "± is half of a 90% interval by Student's t, which allows for the spread being a guess itself. "
    "Numbers that would be needed follow from the spread that was measured; in brackets, where "
    "that spread is at either end of its own 90% interval."
)


def convergence_section(results: Results, headline: str | None = None) -> Section:
    """Whether the means are sure enough, and what would make them surer.

    Parameters
    ----------
    results : Results
    headline : str, optional
        The outcome that words and pictures are about; the first that the experiment names.
    """
    experiment = results.experiment
    headline = headline or experiment.outcomes[0]
    if experiment.replicates == 1:
        words = [
            "A single replicate cannot show how many are enough. Set replicates = 10, say, and "
            "sweep again: replicate 0 stays the crisis that it is."
        ]
        return Section("replicates", TITLE, words)
    together = rows_drawn_together(experiment)
    found = {
        outcome: [(one, converge(one.values, together)) for one in series]
        for outcome, series in all_series(results).items()
    }
    chosen = shown_series([one for one, _ in found[headline]], experiment.directions[headline])[-1]
    about = next(sure for one, sure in found[headline] if one is chosen)
    if about is None:
        words = [
            f"No state of the world has all its results yet: {unfinished(results)}.",
            how_to_finish(results),
        ]
        return Section("replicates", TITLE, words)
    words = [_finding(results, chosen, about, headline), HOW, _parts(about)]
    states = len(chosen.values)
    if about.states < states:
        words.append(
            f"Not complete: only the {about.states:,} of {states:,} states of the world with all "
            f"results are counted. {how_to_finish(results)}"
        )
    pictures = [growing_replicates(results, chosen, about, headline)]
    if experiment.design.method == "sobol" and not chosen.missing:
        pictures += growing_indices(results, chosen, headline)
    return Section("replicates", TITLE, words, [_table(results, found)], pictures)


def _finding(results: Results, one: Series, about: Convergence, outcome: str) -> str:
    experiment = results.experiment
    counted_in = unit(outcome, experiment.scenario)
    what = under(one, outcome)
    what = f"{what[0].upper()}{what[1:]} is"
    if about.alike is not None:
        return (
            f"{what} {figure(about.alike.figure)} {counted_in} {how_often(about.alike)}: too few "
            f"differ to say how many would do. {sentence(may_differ(about.alike))}."
        )
    head = f"{what} {how_far_known(one, about)} (replicates), in {counted_in}."
    if about.sign is None or about.precise is None:
        return f"{head} There is nothing to be made surer."
    if about.half_width < abs(about.mean):
        sign = "It is clear of zero"
        if one.against:
            sign = f"That is enough for its sign: {about.sign.replicates} would have been"
    else:
        sign = "Its sign is not sure" if one.against else "It is not clear of zero"
        sign += _need(results, about, about.sign)
    precise = about.precise
    if about.half_width <= precise.target:
        return f"{head} {sign}. It is known to {PRECISION:.0%} as well."
    need = _need(results, about, precise)
    return f"{head} {sign}. To know it to {PRECISION:.0%} (± {figure(precise.target)}){need}."


def _need(results: Results, about: Convergence, target: Enough) -> str:
    """What it would take, after a colon."""
    parts = []
    if target.replicates is not None:
        low, high = (f"{end:,}" if end else "any number" for end in target.range)
        parts.append(f"about {target.replicates:,} replicates ({low} to {high})")
    now = results.experiment.design.samples
    if target.units is not None and now and target.units > about.parts.units:
        units = _samples(results, target.units)
        parts.append(f"samples = {units:,} (now {now:,}) with as many replicates")
    if parts:
        return f": {', or '.join(parts)}"
    if target.both is not None:
        units, replicates = _samples(results, target.both[0]), target.both[1]
        return (
            f": more samples and more replicates, neither alone would do (with the fewest runs "
            f"about samples = {units:,} and replicates = {replicates:,})"
        )
    return ": more than 100,000 replicates"


def _samples(results: Results, units: int) -> int:
    """As the design takes them: powers of 2 for Sobol."""
    sobol = results.experiment.design.method == "sobol"
    return 1 << (units - 1).bit_length() if sobol else units


def _parts(about: Convergence) -> str:
    """Where the variance of the mean comes from."""
    parts = about.parts
    if not about.drawn:
        return (
            "States of the world were given, so all that is unsure is due to the crises, and "
            "shrinks with replicates: four times as many halve it."
        )
    each = {
        "which states of the world were drawn (only more samples help)": parts.states / parts.units,
        "which crises befell them all (only more replicates help)": parts.crises / parts.replicates,
        "what a crisis does in one state and not in another (both help)": parts.both
        / (parts.units * parts.replicates),
    }
    whole = sum(each.values())
    if whole == 0:
        return "Every run came to the same, so these runs do not show what would make it surer."
    told = ", ".join(f"{share / whole:.0%} {what}" for what, share in each.items())
    return f"Of what is unsure about this mean (its variance) is due to: {told}."


def _table(results: Results, found: dict[str, list[tuple[Series, Convergence | None]]]) -> Table:
    gap = float("nan")
    rows = []
    for outcome, some in found.items():
        for one, sure in some:
            if sure is None:
                continue
            sign, precise = sure.sign, sure.precise
            units = precise and precise.units
            ends = precise.range if precise else (None, None)
            rows.append(
                {
                    "outcome": OUTCOMES[outcome].title,
                    "of": one.name,
                    "mean": sure.mean,
                    "half_width": sure.half_width,
                    "relative": sure.half_width / abs(sure.mean) if sure.mean else gap,
                    "for_sign": (sign and sign.replicates) or gap,
                    "for_precision": (precise and precise.replicates) or gap,
                    "for_precision_low": ends[0] or gap,
                    "for_precision_high": ends[1] or gap,
                    "samples_for_precision": _samples(results, units) if units else gap,
                }
            )
    headings = {
        "half_width": "±",
        "relative": "± as part of the mean",
        "for_sign": "replicates to be clear of zero",
        "for_precision": f"to be within {PRECISION:.0%}",
        "samples_for_precision": f"or samples to be within {PRECISION:.0%}",
    }
    title = (
        "How sure every mean is, and what it would take; a dash: no number of them would do by "
        "itself, or there is nothing to be known better"
    )
    intervals = {"for_precision": ("for_precision_low", "for_precision_high")}
    return Table("replicates", title, columns_of(in_columns(rows), headings, intervals))
