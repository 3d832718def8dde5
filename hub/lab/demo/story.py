"""The story of the demonstration, over real HTTP through the published client, against a hub in its own process.

Each step states the outcome that must come; anything else ends the story with `Unexpected`. The wording follows the
conference
of 11 November 2022 on simplifying internal administrative procedures.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec

from clients import compose
from clients.axis import AxisClient, Sent
from clients.errors import ProblemError
from hub.base.runtime import system_clock
from hub.core import edxml, wire
from hub.core.edxml import (
    Attachment,
    BusinessInfo,
    Code,
    Document,
    OtherInfo,
    Receiver,
    Replacement,
    ResponseFor,
    Signer,
)
from hub.core.log.policy import Policy
from hub.core.model import Business, Priority, StatusCode, vietnam_date
from hub.core.signature import xmldsig
from hub.core.wire_centre import Centre
from hub.pdf import letter
from hub.pki import profile as pki

OPERATOR = "operator"
VPCP, SON_LA, HA_NOI, DA_NANG = "000.00.00.G22", "000.00.00.H52", "000.00.00.H26", "000.00.00.H17"
LEADER = "Nguyễn Văn An"
SUBJECT = "V/v rà soát, đơn giản hóa thủ tục hành chính nội bộ giai đoạn 2022 - 2025"
FILES = ("ban-tin.txt", "ke-hoach.pdf", "so-lieu.xlsx")


class Unexpected(Exception):
    """The axis did not act as the story says."""


class Step(NamedTuple):
    """One line of the story, after it happened."""

    vi: str
    en: str


class Cast(NamedTuple):
    """The players: the two provinces' neighbours are looked up in the directory, not written here."""

    district: str
    refusing_district: str
    commune: str


def need(holds: bool, what: str) -> None:
    if not holds:
        raise Unexpected(what)


class Stage:
    """Clients of all agencies that play, and the receipts that they collected. `registered`: a result's file, the
    document that registered it, and its receipt, by which it is verified without a hub. `centre`: the country's board
    at the end."""

    def __init__(self, url: str, profile: pki.Profile, policy: Policy, folder: Path) -> None:
        self._url = url
        self._profile = profile
        self._policy = policy
        self._folder = folder
        self._stack = AsyncExitStack()
        self._clients: dict[str, AxisClient] = {}
        self._entries: dict[str, wire.Agency] = {}
        self._number = 1010
        self.receipts: list[Path] = []
        self.registered: tuple[Path, Path, Path] | None = None
        self.centre: Centre | None = None

    async def close(self) -> None:
        await self._stack.aclose()

    async def client(self, code: str) -> AxisClient:
        if code not in self._clients:
            credential = self._profile.hub(code) if code == OPERATOR else self._profile.agency(code)
            client = AxisClient(self._url, code, credential.key, credential.chain, policy=self._policy)
            self._clients[code] = await self._stack.enter_async_context(client)
        return self._clients[code]

    async def entry(self, code: str) -> wire.Agency:
        if code not in self._entries:
            self._entries[code] = await (await self.client(VPCP)).agency_of(code)
        return self._entries[code]

    async def children(self, code: str) -> list[wire.Agency]:
        found = await (await self.client(VPCP)).search(parent=code, limit=100)
        return found.items

    async def document(
        self, sender: str, recipients: Sequence[str], subject: str = SUBJECT, **changes: object
    ) -> Document:
        """A document of today with the next number; `changes` are fields of `Document`."""
        self._number += 1
        at = system_clock()
        made = compose.document(
            await self.entry(sender),
            [await self.entry(code) for code in recipients],
            code=Code(str(self._number), "KSTT"),
            subject=subject,
            at=at,
            promulgated=vietnam_date(at),
            place="Hà Nội" if sender == VPCP else "Sơn La",
            signer=Signer("TL. CHỦ NHIỆM", "Cục trưởng", LEADER),
            due_date=vietnam_date(at) + timedelta(days=30),
        )
        return msgspec.structs.replace(made, **changes)

    async def send(self, document: Document, files: Sequence[Attachment] = ()) -> Sent:
        sender = await self.client(document.sender.organ_id)
        sent = await sender.send(document, files)
        self.keep(sent.answer.message.id, sent.proof.raw, sent.data)
        return sent

    def keep(self, name: str, receipt: bytes, data: bytes | None = None) -> None:
        """A receipt, and the very bytes it is about, as files that an auditor would be handed."""
        stem = self._folder / name.removeprefix("urn:uuid:")
        path = stem.with_suffix(".tlog-proof")
        path.write_bytes(receipt)
        if data is not None:
            stem.with_suffix(".edxml").write_bytes(data)
        self.receipts.append(path)

    async def hand(self, document: Document, files: Sequence[Attachment] = ()) -> Sent:
        """Send it, and have every recipient fetch it and sign for it."""
        sent = await self.send(document, files)
        for code in sent.answer.recipients:
            await self.take(code)
        return sent

    def letter(self, code: str, name: str, text: str) -> bytes:
        """A PDF that a leader of that name and the agency signed."""
        return letter.issued(
            text,
            f"So: {self._number + 1}",
            letter.Signatory(*self._profile.person(code, self._entries[code].name, name, system_clock())),
            letter.Signatory(*self._profile.agency(code)),
        )

    def put(self, name: str, data: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(data)
        return path

    def kept(self, sent: Sent) -> tuple[Path, Path]:
        """Where a document and its receipt lie."""
        stem = self._folder / sent.answer.message.id.removeprefix("urn:uuid:")
        return stem.with_suffix(".edxml"), stem.with_suffix(".tlog-proof")

    async def take(self, code: str) -> list[tuple[wire.Message, bytes]]:
        """Fetch all that waits for an agency, check its bytes, and sign for it."""
        client = await self.client(code)
        taken = []
        for item in await client.fetch(100):
            taken.append((item.message, await item.content()))
            done = await item.acknowledge()
            need(done.state == "handed_over", f"{code} acknowledged, state {done.state}")
            self.keep(done.evidence, done.receipt.encode())
        return taken

    async def status(self, code: str, status: StatusCode, about: wire.Message, reason: str = "") -> Sent:
        sent = await (await self.client(code)).status(status, about, reason=reason)
        self.keep(sent.proof.evidence.identifier, sent.proof.raw)
        return sent

    async def states(self, sent: Sent) -> dict[str, wire.Delivery]:
        sender = await self.client(sent.answer.message.sender)
        life = await sender.life(sent.answer.message.id)
        return {d.recipient: d for d in life.deliveries}

    async def refused(self, attempt: Awaitable[Sent], code: str) -> wire.Problem:
        try:
            await attempt
        except ProblemError as error:
            need(error.problem.code == code, f"refused with {code}, found {error.problem.code}")
            if error.problem.receipt:
                name = hashlib.sha256(error.problem.receipt.encode()).hexdigest()[:32]
                self.keep(name, error.problem.receipt.encode())
            return error.problem
        raise Unexpected(f"a refusal with {code}, found an acceptance")


@asynccontextmanager
async def stage(url: str, profile: pki.Profile, policy: Policy, folder: Path) -> AsyncIterator[Stage]:
    os.makedirs(folder, exist_ok=True)
    made = Stage(url, profile, policy, folder)
    try:
        yield made
    finally:
        await made.close()


def attachments() -> tuple[Attachment, ...]:
    """A text, a PDF and a spreadsheet on the subject."""
    folder = importlib.resources.files("hub.lab.demo")
    return tuple(compose.attachment(name, (folder / name).read_bytes(), number) for number, name in enumerate(FILES, 1))


async def cast(s: Stage) -> Cast:
    """Two districts of Sơn La and a commune of the first."""
    districts = [a for a in await s.children(SON_LA) if a.tier == "district"]
    communes = [a for a in await s.children(districts[0].code) if a.tier == "commune"]
    return Cast(districts[0].code, districts[1].code, communes[0].code)


async def down(s: Stage, c: Cast) -> Step:
    """From the centre to a province, and from there down to a district and a commune, each accepting."""
    urgent = OtherInfo(priority=Priority.URGENT)
    first = await s.send(await s.document(VPCP, [SON_LA], other=urgent), attachments())
    [(message, data)] = await s.take(SON_LA)
    need(data == first.data, "the bytes that were sent")
    names = [a.name for a in edxml.attachments(edxml.parse(data))]
    need(names == list(FILES), f"three attachments, found {names}")
    await s.status(SON_LA, StatusCode.ARRIVED, message)
    await s.status(SON_LA, StatusCode.ACCEPTED, message)
    answer = ResponseFor(VPCP, message.code, message.document_id, vietnam_date(system_clock()))
    passed = await s.send(
        await s.document(SON_LA, [c.district, c.commune], "V/v triển khai rà soát TTHC nội bộ", response_for=(answer,)),
        attachments(),
    )
    for code in (c.district, c.commune):
        [(received, _)] = await s.take(code)
        await s.status(code, StatusCode.ACCEPTED, received)
    states = await s.states(passed)
    need(all(d.progress == "03" for d in states.values()), "both registered it (03)")
    return Step(
        "VPCP → UBND tỉnh Sơn La → huyện và xã: đã nhận, kiểm chữ ký, vào sổ (01, 03)",
        "Government Office → province → district and commune: fetched, verified, registered (01, 03)",
    )


async def up(s: Stage, c: Cast) -> Step:
    """The commune finishes its task and reports up, tier by tier, to the centre."""
    way = (c.commune, c.district, SON_LA, VPCP)
    for code in way[1:]:
        await s.take(code)  # the statuses that came meanwhile
    for sender, recipient in pairwise(way):
        report = await s.document(
            sender, [recipient], "Báo cáo kết quả rà soát TTHC nội bộ", type=compose.document_type("Báo cáo")
        )
        await s.send(report)
        [(message, _)] = await s.take(recipient)
        await s.status(recipient, StatusCode.ACCEPTED, message)
        await s.status(recipient, StatusCode.IN_PROGRESS, message)
        await s.status(recipient, StatusCode.FINISHED, message)
    return Step(
        "Xã → huyện → tỉnh → VPCP: báo cáo đi ngược lên, xử lý đến hoàn thành (03, 05, 06)",
        "Commune → district → province → centre: the report goes up, handled to the end (03, 05, 06)",
    )


async def refuse(s: Stage, c: Cast) -> Step:
    sent = await s.send(
        await s.document(SON_LA, [c.refusing_district], "Giấy mời họp", type=compose.document_type("Giấy mời"))
    )
    [(message, _)] = [pair for pair in await s.take(c.refusing_district) if pair[0].id == sent.answer.message.id]
    await s.status(c.refusing_district, StatusCode.REFUSED, message, "Văn bản gửi nhầm nơi nhận")
    need((await s.states(sent))[c.refusing_district].state == "refused", "the delivery is refused")
    return Step("Một huyện từ chối tiếp nhận (02), có lý do", "One district refuses it (02), with its reason")


async def take_back(s: Stage, c: Cast) -> Step:
    """A document that nobody fetched disappears; a fetched one is asked for and given back."""
    sent = await s.send(await s.document(VPCP, [HA_NOI, DA_NANG], "Công văn ban hành nhầm"))
    await s.take(DA_NANG)
    asked = await (await s.client(VPCP)).take_back(sent.answer.message, "Ban hành nhầm nội dung")
    s.keep(asked.proof.evidence.identifier, asked.proof.raw)
    states = await s.states(sent)
    need(states[HA_NOI].state == "taken_back", "taken back at once where it was never fetched")
    need(states[DA_NANG].take_back_pending, "asked for where it was fetched")
    need(not [m for m, _ in await s.take(HA_NOI) if m.id == sent.answer.message.id], "gone from the mailbox")
    await s.take(DA_NANG)
    await s.status(DA_NANG, StatusCode.AGREED, sent.answer.message)
    need((await s.states(sent))[DA_NANG].state == "taken_back", "given back (15)")
    return Step(
        "Lấy lại (13): nơi chưa nhận thì biến mất ngay, nơi đã nhận đồng ý trả (15)",
        "Taken back (13): gone at once where nobody fetched it, returned (15) where somebody had",
    )


async def update(s: Stage, c: Cast) -> Step:
    first = await s.send(await s.document(VPCP, [SON_LA, HA_NOI], "Kế hoạch kiểm tra quý IV"))
    changes = BusinessInfo(
        type=Business.UPDATE,
        document_id=first.answer.message.document_id,
        reason="Bổ sung nơi nhận",
        document_info=0,
        document_receiver=1,
        receivers=(Receiver(DA_NANG, True), Receiver(HA_NOI, False)),
    )
    second = await s.send(await s.document(VPCP, [SON_LA], "Kế hoạch kiểm tra quý IV (cập nhật)", business=changes))
    need(sorted(second.answer.recipients) == sorted([SON_LA, DA_NANG]), "one receiver added")
    need((await s.states(first))[HA_NOI].state == "taken_back", "one receiver removed")
    return Step("Cập nhật (2): thêm một nơi nhận, bớt một nơi nhận", "Updated (2): one receiver added, one removed")


async def replace(s: Stage, c: Cast) -> Step:
    first = await s.send(await s.document(VPCP, [HA_NOI], "Thông báo (bản cũ)"))
    info = BusinessInfo(
        type=Business.REPLACEMENT,
        reason="Thay thế do sai thể thức",
        replacements=(Replacement(first.answer.message.document_id, (HA_NOI,)),),
    )
    second = await s.send(await s.document(VPCP, [HA_NOI], "Thông báo (bản thay thế)", business=info))
    need((await s.states(first))[HA_NOI].state == "taken_back", "the old one is gone")
    need([m.id for m, _ in await s.take(HA_NOI)] == [second.answer.message.id], "only the new one waits")
    return Step("Thay thế (3): bản cũ biến mất, bản mới đến", "Replaced (3): the old one is gone, the new one arrives")


async def repeat(s: Stage, c: Cast) -> Step:
    sent = await s.send(await s.document(VPCP, [SON_LA], "Công văn gửi hai lần"))
    again = await (await s.client(VPCP)).send(sent.data)
    need(again.answer.repeated and again.proof.raw == sent.proof.raw, "the same receipt, byte for byte")
    return Step("Gửi lại đúng tệp: cùng một biên nhận, không nhân đôi", "Sent twice: the same receipt, delivered once")


async def forged(s: Stage, c: Cast) -> Step:
    """Signed by somebody else in VPCP's name, with a genuine certificate of the same CA."""
    document = await s.document(VPCP, [SON_LA], "Công điện giả mạo")
    thief = s._profile.agency(c.commune)
    data = xmldsig.sign(edxml.build(document), thief.key, thief.chain)
    problem = await s.refused((await s.client(VPCP)).send(data), "SIGNATURE_IDENTITY_MISMATCH")
    return Step(f"Giả mạo bị từ chối: {problem.vi}", f"Forged, refused: {problem.en}")


async def altered(s: Stage, c: Cast) -> Step:
    """One digit of the subject changed after it was signed."""
    vpcp = await s.client(VPCP)
    data = vpcp.sign(await s.document(VPCP, [SON_LA], "Cấp kinh phí 1.000.000 đồng"))
    data = data.replace(b"1.000.000", b"9.000.000")
    problem = await s.refused(vpcp.send(data), "SIGNATURE_DIGEST_MISMATCH")
    return Step(f"Sửa sau khi ký bị từ chối: {problem.hint_vi}", f"Altered after signing, refused: {problem.hint_en}")


async def send_to_expire(s: Stage) -> Sent:
    """Priority 4 runs out within seconds on this hub; it is sent first and looked at last."""
    timed = OtherInfo(priority=Priority.SCHEDULED_EXPRESS)
    return await s.send(await s.document(VPCP, ["000.00.00.H01"], "Công điện hẹn giờ", other=timed))


async def expired(s: Stage, sent: Sent) -> Step:
    """Told by the event stream, not by looking again and again."""
    vpcp = await s.client(VPCP)
    async with aclosing(vpcp.events("0")) as happenings:
        async for happening in happenings:
            if happening.what == "expired" and happening.message == sent.answer.message.id:
                break
    life = await vpcp.life(sent.answer.message.id)
    need(life.deliveries[0].state == "expired", "expired")
    need(
        [e.event for e in life.timeline][-2:] == ["HandoverWarning", "AcceptanceRejectionExpiry"],
        "warning, then expiry",
    )
    proof = await vpcp.receipt_of_evidence(life.timeline[-1].evidence)
    s.keep(life.timeline[-1].evidence, proof.raw)
    return Step(
        "Không ai nhận: cảnh báo, rồi hết hạn, có bằng chứng", "Never fetched: a warning, then expiry, with evidence"
    )


SCENES: tuple[Callable[[Stage, Cast], Awaitable[Step]], ...] = (
    down,
    up,
    refuse,
    take_back,
    update,
    replace,
    repeat,
    forged,
    altered,
)
