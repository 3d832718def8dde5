"""Every input that ever failed or reached something new is run again, and some that nobody has seen.

FUZZ_EXAMPLES=10000 pytest tests/fuzz       more of what hypothesis and the seeded changes find
make fuzz                                   for as long as it is let, following coverage
"""

from __future__ import annotations

import os
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core import edxml
from hub.core.errors import ProofInvalid, SignatureRefusal, Verdict
from hub.core.signature import jws, token, trust
from hub.core.strict import decode_base64url
from tests.attacks.simulator import AT
from tests.fuzz import material, mutate, run
from tests.fuzz.seeds import seeds
from tests.fuzz.targets import TARGETS, directory
from tests.fuzz.world import world

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
anything = st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # in a certificate that the fuzzer made
@pytest.mark.parametrize("name", run.NAMES)
def test_what_is_kept_and_what_the_seeds_become_ends_in_a_typed_refusal(name: str) -> None:
    inputs = [*run.starts(name), *run.drawn(name, seed=2026, count=EXAMPLES)]
    run.replay(name, inputs)


@cache
def starts(name: str) -> list[bytes]:
    return run.starts(name)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_and_any_changes_end_in_a_typed_refusal(name: str) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(anything | json.map(lambda value: repr(value).encode()), st.integers(0, 1 << 64))
    def anyhow(data: bytes, seed: int) -> None:
        draw, others = Random(seed), starts(name)
        target.run(data)
        target.run(mutate.splice(draw.choice(others), draw, [data]))
        target.run(mutate.mutate(draw.choice(others), draw, others, target.text))

    target = TARGETS[name]
    anyhow()


# that a target finds what it is there for


def test_the_seeds_are_alive() -> None:
    """A seed whose signature does not hold would let the fuzzer no further than the first check."""
    for name, data in material.signed().items():
        claimed = edxml.parse(data)
        registered = frozenset(c.sha256 for c in directory()[claimed.claimed_sender].certificates)
        assert trust.verify(claimed, registered, world().anchors, AT).signature.verdict is Verdict.VALID, name
    for name in run.NAMES:
        assert run.starts(name), name


def test_the_seeds_are_the_same_every_time() -> None:
    """So a kept input goes on leading to the same certificates and keys."""
    before = seeds()
    for function in (seeds, material.signed, material.seals, material.log, world):
        function.cache_clear()
    assert seeds() == before


def believes_documents(claimed: edxml.Claimed, *_: object) -> trust.Verified:
    """A verifier that takes every message for its sender's."""
    report = trust.SignatureReport(Verdict.VALID, "", "")
    return trust.Verified(message=edxml.read(claimed), raw=claimed.raw, sha256=claimed.sha256, signature=report)


def believes_tokens(text: str, *_: object) -> bytes:
    try:
        return decode_base64url(text.split(".")[1], "the payload")
    except IndexError:
        raise ProofInvalid(expected="a token", found="none") from None


def believes_digests(claimed: edxml.Claimed, *arguments: Any) -> trust.Verified:
    """A verifier that compares the digest and forgets the signature over it."""
    try:
        return VERIFY(claimed, *arguments)
    except SignatureRefusal as refusal:
        if refusal.verdict is not Verdict.SIGNATURE_INVALID or mutate.redigested(claimed.raw) != claimed.raw:
            raise
        return believes_documents(edxml.parse(claimed.raw))


VERIFY = trust.verify
BROKEN = {
    "any document": ("signature", trust, "verify", believes_documents),
    "any document of a hub's": ("told", trust, "verify", believes_documents),
    "any digest": ("signature", trust, "verify", believes_digests),
    "any acknowledgement": ("acknowledgement", jws, "verify", believes_tokens),
    "any seal": ("seal", jws, "verify", believes_tokens),
    "any access": ("access", token, "verify", lambda *_: None),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_verifier_that_believes_is_a_finding(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    target, module, name, believing = BROKEN[what]
    monkeypatch.setattr(module, name, believing)
    with run.opened(target) as bounded:
        assert any(run.failure(bounded, data) is AssertionError for data in run.drawn(target, 1, 6_000))


def test_an_input_that_fails_is_made_smaller() -> None:
    def picky(data: bytes) -> None:
        assert b"x" not in data

    assert run.smallest(picky, b"a" * 500 + b"x" + b"b" * 500) == b"x"


def test_an_input_that_takes_too_long_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.run.CPU_SECONDS", -1.0)
    with run.opened("policy") as bounded, pytest.raises(run.TooDear):
        bounded(b"")
