"""The causal graph: every loss of a run, and the shares in which earlier ones explain it.

A node is a cause at work at one moment; an arc says "this share of me is because of that". Nodes
are added in layers, and arcs only run to earlier layers, so feedback between organisations is no
cycle here: it winds through time.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from scipy import sparse

from crisis_abm.analysis.cascade.roots import Roots
from crisis_abm.engine import State
from crisis_abm.tables.layout import World

Array = np.ndarray
NO_LINK = -1
ASKED = -2  # a link e as ASKED - e: not "was shorted on it" but "was asked for more along it"


class Role(IntEnum):
    """What a node stands for."""

    ROOT = 0
    LOSS = 1  # service lost by an organisation at a tick
    CLOSED = 2  # why an organisation is closed at a tick
    SHORT = 3  # why a supplier did not fill its orders at a tick
    ACCOUNT = 4  # why a supplier's finished stock is not what it should be


class CausalGraph:
    """Nodes and arcs.

    Parameters
    ----------
    roots : int
        Nodes 0 to roots - 1.

    Attributes
    ----------
    tick, organisation, role : ndarray, one entry per node
    layers : list of (int, int)
        First node and the node after the last, per layer after the roots.
    """

    def __init__(self, roots: int) -> None:
        self.roots, self.size = roots, roots
        self.layers: list[tuple[int, int]] = []
        self._arcs: list[tuple[Array, Array, Array, Array]] = []
        self._tick = [np.full(roots, -1)]
        self._organisation = [np.full(roots, -1)]
        self._role = [np.full(roots, int(Role.ROOT))]

    def add(
        self,
        tick: int,
        organisation: Array,
        role: Role,
        child: Array,
        parent: Array,
        weight: Array,
        link: Array | None = None,
    ) -> Array:
        """Add a layer of nodes with all their arcs, and return the nodes' numbers.

        Parameters
        ----------
        tick : int
        organisation : ndarray of int, shape (n,)
            One per node.
        role : Role
        child : ndarray of int
            Per arc, the place of its node among the n; every node needs a positive weight.
        parent : ndarray of int
            Per arc, the number of a node of an earlier layer.
        weight : ndarray
            In proportion; a node's arcs are scaled to 1.
        link : ndarray of int, optional
            Supply link of each arc.
        """
        count, first = len(organisation), self.size
        if count == 0:
            return np.empty(0, np.int64)
        useful = weight > 0.0
        child, parent, weight = child[useful], parent[useful].astype(np.int64), weight[useful]
        link = np.full(len(child), NO_LINK) if link is None else link[useful]
        total = np.bincount(child, weights=weight, minlength=count)
        if not (total > 0.0).all() or (parent < 0).any():
            raise AssertionError("a loss without a cause")  # the caller left one out
        self._arcs.append((child + first, parent, weight / total[child], link))
        self._tick.append(np.full(count, tick))
        self._organisation.append(np.asarray(organisation))
        self._role.append(np.full(count, int(role)))
        self.layers.append((first, first + count))
        self.size += count
        return np.arange(first, first + count)

    def finish(self) -> None:
        """Join what was added; to be called once, before anything is asked."""
        self.tick = np.concatenate(self._tick)
        self.organisation = np.concatenate(self._organisation).astype(np.int64)
        self.role = np.concatenate(self._role)
        columns = list(zip(*self._arcs, strict=True)) or [(np.empty(0),)] * 4
        self.child, self.parent = (np.concatenate(c).astype(np.int64) for c in columns[:2])
        self.share = np.concatenate(columns[2])
        self.link = np.concatenate(columns[3]).astype(np.int64)
        self._arc_start = np.cumsum([0, *(len(arcs[0]) for arcs in self._arcs)])

    def explanations(self) -> Array:
        """Shares of the roots in every node.

        Returns
        -------
        ndarray, shape (nodes, roots)
            Rows sum to 1.
        """
        found = np.zeros((self.size, self.roots))
        found[: self.roots] = np.eye(self.roots)
        for layer, (first, end) in enumerate(self.layers):
            found[first:end] = self._matrix(layer) @ found[:first]
        return found

    def passing(self, organisations: Array, links: list[Array]) -> Array:
        """How much of every node is explained by way of some organisation, or some links.

        Each way back counts once, however often it comes by.

        Parameters
        ----------
        organisations : ndarray of int, shape (n,)
        links : list of ndarray
            Groups of supply links, m in all.

        Returns
        -------
        ndarray, shape (nodes, n + m)
            0 to 1.
        """
        n = len(organisations)
        found = np.zeros((self.size, n + len(links)))
        group = np.full(int(self.link.max(initial=0)) + 1, -1)
        for at, some in enumerate(links):
            group[some] = n + at
        for layer, (first, end) in enumerate(self.layers):
            found[first:end] = self._matrix(layer) @ found[:first]
            for at, row in enumerate(organisations.tolist()):
                found[first:end][self.organisation[first:end] == row, at] = 1.0
            arcs = slice(*self._arc_start[layer : layer + 2])
            on = np.where(self.link[arcs] >= 0, group[np.maximum(self.link[arcs], 0)], -1)
            which = np.flatnonzero(on >= 0)
            child, parent = self.child[arcs][which], self.parent[arcs][which]
            more = self.share[arcs][which] * (1.0 - found[parent, on[which]])
            np.add.at(found, (child, on[which]), more)
        return found

    def flows(self, amount: Array) -> Array:
        """How much of an amount laid on the nodes runs back over every arc.

        Parameters
        ----------
        amount : ndarray, shape (nodes,)

        Returns
        -------
        ndarray, shape (arcs,)
        """
        held, over = amount.astype(np.float64), np.zeros(len(self.share))
        for layer in range(len(self.layers) - 1, -1, -1):
            arcs = slice(*self._arc_start[layer : layer + 2])
            over[arcs] = self.share[arcs] * held[self.child[arcs]]
            np.add.at(held, self.parent[arcs], over[arcs])
        return over

    def _matrix(self, layer: int) -> sparse.csr_matrix:
        first, end = self.layers[layer]
        arcs = slice(*self._arc_start[layer : layer + 2])
        rows, columns = self.child[arcs] - first, self.parent[arcs]
        return sparse.csr_matrix((self.share[arcs], (rows, columns)), shape=(end - first, first))


class CauseMemory:
    """The graph as far as it is built, and what has to be remembered on the way.

    N organisations, T ticks, O outputs. Whoever explains a part of a run reads here what others
    have explained before.

    Parameters
    ----------
    world : World
    state : State
        Of a finished run, kept by organisation.
    roots : Roots

    Attributes
    ----------
    graph : CausalGraph
    last, last_tick : ndarray of int, shape (N,)
        The latest node that explains each organisation's trouble, and its tick; -1 before any.
    closed : ndarray of int, shape (N,)
        Why each is closed at this tick; -1 for those at work.
    loss, loss_node : ndarray, shape (T, N)
        Service lost, and its node; -1 where there is none.
    missing, account : ndarray, shape (O,)
        Units on each output's account (`stocks`), and its node.
    """

    def __init__(self, world: World, state: State, roots: Roots) -> None:
        self.world, self.state, self.roots = world, state, roots
        self.graph = CausalGraph(len(roots.all))
        count, record = len(world.organisations.kind), state.record
        self.last, self.last_tick = np.full(count, -1), np.full(count, -1)
        self.closed = np.full(count, -1)
        self.loss = np.maximum(0.0, record.workload - record.service)
        self.loss_node = np.full((world.parameters.steps, count), -1)
        outputs = len(world.outputs.make)
        self.missing, self.account = np.zeros(outputs), np.full(outputs, -1)
