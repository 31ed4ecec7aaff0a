"""`--sweep DIR --point N`: what a row of a sweep says, made again and looked into."""

from __future__ import annotations

import json

import pytest

from crisis_abm.experiment.results import read_runs
from crisis_abm.experiment.runner import sweep
from crisis_abm.runs.chunks import here
from tests.cli.small import invoke
from tests.experiment.sweeps import failing, small


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A sweep under two policies in which half of the wards follow; no test may change it."""
    folder = tmp_path_factory.mktemp("rows") / "kept"
    levers = {"policy": ["siloed", "reciprocal"], "share": [0.5]}
    sweep(small(samples=3, levers=levers), folder, deal=here)
    return folder


def test_run_says_the_same_as_every_row(kept):
    for entry in read_runs(kept).itertuples():
        row = ("--sweep", kept, "--point", entry.point, "--replicate", entry.replicate)
        answer = invoke("run", *row, "--json")
        assert answer.exit_code == 0, answer.output
        found = json.loads(answer.stdout)
        assert found["row"]["same"] is True and found["row"]["point"] == entry.point
        assert found["seed"] == entry.seed and found["outcomes"]["harm"] == entry.harm


def test_run_shows_which_row_it_is_and_a_bundle_of_it_is_reproduced(kept, tmp_path):
    row = ("--sweep", kept, "--point", 3, "--replicate", 1)
    answer = invoke("run", *row, "--out", tmp_path / "run")
    text = " ".join(answer.output.split())
    assert "Point 3, replicate 1 of" in text and "policy = reciprocal, share = 0.5" in text
    assert "The row of the sweep says the same: 3 outcomes, to the last bit." in text
    answer = invoke("reproduce", tmp_path / "run")
    assert answer.exit_code == 0 and "identical" in answer.output
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert (manifest["sweep"], manifest["point"]) == (str(kept), 3)


def test_trace_says_why_a_row_came_to_what_it_did(kept, tmp_path):
    row = ("--sweep", kept, "--point", 2)
    answer = invoke("trace", *row, "--no-check", "--json", "--out", tmp_path / "trace")
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["row"]["same"] is True
    answer = invoke("reproduce", tmp_path / "trace")
    assert answer.exit_code == 0 and "identical" in answer.output


def test_another_policy_or_value_is_no_row_any_more(kept):
    row = ("--sweep", kept, "--point", 2)
    for change in (["--policy", "agenda=1"], ["--set", "behaviour.hoarding=3"]):
        answer = invoke("run", *row, *change, "--json")
        assert answer.exit_code == 0 and "row" not in json.loads(answer.stdout)


@pytest.mark.parametrize(
    "words", [["check"], ["compare", "--replicates", 2], ["graph", "--out", "net.json"]]
)
def test_whatever_takes_a_scenario_takes_a_point(kept, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    answer = invoke(*words, "--sweep", kept, "--point", 2, "--json")
    assert answer.exit_code == 0, answer.output
    if words[0] == "compare":
        runs = read_runs(kept)
        assert json.loads(answer.stdout)["seed"] == 0 and len(runs) == 12
    if words[0] == "check":
        answer = invoke("check", "--sweep", kept, "--point", 2)
        assert f"crisis-abm compare --sweep {kept} --point 2" in answer.output.replace("\n", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--sweep", "{kept}"], "say which point"),
        (["--point", "1"], "is of a sweep"),
        (["local_shock", "--sweep", "{kept}", "--point", "1"], "leave out local_shock"),
        (["--sweep", "{kept}", "--point", "1", "--seed", "4"], "has its own seed"),
        ([], "name a scenario file, or a row of a sweep"),
        (["--sweep", "{kept}", "--point", "99"], "has no point 99; they go from 0 to 5"),
        (["--sweep", "{kept}/runs", "--point", "0"], "is no sweep"),
    ],
)
def test_what_is_not_clear_is_refused_in_one_line(kept, words, told):
    answer = invoke("run", *(word.format(kept=kept) for word in words))
    assert answer.exit_code == 2
    assert told in " ".join(answer.output.replace("│", " ").split())


def test_a_row_without_a_result_says_why(tmp_path):
    sweep(failing(), tmp_path / "kept", deal=here)
    point = next(one for one in read_runs(tmp_path / "kept").itertuples() if one.status == "error")
    answer = invoke("run", "--sweep", tmp_path / "kept", "--point", point.point)
    assert answer.exit_code == 2 and answer.output.strip() == point.error
