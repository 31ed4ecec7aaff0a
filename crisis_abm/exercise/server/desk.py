"""What all requests of an exercise's pages share: who asks, a page drawn, a page that follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse

from crisis_abm.exercise.server.hall import Hall
from crisis_abm.exercise.server.keys import Pass

COOKIE = "crisis_abm_exercise"
A_DAY = 24 * 3600  # seconds that a token stays in a browser: longer than any exercise
MOST_LIVE = 60  # pages of one role that follow at the same time
AT_ONCE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would collect them
NOTHING = "There is nothing here.\n"
GET, POST = ["GET"], ["POST"]


class Unwelcome(Exception):
    """Whoever asks may not see this; where they may come in is told."""


class Desk:
    """Where everything that a browser asks for is looked at first.

    Parameters
    ----------
    hall : Hall
    base : str
        The server's address as players' browsers see it, without a slash at its end.
    secure : bool
        Whether browsers come by https, so that cookies need not go another way.
    """

    def __init__(self, hall: Hall, base: str, secure: bool) -> None:
        self.hall, self.base, self.secure = hall, base, secure
        self.live: Counter[str] = Counter()  # pages that follow, by role
        self.templates = Environment(
            loader=PackageLoader("crisis_abm.exercise.server", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def who(self, request: Request, role: str) -> Pass:
        """Who asks, of those who are let in as this.

        Raises
        ------
        Unwelcome
            If it is nobody of them.
        """
        held = self.hall.keys.holder(request.cookies.get(COOKIE, ""))
        if held is None or held.role != role:
            raise Unwelcome
        return held

    def remember(self, response: Response, path: str, token: str) -> None:
        """Let a browser come back, to addresses beneath this path."""
        response.set_cookie(
            COOKIE, token, A_DAY, path=path, secure=self.secure, httponly=True, samesite="lax"
        )

    def page(self, name: str, status: int = 200, /, **shown: Any) -> Response:
        """A page of a template, filled with what is shown."""
        about = {"title": self.hall.sitting.exercise.content.title, "root": "", "live": ""}
        status = shown.pop("status", status)
        told = {**about, "said": "", "wrong": "", **shown}
        text = self.templates.get_template(f"{name}.html.jinja").render(told)
        return HTMLResponse(text, status, {"Cache-Control": "no-store"})

    def follow(self, who: Pass) -> Response:
        """The number of the last change, whenever there is one, for a page that follows."""
        if self.live[who.role] >= MOST_LIVE:  # nobody takes the place of others
            return PlainTextResponse("Too many pages are open.\n", 503)

        async def events() -> AsyncIterator[str]:
            self.live[who.role] += 1
            try:
                async for version in self.hall.versions(who):
                    yield f"retry: 1000\ndata: {version}\n\n"
            finally:
                self.live[who.role] -= 1

        return StreamingResponse(events(), media_type="text/event-stream", headers=AT_ONCE)

    async def unwelcome(self, request: Request, error: Exception) -> Response:
        """The same answer for what is there and what is not."""
        return self.page(
            "message",
            text="This page is for who sits there. Sit down with the code and PIN of your card.",
            link="/join",
            link_text="Sit down",
            status=403,
        )


class Requests:
    """What is asked for by one sort of people.

    Parameters
    ----------
    desk : Desk
    """

    def __init__(self, desk: Desk) -> None:
        self.desk, self.hall = desk, desk.hall


def sentence(error: Exception) -> str:
    """What an error says, with a capital letter and a full stop."""
    text = str(error)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
