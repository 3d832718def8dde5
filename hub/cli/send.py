"""`truc send`: compose, sign, send, check the receipt and keep it."""

from __future__ import annotations

import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from clients import compose
from clients.axis import AxisClient, Sent
from clients.errors import Busy, ProblemError, Unreachable
from hub.cli import asking, printing
from hub.cli.common import NAME, Exit, Shared, make_command, tell_notices, told_by_hub
from hub.cli.connect import client, recipients_of, run
from hub.cli.screen import pairs, short, show
from hub.cli.send_queue import queue_of, send_queue
from hub.core import wire
from hub.core.edxml import Attachment, BusinessInfo, Code, Document, Signer
from hub.core.model import Millis, Priority
from hub.pki.files import write

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COMPOSED = ("recipients", "group_names", "subject", "edxml", "answered", "update_of", "replace", "recall")
"""Options that make files attachments."""
_DAY = click.DateTime(["%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y"])


@make_command(
    "send",
    "agency",
    example="""
truc send --as 000.00.00.G22 --to 000.00.00.H52 --subject "Thử nghiệm" cong-van.pdf
truc send --as 000.00.00.G22 --to 000.00.00.H52 --number 1011 --notation VPCP-KSTT \\
     --subject "V/v rà soát thủ tục hành chính" cong-van.pdf
truc send --as 000.00.00.H52 --reply-to 1011/VPCP-KSTT --subject "V/v trả lời Công văn 1011" tra-loi.pdf
truc send --as 000.00.00.G22 --to 000.00.00.H52 --number 12 --notation VPCP-TH --subject "Thu hồi" \\
     --recall "000.00.00.G22,2022/11/11,1011/VPCP-KSTT" --reason "Gửi nhầm"
truc send --as 000.00.00.G22
truc send --as 000.00.00.G22 --edxml goi-tin.edxml --sign
truc send --as 000.00.00.G22 --sign van-ban-di/""",
)
@click.option("--to", "recipients", multiple=True, metavar="CODE", help="A recipient; may be repeated.")
@click.option("--subject", help="Subject (trích yếu).")
@click.option("--number", help="Number (số) [the time of sending, MMDDhhmmss and tenths].")
@click.option("--notation", help="Notation (ký hiệu), VPCP-KSTT [the agency's short code].")
@click.option("--date", "promulgated", type=_DAY, help="Promulgation date [today].")
@click.option("--document-id", "identity", default="", help="DocumentId [<code>,<date>,<number>/<notation>].")
@click.option("--type", "type_name", default="Công văn", show_default=True, help="Name of the document's type.")
@click.option(
    "--priority", type=click.IntRange(0, 4), default=0, help="0 normal … 3 most urgent, 4 urgent at a set time."
)
@click.option("--content", default="", help="Summary of the content.")
@click.option("--place", default="", help="Place of promulgation [the agency's address].")
@click.option("--signer", default="", help="Full name of the signer [the agency itself].")
@click.option("--position", default="", help="Position of the signer.")
@click.option("--competence", default="", help="TL. KT. TM. …")
@click.option("--due", type=_DAY, help="Due date: until when an answer is asked for.")
@click.option(
    "--to-group", "group_names", multiple=True, metavar="GROUP", help="Everybody of this group [truc groups]; several."
)
@click.option(
    "--reply-to", "answered", multiple=True, metavar=NAME, help="Answers this received document [--to: its sender]."
)
@click.option("--task", "tasks", multiple=True, metavar="CODE", help="Code of a task that it assigns or reports on.")
@click.option("--steering", type=int, metavar="0-3", help="1 assigns a task, 2 reports on one.")
@click.option("--application", default="", metavar="CODE", help="MCDT_DT: dossier of the one-stop shop.")
@click.option("--update-of", metavar=NAME, help="Updates this document that was sent (business type 2).")
@click.option("--replace", metavar=NAME, help="Replaces it (3).")
@click.option("--recall", metavar=NAME, help="Recalls it (1).")
@click.option("--reason", default="", help="Why it is updated, replaced or recalled.")
@click.option("--add", multiple=True, metavar="CODE", help="With --update-of: now a recipient.")
@click.option("--remove", multiple=True, metavar="CODE", help="With --update-of: no longer a recipient.")
@click.option("--edxml", type=_FILE, help="Send this edXML message in place of composing one.")
@click.option("--sign", is_flag=True, help="With --edxml, a folder or messages: sign first what is not signed.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Also keep the signed message here.")
@click.option(
    "--receipt", type=click.Path(dir_okay=False, path_type=Path), help="Where to keep the receipt [<id>.tlog-proof]."
)
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
def command(shared: Shared, save: Path | None, receipt: Path | None, **given: Any) -> int:
    """Ký và gửi một văn bản, xác minh và lưu biên nhận; ở cửa sổ lệnh, hỏi những gì còn thiếu.

    Sign and send a document with its FILES; the receipt is verified and kept. On a terminal, missing fields are asked
    for: recipient (also by words of its name), number, subject, urgency, files. When the hub gives no answer, the
    signed bytes are kept in a file, to be sent again with --edxml: the same bytes are the same document.

    A folder, or several .edxml files without --to, are a queue: each message in it is sent, by name, many in one call,
    and its receipt is kept beside it; a message that has one in a folder was sent before.
    """
    queue = queue_of(given["files"]) if not any(given[name] for name in _COMPOSED) else None
    if queue is not None:
        return run(send_queue(shared, queue, sign=given["sign"]))
    _check_use(shared, given)
    return run(_send(shared, save, receipt, given))


def _check_use(shared: Shared, given: dict[str, Any]) -> None:
    if folders := [str(f) for f in given["files"] if f.is_dir()]:
        told = shared.pick("thư mục không đính kèm được", "a folder is no attachment")
        raise click.UsageError(f"{told}: {', '.join(folders)}")
    if given["edxml"]:
        return
    if sum(bool(given[name]) for name in ("update_of", "replace", "recall")) > 1:
        raise click.UsageError("--update-of | --replace | --recall")
    if (given["add"] or given["remove"]) and not given["update_of"]:
        raise click.UsageError("--add, --remove: --update-of")
    if not _asks(shared, given):
        names = (
            {"subject": "--subject"}
            if given["answered"] or given["group_names"]
            else {"recipients": "--to", "subject": "--subject"}
        )
        missing = [option for name, option in names.items() if not given[name]]
        if missing:
            needed = ", ".join(missing)
            raise click.UsageError(shared.pick(f"thiếu {needed} (hoặc --edxml)", f"{needed} needed (or --edxml)"))


def _asks(shared: Shared, given: dict[str, Any]) -> bool:
    """Whether a person sits there that can be asked: for missing fields, and for files where none is named."""
    return printing.somebody_is_there() and not (shared.json or given["edxml"] or given["files"])


async def _send(shared: Shared, save: Path | None, receipt: Path | None, given: dict[str, Any]) -> int:
    async with client(shared) as axis:
        await _named(axis, given)
        await _expanded(axis, shared, given)
        if _asks(shared, given):
            await asking.complete(shared, axis, given)
        files = [compose.attachment(f.name, f.read_bytes(), n) for n, f in enumerate(given["files"], 1)]
        data = await _message(axis, shared, given, files)
        if save is not None:
            write(save, data)
        return await _sent(shared, axis, data, receipt, save or (given["edxml"] if not given["sign"] else None))


_PLAIN: dict[str, Any] = {
    "number": "",
    "notation": "",
    "promulgated": None,
    "identity": "",
    "type_name": "Công văn",
    "content": "",
    "place": "",
    "signer": "",
    "position": "",
    "competence": "",
    "due": None,
    "priority": 0,
    "recall": None,
    "replace": None,
    "update_of": None,
    "reason": "",
    "response_for": (),
    "steering": None,
    "tasks": (),
    "application": "",
}


async def sent_document(
    shared: Shared, axis: AxisClient, given: dict[str, Any], files: list[Attachment], receipt: Path | None
) -> int:
    """Compose, sign and send a document, as `truc send` with these of its options does; the receipt is kept."""
    document = await _document(axis, shared, _PLAIN | given)
    return await _sent(shared, axis, axis.sign(document, files), receipt, None)


async def _sent(shared: Shared, axis: AxisClient, data: bytes, receipt: Path | None, kept: Path | None) -> int:
    try:
        sent = await axis.send(data)
    except (Unreachable, Busy):
        _keep_unsent(shared, data, kept)
        raise
    path = receipt or Path(f"{short(sent.answer.message.id)}.tlog-proof")
    try:
        write(path, sent.proof.raw)
    except OSError as error:
        _tell(shared, sent, None)
        return not_kept(shared, error, sent.answer.message.id)
    _tell(shared, sent, path)
    return Exit.OK


async def _named(axis: AxisClient, given: dict[str, Any]) -> None:
    """Documents by any of their names to this message's references to them."""
    given["response_for"] = [await axis.answering(name) for name in given["answered"]]
    if given["response_for"] and not given["recipients"]:
        given["recipients"] = tuple(dict.fromkeys(answered.organ_id for answered in given["response_for"]))
    for option in ("update_of", "replace", "recall"):
        if given[option]:
            given[option] = await _document_id(axis, given[option])


async def _expanded(axis: AxisClient, shared: Shared, given: dict[str, Any]) -> None:
    """Groups as the recipients whom they mean today, which are told before anything is signed."""
    found = [await axis.group(name) for name in given["group_names"]]
    for group in found:
        names = ", ".join(f"{one.name} ({one.code})" for one in group.items)
        if not shared.json:
            count = len(group.items)
            shared.say(f"{group.name}, {count} nơi nhận: {names}", f"{group.name}, {count} recipients: {names}")
        if group.left_out:
            left = ", ".join(group.left_out)
            shared.warn(f"! {group.name}: bỏ qua {left}", f"! {group.name}: left out {left}")
    codes = [one.code for group in found for one in group.items]
    given["recipients"] = tuple(dict.fromkeys((*given["recipients"], *codes)))


async def _document_id(axis: AxisClient, name: str) -> str:
    """Of the document that is called that; where the axis holds none, the name as it is: one may recall a document that
    went another way."""
    try:
        return (await axis.named(name, side="sent")).document_id
    except ProblemError as error:
        if error.status == 404:
            return name
        raise


def not_kept(shared: Shared, error: OSError, message_id: str) -> Exit:
    """It is done at the hub though the disk here fails: a user that sends again because of an error would not know."""
    again = f"truc receipt show --as {shared.agency} {short(message_id)} --out FILE"
    shared.warn(
        f"! Trục đã nhận {short(message_id)}, nhưng không ghi được biên nhận ({error}). Lấy lại: {again}",
        f"! accepted as {short(message_id)}, but its receipt could not be written ({error}). Get it again: {again}",
    )
    return Exit.NOT_KEPT


async def _message(axis: AxisClient, shared: Shared, given: dict[str, Any], files: list[Attachment]) -> bytes:
    if given["edxml"]:
        data: bytes = given["edxml"].read_bytes()
        return axis.sign_bytes(data) if given["sign"] else data
    document = await _document(axis, shared, given)
    return axis.sign(document, files)


def _notation(sender: wire.Agency) -> str:
    """Where the clerk names none: the agency's QĐ 20 code, else the last part of its QCVN code."""
    return sender.code_qd20 or sender.code.rpartition(".")[2]


async def _document(axis: AxisClient, shared: Shared, given: dict[str, Any]) -> Document:
    sender = await axis.agency_of(shared.agency)
    recipients = await recipients_of(axis, given["recipients"])
    at = Millis(time.time_ns() // 1_000_000)
    named = given["signer"] or given["position"] or given["competence"]
    return compose.document(
        sender,
        recipients,
        # To the tenth of a second: two commands of one script are two documents. A number has eleven characters.
        code=Code(
            given["number"] or f"{compose.local_time(at):%m%d%H%M%S}{at % 1000 // 100}",
            given["notation"] or _notation(sender),
        ),
        subject=given["subject"],
        at=at,
        promulgated=_day(given["promulgated"]),
        identity=given["identity"],
        type_name=given["type_name"],
        content=given["content"],
        place=given["place"],
        signer=Signer(given["competence"], given["position"] or "Người ký", given["signer"]) if named else None,
        due_date=_day(given["due"]),
        priority=Priority(given["priority"]),
        business=_business(given, [r.code for r in recipients]),
        response_for=given["response_for"],
        steering=given["steering"],
        tasks=given["tasks"],
        application=given["application"],
    )


def _business(given: dict[str, Any], recipients: list[str]) -> BusinessInfo | None:
    reason = given["reason"]
    if given["recall"]:
        return compose.recall(given["recall"], reason)
    if given["replace"]:
        return compose.replacement(given["replace"], recipients, reason)
    if given["update_of"]:
        return compose.update(given["update_of"], reason, added=given["add"], removed=given["remove"])
    return None


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _keep_unsent(shared: Shared, data: bytes, kept: Path | None) -> None:
    path = kept or Path(f"unsent-{time.strftime('%Y%m%d-%H%M%S')}.edxml")
    if kept is None:
        write(path, data)
    again = f"truc send --as {shared.agency} --edxml {path}"
    shared.warn(
        f"Chưa biết Trục đã nhận hay chưa. Gói tin đã ký nằm ở {path}; gửi lại đúng tệp đó là an toàn: {again}",
        f"Whether the hub has it is unknown. The signed message is in {path}; sending it again is safe: {again}",
    )


def _tell(shared: Shared, sent: Sent, path: Path | None) -> None:
    answer = sent.answer
    if shared.json:
        shared.emit(told_by_hub(answer) | {"receipt_file": str(path or ""), "verified_by": sent.proof.log})
        return
    shared.say(
        "✓ Trục đã nhận từ trước; đây là biên nhận cũ" if answer.repeated else "✓ Trục đã nhận và lưu trữ an toàn",
        "✓ accepted before; this is that receipt" if answer.repeated else "✓ accepted, durably",
    )
    show(
        pairs(
            [
                (shared.pick("mã gói tin", "id"), short(answer.message.id)),
                ("DocumentId", answer.message.document_id),
                (shared.pick("số, ký hiệu", "code"), answer.message.code),
                (shared.pick("chữ ký (lời Trục)", "signature (hub's word)"), shared.term(answer.message.verdict)),
                (shared.pick("nơi nhận", "recipients"), ", ".join(answer.recipients)),
                (shared.pick("biên nhận", "receipt"), f"{path or '–'} (#{sent.proof.index}, {sent.proof.origin})"),
            ]
        )
    )
    tell_notices(shared, answer.notices)
    if not sent.proof.log:
        shared.warn(
            "! Chưa có chính sách tin cậy: biên nhận mới được đối chiếu với gói tin, chưa với khóa nhật ký (--policy)",
            "! no trust policy: the receipt was checked against the message, not against a log's key (--policy)",
        )
