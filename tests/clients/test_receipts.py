"""What a client believes of "accepted": receipts of the wrong thing, though genuine, are refused."""

from __future__ import annotations

from hashlib import sha256

import pytest
from msgspec.structs import replace

from clients import receipts
from hub.core import wire
from hub.core.errors import ProofInvalid
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event
from hub.core.log import policy
from hub.core.log.keys import Signer
from hub.core.model import MessageKind
from tests.clients.test_axis import a_message
from tests.support.logkit import AT, DOCUMENT, URN, Log, sample

OTHER_URN = "urn:uuid:11234567-89ab-4cde-8f01-0123456789ab"
DIGEST = sha256(DOCUMENT).hexdigest()


def proved(evidence: ev.Evidence) -> tuple[str, policy.Policy]:
    """A genuine receipt of this evidence, and the policy under which it is one."""
    log = Log()
    log.append(ev.encode(sample(identifier=OTHER_URN)))
    index = log.append(ev.encode(evidence))
    return log.receipt(index).decode(), log.parsed_policy()


def submitted(receipt: str, **changes: object) -> wire.Submitted:
    message = replace(a_message(DIGEST), id=URN, **changes)
    return wire.Submitted(message=message, receipt=receipt, recipients=[])


def status_evidence(**changes: object) -> ev.Evidence:
    counter = ev.Counter("000.00.00.H52", digest=ev.digest_text(DOCUMENT))
    members = {"event": Event.CONSIGNMENT_ACCEPTANCE, "counter": counter, "message": OTHER_URN}
    return sample(**(members | changes))


@pytest.mark.parametrize("trusting", [True, False])
def test_an_acceptance_of_what_was_sent(trusting: bool) -> None:
    receipt, trusted = proved(sample())
    proof = receipts.check_submission(
        submitted(receipt), DOCUMENT, MessageKind.DOCUMENT, trusted if trusting else None, AT
    )
    assert (proof.index, proof.size) == (1, 2)
    assert proof.raw == receipt.encode()
    assert bool(proof.log) is trusting
    assert proof.cosigners == (("W0",) if trusting else ())


@pytest.mark.parametrize(
    "evidence",
    [
        sample(event=Event.CONTENT_CONSIGNMENT),
        sample(event=Event.SUBMISSION_REJECTION),
        sample(message=OTHER_URN),
        sample(content=ev.Content.of("d", sha256(b"another").digest())),
        sample(content=None),
    ],
)
def test_a_genuine_receipt_of_something_else_is_no_acceptance(evidence: ev.Evidence) -> None:
    receipt, trusted = proved(evidence)
    with pytest.raises(ProofInvalid):
        receipts.check_submission(submitted(receipt), DOCUMENT, MessageKind.DOCUMENT, trusted, AT)


def test_the_hub_must_name_the_bytes_that_were_sent() -> None:
    receipt, trusted = proved(sample())
    with pytest.raises(ProofInvalid, match="SHA-256"):
        receipts.check_submission(submitted(receipt, sha256="0" * 64), DOCUMENT, MessageKind.DOCUMENT, trusted, AT)


def test_a_receipt_of_another_log_fails_under_a_policy_only() -> None:
    receipt, _ = proved(sample())
    stranger = Signer.from_seed("elsewhere.example/log", bytes(32)).verifier
    other = policy.parse(f"log {stranger.vkey}\nquorum none\n")
    with pytest.raises(ProofInvalid):
        receipts.check_submission(submitted(receipt), DOCUMENT, MessageKind.DOCUMENT, other, AT)
    proof = receipts.check_submission(submitted(receipt), DOCUMENT, MessageKind.DOCUMENT, None, AT)
    assert proof.log == ""


def test_without_a_policy_the_evidence_must_still_be_in_the_tree() -> None:
    receipt, _ = proved(sample())
    lines = receipt.split("\n")
    lines[2] = "index 0"
    with pytest.raises(ProofInvalid):
        receipts.check_submission(submitted("\n".join(lines)), DOCUMENT, MessageKind.DOCUMENT, None, AT)


def test_a_status_is_recorded_with_its_own_digest_as_countersignature() -> None:
    receipt, trusted = proved(status_evidence())
    proof = receipts.check_submission(submitted(receipt), DOCUMENT, MessageKind.STATUS, trusted, AT)
    assert proof.evidence.event is Event.CONSIGNMENT_ACCEPTANCE


@pytest.mark.parametrize(
    "evidence",
    [
        status_evidence(status=None),
        status_evidence(status=ev.StatusMark("03", OTHER_URN)),
        status_evidence(counter=ev.Counter("000.00.00.H52", digest="sha-256:" + "0" * 64)),
    ],
)
def test_a_receipt_of_another_status_is_refused(evidence: ev.Evidence) -> None:
    receipt, trusted = proved(evidence)
    with pytest.raises(ProofInvalid):
        receipts.check_submission(submitted(receipt), DOCUMENT, MessageKind.STATUS, trusted, AT)


SIGNED = "a.signed.acknowledgement"
HANDED = {"event": Event.CONTENT_HANDOVER, "counter": ev.Counter("x", digest=ev.digest_text(SIGNED.encode()))}


def acknowledged(receipt: str, **changes: object) -> wire.AcknowledgedItem:
    item = wire.AcknowledgedItem(message=URN, state="handed_over", evidence=URN, receipt=receipt)
    return replace(item, **changes)


def test_a_hand_over_names_what_this_side_signed() -> None:
    receipt, trusted = proved(sample(**HANDED))
    proof = receipts.check_handover(acknowledged(receipt), DIGEST, SIGNED, trusted, AT)
    assert proof.evidence.event is Event.CONTENT_HANDOVER


@pytest.mark.parametrize(
    ("changes", "item", "digest"),
    [
        ({"event": Event.SUBMISSION_ACCEPTANCE}, {}, DIGEST),
        ({"message": OTHER_URN}, {}, DIGEST),
        ({"counter": ev.Counter("x", digest="sha-256:" + "0" * 64)}, {}, DIGEST),
        ({"counter": None}, {}, DIGEST),
        ({}, {"evidence": OTHER_URN}, DIGEST),
        ({}, {}, "0" * 64),
    ],
)
def test_a_hand_over_that_was_not_signed_here_is_refused(
    changes: dict[str, object], item: dict[str, object], digest: str
) -> None:
    receipt, trusted = proved(sample(**(HANDED | changes)))
    with pytest.raises(ProofInvalid):
        receipts.check_handover(acknowledged(receipt, **item), digest, SIGNED, trusted, AT)


def test_a_repeated_hand_over_may_name_the_first_signature() -> None:
    first = ev.Counter("x", digest="sha-256:" + "0" * 64)
    receipt, trusted = proved(sample(**(HANDED | {"counter": first})))
    assert receipts.check_handover(acknowledged(receipt, repeated=True), DIGEST, SIGNED, trusted, AT)
