"""Injects as a table: what is written is read back, and what cannot be is told by its cell."""

from __future__ import annotations

import csv
import io
import tomllib
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_abm.exercise import Exercise, ExerciseError, Sitting
from crisis_abm.exercise.exercise import ready_made_exercises
from crisis_abm.exercise.inject_table import COLUMNS, injects_table, read_injects
from crisis_abm.exercise.schema import Inject
from crisis_abm.scenario import ScenarioError
from crisis_abm.scenario.io.write import emit
from tests.exercise.small import FILE, VALLEY, exercise

HEADINGS = ",".join(COLUMNS)


def read(text: str) -> list[dict[str, Any]]:
    return read_injects(text.encode(), "t.csv")


def told(content: str | bytes, name: str = "t.csv") -> list[str]:
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(ScenarioError) as refused:
        read_injects(raw, name)
    return str(refused.value).splitlines()


def sheet(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "injects"
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


# --------------------------------------------------------------------------- there and back

signs = st.characters(blacklist_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp", "Cf"))
lines = st.text(signs, max_size=30).map(str.strip)
texts = st.text(st.one_of(signs, st.sampled_from("\r\n\t=+-@'\",;")), min_size=1, max_size=60)
CELLS = ["=1+1", "'=1+1", "@x", "-", "#N/A", "0012", "1e5", "TRUE", "yes", "2015-12-06", '"', "'"]
CELLS += ["_x000D_", "_x0041_x0042_", "a\r\nb", "a\rb", "c\td", "a,b;c"]
tricky = st.sampled_from(CELLS)
names = st.one_of(
    st.sampled_from(["homes", "all"]), lines.filter(lambda one: one.isprintable() and one)
)
values = st.one_of(
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
    st.text(signs, max_size=20),
    tricky,
    st.lists(st.text(signs, max_size=5), max_size=3),
    st.dictionaries(st.text(signs, min_size=1, max_size=5), st.integers(0, 9), max_size=2),
)
events = st.dictionaries(st.text(signs, min_size=1, max_size=8), values, max_size=4)
injects: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    number=st.integers(1, 10**9 - 1),
    text=st.one_of(texts, tricky),
    date=st.one_of(st.none(), st.integers(0, 10**6), st.dates()),
    to=st.lists(names, min_size=1, max_size=3),
    effect=st.one_of(st.none(), events, st.lists(events, max_size=3)),
    agreed=st.booleans(),
    expected=st.one_of(lines, tricky),
    objective=st.one_of(st.none(), names),
    if_not=st.one_of(lines, tricky, st.just("4")),
    after=st.one_of(st.none(), st.integers(1, 10**9 - 1)),
    acknowledge=st.booleans(),
    ask=st.lists(lines.filter(bool), max_size=3),
    **{"from": st.one_of(lines, tricky)},
)


def possible(entry: dict[str, Any]) -> bool:
    """Whether an exercise may say it at all."""
    try:
        Inject.model_validate(entry)
    except ValueError:
        return False
    return bool(entry["text"].strip())


@settings(max_examples=150, deadline=None)
@given(st.lists(injects.filter(possible), max_size=4), st.sampled_from(["csv", "xlsx"]))
def test_what_is_written_is_read_back_exactly(entries, format):
    made = [Inject.model_validate(entry) for entry in entries]
    content = injects_table(made, format)
    again = [Inject.model_validate(entry) for entry in read_injects(content, f"t.{format}")]
    assert again == made
    assert injects_table(again, "csv") == injects_table(made, "csv")


@pytest.mark.parametrize("name", sorted(ready_made_exercises()))
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_the_ready_made_ones_go_there_and_back(name, format):
    own = Exercise.load(name).content.injects
    again = read_injects(injects_table(own, format), f"t.{format}")
    assert [Inject.model_validate(entry) for entry in again] == own


def test_nothing_of_it_is_computed_by_a_spreadsheet():
    made = [Inject.model_validate({"number": 1, "text": "=1+1", "from": "@x", "if_not": "-2"})]
    ((_, *row),) = list(csv.reader(io.StringIO(injects_table(made, "csv").decode("utf-8-sig"))))[1:]
    assert "'=1+1" in row and "'@x" in row and "'-2" in row
    book = openpyxl.load_workbook(io.BytesIO(injects_table(made, "xlsx")))
    assert {cell.data_type for line in book["injects"] for cell in line} <= {"s", "n"}
    assert book["injects"]["C2"].data_type == "s" and book["injects"]["C2"].quotePrefix


def test_a_workbook_has_days_as_days_and_numbers_as_numbers():
    one = {"number": 3, "text": "x", "date": date(2015, 12, 6), "after": 2}
    book = openpyxl.load_workbook(io.BytesIO(injects_table([Inject.model_validate(one)], "xlsx")))
    row = dict(zip(COLUMNS, [cell.value for cell in book["injects"][2]], strict=False))
    assert (row["no"], row["after"], row["date"].date()) == (3, 2, date(2015, 12, 6))


# ------------------------------------------------------------------- as spreadsheets save them

ROW = '1,2015-12-06,Brücke zu.,Fahrer,"a, b","{ stock = 0.5, resource = ""kit"" }"'
AS_READ = {
    "number": 1,
    "date": date(2015, 12, 6),
    "text": "Brücke zu.",
    "from": "Fahrer",
    "to": ["a", "b"],
    "effect": {"stock": 0.5, "resource": "kit"},
}


def apart(sign: str) -> str:
    """The table with its cells kept apart by another sign."""
    cells = next(csv.reader([ROW]))
    text = io.StringIO()
    csv.writer(text, delimiter=sign, lineterminator="\r\n").writerows([list(COLUMNS), cells])
    return text.getvalue()


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_signs_and_encodings_of_spreadsheets_are_read(sign, encoding):
    assert read_injects(apart(sign).encode(encoding), "t.csv") == [AS_READ]


def test_a_workbook_as_people_fill_it_in():
    row = [
        1.0,
        date(2015, 12, 6),
        "Hello",
        7,
        "a; b",
        None,
        None,
        12,
        4,
        2,
        True,
        "no",
        "who?\nwhy?",
    ]
    assert read_injects(sheet(list(COLUMNS), row, [None]), "t.xlsx") == [
        {
            "number": 1,
            "date": date(2015, 12, 6),
            "text": "Hello",
            "from": "7",
            "to": ["a", "b"],
            "objective": "12",
            "if_not": "4",
            "after": 2,
            "agreed": True,
            "acknowledge": False,
            "ask": ["who?", "why?"],
        }
    ]


def test_some_columns_in_any_order_will_do():
    assert read("text,no\nHello,1\n\nThere,2\n") == [
        {"number": 1, "text": "Hello"},
        {"number": 2, "text": "There"},
    ]


# --------------------------------------------------------------------------------- what cannot be


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("one,,x", 't.csv: row 2, column no = "one": must be a whole number'),
        (",,x", "t.csv: row 2, column no: is missing; write it into its cell"),
        ("1,,", "t.csv: row 2, column text: is missing"),
        ("1,06/12/2015,x", 'column date = "06/12/2015": may be read as two days; write year'),
        ("1,2015-02-30,x", 'column date = "2015-02-30": is no day of any year'),
        ("1,Sunday,x", 'column date = "Sunday": must be a day like 2015-12-06, or a tick'),
        ("1,,x,,,{ stock = 0.5", 'column effect = "{ stock = 0.5": cannot be read'),
        ("1,,x,,,{ a = “b” }", "replace the printed quotes by plain ones"),
        ("1,,x,,,stock", 'column effect = "stock": cannot be read'),
        ("1,,x,,,7", "column effect = \"7\": must be an event in { }, or several in [ ]"),
        ("1,,x,,,,,,,0", "column after = 0: must be at least 1"),
        ("1,,x,,,,,,,,perhaps", 'column agreed = "perhaps": must be yes or no'),
        ("1,,x,,[1]", 'column to = "[1]": must be names'),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_is_told_with_what_would_be_right(row, said):
    (line,) = told(f"{HEADINGS}\n{row}\n")
    assert said in line


def test_a_second_thing_is_not_smuggled_in_by_a_cell():
    (line,) = told('no,text,effect\n1,x,"{ stock = 1 }\ntitle = 3"\n')
    assert "row 2, column effect" in line and "says more than one thing" in line


def test_every_fault_of_a_table_is_told_at_once():
    lines = told(f"{HEADINGS}\n0,,x\n2,soon,x\n3,,\n")
    assert [line.split(" = ")[0].split(": ")[1] for line in lines] == [
        "row 2, column no",
        "row 3, column date",
        "row 4, column text",
    ]


def test_a_heading_that_is_none_is_told():
    (line,) = told("no,txt\n1,x\n")
    assert 'row 1, column 2 = "txt"' in line and 'did you mean "text"?' in line
    (line,) = told(sheet(["no", "txt"], [1, "x"]), "t.xlsx")
    assert "t.xlsx, sheet injects: row 1" in line


# ------------------------------------------------------------------------------- in an exercise


def written(folder, table: bytes, name: str = "injects.csv", **changes: Any):
    """An exercise file that names a table for its injects."""
    (folder / "valley.toml").write_text(emit(VALLEY), encoding="utf-8")
    (folder / name).write_bytes(table)
    file = folder / "half.toml"
    said = emit({**FILE, "injects": name, **changes})
    file.write_text(f"# a comment that stays\n{said}", encoding="utf-8")
    return file


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_an_exercise_may_have_its_injects_in_a_table(tmp_path, format):
    own = exercise()
    name = f"injects.{format}"
    made = Exercise.load(written(tmp_path, injects_table(own.content.injects, format), name))
    assert made.content.injects == own.content.injects
    assert "# a comment that stays" in made.text and name not in made.text
    # what is logged needs no other file
    logged = tomllib.loads(made.text)["injects"]
    assert logged == [{"to": ["all"], **one} for one in FILE["injects"]]
    alone = Exercise.from_text(made.text, "half.toml", scenario=made.scenario)
    assert alone.content == made.content


def test_a_sitting_needs_the_table_no_longer(tmp_path):
    file = written(tmp_path, injects_table(exercise().content.injects, "csv"))
    Sitting.begin(tmp_path / "held", Exercise.load(file), 3).close()
    (tmp_path / "injects.csv").unlink()
    held = Sitting.open(tmp_path / "held")
    assert [one.number for one in held.exercise.content.injects] == [1, 2]
    held.close()


def test_a_table_without_injects_is_none(tmp_path):
    made = Exercise.load(written(tmp_path, HEADINGS.encode()))
    assert made.content.injects == []
    assert Exercise.from_text(made.text, "x", scenario=made.scenario).content == made.content


def test_what_is_wrong_with_the_exercise_is_told_by_file_and_cell(tmp_path):
    table = (
        "no,date,text,to,effect,objective,after\n"
        '1,2,x,nobody,"{ stock = 0.5, resource = ""kits"" }",,\n'
        "2,1,x,,,O9,7\n"
    )
    file = written(tmp_path, table.encode(), end=11)
    with pytest.raises(ExerciseError) as refused:
        Exercise.load(file)
    lines = str(refused.value).splitlines()
    assert [line.split(" = ")[0] for line in lines] == [
        f"{file}:4: end",
        "injects.csv: row 2, column to",
        "injects.csv: row 3, column date",
        "injects.csv: row 3, column objective",
        "injects.csv: row 3, column after",
        "injects.csv: row 2, column effect, resource",
    ]
    assert '"kit"' in lines[-1]


def test_faults_of_the_table_and_of_the_file_are_told_together(tmp_path):
    with pytest.raises(ExerciseError) as refused:
        Exercise.load(written(tmp_path, b"no,text\none,x\n", policy="silod"))
    assert "injects.csv: row 2, column no" in str(refused.value)
    assert 'policy = "silod"' in str(refused.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("injets.csv", 'did you mean "injects.csv"?'),
        ("../injects.csv", "lies outside the exercise's folder"),
    ],
)
def test_a_table_that_is_not_there_is_told(tmp_path, name, said):
    file = written(tmp_path, HEADINGS.encode())
    file.write_text(file.read_text("utf-8").replace("injects.csv", name), encoding="utf-8")
    with pytest.raises(ExerciseError) as refused:
        Exercise.load(file)
    assert f'injects = "{name}"' in str(refused.value) and said in str(refused.value)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["csv", "xlsx", "text"]),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=3)), max_size=4),
    st.binary(max_size=60),
)
def test_whatever_a_table_holds_it_is_read_or_told(what, spoils, raw):
    """Some bytes of a sound table are spoilt, or there never was one."""
    content = raw
    if what == "text":
        content = f"{HEADINGS}\n".encode() + raw
    elif spoils:
        own = [Inject.model_validate({"number": 1, "text": "x", "effect": {"stock": 0.5}})]
        content = SOUND.setdefault(what, injects_table(own, what))
        for at, new in spoils:
            at %= len(content)
            content = content[:at] + new + content[at + len(new) :]
    try:
        for entry in read_injects(content, "t"):
            Inject.model_validate(entry)
    except ScenarioError as error:
        assert str(error).startswith("t")


SOUND: dict[str, bytes] = {}
