"""The store: what was kept is found again; what is damaged, foreign or changed is told."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pandas
import pytest

from crisis_abm.experiment import Experiment
from crisis_abm.experiment.results import export_csv, read_runs
from crisis_abm.experiment.runner import sweep
from crisis_abm.experiment.store.manifest import StoreError, read_manifest
from crisis_abm.experiment.store.run_files import Ended
from crisis_abm.experiment.store.store import opened
from crisis_abm.outcomes import OUTCOMES
from crisis_abm.runs import chunks, replicate_seed
from crisis_abm.runs.chunks import here
from tests.experiment.sweeps import same, small, swept
from tests.experiment.wards import USE, scenario


@pytest.fixture(autouse=True)
def _a_file_for_every_few_runs(monkeypatch):
    monkeypatch.setattr(chunks, "MOST", 5)


def chunk_files(folder):
    return sorted((folder / "runs").iterdir())


def test_columns_are_what_was_asked_for(tmp_path):
    experiment = small(seed=3)
    _, found = swept(experiment, tmp_path / "kept")
    names = ["point", "replicate", "seed", USE, "policy", "status", "error", *experiment.outcomes]
    assert list(found.columns) == names
    assert len(found) == experiment.runs == 48
    assert all(found[name].dtype == np.float64 for name in experiment.outcomes)
    assert found.seed.tolist() == [replicate_seed(3, r) for r in found.replicate]
    assert [found[USE][k] for k in range(48)] == [experiment.points[p][USE] for p in found.point]


def test_anything_that_reads_parquet_reads_it(tmp_path):
    _, found = swept(small(), tmp_path / "kept")
    plain = pandas.read_parquet(tmp_path / "kept" / "runs")
    same(found, plain.sort_values(["point", "replicate"], ignore_index=True))


def test_a_csv_reads_back_to_the_same_bits(tmp_path):
    _, found = swept(small(), tmp_path / "kept")
    assert export_csv(tmp_path / "kept", tmp_path / "runs.csv") == len(found)
    with (tmp_path / "runs.csv").open(newline="") as file:
        back = list(csv.DictReader(file))
    for name in (USE, "harm", "failed", "stock_lent"):
        assert [float(row[name]) for row in back] == found[name].tolist()
    for name in ("point", "replicate", "seed", "policy", "status"):
        assert [row[name] for row in back] == found[name].astype(str).tolist()
    assert {row["error"] for row in back} == {""}
    assert sorted(os.listdir(tmp_path)) == ["kept", "runs.csv"]


def test_copies_need_no_other_file_and_are_the_same_experiment(tmp_path):
    source = tmp_path / "ward.toml"
    scenario().save(source)
    text = f"""
    title = "constants"
    scenario = "ward.toml"
    replicates = 1
    constants = {{ "time.steps" = 25 }}
    uncertainties = {{ "{USE}" = [1, 2] }}
    """
    experiment = Experiment.from_text(text, tmp_path)
    sweep(experiment, tmp_path / "kept", deal=here)
    source.unlink()
    copy = Experiment.load(tmp_path / "kept" / "experiment.toml")
    assert copy.fingerprint() == experiment.fingerprint()
    assert sweep(copy, tmp_path / "kept", deal=here).before == 2


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "twice"])
def test_a_damaged_file_is_noticed_and_done_again(tmp_path, harm):
    folder = tmp_path / "kept"
    _, whole = swept(small(), folder)
    victim = chunk_files(folder)[2]
    content = bytearray(victim.read_bytes())
    if harm == "flip":
        content[len(content) // 2] ^= 1
        victim.write_bytes(content)
    elif harm == "twice":
        shutil.copy(victim, victim.with_name("0000000001" + victim.name[10:]))
    else:
        victim.write_bytes(content[: len(content) // 2] if harm == "cut" else b"")
    with pytest.raises(StoreError, match="is damaged; run its sweep again"):
        read_runs(folder)
    again, found = swept(small(), folder)
    assert again.damaged == 1 and again.before == (48 if harm == "twice" else 43)
    same(found, whole)


@pytest.mark.parametrize("call", [1, 4, 6, 9])
def test_a_full_disk_is_one_message_and_nothing_half_written(tmp_path, monkeypatch, call):
    _, whole = swept(small(), tmp_path / "whole")
    folder, real, calls = tmp_path / "kept", os.fsync, []

    def full(handle):
        calls.append(handle)
        if len(calls) >= call:
            os.ftruncate(handle, 100)  # what came before did not fit either
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError if call < 4 else StoreError, match="No space left") as told:
            sweep(small(), folder, deal=here)
    if call < 4:
        assert not folder.exists()
        assert isinstance(told.value, OSError)
        assert told.value.filename == str(folder / "experiment.toml")
    else:
        assert f"{(call - 4) * 5} runs are kept" in str(told.value)
        assert len(str(told.value).splitlines()) == 1
        assert set(os.listdir(folder)) == {
            ".lock",
            "manifest.json",
            "experiment.toml",
            "scenario.toml",
            "runs",
        }
    again, found = swept(small(), folder)
    assert again.before == max(0, call - 4) * 5 and again.damaged == 0
    same(found, whole)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (lambda: small(seed=1), "seed was 0, is now 1"),
        (lambda: small(samples=13), "design.samples was 12, is now 13"),
        (lambda: small(replicates=3), "replicates was 2, is now 3"),
        (lambda: small(outcomes={"harm": "less"}), "outcomes.failed was"),
        (
            lambda: small(of=scenario(time={"steps": 21})),
            "scenario: time.steps was 20, is now 21",
        ),
        (
            lambda: small(uncertainties={USE: {"low": 1, "high": 5}}),
            f"uncertainties.{USE}.high was 4.0, is now 5.0",
        ),
    ],
)
def test_another_experiment_or_scenario_is_refused_with_what_changed(tmp_path, other, told):
    sweep(small(), tmp_path, deal=here)
    with pytest.raises(StoreError, match="holds another sweep") as error:
        sweep(other(), tmp_path, deal=here)
    assert told in str(error.value)
    assert "name another folder" in str(error.value)


def test_a_change_that_changes_nothing_is_taken(tmp_path):
    sweep(small(), tmp_path, deal=here)
    assert sweep(small(title="called otherwise"), tmp_path, deal=here).before == 48


def test_another_version_of_the_engine_is_refused(tmp_path):
    sweep(small(), tmp_path, deal=here)
    manifest = read_manifest(tmp_path)
    manifest["versions"] |= {"engine": "0123", "mesa": "1.0"}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match=r'versions\.engine was "0123", is now') as error:
        sweep(small(), tmp_path, deal=here)
    assert "mesa" not in str(error.value)


def test_a_folder_with_other_things_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(StoreError, match=r"files that are no sweep \(thesis.tex\)"):
        sweep(small(), tmp_path, deal=here)
    assert os.listdir(tmp_path) == ["thesis.tex"]
    with pytest.raises(StoreError, match="is a file"):
        sweep(small(), tmp_path / "thesis.tex", deal=here)


def test_files_of_another_sweep_are_refused(tmp_path):
    sweep(small(), tmp_path / "one", deal=here)
    sweep(small(seed=1), tmp_path / "other", deal=here)
    shutil.copy(chunk_files(tmp_path / "other")[0], tmp_path / "one" / "runs")
    with pytest.raises(StoreError, match="is of another sweep; move it elsewhere"):
        sweep(small(), tmp_path / "one", deal=here)
    (tmp_path / "other" / "runs" / "notes.txt").touch()
    with pytest.raises(StoreError, match=r"notes.txt: was not written by the sweep"):
        read_runs(tmp_path / "other")


def test_one_sweep_at_a_time(tmp_path):
    with (
        opened(tmp_path, small()),
        pytest.raises(StoreError, match="another sweep is writing here"),
    ):
        sweep(small(), tmp_path, deal=here)
    assert sweep(small(), tmp_path, deal=here).total == 48


@pytest.fixture
def no_locks(monkeypatch):
    """A file system, or a system, that has none."""

    def none(*_, **__):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("crisis_abm.experiment.store.store.lock_descriptor", none)


def test_one_sweep_at_a_time_also_where_there_are_no_locks(tmp_path, no_locks):
    with (
        opened(tmp_path, small()),
        pytest.raises(StoreError, match=r"another sweep is writing here; .* delete .*lock\.held"),
    ):
        sweep(small(), tmp_path, deal=here)
    assert sweep(small(), tmp_path, deal=here).total == 48
    assert not (tmp_path / ".lock.held").exists()


def test_what_stands_in_for_a_lock_does_not_outlive_its_process(tmp_path, no_locks):
    sweep(small(), tmp_path, shard=(1, 2), deal=here)
    code = (
        "import os, sys; from filelock import SoftFileLock\n"
        "lock = SoftFileLock(sys.argv[1], blocking=False); lock.acquire(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / ".lock.held"], check=False)
    assert (tmp_path / ".lock.held").exists()
    assert sweep(small(), tmp_path, shard=(1, 2), deal=here).before == 24


def test_a_folder_begun_and_left_is_begun_again(tmp_path):
    folder = tmp_path / "kept"
    with opened(folder, small()):
        pass
    (folder / "manifest.json").unlink()
    (folder / ".writing-manifest.json").write_text('{"format": ')
    assert sweep(small(), folder, deal=here).total == 48
    assert not list(folder.glob(".writing*"))


def test_a_figure_that_is_no_number_is_not_a_missing_one(tmp_path):
    with opened(tmp_path, small()) as store:
        figures = np.array([np.nan, -0.0, np.inf])
        store.write([0, 1], [Ended("ok", None, figures), Ended("error", "why", None)])
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(tmp_path / "runs")
    assert table["harm"].null_count == 1 and np.isnan(table["harm"][0].as_py())
    assert np.signbit(table["failed"][0].as_py()) and table["stock_lent"][0].as_py() == np.inf
    assert set(small().outcomes) < set(OUTCOMES)
