"""The demo PKI on disk: one folder for each profile, made once, safe to ask for again.

    keys/<profile>/
      anchors/    root.cert.pem  issuing.cert.pem  root.crl.pem  issuing.crl.pem   all public
      issuing/    root.key.pem  issuing.key.pem  revoked.json
      agencies/   <code>.key.pem  <code>.cert.pem          the certificate, then its issuer's
                  <code>.until-<day>.cert.pem              a renewed one, in its overlap
      hub/        tls, seal, tsa, operator, auditor: .key.pem .cert.pem
                  operator-<name>.cert.pem  auditor-<name>.cert.pem   of further ones; their keys, and in production
                  the first ones' too, are their own and never lie here. The holder of a certificate here is appointed
                  log-ml-dsa-44.key.pem  the log's second key, where settings ask for it
                  log.key.pem  witness.key.pem  webhooks.key.pem    Ed25519, no X.509

Rules: folders are 0700 and files 0600 from their first byte; a file is written beside its place and moved
there, so a reader sees the old or the new one; an existing file is never made again; a passphrase, if given, seals
every private key. One process at a time changes a profile.

Where certificates lie in `anchors/` but no key lies in `issuing/`, the CA is somebody else's: then nothing is
issued here, no list is made, and the hub's certificates are the operator's to put in place.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)

from hub.core.model import Agency, Millis, RegisteredCertificate, vietnam_date
from hub.core.signature.anchors import DAY, Anchors
from hub.core.signature.anchors_files import AnchorFiles
from hub.core.signature.foreign import revocation_list_in_pem
from hub.pki.files import PkiError, anchor_files, certificates_in, code_of, file_name, holds_anchors, make_folder, write
from hub.pki.issue import (
    AGENCY,
    HUB_USES,
    Credential,
    Revocation,
    SigningKey,
    issue,
    make_crl,
    make_issuing,
    make_root,
    new_key,
)
from hub.pki.profile_files import CRL_URL, NoteKey, ProfileFiles

try:
    import fcntl
except ImportError:  # Windows: no advisory locks; the rule above is then the user's to keep
    fcntl = None  # type: ignore[assignment]

CRL_DAYS: Final = {"issuing": 7, "root": 180}
ROLES: Final = ("operator", "auditor")
RENEWED_BEFORE: Final = 30 * DAY
"""The end of their certificates, where this profile has the CA and their keys."""
NOTE_KEYS: Final = ("log", "witness", "webhooks")
POST_QUANTUM_KEY: Final = "log-ml-dsa-44"


def ensure_profile(folder: Path, at: Millis, *, passphrase: bytes | None = None, crl_url: str = CRL_URL) -> Profile:
    """The profile in `folder` with everything the hub needs, making the missing parts; fresh CRLs where they
    age."""
    profile = Profile(folder, passphrase=passphrase, crl_url=crl_url)
    with profile.locked():
        profile.make_note_keys()
        if profile.has_foreign_ca():
            return profile
        profile.make_authorities(at)
        profile.make_hub(at)
        if any(profile.crl_is_old(ca, at) for ca in CRL_DAYS):
            profile.publish_crls(at)
    return profile


def open_profile(folder: Path, at: Millis, *, passphrase: bytes | None = None) -> Profile:
    """The profile as a hub takes it: its own certificates and lists are kept fresh where somebody asked for that (`truc
    keys init`). No authority is made here; elsewhere only the log's own keys are."""
    profile = Profile(folder, passphrase=passphrase)
    if profile.has_own_ca():
        return ensure_profile(folder, at, passphrase=passphrase)
    with profile.locked():
        profile.make_note_keys()
    return profile


class Profile(ProfileFiles):
    """The keys and certificates of one folder, as the hub, its clients and the CA's operator ask for them."""

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time; the lock goes with the process."""
        for part in (".", "anchors", "issuing", "agencies", "hub"):
            make_folder(self.folder / part)
        handle = os.open(self.folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    # -- read by the hub and its clients
    # ---------------------------------------------------------------------

    def anchors(self, grace: int = DAY) -> Anchors:
        """Roots, intermediates and lists, as CAs hand them out."""
        return self.anchor_files().anchors(grace)

    def anchor_files(self) -> AnchorFiles:
        """The content of `anchors/`, and which of its files are not taken."""
        return anchor_files(self.folder / "anchors")

    def agency(self, code: str) -> Credential:
        """The agency's present key and chain."""
        return self._credential("agencies", file_name(code))

    def files_of(self, name: str, part: str = "agencies") -> tuple[Path, Path]:
        """Where the certificates and the key of an agency, or in part `hub` of a use, lie: for code that wants
        paths."""
        stem = file_name(name)
        return self._path(part, stem, "cert"), self._path(part, stem, "key")

    def agencies(self) -> list[str]:
        """The codes of all agencies that have a key here, sorted."""
        paths = (self.folder / "agencies").glob("*.key.pem")
        return sorted(code_of(path.name.removesuffix(".key.pem")) for path in paths)

    def hub(self, use: str) -> Credential:
        """`use`: tls, seal, tsa, operator or auditor."""
        return self._credential("hub", use)

    def appointed(self) -> list[tuple[str, bytes]]:
        """Operators and auditors: by the name of its file, the certificate (DER) of each; none where none was put in
        place. Their keys need not lie here."""
        paths = [
            path
            for role in ROLES
            for path in (self._path("hub", role, "cert"), *sorted((self.folder / "hub").glob(f"{role}-*.cert.pem")))
        ]
        return [
            (path.name.removesuffix(".cert.pem"), certificates_in(path)[0].public_bytes(Encoding.DER))
            for path in paths
            if path.exists()
        ]

    def own_keys(self) -> frozenset[bytes]:
        """The public keys of the hub itself and of its authorities (SubjectPublicKeyInfo, DER): no agency's can be one
        of these."""
        held = self.anchor_files()
        hubs = [c for path in (self.folder / "hub").glob("*.cert.pem") for c in certificates_in(path)]
        certified = [certificate.public_key() for certificate in (*held.roots, *held.intermediates, *hubs)]
        post_quantum = self.post_quantum_key()
        noted = [self.note_key(name) for name in NOTE_KEYS] + ([post_quantum] if post_quantum else [])
        keys = [*certified, *(key.public_key() for key in noted)]
        return frozenset(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in keys)

    def note_key(self, name: str) -> ed25519.Ed25519PrivateKey:
        """`name`: log, witness or webhooks. Ed25519; each signs for its name's use and nothing else."""
        key = self._key(self.folder / "hub" / f"{name}.key.pem")
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise PkiError(f"{name}.key.pem holds no Ed25519 key")
        return key

    def post_quantum_key(self) -> mldsa.MLDSA44PrivateKey | None:
        """The log's ML-DSA-44 key, where one was made."""
        path = self._path("hub", POST_QUANTUM_KEY, "key")
        if not path.exists():
            return None
        key = self._key(path)
        if not isinstance(key, mldsa.MLDSA44PrivateKey):
            raise PkiError(f"{path.name} holds no ML-DSA-44 key")
        return key

    def ensure_post_quantum_key(self) -> mldsa.MLDSA44PrivateKey:
        """The same, made the first time."""
        if (key := self.post_quantum_key()) is not None:
            return key
        with self.locked():
            if (key := self.post_quantum_key()) is None:
                key = mldsa.MLDSA44PrivateKey.generate()
                write(self._path("hub", POST_QUANTUM_KEY, "key"), self._pem(key))
        return key

    # -- agencies
    # ----------------------------------------------------------------------------------------------

    def issue_agency(self, code: str, name: str, at: Millis) -> Credential:
        """The agency's credential, made if there is none. Idempotent."""
        with self.locked():
            return self._issue_agency(code, name, at, durable=True)

    def issue_agencies(self, agencies: Iterable[Agency], at: Millis) -> int:
        """Credentials for all that have none; how many were made. One flush to disk at the end, not one
        each."""
        made = 0
        with self.locked():
            for agency in agencies:
                if not self._path("agencies", file_name(agency.code), "cert").exists():
                    self._issue_agency(agency.code, agency.name, at, durable=False)
                    made += 1
            if made and hasattr(os, "sync"):
                os.sync()
        return made

    def loose(self, code: str, name: str, at: Millis) -> Credential:
        """A new credential of that agency from `at` on, which is kept nowhere: to try one that ended."""
        with self.locked():
            return issue(self._ca("issuing"), AGENCY, code, name, at, crl_url=self.crl_url)

    def person(self, agency: str, organization: str, name: str, at: Millis) -> Credential:
        """A new credential of a person who signs in an agency's office, which is kept nowhere. No message is ever
        signed with it: the directory does not know it."""
        with self.locked():
            return issue(self._ca("issuing"), AGENCY, agency, name, at, crl_url=self.crl_url, organization=organization)

    def renew_agency(self, code: str, at: Millis, *, overlap_until: Millis) -> Credential:
        """A new key and certificate. The old certificate stays good until `overlap_until`, then it is
        revoked.

        The first CRL that is published after that time lists it, as superseded; register the new certificate
        beside the old one, and set `withdrawn` of the old one to the same time.
        """
        with self.locked():
            old = self.agency(code).certificate
            name = old.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
            kept = f"{file_name(code)}.until-{vietnam_date(overlap_until):%Y-%m-%d}"
            write(self._path("agencies", kept, "cert"), old.public_bytes(Encoding.PEM))
            self._revoke(Revocation(old.serial_number, overlap_until, x509.ReasonFlags.superseded))
            # A crash between the two writes leaves a key that does not fit: loading says so, renewing corrects
            # it.
            fresh = issue(self._ca("issuing"), AGENCY, code, str(name), at, crl_url=self.crl_url)
            self._store("agencies", file_name(code), fresh, durable=True)
            return fresh

    def revoke(
        self, certificate: x509.Certificate, at: Millis, reason: str = "keyCompromise"
    ) -> x509.CertificateRevocationList:
        """Revoked from `at`, for `reason` (RFC 5280 name); the new list is in `anchors/` and returned."""
        with self.locked():
            self._revoke(Revocation(certificate.serial_number, at, x509.ReasonFlags(reason)))
            return self.publish_crls(at)["issuing"]

    def publish_crls(self, at: Millis) -> dict[str, x509.CertificateRevocationList]:
        """Fresh lists of both CAs, written to `anchors/`. Call under `locked`, at least every few days."""
        lists = {ca: make_crl(self._ca(ca), self._revocations(ca), at, at, days) for ca, days in CRL_DAYS.items()}
        for ca, crl in lists.items():
            write(self._crl_path(ca), crl.public_bytes(Encoding.PEM))
        return lists

    def crl_is_old(self, ca: str, at: Millis) -> bool:
        """Missing, past half of its life, or something falls due that it does not list yet."""
        path = self._crl_path(ca)
        if not path.exists():
            return True
        crl = revocation_list_in_pem(path.read_bytes())
        due = crl.next_update_utc
        assert due is not None  # make_crl sets it
        listed = {entry.serial_number for entry in crl}
        overdue = any(r.since <= at and r.serial not in listed for r in self._revocations(ca))
        return overdue or at > due.timestamp() * 1000 - CRL_DAYS[ca] * DAY / 2

    # -- making
    # ------------------------------------------------------------------------------------------------

    def has_own_ca(self) -> bool:
        """Whether `truc keys init` was asked for here."""
        return any((self.folder / "issuing").glob("*.key.pem"))

    def key_for(self, part: str, name: str) -> SigningKey:
        """The key that lies there, made where there is none: for a request."""
        path = self._path(part, file_name(name), "key")
        if not path.exists():
            with self.locked():
                if not path.exists():
                    write(path, self._pem(new_key()))
        key = self._key(path)
        if isinstance(key, NoteKey):
            raise PkiError(f"{path.name} is a key of the log")
        return key

    def has_foreign_ca(self) -> bool:
        return holds_anchors(self.folder / "anchors") and not self.has_own_ca()

    def make_authorities(self, at: Millis) -> None:
        if not self._anchor_path("root").exists():
            self._store_ca("root", make_root(at))
        if not self._anchor_path("issuing").exists():
            self._store_ca("issuing", make_issuing(self._ca("root"), at))

    def make_hub(self, at: Millis) -> None:
        for name, use in HUB_USES.items():
            if not self._path("hub", name, "cert").exists() or (name in ROLES and self._ends_soon(name, at)):
                made = issue(self._ca("issuing"), use, "", f"Demo hub {name}", at, crl_url=self.crl_url)
                self._store("hub", name, made, durable=True)

    def _ends_soon(self, role: str, at: Millis) -> bool:
        """An operator's or auditor's certificate that would shut its owner out within a month. One whose key is
        elsewhere is its owner's to renew, and a revoked certificate is not made good again: its file has to go
        first."""
        if not self._path("hub", role, "key").exists():
            return False
        held = certificates_in(self._path("hub", role, "cert"))[0]
        revoked = {entry.serial for entry in self._revocations("issuing")}
        ends = held.not_valid_after_utc.timestamp() * 1000
        return held.serial_number not in revoked and at > ends - RENEWED_BEFORE

    def make_note_keys(self) -> None:
        for name in NOTE_KEYS:
            path = self._path("hub", name, "key")
            if not path.exists():
                write(path, self._pem(ed25519.Ed25519PrivateKey.generate()))

    def _issue_agency(self, code: str, name: str, at: Millis, *, durable: bool) -> Credential:
        stem = file_name(code)
        if self._path("agencies", stem, "cert").exists():
            return self.agency(code)
        made = issue(self._ca("issuing"), AGENCY, code, name, at, crl_url=self.crl_url, key=new_key())
        self._store("agencies", stem, made, durable=durable)
        return made


def registered(credential: Credential, added: Millis, withdrawn: Millis | None = None) -> RegisteredCertificate:
    """The directory's part of a credential: nothing secret."""
    certificate = credential.certificate
    return RegisteredCertificate(
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        der=certificate.public_bytes(Encoding.DER),
        added=added,
        withdrawn=withdrawn,
    )
