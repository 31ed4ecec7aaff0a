"""Around the findings of a sweep: what was asked, what was varied, how the report was made."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.experiment import Experiment, Factor, Results
from crisis_abm.experiment.design.schema import Design
from crisis_abm.experiment.design.states import Loss, losses, setting_labels
from crisis_abm.experiment.results import failures
from crisis_abm.experiment.store.manifest import read_manifest
from crisis_abm.experiment.store.run_files import OK
from crisis_abm.report import copyable
from crisis_abm.report.effect_words import joined
from crisis_abm.report.finding import caveat
from crisis_abm.report.sections import Report, Section, Table, columns_of
from crisis_abm.report.sweep.words import how_to_finish, size, unfinished
from crisis_abm.report.words import counted
from crisis_abm.runs.provenance import versions_here

__all__ = ["about", "ended", "failed_section", "lead", "left_out_words", "row_again"]
__all__ += ["sweep_report", "varied_section"]

MOST_NAMES = 8  # settings or factors that a sentence names


def lead(results: Results) -> list[str]:
    """What comes before the findings: what was asked, of what, and with what reservation."""
    experiment, scenario = results.experiment, results.experiment.scenario
    labels = setting_labels(results.settings)
    text = f"{counted(experiment.runs, 'run')} of “{scenario.title}”: {size(experiment)}"
    if len(labels) > 1:
        text += f", under {_named(labels, 'settings')}"
    sampled = experiment.points.sampled
    if sampled:
        text += f". What differs between states: {_named(sampled, 'factors')}"
    missing = unfinished(results)
    return [
        paragraph
        for paragraph in (
            experiment.description.strip(),
            f"{text}.",
            *left_out_words(experiment),
            f"{missing}. {how_to_finish(results)}" if missing else "",
            f"Caveat: {caveat(scenario)}" if caveat(scenario) else "",
        )
        if paragraph
    ]


def sweep_report(results: Results, sections: Sequence[Section]) -> Report:
    """What a sweep has found, of the sections of `sweep.analyse`."""
    experiment, scenario = results.experiment, results.experiment.scenario
    return Report(
        title=experiment.title,
        finding=experiment.title,
        asked="\n".join(lead(results)),
        caveat="",  # among what comes before the findings
        sections=sections,
        facts={
            "experiment": experiment.title,
            "fingerprint": experiment.fingerprint(),
            "folder": str(results.folder),
            "scenario": scenario.title,
            "caveat": caveat(scenario),
            "left_out": left_out_words(experiment),
            "runs": experiment.runs,
            "statuses": dict(results.statuses),
        },
        about=(),
        data=dict,
    )


def left_out_words(experiment: Experiment) -> list[str]:
    """What runs of the experiment end before, by name, and how many of them do; a text a group."""
    return [_left_out(loss) for loss in losses(experiment)]


def _left_out(loss: Loss) -> str:
    steps = sorted(set(loss.steps))
    length = f"time.steps = {' or '.join(map(str, steps))}"
    if len(steps) > MOST_NAMES:
        length = f"time.steps from {steps[0]} to {steps[-1]}"
    what = joined([str(entry) for entry in loss.entries])
    are = "is" if len(loss.entries) == 1 else "are"
    where = "every run"
    if loss.states < loss.total:
        where = (
            f"{loss.states:,} of {counted(loss.total, 'state of the world', 'states of the world')}"
        )
    return f"{what} {are} left out of {where}: a run with {length} ends before that."


def _named(names: Sequence[str], what: str) -> str:
    if len(names) > MOST_NAMES:
        return f"{len(names)} {what}"
    return joined(list(names))


def varied_section(results: Results) -> Section:
    """What was varied and what was kept as it is; nothing that was found."""
    experiment = results.experiment
    columns: dict[str, list[Any]] = {"factor": [], "kind": [], "values": [], "distribution": []}
    for factor in experiment.factors:
        row = (factor.name, factor.kind, _values(factor), _distribution(factor))
        for name, value in zip(columns, row, strict=True):
            columns[name].append(value)
    tables = []
    if experiment.factors:
        design = experiment.design.method.replace("_", " ")
        title = f"Uncertainties and levers, and the values they took ({design})"
        tables.append(Table("factors", title, columns_of(_texts(columns))))
    if experiment.constants:
        constants = {
            "path": list(experiment.constants),
            "value": [str(value) for value in experiment.constants.values()],
        }
        title = "Set in the scenario, the same in every run"
        tables.append(Table("constants", title, columns_of(_texts(constants))))
    return Section("varied", "What was varied", [], tables)


def _values(factor: Factor) -> str:
    if factor.values is not None:
        return ", ".join(map(_spelt, factor.values))
    return f"{_spelt(factor.low)} to {_spelt(factor.high)}" + (
        ", whole numbers" if factor.whole else ""
    )


def _spelt(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _distribution(factor: Factor) -> str:
    return "" if factor.values is not None else factor.distribution


def failed_section(results: Results) -> Section | None:
    """Which errors ended runs without a result; None if there was none."""
    kinds = failures(results.folder).most_common()
    if not kinds:
        return None
    columns = {
        "status": np.array([status for (status, _), _ in kinds], dtype=object),
        "error": np.array([error for (_, error), _ in kinds], dtype=object),
        "runs": np.array([count for _, count in kinds]),
    }
    total = sum(count for _, count in kinds)
    they = "It is left out of every figure, with the runs that it"
    if total > 1:
        they = "They are left out of every figure, with the runs that they"
    words = [
        f"{counted(total, 'run')} ended without a result, in {counted(len(kinds), 'way')}. {they} "
        "would be compared with."
    ]
    title = "How runs ended that have no result"
    return Section(
        "failed", "Runs without a result", words, [Table("failures", title, columns_of(columns))]
    )


def _texts(columns: dict[str, list[str]]) -> dict[str, np.ndarray]:
    return {name: np.array(column, dtype=object) for name, column in columns.items()}


def ended(results: Results) -> str:
    """How the runs ended, in words."""
    names = {OK: "with a result", "missing": "not run yet"}
    told = (f"{n:,} {names.get(what, what)}" for what, n in results.statuses.items() if n)
    return f"{results.experiment.runs:,}: {', '.join(told)}"


def about(results: Results, command: Sequence[str]) -> list[tuple[str, str]]:
    """How a report on a sweep was made, item by item.

    Parameters
    ----------
    results : Results
    command : sequence of str
        What was typed for the report.
    """
    experiment, scenario = results.experiment, results.experiment.scenario
    manifest = read_manifest(results.folder)
    then, now = manifest["versions"], versions_here()
    changed = {name: version for name, version in now.items() if then.get(name) != version}
    found = [
        ("Experiment", experiment.title),
        ("Fingerprint of the experiment", str(manifest["fingerprints"]["experiment"])),
        ("Scenario", scenario.title),
        ("Fingerprint of the scenario", str(manifest["fingerprints"]["scenario"])),
        ("Caveat", caveat(scenario) or "none is written in the scenario"),
        ("Design", _design(experiment.design)),
        ("Runs", ended(results)),
        ("Seed", f"{experiment.seed}; {manifest.get('seeds', '')}"),
        ("Runs begun", str(manifest.get("started", "not recorded"))),
        ("Made with", _told(then)),
        ("Commit", str(manifest.get("commit") or "none is known")),
    ]
    if changed:
        found.append(("Analysed with", _told(changed)))
    folder = str(results.folder)
    again = ["crisis-abm", "sweep", f"{folder}/experiment.toml", "--out", "ANOTHER_FOLDER"]
    return [
        *found,
        ("This report", shlex.join(command)),
        ("The runs, all of them again", shlex.join(again)),
        ("One row of their table again", row_again(results.folder)),
        (
            "Files",
            "report.html is this page. Beside it lies every figure as PNG and SVG, the numbers of "
            "every figure and every table as CSV under the names that are given here, and copies "
            "of the scenario and of the experiment.",
        ),
    ]


def row_again(folder: Path) -> str:
    """How to look into a row of a sweep."""
    words = ("run", "--sweep", folder, "--point", "N", "--replicate", "R")
    return f"{copyable.command(*words)} (with trace instead of run: why)"


def _design(design: Design) -> str:
    """What its method was told: other keys say nothing."""
    keys = [key for key in ("samples", "levels") if getattr(design, key) is not None]
    keys += ["second_order"] if design.method == "sobol" else []
    keys += [] if design.cross else ["cross"]
    told = [design.method.replace("_", " ")]
    return ", ".join(told + [f"{key} = {str(getattr(design, key)).lower()}" for key in keys])


def _told(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())
