"""Compiled code: read back from disk by a new process, and never when a rule has changed."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from numba.core.caching import IndexDataCacheFile

import crisis_abm
from crisis_abm import compiled
from crisis_abm.compiled import cache_folder, is_compiled, kernel, passed_by_reference

ROOT = Path(crisis_abm.__file__).parents[1]
RUN = """
from crisis_abm import engine
from crisis_abm.engine.run import _loop
from tests.engine.crises import compiled, run, ward
data = ward(time={"steps": 6})
data["events"] = [{"title": "out", "start": 2, "capacity": 0.0, "kinds": ["maker"]}]
state = run(*compiled(data))
hits = sum(_loop.stats.cache_hits.values()) if hasattr(_loop, "stats") else -1
print(hits, repr(float(state.record.harm.sum())))
"""
PROBE = """
from crisis_abm.compiled import kernel
from crisis_abm.engine.phases.aid import trust

@kernel
def probe(balance):
    return trust(balance, 1.0, 0.5)
"""
CALL = """
from crisis_abm.engine.probe import probe
print(sum(probe.stats.cache_hits.values()), end=" ")
value = probe(3.0)
print(sum(probe.stats.cache_hits.values()), repr(value))
"""


def in_new_process(code: str, root: Path = ROOT, **environment: str) -> list[str]:
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(ROOT)]), **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
    )
    assert found.returncode == 0, found.stderr[-2000:]
    return found.stdout.split()


def test_a_new_process_compiles_nothing():
    _, harm = in_new_process(RUN)  # compiles if nobody has yet
    assert in_new_process(RUN) == ["1", harm]


def test_an_edited_rule_is_noticed_by_those_who_call_it(tmp_path):
    """The rule stands in one file, the compiled caller in another that does not change."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "crisis_abm", tmp_path / "crisis_abm", ignore=ignored)
    (tmp_path / "crisis_abm" / "engine" / "probe.py").write_text(PROBE)
    kept = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    _, hits, value = in_new_process(CALL, tmp_path, **kept)
    assert hits == "0"
    assert in_new_process(CALL, tmp_path, **kept)[1:] == ["1", value]
    aid = tmp_path / "crisis_abm" / "engine" / "phases" / "aid.py"
    rule = "altruism + (1.0 - altruism) * 2.0 /"
    assert rule in aid.read_text()
    aid.write_text(aid.read_text().replace(rule, "altruism + (1.0 - altruism) * 4.0 /"))
    _, hits, changed = in_new_process(CALL, tmp_path, **kept)
    assert hits == "0"
    assert float(changed) - 0.5 == pytest.approx(2 * (float(value) - 0.5))


def test_the_same_bits_without_compiling():
    hits, plain = in_new_process(RUN, NUMBA_DISABLE_JIT="1")
    assert hits == "-1"
    assert plain == in_new_process(RUN)[1]


# --- a cache is optional, and only one's own counts ----------------------------------------------

NOT_KEPT = "compiled code is not kept, so every start takes a minute ("
HALF = """
import sys
from crisis_abm.compiled import cache_folder
sys.path.insert(0, sys.argv[1])
from rule import half
print(cache_folder(), half(5.0), sum(half.stats.cache_hits.values()))
"""
RULE = """
from crisis_abm.compiled import kernel

@kernel
def half(value):
    return value / 2.0
"""
PLANTED = """
import os, pickle, sys
class Planted:
    def __reduce__(self):
        return os.mkdir, (sys.argv[1],)
pickle.dump(Planted(), open(sys.argv[2], "wb"))
"""

needs_users = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="users have no numbers here")


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A folder for caches, one for temporary files, and nothing said yet."""
    (tmp_path / "tmp").mkdir(mode=0o700)
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    compiled._say.cache_clear()
    return tmp_path


def found_folder():
    return cache_folder.__wrapped__()


def test_compiled_code_is_kept_in_a_private_folder(places, capsys):
    folder = found_folder()
    assert folder.parent == places / "cache" / "crisis_abm"
    if hasattr(os, "geteuid"):
        assert {stat.S_IMODE(one.stat().st_mode) for one in (folder, folder.parent)} == {0o700}
    assert capsys.readouterr().err == ""


def test_without_a_home_it_is_kept_among_the_temporary_files(places, monkeypatch, capsys):
    monkeypatch.setattr(compiled, "user_cache", lambda: None)
    assert found_folder().is_relative_to(places / "tmp")
    assert capsys.readouterr().err == ""


def test_a_cache_that_is_no_folder_is_gone_round(places, capsys):
    (places / "cache").write_text("")
    assert found_folder().is_relative_to(places / "tmp")
    assert capsys.readouterr().err == ""


def test_a_folder_that_was_chosen_and_will_not_do_is_told(places, monkeypatch, capsys):
    (places / "file").write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(places / "file"))
    assert found_folder().is_relative_to(places / "cache")
    told = capsys.readouterr().err
    assert told.startswith(
        f"compiled code is kept in {places / 'cache' / 'crisis_abm'}, since {places}"
    )
    assert told.count("\n") == 1


def test_nowhere_to_keep_it_is_told_in_one_line(places, monkeypatch, capsys):
    def nowhere():
        raise FileNotFoundError(2, "No usable temporary folder")

    (places / "cache").write_text("")
    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    assert found_folder() is None and found_folder() is None
    told = capsys.readouterr().err
    assert told.startswith(f"{NOT_KEPT}{places / 'cache'}") and told.count("\n") == 1


def test_a_disk_with_too_little_room_is_not_begun_to_be_filled(places, monkeypatch, capsys):
    full = SimpleNamespace(free=2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    assert found_folder() is None
    assert "No space left on device" in capsys.readouterr().err
    (place,) = (places / "cache" / "crisis_abm").iterdir()
    (place / "rule.nbc").write_bytes(b"")
    assert found_folder() == place  # what is there is used


@needs_users
def test_a_folder_of_another_user_is_not_used(places, monkeypatch, capsys):
    found_folder()
    another = places.stat().st_uid + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)
    assert found_folder() is None
    assert capsys.readouterr().err.endswith("belongs to somebody else)\n")


def halved(place):
    """Folder of the cache, hits, and what was said on stderr by a new process without a home."""
    code = "import os; os.path.expanduser = lambda path: path\n" + HALF
    unset = {"HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        [sys.executable, "-c", code, str(place)],
        env={**kept, "PYTHONPATH": str(ROOT), "TMPDIR": str(place / "tmp")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    folder, value, hits = done.stdout.split()
    assert value == "2.5"
    return folder, hits, done.stderr


@needs_users
@pytest.mark.skipif(not is_compiled, reason="nothing is kept")
def test_a_planted_pickle_is_not_loaded(places):
    (places / "rule.py").write_text(RULE)
    folder, hits, told = halved(places)
    assert folder.startswith(str(places / "tmp" / f"crisis_abm-{os.geteuid()}")) and (
        hits,
        told,
    ) == (
        "0",
        "",
    )
    assert halved(places) == (folder, "1", "")
    (index,) = Path(folder).rglob("*.nbi")
    subprocess.run([sys.executable, "-c", PLANTED, places / "ran", index], check=True)
    Path(folder).chmod(0o777)
    assert halved(places) == ("None", "0", f"{NOT_KEPT}{folder}: others can write to it)\n")
    assert not (places / "ran").exists()


@pytest.fixture
def half(places, monkeypatch):
    """Makes a rule whose compiled code lies in a folder of its own."""
    monkeypatch.setattr(compiled, "_folder", found_folder())

    def rule(value: float) -> float:
        return value / 2.0

    return lambda: kernel(rule)


@pytest.mark.skipif(not is_compiled, reason="nothing is kept")
def test_a_damaged_cache_is_compiled_and_kept_anew(half):
    assert half()(5.0) == 2.5
    for file in compiled._folder.rglob("*.nb?"):
        file.write_bytes(file.read_bytes()[:-20])
    for hits in (0, 1):
        again = half()
        assert again(5.0) == 2.5 and sum(again.stats.cache_hits.values()) == hits


@pytest.mark.skipif(not is_compiled, reason="nothing is kept")
def test_a_full_disk_is_told_in_one_line(half, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(IndexDataCacheFile, "_save_data", full)
    for _ in range(2):
        again = half()
        assert again(5.0) == 2.5 and not again.stats.cache_hits
    told = f"{NOT_KEPT}{compiled._folder}: {os.strerror(errno.ENOSPC)})\n"
    assert capsys.readouterr().err == told


class Inner(NamedTuple):
    cases: int
    table: np.ndarray


class Outer(NamedTuple):
    rate: float
    inner: Inner
    row: np.ndarray
    flags: np.ndarray
    largest: int


@kernel
def read(outer):
    total = outer.rate + outer.inner.cases + outer.largest
    for i in range(outer.inner.table.shape[0]):
        for j in range(outer.inner.table.shape[1]):
            total += (10 * i + j) * outer.inner.table[i, j]
    for k in range(outer.row.shape[0]):
        if outer.flags[k]:
            total += outer.row[k]
    return total


@kernel
def write(outer):
    outer.inner.table[1, 2] = outer.rate


def outer_of(table):
    flags = np.array([True, False, True])
    return Outer(0.5, Inner(-3, table), np.array([1, 2, 4], np.int32), flags, 2**40)


def test_a_record_holds_numbers_tables_and_records():
    table = np.arange(6.0).reshape(2, 3)
    expected = 0.5 - 3 + 2**40 + sum((10 * i + j) * table[i, j] for i in (0, 1) for j in range(3))
    assert read(passed_by_reference(outer_of(table))) == expected + 5


def test_a_record_shares_the_arrays_and_keeps_them():
    table = np.zeros((2, 3))
    record = passed_by_reference(outer_of(table))
    write(record)
    assert table[1, 2] == 0.5
    del table
    expected = 0.5 - 3 + 2**40 + 12 * 0.5 + 5
    assert [read(record) for _ in range(100)] == [expected] * 100


@pytest.mark.skipif(not is_compiled, reason="plain Python takes any array")
def test_a_record_takes_no_scattered_array():
    with pytest.raises(ValueError, match="table: rows must lie one after another in memory"):
        passed_by_reference(outer_of(np.zeros((3, 2)).T))
