"""The demo PKI on disk: what is secret, what happens twice, what a foreign program says of it."""

from __future__ import annotations

import os
import shutil
import ssl
import stat
import subprocess
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.core import edxml
from hub.core.errors import SignatureRefusal, Verdict
from hub.core.model import Agency, Millis, Tier
from hub.core.signature import trust, xmldsig
from hub.core.signature.anchors import DAY
from hub.core.signature.anchors_uses import DOCUMENT_SIGNING
from hub.pki import profile as pki
from hub.pki.files import PkiError, code_of, file_name, write
from tests.attacks.simulator import AT, CODE, MESSAGE

pytestmark = pytest.mark.real_clock

OPENSSL = shutil.which("openssl")


@pytest.fixture
def profile(tmp_path: Path) -> pki.Profile:
    return pki.ensure_profile(tmp_path / "keys" / "demo", AT)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def submit(profile: pki.Profile, one: pki.Credential, at: int = AT) -> Verdict:
    claimed = edxml.parse(xmldsig.sign(MESSAGE.encode(), one.key, one.chain))
    registered = frozenset({pki.registered(one, AT).sha256})
    try:
        return trust.verify(claimed, registered, profile.anchors(), Millis(at)).signature.verdict
    except SignatureRefusal as refusal:
        return refusal.verdict


# -- files -----------------------------------------------------------------------------------------------------------


def test_nothing_is_readable_by_others(profile: pki.Profile) -> None:
    profile.issue_agency(CODE, "Văn phòng Chính phủ", AT)
    for path in (profile.folder, *profile.folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_a_file_is_private_from_its_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the umask, and before anything is in it."""
    seen: list[int] = []
    honest = os.fdopen
    monkeypatch.setattr(
        os, "fdopen", lambda fd, *a, **k: (seen.append(os.fstat(fd).st_mode & 0o777), honest(fd, *a, **k))[1]
    )
    before = os.umask(0)
    try:
        write(tmp_path / "secret", b"x")
    finally:
        os.umask(before)
    assert seen == [0o600]


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "secret", b"old")

    def broken(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="disk full"):
        write(tmp_path / "secret", b"new")
    assert files(tmp_path) == {"secret": b"old"}


def test_asking_again_changes_nothing(profile: pki.Profile) -> None:
    profile.issue_agency(CODE, "Văn phòng Chính phủ", AT)
    before = files(profile.folder)
    again = pki.ensure_profile(profile.folder, Millis(AT + DAY))
    again.issue_agency(CODE, "another name", Millis(AT + DAY))
    assert files(profile.folder) == before


def test_what_is_missing_is_made_again_and_the_rest_is_kept(profile: pki.Profile) -> None:
    before = files(profile.folder)
    (profile.folder / "hub" / "tls.cert.pem").unlink()
    pki.ensure_profile(profile.folder, AT)
    after = files(profile.folder)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"hub/tls.key.pem", "hub/tls.cert.pem"}


@example("..")
@example(".htaccess")
@example("a/../b")
@given(st.text(min_size=1, max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_code_is_one_safe_file_name(code: str) -> None:
    try:
        name = file_name(code)
    except (ValueError, UnicodeEncodeError):
        return
    assert name.isascii()
    assert not set(name) & set('/\\:*?"<>| \0')
    assert not name.startswith(".")
    assert code_of(name) == code


def test_a_code_leads_nowhere_else(profile: pki.Profile) -> None:
    for code in ("../hub/tls", "..", "/etc/passwd", "a/b", "a\\b"):
        profile.issue_agency(code, "x", AT)
    inside = {p.parent for p in profile.folder.rglob("*.pem")}
    assert inside == {profile.folder / part for part in ("anchors", "issuing", "agencies", "hub")}
    assert profile.agencies() == sorted(["../hub/tls", "..", "/etc/passwd", "a/b", "a\\b"])
    with pytest.raises(ValueError, match="1 to 180"):
        profile.issue_agency("", "x", AT)


def test_a_passphrase_seals_every_private_key(tmp_path: Path) -> None:
    folder = tmp_path / "sealed"
    sealed = pki.ensure_profile(folder, AT, passphrase=b"correct horse")
    sealed.issue_agency(CODE, "x", AT)
    for path in folder.rglob("*.key.pem"):
        assert b"ENCRYPTED PRIVATE KEY" in path.read_bytes()
    assert pki.Profile(folder, passphrase=b"correct horse").agency(CODE).key
    for wrong in (None, b"wrong"):
        with pytest.raises(PkiError, match="passphrase"):
            pki.Profile(folder, passphrase=wrong).agency(CODE)


def test_a_key_that_does_not_fit_is_named(profile: pki.Profile) -> None:
    profile.issue_agency(CODE, "x", AT)
    profile.issue_agency("H52", "y", AT)
    folder = profile.folder / "agencies"
    (folder / f"{CODE}.key.pem").write_bytes((folder / "H52.key.pem").read_bytes())
    with pytest.raises(PkiError, match="do not fit"):
        profile.agency(CODE)
    with pytest.raises(PkiError, match="no "):
        profile.agency("nobody")


def test_under_a_foreign_ca_nothing_is_issued(profile: pki.Profile, tmp_path: Path) -> None:
    other = tmp_path / "real"
    shutil.copytree(profile.folder / "anchors", other / "anchors")
    real = pki.ensure_profile(other, AT)
    assert set(files(other)) == {
        ".lock",
        "hub/log.key.pem",
        "hub/witness.key.pem",
        "hub/webhooks.key.pem",
        *(f"anchors/{name}" for name in files(profile.folder / "anchors")),
    }
    assert submit(real, profile.issue_agency(CODE, "x", AT)) is Verdict.VALID
    with pytest.raises(PkiError, match=r"no .*key\.pem in issuing"):
        real.issue_agency(CODE, "x", AT)


# -- certificates ----------------------------------------------------------------------------------------------------


def test_an_agencys_certificate_says_what_the_profile_wants(profile: pki.Profile) -> None:
    one = profile.issue_agency(CODE, "Văn phòng Chính phủ", AT)
    extensions = one.certificate.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.content_commitment
    assert not usage.value.key_cert_sign
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        DOCUMENT_SIGNING,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    ]
    assert extensions.get_extension_for_class(x509.CRLDistributionPoints)
    identifier = one.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)
    assert [a.value for a in identifier] == [CODE]
    assert isinstance(one.key, ec.EllipticCurvePrivateKey)
    assert isinstance(one.key.curve, ec.SECP256R1)
    assert len(one.chain) == 2
    assert submit(profile, one) is Verdict.VALID


def test_each_hub_certificate_has_its_own_purpose(profile: pki.Profile) -> None:
    purposes = {
        use: set(profile.hub(use).certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        for use in ("tls", "seal", "tsa", "operator")
    }
    assert purposes == {
        "tls": {ExtendedKeyUsageOID.SERVER_AUTH},
        "seal": {DOCUMENT_SIGNING},
        "tsa": {ExtendedKeyUsageOID.TIME_STAMPING},
        "operator": {ExtendedKeyUsageOID.CLIENT_AUTH, DOCUMENT_SIGNING},
    }
    assert profile.note_key("log").public_key() != profile.note_key("witness").public_key()


@pytest.mark.parametrize("use", ["tls", "tsa"])
def test_the_hubs_tls_and_time_stamp_keys_sign_no_documents(profile: pki.Profile, use: str) -> None:
    assert submit(profile, profile.hub(use)) is Verdict.KEY_USAGE


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_the_tls_certificate_carries_a_connection(tmp_path: Path, name: str) -> None:
    profile = pki.ensure_profile(tmp_path / "tls", Millis(int(time.time() * 1000)))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(profile.folder / "hub" / "tls.cert.pem", profile.folder / "hub" / "tls.key.pem")
    client = ssl.create_default_context(cafile=str(profile.folder / "anchors" / "root.cert.pem"))
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(back, there, server_hostname=name),
        server.wrap_bio(there, back, server_side=True),
    ]
    while ends:
        for end in list(ends):
            try:
                end.do_handshake()
                ends.remove(end)
            except ssl.SSLWantReadError:
                continue


@pytest.mark.skipif(OPENSSL is None, reason="no openssl here")
def test_openssl_agrees_with_chain_and_lists(profile: pki.Profile, tmp_path: Path) -> None:
    good = profile.issue_agency(CODE, "x", AT)
    bad = profile.issue_agency("H52", "y", AT)
    profile.revoke(bad.certificate, Millis(AT - 1000))
    anchors = profile.folder / "anchors"

    def check(one: pki.Credential) -> subprocess.CompletedProcess[str]:
        leaf = tmp_path / "leaf.pem"
        leaf.write_bytes(one.certificate.public_bytes(Encoding.PEM))
        assert OPENSSL is not None
        options = ["-crl_check_all", "-x509_strict", "-attime", str(AT // 1000), "-CAfile", anchors / "root.cert.pem"]
        options += ["-untrusted", anchors / "issuing.cert.pem"]
        options += ["-CRLfile", anchors / "root.crl.pem", "-CRLfile", anchors / "issuing.crl.pem"]
        return subprocess.run([OPENSSL, "verify", *options, leaf], capture_output=True, text=True)

    assert check(good).returncode == 0, check(good).stderr
    assert "certificate revoked" in check(bad).stderr


# -- life of a key ---------------------------------------------------------------------------------------------------


def test_a_revoked_key_is_refused_from_then_on(profile: pki.Profile) -> None:
    one = profile.issue_agency(CODE, "x", AT)
    other = profile.issue_agency("H52", "y", AT)
    assert submit(profile, one) is Verdict.VALID
    crl = profile.revoke(one.certificate, AT, "keyCompromise")
    entry = crl.get_revoked_certificate_by_serial_number(one.certificate.serial_number)
    assert entry is not None
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise
    assert submit(profile, one) is Verdict.CERTIFICATE_REVOKED
    assert submit(profile, one, AT - 1000) is Verdict.VALID
    assert submit(profile, other) is Verdict.VALID
    pki.ensure_profile(profile.folder, Millis(AT + 30 * DAY))
    assert submit(profile, one, AT + 30 * DAY) is Verdict.CERTIFICATE_REVOKED


def test_a_renewed_key_overlaps_with_the_old_one(profile: pki.Profile) -> None:
    old = profile.issue_agency(CODE, "x", AT)
    until = Millis(AT + 3 * DAY)
    new = profile.renew_agency(CODE, AT, overlap_until=until)
    assert profile.agency(CODE).certificate == new.certificate != old.certificate
    assert new.certificate.subject == old.certificate.subject
    profile.publish_crls(Millis(until - 1))
    assert submit(profile, old, until - 1) is Verdict.VALID
    assert submit(profile, new, until - 1) is Verdict.VALID
    pki.ensure_profile(profile.folder, until)  # falls due now, so a new list is published
    assert submit(profile, old, until) is Verdict.CERTIFICATE_REVOKED
    assert submit(profile, new, until) is Verdict.VALID
    kept = list((profile.folder / "agencies").glob("*.until-*.cert.pem"))
    assert [x509.load_pem_x509_certificate(p.read_bytes()) for p in kept] == [old.certificate]


def test_lists_are_renewed_before_they_are_stale(profile: pki.Profile) -> None:
    one = profile.issue_agency(CODE, "x", AT)
    late = AT + 20 * DAY
    assert submit(profile, one, late) is Verdict.REVOCATION_UNKNOWN
    pki.ensure_profile(profile.folder, Millis(late))
    assert submit(profile, one, late) is Verdict.VALID


def test_many_agencies_are_issued_at_once(profile: pki.Profile) -> None:
    agencies = [Agency(f"000.00.{i:02}.H52", f"Sở {i}" * 20, Tier.PROVINCIAL) for i in range(60)]
    assert profile.issue_agencies(agencies, AT) == 60
    assert profile.issue_agencies(agencies, AT) == 0
    assert profile.agencies() == [a.code for a in agencies]
    serials = {profile.agency(a.code).certificate.serial_number for a in agencies}
    assert len(serials) == 60
    assert submit(profile, profile.agency(agencies[59].code)) is Verdict.VALID
