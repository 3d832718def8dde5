"""The objects of a log, one after another, held against the log's promises.

1. An object is the one that its entry names.
2. Evidence is canonical, by this log, under an identifier of its own leaf, not earlier than the evidence before it.
3. Its anchor is a state of this very log, not younger than its leaf and not older than the anchor before.
4. `x-seq` counts each agency and direction without a gap and links to its previous.
5. Deliveries: see `deliveries`. Days: see `days`. The signers: see `signers`.
6. A reader under an auditor's name was appointed then, by the statements of the log: with a certificate by those of
   certificates (`appointments`), with a session by those of accounts (`account_roles`), once there are any. A session's
   look before that is counted (`UNPROVED`) and accuses nobody.

Not checked: signatures of documents and recipients themselves (the digests of both are in the evidence), time stamps
(their own verifier does).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import msgspec

from hub.core.audit.days import Days, DaysState
from hub.core.audit.deliveries import Deliveries, OpenDeliveries
from hub.core.audit.findings import Findings, What
from hub.core.audit.signers import BRIEF, Signers, SignersState
from hub.core.directory import log as directory_log
from hub.core.errors import ProofInvalid
from hub.core.evidence import account_roles, appointments, maintenance, pauses
from hub.core.evidence import format as evidence
from hub.core.evidence.format import ENTRY_SIZE, ENTRY_VERSION, Event, Evidence, Kind, Sequence
from hub.core.ids import number_of
from hub.core.model import Millis, iso_utc
from hub.core.strict import encode_base64

MOST_BEHIND: Final = 1 << 20
"""Leaves by which an anchor may be behind: the hashes since then are kept, 32 bytes each."""

AHEAD: Final = 300_000
"""ms by which evidence may be ahead of the auditor's clock."""

_KINDS: Final = frozenset(Kind)
_READING: Final = (Event.DOCUMENT_LOOKED_AT, Event.EVIDENCE_EXPORTED)
UNPROVED: Final = "looks-unproved"
"""Count of looks by an account that the record cannot prove to have been an auditor's: of earlier versions."""
Root = Callable[[int], bytes]
"""Size → root of the log at that size."""


class Link(msgspec.Struct, frozen=True, array_like=True):
    """Last number of a chain and the digest of its evidence."""

    n: int
    digest: str


class RecordState(msgspec.Struct, frozen=True):
    """The next audit continues from these: chains by agency and direction, anchor, time, days, open deliveries."""

    chains: dict[str, dict[str, Link]]
    anchor: int
    anchor_root: str
    time: int
    days: DaysState
    deliveries: OpenDeliveries
    auditors: list[str] | None = None
    signers: SignersState | None = None
    accounts: list[str] | None = None


class RecordCheck:
    """Fed with every entry and its object, in order. `root` must know every size above the anchor seen last."""

    def __init__(
        self,
        origin: str,
        root: Root,
        findings: Findings,
        grace: int,
        saved: RecordState | None = None,
        brief: int = BRIEF,
    ) -> None:
        self._origin = origin
        self._root = root
        self._findings = findings
        self._grace = grace
        self._chains: dict[tuple[str, str], Link] = {}
        self._time = saved.time if saved else 0
        self.anchor = saved.anchor if saved else 0
        self._anchor_root = saved.anchor_root if saved else ""
        self._days = Days(findings, saved.days if saved else None)
        self._deliveries = Deliveries(findings, grace, saved.deliveries if saved else None)
        self._appointed = appointments.Appointed(saved.auditors if saved else None)
        self._accounts = account_roles.Told(saved.accounts if saved else None)
        self._signers = Signers(findings, brief, saved.signers if saved else None, whole=saved is None)
        self.counts: Counter[str] = Counter()
        for agency, links in saved.chains.items() if saved else ():
            self._chains |= {(agency, direction): link for direction, link in links.items()}

    def feed(self, leaf: int, entry: bytes, content: bytes) -> None:
        if entry[2:] != sha256(content).digest():  # 1
            expected, found = entry[2:].hex(), sha256(content).hexdigest()
            self._findings.add(What.OBJECT_DIFFERS, leaf, expected=expected, found=found)
            return
        kind = entry[1]
        self.counts[Kind(kind).name.lower()] += 1
        if kind == Kind.EVIDENCE:
            self._evidence(leaf, content)
        elif kind == Kind.MANIFEST:
            self._days.manifest(leaf, content)
        elif kind == Kind.DIRECTORY:
            try:
                self._signers.changed(leaf, directory_log.decode(content))
            except ProofInvalid as error:
                self._findings.invalid(What.OBJECT_UNREADABLE, error, leaf)
        elif kind == Kind.STATEMENT:
            try:
                self._statement(content)
            except ProofInvalid as error:
                self._findings.invalid(What.OBJECT_UNREADABLE, error, leaf)

    def _statement(self, content: bytes) -> None:
        """Other types may come: nothing is said of them."""
        if pauses.is_one(content):
            pauses.decode(content)
        elif maintenance.is_one(content):
            maintenance.decode(content)
        elif appointments.is_one(content):
            self._appointed.said(appointments.decode(content))
        elif account_roles.is_one(content):
            self._accounts.said(account_roles.decode(content))

    def _evidence(self, leaf: int, content: bytes) -> None:
        try:
            read = evidence.decode(content)  # 2
        except ProofInvalid as error:
            self._findings.invalid(What.OBJECT_UNREADABLE, error, leaf)
            return
        self._identity(leaf, read)
        self._check_anchor(leaf, read.anchor)  # 3
        if read.sequence is None:
            self._findings.add(What.SEQUENCE_GAP, leaf, subject=read.event.short, expected="x-seq", found="none")
        else:
            self._sequence(leaf, read.sequence, content)  # 4
        self._deliveries.apply(leaf, read)  # 5
        self._signers.evidence(leaf, read)
        self._days.evidence(leaf, read)
        if read.event in _READING and read.sender is not None:  # 6
            self._read_by(leaf, read.sender)
        self.counts[read.event.short] += 1

    def _read_by(self, leaf: int, who: evidence.Party) -> None:
        if not self._accounts.is_account(who):
            fault, found = not self._appointed.may_read(who.certificate_digest), who.certificate_digest
        else:
            look = self._accounts.judged(who)
            fault, found = look is account_roles.Look.NO_AUDITOR, who.auth_method
            if look is account_roles.Look.UNPROVED:
                self.counts[UNPROVED] += 1
        if fault:
            self._findings.add(What.AUDITOR_NOT_APPOINTED, leaf, subject=who.identifier, found=found)

    def _identity(self, leaf: int, read: Evidence) -> None:
        if read.issuer.identifier != self._origin:
            self._findings.add(
                What.ISSUER_DIFFERS, leaf, expected=self._origin, found=read.issuer.identifier, subject=read.identifier
            )
        try:
            number = number_of(read.identifier)
        except ValueError:
            number = -1
        if number != leaf:
            self._findings.add(What.IDENTIFIER_DIFFERS, leaf, expected=f"one of leaf {leaf}", found=read.identifier)
        at = read.at
        if at < self._time:
            self._findings.add(What.TIME_RUNS_BACK, leaf, expected=iso_utc(Millis(self._time)), found=read.event_time)
        self._time = max(self._time, at)

    def _check_anchor(self, leaf: int, anchor: evidence.Anchor | None) -> None:
        if anchor is None:
            if self.anchor:
                self._findings.add(What.ANCHOR_DIFFERS, leaf, expected=f"of size {self.anchor} or more", found="none")
            return
        if anchor.size > leaf and anchor.origin == self._origin:
            self._findings.add(What.ANCHOR_TOO_YOUNG, leaf, expected=f"at most {leaf}", found=str(anchor.size))
            return
        if anchor.size < self.anchor or anchor.origin != self._origin:
            self._findings.add(
                What.ANCHOR_DIFFERS,
                leaf,
                expected=f"{self._origin} of size {self.anchor} or more",
                found=f"{anchor.origin} of size {anchor.size}",
            )
            return
        if anchor.size != self.anchor or not self._anchor_root:
            self.anchor, self._anchor_root = anchor.size, encode_base64(self._root(anchor.size))
        if anchor.root != self._anchor_root:
            self._findings.add(What.ANCHOR_DIFFERS, leaf, expected=self._anchor_root, found=anchor.root)

    def go_on(self, size: int) -> None:
        """The log has `size` leaves. Anchors that are too far behind are asked for no more: one that comes all the same
        is a finding."""
        if size - self.anchor > MOST_BEHIND:
            self.anchor, self._anchor_root = size - MOST_BEHIND // 2, ""

    def _sequence(self, leaf: int, sequence: Sequence, content: bytes) -> None:
        key = (sequence.agency, sequence.direction)
        before = self._chains.get(key, Link(0, ""))
        subject = f"{sequence.agency} {sequence.direction}"
        if sequence.n != before.n + 1:
            self._findings.add(
                What.SEQUENCE_GAP, leaf, subject=subject, expected=str(before.n + 1), found=str(sequence.n)
            )
        elif sequence.previous != before.digest:
            self._findings.add(
                What.SEQUENCE_CHAIN, leaf, subject=subject, expected=before.digest, found=sequence.previous
            )
        self._chains[key] = Link(sequence.n, evidence.digest_text(content))

    def finish(self, at: Millis | None) -> None:
        """`at`: the auditor's time; None where it has none of its own: then that of the newest evidence."""
        now = at if at is not None else Millis(self._time)
        if self._time > now + AHEAD:
            self._findings.add(What.TIME_AHEAD, expected=iso_utc(now), found=iso_utc(Millis(self._time)))
        self._deliveries.finish(now)
        self._signers.finish()
        self._days.finish(now, self._grace)
        self.counts.update(self._deliveries.counts)
        self.counts["agencies"] = len({agency for agency, _ in self._chains})

    def save(self) -> RecordState:
        chains: dict[str, dict[str, Link]] = {}
        for (agency, direction), link in self._chains.items():
            chains.setdefault(agency, {})[direction] = link
        return RecordState(
            chains=chains,
            anchor=self.anchor,
            anchor_root=self._anchor_root,
            time=self._time,
            days=self._days.save(),
            deliveries=self._deliveries.save(),
            auditors=self._appointed.save(),
            signers=self._signers.save(),
            accounts=self._accounts.save(),
        )


def kind_of(entry: bytes) -> Kind | None:
    """The kind in an entry of the log's own form; None where it has another."""
    well_formed = len(entry) == ENTRY_SIZE and entry[0] == ENTRY_VERSION and entry[1] in _KINDS
    return Kind(entry[1]) if well_formed else None
