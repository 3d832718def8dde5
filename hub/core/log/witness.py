"""A log's request to a witness, as text: C2SP tlog-witness `add-checkpoint`.

The rule: `old <size>`, at most 63 consistency hashes in base64, an empty line, the signed checkpoint. The
witness answers with signature lines (`note.cosign`), the log puts them under its note (`note.attach`).

A witness treats a request in this order (tlog-witness 1.1):
1. The request and its note are well formed, in their only spelling. Else 400.
2. The checkpoint's origin is that of a log it knows. Else 404.
3. A known key of that log signed, and no known key signed badly. Else 403.
4. `old` is not above the checkpoint's size. Else 400.
5. `old` is the size that the witness signed last, 0 before the first time. Else 409, and that size.
6. The checkpoint continues the one signed last: the same root at the same size, else a consistency proof; an
   empty tree has the empty root; where there is nothing to prove the proof is empty. Else 422.
7. Keep the checkpoint durably, if the one signed last is still the one that 5 and 6 were held against. Else 409.
8. Only then answer, 200 with the signature lines.

`examine` is 2 to 6, and decides alone; 7 and 8 are `hub.witness`. (Version 1.0 of tlog-witness said 409 where the
same size came with another root.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from hub.core.errors import ProofInvalid
from hub.core.log.keys import Checkpoint, Verifier
from hub.core.log.merkle import EMPTY_ROOT, HASH_SIZE, verify_consistency
from hub.core.log.note import ClaimedNote, open_note
from hub.core.model import Millis
from hub.core.strict import decode_base64, decode_decimal, decode_lines, encode_base64

MAX_PROOF: Final = 63
MAX_REQUEST: Final = 1_000_000
SIZE_TYPE: Final = "text/x.tlog.size"
"""Content type of the answer 409, whose body is a size and a newline."""


class AddCheckpoint(msgspec.Struct, frozen=True):
    """`old`: the size the log believes the witness has; `proof`: consistency from it to the note's tree."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def encode(self) -> bytes:
        lines = [f"old {self.old}", *(encode_base64(h) for h in self.proof), "", ""]
        return "\n".join(lines).encode() + self.note


def parse(data: bytes) -> AddCheckpoint:
    """Strict inverse of `encode`; the note is only cut off, not read. ProofInvalid otherwise."""
    text = decode_lines(data, "an add-checkpoint request", MAX_REQUEST)
    head, gap, note = text.partition("\n\n")
    first, *rest = head.split("\n")
    if not gap or not first.startswith("old ") or len(rest) > MAX_PROOF:
        raise ProofInvalid(expected=f"old <size> and at most {MAX_PROOF} hashes", found=head[:40])
    old = decode_decimal(first.removeprefix("old "), "old size")
    return AddCheckpoint(old, tuple(decode_base64(h, "a consistency hash", HASH_SIZE) for h in rest), note.encode())


def size_body(size: int) -> bytes:
    """The content of the answer 409."""
    return f"{size}\n".encode()


def parse_size_body(data: bytes) -> int:
    """Inverse of `size_body`; forgives a missing newline, which some witnesses leave out. ProofInvalid otherwise."""
    return decode_decimal(decode_lines(data, "a size", 64).removesuffix("\n"), "the size known to the witness")


def origin_hash(origin: str) -> str:
    """Under `/<this>/checkpoint` a witness publishes the checkpoint of that log that it cosigned last."""
    return sha256(origin.encode()).hexdigest()


class Known(msgspec.Struct, frozen=True):
    """The checkpoint of a log that a witness signed last, and the time it stated then; by default nothing: the empty
    tree."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    at: Millis = Millis(0)


class Refused(Exception):
    """A request that a witness does not sign. `status` is HTTP's; `size`, where it is 409, the size signed last."""

    def __init__(self, status: int, why: str, size: int = 0) -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.size = size


Logs = Mapping[str, Sequence[Verifier]]
"""Origin → the keys that may sign for it."""


def examine(request: AddCheckpoint, note: ClaimedNote, logs: Logs, known: Known) -> Checkpoint:
    """Steps 2 to 6: the checkpoint that may be signed, else Refused. `note` is the request's, parsed."""
    verifiers = logs.get(note.checkpoint.origin)
    if not verifiers:
        raise Refused(404, "unknown log")  # 2
    try:
        checkpoint = open_note(note, verifiers).checkpoint
    except ProofInvalid as error:
        raise Refused(403, f"not signed by the log: {error.found}") from None  # 3
    if request.old > checkpoint.size:
        raise Refused(400, f"old size {request.old} of a tree of {checkpoint.size}")  # 4
    if request.old != known.size:
        raise Refused(409, f"old size {request.old}, signed last: {known.size}", known.size)  # 5
    _continues(request, checkpoint, known)  # 6
    return checkpoint


def _continues(request: AddCheckpoint, checkpoint: Checkpoint, known: Known) -> None:
    if known.size in (0, checkpoint.size):
        if request.proof:
            raise Refused(422, "a proof where there is nothing to prove")
        if checkpoint.size == known.size and checkpoint.root != known.root:
            raise Refused(422, f"another root at {checkpoint.size} leaves")
        return
    try:
        verify_consistency(known.size, known.root, checkpoint.size, checkpoint.root, request.proof)
    except ProofInvalid as error:
        raise Refused(422, f"not consistent with {known.size} leaves: {error.found}") from None
