"""Electronic results: anybody verifies one; agencies and those who watch over the axis count them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub import access
from hub.admission.submission import Caller
from hub.core import wire
from hub.core.errors import BadRequest, Text, Unavailable
from hub.core.ids import number_of
from hub.core.model import Millis, iso_utc, vietnam_date
from hub.core.wire_results import DossierMeasure, OfDossiers, ResultLine, ResultMeasures, ResultTold, ResultVerified
from hub.exchange import Exchange
from hub.http.call import Call, Context, answer
from hub.http.milliseconds import spent
from hub.programmes.onestop import programme as onestop
from hub.programmes.onestop.words import SOLVING
from hub.programmes.results import asking, book, measured
from hub.programmes.results import programme as results
from hub.programmes.results.asking import Asked, Told
from hub.programmes.results.book import Entry
from hub.programmes.results.validity import Standing
from hub.programmes.signatures import counting
from hub.routes import views
from hub.routes.leaders import MonthsQuery, months
from hub.store.programmes import Programmes, SumRow
from hub.store.search import Bill

_PATIENCE: Final = 0.2
"""Seconds that a stranger's question waits for documents that were just accepted."""
DEFINED: Final = Text(
    "Kết quả được tính khi đã ký, kiểm tra chữ ký đạt và tải lại được bằng mã băm; một đường dẫn không phải là kết "
    "quả. Tỷ lệ này tính trên số kết quả đã đăng ký; tỷ lệ trên hồ sơ (5,92 % và 17,5 % của tháng 11/2022) có định "
    "nghĩa riêng, mẫu số là hồ sơ do đơn vị giải quyết.",
    "A result counts once it is signed, its signature verifies, and it is retrieved by its digest; a link is no "
    "result. These shares are of results registered; shares of dossiers (5.92 % and 17.5 % in November 2022) have "
    "definitions of their own, and the dossiers that the agency solves as their denominator.",
)


_COUNTED: Final = (results.CLAIMED, *measured.OF_DOSSIERS)


class VerifyQuery(wire.Wire, frozen=True, kw_only=True):
    """`result`: its number; `sha256`: of the file; one of them at least. `owner`: the tag in the paper's QR.
    `at`: RFC 3339 or a day of Vietnam; left out, now."""

    result: Annotated[str, msgspec.Meta(max_length=80)] = ""
    sha256: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$(?!\n)", max_length=64)] = ""
    owner: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{16})?$(?!\n)", max_length=16)] = ""
    at: Annotated[str, msgspec.Meta(max_length=40)] = ""


async def verify(call: Call) -> web.StreamResponse:
    query: VerifyQuery = call.query
    context = call.context
    return answer(await verified(context, asked_of(query, context.exchange.clock())))


def asked_of(query: VerifyQuery, now: Millis) -> Asked:
    """BadRequest where neither a number nor a digest is named, and for a time to come: nobody knows of a revocation
    by then."""
    at = views.moment_asked(query.at) if query.at else now
    if at > now:
        raise BadRequest(expected="a time that has passed", found=query.at)
    if not (query.result or query.sha256):
        raise BadRequest(expected="result or sha256", found="neither")
    try:
        number = book.number(query.result) if query.result else ""
    except ValueError:
        raise BadRequest(expected="the number of a dossier with -KQ1", found=query.result) from None
    return Asked(number, query.sha256, query.owner, at)


async def verified(context: Context, asked: Asked) -> ResultVerified:
    """The answer to a stranger. TooMany for one that walks through numbers."""
    exchange, guesses = context.exchange, context.authenticator.guesses
    store, following = exchange.store.programmes, exchange.following
    if store is None or following is None:
        raise Unavailable(found="programmes: closed")
    alone = bool(asked.number) and not (asked.owner or asked.sha256)
    if alone:
        guesses.count()
    behind = await following.caught_up(_PATIENCE)
    found = asking.told(await _entries(store, asked), asked)
    if asked.number and not alone and not any(one.whole for one in found):
        guesses.count()  # a wrong tag or digest shows no more than the number
    return ResultVerified(
        at=iso_utc(asked.at),
        standing=asking.standing(found),
        behind=behind,
        items=[await _told(exchange, one) for one in found],
    )


async def _entries(store: Programmes, asked: Asked) -> list[Entry]:
    """Those that the number leads to; without one, those that the digest leads to."""
    start = asked.number or results.digest_case(asked.sha256)
    lead = (await store.kept(results.Results.name, [start])).get(start)
    if lead is None or lead.kind == results.RESULT:
        return []
    names = asking.few(results.leads_of(lead.body))
    kept = await store.kept(results.Results.name, names)
    return [results.entry_of(kept[name].body) for name in names if name in kept]


async def _told(exchange: Exchange, one: Told) -> ResultTold:
    entry, verdict = one.entry, one.verdict
    agency = exchange.directory.get(entry.issuer)
    bare = ResultTold(
        code=entry.number,
        issuer=entry.issuer,
        issuer_name=agency.name if agency is not None else "",
        standing=verdict.standing.value,
        since=iso_utc(verdict.since) if verdict.since is not None else "",
        later=verdict.later.value if verdict.later is not None else "",
        successor=verdict.detail if verdict.standing is Standing.SUPERSEDED else "",
        same_file=one.same_file,
        whole=one.whole,
    )
    return await _whole(exchange, bare, one) if one.whole else bare


async def _whole(exchange: Exchange, bare: ResultTold, one: Told) -> ResultTold:
    entry, packet = one.entry, one.entry.packet
    ended = {Standing.REVOKED: entry.revoked, Standing.SUPERSEDED: entry.superseded}.get(one.verdict.standing)
    converted = packet.converted
    copied = packet.copy_of
    document = await exchange.store.message(number_of(entry.document))
    file = ""
    if document is not None and exchange.leaders is not None:
        signatures = await exchange.leaders.of(document)
        file = next((each.verdict for each in signatures.files if each.sha256 == packet.sha256), "")
    return msgspec.structs.replace(
        bare,
        name=packet.name,
        kind=packet.kind,
        procedure=packet.procedure,
        sha256=packet.sha256,
        first=packet.first.isoformat() if packet.first else "",
        last=packet.last.isoformat() if packet.last else "",
        registered=iso_utc(entry.registered),
        document=entry.document,
        copy=packet.copy.value,
        copy_of=(copied.code or copied.described or copied.sha256) if copied is not None else "",
        converted_at=converted.at.isoformat() if converted is not None else "",
        converted_by=converted.by if converted is not None else "",
        file=file,
        retrievable=entry.attached and document is not None and document.purged_at is None,
        reason=one.verdict.detail if one.verdict.standing is Standing.REVOKED else "",
        decision=ended.decision if ended is not None else "",
        ended_by=ended.document if ended is not None else "",
    )


async def measures(call: Call) -> web.StreamResponse:
    made, seconds = await counted(call.context.exchange, call.caller, call.query)
    spent(seconds)
    return answer(made)


async def counted(exchange: Exchange, caller: Caller, query: MonthsQuery) -> tuple[ResultMeasures, float]:
    """The measures, and the processor's seconds that they took in the store's threads."""
    now = exchange.clock()
    view = access.view(exchange.directory, caller, now, query.agency)
    first, last = months(query, vietnam_date(now))
    store, leaders, following = exchange.store.programmes, exchange.leaders, exchange.following
    if store is None or leaders is None or following is None:
        raise Unavailable(found="programmes: closed")
    bill = Bill()
    counts = await sums(exchange, bill, view.parties, first, last)
    known = {agency: of for agency, of in counts.items() if any(of.get(name) for name in _COUNTED)}
    whole = added(known.values())
    codes = sorted(code for code in known if code > query.cursor)
    page = codes[: query.limit]
    made = ResultMeasures(
        first=first,
        last=last,
        read=leaders.reads,
        behind=following.behind + leaders.behind,
        defined_vi=DEFINED.vi,
        defined_en=DEFINED.en,
        total=_line("all", whole),
        lines=[_line(code, known[code], _name(exchange, code)) for code in page],
        measures=definitions(),
        cursor=page[-1] if len(codes) > len(page) else "",
    )
    return made, bill.seconds


async def sums(
    exchange: Exchange, bill: Bill, agencies: Sequence[str] | None, first: str, last: str
) -> dict[str, dict[str, int]]:
    """By agency and measure: results by their issuer, dossiers by the agency that solves them."""
    counts: dict[str, dict[str, int]] = {}
    store, leaders, months = exchange.store.programmes, exchange.leaders, (agencies, first, last)
    rows: list[SumRow] = []
    if store is not None:
        rows += await store.sums(bill, results.Results.name, results.ISSUER, *months)
        rows += await store.sums(bill, onestop.NAME, SOLVING, *months, measured.OF_DOSSIERS)
    if leaders is not None:
        rows += await leaders.store.sums(bill, counting.PROGRAMME, counting.SENDER, *months)
    for row in rows:
        of = counts.setdefault(row.agency, {})
        of[row.measure] = of.get(row.measure, 0) + row.n
    return counts


def added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Of several agencies together."""
    whole: dict[str, int] = {}
    for of in counts:
        for measure, n in of.items():
            whole[measure] = whole.get(measure, 0) + n
    return whole


def definitions() -> tuple[DossierMeasure, ...]:
    return tuple(
        DossierMeasure(
            code=one.code,
            vi=one.name.vi,
            en=one.name.en,
            defined_vi=one.defined.vi,
            defined_en=one.defined.en,
            then=one.then,
        )
        for one in measured.MEASURED
    )


def of_dossiers(counts: Mapping[str, int]) -> tuple[OfDossiers, ...]:
    return tuple(
        OfDossiers(code=one.code, part=share.part, whole=share.whole, percent=share.percent)
        for one, share in measured.shares(counts)
    )


def _name(exchange: Exchange, code: str) -> str:
    agency = exchange.directory.get(code)
    return agency.name if agency is not None else ""


def _line(key: str, of: Mapping[str, int], name: str = "") -> ResultLine:
    claimed = of.get(results.CLAIMED, 0)

    def share(n: int) -> float | None:
        return round(n / claimed, 4) if claimed else None

    signed, verified_, attached = (
        of.get(measure, 0) for measure in (counting.RESULT_SIGNED, counting.RESULT_VERIFIED, results.ATTACHED)
    )
    return ResultLine(
        key=key,
        name=name,
        claimed=claimed,
        converted=of.get(results.CONVERTED, 0),
        attached=attached,
        signed=signed,
        verified=verified_,
        share_signed=share(signed),
        share_verified=share(verified_),
        share_attached=share(attached),
        of_dossiers=of_dossiers(of),
    )
