"""Files beside an experiment: networks as an uncertainty, wherever they have gone; points."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from crisis_abm import network
from crisis_abm.experiment import Experiment, ExperimentError, Results, prepare
from crisis_abm.experiment.results import read_runs
from crisis_abm.experiment.runner import sweep
from crisis_abm.experiment.store.manifest import StoreError
from crisis_abm.experiment.store.merge import merge
from crisis_abm.runs import run_once
from crisis_abm.runs.chunks import here, in_processes
from crisis_abm.scenario import Scenario
from tests.experiment.networks import NAMES, SCENARIO, graph, written
from tests.experiment.sweeps import same
from tests.experiment.wards import HOARDING, USE, experiment, scenario


def unmet_by_network(folder: Path) -> dict[str, float]:
    runs = read_runs(folder)
    return dict(runs[runs.policy == "siloed"].groupby("tables.graph").unmet.first())


@pytest.mark.parametrize("absolute", [False, True], ids=["relative", "absolute"])
@pytest.mark.parametrize("added", [False, True], ids=["varied", "added"])
def test_from_sweep_to_analysis_also_when_nothing_else_is_left(tmp_path, absolute, added):
    own, moved = tmp_path / "own", tmp_path / "moved"
    names = [str(own / one) if absolute else one for one in NAMES[added:]]
    path = written(own, names)
    if added:  # a network beside organisations that are written out
        text = SCENARIO.format(tables="").replace('["first"]', '["lone"]')
        (own / "town.toml").write_text(f'{text}[[organisations]]\nid = "lone"\nkind = "supplier"\n')
    experiment = Experiment.load(path)
    assert sweep(experiment, own / "kept", deal=here).statuses == {"ok": 2 * len(names)}
    whole = read_runs(own / "kept")
    assert added or len(set(unmet_by_network(own / "kept").values())) > 1
    shutil.move(own / "kept", moved)
    shutil.rmtree(own)
    results = Results.load(moved)
    assert results.experiment.fingerprint() == experiment.fingerprint()
    same(results.frame(), whole)
    next((moved / "runs").iterdir()).unlink()
    copy = Experiment.load(moved / "experiment.toml")
    assert sweep(copy, moved, deal=here).before < len(whole)
    same(read_runs(moved), whole)
    assert Scenario.load(moved / "scenario.toml") == experiment.written


def test_a_changed_file_under_the_same_name_is_another_sweep(tmp_path):
    path, kept = written(tmp_path), tmp_path / "kept"
    sweep(Experiment.load(path), kept, shard=(1, 2), deal=here)
    before = {one: one.read_bytes() for one in kept.rglob("*") if one.is_file()}
    (tmp_path / "nets" / "first.graphml").write_text(graph("second"))
    with pytest.raises(StoreError, match=r"nets/first\.graphml has other contents") as told:
        sweep(Experiment.load(path), kept, shard=(1, 2), deal=here)
    assert len(str(told.value).splitlines()) == 1
    assert {one: one.read_bytes() for one in kept.rglob("*") if one.is_file()} == before


def test_a_changed_file_that_a_constant_names_is_another_sweep(tmp_path):
    path, kept = written(tmp_path), tmp_path / "kept"
    path.write_text(
        'title = "constant"\nscenario = "town.toml"\nreplicates = 1\n'
        '[constants]\n"tables.graph" = "nets/first.graphml"\n'
        '[levers]\npolicy = ["siloed", "reciprocal"]\n'
    )
    first = Experiment.load(path)
    sweep(first, kept, deal=here)
    assert Results.load(kept).experiment.fingerprint() == first.fingerprint()
    (tmp_path / "nets" / "first.graphml").write_text(graph("second"))
    assert Experiment.load(path).fingerprint() != first.fingerprint()
    with pytest.raises(StoreError, match=r"nets/first\.graphml has other contents"):
        sweep(Experiment.load(path), kept, deal=here)


def test_a_file_that_changes_while_it_is_swept_changes_nothing(tmp_path):
    path = written(tmp_path)
    sweep(Experiment.load(path), tmp_path / "undisturbed", deal=here)
    experiment = Experiment.load(path)
    shutil.rmtree(tmp_path / "nets")
    (tmp_path / "both.graphml").write_text(graph("second"))
    sweep(experiment, tmp_path / "kept", workers=2, deal=in_processes)
    same(read_runs(tmp_path / "kept"), read_runs(tmp_path / "undisturbed"))


def test_two_experiments_of_one_process_do_not_share_a_network_by_its_name(tmp_path):
    path = written(tmp_path)
    before = Experiment.load(path)
    tables = [prepare(before, 2, 0)[1]]
    (tmp_path / "nets" / "first.graphml").write_text(graph("second"))
    tables.append(prepare(Experiment.load(path), 2, 0)[1])
    tables.append(prepare(before, 2, 0)[1])
    suppliers = [[one for one, _ in network.to_graph(of).edges()] for of in tables]
    assert suppliers == [["first"], ["second"], ["first"]]


def test_a_spoilt_copy_is_told_and_mended(tmp_path):
    path, kept = written(tmp_path), tmp_path / "kept"
    sweep(Experiment.load(path), kept, deal=here)
    copies = {one.name: one.read_bytes() for one in (kept / "tables").iterdir()}
    assert len(copies) == 3
    for harm in (lambda one: one.write_text(graph()), lambda one: one.unlink()):
        for name in copies:
            harm(kept / "tables" / name)
        with pytest.raises(StoreError, match="which mends the copies here"):
            Results.load(kept)
        assert sweep(Experiment.load(path), kept, deal=here).before == 6
        assert {one.name: one.read_bytes() for one in (kept / "tables").iterdir()} == copies
        assert not Results.load(kept).statuses["missing"]


def test_shards_with_networks_merge(tmp_path):
    path = written(tmp_path)
    for part in (1, 2):
        sweep(Experiment.load(path), tmp_path / f"{part}", shard=(part, 2), deal=here)
    merge([tmp_path / "1", tmp_path / "2"], tmp_path / "all")
    shutil.rmtree(tmp_path / "nets")
    assert Results.load(tmp_path / "all").statuses["ok"] == 6
    unmet = unmet_by_network(tmp_path / "all")
    assert unmet["nets/first.graphml"] > unmet["nets/second.graphml"]


def test_a_row_is_the_run_of_its_network(tmp_path):
    path = written(tmp_path)
    sweep(Experiment.load(path), tmp_path / "kept", deal=here)
    scenario = Scenario.load(tmp_path / "town.toml")
    for name, unmet in unmet_by_network(tmp_path / "kept").items():
        changed = scenario.with_({"tables.graph": name})
        assert run_once(changed, "siloed", 0, 0).outcomes["unmet"] == unmet


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ('"nets/first.graphml" = "gone.graphml"', "there is no such file"),
        ('"nets/first.graphml" = "../../etc/passwd"', "lies outside"),
        ("both = 3", "must be text"),
    ],
)
def test_places_of_copies_that_cannot_be_are_told(tmp_path, files, told):
    path = written(tmp_path)
    path.write_text(path.read_text() + f"[files]\n{files}\n")
    with pytest.raises(ExperimentError, match=told):
        Experiment.load(path)


def test_tables_that_changed_since_a_scenario_was_read_are_told(tmp_path):
    path = written(tmp_path)
    scenario = Scenario.load(tmp_path / "town.toml")
    (tmp_path / "both.graphml").write_text(graph("second"))
    data = {"title": "late", "uncertainties": {"tables.graph": ["both.graphml"]}}
    with pytest.raises(ExperimentError, match="has changed since it was read; load it again"):
        Experiment.from_dict(data, scenario=scenario)
    assert Experiment.load(path).files


SECTIONS: dict[str, Any] = {
    "uncertainties": {"behaviour.hoarding": HOARDING, USE: [1, 2]},
    "levers": {"share": {"low": 0, "high": 1}, "policy": ["siloed", "reciprocal"]},
}
CSV = f"share,{USE},behaviour.hoarding\n0.5,1,2\n\n 1 , 2.0 ,4.5\n"


def read(tmp_path, text: str, **sections) -> Experiment:
    (tmp_path / "points.csv").write_text(text, encoding="utf-8")
    design = {"method": "points", "file": "points.csv"}
    data = {"title": "t", "design": design, **SECTIONS, **sections}
    return Experiment.from_dict(data, tmp_path, scenario=scenario())


def test_rows_are_points_and_levers_that_are_no_column_are_crossed(tmp_path):
    made = read(tmp_path, CSV)
    assert [tuple(point.values()) for point in made.points] == [
        (2.0, 1.0, 0.5, "siloed"),
        (2.0, 1.0, 0.5, "reciprocal"),
        (4.5, 2.0, 1.0, "siloed"),
        (4.5, 2.0, 1.0, "reciprocal"),
    ]
    assert made.points.crossed == ("policy",)
    heading, first, _blank, second, _end = CSV.split("\n")
    listed = "\n".join([f"{heading},policy", f"{first},reciprocal", f"{second},siloed"])
    made = read(tmp_path, listed)
    assert [point["policy"] for point in made.points] == ["reciprocal", "siloed"]
    assert made.points.crossed == ()


def test_written_out_they_are_the_same_and_need_no_file(tmp_path):
    made = read(tmp_path, CSV)
    rows = [
        {"share": 0.5, USE: 1, "behaviour.hoarding": 2},
        {"share": 1, USE: 2, "behaviour.hoarding": 4.5},
    ]
    listed = experiment(design={"method": "points", "points": rows}, **SECTIONS)
    assert listed.points.digest == made.points.digest
    (tmp_path / "points.csv").unlink()
    (tmp_path / "scenario.toml").write_text(scenario().to_toml(), encoding="utf-8")
    again = Experiment.from_text(made.to_toml("scenario.toml"), tmp_path)
    assert again.fingerprint() == made.fingerprint()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CSV.replace("share", "shar"), 'column "shar": is no uncertainty and no lever'),
        (CSV.replace("share", "shar"), 'column "share": is missing; every uncertainty'),
        (CSV.replace("4.5", "7"), 'row 4, column "behaviour.hoarding" = 7: is no value of this'),
        (CSV + "0.5,1.0,2.0\n", "row 5: is the point of row 2 again; keep one of the two"),
        (CSV.replace("4.5", "x"), 'column "behaviour.hoarding" = "x": is no value of this'),
        (CSV.replace("4.5", "4_5"), 'column "behaviour.hoarding" = "4_5": is no value of this'),
        (CSV.replace("4.5", "٤"), 'column "behaviour.hoarding" = "٤": is no value of this'),
        (CSV.replace("4.5", "nan"), 'column "behaviour.hoarding" = nan: is no value of this'),
        (CSV.replace(",1,2", ",3,2"), f'row 2, column "{USE}" = 3: is no value of this'),
        (CSV.replace(",1,2", ",1"), "row 2: has 2 values, the heading 3"),
        (CSV.replace("share", USE), "row 1: the heading names a column twice"),
        (CSV.replace("4.5", '"4.5'), "is no CSV file (unexpected end of data)"),
        (CSV.replace("4.5", "4" * 200_000), "is no CSV file (field larger than field limit"),
        ("share\n", "holds no point"),
        ("", "holds no point"),
        (f"share,{USE},behaviour.hoarding,policy\n1,1,2,silod\n", "it is one of siloed, reciproc"),
    ],
)
def test_each_fault_with_its_row(tmp_path, text, expected):
    with pytest.raises(ExperimentError) as caught:
        read(tmp_path, text)
    assert expected in str(caught.value)
    assert str(tmp_path / "points.csv") in str(caught.value)


def test_many_faults_are_counted(tmp_path):
    text = f"share,{USE},behaviour.hoarding\n" + "2,1,2\n" * 50
    with pytest.raises(ExperimentError, match="has 30 more faults like these"):
        read(tmp_path, text)


def test_a_table_belongs_to_points_and_points_need_one(tmp_path):
    with pytest.raises(ExperimentError, match="there is no such file"):
        experiment(design={"method": "points", "file": str(tmp_path / "no.csv")}, **SECTIONS)
    with pytest.raises(ExperimentError, match="points stand in a file"):
        experiment(design={"method": "points"}, **SECTIONS)
    design = {"method": "latin_hypercube", "samples": 4, "file": "points.csv"}
    with pytest.raises(ExperimentError, match="says nothing to latin_hypercube"):
        experiment(design=design, **SECTIONS)


def test_the_same_point_written_out_twice_is_refused():
    rows = [{"share": 1, USE: u, "behaviour.hoarding": 2} for u in (1, 2, 1.0)]
    with pytest.raises(ExperimentError) as caught:
        experiment(design={"method": "points", "points": rows}, **SECTIONS)
    (problem,) = caught.value.problems
    assert str(problem).endswith(
        "design.points[2]: is the point of design.points[0] again; keep one of the two"
    )
