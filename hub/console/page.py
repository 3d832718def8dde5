"""A page: a line of a table (`Page`), and one call of it (`Visit`), with everything that its handler needs.

    async def overview(visit: Visit) -> web.Response:
        return visit.page("overview.html", board=await ...)

    PAGES = (Page("GET", "/console", overview, Right.FLOW, "overview.title"),)

The right to see it is decided before the handler runs; a form was sent by a page of ours, by this very session.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple, cast
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from aiohttp import web

from hub import access
from hub.access import RIGHTS, Right, Role
from hub.accounts.book import Accounts, Who
from hub.accounts.deeds import Step
from hub.accounts.sessions import Session
from hub.accounts.visitors import of_account
from hub.admission.submission import Caller
from hub.console import formats
from hub.console.form import Form
from hub.console.formats import Lang
from hub.console.texts import LANGS, Speaker
from hub.core import wire
from hub.core.directory.check import Problem
from hub.core.errors import AxisError, BadRequest, Forbidden, FormStale, NotFound, TryLater
from hub.core.model import Millis
from hub.core.phrases.table import EXPECTED_FOUND
from hub.exchange import Exchange
from hub.http import peer
from hub.http.call import Call, Context, HubOnly, cookie_of
from hub.http.problems import status_of
from hub.store import AccountRow, MaintenanceRow

LANGUAGE: Final = "truc-lang"
THEME: Final = "truc-theme"
THEMES: Final = ("auto", "light", "dark")
_FORM_BYTES: Final = 256 * 1024
_FIELDS: Final = 200
_YEAR: Final = 365 * 86_400


class PageQuery(wire.Wire, frozen=True, kw_only=True):
    """Parameters of every page. `lang`, `theme`: for this page and those after it."""

    lang: str = ""
    theme: str = ""


class Page(NamedTuple):
    """A line of the table. `title`: key of the text. `bare`: without rail and search, for a visitor that is not signed
    in. `step`: the page by which a sign-in is finished; all others send there. `endless`: as of a route.
    `part`: its answer is a part of another page. `again`: of a form, the page that shows it once more with the
    mistake, where that is not the one of its own path."""

    method: str
    path: str
    handler: Handler
    right: Right
    title: str = ""
    query: type[PageQuery] = PageQuery
    step: Step = Step.NONE
    endless: bool = False
    part: bool = False
    again: str = ""


class Visit:
    """One call of a page."""

    def __init__(self, call: Call, page: Page | None, tables: Tables) -> None:
        self.call = call
        self._tables = tables
        self.served = page
        found = self.accounts.find(cookie_of(call.request))
        self.session: Session | None = found[0] if found else None
        self.account: AccountRow | None = found[1] if found else None
        self.lang = self._language()
        self.theme = self._chosen("theme", THEME, THEMES, "auto")
        self.t = Speaker(tables.texts, self.lang)
        self.values: Mapping[str, str] = {}
        """The typed values, to be shown again beside an error."""
        self.error: AxisError | None = None
        """The mistake in it, once that is known."""
        self.ours = False
        """Whether a form came, and of a page of this very site."""
        self._told = False

    # Its tools.

    @property
    def context(self) -> Context:
        return self.call.context

    @property
    def hub(self) -> HubOnly:
        return self.call.hub_only

    @property
    def exchange(self) -> Exchange:
        return self.call.context.exchange

    @property
    def accounts(self) -> Accounts:
        return self.call.hub_only.accounts

    @property
    def query(self) -> Any:
        return self.call.query

    @property
    def path(self) -> str:
        """Of the page that is shown."""
        if self.served is not None and self.served.method == "GET" and self.call.request.method == "POST":
            parts = {name: quote(part, safe="") for name, part in self.call.path.items()}
            return self.served.path.format_map(parts)
        return self.call.request.rel_url.raw_path

    @property
    def maintenance(self) -> MaintenanceRow | None:
        """Told on every page."""
        return self.exchange.door.row

    @property
    def now(self) -> Millis:
        return self.exchange.clock()

    @property
    def address(self) -> str:
        return peer.address(self.call.request)

    @property
    def me(self) -> AccountRow:
        """The person that is signed in: on a page that is not anyone's."""
        assert self.account is not None
        return self.account

    @property
    def who(self) -> Who:
        return Who(self.me.name, self.me.role, self.address)

    @property
    def caller(self) -> Caller:
        """For the verbs of the exchange: a clerk is its agency, all others their own name. How it was authenticated
        goes into evidence as it was: by a session, never by a key."""
        how = "session:second-factor" if self.me.second else "session:sample" if self.me.sample else "session:password"
        if self.me.role == Role.CLERK:
            return Caller(self.me.agency, "agency", how)
        return Caller(self.me.name, self.me.role, how)

    @property
    def step(self) -> Step:
        """The step that this session has to take before it sees pages."""
        if self.session is None or self.account is None:
            return Step.NONE
        return self.accounts.step(self.session, self.account)

    @property
    def unfinished(self) -> bool:
        return self.step is not Step.NONE

    def may(self, right: Right) -> bool:
        return self.account is not None and self.account.role in RIGHTS[right]

    def need(self, right: Right) -> None:
        """Forbidden where this account has not this right: for a part of a page, or one act of several."""
        access.check_right(self.me.role, right)

    # Language, theme, addresses.

    def _chosen(self, name: str, cookie: str, known: tuple[str, ...], otherwise: str) -> str:
        for value in (self.call.request.query.get(name, ""), cookie_of(self.call.request, cookie)):
            if value in known:
                return value
        return otherwise

    def _language(self) -> Lang:
        accepted = self.call.request.headers.get("Accept-Language", "")[:20].lower()
        return cast(Lang, self._chosen("lang", LANGUAGE, LANGS, "en" if accepted.startswith("en") else "vi"))

    def here(self, **changes: str) -> str:
        """The address of this very page with these parameters changed; empty = without."""
        given = dict(self.call.request.query) | changes
        query = urlencode({k: v for k, v in given.items() if v})
        return f"{self.path}?{query}" if query else self.path

    # Answers.

    def page(self, template: str, status: int = 200, **values: Any) -> web.Response:
        """A template as the answer. It sees the visit as `v`, texts as `t`, formats as `f`, and `values`."""
        text = self._tables.render(template, self, {"error": self.error, **values})
        if self.error is not None and status == 200:
            status = status_of(type(self.error))
        response = web.Response(text=text, status=status, content_type="text/html", charset="utf-8")
        if isinstance(self.error, TryLater):
            response.headers["Retry-After"] = str(int(self.error.retry_after) + 1)
        return response

    @property
    def wrong(self) -> str:
        """The field that was wrong, where it is known which."""
        facts = self.error.facts if self.error is not None else {}
        problems = facts.get("problems")
        first = problems[0] if isinstance(problems, tuple) and problems else None
        return str(facts.get("field", first.field if isinstance(first, Problem) else ""))

    def once(self) -> bool:
        """Whether the error is still to be told: it stands on a page once, wherever the page has a place for it."""
        told, self._told = self._told, True
        return not told

    def hint(self, error: AxisError) -> str:
        """The next step of a person at a page: it names a field or a page, and no interface."""
        if type(error) is BadRequest:
            return self.t("error.hint.field" if self.wrong else "error.hint.asked")
        if type(error) is NotFound:
            return self.t("error.hint.missing")
        return self.t.pick(error.hint)

    def briefly(self, error: AxisError) -> str:
        """At its field: the wanted value and the given one."""
        if not error.expected:
            return error.vi if self.lang == "vi" else error.en
        vi = self.lang == "vi"
        wanted, given = (EXPECTED_FOUND.vi(x) if vi else x for x in (error.expected, error.found))
        return self.t("error.field", wanted=wanted, given=given)

    def again(self, template: str, error: AxisError | None, **values: Any) -> web.Response:
        """The page of a form once more, with the mistake as `error`: typed values stay, but for secrets."""
        if error is not None:
            self.error = error
            self.context.metrics.refusals.labels(error.code).inc()
        return self.page(template, error=error, **values)

    @staticmethod
    def see(path: str) -> web.Response:
        """Look there: after a form that did something, so that reading the page again does nothing twice."""
        return web.Response(status=303, headers={"Location": path})

    # Forms.

    async def form(self) -> Form:
        """The fields of the form that this call carries, once it is sure that a page of this very session sent it."""
        self.check_origin()
        data = await self.body(_FORM_BYTES)
        try:
            pairs = parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=_FIELDS)
        except ValueError:
            raise BadRequest(expected="the fields of a form", found="others") from None
        form = Form(dict(pairs))
        secret = ("csrf", "password", "new", "again", "code" if self.unfinished else "")
        self.values = {k: v for k, v in form.fields.items() if k not in secret}
        self.ours = True
        self.check_token(form.fields.get("csrf", ""))
        return form

    async def body(self, most: int) -> bytes:
        """The body whole, counted as any body is. TooLarge, TooSlow, TooMany."""
        bodies, request = self.context.bodies, self.call.request
        key = of_account(self.account.name) if self.account is not None else ""
        data = bodies.at_hand(request, most, key)
        if data is not None:
            return data
        async with bodies.body(request, most, key) as spool:
            return spool.read()

    def check_origin(self) -> None:
        """Forbidden for a form of another site: by the browser's word of its origin."""
        headers = self.call.request.headers
        site = headers.get("Sec-Fetch-Site", "")
        if site:
            if site != "same-origin":
                raise Forbidden(expected="a form of this very site", found=site[:40])
            return
        origin = urlsplit(headers.get("Origin", "")).netloc
        if not origin or origin != headers.get("Host", ""):
            raise Forbidden(expected="a form of this very site", found=origin[:80] or "none")

    @property
    def known_texts(self) -> Mapping[str, Any]:
        return self._tables.texts

    def leads(self, path: str) -> bool:
        """Whether there is such a page, and it is for this person."""
        return self._tables.leads(self, path)

    @property
    def home(self) -> str:
        """Where this person's work is."""
        return self._tables.home(self)

    @property
    def csrf(self) -> str:
        """The field that each form of this session carries; empty for a visitor that is not signed in."""
        return self.session.token(self.accounts.key) if self.session is not None else ""

    def check_token(self, token: str) -> None:
        if self.session is not None:
            check_form(self.csrf, token)

    # Formats, in the language of this visit.

    def num(self, value: float, digits: int = 0) -> str:
        return formats.number(value, self.lang, digits)

    def age(self, ms: int) -> str:
        return formats.age(ms, self.lang)

    def moment(self, at: Millis) -> str:
        return formats.moment(at, self.lang)

    def day(self, day: date) -> str:
        return formats.of_day(day, self.lang)

    def clock(self, at: Millis) -> str:
        """The time of the day, to the minute."""
        return formats.second(at, self.lang)[:5]

    def second(self, at: Millis) -> str:
        """The time of the day, to the second."""
        return formats.second(at, self.lang)

    def size(self, count: int) -> str:
        return formats.size(count, self.lang)

    def share(self, value: float) -> str:
        return formats.share(value, self.lang)

    def name_of(self, code: str) -> str:
        """The name of the agency of that code; the code where nobody has it."""
        agency = self.exchange.directory.get(code)
        return agency.name if agency is not None else code


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


class Tables(NamedTuple):
    """Parts that all visits share."""

    texts: Mapping[str, Any]
    render: Callable[[str, Visit, Mapping[str, Any]], str]
    home: Callable[[Visit], str]
    leads: Callable[[Visit, str], bool]


def remembered(visit: Visit, response: web.StreamResponse) -> None:
    """Language and theme that were asked for stay chosen."""
    query = visit.call.request.query
    for name, cookie, value in (("lang", LANGUAGE, visit.lang), ("theme", THEME, visit.theme)):
        if query.get(name) == value:
            response.headers.add("Set-Cookie", f"{cookie}={value}; Path=/; Max-Age={_YEAR}; SameSite=Lax; HttpOnly")


def check_form(known: str, given: str) -> None:
    """FormStale for a form that carries another session's token than the known one."""
    if not hmac.compare_digest(known.encode(), given.encode("utf-8", "replace")):
        raise FormStale(expected="a form of this very session", found="another")


def local(path: str, otherwise: str) -> str:
    """An address of this console that somebody gave, as it is; anything else is `otherwise`."""
    parts = urlsplit(path)
    good = path.startswith("/console") and not parts.scheme and not parts.netloc and "\\" not in path
    return path if good and path.isprintable() and path.isascii() else otherwise
