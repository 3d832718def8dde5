"""`GET /v1/documents`, and what a life tells beyond it, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.core import wire
from hub.core.edxml import Attachment, OtherInfo
from hub.core.model import Priority, StatusCode
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, a_web, bare


async def test_a_document_is_found_with_what_a_register_tells(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        document = web.axis.document(
            VPCP, [SON_LA, HA_NOI], subject="Điều động cán bộ", other=OtherInfo(priority=Priority.URGENT, page_amount=3)
        )
        data = web.axis.sign(document, [Attachment("a", "Tờ trình.pdf", data=b"%PDF-1.4 x")])
        sent = (await web.submit(data, VPCP)).record(wire.Submitted)
        (item,) = (await web.get("/v1/documents?text=dieu+dong&priority=1", SON_LA)).record(wire.Found).items
        assert (item.message.id, item.message.sender_name) == (sent.message.id, "Văn phòng Chính phủ")
        (own,) = item.deliveries
        assert (own.recipient, own.name) == (SON_LA, "Ủy ban nhân dân tỉnh Sơn La")
        assert own.ends_at > own.due_at > own.placed_at
        register = item.register
        assert register is not None
        assert (register.promulgated, register.signer, register.pages) == ("2026-11-20", "Người ký thử nghiệm", 3)
        assert (register.files, register.attached) == ([wire.File(name="Tờ trình.pdf", size=10)], 1)
        certificate = web.hub.exchange.directory[VPCP].certificates[0].sha256
        assert register.certificate == certificate
        life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).record(wire.Life)
        assert life.register == register
        (routed,) = (await web.get("/v1/documents", OPERATOR)).record(wire.Found).items
        assert routed.message.subject == routed.message.type_name == ""
        assert routed.register == wire.Register(promulgated="2026-11-20", attached=1, certificate=certificate)
        assert (await web.get("/v1/documents?text=dieu+dong", OPERATOR)).record(wire.Found).items == []
        assert len((await web.get("/v1/documents?text=dieu+dong", AUDITOR)).record(wire.Found).items) == 1


async def test_a_timeline_has_the_words_of_statuses(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        sent = await web.send(VPCP, SON_LA)
        await web.axis.take(SON_LA)
        status = web.status(SON_LA, StatusCode.REFUSED, sent)
        answer = (await web.submit(status, SON_LA, "/v1/statuses")).record(wire.Submitted)
        life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).record(wire.Life)
        (event,) = [e for e in life.timeline if e.status_code == "02"]
        assert event.status == answer.message.id
        assert event.description
        assert event.department == "Văn thư"
        assert [e.description for e in life.timeline if not e.status_code] == [""] * (len(life.timeline) - 1)


async def test_the_word_null_is_no_value_and_may_be_looked_for(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        refused = await web.get("/v1/documents?state=null", VPCP)
        assert (refused.status, refused.problem.found) == (400, "state")
        assert (await web.get("/v1/documents?text=null", VPCP)).status == 200


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "priority=9",
        "state=lost",
        "business=9",
        "sender_tier=ward",
        "since=yesterday",
        "dated_since=2026-13-01",
        "cursor=x",
        "cursor=-1",
        "sort=rank",
        "q=x",
        f"text={'x' * 301}",
        "text=" + "+".join(f"w{n}" for n in range(13)),
    ],
)
async def test_a_question_that_is_none_is_refused(tmp_path: Path, keys: Path, query: str) -> None:
    async with a_web(tmp_path, keys) as web:
        answer = await web.get(f"/v1/documents?{query}", SON_LA)
        assert answer.status == 400
        assert answer.problem.code == "REQUEST_INVALID"
