"""An agency's own desk: drafts, groups of recipients, directions, corrections of its registers."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from clients.protocol.call import JSON_BODY, Call, Request, T, get, record
from hub.core import wire_desk


def _sent(method: str, path: str, body: msgspec.Struct, kind: type[T], *, again: bool = True) -> Call[T]:
    request = Request(method=method, path=path, headers=JSON_BODY, body=msgspec.json.encode(body), again=again)
    return Call(request, record(kind, (200, 201)))


def _dropped(path: str, kind: type[T]) -> Call[T]:
    return Call(Request(method="DELETE", path=path), record(kind))


def drafts() -> Call[wire_desk.LetterDrafts]:
    return get("/v1/drafts", wire_desk.LetterDrafts)


def draft(number: int) -> Call[wire_desk.LetterDraft]:
    """With its letter."""
    return get(f"/v1/drafts/{number}", wire_desk.LetterDraft)


def save_draft(wanted: wire_desk.SaveDraft) -> Call[wire_desk.LetterDraft]:
    """Kept, durably. A new one is not sent twice by itself: it would be two."""
    return _sent("PUT", "/v1/drafts", wanted, wire_desk.LetterDraft, again=bool(wanted.id))


def delete_draft(number: int) -> Call[wire_desk.LetterDraft]:
    return _dropped(f"/v1/drafts/{number}", wire_desk.LetterDraft)


def groups() -> Call[wire_desk.Groups]:
    return get("/v1/groups", wire_desk.Groups)


def group(name: str) -> Call[wire_desk.Members]:
    """The agencies that are meant today."""
    return get(f"/v1/groups/{quote(name, safe='')}", wire_desk.Members)


def put_group(wanted: wire_desk.Group) -> Call[wire_desk.Members]:
    return _sent("PUT", "/v1/groups", wanted, wire_desk.Members)


def delete_group(name: str) -> Call[wire_desk.GroupLine]:
    return _dropped(f"/v1/groups/{quote(name, safe='')}", wire_desk.GroupLine)


def add_direction(wanted: wire_desk.NewDirection) -> Call[wire_desk.Direction]:
    return _sent("POST", "/v1/directions", wanted, wire_desk.Direction, again=False)


def directions(document: str = "", text: str = "", due_until: str = "", cursor: str = "") -> Call[wire_desk.Directions]:
    return get("/v1/directions", wire_desk.Directions, document=document, text=text, due_until=due_until, cursor=cursor)


def add_correction(wanted: wire_desk.NewCorrection) -> Call[wire_desk.Correction]:
    return _sent("POST", "/v1/corrections", wanted, wire_desk.Correction, again=False)


def corrections(cursor: str = "") -> Call[wire_desk.Corrections]:
    return get("/v1/corrections", wire_desk.Corrections, cursor=cursor)
