"""The commands about files: what they say, what they refuse, and with which exit code."""

import csv
import json
import tomllib

import pytest

from crisis_abm.cli.options import load, ready_made, split_policies, value_of
from crisis_abm.experiment import ready_made_experiments
from crisis_abm.scenario import Scenario, ScenarioError
from tests.cli.small import SMALL, invoke, written

EVERY = ["scenarios", "experiments", "new", "check", "graph", "run", "compare", "reproduce"]


@pytest.mark.parametrize("command", EVERY)
def test_help_has_an_example(command):
    answer = invoke(command, "--help")
    assert answer.exit_code == 0
    assert f"Example: crisis-abm {command}" in " ".join(answer.output.split())
    assert "--json" in answer.output


def test_version():
    assert invoke("--version").output.startswith("crisis-abm ")


# --- scenarios -----------------------------------------------------------------------------------


def test_scenarios_are_listed_one_a_line():
    names = [entry["name"] for entry in json.loads(invoke("scenarios", "--json").stdout)]
    assert names == list(ready_made())
    lines = invoke("scenarios").output.splitlines()
    assert [line.split()[0] for line in lines[: len(names)]] == names


def test_experiments_are_listed():
    listed = json.loads(invoke("experiments", "--json").stdout)
    assert {entry["name"]: entry["file"] for entry in listed} == {
        name: str(path) for name, path in ready_made_experiments().items()
    }
    first = invoke("experiments").output.splitlines()[0]
    assert first.split() == [listed[0]["name"], *listed[0]["title"].split()]


@pytest.mark.smoke
def test_ready_made_scenarios_are_found_by_name():
    for name in ready_made():
        assert load(name) == load(f"{name}.toml")


# --- new -----------------------------------------------------------------------------------------


@pytest.mark.smoke
@pytest.mark.parametrize("options", [[], ["--tables"], ["--xlsx"]])
def test_new_passes_check_and_runs(tmp_path, options):
    assert invoke("new", tmp_path / "my_town", *options).exit_code == 0
    file = tmp_path / "my_town.toml"
    assert tomllib.loads(file.read_text("utf-8"))["title"] == "My town"
    answer = invoke("check", file)
    assert answer.exit_code == 0, answer.stderr
    assert "warning" not in answer.output
    assert invoke("run", file, "--set", "time.steps=20").exit_code == 0


def test_tables_of_new_can_be_filled_in(tmp_path):
    invoke("new", tmp_path / "mine", "--tables")
    with (tmp_path / "mine-organisations.csv").open("a", newline="") as file:
        csv.writer(file).writerow(["corner_shop", "Corner shop", "supermarket", "town", 300])
    assert "corner_shop" in [entry.id for entry in load(str(tmp_path / "mine")).members()]


def test_new_overwrites_nothing(tmp_path):
    (tmp_path / "mine-links.csv").write_text("precious")
    answer = invoke("new", tmp_path / "mine", "--tables")
    assert answer.exit_code == 2
    assert "exists already" in answer.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine-links.csv"]
    assert (tmp_path / "mine-links.csv").read_text() == "precious"


@pytest.mark.parametrize("name", ["-", "..", "no/such/folder/town"])
def test_new_refuses_what_is_no_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    answer = invoke("new", "--", name)
    assert answer.exit_code == 2
    assert list(tmp_path.iterdir()) == []


# --- check ---------------------------------------------------------------------------------------


def test_check_says_what_a_scenario_holds(tmp_path):
    answer = invoke("check", written(tmp_path))
    assert answer.exit_code == 0
    for text in ("care_home", "north", "27 Feb 2020: Wash your hands", "Caveat", "2 ranges"):
        assert text in answer.output


def test_check_as_json(tmp_path):
    found = json.loads(invoke("check", written(tmp_path), "--json").stdout)
    assert found["ok"]
    assert found["organisations"] == 8
    assert found["by_kind_and_area"]["care_home"] == {"north": 2, "south": 3}
    assert found["links"]["supply"] == 12


def test_check_tells_all_faults_one_a_line(tmp_path):
    text = SMALL.replace("steps = 15", "steps = -1").replace('"depot"]', '"depo"]')
    file = written(tmp_path, text)
    answer = invoke("check", file)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    lines = answer.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(file) for line in lines)
    assert 'did you mean "depot"?' in answer.stderr
    found = json.loads(invoke("check", file, "--json").stdout)
    assert not found["ok"]
    assert {"file", "place", "value", "message", "remedy", "line"} == set(found["problems"][0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title = ", "line 1, column"),
        ('title = "x"\nstps = 3', "stps"),
        ("", "title"),
    ],
)
@pytest.mark.parametrize("command", ["check", "run", "compare", "graph"])
def test_faults_of_a_file_end_every_command(tmp_path, command, text, told):
    more = ["--out", tmp_path / "net.json"] if command == "graph" else []
    answer = invoke(command, written(tmp_path, text), *more)
    assert answer.exit_code == 2
    assert told in answer.stderr
    assert "Traceback" not in answer.output


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("local_shok", '"local_shock"'),
        ("smal.toml", 'small.toml"'),
        ("zzz", "ready-made scenarios: "),
    ],
)
def test_unknown_file_suggests_near_ones(tmp_path, monkeypatch, name, told):
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    answer = invoke("check", name)
    assert answer.exit_code == 2
    assert answer.stderr.count("\n") == 1
    assert told in answer.stderr


# --- graph ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["graphml", "json", "csv"])
def test_graph_is_written(tmp_path, ending):
    answer = invoke("graph", written(tmp_path), "--out", tmp_path / f"net.{ending}", "--json")
    found = json.loads(answer.stdout)
    assert found["organisations"] == 8
    assert found["links"]["supply"] == 12
    assert len(found["files"]) == (2 if ending == "csv" else 1)


def test_graph_refuses_other_endings(tmp_path):
    answer = invoke("graph", written(tmp_path), "--out", tmp_path / "net.png")
    assert answer.exit_code == 2
    assert ".graphml" in answer.stderr


def test_graph_into_no_folder_is_one_line(tmp_path):
    answer = invoke("graph", written(tmp_path), "--out", tmp_path / "none" / "net.json")
    assert answer.exit_code == 2
    assert answer.stderr.count("\n") == 1
    assert "No such file or directory" in answer.stderr


# --- what is typed -------------------------------------------------------------------------------


def test_policies_are_told_apart():
    assert split_policies(["siloed,reciprocal"]) == ["siloed", "reciprocal"]
    assert split_policies(["siloed", "agenda=1, parity=1"]) == ["siloed", "agenda=1,parity=1"]
    assert split_policies(["agenda=1,siloed,parity=1"]) == ["agenda=1", "siloed", "parity=1"]
    assert split_policies(["agenda=1;parity=1"]) == ["agenda=1", "parity=1"]


def test_values_are_those_of_toml():
    assert value_of("true") is True
    assert value_of("1\nother = 2") == "1\nother = 2"
    assert value_of("[1, 2") == "[1, 2"


def test_set_changes_a_value(tmp_path):
    scenario = load(written(tmp_path), ["behaviour.hoarding=2", "policy=reciprocal"])
    assert (scenario.behaviour.hoarding, scenario.policy) == (2, "reciprocal")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("behaviour.hoardin=2", 'did you mean "hoarding"?'),
        ("behaviour.hoarding=nan", "behaviour.hoarding"),
        ("behaviour.hoarding=-1", "behaviour.hoarding"),
        ("behaviour.hoarding", "as in behaviour.hoarding=2"),
        ("policy=recirpocal", "reciprocal"),
    ],
)
def test_set_refuses_what_there_is_not(tmp_path, change, told):
    answer = invoke("run", written(tmp_path), "--set", change)
    assert answer.exit_code == 2
    assert told in " ".join(answer.stderr.replace("│", "").split())


def test_small_is_sound(tmp_path):
    try:
        Scenario.from_text(SMALL)
    except ScenarioError as error:
        pytest.fail(str(error))
