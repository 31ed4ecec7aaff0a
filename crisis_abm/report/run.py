"""What happened in one run, as a report."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm import outcomes
from crisis_abm.engine import Status
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.report.finding import caveat, report_on
from crisis_abm.report.sections import Column, Report, Section, Table
from crisis_abm.report.style import STATUS_COLOURS, dress, files, new_figure, save, time_axis
from crisis_abm.report.tables import run_tables
from crisis_abm.report.words import ROUNDING, counted, day, event_line, figure, unit
from crisis_abm.runs import Run
from crisis_abm.scenario import Scenario

WORST, MOST = 5, 20  # organisations on a screen, and told
FAILURES = 5


def run_report(result: Run, policy: str, seed: int, replicate: int | None = None) -> Report:
    """Outcomes, who was hit worst, who failed when, and the events.

    Policy and seed are those that were asked for; the seed of a replicate is its comparison's.
    """
    scenario = result.scenario
    chance = f"seed {seed}" if replicate is None else f"seed {seed}, replicate {replicate}"
    sections = [_outcomes(result), _worst(result), _failures(result)]
    if scenario.events:
        lines = [event_line(scenario, event) for event in scenario.events]
        sections.append(Section("events", "What was set to happen", lines))
    return report_on(
        scenario,
        result.seconds,
        ("Run", f"{policy}, {chance}"),
        finding=f"{run_sentence(result)}.",
        asked=f"{policy}, {chance}, {_length(scenario)}",
        sections=sections,
        facts={
            "policy": policy,
            "seed": seed,
            "replicate": replicate,
            "outcomes": result.outcomes,
            "units": {name: unit(name, scenario) for name in OUTCOMES},
        },
        data=partial(run_tables, result, policy, replicate),
        files=_run_pictures(result),
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


MOST_DRAWN = 5_000  # organisations of a network that can still be read
MOST_ROWS = 45  # of a heat map whose labels can still be read
MOST_EDGES = 20_000
MARKERS = "oDs^vP*Xph<>"


def _run_pictures(result: Run) -> dict[str, Callable[[Path], None]]:
    """What draws each picture of a run, by file name; no heat map if organisations are not kept.

    More than `MOST_DRAWN` organisations are drawn by kind and area: a network of them is a blot.
    """
    found: dict[str, Callable[[Path], None]] = {"network.png": partial(_network, result)}
    if len(result.tables.ids) > MOST_DRAWN:
        sentence = run_sentence(result)
        found = {
            "kinds.png": partial(_kinds_in_time, result, sentence),
            "areas.png": partial(_areas_and_kinds, result, sentence),
        }
    if len(result.state.record.status):
        found = files({"status": partial(status_figure, result)}) | found
    return found


def run_sentence(result: Run) -> str:
    """What happened, in one sentence."""
    record, unit = result.state.record, result.scenario.time.unit
    count, harm = len(result.tables.ids), result.outcomes["harm"]
    failed = int((record.failed > 0).sum())
    strained = int((record.strained > 0).sum())
    if failed:
        what = f"{failed:,} of {counted(count, 'organisation')} failed for a time"
    elif strained:
        what = (
            f"no organisation failed; {strained:,} of {count:,} were strained for a {unit} or more"
        )
    else:
        what = f"all {counted(count, 'organisation')} worked throughout"
    return f"{result.policy.name}: {what}; {figure(harm)} {result.scenario.harm_unit}"


def status_figure(result: Run) -> Any:
    """Who was in which state when, those hit first on top."""
    steps = len(result.state.record.status)
    labels, status, shown, hit = _rows(result)
    note = f"{caveat(result.scenario)} Sorted by first failure, then first failing day."
    if shown < hit:
        note += f" The first {shown:,} of {hit:,} that were strained."
    elif 0 < hit < len(result.tables.ids):
        note += f" The other {len(result.tables.ids) - hit:,} organisations worked throughout."
    canvas, axes = new_figure(run_sentence(result), note.strip())
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    time = time_axis(axes, result.scenario, steps)
    step = time[1] - time[0] if steps > 1 else 1
    axes.imshow(
        status.T,
        aspect="auto",
        interpolation="nearest",
        cmap=ListedColormap(list(STATUS_COLOURS)),
        vmin=-0.5,
        vmax=3.5,
        extent=(time[0], time[-1] + step, len(labels) - 0.5, -0.5),
    )
    axes.set_yticks(range(len(labels)), labels)
    for edge in range(1, len(labels)):
        axes.axhline(edge - 0.5, color="white", linewidth=0.6)
    dress(axes, grid="")
    axes.tick_params(axis="y", labelsize=min(12, max(8, 420 / len(labels))), length=0)
    keys = [
        Patch(facecolor=colour, edgecolor="#999", label=name)
        for colour, name in zip(
            STATUS_COLOURS,
            ("working", "strained (below 90%)", "failing (below 50%)", "failed"),
            strict=True,
        )
    ]
    axes.legend(
        handles=keys, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, frameon=False, fontsize=12
    )
    return canvas


def _rows(result: Run) -> tuple[list[str], np.ndarray, int, int]:
    """Who was hit, first ones first, those of a kind and area with the same fate as one.

    Returns
    -------
    labels, status, shown, hit
        One label and one column of status (T × rows) each; how many organisations these stand
        for; how many were hit at all.
    """
    status, tables = result.state.record.status, result.tables
    steps, count = status.shape
    ever = np.full((3, count), steps)
    for row, least in enumerate((Status.FAILED, Status.FAILING, Status.STRAINED)):
        struck = status >= least
        ever[row] = np.where(struck.any(axis=0), struck.argmax(axis=0), steps)
    hit = np.flatnonzero(ever[2] < steps)
    group = tables.world.organisations.group
    fates: dict[tuple[int, bytes], list[int]] = {}
    for row in map(int, hit if len(hit) else range(count)):
        fates.setdefault((int(group[row]), status[:, row].tobytes()), []).append(row)
    alike = sorted(fates.values(), key=lambda rows: (*ever[:, rows[0]], rows[0]))
    alike = alike[:MOST_ROWS]
    labels = []
    for rows in alike:
        kind, area = tables.groups[group[rows[0]]]
        one = _short(tables.names[rows[0]] or tables.ids[rows[0]], kind)
        labels.append(one if len(rows) == 1 else f"{len(rows):,} × {kind}, {area}")
    return labels, status[:, [rows[0] for rows in alike]], sum(map(len, alike)), len(hit)


def _short(name: str, kind: str) -> str:
    told = kind.replace("_", " ") in name.replace("_", " ").lower()
    return _shortened(name if told else f"{name} ({kind})")


def _network(result: Run, path: Path) -> None:
    tables, record = result.tables, result.state.record
    place, kind = tables.positions, tables.world.organisations.kind
    lost = 100 * record.lost / max(1, tables.world.parameters.steps)
    note = f"Lines: supply. Colour: share of service lost. {caveat(result.scenario)}"
    canvas, axes = new_figure(run_sentence(result), note.strip())
    from matplotlib.collections import LineCollection
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.lines import Line2D

    ends = _supply_ends(tables.world)
    faint = float(np.clip(400 / max(1, len(ends)), 0.04, 0.6))
    axes.add_collection(
        LineCollection(place[ends], colors="#888888", linewidths=0.5, alpha=faint, zorder=1)
    )
    shades = LinearSegmentedColormap.from_list("lost", STATUS_COLOURS)
    most = max(1.0, float(lost.max(initial=0)))
    size = float(np.clip(16_000 / max(1, len(kind)), 12, 200))
    drawn: Any = None
    keys = []
    for row, name in enumerate(tables.kinds):
        its, marker = kind == row, MARKERS[row % len(MARKERS)]
        drawn = axes.scatter(
            *place[its].T,
            c=lost[its],
            cmap=shades,
            vmin=0,
            vmax=most,
            marker=marker,
            s=size,
            edgecolors="#444",
            linewidths=0.7,
            zorder=2,
        )
        label = f"{name} ({int(its.sum()):,})"
        keys.append(
            Line2D([], [], marker=marker, linestyle="", color="#777", markersize=9, label=label)
        )
    _name_areas(axes, tables)
    axes.set_axis_off()
    axes.set_aspect("equal", adjustable="datalim")
    axes.legend(
        handles=keys, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=12
    )
    bar = canvas.colorbar(drawn, ax=axes, location="bottom", fraction=0.04, pad=0.02, aspect=60)
    bar.set_label("service lost, % of the run", fontsize=12)
    save(canvas, path)


def _supply_ends(world: Any) -> np.ndarray:
    """Supplier's and customer's row of each pair that is linked, at most `MOST_EDGES`."""
    supplier = world.outputs.organisation[world.supply.supplier]
    customer = world.inputs.organisation[world.supply.customer]
    pairs = np.unique(np.column_stack([supplier, customer]), axis=0).astype(np.int64)
    return pairs[:: -(-len(pairs) // MOST_EDGES) or 1]


def _name_areas(axes: Any, tables: Any) -> None:
    """Write the areas' names above their organisations."""
    if len(tables.areas) > 30:
        return
    area, (low, high) = tables.world.organisations.area, np.quantile(tables.positions[:, 1], (0, 1))
    for row, name in enumerate(tables.areas):
        its = tables.positions[area == row]
        if len(its):
            top = its[:, 1].max() + 0.03 * (high - low)
            axes.text(its[:, 0].mean(), top, name, ha="center", fontsize=14, color="#333")


MOST_AREAS = 60  # rows whose labels can still be read


def _kinds_in_time(result: Run, sentence: str, path: Path) -> None:
    """Draw the mean service lost by each kind on each day."""
    record, tables = result.state.record, result.tables
    count = record.group_status.sum(axis=2).astype(float)
    kind = np.array([tables.kinds.index(kind) for kind, _ in tables.groups])
    of_kind = np.eye(len(tables.kinds))[kind]
    lost = 100 * ((count - record.group_level) @ of_kind) / np.maximum(count @ of_kind, 1)
    note = f"Mean over the organisations of a kind. {caveat(result.scenario)}"
    canvas, axes = new_figure(sentence, note.strip())
    time = time_axis(axes, result.scenario, len(lost))
    step = time[1] - time[0] if len(lost) > 1 else 1
    sizes = (count @ of_kind)[0]
    labels = [f"{name} ({n:,.0f})" for name, n in zip(tables.kinds, sizes, strict=True)]
    extent = (time[0], time[-1] + step, len(labels) - 0.5, -0.5)
    drawn = _heat(axes, lost.T, extent)
    axes.set_yticks(range(len(labels)), labels)
    _finish(canvas, axes, drawn, len(labels))
    save(canvas, path)


def _areas_and_kinds(result: Run, sentence: str, path: Path) -> None:
    """Draw the mean service lost over the whole run, areas beside kinds; most harm first."""
    record, tables = result.state.record, result.tables
    steps = max(1, len(record.group_level))
    lost = np.full((len(tables.areas), len(tables.kinds)), np.nan)
    count = record.group_status[0].sum(axis=1).astype(float)
    level = record.group_level.sum(axis=0) / steps
    harm = np.zeros(len(tables.areas))
    of_group = (record.group_harm + record.group_hazard_deaths).sum(axis=0)
    for group, (kind, area) in enumerate(tables.groups):
        cell = tables.areas.index(area), tables.kinds.index(kind)
        lost[cell] = 100 * (1 - level[group] / max(1.0, count[group]))
        harm[cell[0]] += of_group[group]
    worst = np.argsort(-harm, kind="stable")[:MOST_AREAS]
    note = (
        f"Mean over organisations and the run; beside the areas their {result.scenario.harm_unit}."
    )
    if len(worst) < len(tables.areas):
        note += f" The worst {len(worst)} of {len(tables.areas):,} areas."
    note += f" {caveat(result.scenario)}"
    canvas, axes = new_figure(sentence, note.strip())
    extent = (-0.5, len(tables.kinds) - 0.5, len(worst) - 0.5, -0.5)
    drawn = _heat(axes, lost[worst], extent)
    named = result.scenario.areas_in_play()
    called = [named[tables.areas[row]].name or tables.areas[row] for row in worst.tolist()]
    labels = [f"{_shortened(n)}  {figure(h)}" for n, h in zip(called, harm[worst], strict=True)]
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xticks(range(len(tables.kinds)), tables.kinds, rotation=40, ha="right")
    _finish(canvas, axes, drawn, len(labels))
    save(canvas, path)


def _heat(axes: Any, lost: np.ndarray, extent: tuple[float, float, float, float]) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("lost", STATUS_COLOURS).with_extremes(bad="white")
    most = max(1.0, float(np.nanmax(lost, initial=0.0)))
    return axes.imshow(
        lost, aspect="auto", interpolation="nearest", cmap=shades, vmin=0, vmax=most, extent=extent
    )


def _finish(canvas: Any, axes: Any, drawn: Any, rows: int) -> None:
    for edge in range(1, rows):
        axes.axhline(edge - 0.5, color="white", linewidth=0.6)
    dress(axes, grid="")
    axes.tick_params(axis="y", labelsize=min(12, max(7, 420 / rows)), length=0)
    bar = canvas.colorbar(drawn, ax=axes, location="right", fraction=0.03, pad=0.02, aspect=40)
    bar.set_label("service lost, %", fontsize=12)


def _shortened(name: str) -> str:
    return name if len(name) <= 34 else name[:33] + "…"
