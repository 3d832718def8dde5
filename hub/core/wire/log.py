"""Objects and checkpoints of the log."""

from __future__ import annotations

from hub.core.wire.base import Wire


class LogObject(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An object that the log commits to: number of its leaf, kind (0x01 evidence, 0x02 directory, 0x03 release, 0x04
    manifest, 0x05 time stamp, 0x06 statement), and its bytes."""

    leaf: int
    kind: int
    object: bytes


class LogObjects(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`size`: leaves under the newest checkpoint when this was read."""

    items: list[LogObject]
    size: int


class SignedCheckpoint(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A checkpoint that was published: when it was made, and the signed note."""

    size: int
    at: str
    note: str


class SignedCheckpoints(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[SignedCheckpoint]
