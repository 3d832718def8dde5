"""Which certificates end when: ninety days at a glance, holders with a new one already, and how old the revocation
lists are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Final, NamedTuple

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console.census import DAY, Ending, census
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Choice, Column, Table, Tile
from hub.core.errors import Text
from hub.core.model import Agency, Millis, Tier, vietnam_date
from hub.core.signature.anchors import shortened

DAYS: Final = 90
_PAGE: Final = 50
_BAR: Final = 10
_HEIGHT: Final = 80
_LEAST: Final = 4
_WINDOWS: Final = {"over": (-36_500, 0), "14": (0, 14), "30": (0, 30), "90": (0, DAYS), "all": (-36_500, 36_500)}
"""Days from now, by their key in addresses."""


class CertificatesQuery(PageQuery, frozen=True, kw_only=True):
    """`window`: a key of `_WINDOWS`; `renewed`: `no` for those alone that have no second one; `cursor`: how many were
    seen."""

    tier: Annotated[str, msgspec.Meta(pattern=r"^(central|provincial|district|commune)?$(?!\n)", max_length=10)] = ""
    window: Annotated[str, msgspec.Meta(pattern=r"^(over|14|30|90|all)?$(?!\n)", max_length=4)] = ""
    renewed: Annotated[str, msgspec.Meta(pattern=r"^(no|yes)?$(?!\n)", max_length=3)] = ""
    cursor: Annotated[int, msgspec.Meta(ge=0, le=1 << 30)] = 0


class Bar(NamedTuple):
    """A day: how many end on it, where it stands, its class of colour."""

    day: str
    number: int
    x: int
    y: int
    height: int
    tone: str


async def show(visit: Visit) -> web.StreamResponse:
    query: CertificatesQuery = visit.query or CertificatesQuery()
    every = await census(visit).ending(visit)
    chosen, ends = await visit.context.milliseconds.aside(every.part, query.tier, query.renewed)
    first, last = (bisect_left(ends, visit.now + days * DAY) for days in _WINDOWS[query.window or "90"])
    bars = _bars(visit, ends)
    return visit.page(
        "certificates.html",
        bars=bars,
        strip=_strip(visit, bars),
        width=DAYS * _BAR,
        tiles=_tiles(visit, ends),
        table=_table(visit, chosen, range(first, last), query),
        lists=_lists(visit),
        tiers=_choices(visit, "tier", ["", *(tier.value for tier in Tier)], query.tier),
        windows=_choices(visit, "window", list(_WINDOWS), query.window or "90"),
        renewals=_choices(visit, "renewed", ["", "no", "yes"], query.renewed),
    )


def _choices(visit: Visit, name: str, keys: Sequence[str], current: str) -> list[Choice]:
    said = {key: f"tier.{key}" if name == "tier" and key else f"certificates.{name}.{key or 'every'}" for key in keys}
    return [Choice(visit.t(said[key]), visit.here(**{name: key, "cursor": ""}), key == current) for key in keys]


def _bars(visit: Visit, ends: Sequence[Millis]) -> list[Bar]:
    counts = [b - a for a, b in pairwise(bisect_left(ends, visit.now + day * DAY) for day in range(DAYS + 1))]
    most = max(1, *counts)
    bars = []
    for place, count in enumerate(counts):
        height = max(_LEAST, _HEIGHT * count // most) if count else 0
        tone = "b-er" if place < 14 else "b-wa" if place < 30 else "b-go"
        day = visit.day(vietnam_date(Millis(visit.now + place * DAY)))
        bars.append(Bar(day, count, place * _BAR, _HEIGHT - height, height, tone))
    return bars


def _strip(visit: Visit, bars: Sequence[Bar]) -> Table:
    """The twin of the picture: days on which any end."""
    t = visit.t
    columns = (Column(t("certificates.day"), head=True), Column(t("certificates.count"), number=True))
    rows = [(Cell(bar.day), Cell(visit.num(bar.number), value=bar.number)) for bar in bars if bar.number]
    return Table(t("certificates.strip"), columns, rows, t("certificates.none"))


def _tiles(visit: Visit, ends: Sequence[Millis]) -> list[Tile]:
    t = visit.t
    over = bisect_left(ends, visit.now)
    tiles = [
        Tile(t("certificates.over"), visit.num(over), icon="stop" if over else "check", tone="er" if over else "ok")
    ]
    for days in (14, 30, DAYS):
        count = bisect_left(ends, visit.now + days * DAY) - over
        tiles.append(
            Tile(t("certificates.within", n=days), visit.num(count), tone="wa" if count and days < DAYS else "")
        )
    return tiles


def _table(visit: Visit, chosen: Sequence[Ending], within: range, query: CertificatesQuery) -> Table:
    t = visit.t
    columns = (
        Column(t("agencies.agency"), head=True),
        Column(t("agencies.tier")),
        Column(t("agency.until")),
        Column(t("agency.state")),
        Column(t("certificates.renewal")),
    )
    shown = (chosen[place] for place in within[query.cursor : query.cursor + _PAGE])
    rows = [_row(visit, one, agency) for one in shown if (agency := visit.exchange.directory.get(one.code)) is not None]
    seen = query.cursor + _PAGE
    more = visit.here(cursor=str(seen)) if seen < len(within) else ""
    return Table(t("certificates.list"), columns, rows, t("certificates.empty"), more)


def _row(visit: Visit, one: Ending, agency: Agency) -> tuple[Cell, ...]:
    t, left = visit.t, one.ends - visit.now
    state = "failing" if left <= 0 else "warned" if left < 30 * DAY else "good"
    note = t("agency.left", time=visit.age(left)) if left > 0 else t("todo.over", time=visit.age(-left))
    renewal = t("certificates.overlap", n=one.live) if one.live > 1 else t("certificates.no_renewal")
    return (
        Cell(agency.name, f"/console/agencies/{one.code}", one.code),
        Cell(t(f"tier.{agency.tier}")),
        Cell(visit.moment(one.ends)),
        Cell(note, state=state),
        Cell(renewal, tone="" if one.live > 1 else "q"),
    )


def _lists(visit: Visit) -> Table:
    """Each revocation list that the hub believes: of whom, how old, until when."""
    t, anchors, now = visit.t, visit.exchange.anchors, visit.now
    columns = (
        Column(t("certificates.authority"), head=True),
        Column(t("agency.state")),
        Column(t("certificates.age")),
        Column(t("certificates.next")),
        Column(t("certificates.revoked"), number=True),
    )
    rows: list[tuple[Cell, ...]] = []
    for crl in anchors.crls:
        made = Millis(int(crl.last_update_utc.timestamp() * 1000))
        ends = crl.next_update_utc
        until = Millis(int(ends.timestamp() * 1000)) if ends is not None else None
        left = until + anchors.grace - now if until is not None else 0
        state = "failing" if left <= 0 else "warned" if until is not None and until < now + 2 * DAY else "good"
        told = (
            Cell(shortened(crl.issuer)),
            Cell(state=state),
            Cell(visit.age(now - made)),
            Cell(visit.moment(until) if until is not None else "–"),
            Cell(visit.num(len(crl))),
        )
        rows.append(told)
    return Table(t("certificates.lists"), columns, rows, t("system.crl.none"))


PAGES: Final = (Page("GET", "/console/certificates", show, Right.AGENCIES, "nav.certificates", CertificatesQuery),)
TEXTS: Final[Mapping[str, Text]] = {
    "certificates.strip": Text("Chứng thư hết hạn trong 90 ngày", "Certificates that end within 90 days"),
    "certificates.strip.note": Text(
        "chứng thư dài hạn nhất của mỗi đơn vị", "of each agency the one that lasts longest"
    ),
    "certificates.day": Text("Ngày", "Day"),
    "certificates.count": Text("Số đơn vị", "Agencies"),
    "certificates.none": Text("Không chứng thư nào hết hạn trong 90 ngày.", "None ends within 90 days."),
    "certificates.bar": Text("{day}: {n} đơn vị", "{day}: {n} agency|{day}: {n} agencies"),
    "certificates.today": Text("hôm nay", "today"),
    "certificates.in": Text("{n} ngày", "{n} d"),
    "certificates.over": Text("Đã hết hạn", "Ended"),
    "certificates.within": Text("Trong {n} ngày", "Within {n} days"),
    "certificates.list": Text("Đơn vị, hết hạn sớm nhất trước", "Agencies, the first to end first"),
    "certificates.empty": Text(
        "Không có đơn vị nào khớp. Chọn khoảng thời gian dài hơn.", "No agency matches. Choose a longer time."
    ),
    "certificates.renewal": Text("Thay thế", "Renewal"),
    "certificates.overlap": Text("{n} chứng thư cùng hiệu lực", "{n} certificates at once"),
    "certificates.no_renewal": Text("chưa đăng ký chứng thư mới", "no new one is registered"),
    "certificates.window": Text("Thời gian", "Time"),
    "certificates.window.over": Text("Đã hết hạn", "Ended"),
    "certificates.window.14": Text("14 ngày", "14 days"),
    "certificates.window.30": Text("30 ngày", "30 days"),
    "certificates.window.90": Text("90 ngày", "90 days"),
    "certificates.window.all": Text("Tất cả", "All"),
    "certificates.tier.every": Text("Mọi cấp", "Every tier"),
    "certificates.renewed": Text("Thay thế", "Renewal"),
    "certificates.renewed.every": Text("Cả hai", "Both"),
    "certificates.renewed.no": Text("Chưa có mới", "Without a new one"),
    "certificates.renewed.yes": Text("Đã có mới", "With a new one"),
    "certificates.lists": Text("Danh sách thu hồi (CRL)", "Revocation lists (CRL)"),
    "certificates.authority": Text("Của CA", "Of which CA"),
    "certificates.age": Text("Tuổi", "Age"),
    "certificates.next": Text("Bản kế tiếp", "Next one due"),
    "certificates.revoked": Text("Bị thu hồi", "Revoked"),
}
