"""The signers, held against the directory in the log: all that evidence itself tells of signatures, without the bytes.

1. A party's own act names the object that it signed, or why it did not; never nothing, never somebody else's.
2. Certificate and agency of each signature belong together by the directory of then; no certificate is the hub's seal.
3. An agency that signs for another (centre, successor) acts for it by a leaf before. A delegation that was used and
   stood for days only is told when it ends: so looks one that was made for one signature. One that stood for longer is
   told where it was used within some days only and nothing takes its place by the same act: neither another delegation
   nor a new certificate of the agency. A succession that is used on its first day is none of these, for the ended
   agency does not come back. A certificate that was registered, used and
   withdrawn within some hours is told as well, unless one that was never seen before takes its place at the same time:
   so looks a renewal.
4. One status serves once, and one document's signature proves one document.
5. Evidence of the present rules (`x-rules`) is never followed by evidence of earlier ones.

NOT checked, for the bytes are not here: the signatures themselves (`truc evidence verify`, `truc fsck`).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

import msgspec

from hub.core.audit.findings import Findings, What
from hub.core.directory.delegation import Delegation, Delegations, Held
from hub.core.directory.log import CertificateChange, Change, DelegationsChange
from hub.core.evidence import countersign
from hub.core.evidence.countersign import FORWARDED, Standing
from hub.core.evidence.format import Event, Evidence
from hub.core.model import Millis, from_iso_utc, iso_utc
from hub.core.strict import decode_base64, encode_base64

BRIEF: Final = 72 * 3_600_000
"""ms: for less a certificate does not stand, a delegation not for less than ten times as much."""
_STOOD: Final = 10
_LEEWAY: Final = 60_000
"""ms between an examination and its record."""
_YOUNG: Final = 65_536


class Once:
    """Digests that were seen, eight bytes of each: 10 million take 80 MB. Two that agree in these are taken for one,
    once in 10^5 such logs."""

    def __init__(self, saved: str = "") -> None:
        self._old: array[int] = array("Q", decode_base64(saved, "digests") if saved else b"")
        self._young: set[int] = set()

    def add(self, digest: str) -> bool:
        """False where it was there already. `digest`: `sha-256:` and hex."""
        mark = int(digest.removeprefix("sha-256:")[:16], 16)
        at = bisect_left(self._old, mark)
        if mark in self._young or (at < len(self._old) and self._old[at] == mark):
            return False
        self._young.add(mark)
        if len(self._young) > _YOUNG:
            self._settle()
        return True

    def _settle(self) -> None:
        self._old = array("Q", sorted([*self._old, *self._young]))
        self._young.clear()

    def save(self) -> str:
        self._settle()
        return encode_base64(self._old.tobytes())


class Bound(msgspec.Struct, array_like=True):
    """A certificate of an agency: bound from `since` until before `until` (0: open), by a leaf of the time `added`;
    last used at `used`."""

    since: int
    until: int
    added: int
    used: int = 0


class SignersState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The next audit continues from these. `bound`: agency → certificate. `acting`: with each delegation the members of
    `Held`; a state of an earlier version does not have the last."""

    bound: dict[str, dict[str, Bound]] = {}
    acting: tuple[tuple[Delegation, tuple[int, ...]], ...] = ()
    issuers: tuple[str, ...] = ()
    rules: bool = False
    statuses: str = ""
    proofs: str = ""


class Signers:
    """Fed with all changes of the directory and all evidence in the order of the log. A state of an audit that did not
    know these rules says nothing of the directory before: then rules 2 and 3 are not asked."""

    def __init__(self, findings: Findings, brief: int, saved: SignersState | None, *, whole: bool) -> None:
        self._findings = findings
        self._brief = brief
        self._known = whole or saved is not None
        state = saved or SignersState()
        self._bound = {agency: dict(mine) for agency, mine in state.bound.items()}
        self._acting = Delegations((one, _held(*held)) for one, held in state.acting)
        self._issuers = set(state.issuers)
        self._rules = state.rules
        self._statuses, self._proofs = Once(state.statuses), Once(state.proofs)
        self._changing = ""
        self._new: set[str] = set()
        self._began: set[str] = set()
        self._brief_ones: list[tuple[str, int, str, str]] = []
        self._seldom_ones: list[tuple[str, int, str, str]] = []

    # the directory

    def changed(self, leaf: int, change: Change) -> None:
        if change.time != self._changing:  # the changes of one act have one time
            self._settle(change.time)
        if isinstance(change, CertificateChange):
            self._certificate(leaf, change)
        elif isinstance(change, DelegationsChange):
            self._delegations(leaf, change)

    def _delegations(self, leaf: int, change: DelegationsChange) -> None:
        at = from_iso_utc(change.time)
        if change.change == "began":
            self._began |= {one.agency for one in change.delegations}
        for one, held in self._acting.apply(leaf, change):
            subject = f"a delegation of leaf {held.leaf}"
            found = f"began {iso_utc(Millis(held.began))}, used {iso_utc(Millis(held.used))}, ended {change.time}"
            if held.used and at - held.began < _STOOD * self._brief:
                self._tell_brief(leaf, subject, found, _STOOD * self._brief)
            elif held.used and held.used - held.first < self._brief:
                self._seldom_ones.append((one.agency, leaf, subject, found))

    def _certificate(self, leaf: int, change: CertificateChange) -> None:
        if change.change != "withdrawn" and change.certificate in self._issuers:
            self._findings.add(What.SIGNER_IS_HUB, leaf, subject=change.agency, found=change.certificate)
        at = from_iso_utc(change.time)
        until = from_iso_utc(change.until) if change.until else at if change.change == "withdrawn" else 0
        since = from_iso_utc(change.since) if change.since else 0
        mine = self._bound.setdefault(change.agency, {})
        before = mine.get(change.certificate)
        added, used = (before.added, before.used) if before is not None else (at, 0)
        mine[change.certificate] = Bound(since, until, added, used)
        if before is None and change.change == "added":
            self._new.add(change.agency)
        if until and used and until - added < self._brief:
            found = f"added {iso_utc(Millis(added))}, used {iso_utc(Millis(used))}, withdrawn {change.time}"
            self._brief_ones.append((change.agency, leaf, change.certificate, found))

    def _settle(self, time: str = "") -> None:
        """All leaves of an act that changed the directory were seen: certificates that did not stand long are told, of
        agencies that have no new one by the same act, and delegations that were used for days only, of those that have
        no new delegation either. A certificate that came back is not new."""
        for agency, leaf, certificate, found in self._brief_ones:
            if agency not in self._new:
                self._tell_brief(leaf, f"{agency} {certificate}", found, self._brief)
        for agency, leaf, subject, found in self._seldom_ones:
            if agency not in self._new | self._began:
                self._tell_brief(leaf, subject, found, self._brief)
        self._changing, self._brief_ones, self._seldom_ones = time, [], []
        self._new.clear()
        self._began.clear()

    def _tell_brief(self, leaf: int, subject: str, found: str, least: int) -> None:
        expected = f"more than {least // 3_600_000} h"
        self._findings.add(What.DELEGATION_BRIEF, leaf, subject=subject, expected=expected, found=found)

    # evidence

    def evidence(self, leaf: int, read: Evidence) -> None:
        self._issuers |= {read.issuer.certificate_digest} - {""}
        if read.event is Event.SUBMISSION_ACCEPTANCE:
            self._accepted(leaf, read)
        self._forwarded(leaf, read)
        said, counter = countersign.standing(read), read.counter
        if said.standing in (Standing.MISSING, Standing.FOREIGN):
            due = ", ".join(countersign.due_from(read)) or "nobody"
            self._findings.add(
                What.COUNTER_MISSING, leaf, subject=read.event.short, expected=due, found=said.standing.value
            )
        if counter is None or not counter.digest:
            return
        if read.status is not None and not self._statuses.add(counter.digest):
            self._findings.add(What.STATUS_TWICE, leaf, subject=read.event.short, found=counter.digest)
        if counter.certificate:
            self._signed(leaf, read, counter.signer, counter.certificate, read.at)
            # In the place of one that has ended its successor signs, which `_forwarded` has looked at, or its centre.
            self._on_behalf(leaf, countersign.successor(read, counter.by) or counter.by, counter.signer, read.at)
        elif self._rules:
            self._findings.add(What.RULES_DROPPED, leaf, expected="signer and certificate", found="none")

    def _accepted(self, leaf: int, read: Evidence) -> None:
        mark = read.signature
        if self._rules and not read.rules:
            self._findings.add(What.RULES_DROPPED, leaf, expected="x-rules", found="none")
        self._rules = self._rules or read.rules > 0
        if mark is None or mark.verdict != "VALID" or read.sender is None:
            return
        if read.rules and not mark.proof:
            self._findings.add(What.RULES_DROPPED, leaf, expected="a proof of the signature", found="none")
        if mark.proof and not self._proofs.add(mark.proof):
            self._findings.add(What.PROOF_TWICE, leaf, subject=read.message, found=mark.proof)
        at = from_iso_utc(read.submission_time or read.event_time)
        self._signed(leaf, read, read.sender.identifier, mark.certificate, at)

    def _signed(self, leaf: int, read: Evidence, agency: str, certificate: str, at: Millis) -> None:
        if certificate in self._issuers:
            self._findings.add(What.SIGNER_IS_HUB, leaf, subject=agency, found=certificate)
        bound = self._bound.get(agency, {}).get(certificate)
        if bound is not None and bound.since <= at and (not bound.until or at < bound.until + _LEEWAY):
            bound.used = max(bound.used, at)
        elif self._known:
            expected = f"a certificate bound to {agency} at {iso_utc(at)}"
            self._findings.add(
                What.SIGNER_UNBOUND, leaf, subject=read.event.short, expected=expected, found=certificate
            )

    def _on_behalf(self, leaf: int, by: str, signer: str, at: Millis) -> None:
        if signer != by:
            held = self._acting.centre(by, signer)
            self._relied(leaf, f"{signer} for {by}", [held] if held is not None else [], at)

    def _forwarded(self, leaf: int, read: Evidence) -> None:
        """A successor acts when something is done in the ended one's place; the acceptance names both in advance."""
        for reason in read.reasons:
            ended, _, successor = reason.details.partition(" ")
            if reason.code == FORWARDED and read.event is not Event.SUBMISSION_ACCEPTANCE:
                self._relied(leaf, f"{successor} for {ended}", self._acting.successors(ended, successor), read.at)

    def _relied(self, leaf: int, subject: str, line: Iterable[Held], at: Millis) -> None:
        held = list(line)
        if not held and self._known:
            self._findings.add(What.DELEGATION_MISSING, leaf, subject=subject, expected="a leaf before", found="none")
        for one in held:
            one.used, one.first = max(one.used, at), min(one.first or at, at)

    def finish(self) -> None:
        self._settle()

    def save(self) -> SignersState:
        return SignersState(
            bound={agency: mine for agency, mine in sorted(self._bound.items()) if mine},
            acting=tuple((one, (held.leaf, held.began, held.used, held.first)) for one, held in self._acting.items()),
            issuers=tuple(sorted(self._issuers)),
            rules=self._rules,
            statuses=self._statuses.save(),
            proofs=self._proofs.save(),
        )


def _held(leaf: int, began: int, used: int, first: int = 0) -> Held:
    """Of an earlier version's state, which does not tell the first use: from its beginning on."""
    return Held(leaf, began, used, first or (began if used else 0))
