"""TLS of the listening socket: modern only, and client certificates where settings ask for them.

TLS 1.3, and 1.2 with an ephemeral key exchange and an AEAD cipher unless `tls_minimum` says 1.3. HTTP/1.1 is
negotiated, nothing else.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from hub.base.config import HttpSettings
from hub.core.signature.anchors import Anchors

_CIPHERS_12: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
_MINIMUM: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_CLIENTS: Final = {"off": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


class _Telling(ssl.SSLObject):
    """Tells the other end why a handshake failed: the event loops drop such a connection before OpenSSL's alert is on
    the wire. Asked to wait instead, they send the bytes that are ready; then the other end goes, or the handshake's
    time is over.
    """

    _failed: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        if self._failed is not None:
            raise self._failed
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self._failed = error
            raise ssl.SSLWantReadError from error


def tls_of(http: HttpSettings, anchors: Callable[[], Anchors]) -> Tls | None:
    """TLS as the settings ask for it, clients' certificates by these anchors; None for plain HTTP."""
    if not http.tls_key:
        return None
    known = anchors()
    trusted = (*known.roots, *known.intermediates)
    return Tls(http, "".join(c.public_bytes(Encoding.PEM).decode() for c in trusted))


class Tls:
    """`context` for new connections. `client_ca`: PEM of roots and intermediates for clients' certificates."""

    def __init__(self, http: HttpSettings, client_ca: str = "") -> None:
        self._http = http
        self.context = _context(http)
        if http.client_certificates != "off":
            self.context.verify_mode = _CLIENTS[http.client_certificates]
            self.context.load_verify_locations(cadata=client_ca)

    def reload(self) -> None:
        """Take certificate and key from their files again, for connections from now on. OSError (ssl.SSLError among
        them) when they are not there or do not fit each other: then all is as before."""
        _context(self._http)
        self.context.load_cert_chain(self._http.tls_certificate, self._http.tls_key)


def _context(http: HttpSettings) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _MINIMUM[http.tls_minimum]
    context.set_ciphers(_CIPHERS_12)  # of 1.2; those of 1.3 are all fit
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.num_tickets = 0
    context.sslobject_class = _Telling
    context.load_cert_chain(http.tls_certificate, http.tls_key)
    return context
