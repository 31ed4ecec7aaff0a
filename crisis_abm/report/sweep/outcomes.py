"""What the outcomes of a sweep came to, as a section of a report."""

from __future__ import annotations

from typing import Any

from crisis_abm.experiment import Results
from crisis_abm.experiment.design.states import setting_labels
from crisis_abm.experiment.findings.effects_of_values import main_effects
from crisis_abm.experiment.findings.outcome_tables import (
    Contrast,
    Spread,
    best_of_all,
    outcome_tables,
)
from crisis_abm.experiment.findings.two_way_bootstrap import rows_drawn_together
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.effect_words import alike_cells, amount, how_often, of_outcome
from crisis_abm.report.sections import Section, Table, columns_of
from crisis_abm.report.sweep.about import (
    as_difference,
    covered,
    how_to_finish,
    in_columns,
    unfinished,
)
from crisis_abm.report.sweep.outcome_pictures import Shown, outcome_pictures, spread_cells
from crisis_abm.report.words import figure, span, unit

ENDS = {"mean": ("interval_low", "interval_high")}
HEADINGS = {
    "band_low": "80% of states from",
    "band_high": "80% of states to",
    "states_less": "less in states",
    "states_less_shown": "shown less in",
    "states_more": "more in states",
    "states_more_shown": "shown more in",
    "states_equal": "equal in states",
    "same_in": "no interval: the same in",
    "same_figure": "same figure",
    "may_differ": "share that may differ",
}
NO_MEAN = {
    "one_at_a_time": (
        "The states of the world are the base and changes of it, one at a time: a mean over them "
        "tells how far the base's result holds, not what is to be expected."
    ),
    "morris": (
        "Morris's points lie on a grid that takes the ends of every range as often as its middle: "
        "means over them lean to the ends, where a Latin hypercube's do not."
    ),
    "points": "The states of the world are the rows of a table, all counted alike.",
}


def outcome_section(results: Results) -> Section:
    """Means, intervals and bands of every outcome, and paired differences between settings.

    Words and pictures are about the first outcome that the experiment names.
    """
    experiment = results.experiment
    labels, tables = setting_labels(results.settings), outcome_tables(results)
    shown = Shown(results, labels, tables, next(iter(tables)))
    about = shown.about
    if not about.complete:
        nothing = "No state of the world has a result under every setting in the same crisis"
        words = [f"{nothing}: {unfinished(results)}.", how_to_finish(results)]
        return Section("outcomes", "Outcomes", words)
    words = [_finding(shown), covered(experiment)]
    if about.contrasts:
        words.append(
            "Differences are paired: the same state of the world in the same crisis, under one "
            "setting and under the other. In a single state a difference is shown if the 90% "
            "interval of its mean over the crises (Student's t) is clear of zero; of states "
            "without a difference 5 in 100 would show one in either direction by chance."
        )
    if len(labels) > 2 and about.direction:
        words.append(
            "The best setting was chosen by the runs that it is judged by, so its gain may look "
            "larger than it is. It is said to be clear of another if the interval of their "
            "difference is clear of zero, made wider for as many settings as it was chosen from "
            "(Bonferroni)."
        )
    if experiment.design.method in NO_MEAN:
        words.append(NO_MEAN[experiment.design.method])
    if about.complete < about.pairs:
        words.append(
            f"Not complete: {unfinished(results)}. All figures are over the {about.complete:,} of "
            f"{about.pairs:,} crises, state by state, that have a result under every setting; what "
            f"is missing may differ from what is there. {how_to_finish(results)}"
        )
    found = [_settings(shown)]
    if about.contrasts:
        found.append(_differences(shown))
    if experiment.design.method == "full_factorial":
        found += _by_value(results)
    return Section("outcomes", "Outcomes", words, found, outcome_pictures(shown))


# ------------------------------------------------------------------ words


def _finding(shown: Shown) -> str:
    about, labels = shown.about, shown.labels
    experiment = shown.results.experiment
    what = of_outcome(shown.headline, experiment.scenario)
    over = f"on average over {shown.over}"
    if not about.contrasts:
        spread = about.settings[0]
        return f"{over[0].upper()}{over[1:]}: {_ends(spread)} {what}{_band(spread)}."
    second = shown.second
    contrast = about.contrasts[second - 1]
    told = amount(as_difference(contrast.spread), shown.headline, experiment.scenario, labels[0])
    first_mean, second_mean = (figure(about.settings[s].mean) for s in (0, second))
    text = f"{labels[second]} came to {told} ({second_mean} against {first_mean}; {over})."
    if _sure(contrast.spread) and not contrast.spread.shown:
        text = f"No difference that these runs can show: {text}"
    if len(labels) > 2:
        text = f"{_best(shown)} {text}"
    return f"{text} {_how_often(contrast, about.direction, experiment.replicates)}"


def _best(shown: Shown) -> str:
    """Which of several settings is the best, or why that one is compared."""
    about, labels, count = shown.about, shown.labels, len(shown.labels)
    if not about.direction:
        return f"Of {count} settings {labels[shown.second]} differed most from {labels[0]}."
    experiment = shown.results.experiment
    values, together = shown.results.values(shown.headline), rows_drawn_together(experiment)
    best, level = best_of_all(values, about.direction, together, experiment.seed)
    sure = "clear of all others"
    if level:
        more = f" and {len(level) - 1} more" if len(level) > 1 else ""
        sure = f"but these runs cannot tell it from {labels[level[0]]}{more}"
    beside = " Best of the others:" if best == 0 else ""
    return f"Of {count} settings {labels[best]} came out best on average, {sure}.{beside}"


def _sure(spread: Spread) -> bool:
    """Whether it is known how sure it is."""
    return spread.interval is not None or spread.alike is not None


def _ends(spread: Spread) -> str:
    if spread.alike is not None:
        return f"{figure(spread.alike.figure)} {how_often(spread.alike)}"
    return figure(spread.mean) if spread.interval is None else span(*spread.interval, spread.mean)


def _band(spread: Spread) -> str:
    if spread.band is None:
        return ""
    return f"; in 80% of the states of the world {span(*spread.band)}"


def _how_often(contrast: Contrast, direction: int, crises: int) -> str:
    states = len(contrast.states.world)
    better, worse = ("better", "worse") if direction else ("more", "less")
    sign = direction or 1
    counts = []
    for word, side in ((better, sign), (worse, -sign)):
        count, sure = contrast.count(side), contrast.count_shown(side)
        some = "none" if not count else "all" if count == states else f"{count:,}"
        known = count and crises > 1
        counts.append(f"{word} in {some}{f' (shown in {sure:,})' if known else ''}")
    equal = f", the same in {contrast.count(0):,}" if contrast.count(0) else ""
    return f"Of {states:,} states of the world, each by itself, {counts[0]}, {counts[1]}{equal}."


# ------------------------------------------------------------------ tables


def _named(shown: Shown, outcome: str) -> dict[str, Any]:
    return {
        "outcome": OUTCOMES[outcome].title,
        "unit": unit(outcome, shown.results.experiment.scenario),
    }


def _spread(spread: Spread) -> dict[str, float]:
    return spread_cells(spread) | alike_cells(spread.alike, float("nan"))


def _settings(shown: Shown) -> Table:
    rows = [
        {**_named(shown, name), "setting": label, **_spread(spread), "complete": found.complete}
        for name, found in shown.tables.items()
        for label, spread in zip(shown.labels, found.settings, strict=True)
    ]
    headings = HEADINGS | {"complete": "runs"}
    columns = columns_of(in_columns(rows), headings, ENDS)
    return Table("outcomes", "Every outcome under every setting", columns)


def _differences(shown: Shown) -> Table:
    rows = []
    for name, found in shown.tables.items():
        for label, contrast in zip(shown.labels[1:], found.contrasts, strict=True):
            rows.append(
                {
                    **_named(shown, name),
                    "better_is": {-1: "less", 1: "more", 0: "neither"}[found.direction],
                    "setting": label,
                    "against": shown.labels[0],
                    **_spread(contrast.spread),
                    "shown": bool(contrast.spread.shown),
                    "states_less": contrast.count(-1),
                    "states_less_shown": contrast.count_shown(-1),
                    "states_more": contrast.count(1),
                    "states_more_shown": contrast.count_shown(1),
                    "states_equal": contrast.count(0),
                }
            )
    title = "Every further setting against the first: paired differences"
    headings = HEADINGS | {"mean": "difference"}
    return Table("differences", title, columns_of(in_columns(rows), headings, ENDS))


def _by_value(results: Results) -> list[Table]:
    experiment = results.experiment
    rows = [
        {
            "outcome": OUTCOMES[name].title,
            "factor": one.factor,
            "value": one.value if isinstance(one.value, str) else f"{one.value:g}",
            "mean": one.mean,
            "interval_low": _end(one.interval, 0),
            "interval_high": _end(one.interval, 1),
            "difference": one.difference,
            "difference_low": _end(one.difference_interval, 0),
            "difference_high": _end(one.difference_interval, 1),
            "complete": one.complete,
        }
        for name, values in results.outcomes().items()
        for one in main_effects(experiment.points, values, experiment.seed)
    ]
    if not rows:
        return []
    title = "What each value comes to, averaged over the rest; differences from the first, paired"
    headings = HEADINGS | {"complete": "pairs"}
    ends = ENDS | {"difference": ("difference_low", "difference_high")}
    return [Table("by_value", title, columns_of(in_columns(rows), headings, ends))]


def _end(interval: tuple[float, float] | None, which: int) -> float:
    return float("nan") if interval is None else interval[which]
