"""Received messages as files: one folder each, so that nothing of one can overwrite another.

    <out>/<uuid>/message.edxml     the bytes as the sender signed them
                 item.json         what the hub said of it
                 files/<name>      the attachments, under names that a file system can bear
                 handover.tlog-proof   once acknowledged: the receipt of it

Files are written beside their place and moved there; `message.edxml` comes last, so a folder that has it is complete.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from hub.cli.screen import short
from hub.core import edxml, wire
from hub.core.errors import Refusal
from hub.core.model import MessageKind
from hub.pki_files import write

MESSAGE: Final = "message.edxml"
ITEM: Final = "item.json"
RECEIPT: Final = "handover.tlog-proof"


class Kept(msgspec.Struct, frozen=True):
    """`problem`: why the attachments could not be taken out; the message itself is kept all the same."""

    folder: Path
    attachments: tuple[str, ...]
    problem: str = ""


def keep(out: Path, item: wire.InboxItem, content: bytes) -> Kept:
    """Write one message and its attachments; durable when this returns."""
    folder = out / short(item.message.id)
    folder.mkdir(parents=True, exist_ok=True)
    names, problem = _attachments(folder, item, content)
    write(folder / ITEM, msgspec.json.format(msgspec.json.encode(item), indent=2))
    write(folder / MESSAGE, content)
    return Kept(folder, names, problem)


def _attachments(folder: Path, item: wire.InboxItem, content: bytes) -> tuple[tuple[str, ...], str]:
    names: list[str] = []
    if item.message.kind != MessageKind.DOCUMENT:
        return (), ""
    try:
        for file in edxml.attachments(edxml.parse(content)):
            (folder / "files").mkdir(exist_ok=True)
            name = _free(edxml.safe_name(file.name), names)
            write(folder / "files" / name, file.data)
            names.append(name)
    except Refusal as refusal:
        return tuple(names), refusal.en
    return tuple(names), ""


def _free(name: str, taken: list[str]) -> str:
    """`name`, or `name (2)` where one of this message has it already, without regard to case."""
    path, number, free = Path(name), 1, name
    lower = {other.lower() for other in taken}
    while free.lower() in lower:
        number += 1
        free = f"{path.stem} ({number}){path.suffix}"
    return free


def keep_receipt(folder: Path, said: wire.AcknowledgedItem | None) -> None:
    """The receipt of the hand-over beside the message, where there is one."""
    if said is not None and said.receipt:
        write(folder / RECEIPT, said.receipt.encode())


def held(path: Path) -> tuple[str, str]:
    """Identifier and SHA-256 (hex) of a message that `keep` wrote: its folder or a file in it.

    The digest is that of the bytes on disk. ValueError where there is none.
    """
    folder = path if path.is_dir() else path.parent
    try:
        item = msgspec.json.decode((folder / ITEM).read_bytes(), type=wire.InboxItem)
        content = (folder / MESSAGE).read_bytes()
    except (OSError, msgspec.MsgspecError) as error:
        raise ValueError(f"{path}: {error}") from None
    return item.message.id, hashlib.sha256(content).hexdigest()
