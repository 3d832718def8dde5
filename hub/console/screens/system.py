"""Is the hub well: a light is the last real use, and its age; settings with their origin."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from aiohttp import web

from hub.access import Right
from hub.base.config import Settings
from hub.base.version import VERSION
from hub.console import live
from hub.console.page import Page, Visit
from hub.console.ui import Cell, Column, Table
from hub.core.errors import Text
from hub.core.model import Millis, iso_utc

_DAY: Final = 86_400_000
_SECRET: Final = ("pin-value",)
"""Parts of a value that are never shown."""
_SOON: Final = 30 * _DAY


class Light(NamedTuple):
    """`state`: of STATES. `used`: its last real use, and when; `do`: the remedy, empty where none is needed."""

    name: str
    state: str
    used: str
    do: str = ""


async def show(visit: Visit) -> web.StreamResponse:
    return visit.page("system.html", **await _values(visit))


async def part(visit: Visit) -> web.StreamResponse:
    return visit.page("system_live.html", **await _values(visit))


async def _values(visit: Visit) -> dict[str, Any]:
    lights = [light async for light in _lights(visit)]
    return {"lights": lights, "feels": live.state_of(visit), "at": visit.now, **_settings(visit)}


async def _lights(visit: Visit) -> Any:
    yield await _store(visit)
    yield _disk(visit)
    yield _clock(visit)
    for light in await _witnesses(visit):
        yield light
    yield _lists(visit)
    for light in _certificates(visit):
        yield light
    yield await _stamps(visit)


async def _store(visit: Visit) -> Light:
    t, sequencer = visit.t, visit.exchange.sequencer
    last = await visit.exchange.store.last_checkpoint()
    if sequencer.halted:
        return Light(t("system.store"), "failing", sequencer.halted, t("system.store.do"))
    if last is None:
        return Light(t("system.store"), "unused", t("system.empty"))
    used = t("system.store.used", n=last.size, time=visit.age(visit.now - last.at), waiting=sequencer.waiting)
    return Light(t("system.store"), "good", used)


def _disk(visit: Visit) -> Light:
    t, free = visit.t, visit.hub.health.measured.disk_free
    if free is None:
        return Light(t("system.disk"), "failing", t("system.unknown"))
    least = visit.context.settings.health.bounds.disk_free
    state = "failing" if free < least else "warned" if free < 4 * least else "good"
    return Light(t("system.disk"), state, t("system.disk.used", free=visit.size(free), least=visit.size(least)))


def _clock(visit: Visit) -> Light:
    t, doubt = visit.t, visit.exchange.sequencer.doubt
    if doubt is not None:
        return Light(t("system.clock"), "failing", doubt.cause, t("system.clock.do"))
    return Light(t("system.clock"), "good", t("system.clock.used", time=visit.moment(visit.now)))


async def _witnesses(visit: Visit) -> list[Light]:
    t, sizes = visit.t, visit.hub.witnesses.sizes
    if not sizes:
        return [Light(t("system.witness"), "unused", t("system.witness.none"))]
    late = await visit.hub.attention.behind()
    lights = []
    for name, size in sizes.items():
        row = await visit.exchange.store.last_cosigned(_key_of(visit, name))
        used = t("system.witness.used", n=size, time=visit.age(visit.now - row.at)) if row else t("system.never")
        state = "warned" if name in late or row is None else "good"
        lights.append(Light(f"{t('system.witness')} {name}", state, used))
    return lights


def _key_of(visit: Visit, name: str) -> str:
    return next(w.verifier.id for w in visit.context.settings.witness.witnesses if w.name == name)


def _lists(visit: Visit) -> Light:
    t, lists = visit.t, visit.hub.health.measured.lists
    if not lists:
        return Light(t("system.crl"), "failing", t("system.crl.none"), t("system.crl.do"))
    left = min(lists) - visit.now
    state = "failing" if max(lists) < visit.now else "warned" if left < 2 * _DAY else "good"
    used = t("system.crl.used", n=len(lists), time=visit.moment(min(lists)))
    return Light(t("system.crl"), state, used, t("system.crl.do") if state != "good" else "")


def _certificates(visit: Visit) -> Iterator[Light]:
    t = visit.t
    for name, ends in visit.hub.health.measured.certificates.items():
        left = ends - visit.now
        state = "failing" if left <= 0 else "warned" if left < _SOON else "good"
        used = t("system.certificate.used", time=visit.moment(ends), left=visit.age(max(0, left)))
        yield Light(t(f"system.certificate.{name}"), state, used)


async def _stamps(visit: Visit) -> Light:
    t, settings = visit.t, visit.context.settings.timestamp
    if not settings.url:
        return Light(t("system.tsa"), "unused", t("system.tsa.none"))
    row = await visit.exchange.store.last_timestamp()
    if row is None:
        return Light(t("system.tsa"), "warned", t("system.never"))
    old = visit.now - row.at
    state = "warned" if old > max(3 * settings.minutes * 60_000, _DAY) else "good"
    return Light(t("system.tsa"), state, t("system.tsa.used", n=row.size, time=visit.age(old)))


def told(settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """Every setting: its name, its value as it may be shown, and whether it differs from the default."""
    for section in msgspec.structs.fields(Settings):
        given = getattr(settings, section.name)
        for member in msgspec.structs.fields(type(given)):
            value = getattr(given, member.name)
            text = str(msgspec.to_builtins(value)) if not isinstance(value, str) else value
            if any(secret in text for secret in _SECRET):
                text = "•••"
            yield f"{section.name}.{member.name}", text[:400], value != member.default


def _settings(visit: Visit) -> dict[str, Table]:
    """Those that somebody set, and those that are as they come."""
    t, found = visit.t, list(told(visit.context.settings))
    columns = (Column(t("system.setting"), head=True), Column(t("system.value")))

    def table(title: str, *, changed: bool) -> Table:
        rows = [(Cell(n, mono=True), Cell(value or "–", mono=True)) for n, value, given in found if given is changed]
        return Table(title, columns, rows, t("system.none_set"))

    return {"set": table(t("system.set"), changed=True), "defaults": table(t("system.default"), changed=False)}


async def report(visit: Visit) -> web.StreamResponse:
    """For a helper from afar: a hub's build and health, without a word of a document and without a name."""
    health, last = visit.hub.health, await visit.exchange.store.last_checkpoint()
    unwell = health.unwell()
    said = {
        "made_at": iso_utc(visit.now),
        "version": VERSION,
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "agencies": len(visit.exchange.directory),
        "log_size": last.size if last is not None else 0,
        "log_at": iso_utc(last.at) if last is not None else "",
        "queue": visit.exchange.sequencer.waiting,
        "halted": visit.exchange.sequencer.halted,
        "doubt": visit.exchange.sequencer.doubt.cause if visit.exchange.sequencer.doubt is not None else "",
        "unwell": list(unwell) if unwell is not None else [],
        "disk_free": health.measured.disk_free,
        "certificates": {name: iso_utc(Millis(end)) for name, end in health.measured.certificates.items()},
        "lists": [iso_utc(Millis(end)) for end in health.measured.lists],
        "witnesses": visit.hub.witnesses.sizes,
        "settings": {name: value for name, value, changed in told(visit.context.settings) if changed},
    }
    body = msgspec.json.format(msgspec.json.encode(said))
    headers = {"Content-Disposition": 'attachment; filename="truc-report.json"'}
    return web.Response(body=body, content_type="application/json", headers=headers)


PAGES: Final = (
    Page("GET", "/console/system", show, Right.SYSTEM, "nav.health"),
    Page("GET", "/console/system/live", part, Right.SYSTEM, "nav.health", part=True),
    Page("GET", "/console/system/report", report, Right.SYSTEM, "nav.health", part=True),
)
TEXTS: Final[Mapping[str, Text]] = {
    "system.store": Text("Kho và nhật ký", "Store and log"),
    "system.store.used": Text(
        "ghi lần cuối {time} trước; {n} mục trong nhật ký; {waiting} chờ ghi",
        "last written {time} ago; {n} leaves in the log; {waiting} waiting to be written",
    ),
    "system.store.do": Text("Giữ nguyên dữ liệu, chạy truc fsck.", "Change nothing, run truc fsck."),
    "system.empty": Text("chưa ghi gì", "nothing written yet"),
    "system.unknown": Text("không đo được", "could not be measured"),
    "system.never": Text("chưa lần nào", "never"),
    "system.disk": Text("Đĩa", "Disk"),
    "system.disk.used": Text("còn trống {free}; cần ít nhất {least}", "{free} free; at least {least} wanted"),
    "system.clock": Text("Đồng hồ", "Clock"),
    "system.clock.used": Text("tin được, {time}", "believed, {time}"),
    "system.clock.do": Text(
        "Chỉnh đồng hồ; nếu đúng: truc clock trust.", "Set the clock; if it is right: truc clock trust."
    ),
    "system.witness": Text("Nhân chứng", "Witness"),
    "system.witness.none": Text("không có nhân chứng", "there is no witness"),
    "system.witness.used": Text("xác nhận {n} mục, {time} trước", "cosigned {n} leaves, {time} ago"),
    "system.crl": Text("Danh sách thu hồi (CRL)", "Revocation lists (CRL)"),
    "system.crl.none": Text("không có danh sách nào", "there is none"),
    "system.crl.used": Text(
        "{n} danh sách, tin được đến {time}", "{n} list, believed until {time}|{n} lists, believed until {time}"
    ),
    "system.crl.do": Text("Nạp danh sách mới của CA.", "Bring the CA's new list."),
    "system.certificate.seal": Text("Chứng thư dấu của Trục", "Certificate of the hub's seal"),
    "system.certificate.tls": Text("Chứng thư TLS", "TLS certificate"),
    "system.certificate.anchors": Text("Chứng thư CA hết hạn sớm nhất", "The CA certificate that ends first"),
    "system.certificate.used": Text("đến {time}, còn {left}", "until {time}, {left} left"),
    "system.tsa": Text("Dấu thời gian (TSA)", "Time stamps (TSA)"),
    "system.tsa.none": Text("không dùng", "not used"),
    "system.tsa.used": Text("dấu cuối {time} trước, trên {n} mục", "the last {time} ago, over {n} leaves"),
    "system.settings": Text("Cấu hình", "Settings"),
    "system.setting": Text("Mục", "Setting"),
    "system.value": Text("Giá trị", "Value"),
    "system.set": Text("Đặt trong tệp hoặc dòng lệnh", "Set in the file or on the command line"),
    "system.none_set": Text("Mọi mục theo mặc định.", "Everything as it comes."),
    "system.default": Text("Theo mặc định", "As they come"),
    "system.report": Text("Tải báo cáo chẩn đoán", "Download a diagnostic report"),
    "system.report.why": Text(
        "Không có nội dung, trích yếu hay tên đơn vị nào trong báo cáo.",
        "It holds no content, no subject and no name of an agency.",
    ),
    "system.version": Text("Phiên bản {version}", "Version {version}"),
}
