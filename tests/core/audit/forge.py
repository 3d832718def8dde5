"""A hub that writes any record one asks it for: honest unless one attribute is changed.

Evidence is numbered, chained and anchored as the real one does it; `changes` of a call replace members of that one
evidence, and `held` serves the whole as a source for the audit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from clients.log_source import Missing
from hub.core.evidence import format as ev
from hub.core.evidence import manifest
from hub.core.evidence.countersign import OF_RECIPIENTS
from hub.core.evidence.format import Event, Kind
from hub.core.ids import make_id
from hub.core.log import note, policy
from hub.core.log.keys import Checkpoint, Signer
from hub.core.log.merkle import Tree, leaf_hash
from hub.core.log.tiles import decode_entries, encode_entries, entries_path, tile_path
from hub.core.model import Millis, iso_utc, vietnam_date
from hub.core.strict import encode_base64

ORIGIN = "hub.example.gov.vn/log"
SIGNER = Signer.from_seed(ORIGIN, bytes(range(32)))
NOON = 1_795_320_000_000  # 11:00 in Vietnam
HOUR = 3_600_000
G22, H52, H26 = "000.00.00.G22", "000.00.00.H52", "000.00.00.H26"
POLICY = policy.parse(f"log {SIGNER.verifier.vkey}\nquorum none\n")


@dataclass
class Served:
    """A source of files in memory: a test changes them. `objects` None: the public part only."""

    files: dict[str, bytes]
    content: list[bytes] | None
    live: bool = True
    has_partial_tiles: bool = True
    reads: list[str] = field(default_factory=list)

    @property
    def has_objects(self) -> bool:
        return self.content is not None

    async def checkpoint(self, cosigned: bool = False) -> bytes:
        return self._file("checkpoint")

    async def tile(self, level: int, n: int, width: int) -> bytes:
        return self._file(tile_path(level, n, width))

    async def entries(self, n: int, width: int) -> bytes:
        return self._file(entries_path(n, width))

    async def objects(self, start: int, count: int) -> list[bytes]:
        assert self.content is not None
        self.reads.append(f"objects {start} {count}")
        return self.content[start : start + count]

    def _file(self, path: str) -> bytes:
        self.reads.append(path)
        if path not in self.files:
            raise Missing(path)
        return self.files[path]

    def flip(self, path: str, at: int = 0) -> None:
        data = bytearray(self.files[path])
        data[at] ^= 1
        self.files[path] = bytes(data)

    def entry(self, index: int) -> bytes:
        """Of a log of one bundle."""
        path = next(p for p in self.files if p.startswith("tile/entries/"))
        return decode_entries(self.files[path], len(self.content or ()))[index]


class Forge:
    """`at` is the time of what is written next; `commit` signs a checkpoint, to which evidence after it is anchored."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.tree = Tree(lambda level, n: self.tiles[level, n])
        self.entries: list[bytes] = []
        self.objects: list[bytes] = []
        self.chains: dict[tuple[str, str], tuple[int, str]] = {}
        self.anchor: ev.Anchor | None = None
        self.at = NOON
        self.messages = 0
        self.last_manifest: tuple[int, str] = (0, "")
        self.days: dict[str, manifest.Counts] = {}

    # writing

    def put(self, kind: Kind, content: bytes) -> int:
        entry = ev.entry(kind, content)
        self.entries.append(entry)
        self.objects.append(content)
        return self.tree.append(leaf_hash(entry))

    def commit(self) -> None:
        self.tiles |= {(level, n): hashes for level, n, hashes in self.tree.take_full_tiles()}
        self.anchor = ev.Anchor(ORIGIN, self.tree.size, encode_base64(self.tree.root()))

    def evidence(self, event: Event, owner: tuple[str, str], **changes: Any) -> int:
        leaf = len(self.entries)
        n, previous = self.chains.get(owner, (0, ""))
        members: dict[str, Any] = {
            "identifier": make_id(Millis(self.at), leaf, bytes(5)),
            "event": event,
            "event_time": iso_utc(Millis(self.at)),
            "issuer": ev.Party(ORIGIN),
            "sequence": ev.Sequence(owner[0], owner[1], n + 1, previous),  # type: ignore[arg-type]
            "anchor": self.anchor,
            "reasons": (ev.Reason("R"),) if event in ev.NEGATIVE else (),
            "nonce": ev.encode_nonce(sha256(b"%d" % leaf).digest()[:16]),
        }
        made = ev.Evidence(**(members | changes))
        content = ev.encode(made)
        if made.sequence is not None:
            self.chains[owner] = (made.sequence.n, ev.digest_text(content))
            manifest.add(self.days.setdefault(vietnam_date(Millis(self.at)).isoformat(), {}), made.sequence)
        return self.put(Kind.EVIDENCE, content)

    def accept(self, sender: str, *recipients: str, hours: float = 168, **changes: Any) -> str:
        """The identifier of a new message."""
        self.messages += 1
        message = make_id(Millis(self.at), self.messages, b"\1" * 5)
        members: dict[str, Any] = {
            "message": message,
            "sender": ev.Party(sender),
            "recipients": tuple(ev.Party(r) for r in recipients),
            "due": iso_utc(Millis(self.at + int(hours * HOUR))),
            "content": ev.Content.of("d", sha256(message.encode()).digest()),
        }
        self.evidence(Event.SUBMISSION_ACCEPTANCE, (sender, "out"), **(members | changes))
        return message

    def happens(self, event: Event, message: str, recipient: str, sender: str = G22, **changes: Any) -> int:
        members: dict[str, Any] = {"sender": ev.Party(sender), "recipients": (ev.Party(recipient),)}
        if event in OF_RECIPIENTS:
            members["counter"] = ev.Counter(recipient, absent="test")
        return self.evidence(event, (recipient, "in"), **(members | {"message": message} | changes))

    def asks(self, message: str, *recipients: str, sender: str = G22, **changes: Any) -> ev.RecallMark:
        """The sender's status 13, of a hub of earlier versions unless told otherwise; what an answer then names."""
        self.messages += 1
        request = make_id(Millis(self.at), self.messages, b"\1" * 5)
        members: dict[str, Any] = {
            "message": message,
            "sender": ev.Party(sender),
            "recipients": tuple(ev.Party(r) for r in recipients),
            "counter": ev.Counter(sender, digest="sha-256:" + sha256(request.encode()).hexdigest()),
            "status": ev.StatusMark("13", request),
            "recall": ev.RecallMark(request, "status-13"),
        }
        self.evidence(Event.RECALL_REQUEST, (sender, "out"), **(members | changes))
        return ev.RecallMark(request, "status-13")

    def answers(
        self, event: Event, message: str, recipient: str, recall: ev.RecallMark, code: str, **changes: Any
    ) -> int:
        """The recipient's signed 15 or 16."""
        self.messages += 1
        said = make_id(Millis(self.at), self.messages, b"\1" * 5)
        signed = ev.Counter(recipient, digest="sha-256:" + sha256(said.encode()).hexdigest())
        marks = {"counter": signed, "status": ev.StatusMark(code, said), "recall": recall}
        return self.happens(event, message, recipient, **(marks | changes))

    def manifest(self, of: str, **changes: Any) -> int:
        """The manifest of the day `of`."""
        start, previous = self.last_manifest
        members: dict[str, Any] = {
            "type": "manifest",
            "day": of,
            "origin": ORIGIN,
            "start": start,
            "end": len(self.entries),
            "agencies": manifest.lines(self.days.get(of, {})),
            "nonce": ev.encode_nonce(bytes(16)),
            "previous": previous,
        }
        made = manifest.Manifest(**(members | changes))
        content = manifest.encode(made)
        self.last_manifest = (made.end, ev.digest_text(content))
        return self.put(Kind.MANIFEST, content)

    # serving

    def note(self) -> bytes:
        return note.sign(Checkpoint(ORIGIN, self.tree.size, self.tree.root()), [SIGNER])

    def served(self, *, objects: bool = True) -> Served:
        self.commit()
        files: dict[str, bytes] = {"checkpoint": self.note()}
        level = 0
        while count := self.tree.size >> 8 * level:
            for n in range(-(-count // 256)):
                width = min(256, count - 256 * n)
                files[tile_path(level, n, width)] = self.tree.tile(level, n, width)
                if level == 0:
                    files[entries_path(n, width)] = encode_entries(self.entries[n * 256 : n * 256 + width])
            level += 1
        return Served(files, list(self.objects) if objects else None)


def a_day(documents: int = 3, recipients: Sequence[str] = (H52, H26)) -> Forge:
    """An ordinary record: documents accepted, handed over, some registered; one batch each."""
    forge = Forge()
    for number in range(documents):
        message = forge.accept(G22, *recipients)
        forge.commit()
        forge.at += 1000
        for recipient in recipients:
            forge.happens(Event.CONTENT_HANDOVER, message, recipient)
        forge.commit()
        if number % 2:
            forge.happens(Event.CONSIGNMENT_ACCEPTANCE, message, recipients[0])
            forge.commit()
    return forge


def rewritten(forge: Forge, index: int, **changes: Any) -> ev.Evidence:
    """The evidence at `index` with members changed."""
    return msgspec.structs.replace(ev.decode(forge.objects[index]), **changes)
