"""The command `principles`: finding, JSON, bundle, refusals."""

import csv
import json

import pytest

from crisis_abm.scenario import LEVERS
from tests.cli.small import CALM, invoke, rows_in, written

pytestmark = pytest.mark.usefixtures("unpainted")
FEW = ["--replicates", 4, "--workers", 1]


@pytest.mark.smoke
def test_says_first_what_was_found(tmp_path):
    answer = invoke("principles", written(tmp_path), *FEW)
    assert answer.exit_code == 0, answer.output
    first = " ".join(answer.stdout.split())
    assert "all five principles together" in first[:80].lower()
    assert "mean of 4 crises; 90% intervals" in first
    for text in (*LEVERS, "alone", "Not yet fitted"):
        assert text in answer.output


def test_json_holds_shares_that_sum_to_the_whole(tmp_path):
    found = json.loads(invoke("principles", written(tmp_path), *FEW, "--json").stdout)
    *each, whole = rows_in(found, "effects")
    assert sum(one["share"] for one in each) == pytest.approx(whole["share"])
    assert [one["principle"] for one in each] == list(LEVERS)
    pictures = found["sections"][0]["pictures"]
    assert len(pictures["combinations"]["columns"]["mean"]) == 32
    assert found["finding"].endswith(").")


def test_bundle_holds_every_combination(tmp_path):
    out = tmp_path / "kept"
    answer = invoke("principles", written(tmp_path), *FEW, "--out", out)
    assert answer.exit_code == 0, answer.output
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["arguments"] == {"outcome": "harm", "replicates": 4, "seed": 0}
    with (out / "combinations.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["outcome"] == "harm"]
    assert len(rows) == 4 * 32
    assert {"principles.png", "combinations.png"} <= set(manifest["files"])


def test_nothing_happening_is_said_plainly(tmp_path):
    answer = invoke("principles", written(tmp_path, CALM), *FEW)
    assert answer.stdout.startswith("Nothing to attribute")


def test_one_crisis_is_no_evidence(tmp_path):
    answer = invoke("principles", written(tmp_path), "--replicates", 1)
    assert "cannot show how sure" in " ".join(answer.stdout.split())


def test_another_outcome(tmp_path):
    answer = invoke("principles", written(tmp_path), *FEW, "--outcome", "unmet")
    assert "person-days (unmet need)" in " ".join(answer.stdout.split())


def test_unknown_outcome_names_what_would_be_right(tmp_path):
    answer = invoke("principles", written(tmp_path), "--outcome", "unmett")
    assert answer.exit_code == 2
    text = " ".join(answer.output.replace("│", " ").split())
    assert 'no outcome "unmett"' in text
    assert '"unmet"' in text


def test_reproduce_says_identical_and_finds_a_changed_cell(tmp_path):
    out = tmp_path / "kept"
    assert invoke("principles", written(tmp_path), *FEW, "--seed", 3, "--out", out).exit_code == 0
    answer = invoke("reproduce", out, "--workers", 2)
    assert answer.stdout.startswith("identical"), answer.output
    table = out / "principles.csv"
    lines = table.read_text().splitlines()
    cells = lines[2].split(",")
    lines[2] = ",".join([*cells[:4], "123456.0", *cells[5:]])
    table.write_text("\n".join(lines) + "\n")
    answer = invoke("reproduce", out)
    assert answer.exit_code == 1
    assert f"principles.csv, line 3, mean: 123456.0 then, {cells[4]} now" in answer.output
    found = json.loads(invoke("reproduce", out, "--json").stdout)
    assert found["different"] == 1
    assert found["largest_difference"]["table"] == "principles.csv"


@pytest.mark.parametrize("arguments", [None, {"harm": 3}])
def test_reproduce_refuses_arguments_that_are_none(tmp_path, arguments):
    out = tmp_path / "kept"
    assert invoke("principles", written(tmp_path), *FEW, "--out", out).exit_code == 0
    manifest = json.loads((out / "manifest.json").read_text()) | {"arguments": arguments}
    (out / "manifest.json").write_text(json.dumps(manifest))
    answer = invoke("reproduce", out)
    assert answer.exit_code == 2
    assert answer.stderr.count("\n") == 1
