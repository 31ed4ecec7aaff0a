"""A graph of nodes that fail by threshold, as tables made from arrays."""

from __future__ import annotations

import numpy as np

from crisis_abm.scenario.schema.policy import LEVERS
from crisis_abm.tables.layout import Effect, Policy, World
from crisis_abm.validation.case import built

__all__ = ["threshold_graph"]

Array = np.ndarray


def threshold_graph(
    phi: float, nodes: int, supplier: Array, customer: Array, seeds: Array, steps: int
) -> tuple[World, Policy]:
    """Build nodes that all do one unit of work, and need support from those they are linked to.

    A node uses as many units of support as it has suppliers, a share from each, and makes one for
    each customer; it stops when the missing fraction reaches `phi`, for good.

    Parameters
    ----------
    phi : float
    nodes : int
    supplier, customer : ndarray of int, shape (E,)
        Nodes at the two ends of every link.
    seeds : ndarray of int
        Nodes that fail at the start.
    steps : int
        Ticks of a run.
    """
    order = np.argsort(customer, kind="stable")
    supplier, customer = supplier[order], customer[order]
    needs = np.bincount(customer, minlength=nodes)
    makes = np.bincount(supplier, minlength=nodes)
    user, maker = np.flatnonzero(needs), np.flatnonzero(makes)
    input_of, output_of = np.cumsum(needs > 0) - 1, np.cumsum(makes > 0) - 1
    template, _ = _template(phi, steps)
    one, none = np.ones(nodes), np.zeros(nodes)
    links = len(supplier)
    by_supplier = np.argsort(supplier, kind="stable").astype(np.int64)
    world = template._replace(
        organisations=template.organisations._replace(
            kind=np.zeros(nodes, np.int32),
            area=np.zeros(nodes, np.int32),
            key=np.arange(nodes, dtype=np.uint64),
            group=np.zeros(nodes, np.int32),
            capacity=one,
            caseload=none,
            demand=one,
            arrivals=none,
            population=none,
            stay=np.full(nodes, np.inf),
            nominal_workload=one,
            input_start=_starts(needs > 0),
            output_start=_starts(makes > 0),
            coordination=np.full(nodes, -1, np.int32),
        ),
        inputs=template.inputs._replace(
            organisation=user.astype(np.int32),
            resource=np.zeros(len(user), np.int32),
            use=needs[user].astype(float),
            criticality=np.ones(len(user)),
            cover=np.zeros(len(user)),
            safety=np.zeros(len(user)),
            link_start=_starts(needs[user]),
        ),
        outputs=template.outputs._replace(
            organisation=maker.astype(np.int32),
            resource=np.zeros(len(maker), np.int32),
            make=makes[maker].astype(float),
            cover=np.zeros(len(maker)),
            link_start=_starts(makes[maker]),
        ),
        supply=template.supply._replace(
            supplier=output_of[supplier].astype(np.int32),
            customer=input_of[customer].astype(np.int32),
            share=1.0 / needs[customer],
            lead_time=np.zeros(links, np.int64),
            spread=np.zeros(links, np.int64),
            capacity=np.full(links, np.inf),
            reliability=np.ones(links),
            contract=np.ones(links),
            key=np.arange(links, dtype=np.uint64),
            by_supplier=by_supplier,
        ),
        aid=template.aid._replace(start=np.zeros(len(user) + 1, np.int64)),
        places=template.places._replace(start=np.zeros(nodes + 1, np.int64)),
        referrals=template.referrals._replace(
            start=np.zeros(nodes + 1, np.int64), target_start=np.zeros(nodes + 1, np.int64)
        ),
        events=template.events._replace(
            effect=np.array([int(Effect.CAPACITY)], np.int64),
            start=np.zeros(1, np.int64),
            end=np.array([steps], np.int64),
            value=np.zeros(1),
            levers=np.full((1, len(LEVERS)), np.nan),
            trigger=np.full(1, np.nan),
            area_start=np.zeros(2, np.int64),
            area=np.zeros(0, np.int32),
            target_start=np.array([0, len(seeds)], np.int64),
            target=np.sort(seeds).astype(np.int64),
        ),
        hazard=template.hazard._replace(
            resident_row=np.full(nodes, -1, np.int64), tests=np.full(nodes, -1, np.int32)
        ),
    )
    policy = Policy(
        levers=np.zeros((nodes, len(LEVERS))),
        start=np.zeros(0, np.int64),
        end=np.zeros(0, np.int64),
        value=np.zeros((0, len(LEVERS))),
        target_start=np.zeros(1, np.int64),
        target=np.zeros(0, np.int64),
    )
    return world, policy


def _starts(counts: Array) -> Array:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _template(phi: float, steps: int) -> tuple[World, Policy]:
    """Two such nodes from a scenario: kinds, resources and parameters are taken from it."""
    tables, policy = built(
        {
            "title": "nodes with a threshold",
            "time": {"steps": steps},
            "behaviour": {"patience": 1, "recovery": steps, "forecast_window": 1},
            "resources": {"support": {"storable": False, "rationing": "contract"}},
            "kinds": {
                "node": {
                    "harm": 0,
                    "response": "threshold",
                    "threshold": phi,
                    "needs": {"support": {"use": 1, "criticality": 1}},
                    "makes": {"support": {"make": 1}},
                }
            },
            "organisations": [
                {"id": name, "kind": "node", "area": "graph", "capacity": 1, "demand": 1}
                for name in ("a", "b")
            ],
            "links": [
                {"from": "a", "to": "b", "resource": "support"},
                {"from": "b", "to": "a", "resource": "support"},
            ],
        }
    )
    return tables.world, policy
