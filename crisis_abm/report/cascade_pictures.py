"""Picture of a traced cascade: who was hit when, because of whom, from left to right in time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crisis_abm.analysis.cascade.trace import Trace
from crisis_abm.report.cascade_words import trace_finding
from crisis_abm.report.finding import caveat
from crisis_abm.report.run import MARKERS
from crisis_abm.report.style import DARK, GREY, SILOED, STATUS_COLOURS, new_figure
from crisis_abm.report.words import day, figure

MOST = 40  # nodes that can still be read
COLUMNS = 9
LEAST = 0.002  # of all harm: less is not drawn
STRAINED, CLOSED = STATUS_COLOURS[1], STATUS_COLOURS[2]


@dataclass
class _Node:
    """A root, an organisation, or those of one kind and area."""

    label: str
    kind: int  # -1 for roots
    tick: int
    harm: float
    through: float
    closed: bool
    where: tuple[float, float] = field(default=(0.0, 0.0))


def _gathered(result: Trace) -> tuple[list[_Node], dict[int, int], dict[int, int], str]:
    """Nodes; the node of each organisation and of each root; what was left out, in words."""
    tables, least = result.run.tables, LEAST * result.harm
    rows = tables.world.organisations
    hits = [hit for hit in result.hits if hit.through > least]
    nodes: list[_Node] = []
    of_root: dict[int, int] = {}
    for one in result.roots:
        if one.harm > max(least, 0.01 * result.harm) and len(of_root) < 6:
            of_root[result.all_roots.index(one.root)] = len(nodes)
            nodes.append(_Node(one.root.title, -1, -1, one.harm, one.harm, False))
    together = len(hits) > MOST - len(nodes)
    if together:  # the many that are little each
        hits = [hit for hit in result.hits if hit.through > 0.0]
    parts: dict[tuple[int, ...], list[Any]] = {}
    for hit in hits:
        key = int(rows.group[hit.organisation]) if together else hit.organisation
        parts.setdefault((key,), []).append(hit)
    parts = {key: part for key, part in parts.items() if sum(h.through for h in part) > least}
    ranked = sorted(parts.values(), key=lambda part: -sum(hit.harm + hit.through for hit in part))
    left_out = len(result.hits) - sum(map(len, ranked[: MOST - len(nodes)]))
    of_row: dict[int, int] = {}
    for part in ranked[: MOST - len(nodes)]:
        first = sorted(part, key=lambda hit: hit.tick)[len(part) // 2]
        kind = int(rows.kind[first.organisation])
        label = str(tables.names[first.organisation])
        if len(part) > 1:
            area = tables.areas[rows.area[first.organisation]]
            label = f"{len(part)} {tables.kinds[kind].replace('_', ' ')}s, {area}"
        of_row |= {hit.organisation: len(nodes) for hit in part}
        harm, through = sum(hit.harm for hit in part), max(hit.through for hit in part)
        closed = any(hit.failed >= 0 for hit in part)
        nodes.append(_Node(label, kind, first.tick, harm, max(harm, through), closed))
    note = ""
    if together:
        note = "A sign is all of a kind and area, at their median day. "
    if left_out:
        note += f"Left out: {left_out:,} that next to no harm passed."
    return nodes, of_row, of_root, note


def _columns(nodes: list[_Node]) -> list[list[int]]:
    """Nodes by day of the first strain, at most `COLUMNS` columns besides the roots'."""
    ticks = sorted({node.tick for node in nodes if node.kind >= 0})
    while len(ticks) > COLUMNS:  # join the two nearest days
        gap = int(np.argmin(np.diff(ticks)))
        del ticks[gap + 1]
    columns: list[list[int]] = [[] for _ in range(len(ticks) + 1)]
    for at, node in enumerate(nodes):
        place = 0 if node.kind < 0 else 1 + int(np.searchsorted(ticks, node.tick, "right")) - 1
        columns[place].append(at)
    return columns


def _edges(
    result: Trace, of_row: dict[int, int], of_root: dict[int, int]
) -> dict[tuple[int, int], tuple[float, str]]:
    """Harm over every pair of nodes, and the resource that carried most of it."""
    harm: dict[tuple[int, int], float] = defaultdict(float)
    best: dict[tuple[int, int], tuple[float, str]] = {}
    for hop in result.hops:
        start = of_root.get(hop.root) if hop.root >= 0 else of_row.get(hop.source)
        end = of_row.get(hop.organisation)
        if start is None or end is None or start == end:
            continue
        harm[start, end] += hop.harm
        best[start, end] = max(best.get((start, end), (0.0, "")), (hop.harm, hop.resource))
    return {
        pair: (total, best[pair][1]) for pair, total in harm.items() if total > LEAST * result.harm
    }


def _place(nodes: list[_Node], columns: list[list[int]], edges: dict[Any, Any]) -> None:
    """Set columns side by side, each sorted by where its causes lie."""
    height: dict[int, float] = {}
    for x, column in enumerate(columns):
        want = {}
        for at in column:
            causes = [(w, height[a]) for (a, b), (w, _) in edges.items() if b == at and a in height]
            total = sum(weight for weight, _ in causes)
            want[at] = sum(w * y for w, y in causes) / total if total else 0.5
        order = sorted(column, key=lambda at: (-want[at], -nodes[at].through))
        shift = (0.5, 0.2, 0.8)[x % 3] if len(order) < 4 else 0.5  # so that arrows pass signs by
        for k, at in enumerate(order):
            height[at] = 1.0 - (k + shift) / len(order)
            nodes[at].where = (x + 0.12 * (k % 2) * (len(order) > 8), height[at])


def cascade_figure(result: Trace) -> Any:
    """From the roots on the left to who was hit, by the day on which it reached them."""
    nodes, of_row, of_root, note = _gathered(result)
    note = f"Numbers: own harm. {note} {caveat(result.run.scenario)}"
    canvas, axes = new_figure(trace_finding(result), " ".join(note.split()))
    axes.set_axis_off()
    if nodes:
        columns, edges = _columns(nodes), _edges(result, of_row, of_root)
        _place(nodes, columns, edges)
        _draw_edges(axes, nodes, edges, result.harm)
        _draw_nodes(axes, nodes, result.harm)
        for x, column in enumerate(columns):
            tick = min((nodes[at].tick for at in column), default=-1)
            label = "roots" if x == 0 else day(result.run.scenario, tick)
            axes.text(x, 1.03, label, ha="center", fontsize=12, color="#555", weight="bold")
        axes.set_xlim(-0.5, len(columns) - 0.4)
        axes.set_ylim(-0.05, 1.07)
        _legend(axes, nodes, result.run.tables.kinds)
    return canvas


def _draw_edges(axes: Any, nodes: list[_Node], edges: dict[Any, Any], harm: float) -> None:
    from matplotlib.patches import FancyArrowPatch

    labelled = sorted(edges, key=lambda pair: -edges[pair][0])[:8]
    named: set[tuple[str, int]] = set()
    for (start, end), (weight, resource) in edges.items():
        a, b = nodes[start].where, nodes[end].where
        back = b[0] < a[0] - 0.2
        axes.add_patch(
            FancyArrowPatch(
                a,
                b,
                arrowstyle="-|>",
                mutation_scale=11,
                shrinkA=9,
                shrinkB=10,
                connectionstyle="arc3,rad=0.35"
                if abs(b[0] - a[0]) < 0.2 or back
                else "arc3,rad=0.06",
                linewidth=0.6 + 6.0 * min(1.0, weight / harm),
                color=SILOED if nodes[start].kind < 0 else GREY,
                alpha=0.35 + 0.4 * min(1.0, weight / harm),
                linestyle="--" if back else "-",
                zorder=1,
            )
        )
        if resource and (start, end) in labelled and (resource, end) not in named:
            named.add((resource, end))
            middle = (a[0] + 0.5 * (b[0] - a[0]), a[1] + 0.5 * (b[1] - a[1]))
            text = resource.replace("_", " ")
            axes.text(*middle, text, fontsize=9, color="#555", ha="center", va="center", zorder=3)


def _draw_nodes(axes: Any, nodes: list[_Node], harm: float) -> None:
    small = len(nodes) > 20
    for node in nodes:
        colour = SILOED if node.kind < 0 else CLOSED if node.closed else STRAINED
        marker = "s" if node.kind < 0 else MARKERS[node.kind % len(MARKERS)]
        size = 60 + 500 * min(1.0, node.through / harm)
        axes.scatter(*node.where, s=size, marker=marker, color=colour, edgecolors="#444", zorder=4)
        words, label = node.label, ""
        while len(words) > 24:
            cut = words.rfind(" ", 0, 24)
            cut = cut if cut > 0 else 24
            label, words = f"{label}{words[:cut]}\n", words[cut:].strip()
        label += words
        if node.harm > 0.0:
            label += f" {figure(node.harm)}"
        axes.annotate(
            label,
            node.where,
            xytext=(0, -7 - 0.35 * size**0.5),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8 if small else 10,
            color=DARK,
            zorder=5,
            bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5},
        )


def _legend(axes: Any, nodes: list[_Node], kinds: list[str]) -> None:
    from matplotlib.lines import Line2D

    def key(marker: str, colour: str, label: str) -> Any:
        return Line2D([], [], marker=marker, linestyle="", color=colour, markersize=9, label=label)

    keys = [key("s", SILOED, "root"), key("o", STRAINED, "strained"), key("o", CLOSED, "closed")]
    for kind in sorted({node.kind for node in nodes if node.kind >= 0}):
        name = kinds[kind].replace("_", " ")
        keys.append(key(MARKERS[kind % len(MARKERS)], "#777", name))
    axes.legend(
        handles=keys,
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=min(8, len(keys)),
        frameon=False,
        fontsize=11,
    )
