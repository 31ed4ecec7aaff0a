"""What happened in one run, as a report."""

from __future__ import annotations

from functools import partial

import numpy as np

from crisis_abm import outcomes
from crisis_abm.engine import Status
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.about import facts_of, rests_on
from crisis_abm.report.describe import event_line
from crisis_abm.report.finding import caveat
from crisis_abm.report.run.pictures import run_pictures, run_sentence
from crisis_abm.report.sections import Column, Report, Section, Table
from crisis_abm.report.tables import run_tables
from crisis_abm.report.words import ROUNDING, counted, day, unit
from crisis_abm.runs import Run
from crisis_abm.scenario import Scenario

__all__ = ["run_report"]

WORST, MOST = 5, 20  # organisations on a screen, and told
FAILURES = 5


def run_report(result: Run, policy: str, seed: int, replicate: int | None = None) -> Report:
    """Outcomes, who was hit worst, who failed when, and the events.

    Parameters
    ----------
    result : Run
    policy : str
        As it was asked for.
    seed : int
        That was asked for; of a replicate that of its comparison.
    replicate : int, optional
    """
    scenario = result.scenario
    chance = f"seed {seed}" if replicate is None else f"seed {seed}, replicate {replicate}"
    sections = [_outcomes(result), _worst(result), _failures(result)]
    if scenario.events:
        lines = [event_line(scenario, event) for event in scenario.events]
        sections.append(Section("events", "What was set to happen", lines))
    return Report(
        title=scenario.title,
        finding=f"{run_sentence(result)}.",
        asked=f"{scenario.title}: {policy}, {chance}, {_length(scenario)}",
        caveat=caveat(scenario),
        sections=sections,
        facts={
            **facts_of(scenario, result.seconds),
            "policy": policy,
            "seed": seed,
            "replicate": replicate,
            "outcomes": result.outcomes,
            "units": {name: unit(name, scenario) for name in OUTCOMES},
        },
        about=rests_on(scenario, "Run", f"{policy}, {chance}"),
        data=partial(run_tables, result, policy, replicate),
        files=run_pictures(result),
    )


def _length(scenario: Scenario) -> str:
    steps = counted(scenario.time.steps, scenario.time.unit)
    return f"{steps} from {day(scenario, 0)}" if scenario.time.start else steps


def _outcomes(result: Run) -> Section:
    columns = [
        Column.of("title", [about.title for about in OUTCOMES.values()], "outcome"),
        Column.of("value", list(result.outcomes.values()), result.policy.name),
        Column.of("unit", [unit(name, result.scenario) for name in OUTCOMES], "unit"),
        Column.of("outcome", list(OUTCOMES)),
    ]
    words = []
    if result.scenario.record.detail == "auto" and not len(result.state.record.service):
        many = counted(len(result.tables.ids), "organisation")
        words = [
            f"Every day is kept by kind and area only: {many} are too many to keep one by one "
            '(record.detail = "organisations" would).'
        ]
    return Section("outcomes", "Outcomes", words, [Table("run", "", columns, len(OUTCOMES))])


def _worst(result: Run) -> Section:
    """Those who came to harm or lost service, worst first."""
    tables, record = result.tables, result.state.record
    harm, rows = outcomes.harm_by_organisation(result.state), tables.world.organisations
    harm = np.where(harm > ROUNDING, harm, 0.0)
    hit = (harm > 0) | (record.lost > ROUNDING)
    order = [row for row in np.lexsort((-record.lost, -harm)).tolist() if hit[row]][:MOST]
    if not order:
        told = "Nobody came to harm, and no organisation lost service."
        return Section("worst_hit", "Worst hit", [told])
    span = f"{result.scenario.time.unit}s"
    columns = [
        Column.of("id", [tables.ids[row] for row in order], "organisation"),
        Column.of("kind", [tables.kinds[rows.kind[row]] for row in order], "kind"),
        Column.of("area", [tables.areas[rows.area[row]] for row in order], "area"),
        Column.of("harm", harm[order], result.scenario.harm_unit),
        Column.of("lost", record.lost[order], f"{span} lost"),
        Column.of("failed", record.failed[order], f"{span} closed"),
    ]
    return Section("worst_hit", "Worst hit", [], [Table("worst_hit", "", columns, WORST, True)])


def _failures(result: Run) -> Section:
    """First tick of failure of everybody who failed; by kind and area where only these are kept."""
    record, tables, scenario = result.state.record, result.tables, result.scenario
    if len(record.status):
        failed, names = record.status == Status.FAILED, tables.ids
    else:
        failed = record.group_status[:, :, Status.FAILED] > 0
        names = [f"{kind} in {area}" for kind, area in tables.groups]
    first = failed.argmax(axis=0)
    rows = np.flatnonzero(failed.any(axis=0)).tolist()
    found = sorted((int(first[row]), names[row]) for row in rows)
    if not found:
        return Section("failures", "First failures", ["No organisation failed."])
    columns = [
        Column.of("when", [day(scenario, tick) for tick, _ in found], "when"),
        Column.of("name", [name for _, name in found], "who"),
        Column.of("tick", [tick for tick, _ in found]),
    ]
    table = Table("failures", "", columns, FAILURES, ranked=True)
    last = f"The last of {len(found):,} failed on {day(scenario, found[-1][0])}."
    words = [last] if len(found) > FAILURES else []
    return Section("failures", "First failures", words, [table])
