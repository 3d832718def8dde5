"""Figures for anybody, without signing in (QĐ 28/2018/QĐ-TTg Art. 14.3), each with its definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console import period_parts as parts
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Choice, Tile
from hub.core import period_table as tables
from hub.core.errors import Text
from hub.core.model import Tier, from_iso_utc
from hub.routes.open_data import figures_of

_QUARTERS: Final = 8
"""That a page offers; all others are in its address."""


class PublicPageQuery(PageQuery, frozen=True, kw_only=True):
    quarter: Annotated[str, msgspec.Meta(max_length=7)] = ""
    tier: Tier = Tier.PROVINCIAL


async def show(visit: Visit) -> web.StreamResponse:
    query, t = visit.query or PublicPageQuery(), visit.t
    figures = (await figures_of(visit.hub, visit.context, query.quarter)).figures
    units = sorted(
        (line for line in figures.units if line.tier is query.tier),
        key=lambda line: (bool(line.folded), -line.sent - line.received, line.code),
    )
    ever = figures.ever
    since = visit.moment(from_iso_utc(figures.record_since)) if figures.record_since else "–"
    values: dict[str, Any] = {
        "figures": figures,
        "as_of": visit.moment(from_iso_utc(figures.as_of)),
        "ever": [
            Tile(t("public.ever"), visit.num(ever.sent), t("public.since", time=since)),
            Tile(parts.name_of(visit, "received"), visit.num(ever.received)),
            Tile(parts.name_of(visit, "signed_share"), *_share(visit, ever.signed_share, ever.signed, ever.sent)),
        ],
        "shares": [
            Tile(t(f"tier.{line.code}"), *_share(visit, line.exchanging_share, line.exchanging, line.agencies))
            for line in figures.tiers
            if line.agencies
        ],
        "months": parts.steps(visit, t("figures.steps"), figures.months),
        "quarters": [
            Choice(code, visit.here(quarter=code), code == figures.quarter) for code in figures.quarters[-_QUARTERS:]
        ],
        "tiers": [Choice(t(f"figures.units.{x.value}"), visit.here(tier=x.value), x is query.tier) for x in Tier],
        "by_tier": parts.table(visit, t("figures.tiers"), [*figures.tiers, figures.total], parts.EXCHANGE),
        "units": parts.table(visit, t(f"figures.units.{query.tier.value}"), units, (*parts.EXCHANGE, "expired")),
        "count": len(units),
        "most": parts.MOST_ROWS,
        "holes": [tables.hole_text(hole, visit.lang) for hole in figures.holes],
        "definitions": parts.definitions(visit, (*parts.EXCHANGE, "expired")),
    }
    return visit.page("public.html", **values)


def _share(visit: Visit, share: float | None, part: int, whole: int) -> tuple[str, str]:
    return (visit.share(share), f"{visit.num(part)} / {visit.num(whole)}") if share is not None else ("–", "")


PAGES: Final = (Page("GET", "/public", show, Right.ANYONE, "public.title", PublicPageQuery),)
TEXTS: Final[Mapping[str, Text]] = {
    "public.title": Text("Số liệu công khai", "Public figures"),
    "public.basis": Text(
        "Theo Điều 14.3 Quyết định 28/2018/QĐ-TTg. Ai cũng xem được, không cần đăng nhập.",
        "By Decision 28/2018, Art. 14.3. For anybody, without signing in.",
    ),
    "public.ever": Text("Văn bản từ trước đến nay", "Documents since the beginning"),
    "public.since": Text("từ {time}", "since {time}"),
    "public.shares": Text("Đơn vị có gửi, nhận trong {quarter}", "Agencies that exchange, {quarter}"),
    "public.months": Text("Theo tháng", "By month"),
    "public.quarter": Text("Quý {quarter}", "Quarter {quarter}"),
    "public.least": Text(
        "Đơn vị có dưới {n} văn bản gửi và nhận trong quý được gộp một dòng, để không lộ từng văn bản.",
        "Units with fewer than {n} documents sent and received in the quarter are one line, so that no single document "
        "shows.",
    ),
    "public.open": Text("Dữ liệu mở", "Open data"),
    "public.open.why": Text(
        "Dùng tự do, cập nhật liên tục, gọi được từ trang khác (CORS).",
        "Free to use, always current, open to pages of other sites (CORS).",
    ),
    "public.link": Text("Số liệu công khai", "Public figures"),
    "public.sign_in": Text("Đăng nhập", "Sign in"),
}
