"""One server for all: a long run of one visitor holds up nobody, and ends with the server."""

import signal
import socket
import subprocess
import sys
import time

import pytest

from crisis_abm.web.address import (
    CannotServe,
    checked_base,
    checked_names,
    listening,
    url,
)

pytestmark = pytest.mark.slow
PATIENCE = 15  # seconds in which a server ends, whatever it is at


def _family(pid):
    """The processes that a process has started."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found: list[int] = []
    of = {pid}
    while more := {one for one, parent in pairs if parent in of and one not in found}:
        found += more
        of = more
    return found


def _await_end_of(family):
    end = time.monotonic() + PATIENCE
    while still := [one for one in family if _runs(one)]:
        assert time.monotonic() < end, still
        time.sleep(0.1)


def _runs(pid):
    """Whether it is there and not merely waiting to be counted out by its parent."""
    told = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True)
    return bool(told.stdout.strip()) and not told.stdout.startswith("Z")


def test_a_long_run_holds_up_nobody_and_ends_with_the_server(own_server, visitors):
    long, short = visitors(own_server.url).page, visitors(own_server.url).page
    long.goto("/?scenario=england")
    long.get_by_text("0 of 30 crises run").wait_for()
    short.goto("/?scenario=local_shock")
    short.locator(".ca-finding", has_text="over 30 crises").wait_for()
    assert long.get_by_text("0 of 30 crises run").is_visible()
    own = own_server.process.pid
    family = _family(own)
    assert len(family) >= 4  # two for short runs, two for long ones
    for page in (long, short):
        page.close()  # without a word, so that the server goes on for a while
    own_server.process.send_signal(signal.SIGTERM)
    own_server.process.wait(PATIENCE)
    _await_end_of(family)


def test_a_page_that_is_stopped_says_so_and_runs_again(page):
    page.goto("/?scenario=england")
    page.get_by_role("button", name="Stop").click()
    page.locator(".ca-finding", has_text="Stopped before the first crisis was run").wait_for()
    page.get_by_role("button", name="Run again").wait_for()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_it_listens_at_addresses_of_either_kind_and_says_so_if_one_is_taken(host):
    try:
        first = listening(host, 0)
    except CannotServe:
        pytest.skip(f"this machine has no {host}")
    with first:
        port = first.getsockname()[1]
        with pytest.raises(CannotServe, match="choose another port") as error:
            listening(host, port)
        assert url(host, port) in str(error.value)
        with socket.create_connection((host, port), timeout=20):
            pass


def test_on_windows_a_port_is_asked_for_alone(monkeypatch):
    asked = []

    class Recording(socket.socket):
        def setsockopt(self, *what):
            asked.append(what)

    monkeypatch.setattr(socket, "socket", Recording)
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", ~4, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    with (
        listening("127.0.0.1", 0) as first,
        pytest.raises(CannotServe, match="choose another port"),
    ):
        listening("127.0.0.1", first.getsockname()[1])
    assert asked == [(socket.SOL_SOCKET, ~4, 1)] * 2


@pytest.mark.parametrize("host", ["no.such.example", "256.0.0.1", "a" * 70, "\udcff"])
def test_where_nobody_can_listen_is_one_line(host):
    with pytest.raises(CannotServe) as error:
        listening(host, 8765)
    assert "\n" not in str(error.value)


def test_an_address_is_written_as_a_browser_wants_it():
    assert url("127.0.0.1", 8765) == "http://127.0.0.1:8765/"
    assert url("::1", 80) == "http://[::1]:80/"


@pytest.mark.parametrize(
    "base", ["planning.example", "ftp://x", "http://", "http://x?y", "//x", "https://x/y"]
)
def test_a_base_url_that_is_none_is_told(base):
    with pytest.raises(CannotServe, match="--base-url"):
        checked_base(base)
    assert checked_base("https://planning.example/") == "https://planning.example"
    assert checked_base("") == ""


@pytest.mark.parametrize(
    "name", ["", "http://desk", "desk:8765", "desk/x", "two desks", "*.example", "[::1]:80", "a@b"]
)
def test_a_name_by_which_no_browser_comes_is_told(name):
    with pytest.raises(CannotServe, match="--allow-host"):
        checked_names(["desk", name])
    own = ["desk", "plan_1.example.", "Zürich.example", "::1", "[2001:db8::5]", "fe80::1%eth0"]
    assert checked_names(own) == own
