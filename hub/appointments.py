"""Operators and auditors: whom the folder of keys names, held against what the log says of them.

Whoever has a certificate in `hub/` of the profile is appointed, whoever has none any more is dismissed, and both are
said in the log. A dismissal counts at once, an appointment when it is on record. That a certificate is good now (path
to the anchors, dates, use, lists) the door asks at every call, as it does of agencies.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Final

import structlog

from hub.acts.appoint import Appoint
from hub.api.door import Door, Principals
from hub.core.appointments import Holder, Standing, after, decode, is_one, steps
from hub.core.errors import AxisError, SignatureRefusal
from hub.core.evidence import Kind
from hub.exchange import Exchange
from hub.pki import Profile

log = structlog.get_logger("appointments")
_PAGE: Final = 256


def of_profile(profile: Profile) -> Principals:
    """Whom the folder names. PkiError where a certificate cannot be read."""
    return Principals({
        sha256(der).hexdigest(): (Holder("operator" if who.startswith("operator") else "auditor", who), der)
        for who, der in profile.appointed()
    })  # fmt: skip


async def keep(exchange: Exchange, door: Door, profile: Profile) -> None:
    """Take the folder's word, and put what is new on record."""
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
    """Who has a role, by the log."""
    standing: Standing = {}
    start = 0
    while rows := await exchange.store.leaves_of_kind(Kind.STATEMENT, start, _PAGE):
        for row in rows:
            if is_one(row.object):
                standing = after(standing, decode(row.object))
        start = rows[-1].number + 1
    return standing


def _warn(exchange: Exchange, named: Principals) -> None:
    """At the start rather than at the first call: an operator who cannot come in has to be told why."""
    for holder, der in named.held.values():
        try:
            exchange.anchors.signer([der], exchange.clock())
        except SignatureRefusal as error:
            log.warning("principal-not-good", who=holder.who, code=error.code, found=error.found[:200])
