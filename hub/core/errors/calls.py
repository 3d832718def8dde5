"""ACCESS_*, REQUEST_*, DIRECTORY_*: the call itself is refused, whichever document it is about."""

from __future__ import annotations

from hub.core.errors.base import Fault, Refusal, Text


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


class FormStale(AccessRefusal):
    """A form of a page that another session of the same browser had opened."""

    code = "ACCESS_FORM_STALE"
    text = Text("Trang này mở từ phiên đăng nhập trước", "The page was opened in an earlier sign-in")
    hint = Text(
        "Chưa có gì được thực hiện. Xem lại nội dung đã điền bên dưới rồi gửi lại; nếu cần thì đăng nhập lại trước",
        "Nothing was done. Look at the filled-in fields below and send them again; sign in again first where asked",
    )


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


class DeskFull(RequestRefusal):
    """An agency's share of drafts, groups, directions or corrections is used up."""

    code = "REQUEST_DESK_FULL"
    text = Text("Đơn vị đã dùng hết phần lưu riêng", "The agency's own share is used up")
    hint = Text(
        "Xóa dự thảo hoặc nhóm không còn dùng rồi lưu lại; bút phê và dòng đính chính không xóa được: ghi tiếp vào văn "
        "bản trả lời",
        "Delete drafts or groups that are not used any more and save again; directions and corrections stay: go on in "
        "a document that answers",
    )


class GroupName(RequestRefusal):
    code = "REQUEST_GROUP_NAME"
    text = Text("Không đặt được tên nhóm này", "A group cannot have this name")
    hint = Text(
        "Đặt tên khác: 1 đến 100 ký tự, không có dấu hai chấm, không trùng tên nhóm theo danh mục (như “tất cả xã”)",
        "Choose another: 1 to 100 letters, without a colon, unlike a group of the directory (as “all communes”)",
    )


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
