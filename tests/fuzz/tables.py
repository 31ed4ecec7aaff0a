"""Spoilt tables and graphs: each is read, or refused in plain words, whichever way it comes in."""

from __future__ import annotations

import io
import random
import re
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import openpyxl

from crisis_abm.dashboard.scenarios.library import Library
from crisis_abm.dashboard.scenarios.uploads import taken_in
from crisis_abm.network import export, to_graph
from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.io.write import emit
from crisis_abm.spreadsheet import csv_text
from crisis_abm.tables import build
from tests.fuzz.harness import main
from tests.random_scenarios import random_scenario

SCENARIOS = 6  # that are spoilt
SECTIONS = ("organisations", "links", "supply", "aid", "referral", "events", "uncertain")
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
WORDS = (
    "", " ", "12_5", "1,250", "1.250", "1 250", "1\u00a0250", "½", "٣", "1e999", "1e5", "0x10",
    "inf", "nan", "-1", "(5)", "50%", "TRUE", "#N/A", "#REF!", "=1+1", "'=1+1", "+5", "-", "@",
    "a\nb", "a\rb", "\x00", "\x0b", "\x1b[31m", "\u2028", "\u202e", "\ufeff", "007", "1-2",
    "9" * 400, "x" * 3000, "é", "Łódź", "𝒳", '"', "'", ";", "\t", "a,b", "2025-13-45", "kind",
    "id", "from", "hospital",
)  # fmt: skip
XML = (
    b"<v>", b"</v>", b"<f>1+1</f>", b"<c/>", b'<c r="??">', b'<row r="0">', b'<row r="9999999">',
    b"</row>", b'<c r="XFD1048576"><v>1</v></c>', b' t="s"', b' t="e"', b' t="b"', b' t="d"',
    b' t="zz"', b' s="9"', b'<mergeCell ref="A1:C3"/>', b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;",
    b"&#0;", b"&#x2028;", b"]]>", b"<![CDATA[x]]>", b"<!-- x -->", b"<default>5</default>",
    b'<data key="zz">1</data>', b"<data/>", b"<graph>", b"</graph>",
    b'<graph edgedefault="undirected"/>', b'<node id="a"/>', b"<node/>", b"<edge/>",
    b"<hyperedge/>", b"<port/>", b' directed="false"', b"<y:Geometry/>", b"<is><t>x</t></is>",
    b"<a>" * 150, b"x" * 120_000, b"<!--" + b"x" * 1_200_000 + b"-->", b' encoding="utf-16"',
    b' encoding="x"',
)  # fmt: skip
BYTES = b"\x00\x07\x0b\x1b\x85\xa0\xff\xc3\xe9\x80<>&\"'=,;\t\r\n0123456789eE+-_./ "
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "utf-7", "cp500")

Files = dict[str, bytes]


@cache
def sound(number: int) -> tuple[str, Files, Files, Files]:
    """A scenario without its organisations, and these as CSV, as a workbook and as a graph."""
    data = random_scenario(number)
    graph = to_graph(build(Scenario.from_dict(data)))
    text = emit({key: value for key, value in data.items() if key not in SECTIONS})
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        export(graph, folder / "net.csv")
        export(graph, folder / "net.graphml")
        tables = {
            "o.csv": (folder / "net-organisations.csv").read_bytes(),
            "l.csv": (folder / "net-links.csv").read_bytes(),
        }
        drawn = {"g.graphml": (folder / "net.graphml").read_bytes()}
    return text, tables, {"w.xlsx": _workbook(tables)}, drawn


def _rows(content: bytes) -> list[list[str]]:
    return [line.split(",") for line in content.decode("utf-8-sig").splitlines()]


def _workbook(tables: Files) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "organisations"
    for sheet, file in ((book.active, "o.csv"), (book.create_sheet("links"), "l.csv")):
        for row in _rows(tables[file]):
            sheet.append([_number(cell) for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _number(cell: str) -> float | str | None:
    try:
        return float(cell) if float(cell) not in (float("inf"),) else cell
    except ValueError:
        return cell or None


def case(rng: random.Random) -> str:
    """What became of spoilt files."""
    text, *kinds = sound(rng.randrange(SCENARIOS))
    files = dict(rng.choice(kinds))
    name = rng.choice(sorted(files))
    files[name] = spoilt(name, files[name], rng)
    uploaded = rng.random() < 0.25
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for each, content in files.items():
            (folder / each).write_bytes(content)
        try:
            if uploaded:
                with_scenario = {"t.toml": text.encode()} if rng.random() < 0.7 else {}
                taken_in(Library(folder, "visitor"), with_scenario | files)
            else:
                Scenario.from_text(text + _named(files), "case.toml", folder)
        except ScenarioError as error:
            return refused(error)
    return "read"


def _named(files: Files) -> str:
    roles = {"o.csv": "organisations", "l.csv": "links", "w.xlsx": "workbook", "g.graphml": "graph"}
    return "[tables]\n" + "".join(f'{roles[name]} = "{name}"\n' for name in files)


def refused(error: ScenarioError) -> str:
    """The word, if every problem is told in a line that can be shown anywhere."""
    for problem in error.problems:
        line = str(problem)
        assert problem.message and problem.file, f"nothing is told: {problem!r}"
        assert "\n" not in line and not RAW.search(line), f"no plain line: {line!r}"
        assert len(line) < 5_000, f"a line of {len(line)} characters"
    assert len(error.problems) < 1_000, f"{len(error.problems)} problems"
    return "refused"


def spoilt(name: str, content: bytes, rng: random.Random) -> bytes:
    """A file with something wrong in it, as programs, people and accidents do that."""
    if name.endswith(".csv"):
        content = _spoilt_csv(content, rng)
    elif name.endswith(".xlsx") and rng.random() < 0.8:
        content = _spoilt_zip(content, rng)
    elif name.endswith(".graphml") and rng.random() < 0.8:
        content = _spoilt_xml(content, rng)
    if rng.random() < 0.2 or (name.endswith(".csv") and rng.random() < 0.2):
        content = _turned(content, rng)
    return content


def _turned(content: bytes, rng: random.Random) -> bytes:
    """Bytes changed, taken out, put in; the end cut off."""
    found = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 10))):
        at = rng.randrange(len(found) + 1)
        how = rng.random()
        if how < 0.4:
            found[at : at + 1] = bytes([rng.choice(BYTES)])
        elif how < 0.6:
            found[at:at] = bytes(rng.choice(BYTES) for _ in range(rng.choice((1, 3, 20))))
        elif how < 0.8:
            del found[at : at + rng.choice((1, 5, 200))]
        else:
            del found[at:]
    return bytes(found)


def _spoilt_csv(content: bytes, rng: random.Random) -> bytes:
    rows = _rows(content)
    for _ in range(rng.choice((0, 1, 1, 3))):
        row = rng.choice(rows)
        if row:
            row[rng.randrange(len(row))] = rng.choice(WORDS)
    how = rng.random()
    if how < 0.1:
        rng.choice(rows).extend([""] * rng.choice((1, 5, 50_000)))
    elif how < 0.2:
        rows.insert(rng.randrange(len(rows)), rng.choice(rows)[:])
    elif how < 0.25:
        rows[0] = [rng.choice(WORDS) for _ in range(rng.choice((1, 20_000)))]
    elif how < 0.3:
        rows.pop(0)
    text = csv_text(rows)
    if rng.random() < 0.3:
        text = text.replace(",", rng.choice((";", "\t", "|", "¬")))
    if rng.random() < 0.3:
        text = text.replace("\n", rng.choice(("\r", "\r\n", "\n\n", "\x0b", "\u2028", "\x85")))
    if rng.random() < 0.1:
        text = rng.choice(("sep=;\n", "sep=,\r\n", "sep=\n", "sep=|\r")) + text
    if rng.random() < 0.1:
        text = text.replace('"', rng.choice(("", "'", '""')))
    return text.encode(rng.choice(ENCODINGS) if rng.random() < 0.4 else "utf-8", "replace")


def _spoilt_xml(content: bytes, rng: random.Random) -> bytes:
    """Pieces of XML put in, tags gone, doubled or moved, texts exchanged."""
    for _ in range(rng.choice((1, 1, 2, 5))):
        tags = [found.span() for found in re.finditer(rb"<[^<>]*>", content)]
        if not tags:
            return content
        begin, end = rng.choice(tags)
        how = rng.random()
        if how < 0.3:
            content = content[:end] + rng.choice(XML) + content[end:]
        elif how < 0.4:
            content = content[: end - 1] + rng.choice(XML) + content[end - 1 :]
        elif how < 0.55:
            content = content[:begin] + content[end:]
        elif how < 0.7:
            content = content[:end] + content[begin:end] + content[end:]
        elif how < 0.85:
            word = rng.choice(WORDS).encode("utf-8", "replace").replace(b"<", b"")
            after = content.find(b"<", end)
            content = content[:end] + word + content[after if after >= 0 else end :]
        else:
            tag = re.sub(
                rb'"[^"]*"',
                b'"' + str(rng.choice((0, -1, 3, 10**7, "x"))).encode() + b'"',
                content[begin:end],
                count=rng.choice((1, 1, 0)),
            )
            content = content[:begin] + tag + content[end:]
    if rng.random() < 0.1:
        text = content.decode("utf-8", "replace")
        content = text.encode(rng.choice(ENCODINGS), "replace")
    return content


def _spoilt_zip(content: bytes, rng: random.Random) -> bytes:
    """A part of a workbook spoilt, gone, doubled, or packed in another way."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    if rng.random() < 0.2:
        parts["xl/sharedStrings.xml"] = (
            b"<sst>" + b"<si><t>a</t></si>" * rng.choice((0, 3, 10**5)) + b"</sst>"
        )
    sheets = [name for name in parts if "sheets/" in name]
    name = rng.choice(sheets if rng.random() < 0.6 else sorted(parts))
    how = rng.random()
    if how < 0.8:
        parts[name] = _spoilt_xml(parts[name], rng)
    elif how < 0.85:
        parts[name] = _turned(parts[name], rng)
    elif how < 0.9:
        del parts[name]
    elif how < 0.95:
        parts[name] += b" " * rng.choice((10**6, 3 * 10**7))
    else:
        parts["mimetype"] = b"application/vnd.oasis.opendocument.spreadsheet"
        parts["content.xml"] = parts.pop(name)
    packing = rng.choice(
        (zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2)
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as book:
        for each, part in parts.items():
            book.writestr(each, part)
    return packed.getvalue()


if __name__ == "__main__":
    main("tests.fuzz.tables", 5_000, "Try spoilt tables and graphs.")
