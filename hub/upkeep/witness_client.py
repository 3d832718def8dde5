"""Shows one witness a checkpoint and brings its cosignature back: the client's side of C2SP tlog-witness.

These parts of an answer are believed:
1. 200: the lines of this witness' own key, and only when they verify over the checkpoint that was sent and do not
   state a time in the future. Lines under other names are ignored.
2. 409 with a size not above ours: where its memory ends; it is asked again from there. It is no contradiction.
3. 409 with a size above ours, twice: once more after the newest checkpoint was read again, for others may show a
   witness our public checkpoints. Then our record was set back, or somebody else has our key: `Contradicted`, at once,
   and on the witness' word alone, because to sign on after a roll-back is the one thing that cannot be corrected.
4. 422, or 409 with the size that we just named: it holds another history for ours. That word alone may be an error of
   its own, so its published note is asked for: signed by OUR key, and not of our tree, it is `Contradicted`.
5. Anything else is a failure, to be tried again later.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import aiohttp
import structlog

from hub.base import failpoint
from hub.base.config import WitnessEntry
from hub.base.timekeeper import Timekeeper
from hub.core.errors import ProofInvalid
from hub.core.log import note, witness
from hub.core.log.keys import Checkpoint
from hub.core.log.policy import LEEWAY
from hub.core.log.witness import AddCheckpoint
from hub.core.strict import decode_lines
from hub.record.log import Log
from hub.store import CheckpointRow, Store

log = structlog.get_logger("witness-client")
MAX_ANSWER: Final = 64 * 1024
_QUESTIONS: Final = 4
"""Of one checkpoint: the first, one with the size that it told, and some for others that show it checkpoints too."""


class Failed(Exception):
    """Not this time. `outcome` is one of a few words, for metrics."""

    def __init__(self, outcome: str, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome
        self.why = why


class Contradicted(Failed):
    """The witness holds another history of this log. `proven`: under this log's own signature."""

    def __init__(self, why: str, *, proven: bool) -> None:
        super().__init__("contradicted", f"{why} ({'proven by' if proven else 'without'} a note that we signed)")
        self.proven = proven


class Answer(NamedTuple):
    status: int
    kind: str
    body: bytes


class WitnessClient:
    """One witness. `size`: leaves under the last checkpoint that it is known to have cosigned."""

    def __init__(
        self,
        entry: WitnessEntry,
        store: Store,
        journal: Log,
        clock: Timekeeper,
        keep: Callable[[int, str, bytes], Awaitable[None]],
    ) -> None:
        self.name = entry.name
        self.size = 0
        self._url = entry.url.rstrip("/")
        self._verifier = entry.verifier
        self._store = store
        self._log = journal
        self._clock = clock
        self._keep = keep

    async def recall(self) -> None:
        """The size that it cosigned before this hub was started."""
        last = await self._store.last_cosigned(self._verifier.id)
        self.size = last.size if last is not None else 0

    async def show(self, session: aiohttp.ClientSession, row: CheckpointRow) -> int:
        """Have it cosign `row`, or the newest checkpoint where it knows a later one; the size that it cosigned.

        Failed or Contradicted otherwise. The line is durable when this returns.
        """
        old, read_again = min(self.size, row.size), False
        for _ in range(_QUESTIONS):
            answer = await self._ask(session, old, row)
            if answer.status == 200:
                line = self._believed(row, answer.body)
                failpoint.hit("witness.cosigned")
                await self._keep(row.size, self._verifier.id, line)
                self.size = row.size
                return row.size
            told = _told(answer)
            if told is None or told == old:
                await self._contradiction(session, row, answer)
            elif told <= row.size:
                self._forgetful(told)
                old = told
            elif not read_again:
                row, old, read_again = await self._newest(row), told, True
                if told > row.size:
                    await self._ahead(session, row, told)
            else:
                await self._ahead(session, row, told)
        raise Failed("conflict", f"it named another size {_QUESTIONS} times")

    async def look(self, session: aiohttp.ClientSession) -> None:
        """Contradicted where the witness publishes a note of ours that this store cannot have: for a store that has
        nothing to show, because it is new, or because it was lost."""
        if found := await self._proof(session):
            raise Contradicted(f"{self.name}: {found}", proven=True)

    async def _ask(self, session: aiohttp.ClientSession, old: int, row: CheckpointRow) -> Answer:
        proof = await self._store.inspect(lambda tx: self._log.consistency(tx, old, row.size))
        request = AddCheckpoint(old, tuple(proof), row.note).encode()
        return await self._call(session, "POST", "/add-checkpoint", request)

    async def _call(self, session: aiohttp.ClientSession, method: str, path: str, body: bytes | None = None) -> Answer:
        try:
            async with session.request(method, self._url + path, data=body, allow_redirects=False) as response:
                data = await response.content.read(MAX_ANSWER + 1)
                while len(data) <= MAX_ANSWER and (more := await response.content.read(MAX_ANSWER)):
                    data += more
                return Answer(response.status, response.content_type, data[: MAX_ANSWER + 1])
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Failed("unreachable", f"{type(error).__name__}: {error}"[:200]) from None

    def _believed(self, row: CheckpointRow, body: bytes) -> bytes:
        """The witness' own line, verified over the checkpoint that was shown to it."""
        own = (self._verifier.name, self._verifier.key_id)
        try:
            lines = note.parse_lines(decode_lines(body, "signature lines", MAX_ANSWER))
            line = next((one for one in lines if (one.name, one.key_id) == own), None)
            if line is None:
                raise ProofInvalid(expected=f"a line of {self._verifier.id}", found="others")
            at = self._verifier.verify(Checkpoint(self._log.origin, row.size, row.root), line.signature)
        except ProofInvalid as error:
            raise Failed("bad-answer", error.en) from None
        if at is None:
            raise Failed("bad-answer", "a cosignature without a time")
        self._clock.heard(self.name, at)
        if at > self._clock() + LEEWAY:
            raise Failed("bad-answer", "a cosignature from the future")
        return line.text.encode()

    def _forgetful(self, told: int) -> None:
        if told < self.size:
            log.error("witness-forgot", witness=self.name, signed=self.size, remembers=told)
            self.size = told

    async def _newest(self, row: CheckpointRow) -> CheckpointRow:
        return await self._store.last_checkpoint() or row

    async def _ahead(self, session: aiohttp.ClientSession, row: CheckpointRow, told: int) -> None:
        """It cosigned more leaves than we have."""
        why = f"{self.name} has cosigned {told} leaves of this log, here are {row.size}"
        raise Contradicted(why, proven=bool(await self._proof(session)))

    async def _contradiction(self, session: aiohttp.ClientSession, row: CheckpointRow, answer: Answer) -> None:
        """It refuses the checkpoint that we showed it."""
        why = f"status {answer.status}: {answer.body[:120].decode(errors='replace').strip()}"
        if answer.status in (409, 422) and (found := await self._proof(session)):
            raise Contradicted(f"{self.name}: {found}", proven=True)
        raise Failed("refused", why)

    async def _proof(self, session: aiohttp.ClientSession) -> str:
        """The fault of the note that it publishes, if our own key signed it; else empty."""
        try:
            answer = await self._call(session, "GET", f"/{witness.origin_hash(self._log.origin)}/checkpoint")
            theirs = note.open_note(answer.body, self._log.verifiers).checkpoint
        except (Failed, ProofInvalid):
            return ""
        newest = await self._store.last_checkpoint()
        have = newest.size if newest is not None else 0
        if theirs.origin != self._log.origin:
            return ""
        if theirs.size > have:
            return f"we signed {theirs.size} leaves, here are {have}"
        ours = await self._store.inspect(lambda tx: self._log.root_at(tx, theirs.size))
        if ours != theirs.root:
            return f"at {theirs.size} leaves we signed the root {theirs.root.hex()}, here it is {ours.hex()}"
        return ""


def _told(answer: Answer) -> int | None:
    if answer.status != 409 or answer.kind != witness.SIZE_TYPE:
        return None
    try:
        return witness.parse_size_body(answer.body)
    except ProofInvalid as error:
        raise Failed("bad-answer", error.en) from None
