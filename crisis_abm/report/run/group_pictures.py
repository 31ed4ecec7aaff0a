"""Pictures of a run with too many organisations to show each: by kind and day, by area and kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.report.finding import caveat
from crisis_abm.report.style import STATUS_COLOURS, dress, new_figure, save, time_axis
from crisis_abm.report.words import figure
from crisis_abm.runs import Run

__all__ = ["areas_and_kinds", "kinds_in_time"]

MOST_AREAS = 60  # rows whose labels can still be read


def kinds_in_time(result: Run, sentence: str, path: Path) -> None:
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


def areas_and_kinds(result: Run, sentence: str, path: Path) -> None:
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
    labels = [f"{_short(n)}  {figure(h)}" for n, h in zip(called, harm[worst], strict=True)]
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


def _short(name: str) -> str:
    return name if len(name) <= 34 else name[:33] + "…"
