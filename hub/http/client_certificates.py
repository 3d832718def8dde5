"""Callers that are known by the certificate of their TLS connection (mTLS), without a token.

A certificate's words on its owner are not read. Whose it is the directory says: the agency for which a certificate with
the same public key is registered and usable now. So an agency may use a certificate of its own for connections, over
the key that it registered, or register one that is for connections only.

The handshake has proved that the caller holds the key, and OpenSSL that some path leads to a root of the profile. Here
every call is held against the moment: path and dates again, fit for TLS clients, not revoked, agency active. So a
revocation, a suspension or a withdrawal ends a connection that has been open for days.

A header written by a proxy in front is believed by nobody: where mTLS is wanted, TLS ends here.
"""

from __future__ import annotations

import ssl
from hashlib import sha256
from typing import Final

from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.admission.submission import Caller
from hub.core.directory.routing import Directory
from hub.core.errors import SignatureRefusal, Unauthenticated
from hub.core.model import Millis, RegisteredCertificate
from hub.core.signature import foreign
from hub.core.signature.anchors_uses import TLS_CLIENTS
from hub.core.signature.jws import PublicKey
from hub.exchange import Exchange

METHOD: Final = "mtls"
_Registered = tuple[str, RegisteredCertificate]
"""Code of an agency, and a certificate of it."""


def presented(request: web.Request) -> bytes | None:
    """The certificate (DER) that the other end proved to hold the key of; None without one, or without TLS."""
    if request.transport is None:
        return None
    connection: ssl.SSLObject | None = request.transport.get_extra_info("ssl_object")
    return connection.getpeercert(binary_form=True) if connection is not None else None


class ClientCertificates:
    """Finds callers by their certificates. Used on the event loop only."""

    def __init__(self, exchange: Exchange, role: str) -> None:
        self._exchange = exchange
        self._role = role
        self._directory: Directory | None = None
        self._by_key: dict[bytes, list[_Registered]] = {}
        self._keys: dict[str, bytes] = {}

    def caller(self, certificate: bytes, at: Millis) -> Caller:
        """Unauthenticated tells why not."""
        digest = sha256(certificate).hexdigest()
        # Whose it is comes first: nothing is computed with a certificate of nobody.
        agency = self._agency(self._keys.get(digest) or _key_in(certificate), digest, at)
        if agency is None:
            expected = "a key that the directory has registered for an agency"
            raise Unauthenticated(expected=expected, found=f"sha-256:{digest}")
        try:
            self._exchange.anchors.signer([certificate], at, TLS_CLIENTS)
        except SignatureRefusal as error:
            why = f"{error.code}: {error.found}"[:160]
            raise Unauthenticated(expected="a client certificate that is good now", found=why) from None
        return Caller(agency, self._role, f"{METHOD}:{self._role}", digest)

    def _agency(self, key: bytes, digest: str, at: Millis) -> str | None:
        """Whose key that is now. A key of two agencies is nobody's."""
        directory = self._exchange.directory
        if directory is not self._directory:
            self.learn(directory)
        owners = {
            code
            for code, registered in self._by_key.get(key, ())
            if registered.sha256 in directory[code].certificate_ids(at)
            and (registered.sha256 == digest or self._good(registered, at))
        }
        return owners.pop() if len(owners) == 1 else None

    def _good(self, registered: RegisteredCertificate, at: Millis) -> bool:
        """Another certificate over the same key: when the one that was registered is revoked, the key is."""
        try:
            self._exchange.anchors.signer([registered.der], at)
        except SignatureRefusal:
            return False
        return True

    def learn(self, directory: Directory) -> None:
        """The keys of a directory. Certificates that were seen before are not parsed again: the first time takes
        30 µs for each, later ones almost nothing."""
        by_key: dict[bytes, list[_Registered]] = {}
        for agency in directory:
            for certificate in agency.certificates:
                key = self._keys.get(certificate.sha256)
                if key is None:
                    key = self._keys[certificate.sha256] = _key_in(certificate.der)
                by_key.setdefault(key, []).append((agency.code, certificate))
        by_key.pop(b"", None)
        self._by_key, self._directory = by_key, directory


def _key_in(der: bytes) -> bytes:
    try:
        return _digest(foreign.certificate(der).public_key())
    except Exception:  # the library names a bad key in several ways; it is nobody's then
        return b""


def _digest(key: object) -> bytes:
    public: PublicKey = key  # type: ignore[assignment]
    return sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
