"""ROUTING_*, CONFLICT_*, STATUS_*, ACKNOWLEDGEMENT_*: a document in its place among agencies and other documents."""

from __future__ import annotations

from hub.core.errors.base import Fault, Refusal, Text


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


class DraftConflict(ConflictRefusal):
    code = "CONFLICT_DRAFT"
    fault = Fault.CALLER
    text = Text("Có người vừa lưu dự thảo này", "Somebody saved this draft meanwhile")
    hint = Text(
        "Mở dự thảo ở cửa sổ khác để xem lời vừa lưu, chép phần của bạn vào đó rồi lưu; hoặc lưu phần của bạn thành dự "
        "thảo mới",
        "Open the draft in another window to see what was saved, put your words there and save; or save yours as a new "
        "draft",
    )


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
