"""Every refusal of every route in the caller's language: a battery of wrong values is sent to each line of the table.

What a route takes is read from its types, so a new route, parameter or member is tried without a line here.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
import pytest
import pytest_asyncio
from msgspec import inspect

from hub.core import wire
from hub.core.misfit import words_of
from hub.http.call import AGENCIES, OPERATORS, Route
from hub.http.speaking import preferred
from hub.routes.table import ROUTES
from tests.cli.test_vietnamese import untranslated
from tests.support.axis import SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Answer, Web, a_web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")

_PARAMETER = re.compile(r"\{(\w+)(?::[^}]*)?\}")
_VIETNAMESE = re.compile("[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.IGNORECASE)
_QUOTED = re.compile(r"`[^`]*`|x{5,}|\\x[0-9a-f]{2}|\S*[/:_.=\d]\S*|[A-Z]\w*[A-Z]\w*")
"""Identifiers, paths, members, codes, addresses: the same in both languages."""
_WORD = re.compile(r"[a-z]{3,}")
SAME = {
    *("byte", "json", "token", "webhook", "base", "hex", "utf", "sha", "https", "http", "cursor", "edxml", "kid"),
    *("true", "false", "null", "content", "chunked", "xlsx", "since", "agency", "iat", "signed", "items", "aud"),
    *("payload", "nonsense", "bearer", "authorization", "crit", "unicode", "urn", "uuid", "receiver", "result"),
    *("tlog", "tiles", "sub", "xml", "truc", "export", "evidence", "month", "act", "owner"),
}
"""Words of standards, and names of members."""
ECHO = "lạ"
"""A wrong word that is no English one."""
HIDDEN = "\u202eẩn\x00"
DAYS = ("since", "until", "at", "first", "last", "day", "dated_since", "dated_until", "due_until")
TIMES = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")


class Wrong(NamedTuple):
    """A call that must be refused, where `surely`; and what its refusal must name."""

    path: str
    body: bytes = b""
    surely: bool = True
    words: tuple[str, ...] = ()
    day: bool = False


def caller(route: Route) -> str | None:
    if not route.roles:
        return None
    return VPCP if route.roles & AGENCIES else OPERATOR if route.roles & OPERATORS else AUDITOR


def plain(kind: inspect.Type) -> inspect.Type:
    if isinstance(kind, inspect.Metadata):
        return plain(kind.type)
    if isinstance(kind, inspect.UnionType):
        return plain(next(one for one in kind.types if not isinstance(one, inspect.NoneType)))
    return kind


def words(kind: inspect.Type) -> tuple[str, ...]:
    match plain(kind):
        case inspect.EnumType(cls=enum) if issubclass(enum, Enum):
            return tuple(str(member.value) for member in enum)
        case inspect.LiteralType(values=values):
            return tuple(map(str, values))
    return ()


def fields(kind: type | None) -> tuple[inspect.Field, ...]:
    described = inspect.type_info(kind) if kind is not None else None
    return described.fields if isinstance(described, inspect.StructType) else ()


def wrong_parameters(route: Route) -> Iterator[tuple[dict[str, str], Wrong]]:
    known = words_of(route.query)
    for field in fields(route.query):
        name, kind = field.encode_name, plain(field.type)
        if listed := known.get(name, ()) or words(field.type):
            yield {name: ECHO}, Wrong("", words=listed)
        elif isinstance(kind, inspect.IntType):
            yield {name: ECHO}, Wrong("")
            yield {name: "999999999999999999999999"}, Wrong("")
        elif isinstance(kind, inspect.BoolType):
            yield {name: ECHO}, Wrong("")
        elif isinstance(kind, inspect.DateType):
            yield {name: "31/12/2026"}, Wrong("", day=True)
        elif isinstance(kind, inspect.StrType):
            if kind.max_length is not None:
                yield {name: "x" * (kind.max_length + 1)}, Wrong("")
            yield {name: "31/12/2026" if name in DAYS else f"{ECHO} !"}, Wrong("", surely=False, day=name in DAYS)
    yield {"nonsense": "1"}, Wrong("")


def wrong_members(kind: type, given: inspect.Type | None = None) -> Iterator[tuple[object, tuple[str, ...], bool]]:
    """Bodies, with the words or the day that the refusal has to name."""
    made = {field.encode_name: filling(field.type) for field in fields(kind) if field.required}
    for left in made:
        yield {name: value for name, value in made.items() if name != left}, (), False
    for field in fields(kind):
        at = plain(field.type)
        if listed := words(field.type):
            yield made | {field.encode_name: ECHO}, listed, False
        elif isinstance(at, inspect.DateType):
            yield made | {field.encode_name: "31/12/2026"}, (), True
        elif isinstance(at, inspect.StrType) and at.max_length is not None:
            yield made | {field.encode_name: "x" * (at.max_length + 1)}, (), False
        if not isinstance(at, inspect.AnyType):
            yield made | {field.encode_name: 0.5}, (), False


def filling(kind: inspect.Type) -> Any:
    """A value of the right kind, though mostly no right one."""
    at = plain(kind)
    if listed := words(kind):
        return listed[0]
    simple: dict[type[inspect.Type], Any] = {
        inspect.StrType: ECHO, inspect.IntType: 1, inspect.FloatType: 1.0, inspect.BoolType: True,
        inspect.DateType: "2026-11-22", inspect.ListType: [], inspect.VarTupleType: [], inspect.DictType: {},
    }  # fmt: skip
    if isinstance(at, inspect.StructType):
        return {field.encode_name: filling(field.type) for field in at.fields if field.required}
    return simple.get(type(at), "")


def battery(route: Route, message: str) -> Iterator[Wrong]:
    known = {"programme": "tasks", "id": message, "code": SON_LA, "name": ECHO, "kind": "directory", "path": "0/000"}
    path = _PARAMETER.sub(lambda found: quote(known.get(found[1], ECHO)), route.path)
    right = msgspec.json.encode(
        {field.encode_name: filling(field.type) for field in fields(route.body) if field.required}
    )
    if path != route.path:
        yield Wrong(_PARAMETER.sub(quote(ECHO), route.path), right, surely=False)
    for given, wrong in wrong_parameters(route):
        yield wrong._replace(path=f"{path}?{urlencode(given)}", body=right if route.body is not None else b"")
    for broken in (b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 5_000) if route.body is not None or route.media else ():
        yield Wrong(path, broken, surely=route.body is not None)
    for body, listed, day in wrong_members(route.body) if route.body is not None else ():
        yield Wrong(path, msgspec.json.encode(body), words=listed, day=day, surely=bool(listed) or day)


class World(NamedTuple):
    web: Web
    message: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[World]:
    many = {"caller_ms_burst": 1_000_000, "stranger_ms_burst": 1_000_000, "tokens_per_minute": 100_000}
    async with a_web(tmp_path_factory.mktemp("hub"), keys, **many) as web:
        sent = await web.send(VPCP, SON_LA)
        yield World(web, bare(sent.message.id))


async def asked(web: Web, route: Route, wrong: Wrong, lang: str) -> Answer:
    headers = {"Accept-Language": lang, "Content-Type": route.media or "application/json"}
    options: dict[str, Any] = {"headers": headers} | ({"data": wrong.body} if wrong.body or route.body else {})
    return await web.call(route.method, wrong.path, caller(route), **options)


TRIED = [route for route in ROUTES if not route.endless and route.path not in ("/v1/alerts/test", "/v1/maintenance")]


@pytest.mark.parametrize("route", TRIED, ids=lambda route: f"{route.method} {route.path}")
async def test_each_refusal_is_told_in_the_callers_language(world: World, route: Route) -> None:
    count = 0
    for wrong in battery(route, world.message):
        vi = await asked(world.web, route, wrong, "vi")
        about = (wrong.path[:120], wrong.body[:120], vi.status, vi.body[:1_500].decode("utf-8", "replace"))
        assert vi.status >= 400 or not wrong.surely, about
        assert vi.status < 500, about
        if vi.status < 400:
            continue
        count += 1
        en = await asked(world.web, route, wrong, "en")
        assert not faults(vi.problem, en.problem, wrong), (faults(vi.problem, en.problem, wrong), about)
        assert (vi.headers["Content-Language"], en.headers["Content-Language"]) == ("vi", "en")
        assert "Accept-Language" in vi.headers["Vary"]
    assert count or not fields(route.query)


def faults(vi: wire.Problem, en: wire.Problem, wrong: Wrong) -> list[str]:
    """What a reader of one language would stumble over."""
    found = []
    for name in ("title", "detail", "hint_vi", "expected", "found"):
        told, other = getattr(vi, name), getattr(en, name)
        if name != "found" and (left := english(told)):
            found.append(f"vi {name}: {left}")
        both = set(_WORD.findall(bare_words(told))) & set(_WORD.findall(bare_words(other))) - SAME
        if name != "hint_vi" and both - set(_WORD.findall(unquoted(wrong))):
            found.append(f"{name} in both languages: {both}")
    for name in ("title", "detail", "hint_en", "expected"):
        told = getattr(en, name).replace(ECHO, "").replace(quote(ECHO), "")
        if _VIETNAMESE.search(told):
            found.append(f"en {name}: {told}")
    if vi.code == en.code and (vi.vi, vi.en) != (en.vi, en.en) and vi.retry_after == 0:
        found.append("members vi and en depend on the language")
    missing = [word for word in wrong.words if word not in vi.expected or word not in en.expected]
    if missing:
        found.append(f"not named among the allowed words: {missing}")
    if wrong.day and vi.code in ("REQUEST_INVALID", "DIRECTORY_INVALID") and not TIMES.search(vi.expected):
        found.append(f"no example of a day: {vi.expected}")
    return found


def english(text: str) -> list[str]:
    return [word for word in untranslated(_QUOTED.sub(" ", text)) if word.lower() not in SAME]


def bare_words(text: str) -> str:
    return _QUOTED.sub(" ", text)


def unquoted(wrong: Wrong) -> str:
    return f"{wrong.path} {wrong.body.decode('utf-8', 'replace')}"


def hidden(kind: inspect.Type) -> Iterator[Any]:
    """Values of this kind with a hidden character in one of their texts, for each of them."""
    at = plain(kind)
    if isinstance(at, inspect.StrType):
        yield HIDDEN
    elif isinstance(at, inspect.StructType):
        right = filling(at)
        for field in at.fields:
            yield from (right | {field.encode_name: value} for value in hidden(field.type))
    elif isinstance(at, inspect.ListType | inspect.VarTupleType):
        yield from ([value] for value in hidden(at.item_type))
    elif isinstance(at, inspect.DictType):
        yield from ({"code": value} for value in hidden(at.value_type))


async def test_no_hidden_character_gets_into_what_others_read(world: World) -> None:
    told: dict[str, bool] = {}
    for route in ROUTES:
        if route.body in (None, wire.TokenRequest):
            continue
        path = _PARAMETER.sub(lambda found: quote({"id": world.message}.get(found[1], ECHO)), route.path)
        for value in hidden(inspect.type_info(route.body)):
            answer = await asked(world.web, route, Wrong(path, msgspec.json.encode(value)), "en")
            assert (answer.status, answer.problem.code) == (400, "REQUEST_INVALID"), (path, value, answer.body[:300])
            told[route.path] = told.get(route.path, False) or "U+202E" in answer.problem.found
    assert {"/v1/deliveries:remind", "/v1/maintenance", "/v1/accounts", "/v1/agencies", "/v1/groups"} <= {
        path for path, named in told.items() if named
    }, told


async def test_the_battery_is_wrong_in_many_ways() -> None:
    tried = [wrong for route in TRIED for wrong in battery(route, "x")]
    assert len(tried) > 600
    assert sum(bool(wrong.words) for wrong in tried) > 30
    assert sum(wrong.day for wrong in tried) > 10


async def test_a_sentence_of_the_other_language_is_seen() -> None:
    vi = wire.Problem(
        type="", title="Lỗi", status=400, code="X", fault="caller", detail="Expected `int`, got `str`", vi="", en="",
        hint_vi="Sửa", hint_en="Sửa", expected="một trong `a`", found="", findings=[], recipients={}, retry_after=0,
        receipt="", entries=[], documents=[],
    )  # fmt: skip
    told = " ".join(faults(vi, msgspec.structs.replace(vi, title="Error"), Wrong("/", words=("a", "b"), day=True)))
    assert "vi detail" in told
    assert "en hint_en" in told
    assert "['b']" in told


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("", ""), ("vi", "vi"), ("en-GB,en;q=0.9,vi;q=0.8", "en"), ("vi;q=0.5, en;q=0.4", "vi"), ("fr, de", ""),
        ("fr, vi;q=0.1", "vi"), ("en;q=0, vi;q=0.001", "vi"), ("en;q=", ""), ("en;q=nan, vi;q=x", ""), ("EN", "en"),
        ("*", ""), (";q=1,,,", ""), ("en;q=9", ""), ("vi," * 9_999, "vi"), ("vi;q=1.000,en;q=1", "vi"),
    ],
)  # fmt: skip
async def test_the_language_that_is_liked_best(header: str, lang: str) -> None:
    assert preferred(header) == lang


async def test_a_date_is_no_word() -> None:
    assert TIMES.findall("a day as 2025-06-30, a month as 2026-11") == ["2025-06-30", "2026-11"]
