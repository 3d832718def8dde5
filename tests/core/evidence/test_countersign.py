"""Who beside the hub stands behind an event: told as it is, by both verifiers alike, and the signed bytes compared."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from clients import verify_receipt
from hub.cli.main import main
from hub.core.errors import ProofInvalid
from hub.core.evidence import countersign
from hub.core.evidence import format as ev
from hub.core.evidence import receipt as receipts
from hub.core.evidence.acknowledgement import Outcome
from hub.core.evidence.countersign import Standing
from hub.core.evidence.events import NEGATIVE, Event
from hub.core.evidence.format import Counter, Evidence, Party, StatusMark
from hub.core.log import policy as policies
from hub.core.model import StatusCode
from tests.core.audit.kit import policy_of
from tests.support.axis import HA_NOI, SON_LA, VPCP, Axis
from tests.support.logkit import URN, Log, sample

DIGEST = "sha-256:" + "d" * 64
CERT = "sha-256:" + "c" * 64
BY_H52 = Counter("H52", digest=DIGEST, signer="H52", certificate=CERT)
OLD_H52 = Counter("H52", digest=DIGEST)
BY_G22 = Counter("G22", digest=DIGEST, signer="G22", certificate=CERT)
BY_CENTRE = Counter("H52", digest=DIGEST, signer="W00", certificate=CERT)
STATUS = StatusMark("03", URN)
DOINGS = [
    Event.CONTENT_HANDOVER,
    Event.CONSIGNMENT_ACCEPTANCE,
    Event.CONSIGNMENT_REJECTION,
    Event.BUSINESS_STATUS,
    Event.RECALL_REFUSED,
]


def evidence(
    event: Event, counter: Counter | None, status: StatusMark | None = None, cause: Any = "recall"
) -> Evidence:
    return sample(
        recall=ev.RecallMark(URN, cause),
        event=event,
        counter=counter,
        status=status,
        sender=Party("G22"),
        recipients=(Party("H52"),),
        reasons=(ev.Reason("WHY"),) if event in NEGATIVE else (),
    )


def ended(made: Evidence) -> Evidence:
    """The recipient stands in for an agency that has ended."""
    reasons = (*made.reasons, ev.Reason(countersign.FORWARDED, "H51 H52"))
    return msgspec.structs.replace(made, reasons=reasons)


CASES = [
    *[(evidence(event, BY_H52), Standing.SIGNED, "H52") for event in DOINGS],
    *[(evidence(event, OLD_H52), Standing.UNKNOWN, "H52") for event in DOINGS],
    *[(evidence(event, BY_CENTRE), Standing.ON_BEHALF, "H52") for event in DOINGS],
    *[(ended(evidence(event, BY_H52)), Standing.ON_BEHALF, "H51") for event in DOINGS],
    *[(evidence(event, Counter("H52", absent="mtls")), Standing.ABSENT, "H52") for event in DOINGS],
    *[(evidence(event, None), Standing.MISSING, "H52") for event in DOINGS],
    *[(evidence(event, Counter("G22", digest=DIGEST)), Standing.FOREIGN, "G22") for event in DOINGS],
    (evidence(Event.SUBMISSION_ACCEPTANCE, None), Standing.NOT_APPLICABLE, ""),
    (evidence(Event.SUBMISSION_ACCEPTANCE, BY_H52), Standing.FOREIGN, "H52"),
    (evidence(Event.ACCEPTANCE_REJECTION_EXPIRY, None), Standing.NOT_APPLICABLE, ""),
    (evidence(Event.RECALL_CONFIRMED, None), Standing.NOT_APPLICABLE, ""),
    (evidence(Event.RECALL_CONFIRMED, BY_H52, StatusMark("15", URN)), Standing.SIGNED, "H52"),
    (evidence(Event.RECALL_CONFIRMED, None, STATUS), Standing.MISSING, "H52"),
    (evidence(Event.RECALL_REQUEST, None), Standing.NOT_APPLICABLE, ""),
    (evidence(Event.RECALL_REQUEST, None, cause="status-13"), Standing.MISSING, "G22"),
    (evidence(Event.RECALL_REQUEST, None, cause="hub"), Standing.MISSING, "G22"),
    (evidence(Event.CONSIGNMENT_ACCEPTANCE, BY_H52, StatusMark("01", URN)), Standing.FOREIGN, "H52"),
    (evidence(Event.CONTENT_HANDOVER, BY_H52, STATUS), Standing.FOREIGN, "H52"),
    (evidence(Event.RECALL_REQUEST, Counter("G22", digest=DIGEST), StatusMark("13", URN)), Standing.UNKNOWN, "G22"),
    (evidence(Event.RECALL_REQUEST, BY_G22, StatusMark("13", URN)), Standing.SIGNED, "G22"),
    (evidence(Event.RECALL_REQUEST, BY_H52, STATUS), Standing.FOREIGN, "H52"),
]


@pytest.mark.parametrize(("made", "standing", "by"), CASES)
def test_it_is_told_as_it_is_by_both_verifiers(made: Evidence, standing: Standing, by: str) -> None:
    told = countersign.standing(made)
    assert (told.standing, told.by) == (standing, by)
    assert (told.sha256 != "") is (made.counter is not None and made.counter.digest != "")
    assert bool(told.why) is (made.counter is not None and made.counter.absent != "")
    alone = verify_receipt.countersigned(verify_receipt.read_evidence(ev.encode(made)))
    assert alone.pop("standing") == standing.value
    expected = {
        "by": told.by,
        "sha256": told.sha256,
        "why": told.why,
        "signer": told.signer,
        "certificate": told.certificate,
    }
    assert alone == {name: value for name, value in expected.items() if value}


def test_both_verifiers_speak_alike() -> None:
    for standing in Standing:
        texts = verify_receipt.STANDINGS
        assert (texts["vi"][standing.value], texts["en"][standing.value]) == tuple(standing.text)


async def receipts_of(axis: Axis) -> dict[str, bytes]:
    """A signed hand-over, an unsigned one, a signed acceptance, and the submission, as receipts."""
    sent = await axis.send(VPCP, SON_LA, HA_NOI)
    message = sent.answer.message
    caller = axis.caller(HA_NOI)
    unsigned = await axis.exchange.acknowledge_unsigned(caller, HA_NOI, [(message.id, message.sha256)])
    signed = await axis.acknowledge(SON_LA, [(message.id, message.sha256)], Outcome.CONTENT_HANDOVER)
    status = await axis.status(SON_LA, StatusCode.ACCEPTED, sent.answer)
    sealed = {"submission": sent, "unsigned": unsigned, "signed": signed, "accepted": status}
    return {name: next(iter(one.receipts.values())) for name, one in sealed.items()}


async def test_what_the_hub_issues_is_told_truly_and_what_was_signed_is_compared(axis: Axis) -> None:
    standings, proved = {}, {}
    for name, data in (await receipts_of(axis)).items():
        proved[name] = receipts.verify(data, policy_of(axis))
        standings[name] = proved[name].countersignature.standing
    assert standings == {
        "submission": Standing.NOT_APPLICABLE,
        "unsigned": Standing.ABSENT,
        "signed": Standing.SIGNED,
        "accepted": Standing.SIGNED,
    }
    kept = await axis.exchange.store.signed(proved["signed"].countersignature.sha256)
    assert kept is not None
    countersign.check_signed(proved["signed"].evidence, kept)
    status = proved["accepted"].evidence.status
    assert status is not None
    message = await axis.exchange.store.message(2)
    assert message is not None
    assert message.id == status.message
    content = await axis.exchange.store.content(2)
    assert content is not None
    countersign.check_signed(proved["accepted"].evidence, content)
    for name, signed in (("signed", kept + b"x"), ("signed", content), ("unsigned", kept), ("submission", kept)):
        with pytest.raises(ProofInvalid):
            countersign.check_signed(proved[name].evidence, signed)


def truc(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], env={"TRUC_LANG": "en"}, catch_exceptions=False)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A receipt of a hand-over, the policy, and what was signed for it."""
    log, jws = Log(witnesses=0), b"header.payload.signature"
    counter = Counter("H52", f"sha-256:{sha256(jws).hexdigest()}", "", "H52", CERT)
    log.append(ev.encode(evidence(Event.CONTENT_HANDOVER, counter)))
    paths = tmp_path / "r.tlog-proof", tmp_path / "log.policy", tmp_path / "ack.jws"
    for path, data in zip(paths, (log.receipt(0), log.policy(), jws), strict=True):
        path.write_bytes(data)
    policies.parse(paths[1].read_bytes())
    return paths


def test_the_command_line_tells_it_and_compares_what_was_signed(files: tuple[Path, Path, Path]) -> None:
    receipt, policy, signed = files
    result = truc("receipt", "verify", receipt, "--policy", policy)
    assert result.exit_code == 0
    assert "signed by H52" in result.output
    answer = json.loads(truc("receipt", "verify", receipt, "--policy", policy, "--signed", signed, "--json").output)
    assert (answer["ok"], answer["signed_checked"]) == (True, True)
    assert answer["countersignature"]["standing"] == "signed"
    signed.write_bytes(b"another")
    result = truc("receipt", "verify", receipt, "--policy", policy, "--signed", signed)
    assert result.exit_code == 1
    assert "what the other party signed" in result.output


@pytest.mark.parametrize(("lang", "words"), [("vi", "có chữ ký của H52"), ("en", "signed by H52")])
def test_the_readable_file_tells_it_too(files: tuple[Path, Path, Path], lang: str, words: str) -> None:
    receipt, policy, _ = files
    code, answer, text = verify_receipt.judge(str(receipt), str(policy), None, lang)
    assert code == 0
    assert words in text
    told: Any = answer["countersigned"]
    assert (told["standing"], told["by"]) == ("signed", "H52")
