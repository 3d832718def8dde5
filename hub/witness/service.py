"""One request to a witness, from its bytes to the signature lines; the steps are those of `hub.core.log.witness`.

The order matters at the end: the signature is made, then the checkpoint is kept durably, and only then is the
signature given away. A crash before keeping leaves nothing; after it, the size stands, the answer is lost, and the
log, which is told that size, asks again and gets another signature of the same checkpoint. In neither case can two
histories be signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import structlog

from hub.core.errors import ProofInvalid
from hub.core.log import note as notes
from hub.core.log import witness
from hub.core.log.keys import LOG_ALGORITHMS, Signer, Verifier
from hub.core.log.note import ClaimedNote
from hub.core.log.witness import AddCheckpoint, Known, Refused
from hub.core.model import Millis
from hub.witness.state import Contradiction, State

log = structlog.get_logger("witness")
_CONTRADICTION: Final = 422


class Witness:
    """`signers`: its keys, of types 0x04 and 0x06. `logs`: keys of logs; their name is the origin. Methods are for one
    thread at a time."""

    def __init__(
        self, signers: Sequence[Signer], logs: Iterable[Verifier], state: State, clock: Callable[[], Millis]
    ) -> None:
        self._signers = tuple(signers)
        self._logs = _by_origin(logs, {signer.verifier.public for signer in signers})
        self._state = state
        self._clock = clock

    @property
    def vkeys(self) -> tuple[str, ...]:
        return tuple(signer.verifier.vkey for signer in self._signers)

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(self._logs)

    def add_checkpoint(self, data: bytes) -> bytes:
        """The signature lines for the checkpoint of a request, else Refused."""
        request, note = _read(data)
        origin = note.checkpoint.origin
        known = self._state.known(origin)
        try:
            checkpoint = witness.examine(request, note, self._logs, known)
        except Refused as refused:
            if refused.status == _CONTRADICTION:
                self._hold_against(note, refused, data)
            raise
        at = self._time(known)
        lines = b"".join(notes.cosign(checkpoint, signer, at) for signer in self._signers)
        after = Known(checkpoint.size, checkpoint.root, at)
        if not self._state.advance(origin, known, after, notes.attach(self._log_signed(note), lines)):
            latest = self._state.known(origin)
            raise Refused(409, "another request was first", latest.size)
        # Durable from here on: even if the answer is lost, nothing else will be signed at this size.
        log.info("cosigned", origin=origin, old=known.size, size=checkpoint.size)
        return lines

    def latest(self, hashed: str) -> bytes | None:
        """The note signed last of the log whose origin has this SHA-256 (hex)."""
        return self._state.note(hashed)

    def _time(self, known: Known) -> Millis:
        """Now, in whole seconds; never before the time stated last, which said that there was no larger tree."""
        at = Millis(self._clock() // 1000 * 1000)
        if at < known.at:
            raise Refused(503, f"the clock is {(known.at - at) // 1000} s behind the last signature")
        return at

    def _log_signed(self, note: ClaimedNote) -> bytes:
        """The note with its log's lines only: of others nobody here knows whether they are true."""
        mine = {(v.name, v.key_id) for v in self._logs[note.checkpoint.origin]}
        lines = tuple(line for line in note.lines if (line.name, line.key_id) in mine)
        return ClaimedNote(note.checkpoint, lines).encode()

    def _hold_against(self, note: ClaimedNote, refused: Refused, data: bytes) -> None:
        checkpoint = note.checkpoint
        log.error("contradiction", origin=checkpoint.origin, size=checkpoint.size, why=refused.why)
        self._state.keep_contradiction(
            Contradiction(checkpoint.origin, checkpoint.size, checkpoint.root, self._clock(), refused.why, data)
        )


def _read(data: bytes) -> tuple[AddCheckpoint, ClaimedNote]:
    try:
        request = witness.parse(data)
        return request, notes.parse(request.note)
    except ProofInvalid as error:
        raise Refused(400, f"expected {error.expected}; found {error.found}") from None


def _by_origin(logs: Iterable[Verifier], own: set[bytes]) -> dict[str, list[Verifier]]:
    known: dict[str, list[Verifier]] = {}
    for verifier in logs:
        if verifier.algorithm not in LOG_ALGORITHMS:
            raise ProofInvalid(expected="a log's key, of type 1 or 6", found=verifier.vkey[:80])
        if verifier.public in own:
            raise ProofInvalid(expected="a log with a key of its own", found="the witness' own key")
        keys = known.setdefault(verifier.name, [])
        if verifier not in keys:
            keys.append(verifier)
    return known
