import csv
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crisis_abm.network import export, from_graph, positions, to_graph
from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.problems import unprintable
from crisis_abm.tables import build
from tests.random_scenarios import random_scenario
from tests.tables.cases import assert_same, chain, several_areas


def random_tables(seed):
    made = Scenario.from_dict(random_scenario(seed))
    return made, build(made)


@given(st.integers(0, 10**6))
@settings(max_examples=80)
def test_a_graph_and_back(seed):
    made, tables = random_tables(seed)
    assert_same(tables, from_graph(to_graph(tables), made))


@pytest.mark.parametrize("seed", range(8))
def test_files_and_back(seed, tmp_path):
    made, tables = random_tables(seed)
    graph = to_graph(tables)
    export(graph, tmp_path / "net.graphml")
    assert_same(tables, from_graph(networkx.read_graphml(tmp_path / "net.graphml"), made))
    export(graph, tmp_path / "net.json")
    data = json.loads((tmp_path / "net.json").read_text())
    assert_same(tables, from_graph(networkx.node_link_graph(data, edges="edges"), made))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("ending", ["csv", "graphml"])
def test_an_export_is_what_a_scenario_imports(seed, ending, tmp_path):
    _, tables = random_tables(seed)
    export(to_graph(tables), tmp_path / f"net.{ending}")
    written = random_scenario(seed)
    for name in ("organisations", "links", "supply", "aid", "referral"):
        written.pop(name)
    written["tables"] = {
        "csv": {"organisations": "net-organisations.csv", "links": "net-links.csv"},
        "graphml": {"graph": "net.graphml"},
    }[ending]
    assert_same(tables, build(Scenario.from_dict(written, folder=tmp_path)))


def test_a_graph_by_hand():
    graph = to_graph(build(chain()))
    assert list(graph) == ["ward_1", "maker_1", "mill_1"]
    ward = graph.nodes["ward_1"]
    assert (ward["kind"], ward["area"], ward["caseload"], ward["stay"]) == ("ward", "north", 8, 4)
    assert ward["nominal_workload"] == 10
    assert "stay" not in graph.nodes["mill_1"]
    assert graph.get_edge_data("maker_1", "ward_1") == {
        0: {
            "kind": "supply",
            "resource": "gowns",
            "share": 1.0,
            "lead_time": 0,
            "lead_time_spread": 0,
            "capacity": float("inf"),
            "reliability": 1.0,
            "contract": 20.0,
        }
    }
    assert graph.number_of_edges() == 2


def test_an_edited_graph():
    made = chain()
    graph = to_graph(build(made))
    graph.add_node("maker_2", kind="maker", area="north", capacity=9.0)
    graph.add_edge("maker_2", "ward_1", kind="supply", resource="gowns", share=0.25, lead_time=2)
    graph["maker_1"]["ward_1"][0]["share"] = None
    graph.add_edge("mill_1", "maker_2", resource="cloth")
    graph.add_edge("maker_1", "maker_2", kind="aid", resource="cloth")
    tables = from_graph(graph, made)
    assert tables.world.supply.share.tolist() == [0.75, 0.25, 1.0, 1.0]
    assert tables.world.supply.lead_time.tolist() == [0, 2, 0, 0]
    assert tables.world.organisations.nominal_workload.tolist() == [10.0, 1.5, 1.5, 0.5]
    assert len(tables.world.aid.donor) == 2


@pytest.mark.parametrize(
    ("edge", "said"),
    [
        (("mill_1", "ward_1", {"resource": "cloth"}), "does not need cloth"),
        (("mill_1", "ward_1", {"resource": "gowns"}), "does not make gowns"),
        (("mill_1", "ward_1", {"resource": "tea"}), "resource in play"),
        (("mill_1", "ward_1", {"kind": "love"}), "no known kind"),
        (("ward_1", "mill_1", {"kind": "referral"}), "share"),
    ],
)
def test_wrong_edges_are_named(edge, said):
    made = chain()
    graph = to_graph(build(made))
    graph.add_edge(edge[0], edge[1], **edge[2])
    with pytest.raises(ScenarioError, match=said):
        from_graph(graph, made)


def test_everybody_needs_a_supplier_and_shares_must_sum_to_one():
    made = chain()
    graph = to_graph(build(made))
    graph["maker_1"]["ward_1"][0]["share"] = 0.75
    graph.remove_edge("mill_1", "maker_1")
    with pytest.raises(ScenarioError) as caught:
        from_graph(graph, made)
    short, alone = caught.value.problems
    assert "ward_1 needs gowns and has shares that sum to 0.75" in short.message
    assert "maker_1 needs cloth and has no supplier" in alone.message
    assert "[[supply]]" in alone.remedy


@pytest.mark.parametrize("node", [{}, {"kind": "ward"}, {"kind": "wizard", "area": "north"}])
def test_wrong_nodes_are_named(node):
    made = chain()
    graph = to_graph(build(made))
    graph.add_node("newcomer", **node)
    with pytest.raises(ScenarioError, match=r"newcomer|wizard"):
        from_graph(graph, made)


def test_csv_has_a_row_for_each(tmp_path):
    tables = build(several_areas(["north", "south"], aid=[{"resource": "gowns", "partners": 1}]))
    graph = to_graph(tables)
    files = export(graph, str(tmp_path / "net.csv"))
    assert [file.name for file in files] == ["net-organisations.csv", "net-links.csv"]
    organisations, links = (
        list(csv.DictReader(file.read_text("utf-8-sig").splitlines())) for file in files
    )
    assert [row["id"] for row in organisations] == tables.ids
    assert len(links) == graph.number_of_edges()


SIGNS = st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"])
ODD = st.sampled_from(
    [
        *("=1+1", "'=1+1", "''@x", "+5", "-", "@a", "#N/A", "'#N/A", "TRUE", "nan", "inf", "1e5"),
        *("007", "1,250", "a,b", 'say "x"', "''", "'", "Łódź", "𝒳", "<b>&amp;", "]]>", "a;b"),
    ]
)
NAMES = ODD | st.text(SIGNS, min_size=1, max_size=12)
IDS = NAMES.filter(lambda text: text.isprintable() and text == text.strip() and text != "")


@given(
    ids=st.lists(IDS, min_size=3, max_size=5, unique=True),
    names=st.lists(NAMES, min_size=5, max_size=5),
    areas=st.lists(IDS, min_size=5, max_size=5),
    ending=st.sampled_from(["csv", "graphml"]),
)
@settings(max_examples=60, deadline=None)
def test_whatever_it_is_called_what_is_written_is_read_again(ids, names, areas, ending):
    assume(not any(unprintable(name) for name in names))
    data = {
        "title": "t",
        "time": {"steps": 5},
        "resources": {"food": {}},
        "areas": {area: {} for area in areas},
    }
    entries = zip(ids, names, areas, ["supermarket"] + ["household"] * 4, strict=False)
    keys = ("id", "name", "area", "kind")
    things = [dict(zip(keys, entry, strict=True)) for entry in entries]
    links = [{"from": ids[0], "to": other, "resource": "food"} for other in ids[1:]]
    tables = build(Scenario.from_dict({**data, "organisations": things, "links": links}))
    with TemporaryDirectory() as place:
        export(to_graph(tables), Path(place) / f"net.{ending}")
        files = {"organisations": "net-organisations.csv", "links": "net-links.csv"}
        data["tables"] = files if ending == "csv" else {"graph": "net.graphml"}
        assert_same(tables, build(Scenario.from_dict(data, folder=place)))


def test_csv_opens_in_a_spreadsheet_and_no_name_is_computed(tmp_path):
    graph = to_graph(build(chain()))
    graph.nodes["ward_1"]["name"] = "=1+1"
    export(graph, tmp_path / "net.csv")
    content = (tmp_path / "net-organisations.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfid,name,")
    assert b"\nward_1,'=1+1,ward," in content


@pytest.mark.parametrize("ending", ["csv", "graphml", "json"])
def test_what_could_not_be_read_again_is_not_written(tmp_path, ending):
    graph = to_graph(build(chain()))
    graph.nodes["ward_1"]["name"] = "a\x1bb"
    with pytest.raises(ValueError, match=r"'ward_1', name: cannot be written, .* 2 is U\+001B"):
        export(graph, tmp_path / f"net.{ending}")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_export_leaves_what_was_there(tmp_path, monkeypatch):
    graph = to_graph(build(chain()))
    export(graph, tmp_path / "net.csv")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    graph.remove_node("mill_1")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        export(graph, tmp_path / "net.csv")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.graphml, \.json or \.csv"):
        export(networkx.MultiDiGraph(), tmp_path / "net.txt")


def test_positions_of_a_graph():
    tables = build(several_areas(["north", "south"]))
    graph = to_graph(tables)
    assert list(positions(graph).values()) == [tuple(place) for place in tables.positions.tolist()]
    for _, node in graph.nodes(data=True):
        del node["x"], node["y"]
    found = positions(graph)
    assert len(set(found.values())) == len(graph)
    assert found == positions(graph)
    assert positions(networkx.MultiDiGraph()) == {}


def test_two_thousand_nodes_have_places_of_their_own():
    graph = networkx.MultiDiGraph()
    for row in range(2000):
        graph.add_node(row, kind=f"k{row % 7}", area=f"a{row % 9}")
    assert len(set(positions(graph).values())) == 2000
