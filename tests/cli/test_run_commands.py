"""The commands that run: figures, words, JSON, exit codes."""

import json
import math
import re
from pathlib import Path

import pytest

from crisis_abm import runs
from crisis_abm.cli import run_commands
from crisis_abm.cli.progress import Progress
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.runs import WorkerLost
from tests.cli.small import CALM, SMALL, invoke, rows_in, written

FEW = ["--replicates", 4, "--workers", 1]


def plain(data):
    """Every figure in nested data."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        return [figure for entry in data for figure in plain(entry)]
    return [data] if isinstance(data, float | int) else []


# --- run -----------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_run_says_what_happened(tmp_path):
    answer = invoke("run", written(tmp_path))
    assert answer.exit_code == 0
    for about in OUTCOMES.values():
        assert about.title in answer.output
    for text in ("Worst hit", "infirmary", "28 Feb 2020   depot", "Wash your hands", "Not yet"):
        assert text in answer.output


def test_run_as_json(tmp_path):
    found = json.loads(invoke("run", written(tmp_path), "--json", "--seed", 3).stdout)
    assert found["seed"] == 3
    assert set(found["outcomes"]) == set(OUTCOMES)
    assert found["units"]["harm"] == "deaths"
    first = rows_in(found, "failures")[0]
    assert first == {"tick": 4, "when": "28 Feb 2020", "name": "depot"}


def test_run_of_a_replicate_is_that_of_compare(tmp_path):
    file = written(tmp_path)
    compared = json.loads(invoke("compare", file, *FEW, "--json", "--seed", 5).stdout)
    harms = [
        json.loads(invoke("run", file, "--seed", 5, "--replicate", r, "--json").stdout)
        for r in range(4)
    ]
    mean = sum(one["outcomes"]["harm"] for one in harms) / 4
    assert math.isclose(mean, compared["outcomes"]["harm"]["siloed"], rel_tol=1e-12)


def test_run_of_very_many_is_kept_and_drawn_by_kind_and_area(tmp_path, monkeypatch):
    from crisis_abm import history
    from crisis_abm.report import run

    monkeypatch.setattr(history, "LARGEST_HISTORY", 0)
    monkeypatch.setattr(run, "MOST_DRAWN", 5)
    answer = invoke("run", written(tmp_path), "--out", tmp_path / "b")
    assert "8 organisations are too many to keep one by one" in " ".join(answer.stdout.split())
    assert {path.name for path in (tmp_path / "b").iterdir()} == {
        "areas.png",
        "daily.parquet",
        "kinds.png",
        "manifest.json",
        "outcomes.csv",
        "scenario.toml",
    }


def test_run_tells_how_far_it_is(tmp_path, monkeypatch, capsys):
    watch = Progress("Running", "days")
    watch.look()
    assert capsys.readouterr().err == ""  # not yet a second
    watch.started -= 2
    watch.look()
    assert capsys.readouterr().err == "Running …\n"
    watch.tell(1, 10)
    watch.began -= 4
    watch.tell(5, 10)
    watch.look()
    assert "Running: 5 of 10 days, 1 a second, about 5.0 s left" in capsys.readouterr().err


def test_run_in_groups_tells_kinds_and_areas(tmp_path):
    answer = invoke(
        "run", written(tmp_path), "--set", "record.detail=groups", "--out", tmp_path / "b"
    )
    assert "supplier in north" in answer.output
    assert not (tmp_path / "b" / "status.png").exists()


def test_run_where_nothing_happens(tmp_path):
    answer = invoke("run", written(tmp_path, CALM))
    assert "Nobody came to harm" in answer.output
    assert "No organisation failed" in answer.output


# --- compare -------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_compare_as_json(tmp_path):
    found = json.loads(invoke("compare", written(tmp_path), *FEW, "--json").stdout)
    assert {"scenario", "seed", "replicates", "outcomes"} <= set(found)
    assert found["replicates"] == 4
    assert list(found["outcomes"]) == list(OUTCOMES)
    for one in found["outcomes"].values():
        if one["interval"] is None:  # nearly all crises came to the same
            assert one["same_in"] >= 3 and 0 < one["may_differ"] < 1
            assert math.isfinite(one["same_figure"])
        else:
            low, high = one["interval"]
            assert low <= one["difference"] <= high
            assert one["same_in"] is one["same_figure"] is one["may_differ"] is None
        assert math.isclose(one["difference"], one["reciprocal"] - one["siloed"], abs_tol=1e-6)
        assert 0 <= one["reciprocal_better"] <= 1
        assert one["better"] + one["worse"] + one["equal"] == 4
    assert all(math.isfinite(figure) for figure in plain(found))
    assert found["caveat"] == "Not yet fitted to data."


def test_compare_with_one_replicate_claims_nothing(tmp_path):
    file = written(tmp_path)
    found = json.loads(invoke("compare", file, "--replicates", 1, "--json").stdout)
    assert found["outcomes"]["harm"]["interval"] is None
    assert "cannot show how sure" in found["finding"]["reciprocal"]
    assert invoke("compare", file, "--replicates", 1).exit_code == 0


def test_compare_several_policies(tmp_path):
    policies = "siloed,reciprocal,agenda=1,communication=.5"
    answer = invoke("compare", written(tmp_path), *FEW, "--policies", policies, "--json")
    harm = json.loads(answer.stdout)["outcomes"]["harm"]
    assert {"siloed", "reciprocal", "agenda=1,communication=.5"} <= set(harm)
    assert set(harm["differences"]) == {"reciprocal", "agenda=1,communication=.5"}
    other = harm["differences"]["agenda=1,communication=.5"]
    told = {"same_in", "same_figure", "may_differ", "needed"}
    assert set(other) == {"difference", "interval", "band", "better", "worse", "equal"} | told


def test_compare_prints_the_command_that_would_settle_it(tmp_path, monkeypatch):
    """Made from what was typed, with as many crises as the finding says, and only then."""
    from crisis_abm.report import comparison

    monkeypatch.setattr(comparison, "settling", lambda difference: 71)
    file = written(tmp_path)
    change = "behaviour.hoarding=2"
    answer = invoke("compare", file, *FEW, "--policies", "siloed,parity=1", "--set", change)
    typed = f"compare {file} --seed 0 --policies siloed,parity=1 --replicates 71"
    words = " ".join(answer.stdout.replace("\\\n", "").split())
    assert f"To run 71 crises: crisis-abm {typed} --set {change}" in words
    monkeypatch.setattr(comparison, "settling", lambda difference: None)
    assert "To run" not in invoke("compare", file, *FEW).stdout


@pytest.mark.parametrize("columns", [80, 120])
def test_compare_prints_every_outcome_within_the_screen(tmp_path, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    answer = invoke("compare", "local_shock", *FEW, "--set", "caveat=not yet fitted to data")
    assert answer.exit_code == 0
    counts = re.findall(r"\b\d/\d/\d\b", answer.stdout)
    assert len(counts) == sum(outcome.better != 0 for outcome in OUTCOMES.values())
    assert max(map(len, answer.stdout.splitlines())) <= columns
    assert not re.search(r"…(\s|$)", answer.stdout)  # nothing is cut off
    text = " ".join(answer.stdout.split())
    for part in (
        "90% interval",
        "Who pays",
        "Who gains, with fewer units of harm under reciprocal",
        "units of harm",
        "Not yet fitted to data.",
    ):
        assert part in text
    assert "figures given as a range" in text
    assert "\x1b" not in answer.stdout  # no colours in a pipe


def test_compare_where_nothing_happens_says_so(tmp_path):
    text = CALM.partition("[uncertain]")[0]
    answer = invoke("compare", written(tmp_path, text), *FEW)
    assert "No difference that these runs can show" in answer.stdout


def test_interval_without_uncertain_ranges_covers_shocks_alone(tmp_path):
    found = json.loads(
        invoke(
            "compare", written(tmp_path, SMALL.partition("[uncertain]")[0]), *FEW, "--json"
        ).output
    )
    assert "shocks alone" in found["interval_covers"]


def test_same_tables_on_one_and_two_workers(tmp_path):
    file = written(tmp_path)
    for workers in (1, 2):
        out = tmp_path / f"on{workers}"
        more = ["--replicates", 6, "--workers", workers, "--out", out]
        assert invoke("compare", file, *more).exit_code == 0
    for name in ("outcomes.csv", "summary.csv", "who_pays.csv"):
        one, two = (tmp_path / f"on{workers}" / name for workers in (1, 2))
        assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("policies", "told"),
    [
        ("siloed", "at least two"),
        ("siloed,siloed", "twice"),
        ("siloed,recip", "reciprocal"),
        ("siloed,agenda=2", "from 0 (siloed) to 1"),
        ("siloed,agend=1", 'did you mean "agenda"?'),
    ],
)
def test_compare_refuses_policies_there_are_not(tmp_path, policies, told):
    answer = invoke("compare", written(tmp_path), "--policies", policies)
    assert answer.exit_code == 2
    assert told in " ".join(answer.stderr.replace("│", "").split())
    assert "Traceback" not in answer.output


# --- what can go wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (WorkerLost("a worker process ended"), 1, "a worker process ended; nothing was written"),
        (MemoryError(), 2, "not enough memory"),
        (KeyboardInterrupt(), 130, "stopped; nothing was written"),
        (OSError(28, "No space left on device", "x"), 2, "x: cannot be written or read (No space"),
    ],
)
def test_faults_are_one_line(tmp_path, monkeypatch, error, code, told):
    def fail(*_):
        raise error

    monkeypatch.setattr(runs, "compare", fail)
    answer = invoke("compare", written(tmp_path), "--out", tmp_path / "b")
    assert answer.exit_code == code
    assert answer.stderr.count("\n") == 1
    assert told in answer.stderr
    assert not (tmp_path / "b").exists()


def test_mistakes_of_the_program_are_not_hidden(tmp_path, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(runs, "compare", fail)
    assert isinstance(invoke("compare", written(tmp_path)).exception, ZeroDivisionError)


def test_stopped_work_is_told():
    watch = Progress("Running")
    watch.tell(1, 2)
    watch.stopped = True
    with pytest.raises(KeyboardInterrupt):
        watch.tell(2, 2)


def test_place_is_refused_before_anything_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr(run_commands, "stoppable", lambda *_: pytest.fail("was run"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    answer = invoke("compare", written(tmp_path), "--out", tmp_path / "mine")
    assert answer.exit_code == 2
    assert "no run bundle" in answer.stderr
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"


# --- reproduce -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle")
    more = ["--set", "behaviour.keep=2", "--out", folder / "kept"]
    assert invoke("compare", written(folder), *FEW, *more).exit_code == 0
    return folder / "kept"


@pytest.mark.smoke
def test_reproduce_says_identical(bundle):
    answer = invoke("reproduce", bundle)
    assert answer.exit_code == 0
    assert answer.output.startswith("identical")


def test_reproduce_a_run(tmp_path):
    out = tmp_path / "one"
    more = ["--replicate", 2, "--seed", 9, "--policy", "agenda=1,parity=.5", "--out", out]
    assert invoke("run", written(tmp_path), *more).exit_code == 0
    assert invoke("reproduce", out).output.startswith("identical")


def test_tables_of_odd_names_open_in_excel_and_are_reproduced(tmp_path):
    text = SMALL.replace('id = "depot"', 'id = "=Łódź"').replace('["depot"]', '["=Łódź"]')
    out = tmp_path / "out"
    assert invoke("trace", written(tmp_path, text), "--out", out).exit_code == 0
    marked, plain = ((out / name).read_bytes() for name in ("organisations.csv", "daily.csv"))
    assert marked.startswith(b"\xef\xbb\xbf")
    assert "\n'=Łódź," in marked.decode()
    assert plain.isascii()
    assert invoke("reproduce", out).output.startswith("identical")


def test_reproduce_finds_a_changed_figure_and_version(bundle, tmp_path, monkeypatch):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    table = copy / "outcomes.csv"
    lines = table.read_text().splitlines()
    row = next(k for k, line in enumerate(lines) if line.startswith("2,reciprocal,unmet,"))
    lines[row] = "2,reciprocal,unmet,123456.0"
    table.write_text("\n".join(lines) + "\n")
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["versions"]["numpy"] = "1.0"
    manifest["commit"] = "0123"
    monkeypatch.setattr("crisis_abm.report.reproduce.commit", lambda: "4567, changed")
    (copy / "manifest.json").write_text(json.dumps(manifest))
    answer = invoke("reproduce", copy)
    assert answer.exit_code == 1
    assert "Unmet need, reciprocal, replicate 2: 123456.0 then" in answer.output
    assert "numpy: 1.0 then" in answer.output
    found = json.loads(invoke("reproduce", copy, "--json").stdout)
    assert found["largest_difference"]["outcome"] == "unmet"
    assert "commit: 0123 then, 4567, changed now" in answer.output
    assert list(found["versions"]) == ["numpy", "commit"]


def test_reproduce_refuses_what_is_no_bundle(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        answer = invoke("reproduce", folder)
        assert answer.exit_code == 2
        assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("manifest.json", "{"),
        ("manifest.json", "[1, 2]"),
        ("manifest.json", '{"format": 1, "kind": "compare"}'),
        ("manifest.json", '{"format": 99}'),
        ("outcomes.csv", "replicate,policy\n1,2\n"),
        ("outcomes.csv", ""),
        ("scenario.toml", "title = "),
    ],
)
def test_reproduce_refuses_a_damaged_bundle(bundle, tmp_path, name, content):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    (copy / name).write_text(content)
    answer = invoke("reproduce", copy)
    assert answer.exit_code == 2
    assert answer.stderr.count("\n") == 1
    assert name in answer.stderr


def test_full_disk_names_the_place_that_was_asked_for(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError("Error writing bytes to file. Detail: [errno 28] No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", fail)
    answer = invoke("compare", written(tmp_path), *FEW, "--out", tmp_path / "kept")
    assert answer.exit_code == 2
    assert "kept: cannot be written or read (No space left on device)" in answer.stderr
    assert not (tmp_path / "kept").exists()


def test_a_value_that_is_set_is_uncertain_no_more(tmp_path: Path) -> None:
    from crisis_abm.cli.options import load

    file = tmp_path / "ranges.toml"
    text = 'title = "x"\nresources = {}\n[[organisations]]\nid = "a"\nkind = "school"\n'
    file.write_text(text + '[uncertain]\n"behaviour.hoarding" = { low = 1, high = 4 }\n')
    assert list(load(str(file)).uncertain) == ["behaviour.hoarding"]
    set_ = load(str(file), ["behaviour.hoarding=2"])
    assert set_.behaviour.hoarding == 2 and not set_.uncertain


RANGES = """
title = "x"
resources = {}
[[organisations]]
id = "old = ward"
kind = "school"
area = "St. Ives"
[areas."St. Ives"]
population = 5
[exceptions."old = ward"]
more_capacity = 2
[uncertain]
'areas."St. Ives".population' = { low = 1, high = 9 }
'exceptions."old = ward".more_capacity' = { low = 1, high = 4 }
"behaviour.keep" = { low = 1, high = 4 }
"""


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("areas.'St. Ives'.population=3", 2),
        ('organisations."old = ward".more_capacity=7', 2),
        ("behaviour={ keep = 3 }", 2),
        ("behaviour.hoarding=3", 3),
    ],
)
def test_a_range_goes_with_what_is_set_however_its_place_is_written(tmp_path, change, left) -> None:
    from crisis_abm.cli.options import load

    file = written(tmp_path, RANGES)
    assert len(load(file).uncertain) == 3
    assert len(load(file, [change]).uncertain) == left


@pytest.mark.parametrize("command", [["run"], ["compare", *FEW]])
def test_what_a_shortened_run_ends_before_is_said(tmp_path, command):
    name, *more = command
    answer = invoke(name, written(tmp_path), *more, "--set", "time.steps=3")
    assert answer.exit_code == 0, answer.output
    assert answer.stderr.startswith(
        "events[2] (start 3) is left out: a run of 3 days ends before it\n"
    )
    kept = invoke(name, written(tmp_path), *more, "--set", "time.steps=4")
    assert "left out" not in kept.output
