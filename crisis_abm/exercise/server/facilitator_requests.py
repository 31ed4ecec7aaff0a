"""What the facilitator asks for and does, and what observers look at."""

from __future__ import annotations

import functools

import anyio
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from crisis_abm.exercise.inject_table import LARGEST_TABLE, Format, injects_table, read_injects
from crisis_abm.exercise.papers import PAPERS, paper
from crisis_abm.exercise.server.actions import ACTIONS
from crisis_abm.exercise.server.desk import GET, POST, Desk, Requests, Unwelcome, sentence
from crisis_abm.exercise.server.facilitator_page import facilitator_page
from crisis_abm.exercise.server.forms import body_of, fields_of, last
from crisis_abm.exercise.server.handouts import handouts
from crisis_abm.exercise.server.keys import FACILITATOR, OBSERVER
from crisis_abm.exercise.server.reporting import Reports
from crisis_abm.exercise.sitting import Refused, Sitting
from crisis_abm.scenario import ScenarioError

REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
PAPER = {"Cache-Control": "no-store", "Content-Security-Policy": REPORT_POLICY}
TABLES: dict[str, tuple[Format, str]] = {
    "injects.csv": ("csv", "text/csv"),
    "injects.xlsx": (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}


class FacilitatorRequests(Requests):
    """The facilitator's pages, papers and tables, and the same page for observers."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.reports = Reports(desk.hall.sitting.folder)

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/facilitate/", self.facilitate, methods=GET),
            Route("/facilitate/live", self.facilitate_live, methods=GET),
            Route("/facilitate/do", self.facilitator_sends, methods=POST),
            Route("/facilitate/handouts/", self.handouts, methods=GET),
            Route("/facilitate/rehearsal/", self.rehearsal, methods=GET),
            Route("/facilitate/report/", self.report, methods=GET),
            Route("/facilitate/papers/{what}", self.paper, methods=GET),
            Route("/facilitate/injects/{file}", self.injects, methods=GET),
            Route("/facilitate/injects/", self.take_injects, methods=POST),
            Route("/observe/", self.observe, methods=GET),
            Route("/observe/live", self.observe_live, methods=GET),
        ]

    async def facilitate(self, request: Request) -> Response:
        """The facilitator's page."""
        self.desk.who(request, FACILITATOR)
        return await self._facilitator_page(True)

    async def facilitate_live(self, request: Request) -> Response:
        """What changes for the facilitator."""
        return self.desk.follow(self.desk.who(request, FACILITATOR))

    async def observe(self, request: Request) -> Response:
        """The same page for who touches nothing."""
        self.desk.who(request, OBSERVER)
        return await self._facilitator_page(False)

    async def observe_live(self, request: Request) -> Response:
        """What changes for an observer."""
        return self.desk.follow(self.desk.who(request, OBSERVER))

    async def _facilitator_page(self, may: bool, status: int = 200, **more: str) -> Response:
        shown = await anyio.to_thread.run_sync(facilitator_page, self.hall)
        live = "/facilitate/live" if may else "/observe/live"
        return self.desk.page(
            "facilitator", status, **shown, may=may, live=live, code=self.hall.keys.code, **more
        )

    async def facilitator_sends(self, request: Request) -> Response:
        """Whatever the facilitator does, by the name of it."""
        who = self.desk.who(request, FACILITATOR)
        fields = await fields_of(request)
        act = ACTIONS.get(last(fields, "action"))
        if act is None:
            return await self._facilitator_page(True, 400, wrong="There is no such action.")
        try:
            said = await self.hall.do(who, lambda sitting: act(sitting, fields))
        except Refused as error:
            return await self._facilitator_page(True, 409, wrong=sentence(error))
        return await self._facilitator_page(True, said=said)

    async def handouts(self, request: Request) -> Response:
        """Cards and sheets to print."""
        self.desk.who(request, FACILITATOR)
        sitting = self.hall.sitting
        make = functools.partial(
            handouts, sitting.exercise, sitting.course.seats, self.hall.keys, self.desk.base
        )
        return self.desk.page("handouts", **await anyio.to_thread.run_sync(make))

    async def paper(self, request: Request) -> Response:
        """The guide, briefings or feedback form, to print."""
        self.desk.who(request, FACILITATOR)
        sitting, what = self.hall.sitting, request.path_params["what"]
        if what not in PAPERS:
            raise Unwelcome
        make = functools.partial(paper, sitting.exercise, what, sitting.course.players)
        text = await anyio.to_thread.run_sync(make)
        return HTMLResponse(text, headers=PAPER)

    async def injects(self, request: Request) -> Response:
        """The injects as they stand now, as a table."""
        self.desk.who(request, FACILITATOR)
        form = TABLES.get(request.path_params["file"])
        if form is None:
            raise Unwelcome
        table = injects_table(self.hall.sitting.course.injects(), form[0])
        name = {"Content-Disposition": f'attachment; filename="{request.path_params["file"]}"'}
        return Response(table, media_type=form[1], headers={**name, "Cache-Control": "no-store"})

    async def take_injects(self, request: Request) -> Response:
        """Take the injects of a table that was sent: all, or none if one cannot be."""
        who = self.desk.who(request, FACILITATOR)
        name = request.query_params.get("name", "")[:200] or "injects.csv"
        body = await body_of(request, LARGEST_TABLE)

        def take(sitting: Sitting) -> list[int]:
            try:
                return sitting.edit_all(read_injects(body, name))
            except ScenarioError as error:
                raise Refused("\n".join(map(str, error.problems[:20]))) from None

        try:
            changed = await self.hall.do(who, take)
        except Refused as error:
            return await self._facilitator_page(True, 422, wrong=sentence(error))
        numbers = ", ".join(map(str, changed))
        said = f"Taken from the table: injects {numbers}." if changed else "Nothing is new in it."
        return await self._facilitator_page(True, said=said)

    async def rehearsal(self, request: Request) -> Response:
        """The split screen of a rehearsal."""
        self.desk.who(request, FACILITATOR)
        content = self.hall.sitting.exercise.content
        seats = [(name, content.seats[name].title) for name in self.hall.sitting.course.seats]
        return self.desk.page("demo", seats=seats, code=self.hall.keys.code)

    async def report(self, request: Request) -> Response:
        """The after-action report as things stand now; while it is made, how far it is."""
        self.desk.who(request, FACILITATOR)
        asked = request.query_params.get("number", "")
        number = int(asked) if asked.isdecimal() and len(asked) < 9 else self.reports.begin()
        if self.reports.failure:
            return self.desk.page("message", 500, text=self.reports.failure, link="", link_text="")
        text = await anyio.to_thread.run_sync(self.reports.text, number)
        if text is not None:
            return HTMLResponse(text, headers=PAPER)
        again = f"/facilitate/report/?number={number}"
        shown = {"text": self.reports.told(), "link": again, "link_text": "Look again"}
        response = self.desk.page("message", **shown)
        response.headers["Refresh"] = f"2;url={again}"
        return response
