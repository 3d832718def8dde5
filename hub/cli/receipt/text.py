"""Evidence as lines for people, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hub.cli.common import Shared
from hub.core.evidence import countersign
from hub.core.evidence.countersign import Standing
from hub.core.evidence.format import Event, Evidence
from hub.core.model import VIETNAM, Millis, from_iso_utc, to_datetime

_EVENTS: Final = {
    Event.SUBMISSION_ACCEPTANCE: ("Trục đã nhận và lưu trữ an toàn văn bản", "the hub accepted the document, durably"),
    Event.SUBMISSION_REJECTION: ("Trục từ chối văn bản", "the hub refused the document"),
    Event.CONTENT_HANDOVER: ("Bên nhận đã ký nhận nội dung", "the recipient signed for the content"),
    Event.CONSIGNMENT_ACCEPTANCE: ("Bên nhận đã tiếp nhận, vào sổ", "the recipient accepted and registered it"),
    Event.CONSIGNMENT_REJECTION: ("Bên nhận từ chối", "the recipient refused it"),
    Event.ACCEPTANCE_REJECTION_EXPIRY: ("Hết hạn mà chưa được nhận", "it was not fetched in time"),
    Event.RECALL_REQUEST: ("Bên gửi yêu cầu lấy lại", "the sender asked for it back"),
    Event.RECALL_CONFIRMED: ("Đã lấy lại", "it was taken back"),
    Event.RECALL_REFUSED: ("Bên nhận không đồng ý lấy lại", "the recipient refused to give it back"),
    Event.BUSINESS_STATUS: ("Bên nhận báo trạng thái xử lý", "the recipient reported a status"),
    Event.DATA_BROUGHT: ("Trục đã nhận và lưu trữ an toàn dữ liệu đồng bộ", "the hub took the data in, durably"),
    Event.HANDOVER_WARNING: ("Cảnh báo: chưa được nhận", "warning: not fetched yet"),
}


_WORDS: Final = {
    "": ("theo lời Trục", "by the hub's word"),
    "document": ("đã kiểm trên văn bản", "verified over the document"),
    "proof": (
        "chữ ký là thật; rằng ký trên văn bản này là theo lời Trục",
        "a genuine signature; that it is over this document is the hub's word",
    ),
}
"""The ground of the verdict on the document's signature."""


def evidence_lines(shared: Shared, evidence: Evidence, shown: str = "") -> Iterator[tuple[str, str]]:
    """Names and values of the evidence's members. `shown`: the roots by which the document's signature was verified, if
    it was."""
    pick = shared.pick
    words = pick(*_EVENTS.get(evidence.event, ("", "")))
    yield pick("sự kiện", "event"), f"{evidence.event.short}{f' — {words}' if words else ''}"
    yield pick("lúc", "at"), local_time(evidence.at)
    if evidence.submission_time:
        yield pick("gửi lúc", "submitted"), local_time(from_iso_utc(evidence.submission_time))
    if evidence.sender:
        yield pick("bên gửi", "sender"), evidence.sender.identifier
    yield pick("bên nhận", "recipients"), ", ".join(r.identifier for r in evidence.recipients)
    if evidence.content:
        yield "DocumentId", evidence.content.document_id
    yield pick("mã gói tin", "message"), evidence.message
    digest = evidence.document_digest()
    yield "SHA-256", digest.hex() if digest else ""
    if evidence.signature:
        stated = f"{shared.term(evidence.signature.verdict)} {evidence.signature.alg}".strip()
        yield pick("chữ ký văn bản", "its signature"), f"{stated} ({pick(*_WORDS[shown])})"
    if evidence.status:
        yield pick("trạng thái", "status"), evidence.status.code
    counter = countersign.standing(evidence)
    other = f"({counter.signer})" if counter.standing is Standing.ON_BEHALF else ""
    why = counter.why and f"({counter.why})"
    said = (shared.text(counter.standing.text), counter.by, other, counter.sha256, why)
    yield pick("ký đối ứng", "countersigned"), " ".join(filter(None, said))
    yield pick("lý do", "reasons"), "; ".join(f"{r.code} {r.details}".strip() for r in evidence.reasons)


def local_time(at: Millis) -> str:
    return f"{to_datetime(at).astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}.{at % 1000:03d} +07:00"
