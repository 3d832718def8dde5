"""Files for people in the language of the call: heads, states, tiers, urgency; records keep the words of the wire."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.core.edxml import OtherInfo
from hub.core.errors import Verdict
from hub.core.model import DeliveryState, Priority, Tier
from hub.core.register import ended
from hub.core.wire_export import ExportEnd
from hub.routes.open_data import COLUMNS
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.web import OPERATOR, Answer, Web, a_web

pytestmark = pytest.mark.asyncio(loop_scope="module")

URGENT = OtherInfo(priority=Priority.EXPRESS, page_amount=1)
WIRE = {str(word) for kind in (DeliveryState, Tier, Verdict) for word in kind}
"""Words of the wire, of which none is Vietnamese."""
CSVS = (
    "/v1/documents:export?format=csv",
    "/v1/documents:export?format=csv&book=in",
    "/v1/documents:export?format=csv&book=out",
    "/v1/programmes/tasks/cases?format=csv",
    "/v1/programmes/tasks/board?format=csv",
    "/v1/public/figures.csv",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys) as web:
        await web.send(VPCP, SON_LA, HA_NOI, other=URGENT, steering_type=1, task_codes=("NV1",))
        await web.take(SON_LA, await web.send(VPCP, SON_LA))
        await web.send(SON_LA, VPCP)
        indexing, following = web.hub.exchange.indexing, web.hub.exchange.following
        assert indexing is not None and following is not None  # noqa: PT018
        assert await indexing.caught_up(60) + await following.caught_up(60) == 0
        yield web


def cells(answer: Answer) -> list[list[str]]:
    assert answer.status == 200, answer.body[:300]
    return list(csv.reader(answer.body.decode("utf-8-sig").splitlines()))


async def asked(web: Web, path: str, lang: str) -> Answer:
    who = None if "/public/" in path else VPCP
    return await web.get(path, who, headers={"Accept-Language": lang} if lang else {})


@pytest.mark.parametrize("path", CSVS)
async def test_a_table_is_in_the_language_of_the_header_or_the_address(web: Web, path: str) -> None:
    vi, en = await asked(web, path, "vi-VN, en;q=0.5"), await asked(web, path, "en")
    assert cells(vi)[0] != cells(en)[0]
    assert len(cells(vi)) == len(cells(en)) > 1
    words = {word for row in cells(vi) for cell in row for word in cell.replace(",", " ").split()}
    assert not words & WIRE, words & WIRE
    for answer, lang in ((vi, "vi"), (en, "en")):
        assert answer.headers["Content-Language"] == lang
        assert "Accept-Language" in answer.headers["Vary"]
    more = "&" if "?" in path else "?"
    assert cells(await asked(web, f"{path}{more}lang=en", "vi")) == cells(en)


async def test_states_and_urgency_are_words(web: Web) -> None:
    found = " ".join(map(" ".join, cells(await asked(web, "/v1/documents:export?format=csv&sort=oldest", ""))))
    assert "Chưa nhận 2" in found
    assert "Chờ vào sổ 1" in found
    assert "hỏa tốc" in found
    board = cells(await web.get("/v1/programmes/tasks/board?format=csv", OPERATOR))
    assert {row[2] for row in board[1:]} & {"trung ương", "cấp tỉnh"}


async def test_lines_of_json_keep_the_words_of_the_wire(web: Web) -> None:
    told = (await asked(web, "/v1/documents:export?format=jsonl", "vi")).body.splitlines()
    states = [json.loads(line)["document"]["states"] for line in told[:-1]]
    assert {"waiting": 2} in states


async def test_open_data_keeps_its_codes_for_who_names_no_language(web: Web) -> None:
    plain, codes = await asked(web, CSVS[-1], ""), await asked(web, f"{CSVS[-1]}?lang=codes", "vi")
    assert cells(plain)[0] == cells(codes)[0] == list(COLUMNS)
    assert plain.headers["Vary"] == "Accept-Language"
    vi = cells(await asked(web, CSVS[-1], "vi"))
    assert vi[0][:5] == ["Mục", "Kỳ", "Từ ngày", "Đến ngày", "Cấp"]
    assert [row[7:] for row in vi[1:]] == [row[7:] for row in cells(plain)[1:]]
    assert {row[4] for row in cells(plain)[1:]} & WIRE


async def test_the_end_of_a_cut_table_says_why_in_words() -> None:
    end = ExportEnd(lines=100_000, cursor="7", why="lines")
    assert "lines" not in ended(end, "vi")
    assert "(lines)" in ended(end, "en")
