"""What scripts of the mailbox ask for, over HTTP: whose it is, what is checked before anything is signed, and that the
session makes nothing: whatever the agency's key did not sign is refused as from anywhere else."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from hub.access import Role
from hub.console.mailbox.carrying import FORM
from hub.core import edxml
from hub.core.edxml import Document
from hub.core.errors import NotFound
from hub.core.evidence import acknowledgement
from hub.core.model import StatusCode
from hub.core.signature import jws, xmldsig
from hub.store import Transaction
from hub.store.mail import MailRow, Stage
from tests.console.kit import Visitor, a_console
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.web import Web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")

LETTER: Final = {"number": "7", "notation": "UBND-VP", "to": [HA_NOI], "subject": "V/v thử", "day": "2026-11-22"}
_TOKEN: Final = re.compile(r'name="csrf" value="([0-9a-f]*)"')


@dataclass
class Clerk:
    """A clerk's browser without a screen, and the key beside it."""

    visitor: Visitor
    token: str
    web: Web

    async def post(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        given = {FORM: self.token} | headers
        sent: Mapping[str, Any] = {"data": body} if isinstance(body, (bytes, str)) else {"json": body}
        answer = await self.visitor.ask("POST", f"/console/mailbox/{path}", headers=given, **sent)
        return answer.status, json.loads(answer.body)

    async def prepare(self, act: str, message: str = "", **more: str) -> list[dict[str, Any]]:
        status, told = await self.post("prepare", {"act": act, "message": message, **more})
        assert status == 200, told
        return told["tasks"]  # type: ignore[no-any-return]

    def sign(self, task: Mapping[str, Any]) -> str:
        credential = self.web.axis.credential(SON_LA)
        if "payload" in task:
            said = acknowledgement.decode(task["payload"].encode())
            return acknowledgement.sign(said, credential.key, jws.key_id(credential.certificate))
        return xmldsig.sign(task["edxml"].encode(), credential.key, credential.chain).decode()

    async def carry(self, tasks: list[dict[str, Any]], query: str = "") -> Any:
        told: Any = None
        for task in tasks:
            path = "acknowledge" if "payload" in task else f"submit{query}"
            status, told = await self.post(path, self.sign(task).encode())
            assert status == 200, told
        return told

    async def does(self, act: str, message: str = "", **more: str) -> Any:
        return await self.carry(await self.prepare(act, message, **more))


@pytest_asyncio.fixture(loop_scope="module")
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys, caller_ms_burst=600_000, stranger_ms_burst=600_000) as opened:
        yield opened


async def entered(web: Web, name: str = "clerk") -> Clerk:
    visitor = await Visitor(web).enter(name)
    found = _TOKEN.search(visitor.last)
    assert found
    return Clerk(visitor, found[1], web)


async def came(web: Web, subject: str = "V/v một việc") -> tuple[str, int]:
    sent = await web.send(VPCP, SON_LA, subject=subject)
    return bare(sent.message.id), (await web.hub.exchange.find(sent.message.id)).number


async def stands(web: Web, number: int) -> tuple[str, str]:
    row = await web.hub.exchange.store.delivery(number, SON_LA)
    assert row is not None
    return row.state.value, row.progress


async def test_a_document_is_for_its_own_agencys_clerk_alone(web: Web) -> None:
    message, _ = await came(web)
    await web.hub.accounts.add_samples([("other", Role.CLERK, HA_NOI, "Văn thư Hà Nội")])
    other, operator = await entered(web, "other"), await entered(web, "operator")
    for path in (f"in/{message}", f"in/{message}/pane", f"bytes/{message}", f"bytes/{message}/1", f"out/{message}"):
        assert (await other.visitor.get(f"/console/mailbox/{path}")).status == 404, path
        assert (await operator.visitor.get(f"/console/mailbox/{path}")).status == 403, path
    for act in ("register", "return", "take-back"):
        status, told = await other.post("prepare", {"act": act, "message": message, "reason": "x"})
        assert (status, told["code"]) == (404, "ACCESS_NOT_FOUND"), act
    assert b"V/v m" not in (await other.visitor.get("/console/mailbox/in")).body
    clerk = await entered(web)
    assert (await clerk.visitor.get(f"/console/mailbox/out/{message}")).status == 404, "it came in, it did not go out"


async def test_nothing_is_done_for_another_site(web: Web) -> None:
    clerk = await entered(web)
    for path in ("prepare", "letter", "submit", "acknowledge"):
        for headers in ({FORM: ""}, {FORM: "0" * 64}, {"Sec-Fetch-Site": "cross-site"}):
            status, told = await clerk.post(path, {}, **headers)
            code = "ACCESS_FORM_STALE" if FORM in headers else "ACCESS_FORBIDDEN"
            assert (status, told["code"]) == (403, code), (path, headers)


async def test_a_session_makes_nothing_that_the_key_did_not_sign(web: Web) -> None:
    clerk = await entered(web)
    message, number = await came(web)
    foreign = web.axis.sign(web.axis.document(VPCP, [HA_NOI]))
    (receipt, status) = await clerk.prepare("register", message)
    for wrong in (
        status["edxml"].encode(),
        foreign,
        clerk.sign(status).replace(">03<", ">06<").encode(),
        b"<no/>",
        b"",
    ):
        code, told = await clerk.post("submit", wrong)
        assert 400 <= code < 500, told
    credential = web.axis.credential(VPCP)
    said = acknowledgement.decode(receipt["payload"].encode())
    for token in ("x.y.z", acknowledgement.sign(said, credential.key, jws.key_id(credential.certificate))):
        code, told = await clerk.post("acknowledge", token.encode())
        assert 400 <= code < 500, told
    assert await stands(web, number) == ("waiting", "")
    assert await web.hub.exchange.store.mail(SON_LA, number) is None


async def test_what_is_carried_twice_is_done_once(web: Web) -> None:
    clerk = await entered(web)
    message, number = await came(web)
    tasks = await clerk.prepare("register", message, assignee="Nguyễn Thị Mẫu", due="2026-11-30")
    assert [sorted(task) for task in tasks] == [["documents", "payload"], ["edxml"], ["edxml"]]
    once = await clerk.carry(tasks, "?assignee=Nguy%E1%BB%85n&due=2026-11-30")
    assert await clerk.carry(tasks, "?assignee=Nguy%E1%BB%85n&due=2026-11-30") == once
    assert once["number"] == 1
    assert await stands(web, number) == ("handed_over", "04")
    row = await web.hub.exchange.store.mail(SON_LA, number)
    assert row is not None
    assert (row.stage, row.year, row.number, row.assignee, row.due, row.by) == (
        Stage.IN_HAND, 2026, 1, "Nguyễn", "2026-11-30", "clerk",
    )  # fmt: skip
    second, _ = await came(web)
    assert (await clerk.does("register", second))["number"] == 2


async def test_a_book_behind_the_record_is_put_right_when_it_is_read(web: Web) -> None:
    """As after a crash between the two: the record says registered, the book does not know it."""
    clerk = await entered(web)
    sent = await web.send(VPCP, SON_LA)
    number = (await web.hub.exchange.find(sent.message.id)).number
    await web.take(SON_LA, sent)

    def behind(tx: Transaction) -> None:
        tx.put_mail(MailRow(agency=SON_LA, message=number))

    await web.hub.exchange.store.write(behind)
    assert (await web.submit(web.status(SON_LA, StatusCode.ACCEPTED, sent), SON_LA, "/v1/statuses")).status == 201
    assert (await clerk.visitor.get("/console/mailbox/in")).status == 200
    row = await web.hub.exchange.store.mail(SON_LA, number)
    assert row is not None
    assert (row.stage, row.number) == (Stage.IN_HAND, 1)
    assert sent.message.code in (await clerk.visitor.get("/console/mailbox/in?tab=in-hand")).body.decode()


async def test_the_rules_are_asked_before_anything_is_signed(web: Web) -> None:
    clerk = await entered(web)
    message, _ = await came(web)
    late = "STATUS_OUT_OF_ORDER"
    for act, code in (("finish", late), ("assign", late), ("agree", "CONFLICT_DELIVERY_STATE")):
        status, told = await clerk.post("prepare", {"act": act, "message": message})
        assert (status, told["code"]) == (409, code), act
    status, told = await clerk.post("prepare", {"act": "return", "message": message})
    assert (status, told["code"]) == (400, "REQUEST_INVALID")
    await clerk.does("return", message, reason="Thiếu tệp")
    status, told = await clerk.post("prepare", {"act": "register", "message": message})
    assert status == 409, told
    assert "Thiếu tệp" not in (await clerk.visitor.get("/console/mailbox/in")).body.decode()
    assert "V/v một việc" in (await clerk.visitor.get("/console/mailbox/in?tab=returned")).body.decode()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"to": []}, 400),
        ({"to": ["000.99.99.H99"]}, 400),
        ({"to": [SON_LA]}, 400),
        ({"number": " "}, 400),
        ({"notation": ""}, 400),
        ({"subject": ""}, 400),
        ({"subject": "x" * 501}, 422),
        ({"subject": "Tối mật"}, 422),
        ({"day": "2026-11-23"}, 422),
        ({"day": "22/11/2026"}, 400),
        ({"due": "2026-11-01"}, 422),
        ({"kind": "Thư tình"}, 400),
        ({"priority": 9}, 400),
        ({"files": [{"name": "a.pdf", "data": ""}]}, 400),
        ({"files": [{"name": "TUYỆT MẬT.pdf", "data": "JVBERi0="}]}, 422),
        ({"answers": "nothing"}, 404),
        ({"of": "nothing", "change": "update"}, 404),
        ({"more": 1}, 400),
        ({"to": "x"}, 400),
        ({"subject": "a\u0000b"}, 400),
        ({"subject": "\u202e"}, 400),
        ({"signer": "a\u202eb"}, 400),
        ({"files": [{"name": "\u202egnp.packet.json", "data": "e30="}]}, 400),
    ],
)
async def test_a_letter_that_the_axis_would_refuse_is_not_made(web: Web, change: dict[str, Any], status: int) -> None:
    clerk = await entered(web)
    found, told = await clerk.post("letter", LETTER | change)
    assert found == status, told
    assert told["vi"]
    assert told["en"]


async def test_a_reply_names_its_document_and_files_are_what_their_bytes_are(web: Web) -> None:
    clerk = await entered(web)
    message, number = await came(web)
    await clerk.does("register", message)
    data = base64.b64encode(b"%PDF-1.4\n%%EOF\n").decode()
    letter = LETTER | {
        "to": [VPCP],
        "answers": message,
        "priority": 2,
        "files": [{"name": "../ab.txt", "data": data}],
    }
    status, told = await clerk.post("letter", letter)
    assert status == 200, told
    (task,) = told["tasks"]
    made = edxml.read(edxml.parse(task["edxml"].encode()))
    assert isinstance(made, Document)
    original = await web.hub.exchange.find(message)
    assert [(r.organ_id, r.code) for r in made.response_for] == [(VPCP, original.code)]
    (file,) = edxml.attachments(edxml.parse(task["edxml"].encode()))
    assert (file.name, file.content_type) == ("ab.txt", "application/pdf")
    signed = clerk.sign(task).encode()
    status, told = await clerk.post("submit?answers=nothing", signed)
    assert (status, told["code"]) == (404, "ACCESS_NOT_FOUND")
    with pytest.raises(NotFound):  # what is told as refused is not on record
        await web.hub.exchange.find(f"{SON_LA},{made.promulgation_date:%Y/%m/%d},{made.code.text}")
    sent = await clerk.carry([task], f"?answers={message}")
    row = await web.hub.exchange.store.mail(SON_LA, number)
    assert row is not None
    assert row.answer == sent["code"] == "7/UBND-VP"
    used = await clerk.visitor.get("/console/mailbox/used?code=07/ubnd-vp&year=2026")
    assert json.loads(used.body) == {"used": True, "id": bare(sent["id"])}


async def test_a_document_is_taken_back_updated_and_replaced(web: Web) -> None:
    clerk = await entered(web)
    status, told = await clerk.post("letter", LETTER)
    sent = bare((await clerk.carry(told["tasks"]))["id"])
    page = (await clerk.visitor.get(f"/console/mailbox/out/{sent}")).body.decode()
    assert "1 did not fetch it: taken back at once." in page
    status, told = await clerk.post(
        "letter", LETTER | {"of": sent, "change": "replacement", "number": "8", "reason": "sai"}
    )
    assert status == 200, told
    replaced = bare((await clerk.carry(told["tasks"]))["id"])
    assert (await web.hub.exchange.find(replaced)).about == (await web.hub.exchange.find(sent)).number
    await clerk.does("take-back", replaced, reason="gửi nhầm")
    (row,) = await web.hub.exchange.store.deliveries((await web.hub.exchange.find(replaced)).number)
    assert row.state.value == "taken_back"
    status, told = await clerk.post("letter", LETTER | {"number": "9"})
    ninth = bare((await clerk.carry(told["tasks"]))["id"])
    status, told = await clerk.post(
        "letter", LETTER | {"number": "9", "of": ninth, "change": "update", "reason": "bổ sung", "subject": "V/v mới"}
    )
    assert status == 200, told
    await clerk.carry(told["tasks"])


async def test_a_request_of_the_sender_is_answered(web: Web) -> None:
    clerk = await entered(web)
    sent = await web.send(VPCP, SON_LA)
    message = bare(sent.message.id)
    await clerk.does("register", message)
    await web.submit(web.status(VPCP, StatusCode.TAKE_BACK, sent), VPCP, "/v1/statuses")
    assert 'data-act="agree"' in (await clerk.visitor.get(f"/console/mailbox/in/{message}")).body.decode()
    await clerk.does("agree", message)
    row = await web.hub.exchange.store.mail(SON_LA, (await web.hub.exchange.find(message)).number)
    assert row is not None
    assert row.stage is Stage.GONE


async def test_registers_are_printed_and_no_cell_becomes_a_formula(web: Web) -> None:
    clerk = await entered(web)
    message, _ = await came(web, "=1+1")
    await clerk.does("register", message, assignee="=2+2")
    await clerk.carry([], "")
    for book in ("in", "out", "follow"):
        assert (await clerk.visitor.get(f"/console/mailbox/register?book={book}&year=2026")).status == 200
        answer = await clerk.visitor.get(f"/console/mailbox/register/file?book={book}&year=2026")
        assert answer.status == 200
        sheet = zipfile.ZipFile(io.BytesIO(answer.body)).read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        if book != "out":
            assert b"=1+1" in sheet
    for query in ("book=x", "year=10000", "after=-1", "year=x"):
        assert (await clerk.visitor.get(f"/console/mailbox/register?{query}")).status == 400, query


async def test_hostile_requests_have_an_answer(web: Web) -> None:
    clerk = await entered(web)
    for body in (b"", b"{", b"[]", b"\xff", b'{"act":"register"}', b'{"act":"none"}', b"[" * 10_000, b'{"act":3}'):
        for path in ("prepare", "letter"):
            status, _ = await clerk.post(path, body)
            assert 400 <= status < 500, (path, body)
    for path in (
        "in?tab=x", "in?cursor=x", "out?tab=x", "out?cursor=-", "in/x", "bytes/x", "bytes/x/y", "new?answers=x",
        "new?of=x&change=update", "news?x=1", "agencies?text=" + "%E1%BB%81" * 300,
    ):  # fmt: skip
        assert (await clerk.visitor.get(f"/console/mailbox/{path}")).status < 500, path
