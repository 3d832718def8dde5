"""In a sandbox alone: documents of the programmes, made and signed in an agency's place, so that a program that is
being connected sees the packets arrive.

    assign     a steering task for the recipient, due in a month
    answer     the sender's report on the newest task that it has to do
    period     the quarter of form II.06a opened for the recipient
    dossier    a one-stop dossier handed over to the recipient (MCDT_DT)
    result     an electronic result registered with a file that a leader and the agency signed; the recipient is told
    revoke     the newest result that the sender registered, revoked; the agencies that know of it are told
    letter     a document with a PDF that a leader and the agency signed

Each is an ordinary document; none of them names a real person.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from hub.console import samples
from hub.console.page import Visit
from hub.core.edxml import Attachment, Code, ResponseFor, Signer, compose
from hub.core.errors import BadRequest, NotFound
from hub.pdf import letter as letters
from hub.pki import profile as pki
from hub.programmes.onestop.programme import APPLICATION
from hub.programmes.reporting.letters import subject, type_name
from hub.programmes.reporting.packets import PeriodPacket, encoded, file_name
from hub.programmes.reporting.periods import Span
from hub.programmes.results import programme as results
from hub.programmes.riding import Case
from hub.programmes.tasks import programme as tasks
from hub.programmes.tasks.states import TaskState
from hub.programmes.tasks.words import ASSIGNEE
from hub.routes.programmes.reporting.book import Book
from hub.store.programmes import Wanted
from hub.store.search import Bill

LEADER: Final = "Nguyễn Văn Mẫu"
"""Signs the sample files; nobody's name."""
_STEERING, _REPORTING = 1, 2
_SECONDS: Final = 2.0
_AT_ONCE: Final = 50
_DAYS: Final = 30
_REGIME: Final = "II.06a"
_PROCEDURE: Final = "1.004873"
_REPORTED_ON: Final = (TaskState.ASSIGNED, TaskState.IN_PROGRESS, TaskState.REDO, TaskState.REPORTED)
_SIGNED: Final = Signer("TM.", "Lãnh đạo cơ quan", LEADER)


async def assign(visit: Visit, wanted: samples.Wanted) -> int:
    text = "Xây dựng đề án thử nghiệm và báo cáo kết quả"
    due = compose.local_time(visit.now).date() + timedelta(days=_DAYS)
    code = f"NV-TN-{_number()}"
    return await _post(visit, wanted, text, steering=_STEERING, tasks=(code,), due_date=due)


async def answer(visit: Visit, wanted: samples.Wanted) -> int:
    """NotFound where the sender has no task to report on."""
    open_ = await _cases(visit, Wanted(programme="tasks", agencies=(wanted.sender,), roles=(ASSIGNEE,), open=True))
    task = next((tasks.kept(case) for case in open_ if case.state in _REPORTED_ON), None)
    if task is None:
        raise NotFound(expected="a task that it has to do", found="none")
    document = ResponseFor(task.assigner, task.number, task.document_id, task.promulgated)
    to = wanted._replace(recipient=task.assigner)
    told = {"steering": _REPORTING, "tasks": (task.code,), "response_for": (document,), "type_name": "Báo cáo"}
    return await _post(visit, to, f"Báo cáo kết quả thực hiện nhiệm vụ {task.code}", **told)


async def period(visit: Visit, wanted: samples.Wanted) -> int:
    """BadRequest for a recipient that does not report to the sender."""
    book = Book(visit.exchange, samples.caller(visit, wanted.sender))
    recipient = samples.agency_of(visit, wanted.recipient)
    known = await book.known(_REGIME)
    of = known.regime.window.period_of(Span.QUARTER, book.today)
    window = book.window(known, of.code)
    asked = book.asked(known, of.code, samples.agency_of(visit, wanted.sender).code)
    due = next((one.due for one in asked if recipient.code in one.reporters), None)
    if due is None:
        raise BadRequest(expected="an agency that reports to the sender", found=recipient.code)
    packet = PeriodPacket(
        regime=_REGIME, period=of.code, first=window.first, last=window.last, due=due.day, moved=due.moved
    )
    file = Attachment("1", file_name(packet), data=encoded(packet))
    return await _post(visit, wanted, subject(packet, known.regime.vi), file, type_name=type_name(packet))


async def dossier(visit: Visit, wanted: samples.Wanted) -> int:
    at = compose.local_time(visit.now)
    number = f"{wanted.sender}-{at:%y%m%d}-{_number()}"
    packet = {
        "packet": "dossier/1",
        "HoSo": {
            "MaHoSo": number,
            "MaTTHC": _PROCEDURE,
            "TenTTHC": "Cấp Giấy xác nhận tình trạng hôn nhân",
            "KenhThucHien": 2,
            "NgayTiepNhan": f"{at:%Y%m%d%H%M%S}",
            "NgayHenTra": f"{at + timedelta(days=7):%Y%m%d}",
            "TrangThaiHoSo": 4,
            "DonViXuLy": wanted.recipient,
        },
    }
    code = Code(number, "Hồ sơ liên thông")
    file = _packet("ho-so", packet)
    return await _post(visit, wanted, f"{_PROCEDURE}/{number}", file, code=code, application=APPLICATION)


async def result(visit: Visit, wanted: samples.Wanted) -> int:
    at = compose.local_time(visit.now)
    content = await _signed(visit, wanted.sender, "Giay phep (mau)")
    code = f"{wanted.sender}-{at:%y%m%d}-{_number()}-KQ1"
    packet = {
        "packet": "result/1",
        "code": code,
        "name": "Giấy phép (mẫu)",
        "sha256": hashlib.sha256(content).hexdigest(),
        "file": "giay-phep.pdf",
    }
    files = (Attachment("1", "giay-phep.pdf", data=content), _packet("ket-qua", packet, 2))
    return await _post(visit, wanted, f"V/v đăng ký kết quả điện tử {code}", *files, signer=_SIGNED)


async def revoke(visit: Visit, wanted: samples.Wanted) -> int:
    """NotFound where the sender has no result that stands."""
    asked = Wanted(
        programme="results",
        agencies=(wanted.sender,),
        roles=(results.ISSUER,),
        kind=results.RESULT,
        state=results.STANDING,
    )
    found = next(iter(await _cases(visit, asked)), None)
    if found is None:
        raise NotFound(expected="a result that it registered", found="none")
    code = results.entry_of(found.body).number
    told = [agency for role, agency in found.parties if role == results.TOLD]
    packet = {"packet": "result-revocation/1", "code": code, "reason": "Cấp sai đối tượng"}
    to = wanted._replace(recipient=wanted.recipient or told[0])
    return await _post(visit, to, f"V/v thu hồi kết quả điện tử {code}", _packet("thu-hoi", packet))


async def letter(visit: Visit, wanted: samples.Wanted) -> int:
    content = await _signed(visit, wanted.sender, "Cong van (mau)")
    file = Attachment("1", "cong-van_Signed.pdf", data=content)
    return await _post(visit, wanted, "V/v văn bản có chữ ký số của lãnh đạo trong tệp", file, signer=_SIGNED)


def _number() -> str:
    return f"{1 + secrets.randbelow(9_999):04d}"


def _packet(name: str, body: Mapping[str, Any], n: int = 1) -> Attachment:
    return Attachment(str(n), f"{name}.packet.json", data=msgspec.json.encode(body))


async def _cases(visit: Visit, wanted: Wanted) -> Sequence[Case]:
    """The newest first, also of documents that were accepted a moment ago."""
    store, following = visit.exchange.store.programmes, visit.exchange.following
    if store is None or following is None:
        return ()
    await following.caught_up(_SECONDS)
    return [row.case for row in (await store.cases(Bill(), wanted, _AT_ONCE)).rows]


async def _signed(visit: Visit, code: str, text: str) -> bytes:
    """A PDF as its office issues it."""
    own, agency = await samples.credential(visit, code), samples.agency_of(visit, code)
    profile = pki.Profile(Path(visit.context.settings.hub.keys))

    def made() -> bytes:
        leader = profile.person(agency.code, agency.name, LEADER, visit.now)
        both = letters.Signatory(*leader), letters.Signatory(*own)
        return letters.issued(text, f"So: {_number()}", *both)

    return await asyncio.to_thread(made)


async def _post(visit: Visit, wanted: samples.Wanted, title: str, *files: Attachment, **more: Any) -> int:
    own = await samples.credential(visit, wanted.sender)
    document = compose.document(
        samples.agency_of(visit, wanted.sender),
        [samples.agency_of(visit, wanted.recipient)],
        subject=title,
        at=visit.now,
        priority=wanted.priority,
        **{"code": Code(str(1 + secrets.randbelow(9_999_999)), "TN-TRUC"), **more},
    )
    await samples.submit(visit, wanted.sender, document, own, files)
    return 1


DEEDS: Final[Mapping[str, Callable[[Visit, samples.Wanted], Awaitable[int]]]] = {
    "assign": assign,
    "answer": answer,
    "period": period,
    "dossier": dossier,
    "result": result,
    "revoke": revoke,
    "letter": letter,
}
