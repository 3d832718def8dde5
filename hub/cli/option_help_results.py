"""The help of options of `truc results` and `truc leaders` in Vietnamese."""

from __future__ import annotations

from typing import Final

RESULTS: Final = {
    "Name of the paper, without the name of a person.": "Tên giấy tờ, không ghi tên người.",
    "Code of its kind in the national database of procedures.": (
        "Mã loại giấy tờ trong Cơ sở dữ liệu quốc gia về thủ tục hành chính."
    ),
    "Code of the procedure (TTHC).": "Mã thủ tục hành chính.",
    "Number of its owner; a digest of it alone is sent.": "Số định danh của chủ sở hữu; chỉ gửi mã băm của số này.",
    "What that number is.": "Số đó là loại nào.",
    "First day on which it is valid.": "Ngày đầu có giá trị.",
    "Last day on which it is valid.": "Ngày cuối còn giá trị.",
    "A copy, and of which kind.": "Là bản sao loại nào.",
    "Of what it is a copy: a result's number, or words.": "Sao từ đâu: mã kết quả, hoặc mô tả.",
    "When it was converted from paper.": "Thời điểm chuyển đổi từ giấy.",
    "Full name of the person who converted it.": "Họ tên người chuyển đổi.",
    "Send the digest, not the file: it is found by its number then.": (
        "Chỉ gửi mã băm, không gửi tệp: khi đó kết quả được tra theo mã số."
    ),
    "From this month on [January of this year].": "Từ tháng này [tháng 1 năm nay].",
    "Up to this month [this one].": "Đến hết tháng này [tháng hiện tại].",
    "Of this agency only.": "Chỉ của đơn vị này.",
    "Number of the result: of its dossier, with -KQ1.": "Mã kết quả: mã hồ sơ kèm -KQ1.",
    "Who registered it, where that agency has ended and this is its heir.": (
        "Cơ quan đã đăng ký, nếu cơ quan đó đã kết thúc và đơn vị mình kế thừa."
    ),
    "Digest of the file, where the file is not at hand.": "Mã băm của tệp, khi không có tệp.",
    "The address that the paper's QR says.": "Địa chỉ ghi trong mã QR trên giấy.",
    "At this time [now].": "Tại thời điểm này [bây giờ].",
    "Offline: a registering or revoking document.": "Không có mạng: văn bản đăng ký hoặc thu hồi.",
    "Offline: its receipt, in the same order.": "Không có mạng: biên nhận của nó, cùng thứ tự.",
    "Offline: whom you trust: logs, witnesses, quorum.": "Không có mạng: chính sách tin cậy (nhật ký, nhân chứng).",
    "Number of the applicant; a tag of it stands in the QR.": (
        "Số định danh của người nộp; mã QR chỉ ghi một phần mã băm."
    ),
    "The number itself stands in the QR, where the office must print it.": (
        "Ghi chính số định danh trong mã QR, khi cơ quan phải in."
    ),
    "An .svg or .png; without, the address.": "Tệp .svg hoặc .png; không có thì chỉ in địa chỉ.",
    "In this state only.": "Chỉ ở tình trạng này.",
    "Go on after an earlier page.": "Tiếp sau trang trước.",
    "Number of the result in its place, which is registered already.": "Mã kết quả thay vào, đã đăng ký.",
    "Why; whoever holds the file is told.": "Lý do; người giữ tệp sẽ được biết.",
    "Number and notation of the decision.": "Số, ký hiệu quyết định.",
}
