"""Whose word a verdict is: the client examines a document's signature itself before it shows one or signs.

A hub may say VALID of anything. This side's own knowledge is the certificate authority's roots and revocation lists
(`Anchors`), perhaps the directory (`Directory`). With roots at hand:

1. The signature is verified as the hub does it (`hub.core.signature.trust`): content, path, dates, revocation, as of
now.
2. Whose certificate it is: this side's own directory says it, where there is one; else the certificate itself, where it
   names the sender's code; else, where it names no agency's, the hub's directory, which is then told (`bound_by: hub`):
   a State authority's roots prove that some agency signed, the hub says which.

Without roots nothing is known here: the verdict is the hub's word, and is labelled as that everywhere.

Not checked: the hub's words beside the document. A program that shows a document shows its own fields (`Judged`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from hub.core import edxml, wire
from hub.core.directory.routing import Directory
from hub.core.directory.wire import from_wire
from hub.core.errors import AxisError, Refusal, SignatureRefusal, Text
from hub.core.model import Agency, Millis, SignatureProfile
from hub.core.signature import foreign, trust, xmldsig
from hub.core.signature.anchors import Anchors

_ORGANIZATION: Final = x509.NameOID.ORGANIZATION_IDENTIFIER
_CODE: Final = re.compile(r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2,3}")
"""Of an agency, after QCVN 102."""

Entry = Callable[[str], Awaitable[wire.Agency | None]]
"""The hub's entry for a code."""


class By(StrEnum):
    """Whose word a verdict is."""

    HUB = "hub"
    CLIENT = "client"


class Bound(StrEnum):
    """The party that says whose certificate it is."""

    DIRECTORY = "directory"
    CERTIFICATE = "certificate"
    HUB = "hub"


_BY_HUB: Final = Text("theo lời Trục", "the hub's word")
_BOUND_BY_HUB: Final = Text("chủ chứng thư theo lời Trục", "whose certificate it is: the hub's word")


class Judged(msgspec.Struct, frozen=True, omit_defaults=True):
    """`verdict` is the hub's where `by` is hub, else found here; `hub` is then the hub's where it is another. `vi` and
    `en`: why it does not hold. `sender`, `code`, `subject` stand in the document, empty where it cannot be read."""

    verdict: str
    by: By
    bound_by: Bound | None = None
    hub: str = ""
    vi: str = ""
    en: str = ""
    sender: str = ""
    code: str = ""
    subject: str = ""

    @property
    def refuted(self) -> bool:
        """Whether roots were at hand and it does not hold against them: nobody should sign for it."""
        return self.by is By.CLIENT and self.verdict != "VALID"

    @property
    def label(self) -> Text:
        """The verdict as people are to read it."""
        said = self.verdict[:40]
        if self.by is By.HUB:
            return Text(f"{said} ({_BY_HUB.vi})", f"{said} ({_BY_HUB.en})")
        if self.bound_by is Bound.HUB:
            return Text(f"{said} ({_BOUND_BY_HUB.vi})", f"{said} ({_BOUND_BY_HUB.en})")
        if self.hub:
            other = self.hub[:40]
            return Text(f"{said} (Trục nói {other})", f"{said} (the hub says {other})")
        return Text(said, said)


class Judge:
    """This side's own knowledge. `directory` counts only beside `anchors`."""

    def __init__(self, anchors: Anchors | None = None, directory: Directory | None = None) -> None:
        self.anchors = anchors
        self._directory = directory
        self._entries: dict[str, Agency | None] = {}

    async def judge(self, content: bytes, hub: str, at: Millis, entry: Entry | None = None) -> Judged:
        """`hub`: the verdict that the hub named. `entry` is asked only where nothing else says whose certificate it
        is. Any bytes get a judgement; errors are those of `entry`."""
        judged = await asyncio.to_thread(self.alone, content, hub, at)
        if not judged.refuted or self._directory is not None or entry is None or not judged.sender:
            return judged
        if judged.sender not in self._entries:
            self._entries[judged.sender] = _agency(await entry(judged.sender))
        agency = self._entries[judged.sender]
        if agency is None or _names_another(content, judged.sender, agency.signature_profile):
            return judged
        again = await asyncio.to_thread(self._verified, content, hub, at, agency, Bound.HUB)
        return judged if again.refuted else again

    def alone(self, content: bytes, hub: str, at: Millis) -> Judged:
        """Without asking anybody."""
        try:
            sender = edxml.parse(content).claimed_sender
        except Refusal as refusal:
            if self.anchors is None:
                return Judged(hub, By.HUB)
            return _refuted(refusal, hub)
        if self.anchors is None:
            return _with_fields(Judged(hub, By.HUB), content)
        if self._directory is not None:
            return self._verified(content, hub, at, self._directory.get(sender), Bound.DIRECTORY)
        return self._verified(content, hub, at, None, Bound.CERTIFICATE)

    def _verified(self, content: bytes, hub: str, at: Millis, agency: Agency | None, bound: Bound) -> Judged:
        assert self.anchors is not None
        profile = agency.signature_profile if agency else SignatureProfile.STRICT
        try:
            claimed = edxml.parse(content)
            if bound is Bound.CERTIFICATE:
                registered = naming_the_sender(content, claimed.claimed_sender, profile)
            else:
                registered = agency.certificate_ids(at) if agency else frozenset()
            trust.verify(claimed, registered, self.anchors, at, profile)
        except Refusal as refusal:
            return _with_fields(_refuted(refusal, hub), content)
        judged = Judged("VALID", By.CLIENT, bound, hub if hub != "VALID" else "")
        return _with_fields(judged, content)


def naming_the_sender(data: bytes, sender: str, profile: SignatureProfile) -> frozenset[str]:
    """The first certificate, if it names the sender's code; `trust.verify` then proves that it signed."""
    digest, named = _certificate(data, profile)
    return frozenset({digest}) if sender in named else frozenset()


def _names_another(data: bytes, sender: str, profile: SignatureProfile) -> bool:
    """Whether the first certificate names codes of agencies, and not the sender's: no directory may bind it then."""
    codes = {name for name in _certificate(data, profile)[1] if _CODE.fullmatch(name)}
    return bool(codes) and sender not in codes and _CODE.fullmatch(sender) is not None


def _certificate(data: bytes, profile: SignatureProfile) -> tuple[str, frozenset[str]]:
    """Digest of the first certificate, and the organizations that it names."""
    try:
        claim = xmldsig.examine(edxml.parse(data).root, profile)
        first = foreign.certificate(claim.certificates[0])
        named = frozenset(str(a.value) for a in first.subject.get_attributes_for_oid(_ORGANIZATION))
    except (AxisError, ValueError):
        return "", frozenset()  # `verify` names any fault with the step
    return first.fingerprint(SHA256()).hex(), named


def _refuted(refusal: Refusal, hub: str) -> Judged:
    verdict = refusal.verdict.value if isinstance(refusal, SignatureRefusal) else refusal.code
    other = hub if hub != verdict else ""
    return Judged(verdict, By.CLIENT, hub=other, vi=refusal.vi, en=refusal.en)


def _with_fields(judged: Judged, content: bytes) -> Judged:
    try:
        claimed = edxml.parse(content)
        message = edxml.read(claimed)
    except Refusal:
        return judged
    subject, code = "", ""
    if isinstance(message, edxml.Document):
        subject, code = message.subject, message.code.text
    return msgspec.structs.replace(judged, sender=claimed.claimed_sender, code=code, subject=subject)


def _agency(record: wire.Agency | None) -> Agency | None:
    try:
        return from_wire(record) if record is not None else None
    except ValueError:
        return None  # no entry of a directory: it binds nothing
