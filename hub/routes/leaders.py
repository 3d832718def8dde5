"""Leaders who sign: shares of documents and of agencies, for the country, tiers and single agencies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub import access
from hub.admission.submission import Caller
from hub.core import wire
from hub.core.errors import BadRequest, Text, Unavailable
from hub.core.model import vietnam_date
from hub.core.wire_signatures import LeaderFigures, LeaderLine
from hub.exchange import Exchange
from hub.http.call import Call, answer
from hub.http.milliseconds import spent
from hub.programmes.signatures import counting
from hub.programmes.signatures.counting import Counted, Leaders
from hub.store.search import Bill

_Month = Annotated[
    str, msgspec.Meta(pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$(?!\n)", max_length=7, examples=["2026-11"])
]

DEFINED: Final = Text(
    "Tỷ lệ văn bản: số văn bản có tệp PDF mang ít nhất một chữ ký số hợp lệ của người có thẩm quyền, trên số văn bản "
    "có tệp PDF đã được kiểm tra. Tỷ lệ cơ quan: số cơ quan đã gửi ít nhất một văn bản như vậy, trên số cơ quan đã gửi "
    "văn bản có tệp PDF được kiểm tra. Chứng thư cho biết một người đã ký, không cho biết chức vụ của người ấy.",
    "Share of documents: documents with a PDF that bear at least one valid signature of a person, out of those with a "
    "PDF that were read. Share of agencies: agencies that sent at least one such document, out of those that sent one "
    "that was read. A certificate tells that a person signed, not that person's office.",
)


class MonthsQuery(wire.Wire, frozen=True, kw_only=True):
    """`since`, `until`: months, as `2026-11`; left out, from January of this year to this month. `agency`: of this one
    alone. `cursor`: the last code seen."""

    since: _Month = ""
    until: _Month = ""
    agency: Annotated[str, msgspec.Meta(max_length=100)] = ""
    limit: wire.Limit = 200
    cursor: Annotated[str, msgspec.Meta(max_length=100)] = ""


def months(query: MonthsQuery, today: date) -> tuple[str, str]:
    """BadRequest where they end before they begin."""
    first, last = query.since or f"{today.year}-01", query.until or f"{today:%Y-%m}"
    if last < first:
        raise BadRequest(expected="a month not before since", found=last)
    return first, last


async def figures(call: Call) -> web.StreamResponse:
    made, seconds = await counted(call.context.exchange, call.caller, call.query)
    spent(seconds)
    return answer(made)


async def counted(exchange: Exchange, caller: Caller, query: MonthsQuery) -> tuple[LeaderFigures, float]:
    """The figures, and the processor's seconds that they took in the store's threads."""
    now = exchange.clock()
    view = access.view(exchange.directory, caller, now, query.agency)
    first, last = months(query, vietnam_date(now))
    leaders = exchange.leaders
    if leaders is None:
        raise Unavailable(found="programmes: closed")
    bill = Bill()
    rows = await leaders.store.sums(bill, counting.PROGRAMME, counting.SENDER, view.parties, first, last)
    found = counting.by_agency(Counted(row.agency, row.measure, row.n) for row in rows)
    tiers = {code: entry.tier for code in found if (entry := exchange.directory.get(code)) is not None}
    codes = sorted(code for code in found if code > query.cursor)
    page = codes[: query.limit]
    names = _names(exchange, page)
    made = LeaderFigures(
        state="on" if leaders.reads else "off",
        first=first,
        last=last,
        behind=leaders.behind,
        defined_vi=DEFINED.vi,
        defined_en=DEFINED.en,
        total=_line("all", counting.total(found.values())),
        tiers=[_line(tier.value, line) for tier, line in counting.by_tier(found, tiers).items()],
        lines=[_line(code, found[code], names.get(code, "")) for code in page],
        cursor=page[-1] if len(codes) > len(page) else "",
    )
    return made, bill.seconds


def _names(exchange: Exchange, codes: list[str]) -> Mapping[str, str]:
    return {code: entry.name for code in codes if (entry := exchange.directory.get(code)) is not None}


def _line(key: str, line: Leaders, name: str = "") -> LeaderLine:
    return LeaderLine(
        key=key,
        name=name,
        **line._asdict(),
        share_documents=_rounded(line.share_documents),
        share_agencies=_rounded(line.share_agencies),
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
