"""Steps 2 and 3 of an audit: one history of the log, and that everything in the bundle lies in it.

Step 2. The checkpoint satisfies the auditor's policy: a log of it signed, and the quorum of witnesses. Each earlier
checkpoint in the bundle is signed by a log of the policy (witnesses come later than receipts, so no quorum is asked)
and consistent with the newest: one history, nothing was taken away.

Step 3. Each evidence is canonical and lies under the checkpoint at its number. The receipt that was first given for it
carries the same evidence, under a checkpoint of step 2. The changes of the directory and the acceptances of the
messages that took the document back lie under the checkpoint too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, overload

import msgspec

from hub.core.bundle.contents import CHECKPOINT, Bundle, numbered
from hub.core.directory import log as directory_log
from hub.core.directory.log import CertificateChange, DelegationsChange, EntriesChange
from hub.core.errors import ProofInvalid
from hub.core.evidence import format as ev
from hub.core.evidence import receipt
from hub.core.evidence.format import Event, Evidence, Kind
from hub.core.log.keys import Checkpoint
from hub.core.log.merkle import HASH_SIZE, leaf_hash, verify_consistency
from hub.core.log.policy import Policy, Witnessed
from hub.core.model import Millis
from hub.core.strict import decode_base64, decode_lines, encode_base64

MOST_CHANGES: Final = 1_000
MOST_OWNERS: Final = 16


class History(msgspec.Struct, frozen=True):
    """The result of step 2: the newest checkpoint, and each of the bundle by its size."""

    main: Witnessed
    checkpoints: Mapping[int, Checkpoint]


class Entry(msgspec.Struct, frozen=True):
    """One evidence that step 3 proved. `digest`: `sha-256:…` of its bytes; `first`: the checkpoint of its first
    receipt."""

    leaf: int
    evidence: Evidence
    digest: str
    first: Checkpoint


class Binding(msgspec.Struct, frozen=True):
    """A change of the directory that step 3 proved."""

    leaf: int
    change: CertificateChange


class Bindings(Sequence[Binding]):
    """Changes of the directory by leaf, found by agency and by certificate: evidence asks for them again and again.

    ProofInvalid where an agency has more than `MOST_CHANGES` of them, or a certificate more than `MOST_OWNERS`: then
    each question would cost as much as a whole bundle should."""

    def __init__(self, changes: Iterable[Binding] = ()) -> None:
        self._all = tuple(changes)
        self._of: dict[str, list[Binding]] = {}
        self._owners: dict[str, dict[str, None]] = {}
        for binding in self._all:
            agency, certificate = binding.change.agency, binding.change.certificate.removeprefix("sha-256:")
            self._of.setdefault(agency, []).append(binding)
            self._owners.setdefault(certificate, {})[agency] = None
            changes_of, owners = len(self._of[agency]), len(self._owners[certificate])
            _need(changes_of <= MOST_CHANGES, f"at most {MOST_CHANGES} changes of {agency}", "more")
            _need(owners <= MOST_OWNERS, f"at most {MOST_OWNERS} agencies with {certificate}", "more")

    def of(self, agency: str) -> Sequence[Binding]:
        return self._of.get(agency, ())

    def owners(self, certificate: str) -> Iterable[str]:
        """The agencies that this certificate (SHA-256 in hex) was ever registered for, by leaf."""
        return self._owners.get(certificate, ())

    @overload
    def __getitem__(self, index: int) -> Binding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Binding]: ...
    def __getitem__(self, index: int | slice) -> Binding | Sequence[Binding]:
        return self._all[index]

    def __len__(self) -> int:
        return len(self._all)


class Acting(msgspec.Struct, frozen=True):
    """A change of delegation that step 3 proved."""

    leaf: int
    change: DelegationsChange


class Proved(msgspec.Struct, frozen=True):
    """All that step 3 proved, each by leaf. `requests`: acceptances of other documents, which took this one back."""

    entries: tuple[Entry, ...]
    bindings: Bindings
    acting: tuple[Acting, ...]
    requests: tuple[Entry, ...]


def history(bundle: Bundle, policy: Policy, at: Millis | None) -> History:
    """Step 2. ProofInvalid if it fails."""
    main = policy.check(bundle.need(CHECKPOINT), at)
    newest = main.checkpoint
    checkpoints = {newest.size: newest}
    logs = _logs_alone(policy)
    sizes = bundle.numbers("checkpoints", "note")
    if sizes != bundle.numbers("checkpoints", "proof"):
        raise ProofInvalid(expected="a consistency proof with each checkpoint", found="others")
    for size in sizes:
        older = logs.check(bundle.need(numbered("checkpoints", size, "note")), at).checkpoint
        if (older.origin, older.size) != (newest.origin, size) or size >= newest.size:
            raise ProofInvalid(
                expected=f"an earlier checkpoint of {newest.origin}", found=f"{older.origin} {older.size}"
            )
        proof = read_proof(bundle.need(numbered("checkpoints", size, "proof")))
        verify_consistency(older.size, older.root, newest.size, newest.root, proof)
        checkpoints[size] = older
    return History(main, checkpoints)


def proved(bundle: Bundle, history: History, policy: Policy, at: Millis | None) -> Proved:
    """Step 3. ProofInvalid if it fails."""
    found = entries(bundle, history, policy, at)
    changes = _directory(bundle, history, policy, at)
    bound = Bindings(Binding(leaf, change) for leaf, change in changes if isinstance(change, CertificateChange))
    acting = tuple(Acting(leaf, change) for leaf, change in changes if isinstance(change, DelegationsChange))
    requests = tuple(_request(bundle, history, policy, leaf, at) for leaf in bundle.numbers("requests", "tlog-proof"))
    return Proved(found, bound, acting, requests)


def _request(bundle: Bundle, history: History, policy: Policy, leaf: int, at: Millis | None) -> Entry:
    now = receipt.verify(bundle.need(numbered("requests", leaf, "tlog-proof")), policy, at=at)
    _need(now.checkpoint == history.main.checkpoint, "a proof under the bundle's checkpoint", f"size {now.size}")
    _need(now.index == leaf, f"leaf {leaf}", str(now.index))
    _need(now.evidence.event is Event.SUBMISSION_ACCEPTANCE, "an acceptance as request", now.evidence.event.short)
    return Entry(leaf, now.evidence, f"sha-256:{now.evidence_sha256}", now.checkpoint)


def entries(bundle: Bundle, proved: History, policy: Policy, at: Millis | None) -> tuple[Entry, ...]:
    """Step 3, the evidence, by leaf. ProofInvalid if it fails, or if there is none."""
    leaves = bundle.numbers("evidence", "tlog-proof")
    if not leaves or leaves != bundle.numbers("receipts", "tlog-proof"):
        raise ProofInvalid(
            expected="each evidence, and the receipt first given for it", found=f"{len(leaves)} evidence"
        )
    logs = _logs_alone(policy)
    return tuple(_entry(bundle, proved, policy, logs, leaf, at) for leaf in leaves)


def _entry(bundle: Bundle, proved: History, policy: Policy, logs: Policy, leaf: int, at: Millis | None) -> Entry:
    now = receipt.verify(bundle.need(numbered("evidence", leaf, "tlog-proof")), policy, at=at)
    first = receipt.verify(bundle.need(numbered("receipts", leaf, "tlog-proof")), logs, at=at)
    _need(now.checkpoint == proved.main.checkpoint, "a proof under the bundle's checkpoint", f"size {now.size}")
    _need(now.index == first.index == leaf, f"leaf {leaf}", f"{now.index}, {first.index}")
    _need(now.evidence_sha256 == first.evidence_sha256, "the same evidence in its first receipt", "another")
    known = proved.checkpoints.get(first.size)
    _need(known == first.checkpoint, "a first receipt under a checkpoint of the bundle", f"size {first.size}")
    return Entry(leaf, now.evidence, f"sha-256:{now.evidence_sha256}", first.checkpoint)


def _directory(
    bundle: Bundle, proved: History, policy: Policy, at: Millis | None
) -> list[tuple[int, CertificateChange | DelegationsChange]]:
    """The directory, by leaf. ProofInvalid if it fails."""
    leaves = bundle.numbers("directory", "json")
    _need(leaves == bundle.numbers("directory", "tlog-proof"), "a proof with each change of the directory", "others")
    found: list[tuple[int, CertificateChange | DelegationsChange]] = []
    for leaf in leaves:
        content = bundle.need(numbered("directory", leaf, "json"))
        included(
            bundle.need(numbered("directory", leaf, "tlog-proof")), leaf, Kind.DIRECTORY, content, proved, policy, at
        )
        change = directory_log.decode(content)
        if isinstance(change, EntriesChange):
            raise ProofInvalid(expected="a change of a certificate or delegation", found="a change of entries")
        found.append((leaf, change))
    return found


def included(
    proof: bytes, leaf: int, kind: Kind, content: bytes, proved: History, policy: Policy, at: Millis | None
) -> None:
    """That `content` is the object of that leaf under the newest checkpoint. ProofInvalid otherwise."""
    claimed = receipt.parse(proof)
    witnessed = receipt.verify_leaf(claimed, leaf_hash(ev.entry(kind, content)), policy, at)
    _need(not claimed.evidence, "a proof without extra", "extra")
    _need(claimed.index == leaf, f"leaf {leaf}", str(claimed.index))
    _need(witnessed.checkpoint == proved.main.checkpoint, "a proof under the bundle's checkpoint", "another")


def read_proof(data: bytes) -> list[bytes]:
    """A consistency proof: one hash a line, in base64."""
    lines = decode_lines(data, "a consistency proof", 4_096).split("\n")
    if lines.pop():
        raise ProofInvalid(expected="whole lines", found="an unfinished one")
    return [decode_base64(line, "a hash", HASH_SIZE) for line in lines]


def write_proof(hashes: list[bytes]) -> bytes:
    return "".join(f"{encode_base64(one)}\n" for one in hashes).encode()


def _logs_alone(policy: Policy) -> Policy:
    return msgspec.structs.replace(policy, quorum="none")


def _need(holds: bool, expected: str, found: str) -> None:
    if not holds:
        raise ProofInvalid(expected=expected, found=found)
