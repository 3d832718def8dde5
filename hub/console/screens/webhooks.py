"""Webhooks: an owner's endpoints, how each fares, and the acts on it. They are a clerk's agency's, or
the operator's own; of an agency's an operator sees the host, and has lost ones sent again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from aiohttp import web

from hub.access import Right, Role
from hub.console.form import Form, at
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Column, Table
from hub.core.errors import AxisError, BadRequest, Forbidden, NotFound, Text
from hub.core.misfit import TIME
from hub.core.webhooks import outcomes
from hub.core.webhooks.targets import shown
from hub.routes import views
from hub.store import HookNoticeRow, HookRow
from hub.store.attempts import HookAttemptRow
from hub.webhooks.desk import PAUSED, Desk, Made
from hub.webhooks.registry import identifier_of

_MOST: Final = 200
_STATES: Final = {"unproven": "unused", "active": "good", "disabled": "disabled"}

ADDED: Final = "webhook-added"
ROTATED: Final = "webhook-rotated"


class ListQuery(PageQuery, frozen=True, kw_only=True):
    agency: str = ""


def _desk(visit: Visit) -> Desk:
    return visit.hub.webhooks.desk


def _owner(visit: Visit) -> str:
    """Whose endpoints are this person's own."""
    return visit.me.agency if visit.me.role == Role.CLERK else ""


def _find(visit: Visit) -> HookRow:
    """NotFound for one that is neither one's own nor, for an operator, an agency's."""
    name = visit.call.path["hook"]
    if visit.me.role == Role.CLERK:
        return _desk(visit).one(_owner(visit), name)
    for hook in _desk(visit).everything():
        if identifier_of(hook.number) == name:
            return hook
    raise NotFound(found=name[:80])


def _is_own(visit: Visit, hook: HookRow) -> bool:
    return hook.agency == _owner(visit)


def _address(hook: HookRow) -> str:
    return f"/console/webhooks/{identifier_of(hook.number)}"


async def show(visit: Visit) -> web.StreamResponse:
    return _list(visit)


def _list(visit: Visit, error: AxisError | None = None, made: Made | None = None) -> web.Response:
    """One's own; for an operator those of one agency where it is named, else also all that do not arrive."""
    desk, agency = _desk(visit), visit.query.agency if isinstance(visit.query, ListQuery) else ""
    others: list[HookRow] = []
    if visit.me.role != Role.CLERK:
        others = desk.of(agency) if agency else [h for h in desk.everything() if h.agency and _ails(h)][:_MOST]
    own = [] if agency and visit.me.role != Role.CLERK else desk.of(_owner(visit))
    return visit.again(
        "webhooks.html",
        error,
        own=_table(visit, own, visit.t("webhooks.own")),
        others=_table(visit, others, visit.t("webhooks.others")) if visit.me.role != Role.CLERK else None,
        made=made,
        made_name=identifier_of(made.hook.number) if made else "",
    )


def _ails(hook: HookRow) -> bool:
    return bool(hook.failures) or hook.state == "disabled"


def _table(visit: Visit, hooks: list[HookRow], title: str) -> Table:
    t = visit.t
    columns = (
        Column(t("webhooks.address"), head=True),
        Column(t("agency.state")),
        Column(t("webhooks.last")),
        Column(t("failures.since")),
    )
    rows = [
        (
            Cell(_said(visit, hook), _address(hook), visit.name_of(hook.agency) if hook.agency else ""),
            Cell(_why(visit, hook), state=_state(hook)),
            Cell(_outcome(visit, hook.outcome, hook.status)),
            Cell(visit.moment(hook.failing_since) if hook.failing_since else "–"),
        )
        for hook in hooks
    ]
    return Table(title, columns, rows, t("webhooks.none"))


def _said(visit: Visit, hook: HookRow) -> str:
    """Of another's address the host alone: the rest may be a secret."""
    return hook.url if _is_own(visit, hook) else shown(hook.url)


def _state(hook: HookRow) -> str:
    return "failing" if hook.state == "active" and hook.failures else _STATES[hook.state]


def _why(visit: Visit, hook: HookRow) -> str:
    return visit.t(f"webhooks.why.{hook.why}") if hook.why else visit.t(f"webhooks.state.{hook.state}")


def _outcome(visit: Visit, outcome: str, status: int) -> str:
    words = outcomes.ADVICE.get(outcome)
    said = visit.t.pick(words) if words is not None else outcome or visit.t("webhooks.never")
    return f"{said} (HTTP {status})" if status else said


async def one(visit: Visit) -> web.StreamResponse:
    return await _one(visit, _find(visit))


async def _one(
    visit: Visit, hook: HookRow, error: AxisError | None = None, made: Made | None = None
) -> web.StreamResponse:
    notices = await _desk(visit).failures(hook, _MOST, "")
    own = _is_own(visit, hook)
    return visit.again(
        "webhook.html",
        error,
        hook=hook,
        name=identifier_of(hook.number),
        address=_said(visit, hook),
        state=_state(hook),
        why=_why(visit, hook) if hook.state != "active" else "",
        outcome=_outcome(visit, hook.outcome, hook.status),
        own=own,
        paused=hook.why == PAUSED,
        made=made,
        made_name=identifier_of(hook.number),
        attempts=_attempts(visit, await _desk(visit).attempts(hook)),
        notices=[(notice, _notice(visit, notice)) for notice in notices],
        owner=visit.name_of(hook.agency) if hook.agency else visit.t("role.operator"),
        account=hook.agency or "operator",
    )


def _attempts(visit: Visit, tried: Sequence[HookAttemptRow]) -> Table:
    t = visit.t
    columns = (
        Column(t("webhooks.at"), head=True),
        Column(t("webhooks.type")),
        Column(t("webhooks.outcome")),
        Column(t("webhooks.status"), number=True),
        Column("ms", number=True),
    )
    rows = [
        (
            Cell(f"{visit.moment(a.at)}", note=visit.second(a.at)),
            Cell(a.type, note=a.id, mono=True),
            Cell(_outcome(visit, a.outcome, 0), state="good" if a.outcome == outcomes.DELIVERED else "failing"),
            Cell(str(a.status) if a.status else "–"),
            Cell(visit.num(a.ms)),
        )
        for a in tried
    ]
    return Table(t("webhooks.attempts"), columns, rows, t("webhooks.attempts.none"))


def _notice(visit: Visit, notice: HookNoticeRow) -> str:
    t = visit.t
    tries = t("webhooks.tries", n=notice.attempts)
    again = t("webhooks.again", time=visit.moment(notice.next_at)) if notice.next_at else t("webhooks.given_up")
    return f"{tries} · {again} · {_outcome(visit, notice.outcome, notice.status)}"


# Acts


async def add(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    try:
        with at("url"):
            made = await _desk(visit).add(_owner(visit), form.get("url", 2_000), ())
    except AxisError as error:
        return _list(visit, error)
    await visit.accounts.record(visit.who, ADDED, identifier_of(made.hook.number))
    return _list(visit, made=made)


async def _again(visit: Visit, hook: HookRow, form: Form) -> str:
    await _desk(visit).replay_one(hook, form.get("id", 200))
    return "webhooks-replayed"


async def _since(visit: Visit, hook: HookRow, form: Form) -> str:
    try:
        since = views.moment(form.get("since", 40))
    except (ValueError, OverflowError):
        raise BadRequest(expected=TIME, found=form.get("since", 40), field="since") from None
    await _desk(visit).replay_since(hook, since)
    return "webhooks-replayed"


async def _pause(visit: Visit, hook: HookRow, form: Form) -> str:
    await _desk(visit).pause(hook)
    return "webhook-paused"


async def _resume(visit: Visit, hook: HookRow, form: Form) -> str:
    await _desk(visit).resume(hook)
    return "webhook-resumed"


async def _test(visit: Visit, hook: HookRow, form: Form) -> str:
    await _desk(visit).test(hook)
    return "webhook-tested"


async def _remove(visit: Visit, hook: HookRow, form: Form) -> str:
    await _desk(visit).remove(hook)
    return "webhook-removed"


_ACTS: Final[Mapping[str, Callable[[Visit, HookRow, Form], Awaitable[str]]]] = {
    "again": _again,
    "since": _since,
    "pause": _pause,
    "resume": _resume,
    "test": _test,
    "remove": _remove,
}
_OPERATORS: Final = ("again", "since")
"""An operator's acts on an agency's webhook: nothing that tells a secret, or that its owner would not expect."""


async def act(visit: Visit) -> web.StreamResponse:
    form, hook = await visit.form(), _find(visit)
    wanted, name = form.get("act", 20), identifier_of(hook.number)
    if not _is_own(visit, hook) and wanted not in _OPERATORS:
        raise Forbidden(expected="the endpoint's owner", found=visit.me.role)
    try:
        if wanted == "rotate":
            made = await _desk(visit).rotate(hook)
            await visit.accounts.record(visit.who, ROTATED, name)
            return await _one(visit, made.hook, made=made)
        if wanted not in _ACTS:
            raise BadRequest(expected=", ".join(_ACTS), found=wanted)
        deed = await _ACTS[wanted](visit, hook, form)
    except AxisError as error:
        return await _one(visit, hook, error)
    await visit.accounts.record(visit.who, deed, name)
    return visit.see("/console/webhooks" if wanted == "remove" else _address(hook))


PAGES: Final = (
    Page("GET", "/console/webhooks", show, Right.WEBHOOKS, "nav.webhooks", ListQuery),
    Page("POST", "/console/webhooks", add, Right.WEBHOOKS, "nav.webhooks"),
    Page("GET", "/console/webhooks/{hook}", one, Right.WEBHOOKS, "nav.webhooks"),
    Page("POST", "/console/webhooks/{hook}", act, Right.WEBHOOKS, "nav.webhooks"),
)
TEXTS: Final[Mapping[str, Text]] = {
    "nav.webhooks": Text("Webhook", "Webhooks"),
    "webhooks.own": Text("Địa chỉ nhận của đơn vị", "Your endpoints"),
    "webhooks.others": Text("Địa chỉ nhận của các đơn vị", "Endpoints of agencies"),
    "webhooks.none": Text("Không có địa chỉ nhận nào.", "There is no endpoint."),
    "webhooks.why": Text(
        "Trục báo tin tới đây khi có việc: văn bản đến, ký nhận, trạng thái. Tin chỉ có mã, không có nội dung.",
        "The axis tells these addresses what happens: arrivals, receipts, statuses. Messages carry identifiers, no "
        "content.",
    ),
    "webhooks.address": Text("Địa chỉ nhận", "Endpoint"),
    "webhooks.last": Text("Lần gửi cuối", "Last try"),
    "webhooks.never": Text("chưa gửi lần nào", "never tried"),
    "webhooks.state.unproven": Text("Chưa thử", "Not tested"),
    "webhooks.state.active": Text("Đang gửi", "Active"),
    "webhooks.state.disabled": Text("Đã tắt", "Disabled"),
    "webhooks.why.gone": Text("Đã tắt: máy nhận trả lời 410", "Disabled: the receiver answered 410"),
    "webhooks.why.failing": Text("Đã tắt: lỗi nhiều ngày liền", "Disabled: it failed for days"),
    "webhooks.why.ended": Text("Đã tắt: đơn vị đã kết thúc", "Disabled: the agency has ended"),
    "webhooks.why.paused": Text("Tạm dừng", "Paused"),
    "webhooks.url": Text("Địa chỉ (https)", "Address (https)"),
    "webhooks.url.why": Text(
        "Nhận mọi loại tin; chọn loại bằng truc webhooks add --type.",
        "It gets messages of every kind; choose kinds with truc webhooks add --type.",
    ),
    "webhooks.add": Text("Đăng ký địa chỉ nhận", "Register an endpoint"),
    "webhooks.secret": Text(
        "Khóa bí mật của {name}, chỉ hiện lần này. Đặt vào máy nhận rồi bấm Gửi thử.",
        "The secret of {name}, shown this once. Give it to the receiver, then send a test.",
    ),
    "webhooks.owner": Text("Của", "Belongs to"),
    "webhooks.do": Text("Thao tác", "What to do"),
    "webhooks.test": Text("Gửi thử", "Send a test"),
    "webhooks.pause": Text("Tạm dừng", "Pause"),
    "webhooks.resume": Text("Gửi tiếp", "Resume"),
    "webhooks.rotate": Text("Đổi khóa bí mật", "Rotate the secret"),
    "webhooks.rotate.why": Text(
        "Khóa cũ còn dùng được một thời gian, để máy nhận kịp đổi.",
        "The old one signs too for a while, so that the receiver can change.",
    ),
    "webhooks.remove": Text("Xóa địa chỉ nhận này", "Remove this endpoint"),
    "webhooks.since": Text("Gửi lại tất cả từ (ngày hoặc giờ)", "Send everything again since (a day or a time)"),
    "webhooks.since.why": Text(
        "2026-11-22 hoặc 2026-11-22T08:00:00Z. Máy nhận bỏ qua tin đã có theo webhook-id.",
        "2026-11-22 or 2026-11-22T08:00:00Z. Receivers know a seen message by its webhook-id.",
    ),
    "webhooks.replay": Text("Gửi lại", "Send again"),
    "webhooks.failures": Text("Chưa tới nơi", "Not arrived"),
    "webhooks.failures.none": Text("Không có tin nào bị thôi gửi.", "No notice was given up."),
    "webhooks.attempts": Text("Các lần gửi gần nhất", "Latest tries"),
    "webhooks.attempts.none": Text("Chưa gửi lần nào trong 30 ngày qua.", "None in the last 30 days."),
    "webhooks.at": Text("Lúc", "At"),
    "webhooks.type": Text("Loại", "Kind"),
    "webhooks.outcome": Text("Kết quả", "Outcome"),
    "webhooks.status": Text("Mã HTTP", "HTTP status"),
    "webhooks.tries": Text("{n} lần", "{n} try|{n} tries"),
    "webhooks.again": Text("gửi lại lúc {time}", "again at {time}"),
    "webhooks.given_up": Text("đã thôi gửi", "given up"),
    "deed.webhook-added": Text("Đăng ký webhook", "Registered a webhook"),
    "deed.webhook-rotated": Text("Đổi khóa webhook", "Rotated a webhook's secret"),
    "deed.webhook-paused": Text("Tạm dừng webhook", "Paused a webhook"),
    "deed.webhook-resumed": Text("Gửi tiếp webhook", "Resumed a webhook"),
    "deed.webhook-tested": Text("Gửi thử webhook", "Tested a webhook"),
    "deed.webhook-removed": Text("Xóa webhook", "Removed a webhook"),
}
