"""Workbooks as they stand in their zip: cells, claims, dialects, damage."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from crisis_abm.scenario import ScenarioError
from crisis_abm.scenario.io import workbook
from crisis_abm.scenario.io.imports import Imported
from tests.scenario.table_files import read_table, told_of

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

HEADINGS = ("id", "kind", "area", "capacity")
WARD = ("ward", "hospital", "north", 300)
STYLES = """\
<styleSheet xmlns="{space}"><numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yy"/>
<numFmt numFmtId="165" formatCode="0.0%"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="9"/>
<xf numFmtId="165"/></cellXfs></styleSheet>"""


def cell(value: Any, more: str = "") -> str:
    """A cell: a text, a number, or XML as it is."""
    if value is None or str(value).startswith("<"):
        return value or "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"{more}><is><t>{value}</t></is></c>'
    return f"<c{more}><v>{value}</v></c>"


def sheet(*rows: tuple[Any, ...], before: str = "", after: str = "", space: str = MAIN) -> str:
    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    body = f"{before}<sheetData>{lines}</sheetData>{after}"
    return f'<worksheet xmlns="{space}">{body}</worksheet>'


def write(
    folder: Path,
    sheets: dict[str, str],
    shared: str = "",
    space: str = MAIN,
    hidden: str = "",
    more: dict[str, bytes] | None = None,
) -> None:
    relation = (
        RELATION if space == MAIN else "http://purl.oclc.org/ooxml/officeDocument/relationships"
    )
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"'
        f"{' state=' + chr(34) + 'hidden' + chr(34) if name == hidden else ''}/>"
        for n, name in enumerate(sheets)
    )
    targets = [(f"r{n}", "worksheet", f"worksheets/s{n}.xml") for n in range(len(sheets))]
    targets += [("s", "styles", "styles.xml"), ("t", "sharedStrings", "/xl/texts.xml")]
    related = "".join(
        f'<Relationship Id="{one}" Type="{relation}/{sort}" Target="{target}"/>'
        for one, sort, target in targets
    )
    parts = {
        "_rels/.rels": f'<Relationships><Relationship Id="a" Type="{relation}/officeDocument" '
        'Target="xl/book.xml"/></Relationships>',
        "xl/book.xml": f'<workbook xmlns="{space}" xmlns:r="{relation}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/_rels/book.xml.rels": f"<Relationships>{related}</Relationships>",
        "xl/styles.xml": STYLES.format(space=space),
        "xl/texts.xml": f'<sst xmlns="{space}">{shared}</sst>',
        **{f"xl/worksheets/s{n}.xml": text for n, text in enumerate(sheets.values())},
    }
    with zipfile.ZipFile(folder / "w.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
        for name, content in (more or {}).items():
            book.writestr(name, content)


def read(folder: Path) -> Imported:
    return read_table(folder, "workbook")


def organisations(folder: Path, *rows: tuple[Any, ...], **more: Any) -> Imported:
    write(folder, {"organisations": sheet(HEADINGS, *rows, **more)})
    return read(folder)


def told(folder: Path, *rows: tuple[Any, ...], **more: Any) -> list[str]:
    write(folder, {"organisations": sheet(HEADINGS, *rows, **more)})
    return told_of(folder, "workbook")


@pytest.mark.parametrize("claim", ["A1", "A1:B1", "A1:XFD1048576", "??", ""])
def test_the_size_that_a_sheet_claims_means_nothing(tmp_path: Path, claim: str) -> None:
    imported = organisations(tmp_path, WARD, before=f'<dimension ref="{claim}"/>')

    (ward,) = imported.organisations
    assert (ward.id, ward.kind, ward.area, ward.capacity) == WARD


def test_a_cell_far_away_counts_only_if_it_holds_something(tmp_path: Path) -> None:
    row = "".join(map(cell, HEADINGS))
    body = f'<row r="1">{row}</row><row r="3">{"".join(map(cell, WARD))}</row>'
    far = '<row r="1048576"><c r="XFD1048576" s="1">{}</c></row>'
    page = f'<worksheet xmlns="{MAIN}"><sheetData>{body}{far}</sheetData></worksheet>'
    write(tmp_path, {"organisations": page.format("")})
    assert read(tmp_path).places["organisations"] == [("w.xlsx, sheet organisations", "row 3")]

    write(tmp_path, {"organisations": page.format("<v>7</v>")})
    with pytest.raises(ScenarioError, match=r"row 1048576, column 16384 = .*without a heading"):
        read(tmp_path)


def test_both_dialects_and_capital_letters_are_read(tmp_path: Path) -> None:
    for space in (MAIN, STRICT):
        write(tmp_path, {" Organisations": sheet(HEADINGS, WARD, space=space)}, space=space)
        assert read(tmp_path).organisations[0].capacity == 300


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["Organisations1", "links"], "no sheet called organisations, but one called Organis"),
        (["organizations"], "but one called organizations"),
        (["organisations", "Organisations "], "two sheets called organisations"),
        (["notes", "drafts"], "sheets there: notes, drafts"),
    ],
)
def test_sheets_that_may_be_meant_are_asked_about(
    tmp_path: Path, names: list[str], words: str
) -> None:
    write(tmp_path, {name: sheet(HEADINGS, WARD) for name in names})
    with pytest.raises(ScenarioError, match=words):
        read(tmp_path)


def test_what_is_hidden_or_left_out_is_noted(tmp_path: Path) -> None:
    page = sheet(HEADINGS, WARD, before='<cols><col min="3" max="16384" hidden="1"/></cols>')
    first, second = page.rsplit("<row>", 1)
    page = f'{first}<row hidden="1">{second}'
    write(tmp_path, {"organisations": page, "notes": sheet(("a",))}, hidden="organisations")

    assert read(tmp_path).notes == [
        "w.xlsx, sheet organisations: is hidden, and was read",
        "w.xlsx, sheet organisations: hidden rows that were read, too: 1",
        "w.xlsx, sheet organisations: hidden columns that were read, too: 2",
        "w.xlsx: sheets that were not read: notes",
    ]


@pytest.mark.parametrize(
    ("bad", "place", "words"),
    [
        ('<c r="??"><v>1</v></c>', "row 2", 'a cell called "??"'),
        ('<c r="B7"><v>1</v></c>', "row 2", 'a cell called "B7"'),
        ('<c r="ZZZ2"><v>1</v></c>', "row 2", "more than 16,384 cells"),
        ("<c><v>n/a</v></c>", "row 2, column area", "must be a number"),
        ("<c><v>12_5</v></c>", "row 2, column area", "must be a number"),
        ('<c t="d"><v>2025-13-45</v></c>', "row 2, column area", "is no date"),
        ('<c t="d"><v>2025-12-01</v></c>', "row 2, column area", "is a date"),
        ('<c s="1"><v>45689</v></c>', "row 2, column area = 2025-02-01", "is a date"),
        ('<c s="2"><v>45689</v></c>', "row 2, column area = 2025-02-01", "is a date"),
        ('<c s="2"><v>-9e99</v></c>', "row 2, column area", "shown as a date, and is none"),
        ('<c t="b"><v>1</v></c>', "row 2, column area = true", "is true or false"),
        ('<c t="e"><v>#N/A</v></c>', 'row 2, column area = "#N/A"', "is an error"),
        ('<c t="str"><v>#REF!</v></c>', 'row 2, column area = "#REF!"', "spreadsheet's error"),
        ("<c><f>1+1</f></c>", 'row 2, column area = "=1+1"', "without a stored value"),
        ('<c t="s"><v>5</v></c>', "row 2, column area", "text that the workbook does not hold"),
        ('<c t="s"><v>-1</v></c>', "row 2, column area", "text that the workbook does not hold"),
        ('<c t="zz"><v>5</v></c>', "row 2, column area", 'unknown type "zz"'),
        ("<c><v>12345678901234567</v></c>", "row 2, column area", "more figures than"),
        ("</row><row r='1'>", "row 2", 'a row called "1"'),
        ("</row><row r='99999999'>", "row 2", 'a row called "99999999"'),
    ],
)
def test_a_damaged_or_doubtful_cell_is_told_in_a_line(
    tmp_path: Path, bad: str, place: str, words: str
) -> None:
    (line,) = told(tmp_path, ("ward", "hospital", bad, 300))

    assert line.startswith(f"w.xlsx, sheet organisations: {place}"), line
    assert words in line


def test_a_sheet_that_breaks_off_is_told_with_its_last_row(tmp_path: Path) -> None:
    whole = sheet(HEADINGS, WARD, ("home", "care_home", "north", 20))
    write(tmp_path, {"organisations": whole[: whole.index("care_home") + 4]})
    with pytest.raises(ScenarioError, match=r"sheet organisations: row 3: is not a sheet that"):
        read(tmp_path)


@pytest.mark.parametrize("style", [3, 4])
def test_per_cent_is_asked_about_where_it_may_be_either(tmp_path: Path, style: int) -> None:
    percent = f'<c s="{style}"><v>0.85</v></c>'
    (line,) = told(tmp_path, ("ward", "hospital", "north", percent))
    assert "row 2, column capacity: is shown as 85%; it may be that or 0.85" in line

    rows = (("from", "to", "resource", "share"), ("depot", "ward", "ppe", percent))
    write(tmp_path, {"links": sheet(*rows)})
    assert read(tmp_path).links[0].share == 0.85


def test_merged_cells_are_asked_about(tmp_path: Path) -> None:
    merged = '<mergeCells><mergeCell ref="C2:C3"/><mergeCell ref="H9:K20"/></mergeCells>'
    (line,) = told(tmp_path, WARD, ("home", "care_home", None, 20), after=merged)

    assert 'row 2, column area = "north": stands in merged cells (C2:C3)' in line


def test_texts_are_read_as_they_are_shown(tmp_path: Path) -> None:
    shared = "<si><r><t>St. </t></r><r><t>Mary</t></r><rPh><t>no</t></rPh></si>"
    shared += "<si><t>Corner_x000D_\nshop</t></si>"
    rows = [("id", "name", "kind"), (1, '<c t="s"><v>0</v></c>', "hospital")]
    rows += [(2.0, '<c t="s"><v>1</v></c>', "hospital")]
    rows += [("'=3", '<c t="str"><f>""</f><v></v></c>', "hospital")]
    write(tmp_path, {"organisations": sheet(*rows)}, shared)

    read_ones = [(one.id, one.name) for one in read(tmp_path).organisations]
    assert read_ones == [("1", "St. Mary"), ("2", "Corner shop"), ("=3", "")]


def test_numbers_stored_as_text_are_read_where_they_are_certain(tmp_path: Path) -> None:
    assert organisations(tmp_path, (*WARD[:3], "12,5")).organisations[0].capacity == 12.5
    for text in ("1.250", "1,250"):
        (line,) = told(tmp_path, (*WARD[:3], text))
        assert f'row 2, column capacity = "{text}": may be 1.25 or 1250; write 1250' in line


def _spaces(folder: Path, count: int) -> None:
    whole = sheet(HEADINGS, WARD)
    write(folder, {"organisations": whole + " " * count})


def test_a_workbook_that_unpacks_to_much_more_than_its_size_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "ORDINARY", 100_000)
    _spaces(tmp_path, 50_000)
    assert len(read(tmp_path).organisations) == 1
    _spaces(tmp_path, 3_000_000)
    with pytest.raises(ScenarioError, match="would unpack to more than"):
        read(tmp_path)


def test_sizes_that_the_zip_claims_are_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 500_000)
    _spaces(tmp_path, 1_000_000)
    content = bytearray((tmp_path / "w.xlsx").read_bytes())
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        size = book.getinfo("xl/worksheets/s0.xml").file_size
    small = (600).to_bytes(4, "little")
    (tmp_path / "w.xlsx").write_bytes(content.replace(size.to_bytes(4, "little"), small))
    with pytest.raises(ScenarioError, match=r"would unpack|is damaged \(BadZipFile\)"):
        read(tmp_path)


def test_many_texts_and_many_parts_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_STRINGS", 1000)
    write(tmp_path, {"organisations": sheet(HEADINGS, WARD)}, "<si/>" * 1001)
    with pytest.raises(ScenarioError, match="more than 1,000 texts"):
        read(tmp_path)
    monkeypatch.setattr(workbook, "MOST_PARTS", 20)
    write(tmp_path, {"organisations": sheet(HEADINGS, WARD)}, more={f"{n}": b"" for n in range(20)})
    with pytest.raises(ScenarioError, match="more than 20 parts"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not an XLSX workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "of an older kind, or one with a pass"),
        (b"PK\x03\x04", "is not an XLSX workbook"),
    ],
)
def test_what_is_no_workbook_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "w.xlsx").write_bytes(content)
    with pytest.raises(ScenarioError, match=words):
        read(tmp_path)


def test_opendocument_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.xlsx", "w") as book:
        book.writestr("content.xml", "<a/>")
    with pytest.raises(ScenarioError, match=r"one of OpenDocument; save it as \.xlsx"):
        read(tmp_path)


def test_of_very_many_faults_the_first_are_told(tmp_path: Path) -> None:
    lines = told(tmp_path, *[("ward", "hospital", "north", "many")] * 5000)

    assert len(lines) == 100
    assert lines[-1] == "w.xlsx, sheet organisations: has 4,901 more faults; mend these first"
