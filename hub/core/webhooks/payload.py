"""The content of a webhook: its type, its time, and identifiers. No subject, no name, no content: a receiver that wants
those asks for them with a token of its own, and is told as much as it may know at that time.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hub.core.evidence.happenings import Happening
from hub.core.evidence.kinds import BY_WHAT, CHALLENGE
from hub.core.model import Millis, iso_utc
from hub.core.wire import Wire

MOST_ANSWER: Final = 1_024
"""Bytes of an answer that are read, to a challenge alone."""


class HookData(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The subject of a webhook. `agency`: whose event it is; `document`: of the message; `recipient`: with it, which
    delivery; `event`: as the event stream numbers it, from which leaf; `certificate` (SHA-256) and `expires` of one
    that ends soon; `webhook` and `challenge` of a challenge. Of a matter told to the operator: `reference`, `alert` its
    code (`hub.core.alerts`), `state` raised, repeated or over, `since` when it is so, `agencies` the first of those
    that it is about, `vi` and `en` the matter in words, `do_vi` and `do_en` the next step."""

    agency: str = ""
    document: str = ""
    recipient: str = ""
    event: str = ""
    leaf: int = 0
    certificate: str = ""
    expires: str = ""
    webhook: str = ""
    challenge: str = ""
    reference: str = ""
    alert: str = ""
    severity: str = ""
    state: str = ""
    since: str = ""
    agencies: tuple[str, ...] = ()
    vi: str = ""
    en: str = ""
    do_vi: str = ""
    do_en: str = ""


class HookPayload(Wire, frozen=True, kw_only=True):
    """The body of every webhook. `timestamp`: when it happened; when it was sent, the header tells."""

    type: str
    timestamp: str
    data: HookData


class Notice(msgspec.Struct, frozen=True):
    """One webhook to be sent: `id` is the same at every try, so a receiver that has seen it knows it again."""

    id: str
    type: str
    body: bytes
    leaf: int = -1


def notice(identifier: str, kind: str, at: Millis, data: HookData, leaf: int = -1) -> Notice:
    body = msgspec.json.encode(HookPayload(type=kind, timestamp=iso_utc(at), data=data))
    return Notice(identifier, kind, body, leaf)


def of_happening(happening: Happening, at: Millis, recipient: str) -> Notice:
    """`at`: when the leaf says that it happened; `recipient`: of the delivery, empty where it concerns several."""
    h = happening
    data = HookData(agency=h.agency, document=h.message, recipient=recipient, event=h.id, leaf=h.leaf)
    return notice(identifier_of(h), BY_WHAT[h.what].type, at, data, h.leaf)


def identifier_of(happening: Happening) -> str:
    h = happening
    return f"evt_{h.leaf}_{h.part}_{h.mark}_{h.agency.replace('.', '-')}"


def challenge(identifier: str, webhook: str, text: str, at: Millis) -> Notice:
    return notice(identifier, CHALLENGE, at, HookData(webhook=webhook, challenge=text))


def answers(body: bytes, text: str) -> bool:
    """Whether an answer repeats the challenge: alone, or as the member `challenge` of a JSON object."""
    said = body[:MOST_ANSWER].strip()
    if said == text.encode():
        return True
    try:
        told = msgspec.json.decode(said, type=dict[str, object])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return told.get("challenge") == text
