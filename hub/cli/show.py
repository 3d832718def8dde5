"""`truc show`: one document with all that the hub tells of it."""

from __future__ import annotations

import click

from clients import protocol
from hub.cli.common import NAME, Exit, Shared, make_command, told_by_hub
from hub.cli.connect import call_alone
from hub.cli.says import kind_of, said
from hub.cli.screen import Rows, local, pairs, short, show, table, who
from hub.cli.signature_lines import tell
from hub.cli.terms import PRIORITIES
from hub.core import wire
from hub.core.errors import Text
from hub.programmes.signatures import telling

_GENUINE = ("thật và còn nguyên", "genuine and unaltered")
_NOT_READ = (
    ("chữ ký số trong tệp đính kèm: chưa đọc tới", "signatures inside the attachments: not read yet"),
    (
        "chữ ký số trong tệp đính kèm: Trục này không đọc tệp PDF",
        "signatures inside the attachments: this hub reads no PDF files",
    ),
)
_UNSIGNED = ("không ký số: chỉ để biết, tham khảo", "not signed: for information only")


@make_command(
    "show",
    "agency",
    example="""
truc show --as 000.00.00.H52 512/QĐ-BNV
truc show --as auditor 01a2057f-6f84-80c3-b934-da0000000001 --json""",
)
@click.argument("document", metavar=NAME)
def command(shared: Shared, document: str) -> int:
    """Xem một văn bản: người ký, tệp đính kèm, từng nơi nhận, diễn biến có bằng chứng.

    Show one document, by any of its names: its signer, its attachments, its state at each recipient, and its
    timeline with the evidence of each event.
    """
    life = call_alone(shared, protocol.life(document))
    if shared.json:
        shared.emit(told_by_hub(life))
        return Exit.OK
    show(pairs(_facts(shared, life)))
    for line in said(shared, life.message, life.says):
        shared.say(line, line)
    _signatures(shared, life.signatures)
    show(_recipients(shared, life), _timeline(shared, life))
    return Exit.OK


def _facts(shared: Shared, life: wire.Life) -> list[tuple[str, object]]:
    m, r = life.message, life.register or wire.Register()
    files = "\n".join(f"{file.name} ({file.size:,} B)" for file in r.files)
    more = r.attached - len(r.files)
    words = {"VALID": _GENUINE, "ABSENT": _UNSIGNED}.get(m.verdict)
    verdict = shared.pick(*words) if words else shared.term(m.verdict)
    names = shared.pick(
        "số, ký hiệu|trích yếu|loại|tên loại|độ khẩn|từ|người ký|ngày ban hành|hạn|nội dung|lĩnh vực|chữ ký (lời Trục)|"
        "chứng thư|tệp đính kèm|Trục nhận lúc|DocumentId|SHA-256|mã gói tin",
        "code|subject|kind|type|urgency|from|signed by|promulgated|due|content|sphere|signature (hub's word)|"
        "certificate|attachments|accepted|DocumentId|SHA-256|id",
    ).split("|")
    values = (
        *(m.code, m.subject, kind_of(shared, m), m.type_name),
        shared.pick(*PRIORITIES.get(m.priority, (str(m.priority),) * 2)),
        who(m.sender, m.sender_name),
        " ".join(filter(None, (r.competence, r.position, r.signer or r.staff))),
        *(r.promulgated, r.due, r.content, r.sphere, verdict, r.certificate),
        files + (f"\n… +{more}" if more > 0 else ""),
        *(local(m.accepted_at), m.document_id, m.sha256, short(m.id)),
    )
    return list(zip(names, values, strict=True))


def _signatures(shared: Shared, found: wire.Signatures | None) -> None:
    """Those inside its attachments, beside the verdict on the document itself."""
    if found is None:
        return
    if found.bears:
        bears = shared.text(telling.BEARINGS.get(found.bears, Text(found.bears, found.bears)))
        shared.say(f"chữ ký số trong tệp đính kèm: {bears}", f"signatures inside the attachments: {bears}")
    elif found.state != telling.READ:
        shared.say(*_NOT_READ[found.state == telling.OFF])
    for file in found.files:
        tell(shared, file)


def _recipients(shared: Shared, life: wire.Life) -> Rows:
    columns = shared.pick(
        "nơi nhận|trạng thái|đến hộp thư|đã giao|kết thúc|tiến độ|hết hạn",
        "recipient|state|placed|handed over|ended|progress|expires",
    )
    rows = (
        [
            who(d.recipient, d.name),
            shared.term(d.state) + (shared.pick(" (chờ lấy lại)", " (asked back)") if d.take_back_pending else ""),
            *(local(d.placed_at), local(d.handed_at), local(d.ended_at), d.progress, local(d.ends_at)),
        ]
        for d in life.deliveries
    )
    return table(shared.pick("Nơi nhận", "Recipients"), columns.split("|"), rows, whole=(2, 3, 4, 6))


def _timeline(shared: Shared, life: wire.Life) -> Rows:
    columns = shared.pick(
        "lúc|sự kiện|nơi nhận|ký đối ứng|lý do, người báo|bằng chứng",
        "at|event|recipient|countersigned|reasons, staff|evidence",
    )
    names = {d.recipient: d.name for d in life.deliveries}
    rows = (
        [
            local(e.at),
            f"{shared.term(e.event)} {e.status_code}".strip(),
            who(e.recipient, names.get(e.recipient, "")) if e.recipient else "",
            "✓" * e.countersigned,
            "; ".join(filter(None, (*e.reasons, e.description, e.staff))),
            short(e.evidence),
        ]
        for e in life.timeline
    )
    return table(shared.pick("Diễn biến", "Timeline"), columns.split("|"), rows, whole=(0, 5))
