"""A comparison as a report: what changes, every outcome, who pays, one crisis day by day."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from crisis_abm import history
from crisis_abm.engine import Status
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.about import rests_on
from crisis_abm.report.columns import arrays
from crisis_abm.report.comparison.columns import daily_harm, difference_over_time, harm_by_group
from crisis_abm.report.comparison.pictures import difference_figure, harm_per_day, outcomes_figure
from crisis_abm.report.effect_words import joined, may_differ
from crisis_abm.report.finding import caveat, finding, settling, so_far
from crisis_abm.report.run.pictures import run_sentence, status_figure
from crisis_abm.report.sections import Again, Column, Picture, Report, Section, Table, columns_of
from crisis_abm.report.tables import (
    LEVELS,
    as_json,
    comparison_tables,
    payer_columns,
    summary_columns,
)
from crisis_abm.report.words import counted, figure, spans, unit
from crisis_abm.runs import Comparison, Difference, Payer, Run
from crisis_abm.scenario import LEVERS, Policy

__all__ = ["comparison_report"]

TOP = 3  # payers named; the rest are counted


def comparison_report(
    result: Comparison, runs: Sequence[Run] = (), asked: int | None = None
) -> Report:
    """What differs between the policies, and how sure that is.

    Parameters
    ----------
    result : Comparison
    runs : sequence of Run
        One crisis under each policy, kept by organisation, to be shown day by day.
    asked : int, optional
        How many crises there will be, while some still come in: then there is no verdict.
    """
    scenario = result.scenario
    steps = counted(scenario.time.steps, scenario.time.unit)
    crises = counted(result.replicates, "crisis", "crises")
    ended = [_outcomes(result), _payers(result)] if asked is None else _means(result)
    return Report(
        title=scenario.title,
        finding=_finding(result, asked),
        asked=f"{scenario.title}: {crises} of {steps}, each under every policy; seed {result.seed}",
        caveat=caveat(scenario),
        sections=[_difference(result, asked), *ended, *_crisis(runs)],
        facts=as_json(result),
        about=_about(result, asked),
        data=partial(comparison_tables, result),
    )


def _finding(result: Comparison, asked: int | None) -> str:
    if asked is not None:
        return so_far(result, asked)
    return "\n".join(finding(result, policy) for policy in result.policies[1:])


def _about(result: Comparison, asked: int | None) -> list[tuple[str, str]]:
    crises = f"{result.replicates}" + ("" if asked is None else f" of {asked}")
    return [
        ("Policies", "; ".join(map(_levers, result.followed))),
        *rests_on(
            result.scenario,
            "Crises",
            f"{crises}, from seed {result.seed}, the same for every policy",
        ),
    ]


def _levers(policy: Policy) -> str:
    levers = ", ".join(f"{lever} {getattr(policy, lever):g}" for lever in LEVERS)
    changes = f", with {counted(len(policy.changes), 'change')}" if policy.changes else ""
    return f"{policy.name} ({levers}{changes})"


def _difference(result: Comparison, asked: int | None) -> Section:
    found = _finding(result, asked)
    about = "Line of the mean difference so far, by day, with the band that 80% of crises lie in. "
    pictures = [
        Picture(
            "difference_over_time",
            about + found,
            partial(difference_figure, result, asked),
            difference_over_time(result),
        )
    ]
    again = []
    if asked is None:
        per_day = "Harm by day, mean of the crises under each policy."
        columns = {"tick": np.arange(result.scenario.time.steps)}
        columns |= dict(zip(result.policies, daily_harm(result).mean(axis=0), strict=True))
        pictures.insert(0, Picture("harm_per_day", per_day, partial(harm_per_day, result), columns))
        open_ = [settling(result.difference("harm", policy)) or 0 for policy in result.policies[1:]]
        if any(open_):
            again = [Again(f"To run {max(open_):,} crises", (), result.policies, max(open_))]
    return Section("difference", "What changes", found.split("\n"), (), pictures, again)


def _outcomes(result: Comparison) -> Section:
    picture = Picture(
        "outcomes",
        "Every outcome as a part of what it was under the first policy, with 90% intervals.",
        partial(outcomes_figure, result),
        arrays(summary_columns(result)),
    )
    tables = [_compared(result, policy) for policy in result.policies[1:]]
    words = [
        "Means over the crises; 80%: where the difference lies in 80% of them; and in how many it "
        "was better, worse, equal."
    ]
    told = [text for policy in result.policies[1:] for text in _alike(result, policy)]
    words += dict.fromkeys(told)
    return Section("outcomes", "Outcomes", words, [*tables, *_by_group(result)], [picture])


def _compared(result: Comparison, policy: str) -> Table:
    """Every outcome under the first policy and another one."""
    differences = [result.difference(outcome, policy) for outcome in OUTCOMES]
    base = result.policies[0]
    columns = [
        Column.of("title", [about.title for about in OUTCOMES.values()], "outcome"),
        Column.of("unit", [unit(o, result.scenario) for o in OUTCOMES], "counted in", below="{}"),
        Column.of("outcome", list(OUTCOMES)),
        *(
            Column.of(name, [float(result.of(o, of).mean()) for o in OUTCOMES], of)
            for name, of in (("first", base), ("second", policy))
        ),
        Column.of_estimates("difference", differences, "difference"),
        Column.of(
            "band",
            [spans(one.band) for one in differences],
            "80% of crises",
            narrow="80%: {}",
        ),
        Column.of("band_low", [one.band[0] for one in differences]),
        Column.of("band_high", [one.band[1] for one in differences]),
        Column.of(
            "counts",
            [_counts(o, one) for o, one in zip(OUTCOMES, differences, strict=True)],
            "better/ worse/ equal",
        ),
        Column.of("better", [one.better for one in differences]),
        Column.of("worse", [one.worse for one in differences]),
        Column.of("equal", [one.equal for one in differences]),
    ]
    name = (
        "outcomes" if policy == result.policies[1] else f"outcomes_{result.policies.index(policy)}"
    )
    return Table(f"compared_{name}", f"{policy} against {base}", columns, len(OUTCOMES))


def _counts(outcome: str, difference: Difference) -> str:
    """In how many replicates it was better, worse, equal; nothing where neither is better."""
    if OUTCOMES[outcome].better == 0:
        return ""
    return f"{difference.better}/{difference.worse}/{difference.equal}"


def _alike(result: Comparison, policy: str) -> list[str]:
    """What stands in place of intervals means, once for each number of crises."""
    found = {result.difference(outcome, policy).alike for outcome in OUTCOMES} - {None}
    doubts = {one.replicates: may_differ(one) for one in found if one is not None}
    if not doubts:
        return []
    told = [f"in {count} of {result.replicates}: {doubts[count]}" for count in sorted(doubts)]
    return [f"No interval where nearly all are the same; {'; '.join(told)}."]


def _payers(result: Comparison) -> Section:
    """Who comes to more harm and who to less; each judged by its own interval."""
    if result.replicates < 2:
        return Section("who_pays", "Who pays", ["One crisis cannot show who pays."])
    columns = arrays(payer_columns(result))
    count = int((columns["effect"] == "worse").sum()) if len(columns["effect"]) else 0
    words = [
        f"Shown to be worse off: {count} (organisations, kinds and areas, each judged by its own "
        "90% interval; of a hundred who pay nothing, five would be named).",
        *(text for policy in result.policies[1:] for text in _named(result, policy)),
    ]
    shown = columns_of(columns, intervals={"difference": ("low", "high")})
    table = Table("who_pays", "Who comes to more harm and who to less", shown)
    return Section("who_pays", "Who pays", words, [table] if len(columns["effect"]) else [])


def _named(result: Comparison, policy: str) -> list[str]:
    """The first of those who pay and who gain, at every level."""
    base, harm = result.policies[0], result.scenario.harm_unit
    words = []
    for who, worse, more in (("Who pays", True, "more"), ("Who gains", False, "fewer")):
        levels = []
        for level in LEVELS:
            payers = result.payers(policy, level, worse)
            named = "; ".join(map(_payer, payers[:TOP]))
            rest = f"; and {len(payers) - TOP:,} more" if len(payers) > TOP else ""
            many = counted(len(payers), level) if payers else f"no {level}"
            levels.append(many + (f" ({named}{rest})" if named else ""))
        told = joined(levels)
        words.append(f"{who}, with {more} {harm} under {policy} than under {base}: {told}.")
    return words


def _payer(one: Payer) -> str:
    return f"{one.name} {figure(one.first)} → {figure(one.second)}"


def _means(result: Comparison) -> list[Section]:
    """Outcomes while crises come in: figures as they stand, nothing that is shown or not."""
    words = [
        "Means over the crises that are in; who pays, and what is shown, is said when all are."
    ]
    columns = arrays(summary_columns(result))
    kept = {name: columns[name] for name in ("title", "unit", "first_mean", "mean")}
    first, second = result.policies[:2]
    headings = {"title": "outcome", "first_mean": first, "mean": second}
    table = Table("outcomes", "Every outcome", columns_of(kept, headings))
    return [Section("outcomes", "Outcomes", words, [table])]


def _by_group(result: Comparison) -> list[Table]:
    unit = result.scenario.harm_unit
    headings = {"first": result.policies[0], "second": result.policies[1]}
    return [
        Table(
            f"harm_by_{level}",
            f"{unit} by {level}".capitalize(),
            columns_of(columns, headings, {"difference": ("low", "high")}),
        )
        for level in ("kind", "area")
        if len((columns := harm_by_group(result, level))["name"]) > 1
    ]


def _crisis(runs: Sequence[Run]) -> list[Section]:
    pictures = [
        Picture(
            f"status_{number}",
            f"Organisations by day, darker is worse. {run_sentence(run)}",
            partial(status_figure, run),
            _statuses(run),
        )
        for number, run in enumerate(runs, start=1)
        if len(run.state.record.status)
    ]
    words = [f"{run_sentence(run)}." for run in runs]
    return [Section("crisis", "One crisis, day by day", words, (), pictures)] if runs else []


def _statuses(run: Run) -> dict[str, Any]:
    """By tick, how many organisations are in each status."""
    status = run.state.record.status
    ticks = np.arange(len(status))
    found: dict[str, Any] = {"tick": ticks}
    known = history.dates(run.scenario, ticks)
    if known is not None:
        found["date"] = np.array(known, dtype="datetime64[D]")
    return found | {one.name.lower(): (status == one).sum(axis=1) for one in Status}
