"""A sitting as a report, and the report as files."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from crisis_abm.analysis.cascade.trace import trace_run
from crisis_abm.engine import Detail
from crisis_abm.exercise.after_action.appraisal import (
    expected_section,
    hot_wash_section,
    objectives_section,
    plan_section,
    principles_section,
)
from crisis_abm.exercise.after_action.outcome import (
    Told,
    branches_section,
    came_to,
    outcome_section,
    paid_section,
    short,
)
from crisis_abm.exercise.after_action.story import (
    decisions_section,
    injects_section,
    notes_section,
    seats_section,
    timeline_section,
)
from crisis_abm.exercise.after_action.ways import mattered_section, ways_section
from crisis_abm.exercise.after_action.words import sentence
from crisis_abm.exercise.course import Course
from crisis_abm.exercise.evaluation.counterfactuals import (
    CRISES,
    Counterfactuals,
    counterfactuals,
)
from crisis_abm.exercise.evaluation.observed import observed
from crisis_abm.exercise.log import Entry
from crisis_abm.exercise.play import play
from crisis_abm.exercise.sitting import Sitting
from crisis_abm.history import detail_for
from crisis_abm.report.cascade import trace_report
from crisis_abm.report.cells import as_csv
from crisis_abm.report.effect_words import covered
from crisis_abm.report.finding import caveat
from crisis_abm.report.page import page_html
from crisis_abm.report.sections import Report, Section
from crisis_abm.report.style import drawing
from crisis_abm.report.words import counted, date_text
from crisis_abm.runs import Run
from crisis_abm.runs.processes import Progress
from crisis_abm.runs.provenance import versions_here

NAMES = "After-action report and improvement plan (HSEEP); post-exercise report (UK)"
FEWEST = 2  # crises of which something has an interval
CASCADE = ("story", "chains", "roots", "hit")  # sections of a traced cascade that a trainer needs


def after_action_report(
    sitting: Sitting,
    crises: int = CRISES,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """What happened in an exercise so far, what decisions did, and what follows.

    Parameters
    ----------
    sitting : Sitting
        It may still be going on.
    crises : int
        In which decisions are judged, besides the one that was played; two at least.
    workers : int, optional
        Processes; by default as many as there are cores, where that pays. Never changes a result.
    progress : callable, optional
        Called with (crises done, crises in all), all branches together.

    Raises
    ------
    ValueError
        Of fewer than two crises.
    """
    if crises < FEWEST:
        raise ValueError(f"crises={crises}: it takes {FEWEST} or more, or nothing has an interval")
    began, entries = time.perf_counter(), sitting.entries
    # of a sitting that goes on meanwhile, all is told as it stands now
    course = Course(sitting.exercise, sitting.course.players, entries[1:])
    told = _told(course, crises, workers, progress)
    last, seen = told[-1], observed(course)
    sections = [
        outcome_section(last),
        paid_section(last),
        mattered_section(last),
        ways_section(last),
        *([branches_section(told)] if len(told) > 1 else []),
        seats_section(course, entries),
        decisions_section(course, entries),
        injects_section(course),
        notes_section(course),
        objectives_section(course, seen),
        expected_section(course, seen),
        principles_section(course, seen),
        hot_wash_section(course),
        plan_section(course),
        *_cascade(course),
        *(section for one in told[:-1] for section in _of_other_branch(one)),
        timeline_section(course, entries),
    ]
    content, scenario = course.exercise.content, course.exercise.scenario
    return Report(
        title=content.title,
        finding=came_to(last),
        asked="\n".join(_lead(course, entries, short(last))),
        caveat=caveat(scenario),
        sections=sections,
        facts={
            "names": NAMES,
            "held": entries[0].at.date().isoformat(),
            "theme": content.theme,
            "standard": content.standard,
            "turns_played": max(course.turn, 0),
            "turns": course.exercise.turns,
            "seats": course.seats,
            "branches": len(course.branches),
            "crises": crises,
            "seed": content.seed,
            "seconds": round(time.perf_counter() - began, 3),
        },
        about=_about(course, entries, last.result),
        data=lambda: {},
    )


def report_html(
    sitting: Sitting,
    crises: int = CRISES,
    workers: int | None = None,
    progress: Progress | None = None,
) -> str:
    """The report as one page that needs nothing else; see `after_action_report`."""
    return as_page(after_action_report(sitting, crises, workers, progress))


def report_files(
    sitting: Sitting,
    crises: int = CRISES,
    workers: int | None = None,
    progress: Progress | None = None,
) -> dict[str, str]:
    """The page and every table of the report, by file name; see `after_action_report`."""
    report = after_action_report(sitting, crises, workers, progress)
    return {"report.html": as_page(report), **as_tables(report)}


def as_page(report: Report) -> str:
    """A report of a sitting as the text of a page."""
    drawings = {one.name: drawing(one) for one in report.pictures}
    title = f"{report.title}: after-action report"
    return page_html(title, report.asked.split("\n"), report.sections, report.about, drawings)


def as_tables(report: Report) -> dict[str, str]:
    """The tables of a report as the text of CSV files, by name."""
    return {
        f"{table.name}.csv": as_csv(table.plain())
        for section in report.sections
        for table in section.tables
    }


def _lead(course: Course, entries: Sequence[Entry], finding: str) -> list[str]:
    """What was held, when and by whom, what came of it, and with what reservation."""
    content = course.exercise.content
    begun, ended = entries[0].at, entries[-1].at
    when = date_text(begun.date())
    when += f" to {date_text(ended.date())}" if ended.date() != begun.date() else ""
    people = sum(len(names) for names in course.people.values())
    played = f"{min(max(course.turn, 0), course.exercise.turns)} of {course.exercise.turns} turns"
    held = f"Held {when}: {played}, {counted(len(course.seats), 'seat')}"
    held += f", {counted(people, 'person', 'people')} by name" if people else ""
    reserved = caveat(course.exercise.scenario)
    kinds = [f"NHS theme: {content.theme}"] if content.theme else []
    kinds += [f"counts for: {content.standard}"] if content.standard else []
    aim = [f"Aim: {sentence(content.aim)}"] if content.aim else []
    doubt = [f"About the scenario: {reserved}"] if reserved else []
    return [f"{NAMES}.", sentence("; ".join([held, *kinds])), *aim, finding, *doubt]


def _told(
    course: Course, crises: int, workers: int | None, progress: Progress | None
) -> list[Told]:
    """What came of every branch; the last is the one that is being played."""
    branches, each = course.branches, crises + 1
    found = []
    for row, branch in enumerate(branches):

        def tell(done: int, total: int, before: int = row * each) -> None:
            if progress is not None:
                progress(before + done, each * len(branches))

        decided, sent = branch.closed(branch.turn), branch.events(course.exercise)
        result = counterfactuals(course.exercise, decided, sent, crises, workers, tell)
        name, suffix = "", ""
        if len(branches) > 1:
            name = f"branch {row + 1}"
            suffix = f"_branch_{row + 1}" if row + 1 < len(branches) else ""
        found.append(Told(course.exercise, branch, result, name, suffix))
    return found


def _of_other_branch(told: Told) -> list[Section]:
    """What came of a branch that was left, in fewer words."""
    return [outcome_section(told), paid_section(told), mattered_section(told), ways_section(told)]


def _cascade(course: Course) -> list[Section]:
    """How the crisis that was played came to whom; a word where it is too large to trace."""
    exercise, branch = course.exercise, course.branch
    decided, sent = branch.closed(branch.turn), branch.events(exercise)
    if detail_for(exercise.scenario, exercise.tables) != Detail.ORGANISATIONS:
        none = "Not traced: of so many organisations not every day of each is kept."
        return [Section(CASCADE[0], "How it came to whom", [none])]
    seed = exercise.content.seed
    played = play(exercise, decided, sent)
    policy = played.policy.named("what was decided")
    run = Run(played.scenario, played.tables, policy, seed, played.state, 0.0)
    traced = trace_report(trace_run(run, seed))
    first = f"In the crisis that was played: {traced.finding}"
    return [
        replace(one, again=(), words=[first, *one.words] if one.name == CASCADE[0] else one.words)
        for one in traced.sections
        if one.name in CASCADE
    ]


def _about(
    course: Course, entries: Sequence[Entry], result: Counterfactuals
) -> list[tuple[str, str]]:
    """What the report rests on."""
    exercise = course.exercise
    scenario, versions = exercise.scenario, versions_here()
    return [
        (
            "Log",
            f"{counted(len(entries), 'entry', 'entries')}, the last of "
            f"{entries[-1].at.isoformat(timespec='seconds')}; the crisis is its replay",
        ),
        ("Exercise", f"{exercise.content.title} ({Path(exercise.source).name})"),
        (
            "Scenario",
            f"{scenario.title} (fingerprint {scenario.fingerprint()[:16]}); standing policy: "
            f"{exercise.policy.name}",
        ),
        (
            "Crises",
            f"the one that was played (seed {result.seed}), and {result.crises} more: replicates "
            "of the same seed, the same for every way to decide",
        ),
        ("Intervals", f"90%; they cover {covered(scenario)}"),
        ("Program", _versions(versions)),
        ("Caveat", caveat(scenario) or "none is given by the scenario"),
    ]


def _versions(versions: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items() if version)
