"""The transparency log, open to all, and the calls of auditors."""

from __future__ import annotations

from typing import Final

from hub.core import wire
from hub.http.call import AUDITORS, EVERYONE, Route
from hub.routes import audit, public
from hub.routes.table.words import BYTES, NOTE, PAGE, Calls, Described

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/log/checkpoint", public.checkpoint, "The newest signed checkpoint", EVERYONE, NOTE),
    Route(
        "GET",
        "/log/checkpoint/cosigned",
        public.cosigned_checkpoint,
        "The newest checkpoint that a witness cosigned",
        EVERYONE,
        NOTE,
    ),
    Route("GET", "/log/vkey", public.vkey, "The log's public keys as a policy", EVERYONE, NOTE),
    Route("GET", "/log/tile/{path:.+}", public.tile, "A tile of the log", EVERYONE, BYTES),
    Route(
        "GET",
        "/log/objects/{kind}",
        audit.public_objects,
        "Objects that are public: directory, release, timestamp, statement",
        EVERYONE,
        wire.LogObjects,
        audit.LeavesQuery,
        holds=PAGE,
    ),
    Route(
        "GET",
        "/v1/audit/leaves",
        audit.leaves,
        "Leaves with their objects; each export is recorded",
        AUDITORS,
        wire.LogObjects,
        audit.LeavesQuery,
        holds=8 * PAGE,
    ),
    Route(
        "GET",
        "/v1/audit/checkpoints",
        audit.checkpoints,
        "Every checkpoint that was signed, by size; recorded",
        AUDITORS,
        wire.SignedCheckpoints,
        audit.CheckpointsQuery,
    ),
    Route(
        "GET",
        "/v1/audit/signed/{digest}",
        audit.signed,
        "What a recipient signed, by the digest that evidence names; recorded",
        AUDITORS,
        NOTE,
    ),
)

CALLS: Final[Calls] = {
    ("GET", "/log/checkpoint"): Described("getCheckpoint", "log", "A signed note (C2SP tlog-checkpoint)."),
    ("GET", "/log/checkpoint/cosigned"): Described(
        "getCosignedCheckpoint", "log", "A signed note with the signatures of witnesses."
    ),
    ("GET", "/log/vkey"): Described("getLogKeys", "log", "Compare them by another way before you trust them."),
    ("GET", "/log/tile/{path}"): Described(
        "getTile", "log", "C2SP tlog-tiles: `{level}/{index}` or `entries/{index}`."
    ),
    ("GET", "/log/objects/{kind}"): Described("listPublicObjects", "log", "From leaf `start` on; fewer may come."),
    ("GET", "/v1/audit/leaves"): Described("auditLeaves", "audit", "From leaf `start` on; fewer may come."),
    ("GET", "/v1/audit/checkpoints"): Described("auditCheckpoints", "audit", "Those of a size above `above`."),
    ("GET", "/v1/audit/signed/{digest}"): Described("auditSigned", "audit", "The token as it was sent."),
}
