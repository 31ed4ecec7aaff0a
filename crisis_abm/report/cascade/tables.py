"""All that a traced cascade tells, as the columns of its files and as a graph."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from crisis_abm.analysis.cascade.graph import to_graph
from crisis_abm.analysis.cascade.settings import settings_without
from crisis_abm.analysis.cascade.trace import Causes, Hit, RootShare, Trace
from crisis_abm.report.cascade.words import why
from crisis_abm.report.columns import in_columns
from crisis_abm.report.copyable import setting

__all__ = ["cause_rows", "root_settings", "trace_files", "trace_tables"]

LONGEST_CELL = 32_000  # letters: spreadsheets cut off what is longer


def trace_tables(result: Trace) -> dict[str, Any]:
    """Every table of the bundle, by file name."""
    found = {
        "roots.csv": in_columns([_root(result, one) for one in result.roots]),
        "organisations.csv": in_columns([_hit(result, hit) for hit in result.hits]),
        "hops.csv": in_columns(_hops(result)),
        "harm.csv": _harm(result),
        "daily.csv": {
            "tick": list(range(len(result.depth))),
            "depth": result.depth.tolist(),
            "strained": result.breadth.tolist(),
            "closed": result.closed.tolist(),
        },
    }
    if result.crises is not None:
        found["causes.csv"] = in_columns(cause_rows(result.crises))
        found["crises.csv"] = _crises(result.crises)
    return found


def cause_rows(crises: Causes) -> list[dict[str, Any]]:
    """A row a root: its share of the harm over all crises, the largest first."""
    return [
        {
            "root": one.root.key,
            "title": one.root.title,
            "share": one.share,
            "share_low": one.band[0],
            "share_high": one.band[1],
            "harm": one.harm,
            "largest_in": one.largest,
        }
        for one in crises.ranked()
    ]


def _crises(crises: Causes) -> dict[str, list[Any]]:
    """A row a crisis and root that did harm in it."""
    row, root = np.nonzero(crises.harm)
    return {
        "replicate": row.tolist(),
        "root": [crises.roots[n].key for n in root.tolist()],
        "harm": crises.harm[row, root].tolist(),
    }


def trace_files(result: Trace) -> dict[str, Callable[[Path], None]]:
    """What writes the graph (GraphML, JSON), by file name."""
    return {
        "cascade.graphml": partial(_write_graphml, result),
        "cascade.json": partial(_write_json, result),
    }


def _write_graphml(result: Trace, path: Path) -> None:
    import networkx

    networkx.write_graphml_xml(to_graph(result), path)


def _write_json(result: Trace, path: Path) -> None:
    import json

    import networkx

    data = networkx.node_link_data(to_graph(result), edges="edges")
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _number(value: float) -> float | str:
    return "" if math.isnan(value) else value


def _root(result: Trace, one: RootShare) -> dict[str, Any]:
    check = one.check
    return {
        "root": one.root.key,
        "title": one.root.title,
        "harm": one.harm,
        "share": one.share,
        "organisations": one.reached,
        "vanishes": "" if check is None else check.vanishes,
        "deaths_vanish": "" if check is None else check.deaths,
        "verdict": "" if check is None else check.verdict,
        "why": why(result, one),
        **_set_cells(result, one),
    }


def _set_cells(result: Trace, one: RootShare) -> dict[str, Any]:
    """What does the same as the check, in a cell; or why that is not there."""
    settings, missing = root_settings(result, one)
    text = "; ".join(settings)
    if len(text) > LONGEST_CELL:
        text, missing = "", f"{len(settings):,} values, too many for a cell"
    return {"set": text, "no_set": missing}


def root_settings(result: Trace, one: RootShare) -> tuple[list[str], str]:
    """What to set to take a root away, or widen it, as the check does; or why that cannot be."""
    settings, missing = settings_without(one.root, result.run.scenario, result.run.tables)
    return setting(settings), missing


def _hit(result: Trace, hit: Hit) -> dict[str, Any]:
    tables = result.run.tables
    rows = tables.world.organisations
    return {
        "organisation": tables.ids[hit.organisation],
        "kind": tables.kinds[rows.kind[hit.organisation]],
        "area": tables.areas[rows.area[hit.organisation]],
        "first_tick": hit.tick,
        "strained": int(hit.strained),
        "closed_tick": "" if hit.failed < 0 else hit.failed,
        "harm": hit.harm,
        "harm_through": hit.through,
        "root": result.all_roots[hit.root].key,
        "root_share": hit.part,
        "chain": " < ".join(tables.ids[step.organisation] for step in hit.chain),
    }


def _hops(result: Trace) -> list[dict[str, Any]]:
    ids = result.run.tables.ids
    return [
        {
            "source": ids[hop.source] if hop.source >= 0 else "",
            "root": result.all_roots[hop.root].key if hop.root >= 0 else "",
            "organisation": ids[hop.organisation],
            "resource": hop.resource,
            "first_tick": hop.tick,
            "not_sent": _number(hop.short),
            "harm": hop.harm,
        }
        for hop in result.hops
    ]


def _harm(result: Trace) -> dict[str, list[Any]]:
    """One row an organisation and root that harmed it; sums to all harm."""
    ids = result.run.tables.ids
    row, root = np.nonzero(result.by_organisation)
    return {
        "organisation": [ids[i] for i in row.tolist()],
        "root": [result.all_roots[n].key for n in root.tolist()],
        "harm": result.by_organisation[row, root].tolist(),
    }
