"""SIGNATURE_*: the verdicts on a document's signature, each with its text and its remedy."""

from __future__ import annotations

from enum import StrEnum

from hub.core.errors.base import Refusal, Text


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
