"""Widgets give their memory back: a page that is closed leaves nothing behind."""

import gc
import importlib
import pkgutil
import sys
import weakref

import anywidget
import pytest

from crisis_abm.dashboard import widgets
from crisis_abm.dashboard.widgets import controls
from crisis_abm.dashboard.widgets.controls import Upload

for _, name, _ in pkgutil.iter_modules(widgets.__path__):
    importlib.import_module(f"{widgets.__name__}.{name}")

OURS = [
    kind
    for kind in anywidget.AnyWidget.__subclasses__()
    if kind.__module__.startswith(widgets.__name__)
]


@pytest.mark.parametrize("kind", OURS, ids=[kind.__name__ for kind in OURS])
def test_a_closed_widget_is_forgotten(kind):
    made = kind()
    seen = weakref.ref(made)
    made.close()
    del made
    if solara := sys.modules.get("solara.comm"):  # remembers those that were made on no page
        solara.orphan_comm_stacks.clear()
    gc.collect()
    assert seen() is None


def _part(widget, size, name="a.csv"):
    widget._came(widget, {"what": "part", "name": name}, [b"x" * size])


def test_uploads_of_all_pages_together_have_only_so_many_bytes(monkeypatch):
    monkeypatch.setattr(controls, "LARGEST", 100)
    monkeypatch.setattr(controls, "LARGEST_OF_ALL", 250)
    came: list[dict[str, bytes]] = []
    pages = [Upload(taken=came.append) for _ in range(3)]
    try:
        for page in pages:
            _part(page, 90)
        assert [bool(page.fault) for page in pages] == [False, False, True]
        assert "try it again" in pages[2].fault
        pages[0]._came(pages[0], {"what": "end"}, [])
        assert came == [{"a.csv": b"x" * 90}]
        pages[2]._came(pages[2], {"what": "begin"}, [])
        _part(pages[2], 90)
        assert not pages[2].fault
        _part(pages[2], 20)
        assert "At most" in pages[2].fault
        pages[1].close()
        assert pages[1]._size_of_all() == 0
    finally:
        for page in pages:
            page.close()
