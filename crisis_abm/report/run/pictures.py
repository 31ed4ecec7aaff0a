"""Pictures of one run: who was in which state when, and where in the network it struck."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.engine import Status
from crisis_abm.report.finding import caveat
from crisis_abm.report.run.group_pictures import areas_and_kinds, kinds_in_time
from crisis_abm.report.style import STATUS_COLOURS, dress, new_figure, save, time_axis
from crisis_abm.report.words import counted, figure
from crisis_abm.runs import Run

__all__ = ["run_pictures", "run_sentence", "status_figure"]

MOST_DRAWN = 5_000  # organisations of a network that can still be read
MOST_ROWS = 45  # of a heat map whose labels can still be read
MOST_EDGES = 20_000
MARKERS = "oDs^vP*Xph<>"


def run_pictures(result: Run) -> dict[str, Callable[[Path], None]]:
    """What draws each picture of a run, by file name; no heat map if organisations are not kept.

    More than `MOST_DRAWN` organisations are drawn by kind and area: a network of them is a blot.
    """
    found: dict[str, Callable[[Path], None]] = {"network.png": partial(_network, result)}
    if len(result.tables.ids) > MOST_DRAWN:
        sentence = run_sentence(result)
        found = {
            "kinds.png": partial(kinds_in_time, result, sentence),
            "areas.png": partial(areas_and_kinds, result, sentence),
        }
    if len(result.state.record.status):
        found = {"status.png": partial(_saved_status, result), **found}
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


def _saved_status(result: Run, path: Path) -> None:
    save(status_figure(result), path)


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
    shown = name if told else f"{name} ({kind})"
    return shown if len(shown) <= 34 else shown[:33] + "…"


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
