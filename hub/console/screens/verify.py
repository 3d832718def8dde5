"""Verifying a receipt in the browser: a page for anybody that, once it is there, speaks with nobody.

Its policy of security allows no connection, no form and no frame: that nothing leaves the machine is not a promise of
its script but a rule that the browser enforces. Whom to trust stands in the page; a policy of one's own replaces it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from hub.access import Right
from hub.console.page import Page, Visit
from hub.core.errors import Text
from hub.record.log import Log

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'none'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


async def show(visit: Visit) -> web.StreamResponse:
    response = visit.page("verify.html", policy=published(visit.hub.log))
    response.headers["Content-Security-Policy"] = POLICY
    return response


def published(log: Log) -> str:
    """The policy that the hub publishes: its keys; and of its witnesses more than half."""
    lines = [f"log {vkey}" for vkey in log.vkeys]
    names = [verifier.name for verifier in log.witnesses]
    lines += [f"witness {verifier.name} {verifier.vkey}" for verifier in log.witnesses]
    if names:
        lines.append(f"group witnesses:majority {len(names) // 2 + 1} {' '.join(names)}")
    lines.append("quorum witnesses:majority" if names else "quorum none")
    return "\n".join(lines) + "\n"


PAGES: Final = (Page("GET", "/verify", show, Right.ANYONE, "verify.title"),)
TEXTS: Final[Mapping[str, Text]] = {
    "verify.title": Text("Xác minh biên nhận", "Verify a receipt"),
    "verify.local": Text("Không có gì rời máy này", "Nothing leaves this machine"),
    "verify.local.why": Text(
        "Trang đã tải xong thì trình duyệt cấm nó kết nối ra ngoài; ngắt mạng vẫn chạy.",
        "Once the page is loaded the browser forbids it any connection; it works with the network off.",
    ),
    "verify.receipt": Text("Thả tệp biên nhận (.tlog-proof) vào đây", "Drop the receipt (.tlog-proof) here"),
    "verify.document": Text("Rồi thả văn bản (.edxml) để so", "Then drop the document (.edxml) to compare"),
    "verify.choose": Text("hoặc chọn tệp", "or choose a file"),
    "verify.insecure": Text(
        "Trình duyệt chỉ cho tính mật mã ở địa chỉ https hoặc trên chính máy này. Mở lại bằng https.",
        "A browser does cryptography at https addresses or on the machine itself only. Open this by https.",
    ),
    "verify.no_script": Text("Trang này cần JavaScript của chính nó.", "This page needs its own JavaScript."),
    "verify.valid": Text("Đúng: biên nhận là thật", "It holds: the receipt is genuine"),
    "verify.pending": Text("Chưa đủ nhân chứng", "Not enough witnesses yet"),
    "verify.unchecked": Text("Trình duyệt này chưa kiểm tra được hết", "This browser could not check all of it"),
    "verify.refused": Text("KHÔNG đúng", "It does NOT hold"),
    "verify.whole": Text("Văn bản đúng là văn bản mà biên nhận nêu.", "The document is the one it names."),
    "verify.part": Text(
        "Chưa so với văn bản: thả văn bản vào để chắc đó là văn bản này.",
        "Not compared with the document: drop it to be sure that it is this one.",
    ),
    "verify.place": Text("Bước", "Step"),
    "verify.step.file": Text("Tệp là một biên nhận", "The file is a receipt"),
    "verify.step.evidence": Text("Bằng chứng đúng dạng, không tự mâu thuẫn", "The evidence is well formed"),
    "verify.step.signed": Text(
        "Nhật ký ký điểm kiểm tra, đủ nhân chứng", "The log signed the checkpoint, enough witnesses cosigned"
    ),
    "verify.step.included": Text("Bằng chứng nằm trong nhật ký", "The evidence is in the log"),
    "verify.step.document": Text("Văn bản đúng là văn bản ấy", "The document is that one"),
    "verify.state.good": Text("đúng", "good"),
    "verify.state.bad": Text("sai", "bad"),
    "verify.state.pending": Text("chưa đủ", "not enough"),
    "verify.state.open": Text("chưa xét", "not come to"),
    "verify.facts": Text("Biên nhận nói", "What the receipt says"),
    "verify.event": Text("Sự kiện", "Event"),
    "verify.at": Text("Lúc", "At"),
    "verify.sender": Text("Bên gửi", "Sender"),
    "verify.recipients": Text("Bên nhận", "Recipients"),
    "verify.message": Text("Gói tin", "Message"),
    "verify.counter": Text("Ký đối ứng", "Countersigned"),
    "verify.hubword": Text("Chữ ký (lời Trục)", "Signature (hub's word)"),
    "verify.log": Text("Nhật ký", "Log"),
    "verify.witnesses": Text("Nhân chứng", "Witnesses"),
    "verify.policy": Text("Tin những khóa nào", "Which keys are trusted"),
    "verify.policy.hub": Text(
        "Đang dùng chính sách do Trục này công bố. Muốn không tin Trục: thả chính sách lấy từ nơi khác.",
        "The policy that this axis publishes is in use. Not to trust the axis, drop one that you had from elsewhere.",
    ),
    "verify.policy.drop": Text("Thả tệp chính sách vào đây", "Drop a policy file here"),
    "verify.policy.own": Text("Đang dùng tệp chính sách của bạn.", "Your own policy file is in use."),
    "verify.command": Text("Cũng làm được trên dòng lệnh", "The same on the command line"),
}
