"""Failures by cause: in plain words, against the usual rate, with the agencies concerned; then the rows; and webhooks
that do not arrive, to be sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final, NamedTuple

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console import causes
from hub.console.census import DAY, SPAN, Failures, census
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Chip, Column, Table
from hub.core.errors import NotFound, Text
from hub.core.model import Millis
from hub.core.webhooks import outcomes
from hub.store import HookRow
from hub.webhooks.registry import identifier_of

REPLAYED: Final = "webhooks-replayed"
"""The deed in the trail."""
_PAGE: Final = 50
_FEW: Final = 3
_MOST_HOOKS: Final = 100
_MOST_REPLAYED: Final = 1_000
_TIMES: Final = 3
"""So many times as often as usual is worth a look."""


class CauseQuery(PageQuery, frozen=True, kw_only=True):
    """`agency`: of this one alone; `cursor`: how many rows were seen."""

    agency: Annotated[str, msgspec.Meta(max_length=64)] = ""
    cursor: Annotated[int, msgspec.Meta(ge=0, le=1 << 30)] = 0


class Found(NamedTuple):
    """One cause. `today` in the last day, `usual` on a day of the seven before; `whose`: agencies by how often."""

    code: str
    today: int
    usual: float
    whose: Sequence[tuple[str, int]]
    first: Millis
    last: Millis

    @property
    def unusual(self) -> bool:
        return self.today > _TIMES * self.usual and self.today > 0


def found(failures: Failures) -> list[Found]:
    """The most unusual first, then by count."""
    times: dict[str, list[Millis]] = {}
    whose: dict[str, Counter[str]] = {}
    for one in failures.refused:
        times.setdefault(one.code, []).append(one.at)
        whose.setdefault(one.code, Counter())[one.agency] += 1
    begin = failures.at - DAY
    causes_found = [
        Found(
            code,
            today := sum(at >= begin for at in at_all),
            (len(at_all) - today) / (SPAN // DAY - 1),
            whose[code].most_common(),
            min(at_all),
            max(at_all),
        )
        for code, at_all in times.items()
    ]
    if failures.expired:
        causes_found.append(_expired(failures))
    return sorted(causes_found, key=lambda f: (not f.unusual, -f.today, -f.last))


def _expired(failures: Failures) -> Found:
    rows = failures.expired
    today = sum(row.lately for row in rows)
    before = sum(row.deliveries for row in rows) - today
    whose = sorted(((row.agency, row.deliveries) for row in rows), key=lambda pair: -pair[1])
    first, last = min(row.first for row in rows), max(row.last for row in rows)
    return Found(causes.EXPIRED, today, before / (SPAN // DAY - 1), whose, first, last)


async def show(visit: Visit) -> web.StreamResponse:
    t, failures = visit.t, await census(visit).failures(visit)
    columns = (
        Column(t("failures.cause"), head=True),
        Column(t("failures.today"), number=True),
        Column(t("failures.usual"), number=True),
        Column(t("failures.whose")),
        Column(t("failures.first"), fold=True),
        Column(t("failures.last")),
    )
    rows = [_row(visit, one) for one in found(failures)]
    table = Table(t("failures.title"), columns, rows, t("failures.none"))
    return visit.page("failures.html", table=table, whole=failures.all, hooks=await _hooks(visit))


def said(visit: Visit, code: str) -> tuple[str, str, str]:
    """The event, the remedy, whose part it is."""
    t = visit.t
    if code == causes.EXPIRED:
        return t("failures.expired"), t("failures.expired.hint"), t("failures.fault.recipient")
    cause = causes.cause(code)
    return t.pick(cause.text), t.pick(cause.hint), t(f"failures.fault.{cause.fault}")


def _row(visit: Visit, one: Found) -> tuple[Cell, ...]:
    t = visit.t
    text, hint, _ = said(visit, one.code)
    ratio = t("failures.ratio", times=visit.num(one.today / one.usual, 1)) if one.usual else t("failures.new")
    names = ", ".join(f"{visit.name_of(code)} ({visit.num(n)})" for code, n in one.whose[:_FEW])
    more = t("todo.more", n=len(one.whose) - _FEW) if len(one.whose) > _FEW else ""
    return (
        Cell(text, f"/console/failures/{one.code}", hint),
        Cell(visit.num(one.today), note=ratio if one.unusual else "", tone="er" if one.unusual else ""),
        Cell(visit.num(one.usual, 1)),
        Cell(names, note=more),
        Cell(visit.moment(one.first)),
        Cell(visit.moment(one.last)),
    )


# One cause


async def cause(visit: Visit) -> web.StreamResponse:
    t, code = visit.t, visit.call.path["code"]
    query: CauseQuery = visit.query or CauseQuery()
    failures = await census(visit).failures(visit)
    one = next((f for f in found(failures) if f.code == code), None)
    known = code == causes.EXPIRED or causes.cause(code).hint.vi != ""
    if one is None and not known:
        raise NotFound(found=code[:80])
    text, hint, fault = said(visit, code)
    whose = _whose(visit, one.whose[:_PAGE] if one is not None else ())
    rows = await _expiries(visit, query) if code == causes.EXPIRED else _refusals(visit, failures, code, query)
    chips = [Chip(visit.name_of(query.agency), visit.here(agency="", cursor=""))] if query.agency else []
    return visit.page(
        "cause.html", code=code, text=text, hint=hint, fault=fault, found=one, whose=whose, rows=rows, chips=chips,
        command=f"truc agencies show {query.agency}" if _plain(query.agency) else "",
        note=t("failures.expired.choose") if code == causes.EXPIRED and not query.agency else "",
    )  # fmt: skip


def _plain(code: str) -> bool:
    return bool(code) and all(c.isalnum() or c in ".-_" for c in code) and code.isascii()


def _whose(visit: Visit, pairs: Iterable[tuple[str, int]]) -> Table:
    t = visit.t
    columns = (Column(t("agencies.agency"), head=True), Column(t("failures.count"), number=True))
    rows = [
        (Cell(visit.name_of(code), visit.here(agency=code, cursor=""), code), Cell(visit.num(n))) for code, n in pairs
    ]
    return Table(t("failures.whose"), columns, rows, t("failures.none"))


def _refusals(visit: Visit, failures: Failures, code: str, query: CauseQuery) -> Table:
    t = visit.t
    own = [r for r in failures.refused if r.code == code and query.agency in ("", r.agency)]
    columns = (
        Column(t("failures.at"), head=True),
        Column(t("agencies.agency")),
        Column(t("failures.leaf"), number=True),
    )
    rows = [
        (
            Cell(visit.moment(r.at)),
            Cell(visit.name_of(r.agency), f"/console/agencies/{r.agency}" if r.agency else "", r.agency),
            Cell(visit.num(r.leaf)),
        )
        for r in own[query.cursor : query.cursor + _PAGE]
    ]
    seen = query.cursor + _PAGE
    return Table(t("failures.rows"), columns, rows, t("failures.none"), _more(visit, seen, len(own)))


def _more(visit: Visit, seen: int, of: int) -> str:
    return visit.here(cursor=str(seen)) if seen < of else ""


async def _expiries(visit: Visit, query: CauseQuery) -> Table:
    """Of one recipient: which document, of whom, since when; no word of it."""
    t, store = visit.t, visit.exchange.store
    columns = (
        Column(t("failures.at"), head=True),
        Column(t("failures.document")),
        Column(t("failures.sender")),
        Column(t("failures.placed")),
    )
    rows = []
    since = Millis(visit.now - SPAN)
    deliveries = await store.expired_of(query.agency, since, query.cursor + _PAGE + 1) if query.agency else []
    for row in deliveries[query.cursor : query.cursor + _PAGE]:
        message = await store.message(row.message)
        if message is None:
            continue
        bare = message.id.removeprefix("urn:uuid:")
        rows.append(
            (
                Cell(visit.moment(row.ended_at or row.placed_at)),
                Cell(message.code, f"/console/documents/{bare}" if visit.leads("/console/documents") else "", bare),
                Cell(visit.name_of(message.sender), f"/console/agencies/{message.sender}", message.sender),
                Cell(visit.moment(row.placed_at)),
            )
        )
    return Table(
        t("failures.rows"), columns, rows, t("failures.choose"), _more(visit, query.cursor + _PAGE, len(deliveries))
    )


# Webhooks


class Hook(NamedTuple):
    """An endpoint that does not answer as it should. `failed`: given up, and may be sent again."""

    id: str
    cells: tuple[Cell, ...]
    failed: int
    active: bool


async def _hooks(visit: Visit) -> tuple[Table, list[Hook]]:
    """Of its address the host alone: the rest may be a secret."""
    t, webhooks = visit.t, visit.hub.webhooks
    failing = [h for h in webhooks.desk.everything() if h.failures or h.state == "disabled"]
    hooks = [await _hook(visit, row) for row in failing[:_MOST_HOOKS]]
    columns = (
        Column(t("agencies.agency"), head=True),
        Column(t("failures.host")),
        Column(t("agency.state")),
        Column(t("failures.since")),
        Column(t("failures.given_up"), number=True),
    )
    select = [hook.id for hook in hooks] if visit.may(Right.RUN) else ()
    cells = [hook.cells for hook in hooks]
    return Table(t("failures.hooks"), columns, cells, t("failures.hooks.none"), select=select), hooks


async def _hook(visit: Visit, row: HookRow) -> Hook:
    t = visit.t
    notices = await visit.hub.webhooks.desk.failures(row, _MOST_REPLAYED, "")
    failed = sum(notice.state == "failed" for notice in notices)
    words = outcomes.ADVICE.get(row.outcome)
    state = "disabled" if row.state == "disabled" else "failing"
    host = row.url.split("/")[2] if row.url.count("/") >= 2 else ""
    name = visit.name_of(row.agency) if row.agency else t("role.operator")
    cells = (
        Cell(name, f"/console/agencies/{row.agency}" if row.agency else "", row.agency),
        Cell(host),
        Cell(t.pick(words) if words is not None else row.outcome, state=state),
        Cell(visit.moment(row.failing_since) if row.failing_since is not None else "–"),
        Cell(visit.num(failed)),
    )
    return Hook(identifier_of(row.number), cells, failed, row.state == "active")


async def replay(visit: Visit) -> web.StreamResponse:
    """All that was given up of one endpoint is sent again, each once, in its turn."""
    await visit.form()
    name = visit.call.path["hook"]
    desk = visit.hub.webhooks.desk
    row = next((h for h in desk.everything() if identifier_of(h.number) == name), None)
    if row is None:
        raise NotFound(found=name[:80])
    notices = [n for n in await desk.failures(row, _MOST_REPLAYED, "") if n.state == "failed"]
    for notice in notices:
        await desk.replay_one(row, notice.id)
    await visit.accounts.record(visit.who, REPLAYED, name, str(len(notices)))
    return visit.see("/console/failures")


PAGES: Final = (
    Page("GET", "/console/failures", show, Right.FLOW, "nav.failures"),
    Page("GET", "/console/failures/{code}", cause, Right.FLOW, "nav.failures", CauseQuery),
    Page("POST", "/console/failures/webhooks/{hook}", replay, Right.RUN, "nav.failures", again="/console/failures"),
)
TEXTS: Final[Mapping[str, Text]] = {
    "failures.title": Text("Nguyên nhân, bất thường nhất trước", "Causes, the most unusual first"),
    "failures.span": Text(
        "một ngày qua, so với trung bình bảy ngày trước", "the last day, against the mean of the seven before"
    ),
    "failures.cause": Text("Nguyên nhân và cách sửa", "Cause, and what to do"),
    "failures.today": Text("Một ngày qua", "Last day"),
    "failures.usual": Text("Thường lệ", "Usual"),
    "failures.ratio": Text("gấp {times} lần thường lệ", "{times} times as usual"),
    "failures.new": Text("trước đây không có", "never before"),
    "failures.whose": Text("Của đơn vị nào", "Of whom"),
    "failures.first": Text("Lần đầu", "First"),
    "failures.last": Text("Lần cuối", "Last"),
    "failures.none": Text(
        "Không có lỗi nào trong 8 ngày qua. Lỗi mới tự hiện ở đây.", "Nothing failed in 8 days. What does stands here."
    ),
    "failures.some": Text(
        "Nhiều quá: chỉ đếm 20.000 lần từ chối mới nhất.", "There are many: the newest 20,000 refusals are counted."
    ),
    "failures.expired": Text("Nơi nhận không lấy văn bản trong hạn", "The recipient did not fetch in time"),
    "failures.expired.hint": Text(
        "Nơi gửi đã được báo. Xem vì sao nơi nhận không kết nối, rồi đề nghị nơi gửi gửi lại",
        "Its sender was told. See why the recipient does not connect, then ask the sender to send again",
    ),
    "failures.expired.choose": Text("Chọn một đơn vị để xem từng văn bản.", "Choose an agency to see each document."),
    "failures.choose": Text(
        "Chọn một đơn vị ở bảng bên để xem từng văn bản.", "Choose an agency in the list to see each document."
    ),
    "failures.fault.caller": Text("Bên gọi phải sửa", "The caller has to correct it"),
    "failures.fault.sender": Text("Bên gửi phải sửa", "The sender has to correct it"),
    "failures.fault.hub": Text("Trục phải sửa", "The axis has to correct it"),
    "failures.fault.prover": Text("Bên đưa bằng chứng phải sửa", "Whoever brought the proof has to correct it"),
    "failures.fault.recipient": Text("Bên nhận phải kết nối", "The recipient has to connect"),
    "failures.rows": Text("Từng lần", "Each time"),
    "failures.at": Text("Lúc", "At"),
    "failures.count": Text("Số lần", "How often"),
    "failures.leaf": Text("Mục nhật ký", "Leaf of the log"),
    "failures.document": Text("Văn bản", "Document"),
    "failures.sender": Text("Nơi gửi", "Sender"),
    "failures.placed": Text("Vào hộp thư lúc", "In its mailbox since"),
    "failures.hooks": Text("Webhook không tới nơi", "Webhooks that do not arrive"),
    "failures.hooks.none": Text("Mọi webhook đều tới nơi.", "Every webhook arrives."),
    "failures.host": Text("Máy nhận", "Receiver"),
    "failures.since": Text("Từ lúc", "Since"),
    "failures.given_up": Text("Đã thôi gửi", "Given up"),
    "failures.replay": Text("Gửi lại {n} tin của {name}", "Send {n} again to {name}"),
    "deed.webhooks-replayed": Text("Gửi lại webhook", "Sent webhooks again"),
}
