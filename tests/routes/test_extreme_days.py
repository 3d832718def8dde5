"""Days and periods at both ends of the calendar, over every route and page that takes one: no 5xx, no endless work.

And a line end behind each value of every query, where a careless pattern lets it through.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from msgspec import inspect

from hub.access import RIGHTS, Role
from hub.routes.table import ROUTES
from tests.console.kit import Visitor, addresses, shown
from tests.console.world import World, a_world
from tests.routes.test_refusals_in_words import fields, plain, words
from tests.routes.test_table import VECTORS
from tests.routes.test_table import World as Nowhere
from tests.support.axis import VPCP
from tests.support.patterns import fitting
from tests.support.web import OPERATOR, Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOW = ("0001-01-01", "0001-01", "0001-Q1", "0001", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00")
HIGH = ("9999-12-31", "9999-12", "9999-Q4", "9999", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-14:00")
NONE = ("0000-00-00", "10000-01-01", "-0001-01-01", "9999-12-32", "9999-Q5")
OF_REPORTS = ("0001-T01", "9999-T12", "0001-6T1", "9999-6T2", "0001-N", "9999-N", "9999-9T")
DAYS = {
    *("day", "since", "until", "first", "last", "from", "to", "quarter", "period", "month", "year", "at", "on"),
    *("dated_since", "dated_until", "due_until"),
}
"""Names of parameters that are a day, a time or a period."""
SECONDS = 10.0


class Case(NamedTuple):
    name: str
    path: str
    names: tuple[str, ...]
    who: str


def named(query: Any) -> tuple[str, ...]:
    return tuple(name for name in getattr(query, "__struct_encode_fields__", ()) if name in DAYS)


def calls() -> Iterator[Case]:
    for route in ROUTES:
        name = f"{route.method} {route.path}"
        if route.method == "GET" and (names := named(route.query)):
            vector = VECTORS[name]
            who = VPCP if vector.sender < 400 else OPERATOR
            yield Case(name, vector.path(Nowhere(None, "x", "x")), names, who)  # type: ignore[arg-type]


def pages() -> Iterator[Case]:
    for page in shown():
        if names := named(page.query):
            yield Case(page.path, page.path, names, "")


def asked(names: tuple[str, ...], values: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Every value for each name by itself, and both ends of the calendar for all of them together."""
    for name in names:
        yield from ({name: value} for value in values)
    if len(names) > 1:
        for low, high in zip(LOW, HIGH, strict=True):
            yield {name: low if place % 2 == 0 else high for place, name in enumerate(names)}
        yield {name: HIGH[0] if place % 2 == 0 else LOW[0] for place, name in enumerate(names)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path_factory.mktemp("hub"), keys) as world:
        yield world


CALLS, PAGES = list(calls()), list(pages())


async def test_each_parameter_that_is_a_day_is_known_here() -> None:
    for route in ROUTES:
        for name, kind in get_type_hints(route.query).items() if route.query is not None else ():
            if any("date" in getattr(part, "__name__", "") for part in (kind, *get_args(kind))):
                assert name in DAYS, f"{route.method} {route.path} {name}"
    assert {case.name for case in CALLS} >= {"GET /v1/centre", "GET /v1/reports/period", "GET /v1/documents"}
    assert PAGES


@pytest.mark.parametrize("case", CALLS, ids=lambda case: case.name)
async def test_no_day_of_the_calendar_breaks_a_call(world: World, case: Case) -> None:
    given, _, rest = case.path.partition("?")
    held = dict(pair.split("=") for pair in rest.split("&")) if rest else {}
    for query in asked(case.names, (*LOW, *HIGH, *NONE, *OF_REPORTS)):
        async with asyncio.timeout(SECONDS):
            answer = await world.web.get(f"{given}?{urlencode(held | query)}", case.who)
        assert answer.status in (200, 400, 404), (query, answer.status, answer.body[:300])


@pytest.mark.parametrize("case", PAGES, ids=lambda case: case.name)
async def test_no_day_of_the_calendar_breaks_a_page(world: World, case: Case) -> None:
    page = next(page for page in shown() if page.path == case.path)
    role = next(role for role in (Role.OPERATOR, Role.CLERK, Role.AUDITOR) if role in RIGHTS[page.right])
    visitor = await Visitor(world.web).enter(role.value)
    answered = set()
    for path in addresses(page, world.places)[:1]:
        for query in asked(case.names, (LOW[0], HIGH[0], HIGH[2], LOW[4], NONE[0])):
            async with asyncio.timeout(SECONDS):
                answer = await visitor.get(f"{path.partition('?')[0]}?{urlencode(query)}")
            answered.add(answer.status)
            assert answer.status < 500, (query, answer.status, answer.body[-300:])
    assert answered & {200, 400, 422}, answered


# a line end behind a value


def nearly(query: type | None) -> Iterator[dict[str, str]]:
    """Values that fit but for the line end behind them, and line ends alone: all parameters at once."""
    made: dict[str, str] = {}
    for field in fields(query):
        kind = plain(field.type)
        pattern = kind.pattern if isinstance(kind, inspect.StrType) else None
        listed = words(field.type)
        made[field.encode_name] = fitting(pattern) if pattern else listed[0] if listed else ordinary(field)
    if made:
        yield {name: value + "\n" for name, value in made.items()}
        yield dict.fromkeys(made, "\n")


async def unbroken(get: Callable[[str], Awaitable[Answer]], path: str, query: type | None) -> None:
    """Where one of the values was refused, the others may not have been looked at: then each is sent by itself."""
    for together in nearly(query):
        answer = await get(f"{path}?{urlencode(together)}")
        assert answer.status < 500, (path, together, answer.status, answer.body[-300:])
        for one in together.items() if answer.status >= 400 else ():
            answer = await get(f"{path}?{urlencode([one])}")
            assert answer.status < 500, (path, one, answer.status, answer.body[-300:])


def ordinary(field: inspect.Field) -> str:
    kind = plain(field.type)
    return "1" if isinstance(kind, inspect.IntType) else "2026-11-22" if field.encode_name in DAYS else ""


async def test_no_line_end_behind_a_value_of_a_query_breaks_a_call(world: World) -> None:
    for route in ROUTES:
        if not route.roles or route.query is None or route.endless:
            continue
        vector = VECTORS[f"{route.method} {route.path}"]
        path = vector.path(Nowhere(None, "x", "x")).partition("?")[0]  # type: ignore[arg-type]
        who = VPCP if vector.sender < 400 else OPERATOR
        await unbroken(partial(world.web.call, route.method, who=who), path, route.query)


async def test_no_line_end_behind_a_value_of_a_query_breaks_a_page(world: World) -> None:
    visitors: dict[Role, Visitor] = {}
    for page in shown():
        role = next((one for one in (Role.OPERATOR, Role.CLERK, *Role) if one in RIGHTS[page.right]), Role.OPERATOR)
        visitor = visitors.get(role) or await Visitor(world.web).enter(role.value)
        visitors[role] = visitor
        path = addresses(page, world.places)[0].partition("?")[0]
        await unbroken(visitor.get, path, page.query)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/programmes/dossiers/cases?measure=processed&from=%0A&to=%0A&role=receiving",
        "/v1/programmes/dossiers/indicators?from=2026-11%0A&to=2026-11%0A",
        "/v1/results/verify?result=000.00.00.H52-261101-0001-KQ1&sha256=%0A",
        "/v1/leaders?since=2026-11%0A",
    ],
)
async def test_a_value_with_a_line_end_behind_it_is_another_value(world: World, path: str) -> None:
    answer = await world.web.get(path, VPCP)
    assert (answer.status, answer.problem.code) == (400, "REQUEST_INVALID"), answer.body[:300]
