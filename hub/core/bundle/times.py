"""Steps 8 and 9 of an audit: the parties beside the log that vouch for the time.

Step 8. For each evidence whose issuer names a seal certificate, the checkpoint of its first receipt is sealed by that
certificate (`seal`), which was good then, and not before the event. So a seal says of each event: the hub, by a
certificate that the law knows, at that time. The newest checkpoint's seal is checked alike where it is there.

Step 9. Each time stamp is over a checkpoint of the bundle (`timestamp`), by a certificate good at the token's time, and
its leaf lies under the newest checkpoint. No evidence under the checkpoint claims a time after the token's: the hub's
clock was not ahead. A checkpoint is consistent with the newest (step 2), so every leaf of a smaller number existed
then.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core.bundle.contents import Bundle, numbered
from hub.core.bundle.log import Entry, History, included
from hub.core.bundle.signatures import Credentials
from hub.core.errors import ProofInvalid
from hub.core.evidence import receipt
from hub.core.evidence.format import Kind
from hub.core.log import seal, timestamp
from hub.core.log.keys import Checkpoint
from hub.core.log.policy import Policy
from hub.core.log.timestamp import Stamp
from hub.core.model import Millis, iso_utc
from hub.core.signature import jws

LEEWAY: Final = 60_000
"""ms by which the hub's clock may be ahead of the time-stamp authority's."""


class Seals(msgspec.Struct, frozen=True):
    """`sealed`: events whose checkpoint is sealed, of `total`. `at`: of the newest seal; 0 where there is none."""

    sealed: int
    total: int
    at: Millis


class Stamped(msgspec.Struct, frozen=True):
    """A time stamp over the checkpoint of `size` leaves."""

    size: int
    stamp: Stamp


def seals(bundle: Bundle, proved: History, entries: Sequence[Entry], trusted: Credentials) -> Seals:
    """Step 8. ProofInvalid or SignatureRefusal if it fails."""
    hubs = {_issuer(entry) for entry in entries} - {""}
    due = {entry.first.size: entry for entry in entries if _issuer(entry)}
    sizes = set(bundle.numbers("seals", "jws"))
    if missing := due.keys() - sizes:
        raise ProofInvalid(expected=f"a seal over the checkpoint of {min(missing)} leaves", found="none")
    newest = Millis(0)
    for size in sorted(sizes):
        at = _sealed(bundle, proved, size, {_issuer(due[size])} if size in due else hubs, trusted)
        if size in due and at < due[size].evidence.at:
            raise ProofInvalid(expected=f"a seal not before {due[size].evidence.event_time}", found=iso_utc(at))
        newest = max(newest, at)
    return Seals(sum(bool(_issuer(entry)) for entry in entries), len(entries), newest)


def _issuer(entry: Entry) -> str:
    return entry.evidence.issuer.certificate_digest.removeprefix("sha-256:")


def _sealed(bundle: Bundle, proved: History, size: int, hubs: set[str], trusted: Credentials) -> Millis:
    token = bundle.need(numbered("seals", size, "jws")).decode("ascii", "replace")
    kid = jws.unverified_kid(token)
    certificate = trusted.certificates.get(kid)
    if certificate is None or kid not in hubs:
        raise ProofInvalid(expected="a certificate that evidence names as the hub's", found=kid)
    at = seal.verify(token, certificate, _checkpoint(proved, size))
    trusted.archive.signer([certificate.public_bytes(Encoding.DER)], at)
    return at


def stamps(
    bundle: Bundle,
    proved: History,
    entries: Sequence[Entry],
    trusted: Credentials,
    policy: Policy,
    at: Millis | None,
) -> tuple[Stamped, ...]:
    """Step 9, by size. ProofInvalid if it fails; empty where there is none."""
    found = []
    newest: Entry | None = None
    following = 0
    for size in bundle.numbers("timestamps", "tst"):
        while following < len(entries) and entries[following].leaf < size:  # both by leaf
            entry, following = entries[following], following + 1
            if newest is None or entry.evidence.at > newest.evidence.at:
                newest = entry
        token = bundle.need(numbered("timestamps", size, "tst"))
        stamp = timestamp.verify(token, sha256(_checkpoint(proved, size).text).digest(), trusted.archive)
        _check_leaf(bundle, proved, size, token, policy, at)
        if newest is not None and newest.evidence.at > stamp.at + LEEWAY:
            expected = f"events until {iso_utc(stamp.at)}, when leaf {size - 1} was there"
            raise ProofInvalid(expected=expected, found=f"leaf {newest.leaf} at {newest.evidence.event_time}")
        found.append(Stamped(size, stamp))
    if set(bundle.numbers("timestamps", "tlog-proof")) - {one.size for one in found}:
        raise ProofInvalid(expected="a token with each proof", found="none")
    return tuple(found)


def _check_leaf(bundle: Bundle, proved: History, size: int, token: bytes, policy: Policy, at: Millis | None) -> None:
    """The token's own leaf, where it lies under the newest checkpoint: it may be younger than the one cosigned."""
    proof = bundle.members.get(numbered("timestamps", size, "tlog-proof"))
    if proof is not None:
        included(proof, receipt.parse(proof).index, Kind.TIMESTAMP, token, proved, policy, at)


def _checkpoint(proved: History, size: int) -> Checkpoint:
    checkpoint = proved.checkpoints.get(size)
    if checkpoint is None:
        raise ProofInvalid(expected=f"the checkpoint of {size} leaves", found="no such member")
    return checkpoint
