"""`truc log export`: a log as files, to be audited elsewhere, kept, or served by any web server."""

from __future__ import annotations

from pathlib import Path

import click

from clients.log_copy import copy
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import run
from hub.cli.log.audit import bar
from hub.cli.log.place import log_at


@make_command(
    "export",
    "log",
    example="""
truc log export http://127.0.0.1:8470 --out var/log-copy
truc log export https://truc.example --out var/log-copy --as auditor --keys keys/kiem-toan""",
)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write into.")
@click.argument("place", metavar="URL|DIR")
def command(shared: Shared, out: Path, place: str) -> int:
    """Chép nhật ký ra thư mục theo chuẩn C2SP tlog-tiles; với quyền kiểm toán viên thì cả các đối tượng.

    Copy a log into a folder in the form of C2SP tlog-tiles; as an auditor, with the objects. Again into the same
    folder it copies only new entries. Nothing is checked here: truc log audit DIR does.
    """

    async def work() -> tuple[int, int]:
        async with log_at(shared, place) as source:
            with bar(shared) as report:
                return await copy(source, out, report)

    size, written = run(work())
    if shared.json:
        shared.emit({"out": str(out), "size": size, "files": written})
    else:
        shared.say(
            f"✓ {size:,} mục → {out} ({written:,} tệp mới)", f"✓ {size:,} entries → {out} ({written:,} new files)"
        )
    return Exit.OK
