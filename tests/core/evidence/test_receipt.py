"""Receipts: the golden proof, whole receipts, and everything that must not pass for one."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.errors import ProofInvalid
from hub.core.evidence import format as ev
from hub.core.evidence import receipt
from hub.core.log import note, policy
from hub.core.log.keys import Algorithm, Checkpoint, Signer
from hub.core.log.merkle import leaf_hash
from hub.core.model import Millis
from tests.support.logkit import AT, DOCUMENT, GOLDEN_POLICY, GOLDEN_PROOF, Log, sample


def log_of(count: int, *, position: int = 0, evidence: ev.Evidence | None = None, **options: int) -> Log:
    log = Log(**options)  # type: ignore[arg-type]
    for i in range(count):
        log.append(ev.encode(evidence or sample()) if i == position else b"object %d" % i)
    return log


def test_the_golden_proof_byte_for_byte() -> None:
    read = receipt.parse(GOLDEN_PROOF)
    assert read.encode() == GOLDEN_PROOF
    assert (read.index, len(read.proof), read.evidence) == (2, 3, b"")
    witnessed = receipt.verify_leaf(read, leaf_hash(b"c"), policy.parse(GOLDEN_POLICY), AT)
    assert (witnessed.checkpoint.size, [c.name for c in witnessed.cosigners]) == (5, ["w1"])
    with pytest.raises(ProofInvalid):
        receipt.verify_leaf(read, leaf_hash(b"d"), policy.parse(GOLDEN_POLICY))
    with pytest.raises(ProofInvalid):  # it has no evidence: it is a proof, not a receipt
        receipt.verify(GOLDEN_PROOF, policy.parse(GOLDEN_POLICY))


@pytest.mark.parametrize(("count", "position"), [(1, 0), (2, 1), (5, 2), (256, 255), (257, 256), (700, 300)])
def test_a_receipt_holds(count: int, position: int) -> None:
    log = log_of(count, position=position, witnesses=2)
    data = log.receipt(position)
    proved = receipt.verify(data, log.parsed_policy(), DOCUMENT, AT)
    assert proved.evidence == sample()
    assert (proved.index, proved.size, proved.origin) == (position, count, log.origin)
    assert proved.checkpoint.root == log.tree.root()
    assert [(c.name, c.at) for c in proved.cosigners] == [("W0", AT), ("W1", AT)]
    assert proved.document_checked
    assert not receipt.verify(data, log.parsed_policy()).document_checked
    assert receipt.parse(data).encode() == data


def test_a_receipt_under_both_algorithms() -> None:
    log = log_of(9, pq=True, witnesses=2)
    data = log.receipt(0)
    assert data.count("— ".encode()) == 4
    assert len(receipt.verify(data, log.parsed_policy(), DOCUMENT, AT).cosigners) == 2


def test_a_log_without_witnesses() -> None:
    log = log_of(3, witnesses=0)
    assert receipt.verify(log.receipt(0), log.parsed_policy()).cosigners == ()


def test_the_document_must_be_the_one_named() -> None:
    log = log_of(3)
    with pytest.raises(ProofInvalid, match="SHA-256"):
        receipt.verify(log.receipt(0), log.parsed_policy(), DOCUMENT + b"\n")
    without = log_of(3, evidence=sample(content=None))
    receipt.verify(without.receipt(0), without.parsed_policy())
    with pytest.raises(ProofInvalid, match="names a document"):
        receipt.verify(without.receipt(0), without.parsed_policy(), DOCUMENT)


def test_an_anchor_younger_than_the_leaf_contradicts_itself() -> None:
    for size, good in ((2, True), (3, False)):
        anchored = sample(anchor=ev.Anchor(Log().origin, size, "A" * 43 + "="))
        log = log_of(5, position=2, evidence=anchored)
        if good:
            receipt.verify(log.receipt(2), log.parsed_policy())
        else:
            with pytest.raises(ProofInvalid, match="anchor"):
                receipt.verify(log.receipt(2), log.parsed_policy())


def test_an_object_of_another_kind_is_no_evidence() -> None:
    log = Log()
    log.append(ev.encode(sample()), ev.Kind.STATEMENT)
    with pytest.raises(ProofInvalid, match="inclusion"):
        receipt.verify(log.receipt(0), log.parsed_policy())


def test_evidence_that_breaks_a_rule_is_refused_though_it_is_in_the_log() -> None:
    log = Log()
    log.append(ev.encode(sample()).replace(b'"n":2', b'"n":2.0'))
    with pytest.raises(ProofInvalid, match="x-seq"):
        receipt.verify(log.receipt(0), log.parsed_policy())


def test_a_receipt_of_another_log_or_without_its_witness() -> None:
    log = log_of(3)
    other = Signer.from_seed("other.example/log", bytes(32))
    with pytest.raises(ProofInvalid, match="known key"):
        receipt.verify(log.receipt(0), policy.parse(f"log {other.verifier.vkey}\nquorum none\n"))
    alone = Log(witnesses=0)
    alone.append(ev.encode(sample()))
    with pytest.raises(ProofInvalid, match="quorum"):
        receipt.verify(alone.receipt(0), log.parsed_policy())


def test_a_cosignature_from_the_future() -> None:
    log = log_of(3)
    data = log.receipt(0, Millis(AT + 3_600_000))
    receipt.verify(data, log.parsed_policy())
    with pytest.raises(ProofInvalid, match="quorum"):
        receipt.verify(data, log.parsed_policy(), at=AT)


def test_a_fork_signed_by_the_log_alone_finds_no_quorum() -> None:
    """The log shows one reader another history; its witness does not cosign it."""
    log, fork = log_of(3), log_of(3, evidence=sample(message="urn:uuid:" + "0" * 8 + "-0000" * 3 + "-" + "0" * 12))
    forked = Checkpoint(log.origin, 3, fork.tree.root())
    mixed = note.attach(note.sign(forked, log.signers), log.note().splitlines(keepends=True)[-1])
    data = receipt.Receipt(fork.objects[0], 0, tuple(fork.tree.inclusion(0)), mixed).encode()
    with pytest.raises(ProofInvalid, match="bad one"):
        receipt.verify(data, log.parsed_policy())


LOG = log_of(40, position=7)
DATA = LOG.receipt(7)
POLICY = LOG.parsed_policy()
HEAD, NOTE = DATA.split(b"\n\n", 1)
LINES = HEAD.split(b"\n")


def joined(lines: list[bytes], tail: bytes = NOTE) -> bytes:
    return b"\n".join(lines) + b"\n\n" + tail


def with_line(number: int, line: bytes) -> bytes:
    return joined([*LINES[:number], line, *LINES[number + 1 :]])


EXTRA = base64.b64decode(LINES[1][6:])
MALFORMED = {
    "empty": b"",
    "the note alone": NOTE,
    "another version": with_line(0, b"c2sp.org/tlog-proof@v2"),
    "a space after the header": with_line(0, LINES[0] + b" "),
    "CRLF": DATA.replace(b"\n", b"\r\n"),
    "one carriage return": with_line(2, LINES[2] + b"\r"),
    "a tab": with_line(2, b"index\t7"),
    "no extra": joined([LINES[0], *LINES[2:]]),
    "an empty extra": with_line(1, b"extra "),
    "extra twice": joined([LINES[0], LINES[1], *LINES[1:]]),
    "extra after index": joined([LINES[0], LINES[2], LINES[1], *LINES[3:]]),
    "extra in the url alphabet": with_line(1, b"extra " + base64.urlsafe_b64encode(b"\xff" * 30)),
    "extra without padding": with_line(1, b"extra " + base64.b64encode(EXTRA + b"1").rstrip(b"=")),
    "extra with loose bits": with_line(1, b"extra QR=="),
    "extra with a space": with_line(1, LINES[1][:40] + b" " + LINES[1][40:]),
    "no index": joined([*LINES[:2], *LINES[3:]]),
    "index twice": joined([*LINES[:3], *LINES[2:]]),
    "a leading zero": with_line(2, b"index 07"),
    "a plus sign": with_line(2, b"index +7"),
    "a negative index": with_line(2, b"index -7"),
    "a hexadecimal index": with_line(2, b"index 0x7"),
    "other digits": with_line(2, "index ٧".encode()),
    "a huge index": with_line(2, b"index 9223372036854775808"),
    "the next index": with_line(2, b"index 8"),
    "the index of the size": with_line(2, b"index 40"),
    "one hash less": joined(LINES[:-1]),
    "one hash more": joined([*LINES, LINES[-1]]),
    "the first hash missing": joined([*LINES[:3], *LINES[4:]]),
    "two siblings swapped": joined([*LINES[:3], LINES[4], LINES[3], *LINES[5:]]),
    "a short hash": with_line(3, base64.b64encode(bytes(31))),
    "a long hash": with_line(3, base64.b64encode(bytes(33))),
    "an unpadded hash": with_line(3, LINES[3].rstrip(b"=")),
    "64 hashes": joined([*LINES[:3], *[LINES[3]] * 64]),
    "no empty line": HEAD + b"\n" + NOTE,
    "two empty lines": HEAD + b"\n\n\n" + NOTE,
    "garbage at the end": DATA + b"garbage",
    "a line at the end": DATA + b"\n",
    "a line of garbage at the end": DATA + b"garbage\n",
    "the receipt twice": DATA + DATA,
    "cut": DATA[:-1],
    "a byte order mark": b"\xef\xbb\xbf" + DATA,
    "not UTF-8": DATA + b"\xff",
    "a million bytes": DATA + b"A" * 1_000_000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_or_wrong_is_refused(name: str) -> None:
    assert receipt.verify(DATA, POLICY, DOCUMENT, AT).index == 7
    assert MALFORMED[name] != DATA
    with pytest.raises(ProofInvalid):
        receipt.verify(MALFORMED[name], POLICY, DOCUMENT, AT)


def test_a_refusal_says_what_was_expected_and_found() -> None:
    with pytest.raises(ProofInvalid) as caught:
        receipt.verify(MALFORMED["the next index"], POLICY)
    assert caught.value.expected.startswith("inclusion root")
    assert len(caught.value.found) == 64
    assert "nhận được" in caught.value.vi


def test_every_flipped_bit_of_a_receipt() -> None:
    """None is accepted, and none ends otherwise than as ProofInvalid."""
    refused = 0
    for i in range(0, len(DATA) * 8, 3):
        data = bytearray(DATA)
        data[i // 8] ^= 1 << i % 8
        with pytest.raises(ProofInvalid):
            receipt.verify(bytes(data), POLICY, DOCUMENT, AT)
        refused += 1
    assert refused > 5000


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(DATA)), st.integers(0, len(DATA)), st.binary(max_size=20))
def test_pieces_cut_out_or_put_in(start: int, length: int, piece: bytes) -> None:
    data = DATA[:start] + piece + DATA[start + length :]
    if data != DATA:
        with pytest.raises(ProofInvalid):
            receipt.verify(data, POLICY, DOCUMENT, AT)


def test_a_receipt_for_very_many_recipients_stays_below_the_limit() -> None:
    evidence = sample(recipients=tuple(ev.Party(f"{i:03d}.00.{i % 100:02d}.H52") for i in range(11_000)))
    log = log_of(2, evidence=evidence)
    data = log.receipt(0)
    assert len(data) < receipt.MAX_RECEIPT
    assert len(receipt.verify(data, log.parsed_policy()).evidence.recipients) == 11_000


def test_a_stranger_may_add_a_line_without_harm() -> None:
    stranger = Signer.from_seed("stranger.example", bytes([5]) * 32, Algorithm.COSIGNATURE)
    checkpoint = Checkpoint(LOG.origin, LOG.tree.size, LOG.tree.root())
    more = note.attach(NOTE, note.cosign(checkpoint, stranger, AT))
    assert len(receipt.verify(joined(LINES, more), POLICY, DOCUMENT, AT).cosigners) == 1
