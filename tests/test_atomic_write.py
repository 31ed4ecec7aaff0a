"""Files whole or not at all: what a name stands for is replaced, a device or pipe is written to."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from crisis_abm.atomic_write import write_files


def test_a_file_is_made_and_replaced_with_its_permissions(tmp_path):
    path = tmp_path / "table.csv"
    write_files({path: b"one"})
    path.chmod(0o640)
    write_files({path: lambda file: print(file.write(b"two"))})
    assert path.read_bytes() == b"two" and stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["table.csv"]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_what_it_points_to_is_written(tmp_path, there):
    (tmp_path / "disk").mkdir()
    target, link = tmp_path / "disk" / "real.csv", tmp_path / "link.csv"
    if there:
        target.write_bytes(b"before")
    link.symlink_to(target)
    write_files({link: b"now"})
    assert link.is_symlink() and target.read_bytes() == b"now"
    assert os.listdir(target.parent) == ["real.csv"]


def test_a_pipe_is_written_to_and_stays_one(tmp_path):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_files({pipe: b"through"})
    reader.join(10)
    assert read == [b"through"] and stat.S_ISFIFO(pipe.lstat().st_mode)


def test_of_several_files_none_is_written_if_one_cannot_be(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"before")

    def full(file):
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    contents: list[dict[Path, Any]] = [{first: b"now", second: full}]
    contents.append({first: b"now", tmp_path: b"a folder"})
    for content in contents:
        with pytest.raises(OSError):
            write_files(content)
        assert first.read_bytes() == b"before" and os.listdir(tmp_path) == ["first"]


def test_a_link_that_goes_round_is_an_error_and_stays(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OSError):
        write_files({loop: b"lost"})
    assert loop.is_symlink() and os.listdir(tmp_path) == ["loop"]


@pytest.fixture
def open_elsewhere(monkeypatch):
    """As on Windows: a file that somebody reads cannot be replaced, at first."""
    refused, real = [3], os.replace
    waited: list[float] = []

    def replace(one, other):
        if len(waited) < refused[0]:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(one))
        real(one, other)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("crisis_abm.atomic_write.time.sleep", waited.append)
    return refused, waited


def test_a_file_that_somebody_reads_is_replaced_when_they_are_done(tmp_path, open_elsewhere):
    _, waited = open_elsewhere
    write_files({tmp_path / "table.csv": b"now"})
    assert (tmp_path / "table.csv").read_bytes() == b"now" and len(waited) == 3


def test_a_file_that_stays_open_elsewhere_is_told_after_a_while(tmp_path, open_elsewhere):
    refused, waited = open_elsewhere
    refused[0] = 10**6
    (tmp_path / "table.csv").write_bytes(b"before")
    with pytest.raises(PermissionError, match="another program has it open; close it") as told:
        write_files({tmp_path / "table.csv": b"now"})
    assert told.value.filename == str(tmp_path / "table.csv") and sum(waited) == pytest.approx(5)
    assert os.listdir(tmp_path) == ["table.csv"]
    assert (tmp_path / "table.csv").read_bytes() == b"before"


def test_elsewhere_a_permission_is_not_waited_for(tmp_path, open_elsewhere, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(PermissionError, match="Permission denied"):
        write_files({tmp_path / "table.csv": b"now"})
    assert open_elsewhere[1] == []
