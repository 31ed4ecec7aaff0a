"""The command `trace`: finding, story, JSON, bundle, refusals."""

import csv
import json

import networkx
import pytest

from tests.cli.small import CALM, SMALL, invoke, rows_in, written

HUGE = SMALL.replace("steps = 15", "steps = 1000000").replace("start = 2020-02-24\n", "")


@pytest.mark.smoke
def test_says_first_what_it_came_of(tmp_path):
    answer = invoke("trace", written(tmp_path), "--workers", 1)
    assert answer.exit_code == 0, answer.output
    text = " ".join(answer.stdout.split())
    assert text.startswith("Under siloed, ") and "goes back to one root: " in text
    for part in ("All stock is lost", "How it came to whom", "vanishes", "Not yet fitted", "←"):
        assert part in text


def test_json_holds_roots_that_sum_to_all_harm(tmp_path):
    found = json.loads(
        invoke("trace", written(tmp_path), "--json", "--policy", "reciprocal").stdout
    )
    assert found["harm"] > 0 and found["policy"] == "reciprocal"
    assert sum(root["harm"] for root in rows_in(found, "roots")) == pytest.approx(found["harm"])
    assert sum(root["share"] for root in rows_in(found, "roots")) == pytest.approx(1.0)
    events = {root["title"]: root for root in rows_in(found, "roots")}
    assert events["All stock is lost"]["vanishes"] > 0
    assert all(hit["story"] for hit in rows_in(found, "hit"))


def test_causes_over_all_crises_stand_beside_those_of_the_one_shown(tmp_path):
    scenario, options = written(tmp_path), ("--no-check", "--replicates", 3, "--replicate", 1)
    text = " ".join(invoke("trace", scenario, *options).stdout.split())
    assert "Over 3 crises under siloed, " in text and "in 80% of them" in text
    found = json.loads(invoke("trace", scenario, *options, "--json").stdout)
    assert found["crises"]["replicates"] == 3 and found["crises"]["with_harm"] <= 3
    shares = [one["share"] for one in rows_in(found, "causes")]
    assert sum(shares) == pytest.approx(1.0) and shares == sorted(shares, reverse=True)
    for one in rows_in(found, "causes"):
        assert one["percent_low"] <= one["percent_high"]
    each = [
        json.loads(invoke("trace", scenario, "--no-check", "--replicate", r, "--json").stdout)
        for r in range(3)
    ]
    of_each = [{one["root"]: one["share"] for one in rows_in(crisis, "roots")} for crisis in each]
    for one in rows_in(found, "causes"):
        by_hand = sum(crisis.get(one["root"], 0.0) for crisis in of_each) / 3
        assert one["share"] == pytest.approx(by_hand)
    assert rows_in(found, "causes") and each[0]["crises"] is None


def test_without_check_nothing_vanishes(tmp_path):
    found = json.loads(invoke("trace", written(tmp_path), "--json", "--no-check").stdout)
    assert found["agreement"] is None
    assert {root["vanishes"] for root in rows_in(found, "roots")} == {None}


def test_bundle_holds_tables_graph_and_picture_and_runs_again(tmp_path):
    out = tmp_path / "kept"
    asked = ("--seed", 4, "--replicate", 1, "--replicates", 3, "--out", out)
    answer = invoke("trace", written(tmp_path), *asked)
    assert answer.exit_code == 0, answer.output
    manifest = json.loads((out / "manifest.json").read_text())
    arguments = {"policy": "siloed", "seed": 4, "replicate": 1, "check": True, "replicates": 3}
    assert manifest["kind"] == "trace" and manifest["arguments"] == arguments
    assert (out / "cascade.png").stat().st_size > 10_000
    graph = networkx.read_graphml(out / "cascade.graphml")
    roots = {name for name, data in graph.nodes(data=True) if data["kind"] == "root"}
    assert roots and all(graph.nodes[name]["through"] > 0 for name in roots)
    with (out / "harm.csv").open(newline="") as file:
        total = sum(float(row["harm"]) for row in csv.DictReader(file))
    with (out / "roots.csv").open(newline="") as file:
        assert sum(float(row["harm"]) for row in csv.DictReader(file)) == pytest.approx(total)
    again = invoke("reproduce", out)
    assert again.exit_code == 0 and "identical" in again.output


def test_nothing_happening_is_said_plainly(tmp_path):
    answer = invoke("trace", written(tmp_path, CALM), "--out", tmp_path / "kept")
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.startswith("Nothing to trace")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--policy", "silod"], "silod"),
        (["--seed", "-1"], "--seed"),
        (["--set", "time.stepz=3"], "time.stepz"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, words, told):
    answer = invoke("trace", written(tmp_path), *words)
    assert answer.exit_code == 2 and told in answer.output
    assert "Traceback" not in answer.output


def test_a_run_too_large_is_refused_with_what_to_do(tmp_path):
    answer = invoke("trace", written(tmp_path, HUGE))
    assert answer.exit_code == 2
    text = " ".join(answer.output.split())
    assert "too many to trace" in text and "time.steps" in text and "one area" in text
