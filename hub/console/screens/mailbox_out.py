"""Outgoing documents: first those that nobody fetched, that came back, that were asked back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from aiohttp import web

from hub.access import Right
from hub.console.mailbox.carrying import desk_of
from hub.console.mailbox.desk import Desk, Sent
from hub.console.page import Page, PageQuery, Visit
from hub.console.screens.mailbox import signing
from hub.core.edxml.detail import Detail
from hub.core.errors import BadRequest, Text
from hub.core.evidence.format import Event
from hub.core.model import DeliveryState, MessageKind
from hub.routes import views
from hub.store import DeliveryRow, MessageRow

_STATES: Final = {
    "waiting": DeliveryState.WAITING,
    "returned": DeliveryState.REFUSED,
    "expired": DeliveryState.EXPIRED,
}
TABS: Final = (*_STATES, "asked", "all")
_SHOWN: Final = 200
"""Deliveries of one document that are listed, those first about which something is to be done."""
_ORDER: Final = (DeliveryState.EXPIRED, DeliveryState.REFUSED, DeliveryState.WAITING)


class OutQuery(PageQuery, frozen=True, kw_only=True):
    tab: str = ""
    cursor: str = ""


class Stand(NamedTuple):
    """How one delivery stands: `key` of a state; `why` in the recipient's words where it came back."""

    row: DeliveryRow
    key: str
    why: str = ""


async def show(visit: Visit) -> web.StreamResponse:
    """Opens on the first of the exceptions that there is."""
    desk, tab, cursor = desk_of(visit), visit.query.tab, visit.query.cursor
    if tab and tab not in TABS:
        raise BadRequest(expected=", ".join(TABS), found=tab[:40])
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise BadRequest(expected="a cursor from an earlier answer", found=cursor[:40])
    before = int(cursor) if cursor else None
    rows: list[Sent] = []
    more: int | None = None
    for tab in (tab,) if tab else TABS:  # noqa: B020 (the first that has something, or the one that is asked for)
        rows, more = await _rows(desk, tab, before)
        if rows:
            break
    return visit.page(
        "mail_out.html",
        desk=desk,
        tab=tab,
        tabs=TABS,
        rows=[(sent, _worst(sent)) for sent in rows],
        more=visit.here(tab=tab, cursor=str(more)) if more is not None else "",
    )


async def _rows(desk: Desk, tab: str, before: int | None) -> tuple[list[Sent], int | None]:
    if (state := _STATES.get(tab)) is not None:
        return await desk.sent_in(state, before)
    rows, more = await desk.sent(before=before)
    rows = [sent for sent in rows if sent.message.kind is MessageKind.DOCUMENT]  # a status bears another's number
    if tab == "asked":  # of the newest, page by page: a request is answered within days
        rows = [sent for sent in rows if any(row.pending is not None for row in sent.shown.deliveries)]
    return rows, more


def _worst(sent: Sent) -> str:
    """Key of the state that is told of all deliveries together."""
    states = sent.shown.states
    worst = next((state for state in _ORDER if states.get(state)), None)
    if worst is not None:
        return str(worst.value)
    progress = {row.progress for row in sent.shown.deliveries if row.progress}
    return "06" if progress == {"06"} else "received" if states.get(DeliveryState.HANDED_OVER) else "taken_back"


async def one(visit: Visit) -> web.StreamResponse:
    desk = desk_of(visit)
    message = await desk.own(visit.call.path["id"])
    detail = (await desk.store.details([message.number])).get(message.number, Detail())
    rows = sorted(await desk.store.deliveries(message.number), key=_place)
    stands = [await _stand(desk, message, row) for row in rows[:_SHOWN]]
    open_ = [row for row in rows if row.state in (DeliveryState.WAITING, DeliveryState.HANDED_OVER)]
    return signing(
        visit.page(
            "mail_sent.html",
            desk=desk,
            m=message,
            d=detail,
            stands=stands,
            total=len(rows),
            unread=sum(row.state is DeliveryState.WAITING and row.unread for row in open_),
            held=sum(not (row.state is DeliveryState.WAITING and row.unread) for row in open_),
        )
    )


def _place(row: DeliveryRow) -> tuple[int, str]:
    order = _ORDER.index(row.state) if row.state in _ORDER else len(_ORDER)
    return order, row.recipient


async def _stand(desk: Desk, message: MessageRow, row: DeliveryRow) -> Stand:
    key = "take_back_pending" if row.pending is not None else row.state.value
    if key == DeliveryState.HANDED_OVER.value:
        key = row.progress or "received"
    if row.state is not DeliveryState.REFUSED:
        return Stand(row, key)
    leaves = await desk.store.timeline(message.number)
    rejected = [leaf for leaf in leaves if leaf.recipient == row.recipient and leaf.event == _REJECTED]
    told = views.event(rejected[-1]) if rejected else None
    return Stand(row, key, _words(told.reasons) if told is not None else "")


def _words(reasons: Sequence[str]) -> str:
    """Without the code before each."""
    return "; ".join(reason.partition(" ")[2] or reason for reason in reasons)


_REJECTED: Final = Event.CONSIGNMENT_REJECTION.short
PAGES: Final = (
    Page("GET", "/console/mailbox/out", show, Right.MAILBOX, "nav.out", OutQuery),
    Page("GET", "/console/mailbox/out/{id}", one, Right.MAILBOX, "nav.out"),
)
TEXTS: Final[Mapping[str, Text]] = {
    "out.tab.waiting": Text("Chưa nhận", "Not fetched"),
    "out.tab.returned": Text("Bị trả lại", "Returned"),
    "out.tab.expired": Text("Quá hạn nhận", "Expired"),
    "out.tab.asked": Text("Chờ trả lời lấy lại", "Take-back asked"),
    "out.tab.all": Text("Tất cả", "All"),
    "out.empty": Text("Không có văn bản nào ở mục này.", "There is none here."),
    "out.more": Text("Trang sau", "Next page"),
    "out.to": Text("Nơi nhận", "Recipients"),
    "out.and": Text("và {n} nơi khác", "and {n} more"),
    "out.sent": Text("gửi {at}", "sent {at}"),
    "out.state": Text("Trạng thái", "State"),
    "out.when": Text("Lúc nhận", "Received"),
    "out.why": Text("Lý do", "Reason"),
    "out.first": Text("Hiện {n} trong {total} nơi nhận.", "{n} of {total} recipients are shown."),
    "out.back": Text("Lấy lại", "Take back"),
    "out.back.tells": Text(
        "{unread} nơi chưa nhận: lấy lại ngay. {held} nơi đã nhận: chờ đồng ý.",
        "{unread} did not fetch it: taken back at once. {held} have it: they are asked.",
    ),
    "out.back.why": Text("Lý do lấy lại", "Why it is taken back"),
    "out.update": Text("Cập nhật…", "Update…"),
    "out.replace": Text("Thay thế…", "Replace…"),
}
