"""One server for all: a long run of one visitor holds up nobody, and ends with the server."""

import signal
import subprocess
import time

import pytest

pytestmark = pytest.mark.slow
PATIENCE = 15  # seconds in which a server ends, whatever it is at


def _family(pid):
    """The processes that a process has started."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    found, of = [], {pid}
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
