"""Organisations and links from tables beside the scenario, good and bad."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import networkx as nx
import openpyxl
import pytest

from crisis_abm.scenario import Problem, Scenario, ScenarioError
from crisis_abm.scenario.io import workbook as workbooks
from crisis_abm.scenario.io.imports import read_tables
from crisis_abm.scenario.schema.entries import Tables
from crisis_abm.tables import build

HEAD = """\
title = "From tables"
resources = {{ ppe = {{}} }}
[kinds.hospital.makes]
clinical_support = false
[tables]
{tables}
[[supply]]
resource = "ppe"
to = ["care_home"]
"""

ORGANISATIONS = """\
id,name,kind,area,capacity,x,y
ward,"Ward, the",hospital,north,300,1,2.5
depot,,supplier,north,,,
home,,care_home,north,20,,

barn,,supplier,south,1e2,,
"""

LINKS = """\
from,to,resource,share,lead_time
depot,ward,ppe,0.25,2
barn,ward,ppe,0.75,
"""

CSV = 'organisations = "o.csv"\nlinks = "l.csv"'


def load(
    folder: Path, tables: str = CSV, organisations: str = ORGANISATIONS, links: str = LINKS
) -> Scenario:
    (folder / "o.csv").write_text(organisations)
    (folder / "l.csv").write_text(links)
    (folder / "s.toml").write_text(HEAD.format(tables=tables))
    return Scenario.load(folder / "s.toml")


def faults(folder: Path, *given: str, **more: str) -> list[Problem]:
    with pytest.raises(ScenarioError) as caught:
        build(load(folder, *given, **more))
    return caught.value.problems


@pytest.mark.smoke
def test_organisations_and_links_are_read_from_csv(tmp_path: Path) -> None:
    scenario = load(tmp_path)
    ward, depot, _, barn = scenario.members()

    assert (ward.id, ward.name, ward.capacity, ward.position) == (
        "ward",
        "Ward, the",
        300,
        (1, 2.5),
    )
    assert depot.capacity == scenario.recipe("supplier").capacity
    assert (barn.area, barn.capacity) == ("south", 100)
    assert [(k.from_, k.to, k.share, k.lead_time) for k in scenario.all_links()] == [
        ("depot", "ward", 0.25, 2),
        ("barn", "ward", 0.75, 0),
    ]


def test_semicolons_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = "\ufeff" + ORGANISATIONS.replace('"Ward, the"', "Ward").replace(",", ";")

    assert len(load(tmp_path, organisations=text).members()) == 4


GERMAN = """\
id;name;kind;area;capacity;x;y
ward;Krankenhaus Köln – Süd;hospital;north;300;1;2,5
depot;;supplier;north;;;
home;;care_home;north;20,25;;
barn;;supplier;south;1.000,5;;
"""


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize(("old", "new"), [("", ""), (";", "\t"), ("id;", "sep=;\nid;")])
def test_what_spreadsheets_save_is_read(tmp_path: Path, encoding: str, old: str, new: str) -> None:
    load(tmp_path)
    text = GERMAN.replace(old, new, -1 if new == "\t" else 1) if old else GERMAN
    (tmp_path / "o.csv").write_bytes(text.replace("\n", "\r\n").encode(encoding))
    ward, _, home, barn = Scenario.load(tmp_path / "s.toml").members()

    assert ward.name == "Krankenhaus Köln – Süd"
    assert ward.position == (1, 2.5)
    assert (ward.capacity, home.capacity, barn.capacity) == (300, 20.25, 1000.5)


def _capacities(folder: Path, delimiter: str, *cells: str) -> list[float | None]:
    rows = [f'w{k};hospital;"{cell}"' for k, cell in enumerate(cells)]
    text = "\n".join(["id;kind;capacity", *rows]).replace(";", delimiter)
    (folder / "t.csv").write_text(text)
    tables = Tables(organisations="t.csv")
    imported, problems = read_tables(tables, folder, "s.toml")
    if problems:
        raise ScenarioError(problems)
    return [one.capacity for one in imported.organisations]


@pytest.mark.parametrize(
    ("delimiter", "cells", "read"),
    [
        (";", ["1,250", "0,5"], [1.25, 0.5]),
        (";", ["12.5", "0,5"], [12.5, 0.5]),
        (";", ["0.125"], [0.125]),
        (";", ["1.250", "2.5"], [1.25, 2.5]),
        (",", ["1.250"], [1.25]),
        (",", ["0,25"], [0.25]),
        ("\t", ["12,5"], [12.5]),
        (",", ["1.250", "12,5"], None),
        (",", ["1,250"], None),
        (";", ["1,250"], None),
        ("\t", ["1,250"], None),
        (";", ["1.250"], None),
        (";", ["1,250", "2.5"], None),
        (";", ["1.250", "0,5"], None),
    ],
)
def test_decimal_commas_are_read_where_they_are_certain(
    tmp_path: Path, delimiter: str, cells: list[str], read: list[float] | None
) -> None:
    if read is not None:
        assert _capacities(tmp_path, delimiter, *cells) == read
        return
    with pytest.raises(ScenarioError, match=r"row [23], column capacity = \"1[,.]250\": may be"):
        _capacities(tmp_path, delimiter, *cells)


@pytest.mark.parametrize("content", [b"id,kind\nw\x81,hospital\n", bytes(range(256)), b"\xff\xfea"])
def test_what_is_no_text_is_told(tmp_path: Path, content: bytes) -> None:
    load(tmp_path)
    (tmp_path / "o.csv").write_bytes(content)
    with pytest.raises(ScenarioError, match=r"o\.csv: is not text that can"):
        Scenario.load(tmp_path / "s.toml")


def workbook(path: Path, organisations: str = ORGANISATIONS, extra: Any = None) -> None:
    import csv

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, text in (("organisations", organisations), ("links", LINKS)):
        sheet = book.create_sheet(name)
        for row in csv.reader(text.splitlines()):
            sheet.append([_cell(cell) for cell in row])
    if extra is not None:
        extra(book)
    book.save(path)


def _cell(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text or None


def test_a_workbook_says_the_same_as_two_csv_files(tmp_path: Path) -> None:
    from_csv = load(tmp_path)
    workbook(tmp_path / "w.xlsx", extra=lambda book: book.create_sheet("notes"))
    from_workbook = load(tmp_path, 'workbook = "w.xlsx"')

    assert from_workbook.members() == from_csv.members()
    assert from_workbook.fingerprint() == from_csv.fingerprint()


def test_the_fingerprint_follows_the_content_of_tables(tmp_path: Path) -> None:
    before = load(tmp_path).fingerprint()

    assert load(tmp_path, organisations=ORGANISATIONS.replace("300", "301")).fingerprint() != before


def test_saved_elsewhere_a_scenario_carries_its_tables_along(tmp_path: Path) -> None:
    scenario = load(tmp_path)
    elsewhere = tmp_path / "bundle"
    elsewhere.mkdir()
    scenario.with_({"behaviour.keep": 3}).save(elsewhere / "copy.toml")
    scenario.save(tmp_path / "beside.toml")
    copy = Scenario.load(elsewhere / "copy.toml")

    assert copy.members() == scenario.members()
    assert copy.with_({"behaviour.keep": 2.5}) == scenario
    assert copy.tables is None
    assert Scenario.load(tmp_path / "beside.toml").to_toml() == scenario.to_toml()


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("300", "many", "row 2, column capacity", "must be a number"),
        ("300", "-3", "row 2, column capacity", "at least 0"),
        ("300", "nan", "row 2, column capacity", "finite"),
        ("300", "TRUE", "row 2, column capacity", "must be a number"),
        ("capacity", "capcity", "row 1, column 5", '"capacity"'),
        ("capacity", "kind", "row 1, column 5", "two columns"),
        ("1,2.5", "1,", "row 2", "half a position"),
        (",hospital", ",", "row 2, column kind", "is missing"),
        (",hospital", ",hospitl", "row 2, column kind", '"hospital"'),
        ("barn,", "depot,", "row 6, column id", "two organisations"),
        ("barn,,supplier,south,1e2", "barn,,supplier,,1e2", "row 6, column area", "has no area"),
        ("1,2.5", "1,2.5,9", "row 2", "8 cells"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    text = ORGANISATIONS.replace(old, new, 1)
    if "area" in place:  # two areas are left
        text += "mill,,supplier,south,,,\n"
    problems = faults(tmp_path, organisations=text)

    told = [p for p in problems if p.file == "o.csv" and p.place == place]
    assert told, list(map(str, problems))
    assert words in str(told[0])
    assert told[0].remedy


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("depot,ward", "dpot,ward", "row 2, column from"),
        ("depot,ward,ppe", "depot,ward,pp", "row 2, column resource"),
        ("0.25,2", "0.25,2.5", "row 2, column lead_time"),
        ("0.25,2", "1.25,2", "row 2, column share"),
        ("0.25,2", "0.5,2", "row 2"),
    ],
)
def test_a_bad_link_row_is_named(tmp_path: Path, old: str, new: str, place: str) -> None:
    problems = faults(tmp_path, links=LINKS.replace(old, new))

    assert any(place in str(p) and "l.csv" in str(p) for p in problems), list(map(str, problems))


def test_all_bad_rows_of_all_tables_are_told_at_once(tmp_path: Path) -> None:
    problems = faults(
        tmp_path,
        organisations=ORGANISATIONS.replace("300", "x").replace("20", "y"),
        links=LINKS.replace("0.25", "z"),
    )

    assert {(p.file, p.place) for p in problems} == {
        ("o.csv", "row 2, column capacity"),
        ("o.csv", "row 4, column capacity"),
        ("l.csv", "row 2, column share"),
    }


def test_a_table_of_names_where_ids_belong_is_told_at_once(tmp_path: Path) -> None:
    rows = [f"Organisation number {n},ward,ppe" for n in range(20_000)]
    problems = faults(tmp_path, links="\n".join(["from,to,resource", *rows]))

    assert problems[0].place == "row 2, column from"
    assert len(problems) <= 300


@pytest.mark.parametrize(
    "tables",
    [
        'organisations = "../outside.csv"',
        'organisations = "/etc/passwd"',
        'organisations = "link.csv"',
        'organisations = "folder/link.csv"',
    ],
)
def test_tables_outside_the_folder_are_not_read(tmp_path: Path, tables: str) -> None:
    (tmp_path / "outside.csv").write_text(ORGANISATIONS)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.csv").symlink_to(tmp_path / "outside.csv")
    (inside / "folder").symlink_to(tmp_path)
    (tmp_path / "link.csv").write_text(ORGANISATIONS)
    (problem, *_) = faults(inside, tables)

    assert problem.place == "tables.organisations"
    assert "outside the scenario's folder" in problem.message


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ('organisations = "O.csv"', 'did you mean "o.csv"'),
        ('workbook = "o.csv"', "not an XLSX workbook"),
        ('graph = "o.csv"', "not GraphML"),
        ('graph = "o.csv"\nworkbook = "o.csv"', "choose one"),
        ("", "names no file"),
        ('organisations = "."', "not a file"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, tables: str, words: str) -> None:
    assert any(words in str(problem) for problem in faults(tmp_path, tables))


def test_tables_need_a_folder() -> None:
    with pytest.raises(ScenarioError, match="not read from a folder"):
        Scenario.from_text(HEAD.format(tables=CSV))


def test_a_large_table_is_refused_without_reading_it(tmp_path: Path) -> None:
    load(tmp_path)
    with (tmp_path / "o.csv").open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(ScenarioError, match="too large: 200"):
        Scenario.load(tmp_path / "s.toml")


def test_formulas_are_not_computed(tmp_path: Path) -> None:
    def formula(book: Any) -> None:
        book["organisations"]["E2"] = "=100+200"

    workbook(tmp_path / "w.xlsx", extra=formula)
    problems = faults(tmp_path, 'workbook = "w.xlsx"')

    (told,) = [p for p in problems if p.place == "row 2, column capacity"]
    assert told.file == "w.xlsx, sheet organisations"
    assert told.value == "=100+200"
    assert "without a stored value" in told.message


def test_a_workbook_that_declares_entities_is_refused(tmp_path: Path) -> None:
    workbook(tmp_path / "good.xlsx")
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha">]><worksheet/>'
    with (
        zipfile.ZipFile(tmp_path / "good.xlsx") as good,
        zipfile.ZipFile(tmp_path / "w.xlsx", "w") as bad,
    ):
        for entry in good.namelist():
            bad.writestr(entry, bomb if "sheet1" in entry else good.read(entry))

    assert "entities" in faults(tmp_path, 'workbook = "w.xlsx"')[0].message


def test_a_workbook_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "LARGEST_UNPACKED", 1_000_000)
    workbook(tmp_path / "w.xlsx")
    with zipfile.ZipFile(tmp_path / "w.xlsx", "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/media/large.bin", bytes(1_000_000))

    assert "unpack" in faults(tmp_path, 'workbook = "w.xlsx"')[0].message


def graph() -> nx.MultiDiGraph:
    made = nx.MultiDiGraph()
    made.add_node("ward", kind="hospital", area="north", capacity=300, stay=8.0, colour="red")
    made.add_node("home", kind="care_home", area="north", x=1.0, y=2.0)
    made.add_node("depot", kind="supplier", area="north", name="The depot")
    made.add_edge("depot", "ward", resource="ppe", share=1.0, lead_time=2, kind="supply")
    made.add_edge("ward", "home", kind="referral", share=0.1)
    made.add_edge("ward", "home", kind="aid", resource="ppe")
    made.add_edge("home", "ward", kind="aid", resource="ppe")
    return made


def test_a_graph_gives_organisations_and_links(tmp_path: Path) -> None:
    nx.write_graphml(graph(), tmp_path / "g.graphml")
    scenario = load(tmp_path, 'graph = "g.graphml"')

    assert [m.id for m in scenario.members()] == ["ward", "home", "depot"]
    assert scenario.members()[1].position == (1, 2)
    assert scenario.members()[2].name == "The depot"
    (link,) = scenario.all_links()
    assert (link.from_, link.to, link.share, link.lead_time) == ("depot", "ward", 1, 2)
    assert [rule.between for rule in scenario.all_aid()] == [["ward", "home"]]
    assert [(rule.from_, rule.to) for rule in scenario.all_referral()] == [(["ward"], ["home"])]
    assert Scenario.from_text(scenario.to_toml(inline_tables=True)) == scenario


def test_a_fault_of_a_graph_names_the_node_or_edge(tmp_path: Path) -> None:
    bad = graph()
    bad.nodes["ward"]["capacity"] = -1
    bad.add_edge("depot", "home", kind="friendship")
    nx.write_graphml(bad, tmp_path / "g.graphml")
    problems = faults(tmp_path, 'graph = "g.graphml"')

    assert [(p.file, p.place) for p in problems] == [
        ("g.graphml", "node ward, column capacity"),
        ("g.graphml", "edge depot to home, kind"),
    ]


def test_an_undirected_graph_is_refused(tmp_path: Path) -> None:
    nx.write_graphml(nx.path_graph(3), tmp_path / "g.graphml")

    assert "undirected" in faults(tmp_path, 'graph = "g.graphml"')[0].message


def test_entities_in_a_graph_are_not_expanded(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY e0 "ha">{levels}]><graphml>&e11;</graphml>'
    (tmp_path / "g.graphml").write_text(bomb)

    assert "entities" in faults(tmp_path, 'graph = "g.graphml"')[0].message
