"""Pages and connections: so many, taken and given back, with the memory that they held."""

import asyncio
import gc
import os
import socket
import subprocess
import sys
import threading
import time
import weakref
from types import SimpleNamespace

import pytest

pytest.importorskip("solara")
uvicorn = pytest.importorskip("uvicorn")
from crisis_abm.dashboard.server import visitors  # noqa: E402
from crisis_abm.dashboard.server.visitors import (  # noqa: E402
    BoundedConnection,
    Pages,
    connection_for,
    visitor_of,
)
from tests.dashboard.loops import answer_of  # noqa: E402

ID = "0123456789abcdef0123456789abcdef"


class _Kernels(dict):
    """Stands for solara's: who enters has one, which has shown something unless told otherwise."""

    def open(self, kernel, shown=True):
        close = lambda reason: self.pop(kernel)  # noqa: E731
        self[kernel] = SimpleNamespace(
            container=object() if shown else None, close=close, closed_event=threading.Event()
        )


@pytest.fixture
def kernels():
    return _Kernels()


@pytest.fixture
def pages(kernels):
    return Pages(8, kernels)


def _enter(pages, kernels, kernel, visitor="a", address="1", shown=True):
    place = answer_of(pages.enter(kernel, visitor, address))
    if place is not None and kernel not in kernels:
        kernels.open(kernel, shown)
    return place


def _leave(pages, place):
    answer_of(pages.leave(place))


def test_one_visitor_has_half_of_the_places_and_others_the_rest(pages, kernels):
    assert all(_enter(pages, kernels, f"a{n}") for n in range(4))
    assert not pages.has_room("a", "1")
    assert not _enter(pages, kernels, "a4")
    assert pages.has_room("b", "1")
    assert _enter(pages, kernels, "b0", "b")


def test_one_address_leaves_places_to_others_whatever_it_calls_itself(pages, kernels):
    entered = [_enter(pages, kernels, f"k{n}", f"v{n}") for n in range(20)]
    assert sum(place is not None for place in entered) == 6
    assert not pages.has_room(None, "1")
    assert pages.has_room(None, "2")
    assert _enter(pages, kernels, "other", "other", "2")
    assert _enter(pages, kernels, "last", "other", "2")
    assert not pages.has_room("x", "3")


def test_a_page_that_was_left_makes_room_and_an_open_one_does_not(pages, kernels):
    places = [_enter(pages, kernels, f"a{n}") for n in range(4)]
    _leave(pages, places[1])
    _leave(pages, places[2])
    assert set(kernels) == {"a0", "a1", "a2", "a3"}  # it may come back
    assert _enter(pages, kernels, "a4")
    assert set(kernels) == {"a0", "a2", "a3", "a4"}
    assert _enter(pages, kernels, "a2")  # it does
    assert not _enter(pages, kernels, "a5")


def test_what_never_showed_anything_goes_at_once(pages, kernels):
    for n in range(50):
        _leave(pages, _enter(pages, kernels, f"k{n}", shown=False))
    assert not kernels
    assert pages.has_room("a", "1")


def test_nobody_enters_anothers_page(pages, kernels):
    _enter(pages, kernels, "a0")
    assert not _enter(pages, kernels, "a0", "b")
    kernels.open("solaras")
    assert not _enter(pages, kernels, "solaras")


def test_a_page_may_reconnect_before_its_old_connection_ends(pages, kernels):
    *places, refused = [_enter(pages, kernels, "a0") for _ in range(4)]
    assert all(places) and refused is None
    for place in places:
        _leave(pages, place)
    del kernels["a0"]  # closed by solara
    assert _enter(pages, kernels, "a0", "b")  # free again


def test_a_page_that_was_closed_makes_room_before_its_connection_ends(pages, kernels):
    places = [_enter(pages, kernels, f"a{n}") for n in range(4)]
    pages.close("a0")
    assert not pages.has_room("a", "1")  # it is still there
    del kernels["a0"]
    pages.close("a0")
    again = _enter(pages, kernels, "a0")
    assert again
    _leave(pages, places[0])
    assert again.connections == 1 and not pages.has_room("a", "1")


@pytest.mark.parametrize("value", ["", "1", "a" * 65, "a" * 31 + ";", "ä" * 40])
def test_a_cookie_that_nobody_was_given_is_nobodys(value):
    assert visitor_of({"solara-session-id": value}) is None
    assert visitor_of({"solara-session-id": ID}) == ID
    assert visitor_of({}) is None


GET = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
PATIENCE = 0.4


async def _app(scope, receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
    elif scope["type"] == "http":
        await asyncio.sleep(2 * PATIENCE if scope["path"] == "/long" else 0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"answer"})


@pytest.fixture
def place(monkeypatch):
    """Where a small server listens that waits for less than half a second."""
    monkeypatch.setattr(visitors, "PATIENCE", PATIENCE)
    config = uvicorn.Config(
        _app, http=BoundedConnection, log_level="critical", lifespan="off", ws="websockets-sansio"
    )
    server, listening = uvicorn.Server(config), socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listening.getsockname()
    server.should_exit = True
    thread.join()


def _told(connection):
    """All that comes until the other end closes."""
    found = b""
    try:
        while part := connection.recv(1000):
            found += part
    except ConnectionResetError:
        pass
    return found


def _await_answer(connection):
    found = b""
    while b"answer" not in found:
        part = connection.recv(1000)
        assert part, found
        found += part


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HT", GET[:-2], b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n123"],
)
def test_who_sends_no_whole_request_is_not_waited_for(place, sent):
    with socket.create_connection(place, timeout=20) as connection:
        connection.sendall(sent)
        for _ in range(3):  # a byte now and then does not help
            time.sleep(PATIENCE / 4)
            if sent and b"\r\n\r\n" not in sent:
                connection.sendall(b"x")
        assert b"200 OK" in _told(connection) or b"POST" not in sent


def test_an_answer_may_take_longer_and_another_request_may_follow(place):
    with socket.create_connection(place, timeout=20) as connection:
        connection.sendall(GET.replace(b"/ ", b"/long "))
        _await_answer(connection)
        time.sleep(2 * PATIENCE)
        connection.sendall(GET[:10])
        connection.sendall(GET[10:])
        _await_answer(connection)


def test_an_open_page_is_not_closed_for_saying_nothing(place):
    websockets = pytest.importorskip("websockets.sync.client")
    with websockets.connect(f"ws://127.0.0.1:{place[1]}/") as connection:
        time.sleep(3 * PATIENCE)
        assert connection.ping().wait(20)


def test_more_pages_may_have_more_connections():
    few, many = connection_for(4), connection_for(500)
    assert few.most_of_one == BoundedConnection.most_of_one >= 100
    assert many.most_of_one >= 500 and many.most > many.most_of_one


def test_one_address_has_only_so_many(place, monkeypatch):
    monkeypatch.setattr(BoundedConnection, "most_of_one", 2)
    with (
        socket.create_connection(place, timeout=20),
        socket.create_connection(place, timeout=20),
        socket.create_connection(place, timeout=20) as third,
    ):
        assert _told(third) == b""
    time.sleep(0.1)
    with socket.create_connection(place, timeout=20) as later:
        later.sendall(GET)
        _await_answer(later)


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
        visitors.give_back(0.05)
    assert ended.wait(20)
    assert gone() is None
    assert len(collected) == 1
    ended.clear()
    visitors.give_back(0.0)
    assert ended.wait(20)
    assert len(collected) == 2
