"""The log: what was appended is there after anything that may happen to the program or the file."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from crisis_abm.exercise import Log, LogError
from crisis_abm.exercise.log import FORMAT, KeptLog

PAGE = 4096


@pytest.fixture
def path(tmp_path):
    return tmp_path / "exercise.log"


def filled(path, entries=120):
    with Log.create(path, "opened", title="Half a works") as log:
        for number in range(2, entries + 1):
            log.append("decided", seat="wards", turn=number, reason="größer → " + "x" * 50)
        return log.entries()


def test_what_is_appended_is_read_back_in_order(path):
    written = filled(path, 5)
    assert [one.number for one in written] == [1, 2, 3, 4, 5]
    assert written[0].kind == "opened" and written[0].data == {"title": "Half a works"}
    assert Log.read(path) == written
    with Log(path) as again:
        assert again.entries() == written
        assert again.entries(after=3) == written[3:]
        assert again.append("sent", number=1).number == 6
    assert len(Log.read(path)) == 6


def test_it_can_be_looked_at_while_it_is_written(path):
    with Log.create(path, "opened") as log:
        log.append("decided", seat="wards")
        assert [one.kind for one in Log.read(path)] == ["opened", "decided"]


def test_nothing_is_ever_changed_or_taken_away(path):
    filled(path, 3)
    with sqlite3.connect(path) as connection:
        for statement in ("UPDATE entries SET kind = 'x'", "DELETE FROM entries"):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                connection.execute(statement)


@pytest.mark.parametrize("cut", [1, 100, PAGE - 1, PAGE, 3 * PAGE + 77])
def test_a_file_cut_anywhere_opens_to_its_last_whole_entry(path, cut):
    written = filled(path)
    content = path.read_bytes()
    path.write_bytes(content[:-cut])
    with Log(path) as log:
        kept = log.entries()
        assert 0 < len(kept) <= len(written) and kept == written[: len(kept)]
        log.append("decided", seat="home")
    assert len(Log.read(path)) == len(kept) + 1
    if len(kept) < len(written):
        assert path.with_name("exercise.log.damaged-1").read_bytes() == content[:-cut]


def test_cut_page_by_page_more_and_more_is_kept(path):
    written = filled(path)
    content = path.read_bytes()
    found = []
    for size in range(3 * PAGE, len(content) + 1, PAGE):
        path.write_bytes(content[:size])
        found.append(Log.read(path))
    assert all(one == written[: len(one)] for one in found)
    assert [len(one) for one in found] == sorted(len(one) for one in found)
    assert len(found[0]) >= 1 and found[-1] == written


def test_a_write_ahead_log_cut_anywhere_opens_to_its_last_whole_entry(path, tmp_path):
    with Log.create(path, "opened") as log:
        for number in range(30):
            log.append("decided", turn=number)
        written = log.entries()
        main, ahead = path.read_bytes(), path.with_name("exercise.log-wal").read_bytes()
    copy = tmp_path / "copy.log"
    lengths = []
    for size in range(0, len(ahead) + 1, 997):
        copy.write_bytes(main)
        copy.with_name("copy.log-shm").unlink(missing_ok=True)
        copy.with_name("copy.log-wal").write_bytes(ahead[:size])
        kept = Log.read(copy)
        assert kept == written[: len(kept)]
        lengths.append(len(kept))
    assert lengths == sorted(lengths) and lengths[0] == 1 and lengths[-1] >= len(written) - 1


def test_what_was_changed_behind_its_back_ends_it_there(path):
    filled(path, 40)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER nothing_is_changed")
        connection.execute("UPDATE entries SET data = '{}' WHERE number = 21")
    with Log(path) as log:
        assert len(log.entries()) == 20


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0" + bytes(9000)])
def test_what_is_no_log_is_told(path, content):
    path.write_bytes(content)
    with pytest.raises(LogError, match="holds no exercise"):
        Log(path)
    with pytest.raises(LogError, match="holds no exercise"):
        Log.read(path)
    assert path.read_bytes() == content  # it may be somebody's


def test_one_at_a_time_holds_a_log_and_others_may_look(path):
    with Log.create(path, "opened") as log:
        with pytest.raises(LogError, match="open in another process"):
            Log(path)
        other = [sys.executable, "-c", HOLDER, str(path)]
        refused = subprocess.run(other, capture_output=True, text=True, check=False)
        assert "open in another process" in refused.stderr
        log.append("decided", turn=1)
        assert Log.read(path) == KeptLog(path).entries() == log.entries()
    with Log(path) as again:
        assert len(again.entries()) == 2


HOLDER = """
import sys
from pathlib import Path
from crisis_abm.exercise.log import Log
Log(Path(sys.argv[1]))
"""


def test_a_log_of_a_newer_format_is_left_as_it_is(path):
    Log.create(path, "opened").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    for look in (Log, Log.read):
        with pytest.raises(LogError, match="newer crisis_abm"):
            look(path)
    assert [one.name for one in path.parent.glob("*damaged*")] == []


def test_a_file_that_is_there_is_not_written_over(path):
    path.write_bytes(b"mine")
    with pytest.raises(LogError, match="exists already"):
        Log.create(path, "opened")
    assert path.read_bytes() == b"mine"
    with pytest.raises(LogError, match="no such file"):
        Log(path.with_name("other.log"))
    with pytest.raises(LogError, match="cannot be written"):
        Log.create(path.with_name("no") / "folder.log", "opened")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a device that is always full")
def test_a_full_disk_is_told_and_nothing_is_acknowledged(path, monkeypatch):
    with Log.create(path, "opened") as log:
        log.append("decided", turn=1)
        log._connection.execute("PRAGMA max_page_count = 2")
        pages = log._connection.execute("PRAGMA page_count").fetchone()[0]
        log._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LogError, match="full"):
            for _ in range(100):
                log.append("decided", words="x" * 2000)
        kept = log.entries()
        log._connection.execute("PRAGMA max_page_count = 1000")
        log.append("decided", turn=2)
        assert Log.read(path) == log.entries()
        assert len(log.entries()) == len(kept) + 1


def test_several_threads_append_one_after_the_other(path):
    with Log.create(path, "opened") as log:

        def work(name):
            for turn in range(20):
                log.append("decided", seat=name, turn=turn)

        threads = [threading.Thread(target=work, args=(str(k),)) for k in range(5)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        entries = log.entries()
    assert [one.number for one in entries] == list(range(1, 102))
    assert Log.read(path) == entries
    for k in range(5):
        turns = [one.data["turn"] for one in entries[1:] if one.data["seat"] == str(k)]
        assert turns == list(range(20))


WRITER = """
import sys
from pathlib import Path
from crisis_abm.exercise.log import Log
log = Log(Path(sys.argv[1]))
while True:
    entry = log.append("decided", seat="wards", words="x" * 300)
    sys.stdout.write(f"{entry.number}\\n")
    sys.stdout.flush()
"""


def test_killed_at_any_moment_it_has_all_that_was_acknowledged(path):
    Log.create(path, "opened").close()
    told = 1
    for lines in (1, 7, 40):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            for _ in range(lines):
                told = int(writer.stdout.readline())
            os.kill(writer.pid, signal.SIGKILL)
            rest = writer.stdout.read().split("\n")
        told = max([told, *(int(line) for line in rest[:-1])])
        entries = Log.read(path)
        assert told <= len(entries) <= told + 1
        assert [one.number for one in entries] == list(range(1, len(entries) + 1))
