"""A whole evening of an exercise in browsers, without them: how long until all see a new turn.

    python -m benchmarks.evening [NAME [PLAYERS [PEOPLE]]]

The program itself is started as a facilitator starts it, in a process of its own. At every seat sit
so many people (three), each with a token and an open page of their own; the facilitator and the
wall have theirs. In every turn each seat confirms what a varied bot decides, then the facilitator
closes the turn.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.measure import memory_of
from benchmarks.screens import Screen, Visitor
from crisis_abm.exercise import Exercise, Sitting
from crisis_abm.exercise.bots import VARIED, Bot, bot
from crisis_abm.exercise.server import decision_form
from crisis_abm.exercise.server.keys import Keys

__all__ = ["Evening", "Turn", "evening"]

QUIET = 1.0  # seconds in which nothing was told: nobody has anything to wait for
PATIENCE = 120.0
OVER = "All turns are played."


@dataclass(frozen=True)
class Turn:
    """Seconds of one turn that was closed.

    Attributes
    ----------
    run : float
        From the press of the button until the first page is told of the new turn.
    shown : float
        From then until it stands on the last screen.
    decided : float
        The longest from when a decision is sent until it is confirmed.
    """

    run: float
    shown: float
    decided: float


@dataclass
class Evening:
    """What was measured.

    Attributes
    ----------
    screens : int
        Of seats.
    seats : int
    turns : list of Turn
    memory : dict of str to int
        Bytes of the server's process: ``"none"`` open, ``"open"`` when all pages are, ``"after"``
        all turns.
    fetched : int
        So often pages were fetched.
    """

    screens: int
    seats: int
    turns: list[Turn] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)
    fetched: int = 0


def evening(name: str = "first_wave", players: int = 10, people: int = 3) -> Evening:
    """Hold an exercise from its first turn to its last, and measure.

    Parameters
    ----------
    name : str
        Of a ready-made exercise.
    players : int
    people : int
        At every seat.
    """
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "held"
        with _program(name, players, folder) as (process, told):
            held = _Held(told, folder, Exercise.load(name), players, people)
            return asyncio.run(held.through(process.pid))


@contextmanager
def _program(
    name: str, players: int, folder: Path
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "crisis_abm", "exercise", "hold", name, "--json"]
    command += ["--with-input", "--no-browser", "--port", "0"]
    command += ["--players", str(players), "--data", str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.stdin.close()  # it ends then


class _Held:
    """An exercise that another process serves, and those who look at it."""

    def __init__(
        self, told: dict[str, Any], folder: Path, exercise: Exercise, players: int, people: int
    ) -> None:
        self.link, self.code = urlsplit(told["facilitator"]), told["code"]
        self.keys = Keys(folder, exercise.content.seats)
        # the same exercise once more, for what bots decide: nothing of it is run
        self.twin = Sitting.begin(folder.with_name("twin"), exercise, players)
        self.seats, self.people = self.twin.course.seats, people
        self.bots = {
            seat: bot(VARIED, exercise, seed=number) for number, seat in enumerate(self.seats)
        }
        self.told = Evening(len(self.seats) * people, len(self.seats))

    def visitor(self) -> Visitor:
        return Visitor(self.link.hostname or "", self.link.port or 0)

    async def through(self, process: int) -> Evening:
        """From the first turn to the last."""
        self.facilitator = self.visitor()
        status, *_ = await self.facilitator.ask(f"{self.link.path}?{self.link.query}")
        assert status == 303, status
        await self.facilitator.ask("/facilitate/")  # loads what every page needs
        await asyncio.sleep(QUIET)
        self.told.memory["none"] = memory_of(process)
        self.screens = [
            Screen(await self._seated(seat, f"{seat} {k}"), f"/seat/{seat}/", f"/seat/{seat}/live")
            for seat in self.seats
            for k in range(self.people)
        ]
        wall, follower = self.visitor(), self.visitor()
        follower.cookie = self.facilitator.cookie
        others = [
            Screen(follower, "/facilitate/", "/facilitate/live"),
            Screen(wall, f"/room/{self.code}/", f"/room/{self.code}/live"),
        ]
        everything = [*self.screens, *others]
        for screen in everything:
            await screen.open()
        await self._quiet()
        self.told.memory["open"] = memory_of(process)
        await self._do(0, "start")
        self.twin.start()
        while self.twin.course.is_playing:
            await self._quiet()
            longest = 0.0
            for seat in self.seats:
                longest = max(longest, await self._decide(seat, self.bots[seat]))
            await self._quiet()
            turn = self.twin.course.turn
            run, shown = await self._do(turn + 1, "advance", turn=turn)
            self.told.turns.append(Turn(run, shown, longest))
            self.twin.advance()
        await self._quiet()
        self.told.memory["after"] = memory_of(process)
        self.told.fetched = sum(screen.fetched for screen in everything)
        for screen in everything:
            screen.close()
        self.facilitator.close()
        self.keys.close()
        self.twin.close()
        return self.told

    async def _seated(self, seat: str, name: str) -> Visitor:
        visitor = self.visitor()
        fields = {"seat": seat, "pin": self.keys.pin(seat), "name": name}
        status, *_ = await visitor.ask(f"/join/{self.code}", fields)
        assert status == 303, (seat, status)
        return visitor

    async def _quiet(self) -> None:
        """Wait until nobody was told anything for a while."""
        until = time.perf_counter() + PATIENCE
        while (now := time.perf_counter()) < until:
            last = max((one.told[-1] for one in self.screens if one.told), default=0.0)
            if now - last > QUIET:
                return
            await asyncio.sleep(0.05)
        raise RuntimeError("pages are told something all the time")

    async def _do(self, begins: int, action: str, **fields: object) -> tuple[float, float]:
        """Press what begins a turn; seconds until the first is told, then until all see it."""
        playing = begins < self.twin.exercise.turns
        mark = f'name="turn" value="{begins}"' if playing else OVER
        waiting = [screen.shows(mark) for screen in self.screens]
        pressed = time.perf_counter()
        sent = asyncio.create_task(
            self.facilitator.ask("/facilitate/do", {"action": action, **fields})
        )
        seen = await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)
        status, *_ = await sent
        assert status == 200, (action, status)
        first = min(next(at for at in one.told if at > pressed) for one in self.screens)
        return first - pressed, max(seen) - first

    async def _decide(self, seat: str, who: Bot) -> float:
        """Confirm at a seat what its bot decides; seconds until it stands there."""
        decision = who.decide(self.twin, seat)
        if decision is None:  # it is late
            return 0.0
        mine = next(one for one in self.screens if one.page == f"/seat/{seat}/")
        key = re.search(r'name="key" value="([^"]+)"', mine.text)
        assert key is not None
        fields = {"turn": self.twin.course.turn, "key": key[1], **decision_form.typed(decision)}
        person = self.visitor()
        person.cookie = mine.visitor.cookie
        began = time.perf_counter()
        status, text, _ = await person.ask(f"/seat/{seat}/decide", fields)
        took = time.perf_counter() - began
        assert status == 200 and "Confirmed, and stored." in text, (seat, status)
        person.close()
        return took


def main() -> None:
    """Hold one, and print what was measured."""
    asked = sys.argv[1:]
    held = evening(*asked[:1], *map(int, asked[1:3]))
    for number, turn in enumerate(held.turns, 1):
        print(
            f"turn {number}: run {turn.run:.3f} s, then on all {held.screens} screens after "
            f"{turn.shown:.3f} s; a decision confirmed within {turn.decided:.3f} s"
        )
    sizes = ", ".join(f"{name} {size / 1e6:.0f}" for name, size in held.memory.items())
    print(f"memory of the server, MB: {sizes}; pages fetched: {held.fetched:,}")


if __name__ == "__main__":
    main()
