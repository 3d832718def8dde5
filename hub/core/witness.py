"""What a log asks of a witness, as text: C2SP tlog-witness `add-checkpoint`.

The rule: `old <size>`, at most 63 consistency hashes in base64, an empty line, the signed checkpoint. The
witness answers with signature lines (`note.cosign`), the log puts them under its note (`note.attach`).

What a witness does with a request: open the note with the log's key (403 if that fails), compare `old` with
the size it signed last (409 with that size), verify consistency (422), keep the new checkpoint durably, and
only then answer.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hub.core.errors import ProofInvalid
from hub.core.merkle import HASH_SIZE
from hub.core.strict import decode_base64, decode_decimal, decode_lines, encode_base64

MAX_PROOF: Final = 63
MAX_REQUEST: Final = 1_000_000


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
