"""Points from a table: a CSV file, or written out."""

from __future__ import annotations

from typing import Any

import pytest

from crisis_abm.experiment import Experiment, ExperimentError
from tests.experiment.wards import HOARDING, USE, experiment, scenario

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
