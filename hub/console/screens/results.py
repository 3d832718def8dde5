"""Verifying an electronic result: a page for every holder of its file, its number, or the paper with its QR.

A file is digested in the browser, and only the digest is asked for: the page's policy of security allows it no
connection but the form that asks. A QR leads here with all that stands in it behind `#`, which no browser sends; the
page's script reads it, and asks for the number and the owner's tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console.page import Page, PageQuery, Visit
from hub.core.errors import AxisError, BadRequest, Text
from hub.core.misfit import misfit
from hub.core.model import Millis, from_iso_utc
from hub.core.wire_results import ResultVerified
from hub.programmes.signatures.verdict import WORDS, PdfVerdict
from hub.routes import results

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'none'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_TONES: Final = {"valid": "ok", "revoked": "er", "superseded": "wa", "expired": "wa", "not-yet-valid": "wa"}


class ResultsQuery(PageQuery, frozen=True, kw_only=True):
    """As `results.VerifyQuery`; `at` is a day."""

    code: Annotated[str, msgspec.Meta(max_length=80)] = ""
    sha256: Annotated[str, msgspec.Meta(max_length=64)] = ""
    owner: Annotated[str, msgspec.Meta(max_length=16)] = ""
    at: Annotated[str, msgspec.Meta(max_length=40)] = ""


async def show(visit: Visit) -> web.StreamResponse:
    query: ResultsQuery = visit.query or ResultsQuery()
    found: ResultVerified | None = None
    error: AxisError | None = None
    if query.code or query.sha256:
        try:
            found = await _asked(visit, query)
        except AxisError as refused:
            error = refused
    response = visit.again(
        "results.html",
        error,
        asked=query,
        found=found,
        moment=lambda text: visit.moment(from_iso_utc(text)),
        tone=_TONES.get,
        file_words={verdict.value: words for verdict, words in WORDS.items() if verdict is not PdfVerdict.NOT_READ},
    )
    response.headers["Content-Security-Policy"] = POLICY
    return response


async def _asked(visit: Visit, query: ResultsQuery) -> ResultVerified:
    given = {"result": query.code.strip(), "sha256": query.sha256, "owner": query.owner, "at": query.at}
    try:
        asked = msgspec.convert(given, results.VerifyQuery)
    except msgspec.ValidationError as error:  # a QR that was copied by hand, or a tag or digest that is none
        wrong = misfit(results.VerifyQuery, error, given)
        raise BadRequest(expected=wrong.told, found=wrong.found) from None
    return await results.verified(visit.context, results.asked_of(asked, Millis(visit.now)))


PAGES: Final = (Page("GET", "/results", show, Right.ANYONE, "results.title", ResultsQuery),)
TEXTS: Final[Mapping[str, Text]] = {
    "results.title": Text("Tra cứu kết quả điện tử", "Verify an electronic result"),
    "results.local": Text("Tệp không rời máy này", "The file stays on this machine"),
    "results.local.why": Text(
        "Trình duyệt tính mã băm của tệp; chỉ mã băm được gửi đi để tra cứu.",
        "The browser computes the file's digest; only the digest is sent.",
    ),
    "results.file": Text("Thả tệp kết quả vào đây", "Drop the file of the result here"),
    "results.choose": Text("hoặc chọn tệp", "or choose a file"),
    "results.code": Text("Mã kết quả", "Number"),
    "results.code.example": Text("ví dụ H52.01-261110-0001-KQ1", "such as H52.01-261110-0001-KQ1"),
    "results.at": Text("Tại ngày (để trống: bây giờ)", "On the day (empty: now)"),
    "results.ask": Text("Tra cứu", "Verify"),
    "results.no_script": Text(
        "Không có JavaScript thì tra cứu theo mã; thả tệp cần JavaScript của chính trang này.",
        "Without JavaScript a number is verified; dropping a file needs this page's own JavaScript.",
    ),
    "results.insecure": Text(
        "Trình duyệt chỉ tính mã băm ở địa chỉ https hoặc trên chính máy này. Mở lại bằng https.",
        "A browser digests files at https addresses or on the machine itself only. Open this by https.",
    ),
    "results.large": Text("Tệp quá lớn (tối đa 200 MB)", "The file is too large (at most 200 MB)"),
    "results.from_qr": Text("Trên giấy ghi", "The paper says"),
    "results.as_of": Text("Tại thời điểm", "At"),
    "results.behind": Text(
        "Còn {n} văn bản vừa nhận chưa xét: có thể có một lần thu hồi trong đó.",
        "{n} documents that just came are not taken in yet: a revocation may be among them.",
    ),
    "results.standing.valid": Text("Còn giá trị", "Valid"),
    "results.standing.revoked": Text("Đã bị thu hồi, hủy", "Revoked"),
    "results.standing.superseded": Text("Đã được thay thế", "Superseded"),
    "results.standing.expired": Text("Hết thời hạn", "Expired"),
    "results.standing.not-yet-valid": Text("Chưa đến ngày có giá trị", "Not valid yet"),
    "results.standing.unknown": Text("Trục không biết kết quả này", "The axis does not know this result"),
    "results.standing.several": Text(
        "Nhiều cơ quan đăng ký mã này: so cơ quan cấp, hoặc thả tệp",
        "Several agencies registered this number: compare the issuer, or drop the file",
    ),
    "results.unknown.why": Text(
        "Không cơ quan nào đăng ký nó trên Trục này. Không vì thế mà giấy tờ là giả: có thể nó chưa được đăng ký.",
        "No agency registered it on this axis. That does not make the paper a fake: it may never have been registered.",
    ),
    "results.other_file": Text(
        "Mã này có đăng ký, nhưng tệp này KHÔNG phải tệp đã đăng ký.",
        "This number is registered, but this file is NOT the one that was registered.",
    ),
    "results.same_file": Text("Đúng tệp đã đăng ký", "It is the registered file"),
    "results.bare": Text(
        "Hỏi theo mã thì chỉ nêu tình trạng. Thả tệp, hoặc quét mã QR trên giấy, để xem tên giấy tờ, thời hạn, lý do.",
        "A number alone tells the standing. Drop the file, or scan the paper's QR, for its name, its days and reasons.",
    ),
    "results.issuer": Text("Cơ quan cấp", "Issuer"),
    "results.since": Text("Từ lúc", "Since"),
    "results.later": Text("Về sau", "Later"),
    "results.successor": Text("Thay bằng", "Successor"),
    "results.name": Text("Tên giấy tờ", "Paper"),
    "results.procedure": Text("Thủ tục", "Procedure"),
    "results.validity": Text("Thời hạn", "Valid"),
    "results.unbounded": Text("không giới hạn", "without end"),
    "results.registered": Text("Đăng ký lúc", "Registered"),
    "results.copy": Text("Loại bản", "Copy"),
    "results.copy.original": Text("Bản gốc", "Original"),
    "results.copy.sao-luc": Text("Bản sao lục", "Copy of a copy"),
    "results.copy.sao-y": Text("Bản sao y", "True copy"),
    "results.copy.trich-sao": Text("Bản trích sao", "Extract"),
    "results.copy_of": Text("Sao từ", "Copied from"),
    "results.converted": Text("Chuyển đổi từ giấy", "Converted from paper"),
    "results.reason": Text("Lý do", "Reason"),
    "results.decision": Text("Quyết định", "Decision"),
    "results.signatures": Text("Chữ ký", "Signatures"),
    "results.signatures.none": Text("chưa kiểm tra", "not examined"),
    "results.retrievable": Text("Tải lại được", "Retrievable"),
    "results.yes": Text("có", "yes"),
    "results.no": Text("không", "no"),
    "results.digest": Text("Mã băm", "SHA-256"),
    "results.document": Text("Văn bản", "Document"),
    "results.command": Text("Cũng làm được trên dòng lệnh", "The same on the command line"),
}
