"""`truc agencies health` and `truc agencies silent`: why an agency does not fetch, and which agencies are silent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import OPERATOR, asked
from hub.cli.screen import local, pairs, show, table, who
from hub.core.terms import urgency
from hub.core.wire_watch import AgencyHealth

_LINKS: Final = {
    "entry": ("quyền vào", "may come in"),
    "token": ("mã truy cập", "token"),
    "fetch": ("lấy văn bản", "fetch"),
    "acknowledge": ("xác nhận", "acknowledge"),
    "webhooks": ("webhook", "webhooks"),
}
_STATES: Final = {
    "holds": ("✓ thông", "✓ holds"),
    "broken": ("✗ đứt", "✗ broken"),
    "unknown": ("… chưa xét", "… not judged"),
}


@make_command(
    "health",
    "hub",
    "keys",
    "key",
    example="truc agencies health 000.00.00.H52\ntruc agencies health 000.00.00.H52 --as 000.00.00.H52",
)
@click.option(
    "--as", "caller", default=OPERATOR, show_default=True, metavar="CODE", help="operator, auditor, or itself."
)
@click.argument("code")
def health(shared: Shared, caller: str, code: str) -> int:
    """Vì sao đơn vị này không lấy văn bản? Một câu, mắt xích đứt nói trước; thoát 1 khi có mắt xích đứt.

    Why does this agency not fetch? One sentence that names the broken link first; exit 1 where one is broken.
    """

    found = asked(shared, lambda axis: axis.agency_health(code), caller)
    if shared.json:
        shared.emit(found)
    else:
        shared.say(f"{who(found.agency, found.name)}\n{found.vi}.", f"{who(found.agency, found.name)}\n{found.en}.")
        columns = shared.pick("mắt xích|tình trạng|lần cuối", "link|state|last").split("|")
        rows = [[shared.pick(*_LINKS[k.link]), shared.pick(*_STATES[k.state]), local(k.at)] for k in found.links]
        show(table("", columns, rows), pairs(_facts(shared, found)))
        if found.waiting:
            columns = shared.pick("độ khẩn|chờ|từ|quá hạn lúc", "lane|waiting|since|expires").split("|")
            waits = (
                [urgency(shared.lang, w.lane), w.documents, local(w.oldest), local(w.expires_at)] for w in found.waiting
            )
            show(table("", columns, waits, right=(1,)))
    return Exit.REFUSED if found.broken else Exit.OK


def _facts(shared: Shared, f: AgencyHealth) -> Iterator[tuple[str, object]]:
    yield shared.pick("bị từ chối", "refused"), f"{local(f.refused)} {f.refusal}".strip()
    yield (
        shared.pick("xin mã bị từ chối (không rõ ai)", "token refused (to nobody proved)"),
        (f"{local(f.denied)} {f.denial}".strip()),
    )
    for certificate in f.certificates:
        left = shared.pick(f"còn {certificate.days} ngày", f"{certificate.days} days left")
        yield shared.pick("chứng thư", "certificate"), f"{local(certificate.ends)} ({left})"
    if f.lists_age_hours >= 0:
        age = shared.pick(f"{f.lists_age_hours} giờ tuổi", f"{f.lists_age_hours} hours old")
        yield shared.pick("danh sách thu hồi", "revocation lists"), f"{age}, → {local(f.lists_until)}"
    yield shared.pick("văn bản đang giữ", "leases held"), f.leases or ""
    yield shared.pick("kết nối đang mở", "open streams"), f.streams or ""
    hooks = f.webhooks
    if hooks.endpoints:
        yield "webhooks", f"{hooks.endpoints}, ✗ {hooks.failing}, ⏻ {hooks.disabled}"
    yield shared.pick("kế thừa", "successor"), f.successor


@make_command(
    "silent", "hub", "keys", "key", example="truc agencies silent\ntruc agencies silent --since 2026-11-20 --all"
)
@click.option("--since", default="", metavar="TIME", help="Not heard of after this day or time [a day ago].")
@click.option("--all", "everyone", is_flag=True, help="Also those for which nothing waits.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def silent(shared: Shared, since: str, everyone: bool, limit: int) -> int:
    """Các đơn vị không thấy kết nối, hộp thư đầy nhất trước; thoát 1 khi có.

    Agencies that were not heard of, the fullest mailbox first; exit 1 where there are some.
    """

    found = asked(shared, lambda axis: axis.silent_agencies(since, everyone=everyone, limit=limit), OPERATOR)
    if shared.json:
        shared.emit(found)
    elif found.items:
        columns = shared.pick("đơn vị|chờ|hỏa tốc|chờ từ|thấy lần cuối", "agency|waiting|express|since|last seen")
        rows = (
            [who(a.agency, a.name), a.documents, a.urgent or "", local(a.oldest), local(a.last) or "–"]
            for a in found.items
        )
        show(table("", columns.split("|"), rows, right=(1, 2)))
        if found.total > len(found.items):
            more = found.total - len(found.items)
            shared.say(f"… và {more} đơn vị khác (--limit)", f"… and {more} more (--limit)")
    else:
        shared.say(
            f"✓ Không đơn vị nào im lặng từ {local(found.since)}", f"✓ None is silent since {local(found.since)}"
        )
    return Exit.REFUSED if found.items else Exit.OK


COMMANDS: Final = (health, silent)
