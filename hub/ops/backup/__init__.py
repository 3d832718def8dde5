"""A hub's record as a folder that can be kept elsewhere, taken while the hub runs, and put back.

    <backup>/
      SHA256SUMS         every other file with its digest; `sha256sum -c SHA256SUMS` reads it
      backup.json        `Facts`: whose log, how far, when, made by which version
      checkpoint         the last signed checkpoint inside (C2SP note)
      axis.sqlite        the database as it was at one instant
      blobs/ab/cd/…      the large bytes that it names, under their digests
      keys/              only when asked for: then the folder is the secret too

The database is copied first, then the bytes it names: these are never changed and were durable before the row that
names them, so a later copy of them is the same. The other content of the hub's folder is left out: the spool, the
secret of access tokens, leases in memory. After a restore callers ask for new tokens. Left out as well is
`assertions.taken` (`hub.http.taken`): an assertion lives five minutes, and what was taken since the backup it could not
know. A process that begins takes nothing that was issued before it began; one assertion of a clock ahead of the hub's
could be taken once more, by whoever holds it, where a hub is restored within five minutes: start it after them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from hub.ops.fsck import Fault

FORMAT: Final = 1
DATABASE, CHECKPOINT, FACTS, SUMS, BLOBS, KEYS = (
    "axis.sqlite",
    "checkpoint",
    "backup.json",
    "SHA256SUMS",
    "blobs",
    "keys",
)

OnProgress = Callable[[str, int], None]
"""Hears the present step, and its size."""


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """backup.json. `root` in hex; `made` and `at` (of the checkpoint) as in evidence; `blobs`, `bytes`: of large
    bytes, and in all."""

    format: int
    truc: str
    made: str
    origin: str
    vkeys: tuple[str, ...]
    size: int
    root: str
    at: str
    blobs: int
    bytes: int
    keys: bool


class Refused(Exception):
    """Nothing was put in place. Each fault names its kind, its place, the expected and the found value."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{f.what} {f.where}" for f in faults[:5]))
        self.faults = faults
