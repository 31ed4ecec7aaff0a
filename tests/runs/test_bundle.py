"""A bundle is whole or absent, keeps figures to the last bit, and never costs anybody a file."""

import csv
import errno
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from crisis_abm.runs import bundle
from crisis_abm.runs.bundle import BundleError, claim, read_bundle, write_bundle
from crisis_abm.scenario import Scenario

SCENARIO = Scenario.from_text(
    """\
title = "One ward"
caveat = "invented"
[time]
steps = 5
start = 2020-02-24
[resources]
[[organisations]]
id = "ward"
kind = "hospital"
"""
)
FIGURES = [0.1 + 0.2, 1e-300, 12345678.9, float("inf")]
FACTS = {"policies": ["siloed"], "seed": 0, "replicate": None}


def tables():
    return {
        "outcomes.csv": {
            "replicate": ["", 0, 1, 2],
            "policy": ["siloed"] * 4,
            "outcome": ["harm"] * 4,
            "value": np.array(FIGURES),
        },
        "daily.parquet": (
            {"tick": np.arange(3), "kind": np.array(["ward"] * 3, dtype=object), "harm": harm}
            for harm in (np.zeros(3), np.ones(3))
        ),
    }


def picture(path: Path) -> None:
    path.write_bytes(b"PNG")


def write(folder: Path) -> Path:
    return write_bundle(folder, "run", SCENARIO, FACTS, tables(), {"a.png": picture})


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.smoke
def test_what_is_written_is_read_back(tmp_path):
    folder = write(tmp_path / "new" / "deep" / "kept")
    kept = read_bundle(folder)
    assert list(kept.figures.values()) == FIGURES
    assert ("siloed", -1, "harm") in kept.figures
    assert kept.scenario == SCENARIO
    assert kept.manifest["fingerprint"] == SCENARIO.fingerprint()
    assert {"python", "numpy", "numba", "mesa", "crisis_abm"} <= set(kept.manifest["versions"])
    assert kept.manifest["caveat"] == "invented"
    assert sorted(os.listdir(folder)) == kept.manifest["files"]
    assert parquet.read_table(folder / "daily.parquet")["harm"].to_pylist() == [0, 0, 0, 1, 1, 1]
    with (folder / "outcomes.csv").open(newline="") as file:
        assert [float(row["value"]) for row in csv.DictReader(file)] == FIGURES


def test_tables_of_the_scenario_go_into_its_copy(tmp_path):
    (tmp_path / "o.csv").write_text("id,kind\nward,hospital\nannexe,hospital\n")
    text = 'title = "t"\n[resources]\n[tables]\norganisations = "o.csv"\n'
    scenario = Scenario.from_text(text, folder=tmp_path).with_({"time.steps": 3})
    folder = write_bundle(tmp_path / "kept", "run", scenario, FACTS, tables())
    (tmp_path / "o.csv").unlink()
    assert read_bundle(folder).scenario == scenario


def test_bundle_is_replaced(tmp_path):
    write(tmp_path / "kept")
    (tmp_path / "kept" / "a.png").write_bytes(b"old")
    write(tmp_path / "kept")
    assert (tmp_path / "kept" / "a.png").read_bytes() == b"PNG"
    assert os.listdir(tmp_path) == ["kept"]


def test_readable_by_others_as_any_folder(tmp_path):
    (tmp_path / "plain").mkdir()
    assert write(tmp_path / "kept").stat().st_mode == (tmp_path / "plain").stat().st_mode


# --- what it refuses -----------------------------------------------------------------------------


def test_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(BundleError, match="no run bundle"):
        write(tmp_path)
    assert os.listdir(tmp_path) == ["thesis.txt"]


def test_bundle_with_added_files_is_refused(tmp_path):
    folder = write(tmp_path / "kept")
    (folder / "notes.txt").write_text("precious")
    with pytest.raises(BundleError, match=r"files were added \(notes.txt\)"):
        write(folder)
    assert (folder / "notes.txt").read_text() == "precious"


def test_file_in_its_place_is_refused(tmp_path):
    (tmp_path / "kept").write_text("precious")
    with pytest.raises(BundleError, match="is a file"):
        claim(tmp_path / "kept")
    with pytest.raises(BundleError, match="is a file"):
        claim(tmp_path / "kept" / "below")


def test_where_you_are_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BundleError, match="inside it"):
        claim(".")


def test_unwritable_folder_is_refused_beforehand(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError):
        claim(tmp_path / "kept")


# --- what fails on the way -----------------------------------------------------------------------


def full(*_, **__):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere")


def not_allowed(*_, **__):
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "somewhere")


def stopped(*_, **__):
    raise KeyboardInterrupt


def after(calls, fault, original):
    """Work `calls` times, then fail."""
    left = [calls]

    def call(*arguments, **options):
        left[0] -= 1
        return fault() if left[0] < 0 else original(*arguments, **options)

    return call


POINTS = {
    "folder": ("tempfile.mkdtemp", 0),
    "scenario": ("pathlib.Path.write_text", 0),
    "csv": ("crisis_abm.runs.bundle.write_csv", 0),
    "parquet": ("pyarrow.parquet.ParquetWriter.write_table", 1),
    "manifest": ("pathlib.Path.write_bytes", 0),
    "move": ("os.replace", 0),
}


@pytest.mark.parametrize("fault", [full, not_allowed, stopped])
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("before", [False, True], ids=["new", "replaced"])
def test_failing_leaves_what_was_there(tmp_path, monkeypatch, point, fault, before):
    target = tmp_path / "deep" / "kept"
    if before:
        write(target)
        (target / "a.png").write_bytes(b"old")
    was = contents(tmp_path)
    name, calls = POINTS[point]
    place, _, attribute = name.rpartition(".")
    owner = __import__("pkgutil").resolve_name(place)
    monkeypatch.setattr(owner, attribute, after(calls, fault, getattr(owner, attribute)))
    with pytest.raises((OSError, KeyboardInterrupt)):
        write(target)
    monkeypatch.undo()
    assert contents(tmp_path) == was
    assert os.listdir(tmp_path) == (["deep"] if before else [])
    if before:
        assert os.listdir(target.parent) == ["kept"]


def test_failing_to_move_puts_the_old_one_back(tmp_path, monkeypatch):
    target = write(tmp_path / "kept")
    was = contents(tmp_path)
    moves = [0]

    def replace(one, other, original=os.replace):
        moves[0] += 1
        return full() if moves[0] == 2 else original(one, other)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OSError, match="No space"):
        write(target)
    assert moves[0] == 3
    assert contents(tmp_path) == was


def test_failing_picture_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match="No space"):
        write_bundle(tmp_path / "kept", "run", SCENARIO, FACTS, tables(), {"a.png": full})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("fault", ["missing", "garbled", "another"])
def test_unusable_manifest_is_one_line(tmp_path, fault):
    folder = write(tmp_path / "kept")
    manifest = folder / "manifest.json"
    if fault == "missing":
        manifest.unlink()
    elif fault == "garbled":
        manifest.write_bytes(b"\xff\x00{")
    else:
        told = json.loads(manifest.read_text())
        manifest.write_text(json.dumps({**told, "format": bundle.FORMAT + 1}))
    with pytest.raises(BundleError) as caught:
        read_bundle(folder)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_damaged_bundle_is_not_overwritten(tmp_path):
    folder = write(tmp_path / "kept")
    (folder / "manifest.json").unlink()
    with pytest.raises(BundleError):
        write(folder)
    shutil.rmtree(folder)
    write(folder)
