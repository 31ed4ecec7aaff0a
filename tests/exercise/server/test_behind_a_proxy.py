"""Behind a proxy and without one: where a request came from, by which wrong PINs are counted."""

from __future__ import annotations

import urllib.request

import pytest

from crisis_abm.exercise.server.desk import COOKIE
from crisis_abm.exercise.server.serving import configured
from tests.dashboard.loops import answer_of

BASE = "https://exercise.example"


def _client(base, peer, forwarded):
    """The address that the application sees of a request from `peer` with these headers."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["client"][0])

    config = configured(app, base)
    config.load()
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "client": (peer, 5), "headers": headers}
    answer_of(config.loaded_app(scope, None, None))
    return seen[0]


@pytest.mark.parametrize("peer", ["127.0.0.1", "192.0.2.9"])
def test_without_a_proxy_nobody_is_believed(peer, monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    assert _client("", peer, ["198.51.100.6"]) == peer


@pytest.mark.parametrize("proxy", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "forwarded",
    [
        ["192.0.2.7"],  # as nginx is told to in the guide
        ["198.51.100.6, 192.0.2.7"],  # a client lied, and the proxy added the truth
        ["198.51.100.6", "192.0.2.7"],
        ["127.0.0.1, 192.0.2.7"],
    ],
)
def test_behind_a_proxy_it_is_what_the_proxy_saw(proxy, forwarded):
    assert _client(BASE, proxy, forwarded) == "192.0.2.7"


def test_who_comes_past_the_proxy_is_not_believed(monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    assert _client(BASE, "192.0.2.9", ["198.51.100.6"]) == "192.0.2.9"


def test_changes_pass_a_proxy_at_once(hall):
    hall.do("start")
    home = hall.seated("home")
    cookie = {"Cookie": f"{COOKIE}={home.token()}"}
    request = urllib.request.Request(f"{hall.base}/seat/home/live", headers=cookie)
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
