"""Backing up and restoring in one line, and what fsck says of a folder."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hub.base.config import Settings, WitnessEntry, WitnessSettings
from hub.core.edxml import Attachment
from hub.core.model import Millis
from hub.ops.backup import SUMS, Refused
from hub.ops.backup import make as making
from hub.ops.backup import restore as restoring
from hub.ops.backup.make import Made
from hub.ops.backup.restore import Restored, Will
from tests.core.audit.kit import settings_of
from tests.support.axis import NOON, SON_LA, VPCP, Axis
from tests.support.witnesskit import QUICK

TRUSTING = Will(accept_unwitnessed=True)


async def backed_up(folder: Path, keys: Path, target: Path, *, since: Path | None = None, secret: bool = False) -> Made:
    return await making.make(settings_of(folder, keys), target, NOON, lambda what, n: None, since=since, keys=secret)


async def restored(
    backup: Path, folder: Path, keys: Path, will: Will = TRUSTING, witnesses: Sequence[WitnessEntry] = ()
) -> Restored:
    settings = with_witnesses(settings_of(folder, keys), witnesses)
    return await restoring.restore(settings, backup, Millis(NOON + 1000), lambda what, n: None, will)


def with_witnesses(settings: Settings, entries: Sequence[WitnessEntry]) -> Settings:
    return msgspec.structs.replace(settings, witness=WitnessSettings(witnesses=tuple(entries), **QUICK))


def whats(refused: Refused) -> set[str]:
    return {fault.what for fault in refused.faults}


async def large(axis: Axis, seed: int, size: int = 90_000) -> bytes:
    """A document whose bytes lie in a file; as they were sent."""
    attachment = Attachment("f", "f.pdf", data=b"%PDF-1.4 " + random.Random(seed).randbytes(size))
    data = axis.sign(axis.document(VPCP, [SON_LA]), [attachment])
    await axis.submit(data, VPCP)
    return data


def summed_up(backup: Path) -> None:
    """Make the list of digests fit what is there: what somebody does who changes more than one file."""
    listed = sorted(p for p in backup.rglob("*") if p.is_file() and p.name != SUMS)
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(backup).as_posix()}\n" for p in listed]
    (backup / SUMS).write_text("".join(lines))
