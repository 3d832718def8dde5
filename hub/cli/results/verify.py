"""`truc results verify`: whether a result is valid, by file, number or QR: asked of a hub, or offline by receipts."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import click

from clients.protocol import results as calls
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import call_alone
from hub.cli.results.offline import Proved, proved
from hub.cli.screen import local, pairs, show
from hub.core.errors import Text
from hub.core.log import policy as policies
from hub.core.model import VIETNAM, Millis, iso_utc
from hub.core.wire_results import ResultTold, ResultVerified
from hub.programmes.results import asking, book, paper
from hub.programmes.results.asking import Asked, Told
from hub.programmes.results.packets import OWNER_TAG

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_AT: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"])
WORDS: Final = {
    "valid": Text("CÒN GIÁ TRỊ", "VALID"),
    "revoked": Text("ĐÃ BỊ THU HỒI, HỦY", "REVOKED"),
    "superseded": Text("ĐÃ ĐƯỢC THAY THẾ", "SUPERSEDED"),
    "expired": Text("HẾT THỜI HẠN", "EXPIRED"),
    "not-yet-valid": Text("CHƯA ĐẾN NGÀY CÓ GIÁ TRỊ", "NOT VALID YET"),
    "unknown": Text("KHÔNG RÕ: chưa ai đăng ký ở đây", "UNKNOWN: nobody registered it here"),
    asking.SEVERAL: Text("NHIỀU CƠ QUAN ĐĂNG KÝ MÃ NÀY", "SEVERAL AGENCIES REGISTERED THIS NUMBER"),
}


class Held(NamedTuple):
    """The document that the person holds."""

    code: str
    sha256: str
    owner: str
    at: str


@make_command(
    "verify",
    "hub",
    example="""
truc results verify giay-phep.pdf
truc results verify --code H52.01-261120-0001-KQ1 --at 2026-11-20
truc results verify --qr "https://truc.example.gov.vn/results#c=H52.01-261120-0001-KQ1&o=0123456789abcdef"
truc results verify giay-phep.pdf --policy log.policy --document dang-ky.edxml --receipt dang-ky.tlog-proof""",
)
@click.option("--code", default="", help="Number of the result: of its dossier, with -KQ1.")
@click.option("--sha256", default="", help="Digest of the file, where the file is not at hand.")
@click.option("--qr", default="", help="The address that the paper's QR says.")
@click.option("--at", type=_AT, help="At this time [now].")
@click.option("--document", "documents", multiple=True, type=_FILE, help="Offline: a registering or revoking document.")
@click.option("--receipt", "receipts", multiple=True, type=_FILE, help="Offline: its receipt, in the same order.")
@click.option("--policy", "policy_file", type=_FILE, help="Offline: whom you trust: logs, witnesses, quorum.")
@click.argument("file", required=False, type=_FILE)
def command(
    shared: Shared,
    code: str,
    sha256: str,
    qr: str,
    at: datetime | None,
    documents: tuple[Path, ...],
    receipts: tuple[Path, ...],
    policy_file: Path | None,
    file: Path | None,
) -> int:
    """Tra cứu một kết quả: còn giá trị, đã thu hồi, đã thay thế, hết hạn, hay không rõ. Mã thoát 0: còn giá trị.

    Verify a result by its FILE, number or QR: only digest and number are sent. Exit 0: it is valid at that time.

    With --document, --receipt and --policy no hub is asked: it tells what those documents prove. A revocation in a
    document that is not at hand is unknown to it, and it says so.
    """
    held = _held(code, sha256, qr, at, file)
    if documents or receipts or policy_file:
        if policy_file is None or not documents or len(documents) != len(receipts):
            raise click.UsageError("--policy, --document, --receipt")
        book_ = proved(list(zip(documents, receipts, strict=True)), policies.parse(policy_file.read_bytes()))
        return _offline(shared, held, book_, at)
    found = call_alone(shared, calls.verify_result(held.code, held.sha256, held.owner, held.at))
    if shared.json:
        shared.emit(found)
    else:
        _tell(shared, found)
    return Exit.OK if found.standing == "valid" else Exit.REFUSED


def _held(code: str, sha256: str, qr: str, at: datetime | None, file: Path | None) -> Held:
    """UsageError where nothing is held, or it is no result's."""
    owner = ""
    try:
        if qr:
            said = paper.paper_in(qr)
            code = code or said.code
            owner = said.applicant if len(said.applicant) == OWNER_TAG else ""
        code = book.number(code) if code else ""
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    digest = hashlib.sha256(file.read_bytes()).hexdigest() if file is not None else sha256.lower()
    if not (code or digest):
        raise click.UsageError("FILE | --code | --sha256 | --qr")
    moment = (at if at.tzinfo else at.replace(tzinfo=VIETNAM)).isoformat() if at is not None else ""
    return Held(code, digest, owner, moment)


def _tell(shared: Shared, found: ResultVerified) -> None:
    _headline(shared, found.standing)
    if found.behind:
        shared.warn(
            f"! còn {found.behind} văn bản vừa nhận chưa xét: có thể có một lần thu hồi trong đó",
            f"! {found.behind} documents that just came are not taken in: a revocation may be among them",
        )
    for one in found.items:
        show(pairs([(name, value) for name, value in _rows(shared, one) if value]))


def _headline(shared: Shared, standing: str) -> None:
    good = standing == "valid"
    printing.line(shared.text(WORDS.get(standing, WORDS["unknown"])), mark="✓" if good else "✗", good=good)


def _rows(shared: Shared, one: ResultTold) -> list[tuple[str, str]]:
    names = shared.pick(
        "mã kết quả|cơ quan cấp|tình trạng|từ lúc|về sau|thay bằng|đúng tệp|tên giấy tờ|thủ tục|thời hạn|loại bản|"
        "sao từ|chuyển đổi từ giấy|lý do|quyết định|chữ ký trong tệp|tải lại được|đăng ký lúc|văn bản|"
        "chấm dứt bởi|SHA-256",
        "result|issuer|standing|since|later|successor|same file|name|procedure|days|copy|copied from|"
        "converted from paper|reason|decision|signatures in the file|retrievable|registered|document|ended by|SHA-256",
    ).split("|")
    days = f"{one.first or '…'} – {one.last or '…'}" if one.whole else ""
    same = {True: shared.pick("đúng", "yes"), False: shared.pick("KHÔNG phải tệp đã đăng ký", "NOT the registered one")}
    values = (
        *(one.code, f"{one.issuer_name} ({one.issuer})" if one.issuer_name else one.issuer),
        *(shared.text(WORDS.get(one.standing, WORDS["unknown"])), local(one.since)),
        shared.text(WORDS[one.later]) if one.later in WORDS else "",
        *(one.successor, same.get(one.same_file, "") if one.same_file is not None else ""),
        *(one.name, one.procedure, days, one.copy, one.copy_of),
        f"{one.converted_by}, {one.converted_at}" if one.converted_by else "",
        *(one.reason, one.decision, one.file),
        shared.pick("có" if one.retrievable else "không", "yes" if one.retrievable else "no") if one.whole else "",
        *(local(one.registered), one.document, one.ended_by, one.sha256),
    )
    return list(zip(names, values, strict=True))


def _offline(shared: Shared, held: Held, known: Proved, at: datetime | None) -> int:
    moment = at if at is None or at.tzinfo else at.replace(tzinfo=VIETNAM)
    when = Millis(int(moment.timestamp() * 1000)) if moment is not None else known.until
    found = asking.told(known.entries, Asked(held.code, held.sha256, held.owner, when))
    standing = asking.standing(found)
    if shared.json:
        until, items = iso_utc(known.until), [_told(one) for one in found]
        shared.emit({"standing": standing, "at": iso_utc(when), "known_until": until, "offline": True, "items": items})
        return Exit.OK if standing == "valid" else Exit.REFUSED
    _headline(shared, standing)
    for one in found:
        show(pairs([(name, value) for name, value in _rows(shared, _told(one)) if value]))
    until = local(iso_utc(known.until))
    shared.say(
        f"Không hỏi Trục: chỉ biết những văn bản này, đến {until}. Thu hồi hay thay thế sau đó thì chưa biết;"
        " hỏi Trục để chắc.",
        f"No hub was asked: this is what those documents prove, up to {until}. A later revocation or succession is not"
        " known; ask the hub to be sure.",
    )
    return Exit.OK if standing == "valid" else Exit.REFUSED


def _told(one: Told) -> ResultTold:
    entry, packet = one.entry, one.entry.packet
    return ResultTold(
        code=entry.number,
        issuer=entry.issuer,
        standing=one.verdict.standing.value,
        since=iso_utc(one.verdict.since) if one.verdict.since is not None else "",
        successor=one.verdict.detail if one.verdict.standing is one.verdict.standing.SUPERSEDED else "",
        reason=one.verdict.detail if one.verdict.standing is one.verdict.standing.REVOKED else "",
        same_file=one.same_file,
        whole=True,
        name=packet.name,
        procedure=packet.procedure,
        sha256=packet.sha256,
        first=packet.first.isoformat() if packet.first else "",
        last=packet.last.isoformat() if packet.last else "",
        registered=iso_utc(entry.registered),
        document=entry.document,
        copy=packet.copy.value,
        retrievable=entry.attached,
    )
