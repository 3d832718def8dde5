"""What a bundle may cost its auditor: four times as much in it costs four times as much, whoever made it.

Measured in calls, which no other process disturbs; where one call does the work, in processor time of many rounds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core.bundle import contents as bundles
from hub.core.bundle import countersignatures as bundle_counters
from hub.core.bundle import log as bundle_log
from hub.core.bundle import signatures as bundle_signatures
from hub.core.bundle.contents import Bundle
from hub.core.bundle.log import MOST_CHANGES, MOST_OWNERS, Binding, Bindings, Entry
from hub.core.bundle.signatures import MAX_LISTS, bound, identity
from hub.core.directory.log import CertificateChange
from hub.core.errors import ProofInvalid, SignatureRefusal, Verdict
from hub.core.evidence.format import Event, Party
from hub.core.log.keys import Checkpoint
from hub.core.model import Millis, iso_utc
from hub.core.signature.anchors import DAY, Anchors
from hub.core.signature.archive import Archive
from hub.pki.issue import AGENCY, Credential, Revocation, issue, make_crl, make_issuing, make_root
from tests.core.bundle.kit import Life, story
from tests.support.axis import NOON

N = 12
ROOT = make_root(NOON)
ISSUING = make_issuing(ROOT, NOON)
AGENT = issue(ISSUING, AGENCY, "000.00.00.H52", "Sơn La", NOON, crl_url="http://localhost/crl")
DER = AGENT.certificate.public_bytes(Encoding.DER)


def calls(work: Callable[[], object]) -> int:
    """Calls of Python and of the library that `work` makes."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def linear(cost: Callable[[int], float], n: int) -> None:
    """Quadratic would be 16 times as much."""
    assert cost(4 * n) < 7 * cost(n)


def strangers(count: int) -> list[Credential]:
    """Authorities of the real one's name, each with a key of its own, that nobody certified."""
    return [make_issuing(make_root(NOON), NOON) for _ in range(count)]


def test_lists_and_authorities_of_one_name_do_not_multiply() -> None:
    """The attack: as many authorities as lists, all of one name, each list tried with the key of each."""
    many = strangers(4 * N)
    lists = [make_crl(ca, [], 1, Millis(NOON), 7) for ca in many]
    real = [make_crl(ROOT, [], 1, Millis(NOON), 1000), make_crl(ISSUING, [], 1, Millis(NOON), 7)]
    anchors = Anchors([ROOT.certificate], grace=DAY)

    def made(count: int) -> Archive:
        certificates = [ISSUING.certificate, AGENT.certificate, *(ca.certificate for ca in many[:count])]
        return Archive(anchors, certificates, [*real, *lists[:count]])

    linear(lambda n: calls(lambda: made(n)), N)
    trusted = made(4 * N)
    assert trusted.signer([DER], Millis(NOON)).sha256  # and the strangers kept nobody out
    assert trusted.intermediates == (ISSUING.certificate,)


def test_many_lists_of_the_real_authority_are_asked_at_once() -> None:
    lists = [make_crl(ISSUING, [], n + 1, Millis(NOON + n * DAY), 7) for n in range(4 * N)]
    roots = make_crl(ROOT, [], 1, Millis(NOON), 1000)

    def asking(count: int) -> int:
        trusted = Archive(Anchors([ROOT.certificate], grace=DAY), [ISSUING.certificate], [roots, *lists[:count]])
        trusted.signer([DER], Millis(NOON))
        return calls(lambda: trusted.signer([DER], Millis(NOON)))

    assert asking(4 * N) <= asking(N) + 2


@pytest.mark.parametrize("order", [1, -1])
def test_the_earliest_date_of_any_list_counts(order: int) -> None:
    reason = x509.ReasonFlags.key_compromise
    serial = AGENT.certificate.serial_number
    lists = [
        make_crl(
            ISSUING, [Revocation(serial, Millis(NOON + since * DAY), reason)], day + 1, Millis(NOON + day * DAY), 7
        )
        for day, since in ((4, 3), (6, 5), (9, 4))
    ][::order]
    roots = make_crl(ROOT, [], 1, Millis(NOON), 1000)
    trusted = Archive(Anchors([ROOT.certificate], grace=DAY), [ISSUING.certificate], [roots, *lists])
    assert trusted.signer([DER], Millis(NOON + 2 * DAY))
    with pytest.raises(SignatureRefusal) as refused:
        trusted.signer([DER], Millis(NOON + 3 * DAY))
    assert refused.value.verdict is Verdict.CERTIFICATE_REVOKED


def test_lists_are_bounded_together() -> None:
    members = {f"crls/{n:064x}.crl": bytes(16_000_000) for n in range(5)}
    with pytest.raises(ProofInvalid, match=str(MAX_LISTS)):
        bundle_signatures.credentials(Bundle("m", (), members), Anchors([ROOT.certificate]))


# the directory


def change(leaf: int, agency: str, certificate: str) -> Binding:
    return Binding(
        leaf,
        CertificateChange(
            agency=agency,
            certificate=f"sha-256:{certificate}",
            change="added",
            time=iso_utc(NOON),
            by="test",
            nonce="n",
        ),
    )


def test_each_evidence_asks_the_directory_about_its_own_agency_alone() -> None:
    """The attack: changes of many agencies beside evidence of many acknowledgements, and each asks for each."""

    def cost(n: int) -> int:
        known = Bindings(change(leaf, f"agency-{leaf}", f"{leaf:064x}") for leaf in range(n))

        def asked() -> None:
            for leaf in range(n):
                assert bound(known, f"agency-{leaf}", NOON, n) == {f"{leaf:064x}"}
                assert list(known.owners(f"{leaf:064x}")) == [f"agency-{leaf}"]

        return calls(asked)

    linear(cost, 50)


def test_what_one_agency_or_one_certificate_may_have_of_them_is_bounded() -> None:
    Bindings(change(leaf, "a", f"{leaf:064x}") for leaf in range(MOST_CHANGES))
    with pytest.raises(ProofInvalid, match="changes of a"):
        Bindings(change(leaf, "a", f"{leaf:064x}") for leaf in range(MOST_CHANGES + 1))
    with pytest.raises(ProofInvalid, match="agencies with"):
        Bindings(change(leaf, f"agency-{leaf}", "0" * 64) for leaf in range(MOST_OWNERS + 1))


# evidence


def processor(work: Callable[[], object], rounds: int = 12) -> float:
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time_ns()
        work()
        best = min(best, time.process_time_ns() - began)
    return best


def test_recipients_and_evidence_do_not_multiply(life: Life) -> None:
    """The attack: an acceptance that names very many, and much evidence beside it."""
    told = story(life)
    accepted = told.evidence[0]
    origin = accepted.issuer.identifier

    def entries(n: int) -> Sequence[Entry]:
        recipients = tuple(Party(identifier=f"{number}") for number in range(20 * n))
        first = msgspec.structs.replace(accepted, recipients=recipients)
        other = msgspec.structs.replace(accepted, event=Event.HANDOVER_WARNING, recipients=recipients[:1])
        place = Checkpoint(origin, 10 * n, bytes(32))
        return [Entry(leaf, other if leaf else first, "", place) for leaf in range(n)]

    def cost(n: int) -> float:
        given, bundle = entries(n), Bundle(told.message, (), {})
        return processor(lambda: identity(bundle, given, origin, None))

    linear(cost, 250)


def test_what_a_recipient_signed_is_verified_once_however_often_it_is_named(life: Life) -> None:
    """The attack: one acknowledgement of a megabyte, named by every evidence of the bundle."""
    bundle = bundles.read(life.data)
    trusted = bundle_signatures.credentials(bundle, life.anchors)
    proved = bundle_log.proved(bundle, bundle_log.history(bundle, life.policy, None), life.policy, None)
    who = identity(bundle, proved.entries, proved.entries[0].evidence.issuer.identifier, None)
    step = bundle_counters._Step(bundle, proved, who, trusted)
    name = next(name for name in bundle.members if name.startswith("counters/") and name.endswith(".jws"))
    digest = name.partition("/")[2].partition(".")[0]
    read = step._token(digest, bundle.members[name])
    assert read.items
    assert calls(lambda: step._token(digest, bundle.members[name])) < 10


def test_authorities_are_bounded() -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bundle_signatures, "MOST_AUTHORITIES", 3)
        ders = [ca.certificate.public_bytes(Encoding.DER) for ca in strangers(4)]
        members = {f"certificates/{n:064x}.cer": der for n, der in enumerate(ders)}
        with pytest.raises(ProofInvalid, match="at most 3 certificates of authorities"):
            bundle_signatures.credentials(Bundle("m", (), members), Anchors([ROOT.certificate]))
