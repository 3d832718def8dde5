"""A whole axis in a folder, with a clock that the test moves: real keys, real store, real log, no network."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path

import msgspec

from hub.admission.submission import Caller, Submission
from hub.app import opened
from hub.base.config import HubSettings, MailboxSettings, Settings
from hub.base.runtime import system_clock
from hub.core import edxml
from hub.core.edxml import (
    Attachment,
    BusinessInfo,
    Code,
    Document,
    DocumentType,
    Organ,
    OtherInfo,
    Receiver,
    Replacement,
    ResponseFor,
    Signer,
    Staff,
    Status,
    Trace,
)
from hub.core.evidence import acknowledgement
from hub.core.evidence.acknowledgement import Acknowledgement, Outcome
from hub.core.model import Agency, Business, Millis, Priority, StatusCode, Tier
from hub.core.signature import jws, xmldsig
from hub.delivery.mailboxes import Leased
from hub.exchange import Exchange
from hub.pki import profile as pki
from hub.pki.issue import Credential
from hub.programmes.registry import PROGRAMMES
from hub.programmes.riding import Programme
from hub.record.acts.delivery import Acknowledged
from hub.record.acts.incoming import Accepted
from hub.record.log import Log
from hub.record.sequencer import Sealed

NOON = Millis(1_795_320_000_000)  # 2026-11-22T04:00:00Z, 11:00 in Vietnam
HOUR = 3_600_000
VPCP, SON_LA, MAI_SON, CHIENG_MUNG = "000.00.00.G22", "000.00.00.H52", "000.00.21.H52", "000.05.21.H52"
HA_NOI, SO_TTTT = "000.00.00.H26", "000.00.13.H52"

AGENCIES = (
    Agency(code=VPCP, name="Văn phòng Chính phủ", tier=Tier.CENTRAL, code_qd20="G22"),
    Agency(code=SON_LA, name="Ủy ban nhân dân tỉnh Sơn La", tier=Tier.PROVINCIAL, code_qd20="H52"),
    Agency(code=HA_NOI, name="Ủy ban nhân dân thành phố Hà Nội", tier=Tier.PROVINCIAL, code_qd20="H26"),
    Agency(code=SO_TTTT, name="Sở Thông tin và Truyền thông", tier=Tier.PROVINCIAL, parent=SON_LA, code_qd20="H52.13"),
    Agency(code=MAI_SON, name="Ủy ban nhân dân huyện Mai Sơn", tier=Tier.DISTRICT, parent=SON_LA, code_qd20="H52.21"),
    Agency(code=CHIENG_MUNG, name="Ủy ban nhân dân xã Chiềng Mung", tier=Tier.COMMUNE, parent=MAI_SON),
)
SETTINGS = Settings()


@cache
def keyring(folder: str) -> pki.Profile:
    """One set of keys for a whole test run: making them is the slow part."""
    profile = pki.ensure_profile(Path(folder), NOON)
    profile.issue_agencies(AGENCIES, NOON)
    return profile


def registered(profile: pki.Profile, agencies: Sequence[Agency] = AGENCIES) -> list[Agency]:
    """The agencies with the certificates of their keys."""
    return [
        msgspec.structs.replace(a, certificates=(pki.registered(profile.agency(a.code), Millis(0)),)) for a in agencies
    ]


@dataclass
class Clock:
    """Stands still until a test moves it, or lets it run."""

    now: int = NOON
    runs: bool = False
    ahead: int = 0

    def __call__(self) -> Millis:
        if self.runs:
            self.now = system_clock() + self.ahead
        return Millis(self.now)

    def run(self) -> None:
        """From here with the machine's clock: for commands that sign by it, however long a busy machine takes."""
        self.now, self.runs, self.ahead = system_clock(), True, 0

    def forward(self, ms: int) -> None:
        self.now += ms
        self.ahead += ms


def of_today(folder: Path) -> tuple[pki.Profile, Clock]:
    """Keys and a clock by the real time, for tests that shake hands: OpenSSL judges by no other."""
    clock = Clock(system_clock())
    profile = pki.ensure_profile(folder, clock())
    profile.issue_agencies(AGENCIES, clock())
    return profile, clock


@dataclass
class Axis:
    """The exchange with what a test does all the time: sign and send as an agency, fetch, acknowledge, report."""

    exchange: Exchange
    log: Log
    profile: pki.Profile
    clock: Clock
    numbers: int = 0
    sent: dict[str, bytes] = field(default_factory=dict)

    def credential(self, code: str) -> Credential:
        return self.profile.agency(code)

    def caller(self, code: str) -> Caller:
        return Caller(code, "agency", "test")

    async def submit(self, data: bytes, sender: str) -> Sealed[Accepted]:
        spool = self.exchange.blobs.spool()
        try:
            spool.write(data)
            return await self.exchange.accept(Submission.of(spool, self.caller(sender)))
        finally:
            spool.close()

    def document(self, sender: str, recipients: Sequence[str], **changes: object) -> Document:
        self.numbers += 1
        return a_document(sender, recipients, self.numbers, **changes)

    def sign(self, message: edxml.Message, attachments: Sequence[Attachment] = ()) -> bytes:
        credential = self.credential(message.sender.organ_id)
        return xmldsig.sign(edxml.build(message, attachments), credential.key, credential.chain)

    async def send(self, sender: str, *recipients: str, **changes: object) -> Sealed[Accepted]:
        data = self.sign(self.document(sender, recipients, **changes))
        sealed = await self.submit(data, sender)
        self.sent[sealed.answer.message.id] = data
        return sealed

    async def fetch(self, agency: str, limit: int = 100) -> list[Leased]:
        return await self.exchange.fetch(self.caller(agency), "", limit, 0)

    async def acknowledge(
        self, agency: str, pairs: Sequence[tuple[str, str]], outcome: Outcome = Outcome.CONTENT_HANDOVER
    ) -> Sealed[tuple[Acknowledged, ...]]:
        """`pairs` are (message id, SHA-256 hex)."""
        credential = self.credential(agency)
        items = tuple(acknowledgement.Item(m, sha, outcome) for m, sha in pairs)
        token = acknowledgement.sign(
            Acknowledgement(agency, self.clock(), items), credential.key, jws.key_id(credential.certificate)
        )
        return await self.exchange.acknowledge(self.caller(agency), agency, token)

    async def take(self, agency: str) -> list[Leased]:
        """Fetch everything and acknowledge it."""
        leased = await self.fetch(agency)
        if leased:
            await self.acknowledge(agency, [(i.entry.message.id, i.entry.message.sha256) for i in leased])
        return leased

    async def status(
        self, sender: str, code: StatusCode, accepted: Accepted, other: str | None = None, reason: str = "lý do"
    ) -> Sealed[Accepted]:
        """A signed status about a document, naming it by DocumentId and code."""
        message = accepted.message
        self.numbers += 1
        status = Status(
            sender=organ(sender),
            response_for=ResponseFor(
                organ_id=other or message.sender,
                code=message.code,
                document_id=message.document_id,
                promulgation_date=date(message.year, 1, 1),
            ),
            staff=Staff(department="Văn thư", staff=f"Văn thư {self.numbers}"),
            code=code,
            description=reason,
            timestamp=datetime(2026, 11, 22, 9, 15),
        )
        return await self.submit(self.sign(status), sender)

    async def states(self, accepted: Accepted) -> dict[str, str]:
        rows = await self.exchange.store.deliveries(accepted.message.number)
        return {row.recipient: row.state.value for row in rows}

    async def events(self, accepted: Accepted) -> list[tuple[str, str]]:
        leaves = await self.exchange.store.timeline(accepted.message.number)
        return [(leaf.event, leaf.recipient) for leaf in leaves]


def organ(code: str) -> Organ:
    known = {a.code: a.name for a in AGENCIES}
    return Organ(code, name=known.get(code, code), in_charge=known.get(code, code))


def a_document(sender: str, recipients: Sequence[str], number: int, **changes: object) -> Document:
    code = Code(str(number), "VPCP-KSTT")
    day = date(2026, 11, 20)
    base = Document(
        sender=organ(sender),
        recipients=tuple(organ(r) for r in recipients),
        document_id=edxml.document_id(sender, day, code),
        code=code,
        place="Hà Nội",
        promulgation_date=day,
        type=DocumentType(1, 18, "Công văn"),
        subject="V/v rà soát, đơn giản hóa thủ tục hành chính nội bộ",
        signer=Signer("TL. BỘ TRƯỞNG, CHỦ NHIỆM", "Cục trưởng", "Người ký thử nghiệm"),
        other=OtherInfo(priority=Priority.NORMAL),
        traces=(Trace(sender, datetime(2026, 11, 20, 8, 0)),),
        business=BusinessInfo(),
    )
    return msgspec.structs.replace(base, **changes)


def priority(value: int) -> OtherInfo:
    return OtherInfo(priority=Priority(value))


def recall(original: str, reason: str = "Ban hành nhầm") -> BusinessInfo:
    return BusinessInfo(type=Business.RECALL, document_id=original, reason=reason)


def update(original: str, *, added: Sequence[str] = (), removed: Sequence[str] = ()) -> BusinessInfo:
    receivers = tuple(Receiver(c, True) for c in added) + tuple(Receiver(c, False) for c in removed)
    return BusinessInfo(
        type=Business.UPDATE,
        document_id=original,
        reason="Cập nhật nơi nhận",
        document_info=0,
        document_receiver=1,
        receivers=receivers,
    )


def replacement(original: str, organs: Sequence[str]) -> BusinessInfo:
    return BusinessInfo(
        type=Business.REPLACEMENT, reason="Thay thế", replacements=(Replacement(original, tuple(organs)),)
    )


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@asynccontextmanager
async def an_axis(
    folder: Path,
    keys: Path,
    clock: Clock | None = None,
    mailbox: MailboxSettings | None = None,
    programmes: Mapping[str, Programme] = PROGRAMMES,
) -> AsyncIterator[Axis]:
    """Open (or open again) the axis in `folder`. The directory is filled when it is empty."""
    clock = clock or Clock()
    profile = keyring(str(keys))
    settings = Settings(hub=HubSettings(data=str(folder), keys=str(keys)), mailbox=mailbox or MailboxSettings())
    async with opened(settings, clock=clock, programmes=programmes) as (exchange, log, _):
        if not len(exchange.directory):
            await exchange.change_directory(registered(profile), "test")
        yield Axis(exchange, log, profile, clock)
