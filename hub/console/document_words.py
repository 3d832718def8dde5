"""The verdict on a document's signature in plain words, and the words of its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from hub.console.page import Visit
from hub.core.edxml.detail import Detail
from hub.core.errors import VERDICT_TEXT, Text, Verdict
from hub.core.evidence.format import Evidence
from hub.core.model import Millis
from hub.core.signature import foreign
from hub.programmes.signatures import telling
from hub.programmes.signatures.verdict import WORDS
from hub.store import MessageRow


class Said(NamedTuple):
    """`tone`: a class of colour. `checks`: the hub's checks, where the signature is good. `todo`: the remedy
    otherwise."""

    tone: str
    icon: str
    title: str
    why: str
    checks: list[str]
    todo: str = ""


def verdict_of(visit: Visit, message: MessageRow, detail: Detail | None, acceptance: Evidence | None) -> Said:
    t, sender = visit.t, visit.name_of(message.sender)
    known = f"verdict.{message.verdict}" in visit.known_texts
    title = t(f"verdict.{message.verdict}") if known else message.verdict
    if message.verdict == Verdict.VALID:
        checks = [t("document.check.registered"), t("document.check.revoked")]
        ends = _ends(visit, message.sender, detail.certificate if detail is not None else "")
        if ends is not None:
            checks.insert(1, t("document.check.valid", at=visit.moment(ends)))
        if acceptance is not None:
            checks.append(t("document.check.logged"))
        return Said("ok", "check", title, t("document.genuine", name=sender), checks)
    if message.verdict == Verdict.ABSENT:
        return Said("wa", "warn", title, t("document.unsigned", name=sender), [])
    try:
        what, todo = VERDICT_TEXT[Verdict(message.verdict)]
    except (ValueError, KeyError):
        return Said("wa", "warn", title, t("document.not_judged"), [])
    return Said("er", "stop", title, t.pick(what), [], t.pick(todo))


def _ends(visit: Visit, agency: str, digest: str) -> Millis | None:
    """When the certificate ends, where the directory still holds it."""
    entry = visit.exchange.directory.get(agency)
    der = next((c.der for c in entry.certificates if c.sha256 == digest), None) if entry is not None else None
    if der is None:
        return None
    try:
        return Millis(int(foreign.certificate(der).not_valid_after_utc.timestamp() * 1000))
    except ValueError:
        return None


SIGNATURE_WORDS: Final[Mapping[str, Mapping[str, Text]]] = {
    "verdict": {verdict.value: Text(words.vi, words.en) for verdict, words in WORDS.items()},
    "one": telling.OF_ONE,
    "role": telling.ROLES,
    "source": telling.SOURCES,
    "bears": telling.BEARINGS,
}
"""Of signatures inside attachments, by the words of the wire."""

TEXTS: Final[Mapping[str, Text]] = {
    "document.signed.title": Text("Chữ ký số trong tệp đính kèm", "Signatures inside the attachments"),
    "document.signed.waiting": Text("Chưa đọc tới; mở lại sau ít phút.", "Not read yet; look again in some minutes."),
    "document.signed.off": Text(
        "Trục này không đọc tệp PDF (thiếu phần mở rộng pdf).",
        "This hub reads no PDF files (the extra pdf is missing).",
    ),
    "document.signed.none": Text("Không có tệp PDF.", "There is no PDF."),
    "document.signed.between": Text(
        "Giữa các chữ ký có ghi thêm nội dung, như số và ngày văn bản.",
        "Content was added between the signatures, as number and date are.",
    ),
    "document.signed.crl": Text("không có CRL để đối chiếu", "no revocation list to compare with"),
    "document.signed.note": Text(
        "Là chữ ký bên trong tệp; chữ ký của gói tin ở ô trên.",
        "These are inside the files; the signature of the message stands above.",
    ),
    "document.title": Text("Văn bản", "Document"),
    "document.bundle": Text("Tải hồ sơ bằng chứng", "Download the evidence bundle"),
    "document.content": Text("Tải gói tin", "Download the message"),
    "document.of": Text("ngày {day}", "of {day}"),
    "document.recipients": Text("trên {n} nơi nhận", "of {n} recipient|of {n} recipients"),
    "document.head.expired": Text("{n} nơi quá hạn nhận", "{n} expired"),
    "document.head.refused": Text("{n} nơi trả lại", "{n} returned it"),
    "document.head.waiting": Text("còn {n} nơi chưa nhận", "{n} has not fetched it|{n} have not fetched it"),
    "document.head.take_back_pending": Text(
        "{n} nơi chưa trả lời yêu cầu lấy lại", "{n} has not answered the take-back|{n} have not answered the take-back"
    ),
    "document.head.good": Text("Mọi nơi đã nhận", "Every recipient has it"),
    "document.place": Text("Nơi nhận", "Recipient"),
    "document.state": Text("Trạng thái", "State"),
    "document.step.0": Text("Nhận về", "Fetched"),
    "document.step.1": Text("Tiếp nhận", "Registered"),
    "document.step.2": Text("Xử lý", "In progress"),
    "document.step.3": Text("Hoàn thành", "Finished"),
    "document.step.no": Text("chưa", "not yet"),
    "document.step.done": Text("xong", "done"),
    "document.step.returned": Text("Trả lại", "Returned"),
    "document.signed": Text("Đã ký", "Signed"),
    "document.unsigned.step": Text("không ký", "not signed"),
    "document.steps.note": Text(
        "Chấm đầu là đường truyền, ba chấm sau là lời của nơi nhận. Mỗi giờ là một bằng chứng: "
        "bấm để xem, tải, xác minh.",
        "The first dot is transport, the other three are the recipient's own word. Each time is one evidence: "
        "open it to read, download and verify it.",
    ),
    "document.steps.bare": Text(
        "Chấm đầu là đường truyền, ba chấm sau là lời của nơi nhận.",
        "The first dot is transport, the other three are the recipient's own word.",
    ),
    "document.whole": Text("Mọi nơi nhận", "All recipients"),
    "document.note.pending": Text("Chờ nơi nhận trả lời yêu cầu lấy lại.", "It has to answer the take-back."),
    "document.note.reason": Text("Lý do: “{reason}”", "Reason: “{reason}”"),
    "document.note.expired": Text("Quá hạn nhận lúc {at}.", "Expired at {at}."),
    "document.note.forwarded": Text("Nhận thay {name}.", "In place of {name}."),
    "document.note.warned": Text("Trục đã nhắc.", "The axis has warned."),
    "document.note.offered": Text("Đã tải về từ {at}, chưa ký nhận.", "Fetched since {at}, not signed for."),
    "document.note.ends": Text("Hết hạn nhận {at}, còn {left}.", "Expires at {at}, {left} left."),
    "document.agency": Text("Vì sao?", "Why?"),
    "document.course": Text("Diễn biến", "Course of events"),
    "document.course.order": Text("giờ Việt Nam, mới nhất trước", "time of Vietnam, newest first"),
    "document.main": Text("Việc chính {n}", "Main events {n}"),
    "document.all": Text("Tất cả {n}", "All {n}"),
    "document.older": Text("Cũ hơn", "Older"),
    "document.evidence": Text("Bằng chứng {leaf}", "Evidence {leaf}"),
    "document.genuine": Text(
        "{name} ký số. Nội dung không đổi từ khi ký.", "Signed by {name}. The content has not changed since."
    ),
    "document.unsigned": Text(
        "{name} gửi không kèm chữ ký số; Trục ghi lại đúng như vậy.",
        "{name} sent it without a signature; the axis recorded it as that.",
    ),
    "document.not_judged": Text("Trục không xét chữ ký của văn bản này.", "The axis did not judge its signature."),
    "document.check.registered": Text("Đúng chứng thư đã đăng ký của đơn vị", "By the agency's registered certificate"),
    "document.check.valid": Text("Chứng thư có hạn đến {at}", "The certificate is valid until {at}"),
    "document.check.revoked": Text("Không bị thu hồi lúc gửi", "Not revoked when it was sent"),
    "document.check.logged": Text("Có trong nhật ký, không sửa được", "In the log, beyond change"),
    "document.technical": Text("Chi tiết kỹ thuật", "Technical detail"),
    "document.algorithm": Text("Thuật toán", "Algorithm"),
    "document.certificate": Text("Chứng thư, SHA-256", "Certificate, SHA-256"),
    "document.sha256": Text("Gói tin, SHA-256", "Message, SHA-256"),
    "document.id": Text("Mã gói tin", "Identifier"),
    "document.document_id": Text("DocumentId của bên gửi", "The sender's DocumentId"),
    "document.leaf": Text("Mục trong nhật ký", "Leaf of the log"),
    "document.verdict": Text("Kết luận của Trục", "The axis' verdict"),
    "document.card": Text("Thông tin văn bản", "About it"),
    "document.from": Text("Từ", "From"),
    "document.signer": Text("Người ký", "Signed by"),
    "document.due": Text("Hạn trả lời", "Answer by"),
    "document.files": Text("Tệp", "Files"),
    "document.files.more": Text("và {n} tệp khác", "and {n} more"),
    "document.files.none": Text("không có tệp đính kèm", "none attached"),
    "document.sent": Text("Gửi lúc", "Sent"),
    "document.size": Text("Cỡ gói tin", "Size"),
    "document.answers": Text("Trả lời văn bản", "Answers"),
    "document.about.recall": Text("Thu hồi văn bản", "Recalls"),
    "document.about.update": Text("Cập nhật văn bản", "Updates"),
    "document.about.replacement": Text("Thay thế văn bản", "Replaces"),
    "document.reason": Text("Lý do", "Reason"),
    "document.receipt": Text("Biên nhận", "Receipt"),
    "document.receipt.open": Text("Xem, tải", "Open, download"),
    "document.verify": Text("Xác minh", "Verify"),
    "document.routing": Text(
        "Quản trị Trục thấy đường đi của văn bản, không thấy lời và bằng chứng của các bên.",
        "An operator sees how the document travelled, not the words and the evidence of its parties.",
    ),
    "document.looked": Text(
        "Lần xem này đã được ghi thành bằng chứng, bên gửi nhìn thấy.",
        "This look is on record as evidence, which the sender sees.",
    ),
    "event.SubmissionAcceptance": Text(
        "{sender} gửi; Trục nhận cho {n} nơi và cấp biên nhận",
        "{sender} sent it; accepted for {n} recipient, with a receipt|"
        "{sender} sent it; accepted for {n} recipients, with a receipt",
    ),
    "event.SubmissionRejection": Text("Trục từ chối gói tin của {sender}", "The axis refused {sender}'s message"),
    "event.ContentHandover": Text(
        "{who} nhận về, xác nhận đúng nội dung", "{who} fetched it and confirmed the content"
    ),
    "event.ContentHandoverFailure": Text("{who} báo nội dung không nhận được", "{who} could not take the content"),
    "event.ConsignmentAcceptance": Text("{who} tiếp nhận, vào sổ", "{who} registered it"),
    "event.ConsignmentRejection": Text("{who} trả lại", "{who} returned it"),
    "event.AcceptanceRejectionExpiry": Text("{who} không nhận trong hạn", "{who} did not fetch it in time"),
    "event.HandoverWarning": Text("Trục nhắc: {who} chưa nhận", "The axis warned: {who} has not fetched it"),
    "event.RecallRequest": Text("{sender} yêu cầu lấy lại từ {who}", "{sender} asked {who} to give it back"),
    "event.RecallConfirmed": Text("Đã lấy lại từ {who}", "Taken back from {who}"),
    "event.RecallRefused": Text("{who} không đồng ý trả lại", "{who} keeps it"),
    "event.BusinessStatus": Text("{who} báo trạng thái xử lý", "{who} reported on it"),
    "event.status.01": Text("Văn bản đã đến {who}", "It arrived at {who}"),
    "event.status.04": Text("{who} phân công xử lý", "{who} assigned it"),
    "event.status.05": Text("{who} đang xử lý", "{who} works on it"),
    "event.status.06": Text("{who} báo hoàn thành", "{who} finished it"),
    "event.DocumentLookedAt": Text("Kiểm toán viên đã xem", "An auditor looked at it"),
    "event.EvidenceExported": Text("Bằng chứng đã được xuất", "Evidence was exported"),
    "event.DataBrought": Text("Đã nhận dữ liệu đồng bộ", "Data was brought"),
    "event.RetentionApplied": Text("Nội dung đã xóa theo thời hạn lưu", "Content deleted by retention"),
}
