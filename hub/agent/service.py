"""The agent over loopback HTTP, for pages of one origin alone.

    GET  /v1/agent    {"agency", "paired"}      paired: whether the session that the caller shows is good
    POST /v1/pair     {"code"} → {"session"}    the code stands in the terminal; it is good once
    POST /v1/sign     {"tasks"} → {"signed"}    Authorization: Bearer <session>

Let in is a caller on this machine whose Host is the loopback itself (no name that somebody bent to it), whose
Origin is the one of the command line, and, for signing, that was paired. A browser tells Origin by itself and asks
first; a program on the machine could claim any, against which pairing stands, and the question at the terminal.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, Literal, TypeVar

import msgspec
import structlog
from aiohttp import web

from hub.agent import looking
from hub.agent.looking import MOST_TASKS, Kind, Shown, Task
from hub.base.config import HttpSettings, Settings
from hub.base.limit_settings import LimitSettings
from hub.core.errors import AxisError, Unavailable
from hub.http.listener import listening
from hub.pki.files import PkiError
from hub.pki.issue import Credential
from hub.pki.troubles import Trouble

log = structlog.get_logger("agent")
T = TypeVar("T")

MAX_BODY: Final = 96 * 1024 * 1024
BODY_SECONDS: Final = 60.0
WRONG_CODES: Final = 5
"""After so many another code is made; after `_MOST_CODES` codes nobody is paired until the agent starts again."""
_MOST_CODES: Final = 20
_MOST_WAITING: Final = 8
LIMITS: Final = LimitSettings(connections=32, header_seconds=15.0, body_seconds=BODY_SECONDS)

Ask = Callable[[Sequence[Shown]], Awaitable[bool]]
Tell = Callable[[str], None]


class Pair(msgspec.Struct, frozen=True):
    code: str


class Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tasks: tuple[Task, ...]


class No(Exception):
    """A thing that the agent does not do: an HTTP status, a code for programs, words for people in both languages."""

    def __init__(self, status: int, code: str, vi: str, en: str) -> None:
        super().__init__(code)
        self.status, self.code, self.vi, self.en = status, code, vi, en


class Pairing:
    """One session at a time, got for a code that is shown where the agent runs. `tell` shows a code."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._made = self._wrong = 0
        self._session = ""
        self._code = ""
        self._renew()

    def _renew(self) -> None:
        self._wrong = 0
        self._made += 1
        self._code = "" if self._made > _MOST_CODES else f"{secrets.randbelow(10**8):08d}"
        if self._code:
            self._tell(self._code)

    def pair(self, code: str) -> str:
        """The session for this code; those before it end."""
        if not self._code or not hmac.compare_digest(code.encode(), self._code.encode()):
            self._wrong += 1
            if self._code and self._wrong >= WRONG_CODES:
                self._renew()
            raise No(403, "code-wrong", "mã ghép không đúng", "the pairing code is another")
        self._session = secrets.token_urlsafe(32)
        self._renew()
        return self._session

    def knows(self, session: str) -> bool:
        return bool(self._session) and hmac.compare_digest(session.encode("utf-8", "replace"), self._session.encode())


class Agent:
    """`agency` signs with `credential` each object that `ask` agrees to, or that is of the `kinds` agreed to
    beforehand."""

    def __init__(
        self, agency: str, credential: Credential, origin: str, ask: Ask, tell: Tell, kinds: frozenset[Kind]
    ) -> None:
        self.agency, self.origin = agency, origin
        self.hosts: frozenset[str] = frozenset()
        self.pairing = Pairing(tell)
        self._credential, self._ask, self._kinds = credential, ask, kinds
        self._turn = asyncio.Lock()
        self._waiting = 0

    def check(self, host: str, origin: str) -> None:
        if host not in self.hosts or origin != self.origin:
            raise No(403, "origin-wrong", "trang này không được phép", "this page may not ask")

    async def sign(self, tasks: Sequence[Task]) -> list[str]:
        """All of them, or none."""
        if not 1 <= len(tasks) <= MOST_TASKS or self._waiting >= _MOST_WAITING:
            raise No(429, "too-many", "quá nhiều yêu cầu cùng lúc", "too much at once")
        self._waiting += 1
        try:
            async with self._turn:  # one question at a time, and tokens do one thing at a time
                found = [await asyncio.to_thread(looking.read, task, self.agency) for task in tasks]
                shown = [one for each in found for one in each.shown]
                if not looking.unasked(shown, self._kinds) and not await self._ask(shown):
                    raise No(403, "declined", "người giữ khóa không đồng ý ký", "the holder of the key did not agree")
                return [await asyncio.to_thread(looking.signed, each, self._credential) for each in found]
        finally:
            self._waiting -= 1


def make_app(agent: Agent) -> web.Application:
    @web.middleware
    async def guarded(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            agent.check(request.headers.get("Host", ""), request.headers.get("Origin", ""))
        except No as no:
            return _no(no, {})
        allowed = _allowed(agent.origin, request)
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=allowed)
        try:
            return _answer(200, await _told(agent, request), allowed)
        except No as no:
            return _no(no, allowed)
        except Unavailable as error:  # of the token, not of the hub: it is not on this machine
            log.warning("key-not-usable", error=error.found)
            return _no(_unusable(error.__cause__), allowed)
        except AxisError as error:
            return _no(No(422, error.code, error.vi, error.en), allowed)
        except PkiError as error:
            log.warning("key-not-usable", error=str(error))
            return _no(_unusable(error), allowed)

    async def never(request: web.Request) -> web.StreamResponse:
        raise web.HTTPNotFound  # the guard answers everything

    app = web.Application(middlewares=[guarded], client_max_size=MAX_BODY)
    app.router.add_route("*", "/{path:.*}", never)
    return app


def _unusable(error: BaseException | None) -> No:
    if isinstance(error, Trouble):
        return No(503, error.kind, error.told.vi, error.told.en)
    return No(503, "key", "không dùng được khóa ký", "the key cannot be used")


async def _told(agent: Agent, request: web.Request) -> dict[str, object]:
    session = request.headers.get("Authorization", "").removeprefix("Bearer ")
    match request.method, request.path:
        case "GET", "/v1/agent":
            return {"agency": agent.agency, "paired": agent.pairing.knows(session)}
        case "POST", "/v1/pair":
            return {"session": agent.pairing.pair((await _body(request, Pair, 1_000)).code.strip())}
        case "POST", "/v1/sign":
            if not agent.pairing.knows(session):
                raise No(401, "not-paired", "trang chưa ghép với phần mềm ký", "the page is not paired")
            return {"signed": await agent.sign((await _body(request, Sign, MAX_BODY)).tasks)}
    raise No(404, "nowhere", "không có địa chỉ này", "no such address")


async def _body(request: web.Request, kind: type[T], most: int) -> T:
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.content.iter_any():
                size += len(part)
                if size > most:
                    raise No(413, "too-large", "quá lớn", "too large")
                parts.append(part)
    except TimeoutError:
        raise No(408, "too-slow", "quá chậm", "too slow") from None
    try:
        return await asyncio.to_thread(msgspec.json.decode, b"".join(parts), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise No(400, "malformed", "yêu cầu không đúng dạng", "the request is malformed") from None


def _allowed(origin: str, request: web.Request) -> dict[str, str]:
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "authorization, content-type",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }
    if request.headers.get("Access-Control-Request-Private-Network") == "true":
        headers["Access-Control-Allow-Private-Network"] = "true"
    return headers


def _no(no: No, allowed: dict[str, str]) -> web.Response:
    return _answer(no.status, {"code": no.code, "vi": no.vi, "en": no.en}, allowed)


def _answer(status: int, told: object, allowed: dict[str, str]) -> web.Response:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Type": "application/json"}
    response = web.Response(status=status, body=msgspec.json.encode(told), headers=headers | allowed)
    if status in (408, 413):
        response.force_close()
    return response


@asynccontextmanager
async def serving(agent: Agent, port: int, host: Literal["127.0.0.1"] = "127.0.0.1") -> AsyncIterator[int]:
    """Serve `agent` on the loopback until the block ends; the port."""
    settings = Settings(http=HttpSettings(host=host, port=port), limits=LIMITS)
    async with listening(make_app(agent), settings) as url:
        bound = int(url.rpartition(":")[2])
        agent.hosts = frozenset({f"127.0.0.1:{bound}", f"localhost:{bound}"})
        yield bound
