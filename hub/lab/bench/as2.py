"""The peer that a Python user would pick: pyas2lib, receiving a signed message and answering with a signed MDN.

In memory, without HTTP and without keeping anything: `Message.parse` verifies the signature and the partner's
certificate against its CA (`validate_certs`, its default) and builds the MDN, signed with SHA-256. Keys are RSA-2048,
which its CMS code needs. The payload is the same signed edXML document that the hub accepts.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_VERSION: Final = "\\b(\\d\\.\\d\\.\\d[a-z]*)\\b"
_DAYS: Final = timedelta(days=30)


class Peer:
    """Two parties under one CA; `seconds` measures the receiving one."""

    def __init__(self) -> None:
        with _knowing_openssl(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a library that is only measured
            self._as2: Any = importlib.import_module("pyas2lib.as2")
        ca, sender, receiver = (rsa.generate_private_key(65537, 2048) for _ in range(3))
        ca_pem, certificates = _issue(ca, [sender, receiver])
        names = ("sender", "receiver")
        organizations = [
            self._as2.Organization(n, sign_key=_pem(k) + c)
            for n, k, c in zip(names, (sender, receiver), certificates, strict=True)
        ]
        partners = [
            self._as2.Partner(
                n, verify_cert=c, verify_cert_ca=ca_pem, sign=True, digest_alg="sha256",
                mdn_mode="SYNC", mdn_digest_alg="sha256",
            )
            for n, c in zip(names, certificates, strict=True)
        ]  # fmt: skip
        self._from, self._to = organizations
        self._as_sender, self._as_receiver = partners

    def message(self, payload: bytes) -> bytes:
        """The payload as it travels."""
        message = self._as2.Message(self._from, self._as_receiver)
        message.build(payload, content_type="application/xml")
        raw: bytes = message.headers_str + b"\r\n" + message.content
        return raw

    def receive(self, raw: bytes) -> bytes:
        """The signed MDN. ValueError when the library refuses the message."""
        status, (error, _), mdn = self._as2.Message().parse(
            raw, find_org_cb=lambda name: self._to, find_partner_cb=lambda name: self._as_sender
        )
        if status != "processed" or b"pkcs7-signature" not in mdn.content:
            raise ValueError(f"{status}: {error}")
        answer: bytes = mdn.content
        return answer


def peer() -> tuple[Peer | None, str]:
    """The peer, or why there is none."""
    try:
        return Peer(), ""
    except Exception as error:  # not installed, or it does not run on this machine
        return None, f"{type(error).__name__}: {error}"


@contextmanager
def _knowing_openssl() -> Iterator[None]:
    """oscrypto, on which it stands, reads OpenSSL's version with one digit for each part and gives up at 3.0.10 and
    later. While it is imported, the first digit of the last part is taken."""
    search = re.search

    def patient(pattern: Any, string: Any, flags: Any = 0) -> Any:
        found = search(pattern, string, flags)
        return search(r"\b(\d\.\d\.\d)", string) if found is None and pattern == _VERSION else found

    re.search = patient
    try:
        yield
    finally:
        re.search = search


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _issue(ca: rsa.RSAPrivateKey, keys: list[rsa.RSAPrivateKey]) -> tuple[bytes, list[bytes]]:
    own = _certificate("Bench CA", "Bench CA", ca, ca, authority=True)
    made = [_certificate(f"Party {n}", "Bench CA", key, ca, authority=False) for n, key in enumerate(keys)]
    return own, made


def _certificate(subject: str, issuer: str, key: rsa.RSAPrivateKey, ca: rsa.RSAPrivateKey, *, authority: bool) -> bytes:
    start = datetime.now(UTC) - timedelta(days=1)
    usage = x509.KeyUsage(not authority, not authority, False, False, False, authority, authority, False, False)
    certificate = (
        x509.CertificateBuilder(
            _name(issuer), _name(subject), key.public_key(), x509.random_serial_number(), start, start + _DAYS
        )
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(usage, critical=True)
        .sign(ca, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
