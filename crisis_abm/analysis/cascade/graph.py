"""The cascade as a graph: roots and organisations, and who handed trouble on to whom."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from crisis_abm.analysis.cascade.trace import Trace

if TYPE_CHECKING:
    import networkx

__all__ = ["ROOT", "to_graph"]

ROOT = "root"  # the kind of nodes that are no organisations


def to_graph(result: Trace) -> networkx.MultiDiGraph:
    """Return the causal graph of a traced cascade.

    Parameters
    ----------
    result : Trace

    Returns
    -------
    networkx.MultiDiGraph
        Nodes are keys of roots (`kind` is "root") and ids of organisations, with `name`, `kind`,
        `area`, `first` (tick of the first strain; -1 for roots), `failed` (tick; -1 for never),
        `harm` (own; of roots, traced to them) and `through` (explained by way of it). Edges run
        from cause to effect with `resource` ("" from roots), `first`, `harm` and, if known, `short`
        (part of the orders not sent). There may be cycles: feedback. Plain numbers and text, so
        that it can be written as GraphML.
    """
    import networkx

    tables = result.run.tables
    rows = tables.world.organisations
    graph = networkx.MultiDiGraph(title=result.run.scenario.title, policy=result.run.policy.name)
    for one in result.roots:
        figures = {"first": -1, "failed": -1, "harm": one.harm, "through": one.harm}
        if one.harm > 0.0:
            graph.add_node(one.root.key, name=one.root.title, kind=ROOT, area="", **figures)
    for hit in result.hits:
        row = hit.organisation
        graph.add_node(
            tables.ids[row],
            name=tables.names[row],
            kind=tables.kinds[rows.kind[row]],
            area=tables.areas[rows.area[row]],
            first=hit.tick,
            failed=hit.failed,
            harm=hit.harm,
            through=hit.through,
        )
    for hop in result.hops:
        source = result.all_roots[hop.root].key if hop.root >= 0 else tables.ids[hop.source]
        target = tables.ids[hop.organisation]
        if source in graph and target in graph:
            short = {} if math.isnan(hop.short) else {"short": hop.short}
            edge = {"resource": hop.resource, "first": hop.tick, "harm": hop.harm}
            graph.add_edge(source, target, **edge, **short)
    return graph
