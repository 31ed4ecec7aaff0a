"""The page: whole in itself, in order for those who cannot see it, and deaf to what it is told."""

from __future__ import annotations

import base64
import csv
import io
import re
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote

import numpy as np
import pytest

from crisis_abm.report.page import MOST_IN_PAGE, page_html, report_files, write_page
from crisis_abm.report.sections import Picture, Section, Table, columns_of
from crisis_abm.report.style import drawing
from crisis_abm.runs.bundle import write_csv
from tests.report.pages import Element, line, picture, read, section, table

EVIL = "</style></title><script>alert('x')</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"


def page(tmp_path, sections, title="A report", lead=("What was asked.",), about=()) -> Element:
    path = tmp_path / "report.html"
    write_page(path, title, lead, sections, about)
    return read(path.read_text(encoding="utf-8"))


def carried(root: Element, name: str) -> str:
    """The file of that name that a page carries."""
    (link,) = (a for a in root.all("a") if a.attributes.get("download") == name)
    kind, _, content = link["href"].partition(",")
    assert kind == "data:text/csv;charset=utf-8"
    return unquote(content)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    parts = [
        section("first", pictures=[picture()], tables=[table(), table("long", "Many", rows=16)]),
        section("second", pictures=[picture("fall", "Another line.")]),
    ]
    about = [("Seed", "7"), ("Command", "crisis-abm analyse runs/x")]
    return page(tmp_path_factory.mktemp("page"), parts, about=about)


def test_headings_are_in_order_and_the_findings_come_first(whole):
    headings = whole.all("h1", "h2", "h3", "h4")
    found = [(one.tag, one.text) for one in headings]
    assert found == [
        ("h1", "A report"),
        ("h2", "Findings"),
        ("h2", "The first part"),
        ("h2", "The second part"),
        ("h2", "How this was made"),
    ]
    (main,) = whole.all("main")
    findings = main.all("section")[0]
    assert [one.text for one in findings.all("li")] == [
        "The first part What was found.",
        "The second part What was found.",
    ]


def test_links_lead_to_what_is_there_and_nothing_is_fetched(whole):
    places = [one["id"] for one in whole.all() if "id" in one.attributes]
    assert len(places) == len(set(places))
    links = [a["href"] for a in whole.all("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(places)
    assert all(link.startswith(("#", "data:")) for link in links)
    assert whole.all("a")[0]["href"] == "#main"
    assert {img["src"].partition(",")[0] for img in whole.all("img")} == {
        "data:image/svg+xml;base64"
    }
    assert not whole.all("script", "link", "iframe", "object")
    assert whole.all("html")[0]["lang"] == "en-GB"


def test_a_picture_is_told_in_words_and_carries_its_numbers(whole):
    first = whole.all("figure")[0]
    (img,) = first.all("img")
    assert img["alt"] == "A line that rises."
    assert int(img["width"]) > int(img["height"]) > 100
    svg = base64.b64decode(img["src"].partition(",")[2]).decode()
    assert svg.startswith("<svg") and "It rises" in svg
    (grid,) = first.all("table")
    assert [cell.text for cell in grid.all("td")] == ["0.123", "0", "1", "1"]
    rows = list(csv.reader(io.StringIO(carried(whole, "rise.csv"))))
    assert rows == [["x", "y"], ["0.123456789", "0"], ["1.0", "1"]]


def test_tables_say_what_their_cells_belong_to(whole):
    for one in whole.all("table"):
        assert one.all("caption")[0].text
        assert {head["scope"] for head in one.all("thead")[0].all("th")} == {"col"}
    (counted,) = (t for t in whole.all("table") if "counted" in t.all("caption")[0].text)
    assert [head.text for head in counted.all("th")] == [
        "kind",
        "how many of them",
        "kind 0",
        "kind 1",
    ]
    assert [head["scope"] for head in counted.all("tbody")[0].all("th")] == ["row", "row"]
    assert [cell.text for cell in counted.all("td")] == ["1,230", "1,240"]
    assert carried(whole, "counted.csv").splitlines()[1] == "kind 0,1234.5678"


def test_a_long_table_is_folded_away(whole):
    summaries = [one.text for one in whole.all("summary")]
    assert "Table 2: Many (16 rows)" in summaries
    assert not any("Table 1" in one for one in summaries)


def test_how_it_was_made_is_told_at_the_end(whole):
    last = whole.all("section")[-1]
    assert [one.text for one in last.all("dt", "dd")] == [
        "Seed",
        "7",
        "Command",
        "crisis-abm analyse runs/x",
    ]


def test_whatever_it_is_told_stays_text(tmp_path):
    columns = {EVIL: np.array([EVIL], dtype=object), "n": np.array([1])}
    part = Section(
        "one",
        EVIL,
        [EVIL, EVIL],
        [Table("evil", EVIL, columns_of(columns, {"n": EVIL}))],
        [Picture("drawn", EVIL, lambda: line(EVIL), columns)],
    )
    root = page(tmp_path, [part], EVIL, [EVIL], [(EVIL, EVIL)])
    assert not root.all("script")
    (img,) = root.all("img")
    assert img["alt"] == EVIL and set(img.attributes) == {"src", "alt", "width", "height"}
    assert root.all("title")[0].text == EVIL
    assert root.all("h1")[0].text == EVIL and root.all("h2")[1].text == EVIL
    assert [one.text for one in root.all("dt", "dd")] == [EVIL, EVIL]
    svg = base64.b64decode(img["src"].partition(",")[2]).decode()
    assert not re.search(r"<(script|img)", svg)
    assert list(csv.reader(io.StringIO(carried(root, "evil.csv"))))[1] == [EVIL, "1"]
    (policy,) = (m for m in root.all("meta") if "http-equiv" in m.attributes)
    assert policy["content"].startswith("default-src 'none'")


def test_much_is_cut_short_and_said_so(tmp_path):
    rows = 60_000
    part = section(tables=[Table("much", "Much", columns_of({"n": np.arange(rows) + 0.123456}))])
    root = page(tmp_path, [part])
    assert len(root.all("tbody")[0].all("tr")) == 200
    (told,) = (p.text for p in root.all("p") if p.attributes.get("class") == "file")
    assert told == (
        "The first 200 of 60,000 rows. "
        "All of it is in much.csv (0.8 MB, too much for this page), beside the page."
    )
    assert (tmp_path / "report.html").stat().st_size < MOST_IN_PAGE
    assert not [a for a in root.all("a") if "download" in a.attributes]


def test_the_same_report_is_the_same_page(tmp_path):
    parts = [section(pictures=[picture()], tables=[table()])]
    for name in ("one", "other"):
        write_page(tmp_path / name, "A report", [], parts, [])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


@pytest.mark.parametrize(
    "sections",
    [
        [section("a"), section("a")],
        [section("findings")],
        [section("No address")],
        [section("a", tables=[table("x")], pictures=[picture("x")])],
        [section("a", tables=[table("../x")])],
    ],
)
def test_names_that_would_meet_are_refused(sections):
    with pytest.raises(ValueError, match=r"name|called"):
        page_html("t", [], sections, [], {})


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="differ in length"):
        Table("bad", "Bad", columns_of({"a": np.arange(2), "b": np.arange(3)}))


def test_every_picture_and_table_has_its_files(tmp_path):
    columns = {"name": np.array(["a,b", 'c"d'], dtype=object), "value": np.array([0.1, np.nan])}
    counted, drawn = table(), picture("drawn", "A line.", columns)
    told = []
    files = report_files(
        "A report", [], [section(pictures=[drawn], tables=[counted])], [], lambda *p: told.append(p)
    )
    assert set(files) == {"report.html", "drawn.png", "drawn.svg", "drawn.csv", "counted.csv"}
    assert told == [(0, 1)]
    for name, write in files.items():
        write(tmp_path / name)
    assert (tmp_path / "drawn.png").read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse(tmp_path / "drawn.svg").getroot().tag.endswith("}svg")
    write_csv(tmp_path / "other.csv", [columns])
    assert (tmp_path / "drawn.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_a_drawing_is_the_same_each_time_and_keeps_its_scale():
    first, second = drawing(picture()), drawing(picture())
    assert first == second
    assert "Date" not in first.svg and "date" not in first.svg
    scales = {one for one in first.svg.split() if "scale(" in one}
    whole = line()
    assert scales  # letters are outlines, drawn at a scale of 1/64 and less
    assert all(len(one) > 12 for one in scales if one.startswith('transform="scale(0'))
    assert whole.get_suptitle() in first.svg
