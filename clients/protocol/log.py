"""The transparency log, and the calls of auditors."""

from __future__ import annotations

from urllib.parse import quote

from clients.protocol.call import Call, Request, body_of, get, text
from hub.core import wire


def log_file(path: str) -> Call[bytes]:
    """The log's public files: `checkpoint`, or a tile or bundle under its name (`hub.core.log.tiles`)."""
    return Call(Request(method="GET", path=f"/log/{quote(path)}", authorized=False), body_of)


def public_objects(kind: str, start: int = 0, count: int = 1000) -> Call[wire.LogObjects]:
    """Objects of a kind that anyone may read (`directory`, `release`, …), from leaf `start` on; fewer may come."""
    return get(f"/log/objects/{quote(kind, safe='')}", wire.LogObjects, authorized=False, start=start, count=count)


def audit_leaves(start: int, count: int) -> Call[wire.LogObjects]:
    """Objects of all kinds, for auditors; each call is recorded as evidence. Fewer may come."""
    return get("/v1/audit/leaves", wire.LogObjects, start=start, count=count)


def audit_checkpoints(above: int = 0, count: int = 1000) -> Call[wire.SignedCheckpoints]:
    """Every checkpoint of a size above `above` that was signed, for auditors."""
    return get("/v1/audit/checkpoints", wire.SignedCheckpoints, above=above, count=count)


def audit_signed(digest: str) -> Call[bytes]:
    """The acknowledgement with this SHA-256 (hex), as its recipient signed it, for auditors."""
    return Call(text(f"/v1/audit/signed/{quote(digest, safe='')}"), body_of)
