"""The fates of a webhook that was sent, and the remedy of each for its owner: the doctor of receivers."""

from __future__ import annotations

from typing import Final

from hub.core.errors import Text

DELIVERED: Final = "delivered"
GONE: Final = "gone"
REFUSED: Final = "address-refused"
NAME: Final = "name-unknown"
CONNECT: Final = "not-connected"
TLS: Final = "tls"
TIMEOUT: Final = "timeout"
PROTOCOL: Final = "no-http"
REDIRECT: Final = "redirect"
STATUS: Final = "status"
BUSY: Final = "busy"
CHALLENGE: Final = "challenge"

ADVICE: Final[dict[str, Text]] = {
    DELIVERED: Text("Máy nhận đã trả lời 2xx", "The receiver answered 2xx"),
    GONE: Text(
        "Máy nhận trả lời 410 nên webhook đã tắt; muốn dùng lại thì sửa máy nhận rồi chạy `truc webhooks test`",
        "The receiver answered 410, so the webhook is off; to have it again correct the receiver, then "
        "`truc webhooks test`",
    ),
    REFUSED: Text(
        "Tên miền trỏ tới địa chỉ nội bộ hoặc bị cấm; sửa DNS, hoặc quản trị Trục mở dải đó bằng webhooks.networks",
        "The name leads to a private or forbidden address; correct the DNS, or the operator opens the range with "
        "webhooks.networks",
    ),
    NAME: Text(
        "Trục không phân giải được tên miền; kiểm tra bản ghi DNS công khai của máy nhận",
        "The hub cannot resolve the name; look at the receiver's public DNS records",
    ),
    CONNECT: Text(
        "Không kết nối được; máy nhận có chạy không, tường lửa có mở cổng cho Trục không",
        "No connection; does the receiver run, and does its firewall let the hub in",
    ),
    TLS: Text(
        "TLS không thành công; chứng thư phải còn hạn, đúng tên miền, kèm đủ chứng thư trung gian",
        "The TLS handshake failed; the certificate has to be in date, name the host, and come with its intermediates",
    ),
    TIMEOUT: Text(
        "Máy nhận trả lời quá chậm; hãy ghi vào hàng đợi rồi trả lời 2xx ngay, xử lý sau",
        "The receiver answers too late; put it into a queue, answer 2xx at once, and work afterwards",
    ),
    PROTOCOL: Text(
        "Câu trả lời không phải HTTP hợp lệ; kiểm tra cổng và proxy trước máy nhận",
        "The answer is no valid HTTP; look at the port and at the proxy before the receiver",
    ),
    REDIRECT: Text(
        "Máy nhận chuyển hướng; Trục không đi theo, hãy đăng ký địa chỉ cuối cùng",
        "The receiver redirects, and the hub does not follow; register the final address",
    ),
    STATUS: Text(
        "Máy nhận báo lỗi; xem nhật ký của máy nhận. 401, 403: kiểm chữ ký sai khóa hoặc đồng hồ lệch",
        "The receiver reports an error; look into its log. 401, 403: it verifies with another key, or its clock is off",
    ),
    BUSY: Text(
        "Máy nhận xin chờ (429, 503); Trục gửi lại sau",
        "The receiver asks for time (429, 503); the hub sends again later",
    ),
    CHALLENGE: Text(
        "Máy nhận trả lời 2xx nhưng không lặp lại challenge; sau khi kiểm chữ ký hãy trả lại data.challenge",
        "The receiver answered 2xx without the challenge; once the signature is verified, answer with data.challenge",
    ),
}
