"""Compiled code: read back from disk by a new process, and never when a rule has changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import crisis_abm
from crisis_abm.compiled import is_compiled, kernel, passed_by_reference

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


def test_an_unwritable_cache_is_replaced_by_a_scratch_folder(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    code = "from crisis_abm.compiled import cache_folder; print(cache_folder())"
    (folder,) = in_new_process(code, NUMBA_CACHE_DIR=str(blocked))
    assert str(blocked) not in folder


class Inner(NamedTuple):
    count: int
    table: np.ndarray


class Outer(NamedTuple):
    rate: float
    inner: Inner
    row: np.ndarray
    flags: np.ndarray
    largest: int


@kernel
def read(outer):
    total = outer.rate + outer.inner.count + outer.largest
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
