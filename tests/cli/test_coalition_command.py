"""The command `coalition`: finding, JSON, bundle, running again, refusals."""

import csv
import json

import pytest

from crisis_abm.cli.progress import Progress
from tests.cli.small import CALM, invoke, rows_in, written

pytestmark = pytest.mark.usefixtures("unpainted")
FEW = ["--replicates", 3, "--screening", 1, "--orders", 1, "--workers", 1]


def words(text):
    return " ".join(text.replace("│", " ").split())


@pytest.mark.smoke
def test_says_first_what_was_found(tmp_path):
    answer = invoke("coalition", written(tmp_path), *FEW)
    assert answer.exit_code == 0, answer.output
    text = words(answer.stdout)
    assert "all 8 organisations under reciprocal" in text[:80].lower()
    for part in ("Whom to call first", "random order", "Not proven to be the best", "tipping"):
        assert part in text


def test_json_has_order_and_curves(tmp_path):
    found = json.loads(invoke("coalition", written(tmp_path), *FEW, "--json").stdout)
    calls = rows_in(found, "calls")
    assert [row["call"] for row in calls] == list(range(9)) and calls[0]["gain"] is None
    assert calls[-1]["gain"] == pytest.approx(calls[-1]["mean"] - calls[0]["mean"])
    curves = found["sections"][0]["pictures"]["adoption"]["columns"]
    assert set(curves["order"]) == {"best", "random", "everybody"}
    assert found["screening"] == 1


def test_bundle_is_run_again_bit_for_bit(tmp_path):
    out = tmp_path / "kept"
    more = ["--by", "kind", "--kinds", "hospital,care_home", "--seed", 4, "--out", out]
    answer = invoke("coalition", written(tmp_path), *FEW, *more)
    assert answer.exit_code == 0, answer.output
    assert invoke("reproduce", out, "--workers", 1).stdout.startswith("identical")
    with (out / "order.csv").open(newline="") as file:
        assert {row["name"] for row in csv.DictReader(file)} == {"hospital", "care_home"}
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["arguments"]["kinds"] == ["hospital", "care_home"]
    assert {"adoption.png", "first_calls.png"} <= set(manifest["files"])


def test_nothing_happening_is_said_plainly(tmp_path):
    answer = invoke("coalition", written(tmp_path, CALM), *FEW)
    assert answer.stdout.startswith("Nobody needs to be called")


def test_one_crisis_is_no_evidence(tmp_path):
    answer = invoke(
        "coalition", written(tmp_path), *FEW, "--replicates", 1, "--out", tmp_path / "k"
    )
    assert answer.exit_code == 0, answer.output
    assert "cannot show how sure" in words(answer.stdout)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--by", "town"], '"town" is none of organisation, group, kind, area'),
        (["--kinds", "hospitl"], '"hospital"'),
        (["--outcome", "stock_lent"], "neither less nor more is better"),
        (["--policy", "sharing"], "no such policy"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, options, told):
    answer = invoke("coalition", written(tmp_path), *FEW, *options)
    assert answer.exit_code == 2
    assert told in words(answer.output)


def test_progress_that_stands_still_is_no_division_by_zero(capsys):
    with Progress("Calling", "runs") as watch:
        watch.started -= 10
        watch.look()
        watch.tell(5, 100)
        watch.began -= 10
        watch.tell(5, 100)
        watch.look()
        assert capsys.readouterr().err == "Calling …\n"
        watch.tell(6, 100)
        watch.look()
    assert "6 of 100 runs, 0.1 a second" in capsys.readouterr().err


def test_without_a_pace_a_line_a_minute_says_how_far_it_is(capsys):
    with Progress("Calling", "runs") as watch:
        watch.started -= 10
        watch.look()
        watch.tell(5, 100)
        watch._next -= 60  # a minute later
        watch.look()
        watch.look()
    assert capsys.readouterr().err == "Calling …\nCalling: 5 of 100 runs\n"
