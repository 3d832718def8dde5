"""A loaded hub at its most talkative tells nothing that was sent to it: not in its log, not in its figures.

A real process, with and without fronts, at debug level. Everything that is sent is noted down: tokens, assertions,
signatures, subjects, names of people, texts of documents, good and refused, and what strangers try. Then its log is
searched for all of it, whole and in parts, as it is, quoted and in base64.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import aiohttp
import msgspec
import pytest

from hub.app import system_clock
from hub.core import edxml, wire
from hub.core.edxml import Attachment, Code, Organ, ResponseFor, Signer, Staff, Status
from hub.core.evidence import acknowledgement
from hub.core.model import StatusCode
from hub.core.signature import assertion, jws, xmldsig
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from tests.support.axis import HA_NOI, SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port

PIECE: Final = 20
NAMES: Final = ("Nguyễn Thị Hương Giang", "Trần Quốc Bảo Khánh", "Lê Hoàng Phượng Vỹ")
TEXTS: Final = {
    "subject": "V/v xử lý kỷ luật cán bộ địa chính Phạm Đình Lộc",
    "place": "Xóm Bản Hụm Ngoài",
    "reason": "Trả lại vì ghi sai họ tên Đặng Thùy Trâm Anh",
    "attachment": "Số căn cước 012345678901 của ông Vừ A Dính, nhiễm HIV",
    "malformed": "<edXML>Quàng Văn Tỉnh nợ thuế</edXML",
    "json": "Lò Thị Mai Ly, số tài khoản 9876543210",
    "search": "Hoàng Thị Tuyết Nhung xin việc",
    "path": "Giàng-Seo-Phừ-khiếu-nại",
    "cookie": "session=Ly-Mí-Cường-0912345678",
    "password": base64.b64encode("quản trị:Mật-khẩu-của-tôi-2026".encode()).decode(),
}


class Sender:
    """Talks to the hub over plain HTTP, and notes all that must not be found again."""

    def __init__(self, session: aiohttp.ClientSession, url: str, profile: pki.Profile) -> None:
        self.session, self.url, self.profile = session, url, profile
        self.secrets: dict[str, str] = {f"text {name}": text for name, text in TEXTS.items()}
        self.secrets |= {f"name {n}": name for n, name in enumerate(NAMES)}
        self.statuses: list[int] = []
        self.tokens: dict[str, str] = {}

    def note(self, what: str, secret: str) -> str:
        self.secrets[f"{what} {len(self.secrets)}"] = secret
        return secret

    async def call(self, method: str, path: str, who: str = "", **options: object) -> bytes:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        headers |= options.pop("headers", {})  # type: ignore[arg-type]
        async with self.session.request(method, self.url + path, headers=headers, **options) as response:  # type: ignore[arg-type]
            self.statuses.append(response.status)
            return await response.read()

    async def grant(self, who: str) -> None:
        mine = self.profile.agency(who)
        signed = assertion.build(
            who, f"{self.url}/v1/token", os.urandom(16).hex(), system_clock(), mine.key, jws.key_id(mine.certificate)
        )
        self.note("assertion", signed)
        answer = await self.call("POST", "/v1/token", json={"assertion": signed})
        self.tokens[who] = self.note("token", json.loads(answer)["access_token"])
        await self.call("POST", "/v1/token", json={"assertion": signed})  # a replay

    def signed(self, who: str, message: edxml.Message, files: list[Attachment] | None = None) -> bytes:
        mine = self.profile.agency(who)
        data = xmldsig.sign(edxml.build(message, files or []), mine.key, mine.chain)
        for tag in ("SignatureValue", "X509Certificate"):
            self.note(tag, data.partition(f"{tag}>".encode())[2].partition(b"<")[0].decode())
        return data


async def load(sender: Sender) -> None:
    """Good documents all the way, then everything that is refused."""
    for who in (VPCP, SON_LA, HA_NOI):
        await sender.grant(who)
    files = [Attachment("cid:1", "don-thu.txt", content_type="text/plain", data=TEXTS["attachment"].encode())]
    documents = [
        a_document(
            VPCP,
            [SON_LA],
            number,
            subject=TEXTS["subject"],
            place=TEXTS["place"],
            signer=Signer("KT. CHỦ NHIỆM", "Phó Chủ nhiệm", NAMES[0]),
        )
        for number in range(30)
    ]
    data = [sender.signed(VPCP, document, files) for document in documents]
    answers = await asyncio.gather(*(sender.call("POST", "/v1/documents", VPCP, data=d) for d in data))
    sent = [msgspec.json.decode(a, type=wire.Submitted) for a in answers]
    await acknowledged(sender, sent)
    await said(sender, sent[0])
    await refused(sender, data[0], documents[0])


async def acknowledged(sender: Sender, sent: list[wire.Submitted]) -> None:
    await sender.call("POST", "/v1/inbox/fetch", SON_LA, json={"limit": 100})
    mine = sender.profile.agency(SON_LA)
    items = tuple(
        acknowledgement.Item(s.message.id, s.message.sha256, acknowledgement.Outcome.CONTENT_HANDOVER) for s in sent
    )
    book = acknowledgement.Acknowledgement(SON_LA, system_clock(), items)
    signed = acknowledgement.sign(book, mine.key, jws.key_id(mine.certificate))
    sender.note("acknowledgement", signed.rpartition(".")[2])
    await sender.call("POST", "/v1/inbox/acknowledge", SON_LA, json={"signed": signed})
    await sender.call("POST", "/v1/inbox/acknowledge", HA_NOI, json={"signed": signed})
    await sender.call("POST", "/v1/inbox/acknowledge", SON_LA, json={"signed": signed[:-6] + "AAAAAA"})


async def said(sender: Sender, about: wire.Submitted) -> None:
    for staff in NAMES[1:]:
        status = Status(
            sender=Organ(SON_LA, name="UBND tỉnh Sơn La", in_charge="UBND tỉnh Sơn La"),
            response_for=ResponseFor(
                organ_id=VPCP,
                code=about.message.code,
                document_id=about.message.document_id,
                promulgation_date=datetime(2026, 11, 20).date(),
            ),
            staff=Staff(department="Văn thư", staff=staff),
            code=StatusCode.REFUSED,
            description=TEXTS["reason"],
            timestamp=datetime(2026, 11, 22, 9, 15),
        )
        await sender.call("POST", "/v1/statuses", SON_LA, data=sender.signed(SON_LA, status))


async def refused(sender: Sender, good: bytes, document: edxml.Document) -> None:
    changed = good.replace(TEXTS["place"].encode(), TEXTS["path"].encode())
    wrong = msgspec.structs.replace(document, code=Code("x" * 300, "y"), subject=TEXTS["subject"] * 20)
    for who, data in (
        (VPCP, changed),
        (SON_LA, good),
        (VPCP, sender.signed(VPCP, wrong)),
        (VPCP, sender.signed(VPCP, msgspec.structs.replace(document, recipients=(Organ("Z99", name=NAMES[0]),)))),
        (VPCP, TEXTS["malformed"].encode()),
        (VPCP, good[: len(good) // 2]),
    ):
        await sender.call("POST", "/v1/documents", who, data=data)
    marked = {"signed": TEXTS["json"], TEXTS["json"]: [TEXTS["json"]]}
    for path in ("/v1/inbox/acknowledge", "/v1/inbox/fetch", "/v1/documents", "/v1/statuses"):
        await sender.call("POST", path, VPCP, json=marked)
    await sender.call("POST", "/v1/token", json={"assertion": TEXTS["json"]})
    await sender.call("GET", f"/v1/agencies?text={quote(TEXTS['search'])}")
    for path in (
        f"/v1/documents/{quote(TEXTS['path'])}",
        f"/{quote(TEXTS['path'])}",
        f"/v1/inbox?cursor={quote(TEXTS['path'])}",
    ):
        await sender.call("GET", path, VPCP)
    await sender.call("GET", "/v1/inbox", headers={"Authorization": f"Basic {TEXTS['password']}"})
    await sender.call("GET", "/v1/inbox", headers={"Authorization": f"Bearer {sender.tokens[VPCP]}x"})
    await sender.call("GET", "/v1/inbox", VPCP, headers={"Cookie": quote(TEXTS["cookie"])})
    await no_http(sender)


async def no_http(sender: Sender) -> None:
    host, port = sender.url.removeprefix("http://").split(":")
    token = sender.tokens[VPCP]
    for text in (
        f"GET /{TEXTS['path']} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer {token}\r\n\r\n",
        f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 50\r\n\r\n<",
        f"{TEXTS['json']}\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(text.encode())
        writer.write_eof()
        await asyncio.wait_for(reader.read(), 60)
        writer.close()


def pieces(secret: str) -> Iterator[str]:
    """The secret and parts of it, as they might be written."""
    parts = {secret, secret[:PIECE], secret[-PIECE:], secret[len(secret) // 2 :][:PIECE]}
    for part in parts:
        if len(part) < min(PIECE, len(secret)):
            continue
        yield part
        yield quote(part)
        yield json.dumps(part)[1:-1]
        yield base64.b64encode(part.encode()).decode()[: 4 * (len(part.encode()) // 3)]


def keys_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Every private key that the hub has, and the secret of its tokens."""
    for path in folder.rglob("*"):
        if path.is_file() and (b"PRIVATE KEY" in (data := path.read_bytes())):
            for line in data.decode().splitlines():
                if not line.startswith("-"):
                    yield path.name, line
    secret = (folder / "data" / "token.secret").read_bytes()
    yield "token.secret", secret.hex()
    yield "token.secret", base64.b64encode(secret).decode()
    yield "token.secret", repr(secret)


@pytest.mark.parametrize("fronts", [0, 2])
async def test_nothing_that_was_sent_is_told_again(tmp_path: Path, fronts: int) -> None:
    settings = await asyncio.to_thread(prepare, tmp_path)
    config = tmp_path / "hub.toml"
    config.write_text(config.read_text().replace("[http]\n", f"[http]\nfronts = {fronts}\n"))
    profile = pki.Profile(Path(settings.hub.keys))
    hub = HubProcess(config, free_port(), arguments=("--log-level", "debug"))
    async with hub, aiohttp.ClientSession(auto_decompress=False) as session:
        sender = Sender(session, hub.url, profile)
        await load(sender)
        shown = [await sender.call("GET", path) for path in ("/metrics", "/readyz", "/healthz", "/v1/figures")]
        assert hub.stop() == 0
    log = (tmp_path / "hub.log").read_text()
    assert log.count('"event": "request"') + log.count('"event":"request"') > len(sender.statuses) / 2, (
        "it was talkative"
    )
    assert {201, 200, 400, 401, 403, 404, 422} <= set(sender.statuses)
    assert not [status for status in sender.statuses if status >= 500]
    told = log + b"".join(shown).decode()
    found = {name for name, secret in sender.secrets.items() for piece in pieces(secret) if piece in told}
    assert found == set()
    assert {name for name, line in keys_of(tmp_path) if line[:PIECE] in told} == set()
    assert sender.url in log  # what is searched is what was written


def test_the_search_finds_what_it_looks_for() -> None:
    for secret in TEXTS.values():
        for written in (
            secret,
            quote(secret),
            json.dumps({"a": secret}),
            json.dumps({"a": secret}, ensure_ascii=False),
        ):
            assert any(piece in f"x{written}y" for piece in pieces(secret))
        assert any(piece in base64.b64encode(secret.encode()).decode() for piece in pieces(secret))
