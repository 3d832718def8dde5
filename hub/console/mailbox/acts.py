"""A clerk's decisions as bytes that the agency's key has to sign for them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from hub.console.mailbox import letters
from hub.console.mailbox.desk import Desk, Line
from hub.console.mailbox.letters import Letter
from hub.core import wire
from hub.core.edxml import Staff
from hub.core.edxml.detail import Detail
from hub.core.errors import BadRequest, DeliveryConflict
from hub.core.evidence import status_rules
from hub.core.evidence.status_rules import Party
from hub.core.model import Agency, Millis, StatusCode, vietnam_date
from hub.store import MessageRow, Side

MOST_AT_ONCE: Final = 20
MOST_BYTES: Final = 16 * 1024 * 1024
"""Documents that are signed for in one go, whose bytes the signer has to hold."""


class Act(StrEnum):
    RECEIVE = "receive"  # sign for all that waits
    REGISTER = "register"  # 03, before it the acknowledgement, after it 04 where somebody gets it
    RETURN = "return"  # 02
    ASSIGN = "assign"  # 04
    BEGIN = "begin"  # 05
    FINISH = "finish"  # 06
    AGREE = "agree"  # 15
    KEEP = "keep"  # 16
    TAKE_BACK = "take-back"  # 13


_CODES: Final = {
    Act.REGISTER: StatusCode.ACCEPTED,
    Act.RETURN: StatusCode.REFUSED,
    Act.ASSIGN: StatusCode.ASSIGNED,
    Act.BEGIN: StatusCode.IN_PROGRESS,
    Act.FINISH: StatusCode.FINISHED,
    Act.AGREE: StatusCode.AGREED,
    Act.KEEP: StatusCode.DISAGREED,
}
_REASONED: Final = frozenset({Act.RETURN, Act.KEEP, Act.TAKE_BACK})


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`message`: identifier of the document. `recipient`: of a take-back, empty = all."""

    act: Act
    message: str = ""
    reason: str = ""
    assignee: str = ""
    due: str = ""
    recipient: str = ""


class Task(wire.Wire, frozen=True, kw_only=True, omit_defaults=True):
    """As `hub.agent` takes it, but that `documents` are identifiers: the page gets the bytes itself."""

    edxml: str = ""
    payload: str = ""
    documents: tuple[str, ...] = ()


class Prepared(wire.Wire, frozen=True, kw_only=True):
    """`number`: the arrival number that it is likely to get, 0 where it gets none."""

    tasks: list[Task]
    number: int = 0


async def prepare(desk: Desk, wanted: Wanted, staff: Staff) -> Prepared:
    """The bytes to be signed for this. StatusRefusal and others where the rules would refuse it afterwards."""
    at = desk.exchange.clock.stamp()
    if wanted.act in _REASONED and not wanted.reason.strip():
        raise BadRequest(expected="a reason", found="nothing")
    if wanted.act is Act.RECEIVE:
        return Prepared(tasks=_receipt(desk, await desk.unsigned(MOST_AT_ONCE), at))
    if wanted.act is Act.TAKE_BACK:
        return await _take_back(desk, wanted, staff, at)
    line = await desk.line(wanted.message)
    code = _CODES[wanted.act]
    tasks = [] if line.held or wanted.act in (Act.AGREE, Act.KEEP) else _receipt(desk, [line.message], at)
    if not (wanted.act is Act.REGISTER and not line.waits and line.held):
        _check(line, code, bool(tasks))
        tasks.append(_status(desk, code, line, staff, wanted.reason, at))
    if wanted.act is Act.REGISTER and wanted.assignee.strip():
        to = " ".join(filter(None, (wanted.assignee.strip(), wanted.due)))
        tasks.append(_status(desk, StatusCode.ASSIGNED, line, staff, to, at))
    return Prepared(tasks=tasks, number=await desk.next_number(at) if wanted.act is Act.REGISTER else 0)


def _check(line: Line, code: StatusCode, signed_for: bool) -> None:
    """The rules of the axis, before anything is signed: as the document will stand once it was signed for."""
    if code in (StatusCode.AGREED, StatusCode.DISAGREED):
        if line.asked is None:
            raise DeliveryConflict(expected="a request that awaits an answer", found="none")
        return
    state = status_rules.RULES[code].states
    status_rules.check(code, Party.RECIPIENT, next(iter(state)) if signed_for else line.delivery.state,
                       line.delivery.progress)  # fmt: skip


def _receipt(desk: Desk, rows: Sequence[MessageRow], at: Millis) -> list[Task]:
    taken: list[MessageRow] = []
    size = 0
    for row in rows:
        size += row.size
        if taken and size > MOST_BYTES:
            break
        taken.append(row)
    if not taken:
        return []
    return [Task(payload=letters.received(desk.code, taken, at), documents=tuple(map(_bare, taken)))]


def _bare(row: MessageRow) -> str:
    return row.id.removeprefix("urn:uuid:")


def _status(desk: Desk, code: StatusCode, line: Line, staff: Staff, reason: str, at: Millis) -> Task:
    about = line.asked if code in (StatusCode.AGREED, StatusCode.DISAGREED) and line.asked is not None else line.message
    text = letters.status(desk.agency, code, line.message, at, staff, about.sender, reason.strip())
    return Task(edxml=text)


async def _take_back(desk: Desk, wanted: Wanted, staff: Staff, at: Millis) -> Prepared:
    own = await desk.own(wanted.message)
    other = wanted.recipient or desk.code
    text = letters.status(desk.agency, StatusCode.TAKE_BACK, own, at, staff, other, wanted.reason.strip())
    return Prepared(tasks=[Task(edxml=text)])


async def compose(desk: Desk, given: Letter) -> Prepared:
    """A document that was typed."""
    at = desk.exchange.clock.stamp()
    recipients = [_recipient(desk, code, at) for code in dict.fromkeys(given.to)]
    answers = changes = None
    if given.answers:
        seen = await desk.exchange.seen(desk.caller, given.answers, Side.RECEIVED)
        details = await desk.store.details([seen.message.number])
        answers = seen.message, details.get(seen.message.number, Detail())
    if given.of:
        changes = await desk.own(given.of)
    return Prepared(tasks=[Task(edxml=letters.letter(given, desk.agency, recipients, at, answers, changes))])


def _recipient(desk: Desk, code: str, at: Millis) -> Agency:
    """An agency that gets documents now: one that has ended names its successor."""
    agency, today = desk.exchange.directory.get(code), vietnam_date(at)
    if agency is None or agency.code == desk.code:
        raise BadRequest(expected="a recipient of the directory", found=code[:80])
    if agency.valid_to is not None and agency.valid_to < today:
        raise BadRequest(expected=f"its successor {agency.successor}", found=f"{agency.code}, which has ended")
    if agency.suspended:
        raise BadRequest(expected="an agency that is not suspended", found=agency.code)
    return agency
