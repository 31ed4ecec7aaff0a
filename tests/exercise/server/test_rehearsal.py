"""Bots in every seat: they sit down, decide by themselves, and are told from people."""

from __future__ import annotations

import asyncio
import threading

from crisis_abm.exercise import Sitting
from crisis_abm.exercise.server import rehearsal
from crisis_abm.exercise.server.hall import Hall
from crisis_abm.exercise.server.keys import Keys
from tests.exercise.small import exercise


def test_bots_decide_every_turn_and_are_told_from_people(tmp_path, monkeypatch):
    monkeypatch.setattr(rehearsal, "FIRST", 0.0)
    monkeypatch.setattr(rehearsal, "APART", 0.0)
    sitting = Sitting.begin(tmp_path / "held", exercise(), 3)
    hall = Hall(sitting, Keys(sitting.folder, sitting.exercise.content.seats))
    bots = rehearsal.Rehearsal(hall)

    async def rehearse():
        running = asyncio.create_task(bots.run())
        while not hall.here("home"):
            await asyncio.sleep(0.01)
        sitting.start()
        while sitting.course.is_playing:
            turn = sitting.course.turn
            asked = {seat for _, when, seat in bots._asked if when == turn}
            if asked >= set(sitting.course.seats):
                await asyncio.sleep(0.5)  # what they thought is confirmed meanwhile
                sitting.advance()
            assert not running.done()
            await asyncio.sleep(0.01)
        running.cancel()

    thread = threading.Thread(target=asyncio.run, args=(asyncio.wait_for(rehearse(), 60),))
    thread.start()
    thread.join(60)
    decided = [one for one in sitting.entries if one.kind == "decided"]
    assert len(decided) >= 3
    assert {one.data["by"] for one in decided} == {"bot: varied"}
    assert set(sitting.course.people) == set(sitting.course.seats)
    assert not sitting.course.is_playing
    sitting.close()
