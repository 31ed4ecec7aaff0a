"""Files that cannot be read are refused, saying why and where."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from crisis_abm.scenario import Scenario, ScenarioError
from crisis_abm.scenario.io.load import LARGEST_FILE
from tests.scenario.crises import SOUND, problems_in


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('title = "x"\nx = 3 = 4\n', 2, 7),
        ('title = "x\n', 1, 11),
        ('title = "x"\n[time\nsteps = 3\n', 2, 6),
        ('title = "x"\ntitle = "y"\n', 2, 12),
        ("title = nonsense", 1, 9),
        ('title = "x"\nlist = [1, 2', 2, 13),
        ("[a]\n[a]\n", 2, 3),
    ],
)
def test_broken_toml_names_line_and_column(text: str, line: int, column: int) -> None:
    (problem,) = problems_in(text, source="a.toml")

    assert problem.place == f"line {line}, column {column}"
    assert problem.line == line
    assert "not valid TOML" in problem.message


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 5_000 + "]" * 5_000,
        "x = " + "[" * 1_000_000,
        "x = " + "[" * 30 + "]" * 30,
        "x = " + "{a = " * 5_000 + "1" + "}" * 5_000,
        ".".join(["a"] * 200_000) + " = 1",
        "[" + ".".join(["a"] * 60) + "]",
    ],
)
def test_deep_nesting_is_refused(text: str) -> None:
    (problem,) = problems_in(text)

    assert "nested too deeply" in problem.message


def test_a_huge_number_is_refused() -> None:
    assert problems_in('title = "x"\nx = 1' + "0" * 10_000)


def test_a_large_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(ScenarioError, match=r"too large: 200\.0 MB, at most 20 MB"):
        Scenario.load(path)

    assert path.stat().st_size > LARGEST_FILE


@pytest.mark.parametrize(
    ("name", "words"),
    [("twon.toml", 'town.toml"?'), (".", "not a file"), ("a\0b", "")],
)
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "town.toml").write_text(SOUND)
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(tmp_path / name)

    assert words in str(caught.value)


def test_other_encodings_are_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b'title = "x"\n# caf\xe9\n')
    with pytest.raises(ScenarioError) as caught:
        Scenario.load(path)

    assert caught.value.problems[0].line == 2


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "town.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode())

    assert Scenario.load(path) == Scenario.from_text(SOUND)


@pytest.mark.smoke
def test_a_problem_names_the_line_of_the_file() -> None:
    text = SOUND.replace("capacity = 300", "capacity = -1").replace("lead_time = 2", "leadtime = 2")
    lines = text.splitlines()
    problems = {problem.place: problem for problem in problems_in(text, source="town.toml")}

    capacity = problems["organisations[0].capacity"]
    assert capacity.line == lines.index("capacity = -1   # beds") + 1
    assert str(capacity).startswith(f"town.toml:{capacity.line}: organisations[0].capacity = -1: ")
    assert problems["supply[0].leadtime"].line == lines.index("leadtime = 2") + 1


def test_an_error_survives_pickling() -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text("x = 1")
    again = pickle.loads(pickle.dumps(caught.value))

    assert again.problems == caught.value.problems


def test_a_scenario_survives_pickling() -> None:
    scenario = Scenario.from_text(SOUND).with_({"behaviour.keep": 2})
    again = pickle.loads(pickle.dumps(scenario))

    assert again == scenario
    assert again.to_toml() == scenario.to_toml()
    assert again.members(3) == scenario.members(3)


def test_a_problem_is_one_line_whatever_the_file_holds() -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text('title = "x"\n"a\\nb" = 1\n[behaviour]\nkeep = "a\\r\\nb"\n')

    assert len(str(caught.value).splitlines()) == len(caught.value.problems)


@pytest.mark.smoke
def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys; from crisis_abm.scenario import Scenario;"
        f"Scenario.from_text({SOUND!r});"
        "heavy = {'networkx', 'numba', 'openpyxl', 'tomlkit', 'pandas', 'mesa'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
