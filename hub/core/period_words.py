"""The definition of each figure of a period, in both languages, and the words for figures that are not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hub.core.wire_report import Definition, Hole

_HOLES: Final = {
    "not-over": (
        "Kỳ chưa kết thúc: còn {n} ngày, số liệu sẽ tăng",
        "The period is not over: {n} days are left, and the figures will grow",
    ),
    "before-record": (
        "{n} ngày đầu kỳ nằm trước văn bản đầu tiên mà Trục ghi nhận: không có số liệu, không phải bằng 0",
        "{n} days of the period lie before the first document on record: no figures, which is no zero",
    ),
    "tier-ended": (
        "{n} cấp không có đơn vị nào trong kỳ (cấp huyện kết thúc ngày 30/6/2025)",
        "{n} tiers have no agency in the period (districts ended on 30 June 2025)",
    ),
    "silent": (
        "{n} đơn vị trong danh mục không gửi, nhận văn bản nào qua Trục trong kỳ",
        "{n} units of the directory exchanged no document through the axis in the period",
    ),
    "unmeasured": (
        "{n} lượt nhận không có thời điểm lấy văn bản trong hồ sơ: không tính vào thời gian lấy",
        "{n} deliveries have no time of fetching on record: they are left out of the times to fetch",
    ),
}


def hole_of(kind: str, count: int) -> Hole:
    vi, en = _HOLES[kind]
    return Hole(kind=kind, count=count, vi=vi.format(n=count), en=en.format(n=count))


def _definition(code: str, names: tuple[str, str], text: tuple[str, str], of: str = "") -> Definition:
    return Definition(code=code, name_vi=names[0], name_en=names[1], vi=text[0], en=text[1], of=of)


DEFINITIONS: Final[Sequence[Definition]] = (
    _definition(
        "agencies",
        ("Đơn vị", "Agencies"),
        (
            "Đơn vị có trong danh mục và còn hiệu lực ít nhất một ngày trong kỳ, kể cả đơn vị trực thuộc cùng cấp.",
            "Entries of the directory that were valid on at least one day of the period, with those below them of the "
            "same tier.",
        ),
    ),
    _definition(
        "exchanging",
        ("Có gửi, nhận", "Exchanging"),
        (
            "Trong số đó, đơn vị gửi hoặc được gửi ít nhất một văn bản trong kỳ.",
            "Of these, agencies that sent or were sent at least one document in the period.",
        ),
    ),
    _definition(
        "exchanging_share",
        ("Tỷ lệ đơn vị gửi, nhận", "Share exchanging"),
        ("Đơn vị có gửi, nhận chia cho số đơn vị.", "Agencies that exchange, by agencies."),
        of="agencies",
    ),
    _definition(
        "sent",
        ("Văn bản gửi", "Sent"),
        (
            "Văn bản mà Trục tiếp nhận từ đơn vị trong kỳ, mỗi văn bản một lần dù gửi nhiều nơi; không tính gói tin "
            "trạng thái và văn bản bị Trục từ chối.",
            "Documents that the axis accepted of the agency in the period, each once however many its recipients; no "
            "statuses, and none that the axis refused.",
        ),
    ),
    _definition(
        "signed",
        ("Có ký số", "Signed"),
        (
            "Văn bản gửi mà chữ ký số đã được Trục kiểm tra là hợp lệ khi tiếp nhận.",
            "Documents sent whose signature the axis found valid when it accepted them.",
        ),
    ),
    _definition(
        "signed_share",
        ("Tỷ lệ ký số", "Share signed"),
        ("Văn bản có ký số chia cho văn bản gửi.", "Signed documents, by documents sent."),
        of="sent",
    ),
    _definition(
        "received",
        ("Lượt nhận", "Received"),
        (
            "Lượt văn bản gửi trong kỳ được chuyển đến hộp thư của đơn vị; một văn bản gửi n nơi là n lượt.",
            "Deliveries of documents of the period to the agency's mailbox; a document for n recipients is n of them.",
        ),
    ),
    _definition(
        "acknowledged",
        ("Đã nhận", "Acknowledged"),
        (
            "Lượt mà nơi nhận đã ký xác nhận và không trả lại, tính đến thời điểm lập số liệu.",
            "Deliveries that the recipient acknowledged with its signature and did not return, as of now.",
        ),
    ),
    _definition(
        "acknowledged_share",
        ("Tỷ lệ đã nhận", "Share acknowledged"),
        ("Lượt đã nhận chia cho lượt nhận.", "Acknowledged deliveries, by deliveries received."),
        of="received",
    ),
    _definition(
        "waiting",
        ("Chưa nhận", "Waiting"),
        ("Lượt còn chờ nơi nhận xác nhận.", "Deliveries that still wait for their recipient."),
    ),
    _definition(
        "returned",
        ("Trả lại", "Returned"),
        ("Lượt mà nơi nhận trả lại cho nơi gửi.", "Deliveries that the recipient gave back to the sender."),
    ),
    _definition(
        "taken_back",
        ("Đã lấy lại", "Taken back"),
        ("Lượt mà nơi gửi đã lấy lại.", "Deliveries that the sender took back."),
    ),
    _definition(
        "expired",
        ("Quá hạn", "Expired"),
        ("Lượt hết thời hạn mà nơi nhận chưa xác nhận.", "Deliveries that ended before the recipient acknowledged."),
    ),
    _definition(
        "fetch_median",
        ("Lấy về, trung vị", "To fetch, median"),
        (
            "Một nửa số lượt được nơi nhận lấy về lần đầu trong thời gian này, kể từ khi vào hộp thư; làm tròn hai chữ "
            "số có nghĩa.",
            "Half of the deliveries were first fetched within this time from the mailbox; to two significant digits.",
        ),
        of="fetched",
    ),
    _definition(
        "fetch_p95",
        ("Lấy về, 95 %", "To fetch, 95 %"),
        ("95 % số lượt được lấy về trong thời gian này.", "95 % of the deliveries were fetched within this time."),
        of="fetched",
    ),
    _definition(
        "acknowledge_median",
        ("Xác nhận, trung vị", "To acknowledge, median"),
        (
            "Một nửa số lượt được nơi nhận ký xác nhận trong thời gian này, kể từ khi vào hộp thư; tính cả "
            "lượt trả lại sau đó.",
            "Half of the deliveries were acknowledged within this time from the mailbox; also those that were returned "
            "later.",
        ),
    ),
    _definition(
        "acknowledge_p95",
        ("Xác nhận, 95 %", "To acknowledge, 95 %"),
        ("95 % số lượt được xác nhận trong thời gian này.", "95 % of the deliveries were acknowledged within it."),
    ),
)
"""Beside every figure, wherever it is shown. Agencies count under the tier and parent that the directory has for them;
an agency that ended counts in the periods before its end."""
