"""`GET /v1/documents:export`: all that is found as one file, bounded, told where it stops, on its caller's bill."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from hub.core import wire
from hub.core.errors import Unavailable
from hub.core.register import Book, columns
from hub.core.wire_export import ExportEnd, ExportLine
from hub.routes import exporting
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Web, a_web, bare

EXPORT = "/v1/documents:export"
EVIL = "=HYPERLINK(1)"


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Web]:
    monkeypatch.setattr(exporting, "PAGE", 2)
    async with a_web(tmp_path, keys) as opened:
        yield opened


async def some(web: Web, count: int = 5) -> list[str]:
    sent = [await web.send(VPCP, SON_LA, HA_NOI, subject=EVIL) for _ in range(count)]
    return [bare(one.message.id) for one in sent]


async def lines(web: Web, who: str, query: str = "") -> tuple[list[wire.FoundDocument], ExportEnd]:
    answer = await web.get(f"{EXPORT}?format=jsonl{query}", who)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/x-ndjson"), answer.body
    *items, last = (msgspec.json.decode(line, type=ExportLine) for line in answer.body.splitlines())
    assert last.end is not None
    assert last.end.lines == len(items)
    return [item.document for item in items if item.document is not None], last.end


async def table(web: Web, who: str, query: str = "") -> list[list[str]]:
    answer = await web.get(f"{EXPORT}?format=csv{query}", who)
    assert answer.status == 200, answer.body
    return list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))


def ids(items: list[wire.FoundDocument]) -> list[str]:
    return [bare(item.message.id) for item in items]


async def test_all_pages_are_one_file_and_the_same_question_makes_the_same_bytes(web: Web) -> None:
    sent = await some(web)
    found, end = await lines(web, VPCP)
    assert ids(found) == sent
    assert (end.cursor, end.why) == ("", "")
    for form in exporting.Form:
        first, second = [await web.get(f"{EXPORT}?format={form}", VPCP) for _ in range(2)]
        assert first.body == second.body
        assert first.headers["Content-Disposition"] == f'attachment; filename="truc-documents.{form}"'
    assert ids((await lines(web, VPCP, "&sort=newest"))[0]) == sent[::-1]


async def test_csv_and_workbook_tell_the_same_and_no_cell_is_a_formula(web: Web) -> None:
    await some(web)
    head, *rows = await table(web, SON_LA)
    assert head == columns(Book.FOUND, "vi")
    assert len(rows) == 5
    assert all(EVIL in row[3] and not row[3].startswith(("=", "+", "-", "@")) for row in rows)
    book = zipfile.ZipFile(io.BytesIO((await web.get(f"{EXPORT}?format=xlsx", SON_LA)).body))
    sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert not list(sheet.iter(f"{main}f"))
    rows_of = [list(row.iter(f"{main}c")) for row in sheet.iter(f"{main}row")]
    told = [["".join(t.text or "" for t in cell.iter(f"{main}t")) for cell in cells] for cells in rows_of]
    assert [list(filter(None, row)) for row in told] == [list(filter(None, row)) for row in [head, *rows]]


@pytest.mark.parametrize("why", ["lines", "time"])
async def test_where_it_stops_it_says_so_and_the_next_one_goes_on(
    web: Web, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    monkeypatch.setattr(exporting, *(("MOST_LINES", 3) if why == "lines" else ("LONGEST", 0.0)))
    sent = await some(web)
    most = 3 if why == "lines" else 2
    found, end = await lines(web, VPCP)
    assert (ids(found), end.why) == (sent[:most], why)
    rest, _ = await lines(web, VPCP, f"&cursor={end.cursor}")
    assert ids(rest) == sent[most : 2 * most]
    *_, last = await table(web, VPCP)
    assert last == [last[0]]
    assert f"cursor={end.cursor}" in last[0]
    book = zipfile.ZipFile(io.BytesIO((await web.get(f"{EXPORT}?format=xlsx", VPCP)).body))
    assert f"cursor={end.cursor}" in book.read("xl/worksheets/sheet1.xml").decode()


async def test_everybody_gets_what_it_finds(web: Web) -> None:
    sent = await some(web, 3)
    own, _ = await lines(web, HA_NOI)
    assert {delivery.recipient for item in own for delivery in item.deliveries} == {HA_NOI}
    routed, _ = await lines(web, OPERATOR)
    assert ids(routed) == sent
    assert EVIL not in str(await table(web, OPERATOR))
    before = (await web.store.last_checkpoint()).size  # type: ignore[union-attr]
    seen, _ = await lines(web, AUDITOR)
    assert ids(seen) == sent
    leaves = await web.store.leaves(before, 10)
    assert [leaf.event for leaf in leaves] == ["EvidenceExported"] * 2, "each page"
    refused = await web.get(f"{EXPORT}?book=in", OPERATOR)
    assert (refused.status, refused.problem.code) == (400, "REQUEST_INVALID")
    assert (await web.get(f"{EXPORT}?text=x", OPERATOR)).status == 200
    assert (await web.get(f"{EXPORT}?task=x", OPERATOR)).status == 400


async def test_books_are_the_callers_own(web: Web) -> None:
    await some(web, 3)
    await web.send(SON_LA, VPCP, subject="đi")
    head, *came = await table(web, SON_LA, "&book=in&lang=en")
    assert (head, len(came)) == (columns(Book.IN, "en"), 3)
    assert [row[1] for row in came] == ["", "", ""], "a clerk has registered none of them"
    head, *went = await table(web, SON_LA, "&book=out")
    assert (head, len(went)) == (columns(Book.OUT, "vi"), 1)
    assert "đi" in went[0][2]


async def test_every_page_is_paid_for_and_a_debtor_waits(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first page costs more than the caller may owe: the second comes when that has melted."""
    monkeypatch.setattr(exporting, "PAGE", 1)
    async with a_web(tmp_path, keys, caller_ms_per_second=500, caller_ms_burst=100) as web:
        await web.send(VPCP, SON_LA)
        await web.send(VPCP, SON_LA)
        await web.token(OPERATOR)
        slept: list[float] = []
        real = exporting.asyncio.sleep

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            await real(seconds)

        real_find = exporting.find

        async def costly(*asked: object) -> object:
            found = await real_find(*asked)  # type: ignore[arg-type]
            return msgspec.structs.replace(found, seconds=found.seconds + 0.2)

        monkeypatch.setattr(exporting.asyncio, "sleep", sleep)
        monkeypatch.setattr(exporting, "find", costly)
        found, _ = await lines(web, OPERATOR)
        assert len(found) == 2
        assert [seconds for seconds in slept if seconds > 0.05], "it waited for its purse"


async def test_there_is_no_place_for_more_than_a_caller_may_have(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, begun, go_on = exporting.find, asyncio.Event(), asyncio.Event()

    async def slow(*asked: object) -> object:
        begun.set()
        await go_on.wait()
        return await real(*asked)  # type: ignore[arg-type]

    async with a_web(tmp_path, keys, exports_per_caller=1) as web:
        monkeypatch.setattr(exporting, "find", slow)
        first = asyncio.create_task(web.get(EXPORT, VPCP))
        await begun.wait()
        refused = await web.get(EXPORT, VPCP)
        assert (refused.status, refused.problem.code) == (429, "LIMIT_TOO_MANY")
        go_on.set()
        assert (await first).status == (await web.get(EXPORT, VPCP)).status == 200


async def test_a_file_that_breaks_off_has_no_end(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    await some(web, 4)
    real, calls = exporting.find, 0

    async def breaks(*asked: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Unavailable(found="no index here")
        return await real(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(exporting, "find", breaks)
    with pytest.raises(aiohttp.ClientPayloadError):
        await web.get(f"{EXPORT}?format=jsonl", VPCP)
    calls = 1
    refused = await web.get(f"{EXPORT}?format=jsonl", VPCP)
    assert (refused.status, refused.problem.code) == (503, Unavailable.code)


@pytest.mark.parametrize("query", ["format=pdf", "book=x", "lang=fr", "limit=5", "cursor=x", "sort=rank"])
async def test_a_question_that_is_none_is_refused(web: Web, query: str) -> None:
    answer = await web.get(f"{EXPORT}?{query}", SON_LA)
    assert (answer.status, answer.problem.code) == (400, "REQUEST_INVALID")
