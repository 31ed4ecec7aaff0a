"""Organisations and links of a GraphML file: nodes and edges, whatever program wrote it.

Attributes of other names (colours, sizes) are left alone, and counted. Positions that yEd gives its
shapes are taken where no attribute says otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from crisis_abm.scenario.io.cells import MOST_ROWS, TEXT_COLUMNS, ReadTable, Row, as_number
from crisis_abm.scenario.io.load import KeptFile, read_bytes
from crisis_abm.scenario.io.xml_stream import listen
from crisis_abm.scenario.problems import NOTHING, FirstProblems, Problem, ScenarioError

LARGEST_GRAPH = 100_000_000
LONGEST = 100_000
"""Characters of one attribute of ours."""

MOST_KEYS = 10_000
_STEP = 1 << 16
_SHAPES = ("GenericNode", "ShapeNode", "SVGNode", "ImageNode")
_NOTHING: Mapping[str, str] = MappingProxyType({})  # of which there may be a million
_MANY = 5  # names of attributes that are told


def read_graph(
    path: Path | KeptFile, name: str, node_columns: Sequence[str], edge_columns: Sequence[str]
) -> tuple[ReadTable, ReadTable]:
    """Nodes as rows of organisations, edges as rows of links.

    Parameters
    ----------
    path : Path or KeptFile
    name : str
        What to call the file in messages.
    node_columns, edge_columns : sequence of str
        The attributes to take; a node's `id` is the node itself.

    Raises
    ------
    ScenarioError
    """
    content = read_bytes(path, LARGEST_GRAPH, name)
    graph = _Graph(name, {"node": set(node_columns) - {"id"}, "edge": set(edge_columns)})
    graph.columns["edge"] -= {"from", "to"}
    parts = (content[at : at + _STEP] for at in range(0, len(content), _STEP))
    listen(parts, graph, name, "GraphML", "save it as GraphML")
    nodes, edges = graph.rows()
    notes = graph.notes()
    return ReadTable(name, nodes, notes, False), ReadTable(name, edges, spreadsheet=False)


@dataclass
class _Key:
    """A `<key>`: what attribute of nodes, edges or both it stands for."""

    identity: str
    name: str
    to: str
    given: list[str] = field(default_factory=list)
    has_default: bool = False


class _Item:
    """A node or an edge while it is read."""

    __slots__ = ("around", "called", "drawn", "ends", "sort", "values")

    def __init__(self, sort: str, called: str, ends: tuple[str, ...]) -> None:
        self.sort, self.called, self.ends = sort, called, ends
        self.values: Mapping[str, str] = _NOTHING
        self.drawn: Mapping[str, str] = _NOTHING
        self.around = 0  # graphs within it


class _Graph:
    """Listens to GraphML."""

    def __init__(self, name: str, columns: dict[str, set[str]]) -> None:
        self.columns = columns
        self._name = name
        self._keys: dict[str, _Key] = {}
        self._open: list[_Item] = []
        self._path: list[str] = []
        self._foreign: list[str] = []
        self._graphs = 0
        self._key: _Key | None = None
        self._data: tuple[str, list[str]] | None = None
        self._length = 0
        self._items: dict[str, list[_Item]] = {"node": [], "edge": []}
        self._left: Counter[tuple[str, str]] = Counter()
        self._lost: Counter[str] = Counter()
        self._problems = FirstProblems(name)

    # ------------------------------------------------------------------ listening

    def start(self, space: str, name: str, attributes: Mapping[str, str]) -> None:
        """Hear of the begin of an element."""
        if not _is_graphml(space):
            self._foreign.append(name)
            if name == "Geometry" and len(self._foreign) == 2 and self._foreign[0] in _SHAPES:
                self._draw(attributes)
            return
        if not self._path and name != "graphml":
            raise self._fault("", f"is not GraphML: it begins with <{name[:40]}>")
        self._path.append(name)
        if name == "graph":
            self._begin_graph(attributes)
        elif name == "key":
            self._begin_key(attributes)
        elif name == "default" and self._key is not None:
            self._key.has_default = True
        elif name in ("node", "edge"):
            self._begin_item(name, attributes)
        elif name == "data":
            self._data, self._length = (attributes.get("key", ""), []), 0
        elif name in ("hyperedge", "port"):
            self._lost[name] += 1

    def end(self, space: str, name: str) -> None:
        """Hear of the end of an element."""
        if not _is_graphml(space):
            self._foreign.pop()
            return
        self._path.pop()
        if name == "key":
            self._key = None
        elif name == "data" and self._data is not None:
            (key, parts), self._data = self._data, None
            self._take(key, "".join(parts).strip())
        elif name in ("node", "edge") and self._open:
            self._open.pop()

    def text(self, text: str) -> None:
        """Hear of text."""
        if self._foreign or not self._path:
            return
        if self._path[-1] == "default" and self._key is not None:
            self._key.given.append(text)
        elif self._path[-1] == "data" and self._data is not None:
            self._data[1].append(text)
        else:
            return
        self._length += len(text)
        if self._length > LONGEST:
            raise self._fault(self._within(), f"has a text of more than {LONGEST:,} characters")

    def _within(self) -> str:
        return self._open[-1].called if self._open else ""

    def _fault(self, place: str, message: str, remedy: str = "save it as GraphML") -> ScenarioError:
        return ScenarioError(Problem(self._name, place, NOTHING, message, remedy))

    def _begin_graph(self, attributes: Mapping[str, str]) -> None:
        if self._open:  # a graph within a node: its nodes are nodes, too
            self._open[-1].around += 1
        else:
            self._graphs += 1
        if attributes.get("edgedefault") != "directed":
            message = "is an undirected graph; it does not say who supplies whom"
            raise self._fault("", message, 'save it with edgedefault="directed"')

    def _begin_key(self, attributes: Mapping[str, str]) -> None:
        identity = attributes.get("id", "")
        name = attributes.get("attr.name", attributes.get("yfiles.type", identity))
        self._key = _Key(identity, name, attributes.get("for", "all"))
        self._length = 0
        if identity in self._keys or len(self._keys) >= MOST_KEYS:
            few = identity in self._keys
            message = f'declares the key "{identity[:80]}" twice' if few else "declares many keys"
            raise self._fault("", message)
        self._keys[identity] = self._key

    def _begin_item(self, sort: str, attributes: Mapping[str, str]) -> None:
        wanted = ("id",) if sort == "node" else ("source", "target")
        ends = tuple(attributes.get(key, "").strip() for key in wanted)
        called = " to ".join(end[:200] or "?" for end in ends)
        item = _Item(sort, f"{sort} {called}", ends)
        if not all(ends):
            lacks = [key for key, end in zip(wanted, ends, strict=True) if not end]
            missing = " and no ".join(lacks)
            self._tell(item, f"has no {missing}", "save it as GraphML")
        if sort == "edge" and attributes.get("directed") == "false":
            remedy = "save it as a directed edge"
            self._tell(item, "is undirected; it does not say who supplies whom", remedy)
        if self._graphs > 1:
            self._lost[f"{sort}s of further graphs"] += 1
        elif len(self._items[sort]) >= MOST_ROWS:
            raise self._fault("", f"has more than {MOST_ROWS:,} {sort}s", "leave some out")
        else:
            self._items[sort].append(item)
        self._open.append(item)

    def _draw(self, attributes: Mapping[str, str]) -> None:
        if self._open and self._open[-1].sort == "node":
            place = {key: attributes[key] for key in ("x", "y") if key in attributes}
            if len(place) == 2:
                self._open[-1].drawn = place

    def _take(self, key: str, text: str) -> None:
        """An attribute of the node or edge that is open."""
        if not self._open or self._path[-1:] != [self._open[-1].sort]:
            return  # of the graph, or of a port
        item = self._open[-1]
        known = self._keys.get(key)
        if known is None:
            self._tell(
                item, f'has data of the key "{key[:80]}", which is not declared', "declare it"
            )
        elif known.name not in self.columns[item.sort]:
            self._left[item.sort, known.name] += text != ""
        elif known.name in item.values and item.values[known.name] != text:
            message = f'is given twice: "{item.values[known.name][:80]}", and'
            place = f"{item.called}, column {known.name}"
            self._problems.add(Problem(self._name, place, text, message, "keep one of them"))
        else:
            item.values = {**item.values, known.name: text}

    def _tell(self, item: _Item, message: str, remedy: str) -> None:
        self._problems.add(Problem(self._name, item.called, NOTHING, message, remedy))

    # ------------------------------------------------------------------ what it held

    def rows(self) -> tuple[list[Row], list[Row]]:
        """Rows of organisations and of links.

        Raises
        ------
        ScenarioError
        """
        self._whole()
        defaults = {sort: self._defaults(sort) for sort in self._items}
        nodes: list[Row] = []
        seen: set[str] = set()
        for item in self._items["node"]:
            (identity,) = item.ends
            if identity in seen:
                self._tell(item, "stands there twice", "keep one of the two nodes of this id")
            seen.add(identity)
            cells = dict(self._cells(item, defaults[item.sort]))
            if item.around and not cells.keys() - {"x", "y", "name"}:
                message = "is a group around other nodes, and no organisation"
                remedy = "take the group apart, or give it a kind"
                self._tell(item, message, remedy)
            nodes.append((item.called, {"id": identity, **cells}))
        edges: list[Row] = []
        for item in self._items["edge"]:
            ends = dict(zip(("from", "to"), item.ends, strict=True))
            for end in item.ends:
                if end and end not in seen:
                    message = f'leads to or from a node that is not there: "{end[:200]}"'
                    self._tell(item, message, "add the node, or take the edge away")
            edges.append((item.called, {**dict(self._cells(item, defaults[item.sort])), **ends}))
        self._problems.raise_any()
        return nodes, edges

    def _whole(self) -> None:
        """What is wrong with the file as a whole."""
        if self._graphs == 0:
            self._problems.add(
                Problem(self._name, "", NOTHING, "holds no graph", "save it as GraphML")
            )
        if self._graphs > 1:
            nodes, edges = (self._lost[f"{sort}s of further graphs"] for sort in ("node", "edge"))
            message = f"holds {self._graphs} graphs; outside the first, nodes: {nodes:,}, "
            message += f"edges: {edges:,}"
            remedy = "save the graph that is meant by itself"
            self._problems.add(Problem(self._name, "", NOTHING, message, remedy))
        if count := self._lost["hyperedge"]:
            message = f"has hyperedges ({count:,}), which do not say who supplies whom"
            remedy = "write an edge for each pair"
            self._problems.add(Problem(self._name, "", NOTHING, message, remedy))

    def _defaults(self, sort: str) -> dict[str, list[str]]:
        """What nodes or edges have that say nothing else; several keys may have one name."""
        defaults: dict[str, list[str]] = {}
        for key in self._keys.values():
            if key.has_default and key.to in (sort, "all") and key.name in self.columns[sort]:
                defaults.setdefault(key.name, []).append("".join(key.given).strip())
        return defaults

    def _cells(
        self, item: _Item, defaults: Mapping[str, Sequence[str]]
    ) -> Iterator[tuple[str, Any]]:
        drawn: Mapping[str, str] = _NOTHING if {"x", "y"} & item.values.keys() else item.drawn
        given = {name: texts[0] for name, texts in defaults.items()} | {**drawn, **item.values}
        for key, text in given.items():
            if key not in item.values and len(set(defaults.get(key, ()))) > 1:
                message = "has several defaults, of which it may be any"
                place = f"{item.called}, column {key}"
                remedy = "keep one of the keys of this name"
                self._problems.add(Problem(self._name, place, text, message, remedy))
            number = None if key in TEXT_COLUMNS else as_number(text)
            if text == "" or (key == "stay" and number is not None and number != number):
                continue  # NaN is how graphs without empty cells say that nobody stays
            yield key, text if number is None else number

    def notes(self) -> list[str]:
        """What was left alone, or taken otherwise than it stands there, with counts."""
        notes = []
        for sort in ("node", "edge"):
            left = {name: n for (one, name), n in self._left.items() if one == sort and n}
            if left:
                shown = _counted(left)
                notes.append(f"{self._name}: attributes of {sort}s that mean nothing here: {shown}")
        if around := sum(item.around > 0 for item in self._items["node"]):
            what = "nodes around other nodes, all taken for organisations"
            notes.append(f"{self._name}: {what}: {around:,}")
        if ports := self._lost["port"]:
            notes.append(f"{self._name}: ports, which mean nothing here: {ports:,}")
        return notes


def _is_graphml(space: str) -> bool:
    return not space or "graphml.graphdrawing.org" in space


def _counted(left: Mapping[str, int]) -> str:
    names: Collection[str] = sorted(left, key=lambda name: (-left[name], name))
    shown = ", ".join(f"{name[:40]} ({left[name]:,})" for name in list(names)[:_MANY])
    return shown + (f", and {len(names) - _MANY} others" if len(names) > _MANY else "")
