"""`truc corrections`: lines of an agency's registers put right, without writing over anything."""

from __future__ import annotations

from collections.abc import Iterable

import click

from clients.protocol import desk
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import call_alone
from hub.cli.help import Group
from hub.cli.screen import local, short, show, table
from hub.core import register
from hub.core.register import CORRECTABLE, Book
from hub.core.wire_desk import Correction, NewCorrection

_EXAMPLE = """
truc corrections add 512/QĐ-BNV --as 000.00.00.H52 --book in --cell unit="Phòng Nội vụ" --reason "Ghi nhầm đơn vị"
truc corrections list --as 000.00.00.H52"""


@click.group("corrections", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Đính chính sổ văn bản: dòng sai bị gạch, dòng đúng ghi ngay sau, in cả hai.

    Corrections of registers (NĐ 30/2020): the wrong line is struck out, the right one stands after it, and both are
    printed.
    """


@make_command("add", "agency", example=_EXAMPLE.strip().splitlines()[0])
@click.option("--book", type=click.Choice(["in", "out"]), default="in", show_default=True, help="Came in, or went out.")
@click.option("--cell", "cells", multiple=True, required=True, metavar="COLUMN=TEXT", help="What is right; several.")
@click.option("--reason", required=True, help="Why.")
@click.argument("document")
def add(shared: Shared, book: str, cells: tuple[str, ...], reason: str, document: str) -> int:
    """Đính chính dòng của một văn bản.

    Correct a document's line. Columns of the incoming book: issuer, code, dated, what, unit, passed, remark; of the
    outgoing one: code, dated, what, signer, kept, copies, remark.
    """
    given = dict(cell.partition("=")[::2] for cell in cells)
    known = CORRECTABLE[Book(book)]
    if set(given) - known or not all("=" in cell for cell in cells):
        raise click.UsageError(f"--cell: {'|'.join(sorted(known))}=…")
    wanted = NewCorrection(document=document, book="in" if book == "in" else "out", cells=given, reason=reason)
    made = call_alone(shared, desk.add_correction(wanted))
    if shared.json:
        shared.emit(made)
    else:
        _show(shared, [made])
    return Exit.OK


@make_command("list", "agency", example=_EXAMPLE.strip().splitlines()[1])
def listed(shared: Shared) -> int:
    """Liệt kê đính chính, mới nhất trước.

    List the corrections, newest first.
    """
    found = call_alone(shared, desk.corrections())
    if shared.json:
        shared.emit(found)
    elif not found.items:
        shared.say("Chưa có đính chính nào.", "Nothing was corrected.")
    else:
        _show(shared, found.items)
        if found.cursor:
            shared.say("… còn nữa (--json có cursor)", "… there is more (--json has the cursor)")
    return Exit.OK


def _show(shared: Shared, items: list[Correction]) -> None:
    books = {"in": shared.pick("đến", "in"), "out": shared.pick("đi", "out")}
    head = shared.pick("lúc|sổ|cột|trước|sau|lý do|mã gói tin", "at|book|column|was|is|why|id").split("|")
    columns = {(book.value, key): title for book in register.KEYS for key, title in _titles(shared, book)}
    rows = [
        [
            local(one.at),
            books[one.book],
            columns.get((one.book, key), key),
            one.was.get(key, ""),
            text,
            one.reason,
            short(one.document),
        ]
        for one in items
        for key, text in one.cells.items()
    ]
    show(table("", head, rows, whole=(0,)))


def _titles(shared: Shared, book: register.Book) -> Iterable[tuple[str, str]]:
    """The columns of a register by their names in a correction."""
    return zip(register.KEYS[book], register.columns(book, shared.lang), strict=True)


for _each in (add, listed):
    command.add_command(_each)
