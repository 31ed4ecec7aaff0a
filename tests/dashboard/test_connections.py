"""Connections that bring no request are not waited for, and there are only so many."""

import asyncio
import socket
import threading
import time

import pytest

uvicorn = pytest.importorskip("uvicorn")
from crisis_abm.dashboard import connections  # noqa: E402
from crisis_abm.dashboard.connections import BoundedConnection, connection_for  # noqa: E402

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
    monkeypatch.setattr(connections, "PATIENCE", PATIENCE)
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
