"""Alerts: raised once, told again after a time, told when over.

An alert is an item of attention that stands (`hub.core.attention`); its code is the item's word. `step` takes the
alerts that stood before and the items found now, and gives those that stand after; the notices due follow from the
numbers of each. Pure: a crash between two steps takes the first again, and a notice that was told durably is not told
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from hub.core.attention import Item, What
from hub.core.errors import Text
from hub.core.faring import ago, when
from hub.core.model import Millis
from hub.core.shown import shown

TEST: Final = "test"
"""The code of a message that shows an operator that messages arrive."""


class Severity(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Told(NamedTuple):
    """How a code is told: `{n}` counts, `{of}` agencies, `{why}` is the hub's own word, `{names}` the first agencies,
    `{left}` the time that is left."""

    severity: Severity
    title: Text
    do: Text


_C, _W, _I = Severity.CRITICAL, Severity.WARNING, Severity.INFO
TABLE: Final[Mapping[str, Told]] = {
    What.DIFFERENCE: Told(
        _C,
        Text("Sổ cái giao nhận lệch {n}", "The ledger of deliveries differs by {n}"),
        Text(
            "Giữ nguyên dữ liệu; sao lưu rồi chạy truc fsck trên bản sao.",
            "Change nothing; make a backup and run truc fsck on it.",
        ),
    ),
    What.HALTED: Told(
        _C,
        Text("Trục đã dừng ghi nhận: {why}", "The hub records nothing more: {why}"),
        Text("Giữ nguyên dữ liệu; đọc docs/operating.md.", "Change nothing; read docs/operating.md."),
    ),
    What.CLOCK: Told(
        _C,
        Text("Đồng hồ máy chủ không tin được: {why}", "The machine's clock is in doubt: {why}"),
        Text(
            "Chỉnh đồng hồ; nếu đúng thì chạy truc clock trust.", "Set the clock; where it is right: truc clock trust."
        ),
    ),
    What.UNWELL: Told(
        _C,
        Text("Trục sắp không nhận được văn bản: {why}", "The hub is about to take no documents: {why}"),
        Text("Xem /readyz và trang Tình trạng.", "Look at /readyz and at the System page."),
    ),
    What.DISK: Told(
        _C,
        Text("Đĩa lưu trữ chỉ còn trống {why}", "Only {why} are free where the record is kept"),
        Text("Thêm chỗ cho thư mục data.", "Make room for the folder data."),
    ),
    What.URGENT: Told(
        _C,
        Text("{n} văn bản hỏa tốc chưa có người nhận", "{n} express documents were not fetched"),
        Text("Gọi văn thư của {names}.", "Call the clerks of {names}."),
    ),
    What.EXPIRED: Told(
        _W,
        Text("{n} văn bản quá hạn nhận", "{n} deliveries expired"),
        Text("Nơi gửi đã được báo; xem ai không lấy.", "Their senders were told; see who does not fetch."),
    ),
    What.EXPIRING: Told(
        _W,
        Text("{n} văn bản sắp quá hạn nhận, còn {left}", "{n} documents are about to expire, the first within {left}"),
        Text("Gọi văn thư của {names}.", "Call the clerks of {names}."),
    ),
    What.SILENT: Told(
        _W,
        Text("{of} đơn vị để văn bản chờ quá lâu", "{of} agencies leave documents waiting too long"),
        Text("truc agencies health cho {names}.", "truc agencies health for {names}."),
    ),
    What.BACKLOG: Told(
        _W,
        Text("{n} văn bản đang chờ nhận", "{n} documents wait"),
        Text("Xem đơn vị nào không lấy: truc agencies silent.", "See who does not fetch: truc agencies silent."),
    ),
    What.REFUSALS: Told(
        _W,
        Text("{n} lần từ chối {why} trong giờ này", "{n} refusals {why} in this hour"),
        Text("Hỏi {names}; mã lỗi ở hub/REFERENCE.md.", "Ask {names}; the code stands in hub/REFERENCE.md."),
    ),
    What.TURNED_AWAY: Told(
        _W,
        Text(
            "{n} lần từ chối trong giờ này, gấp {why} lần thường lệ",
            "{n} refusals in this hour, {why} times as many as usual",
        ),
        Text("Xem {names}: truc agencies health.", "Look at {names}: truc agencies health."),
    ),
    What.TRAFFIC: Told(
        _W,
        Text(
            "{n} gói tin trong giờ qua, gấp {why} lần thường lệ",
            "{n} messages within an hour, {why} times as many as usual",
        ),
        Text("Hỏi {names} có đúng như vậy không.", "Ask {names} whether that is meant."),
    ),
    What.NO_CERTIFICATE: Told(
        _I,
        Text(
            "Đăng ký dở dang: {n} đơn vị không có chứng thư còn hiệu lực",
            "Registered by half: {n} agencies have no certificate that counts",
        ),
        Text("Đăng ký chứng thư cho {names}.", "Register certificates for {names}."),
    ),
    What.UNPROVEN: Told(
        _I,
        Text(
            "Đăng ký dở dang: {n} đơn vị có webhook chưa chứng minh được khóa bí mật",
            "Registered by half: {n} agencies have a webhook whose secret is not proved",
        ),
        Text("Nhắc {names}: truc webhooks test.", "Remind {names}: truc webhooks test."),
    ),
    What.NEVER_CAME: Told(
        _I,
        Text(
            "Đăng ký dở dang: {n} đơn vị có chứng thư nhưng chưa kết nối lần nào",
            "Registered by half: {n} agencies have a certificate and never came in",
        ),
        Text("Gọi {names}; truc agencies health cho biết vì sao.", "Call {names}; truc agencies health says why."),
    ),
    What.CERTIFICATE: Told(
        _W,
        Text("{n} chứng thư sắp hết hạn, sớm nhất còn {left}", "{n} certificates end soon, the first within {left}"),
        Text("Gia hạn cho {names}.", "Renew those of {names}."),
    ),
    What.REVOCATION: Told(
        _W,
        Text("Danh sách thu hồi sắp hết giá trị, còn {left}", "A revocation list ends within {left}"),
        Text("Nạp danh sách mới bằng truc keys crl.", "Bring the new list with truc keys crl."),
    ),
    What.WITNESS: Told(
        _W,
        Text("{n} nhân chứng không xác nhận", "{n} witnesses are silent"),
        Text("Xem {names}; văn bản vẫn được nhận và chuyển.", "Look at {names}; documents still go on."),
    ),
    What.STAMPS: Told(
        _W,
        Text("Dấu thời gian không được cấp từ lâu", "No time stamp was given for long"),
        Text("Kiểm tra máy chủ timestamp.url.", "Look at the authority of timestamp.url."),
    ),
    TEST: Told(
        Severity.INFO,
        Text("Thử cảnh báo", "A test of alerts"),
        Text("Không phải làm gì.", "Nothing is to be done."),
    ),
}


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One that stands, or that is over and was not told yet.

    since        when it was raised; `found`: since when the matter is so, where that is known
    notices      how many times it was to be told: 1 when raised, one more each time again and when over
    told_at      when the last of those was due
    gone_at      since when it is not found any more; over_at: since when it counts as over
    mailed, hooked   up to which notice each way has told it
    """

    code: str
    since: Millis
    told_at: Millis
    notices: int = 1
    count: int = 1
    of: int = 0
    agencies: tuple[str, ...] = ()
    why: str = ""
    found: Millis | None = None
    until: Millis | None = None
    gone_at: Millis | None = None
    over_at: Millis | None = None
    mailed: int = 0
    hooked: int = 0

    @property
    def severity(self) -> Severity:
        return TABLE[self.code].severity

    @property
    def reference(self) -> str:
        """The same for the same notice, in letters that every way carries."""
        return f"alert-{self.code}-{self.since}-{self.notices}"


def step(standing: Sequence[Alert], items: Sequence[Item], now: Millis, *, repeat: int, settle: int) -> list[Alert]:
    """The alerts that stand after a look at `now`, in the order of ranks, those that are over last. Times in ms."""
    known = {alert.code: alert for alert in standing}
    after = []
    for code, found in _by_code(items).items():
        alert = known.pop(code, None)
        after.append(of_item(found, now) if alert is None or alert.over_at else _again(alert, found, now, repeat))
    return after + [_gone(alert, now, settle) for alert in known.values()]


def _by_code(items: Sequence[Item]) -> dict[str, Item]:
    """Of several of one kind the first, which weighs most. Nobody is woken for an item that is for information."""
    first: dict[str, Item] = {}
    for item in items:
        if TABLE[item.what.value].severity is not Severity.INFO:
            first.setdefault(item.what.value, item)
    return first


def of_item(item: Item, now: Millis) -> Alert:
    """As it is raised."""
    return _of(Alert(code=item.what.value, since=now, told_at=now), item)


def _of(alert: Alert, item: Item) -> Alert:
    return msgspec.structs.replace(
        alert,
        count=item.count,
        of=item.of,
        agencies=item.agencies,
        why=item.why,
        found=item.since,
        until=item.until,
        gone_at=None,
    )


def _again(alert: Alert, item: Item, now: Millis, repeat: int) -> Alert:
    alert = _of(alert, item)
    if now - alert.told_at < repeat:
        return alert
    return msgspec.structs.replace(alert, notices=alert.notices + 1, told_at=now)


def _gone(alert: Alert, now: Millis, settle: int) -> Alert:
    """Not found: over when that lasts."""
    if alert.over_at is not None:
        return alert
    gone = alert.gone_at if alert.gone_at is not None else now
    if now - gone < settle:
        return msgspec.structs.replace(alert, gone_at=gone)
    return msgspec.structs.replace(alert, gone_at=gone, over_at=now, notices=alert.notices + 1, told_at=now)


def done(alert: Alert, *, mail: bool, hooks: bool) -> bool:
    """Over, and told by every way that there is."""
    told = (not mail or alert.mailed >= alert.notices) and (not hooks or alert.hooked >= alert.notices)
    return alert.over_at is not None and told


Names = Callable[[str], str]


def title(alert: Alert, now: Millis, names: Names = str) -> Text:
    """One line in each language."""
    return _filled(TABLE[alert.code].title, alert, now, names)


def advice(alert: Alert, now: Millis, names: Names = str) -> Text:
    return _filled(TABLE[alert.code].do, alert, now, names)


def _filled(said: Text, alert: Alert, now: Millis, names: Names) -> Text:
    more = alert.of - len(alert.agencies)
    listed = ", ".join(shown(names(code)) for code in alert.agencies) or "–"
    left = max(0, alert.until - now) if alert.until is not None else 0
    values = {
        "n": alert.count,
        "of": alert.of,
        "why": shown(alert.why),
        "names": f"{listed} + {more}" if more > 0 else listed,
    }
    return Text(said.vi.format(**values, left=ago(left, "vi")), said.en.format(**values, left=ago(left, "en")))


class Letter(NamedTuple):
    """A mail: the subject in one line, and a text in both languages."""

    subject: str
    body: str


def letter(alert: Alert, now: Millis, origin: str, names: Names = str) -> Letter:
    """`origin`: which hub says it."""
    told, over = title(alert, now, names), alert.over_at is not None
    vi, en = ("Đã hết: ", "Over: ") if over else ("", "")
    subject = f"[truc {alert.severity.value}] {vi}{told.vi} / {en}{told.en}"
    do, since = advice(alert, now, names), alert.found if alert.found is not None else alert.since
    lines = [
        f"{vi}{told.vi}.",
        f"Từ {when(since, now, 'vi')}. {'' if over else do.vi}".strip(),
        "",
        f"{en}{told.en}.",
        f"Since {when(since, now, 'en')}. {'' if over else do.en}".strip(),
        "",
        f"{origin} · {alert.code} · {alert.severity.value} · {alert.reference}",
    ]
    return Letter(shown(subject), "\n".join(lines) + "\n")
