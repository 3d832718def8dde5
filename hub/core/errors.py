"""Every way in which the axis says no, drawn as one tree.

A refusal changes nothing but the record that it happened. It tells, in Vietnamese and in English, the expected value,
the found one and the remedy; it carries a stable code that a program may branch on, and whose fault it is, so that a
client knows whether trying again can help.

    AxisError
    ├── Refusal                          the caller's message or request; trying again unchanged will not help
    │   ├── FormatRefusal                FORMAT_*      the bytes are not an edXML message that may travel
    │   │   ├── MalformedXml             FORMAT_MALFORMED_XML
    │   │   ├── ForbiddenXml             FORMAT_FORBIDDEN_XML      DTD, entity, comment, instruction, foreign encoding
    │   │   ├── XmlTooComplex            FORMAT_TOO_COMPLEX        depth, elements, attributes, namespaces
    │   │   ├── NotEdxml                 FORMAT_NOT_EDXML
    │   │   ├── InvalidFields            FORMAT_INVALID_FIELDS     carries every Finding at once
    │   │   ├── BadAttachment            FORMAT_BAD_ATTACHMENT
    │   │   └── StateSecret              FORMAT_STATE_SECRET       QĐ 28/2018 Art. 1.2
    │   ├── SignatureRefusal             SIGNATURE_<verdict>       one code for each verdict but VALID
    │   ├── RoutingRefusal               ROUTING_*
    │   │   ├── UndeliverableRecipients  ROUTING_UNDELIVERABLE     names every recipient that cannot be served
    │   │   ├── TierForbidden            ROUTING_TIER_FORBIDDEN
    │   │   └── SenderNotAllowed         ROUTING_SENDER_NOT_ALLOWED
    │   ├── ConflictRefusal
    │   │   ├── IdentityConflict         CONFLICT_DOCUMENT_ID      same sender and identity, other bytes
    │   │   └── DeliveryConflict         CONFLICT_DELIVERY_STATE   e.g. acknowledged after it was taken back
    │   ├── StatusRefusal
    │   │   ├── StatusOutOfOrder         STATUS_OUT_OF_ORDER
    │   │   ├── StatusNotYours           STATUS_NOT_YOURS
    │   │   ├── SignatureRequired        STATUS_SIGNATURE_REQUIRED
    │   │   ├── StatusUnmatched          STATUS_UNMATCHED          names no document that the axis carries
    │   │   ├── StatusAmbiguous          STATUS_AMBIGUOUS          fits several documents
    │   │   └── NothingToTakeBack        STATUS_NOTHING_TO_TAKE_BACK
    │   ├── AcknowledgementRefusal       ACKNOWLEDGEMENT_INVALID
    │   ├── AccessRefusal
    │   │   ├── Unauthenticated          ACCESS_UNAUTHENTICATED
    │   │   ├── Forbidden                ACCESS_FORBIDDEN
    │   │   ├── NotFound                 ACCESS_NOT_FOUND          also for another's document: existence is not told
    │   │   ├── NameAmbiguous            ACCESS_NAME_AMBIGUOUS     a name that several of the caller's documents have
    │   │   └── PayloadGone              ACCESS_PAYLOAD_GONE       deleted under retention; its evidence is kept
    │   ├── RequestRefusal
    │   │   ├── BadRequest               REQUEST_INVALID
    │   │   ├── TooLarge                 REQUEST_TOO_LARGE
    │   │   ├── TooSlow                  REQUEST_TOO_SLOW
    │   │   ├── EncodedBody              REQUEST_CONTENT_ENCODING
    │   │   └── WebhookRefused           REQUEST_WEBHOOK           an address that no webhook may go to, one too many
    │   └── DirectoryRefusal             DIRECTORY_INVALID         an entry that would break the directory
    ├── TryLater                         nobody's fault; the same request may succeed later
    │   ├── TooMany                      LIMIT_TOO_MANY            carries seconds to wait
    │   ├── RefusalsSpent                LIMIT_REFUSALS            refused, and without evidence: too many this hour
    │   ├── Unavailable                  HUB_UNAVAILABLE           the hub cannot promise durability just now
    │   ├── ClockInDoubt                 HUB_CLOCK_IN_DOUBT        the hub does not know which time to put on record
    │   └── Overloaded                   HUB_OVERLOADED            too many answers wait to be read
    ├── ProofInvalid                     PROOF_INVALID             a receipt, note, proof or bundle does not verify
    ├── PolicyInvalid                    POLICY_INVALID            the verifier's file of trusted keys is unusable
    ├── AlreadyRunning                   HUB_ALREADY_RUNNING       another process has this record open
    ├── IntegrityAlarm                   HUB_INTEGRITY             the hub's own record contradicts itself
    └── Unexpected                       HUB_ERROR                 an error that nobody foresaw; the hub's log has it
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import ClassVar, NamedTuple

import msgspec

from hub.core.phrases.table import EXPECTED_FOUND


class Fault(StrEnum):
    """The side that has to act before it can work."""

    SENDER = "sender"
    CALLER = "caller"
    HUB = "hub"
    PROVER = "prover"


class Text(NamedTuple):
    """One sentence in both languages; the law wants the Vietnamese one."""

    vi: str
    en: str


class Severity(StrEnum):
    """A finding's effect on its message; which rule has which is one table (`severity`)."""

    ERROR = "error"
    """No message can be made of it, or routed: it is refused."""

    NOTICE = "notice"
    """The message is accepted; the notice travels with the answer, the evidence and the document."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong in a message.

    code        the field's own convention: `N.` `R.` `M.` `T.` and the dotted path. It goes into evidence, so it is
                one of our own words and never holds a message's words
    clause      whose rule it is
    found       the message's text there, cut short; `right`: the rule's demand
    vi, en      both as one sentence
    line        where it begins, 0 where it has no place
    """

    code: str
    severity: Severity
    clause: str
    path: str
    found: str
    right: Text
    vi: str
    en: str
    line: int = 0

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


class Unready(Exception):
    """Outside of the tree, for it never leaves this machine: the program lacks a thing that it cannot begin without.
    `lines` name it, for people, in both languages."""

    lines: tuple[str, ...] = ()


class AxisError(Exception):
    """Root of the tree. `expected`, `found` are short and never hold a payload; `facts` are machine-readable."""

    code: ClassVar[str] = "AXIS"
    fault: ClassVar[Fault] = Fault.HUB
    text: ClassVar[Text] = Text("Lỗi", "Error")
    hint: ClassVar[Text] = Text("", "")

    def __init__(self, *, expected: str = "", found: str = "", **facts: object) -> None:
        self.expected = expected
        # The content of a header or path may be no Unicode text; told and recorded text is.
        self.found = found[:500].encode("utf-8", "backslashreplace").decode()
        self.facts = facts
        super().__init__(self.en)

    @property
    def vi(self) -> str:
        told = EXPECTED_FOUND.vi
        return _sentence(self.text.vi, "cần", told(self.expected), "nhận được", told(self.found))

    @property
    def en(self) -> str:
        return _sentence(self.text.en, "expected", self.expected, "found", self.found)


def _sentence(head: str, want: str, expected: str, got: str, found: str) -> str:
    parts = [f"{word}: {value}" for word, value in ((want, expected), (got, found)) if value]
    return f"{head} ({'; '.join(parts)})" if parts else head


class Refusal(AxisError):
    fault = Fault.SENDER


class FormatRefusal(Refusal):
    pass


class MalformedXml(FormatRefusal):
    code = "FORMAT_MALFORMED_XML"
    text = Text("Tệp không phải XML hợp lệ", "The bytes are not well-formed XML")
    hint = Text(
        "Kiểm tra tệp có bị cắt cụt hoặc sai mã hóa; chỉ chấp nhận UTF-8",
        "Check for truncation and encoding; only UTF-8 is accepted",
    )


class ForbiddenXml(FormatRefusal):
    code = "FORMAT_FORBIDDEN_XML"
    text = Text("XML chứa thành phần bị cấm", "The XML uses a forbidden construct")
    hint = Text(
        "Bỏ DTD, thực thể, chú thích và chỉ thị xử lý; lưu tệp dạng UTF-8 không nén",
        "Remove DTD, entities, comments and processing instructions; store as plain UTF-8",
    )


class XmlTooComplex(FormatRefusal):
    code = "FORMAT_TOO_COMPLEX"
    text = Text("XML vượt giới hạn cấu trúc", "The XML exceeds a structural limit")
    hint = Text("Rút gọn cấu trúc; tệp lớn đặt trong phần đính kèm", "Simplify it; put bulk data in attachments")


class NotEdxml(FormatRefusal):
    code = "FORMAT_NOT_EDXML"
    text = Text("Không phải gói tin edXML", "Not an edXML message")
    hint = Text(
        "Gói tin theo QCVN 102:2016/BTTTT, không gian tên http://www.mic.gov.vn/TBT/QCVN_102_2016",
        "Build it after QCVN 102:2016/BTTTT, namespace http://www.mic.gov.vn/TBT/QCVN_102_2016",
    )


class InvalidFields(FormatRefusal):
    """Carries all findings, the errors before the notices."""

    code = "FORMAT_INVALID_FIELDS"
    text = Text("Gói tin có trường không hợp lệ", "Fields of the message are not valid")
    hint = Text("Sửa từng lỗi trong danh sách rồi gửi lại", "Correct every finding in the list and send again")

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(sorted(findings, key=lambda finding: not finding.is_error))
        super().__init__(found=", ".join(f.code for f in self.findings if f.is_error), findings=self.findings)


class BadAttachment(FormatRefusal):
    code = "FORMAT_BAD_ATTACHMENT"
    text = Text("Tệp đính kèm không đọc được", "An attachment cannot be read")
    hint = Text(
        "Nội dung phải là base64 hợp lệ; tệp zip chỉ chứa một tệp",
        "Content must be valid base64; a zip holds exactly one file",
    )


class StateSecret(FormatRefusal):
    code = "FORMAT_STATE_SECRET"
    text = Text(
        "Văn bản mang dấu chỉ mức độ mật không được gửi qua Trục",
        "A document marked as a state secret may not travel on the axis",
    )
    hint = Text(
        "Gửi theo quy định bảo vệ bí mật nhà nước (QĐ 28/2018/QĐ-TTg, Điều 1.2)",
        "Send it by the rules for state secrets (QĐ 28/2018/QĐ-TTg Art. 1.2)",
    )


class Verdict(StrEnum):
    """The hub's verdict on a document's signature; everything but VALID is a refusal or, where the agency's policy
    is `record`, a label."""

    VALID = "VALID"
    ABSENT = "ABSENT"
    MALFORMED = "MALFORMED"
    WRONG_NAMESPACE = "WRONG_NAMESPACE"
    PROFILE_VIOLATION = "PROFILE_VIOLATION"
    ALGORITHM_FORBIDDEN = "ALGORITHM_FORBIDDEN"
    DIGEST_MISMATCH = "DIGEST_MISMATCH"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    CERTIFICATE_UNTRUSTED = "CERTIFICATE_UNTRUSTED"
    CERTIFICATE_EXPIRED = "CERTIFICATE_EXPIRED"
    CERTIFICATE_NOT_YET_VALID = "CERTIFICATE_NOT_YET_VALID"
    CERTIFICATE_REVOKED = "CERTIFICATE_REVOKED"
    REVOCATION_UNKNOWN = "REVOCATION_UNKNOWN"
    KEY_USAGE = "KEY_USAGE"
    IDENTITY_MISMATCH = "IDENTITY_MISMATCH"


VERDICT_TEXT: dict[Verdict, tuple[Text, Text]] = {
    Verdict.ABSENT: (
        Text("Văn bản không có chữ ký số", "The document carries no signature"),
        Text("Ký số văn bản trước khi gửi", "Sign the document before sending it"),
    ),
    Verdict.MALFORMED: (
        Text("Cấu trúc chữ ký số sai", "The signature's structure is wrong"),
        Text(
            "Tạo chữ ký theo hồ sơ nghiêm ngặt (XMLDSig enveloped)",
            "Build it after the strict profile (enveloped XMLDSig)",
        ),
    ),
    Verdict.WRONG_NAMESPACE: (
        Text("Chữ ký số nằm sai không gian tên", "The signature is in the wrong namespace"),
        Text(
            "Phần tử Signature phải thuộc http://www.w3.org/2000/09/xmldsig#",
            "The Signature element belongs in http://www.w3.org/2000/09/xmldsig#",
        ),
    ),
    Verdict.PROFILE_VIOLATION: (
        Text("Chữ ký số không theo hồ sơ nghiêm ngặt", "The signature departs from the strict profile"),
        Text(
            'Chỉ một tham chiếu URI="" với hai phép biến đổi đã định',
            'One Reference URI="" with exactly the two named transforms',
        ),
    ),
    Verdict.ALGORITHM_FORBIDDEN: (
        Text("Thuật toán ký không được phép", "A signature algorithm is not allowed"),
        Text(
            "Dùng RSA-PSS, RSA hoặc ECDSA P-256, P-384 với SHA-256, 384, 512 (TT 15/2025/TT-BKHCN)",
            "Use RSA-PSS, RSA or ECDSA P-256, P-384 with SHA-256, 384, 512 (TT 15/2025/TT-BKHCN)",
        ),
    ),
    Verdict.DIGEST_MISMATCH: (
        Text("Nội dung văn bản đã bị thay đổi sau khi ký", "The document was changed after it was signed"),
        Text(
            "Gửi lại đúng tệp đã ký; không sửa, không thêm TraceHeader sau khi ký",
            "Send the very bytes that were signed; add no TraceHeader afterwards",
        ),
    ),
    Verdict.SIGNATURE_INVALID: (
        Text("Chữ ký số không khớp với chứng thư", "The signature does not match the certificate"),
        Text("Ký bằng khóa của chính chứng thư kèm theo", "Sign with the key of the enclosed certificate"),
    ),
    Verdict.CERTIFICATE_UNTRUSTED: (
        Text("Chứng thư không thuộc chuỗi tin cậy", "The certificate does not chain to a trusted root"),
        Text(
            "Dùng chứng thư do CA chuyên dùng Chính phủ cấp",
            "Use a certificate issued under the axis' trust anchors",
        ),
    ),
    Verdict.CERTIFICATE_EXPIRED: (
        Text("Chứng thư đã hết hạn", "The certificate has expired"),
        Text("Gia hạn chứng thư và đăng ký với Trục", "Renew the certificate and register it with the axis"),
    ),
    Verdict.CERTIFICATE_NOT_YET_VALID: (
        Text("Chứng thư chưa có hiệu lực", "The certificate is not yet valid"),
        Text("Kiểm tra đồng hồ máy ký và ngày hiệu lực", "Check the signing machine's clock and the start date"),
    ),
    Verdict.CERTIFICATE_REVOKED: (
        Text("Chứng thư đã bị thu hồi", "The certificate was revoked"),
        Text("Ngừng dùng khóa này; xin cấp chứng thư mới", "Stop using this key; obtain a new certificate"),
    ),
    Verdict.REVOCATION_UNKNOWN: (
        Text("Không xác định được tình trạng thu hồi", "The certificate's revocation state is unknown"),
        Text("Quản trị Trục cần nạp CRL mới; thử lại sau", "The operator must load a fresh CRL; try later"),
    ),
    Verdict.KEY_USAGE: (
        Text("Chứng thư không dùng để ký văn bản", "The certificate may not sign documents"),
        Text(
            "Cần keyUsage digitalSignature hoặc nonRepudiation (để đăng nhập: digitalSignature) và EKU phù hợp",
            "It needs keyUsage digitalSignature or nonRepudiation (to log in: digitalSignature), and a fitting EKU",
        ),
    ),
    Verdict.IDENTITY_MISMATCH: (
        Text(
            "Chứng thư không đăng ký cho đơn vị gửi",
            "The certificate is not registered for the sending agency",
        ),
        Text(
            "Đăng ký chứng thư cho mã ở From/OrganId, hoặc sửa mã",
            "Register the certificate for From/OrganId, or correct the code",
        ),
    ),
}


class SignatureRefusal(Refusal):
    """Why a signature was not accepted; the code is `SIGNATURE_` + the verdict."""

    code = "SIGNATURE"

    def __init__(self, verdict: Verdict, *, expected: str = "", found: str = "", step: int = 0) -> None:
        self.verdict = verdict
        self.step = step
        self.code = f"SIGNATURE_{verdict}"  # type: ignore[misc]
        self.text, self.hint = VERDICT_TEXT[verdict]  # type: ignore[misc]
        super().__init__(expected=expected, found=found, verdict=verdict.value, step=step)


class RoutingRefusal(Refusal):
    pass


class UndeliverableRecipients(RoutingRefusal):
    """`facts["recipients"]` maps each code that cannot be served to the reason."""

    code = "ROUTING_UNDELIVERABLE"
    text = Text("Có nơi nhận không thể nhận văn bản", "Some recipients cannot be served")
    hint = Text(
        "Bỏ hoặc sửa các mã nêu tên; tra cứu bằng `truc agencies search`",
        "Remove or correct the codes named; look them up with `truc agencies search`",
    )


class TierForbidden(RoutingRefusal):
    code = "ROUTING_TIER_FORBIDDEN"
    text = Text("Chính sách không cho gửi giữa các cấp này", "Policy forbids sending between these tiers")
    hint = Text("Gửi qua cấp trung gian", "Send by way of the tier between")


class SenderNotAllowed(RoutingRefusal):
    code = "ROUTING_SENDER_NOT_ALLOWED"
    text = Text(
        "Đơn vị gửi không đúng với bên gọi hoặc không còn hoạt động",
        "The sending agency is not the caller's, or is not active",
    )
    hint = Text(
        "From/OrganId phải là mã của bên gọi hoặc của đơn vị mà bên gọi đại diện",
        "From/OrganId must be the caller's code or one that the caller acts for",
    )


class ConflictRefusal(Refusal):
    pass


class IdentityConflict(ConflictRefusal):
    code = "CONFLICT_DOCUMENT_ID"
    text = Text("Mã văn bản này đã được dùng cho nội dung khác", "This document identity already names other bytes")
    hint = Text(
        "Nếu là văn bản mới, dùng DocumentId mới; nếu là sửa đổi, gửi nghiệp vụ cập nhật (2) hoặc thay thế (3)",
        "A new document needs a new DocumentId; a change is sent as update (2) or replacement (3)",
    )


class DeliveryConflict(ConflictRefusal):
    code = "CONFLICT_DELIVERY_STATE"
    fault = Fault.CALLER
    text = Text("Trạng thái gói tin không cho phép thao tác này", "The delivery's state does not allow this")
    hint = Text("Đọc lại hộp thư để biết trạng thái hiện tại", "Read the inbox again for the current state")


class StatusRefusal(Refusal):
    pass


class StatusOutOfOrder(StatusRefusal):
    code = "STATUS_OUT_OF_ORDER"
    text = Text("Trạng thái không hợp lệ ở bước này", "This status cannot follow the present one")
    hint = Text(
        "Ký nhận văn bản trước (waiting → handed_over); rồi theo bảng trạng thái: 01 → 02|03 → 04 → 05 → 06",
        "Acknowledge the document first (waiting → handed_over); then as the table has it: 01 → 02|03 → 04 → 05 → 06",
    )


class StatusNotYours(StatusRefusal):
    code = "STATUS_NOT_YOURS"
    text = Text("Bên gửi trạng thái không phải bên được quyền", "This status is not this agency's to send")
    hint = Text(
        "13 do bên gửi văn bản; các mã khác do bên nhận",
        "13 belongs to the document's sender; the others to its recipient",
    )


class SignatureRequired(StatusRefusal):
    code = "STATUS_SIGNATURE_REQUIRED"
    text = Text(
        "Yêu cầu lấy lại và việc đồng ý trả lại phải có chữ ký số hợp lệ",
        "A take-back and the agreement to it count only with a valid signature",
    )
    hint = Text("Ký gói tin rồi gửi lại", "Sign the message and send it again")


class StatusUnmatched(StatusRefusal):
    code = "STATUS_UNMATCHED"
    text = Text("Không tìm thấy văn bản mà trạng thái nói tới", "The status names no document known here")
    hint = Text(
        "Ghi đúng DocumentId hoặc số, ký hiệu, ngày ban hành và bên gửi",
        "Give the DocumentId, or code, date and parties as sent",
    )


class StatusAmbiguous(StatusRefusal):
    code = "STATUS_AMBIGUOUS"
    text = Text("Trạng thái có thể nói tới nhiều văn bản", "The status may mean several documents")
    hint = Text(
        "Ghi thêm ngày ban hành hoặc DocumentId của đúng một trong các văn bản nêu trên",
        "Add the date, or the DocumentId, of the one that is meant among those listed",
    )


class NothingToTakeBack(StatusRefusal):
    code = "STATUS_NOTHING_TO_TAKE_BACK"
    text = Text("Không còn gì để lấy lại", "Nothing is left to take back")
    hint = Text(
        "Văn bản đã bị từ chối, hết hạn hoặc đã lấy lại",
        "It was refused, has expired, or was taken back already",
    )


class AcknowledgementRefusal(Refusal):
    code = "ACKNOWLEDGEMENT_INVALID"
    fault = Fault.CALLER
    text = Text("Xác nhận nhận văn bản không hợp lệ", "The acknowledgement is not valid")
    hint = Text(
        "Ký JWS (ES256/ES384/PS256) bằng khóa đã đăng ký, với đúng mã băm của gói tin đã nhận",
        "Sign a JWS (ES256/ES384/PS256) with a registered key over the digests that were consigned",
    )


class AccessRefusal(Refusal):
    fault = Fault.CALLER


class Unauthenticated(AccessRefusal):
    code = "ACCESS_UNAUTHENTICATED"
    text = Text("Chưa xác thực", "Not authenticated")
    hint = Text(
        "Lấy token mới tại /v1/token bằng xác nhận đã ký; nếu chính /v1/token từ chối, đối chiếu kid, aud, iat và đồng "
        "hồ với docs/connect.md, mục 1",
        "Get a new token at /v1/token with a signed assertion; where /v1/token itself refuses, compare kid, aud, iat "
        "and your clock with docs/connect.md, 1",
    )


class Forbidden(AccessRefusal):
    code = "ACCESS_FORBIDDEN"
    text = Text("Không có quyền", "Not allowed")
    hint = Text("Vai trò của bên gọi không có quyền này", "The caller's role does not include this")


class NotFound(AccessRefusal):
    code = "ACCESS_NOT_FOUND"
    text = Text("Không tìm thấy", "Not found")
    hint = Text(
        "Kiểm tra mã định danh và đường dẫn (/v1/openapi.json); chỉ thấy được văn bản của mình",
        "Check the identifier and the path (/v1/openapi.json); only your own documents are visible",
    )


class NameAmbiguous(AccessRefusal):
    """`documents`: those that may be meant, each as `hub.core.wire.Candidate` has it."""

    code = "ACCESS_NAME_AMBIGUOUS"
    text = Text("Tên gọi này có thể chỉ nhiều văn bản", "The name may mean several documents")
    hint = Text(
        "Ghi mã gói tin của đúng một trong các văn bản nêu ra, hoặc <mã đơn vị>,<năm/tháng/ngày>,<số>/<ký hiệu>",
        "Give the identifier of the one that is meant, or <agency>,<yyyy/MM/dd>,<number>/<notation>",
    )


class PayloadGone(AccessRefusal):
    code = "ACCESS_PAYLOAD_GONE"
    text = Text("Nội dung văn bản đã được xóa theo thời hạn lưu", "The document's bytes were deleted under retention")
    hint = Text(
        "Bằng chứng vẫn còn: xuất bằng `truc evidence export` không kèm văn bản",
        "Its evidence is kept: export it with `truc evidence export`, without the document",
    )


class RequestRefusal(Refusal):
    fault = Fault.CALLER


class BadRequest(RequestRefusal):
    code = "REQUEST_INVALID"
    text = Text("Yêu cầu không hợp lệ", "The request is not valid")
    hint = Text("Đối chiếu với /v1/openapi.json", "Compare it with /v1/openapi.json")


class TooLarge(RequestRefusal):
    code = "REQUEST_TOO_LARGE"
    text = Text("Dữ liệu vượt giới hạn kích thước", "The body exceeds the size limit")
    hint = Text("Giảm kích thước tệp đính kèm hoặc chia nhỏ", "Shrink or split the attachments")


class TooSlow(RequestRefusal):
    code = "REQUEST_TOO_SLOW"
    text = Text("Dữ liệu đến quá chậm", "The body arrives too slowly")
    hint = Text("Gửi lại; kết quả không đổi vì việc gửi là lũy đẳng", "Send again; submission is idempotent")


class EncodedBody(RequestRefusal):
    code = "REQUEST_CONTENT_ENCODING"
    text = Text("Không chấp nhận nội dung nén", "Content-Encoding is not accepted")
    hint = Text("Gửi nguyên các byte đã ký, không nén", "Send the signed bytes as they are, uncompressed")


class WebhookRefused(RequestRefusal):
    code = "REQUEST_WEBHOOK"
    text = Text("Webhook không được chấp nhận", "The webhook is refused")
    hint = Text(
        "Dùng địa chỉ https công khai, cổng được phép, không có tên người dùng; xóa webhook không còn dùng; "
        "mạng riêng: quản trị Trục mở bằng webhooks.networks",
        "Use a public https address on an allowed port, without a user in it; remove webhooks that are not used; "
        "for a private network the operator opens webhooks.networks",
    )


class DirectoryRefusal(Refusal):
    code = "DIRECTORY_INVALID"
    fault = Fault.CALLER
    text = Text("Danh mục đơn vị không hợp lệ", "The agency directory is not valid")
    hint = Text("Sửa mục được nêu rồi nhập lại", "Correct the entry named and import again")


class TryLater(AxisError):
    def __init__(self, *, retry_after: float = 1.0, expected: str = "", found: str = "") -> None:
        self.retry_after = retry_after
        super().__init__(expected=expected, found=found)


class TooMany(TryLater):
    code = "LIMIT_TOO_MANY"
    fault = Fault.CALLER
    text = Text("Quá nhiều yêu cầu", "Too many requests")
    hint = Text("Chờ theo Retry-After rồi gửi lại", "Wait as Retry-After says and send again")


class RefusalsSpent(TryLater):
    code = "LIMIT_REFUSALS"
    fault = Fault.CALLER
    text = Text(
        "Quá nhiều lượt gửi bị từ chối trong giờ này; lượt này không được ghi nhận",
        "Too many refused submissions in this hour; this one is not on record",
    )
    hint = Text(
        "Sửa lỗi được nêu rồi gửi: văn bản hợp lệ vẫn được nhận; bằng chứng từ chối có lại sau Retry-After",
        "Correct the faults: valid documents are still accepted; refusals leave evidence again after Retry-After",
    )


class Unavailable(TryLater):
    code = "HUB_UNAVAILABLE"
    text = Text("Trục tạm thời không thể bảo đảm lưu trữ an toàn", "The hub cannot promise durability just now")
    hint = Text("Gửi lại sau; việc gửi là lũy đẳng", "Send again later; submission is idempotent")


class ClockInDoubt(TryLater):
    code = "HUB_CLOCK_IN_DOUBT"
    text = Text(
        "Trục không tin đồng hồ máy chủ nên tạm ngừng ghi nhận",
        "The hub does not believe its machine's clock, and records nothing meanwhile",
    )
    hint = Text(
        "Gửi lại sau, không mất gì. Quản trị: chỉnh đồng hồ, Trục tự chạy tiếp; nếu đồng hồ đúng: `truc clock trust`",
        "Send again later, nothing is lost. Operator: set the clock right and the hub goes on by itself; "
        "where it is right: `truc clock trust`",
    )


class Overloaded(TryLater):
    code = "HUB_OVERLOADED"
    text = Text("Trục đang giữ quá nhiều câu trả lời chưa được nhận", "Too many answers wait to be read")
    hint = Text("Chờ theo Retry-After rồi hỏi lại", "Wait as Retry-After says and ask again")


class ProofInvalid(AxisError):
    code = "PROOF_INVALID"
    fault = Fault.PROVER
    text = Text("Bằng chứng không xác minh được", "The proof does not verify")
    hint = Text(
        "Không tin biên nhận này; lấy lại bản gốc và báo đơn vị kiểm toán",
        "Do not rely on it; fetch it again and tell the auditor",
    )


class PolicyInvalid(AxisError):
    code = "POLICY_INVALID"
    fault = Fault.CALLER
    text = Text("Tệp chính sách tin cậy không dùng được", "The trust policy cannot be used")
    hint = Text(
        "Sửa dòng được nêu; định dạng theo c2sp.org/tlog-policy",
        "Correct the line named; the format is that of c2sp.org/tlog-policy",
    )


class AlreadyRunning(AxisError):
    code = "HUB_ALREADY_RUNNING"
    text = Text("Trục trên thư mục dữ liệu này đang chạy", "A hub is already running on this data folder")
    hint = Text(
        "Dùng Trục đang chạy; hoặc dừng tiến trình đó rồi chạy lại, hoặc chọn thư mục dữ liệu khác",
        "Use the one that runs; or stop that process and try again, or choose another data folder",
    )


class IntegrityAlarm(AxisError):
    code = "HUB_INTEGRITY"
    text = Text("Dữ liệu của Trục tự mâu thuẫn", "The hub's own record contradicts itself")
    hint = Text(
        "Dừng; chạy `truc fsck`, khôi phục từ bản sao lưu đã kiểm",
        "Stop; run `truc fsck` and restore a verified backup",
    )


class Unexpected(AxisError):
    code = "HUB_ERROR"
    text = Text("Lỗi nội bộ của Trục", "Internal error of the hub")
    hint = Text("Báo quản trị Trục kèm thời điểm xảy ra", "Tell the operator when it happened")


def leaves(kind: type[AxisError] = AxisError) -> Iterator[type[AxisError]]:
    """The classes of the tree that can be raised; the docs, the HTTP table and the tests are compared with them."""
    children = kind.__subclasses__()
    if not children:
        yield kind
    for child in children:
        yield from leaves(child)
