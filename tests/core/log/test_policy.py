"""Policy files: who signed, and whether enough of them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.errors import PolicyInvalid, ProofInvalid
from hub.core.log import note, policy
from hub.core.log.keys import Algorithm, Checkpoint, Signer
from hub.core.model import Millis
from tests.support.logkit import AT, GOLDEN, GOLDEN_NOTE, GOLDEN_POLICY

ORIGIN = GOLDEN["origin"]
LOG = Signer.from_seed(ORIGIN, bytes(range(32)))
PQ_LOG = Signer.from_seed(ORIGIN, bytes(32), Algorithm.ML_DSA_44)
NAMES = ("X1", "X2", "X3", "Y1", "Y2")
WITNESSES = {
    name: Signer.from_seed(f"{name.lower()}.example", bytes([i]) * 32, Algorithm.COSIGNATURE)
    for i, name in enumerate(NAMES, 1)
}
CHECKPOINT = Checkpoint(ORIGIN, 5, bytes(32))
HEAD = f"log {LOG.verifier.vkey}\n" + "".join(f"witness {n} {s.verifier.vkey}\n" for n, s in WITNESSES.items())
GROUPS = "group X 2 X1 X2 X3\ngroup Y any Y1 Y2\ngroup both all X Y\n"


def signed_by(*names: str, at: Millis = AT, log: Signer = LOG) -> bytes:
    return note.sign(CHECKPOINT, [log, *(WITNESSES[n] for n in names)], at)


def test_the_golden_note_satisfies_the_golden_policy() -> None:
    witnessed = policy.parse(GOLDEN_POLICY).check(GOLDEN_NOTE, AT)
    assert witnessed.log.vkey == GOLDEN["log_vkey"]
    assert [(c.name, c.key_name, c.at) for c in witnessed.cosigners] == [("w1", GOLDEN["witness"], AT)]


def test_the_quorum_of_nested_groups_in_every_combination() -> None:
    """Two of X and one of Y, as in the example of the specification."""
    read = policy.parse(HEAD + GROUPS + "quorum both\n")
    for count in range(len(NAMES) + 1):
        for names in itertools.combinations(NAMES, count):
            enough = sum(n[0] == "X" for n in names) >= 2 and any(n[0] == "Y" for n in names)
            if enough:
                assert {c.name for c in read.check(signed_by(*names)).cosigners} == set(names)
            else:
                with pytest.raises(ProofInvalid, match="quorum"):
                    read.check(signed_by(*names))


@pytest.mark.parametrize(
    ("tail", "names"),
    [
        ("quorum none\n", ()),
        ("quorum X3\n", ("X3",)),
        ("group g 1 X1 X2\nquorum g\n", ("X2",)),
        (GROUPS + "quorum Y", ("Y1",)),
    ],
)
def test_smaller_quorums(tail: str, names: tuple[str, ...]) -> None:
    read = policy.parse(HEAD + tail)
    read.check(signed_by(*names))
    if names:
        with pytest.raises(ProofInvalid, match="quorum"):
            read.check(signed_by())


def test_a_cosignature_from_the_future_does_not_count() -> None:
    read = policy.parse(HEAD + "quorum X1\n")
    ahead = Millis(AT + policy.LEEWAY + 1000)
    read.check(signed_by("X1", at=ahead))
    read.check(signed_by("X1", at=ahead), ahead)
    read.check(signed_by("X1", at=Millis(AT + policy.LEEWAY)), AT)
    with pytest.raises(ProofInvalid, match="quorum"):
        read.check(signed_by("X1", at=ahead), AT)
    without = policy.parse(HEAD + "quorum none\n").check(signed_by("X1", at=ahead), AT)
    assert without.cosigners == ()


def test_a_bad_cosignature_refuses_even_without_quorum() -> None:
    read = policy.parse(HEAD + "quorum none\n")
    wrong = note.cosign(Checkpoint(ORIGIN, 6, bytes(32)), WITNESSES["X1"], AT)
    with pytest.raises(ProofInvalid, match="bad one"):
        read.check(note.attach(signed_by(), wrong))


def test_a_log_must_sign_under_its_own_origin() -> None:
    read = policy.parse(HEAD + "quorum none\n")
    other = Signer.from_seed("other.example/log", bytes(range(32)))
    with pytest.raises(ProofInvalid):
        read.check(signed_by("X1", log=other))
    two = policy.parse(f"log {other.verifier.vkey}\nlog {PQ_LOG.verifier.vkey}\nquorum none\n")
    with pytest.raises(ProofInvalid, match="as origin"):
        two.check(note.sign(CHECKPOINT, [other]))
    assert two.check(note.sign(CHECKPOINT, [other, PQ_LOG])).log == PQ_LOG.verifier


def test_witnesses_without_the_log_are_not_enough() -> None:
    read = policy.parse(HEAD + "quorum X1\n")
    with pytest.raises(ProofInvalid, match="log"):
        read.check(note.sign(CHECKPOINT, [WITNESSES["X1"]], AT))


def test_a_log_of_two_algorithms_and_a_witness_of_the_new_one() -> None:
    pq_witness = Signer.from_seed("pq.example", bytes([77]) * 32, Algorithm.ML_DSA_44)
    read = policy.parse(
        f"log {LOG.verifier.vkey}\nlog {PQ_LOG.verifier.vkey}\nwitness pq {pq_witness.verifier.vkey}\nquorum pq\n"
    )
    found = read.check(note.sign(CHECKPOINT, [LOG, PQ_LOG, pq_witness], AT))
    assert found.log == LOG.verifier
    assert [c.at for c in found.cosigners] == [AT]
    only = policy.parse(f"log {PQ_LOG.verifier.vkey}\nquorum none\n")
    with pytest.raises(ProofInvalid):
        only.check(note.sign(CHECKPOINT, [LOG]))


def test_white_space_comments_urls_and_names_as_people_write_them() -> None:
    text = (
        f"# Nhân chứng\n\n \t log\t{LOG.verifier.vkey}  https://hub.example/\n"
        f"witness nhân-chứng {WITNESSES['X1'].verifier.vkey} https://w.example/\n  # end\n"
        "group nhóm 1 nhân-chứng\nquorum\tnhóm"
    )
    read = policy.parse(text)
    assert read.logs[0].url == "https://hub.example/"
    assert read.witnesses[0].name == "nhân-chứng"
    assert policy.parse(read.encode()) == read
    read.check(signed_by("X1"))


X1, X2 = WITNESSES["X1"].verifier.vkey, WITNESSES["X2"].verifier.vkey
BAD = {
    "empty": "",
    "no log": f"witness X1 {X1}\nquorum X1\n",
    "no quorum": HEAD,
    "two quorums": HEAD + "quorum none\nquorum none\n",
    "quorum of nobody": HEAD + "quorum nobody\n",
    "quorum of two": HEAD + "quorum X1 X2\n",
    "quorum before its group": HEAD + "quorum X\n" + GROUPS,
    "a witness named none": f"log {LOG.verifier.vkey}\nwitness none {X1}\nquorum none\n",
    "a name twice": HEAD + f"witness X1 {PQ_LOG.verifier.vkey}\nquorum none\n",
    "a group named as a witness": HEAD + "group X1 1 X2\nquorum none\n",
    "a group of nobody": HEAD + "group g any\nquorum none\n",
    "a group of a stranger": HEAD + "group g any X1 Z\nquorum none\n",
    "a group of itself": HEAD + "group g any g\nquorum none\n",
    "a member twice": HEAD + "group g any X1 X1\nquorum none\n",
    "a member of two groups": HEAD + "group g any X1\ngroup h any X1\nquorum none\n",
    "none as a member": HEAD + "group g any none\nquorum none\n",
    "zero": HEAD + "group g 0 X1\nquorum none\n",
    "more than there are": HEAD + "group g 2 X1\nquorum none\n",
    "leading zero": HEAD + "group g 01 X1\nquorum none\n",
    "signed threshold": HEAD + "group g +1 X1\nquorum none\n",
    "the key twice": HEAD + f"log {LOG.verifier.vkey}\nquorum none\n",
    "a witness key twice": HEAD + f"witness Z {X1}\nquorum none\n",
    "a log that is its own witness": f"log {PQ_LOG.verifier.vkey}\nwitness w {PQ_LOG.verifier.vkey}\nquorum w\n",
    "a witness key as a log": f"log {X1}\nquorum none\n",
    "a log key as a witness": f"log {LOG.verifier.vkey}\nwitness w {LOG.verifier.vkey}\nquorum w\n",
    "a broken key": HEAD + "log x\nquorum none\n",
    "an unknown keyword": HEAD + "trust me\nquorum none\n",
    "a keyword in capitals": HEAD + "Quorum none\n",
    "CR alone": (HEAD + "quorum none\n").replace("\n", "\r"),
    "a NUL": HEAD + "quorum none\n\0",
    "too many words": f"log {LOG.verifier.vkey} url more\nquorum none\n",
    "another white space": HEAD + "quorum\u00a0none\n",
    "too long": HEAD + "quorum none\n#" + "x" * policy.MAX_POLICY,
}


@pytest.mark.parametrize("name", BAD)
def test_a_policy_that_breaks_a_rule_is_refused(name: str) -> None:
    with pytest.raises(PolicyInvalid):
        policy.parse(BAD[name])


def test_the_line_is_named() -> None:
    with pytest.raises(PolicyInvalid, match="line 3"):
        policy.parse(f"log {LOG.verifier.vkey}\n\nquorum nobody\n")
    with pytest.raises(PolicyInvalid, match="UTF-8"):
        policy.parse(b"# \xff\n")


@settings(max_examples=150)
@given(st.lists(st.sampled_from([*HEAD.splitlines(), *GROUPS.splitlines(), "quorum both", "quorum none", "#", "log"])))
def test_any_order_of_lines_is_read_or_refused_and_comes_back(lines: list[str]) -> None:
    try:
        read = policy.parse("\n".join(lines))
    except PolicyInvalid:
        return
    assert policy.parse(read.encode()) == read
