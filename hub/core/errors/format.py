"""FORMAT_*: the bytes are not an edXML message that may travel."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.errors.base import Finding, Refusal, Text


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
