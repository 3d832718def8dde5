"""Whether a message may be recorded, as far as bytes, directory and anchors tell: all checks in their order.

    bytes ─ edxml.checked ─► claimed: every finding at once
          ─ sending ───────► the agency in whose name the caller sends
          ─ trust.admit ───► verified, or under that agency's policy recorded with its own verdict
          ─ secrecy ───────► no mark of secrecy
          ─ route ─────────► the places that a document goes to

Until `trust.admit` everything is claimed; later parts are read from the verified document.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from hub.core import edxml
from hub.core.directory.routing import Directory, Route, route, sending
from hub.core.edxml import Document, Message, Summary
from hub.core.edxml.detail import Notable, encode, notable
from hub.core.errors import Finding, XmlTooComplex
from hub.core.model import Business, Millis, vietnam_date
from hub.core.signature import trust
from hub.core.signature.anchors import Anchors
from hub.core.signature.trust import SignatureReport


class Genuine(NamedTuple):
    """`sender`: its code in the directory; `notices`: which rules it breaks, harmlessly; `detail`: for registers
    (`edxml.told_of`); `notable`: what it may have to be read for again; `route`: None for a status; `on`: the day in
    Vietnam by which it was judged."""

    message: Message
    summary: Summary
    sender: str
    signature: SignatureReport
    notices: list[Finding]
    detail: bytes
    notable: tuple[Notable, ...]
    route: Route | None
    on: date


def admitted(
    data: bytes, sha256: str, caller: str, directory: Directory, anchors: Anchors, at: Millis, most_recipients: int
) -> Genuine:
    """The messages that a caller, by its agency's code, may have recorded. Refusals: Format, Signature, Routing,
    SenderNotAllowed, each with its code; XmlTooComplex for more recipients than `most_recipients`."""
    on = vietnam_date(at)
    claimed, notices = edxml.checked(data, sha256, on)
    sender = sending(directory, caller, claimed.claimed_sender)
    taken = trust.admit(claimed, sender, anchors, at)
    edxml.check_not_secret(claimed)
    message = taken.message
    way = None
    if isinstance(message, Document):
        asked = _asked(message)
        if len(asked) > most_recipients:
            raise XmlTooComplex(expected=f"at most {most_recipients} recipients", found=str(len(asked)))
        way = route(directory, sender.code, asked, on)
    told = edxml.detail_of(message, claimed, taken.signature.certificate_sha256, notices)
    summary = edxml.summary_of(message, sha256)
    return Genuine(
        message, summary, sender.code, taken.signature, notices, encode(told), notable(told), route=way, on=on
    )


def _asked(document: Document) -> list[str]:
    """The codes to which it goes: its own recipients, and those that an update adds."""
    asked = [organ.organ_id for organ in document.recipients]
    info = document.business
    if document.business_type is Business.UPDATE and info is not None:
        asked += [receiver.organ_id for receiver in info.receivers if receiver.added]
    return asked
