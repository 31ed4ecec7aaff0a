"""Undo and redo outlive the page, hold no more than they may, and never lose another's change."""

import threading

import pytest

from crisis_abm.dashboard.scenarios import file_changes
from crisis_abm.dashboard.scenarios.editing import put
from crisis_abm.dashboard.scenarios.library import Library
from crisis_abm.scenario import ScenarioError


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path, "visitor")


@pytest.fixture
def key(library):
    return library.add('title = "0"\n')


def _titled(library, key, *titles):
    for title in titles:
        library.change(key, lambda text, title=title: put(text, ("title",), title))


def _texts(tmp_path):
    return sorted(path.name for path in tmp_path.rglob("undo/*"))


def test_changes_are_undone_and_redone_in_their_order(library, key):
    _titled(library, key, "1", "2", "3")
    assert library.changes(key) == (3, 0)
    assert library.undo(key) == ('title = "3"\n', 'title = "2"\n')
    library.undo(key)
    assert (library.text(key), library.changes(key)) == ('title = "1"\n', (1, 2))
    assert library.redo(key) == ('title = "1"\n', 'title = "2"\n')
    library.redo(key)
    assert library.redo(key) is None
    assert (library.text(key), library.changes(key)) == ('title = "3"\n', (3, 0))


def test_what_was_undone_is_gone_after_another_change(library, key):
    _titled(library, key, "1", "2")
    library.undo(key)
    _titled(library, key, "other")
    assert library.changes(key) == (2, 0)
    assert library.redo(key) is None
    library.undo(key)
    assert library.text(key) == 'title = "1"\n'


def test_another_process_finds_it_all(library, key, tmp_path):
    _titled(library, key, "1", "2")
    library.undo(key)
    later = Library(tmp_path, "visitor")
    assert later.changes(key) == (1, 1)
    later.redo(key)
    later.undo(key)
    later.undo(key)
    assert later.text(key) == 'title = "0"\n'
    assert later.undo(key) is None


def test_what_changes_nothing_is_no_change(library, key):
    _titled(library, key, "0")
    assert library.changes(key) == (0, 0)


def test_the_oldest_are_forgotten(library, key, monkeypatch):
    monkeypatch.setattr(file_changes, "MOST_TEXTS", 3)
    _titled(library, key, "1", "2", "3", "4", "5")
    assert library.changes(key) == (3, 0)
    while library.undo(key):
        pass
    assert library.text(key) == 'title = "2"\n'


def test_no_more_bytes_are_kept_than_may_be(library, key, tmp_path, monkeypatch):
    monkeypatch.setattr(file_changes, "MOST_BYTES", 250)
    _titled(library, key, *("x" * length for length in range(80, 90)))
    kept = [path.stat().st_size for path in tmp_path.rglob("undo/*")]
    assert len(kept) == 2
    assert sum(kept) <= 250
    library.undo(key)
    assert library.text(key) == f'title = "{"x" * 88}"\n'


def test_a_change_that_could_not_be_written_is_not_undone(library, key, monkeypatch):
    _titled(library, key, "1")

    def full(path, text):
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as broken, pytest.raises(ScenarioError) as error:
        broken.setattr("crisis_abm.dashboard.scenarios.library.save_text", full)
        _titled(library, key, "2")
    assert "No space left" in str(error.value)
    assert "/" not in str(error.value)
    assert library.text(key) == 'title = "1"\n'
    library.undo(key)
    assert library.text(key) == 'title = "0"\n'


def test_undo_goes_with_its_scenario_and_touches_no_other(library, key, tmp_path):
    other = library.add('title = "other"\n')
    _titled(library, key, "1")
    _titled(library, other, "2")
    library.remove(key)
    assert _texts(tmp_path) == [f"{other}-earlier-000001.toml"]
    with pytest.raises(ScenarioError, match="no such scenario"):
        library.undo(key)


def test_two_pages_change_one_file_and_nothing_is_lost(tmp_path):
    first, second = Library(tmp_path, "visitor"), Library(tmp_path, "visitor")
    key = first.add('title = "0"\n')

    def add(library, name):
        for number in range(10):
            library.change(key, lambda text, number=number: f"{text}{name}{number} = 1\n")

    threads = [threading.Thread(target=add, args=pair) for pair in ((first, "a"), (second, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = first.text(key).splitlines()[1:]
    assert sorted(lines) == sorted(f"{name}{k} = 1" for name in "ab" for k in range(10))
    assert first.changes(key) == (20, 0)


def test_who_looks_at_a_file_hears_of_its_changes(library, key):
    heard = threading.Event()
    end = file_changes.follow(library.entry(key).path, heard.set)
    _titled(library, key, "0")
    assert not heard.wait(0.2)
    _titled(library, key, "1")
    assert heard.wait(10)
    end()
    heard.clear()
    library.remove(key)
    assert not heard.wait(0.2)
    assert not file_changes._followers
