"""A served exercise, and visitors that do what browsers do: keep cookies, follow, send forms."""

from __future__ import annotations

import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import uvicorn

from crisis_abm.exercise import Exercise, Sitting
from crisis_abm.exercise.server.app import application
from crisis_abm.exercise.server.hall import Hall
from crisis_abm.exercise.server.keys import FACILITATOR, Keys
from crisis_abm.exercise.server.serving import server_of
from crisis_abm.web.address import listening
from crisis_abm.web.guard import names

PATIENCE = 20  # seconds for an answer


@dataclass
class Answer:
    status: int
    text: str
    address: str
    headers: dict[str, str]


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@dataclass
class Visitor:
    """Somebody with a browser of their own."""

    base: str
    jar: CookieJar = field(default_factory=CookieJar)

    def ask(self, path: str, fields=None, *, follow: bool = True, **headers: str) -> Answer:
        body = None if fields is None else urlencode(fields, doseq=True).encode()
        return self.send(path, body, follow=follow, **headers)

    def send(self, path: str, body: bytes | None, *, follow: bool = True, **headers: str) -> Answer:
        keep = urllib.request.HTTPCookieProcessor(self.jar)
        opener = urllib.request.build_opener(keep, *([] if follow else [_Stay]))
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            told = {"Origin": self.base, **told}
        request = urllib.request.Request(self.base + path, body, told)
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return _answer(answer)
        except urllib.error.HTTPError as answer:
            with answer:
                return _answer(answer)

    def token(self) -> str:
        return next(iter(self.jar)).value or ""

    def key(self, path: str) -> str:
        """The key of the decision form of a page."""
        return re.search(r'name="key" value="([^"]+)"', self.ask(path).text).group(1)


def _answer(answer) -> Answer:
    text = answer.read().decode()
    return Answer(answer.status, text, answer.geturl(), dict(answer.headers))


@dataclass
class Served:
    """An exercise that is being served."""

    base: str
    sitting: Sitting
    keys: Keys
    hall: Hall
    facilitator: Visitor

    def visitor(self) -> Visitor:
        return Visitor(self.base)

    def seated(self, seat: str, name: str = "Ada", pin: str | None = None) -> Visitor:
        """Somebody who sat down at a seat."""
        visitor = self.visitor()
        pin = self.keys.pin(seat) if pin is None else pin
        fields = {"seat": seat, "pin": pin, "name": name}
        assert visitor.ask(f"/join/{self.keys.code}", fields).status == 200
        return visitor

    def do(self, action: str, **fields) -> Answer:
        """Something that the facilitator does."""
        return self.facilitator.ask("/facilitate/do", {"action": action, **fields})


@contextmanager
def served(exercise: Exercise, folder: Path, players: int = 3) -> Iterator[Served]:
    """Serve a new sitting of an exercise on a port of its own."""
    sitting = Sitting.begin(folder, exercise, players)
    keys = Keys(folder, exercise.content.seats)
    hall = Hall(sitting, keys)
    with listening("127.0.0.1", 0) as place:
        base = f"http://127.0.0.1:{place.getsockname()[1]}"
        app = application(hall, names("127.0.0.1"), base)
        config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
        server = server_of(config, hall)
        thread = threading.Thread(target=server.run, args=([place],), daemon=True)
        thread.start()
        try:
            facilitator = Visitor(base)
            key = keys.give(FACILITATOR)
            assert facilitator.ask(f"/facilitate/enter?key={key}").status == 200
            yield Served(base, sitting, keys, hall, facilitator)
        finally:
            server.should_exit = True
            thread.join(10)
            sitting.close()
            keys.close()
