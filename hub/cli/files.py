"""Received messages as files: one folder each, so that nothing of one can overwrite another.

    <out>/<uuid>/message.edxml     the bytes as the sender signed them
                 item.json         the hub's record of it
                 files/<name>      the attachments, under names that a file system can bear
                 handover.tlog-proof   once acknowledged: the receipt of it

Files are written beside their place and moved there; `message.edxml` comes last, so a folder that has it is complete.

A kept file stays: a hub that names an identifier again with other bytes changes no file. The message is refused then,
any other file that differs from before lies under another name beside it. Nothing of a hub's becomes a path but a UUID.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import Final

import msgspec

from clients.errors import ClientError
from hub.cli.screen import short
from hub.core import edxml, wire
from hub.core.errors import BadAttachment, Refusal, Text
from hub.core.model import MessageKind
from hub.pki.files import write

MESSAGE: Final = "message.edxml"
ITEM: Final = "item.json"
RECEIPT: Final = "handover.tlog-proof"


MAX_FILES: Final = 1000
MAX_WRITTEN: Final = 256 * 1024 * 1024
"""Of the attachments of one message, together: a file system is no place for the full size of a zip."""

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Kept(msgspec.Struct, frozen=True):
    """`problem`: why the attachments could not be taken out; the message itself is kept all the same."""

    folder: Path
    attachments: tuple[str, ...]
    problem: str = ""


class Differs(ClientError):
    code = "CLIENT_KEPT_DIFFERS"
    text = Text("Trục đưa nội dung khác dưới mã đã lưu", "Other bytes came under an identifier that is kept already")
    hint = Text("Tệp đã lưu không bị thay; giữ nó làm bằng chứng", "What was kept is unchanged; keep it as evidence")


def keep(out: Path, item: wire.InboxItem, content: bytes, *, unpack: bool = True) -> Kept:
    """Write one message and, with `unpack`, its attachments; durable when this returns. Differs where another message
    is kept under its identifier."""
    name = short(item.message.id)
    if _UUID.fullmatch(name) is None:
        raise Differs(name)
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        if (folder / MESSAGE).read_bytes() != content:
            raise Differs(name)
    names, problem = _attachments(folder, item, content) if unpack else ((), "")
    put(folder / ITEM, msgspec.json.format(msgspec.json.encode(item), indent=2))
    if put(folder / MESSAGE, content).name != MESSAGE:
        raise Differs(name)
    return Kept(folder, names, problem)


def put(path: Path, data: bytes) -> Path:
    """`data` at `path`, or beside it where something else lies there; never over it. Where it is now."""
    place, number = path, 1
    while not _placed(place, data):
        number += 1
        place = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return place


def _placed(path: Path, data: bytes) -> bool:
    """Whether `data` is at `path` now, written or found there."""
    if path.is_symlink() or path.exists():
        return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data
    beside = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        write(beside, data)
    except OSError as error:
        error.filename = str(path)  # not a name that nobody knows
        raise
    try:
        os.link(beside, path)  # unlike a rename it fails where something came there meanwhile
    except FileExistsError:
        return False
    except OSError:
        beside.replace(path)  # a file system without links
    finally:
        beside.unlink(missing_ok=True)
    return True


def _attachments(folder: Path, item: wire.InboxItem, content: bytes) -> tuple[tuple[str, ...], str]:
    names: list[str] = []
    if item.message.kind != MessageKind.DOCUMENT:
        return (), ""
    written = 0
    try:
        for file in edxml.attachments(edxml.parse(content)):
            written += len(file.data)
            if len(names) == MAX_FILES or written > MAX_WRITTEN:
                raise BadAttachment(expected=f"{MAX_FILES} files of {MAX_WRITTEN} bytes together", found="more")
            (folder / "files").mkdir(exist_ok=True)
            names.append(put(folder / "files" / _free(edxml.safe_name(file.name), names), file.data).name)
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
        put(folder / RECEIPT, said.receipt.encode())


class Held(msgspec.Struct, frozen=True):
    """A message that `keep` wrote. `sha256`: of the bytes on disk."""

    message: wire.Message
    sha256: str
    content: bytes


def held(path: Path) -> Held:
    """The content of a message's folder, named by it or by a file in it. ValueError where there is none."""
    folder = path if path.is_dir() else path.parent
    try:
        item = msgspec.json.decode((folder / ITEM).read_bytes(), type=wire.InboxItem)
        content = (folder / MESSAGE).read_bytes()
    except FileNotFoundError:
        inside = f"; {path}/* ?" if path.is_dir() and any(path.glob(f"*/{ITEM}")) else ""
        raise ValueError(f"{path}{inside}") from None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from None
    return Held(item.message, hashlib.sha256(content).hexdigest(), content)
