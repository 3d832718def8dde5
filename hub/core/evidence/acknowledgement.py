"""A recipient's signed word: that it holds these messages, with these digests.

The rule: one JWS of the recipient's own key covers a batch of 1 to 1000 items, each the identifier of a
message, the SHA-256 of the bytes that came, and its outcome. The hub writes the digest of the whole
token into the evidence, so it cannot invent a delivery. No message stands twice in one acknowledgement. The token is
kept and hashed as it came, so its JSON may be spelled in any way; unknown members and members that stand twice are
refused, for a signed text must be understood whole and by everybody alike.

Whether the digests are those consigned, and whether the signer may speak for `recipient`, the caller decides:
it hands in the keys registered for that agency and compares.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from hub.core import canonical
from hub.core.errors import AcknowledgementRefusal, ProofInvalid
from hub.core.evidence.events import Event
from hub.core.model import Millis, from_iso_utc, iso_utc
from hub.core.signature import jws

TYPE: Final = "truc-acknowledgement/1"
"""`typ` of the token; the payload carries the same as `type`."""

MAX_ITEMS: Final = 1000
_URN: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Outcome(StrEnum):
    """The outcome of a message at its recipient."""

    CONTENT_HANDOVER = "ContentHandover"
    CONTENT_REJECTED = "ContentRejected"  # the digest or the format is bad at the recipient

    @property
    def event(self) -> Event:
        """The evidence that the hub leaves of it."""
        return _EVENTS[self]


_EVENTS: Final = {
    Outcome.CONTENT_HANDOVER: Event.CONTENT_HANDOVER,
    Outcome.CONTENT_REJECTED: Event.CONSIGNMENT_REJECTION,
}


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"message_id": "messageId"}):
    """`message_id`: `urn:uuid:…`; `sha256`: lower-case hex, of the bytes that came."""

    message_id: str
    sha256: str
    event: Outcome


class _Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=TYPE):
    recipient: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    time: str
    items: Annotated[tuple[Item, ...], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]


class Acknowledgement(msgspec.Struct, frozen=True):
    """`recipient`: agency code; `time`: when the recipient says so."""

    recipient: str
    time: Millis
    items: tuple[Item, ...]


_decoder: Final = msgspec.json.Decoder(_Payload)


def encode(acknowledgement: Acknowledgement) -> bytes:
    """The canonical payload. AcknowledgementRefusal if a rule of this module is broken."""
    time = iso_utc(acknowledgement.time)
    payload = canonical.encode(_Payload(acknowledgement.recipient, time, acknowledgement.items))
    decode(payload)
    return payload


def decode(payload: bytes) -> Acknowledgement:
    """From a payload that was verified. AcknowledgementRefusal unless it keeps the rules."""
    try:
        read = canonical.decode_any(payload, _decoder, "an acknowledgement")
    except ProofInvalid as error:
        raise _refusal(error) from None
    for item in read.items:
        if not _URN.fullmatch(item.message_id):
            raise AcknowledgementRefusal(expected="messageId as urn:uuid:…", found=item.message_id[:80])
        if not _SHA256.fullmatch(item.sha256):
            raise AcknowledgementRefusal(expected="sha256: 64 hex digits, lower case", found=item.sha256[:80])
    if len({item.message_id for item in read.items}) != len(read.items):
        raise AcknowledgementRefusal(expected="each message once", found="one of them twice")
    return Acknowledgement(read.recipient, _read_time(read.time), read.items)


def sign(acknowledgement: Acknowledgement, key: jws.PrivateKey, kid: str) -> str:
    """The token that a recipient sends."""
    return jws.sign(encode(acknowledgement), key, kid, TYPE)


def verify(token: str, keys: Mapping[str, jws.KeySource]) -> Acknowledgement:
    """The acknowledgement under a signature of one of `keys`. AcknowledgementRefusal otherwise."""
    try:
        payload = jws.verify(token, keys, TYPE)
    except ProofInvalid as error:
        raise _refusal(error) from None
    return decode(payload)


def _read_time(text: str) -> Millis:
    """RFC 3339 with any offset and up to nine digits of a second, as libraries write it: `java.time` leaves zeros out,
    Python writes six digits and `+00:00`. Parts of a millisecond are dropped."""
    found = _TIME.fullmatch(text)
    if found is not None:
        with suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(f"{found[1]}{found[3] or ''}")
            whole = (moment - _EPOCH) // timedelta(seconds=1)
            return from_iso_utc(iso_utc(Millis(whole * 1000 + int((found[2] or "0").ljust(3, "0")[:3]))))
    raise AcknowledgementRefusal(expected="an RFC 3339 time, 2026-11-22T08:00:00.123Z", found=text[:80])


def _refusal(error: ProofInvalid) -> AcknowledgementRefusal:
    return AcknowledgementRefusal(expected=error.expected, found=error.found)
