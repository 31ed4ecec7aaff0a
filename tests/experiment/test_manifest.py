"""The first page of a store: what it must say, and what happens when it or a copy is lost."""

from __future__ import annotations

import json
import os
import re
import shutil

import pytest

from crisis_abm.experiment import Results
from crisis_abm.experiment.results import read_runs
from crisis_abm.experiment.runner import sweep
from crisis_abm.experiment.store import manifest, run_files
from crisis_abm.experiment.store.manifest import StoreError, read_manifest
from crisis_abm.experiment.store.merge import merge
from crisis_abm.runs.chunks import here
from crisis_abm.runs.provenance import versions_here
from tests.experiment.sweeps import same, small, swept

VERSIONS = {"engine": "0123", "mesa": "1.0"}


def by_other_versions(monkeypatch, folder):
    """A sweep that another version of the engine has begun."""
    other = versions_here() | VERSIONS
    for module in (run_files, manifest):
        monkeypatch.setattr(module, "versions_here", lambda: other)
    sweep(small(), folder, shard=(1, 2), deal=here)
    monkeypatch.undo()


def test_a_lost_manifest_does_not_let_versions_mix(tmp_path, monkeypatch):
    by_other_versions(monkeypatch, tmp_path)
    (tmp_path / "manifest.json").unlink()
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(StoreError, match="was computed by other versions") as told:
        sweep(small(), tmp_path, shard=(1, 2), deal=here)
    assert 'engine is "0123" there, ' in str(told.value) and "mesa" not in str(told.value)
    assert sorted(os.listdir(tmp_path)) == before  # no manifest that adopts them


def test_files_of_other_versions_are_not_read(tmp_path, monkeypatch):
    by_other_versions(monkeypatch, tmp_path / "old")
    sweep(small(), tmp_path / "new", shard=(2, 2), deal=here)
    shutil.copy(next((tmp_path / "old" / "runs").iterdir()), tmp_path / "new" / "runs")
    with pytest.raises(StoreError, match="was computed by other versions"):
        read_runs(tmp_path / "new")


def test_a_lost_manifest_is_written_again_beside_a_report(tmp_path):
    _, whole = swept(small(), tmp_path)
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(StoreError, match="is no sweep"):
        read_runs(tmp_path)
    (tmp_path / "analysis").mkdir()
    again, found = swept(small(), tmp_path)
    assert again.before == 48 and (tmp_path / "analysis").is_dir()
    same(found, whole)


def test_a_folder_called_analysis_is_no_sweep_by_itself(tmp_path):
    (tmp_path / "analysis").mkdir()
    with pytest.raises(StoreError, match=r"files that are no sweep \(analysis\)"):
        sweep(small(), tmp_path, deal=here)


@pytest.mark.parametrize("name", ["experiment.toml", "scenario.toml"])
@pytest.mark.parametrize("harm", ["", "[time", 'title = "another"', None])
def test_lost_or_spoilt_copies_are_mended_by_the_same_sweep(tmp_path, name, harm):
    sweep(small(), tmp_path, deal=here)
    copies = {one: (tmp_path / one).read_bytes() for one in ("experiment.toml", "scenario.toml")}
    (tmp_path / name).unlink()
    if harm is not None:
        (tmp_path / name).write_text(harm)
    with pytest.raises(StoreError, match="which mends the copies here"):
        Results.load(tmp_path)
    assert sweep(small(), tmp_path, deal=here).before == 48
    assert {one: (tmp_path / one).read_bytes() for one in copies} == copies
    assert Results.load(tmp_path).experiment.fingerprint() == small().fingerprint()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "is no sweep"),
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ('{"format": 1, "kind": "run"}', "is no sweep"),
        ('{"format": 99, "kind": "sweep"}', "is no sweep"),
        ('{"format": 1, "kind": "sweep"}', "by an earlier version of crisis-abm; sweep"),
        ('{"format": 2, "kind": "sweep"}', "is damaged: fingerprints is missing"),
    ],
)
def test_what_is_no_sweep_is_not_read(tmp_path, text, told):
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(StoreError, match=told):
        read_runs(tmp_path)
    with pytest.raises(StoreError, match="no such folder"):
        read_runs(tmp_path / "nowhere")


def test_a_folder_of_the_format_before_is_read_and_not_gone_on_with(tmp_path, monkeypatch):
    before = {name: value for name, value in versions_here().items() if name != "model"}
    for module in (run_files, manifest):
        monkeypatch.setattr(module, "versions_here", lambda: before)
    monkeypatch.setattr(manifest, "FORMAT", 2)
    sweep(small(), tmp_path, shard=(1, 2), deal=here)
    page = json.loads((tmp_path / "manifest.json").read_text())
    del page["commit"]
    (tmp_path / "manifest.json").write_text(json.dumps(page))
    monkeypatch.undo()
    assert len(read_runs(tmp_path)) == Results.load(tmp_path).statuses["ok"] == 24
    with pytest.raises(StoreError, match=r"versions\.model was nothing, is now") as told:
        sweep(small(), tmp_path, shard=(1, 2), deal=here)
    assert "name another folder" in str(told.value)
    (tmp_path / "manifest.json").unlink()
    with pytest.raises(StoreError, match="by other versions: model is nothing there"):
        sweep(small(), tmp_path, shard=(1, 2), deal=here)


def test_another_commit_of_the_same_sources_goes_on(tmp_path, monkeypatch):
    sweep(small(), tmp_path, shard=(1, 2), deal=here)
    monkeypatch.setattr(manifest, "commit", lambda: "0123, changed")
    assert sweep(small(), tmp_path, shard=(1, 2), deal=here).before == 24


def without(place):
    def harm(manifest):
        *way, last = place.split(".")
        for key in way:
            manifest = manifest[key]
        del manifest[last]

    return harm


def with_value(place, value):
    def harm(manifest):
        *way, last = place.split(".")
        for key in way:
            manifest = manifest[key]
        manifest[last] = value

    return harm


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (without("order.points"), "order.points is missing"),
        (without("fingerprints.scenario"), "fingerprints.scenario is missing"),
        (without("shard"), "shard is missing"),
        (without("experiment"), "experiment is missing"),
        (without("machine"), "machine is missing"),
        (with_value("order", {}), "order.points is missing"),
        (with_value("order", [1, 2, 3]), "order must be a table"),
        (with_value("order.points", "many"), "order.points must be a whole number"),
        (with_value("order.points", 10**12), "order.points must be at most 1,000,000"),
        (with_value("order.settings", 0), "order.settings must be at least 1"),
        (with_value("order.settings", 7), "order has 24 points, which 7 settings do not fit"),
        (with_value("order.replicates", 10**7), "order makes more than 10,000,000 runs"),
        (with_value("versions", None), "versions must be a table"),
        (with_value("versions.engine", 3), "versions.engine must be text"),
        (with_value("shard", [1]), "shard "),
    ],
)
def test_a_manifest_that_lacks_something_is_one_clear_error(tmp_path, harm, told):
    sweep(small(), tmp_path, shard=(1, 2), deal=here)
    manifest = read_manifest(tmp_path)
    harm(manifest)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    for use in (
        lambda: sweep(small(), tmp_path, shard=(1, 2), deal=here),
        lambda: read_runs(tmp_path),
        lambda: Results.load(tmp_path),
        lambda: merge([tmp_path], tmp_path.with_name("merged")),
    ):
        with pytest.raises(StoreError, match=re.escape(f"manifest.json: is damaged: {told}")):
            use()
    (tmp_path / "manifest.json").unlink()  # as the error says
    assert sweep(small(), tmp_path, shard=(1, 2), deal=here).before == 24
