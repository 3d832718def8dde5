"""What the tests of the log share: the golden vectors, RFC 6962 as its text says it, and a log that signs on demand."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

from hub.core.evidence import format as ev
from hub.core.evidence.receipt import Receipt
from hub.core.log import note, tiles
from hub.core.log import policy as policies
from hub.core.log.keys import Algorithm, Checkpoint, Signer
from hub.core.log.merkle import Tree, leaf_hash
from hub.core.model import Millis

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "log"
GOLDEN = json.loads((VECTORS / "golden.json").read_text("utf-8"))
GOLDEN_NOTE = (VECTORS / "golden.note").read_bytes()
GOLDEN_PROOF = (VECTORS / "golden.tlog-proof").read_bytes()
GOLDEN_POLICY = (VECTORS / "golden.policy").read_bytes()
AT = Millis(GOLDEN["time"] * 1000)

URN = "urn:uuid:01234567-89ab-4cde-8f01-0123456789ab"


class Naive:
    """RFC 6962 section 2.1 as it is written, recursion and all; slow, and obviously right."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        self.mth = cache(self._mth)

    def _mth(self, low: int, high: int) -> bytes:
        if high == low:
            return sha256(b"").digest()
        if high - low == 1:
            return self.leaves[low]
        middle = low + self.split(high - low)
        return sha256(b"\x01" + self.mth(low, middle) + self.mth(middle, high)).digest()

    @staticmethod
    def split(n: int) -> int:
        k = 1
        while k * 2 < n:
            k *= 2
        return k

    def path(self, m: int, low: int, high: int) -> list[bytes]:
        if high - low == 1:
            return []
        k = self.split(high - low)
        if m < k:
            return [*self.path(m, low, low + k), self.mth(low + k, high)]
        return [*self.path(m - k, low + k, high), self.mth(low, low + k)]

    def proof(self, m: int, n: int) -> list[bytes]:
        return [] if m in (0, n) else self.subproof(m, 0, n, True)

    def subproof(self, m: int, low: int, high: int, whole: bool) -> list[bytes]:
        if m == high - low:
            return [] if whole else [self.mth(low, high)]
        k = self.split(high - low)
        if m <= k:
            return [*self.subproof(m, low, low + k, whole), self.mth(low + k, high)]
        return [*self.subproof(m - k, low + k, high, False), self.mth(low, low + k)]


def numbered_leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % i) for i in range(count)]


class TileStore:
    """What a store keeps: full tiles and leaves. Counts its reads."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.leaves: list[bytes] = []
        self.reads: list[tuple[int, int]] = []

    def read(self, level: int, n: int) -> bytes:
        self.reads.append((level, n))
        return self.tiles[level, n]

    def extend(self, tree: Tree, leaves: list[bytes]) -> None:
        for leaf in leaves:
            tree.append(leaf)
        self.leaves += leaves
        self.tiles.update({(level, n): hashes for level, n, hashes in tree.take_full_tiles()})

    def open(self, size: int | None = None) -> Tree:
        size = len(self.leaves) if size is None else size
        return Tree.open(size, self.leaves[size & -256 : size], self.read)


def published(tree: Tree, entries: list[bytes] | None = None) -> dict[str, bytes]:
    """Every tile of the tree, full and partial, and the bundles of its entries, under their paths."""
    found, level = {}, 0
    while count := tree.size >> 8 * level:
        for n in range((count + 255) // 256):
            width = min(count - n * 256, 256)
            found[tiles.tile_path(level, n, width)] = tree.tile(level, n, width)
            if entries and level == 0:
                bundle = tiles.encode_entries(entries[n * 256 : n * 256 + width])
                found[tiles.entries_path(n, width)] = bundle
        level += 1
    return found


class Log:
    """A log with its witnesses, that makes any receipt one asks it for."""

    def __init__(self, *, pq: bool = False, witnesses: int = 1) -> None:
        self.origin = GOLDEN["origin"]
        self.signers = [Signer.from_seed(self.origin, bytes(range(32)))]
        if pq:
            self.signers.append(Signer.from_seed(self.origin, bytes(range(64, 96)), Algorithm.ML_DSA_44))
        kinds = [Algorithm.COSIGNATURE, Algorithm.ML_DSA_44] if pq else [Algorithm.COSIGNATURE]
        self.witnesses = [
            Signer.from_seed(f"w{i}.example.gov.vn", bytes([i]) * 32, kinds[i % len(kinds)])
            for i in range(1, witnesses + 1)
        ]
        self.tree = Tree(lambda level, n: b"")
        self.objects: list[bytes] = []

    def append(self, content: bytes, kind: int = ev.Kind.EVIDENCE) -> int:
        self.objects.append(content)
        return self.tree.append(leaf_hash(ev.entry(ev.Kind(kind), content)))

    def note(self, at: Millis = AT) -> bytes:
        checkpoint = Checkpoint(self.origin, self.tree.size, self.tree.root())
        signed = note.sign(checkpoint, self.signers, at)
        for witness in self.witnesses:
            signed = note.attach(signed, note.cosign(checkpoint, witness, at))
        return signed

    def receipt(self, index: int, at: Millis = AT) -> bytes:
        proof = tuple(self.tree.inclusion(index))
        return Receipt(self.objects[index], index, proof, self.note(at)).encode()

    def policy(self, quorum: str = "all") -> bytes:
        lines = [f"log {s.verifier.vkey}" for s in self.signers]
        names = [f"W{i}" for i in range(len(self.witnesses))]
        lines += [f"witness {n} {s.verifier.vkey}" for n, s in zip(names, self.witnesses, strict=True)]
        lines += [f"group all all {' '.join(names)}"] if names else []
        return "\n".join([*lines, f"quorum {quorum if names else 'none'}", ""]).encode()

    def parsed_policy(self, quorum: str = "all") -> policies.Policy:
        return policies.parse(self.policy(quorum))


DOCUMENT = b"<edXML>a document</edXML>"


def sample(**changes: object) -> ev.Evidence:
    """An evidence with every member, or with some changed."""
    members: dict[str, object] = {
        "identifier": URN,
        "event": ev.Event.SUBMISSION_ACCEPTANCE,
        "event_time": "2026-11-22T08:00:00.123Z",
        "submission_time": "2026-11-22T08:00:00.100Z",
        "reasons": (ev.Reason("FORWARDED", "000.00.00.H01 → 000.00.00.H02"),),
        "issuer": ev.Party("hub.example.gov.vn"),
        "sender": ev.Party("000.00.00.G22", "assertion", "sha-256:" + "a" * 64),
        "recipients": (ev.Party("000.00.00.H52"), ev.Party("000.00.00.H02")),
        "message": URN,
        "content": ev.Content.of("000.00.00.G22,2026/11/22,7816/VPCP-TTĐT", sha256(DOCUMENT).digest()),
        "signature": ev.SignatureMark("VALID", "ecdsa-sha256", "sha-256:" + "b" * 64),
        "counter": ev.Counter("000.00.00.H52", absent="no key"),
        "sequence": ev.Sequence("000.00.00.G22", "out", 2, "sha-256:" + "c" * 64),
        "anchor": ev.Anchor("elsewhere.example/log", 1048576, "A" * 43 + "="),
        "status": ev.StatusMark("03", URN),
        "recall": ev.RecallMark(URN, "recall"),
        "nonce": ev.encode_nonce(bytes(range(16))),
    }
    return ev.Evidence(**(members | changes))  # type: ignore[arg-type]
