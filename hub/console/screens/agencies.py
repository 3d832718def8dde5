"""Which agencies there are and how each fares: a tree that folds to search, one page at a time; and why one of them
does not fetch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web
from cryptography import x509

from hub.access import Right
from hub.console import causes, fares
from hub.console.agencies_asked import PAGE, AgenciesQuery, chips, command, found_of
from hub.console.census import census
from hub.console.fares import Waits
from hub.console.page import Page, Visit
from hub.console.ui import Cell, Choice, Column, Table, Tile
from hub.core.directory.routing import predecessors
from hub.core.errors import NotFound, SignatureRefusal, Text
from hub.core.model import Agency, Millis, RegisteredCertificate, Tier, vietnam_date
from hub.core.signature import foreign
from hub.upkeep import faring as gathering
from hub.upkeep.ending import Ends

_DEEPEST: Final = 8
_MOST_LINKS: Final = 20
_LAST_REFUSALS: Final = 5


async def show(visit: Visit) -> web.StreamResponse:
    query: AgenciesQuery = visit.query or AgenciesQuery()
    found = await found_of(visit, query)
    more = visit.here(cursor=found[-1].code) if len(found) == PAGE else ""
    parent = visit.exchange.directory.get(query.parent) if query.parent else None
    tiers = [Choice(visit.t("agencies.every"), visit.here(tier="", cursor=""), not query.tier)]
    tiers += [
        Choice(visit.t(f"tier.{t.value}"), visit.here(tier=t.value, cursor=""), query.tier == t.value) for t in Tier
    ]
    return visit.page(
        "agencies.html",
        table=await _table(visit, found, more),
        query=query,
        tiers=tiers,
        above=_above(visit, parent) if parent is not None else [],
        parent=parent,
        chips=chips(visit, query),
        total=len(visit.exchange.directory),
        command=command(query),
    )


def _above(visit: Visit, agency: Agency) -> list[Agency]:
    """The way from the top to it, itself at the end."""
    line, seen = [agency], {agency.code}
    while line[0].parent and len(line) < _DEEPEST:
        above = visit.exchange.directory.get(line[0].parent)
        if above is None or above.code in seen:
            break
        seen.add(above.code)
        line.insert(0, above)
    return line


async def _table(visit: Visit, found: Sequence[Agency], more: str) -> Table:
    t, kept = visit.t, census(visit)
    waiting = await kept.waits(visit)
    columns = (
        Column(t("agencies.agency"), head=True),
        Column(t("agencies.tier")),
        Column(t("agencies.health")),
        Column(t("agencies.waiting"), number=True),
        Column(t("agencies.received"), number=True),
        Column(t("agencies.below"), number=True),
    )
    rows = [await _row(visit, agency, waiting.get(agency.code, Waits()), visit.hub.attention.ends) for agency in found]
    select = [agency.code for agency in found] if visit.may(Right.RUN) else ()
    return Table(t("nav.agencies"), columns, rows, t("agencies.none"), more, select=select)


async def _row(visit: Visit, agency: Agency, waiting: Waits, ends: Ends) -> tuple[Cell, ...]:
    t = visit.t
    fare = fares.told(visit, agency, ends, waiting)
    below = visit.exchange.directory.below(agency.code)
    oldest = t("tile.oldest", time=visit.age(visit.now - waiting.oldest)) if waiting.oldest is not None else ""
    return (
        Cell(agency.name, address(agency.code), agency.code),
        Cell(t(f"tier.{agency.tier}")),
        Cell(fare.sentence, state=fare.state),
        Cell(visit.num(waiting.documents), note=oldest, tone="" if waiting.documents else "q"),
        Cell(visit.num(await _received(visit, agency.code))),
        Cell(visit.num(below), f"/console/agencies?parent={agency.code}" if below else "", tone="" if below else "q"),
    )


async def _received(visit: Visit, code: str) -> int:
    counter = await visit.exchange.store.counter(code, "mailbox-document")
    return counter.n if counter is not None else 0


def address(code: str) -> str:
    return f"/console/agencies/{code}"


def named(visit: Visit) -> Agency:
    """The agency that the path names. NotFound."""
    agency = visit.exchange.directory.get(visit.call.path["code"])
    if agency is None:
        raise NotFound(expected="a registered agency", found=visit.call.path["code"][:64])
    return agency


# One agency


async def one(visit: Visit) -> web.StreamResponse:
    return await page_of(visit, named(visit))


async def page_of(visit: Visit, agency: Agency, tried: Table | None = None) -> web.StreamResponse:
    """`tried`: the outcome of a test of the connection."""
    found = await gathering.faring(visit.exchange, visit.hub.attention, visit.hub.webhooks, agency)
    waiting = Waits(found.documents, found.urgent, found.oldest)
    fare = fares.of(visit, found)
    return visit.page(
        "agency.html",
        agency=agency,
        fare=fare,
        above=_above(visit, agency)[:-1],
        tiles=await _tiles(visit, agency, waiting),
        certificates=certificates(visit, agency, visit.hub.attention.ends),
        facts=_facts(visit, agency),
        refusals=await _refusals(visit, agency),
        tried=tried,
    )


async def _tiles(visit: Visit, agency: Agency, waiting: Waits) -> list[Tile]:
    t = visit.t
    oldest = t("tile.oldest", time=visit.age(visit.now - waiting.oldest)) if waiting.oldest else t("tile.none_waits")
    express = t("agency.express", n=waiting.express) if waiting.express else ""
    below = visit.exchange.directory.below(agency.code)
    return [
        Tile(t("agencies.waiting"), visit.num(waiting.documents), oldest),
        Tile(t("agency.urgent"), visit.num(waiting.express), express, tone="er" if waiting.express else ""),
        Tile(t("agencies.received"), visit.num(await _received(visit, agency.code)), t("agency.ever")),
        Tile(t("agencies.below"), visit.num(below), href=f"/console/agencies?parent={agency.code}" if below else ""),
    ]


def certificates(visit: Visit, agency: Agency, ends: Ends) -> Table:
    t = visit.t
    columns = (
        Column(t("agency.certificate"), head=True),
        Column(t("agency.state")),
        Column(t("agency.from")),
        Column(t("agency.until")),
        Column(t("agency.added")),
    )
    rows = [_certificate(visit, one, ends) for one in reversed(agency.certificates)]
    return Table(t("agency.certificates"), columns, rows, t("agency.certificates.none"))


def _certificate(visit: Visit, held: RegisteredCertificate, ends: Ends) -> tuple[Cell, ...]:
    t, now = visit.t, visit.now
    span = ends.span(held.sha256, held.der)
    added = visit.moment(Millis(held.added)) if held.added else "–"
    if span is None:
        return (
            Cell(held.sha256[:16], mono=True, title=held.sha256),
            Cell(state="failing"),
            Cell(),
            Cell(),
            Cell(added),
        )
    begin, end = span
    state, note = "good", t("agency.left", time=visit.age(end - now)) if end > now else ""
    if held.withdrawn is not None:
        state, note = "disabled", t("agency.withdrawn", time=visit.moment(Millis(held.withdrawn)))
    elif end <= now or begin > now:
        state, note = "failing", t("agency.over") if end <= now else t("agency.not_yet")
    elif end - now < fares.SOON:
        state = "warned"
    return (
        Cell(called(held.der) or held.sha256[:16], note=f"SHA-256 {held.sha256[:16]}…", title=held.sha256),
        Cell(note, state=state),
        Cell(visit.moment(begin)),
        Cell(visit.moment(end)),
        Cell(added),
    )


def called(der: bytes) -> str:
    """The holder's name in the certificate."""
    names = foreign.certificate(der).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value)[:100] if names else ""


def _facts(visit: Visit, agency: Agency) -> list[tuple[str, Sequence[Cell]]]:
    """Label and values; an unknown value is not there."""
    t, directory = visit.t, visit.exchange.directory

    def linked(*codes: str) -> Sequence[Cell]:
        cells = [Cell(visit.name_of(code), address(code), code) for code in codes[:_MOST_LINKS] if code]
        rest = len([code for code in codes if code]) - len(cells)
        return [*cells, Cell(t("todo.more", n=rest))] if rest > 0 else cells

    days = [visit.day(day) if day is not None else "…" for day in (agency.valid_from, agency.valid_to)]
    before = predecessors(directory, agency.code, vietnam_date(visit.now))
    rows: list[tuple[str, Sequence[Cell]]] = [
        (t("agency.codes"), [Cell(" · ".join(filter(None, (agency.code, agency.code_qd20))))]),
        (t("agencies.tier"), [Cell(t(f"tier.{agency.tier}"))]),
        (t("agency.parent"), linked(agency.parent)),
        (t("agency.centre"), linked(agency.centre)),
        (t("agency.valid"), [Cell(f"{days[0]} – {days[1]}")] if agency.valid_from or agency.valid_to else []),
        (t("agency.successor"), linked(agency.successor, *agency.heirs)),
        (t("agency.predecessors"), linked(*before)),
        (t("agency.email"), [Cell(agency.email)] if agency.email else []),
        (t("agency.address"), [Cell(agency.address)] if agency.address else []),
        (t("agency.policy"), [Cell(t(f"agency.policy.{agency.signature_policy}"))]),
    ]
    return [(label, cells) for label, cells in rows if cells]


async def _refusals(visit: Visit, agency: Agency) -> Table:
    t, found = visit.t, await census(visit).failures(visit)
    own = [one for one in found.refused if one.agency == agency.code][:_LAST_REFUSALS]
    columns = (Column(t("agency.when"), head=True), Column(t("agency.cause")))
    rows = []
    for one in own:
        cause = causes.cause(one.code)
        rows.append(
            (
                Cell(visit.moment(one.at)),
                Cell(t.pick(cause.text), f"/console/failures/{one.code}", t.pick(cause.hint)),
            )
        )
    return Table(t("agency.refusals"), columns, rows, t("agency.refusals.none"))


async def attempt(visit: Visit) -> web.StreamResponse:
    """Could it come in now? Each registered certificate is judged as a token's request would be: its path, its dates,
    its authority's revocation list."""
    await visit.form()
    agency = named(visit)
    t, anchors, now = visit.t, visit.exchange.anchors, visit.now
    columns = (Column(t("agency.certificate"), head=True), Column(t("agency.state")), Column(t("agency.found")))
    rows = []
    for held in [c for c in agency.certificates if c.withdrawn is None][-_MOST_LINKS:]:
        name = Cell(f"SHA-256 {held.sha256[:16]}…", mono=True)
        try:
            signer = await visit.context.milliseconds.aside(anchors.signer, [held.der], now)
        except SignatureRefusal as error:
            rows.append((name, Cell(state="failing"), Cell(t.pick(error.text), note=t.pick(Text(error.vi, error.en)))))
            continue
        state = "good" if signer.logs_in and not agency.suspended else "failing"
        rows.append((name, Cell(state=state), Cell(t("agency.trusted") if signer.logs_in else t("agency.no_login"))))
    return await page_of(visit, agency, Table(t("agency.tried"), columns, rows, t("agency.certificates.none")))


PAGES: Final = (
    Page("GET", "/console/agencies", show, Right.AGENCIES, "nav.agencies", AgenciesQuery),
    Page("GET", "/console/agencies/{code}", one, Right.AGENCIES, "agencies.agency"),
    Page(
        "POST",
        "/console/agencies/{code}/attempt",
        attempt,
        Right.RUN,
        "agencies.agency",
        again="/console/agencies/{code}",
    ),
)
TEXTS: Final[Mapping[str, Text]] = {
    "agencies.agency": Text("Đơn vị", "Agency"),
    "agencies.tier": Text("Cấp", "Tier"),
    "agencies.lacks.certificate": Text("Không có chứng thư còn hiệu lực", "Without a certificate that counts"),
    "agencies.lacks.contact": Text("Có chứng thư, chưa kết nối lần nào", "With a certificate, never came in"),
    "agencies.every": Text("Mọi cấp", "Every tier"),
    "agencies.health": Text("Kết nối", "How it fares"),
    "agencies.waiting": Text("Chờ nhận", "Waiting"),
    "agencies.received": Text("Đã gửi tới", "Sent to it"),
    "agencies.below": Text("Cấp dưới", "Below it"),
    "agencies.below_of": Text("Trực thuộc {name}", "Below {name}"),
    "agencies.none": Text(
        "Không tìm thấy đơn vị nào. Thử ít từ hơn, hoặc đầu mã như H52.",
        "No agency is found. Try fewer words, or the beginning of a code, as H52.",
    ),
    "agencies.find": Text("Tìm theo tên hoặc mã", "Find by name or code"),
    "agencies.total": Text("{n} đơn vị trong danh mục", "{n} agency in the directory|{n} agencies in the directory"),
    "agencies.top": Text("Cao nhất", "Top"),
    "agencies.way": Text("Cấp trên", "Above it"),
    "agency.express": Text("hỏa tốc, hỏa tốc hẹn giờ", "express and scheduled express"),
    "agency.urgent": Text("Hỏa tốc đang chờ", "Express waiting"),
    "agency.ever": Text("văn bản, từ trước đến nay", "documents, since the beginning"),
    "agency.why": Text("Đơn vị có lấy văn bản không?", "Does it fetch?"),
    "agency.chain": Text("Đường tới người nhận", "The way to its people"),
    "agency.certificate": Text("Chứng thư", "Certificate"),
    "agency.certificates": Text("Chứng thư đã đăng ký", "Registered certificates"),
    "agency.certificates.none": Text(
        "Chưa đăng ký chứng thư nào: đơn vị chưa ký và chưa lấy văn bản được.",
        "No certificate is registered: it can neither sign nor fetch.",
    ),
    "agency.state": Text("Trạng thái", "State"),
    "agency.from": Text("Từ", "From"),
    "agency.until": Text("Đến", "Until"),
    "agency.added": Text("Đăng ký lúc", "Registered"),
    "agency.left": Text("còn {time}", "{time} left"),
    "agency.over": Text("đã hết hạn", "it has ended"),
    "agency.not_yet": Text("chưa đến hạn dùng", "not valid yet"),
    "agency.withdrawn": Text("rút lúc {time}", "withdrawn {time}"),
    "agency.facts": Text("Thông tin và liên hệ", "Entry and contact"),
    "agency.codes": Text("Mã", "Codes"),
    "agency.parent": Text("Trực thuộc", "Below"),
    "agency.centre": Text("Trung tâm gửi nhận thay", "Centre that acts for it"),
    "agency.valid": Text("Hiệu lực", "Valid"),
    "agency.successor": Text("Đơn vị kế thừa", "Succeeded by"),
    "agency.predecessors": Text("Kế thừa từ", "Successor of"),
    "agency.email": Text("Thư điện tử", "E-mail"),
    "agency.address": Text("Địa chỉ", "Address"),
    "agency.policy": Text("Văn bản không ký hợp lệ", "Documents without a valid signature"),
    "agency.policy.strict": Text("Trục từ chối", "The axis refuses them"),
    "agency.policy.record": Text("nhận để tham khảo", "taken for information"),
    "agency.when": Text("Lúc", "At"),
    "agency.cause": Text("Nguyên nhân và cách sửa", "Cause, and what to do"),
    "agency.refusals": Text("Bị từ chối gần đây", "Refused lately"),
    "agency.refusals.none": Text("Không bị từ chối lần nào trong 8 ngày.", "Nothing of it was refused in 8 days."),
    "agency.attempt": Text("Thử kết nối", "Try the connection"),
    "agency.attempt.why": Text(
        "Trục xét từng chứng thư như khi đơn vị xin mã vào: đường tin cậy, thời hạn, danh sách thu hồi.",
        "The hub judges each certificate as when a token is asked for: path, dates, revocation list.",
    ),
    "agency.tried": Text("Kết quả thử kết nối", "What the attempt found"),
    "agency.found": Text("Kết quả", "Found"),
    "agency.trusted": Text("tin được, vào được ngay bây giờ", "trusted: it may come in now"),
    "agency.no_login": Text("tin được, nhưng không dùng để đăng nhập", "trusted, but not for signing in"),
    "fare.suspended": Text("Đang tạm ngừng", "Suspended"),
    "fare.ended": Text("Kết thúc ngày {day}, {heir} kế thừa", "Ended on {day}, succeeded by {heir}"),
    "fare.ended.alone": Text("Kết thúc ngày {day}, chưa có đơn vị kế thừa", "Ended on {day}, without a successor"),
    "fare.begins": Text("Hoạt động từ ngày {day}", "Begins on {day}"),
    "fare.no_certificate": Text("Chưa đăng ký chứng thư", "No certificate is registered"),
    "fare.certificate_ended": Text("Chứng thư hết hạn từ {time}", "Its certificate ended {time}"),
    "fare.certificate_unreadable": Text("Chứng thư không đọc được", "Its certificate cannot be read"),
    "fare.certificate": Text("chứng thư còn {time}", "certificate lasts {time}"),
    "fare.link.entry": Text("Được vào", "May come in"),
    "fare.link.token": Text("Xin mã vào", "Gets a token"),
    "fare.link.fetch": Text("Lấy văn bản", "Fetches"),
    "fare.link.acknowledge": Text("Xác nhận đã nhận", "Acknowledges"),
    "fare.link.webhooks": Text("Webhook", "Webhooks"),
    "fare.last": Text("lần cuối {time}", "last {time}"),
    "fare.silent": Text("Để văn bản chờ {time}", "Leaves documents waiting for {time}"),
    "fare.waits": Text("{n} văn bản chờ", "{n} document waits|{n} documents wait"),
    "fare.waits.express": Text(
        "{n} văn bản chờ, {express} hỏa tốc",
        "{n} document waits, {express} express|{n} documents wait, {express} express",
    ),
    "fare.nothing_waits": Text("không văn bản nào chờ", "nothing waits"),
}
