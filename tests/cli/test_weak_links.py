"""`weak-links` as it is typed: what it says first, what it keeps, and what it refuses."""

from __future__ import annotations

import csv
import json
import shlex

import pytest

from tests.cli.small import SMALL, invoke, rows_in, written

pytestmark = pytest.mark.usefixtures("unpainted")
QUICK = ("--replicates", "3", "--screening", "2", "--top", "4", "--workers", "1")


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def small(tmp_path):
    return written(tmp_path)


def test_the_finding_comes_first_then_the_worst_of_every_form(small):
    answer = invoke("weak-links", small, *QUICK, "--pairs", "2")
    assert answer.exit_code == 0, answer.output
    lines = answer.stdout.splitlines()
    assert lines[0].startswith("Weakest: Store. Without it others come to ")
    text = " ".join(answer.stdout.split())
    for words in (
        "Weakest under siloed: of organisations",
        "Weakest under reciprocal:",
        "all of them in 2 crises",
        "nearest the top in 3 crises",
        "Organisations knocked out: deaths added to others",
        "Supply links cut",
        "More kept in store",
        "More capacity",
        "Pairs knocked out together",
        "rank correlation between siloed and reciprocal",
        "simple measures of the graph misjudge",
        "Caveat: Not yet fitted to data.",
    ):
        assert words in text


def test_no_line_is_wider_than_the_screen(small):
    answer = invoke("weak-links", small, *QUICK)
    lines = [line for line in answer.stdout.splitlines() if "--" not in line]
    assert max(map(len, lines)) <= 80  # what is to be copied stays in one piece


def mean_harm(small, *more):
    asked = ("compare", small, "--replicates", 3, "--workers", 1, *more, "--json")
    answer = invoke(*asked)
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)["outcomes"]["harm"]


FORMS = {"organisations": "weak_links", "links": "weak_links"}
FORMS |= dict.fromkeys(("stock", "capacity"), "help")


def test_what_is_tried_can_be_run_from_the_command_line_with_the_same_figure(small):
    asked = ("--replicates", "3", "--screening", "6", "--top", "40", "--pairs", "1", "--json")
    found = json.loads(invoke("weak-links", small, *asked, "--workers", "1").stdout)
    before = mean_harm(small)
    for form, part in FORMS.items():
        tried = rows_in(found, f"{part}_{form}")
        members = [one for one in tried if one["organisation"].startswith("south_care_home")]
        one = members[0] if members else tried[0]
        after = mean_harm(small, *(p for text in one["set"] for p in ("--set", text)))
        for policy in ("siloed", "reciprocal"):
            change = after[policy] - before[policy]
            if form == "organisations":
                change -= one[f"itself_{policy}"]
            knocked = part == "weak_links"
            told = one[f"{'added' if knocked else 'saved'}_{policy}"]
            assert told == pytest.approx(change if knocked else -change, abs=1e-9)
    (section,) = (one for one in found["sections"] if one["name"] == "pairs")
    both = section["again"][0]["set"]
    assert len(both) == 2
    assert mean_harm(small, *(part for text in both for part in ("--set", text)))


def test_the_command_that_is_shown_runs(small):
    asked = ("--only", "stock,links", "--set", "behaviour.hoarding=2")
    shown = invoke("weak-links", small, *QUICK, *asked).stdout
    commands = [part for part in shown.replace("\\\n", "").splitlines() if "crisis-abm" in part]
    assert len(commands) == 2 and all("behaviour.hoarding=2" in one for one in commands)
    for command in commands:
        answer = invoke(*shlex.split(command)[1:], "--json")
        assert answer.exit_code == 0, answer.output


def test_names_with_commas_stand_in_quotes(tmp_path):
    text = SMALL.replace('id = "infirmary"', 'id = "St. Mary, old"')
    file = tmp_path / "old.toml"
    file.write_text(text, encoding="utf-8")
    asked = ("--organisations", 'depot,"St. Mary, old"', "--only", "capacity", "--json")
    found = json.loads(invoke("weak-links", file, *QUICK, *asked).stdout)
    tried = {one["organisation"]: one for one in rows_in(found, "help_capacity")}
    assert set(tried) == {"depot", "St. Mary, old"}
    (text,) = tried["St. Mary, old"]["set"]
    answer = invoke("run", file, "--set", text, "--json")
    assert answer.exit_code == 0, answer.output


def test_what_is_kept_can_be_read_and_holds_its_arguments(small, tmp_path):
    folder = tmp_path / "kept"
    chosen = ("--kinds", "supplier,hospital", "--pairs", "1")
    answer = invoke("weak-links", small, *QUICK, *chosen, "--out", folder)
    assert answer.exit_code == 0, answer.output
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["kind"] == "weak-links"
    assert manifest["arguments"]["kinds"] == ["supplier", "hospital"]
    assert manifest["arguments"]["replicates"] == 3
    names = {"outcomes.csv", "weak_links.csv", "help.csv", "pairs.csv", "graph_measures.csv"}
    names |= {"weak_links.png", "help.png", "ranks.png", "graph_measure.png"}
    assert names <= set(manifest["files"])
    rows = rows_of(folder / "weak_links.csv")
    assert {row["replicates"] for row in rows} <= {"2", "3"}
    assert {row["name"] for row in rows if row["form"] == "organisations"} == {
        "infirmary",
        "depot",
        "store",
    }


def test_what_was_kept_comes_out_the_same_from_its_arguments(small, tmp_path):
    from crisis_abm.analysis.weak_links.search import weak_links
    from crisis_abm.report.weak_links import weak_links_tables
    from crisis_abm.scenario import Scenario

    folder = tmp_path / "kept"
    invoke("weak-links", small, *QUICK, "--only", "organisations", "--out", folder)
    arguments = json.loads((folder / "manifest.json").read_text())["arguments"]
    again = weak_links(Scenario.load(folder / "scenario.toml"), **arguments, workers=1)
    columns = weak_links_tables(again)["outcomes.csv"]
    rows = rows_of(folder / "outcomes.csv")
    assert [float(row["value"]) for row in rows] == columns["value"]
    assert [row["outcome"] for row in rows] == columns["outcome"]


def test_json_has_everything_tried(small):
    answer = invoke("weak-links", small, *QUICK, "--json")
    data = json.loads(answer.stdout)
    assert data["policies"] == ["siloed", "reciprocal"]
    tried = rows_in(data, "weak_links_organisations")
    assert len(tried) == 8
    assert {"rank_siloed", "added_siloed", "itself_siloed", "strained_others_siloed"} < set(
        tried[0]
    )
    assert data["sections"][0]["words"][0].startswith("Weakest under siloed")
    assert len(rows_in(data, "graph_measures")) == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("--kinds", "hospitl"),
            'small.toml: kinds = "hospitl": there is no hospitl; did you mean',
        ),
        (("--only", "link"), 'forms = "link"'),
        (("--organisations", "depots"), 'did you mean "depot"?'),
        (("--most-runs", "9"), "allow it with --most-runs"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_code_2(small, words, told):
    answer = invoke("weak-links", small, *words)
    assert answer.exit_code == 2
    assert told in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_where_nothing_can_break_it_says_so(tmp_path):
    """Nobody needs anybody enough to come to harm."""
    calm = SMALL.replace("capacity = 0.0", "capacity = 1.0").replace("stock = 0.0", "stock = 1.0")
    file = written(tmp_path, calm)
    answer = invoke("weak-links", file, *QUICK, "--only", "organisations", "--kinds", "care_home")
    text = " ".join(answer.stdout.split())
    assert "none whose loss these runs can show to do harm to others" in text
