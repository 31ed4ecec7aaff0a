"""What pages held is given back once they are closed."""

import gc
import os
import subprocess
import sys
import threading
import weakref

import pytest

from crisis_abm.dashboard import memory

OPENED = """
import gc, weakref
import ipyvuetify
from ipywidgets import Widget
from solara.server import app, kernel, kernel_context

app.ensure_apps_initialized()
gone, widgets = [], weakref.WeakSet()
for number in range(10):
    page = kernel_context.VirtualKernelContext(
        id=str(number), session_id="v" * 32, kernel=kernel.Kernel()
    )
    kernel_context.contexts[page.id] = page
    with page:
        page.container = ipyvuetify.Html(tag="div")
        app.load_app_widget(None, app.apps["__default__"], "/nowhere")
        widgets.update(page.widgets.values())
    gone.append(weakref.ref(page))
made = len(widgets)
for page in list(kernel_context.contexts.values()):
    page.close()
del page
gc.collect()
print(made, len(widgets), sum(one() is not None for one in gone), len(kernel_context.contexts))
"""


@pytest.mark.slow
def test_nothing_is_left_of_pages_that_were_closed():
    pytest.importorskip("solara")
    told = subprocess.run(
        [sys.executable, "-c", OPENED],
        env={**os.environ, "SOLARA_APP": "crisis_abm.dashboard.app"},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    made, widgets, pages, known = map(int, told.stdout.split())
    assert made > 100
    assert (widgets, pages, known) == (0, 0, 0)


class _Page:
    def __init__(self):
        self.itself = self


def test_pages_that_are_closed_within_a_moment_are_given_back_together(monkeypatch):
    collected = []
    ended = threading.Event()
    whole = gc.collect
    gone = weakref.ref(_Page())

    def collect():
        collected.append(whole())
        ended.set()

    monkeypatch.setattr(gc, "collect", collect)
    for _ in range(5):
        memory.give_back(0.05)
    assert ended.wait(20)
    assert gone() is None
    assert len(collected) == 1
    ended.clear()
    memory.page_opened()  # nothing yet
    memory.give_back(0.0)
    assert ended.wait(20)
    assert len(collected) == 2
