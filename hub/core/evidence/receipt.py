"""The receipt: one file that proves, offline and without the hub, that an evidence is in the log.

It is a C2SP tlog-proof, readable by foreign tools, whose `extra` is the evidence:

    c2sp.org/tlog-proof@v1
    extra <evidence, canonical JSON, in base64>
    index <number of its leaf>
    <sibling hashes in base64, from the leaf up>
                                                    (an empty line)
    <the signed checkpoint, as it was published>

`verify` numbers its checks:
1. The file is in its only spelling: no carriage return, canonical base64, no leading zeros, nothing after the
   end.
2. `extra` is canonical evidence.
3. The checkpoint satisfies the policy: a log's signature, no bad one, the quorum of witnesses.
4. The leaf made from the evidence, 0x01 ‖ 0x01 ‖ SHA-256(extra), is number `index` of the checkpoint's tree.
5. The evidence's anchor, if it is in the same log, is not younger than the leaf.
6. Given the document, SHA-256 of its bytes is the digest that the evidence names.
7. The values returned come from verified bytes.

Not checked: that the document's signature is valid (the evidence has the hub's finding), that the
recipient's counter-signature exists (its digest is in the evidence), that a witness is independent (the
policy's author knows).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec

from hub.core.errors import ProofInvalid
from hub.core.evidence import countersign
from hub.core.evidence import format as evidence_format
from hub.core.evidence.countersign import Countersignature
from hub.core.evidence.format import Evidence, Kind
from hub.core.log import note as note_format
from hub.core.log.keys import Checkpoint
from hub.core.log.merkle import HASH_SIZE, Tree, leaf_hash, verify_inclusion
from hub.core.log.policy import Cosigner, Policy, Witnessed
from hub.core.model import Millis
from hub.core.strict import decode_base64, decode_decimal, decode_lines, encode_base64

HEADER: Final = "c2sp.org/tlog-proof@v1"
MEDIA_TYPE: Final = "text/plain; charset=utf-8"
MAX_RECEIPT: Final = 1_000_000
MAX_PROOF: Final = 63


class Lines(dict[bytes, str]):
    """A sibling hash → its line. The proofs under one checkpoint share most of theirs: each is written once."""

    def __missing__(self, sibling: bytes) -> str:
        line = self[sibling] = encode_base64(sibling)
        return line


class Receipt(msgspec.Struct, frozen=True):
    """Well formed, nothing verified. `evidence` is empty where a foreign proof carries no `extra`.

    index     zero-based number of the leaf
    proof     sibling hashes, 32 bytes each, from the leaf up
    note      the signed checkpoint
    """

    evidence: bytes
    index: int
    proof: tuple[bytes, ...]
    note: bytes

    def encode(self, written: Lines | None = None) -> bytes:
        """The bytes of the .tlog-proof file. `written`: of the receipts that are made together with it."""
        line = (Lines() if written is None else written).__getitem__
        extra = (f"extra {encode_base64(self.evidence)}",) if self.evidence else ()
        head = (HEADER, *extra, f"index {self.index}", *map(line, self.proof), "", "")
        return "\n".join(head).encode() + self.note


def together(tree: Tree, evidence: Mapping[int, bytes], note: bytes) -> dict[int, bytes]:
    """The receipts of these leaves, which grow, under the checkpoint of all leaves: their shared part is made once."""
    lines = Lines()
    return {
        leaf: Receipt(evidence[leaf], leaf, proof, note).encode(lines)
        for leaf, proof in tree.inclusions(list(evidence))
    }


class VerifiedReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that a receipt proves; only `verify` makes one. `at` of a cosigner and `submitted` are Millis, UTC."""

    evidence: Evidence
    evidence_sha256: str
    index: int
    checkpoint: Checkpoint
    log: str
    cosigners: tuple[Cosigner, ...]
    document_checked: bool

    @property
    def origin(self) -> str:
        return self.checkpoint.origin

    @property
    def size(self) -> int:
        return self.checkpoint.size

    @property
    def at(self) -> Millis:
        """When the hub says that it happened."""
        return self.evidence.at

    @property
    def countersignature(self) -> Countersignature:
        """The party beside the hub that stands behind it, as the evidence says."""
        return countersign.standing(self.evidence)


def parse(data: bytes) -> Receipt:
    """Step 1. ProofInvalid unless `data` is a well-formed proof file; the result encodes to `data` again."""
    text = decode_lines(data, "a receipt", MAX_RECEIPT)
    head, gap, note = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or lines.pop(0) != HEADER:
        raise ProofInvalid(expected=HEADER, found=text[:40])
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "), "extra")
        if not extra:
            raise ProofInvalid(expected="extra that is not empty", found="an empty one")
    if not lines or not lines[0].startswith("index "):
        raise ProofInvalid(expected="index <number>", found=lines[0][:40] if lines else "the end of the proof")
    index = decode_decimal(lines.pop(0).removeprefix("index "), "index")
    if len(lines) > MAX_PROOF:
        raise ProofInvalid(expected=f"at most {MAX_PROOF} hashes", found=str(len(lines)))
    proof = tuple(decode_base64(line, "a sibling hash", HASH_SIZE) for line in lines)
    return Receipt(extra, index, proof, note.encode())


def verify_leaf(receipt: Receipt, leaf: bytes, policy: Policy, at: Millis | None = None) -> Witnessed:
    """Steps 3 and 4 for any leaf HASH: for checking a foreign proof. ProofInvalid if one fails."""
    claimed = note_format.parse(receipt.note)
    witnessed = policy.check(claimed, at)  # 3
    checkpoint = witnessed.checkpoint
    verify_inclusion(leaf, receipt.index, checkpoint.size, receipt.proof, checkpoint.root)  # 4
    return witnessed


def verify(data: bytes, policy: Policy, document: bytes | None = None, at: Millis | None = None) -> VerifiedReceipt:
    """Steps 1 to 7. ProofInvalid, with the expected and the found value, if any fails; no other exception.

    `document`: the message's raw bytes, if its digest is to be compared. `at`: the verifier's time, if
    cosignatures from the future are not to count.
    """
    receipt = parse(data)  # 1
    evidence = evidence_format.decode(receipt.evidence)  # 2
    leaf = leaf_hash(evidence_format.entry(Kind.EVIDENCE, receipt.evidence))
    witnessed = verify_leaf(receipt, leaf, policy, at)  # 3, 4
    _check_anchor(evidence, receipt.index, witnessed.checkpoint)  # 5
    if document is not None:
        _check_document(evidence, document)  # 6
    return VerifiedReceipt(  # 7
        evidence=evidence,
        evidence_sha256=sha256(receipt.evidence).hexdigest(),
        index=receipt.index,
        checkpoint=witnessed.checkpoint,
        log=witnessed.log.vkey,
        cosigners=witnessed.cosigners,
        document_checked=document is not None,
    )


def _check_anchor(evidence: Evidence, index: int, checkpoint: Checkpoint) -> None:
    anchor = evidence.anchor
    if anchor and anchor.origin == checkpoint.origin and anchor.size > index:
        raise ProofInvalid(expected=f"an anchor of at most {index} leaves", found=str(anchor.size))


def _check_document(evidence: Evidence, document: bytes) -> None:
    named = evidence.document_digest()
    found = sha256(document).digest()
    if named != found:
        expected = f"a document with SHA-256 {named.hex()}" if named else "evidence that names a document"
        raise ProofInvalid(expected=expected, found=found.hex())
