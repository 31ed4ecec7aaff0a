"""GraphML as other programs write it: defaults, groups, several graphs, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from crisis_abm.scenario.io.imports import Imported
from tests.scenario.table_files import read_table, told_of

KEYS = """\
<key id="k" for="node" attr.name="kind" attr.type="string"/>
<key id="c" for="node" attr.name="capacity" attr.type="double"><default> 250 </default></key>
<key id="r" for="all" attr.name="resource" attr.type="string"><default>food</default></key>
<key id="s" for="edge" attr.name="share" attr.type="double"/>
<key id="o" for="node" attr.name="colour" attr.type="string"/>
"""
SHOP = '<node id="shop"><data key="k">supermarket</data><data key="c">100</data></node>'
HOME = '<node id="home"><data key="k">household</data></node>'
EDGE = '<edge source="shop" target="home"/>'
GRAPH = "http://graphml.graphdrawing.org/xmlns"


def text(*inner: str, keys: str = KEYS, after: str = "", direction: str = "directed") -> str:
    return (
        f'<?xml version="1.0"?><graphml xmlns="{GRAPH}" xmlns:y="http://www.yworks.com/xml/graphml">'
        f'{keys}<graph edgedefault="{direction}">{"".join(inner)}</graph>{after}</graphml>'
    )


def read(folder: Path, content: str | bytes) -> Imported:
    return read_table(folder, "graph", content)


def told(folder: Path, content: str | bytes) -> list[str]:
    return told_of(folder, "graph", content)


def test_defaults_hold_where_nothing_else_is_said(tmp_path: Path) -> None:
    empty = '<node id="kiosk"><data key="k">supermarket</data><data key="c"/></node>'
    imported = read(tmp_path, text(SHOP, HOME, empty, EDGE))

    assert [one.capacity for one in imported.organisations] == [100, 250, None]
    assert [link.resource for link in imported.links] == ["food"]


def test_two_defaults_of_one_name_are_asked_about(tmp_path: Path) -> None:
    second = (
        '<key id="c2" for="node" attr.name="capacity" attr.type="int"><default>9</default></key>'
    )
    (line,) = told(tmp_path, text(SHOP, HOME, EDGE, keys=KEYS + second))

    assert 'node home, column capacity = "250": has several defaults' in line


@pytest.mark.parametrize(
    ("inner", "place", "words"),
    [
        (SHOP.replace("100", "900"), "node shop", "stands there twice"),
        ('<edge source="shop" target="nowhere"/>', "edge shop to nowhere", 'not there: "nowhere"'),
        ('<edge source="shop"/>', "edge shop to ?", "has no target"),
        ("<node/>", "node ?", "has no id"),
        ('<edge source="home" target="shop" directed="false"/>', "edge home to shop", "undirected"),
        ("<hyperedge/><hyperedge/>", "g.graphml", "has hyperedges (2)"),
        (
            '<node id="x"><data key="k">household</data><data key="zz">1</data></node>',
            "node x",
            'key "zz", which is not declared',
        ),
        (
            '<node id="x"><data key="k">household</data><data key="k">supermarket</data></node>',
            'node x, column kind = "supermarket"',
            'is given twice: "household"',
        ),
        (
            '<node id="x"><data key="k">household</data><data key="c">12,5</data></node>',
            'node x, column capacity = "12,5"',
            "must be a number",
        ),
        (
            '<node id="x"><graph edgedefault="directed"><node id="y">'
            '<data key="k">household</data></node></graph></node>',
            "node x",
            "is missing",
        ),
    ],
)
def test_what_would_be_lost_is_told(tmp_path: Path, inner: str, place: str, words: str) -> None:
    lines = told(tmp_path, text(SHOP, HOME, EDGE, inner))

    assert any(place in line and words in line for line in lines), lines


def test_a_group_that_is_no_organisation_is_told(tmp_path: Path) -> None:
    plain = KEYS.replace("<default> 250 </default>", "").replace("<default>food</default>", "")
    group = f'<node id="box"><graph edgedefault="directed">{SHOP}{HOME}</graph></node>'
    (line,) = told(tmp_path, text(group, keys=plain))

    assert "node box: is a group around other nodes, and no organisation" in line


def test_organisations_within_one_another_are_all_read(tmp_path: Path) -> None:
    outer = HOME.replace("</node>", f'<graph edgedefault="directed">{SHOP}{EDGE}</graph></node>')
    imported = read(tmp_path, text(outer))

    assert [one.id for one in imported.organisations] == ["home", "shop"]
    assert [(link.from_, link.to) for link in imported.links] == [("shop", "home")]
    assert imported.notes == ["g.graphml: nodes around other nodes, all taken for organisations: 1"]


def test_further_graphs_are_refused_with_a_count(tmp_path: Path) -> None:
    second = f'<graph edgedefault="directed">{HOME}{HOME}{EDGE}</graph>'
    lines = told(tmp_path, text(SHOP, HOME, EDGE, after=second))

    assert "g.graphml: holds 2 graphs; outside the first, nodes: 2, edges: 1" in lines[0]


def test_attributes_that_mean_nothing_are_counted(tmp_path: Path) -> None:
    red = '<data key="o">red</data></node>'
    imported = read(
        tmp_path, text(SHOP.replace("</node>", red), HOME.replace("</node>", red), EDGE)
    )

    assert imported.notes == [
        "g.graphml: attributes of nodes that mean nothing here: colour (2)",
    ]


def test_shapes_of_yed_give_positions(tmp_path: Path) -> None:
    keys = KEYS + '<key for="node" id="d" yfiles.type="nodegraphics"/>'
    keys += '<key for="node" id="x" attr.name="x"/><key for="node" id="y" attr.name="y"/>'
    shape = '<data key="d"><y:ShapeNode><y:Geometry x="3.5" y="-4"/><y:Fill/></y:ShapeNode></data>'
    own = '<data key="x">1</data><data key="y">2</data></node>'
    drawn = [
        node.replace("</node>", f"{shape}{end}") for node, end in ((SHOP, "</node>"), (HOME, own))
    ]
    imported = read(tmp_path, text(*drawn, EDGE, keys=keys))

    assert [one.position for one in imported.organisations] == [[3.5, -4], [1, 2]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_any_encoding_that_is_declared_is_read(tmp_path: Path, encoding: str) -> None:
    declared = f'version="1.0" encoding="{encoding.removesuffix("-sig")}"'
    named = text(SHOP.replace("shop", "Müller"), HOME).replace('version="1.0"', declared)

    assert read(tmp_path, named.encode(encoding)).organisations[0].id == "Müller"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "line 1: is not GraphML: no element found"),
        ("<svg/>", "it begins with <svg>"),
        ("<graphml/>", "holds no graph"),
        (text(SHOP)[:-20], "is not GraphML: "),
        (text(SHOP, direction="undirected"), "is an undirected graph"),
        (text("&b;"), "undefined entity"),
        ("<!DOCTYPE graphml>" + text(SHOP), "document type"),
        (text("<graph>" * 200), "undirected|more than 100 elements"),
        (text("<a>" * 200), "more than 100 elements in each other"),
        (text("<!--" + "x" * 1_200_000 + "-->"), "a tag or comment of more than 1,000,000"),
        (text(f'<node id="{"x" * 1_200_000}"/>'), "a tag or comment of more than 1,000,000"),
        (text(SHOP.replace("100", "1" * 120_000)), "node shop: has a text of more than 100,000"),
        (text(SHOP).replace('version="1.0"', 'version="1.0" encoding="x-y"'), "unknown encoding"),
        (text(SHOP).replace("?>", "?>\0", 1), "not well-formed"),
        ("<?xml version='1.0' encoding='shift_jis'?><graphml/>", "save it as UTF-8"),
    ],
)
def test_what_is_no_graph_or_too_much_is_told_in_a_line(
    tmp_path: Path, content: str, words: str
) -> None:
    import re

    lines = told(tmp_path, content)
    assert any(re.search(words, line) for line in lines), [line[:300] for line in lines]
    assert all(len(line) < 1000 for line in lines)
