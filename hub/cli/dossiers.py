"""`truc dossiers`: one-stop dossiers, at a hub: look, hand over, tell by the sync services, indicators."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import RenderableType

from clients.protocol.dossiers import MOST_ROWS, dossier, dossiers, indicators, sync
from hub.cli import printing
from hub.cli.common import Exit, Shared, epilog, make_command, told_by_hub
from hub.cli.connect import call_alone, run, transport
from hub.cli.dossier_send import send
from hub.cli.dossier_simulate import simulate
from hub.cli.help import Group
from hub.cli.screen import local, pairs, show, table, who
from hub.core import register
from hub.core import wire_programmes as wire
from hub.core.wire_dossiers import DONE, IndicatorLine, Indicators, ServiceAnswer
from hub.programmes.onestop.sync import ASK, DOSSIERS, STEPS
from hub.programmes.onestop.words import KINDS, RECEIVING, SOLVING, STATES, WORDS

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_EXAMPLE = """
truc dossiers list --as 000.00.00.H52 --stands overdue
truc dossiers send --as 000.00.13.H52 --to 000.00.21.H52 ho-so.json don-xin.pdf
truc dossiers indicators --as 000.00.00.H52 --from 2026-10 --to 2026-11"""


@click.group("dossiers", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Hồ sơ một cửa: tra cứu, chuyển, đồng bộ, chỉ số QĐ 766.

    One-stop dossiers: look at them, hand them over, tell of them by the field's services, and the indicators of QĐ 766.
    """


@make_command("list", "agency", example="truc dossiers list --as 000.00.00.H52 --state in-progress --stands overdue")
@click.option("--state", type=click.Choice(list(STATES.values())), default=None)
@click.option("--stands", type=click.Choice(["open", "overdue", "ended"]), default=None, help="On the day of asking.")
@click.option("--role", type=click.Choice([RECEIVING, SOLVING]), default=None, help="What you are in them.")
@click.option("--kind", type=click.Choice(list(KINDS.values())), default=None, help="How they were handed in.")
@click.option("--unit", "agency_", default=None, metavar="CODE", help="Of this unit alone.")
@click.option("--procedure", "about", default=None, metavar="MaTTHC", help="Of this procedure alone.")
@click.option("--measure", default=None, help="Those behind this count, of --from to --to: as `of_whole` names it.")
@click.option("--without", default=None, help="Of these the ones that are not in that count too.")
@click.option("--from", "first", default=None, metavar="YYYY-MM")
@click.option("--to", "last", default=None, metavar="YYYY-MM")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Most lines.")
def listed(shared: Shared, limit: int, **given: str | None) -> int:
    """Liệt kê hồ sơ mà đơn vị tham gia, mới nhất trước.

    The dossiers that you take part in, newest first.
    """
    called = {"agency_": "agency", "first": "from", "last": "to"}
    asked = {called.get(name, name): value for name, value in given.items() if value}
    found = run(_page(shared, limit, asked))
    if shared.json:
        shared.emit(told_by_hub(found))
    elif not found.items:
        shared.say("Không có hồ sơ nào. Bỏ bớt điều kiện.", "No dossier. Ask for less.")
    else:
        vi, en = (
            "mã hồ sơ|thủ tục|trạng thái|tiếp nhận|hẹn trả|kết thúc|",
            "dossier|procedure|state|received|due|ended|",
        )
        show(table("", shared.pick(vi, en).split("|"), (_row(shared, one) for one in found.items), whole=(0,)))
        if found.cursor:
            shared.say("… còn nữa: tăng --limit", "… there is more: raise --limit")
    _behind(shared, found.behind)
    return Exit.OK


async def _page(shared: Shared, limit: int, asked: dict[str, str]) -> wire.Cases:
    hub = transport(shared)
    items: list[wire.Case] = []
    cursor, behind = "", 0
    try:
        while True:
            page = await hub.call(dossiers(cursor, limit=limit - len(items), **asked))
            items += page.items
            cursor, behind = page.cursor, page.behind
            if not cursor or len(items) >= limit:
                return wire.Cases(items=tuple(items), cursor=cursor, behind=behind)
    finally:
        await hub.close()


def _row(shared: Shared, one: wire.Case) -> list[object]:
    late = shared.pick("quá hạn", "late") if one.overdue or one.late else ""
    return [one.id, one.title, _state(shared, one.state), one.opened, one.due, one.ended, late]


def _state(shared: Shared, word: str) -> str:
    text = WORDS.states.get(word)
    return shared.text(text) if text is not None else word


@make_command("show", "agency", example="truc dossiers show --as 000.00.00.H52 H52.13-261128-0001")
@click.argument("number", metavar="MaHoSo")
def shown(shared: Shared, number: str) -> int:
    """Xem một hồ sơ: các bên, hạn trả, từng bước, bằng chứng.

    One dossier: its parties, its clock, every step, and their evidence.
    """
    life = call_alone(shared, dossier(number))
    if shared.json:
        shared.emit(told_by_hub(life))
        return Exit.OK
    case = life.case
    rows: list[tuple[str, object]] = [
        (shared.pick("mã hồ sơ", "dossier"), case.id),
        (shared.pick("thủ tục", "procedure"), case.title),
        (shared.pick("trạng thái", "state"), _state(shared, case.state)),
        (shared.pick("tiếp nhận", "received"), case.opened),
        (shared.pick("hẹn trả", "due"), case.due),
        (shared.pick("kết thúc", "ended"), case.ended),
    ]
    rows += [(_role(shared, party.role), who(party.agency, party.name)) for party in case.parties]
    show(pairs(rows))
    vi, en = "lúc|việc|trạng thái|đơn vị|bằng chứng", "at|act|state|agency|evidence"
    show(table("", shared.pick(vi, en).split("|"), (_event(shared, one) for one in life.events), whole=(4,)))
    return Exit.OK


def _role(shared: Shared, role: str) -> str:
    text = WORDS.roles.get(role)
    return shared.text(text) if text is not None else role


def _event(shared: Shared, one: wire.CaseEvent) -> list[object]:
    act = WORDS.acts.get(one.act)
    body = one.body if isinstance(one.body, dict) else {}
    record = body.get("record") if isinstance(body.get("record"), dict) else body
    state = record.get("state") if isinstance(record, dict) else None
    word = next((text for number, text in STATES.items() if number == state), "")
    evidence = one.document.removeprefix("urn:uuid:")
    named = who(one.by, one.name)
    return [local(one.at), shared.text(act) if act else one.act, _state(shared, word) if word else "", named, evidence]


@make_command(
    "sync",
    "agency",
    example="truc dossiers sync --as 000.00.00.H52 ho-so.json\ntruc dossiers sync --as 000.00.00.H52 tien-do.json",
)
@click.option("--unit", default="", metavar="CODE", help="In whose name you speak (madonvi) [your own].")
@click.option("--service", type=click.Choice([DOSSIERS, STEPS, ASK]), default=None, help="[by the rows]")
@click.argument("file", type=_FILE)
def synced(shared: Shared, unit: str, service: str | None, file: Path) -> int:
    """Đồng bộ tệp JSON (danh sách hồ sơ hoặc tiến độ) như hệ thống một cửa vẫn gửi.

    Send a JSON file, a list of dossiers or of steps by the field's names, to the sync services; each row has its
    outcome. Sending it again is safe.
    """
    rows = rows_of(shared, file)
    called = service or (STEPS if any("ThoiDiemXuLy" in row for row in rows if isinstance(row, dict)) else DOSSIERS)
    answers = run(_sync(shared, called, unit or shared.agency, rows))
    if shared.json:
        shared.emit([told_by_hub(answer) for answer in answers])
    else:
        for answer in answers:
            _told(shared, answer)
    return Exit.OK if all(answer.error_code == DONE for answer in answers) else Exit.REFUSED


def rows_of(shared: Shared, file: Path) -> list[Any]:
    """Of a list, or of a body of a service."""
    try:
        read = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        told = shared.pick("không phải JSON", "no JSON")
        raise click.UsageError(f"{file}: {told}: {str(error)[:80]}") from None
    rows = read.get("data", [read]) if isinstance(read, dict) else read
    if not isinstance(rows, list) or not rows:
        raise click.UsageError(f"{file}: {shared.pick('không có bản ghi nào', 'there are no rows')}")
    return rows


async def _sync(shared: Shared, service: str, unit: str, rows: Sequence[Any]) -> list[ServiceAnswer]:
    hub = transport(shared)
    try:
        parts = [rows[n : n + MOST_ROWS] for n in range(0, len(rows), MOST_ROWS)]
        return [await hub.call(sync(service, unit, part)) for part in parts]
    finally:
        await hub.close()


def _told(shared: Shared, answer: ServiceAnswer) -> None:
    printing.line(answer.message, mark="✓" if answer.error_code == DONE else "✗")
    for number, row in enumerate(answer.data, 1):
        if row.error_code != DONE or row.state_name:
            said = (
                shared.pick(row.message, row.message_en)
                if row.error_code != DONE
                else f"{row.state_name} {row.ended or row.due}"
            )
            printing.line(f"  {number}. {row.number or '–'}: {said}")
    if answer.receipt:
        receipt = answer.receipt.removeprefix("urn:uuid:")
        printing.line(f"  {shared.pick('biên nhận', 'receipt')}: truc receipt show --as {shared.agency} {receipt}")


@make_command(
    "indicators",
    "agency",
    example="truc dossiers indicators --as 000.00.00.H52 --from 2026-10 --to 2026-11 --role solving",
)
@click.option("--from", "first", default="", metavar="YYYY-MM", help="First month [the last one].")
@click.option("--to", "last", default="", metavar="YYYY-MM", help="Last month [this one].")
@click.option("--role", type=click.Choice([RECEIVING, SOLVING]), default=RECEIVING, show_default=True)
@click.option("--parent", default="", metavar="CODE", help="Below whom [yourself].")
@click.option("--kind", type=click.Choice(list(KINDS.values())), default=None, help="How they were handed in.")
@click.option("--procedures", default=0, type=click.IntRange(0, 500), help="2.2 of so many procedures too.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV on standard output; UTF-8 with BOM, safe in a spreadsheet.")
def measured(
    shared: Shared, first: str, last: str, kind: str | None, procedures: int, as_csv: bool, **given: str
) -> int:
    """Chỉ số QĐ 766/QĐ-TTg theo đơn vị, cộng dồn lên cấp trên; có tử số, mẫu số.

    The indicators of QĐ 766, per unit and rolled up, each with its denominator and the version of its formula.
    """
    months = {"from": first, "to": last, "kind": kind or "", "procedures": str(procedures or "")}
    found = call_alone(shared, indicators(**months, **given))
    if shared.json:
        shared.emit(told_by_hub(found))
        return Exit.OK
    vi, en = "đơn vị|tiếp nhận|trực tuyến|đã giải quyết|quá hạn", "unit|received|online|ended|overdue"
    numbers = [one.number for one in found.total.indicators]
    head = [*shared.pick(vi, en).split("|"), *numbers]
    lines = list(_figures(shared, found))
    if as_csv:
        printing.csv("".join(register.csv_lines(lines, head)))
    else:
        show(table(f"{found.first} – {found.last}", head, lines, right=tuple(range(1, len(head)))))
        for one in found.total.indicators:
            share = f"{one.part}/{one.whole} = {one.percent} %" if one.percent is not None else "–"
            printing.line(f"{one.number} {shared.pick(one.vi, one.en)} ({one.version}): {share}")
        if found.procedures:
            show(_by_procedure(shared, found))
        for each in found.not_computed:
            printing.line(f"{each.number} {shared.pick(each.vi, each.en)}: {shared.pick(each.why_vi, each.why_en)}")
    _behind(shared, found.behind)
    return Exit.OK


def _by_procedure(shared: Shared, found: Indicators) -> RenderableType:
    vi = "2.2 thủ tục|tên|hồ sơ|ngày làm việc|thời hạn"
    head = shared.pick(vi, "2.2 procedure|name|dossiers|working days|legal maximum").split("|")
    rows = [[one.code, one.name, one.dossiers, f"{one.mean_days:g}", one.legal_days or "–"] for one in found.procedures]
    return table("", head, rows, right=(2, 3, 4))


def _figures(shared: Shared, found: Indicators) -> Iterator[list[str]]:
    for line in found.lines:
        yield _line(who(line.code, line.name), line)
    yield _line(shared.pick("Tổng", "Total"), found.total)


def _line(name: str, line: IndicatorLine) -> list[str]:
    counts = [line.received, line.online, line.ended, line.overdue]
    shares = ["–" if one.percent is None else f"{one.percent:g}" for one in line.indicators]
    return [name, *map(str, counts), *shares]


def _behind(shared: Shared, behind: int) -> None:
    if behind:
        shared.warn(
            f"Trục còn {behind} văn bản chưa đọc: kết quả có thể thiếu",
            f"The hub has not read {behind} documents yet: some may be missing",
        )


for _command in (listed, shown, send, synced, measured, simulate):
    command.add_command(_command)
