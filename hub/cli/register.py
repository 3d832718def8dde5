"""`truc register`: the register of documents that came in or went out, as NĐ 30/2020, Annex IV has it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import click

from hub.cli.common import Shared, make_command
from hub.cli.connect import run
from hub.cli.find import EXPORT, all_of, tell, write
from hub.core.register import Book

_DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y", "%Y/%m/%d"])


@make_command(
    "register",
    "agency",
    example="""
truc register --as 000.00.00.H52 --book in --from 2026-11-01 --to 2026-11-30
truc register --as 000.00.00.G22 --book out --from 2026-01-01 --to 2026-12-31 --export so-di-2026.xlsx""",
)
@click.option("--book", type=click.Choice(["in", "out"]), default="in", show_default=True, help="Came in, or went out.")
@click.option("--from", "first", type=_DAY, required=True, metavar="DAY", help="First day, in Vietnam.")
@click.option("--to", "last", type=_DAY, required=True, metavar="DAY", help="Last day, included.")
@click.option("--for", "whose", default="", metavar="CODE", help="Of this agency, for which you act.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV on standard output; UTF-8 with BOM, safe in a spreadsheet.")
@click.option("--xlsx", type=click.Path(dir_okay=False, path_type=Path), help="Write an XLSX file of this name.")
@EXPORT
def command(
    shared: Shared,
    book: str,
    first: datetime,
    last: datetime,
    whose: str,
    as_csv: bool,
    xlsx: Path | None,
    export: Path | None,
) -> int:
    """In sổ văn bản đến hoặc sổ văn bản đi theo Nghị định 30/2020, Phụ lục IV.

    Print the register of documents that came in or went out, oldest first, with the columns of NĐ 30/2020, Annex IV.
    """
    if as_csv + (shared.json and export is None) + (xlsx is not None) + (export is not None) > 1:
        raise click.UsageError("--csv | --xlsx | --json | --export")
    if last < first:
        raise click.UsageError(
            shared.pick(f"--to {last:%Y-%m-%d}: trước ngày đầu", f"--to {last:%Y-%m-%d}: before the first day")
        )
    code, kind = whose or shared.agency, Book(book)
    asked = {
        "agency": whose,
        "book": kind.value,
        "recipient" if kind is Book.IN else "sender": code,
        "since": first.date().isoformat(),
        "until": (last + timedelta(days=1)).date().isoformat() if last.date() < date.max else "",
        "sort": "oldest",
    }
    title = shared.pick(*(("Sổ văn bản đến", "Came in") if kind is Book.IN else ("Sổ văn bản đi", "Went out")))
    if export is not None:
        return write(shared, kind, asked, export, code, title)
    return tell(shared, kind, run(all_of(shared, asked)), as_csv, xlsx, code, title)
