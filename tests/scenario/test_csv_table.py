"""CSV files line by line: what ends a row, how rows are counted, what a number looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.io.imports import Imported
from tests.scenario.table_files import read_table, told_of


def read(folder: Path, content: str | bytes) -> Imported:
    return read_table(folder, "organisations", content)


def told(folder: Path, content: str | bytes) -> list[str]:
    return told_of(folder, "organisations", content)


ROWS = ("id,name,kind,capacity", 'a,"one\r\ntwo\nthree",hospital,1', "", "b,,hospital,x")


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("said", ["", "sep=,"])
def test_rows_are_counted_as_a_spreadsheet_shows_them(tmp_path: Path, end: str, said: str) -> None:
    text = end.join([said, *ROWS] if said else ROWS)
    (line,) = told(tmp_path, text)
    assert line.startswith('o.csv: row 4, column capacity = "x": must be a number')

    assert read(tmp_path, text.replace("x", "2")).organisations[0].name == "one two three"


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00"])
@pytest.mark.parametrize("column", ["id", "name", "area"])
def test_no_other_sign_ends_a_row_and_none_stays_unseen(
    tmp_path: Path, sign: str, column: str
) -> None:
    cells = {"id": "ward", "name": "Ward", "kind": "hospital", "area": "north"}
    cells[column] = f"a{sign}b"
    (line,) = told(tmp_path, f"{','.join(cells)}\n{','.join(cells.values())}\n")

    assert line.startswith(f"o.csv: row 2, column {column} = ")
    assert f"sign 2 is U+{ord(sign):04X}" in line
    assert line.isprintable()


@pytest.mark.parametrize("cell", ["+5", "5.", "5e0", ".5e1", "0005"])
def test_what_a_spreadsheet_takes_for_a_number_is_one(tmp_path: Path, cell: str) -> None:
    assert read(tmp_path, f"id,kind,capacity\na,hospital,{cell}\n").organisations[0].capacity == 5


@pytest.mark.parametrize(
    "cell",
    ["12_5", "٣", "１２", "½", "²", "0x10", "(5)", "5%", "1 250", "1\u00a0250", "1e999", "1e", ".",
     "--5", "5-", "TRUE", "1:30", "£5", "#N/A", "1e5_0"],
)  # fmt: skip
def test_what_else_python_or_people_take_for_one_is_told(tmp_path: Path, cell: str) -> None:
    (line,) = told(tmp_path, f"id,kind,capacity\na,hospital,{cell}\n")

    assert line.startswith("o.csv: row 2, column capacity = ")
    assert "must be a number; write it in figures 0 to 9" in line


def test_numbers_in_thousands_are_asked_about_once(tmp_path: Path) -> None:
    text = 'id;kind;capacity;population\na;hospital;1,250;"3,400"\nb;hospital;684;2,900\n'
    assert told(tmp_path, text) == [
        'o.csv: row 2, column capacity = "1,250": may be 1.25 or 1250, and so may 2 more with '
        "such a sign; write 1250 without a sign between thousands, or 1.25"
    ]


def test_a_name_that_begins_like_a_formula_is_kept(tmp_path: Path) -> None:
    text = "id,name,kind\n'=a,''@b,hospital\n=c,'-,hospital\n'd,#,hospital\n"
    read_ones = [(one.id, one.name) for one in read(tmp_path, text).organisations]

    assert read_ones == [("=a", "'@b"), ("=c", "-"), ("'d", "#")]


def test_ids_that_a_spreadsheet_has_rewritten_are_noted(tmp_path: Path) -> None:
    text = "id,kind\n02-Jan,hospital\nMar-01,hospital\n1.23E+15,hospital\nSEP-2,hospital\n"
    assert read(tmp_path, text).notes == [
        "o.csv: ids look like dates or large numbers that a spreadsheet made of them: "
        '"02-Jan" (row 2) and 2 more'
    ]


def test_a_spreadsheets_error_is_no_name(tmp_path: Path) -> None:
    (line,) = told(tmp_path, "id,name,kind\na,#REF!,hospital\n")
    assert "row 2, column name" in line
    assert "is a spreadsheet's error" in line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "row 1: has no headings"),
        (b"\xef\xbb\xbf\n\n", "row 1: has no headings"),
        (b'id,kind\n"a,hospital\nb,hospital\n', "row 2: cannot be read"),
        (b'id,kind\n"a"b,hospital\n', "row 2: cannot be read"),
        (b"id,kind\n" + b"x" * 200_000 + b",hospital\n", "row 2: cannot be read"),
        (b"id,kind," + b"q," * 100_000 + b"\n", "99,990 more faults"),
        (b"id,kind\na,hospital" + b",x" * 100_000 + b"\n", "row 2: has 100,002 cells under 2"),
        (b"id,kind\n" + b"a,hospital,x\n" * 5_000, "has 4,901 more faults"),
        (b"id,kind\n" + b"a,\n" * 5_000, "has 4,901 more faults"),
        (b"id,kind,\na,hospital,x\n", "has 3 cells under 2 headings"),
        (b"id,,kind\na,,hospital\n", 'row 1, column 2 = "": is no column'),
        (b"id,kind\n\x00,hospital\n", "U+0000"),
    ],
)
def test_what_is_broken_or_too_much_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    lines = told(tmp_path, content)

    assert any(words in line for line in lines), [line[:200] for line in lines[:5]]
    assert len(lines) <= 101


TOWN = """\
title = "t{}"
resources = {{ food = {{}} }}
[time]
steps = 5
[[organisations]]
id = "shop"
name = "a{}b"
kind = "supermarket"
"""


@pytest.mark.parametrize("sign", ["\\u001b", "\\u2028", "\\u202e", "\\ufeff", "\\uffff", "\\n"])
def test_names_in_a_scenario_file_can_be_printed(sign: str) -> None:
    code = f"U+{int(sign[2:], 16):04X}" if sign != "\\n" else "U+000A"
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(TOWN.format(sign + "x", sign))
    lines = [str(problem) for problem in caught.value.problems]

    assert [line.split(" = ")[0] for line in lines] == [
        "<text>:1: title",
        "<text>:7: organisations[0].name",
    ]
    assert all(f"sign 2 is {code}" in line and line.isprintable() for line in lines), lines


def test_letters_of_any_script_are_names() -> None:
    for name in (
        "Łódź",
        "Saint\u00a0Mary",
        "مستشفى",
        "می\u200cخواهم",
        "👩\u200d⚕️",
        " at the ends ",
    ):
        text = TOWN.format("", "").replace("ab", name)
        assert Scenario.from_text(text).members()[0].name == name.strip()
