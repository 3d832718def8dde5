"""The single-file verifier: it knows nothing of the hub's code, and agrees with it on everything."""

from __future__ import annotations

import ast
import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients import verify_receipt as alone
from hub.core import canonical
from hub.core.errors import PolicyInvalid, ProofInvalid
from hub.core.evidence import format as ev
from hub.core.evidence import receipt
from hub.core.log import note, policy
from hub.core.log.keys import Algorithm, Checkpoint, Signer
from hub.core.model import Millis
from tests.core.evidence.test_format import BROKEN, SPELLINGS
from tests.core.evidence.test_receipt import DATA, LOG, MALFORMED
from tests.core.log.test_policy import BAD, GROUPS, HEAD, NAMES, signed_by
from tests.support.logkit import AT, DOCUMENT, GOLDEN_NOTE, GOLDEN_POLICY, GOLDEN_PROOF, Log, sample

SCRIPT = Path(alone.__file__)
NOW = AT // 1000


def verdicts(data: bytes, rules: bytes, document: bytes | None = None, at: Millis | None = AT) -> tuple[bool, bool]:
    """What the hub's code says and what the single file says."""
    try:
        receipt.verify(data, policy.parse(rules), document, at)
        ours = True
    except ProofInvalid:
        ours = False
    try:
        alone.verify(data, alone.Policy(rules), document, None if at is None else at // 1000)
        theirs = True
    except alone.Refused:
        theirs = False
    return ours, theirs


def test_it_imports_nothing_of_ours() -> None:
    """Standard library and `cryptography`, nothing else: it can be carried to another machine as one file."""
    tree = ast.parse(SCRIPT.read_text("utf-8"))
    names = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert names - set(sys.stdlib_module_names) == {"cryptography"}


@pytest.mark.parametrize(
    ("count", "position", "witnesses", "pq"), [(1, 0, 0, False), (2, 1, 1, False), (300, 255, 3, True)]
)
def test_both_accept_and_read_the_same(count: int, position: int, witnesses: int, pq: bool) -> None:
    log = Log(witnesses=witnesses, pq=pq)
    for i in range(count):
        log.append(ev.encode(sample()) if i == position else b"%d" % i)
    data, rules = log.receipt(position), log.policy()
    assert verdicts(data, rules, DOCUMENT) == (True, True)
    ours = receipt.verify(data, policy.parse(rules), DOCUMENT, AT)
    theirs = alone.verify(data, alone.Policy(rules), DOCUMENT, NOW)
    assert canonical.encode(theirs["evidence"]) == ev.encode(ours.evidence)
    assert (theirs["origin"], theirs["index"], theirs["size"]) == (ours.origin, ours.index, ours.size)
    assert base64.b64decode(theirs["root"]) == ours.checkpoint.root
    assert list(theirs["witnesses"]) == [c.name for c in ours.cosigners]
    assert set(theirs["witnesses"].values()) <= {"2026-01-01T00:00:00Z"}


@pytest.mark.parametrize("name", MALFORMED)
def test_both_refuse_what_is_malformed(name: str) -> None:
    assert verdicts(MALFORMED[name], LOG.policy(), DOCUMENT) == (False, False)


@pytest.mark.parametrize("name", [*SPELLINGS, *BROKEN])
def test_both_refuse_bad_evidence_that_is_rightly_logged(name: str) -> None:
    log = Log()
    log.append(SPELLINGS[name] if name in SPELLINGS else canonical.encode(sample(**BROKEN[name])))
    assert verdicts(log.receipt(0), log.policy()) == (False, False)


@pytest.mark.parametrize("event", list(ev.Event))
def test_both_know_the_same_events(event: ev.Event) -> None:
    for reasons in (sample().reasons, ()):
        log = Log()
        log.append(canonical.encode(sample(event=event, reasons=reasons)))
        good = bool(reasons) or event not in ev.NEGATIVE
        assert verdicts(log.receipt(0), log.policy()) == (good, good)


OPTIONAL = (
    "submission_time",
    "message",
    "content",
    "signature",
    "counter",
    "sequence",
    "anchor",
    "status",
    "recall",
    "sender",
)
TIMES = ("2026-02-30T08:00:00.123Z", "2028-02-29T23:59:59.999Z", "0000-01-01T00:00:00.000Z", "2026-13-01T00:00:00.000Z")


@settings(max_examples=60, deadline=None)
@given(
    left_out=st.sets(st.sampled_from(OPTIONAL)),
    details=st.text(max_size=8),
    time=st.sampled_from((*TIMES, "2026-11-22T08:00:00.123Z")),
    size=st.integers(0, 2),
    flip=st.integers(0, 100_000),
)
def test_both_agree_on_any_evidence(left_out: set[str], details: str, time: str, size: int, flip: int) -> None:
    empty = {name: "" if name in ("submission_time", "message") else None for name in left_out}
    own_anchor = ev.Anchor(LOG.origin, size, "A" * 43 + "=")
    log = Log()
    log.append(b"first")
    changes = {"event_time": time, "anchor": own_anchor, "reasons": (ev.Reason("A", details),), **empty}
    try:
        data = canonical.encode(sample(**changes))
    except ProofInvalid:  # a lone surrogate
        return
    log.append(data)
    flipped = bytearray(data)
    flipped[flip % len(data)] ^= 1 << flip % 7
    log.append(bytes(flipped))
    for index in (1, 2):
        ours, theirs = verdicts(log.receipt(index), log.policy())
        assert ours == theirs


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(DATA) * 8 - 1))
def test_both_refuse_a_flipped_bit(bit: int) -> None:
    data = bytearray(DATA)
    data[bit // 8] ^= 1 << bit % 8
    assert verdicts(bytes(data), LOG.policy(), DOCUMENT) == (False, False)


def test_both_refuse_another_document_a_missing_quorum_and_the_future() -> None:
    assert verdicts(DATA, LOG.policy(), DOCUMENT + b" ") == (False, False)
    other = Log(witnesses=2)
    assert verdicts(DATA, other.policy()) == (False, False)
    late = LOG.receipt(7, Millis(AT + 61_000))
    assert verdicts(late, LOG.policy()) == (False, False)
    assert verdicts(late, LOG.policy(), at=None) == (True, True)
    assert verdicts(GOLDEN_PROOF, GOLDEN_POLICY) == (False, False)
    without = Log()
    without.append(ev.encode(sample(content=None)))
    assert verdicts(without.receipt(0), without.policy()) == (True, True)
    assert verdicts(without.receipt(0), without.policy(), DOCUMENT) == (False, False)


def test_the_golden_note_and_leaf() -> None:
    checkpoint, witnesses = alone.Policy(GOLDEN_POLICY).check(GOLDEN_NOTE.decode(), NOW)
    assert witnesses == {"w1": NOW}
    lines = GOLDEN_PROOF.decode().split("\n\n")[0].split("\n")
    path = [base64.b64decode(line) for line in lines[2:]]
    alone.check_inclusion(alone.sha256(b"\x00c"), 2, checkpoint.size, path, checkpoint.root)


@pytest.mark.parametrize("name", BAD)
def test_both_refuse_a_bad_policy(name: str) -> None:
    with pytest.raises(PolicyInvalid):
        policy.parse(BAD[name])
    with pytest.raises(alone.Unusable):
        alone.Policy(BAD[name].encode())


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(NAMES)), st.sampled_from(("both", "X", "Y", "X1", "none")))
def test_both_count_the_same_quorum(names: set[str], quorum: str) -> None:
    rules = (HEAD + GROUPS + f"quorum {quorum}\n").encode()
    signed = signed_by(*sorted(names))
    try:
        policy.parse(rules).check(signed, AT)
        good = True
    except ProofInvalid:
        good = False
    try:
        alone.Policy(rules).check(signed.decode(), NOW)
    except alone.Refused:
        assert not good
    else:
        assert good


def test_both_refuse_a_known_key_with_a_bad_signature_and_ignore_strangers() -> None:
    checkpoint = Checkpoint(LOG.origin, LOG.tree.size, LOG.tree.root())
    head, good = DATA.split(b"\n\n", 1)
    stranger = Signer.from_seed("stranger.example", bytes(32), Algorithm.COSIGNATURE)
    more = note.attach(good, note.cosign(checkpoint, stranger, AT))
    assert verdicts(head + b"\n\n" + more, LOG.policy()) == (True, True)
    bad = note.attach(good, note.cosign(Checkpoint(LOG.origin, 1, bytes(32)), LOG.witnesses[0], AT))
    without_quorum = LOG.policy().replace(b"quorum all", b"quorum none")
    assert verdicts(DATA, without_quorum) == (True, True)
    assert verdicts(head + b"\n\n" + bad, without_quorum) == (False, False)


# --- the command


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    contents = {"receipt": DATA, "policy": LOG.policy(), "document": DOCUMENT, "other": b"other", "bad": DATA[:-9]}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return {name: str(tmp_path / name) for name in contents}


def test_exit_codes_and_languages(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    base = [files["receipt"], "--policy", files["policy"]]
    cases = [
        (base, 0, "HỢP LỆ"),
        ([*base, "--lang", "en"], 0, "VALID"),
        ([*base, "--document", files["document"], "--lang", "en"], 0, "Document: compared"),
        ([*base, "--document", files["other"]], 1, "KHÔNG HỢP LỆ"),
        ([files["bad"], "--policy", files["policy"], "--lang", "en"], 1, "NOT VALID"),
        ([files["receipt"], "--policy", files["document"]], 2, "chính sách"),
        ([files["receipt"], "--policy", files["policy"] + "-"], 2, "không đọc được"),
        (["nowhere", "--policy", files["policy"], "--lang", "en"], 2, "cannot read"),
    ]
    for arguments, code, text in cases:
        assert alone.main(arguments) == code
        assert text in capsys.readouterr().out


def test_json(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert alone.main([files["receipt"], "--policy", files["policy"], "--json"]) == 0
    proved = json.loads(capsys.readouterr().out)
    assert proved["valid"] is True
    assert proved["evidence"]["ERDSEventId"].endswith("SubmissionAcceptance")
    assert alone.main([files["bad"], "--policy", files["policy"], "--json"]) == 1
    refused = json.loads(capsys.readouterr().out)
    assert refused["valid"] is False
    assert set(refused["error"]) == {"vi", "en"}


def test_a_forged_text_cannot_drive_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = Log(witnesses=0)
    log.append(ev.encode(sample(recipients=(ev.Party("\x1b[2J\u202eH52"),))))
    (tmp_path / "r").write_bytes(log.receipt(0))
    (tmp_path / "p").write_bytes(log.policy())
    assert alone.main([str(tmp_path / "r"), "--policy", str(tmp_path / "p")]) == 0
    assert not {"\x1b", "\u202e"} & set(capsys.readouterr().out)


def test_it_runs_alone_from_another_folder(files: dict[str, str], tmp_path: Path) -> None:
    """As a stranger would: the one file, copied, with Python isolated from this project."""
    copy = tmp_path / "elsewhere" / "verify_receipt.py"
    copy.parent.mkdir()
    copy.write_bytes(SCRIPT.read_bytes())
    command = [sys.executable, "-I", str(copy), files["receipt"], "--policy", files["policy"]]
    done = subprocess.run(command, capture_output=True, cwd=copy.parent, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("utf-8").startswith("HỢP LỆ")
    usage = subprocess.run(command[:3], capture_output=True, cwd=copy.parent, timeout=60, check=False)
    assert usage.returncode == 2
