"""Looking back: a list of then speaks for a certificate of then, and a later one that knows of a theft counts too."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core.errors import SignatureRefusal, Verdict
from hub.core.model import Millis
from hub.core.signature.anchors import DAY, Anchors
from hub.core.signature.anchors_files import sort
from hub.core.signature.archive import Archive, read_pem_or_der
from hub.pki.issue import AGENCY, Credential, Revocation, issue, make_crl, make_issuing, make_root
from tests.support.axis import NOON

ROOT = make_root(NOON)
ISSUING = make_issuing(ROOT, NOON)
AGENT = issue(ISSUING, AGENCY, "000.00.00.H52", "Sơn La", NOON, crl_url="http://localhost/crl")
STRANGER = make_root(NOON)
SERIAL = AGENT.certificate.serial_number
YEARS = 365 * DAY


def crl(day: int, since: int | None = None, ca: Credential = ISSUING) -> x509.CertificateRevocationList:
    """The list of that day (from NOON), with our certificate revoked since a day, if it is."""
    reason = x509.ReasonFlags.key_compromise
    entries = [Revocation(SERIAL, Millis(NOON + since * DAY), reason)] if since is not None else []
    return make_crl(ca, entries, day + 1, Millis(NOON + day * DAY), 7)


def archive(*crls: x509.CertificateRevocationList, own: tuple[x509.CertificateRevocationList, ...] = ()) -> Archive:
    """An auditor with the root, and lists of `own`; the issuing certificate and `crls` came with the proof."""
    roots = make_crl(ROOT, [], 1, Millis(NOON), 1000)
    return Archive(
        Anchors([ROOT.certificate], (), own, grace=DAY), [ISSUING.certificate, AGENT.certificate], [roots, *crls]
    )


def verdict(trusted: Archive, day: int) -> str:
    try:
        trusted.signer([AGENT.certificate.public_bytes(Encoding.DER)], Millis(NOON + day * DAY))
    except SignatureRefusal as refusal:
        return refusal.verdict.value
    return "VALID"


@pytest.mark.parametrize(
    ("crls", "day", "expected"),
    [
        ([crl(0)], 0, "VALID"),
        ([crl(0)], 7, "VALID"),
        ([crl(0)], 9, Verdict.REVOCATION_UNKNOWN),  # too old by then
        ([crl(9)], 1, "VALID"),  # made later: knows more, not less
        ([], 0, Verdict.REVOCATION_UNKNOWN),
        ([crl(0), crl(9)], 8, "VALID"),
        ([crl(0), crl(9, since=5)], 4, "VALID"),
        ([crl(0), crl(9, since=5)], 5, Verdict.CERTIFICATE_REVOKED),
        ([crl(0), crl(9, since=-5)], 0, Verdict.CERTIFICATE_REVOKED),
        (
            [crl(0), crl(9, since=0), crl(20)],
            1,
            Verdict.CERTIFICATE_REVOKED,
        ),  # dropped again: it was revoked all the same
        ([crl(3 * 365)], 0, Verdict.REVOCATION_UNKNOWN),  # made after the certificate ended: its entry may have gone
        ([crl(0), crl(3 * 365)], 0, "VALID"),
        ([crl(0, ca=STRANGER)], 0, Verdict.REVOCATION_UNKNOWN),
    ],
)
def test_what_lists_say_of_a_day(crls: list[x509.CertificateRevocationList], day: int, expected: str) -> None:
    assert verdict(archive(*crls), day) == expected


def test_the_auditors_own_lists_count_beside_those_that_came() -> None:
    """Also where he has no issuing certificate of his own to check them with."""
    assert verdict(archive(own=(crl(0),)), 0) == "VALID"
    assert verdict(archive(crl(0), own=(crl(30, since=0),)), 1) == Verdict.CERTIFICATE_REVOKED
    assert verdict(archive(crl(0), own=(crl(3 * 365),)), 1) == "VALID"


def test_nothing_is_trusted_because_it_came_along() -> None:
    theirs = issue(STRANGER, AGENCY, "000.00.00.H52", "X", NOON, crl_url="http://localhost/crl")
    trusted = Archive(Anchors([ROOT.certificate]), [STRANGER.certificate], [crl(0, ca=STRANGER)])
    with pytest.raises(SignatureRefusal) as caught:
        trusted.signer([theirs.certificate.public_bytes(Encoding.DER)], Millis(NOON))
    assert caught.value.verdict is Verdict.CERTIFICATE_UNTRUSTED


def test_anchors_from_files_of_any_form() -> None:
    files = [
        ROOT.certificate.public_bytes(Encoding.PEM) + ISSUING.certificate.public_bytes(Encoding.PEM),
        crl(0).public_bytes(Encoding.DER),
        make_crl(ROOT, [], 1, Millis(NOON), 7).public_bytes(Encoding.PEM),
        b"log truc.localhost/log+a2652c29+AbV0 \nquorum none\n",
    ]
    found = sort(enumerate_names(files))
    anchors = found.anchors(DAY)
    assert (anchors.roots, anchors.intermediates) == ((ROOT.certificate,), (ISSUING.certificate,))
    assert len(anchors.crls) == 2
    assert anchors.signer([AGENT.certificate.public_bytes(Encoding.DER)], Millis(NOON)).certificate == AGENT.certificate
    assert read_pem_or_der(AGENT.certificate.public_bytes(Encoding.DER)) == ([AGENT.certificate], [])
    assert [one.name for one in found.untaken] == ["3"]
    assert not sort(enumerate_names(files[1:])).roots


def enumerate_names(files: list[bytes]) -> list[tuple[str, bytes]]:
    return [(str(number), data) for number, data in enumerate(files)]
