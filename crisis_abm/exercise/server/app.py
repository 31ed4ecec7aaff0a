"""What the server of an exercise answers to: its pages and what is sent from them, nothing else.

A page belongs to a path, and so does the token that opens it: the cookie of a seat is sent to that
seat's addresses alone, so several seats may be open in one browser, and no page can speak as
another.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware

from crisis_abm.exercise.server.desk import Desk, Unwelcome
from crisis_abm.exercise.server.entrance import Entrance
from crisis_abm.exercise.server.facilitator_requests import FacilitatorRequests
from crisis_abm.exercise.server.hall import Hall
from crisis_abm.exercise.server.seat_requests import SeatRequests
from crisis_abm.web.guard import Names, OwnPagesOnly, SecurityHeaders

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'self'",
}


def application(hall: Hall, names: Names, base: str, secure: bool = False) -> Starlette:
    """An exercise as an ASGI application.

    Parameters
    ----------
    hall : Hall
    names : Names
        What the server goes by.
    base : str
        Its address as players' browsers see it, without a slash at its end.
    secure : bool
        Whether browsers come by https, so that cookies need not go another way.
    """
    desk = Desk(hall, base, secure)
    facilitator = FacilitatorRequests(desk)
    asked = (Entrance(desk), SeatRequests(desk), facilitator)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(run()) for run in hall.beside]
        yield
        for task in tasks:
            task.cancel()
        facilitator.reports.end()

    return Starlette(
        routes=[route for requests in asked for route in requests.routes()],
        middleware=[
            Middleware(SecurityHeaders, policy=POLICY),
            Middleware(
                OwnPagesOnly, names=names, what="exercise", command="crisis-abm exercise hold"
            ),
        ],
        lifespan=lifespan,
        exception_handlers={Unwelcome: desk.unwelcome},
    )
