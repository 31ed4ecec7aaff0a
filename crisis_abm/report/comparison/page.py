"""A comparison as the sections of a report: what is on the dashboard's home page, to keep."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

import crisis_abm
from crisis_abm import history
from crisis_abm.engine import Status
from crisis_abm.report.columns import arrays
from crisis_abm.report.comparison.columns import difference_over_time, harm_by_group
from crisis_abm.report.comparison.pictures import difference_figure, outcomes_figure
from crisis_abm.report.finding import caveat, so_far, what_interval_covers
from crisis_abm.report.run.pictures import run_sentence, status_figure
from crisis_abm.report.sections import Picture, Section, Table
from crisis_abm.report.tables import payer_columns, summary_columns
from crisis_abm.report.words import counted
from crisis_abm.runs import Comparison, Run
from crisis_abm.scenario import LEVERS, Policy

__all__ = ["comparison_about", "comparison_sections"]

INTERVAL = {"low": "interval from", "high": "to"}


def comparison_sections(
    result: Comparison, runs: Sequence[Run] = (), asked: int | None = None
) -> list[Section]:
    """The sections of a comparison's report.

    Parameters
    ----------
    result : Comparison
    runs : sequence of Run
        One crisis under each policy, kept by organisation, to be shown day by day.
    asked : int, optional
        How many crises there will be, while some still come in: then there is no verdict.
    """
    if asked is not None:
        return [_difference(result, asked), *_crisis(runs), *_means(result)]
    return [_difference(result), _payers(result), *_crisis(runs), _outcomes(result)]


def comparison_about(result: Comparison, asked: int | None = None) -> list[tuple[str, str]]:
    """How it was made, item by item; parameters as of `comparison_sections`."""
    scenario = result.scenario
    crises = f"{result.replicates}" + ("" if asked is None else f" of {asked}")
    return [
        ("Scenario", f"{scenario.title} (fingerprint {scenario.fingerprint()[:16]})"),
        ("Policies", "; ".join(map(_levers, result.followed))),
        ("Crises", f"{crises}, from seed {result.seed}, the same for every policy"),
        ("Intervals", what_interval_covers(result)),
        ("Program", f"crisis_abm {crisis_abm.__version__}"),
        ("Caveat", caveat(scenario) or "none is given by the scenario"),
    ]


def _levers(policy: Policy) -> str:
    levers = ", ".join(f"{lever} {getattr(policy, lever):g}" for lever in LEVERS)
    changes = f", with {counted(len(policy.changes), 'change')}" if policy.changes else ""
    return f"{policy.name} ({levers}{changes})"


def _difference(result: Comparison, asked: int | None = None) -> Section:
    found = so_far(result, asked)
    columns = difference_over_time(result)
    about = "Line of the mean difference so far, by day, with the band that 80% of crises lie in. "
    picture = Picture(
        "difference", about + found, partial(difference_figure, result, asked), columns
    )
    return Section("difference", "What changes", [found], (), [picture])


def _payers(result: Comparison) -> Section:
    columns = arrays(payer_columns(result))
    count = int((columns["effect"] == "worse").sum()) if len(columns["effect"]) else 0
    words = [
        f"Shown to be worse off: {count} (organisations, kinds and areas, each judged by its own "
        "90% interval; of a hundred who pay nothing, five would be named)."
    ]
    table = Table("who_pays", "Who comes to more harm and who to less", columns, {})
    return Section("who_pays", "Who pays", words, [table] if len(columns["effect"]) else [])


def _outcomes(result: Comparison) -> Section:
    summary = arrays(summary_columns(result))
    picture = Picture(
        "outcomes",
        "Every outcome as a part of what it was under the first policy, with 90% intervals.",
        partial(outcomes_figure, result),
        summary,
    )
    return Section("outcomes", "Outcomes", ["Means over the crises."], _by_group(result), [picture])


def _means(result: Comparison) -> list[Section]:
    """Outcomes while crises come in: figures as they stand, nothing that is shown or not."""
    words = [
        "Means over the crises that are in; who pays, and what is shown, is said when all are."
    ]
    columns = arrays(summary_columns(result))
    kept = {name: columns[name] for name in ("title", "unit", "first_mean", "mean")}
    first, second = result.policies[:2]
    headings = {"title": "outcome", "first_mean": first, "mean": second}
    return [
        Section("outcomes", "Outcomes", words, [Table("outcomes", "Every outcome", kept, headings)])
    ]


def _by_group(result: Comparison) -> list[Table]:
    unit = result.scenario.harm_unit
    return [
        Table(f"harm_by_{level}", f"{unit} by {level}".capitalize(), columns, INTERVAL)
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
