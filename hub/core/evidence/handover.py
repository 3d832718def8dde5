"""An acknowledgement held against the directory: whether one of those signed it that may, and which of them."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from hub.core.directory.keys import keys_of
from hub.core.directory.routing import Acting
from hub.core.directory.snapshot import Directory
from hub.core.errors import AcknowledgementRefusal
from hub.core.evidence import acknowledgement
from hub.core.evidence.events import Event
from hub.core.ids import number_or_0
from hub.core.model import Millis
from hub.core.signature import jws
from hub.core.signature.anchors import Anchors


class SignedItem(NamedTuple):
    """`message`: its identifier; `sha256`: hex, of the bytes that came; `event`: the evidence that it becomes;
    `number`: the message's, 0 where its identifier is none of ours."""

    message: str
    sha256: str
    event: Event
    number: int


class Signed(NamedTuple):
    """`digest`: SHA-256 (hex) of the token; `signer`: the agency whose `certificate` (SHA-256, hex) made it."""

    items: tuple[SignedItem, ...]
    digest: str
    signer: str
    certificate: str


def verified(token: str, caller: str, acting: Acting, directory: Directory, anchors: Anchors, at: Millis) -> Signed:
    """The signed word of the recipient that the caller stands for: by its own key, by its heir's, or by the caller's,
    each as registered and good at `at`. AcknowledgementRefusal otherwise."""
    agency = acting.agency
    parties = (agency.code, acting.heir, caller)
    signed = acknowledgement.verify(token, keys_of(directory, anchors, parties, at))
    if signed.recipient != agency.code:
        raise AcknowledgementRefusal(expected=f"recipient {agency.code}", found=signed.recipient)
    kid = jws.unverified_kid(token)  # of the key that has just verified it
    return Signed(
        tuple(
            SignedItem(item.message_id, item.sha256, item.event.event, number_or_0(item.message_id))
            for item in signed.items
        ),
        sha256(token.encode()).hexdigest(),
        next((one for one in parties if _holds(directory, one, kid)), caller),
        kid,
    )


def _holds(directory: Directory, code: str, certificate: str) -> bool:
    agency = directory.get(code)
    return agency is not None and any(c.sha256 == certificate for c in agency.certificates)
