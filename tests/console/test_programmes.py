"""Pages of programmes: whose cases a clerk sees, what each event is proved by, boards that lead down."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from hub.core.edxml import Attachment
from hub.store.search import Bill, Span
from tests.console.kit import Visitor
from tests.console.world import World, a_world
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP
from tests.support.web import bare

pytestmark = pytest.mark.asyncio(loop_scope="module")
TASK = f"NV 01/2026@{VPCP}/{SON_LA}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path_factory.mktemp("console"), keys, caller_ms_burst=600_000) as made:
        await made.web.send(
            *(VPCP, SON_LA, HA_NOI),
            subject="<b>Xây dựng đề án</b>",
            steering_type=1,
            task_codes=("NV 01/2026",),
            due_date=date(2026, 11, 20),
        )
        yield made


@pytest.mark.parametrize(("lang", "late", "state"), [("vi", "quá hạn", "Chưa thực hiện"), ("en", "late", "Assigned")])
async def test_a_clerk_sees_what_is_to_be_done_and_by_which_document(
    world: World, lang: str, late: str, state: str
) -> None:
    clerk = await Visitor(world.web).enter("clerk")
    await clerk.get(f"/console/programmes/tasks?lang={lang}")
    assert "<b>Xây dựng đề án</b>" in clerk.text, "as text"
    assert late in clerk.text
    assert state in clerk.text
    assert HA_NOI not in clerk.text, "another's"
    answer = await clerk.get(f"/console/programmes/tasks/cases/{quote(TASK, safe='')}?lang={lang}")
    sent = await world.web.store.message(await _last(world))
    assert sent is not None
    assert f"/console/documents/{bare(sent.id)}" in answer.body.decode()
    assert (await clerk.get(f"/console/documents/{bare(sent.id)}")).status == 200
    other = quote(f"NV 01/2026@{VPCP}/{HA_NOI}", safe="")
    assert (await clerk.get(f"/console/programmes/tasks/cases/{other}")).status == 404


async def _last(world: World) -> int:
    return (await world.web.store.finder.numbered(Bill(), Span(), 1))[0]


async def test_an_operator_sees_counts_and_no_word(world: World) -> None:
    operator = await Visitor(world.web).enter("operator")
    await operator.get("/console/programmes?lang=en")
    assert "Steering tasks" in operator.text
    await operator.get("/console/programmes/tasks?lang=en")
    assert "Xây dựng" not in operator.text
    assert TASK in operator.text
    answer = await operator.get("/console/programmes/tasks/board?lang=en")
    assert "Late" in operator.text
    assert f"parent={SON_LA}" in answer.body.decode(), "the board leads down"
    await operator.get(f"/console/programmes/tasks/board?parent={SON_LA}&lang=en")
    assert "truc programmes board tasks" in operator.text


async def test_an_administrator_sees_none_of_it(world: World) -> None:
    administrator = await Visitor(world.web).enter("administrator")
    assert (await administrator.get("/console/programmes/tasks")).status == 403


@pytest.mark.parametrize(
    ("lang", "words", "next_step"), [("vi", "Không phải", "Sửa gói"), ("en", "no valid JSON", "Correct")]
)
async def test_faults_say_the_right_form_and_the_next_step(world: World, lang: str, words: str, next_step: str) -> None:
    """Break it: show an operator the found text, or another's fault to a clerk."""
    clerk = await Visitor(world.web).enter("clerk")
    await clerk.get(f"/console/programmes/faults?lang={lang}")
    assert "truc check" in clerk.text, "an empty page says why it is empty"
    for sender, name in ((SON_LA, "x"), (HA_NOI, "another")):
        file = Attachment("1", f"{name}.packet.json", data=b"no json")
        data = world.web.axis.sign(world.web.axis.document(sender, [VPCP]), [file])
        assert (await world.web.submit(data, sender)).status == 201
    answer = await clerk.get(f"/console/programmes/faults?lang={lang}")
    sent = answer.body.decode()
    assert next_step in clerk.text
    assert "x.packet.json" in clerk.text
    assert "another.packet.json" not in clerk.text
    assert "code=PACKET_JSON" in sent
    assert 'href="/console/documents/' in sent
    await clerk.get(f"/console/programmes/faults?code=PACKET_KIND&lang={lang}")
    assert "x.packet.json" not in clerk.text
    await clerk.get(f"/console/programmes/faults?programme=tasks&lang={lang}")
    assert "x.packet.json" not in clerk.text
    operator = await Visitor(world.web).enter("operator")
    await operator.get(f"/console/programmes/faults?lang={lang}")
    assert "PACKET_JSON" in operator.text
    assert "x.packet.json" not in operator.text
    assert (await clerk.get("/console/programmes/faults?programme=none")).status == 404


async def test_faults_come_in_pages_of_rows(world: World) -> None:
    """Break it: begin the next page at the next document. A fault that comes meanwhile moves none of the others."""

    async def send(n: int) -> None:
        steps = [Attachment(str(k), f"{n}-{k}.packet.json", data=b"no json") for k in range(1, 46)]
        data = world.web.axis.sign(world.web.axis.document(MAI_SON, [VPCP]), steps)
        assert (await world.web.submit(data, MAI_SON)).status == 201

    for n in range(3):
        await send(n)
    auditor = await Visitor(world.web).enter("auditor")
    seen: list[str] = []
    at = "/console/programmes/faults?code=PACKET_JSON"
    pages = 0
    while at:
        body = (await auditor.get(at)).body.decode()
        found = re.findall(r"([0-2]-[0-9]+)\.packet\.json \$", body)
        assert len(found) <= 100
        seen += found
        pages += 1
        more = re.search(r'rel="next" href="([^"]*)"', body)
        at = html.unescape(more[1]) if more else ""
        if pages == 1:
            await send(9)
    assert pages == 2
    assert len(seen) == len(set(seen)) == 135
    assert (await auditor.get("/console/programmes/faults?cursor=1.x")).status == 400
