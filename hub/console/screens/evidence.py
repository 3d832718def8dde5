"""One evidence in words: the event, its two sides, the signer, and where it stands in the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from hub import auditing
from hub.access import Right
from hub.console.page import Page, Visit
from hub.console.screens.document import happened
from hub.core.errors import Text
from hub.core.evidence import countersign, receipt
from hub.core.evidence import format as ev
from hub.core.log import note
from hub.routes import documents


async def show(visit: Visit) -> web.StreamResponse:
    """As of the interface: of a document that this person may see; an auditor's look is on record."""
    name = visit.call.path["id"].lower()
    leaf = await auditing.evidence(visit.exchange, visit.caller, f"urn:uuid:{name}")
    evidence, log = ev.decode(leaf.object), visit.hub.log
    proof = receipt.parse(await visit.exchange.store.inspect(lambda tx: log.newest_receipt(tx, leaf.number)))
    opened = note.open_note(proof.note, (*log.verifiers, *log.witnesses))
    known = {verifier.id for verifier in log.witnesses}
    message = await visit.exchange.store.message(leaf.message) if leaf.message is not None else None
    document = message
    if message is not None and message.about is not None and evidence.status is not None:
        document = await visit.exchange.store.message(message.about) or message
    return visit.page(
        "evidence.html",
        e=evidence,
        name=name,
        said=happened(visit, evidence),
        leaf=leaf,
        digest=evidence.document_digest(),
        counter=countersign.standing(evidence),
        checkpoint=opened.checkpoint,
        witnesses=[(s.verifier.name, s.at) for s in opened.signed if s.verifier.id in known],
        back=f"/console/documents/{document.id.removeprefix('urn:uuid:')}" if document is not None else "",
        command=f"truc receipt verify {name}.tlog-proof --policy POLICY",
    )


async def download(visit: Visit) -> web.StreamResponse:
    """Its receipt, under the checkpoint that most witnesses cosigned."""
    response = await documents.receipt(visit.call._replace(caller=visit.caller))
    name = visit.call.path["id"].lower()
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.tlog-proof"'
    return response


PAGES: Final = (
    Page("GET", "/console/evidence/{id}", show, Right.EVIDENCE, "evidence.title"),
    Page("GET", "/console/evidence/{id}/receipt", download, Right.EVIDENCE, "evidence.title", part=True),
)
TEXTS: Final[Mapping[str, Text]] = {
    "evidence.title": Text("Bằng chứng", "Evidence"),
    "evidence.event": Text("Sự kiện", "Event"),
    "evidence.at": Text("Lúc", "At"),
    "evidence.sender": Text("Bên gửi", "Sender"),
    "evidence.recipients": Text("Nơi nhận", "Recipients"),
    "evidence.more": Text("và {n} nơi khác", "and {n} more"),
    "evidence.reasons": Text("Lý do, mã", "Reasons, codes"),
    "evidence.digest": Text("Gói tin, SHA-256", "Message, SHA-256"),
    "evidence.counter": Text("Ký đối ứng", "Countersigned"),
    "evidence.counter.digest": Text("SHA-256 của phần đã ký", "SHA-256 of what was signed"),
    "evidence.log": Text("Trong nhật ký", "In the log"),
    "evidence.leaf": Text("Mục số", "Leaf number"),
    "evidence.checkpoint": Text("Điểm kiểm tra", "Checkpoint"),
    "evidence.checkpoint.of": Text("{n} mục của {origin}", "{n} leaf of {origin}|{n} leaves of {origin}"),
    "evidence.root": Text("Gốc cây", "Root"),
    "evidence.witnesses": Text("Nhân chứng đã ký", "Cosigned by"),
    "evidence.witnesses.none": Text("chưa có nhân chứng nào ký", "no witness yet"),
    "evidence.download": Text("Tải biên nhận", "Download the receipt"),
    "evidence.verify": Text("Xác minh ngay trong trình duyệt", "Verify it in the browser"),
    "evidence.back": Text("Về văn bản", "To the document"),
    "evidence.why": Text(
        "Biên nhận là một tệp tự đứng được: ai có khóa của nhật ký đều kiểm tra được, không cần hỏi Trục.",
        "The receipt is a file that stands alone: whoever has the log's key can check it without asking the axis.",
    ),
}
