"""Signed notes: a checkpoint and the signatures of its log and of witnesses, as one text.

The rule (C2SP signed-note): three lines, an empty line, then one line for each signature,
`— <name> <base64(key id ‖ signature)>`. Opening one with a set of known keys:
1. The text is well formed, in its only spelling, and no key signs twice. Otherwise it is refused.
2. A line of a key that is not known, by name AND id, is ignored: anyone may add one.
3. A line of a known key must verify. A bad one refuses the whole note, it is never ignored.
4. One known key at least must have signed.

A `ClaimedNote` is only well formed; a `Note` was opened, and only `open_note` makes one. Which keys are the
log's, which are witnesses, and how many of them are enough is `policy`'s business, as is a time in the
future.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from hub.core.errors import ProofInvalid
from hub.core.log.keys import Algorithm as Algorithm
from hub.core.log.keys import Checkpoint as Checkpoint
from hub.core.log.keys import Signer as Signer
from hub.core.log.keys import Verifier as Verifier
from hub.core.log.keys import parse_checkpoint
from hub.core.model import Millis
from hub.core.strict import decode_base64, decode_lines, encode_base64

MAX_NOTE: Final = 1_000_000
MAX_SIGNATURES: Final = 100
_DASH: Final = "— "


class SignatureLine(msgspec.Struct, frozen=True):
    """One line under a note; `signature` follows the key id."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def text(self) -> str:
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}\n"


class ClaimedNote(msgspec.Struct, frozen=True):
    """Well formed, nothing verified."""

    checkpoint: Checkpoint
    lines: tuple[SignatureLine, ...]

    def encode(self) -> bytes:
        return self.checkpoint.text + b"\n" + "".join(line.text for line in self.lines).encode()


class Signed(msgspec.Struct, frozen=True):
    """A signature that verified, and the time it states (None for a log's Ed25519 one)."""

    verifier: Verifier
    at: Millis | None


class Note(msgspec.Struct, frozen=True):
    """Opened: the checkpoint, and which of the known keys signed it."""

    checkpoint: Checkpoint
    signed: tuple[Signed, ...]


def parse(data: bytes) -> ClaimedNote:
    """Step 1. ProofInvalid unless `data` is a well-formed signed checkpoint and nothing more."""
    text = decode_lines(data, "a signed note", MAX_NOTE)
    body, gap, tail = text.rpartition("\n\n")
    if not gap:
        raise ProofInvalid(expected="an empty line before the signatures", found="none")
    return ClaimedNote(parse_checkpoint(body + "\n"), _distinct(parse_lines(tail)))


def parse_lines(text: str) -> list[SignatureLine]:
    """Signature lines alone, as a witness answers with. ProofInvalid unless there is at least one."""
    lines = text.split("\n")
    if lines.pop() or not lines or len(lines) > MAX_SIGNATURES:
        raise ProofInvalid(expected=f"1 to {MAX_SIGNATURES} whole signature lines", found=f"{len(lines)}")
    return [_parse_line(line) for line in lines]


def _parse_line(line: str) -> SignatureLine:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not name or "+" in name or any(c.isspace() for c in name):
        raise ProofInvalid(expected="— <name> <base64>", found=line[:80])
    raw = decode_base64(encoded, "a signature")
    if len(raw) < 5:
        raise ProofInvalid(expected="a key id and a signature", found=f"{len(raw)} bytes")
    return SignatureLine(name, raw[:4], raw[4:])


def _distinct(lines: Sequence[SignatureLine]) -> tuple[SignatureLine, ...]:
    seen = {(line.name, line.key_id) for line in lines}
    if len(seen) != len(lines):
        raise ProofInvalid(expected="one signature for each key", found=f"{len(lines)} lines of {len(seen)} keys")
    return tuple(lines)


def open_note(data: bytes | ClaimedNote, verifiers: Iterable[Verifier]) -> Note:
    """Steps 1 to 4. ProofInvalid, naming the key, if any of them fails."""
    claimed = data if isinstance(data, ClaimedNote) else parse(data)
    known = _by_id(verifiers)
    signed = []
    for line in claimed.lines:
        verifier = known.get((line.name, line.key_id))
        if verifier is not None:  # 2
            signed.append(Signed(verifier, verifier.verify(claimed.checkpoint, line.signature)))  # 3
    if not signed:  # 4
        names = ", ".join(f"{line.name}+{line.key_id.hex()}" for line in claimed.lines)
        raise ProofInvalid(expected="a signature by a known key", found=names)
    return Note(claimed.checkpoint, tuple(signed))


def _by_id(verifiers: Iterable[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        # The id has only 32 bits: two keys may be made to share one, and then neither names the signer.
        if known.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            raise ProofInvalid(expected="known keys with distinct ids", found=verifier.vkey[:80])
    return known


def sign(checkpoint: Checkpoint, signers: Sequence[Signer], at: Millis | None = None) -> bytes:
    """The note with one line for each signer, in their order. 0x04 and 0x06 state the time `at`, or 0."""
    lines = _distinct([_line(checkpoint, signer, at or Millis(0)) for signer in signers])
    return parse(ClaimedNote(checkpoint, lines).encode()).encode()


def cosign(checkpoint: Checkpoint, signer: Signer, at: Millis) -> bytes:
    """One signature line, as a witness answers with. The caller has checked the log's signature and
    consistency.
    """
    return _line(checkpoint, signer, at).text.encode()


def attach(data: bytes, lines: bytes) -> bytes:
    """The note with the signature lines of a witness added, each in place of an earlier one by the same key.

    Nothing is verified: open the result before relying on it.
    """
    claimed = parse(data)
    added = _distinct(parse_lines(decode_lines(lines, "signature lines", MAX_NOTE)))
    merged = {(line.name, line.key_id): line for line in (*claimed.lines, *added)}
    return ClaimedNote(claimed.checkpoint, tuple(merged.values())).encode()


def _line(checkpoint: Checkpoint, signer: Signer, at: Millis) -> SignatureLine:
    verifier = signer.verifier
    return SignatureLine(verifier.name, verifier.key_id, signer.sign(checkpoint, at))
