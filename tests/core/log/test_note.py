"""Keys, signed notes, cosignatures, and the request to a witness, against the golden vectors and under attack."""

from __future__ import annotations

import base64
import random
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.errors import ProofInvalid
from hub.core.log import note, witness
from hub.core.log.keys import Algorithm, Checkpoint, Signer, Verifier
from hub.core.model import Millis
from tests.support.logkit import AT, GOLDEN, GOLDEN_NOTE, numbered_leaves

LOG = Signer.from_seed(GOLDEN["origin"], bytes.fromhex(GOLDEN["log_seed"]))
WITNESS = Signer.from_seed(GOLDEN["witness"], bytes.fromhex(GOLDEN["witness_seed"]), Algorithm.COSIGNATURE)
PQ_LOG = Signer.from_seed(GOLDEN["origin"], bytes(32), Algorithm.ML_DSA_44)
PQ_WITNESS = Signer.from_seed("pq.example.gov.vn", bytes([7]) * 32, Algorithm.ML_DSA_44)
CHECKPOINT = Checkpoint(GOLDEN["origin"], 5, base64.b64decode(GOLDEN["root_5"]))
SIGNERS = (LOG, WITNESS, PQ_LOG, PQ_WITNESS)
KNOWN = [s.verifier for s in SIGNERS]


def line_of(data: bytes, name: str) -> bytes:
    return next(line for line in data.splitlines(keepends=True) if line.startswith(f"— {name} ".encode()))


def test_golden_keys_and_note() -> None:
    assert LOG.verifier.vkey == GOLDEN["log_vkey"]
    assert WITNESS.verifier.vkey == GOLDEN["witness_vkey"]
    signed = note.sign(CHECKPOINT, [LOG])
    assert note.attach(signed, note.cosign(CHECKPOINT, WITNESS, AT)) == GOLDEN_NOTE
    assert note.sign(CHECKPOINT, [LOG, WITNESS], AT) == GOLDEN_NOTE
    opened = note.open_note(GOLDEN_NOTE, [Verifier.parse(GOLDEN["log_vkey"]), Verifier.parse(GOLDEN["witness_vkey"])])
    assert opened.checkpoint == CHECKPOINT
    assert [(s.verifier.name, s.at) for s in opened.signed] == [(GOLDEN["origin"], None), (GOLDEN["witness"], AT)]


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda s: s.verifier.vkey[:40])
def test_keys_come_back_from_their_text(signer: Signer) -> None:
    assert Verifier.parse(signer.verifier.vkey) == signer.verifier
    again = Signer.parse(signer.skey)
    assert again.verifier == signer.verifier
    assert again.seed == signer.seed
    assert signer.seed.hex() not in repr(signer)
    assert base64.b64encode(signer.seed).decode() not in repr(signer)


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda s: s.verifier.vkey[:40])
def test_each_algorithm_signs_and_verifies(signer: Signer) -> None:
    signed = note.sign(CHECKPOINT, [signer], AT)
    (found,) = note.open_note(signed, KNOWN).signed
    assert found.verifier == signer.verifier
    assert found.at == (None if signer is LOG else AT)
    for other in (Checkpoint(CHECKPOINT.origin, 6, CHECKPOINT.root), Checkpoint("x", 5, CHECKPOINT.root)):
        moved = note.ClaimedNote(other, note.parse(signed).lines).encode()
        with pytest.raises(ProofInvalid):
            note.open_note(moved, KNOWN)


def test_ml_dsa_signs_the_record_of_the_specification() -> None:
    """Field by field, with nothing of ours but the key: c2sp.org/tlog-cosignature, ML-DSA-44 signed message."""
    name, origin = b"pq.example.gov.vn", GOLDEN["origin"].encode()
    message = (
        b"subtree/v1\n\x00"
        + bytes([len(name)])
        + name
        + GOLDEN["time"].to_bytes(8, "big")
        + bytes([len(origin)])
        + origin
        + (0).to_bytes(8, "big")
        + (5).to_bytes(8, "big")
        + CHECKPOINT.root
    )
    key = MLDSA44PrivateKey.from_seed_bytes(PQ_WITNESS.seed)
    blob = GOLDEN["time"].to_bytes(8, "big") + key.sign(message)
    assert PQ_WITNESS.verifier.verify(CHECKPOINT, blob) == AT
    key.public_key().verify(PQ_WITNESS.sign(CHECKPOINT, AT)[8:], message)
    assert len(PQ_WITNESS.verifier.public) == 1312


def test_a_cosignature_does_not_pass_for_another_key_of_the_same_bytes() -> None:
    """One Ed25519 key used as log and as witness: each signature stands under its own type only."""
    as_log = Signer.from_seed("one.example", bytes(32), Algorithm.ED25519)
    as_witness = Signer.from_seed("one.example", bytes(32), Algorithm.COSIGNATURE)
    assert as_log.verifier.key_id != as_witness.verifier.key_id
    with pytest.raises(ProofInvalid):
        as_witness.verifier.verify(CHECKPOINT, bytes(8) + as_log.sign(CHECKPOINT, AT))
    with pytest.raises(ProofInvalid):
        as_log.verifier.verify(CHECKPOINT, as_witness.sign(CHECKPOINT, AT)[8:])


def test_unknown_keys_are_ignored() -> None:
    stranger = Signer.from_seed("stranger.example", bytes([9]) * 32)
    namesake = Signer.from_seed(GOLDEN["origin"], bytes([8]) * 32)
    assert namesake.verifier.key_id != LOG.verifier.key_id
    data = GOLDEN_NOTE
    for signer in (stranger, namesake):
        bad = signer.sign(Checkpoint("other", 1, bytes(32)), AT)
        data += note.SignatureLine(signer.verifier.name, signer.verifier.key_id, bad).text.encode()
    assert [s.verifier for s in note.open_note(data, KNOWN).signed] == [LOG.verifier, WITNESS.verifier]


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda s: s.verifier.vkey[:40])
def test_a_known_key_with_a_bad_signature_refuses_the_note(signer: Signer) -> None:
    good = note.parse(note.sign(CHECKPOINT, SIGNERS, AT))
    assert len(note.open_note(good, KNOWN).signed) == 4
    for at in (0, 8, -1):
        lines = []
        for line in good.lines:
            blob = bytearray(line.signature)
            blob[at] ^= (line.name, line.key_id) == (signer.verifier.name, signer.verifier.key_id)
            lines.append(note.SignatureLine(line.name, line.key_id, bytes(blob)))
        with pytest.raises(ProofInvalid, match="signature"):
            note.open_note(note.ClaimedNote(good.checkpoint, tuple(lines)), KNOWN)


def test_a_signature_of_another_length_is_bad() -> None:
    for signer in SIGNERS:
        blob = signer.sign(CHECKPOINT, AT)
        for wrong in (blob[:-1], blob + b"\0", b""):
            with pytest.raises(ProofInvalid):
                signer.verifier.verify(CHECKPOINT, wrong)


def test_a_time_beyond_its_bound_is_bad() -> None:
    far = WITNESS.sign(CHECKPOINT, Millis(2**63 * 1000))
    with pytest.raises(ProofInvalid, match="time"):
        WITNESS.verifier.verify(CHECKPOINT, far)


def test_a_note_without_any_known_key_is_refused() -> None:
    with pytest.raises(ProofInvalid, match="known key"):
        note.open_note(GOLDEN_NOTE, [PQ_LOG.verifier])
    with pytest.raises(ProofInvalid):
        note.open_note(GOLDEN_NOTE, [])


def test_two_known_keys_with_one_id_are_refused() -> None:
    twin = Verifier(LOG.verifier.name, Algorithm.ED25519, WITNESS.verifier.public)
    object.__setattr__(twin, "key_id", LOG.verifier.key_id)
    with pytest.raises(ProofInvalid, match="distinct"):
        note.open_note(GOLDEN_NOTE, [LOG.verifier, twin])


def malformed() -> dict[str, bytes]:
    log_line, body = line_of(GOLDEN_NOTE, GOLDEN["origin"]), CHECKPOINT.text
    b64 = log_line.split(b" ")[2].strip()
    loose = b64[:-2] + bytes([b64[-2] + 1]) + b"="
    return {
        "empty": b"",
        "no gap": body + log_line,
        "no signature": body + b"\n",
        "no last newline": GOLDEN_NOTE[:-1],
        "a blank line at the end": GOLDEN_NOTE + b"\n",
        "garbage at the end": GOLDEN_NOTE + b"garbage\n",
        "CRLF": GOLDEN_NOTE.replace(b"\n", b"\r\n"),
        "a carriage return": GOLDEN_NOTE.replace(b"5\n", b"5\r\n", 1),
        "a tab": GOLDEN_NOTE.replace(b"\n5", b"\n\t5", 1),
        "a NUL": GOLDEN_NOTE.replace(b"hub.", b"h\0b.", 1),
        "not UTF-8": GOLDEN_NOTE.replace(b"hub.", b"h\xffb.", 1),
        "leading zero": GOLDEN_NOTE.replace(b"\n5\n", b"\n05\n", 1),
        "plus sign": GOLDEN_NOTE.replace(b"\n5\n", b"\n+5\n", 1),
        "negative": GOLDEN_NOTE.replace(b"\n5\n", b"\n-5\n", 1),
        "other digits": GOLDEN_NOTE.replace(b"\n5\n", "\n٥\n".encode(), 1),
        "too large": GOLDEN_NOTE.replace(b"\n5\n", b"\n%d\n" % 2**63, 1),
        "short root": GOLDEN_NOTE.replace(b"/hSlQm+9", b"", 1),
        "an extension line": GOLDEN_NOTE.replace(b"Xs=\n", b"Xs=\nextension\n", 1),
        "no origin": GOLDEN_NOTE.replace(GOLDEN["origin"].encode(), b"", 1),
        "loose base64": GOLDEN_NOTE.replace(b64, loose, 1),
        "no padding": GOLDEN_NOTE.replace(b64, b64.rstrip(b"="), 1),
        "base64 with a space": GOLDEN_NOTE.replace(b64, b64[:8] + b" " + b64[8:], 1),
        "url alphabet": GOLDEN_NOTE.replace(b64, b64.replace(b"/", b"_"), 1),
        "another dash": GOLDEN_NOTE.replace("—".encode(), "–".encode(), 1),
        "two spaces": GOLDEN_NOTE.replace("— ".encode(), "—  ".encode(), 1),
        "a plus in a name": GOLDEN_NOTE.replace("— hub".encode(), "— h+b".encode(), 1),
        "a no-break space in a name": GOLDEN_NOTE.replace("— hub".encode(), "— h\xa0b".encode(), 1),
        "signed twice": GOLDEN_NOTE + log_line,
        "signed twice by a stranger": GOLDEN_NOTE + "— x AAAAAAA=\n— x AAAAAAA=\n".encode(),
        "an empty signature": GOLDEN_NOTE + "— x AAAAAA==\n".encode(),
        "too many signatures": GOLDEN_NOTE + "".join(f"— x{i} AAAAAAA=\n" for i in range(note.MAX_SIGNATURES)).encode(),
        "too long": GOLDEN_NOTE + b"a" * note.MAX_NOTE,
    }


@pytest.mark.parametrize("name", malformed())
def test_malformed_notes_are_refused(name: str) -> None:
    data = malformed()[name]
    assert data != GOLDEN_NOTE
    with pytest.raises(ProofInvalid):
        note.open_note(data, KNOWN)


def test_every_flipped_bit_of_a_note() -> None:
    """Never accepted with another checkpoint; never another exception than ProofInvalid."""
    for i in range(len(GOLDEN_NOTE) * 8):
        data = bytearray(GOLDEN_NOTE)
        data[i // 8] ^= 1 << i % 8
        try:
            opened = note.open_note(bytes(data), [LOG.verifier, WITNESS.verifier])
        except ProofInvalid:
            continue
        # What may remain is one signature line that has become a stranger's.
        assert opened.checkpoint == CHECKPOINT
        assert len(opened.signed) == 1


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_end_as_a_refusal(data: bytes) -> None:
    for junk in (data, CHECKPOINT.text + b"\n" + data, data + b"\n\n" + GOLDEN_NOTE):
        with suppress(ProofInvalid):
            assert note.parse(junk).encode() == junk


def bad_keys() -> list[str]:
    name, key_id, encoded = GOLDEN["log_vkey"].split("+", 2)
    raw = base64.b64decode(encoded)

    def key(head: bytes, public: bytes) -> str:
        return f"{name}+{key_id}+{base64.b64encode(head + public).decode()}"

    return [
        "",
        name,
        f"{name}+{key_id}",
        f"+{key_id}+{encoded}",
        f"a b+{key_id}+{encoded}",
        f"{name}+00000000+{encoded}",
        f"{name}+{key_id.upper()}+{encoded}",
        f"other+{key_id}+{encoded}",
        f"{name}+{key_id}+{encoded} ",
        f"{name}+{key_id}+",
        key(b"\x02", raw[1:]),
        key(b"\x04", raw[1:]),
        key(b"\x01", raw[1:-1]),
        key(b"\x06", raw[1:]),
        key(b"\x06", bytes(1311)),
    ]


@pytest.mark.parametrize("vkey", bad_keys())
def test_bad_public_keys_are_refused(vkey: str) -> None:
    with pytest.raises(ProofInvalid):
        Verifier.parse(vkey)


def test_bad_private_keys_are_refused_without_being_shown() -> None:
    good = LOG.skey
    secret = good.rsplit("+", 1)[1]
    for bad in ("", "x" + good, good[:-2], good.replace("PRIVATE", "PUBLIC"), good.replace("hub", "hbu", 1)):
        with pytest.raises(ProofInvalid) as caught:
            Signer.parse(bad)
        assert secret[:20] not in str(caught.value) + caught.value.vi
    with pytest.raises(ProofInvalid):
        Signer.from_seed("x", bytes(31))


def test_a_witness_may_renew_its_line() -> None:
    later = note.attach(GOLDEN_NOTE, note.cosign(CHECKPOINT, WITNESS, Millis(AT + 60_000)))
    assert len(note.parse(later).lines) == 2
    assert [s.at for s in note.open_note(later, KNOWN).signed] == [None, AT + 60_000]
    for bad in (b"", b"\n", "— x AAAAAAA=".encode(), line_of(GOLDEN_NOTE, GOLDEN["witness"]) * 2):
        with pytest.raises(ProofInvalid):
            note.attach(GOLDEN_NOTE, bad)


def test_names_longer_than_their_length_byte_are_refused() -> None:
    long = Signer.from_seed("x" * 256, bytes(32), Algorithm.ML_DSA_44)
    with pytest.raises(ProofInvalid, match="255"):
        long.sign(CHECKPOINT, AT)


# --- the request to a witness


@given(st.integers(0, 2**63 - 1), st.integers(0, 63))
def test_a_witness_request_comes_back(old: int, count: int) -> None:
    request = witness.AddCheckpoint(old, tuple(numbered_leaves(count)), GOLDEN_NOTE)
    assert witness.parse(request.encode()) == request


def test_malformed_witness_requests_are_refused() -> None:
    good = witness.AddCheckpoint(3, tuple(numbered_leaves(4)), GOLDEN_NOTE).encode()
    assert good.startswith(b"old 3\n")
    bad = [
        b"",
        good.replace(b"old 3", b"old 03", 1),
        good.replace(b"old 3", b"Old 3", 1),
        good.replace(b"\n", b"\r\n"),
        good.partition(b"\n\n")[0],
        witness.AddCheckpoint(3, tuple(numbered_leaves(64)), GOLDEN_NOTE).encode(),
        witness.AddCheckpoint(3, (bytes(31),), GOLDEN_NOTE).encode(),
    ]
    for data in bad:
        with pytest.raises(ProofInvalid):
            witness.parse(data)


def test_a_shuffled_note_is_the_same_note() -> None:
    claimed = note.parse(note.sign(CHECKPOINT, SIGNERS, AT))
    lines = list(claimed.lines)
    random.Random(1).shuffle(lines)
    shuffled = note.open_note(note.ClaimedNote(claimed.checkpoint, tuple(lines)), KNOWN)
    assert {s.verifier.vkey for s in shuffled.signed} == {v.vkey for v in KNOWN}
