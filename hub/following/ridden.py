"""A document of the record as programmes see it.

Its header is told by the register, which stays when retention deletes the bytes; these are read where the document
has a data packet, and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from hub.core import edxml
from hub.core.directory.routing import predecessors
from hub.core.edxml.detail import Answers, Detail, decode
from hub.core.edxml.naming import Asked, matching_key, same_agency
from hub.core.edxml.packing import attachments
from hub.core.errors import AxisError
from hub.core.model import vietnam_date
from hub.exchange import Exchange
from hub.programmes import riding
from hub.programmes.riding import Answered, Fault, File, Packet, Ridden, carries_packet
from hub.store import MessageRow, Name
from hub.store.search import NEWEST

_NOTHING: Final = Detail()
Files = tuple[tuple[File, ...], tuple[Packet, ...], tuple[Fault, ...]]


class Found(NamedTuple):
    """`gone`: it had packets, and retention deleted them."""

    ridden: Ridden
    gone: bool


async def ridden_of(exchange: Exchange, row: MessageRow, told: Detail) -> Found:
    files: Files = tuple(File(f.name, "", f.size) for f in told.files), (), ()
    gone = False
    if carries_packet(told):
        read = await _files(exchange, row) if row.purged_at is None else None
        gone, files = read is None, read or files
    heir_of = predecessors(exchange.directory, row.sender, vietnam_date(row.accepted_at))
    answers = tuple([await _answered(exchange, row, answer, heir_of) for answer in told.answers])
    placed = [each for each in await exchange.store.deliveries(row.number) if each.placed_at <= row.accepted_at]
    # A later recipient is left out, so that the document means the same whenever it is read.
    recipients = [each.recipient for each in placed]
    return Found(_ridden(row, told, recipients, answers, files, heir_of), gone)


def _ridden(
    row: MessageRow,
    told: Detail,
    recipients: Sequence[str],
    answers: tuple[Answered, ...],
    files: Files,
    heir_of: tuple[str, ...],
) -> Ridden:
    return Ridden(
        number=row.number,
        id=row.id,
        document_id=row.document_id,
        sender=row.sender,
        recipients=tuple(sorted(recipients)),
        code=row.code,
        subject=row.subject,
        accepted=row.accepted_at,
        promulgated=told.promulgated or vietnam_date(row.accepted_at),
        heir_of=heir_of,
        due=told.due,
        steering=told.steering,
        tasks=told.tasks,
        application=told.application,
        answers=answers,
        business=row.business,
        of=told.of,
        verdict=row.verdict,
        files=files[0],
        packets=files[1],
        faults=files[2],
    )


async def described(exchange: Exchange, row: MessageRow) -> Detail:
    """A register's facts of a document of an earlier version, from its bytes; nothing where they are gone."""
    data = await _bytes(exchange, row) if row.purged_at is None else None
    if data is None:
        return _NOTHING

    def read() -> Detail:
        claimed = edxml.parse(data, sha256=row.sha256)
        return decode(edxml.told_of(edxml.read(claimed), claimed))

    try:
        return await asyncio.to_thread(read)
    except AxisError:
        return _NOTHING


async def _files(exchange: Exchange, row: MessageRow) -> Files | None:
    """One file in memory at a time, beside the loop."""
    data = await _bytes(exchange, row)
    if data is None:
        return None

    def read() -> Files:
        return riding.files_of(attachments(edxml.parse(data, sha256=row.sha256)))

    try:
        return await asyncio.to_thread(read)
    except AxisError as error:
        broken = Fault(code="PACKET_JSON", expected="files that can be unpacked", found=riding.cut(error.found))
        return (), (), (broken,)


async def _bytes(exchange: Exchange, row: MessageRow) -> bytes | None:
    content = await exchange.store.content(row.number)
    if content is not None:
        return content
    try:
        return await asyncio.to_thread(exchange.blobs.path(row.sha256).read_bytes)
    except OSError:
        return None


async def answered_of(exchange: Exchange, answers: Sequence[Answers], parties: Sequence[str]) -> tuple[Answered, ...]:
    """Of a document that is not accepted yet; `parties`: its sender, and ended agencies whose place that took."""
    return tuple([await _known(exchange, one, await _meant(exchange, NEWEST, one, parties)) for one in answers])


async def _answered(exchange: Exchange, row: MessageRow, answer: Answers, heir_of: Sequence[str]) -> Answered:
    """With the record's facts of the document that is meant: one that this sender (or an agency whose place it took)
    sent or was sent before."""
    return await _known(exchange, answer, await _meant(exchange, row.number, answer, [row.sender, *heir_of]))


async def _known(exchange: Exchange, answer: Answers, meant: MessageRow | None) -> Answered:
    named = Answered(
        organ=answer.organ_id, code=answer.code, document_id=answer.document_id, promulgated=answer.promulgated
    )
    if meant is None:
        return named
    details = await exchange.store.details([meant.number])
    tasks = details.get(meant.number, _NOTHING).tasks
    return Answered(
        organ=named.organ,
        code=named.code,
        document_id=named.document_id,
        promulgated=named.promulgated,
        id=meant.id,
        sender=meant.sender,
        tasks=tasks,
    )


async def _meant(exchange: Exchange, below: int, answer: Answers, parties: Sequence[str]) -> MessageRow | None:
    if answer.document_id:
        name = Name(document_ids=Asked.of(answer.document_id).document_ids)
    elif answer.code:
        name = Name(key=matching_key(answer.code))
    else:
        return None
    rows, _ = await exchange.store.named(name, parties)
    day = answer.promulgated
    fits = [
        each
        for each in rows
        if each.number < below
        and (not answer.organ_id or same_agency(answer.organ_id, each.sender))
        and (day is None or day.year == each.year)
    ]
    return fits[-1] if fits else None  # the document itself, before those that recall or update it
