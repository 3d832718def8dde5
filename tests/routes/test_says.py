"""A mailbox says of each message what it answers, updates or takes back, why, how to answer, and what is odd in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from hub.core import wire
from hub.core.edxml import BusinessInfo, ResponseFor
from hub.core.edxml.detail import LONGEST, MOST_NOTED
from hub.core.model import StatusCode
from tests.routes.test_events import Listener, listening
from tests.support.axis import HA_NOI, SON_LA, VPCP, recall, replacement, update
from tests.support.web import Web, a_web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def item_of(web: Web, who: str, sent: wire.Submitted, state: str = "waiting") -> wire.InboxItem:
    inbox = (await web.get(f"/v1/inbox?state={state}&limit=1000", who)).record(wire.Inbox)
    (found,) = [item for item in inbox.items if item.message.id == sent.message.id]
    return found


async def says(web: Web, who: str, sent: wire.Submitted) -> wire.Says:
    """The same by every way on which it is told."""
    looked = (await item_of(web, who, sent)).says
    life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", who)).record(wire.Life).says
    assert looked is not None
    assert looked == life
    return looked


async def test_a_reply_says_what_it_answers(web: Web) -> None:
    sent = await web.send(
        VPCP,
        SON_LA,
        response_for=(ResponseFor(SON_LA, "12/UBND-VP", "ID-12", date(2026, 11, 3)), ResponseFor(HA_NOI, "9/UBND")),
        due_date=date(2026, 12, 1),
        steering_type=1,
        task_codes=("NV-2026-17",),
        application_type="MCDT_DT",
    )
    assert await says(web, SON_LA, sent) == wire.Says(
        answers=[
            wire.Answered(organ_id=SON_LA, code="12/UBND-VP", document_id="ID-12", promulgated="2026-11-03"),
            wire.Answered(organ_id=HA_NOI, code="9/UBND"),
        ],
        due="2026-12-01",
        steering=1,
        tasks=["NV-2026-17"],
        application="MCDT_DT",
    )


async def test_what_says_nothing_of_the_kind_costs_no_bytes(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    body = (await web.get("/v1/inbox?limit=1000", SON_LA)).body
    (raw,) = [item for item in msgspec.json.decode(body)["items"] if item["message"]["id"] == sent.message.id]
    assert set(raw) == {"message", "delivery"}


async def test_an_update_says_what_it_updates_and_asks(web: Web) -> None:
    first = await web.send(VPCP, SON_LA, HA_NOI)
    await web.take(SON_LA, first)
    changed = await web.send(VPCP, HA_NOI, business=update(first.message.document_id, removed=[SON_LA]))
    told = await says(web, SON_LA, changed)
    assert told.of == [first.message.document_id]
    assert (told.reason, told.removed, told.added) == ("Cập nhật nơi nhận", [SON_LA], [])
    assert (await item_of(web, SON_LA, changed)).message.about == first.message.id
    asked = wire.Asked(by=changed.message.id, business=2, reason="Cập nhật nơi nhận", answer_with=["15", "16"])
    assert (await item_of(web, SON_LA, changed)).asked == asked
    assert (await item_of(web, SON_LA, first, "handed_over")).asked == asked
    assert (await item_of(web, HA_NOI, first)).asked is None
    disagreed = web.status(SON_LA, StatusCode.DISAGREED, first)
    assert (await web.submit(disagreed, SON_LA, "/v1/statuses")).status == 201
    assert (await item_of(web, SON_LA, first, "handed_over")).asked is None
    assert (await item_of(web, SON_LA, changed)).asked is None


async def test_a_take_back_gives_its_reason_and_how_to_answer(web: Web) -> None:
    """By both ways of asking, and to the worker that fetches as well as to who only looks."""
    first, second = await web.send(VPCP, SON_LA), await web.send(VPCP, SON_LA)
    await web.take(SON_LA, first, second)
    asking = await web.send(VPCP, SON_LA, business=recall(first.message.document_id, "Ban hành nhầm"))
    status = (await web.submit(web.status(VPCP, StatusCode.TAKE_BACK, second), VPCP, "/v1/statuses")).record(
        wire.Submitted
    )
    fetched = (await web.call("POST", "/v1/inbox/fetch", SON_LA, json={"limit": 1000})).record(wire.Inbox)
    items = {item.message.id: item for item in fetched.items}
    for request, about, reason, code in ((asking, first, "Ban hành nhầm", ""), (status, second, "lý do", "13")):
        item = items[request.message.id]
        assert item.asked is not None
        assert (item.asked.by, item.asked.reason, item.asked.status_code) == (request.message.id, reason, code)
        assert item.asked.answer_with == ["15", "16"]
        assert item.message.about == about.message.id
        assert item.says is not None
        assert item.says.reason == reason
        held = await item_of(web, SON_LA, about, "handed_over")
        assert held.asked == item.asked
    agreed = web.status(SON_LA, StatusCode.AGREED, first)
    assert (await web.submit(agreed, SON_LA, "/v1/statuses")).status == 201
    (again,) = [
        i
        for i in (await web.get("/v1/inbox?limit=1000", SON_LA)).record(wire.Inbox).items
        if i.message.id == asking.message.id
    ]
    assert again.asked is None, "answered"


async def test_a_replacement_names_all_that_it_replaces(web: Web) -> None:
    first = await web.send(VPCP, SON_LA)
    new = await web.send(VPCP, SON_LA, business=replacement(first.message.document_id, [SON_LA]))
    told = await says(web, SON_LA, new)
    assert (told.of, told.reason) == ([first.message.document_id], "Thay thế")


async def test_notices_travel_to_the_recipient(web: Web) -> None:
    long = "V/v " + "rà soát " * 80
    sent = await web.send(VPCP, SON_LA, subject=long)
    assert sent.notices
    told = await says(web, SON_LA, sent)
    assert told.notices == sent.notices
    (notice,) = told.notices
    assert notice.code == "R.MessageHeader.Subject"
    assert all((notice.vi, notice.en, notice.clause, notice.right_vi, notice.right_en))
    many = await web.send(VPCP, SON_LA, to_places=("Nơi nhận " * 20,) * 40)
    assert len(many.notices) > MOST_NOTED
    assert (await says(web, SON_LA, many)).notices == many.notices[:MOST_NOTED]


async def test_what_is_told_is_bounded(web: Web) -> None:
    answers = tuple(ResponseFor(SON_LA, f"{n}/UBND", "x" * 900) for n in range(200))
    sent = await web.send(VPCP, SON_LA, response_for=answers, business=BusinessInfo(reason="y" * 3000))
    told = await says(web, SON_LA, sent)
    assert len(told.answers) == 50
    assert max(len(a.document_id) for a in told.answers) == LONGEST
    assert len(told.reason) == LONGEST


async def test_events_say_why(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web, listening(web, VPCP) as sender, listening(web, SON_LA) as recipient:
        long = await web.send(VPCP, SON_LA, subject="V/v " + "rà soát " * 80)
        arrival = await data_of(recipient)
        assert (arrival["what"], arrival["notices"]) == ("arrival", ["R.MessageHeader.Subject"])
        assert not {"about", "by", "reason"} & set(arrival)
        await web.take(SON_LA, long)
        assert set(await data_of(sender)) == {"what", "agency", "message"}
        refused = (await web.submit(web.status(SON_LA, StatusCode.REFUSED, long), SON_LA, "/v1/statuses")).record(
            wire.Submitted
        )
        arrived, status = await data_of(sender), await data_of(sender)
        assert (arrived["what"], arrived["message"], arrived["about"]) == (
            "arrival", refused.message.id, long.message.id,
        )  # fmt: skip
        assert (arrived["status_code"], arrived["reason"]) == ("02", "lý do")
        assert (status["what"], status["message"], status["by"]) == ("status", long.message.id, refused.message.id)
        assert status["reason"] == "lý do"
        first = await web.send(VPCP, SON_LA)
        await data_of(recipient)
        await web.take(SON_LA, first)
        await data_of(sender)
        asking = await web.send(VPCP, SON_LA, business=recall(first.message.document_id))
        pending = await data_of(sender)
        assert (pending["what"], pending["by"], pending["cause"], pending["reason"]) == (
            "take-back-pending", asking.message.id, "recall", "Ban hành nhầm",
        )  # fmt: skip


async def data_of(listener: Listener) -> dict[str, object]:
    frame = await listener.frame()
    while frame.startswith(":"):
        frame = await listener.frame()
    fields = dict(line.split(": ", 1) for line in frame.strip().split("\n"))
    return dict(msgspec.json.decode(fields["data"]))
