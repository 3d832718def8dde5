"""The table of all pages, from the screens; and pages as routes of the hub's one server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog
from aiohttp import web

from hub.access import Right, check_right
from hub.admission.submission import Caller
from hub.console import guard, live, static
from hub.console.page import Page, Tables, Visit, remembered
from hub.console.render import Renderer
from hub.console.screens import (
    accounts,
    agencies,
    centre,
    certificates,
    directory,
    document,
    documents,
    dossiers,
    dossiers_indicators,
    evidence,
    failures,
    faults,
    leaders,
    login,
    mailbox,
    mailbox_books,
    mailbox_desk,
    mailbox_new,
    mailbox_out,
    maintenance,
    me,
    overview,
    programmes,
    public,
    reporting,
    reporting_ours,
    reports,
    results,
    sandbox,
    several,
    system,
    trail,
    verify,
    webhooks,
)
from hub.console.screens import log as log_screen
from hub.console.texts import FRAME
from hub.core.errors import AxisError, BadRequest, NotFound, Text, Unexpected
from hub.http.call import EVERYONE, Call, Context, Route

log = structlog.get_logger("console")

SCREENS: Final = (
    overview,
    centre,
    mailbox,
    mailbox_out,
    mailbox_new,
    mailbox_books,
    mailbox_desk,
    documents,
    document,
    evidence,
    log_screen,
    verify,
    login,
    me,
    accounts,
    trail,
    system,
    maintenance,
    live,
    directory,
    agencies,
    certificates,
    failures,
    webhooks,
    several,
    sandbox,
    reporting,
    reporting_ours,
    reports,
    leaders,
    results,
    faults,
    dossiers,
    dossiers_indicators,
    programmes,
    public,
)
"""Each has PAGES and TEXTS. A new screen is one more name here."""


async def missing(visit: Visit) -> web.StreamResponse:
    raise NotFound(found=visit.path[:80])


PAGES: Final[tuple[Page, ...]] = (
    *(page for screen in SCREENS for page in screen.PAGES),
    Page("GET", "/console/{path:.*}", missing, Right.ANYONE),
)
TEXTS: Final[Mapping[str, Text]] = {
    **FRAME,
    **{key: text for screen in SCREENS for key, text in screen.TEXTS.items()},
}


def routes(context: Context) -> tuple[Route, ...]:
    """Every page, and the files that pages need."""
    renderer = Renderer(PAGES)
    tables = Tables(TEXTS, renderer, renderer.home, renderer.leads)

    def told(request: web.Request, error: AxisError, status: int | None) -> web.Response:
        """A call that was refused before the page's handler ran."""
        call = Call(context, request, Caller("", "", ""), None, None)
        response = guard.refused(Visit(call, None, tables), error, status)
        guard.secured(response, secure=request.secure)
        return response

    def nowhere(request: web.Request, error: AxisError, status: int | None) -> web.Response:
        return told(request, NotFound(found=request.path[:80]) if isinstance(error, BadRequest) else error, status)

    files = Route("GET", static.PATH, static.serve, "A file of the console", EVERYONE, "text/css")
    pages = [_route(page, tables)._replace(told=nowhere if page.handler is missing else told) for page in PAGES]
    return (files, *pages)


def _route(page: Page, tables: Tables) -> Route:
    async def handler(call: Call) -> web.StreamResponse:
        visit = Visit(call, page, tables)
        response: web.StreamResponse
        try:
            response = await _visited(visit, page)
        except AxisError as error:
            response = await _refused(visit, page, error)
            call.context.metrics.refusals.labels(error.code).inc()
        except (ConnectionError, web.HTTPException):
            raise
        except Exception:
            log.exception("page-failed", path=page.path)
            response = guard.refused(visit, Unexpected())
        if not response.prepared:
            remembered(visit, response)
        return guard.secured(response, secure=call.request.secure)

    return Route(page.method, page.path, handler, page.path, EVERYONE, "text/html", page.query, endless=page.endless)


_SHOWN: Final[Mapping[str, Page]] = {page.path: page for page in PAGES if page.method == "GET" and not page.part}


async def _refused(visit: Visit, page: Page, error: AxisError) -> web.Response:
    """A form of ours comes back as it was filled in, with the mistake at its field; any other call gets a page that
    tells the error."""
    form = _SHOWN.get(page.again or page.path) if page.method == "POST" and visit.ours else None
    if form is not None:
        query = visit.query if isinstance(visit.query, form.query) else form.query()
        visit.error, visit.served, visit.call = error, form, visit.call._replace(query=query)
        try:
            response = await form.handler(visit)
        except AxisError:
            response = web.Response(status=404)
        if isinstance(response, web.Response) and response.content_type == "text/html" and response.status >= 400:
            return response
        visit.error = None
    return guard.refused(visit, error)


async def _visited(visit: Visit, page: Page) -> web.StreamResponse:
    if page.right is not Right.ANYONE:
        if (away := guard.elsewhere(visit, page)) is not None:
            return away
        check_right(visit.me.role, page.right)
        assert visit.session is not None
        await visit.accounts.saw(visit.session)
    return await page.handler(visit)
