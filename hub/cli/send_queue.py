"""`truc send` of a folder or of many messages: a queue that goes in its order, each with its own receipt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from clients.axis import AxisClient, Outcome
from clients.errors import Busy, ClientError, Unreachable
from hub.cli.common import Exit, Shared
from hub.cli.connect import client
from hub.cli.screen import short, show, table
from hub.core.errors import AxisError
from hub.pki.files import write

SUFFIX: Final = ".edxml"
_PORTION: Final = 1_000
"""Messages that are held in memory at once."""


class Queued(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the result: the outcome of a file. `receipt_file` lies beside it."""

    file: str
    message: str = ""
    repeated: bool = False
    recipients: tuple[str, ...] = ()
    receipt_file: str = ""
    problem: str = ""
    later: bool = False


def queue_of(files: Sequence[Path]) -> list[Path] | None:
    """The messages in these folders, by name, and those that are named themselves; None where these files are others.
    A folder's message whose receipt lies beside it was sent already."""
    if not files or not all(path.is_dir() or path.suffix == SUFFIX for path in files):
        return None
    found: list[Path] = []
    for path in files:
        inside = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
        found += [one for one in inside if one == path or not _receipt_of(one).exists()]
    return found


def _receipt_of(path: Path) -> Path:
    return path.with_suffix(".tlog-proof")


async def send_queue(shared: Shared, files: Sequence[Path], *, sign: bool) -> int:
    done: list[Queued] = []
    async with client(shared) as axis:
        for start in range(0, len(files), _PORTION):
            some, data = list[Path](), list[bytes]()
            for path in files[start : start + _PORTION]:
                try:
                    data.append(_signed(axis, path, sign))
                    some.append(path)
                except AxisError as error:  # one that cannot be signed must not keep the others back
                    done.append(_failed(shared, path, error))
            done += [_kept(shared, some[outcome.position], outcome) async for outcome in axis.send_all(data)]
            if done and done[-1].later:
                done += [Queued(str(path), later=True) for path in files[start + _PORTION :]]
                break
    _tell(shared, done)
    ends = Counter(_end(one) for one in done)
    return next((code for code in (Exit.REFUSED, Exit.NOT_KEPT, Exit.LATER) if ends[code]), Exit.OK)


def _signed(axis: AxisClient, path: Path, sign: bool) -> bytes:
    """A message signed here is kept in the file before it is sent: only the same bytes are the same message."""
    data = path.read_bytes()
    if sign and b"SignatureValue" not in data:
        data = axis.sign_bytes(data)
        write(path, data)
    return data


def _kept(shared: Shared, path: Path, outcome: Outcome) -> Queued:
    answer, proof, error = outcome.answer, outcome.proof, outcome.error
    if answer is None or proof is None:
        return _failed(shared, path, error)
    line = Queued(str(path), answer.message.id, answer.repeated, tuple(answer.recipients))
    try:
        write(_receipt_of(path), proof.raw)
    except OSError as failed:
        return msgspec.structs.replace(line, problem=str(failed))
    return msgspec.structs.replace(line, receipt_file=str(_receipt_of(path)))


def _failed(shared: Shared, path: Path, error: ClientError | AxisError | None) -> Queued:
    told = f"{error.code}: {shared.pick(error.vi, error.en)}" if error is not None else ""
    return Queued(str(path), problem=told, later=isinstance(error, Busy | Unreachable))


def _end(one: Queued) -> Exit:
    if one.later:
        return Exit.LATER
    if not one.message:
        return Exit.REFUSED
    return Exit.OK if one.receipt_file else Exit.NOT_KEPT


def _tell(shared: Shared, done: Sequence[Queued]) -> None:
    if shared.json:
        shared.emit(done)
        return
    if not done:
        shared.say("Không có gói tin nào chờ gửi", "No message waits to be sent")
        return
    columns = shared.pick("tệp|mã gói tin|nơi nhận|biên nhận|", "file|id|recipients|receipt|").split("|")
    again = shared.pick("lặp lại", "repeated")
    rows = [
        [one.file, short(one.message), len(one.recipients), one.receipt_file, one.problem or again * one.repeated]
        for one in done
    ]
    show(table("", columns, rows, right=(2,)))
    if any(one.later for one in done):
        shared.warn(
            "→ Phần còn lại chưa gửi được; chạy lại đúng lệnh này là an toàn",
            "→ The rest could not be sent yet; the same command again is safe",
        )
