"""The figures that anybody may have (QĐ 28/2018/QĐ-TTg Art. 14.3), as open data: JSON, and CSV.

python -m hub.routes.open_data > schemas/public-figures.schema.json      the committed schema, which a test compares
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from aiohttp import web

from hub.core import period as periods
from hub.core import register, wire
from hub.core.errors import NotFound
from hub.core.model import Millis, Tier, from_iso_utc, iso_utc, vietnam_date
from hub.core.period import LEAST, Period, Sums
from hub.core.period_table import TIERS
from hub.core.period_words import DEFINITIONS
from hub.core.wire_report import PeriodLine, PublicFigures
from hub.http.call import Call, Context, HubOnly
from hub.http.period_cache import Counted, PeriodCache
from hub.http.speaking import LANGS, VARY, spoken, told_in
from hub.programmes.reporting.periods import period as period_named
from hub.routes.reports import FIRST_DAY

_FRESH_SECONDS: Final = 10.0
_MAX_AGE: Final = 60
_QUARTER: Final = Period.QUARTER


class PublicQuery(wire.Wire, frozen=True, kw_only=True):
    """`quarter`: `2026-Q4`; left out: the last that is over, or the first on record."""

    quarter: Annotated[str, msgspec.Meta(max_length=7)] = ""


class CsvQuery(PublicQuery, frozen=True, kw_only=True):
    """`lang`: of heads and words; `codes`: those of `schemas/public-figures.csv.json`, which is also the answer to a
    caller that names no language at all."""

    lang: Literal["vi", "en", "codes"] | msgspec.UnsetType = msgspec.UNSET


class OpenData(NamedTuple):
    """The figures that anybody may have, and as they go out; `csv`: by language."""

    figures: PublicFigures
    json: bytes
    csv: Mapping[str, bytes]


async def as_json(call: Call) -> web.StreamResponse:
    data = await asked(call)
    return open_answer(call, data.json, "application/json")


async def as_csv(call: Call) -> web.StreamResponse:
    data = await asked(call)
    lang = spoken(call.request, call.query.lang, CODES)
    return open_answer(call, data.csv[lang], "text/csv", told_in(lang) if lang != CODES else {"Vary": VARY})


async def asked(call: Call) -> OpenData:
    return await figures_of(call.hub_only, call.context, call.query.quarter)


async def figures_of(hub: HubOnly, context: Context, quarter: str) -> OpenData:
    """NotFound where the settings have no public figures, and for a quarter that is not on record: a stranger cannot
    have one counted that nobody else asks for."""
    if not context.settings.console.public_figures:
        raise NotFound(expected="public figures, which are switched off here", found="none")
    cache, now = hub.reports.periods, context.exchange.clock()
    ever = await cache.get("ever", lambda: _ever(cache, now), _FRESH_SECONDS)
    known = _quarters(ever.rows.first_at, now)
    code = quarter or (known[-2] if len(known) > 1 else known[-1])
    if code not in known:
        raise NotFound(expected=f"a quarter from {known[0]} to {known[-1]}", found=quarter)

    async def make() -> OpenData:
        of = period_named(code)
        first = date(of.year, of.first_month, 1)
        last = periods.last_of(_QUARTER, first)
        counted = await cache.count(first, last, charged=False)
        return await context.milliseconds.aside(_public, ever, counted, first, last, known)

    return await cache.get(("public", code, ever.as_of), make, _FRESH_SECONDS)


async def _ever(cache: PeriodCache, now: Millis) -> Counted:
    return await cache.count(FIRST_DAY, vietnam_date(now), charged=False)


def _quarters(first_at: Millis | None, now: Millis) -> list[str]:
    """From the first on record to that of today."""
    today = vietnam_date(now)
    begin = min(vietnam_date(first_at), today) if first_at is not None else today
    return [periods.code_of(_QUARTER, first) for first, _ in periods.steps_of(_QUARTER, begin, today)]


def _public(ever: Counted, counted: Counted, first: date, last: date, known: list[str]) -> OpenData:
    rows, today = ever.rows, vietnam_date(ever.as_of)
    begin = vietnam_date(rows.first_at) if rows.first_at is not None else today
    months = (periods.first_of(Period.MONTH, begin), today)
    sums = Sums(counted.rows, counted.directory, first, last)
    figures = PublicFigures(
        as_of=iso_utc(counted.as_of),
        record_since=iso_utc(rows.first_at) if rows.first_at is not None else "",
        ever=Sums(rows, ever.directory, begin, today).total.line("ever", ""),
        months=periods.steps(Period.MONTH, *months, rows.days),
        quarter=periods.code_of(_QUARTER, first),
        quarters=known,
        first=first,
        last=last,
        total=sums.total.line("all", ""),
        tiers=sums.tier_lines(),
        units=[line for tier in Tier for line in periods.folded(sums, tier)],
        holes=periods.holes(sums, counted.rows, first, last, counted.as_of),
        least=LEAST,
        definitions=list(DEFINITIONS),
    )
    return OpenData(
        figures,
        msgspec.json.encode(figures),
        {lang: "".join(csv_of(figures, lang)).encode() for lang in (CODES, *LANGS)},
    )


FIGURES: Final = tuple(name for name in PeriodLine.__struct_fields__ if name not in ("code", "name", "tier"))
COLUMNS: Final = ("section", "period", "first", "last", "tier", "code", "name", *FIGURES)
"""Of the CSV file; `schemas/public-figures.csv.json` says what each is. An empty cell was not measured."""


CODES: Final = "codes"
_HEADS: Final = {
    "section": ("Mục", "Section"),
    "period": ("Kỳ", "Period"),
    "first": ("Từ ngày", "First day"),
    "last": ("Đến ngày", "Last day"),
    "tier": ("Cấp", "Tier"),
    "code": ("Mã", "Code"),
    "name": ("Đơn vị", "Unit"),
    "folded": ("Số đơn vị gộp chung một dòng", "Units folded into one line"),
    "fetched": ("Lượt có thời điểm lấy về", "Fetched with a time"),
}
_SECTIONS: Final[dict[str, tuple[str, str]]] = {
    "ever": ("Từ đầu đến nay", "Since the beginning"),
    "month": ("Tháng", "Month"),
    "quarter": ("Quý", "Quarter"),
    "tier": ("Cấp", "Tier"),
    "unit": ("Đơn vị", "Unit"),
}
_WORDS: Final = {lang: {word: texts[lang != "vi"] for word, texts in (_SECTIONS | TIERS).items()} for lang in LANGS}


def csv_of(figures: PublicFigures, lang: str = CODES) -> Iterator[str]:
    if lang == CODES:
        return register.csv_lines(_rows(figures), COLUMNS)
    return register.csv_lines((_said(row, lang) for row in _rows(figures)), [_head(name, lang) for name in COLUMNS])


def _head(name: str, lang: str) -> str:
    if name in _HEADS:
        return _HEADS[name][lang != "vi"]
    found = next(one for one in DEFINITIONS if one.code == name)
    said = found.name_vi if lang == "vi" else found.name_en
    return f"{said} (ms)" if name.endswith(("_median", "_p95")) else said


def _said(row: list[str], lang: str) -> list[str]:
    """The words of a row in the language, in place of codes."""
    section, period_code, first, last, tier, code, name, *figures = row
    words = _WORDS[lang]
    named = words.get(code, words.get(name, name))
    code = "" if code in words else code  # of a tier, or of all: its word stands as the name
    return [words[section], period_code, first, last, words.get(tier, tier), code, named, *figures]


def _rows(f: PublicFigures) -> Iterator[list[str]]:
    since = vietnam_date(from_iso_utc(f.record_since)).isoformat() if f.record_since else ""
    until = vietnam_date(from_iso_utc(f.as_of)).isoformat()
    yield _row("ever", "", since, until, f.ever)
    for step in f.months:
        counts = {"sent": step.sent, "signed": step.signed, "received": step.received}
        cells = [str(counts.get(name, "")) for name in FIGURES]
        yield ["month", step.code, step.first.isoformat(), step.last.isoformat(), "", "", "", *cells]
    span = (f.quarter, f.first.isoformat(), f.last.isoformat())
    yield _row("quarter", *span, f.total)
    for line in f.tiers:
        yield _row("tier", *span, line)
    for line in f.units:
        yield _row("unit", *span, line)


def _row(section: str, code: str, first: str, last: str, line: PeriodLine) -> list[str]:
    cells = [getattr(line, name) for name in FIGURES]
    return [
        section, code, first, last, line.tier or "", line.code, line.name,
        *("" if cell is None else str(cell) for cell in cells),
    ]  # fmt: skip


def open_answer(call: Call, body: bytes, media: str, more: Mapping[str, str] = MappingProxyType({})) -> web.Response:
    """Anybody's page may read it, and keep it for a minute; a browser that has it already is not sent it again."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag",
        "Cache-Control": f"public, max-age={_MAX_AGE}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        "ETag": tag,
        **more,
    }
    given = call.request.headers.get("If-None-Match", "")
    if given.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in given[:1000].split(",")):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=media, charset="utf-8", headers=headers)


def schema() -> dict[str, Any]:
    """Of the JSON file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | msgspec.json.schema(PublicFigures)


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(schema()), indent=1) + b"\n")
