"""What goes wrong on the way: killed servers, browsers that vanish, dawdle or come twice."""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from crisis_abm.exercise import Log, Sitting
from crisis_abm.exercise.server.keys import FACILITATOR, Keys
from crisis_abm.web.address import listening
from tests.exercise.server.served import Visitor
from tests.exercise.small import exercise

ROOT = Path(__file__).parents[3]
KILLS, BOTS = 100, 10


def test_one_who_does_not_read_holds_nobody_up(hall):
    home = hall.seated("home")
    host, port = hall.base.removeprefix("http://").split(":")
    mute = []
    for _ in range(20):  # twenty pages that ask for what is new, and never take it
        one = socket.create_connection((host, int(port)))
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        head = f"GET /seat/home/live HTTP/1.1\r\nHost: {host}:{port}\r\n"
        one.sendall(f"{head}Cookie: crisis_abm_exercise={home.token()}\r\n\r\n".encode())
        mute.append(one)
    hall.do("start")
    for turn in range(3):
        begun = time.monotonic()
        assert hall.do("advance", turn=turn).status == 200
        assert home.ask("/seat/home/").status == 200
        assert time.monotonic() - begun < 10
    assert hall.hall.here("home") == ["Ada"]
    for one in mute:
        one.close()
    deadline = time.monotonic() + 20
    while hall.hall.here("home") and time.monotonic() < deadline:
        hall.hall.changed()
        time.sleep(0.05)
    assert hall.hall.here("home") == []


def test_two_people_at_a_seat_see_both_decisions_and_the_last_counts(hall):
    hall.do("start")
    ada, ben = hall.seated("home", "Ada"), hall.seated("home", "Ben")
    for who, reason in ((ada, "first"), (ben, "second")):
        fields = {"turn": 0, "key": who.key("/seat/home/"), "reason": reason}
        assert who.ask("/seat/home/decide", fields).status == 200
    for who in (ada, ben):
        shown = who.ask("/seat/home/").text
        assert "by Ada" in shown
        assert "by Ben: this counts" in shown
    assert hall.sitting.course.branch.decided[0, "home"].reason == "second"


def test_nobody_is_thrown_out_for_being_quiet(hall):
    home = hall.seated("home")
    hall.do("start")
    for turn in range(3):
        hall.do("advance", turn=turn)
    assert home.ask("/seat/home/").status == 200


def test_an_inject_reaches_pages_by_itself(hall):
    """What follows a page is told that something is new as soon as an inject went out."""
    works = hall.seated("works")
    host, port = hall.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        head = f"GET /seat/works/live HTTP/1.1\r\nHost: {host}:{port}\r\n"
        line.sendall(f"{head}Cookie: crisis_abm_exercise={works.token()}\r\n\r\n".encode())
        assert b"data: " in line.recv(65536) + line.recv(65536)
        hall.do("start")  # the first inject's moment is the turn's first
        deadline = time.monotonic() + 10
        while not hall.sitting.course.branch.sent and time.monotonic() < deadline:
            time.sleep(0.05)
        assert b"data: " in line.recv(65536)
    assert "Count what you hold." in works.ask("/seat/works/").text


def wait_until_it_answers(base: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            Visitor(base).ask("/join")
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.01)


@contextmanager
def nursery():
    """Starts a server of a folder at a port, and gives what kills it."""
    command = [sys.executable, "-m", "tests.exercise.server.nursery"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def begin(folder: Path, port: int) -> int:
            process.stdin.write(f"{folder} {port}\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        try:
            yield begin
        finally:
            process.stdin.close()
            process.wait(30)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_killed_a_hundred_times_nothing_confirmed_is_lost_or_doubled(tmp_path):
    folder, rng = tmp_path / "held", random.Random(1)
    injects = [{"number": 1, "text": "x"}]
    Sitting.begin(folder, exercise(injects=injects), 3).close()
    keys = Keys(folder, ["works", "wards", "home"])
    tokens = {seat: keys.give(seat, seat) for seat in ("works", "wards", "home")}
    facilitator = keys.give(FACILITATOR)
    keys.close()
    with listening("127.0.0.1", 0) as place:
        port = place.getsockname()[1]
    base, confirmed, over = f"http://127.0.0.1:{port}", [], threading.Event()
    turns: list[int] = []

    def sent(path, fields, token):
        """Send it until it is answered, as a page does that lost its server."""
        while not over.is_set():
            try:
                return Visitor(base).ask(path, fields, Cookie=f"crisis_abm_exercise={token}")
            except (OSError, http.client.HTTPException):
                time.sleep(0.005)
        return None

    def bot(number):
        seat, count = list(tokens)[number % 3], 0
        while not over.is_set():
            key, count = f"{number}-{count}", count + 1
            fields = {"turn": max(0, len(turns) - 1), "key": key, "reason": key}
            answer = sent(f"/seat/{seat}/decide", fields, tokens[seat])
            if (
                answer is not None
                and answer.status == 200
                and "Confirmed, and stored" in answer.text
            ):
                confirmed.append(key)

    def play():
        assert sent("/facilitate/do", {"action": "start"}, facilitator)
        turns.append(0)
        for turn in (0, 1):
            while len(killed) < KILLS * (turn + 1) // 3 and not over.is_set():
                time.sleep(0.01)
            sent("/facilitate/do", {"action": "advance", "turn": turn}, facilitator)
            turns.append(turn + 1)

    killed: list[int] = []
    threads = [threading.Thread(target=bot, args=(k,)) for k in range(BOTS)]
    threads.append(threading.Thread(target=play))
    try:
        with nursery() as begin:
            for number in range(KILLS + 1):
                child = begin(folder, port)
                if number == 0:
                    for thread in threads:
                        thread.start()
                if number % 2:  # every other one as it answers, not only as it begins
                    wait_until_it_answers(base)
                time.sleep(rng.uniform(0.02, 0.3))
                os.kill(child, signal.SIGKILL)
                killed.append(child)
            over.set()
    finally:
        over.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join(30)
    entries = Log.read(folder / "exercise.log")
    stored = Counter(one.data["key"] for one in entries if one.kind == "decided")
    assert len(confirmed) > KILLS // 2
    assert set(confirmed) <= set(stored)
    assert max(stored.values()) == 1
    assert [one.data["turn"] for one in entries if one.kind == "advanced"] == [0, 1, 2]
    back = Sitting.open(folder)
    assert back.course.turn == 2
    branch = back.course.branch
    back.close()
    again = Sitting.open(folder)
    assert vars(branch) == vars(again.course.branch)
    again.close()
