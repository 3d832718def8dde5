"""Operators and auditors: the names in the folder of keys, held against the log.

A person with a certificate in `hub/` of the profile is appointed, one without any more is dismissed, and both are said
in the log. A dismissal counts at once, an appointment when it is on record. That a certificate is good now (path to the
anchors, dates, use, lists) the door asks at every call, as it does of agencies.

State the operators and auditors of the axis from now on: see `hub.core.evidence.appointments`.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Final

import msgspec
import structlog

from hub.core.errors import AxisError, SignatureRefusal
from hub.core.evidence.appointments import (
    TYPE,
    Appointments,
    Holder,
    Standing,
    Step,
    after,
    decode,
    encode,
    is_one,
    steps,
)
from hub.core.evidence.format import Kind, encode_nonce
from hub.core.model import iso_utc
from hub.exchange import Exchange
from hub.http.callers import Authenticator
from hub.http.principals import Principals
from hub.pki.profile import Profile
from hub.record.evidence_writer import EvidenceWriter
from hub.store import X509Row

EVENT = "Appointments"


class Appoint(msgspec.Struct, frozen=True):
    """`certificates`: those that were appointed, kept for readers of later years."""

    changes: tuple[Step, ...]
    certificates: tuple[bytes, ...]

    def run(self, writer: EvidenceWriter) -> tuple[int, tuple[int, ...]]:
        rows = [X509Row(sha256(der).hexdigest(), "certificate", der, writer.at) for der in self.certificates]
        writer.tx.keep_x509(rows)
        nonce = encode_nonce(writer.random(16))
        said = Appointments(type=TYPE, changes=self.changes, time=iso_utc(writer.at), nonce=nonce)
        return len(self.changes), (writer.leaf(Kind.STATEMENT, encode(said), event=EVENT).leaf,)


log = structlog.get_logger("appointments")
_PAGE: Final = 256


def of_profile(profile: Profile) -> Principals:
    """Whom the folder names. PkiError where a certificate cannot be read."""
    return Principals({
        sha256(der).hexdigest(): (Holder("operator" if who.startswith("operator") else "auditor", who), der)
        for who, der in profile.appointed()
    })  # fmt: skip


async def keep(exchange: Exchange, door: Authenticator, profile: Profile) -> None:
    """Take the folder's word, and put its news on record."""
    named = await asyncio.to_thread(of_profile, profile)
    door.principals = door.principals.among(named.standing)
    standing = await said(exchange)
    if changes := steps(standing, named.standing):
        new = tuple(named.held[step.digest][1] for step in changes if step.change == "appointed")
        try:
            await exchange.sequencer.submit(Appoint(changes, new), receipts=False)
            standing = named.standing
            log.info("appointments", changes=[f"{step.change} {step.who}" for step in changes])
        except AxisError as error:  # a hub that may not record goes on with those whom the log names already
            log.warning("appointments-not-recorded", code=error.code, found=error.found[:200])
    principals = named.among(standing)
    if principals != door.principals:
        door.principals = principals
        _warn(exchange, principals)


async def said(exchange: Exchange) -> Standing:
    """The holders of a role, by the log."""
    standing: Standing = {}
    start = 0
    while rows := await exchange.store.leaves_of_kind(Kind.STATEMENT, start, _PAGE):
        for row in rows:
            if is_one(row.object):
                standing = after(standing, decode(row.object))
        start = rows[-1].number + 1
    return standing


def _warn(exchange: Exchange, named: Principals) -> None:
    """At the start rather than at the first call: an operator that cannot come in has to be told why."""
    for holder, der in named.held.values():
        try:
            exchange.anchors.signer([der], exchange.clock())
        except SignatureRefusal as error:
            log.warning("principal-not-good", who=holder.who, code=error.code, found=error.found[:200])
