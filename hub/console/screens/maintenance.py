"""Maintenance: its effects, before it is begun; how it stands; and the word that ends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from hub.access import Right
from hub.console.form import Form
from hub.console.page import Page, Visit
from hub.core.errors import BadRequest, Text
from hub.core.misfit import one_of
from hub.core.model import Millis

BEGAN: Final = "maintenance-began"
ENDED: Final = "maintenance-ended"
_LONGEST: Final = 10_080
"""Minutes."""


async def show(visit: Visit) -> web.StreamResponse:
    return visit.page("maintenance.html", under_way=visit.exchange.sequencer.waiting)


async def change(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    by = f"{visit.caller.role}:{visit.caller.agency} {visit.caller.auth}"
    on = form.need("on", 1)
    if on not in ("0", "1"):
        raise BadRequest(expected=one_of(("0", "1")), found=on, field="on")
    if on == "0":
        await visit.exchange.maintain(on=False, by=by)
        await visit.accounts.record(visit.who, ENDED)
        return visit.see("/console/system")
    minutes, reason = _minutes(form), form.get("reason", 300)
    if not reason:
        raise BadRequest(expected="the reason of this change", found="none", field="reason")
    expected = Millis(visit.now + minutes * 60_000) if minutes else Millis(0)
    await visit.exchange.maintain(on=True, by=by, expected=expected, reason=reason)
    await visit.accounts.record(visit.who, BEGAN, detail=reason)
    return visit.see("/console/system/maintenance")


def _minutes(form: Form) -> int:
    given = form.get("minutes", 8)
    if not given:
        return 0
    if not (given.isascii() and given.isdecimal() and int(given) <= _LONGEST):
        raise BadRequest(expected="whole numbers in digits", found=given, field="minutes")
    return int(given)


PAGES: Final = (
    Page("GET", "/console/system/maintenance", show, Right.MAINTAIN, "maintenance.title"),
    Page("POST", "/console/system/maintenance", change, Right.MAINTAIN, "maintenance.title"),
)
TEXTS: Final[Mapping[str, Text]] = {
    "maintenance.title": Text("Bảo trì", "Maintenance"),
    "maintenance.band": Text(
        "Trục đang bảo trì từ {since}: không nhận văn bản mới; nhận, ký nhận và đọc vẫn như thường.",
        "The axis is in maintenance since {since}: it takes no new documents; fetching, acknowledging and reading go "
        "on.",
    ),
    "maintenance.until": Text("Dự kiến đến {until}.", "Expected until {until}."),
    "maintenance.why": Text(
        "Trước khi nâng cấp: văn bản và trạng thái mới bị từ chối kèm giờ gửi lại (503), các đơn vị vẫn nhận và ký "
        "nhận nên hộp thư vơi dần. Mọi thời hạn dừng lại, rồi lùi đúng bằng thời gian bảo trì. Khởi động lại không kết "
        "thúc bảo trì.",
        "Before an upgrade: new documents and statuses are refused with a time to come again (503), while agencies "
        "fetch and acknowledge, so that mailboxes run dry. Every deadline stands still, and then has moved by its "
        "length. A restart does not end it.",
    ),
    "maintenance.public": Text(
        "Mọi người đều thấy: trong nhật ký công khai, trên mọi trang, trong thông báo từ chối.",
        "Everybody sees it: in the public log, on every page, in each refusal.",
    ),
    "maintenance.minutes": Text("Dự kiến kéo dài (phút)", "Expected to last (minutes)"),
    "maintenance.minutes.why": Text(
        "Để trống nếu chưa biết. Hết giờ này bảo trì vẫn tiếp tục, cho đến khi bạn kết thúc.",
        "Empty where nobody knows. Beyond it maintenance goes on, until you end it.",
    ),
    "maintenance.reason": Text("Lý do", "Reason"),
    "maintenance.begin": Text("Bắt đầu bảo trì", "Begin maintenance"),
    "maintenance.words": Text("Đổi giờ dự kiến và lý do", "Change the expected end and the reason"),
    "maintenance.end": Text("Kết thúc bảo trì", "End maintenance"),
    "maintenance.by": Text("Người ra lệnh", "Ordered by"),
    "maintenance.under_way": Text("Đang chờ ghi", "Waiting to be recorded"),
    "maintenance.off": Text("Trục đang nhận văn bản.", "The axis takes documents."),
    f"deed.{BEGAN}": Text("Bắt đầu bảo trì", "Began maintenance"),
    f"deed.{ENDED}": Text("Kết thúc bảo trì", "Ended maintenance"),
}
