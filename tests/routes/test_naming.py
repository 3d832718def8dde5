"""A document by whatever its parties call it: over HTTP, by the client and by the commands, among one's own only."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec
import pytest
import pytest_asyncio

from clients.axis import AxisClient
from clients.errors import ProblemError
from clients.transport import Backoff
from hub.core import wire
from hub.core.edxml import Code, Document
from hub.core.evidence import receipt as receipts
from hub.core.evidence.format import Event, decode
from hub.core.model import StatusCode
from hub.store import Name
from tests.cli.test_not_kept import truc
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SO_TTTT, SON_LA, VPCP, recall, update
from tests.support.web import AUDITOR, Web, a_web, bare

GUID: Final = "0D4F8A7E-1C2B-4D3E-9F5A-6B7C8D9E0F1A"


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path / "hub", keys) as opened:
        yield opened


async def send(web: Web, sender: str, to: str, number: str, **changes: object) -> wire.Submitted:
    code = Code(*number.split("/", 1))
    document: Document = web.axis.document(sender, [to], code=code)
    return (
        await web.submit(
            web.axis.sign(msgspec.structs.replace(document, **({"document_id": f"id {number}"} | changes))), sender
        )
    ).record(wire.Submitted)


async def named(web: Web, name: str, who: str, side: str = "") -> str:
    found = await web.get("/v1/documents/named", who, params={"name": name, "side": side})
    return found.record(wire.Message).id if found.status == 200 else found.problem.code


SPELLED: Final = (
    "07/QĐ-VX",
    "7/QĐ-VX",
    "007 / qđ-vx",
    " 07/QÐ-VX ",  # eth
    unicodedata.normalize("NFD", "07/QĐ-VX"),
    "０７／QĐ–VX",
    "000.00.00.G22,2026/11/20,7/QĐ-VX",
    "G22,2026/11/20,07/QĐ-VX",
    GUID,
    GUID.lower(),
)


async def test_each_of_its_names_is_the_document_on_every_route(web: Web) -> None:
    sent = await send(web, VPCP, SON_LA, "07/QĐ-VX", document_id=GUID)
    other = await send(web, VPCP, SON_LA, "08/QĐ-VX")
    await web.take(SON_LA, sent)
    life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).record(wire.Life)
    for name in (*SPELLED, sent.message.id, bare(sent.message.id).upper()):
        for who in (VPCP, SON_LA, AUDITOR):
            assert await named(web, name, who) == sent.message.id, (name, who)
            for part in ("content", "receipt", "evidence") if name in (SPELLED[2], GUID) else ():
                path = f"/v1/documents/{quote(name, safe='')}/{part}"
                assert (await web.get(path, who)).status == 200, (path, who)
        assert (await web.get(f"/v1/documents/{quote(name, safe='')}", VPCP)).record(wire.Life).message == life.message
        assert await named(web, name, HA_NOI) == "ACCESS_NOT_FOUND"
    assert await named(web, f"{{{GUID}}}", SON_LA) == sent.message.id
    assert await named(web, "8/QĐ-VX", SON_LA) == other.message.id
    for name in ("07/QD-VX", "70/QĐ-VX", "G22,2025/11/20,07/QĐ-VX", "H52,2026/11/20,07/QĐ-VX", "x" * 500):
        assert await named(web, name, VPCP) == "ACCESS_NOT_FOUND", name
    for name in ("", "x" * 501):
        assert await named(web, name, VPCP) == "REQUEST_INVALID", name


async def test_a_name_that_several_have_lists_them(web: Web) -> None:
    of_2025 = await send(web, VPCP, SON_LA, "12/BC", document_id="a", promulgation_date=date(2025, 3, 4))
    of_2026 = await send(web, VPCP, SON_LA, "012/BC", document_id="000.00.00.G22,2026/11/20,12/BC")
    await send(web, VPCP, HA_NOI, "12/BC", document_id="c")
    for who, count in ((SON_LA, 2), (HA_NOI, 1)):
        answer = await web.get("/v1/documents/named", who, params={"name": "0012/bc"})
        if count == 1:
            assert answer.record(wire.Message).document_id == "c"
            continue
        problem = answer.problem
        assert (answer.status, problem.code) == (409, "ACCESS_NAME_AMBIGUOUS")
        assert [(d.code, d.date, d.id) for d in problem.documents] == [
            ("012/BC", "2026-11-20", of_2026.message.id),
            ("12/BC", "2025", of_2025.message.id),
        ]
    # Spelled as one of them is, or with its day, it is that one.
    assert await named(web, "012/BC", SON_LA) == of_2026.message.id
    assert await named(web, "G22,2026/11/20,0012/BC", SON_LA) == of_2026.message.id
    assert await named(web, "G22,2025/03/04,0012/BC", SON_LA) == of_2025.message.id


async def test_an_auditor_is_told_of_several_only_on_record(web: Web) -> None:
    sent = [await send(web, VPCP, SON_LA, "12/BC", document_id=name) for name in ("a", "b")]
    assert await named(web, "12/BC", AUDITOR) == "ACCESS_NAME_AMBIGUOUS"
    for one in sent:
        events = (await web.get(f"/v1/documents/{bare(one.message.id)}", VPCP)).record(wire.Life).timeline
        assert [e.event for e in events][1:] == [Event.DOCUMENT_LOOKED_AT.short]


async def test_what_recalls_or_updates_a_document_does_not_make_its_name_ambiguous(web: Web) -> None:
    sent = await send(web, VPCP, SON_LA, "5/CV", document_id="one")
    await web.take(SON_LA, sent)
    await send(web, VPCP, SON_LA, "5/CV", document_id="one", business=update("one", added=[HA_NOI]))
    await send(web, VPCP, SON_LA, "5/CV", document_id="one", business=recall("one"))
    assert await named(web, "5/CV", VPCP) == await named(web, "one", SON_LA) == sent.message.id


async def test_what_was_sent_is_told_from_what_was_received(web: Web) -> None:
    sent = await send(web, SON_LA, VPCP, "1/CV")
    received = await send(web, VPCP, SON_LA, "1/CV")
    assert await named(web, "01/CV", SON_LA) == "ACCESS_NAME_AMBIGUOUS"
    assert await named(web, "01/CV", SON_LA, "sent") == sent.message.id
    assert await named(web, "01/CV", SON_LA, "received") == received.message.id
    assert await named(web, "01/CV", SON_LA, "lost") == "REQUEST_INVALID"


async def test_a_centre_and_a_successor_name_what_is_theirs(web: Web) -> None:
    directory = web.axis.exchange.directory
    sent = await send(web, VPCP, MAI_SON, "3/CV")
    assert await named(web, "3/CV", SO_TTTT) == await named(web, "3/CV", CHIENG_MUNG) == "ACCESS_NOT_FOUND"
    await web.axis.exchange.change_directory([msgspec.structs.replace(directory[MAI_SON], centre=SO_TTTT)], "test")
    assert await named(web, "3/CV", SO_TTTT) == sent.message.id
    ended = msgspec.structs.replace(directory[MAI_SON], valid_to=date(2026, 11, 21), successor=CHIENG_MUNG)
    await web.axis.exchange.change_directory([ended], "test")
    assert await named(web, "3/CV", CHIENG_MUNG) == sent.message.id
    assert await named(web, "3/CV", SO_TTTT) == "ACCESS_NOT_FOUND"


async def test_a_number_that_too_many_have_asks_for_more(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.store.sqlite.named.MOST_LOOKED_AT", 2)
    mine = await send(web, VPCP, SON_LA, "1/CV")
    for sender in (HA_NOI, MAI_SON, SO_TTTT):
        await send(web, sender, CHIENG_MUNG, "1/CV")
    _, everything = await web.store.named(Name(key="1/CV"), [SON_LA])
    assert not everything
    assert await named(web, "1/CV", SON_LA) == "ACCESS_NAME_AMBIGUOUS"
    assert await named(web, "1/CV", VPCP, "sent") == mine.message.id
    assert await named(web, "000.00.00.G22,2026/11/20,1/CV", SON_LA) == mine.message.id


async def test_the_client_takes_any_name_wherever_it_takes_a_document(web: Web) -> None:
    sent = await send(web, VPCP, SON_LA, "07/QĐ-VX")
    held = web.axis.credential(VPCP)
    async with AxisClient(web.url, VPCP, held.key, held.certificate, backoff=Backoff(tries=1)) as axis:
        axis._transport.clock = lambda: web.axis.clock() / 1000
        assert (await axis.named("7/qđ-vx", side="sent")).id == sent.message.id
        assert (await axis.life("7/qđ-vx")).message.id == sent.message.id
        assert (await axis.content("7/qđ-vx")) == await axis.content(sent.message.id)
        assert (await axis.receipt("id 07/QĐ-VX")).evidence.message == sent.message.id
        assert (await axis.evidence("7/qđ-vx"))[:2] == b"PK"
        await send(web, VPCP, SON_LA, "7/QĐ-VX", document_id="other")
        with pytest.raises(ProblemError) as refused:
            await axis.life("007/qđ-vx")
        assert len(refused.value.problem.documents) == 2


async def test_each_command_takes_any_name(web: Web, tmp_path: Path) -> None:
    web.axis.clock.run()
    sent = await send(web, VPCP, SON_LA, "07/QĐ-VX")
    other = await send(web, VPCP, SON_LA, "9/QĐ-VX", document_id="a")
    hub = ("--url", web.url, "--keys", web.axis.profile.folder)
    mine, theirs = ("--as", VPCP, *hub), ("--as", SON_LA, *hub)
    name = "7 / qđ-vx"
    acknowledged = await truc("ack", *theirs, f"{name}:{sent.message.sha256}", "--json")
    assert (acknowledged.code, acknowledged.json["items"][0]["message"]) == (0, sent.message.id), acknowledged
    status = await truc("status", *theirs, "--document", name, "--code", "03", "--json")
    assert (status.code, status.json["message"]["about"]) == (0, sent.message.id), status
    outbox = await truc("outbox", *mine, "--document", name, "--json")
    assert outbox.json["deliveries"][0]["progress"] == StatusCode.ACCEPTED
    receipt = await truc("receipt", "show", *theirs, name, "--json")
    assert decode(receipts.parse(receipt.json["receipt"].encode()).evidence).message == sent.message.id
    file = tmp_path / "life.zip"
    for who in (mine, ("--as", "auditor", *hub)):
        assert (await truc("evidence", "export", name, *who, "--out", file)).code == 0
        assert await asyncio.to_thread(file.exists)
    taken = await truc("take-back", *mine, "--document", "009/QĐ-VX", "--reason", "nhầm", "--json")
    assert taken.json["life"]["message"]["id"] == other.message.id
    await send(web, VPCP, SON_LA, "09/QĐ-VX", document_id="b")
    told = await truc("take-back", *mine, "--document", "009/QĐ-VX", "--reason", "nhầm")
    assert told.code == 1
    for line in (bare(other.message.id), "9/QĐ-VX  2026", "09/QĐ-VX  2026", "ACCESS_NAME_AMBIGUOUS"):
        assert line in told.err
