"""`truc drafts`: drafts of letters that an agency keeps at the hub."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from clients.protocol import desk
from hub.cli import printing
from hub.cli.common import Exit, Shared, epilog, make_command
from hub.cli.connect import call_alone
from hub.cli.help import Group
from hub.cli.screen import local, show, table
from hub.core.wire_desk import DraftFile, DraftLetter, LetterDraft, SaveDraft

_EXAMPLE = """
truc drafts save --as 000.00.00.H52 --to 000.00.00.G22 --subject "V/v báo cáo" bao-cao.pdf
truc drafts list --as 000.00.00.H52
truc drafts show 1 --as 000.00.00.H52"""
_ID = click.argument("number", metavar="ID", type=click.IntRange(1))
_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("drafts", cls=Group, epilog=epilog(_EXAMPLE))
def command() -> None:
    """Dự thảo văn bản của đơn vị: lưu, xem, sửa tiếp, xóa.

    An agency's own drafts of letters, as its clerk's mailbox keeps them: keep, list, go on with, delete.
    """


@make_command("list", "agency", example="truc drafts list --as 000.00.00.H52")
def listed(shared: Shared) -> int:
    """Liệt kê dự thảo, mới lưu trước.

    List the drafts, the one saved last first.
    """
    found = call_alone(shared, desk.drafts())
    if shared.json:
        shared.emit(found)
    elif not found.items:
        shared.say("Chưa có dự thảo nào.", "No draft is kept.")
    else:
        head = shared.pick("số|lưu lúc|trích yếu|nơi nhận|tệp", "id|saved|subject|to|files").split("|")
        rows = [[one.id, local(one.saved_at), one.subject, one.to, one.files] for one in found.items]
        show(table("", head, rows, whole=(0, 1)))
    return Exit.OK


@make_command("show", "agency", example="truc drafts show 1 --as 000.00.00.H52 --json")
@_ID
def shown(shared: Shared, number: int) -> int:
    """Xem một dự thảo.

    Show one draft.
    """
    found = call_alone(shared, desk.draft(number))
    if shared.json:
        shared.emit(found)
        return Exit.OK
    letter = found.letter or DraftLetter()
    _tell(shared, found)
    for name, value in msgspec.to_builtins(letter).items():
        told = ", ".join(file.name for file in letter.files) if name == "files" else value
        printing.line(f"  {name}: {told}")
    return Exit.OK


def _tell(shared: Shared, found: LetterDraft) -> None:
    shared.say(
        f"Dự thảo {found.id}, lưu lúc {local(found.saved_at)}: {found.subject}",
        f"Draft {found.id}, saved {local(found.saved_at)}: {found.subject}",
    )


@make_command("save", "agency", example=_EXAMPLE.strip().splitlines()[0])
@click.option(
    "--id", "number", type=click.IntRange(1), default=None, help="Go on with this draft; what is left out stays."
)
@click.option("--to", "recipients", multiple=True, metavar="CODE", help="Recipient; several.")
@click.option("--subject", default="", help="What it is about.")
@click.option("--number", "code", default="", help="Its number.")
@click.option("--notation", default="", help="Its notation.")
@click.option("--due", default="", metavar="DAY", help="Until when an answer is asked for, as 2026-11-30.")
@click.argument("files", nargs=-1, type=_PATH)
def save(
    shared: Shared,
    number: int | None,
    recipients: tuple[str, ...],
    subject: str,
    code: str,
    notation: str,
    due: str,
    files: tuple[Path, ...],
) -> int:
    """Lưu dự thảo; khi lệnh xong là đã lưu an toàn.

    Keep a draft. When this ends well, it is kept durably.
    """
    attached = tuple(DraftFile(name=file.name, data=file.read_bytes()) for file in files)
    known = call_alone(shared, desk.draft(number)) if number is not None else None
    letter = known.letter if known is not None and known.letter is not None else DraftLetter()
    given = {"to": recipients, "subject": subject, "number": code, "notation": notation, "due": due, "files": attached}
    changed = msgspec.structs.replace(letter, **{name: value for name, value in given.items() if value})
    wanted = SaveDraft(letter=changed, id=number or 0, saved_at=known.saved_at if known is not None else "")
    kept = call_alone(shared, desk.save_draft(wanted))
    if shared.json:
        shared.emit(kept)
    _tell(shared, kept)
    return Exit.OK


@make_command("delete", "agency", example="truc drafts delete 1 --as 000.00.00.H52")
@_ID
def delete(shared: Shared, number: int) -> int:
    """Xóa một dự thảo.

    Delete one draft.
    """
    gone = call_alone(shared, desk.delete_draft(number))
    if shared.json:
        shared.emit(gone)
    shared.say(f"Đã xóa dự thảo {gone.id}: {gone.subject}", f"Deleted draft {gone.id}: {gone.subject}")
    return Exit.OK


for _each in (listed, shown, save, delete):
    command.add_command(_each)
