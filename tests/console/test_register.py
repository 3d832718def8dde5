"""One register, wherever it is read: the page, the API's export, the command line and the workbook tell the same lines
under the same arrival numbers, whichever way a document was registered and its line corrected."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from hub.core.model import StatusCode, vietnam_date
from hub.core.wire import Submitted
from hub.store import Transaction
from tests.cli.test_not_kept import truc
from tests.console.browser import WIDE, Tab, a_browser, needs_chromium
from tests.console.kit import a_console
from tests.console.test_mailbox import Clerk
from tests.console.test_mailbox import entered as entered_clerk
from tests.peers.test_poison import now
from tests.support.axis import SON_LA, VPCP
from tests.support.web import Web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")

_ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.DOTALL)


class Books(NamedTuple):
    web: Web
    clerk: Clerk
    theirs: tuple[object, ...]
    came: list[Submitted]
    went: list[Submitted]

    @property
    def year(self) -> int:
        return vietnam_date(self.web.axis.clock()).year

    async def page(self, book: str, query: str = "") -> list[list[str]]:
        answer = await self.clerk.visitor.get(f"/console/mailbox/register?book={book}{query}&lang=vi")
        assert answer.status == 200, self.clerk.visitor.text
        rows = [_CELL.findall(row) for row in _ROW.findall(self.clerk.visitor.last)]
        return [[_bare(cell) for cell in row] for row in rows if len(row) == 10][1:]

    async def exported(self, book: str) -> list[list[str]]:
        answer = await self.web.get(f"/v1/documents:export?book={book}", SON_LA)
        return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))[1:]

    async def printed(self, book: str) -> list[list[str]]:
        span = ("--from", f"{self.year - 1}-01-01", "--to", f"{self.year + 1}-12-31", "--csv", "--lang", "vi")
        text = (await truc("register", *self.theirs, "--book", book, *span)).out.removeprefix("\ufeff")
        return list(csv.reader(io.StringIO(text, newline="")))[1:]

    async def workbook(self, book: str) -> str:
        answer = await self.clerk.visitor.get(f"/console/mailbox/register/file?book={book}&lang=vi")
        assert answer.status == 200
        return zipfile.ZipFile(io.BytesIO(answer.body)).read("xl/worksheets/sheet1.xml").decode()


def _bare(cell: str) -> str:
    """Without the notes that only the page has: that a line is struck, and the link that corrects it."""
    text = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<small.*?</small>", "", cell, flags=re.DOTALL))).strip()
    return "" if text == "Đính chính" else text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def books(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Books]:
    """Registered by a clerk on the page, by a system over HTTP, by a command; and one that waits."""
    many = {"caller_ms_burst": 600_000, "stranger_ms_burst": 600_000}
    async with a_console(tmp_path_factory.mktemp("books") / "hub", keys, **many) as web:
        web.axis.clock.now = now()
        theirs = ("--as", SON_LA, "--url", web.url, "--keys", keys)
        came = [await web.send(VPCP, SON_LA, subject=f"V/v đến {n}") for n in range(4)]
        went = [await web.send(SON_LA, VPCP, subject=f"V/v đi {n}") for n in range(2)]
        clerk = await entered_clerk(web)
        tasks = await clerk.prepare("register", bare(came[1].message.id), assignee="Phòng Một")
        await clerk.carry(tasks, "?assignee=Ph%C3%B2ng+M%E1%BB%99t")
        await web.take(SON_LA, came[0], came[2])
        assert (await web.submit(web.status(SON_LA, StatusCode.ACCEPTED, came[0]), SON_LA, "/v1/statuses")).status < 300
        ran = await truc("status", *theirs, "--document", bare(came[2].message.id), "--code", "03")
        assert ran.code == 0, ran
        yield Books(web, clerk, theirs, came, went)


async def test_a_register_is_one_wherever_it_is_read(books: Books) -> None:
    for book, messages in (("in", books.came), ("out", books.went)):
        page = await books.page(book)
        assert page == await books.exported(book)
        assert [row[{"in": 3, "out": 0}[book]] for row in page] == [one.message.code for one in messages]
    numbers = [(row[1], row[6]) for row in await books.page("in")]
    assert numbers == [("2", ""), ("1", "Phòng Một"), ("3", ""), ("", "")], "by when each was registered, one series"


async def test_days_narrow_the_register_and_a_day_that_is_none_is_told_at_its_field(books: Books) -> None:
    today = vietnam_date(books.web.axis.clock())
    after = today + timedelta(days=1)
    for book, count in (("in", 4), ("out", 2)):
        assert len(await books.page(book, f"&first={today}&last={today}")) == count
        assert await books.page(book, f"&first={after}&last={after}") == []
        assert await books.page(book, f"&year={today.year - 1}") == []
    visitor = books.clerk.visitor
    for query, field in (("first=x", "first"), (f"first={after}&last={today}", "last"), ("last=2026-02-30", "last")):
        answer = await visitor.get(f"/console/mailbox/register?{query}&lang=vi")
        assert answer.status == 400, query
        assert f'id="e-{field}"' in visitor.last
        assert "Sổ văn bản đến" in visitor.text


async def test_a_correction_is_seen_wherever_the_register_is_read(books: Books) -> None:
    by_page = f"/console/mailbox/correct/{bare(books.came[0].message.id)}?book=in"
    await books.clerk.visitor.get(by_page)
    assert (await books.clerk.visitor.post(by_page, unit="Từ trang", reason="Ghi nhầm")).status == 303
    wanted = {"document": books.came[1].message.id, "book": "in", "cells": {"unit": "Từ API"}, "reason": "Ghi nhầm"}
    assert (await books.web.call("POST", "/v1/corrections", SON_LA, json=wanted)).status == 201
    cell = ("--book", "out", "--cell", "copies=9", "--reason", "Ghi nhầm")
    ran = await truc("corrections", "add", bare(books.went[0].message.id), *books.theirs, *cell)
    assert ran.code == 0, ran
    for book, column, told in (("in", 6, ["", "Từ trang", "Phòng Một", "Từ API"]), ("out", 6, ["", "9"])):
        page = await books.page(book)
        assert page == await books.exported(book)
        assert [row[column] for row in page][: len(told)] == told
        assert ["đã gạch" in row[9] for row in page][: len(told)] == [n % 2 == 0 for n in range(len(told))]
        sheet = await books.workbook(book)
        assert all(word in sheet for word in told)
    assert await books.printed("in") == await books.page("in")


async def test_lines_that_an_earlier_version_left_out_are_put_right_when_they_are_read(books: Books) -> None:
    """Such a version wrote the line of a document that was registered on the page, and no other."""
    waits = books.came[3]
    await books.web.take(SON_LA, waits)
    number = (await books.web.hub.exchange.find(waits.message.id)).number

    def as_before(tx: Transaction) -> None:
        row = tx.delivery(number, SON_LA)
        assert row is not None
        assert tx.move(
            row, type(row)(**{name: getattr(row, name) for name in row.__struct_fields__} | {"progress": "03"})
        )

    await books.web.store.write(as_before)
    assert await books.web.store.mail(SON_LA, number) is None
    assert [row[1] for row in await books.page("in")] == ["2", "2", "1", "1", "3", "4"]
    assert [row[1] for row in await books.exported("in")] == ["2", "2", "1", "1", "3", "4"]


@needs_chromium
async def test_the_register_goes_to_paper_without_its_form(books: Books) -> None:
    async with a_browser() as browser:
        tab = await Tab.opened(browser, books.web, "clerk", width=WIDE)
        await tab.go("/console/mailbox/register?book=in")
        assert await tab.page.locator(".book tbody tr").count() == 6
        await tab.picture("register-in")
        await tab.page.emulate_media(media="print")
        assert not await tab.page.locator("form.screen").is_visible()
        assert await tab.page.locator(".book tbody tr").last.is_visible()
        await tab.picture("register-print")
        tab.quiet()
