"""Shards put together are the sweep; what does not belong together is refused."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from crisis_abm.experiment.results import read_runs
from crisis_abm.experiment.runner import sweep
from crisis_abm.experiment.store.manifest import StoreError, read_manifest
from crisis_abm.experiment.store.merge import merge
from crisis_abm.experiment.store.store import opened
from crisis_abm.runs.chunks import here
from tests.experiment.sweeps import same, small, swept
from tests.experiment.wards import scenario


def shards(experiment, folder, parts):
    places = [folder / f"part{part}" for part in range(1, parts + 1)]
    for part, place in enumerate(places, start=1):
        sweep(experiment, place, shard=(part, parts), deal=here)
    return places


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_shards_merged_equal_one_sweep(tmp_path, parts):
    _, expected = swept(small(), tmp_path / "whole")
    found = merge(shards(small(), tmp_path, parts), tmp_path / "all")
    assert found.runs == found.total == 48
    same(read_runs(tmp_path / "all"), expected)
    assert sweep(small(), tmp_path / "all", deal=here).before == 48
    assert [one["shard"] for one in read_manifest(tmp_path / "all")["merged"]] == [
        [part, parts] for part in range(1, parts + 1)
    ]


def test_more_shards_than_runs(tmp_path):
    experiment = small(samples=1, replicates=1)
    found = merge(shards(experiment, tmp_path, 5), tmp_path / "all")
    assert found.runs == 2


def test_what_is_missing_can_be_run_in_the_merged_folder(tmp_path):
    _, expected = swept(small(), tmp_path / "whole")
    places = shards(small(), tmp_path, 3)
    found = merge(places[:2], tmp_path / "all")
    assert 0 < found.runs < found.total
    again, table = swept(small(), tmp_path / "all")
    assert again.before == found.runs
    same(table, expected)


def test_merged_folders_merge(tmp_path):
    _, expected = swept(small(), tmp_path / "whole")
    places = shards(small(), tmp_path, 3)
    merge(places[:2], tmp_path / "two")
    merge([tmp_path / "two", places[2]], tmp_path / "all")
    same(read_runs(tmp_path / "all"), expected)


def refused(folders, out, told):
    with pytest.raises(StoreError, match=told):
        merge(folders, out)
    assert not out.exists()


def test_the_same_runs_twice_are_refused(tmp_path):
    places = shards(small(), tmp_path, 2)
    sweep(small(), tmp_path / "whole", deal=here)
    told = "part1: holds 24 of the runs that .*whole holds .the first: point 0, replicate 0"
    refused([tmp_path / "whole", places[0]], tmp_path / "all", told)
    refused([places[0], places[0]], tmp_path / "all", "is named twice")


def test_folders_of_another_sweep_are_refused_with_what_differs(tmp_path):
    sweep(small(), tmp_path / "one", shard=(1, 2), deal=here)
    sweep(small(seed=1), tmp_path / "other", shard=(2, 2), deal=here)
    told = "other: is of another sweep than .*one: seed is 0 there, 1 here"
    refused([tmp_path / "one", tmp_path / "other"], tmp_path / "all", told)
    longer = small(of=scenario(time={"steps": 21}))
    sweep(longer, tmp_path / "longer", shard=(2, 2), deal=here)
    told = "scenario: time.steps is 20 there, 21 here"
    refused([tmp_path / "one", tmp_path / "longer"], tmp_path / "all", told)


def test_another_engine_is_refused(tmp_path):
    places = shards(small(), tmp_path, 2)
    manifest = read_manifest(places[1])
    manifest["versions"]["engine"] = "0123"
    (places[1] / "manifest.json").write_text(json.dumps(manifest))
    refused(places, tmp_path / "all", r'versions\.engine is ".*" there, "0123" here')


def test_damage_is_refused(tmp_path):
    places = shards(small(), tmp_path, 2)
    victim = next((places[1] / "runs").iterdir())
    victim.write_bytes(victim.read_bytes()[:-1])
    refused(places, tmp_path / "all", "is damaged; run its sweep again")


def test_what_is_being_written_is_refused(tmp_path):
    places = shards(small(), tmp_path, 2)
    with opened(places[1], small(), (2, 2)):
        refused(places, tmp_path / "all", "part2: a sweep is writing here")


def test_parts_that_can_only_be_read_are_merged(tmp_path, monkeypatch):
    """On a file system mounted read-only, say; the tests may run as root, who may write."""
    places, real = shards(small(), tmp_path, 2), Path.open

    def read_only(path, mode="r", *more, **others):
        if path.parent in places and mode.strip("bt") != "r":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, mode, *more, **others)

    with opened(places[1], small(), (2, 2)):
        monkeypatch.setattr(Path, "open", read_only)
        refused(places, tmp_path / "all", "part2: a sweep is writing here")
    assert merge(places, tmp_path / "all").runs == 48
    (places[0] / ".lock").unlink()  # copied without it
    assert merge(places, tmp_path / "again").runs == 48


def test_nothing_is_written_over(tmp_path):
    places = shards(small(), tmp_path, 2)
    with pytest.raises(StoreError, match="exists already"):
        merge(places, places[0])


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    places = shards(small(), tmp_path, 2)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space") as told:
            merge(places, tmp_path / "deep" / "all")
    assert told.value.filename.startswith(str(tmp_path / "deep" / "all"))  # not the shard's file
    assert not (tmp_path / "deep").exists()
