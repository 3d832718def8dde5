"""A store with many documents in it, made by the very acts that accept documents, without HTTP and signatures.

Its content afterwards is the same as a hub's: messages with their bytes (4.8 kB), deliveries that wait, evidence,
leaves, tiles and signed checkpoints. Only the verdict on their signatures is a claim. Several thousand a second.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Final

from hub.app import opened
from hub.base.config import Settings, load
from hub.base.runtime import system_clock
from hub.core.model import Business, MessageKind
from hub.lab.bench.material import SENDERS, agencies
from hub.lab.processes import Talk
from hub.lab.simulate.player import run
from hub.record.acts.document import AcceptDocument
from hub.record.acts.incoming import Incoming
from hub.record.evidence_writer import Place, Sender

_CHUNK: Final = 2_048
_BYTES: Final = 4_800
_STRIDE: Final = 7


def fill(talk: Talk, folder: Path, start: int, stop: int) -> None:
    """The process: documents `start` up to `stop` into the hub's folder; says how many there are now and then."""
    run(_fill(talk, load(folder / "hub.toml"), start, stop))


async def _fill(talk: Talk, settings: Settings, start: int, stop: int) -> None:
    codes = [agency.code for agency in agencies()]
    async with opened(settings) as (exchange, _, _):
        for first in range(start, stop, _CHUNK):
            acts = [_act(number, codes, settings) for number in range(first, min(stop, first + _CHUNK))]
            await asyncio.gather(*(exchange.sequencer.submit(act, receipts=False) for act in acts))
            talk.say(first + len(acts))


def _act(number: int, codes: list[str], settings: Settings) -> AcceptDocument:
    """Document `number`: its sender and its one recipient go round, so that every mailbox grows alike."""
    sender = codes[number % SENDERS]
    recipient = codes[(number * _STRIDE + 1 + number // SENDERS) % SENDERS]
    text = f"{number}".encode()
    content = (text * (_BYTES // len(text) + 1))[:_BYTES]
    priority = 0
    return AcceptDocument(
        incoming=Incoming(
            kind=MessageKind.DOCUMENT,
            business=Business.NEW,
            sender=Sender(agency=sender, auth="bench", verdict="VALID", algorithm="ecdsa-sha256", certificate="0" * 64),
            identity=f"{sender},2022/11/11,{number}/NEN",
            document_id=f"{sender},2022/11/11,{number}/NEN",
            code=f"{number}/NEN",
            year=2022,
            subject="V/v rà soát, đơn giản hóa thủ tục hành chính nội bộ",
            type_name="Công văn",
            priority=priority,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            content=content,
            submitted_at=system_clock(),
        ),
        places=(Place(recipient),),
        due=settings.mailbox.warn_after(priority),
        ends=settings.mailbox.expire_after(priority),
    )
