"""Around the findings of a sweep: what was asked, what was varied, how the report was made.

And what holds for everything that is said of it: what intervals cover, what is missing.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.experiment import Experiment, Factor, Results
from crisis_abm.experiment.design.schema import Design
from crisis_abm.experiment.design.states import Loss, losses, setting_labels
from crisis_abm.experiment.findings.outcome_tables import Spread
from crisis_abm.experiment.findings.two_way_bootstrap import rows_drawn_together
from crisis_abm.experiment.results import failures
from crisis_abm.experiment.store.manifest import read_manifest
from crisis_abm.experiment.store.run_files import OK
from crisis_abm.report.copyable import command
from crisis_abm.report.effect_words import joined
from crisis_abm.report.finding import caveat
from crisis_abm.report.sections import Report, Section, Table, columns_of
from crisis_abm.report.words import counted
from crisis_abm.runs import Difference
from crisis_abm.runs.provenance import versions_here


def size(experiment: Experiment) -> str:
    """How many states of the world, and crises in each."""
    points = experiment.points
    states = counted(len(points) // points.settings, "state of the world", "states of the world")
    if experiment.replicates == 1:
        return f"{states}, one crisis each"
    return f"{states}, {experiment.replicates} crises each"


def covered(experiment: Experiment) -> str:
    """What 90% intervals of a mean over all runs cover."""
    replicates, drawn = experiment.replicates, bool(rows_drawn_together(experiment))
    ranges = len(experiment.scenario.uncertain)
    beside = f" (and the draws of {counted(ranges, 'figure')} given as a range)" if ranges else ""
    chance = f"which {replicates} crises befell them{beside}"
    if replicates == 1 and not drawn:
        return (
            "One crisis in given states of the world cannot show how sure a mean is: there are no "
            "intervals. Set replicates = 10 or more and sweep again."
        )
    if replicates == 1:
        return (
            "90% intervals cover which states of the world were drawn, not chance in the crises: "
            "there is one only. Set replicates = 10 or more and sweep again."
        )
    if drawn:
        return (
            f"90% intervals cover both which states of the world were drawn and {chance}, the "
            f"same crises in every state."
        )
    return (
        f"90% intervals cover {chance}, the same crises in every state; not the choice of the "
        f"states of the world, which were given and are taken as they are."
    )


def unfinished(results: Results) -> str:
    """How many runs have no result, and why; empty if all have."""
    total = results.experiment.runs
    without = {what: n for what, n in results.statuses.items() if what != OK and n}
    if not without:
        return ""
    told = ", ".join(f"{n:,} {_STATUS.get(what, what)}" for what, n in without.items())
    count = sum(without.values())
    have = "has" if count == 1 else "have"
    return f"{count:,} of {counted(total, 'run')} {have} no result ({told})"


_STATUS = {"missing": "not run yet", "error": "ended in an error", "time limit": "took too long"}


def how_to_finish(results: Results) -> str:
    """The command that runs what is missing."""
    folder = results.folder
    again = command("sweep", folder / "experiment.toml", "--out", folder)
    failed = any(n for what, n in results.statuses.items() if what not in (OK, "missing"))
    if not failed:
        return f"To finish: {again}"
    return (
        f"To run them again: {again} --retry; runs whose values do not go together fail again, "
        f"so look at their errors first ({command('export', folder)})"
    )


def as_difference(spread: Spread) -> Difference:
    """A difference over all runs as what `effect_words` puts into words."""
    nothing = (float("nan"), float("nan"))
    return Difference(spread.mean, spread.interval, spread.band or nothing, 0, 0, 0, spread.alike)


def in_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, np.ndarray]:
    """Rows with the same keys as columns; a gap among numbers is NaN."""
    names = rows[0] if rows else {}
    return {name: np.array([row[name] for row in rows]) for name in names}


def titled(text: str) -> str:
    """A finding as the title of a picture: with a capital, unless it begins with a path or number.

    >>> titled("reciprocal came to more"), titled("behaviour.hoarding matters")
    ('Reciprocal came to more', 'behaviour.hoarding matters')
    """
    first, text = text.split(" ", 1)[0], text.replace("± ", "±\N{NO-BREAK SPACE}")
    return text if any(sign in first for sign in "._[=") else text[:1].upper() + text[1:]


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
        drawn = "" if factor.values is not None else factor.distribution
        row = (factor.name, factor.kind, _values(factor), drawn)
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
    """How a report on a sweep was made, item by item; the command is what was typed for it."""
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
    return f"{command(*words)} (with trace instead of run: why)"


def _design(design: Design) -> str:
    """What its method was told: other keys say nothing."""
    keys = [key for key in ("samples", "levels") if getattr(design, key) is not None]
    keys += ["second_order"] if design.method == "sobol" else []
    keys += [] if design.cross else ["cross"]
    told = [design.method.replace("_", " ")]
    return ", ".join(told + [f"{key} = {str(getattr(design, key)).lower()}" for key in keys])


def _told(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())
