"""Reports as documents of a clerk's agency: the bytes that its key signs to send one, to return or accept another's, to
urge those who are late. The session only carries it, as all that is signed in the mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from hub.console.mailbox import letters
from hub.console.mailbox.acts import Prepared, Task
from hub.console.mailbox.desk import Desk
from hub.console.page import Visit
from hub.core.edxml import Attachment, Code, compose
from hub.core.errors import BadRequest, NotFound
from hub.core.model import vietnam_date
from hub.programmes.reporting import tree
from hub.programmes.reporting.course import Timeliness
from hub.programmes.reporting.letters import subject, type_name
from hub.programmes.reporting.packets import (
    ChasePacket,
    Decision,
    DecisionPacket,
    Packet,
    encoded,
    file_name,
)
from hub.routes.programmes.reporting import filling, told
from hub.routes.programmes.reporting.book import Book, Known, check_open

_MOST: Final = 1_000
"""Recipients of one letter of a console; more by `truc reports chase`."""


class Act(StrEnum):
    SEND = "send"
    ACCEPT = "accept"
    RETURN = "return"
    CHASE = "chase"


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`other`: the receiver of a report that is sent, the reporter of one that is decided on."""

    act: Act
    regime: str
    period: str
    owner: str = ""
    other: str = ""
    reason: str = ""
    number: str = ""
    notation: str = ""


async def prepare(visit: Visit, desk: Desk, wanted: Wanted) -> Prepared:
    """The bytes to be signed. BadRequest for a report whose figures are wrong, and for a letter without a number."""
    book = Book(visit.exchange, visit.caller)
    await book.caught_up()
    known = await book.known(wanted.regime, wanted.owner)
    book.window(known, wanted.period)
    if not wanted.number.strip() or not wanted.notation.strip():
        raise BadRequest(expected="a number and a notation", found="nothing")
    files: list[Attachment] = []
    if wanted.act is Act.SEND:
        packet, to, files = await _report(visit, book, known, wanted)
    elif wanted.act is Act.CHASE:
        packet, to = await _chase(book, known, wanted)
    else:
        packet, to = await _decision(book, known, wanted)
    return Prepared(tasks=[Task(edxml=_letter(visit, desk, known, packet, to, files, wanted))])


async def _report(
    visit: Visit, book: Book, known: Known, wanted: Wanted
) -> tuple[Packet, Sequence[str], list[Attachment]]:
    this = await filling.owed(book, known, wanted.period, book.agency(), wanted.other)
    found = await filling.filled(book, this, visit.hub, visit.context.milliseconds, fresh=False)
    if found.wrong:
        first = found.wrong[0]
        raise BadRequest(expected=first.en, found=f"{first.place} {first.found}")
    packet = told.packet(found.report)
    check_open(packet)
    sheet = await visit.context.milliseconds.aside(filling.form, this, packet, "vi")
    return packet, [this.receiver], [Attachment("2", f"{packet.regime}-{packet.period}.xlsx", data=sheet)]


async def _decision(book: Book, known: Known, wanted: Wanted) -> tuple[Packet, Sequence[str]]:
    case = await book.report(known, wanted.period, wanted.other, book.agency().code)
    if case is None or not case.report.version:
        raise NotFound(expected="a report that was sent", found=wanted.other[:64])
    decision = Decision.ACCEPTED if wanted.act is Act.ACCEPT else Decision.RETURNED
    if decision is Decision.RETURNED and not wanted.reason.strip():
        raise BadRequest(expected="a reason", found="nothing")
    packet = DecisionPacket(
        regime=known.regime.code,
        period=wanted.period,
        reporter=case.reporter,
        version=case.report.version,
        decision=decision,
        reason=wanted.reason.strip()[:2_000],
    )
    return packet, [case.reporter]


async def _chase(book: Book, known: Known, wanted: Wanted) -> tuple[Packet, Sequence[str]]:
    of = await book.period(known, wanted.period, book.agency().code)
    late = [one for one in of if tree.stands(one, book.today) is Timeliness.OVERDUE]
    due = min((one.deadline for one in late if one.deadline is not None), default=None)
    if due is None:
        raise NotFound(expected="a report that is overdue", found="none")
    packet = ChasePacket(
        regime=known.regime.code, period=wanted.period, due=due, days_late=max((book.today - due).days, 0)
    )
    return packet, [one.reporter for one in late][:_MOST]


def _letter(
    visit: Visit,
    desk: Desk,
    known: Known,
    packet: Packet,
    to: Sequence[str],
    files: Sequence[Attachment],
    wanted: Wanted,
) -> str:
    at = visit.exchange.clock.stamp()
    recipients = [agency for code in to if (agency := visit.exchange.directory.get(code)) is not None]
    made = compose.document(
        desk.agency,
        recipients,
        code=Code(wanted.number.strip(), wanted.notation.strip()),
        subject=subject(packet, known.regime.vi),
        at=at,
        type_name=type_name(packet),
    )
    attached = Attachment("1", file_name(packet), content_type="application/json", data=encoded(packet))
    return letters.to_sign(made, [attached, *files], vietnam_date(at))
