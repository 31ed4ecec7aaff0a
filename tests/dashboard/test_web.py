"""What the server answers to strangers: nothing that tells, keeps or takes away anything."""

import json
import re
import secrets
import stat
import struct
import time
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import quote

import pytest

websockets = pytest.importorskip("websockets.sync.client")
from websockets.exceptions import ConnectionClosed, InvalidStatus  # noqa: E402

from tests.dashboard.server import Server  # noqa: E402

pytestmark = pytest.mark.slow
APP = "/_solara/cdn/@widgetti/solara-vuetify-app@10.1.1"


def _tree(folder):
    return {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def _cookie(server):
    answer, _ = server.ask("/")
    return answer.getheader("Set-Cookie").partition(";")[0]


def _channel(server, cookie=None, origin=None, kernel=None, page="page-page-page-page", **options):
    kernel = kernel or secrets.token_hex(16)
    headers = {"Cookie": cookie} if cookie else {}
    return websockets.connect(
        f"ws://127.0.0.1:{server.port}/jupyter/api/kernels/{kernel}/channels?session_id={page}",
        origin=server.url if origin is None else origin,
        additional_headers=headers,
        **options,
    )


def _told(kind, content):
    header = {"msg_type": kind, "msg_id": secrets.token_hex(4), "session": "s", "username": ""}
    return json.dumps(
        {
            "header": {**header, "version": "5.2"},
            "parent_header": {},
            "metadata": {},
            "channel": "shell",
            "content": content,
            "buffers": [],
        }
    )


def _hears(connection):
    """Whether whoever is at the other end still answers."""
    connection.send(_told("kernel_info_request", {}))
    while json.loads(connection.recv(timeout=20))["msg_type"] != "kernel_info_reply":
        pass
    return True


def test_no_request_changes_the_installation(server):
    before = _tree(server.assets)
    folders = [one for one in before if (server.assets / one).is_dir()]
    assert len(folders) >= 8
    for folder in folders:
        answer, _ = server.ask(f"/_solara/cdn/{quote(folder)}")
        assert answer.status == 404, folder
    strange = ["", "/", "//", "/..", "/%2e%2e", "/%2e%2e/%2e%2e", "/%00", "/" + "a" * 5000]
    strange += ["/requirejs@2.3.6/", "/%5c", "/nothing@1.0.0/dist/a.js", "/requirejs@2.3.6/../.."]
    for path in strange:
        answer, _ = server.ask("/_solara/cdn" + path)
        assert answer.status in (307, 404), path
    answer, _ = server.ask(f"{APP}", method="DELETE")
    assert answer.status == 405
    assert _tree(server.assets) == before
    answer, text = server.ask(f"{APP}/dist/fonts.css")
    assert answer.status == 200 and b"@font-face" in text


@pytest.mark.parametrize(
    "path",
    [
        "/resourcez",
        "/resourcez?verbose",
        "/readyz",
        "/_solara/api/evict/x",
        "/_solara/auth/login",
        "/jupyter/api/kernels/x",
        "/static/public/x",
        "/static/main-vuetify.js",
        "/static/solara_bootstrap.py",
        "/jupyter/nbextensions/jupyter-js-widgets/extension.js",
        "/jupyter/nbextensions/../../../../../../../etc/passwd",
        "/jupyter/nbextensions/anywidget/../../../../../../../../etc/passwd",
        "/static/assets/../../server/settings.py",
        "/static/assets/..%2f..%2fserver/settings.py",
    ],
)
def test_what_solara_serves_besides_is_not_there(server, path):
    answer, text = server.ask(path)
    assert answer.status == 404
    assert b"kernels" not in text and b"root:" not in text and b"import" not in text


def test_an_unknown_address_is_404_with_the_page(server):
    for path in ("/nowhere", "/why/deeper", "/edit.php"):
        answer, text = server.ask(path)
        assert answer.status == 404 and b'id="app"' in text
    for path in ("/", "/why", "/weak-links", "/scenarios/", "/edit?scenario=ample"):
        answer, _ = server.ask(path)
        assert answer.status == 200


def test_where_the_server_stands_is_told_by_no_request(server):
    said = {
        "X-Script-Name": "//evil.example",
        "Script-Name": "//evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "//evil.example",
        "Forwarded": "host=evil.example;proto=https",
        "X-Forwarded-For": "evil.example",
    }
    answer, text = server.ask("/", said)
    assert answer.status == 200 and b"evil" not in text
    assert "Secure" not in answer.getheader("Set-Cookie")
    _, later = server.ask("/")
    assert b"evil" not in later


def test_every_answer_says_what_may_be_done_with_it(server):
    for path in ("/", "/nowhere", f"{APP}/dist/fonts.css", "/static/nothing"):
        answer, _ = server.ask(path)
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        assert answer.getheader("X-Frame-Options") == "DENY"
        assert answer.getheader("Cross-Origin-Resource-Policy") == "same-origin"
        policy = answer.getheader("Content-Security-Policy")
        assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
    answer, _ = server.ask("/", {"Host": "evil.example"})
    assert (answer.status, answer.getheader("X-Frame-Options")) == (403, "DENY")


def test_scripts_of_a_page_are_marked_for_this_answer_alone(server):
    marks = []
    for _ in range(2):
        answer, text = server.ask("/")
        (mark,) = re.findall(r"'nonce-([^']+)'", answer.getheader("Content-Security-Policy"))
        scripts = re.findall(r"<script\b[^>]*>", text.decode())
        assert scripts and all(f'nonce="{mark}"' in one for one in scripts)
        marks.append(mark)
    assert marks[0] != marks[1]


def test_the_cookie_is_for_the_server_alone_and_not_for_ever(server):
    answer, _ = server.ask("/")
    told = answer.getheader("Set-Cookie")
    assert "HttpOnly" in told and "SameSite=lax" in told
    assert int(re.search(r"Max-Age=(\d+)", told)[1]) <= 90 * 24 * 3600
    mine = told.partition(";")[0]
    again, _ = server.ask("/", {"Cookie": mine})
    assert again.getheader("Set-Cookie").startswith(mine + ";")
    for chosen in ("1", "", "a" * 400, "x" * 31 + "!"):
        other, _ = server.ask("/", {"Cookie": f"solara-session-id={chosen}"})
        assert f"={chosen};" not in other.getheader("Set-Cookie")


def test_a_connection_needs_a_visitor_and_a_page_of_its_own(server):
    cookie = _cookie(server)
    with _channel(server, cookie) as connection:
        assert _hears(connection)
    refused: list[dict[str, Any]] = [
        {"cookie": None},
        {"cookie": "solara-session-id=1"},
        {"cookie": cookie, "origin": "http://evil.example"},
        {"cookie": cookie, "origin": f"http://127.0.0.1:{server.port + 1}"},
        {"cookie": cookie, "kernel": "short"},
        {"cookie": cookie, "page": "'"},
    ]
    for options in refused:
        with pytest.raises(InvalidStatus) as error, _channel(server, **options):
            pass
        assert error.value.response.status_code == 403


def test_nobody_gets_into_anothers_page_nor_closes_it(server):
    kernel = secrets.token_hex(16)
    with _channel(server, _cookie(server), kernel=kernel) as mine:
        assert _hears(mine)
        other = _cookie(server)
        with pytest.raises(InvalidStatus), _channel(server, other, kernel=kernel):
            pass
        path = f"/_solara/api/close/{kernel}?session_id=page-page-page-page"
        for headers in ({}, {"Cookie": other}):
            answer, _ = server.ask(path, headers, "POST")
            assert answer.status == 404
        assert _hears(mine)


def test_broken_frames_end_their_connection_and_nothing_else(server):
    cookie = _cookie(server)
    frames = [b"\x7f\xff\xff\xff", b"", struct.pack("!II", 1, 8), b"\x00" * 100, "[" * 10_000, "{}"]
    with _channel(server, cookie) as good:
        before = _memory(server)
        for frame in frames * 50:  # three hundred
            with _channel(server, cookie) as connection:
                connection.send(frame)
                with pytest.raises(ConnectionClosed) as closed:
                    while True:
                        connection.recv(timeout=20)
                assert closed.value.rcvd.code == 1008
        with _channel(server, cookie, compression="deflate") as connection:
            connection.send(b"\x00" * 6_000_000)  # small on the way
            with pytest.raises(ConnectionClosed) as closed:
                connection.recv(timeout=20)
            assert closed.value.rcvd.code == 1009
        assert _hears(good)
        assert _memory(server) - before < 100_000_000
    assert "Traceback" not in server.log.read_text()


def _memory(server):
    """Bytes of the server's process."""
    psutil = pytest.importorskip("psutil")
    return psutil.Process(server.process.pid).memory_info().rss


def _shown(connection, path="/nowhere"):
    """Have a page's widgets made, as a browser does."""
    connection.send(
        _told("comm_open", {"comm_id": "c", "target_name": "solara.control", "data": {}})
    )
    themes: dict[str, dict[str, str]] = {"light": {}, "dark": {}}
    asked = {"method": "run", "args": {"path": path, "themes": themes, "dark": False}}
    connection.send(_told("comm_msg", {"comm_id": "c", "data": asked}))
    while not (isinstance(told := connection.recv(timeout=60), str) and '"finished"' in told):
        pass


@contextmanager
def _admitted(server, cookie, **options):
    """A connection; the server may not have heard yet that the one before has ended."""
    with ExitStack() as stack:
        for patience in (0.1, 0.5, 1.0, 5.0):
            try:
                connection = stack.enter_context(_channel(server, cookie, **options))
                break
            except InvalidStatus:
                time.sleep(patience)
        else:
            raise AssertionError("there was no room again")
        yield connection


@pytest.fixture
def small_server(tmp_path):
    """A server with little room, that a proxy stands in front of."""
    server = Server(tmp_path)
    server.more = ["--pages", "4", "--base-url", "https://planning.example", "--allow-host", "desk"]
    server.start()
    yield server
    server.stop()
    assert "Traceback" not in server.log.read_text()


def test_names_it_was_told_are_served_and_room_is_for_so_many_pages(small_server):
    server = small_server
    for host, status in {"planning.example": 200, "desk": 200, "other.example": 403}.items():
        answer, _ = server.ask("/", {"Host": host})
        assert answer.status == status
    assert "Secure" in server.ask("/")[0].getheader("Set-Cookie")
    with _channel(server, _cookie(server), origin="https://planning.example") as connection:
        assert _hears(connection)
    cookie = _cookie(server)
    for _ in range(200):  # dropped without a word
        with _admitted(server, cookie) as connection:
            assert _hears(connection)
    kernels = [secrets.token_hex(16) for _ in range(2)]
    with (
        _admitted(server, cookie, kernel=kernels[0], max_size=None) as first,
        _admitted(server, cookie, kernel=kernels[1], max_size=None) as second,
    ):
        _shown(first)
        _shown(second)
        answer, text = server.ask("/", {"Cookie": cookie})
        assert answer.status == 503 and b"Close\npages" in text
        with pytest.raises(InvalidStatus), _channel(server, cookie):
            pass
        other = _cookie(server)  # who came to nobody's harm
        with _admitted(server, other) as third:
            assert _hears(third)
        path = f"/_solara/api/close/{kernels[0]}?session_id=page-page-page-page"
        assert server.ask(path, {"Cookie": cookie}, "POST")[0].status == 200
        with pytest.raises(ConnectionClosed):
            while first.recv(timeout=20):
                pass
        assert server.ask("/", {"Cookie": cookie})[0].status == 200
        with _admitted(server, cookie) as connection:
            assert _hears(connection)
        assert _hears(second)


def test_own_scenarios_are_nobody_elses_to_read(server):
    assert stat.S_IMODE((server.folder / "own").stat().st_mode) == 0o700
