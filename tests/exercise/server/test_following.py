"""Pages that follow: what they are told, and what becomes of them when the server ends."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from benchmarks.screens import Screen, Visitor
from crisis_abm.exercise.server.evaluation import Evaluation
from tests.exercise.server.served import served
from tests.exercise.small import exercise

PATIENCE = 20.0  # seconds


def test_every_screen_of_a_seat_shows_a_new_turn_by_itself(hall):
    place = urlsplit(hall.base)
    cookies = [f"crisis_abm_exercise={hall.seated('home', name).token()}" for name in "abc"]

    async def follow():
        visitors = [Visitor(place.hostname, place.port, cookie) for cookie in cookies]
        screens = [Screen(one, "/seat/home/", "/seat/home/live") for one in visitors]
        for screen in screens:
            await screen.open()
        began = [screen.shows("Turn 1 of 3") for screen in screens]
        assert not any(one.done() for one in began)
        await asyncio.to_thread(hall.do, "start")
        await asyncio.wait_for(asyncio.gather(*began), PATIENCE)
        closed = [screen.shows("Turn 2 of 3") for screen in screens]
        await asyncio.to_thread(hall.do, "advance", turn=0)
        await asyncio.wait_for(asyncio.gather(*closed), PATIENCE)
        assert all("Turn 1 of 3" not in screen.text for screen in screens)
        for screen in screens:
            screen.close()

    with ThreadPoolExecutor() as other:  # a browser's loop may be running here
        other.submit(asyncio.run, follow()).result()


def test_a_server_that_ends_lets_go_of_the_pages_that_follow(tmp_path, capfd):
    with served(exercise(), tmp_path / "held") as hall:
        ada = hall.seated("home")
        cookie = {"Cookie": f"crisis_abm_exercise={ada.token()}"}
        live = urllib.request.Request(f"{hall.base}/seat/home/live", headers=cookie)
        stream = urllib.request.urlopen(live, timeout=PATIENCE)
        assert stream.readline().startswith(b"retry")
    with stream:
        stream.read()  # it has an end
    assert capfd.readouterr().err == ""


def test_pages_are_told_of_an_evaluation_only_if_it_is_another(hall):
    told = []
    evaluation = Evaluation(hall.sitting, lambda: told.append(dict(evaluation.objectives)))

    def look():
        evaluation.begin()
        until = time.monotonic() + PATIENCE
        while evaluation._busy and time.monotonic() < until:
            time.sleep(0.01)

    hall.sitting.start()
    look()
    before = len(told)
    look()
    assert len(told) == before
    hall.sitting.advance()
    look()
    assert len(told) == before + 1 and set(told[-1]) == {"need"}
    look()
    assert len(told) == before + 1
