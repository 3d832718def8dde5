"""A sandbox for a person that tries something on it: every mailbox at a glance, things to set off, mishaps to order,
and the last calls with their answers. In a real hub there is no such page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console import fares, sample_programmes, sample_reports, samples
from hub.console.census import census
from hub.console.fares import Waits
from hub.console.form import Form, at
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Chip, Column, Table
from hub.core.errors import AxisError, BadRequest, NotFound, Text
from hub.core.model import Millis, Priority
from hub.http.laboratory import MINUTES, MOST_DELAY_MS, Laboratory
from hub.pki import profile as pki

DEED: Final = "sandbox"
DEEDS: Final = {**samples.DEEDS, "report": sample_reports.report, **sample_programmes.DEEDS}
"""In the trail."""
_PAGE: Final = 25
_CALLS: Final = 50
_MOST_EVERY: Final = 100
_LIFE_MS: Final = 731 * 86_400_000


class SandboxQuery(PageQuery, frozen=True, kw_only=True):
    """`did`: the act just done; `caller`: calls of this agency alone; `cursor`: the last code seen."""

    did: Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{0,20}$(?!\n)", max_length=20)] = ""
    caller: Annotated[str, msgspec.Meta(max_length=64)] = ""
    cursor: Annotated[str, msgspec.Meta(max_length=64)] = ""


def _laboratory(visit: Visit) -> Laboratory:
    """NotFound in a real hub."""
    if visit.hub.laboratory is None or not visit.accounts.sample:
        raise NotFound(found=visit.path[:80])
    return visit.hub.laboratory


async def show(visit: Visit) -> web.StreamResponse:
    _laboratory(visit)
    return await _page(visit)


async def _page(visit: Visit, error: AxisError | None = None) -> web.StreamResponse:
    laboratory = _laboratory(visit)
    query = visit.query if isinstance(visit.query, SandboxQuery) else SandboxQuery()
    folder = Path(visit.context.settings.hub.keys)
    keyed = await asyncio.to_thread(lambda: pki.Profile(folder).agencies())
    known = [code for code in keyed if visit.exchange.directory.get(code) is not None]
    told = f"sandbox.did.{query.did}"
    chips = [Chip(visit.name_of(query.caller), visit.here(caller=""))] if query.caller else []
    return visit.again(
        "sandbox.html",
        error,
        boxes=await _boxes(visit, known, query),
        codes=[(code, visit.name_of(code)) for code in known[:1000]],
        deeds=list(DEEDS),
        lanes=[int(lane) for lane in Priority],
        mishaps=laboratory.mishaps,
        minutes=MINUTES,
        most=MOST_DELAY_MS,
        calls=_calls(visit, laboratory, query.caller),
        chips=chips,
        did=visit.t(told) if query.did and told in visit.known_texts else "",
    )


async def _boxes(visit: Visit, known: list[str], query: SandboxQuery) -> Table:
    """The fullest first, a page of them."""
    t, kept = visit.t, census(visit)
    waiting = await kept.waits(visit)
    ordered = sorted(known, key=lambda code: (-waiting.get(code, Waits()).documents, code))
    start = ordered.index(query.cursor) + 1 if query.cursor in ordered else 0
    chosen = ordered[start : start + _PAGE]
    columns = (
        Column(t("agencies.agency"), head=True),
        Column(t("agencies.waiting"), number=True),
        Column(t("agency.urgent"), number=True),
        Column(t("agencies.health")),
    )
    rows = [_box(visit, code, waiting.get(code, Waits())) for code in chosen]
    more = visit.here(cursor=chosen[-1], did="") if start + _PAGE < len(ordered) else ""
    return Table(t("sandbox.boxes"), columns, rows, t("sandbox.boxes.none"), more)


def _box(visit: Visit, code: str, waiting: Waits) -> tuple[Cell, ...]:
    agency = visit.exchange.directory[code]
    fare = fares.told(visit, agency, visit.hub.attention.ends, waiting)
    oldest = visit.t("tile.oldest", time=visit.age(visit.now - waiting.oldest)) if waiting.oldest is not None else ""
    return (
        Cell(agency.name, f"/console/agencies/{code}", code),
        Cell(visit.num(waiting.documents), note=oldest),
        Cell(visit.num(waiting.express)),
        Cell(fare.sentence, state=fare.state),
    )


def _calls(visit: Visit, laboratory: Laboratory, caller: str) -> Table:
    t = visit.t
    columns = (
        Column(t("sandbox.at"), head=True),
        Column(t("sandbox.caller")),
        Column(t("sandbox.call")),
        Column(t("sandbox.answer")),
        Column(t("sandbox.took"), number=True),
        Column(t("trail.address"), fold=True),
    )
    rows = [
        (
            Cell(visit.second(seen.at)),
            Cell(visit.name_of(seen.caller), visit.here(caller=seen.caller, did=""), seen.caller)
            if seen.caller
            else Cell("–"),
            Cell(f"{seen.method} {seen.path}", mono=True),
            Cell(str(seen.status), tone="er" if seen.status >= 400 else "ok"),
            Cell(t("sandbox.ms", n=visit.num(seen.ms, 1))),
            Cell(seen.address, mono=True),
        )
        for seen in islice(laboratory.calls(caller), _CALLS)
    ]
    return Table(t("sandbox.calls"), columns, rows, t("sandbox.calls.none"))


async def trigger(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    _laboratory(visit)
    name = form.get("deed", 20)
    try:
        deed = DEEDS.get(name)
        if deed is None:
            raise BadRequest(expected=", ".join(DEEDS), found=name, field="deed")
        lane = Priority(_number(form, "priority", len(Priority) - 1))
        with at("sender"):
            count = await deed(visit, samples.Wanted(form.get("sender", 64), form.get("recipient", 64), lane))
    except AxisError as error:
        return await _page(visit, error)
    await visit.accounts.record(visit.who, DEED, form.get("sender", 64), f"{name} {count}")
    return visit.see(f"/console/sandbox?did={name}")


def _number(form: Form, name: str, most: int) -> int:
    text = form.get(name, 20) or "0"
    if not (text.isascii() and text.isdecimal()) or int(text) > most:
        raise BadRequest(expected=f"at most {most}", found=text[:20], field=name)
    return int(text)


async def order(visit: Visit) -> web.StreamResponse:
    form = await visit.form()
    laboratory = _laboratory(visit)
    try:
        delay = _number(form, "delay", MOST_DELAY_MS)
        every = _number(form, "every", _MOST_EVERY)
    except AxisError as error:
        return await _page(visit, error)
    laboratory.order(delay, every)
    await visit.accounts.record(visit.who, DEED, "", f"delay {delay} every {every}")
    return visit.see("/console/sandbox?did=ordered")


async def expire(visit: Visit) -> web.StreamResponse:
    """Its certificate is one that ended an hour ago; or, again, the one whose key lies here."""
    form = await visit.form()
    _laboratory(visit)
    code, on = form.get("agency", 64), form.get("ended") == "1"
    try:
        with at("agency"):
            good = await samples.credential(visit, code)
        agency = visit.exchange.directory[code]
        held = pki.registered(good, Millis(0))
        if on:
            profile = pki.Profile(Path(visit.context.settings.hub.keys))
            begun = Millis(visit.now - _LIFE_MS)
            ended: Any = await asyncio.to_thread(profile.loose, agency.code, agency.name, begun)
            held = pki.registered(ended, Millis(0))
        wanted = msgspec.structs.replace(agency, certificates=(held,))
        by = f"{visit.caller.role}:{visit.caller.agency} {visit.caller.auth}"
        await visit.exchange.change_directory([wanted], by)
    except AxisError as error:
        return await _page(visit, error)
    census(visit).changed()
    await visit.accounts.record(visit.who, DEED, code, "expire" if on else "restore")
    return visit.see(f"/console/sandbox?did={'expired' if on else 'restored'}")


PAGES: Final = (
    Page("GET", "/console/sandbox", show, Right.RUN, "nav.sandbox", SandboxQuery),
    Page("POST", "/console/sandbox", trigger, Right.RUN, "nav.sandbox"),
    Page("POST", "/console/sandbox/mishaps", order, Right.RUN, "nav.sandbox", again="/console/sandbox"),
    Page("POST", "/console/sandbox/certificate", expire, Right.RUN, "nav.sandbox", again="/console/sandbox"),
)
TEXTS: Final[Mapping[str, Text]] = {
    "sandbox.boxes": Text("Hộp thư của mọi đơn vị", "Every agency's mailbox"),
    "sandbox.boxes.none": Text(
        "Không đơn vị nào có khóa ở đây. Tạo bằng truc sandbox --reset.",
        "No agency has a key here. Make them with truc sandbox --reset.",
    ),
    "sandbox.trigger": Text("Làm thay một đơn vị", "Do it in an agency's place"),
    "sandbox.trigger.why": Text(
        "Ký bằng khóa mẫu của đơn vị, đi đúng đường của phần mềm đơn vị.",
        "Signed with the agency's sample key, by the very way that its program takes.",
    ),
    "sandbox.deed": Text("Việc", "What"),
    "sandbox.deed.send": Text("Gửi một văn bản mẫu", "Send a sample document"),
    "sandbox.deed.report": Text("Lập, ký và gửi báo cáo quý", "Fill, sign and send the quarterly report"),
    "sandbox.deed.fetch": Text("Lấy và xác nhận mọi văn bản chờ", "Fetch and acknowledge all that waits"),
    "sandbox.deed.register": Text("Tiếp nhận văn bản mới nhất (03)", "Register the newest document (03)"),
    "sandbox.deed.refuse": Text("Trả lại văn bản mới nhất (02)", "Return the newest document (02)"),
    "sandbox.deed.take_back": Text("Lấy lại văn bản vừa gửi (13)", "Take back what it sent last (13)"),
    "sandbox.deed.assign": Text("Giao một nhiệm vụ cho nơi nhận", "Give the recipient a task"),
    "sandbox.deed.answer": Text("Báo cáo nhiệm vụ mới nhất phải làm", "Report on the newest task that it has to do"),
    "sandbox.deed.period": Text(
        "Mở kỳ báo cáo II.06a cho nơi nhận", "Open a period of report II.06a for the recipient"
    ),
    "sandbox.deed.dossier": Text("Chuyển một hồ sơ một cửa cho nơi nhận", "Hand a one-stop dossier over"),
    "sandbox.deed.result": Text("Đăng ký một kết quả điện tử có tệp đã ký", "Register a result with its signed file"),
    "sandbox.deed.revoke": Text("Thu hồi kết quả đăng ký gần nhất", "Revoke the result that it registered last"),
    "sandbox.deed.letter": Text("Gửi tệp PDF có chữ ký số của lãnh đạo", "Send a PDF that a leader signed"),
    "sandbox.sender": Text("Đơn vị thực hiện", "Agency that does it"),
    "sandbox.recipient": Text("Nơi nhận (khi gửi)", "Recipient (where it sends)"),
    "sandbox.urgency": Text("Độ khẩn (khi gửi)", "Urgency (where it sends)"),
    "sandbox.do": Text("Làm", "Do it"),
    "sandbox.mishaps": Text("Gây sự cố", "Mishaps to order"),
    "sandbox.mishaps.why": Text(
        "Phần mềm của bạn có chờ, có gửi lại không? Tự hết sau {minutes} phút.",
        "Does your program wait, and send again? They end by themselves after {minutes} minutes.",
    ),
    "sandbox.delay": Text("Chậm mỗi lời gọi (ms)", "Delay of each call (ms)"),
    "sandbox.every": Text("Cứ mấy lời gọi thì một 503 (0: không)", "One 503 in so many calls (0: none)"),
    "sandbox.order": Text("Đặt sự cố", "Order them"),
    "sandbox.agency": Text("Đơn vị", "Agency"),
    "sandbox.expire": Text("Cho chứng thư hết hạn", "Let its certificate end"),
    "sandbox.restore": Text("Trả lại chứng thư tốt", "Give it a good one again"),
    "sandbox.calls": Text("Lời gọi gần nhất", "The last calls"),
    "sandbox.calls.none": Text("Chưa có lời gọi /v1 nào.", "Nobody has called /v1 yet."),
    "sandbox.at": Text("Lúc", "At"),
    "sandbox.caller": Text("Bên gọi", "Caller"),
    "sandbox.call": Text("Lời gọi", "Call"),
    "sandbox.answer": Text("Trả lời", "Answer"),
    "sandbox.took": Text("Thời gian", "Took"),
    "sandbox.ms": Text("{n} mili giây", "{n} ms"),
    "sandbox.did.send": Text("Đã gửi một văn bản mẫu.", "A sample document was sent."),
    "sandbox.did.fetch": Text("Đã lấy và xác nhận.", "Fetched and acknowledged."),
    "sandbox.did.register": Text("Đã tiếp nhận.", "Registered."),
    "sandbox.did.refuse": Text("Đã trả lại.", "Returned."),
    "sandbox.did.take_back": Text("Đã gửi yêu cầu lấy lại.", "It was asked back."),
    "sandbox.did.report": Text("Đã gửi báo cáo quý.", "The quarterly report was sent."),
    "sandbox.did.assign": Text("Đã giao nhiệm vụ.", "The task was given."),
    "sandbox.did.answer": Text("Đã gửi báo cáo nhiệm vụ.", "The report on the task was sent."),
    "sandbox.did.period": Text("Đã mở kỳ báo cáo.", "The period was opened."),
    "sandbox.did.dossier": Text("Đã chuyển hồ sơ.", "The dossier was handed over."),
    "sandbox.did.result": Text("Đã đăng ký kết quả.", "The result was registered."),
    "sandbox.did.revoke": Text("Đã thu hồi kết quả.", "The result was revoked."),
    "sandbox.did.letter": Text("Đã gửi văn bản có tệp PDF đã ký.", "The document with the signed PDF was sent."),
    "sandbox.did.ordered": Text("Đã đặt sự cố.", "Mishaps are as you ordered."),
    "sandbox.did.expired": Text("Chứng thư của đơn vị đã hết hạn.", "Its certificate has ended."),
    "sandbox.did.restored": Text("Đơn vị có lại chứng thư tốt.", "It has a good certificate again."),
    "deed.sandbox": Text("Thao tác trong phòng thử nghiệm", "An act in the sandbox"),
}
