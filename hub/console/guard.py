"""The door between the net and a page: the headers of every answer, the cookie, errors as pages, the way of each
person."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from aiohttp import web

from hub.accounts.book import Opened
from hub.accounts.deeds import Step
from hub.console.page import Page, Visit
from hub.core.errors import AxisError, Forbidden, NotFound
from hub.http import problems
from hub.http.call import COOKIE, KNOWN

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Server": "truc",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""On every page. One that says otherwise itself keeps its own."""

_KNOWN_SECONDS: Final = 180 * 86_400
STEPS: Final = {
    Step.CODE: "/console/login/code",
    Step.PASSWORD: "/console/login/password",
    Step.ENROL: "/console/login/second",
}
_LONG: Final = 1_000
_STRICT: Final = "; Path=/; Secure; HttpOnly; SameSite=Lax"
"""Lax: a person who follows a link from a mail is signed in. Nothing is done by reading."""


def secured(response: web.StreamResponse, *, secure: bool) -> web.StreamResponse:
    """With the headers of a page; over TLS the browser is told to come by TLS only."""
    if response.prepared:
        return response
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def signed_in(response: web.StreamResponse, opened: Opened) -> web.StreamResponse:
    """With the session's cookie."""
    response.headers.add("Set-Cookie", f"{COOKIE}={opened.cookie}{_STRICT}")
    if opened.mark:
        response.headers.add("Set-Cookie", f"{KNOWN}={opened.mark}{_STRICT}; Max-Age={_KNOWN_SECONDS}")
    return response


def signed_out(response: web.StreamResponse) -> web.StreamResponse:
    response.headers.add("Set-Cookie", f"{COOKIE}={_STRICT}; Max-Age=0")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def refused(visit: Visit, error: AxisError, status: int | None = None) -> web.Response:
    """The error as a page: the event, whose turn it is, the remedy, and the code."""
    if "openapi.json" in error.expected:  # the interface is for programs; a page has links
        error.expected = "parameters as this page makes them"
    problem = problems.problem(error, status)
    title = "error.missing" if isinstance(error, NotFound) else "error.title"
    if isinstance(error, Forbidden):
        title = "error.yours"
    response = visit.page("error.html", problem.status, problem=problem, cause=error, title=visit.t(title))
    if problem.retry_after:
        response.headers["Retry-After"] = str(int(problem.retry_after) + 1)
    return response


def elsewhere(visit: Visit, page: Page) -> web.Response | None:
    """Where somebody has to go before this page: to the sign-in, or to its next step."""
    if visit.account is None:
        return _to(visit, f"/console/login?next={_next(visit)}")
    step = visit.step
    if page.step is step or (step is not Step.NONE and page.path == "/console/logout"):
        return None
    if step is not Step.NONE:
        return _to(visit, STEPS[step])
    return None if page.step is Step.NONE else _to(visit, "/console")


def _next(visit: Visit) -> str:
    target = visit.call.request.rel_url
    if visit.call.request.method != "GET" or visit.call.request.headers.get("HX-Request"):
        return "/console"
    return quote(target.raw_path_qs if len(target.raw_path_qs) < _LONG else target.raw_path, safe="/")


def _to(visit: Visit, path: str) -> web.Response:
    """A part of a page that is asked for by a script cannot be another page: then the whole page goes there."""
    if visit.call.request.headers.get("HX-Request"):
        return web.Response(status=204, headers={"HX-Redirect": path})
    return visit.see(path)
