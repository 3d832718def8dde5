"""`truc find`: documents by any of their words, and by how they were exchanged."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from clients import exports, protocol
from clients.errors import UnexpectedAnswer
from hub.base.sheets import workbook
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command, told_by_hub
from hub.cli.connect import pages, run, transport
from hub.cli.files import put
from hub.cli.growing import sheet_of
from hub.cli.says import kind_of
from hub.cli.screen import local, short, show, table, who
from hub.core import register, wire
from hub.core.errors import Verdict
from hub.core.model import DeliveryState, Tier
from hub.core.register import Book
from hub.core.wire_export import ExportEnd, ExportLine

EXPORT: Final = click.option(
    "--export",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write everything to a file as it comes; its name ends in .csv, .xlsx or .jsonl.",
)
_IN_MEMORY: Final = 200_000
"""Documents that are held for a table; more of them go into a file."""
_PARAMETERS = {"kind": "business", "whose": "agency"}
_TIERS = click.Choice([tier.value for tier in Tier])
_FILTERS: tuple[Callable[[Any], Any], ...] = (
    click.option("--sender", default="", metavar="CODE", help="Sent by this agency."),
    click.option("--recipient", default="", metavar="CODE", help="Sent to this agency."),
    click.option("--sender-tier", type=_TIERS, default=None, help="Tier of the sender."),
    click.option("--recipient-tier", type=_TIERS, default=None, help="Tier of a recipient."),
    click.option("--kind", type=click.Choice(["new", "recall", "update", "replacement"]), default=None),
    click.option("--state", type=click.Choice([s.value for s in DeliveryState]), default=None, help="Of a delivery."),
    click.option("--verdict", type=click.Choice([v.value for v in Verdict]), default=None, help="On its signature."),
    click.option("--priority", type=click.IntRange(0, 4), default=None, help="Urgency."),
    click.option("--task", default="", metavar="CODE", help="A task code of the document."),
    click.option("--application", default="", metavar="TYPE", help="Its application type."),
    click.option("--arrival", default="", metavar="NUMBER", help="Under which you registered it: 1287, 1287/2026."),
    click.option("--since", default="", metavar="TIME", help="Accepted then or later: a Vietnam day or RFC 3339."),
    click.option("--until", default="", metavar="TIME", help="Accepted before then."),
    click.option("--dated-since", default="", metavar="DAY", help="Promulgated on this day or later."),
    click.option("--dated-until", default="", metavar="DAY", help="Promulgated on this day or earlier."),
    click.option("--for", "whose", default="", metavar="CODE", help="Documents of this agency, of which you act."),
)


def _filters(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_FILTERS):
        function = option(function)
    return function


@make_command(
    "find",
    "agency",
    example="""
truc find --as 000.00.00.H52 "tinh gian bien che" --since 2026-10-01
truc find --as 000.00.00.H52 512/QĐ-BNV
truc find --as 000.00.00.G22 --recipient H52 --state waiting --all --xlsx cho-nhan.xlsx
truc find --as 000.00.00.G22 --since 2026-01-01 --export nam-2026.csv
truc find --as auditor --sender H52 --dated-since 2026-10-01 --dated-until 2026-10-31 --csv""",
)
@click.argument("text", default="")
@_filters
@click.option("--oldest", is_flag=True, help="Oldest first.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Most lines of one page.")
@click.option("--all", "everything", is_flag=True, help="All pages.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV on standard output; UTF-8 with BOM, safe in a spreadsheet.")
@click.option("--xlsx", type=click.Path(dir_okay=False, path_type=Path), help="Write an XLSX file of this name.")
@EXPORT
def command(
    shared: Shared,
    text: str,
    oldest: bool,
    limit: int,
    everything: bool,
    as_csv: bool,
    xlsx: Path | None,
    export: Path | None,
    **given: str | int | None,
) -> int:
    """Tìm văn bản theo từ, số ký hiệu, mã, đơn vị, ngày, trạng thái.

    Find documents: by words (accents or not), a number, any identifier, and by the agencies that exchanged them, the
    day and the state. An agency finds its own, the `operator` the routing of any document, the `auditor` everything,
    on record.
    """
    if as_csv + (shared.json and export is None) + (xlsx is not None) + (export is not None) > 1:
        raise click.UsageError("--csv | --xlsx | --json | --export")
    asked = {_PARAMETERS.get(name, name): value for name, value in given.items() if value not in (None, "")}
    files = as_csv or xlsx is not None or export is not None
    asked |= {"text": text} | ({"sort": "oldest"} if oldest or files else {})
    if export is not None:
        return write(shared, Book.FOUND, asked, export)
    found = run(all_of(shared, asked) if everything else look(shared, asked, limit))
    return tell(shared, Book.FOUND, found, as_csv, xlsx)


class Lines(NamedTuple):
    """Documents, with the notes of an agency's own register."""

    items: list[ExportLine]
    cursor: str = ""
    behind: int = 0


async def all_of(shared: Shared, asked: dict[str, Any]) -> Lines:
    """All of them, in memory: for a table, or a file on standard output."""
    hub = transport(shared)
    items: list[ExportLine] = []
    end = ExportEnd(lines=0)
    try:
        async for one in exports.documents(hub, {"sort": "newest"} | asked, _IN_MEMORY):
            if isinstance(one, ExportEnd):
                end = one
            else:
                items.append(one)
    finally:
        await hub.close()
    return Lines(items, end.cursor, end.behind)


async def look(shared: Shared, asked: dict[str, Any], limit: int) -> Lines:
    """A page as long as was asked for, though the hub may answer in shorter ones."""
    items: list[wire.FoundDocument] = []
    cursor, behind = "", 0
    hub = transport(shared)

    async def ask(cursor: str) -> wire.Found:
        return await hub.call(protocol.find({**asked, "limit": limit, "cursor": cursor}))

    try:
        async for page in pages(ask, True):
            items += page.items
            cursor, behind = page.cursor, page.behind
            if len(items) >= limit:
                break
    finally:
        await hub.close()
    return Lines([ExportLine(document=item) for item in items], cursor, behind)


def tell(
    shared: Shared, book: Book, found: Lines, as_csv: bool, xlsx: Path | None, agency: str = "", title: str = ""
) -> int:
    if shared.json:
        documents = [item.document for item in found.items if item.document is not None]
        shared.emit(told_by_hub(wire.Found(items=documents, cursor=found.cursor, behind=found.behind)))
        return Exit.OK
    head = register.columns(book, shared.lang)
    if as_csv:
        printing.csv("".join(register.csv_lines(rows(shared, book, found.items, agency), head)))
    elif xlsx is not None:
        target = io.BytesIO()
        count = workbook(target, title or head[0], head, rows(shared, book, found.items, agency))
        place = put(xlsx, target.getvalue())
        shared.say(f"Đã ghi {count} dòng vào {place}", f"Wrote {count} lines to {place}")
    elif not found.items:
        shared.say("Không tìm thấy văn bản nào. Bỏ bớt điều kiện.", "No document found. Ask for less.")
    elif book is Book.FOUND:
        _show(shared, found)
    else:
        show(table(title, head, rows(shared, book, found.items, agency)))
    if found.behind:
        shared.warn(
            f"Trục còn {found.behind} văn bản chưa lập chỉ mục: kết quả có thể thiếu",
            f"The hub has not indexed {found.behind} documents yet: some may be missing",
        )
    return Exit.OK


def write(shared: Shared, book: Book, asked: dict[str, Any], target: Path, agency: str = "", title: str = "") -> int:
    """Everything that is found in a file, of which no more than a page is ever held."""
    made = sheet_of(target, register.columns(book, shared.lang), title)
    if made is None:
        raise click.UsageError("--export: .csv | .xlsx | .jsonl")

    async def fill() -> ExportEnd:
        hub = transport(shared)
        try:
            async for one in exports.documents(hub, {"sort": "oldest"} | asked):
                if isinstance(one, ExportEnd):
                    return one
                made.add(one, register.printed(book, one, agency, shared.lang))
        finally:
            await hub.close()
        raise UnexpectedAnswer("an export without its end")

    with made:
        end = run(fill())
        place = made.placed()
    told = register.ended(end, shared.lang)
    if shared.json:
        shared.emit({"lines": end.lines, "file": str(place), "behind": end.behind, "cursor": end.cursor})
    shared.say(f"Đã ghi {end.lines} dòng vào {place}", f"Wrote {end.lines} lines to {place}")
    if told:
        shared.warn(told, told)
    return Exit.OK


def rows(shared: Shared, book: Book, items: Sequence[ExportLine], agency: str) -> Iterator[list[str]]:
    return (line.cells for item in items for line in register.printed(book, item, agency, shared.lang))


def _show(shared: Shared, found: Lines) -> None:
    vi, en = (
        "ngày|số, ký hiệu|trích yếu|từ|nơi nhận|loại|trạng thái|mã gói tin",
        "at|code|subject|from|to|kind|states|id",
    )
    documents = (line.document for line in found.items if line.document is not None)
    show(table("", shared.pick(vi, en).split("|"), (_row(shared, one) for one in documents), whole=(0, 7)))
    if found.cursor:
        shared.say("… còn nữa: thêm --all", "… there is more: add --all")


def _row(shared: Shared, item: wire.FoundDocument) -> list[object]:
    m = item.message
    told = ", ".join(f"{shared.term(state)} {count}" for state, count in sorted(item.states.items()))
    first = item.deliveries[0] if item.deliveries else None
    more = sum(item.states.values()) - 1
    to = (who(first.recipient, first.name) if first else "") + (f" +{more}" if more > 0 else "")
    sender = who(m.sender, m.sender_name)
    return [local(m.accepted_at), m.code, m.subject, sender, to, kind_of(shared, m), told, short(m.id)]
