"""Widgets give their memory back: a page that is closed leaves nothing behind."""

import gc
import importlib
import pkgutil
import weakref

import anywidget
import pytest

from crisis_abm.dashboard import widgets

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
    gc.collect()
    assert seen() is None
