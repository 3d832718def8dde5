"""Private keys wherever they lie: in a PEM file, in a PKCS#12 file, on a token (PKCS#11).

    held = open_signer("pkcs11:token=VPCP;object=ky?module-path=/usr/lib/softhsm/libsofthsm2.so", pin=ask)
    AxisClient(url, code, held.key, held.chain)          documents, acknowledgements and assertions alike

The interface that a signer has to have is small, and is `cryptography`'s own: `public_key()` and `sign()` of its two
abstract kinds of key. All code that signs here (documents, JWS, seals, requests) asks for no more, so a key on a token
is a key like any other (`hub.pki.tokens`), and a signer of somebody's own need only be one of these two kinds.

`where` is a path, or a URI after RFC 7512. Nothing of a key or a PIN is ever told: an error names the object that was
looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from hub.core.signature import foreign
from hub.core.signature.archive import read_pem_or_der
from hub.pki import tokens
from hub.pki.files import PkiError
from hub.pki.issue import Credential, SigningKey

MAX_FILE: Final = 1024 * 1024
Secret = Callable[[], bytes | None]
"""A passphrase or PIN, asked for when it is needed and not before."""


def open_signer(where: str, certificate: Path | None = None, secret: Secret | None = None) -> Credential:
    """The key at `where`, with its certificate and that one's issuers: from `certificate`, else from where the key
    lies. PkiError names the part that is missing or does not fit."""
    key, chain = _held(where, secret or (lambda: None))
    if certificate is not None:
        chain = [*_certificates(certificate), *chain]
    mine = [c for c in chain if c.public_key() == key.public_key()]
    if not mine:
        raise PkiError(f"no certificate of the key in {shown(where)}: name one (--cert)")
    return Credential(key, (mine[0], *_up(mine[0], chain)))


def open_key(where: str, secret: Secret | None = None) -> SigningKey:
    """The key alone, which has no certificate yet."""
    return _held(where, secret or (lambda: None))[0]


def shown(where: str) -> str:
    """`where` without a PIN in it."""
    return tokens.shown(where) if tokens.is_uri(where) else Path(where).name


def _held(where: str, secret: Secret) -> tuple[SigningKey, list[x509.Certificate]]:
    if tokens.is_uri(where):
        return tokens.find(where, secret)
    path = Path(where)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise PkiError(f"{path.name}: {error.strerror}") from None
    if len(data) > MAX_FILE:
        raise PkiError(f"{path.name} is too large for a key")
    return _pem(path, data, secret) if b"-----BEGIN " in data else _pkcs12(path, data, secret)


def _pem(path: Path, data: bytes, secret: Secret) -> tuple[SigningKey, list[x509.Certificate]]:
    try:
        key = load_pem_private_key(data, secret() if b"ENCRYPTED" in data else None)
        certificates, _ = read_pem_or_der(data)
    except (ValueError, TypeError):
        raise PkiError(f"{path.name} cannot be opened: wrong passphrase, or not a key") from None
    beside = path.with_name(path.name.replace(".key.pem", ".cert.pem"))
    if not certificates and beside != path and beside.exists():
        certificates = _certificates(beside)
    return _usable(key, path.name), certificates


def _pkcs12(path: Path, data: bytes, secret: Secret) -> tuple[SigningKey, list[x509.Certificate]]:
    try:
        key, certificates = foreign.key_store(data, secret())
    except ValueError:
        raise PkiError(f"{path.name} cannot be opened: wrong password, or no PKCS#12 file") from None
    return _usable(key, path.name), certificates


def _usable(key: object, name: str) -> SigningKey:
    if not isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
        raise PkiError(f"{name} holds no EC or RSA key")
    return key


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        found, _ = read_pem_or_der(path.read_bytes())
    except (OSError, ValueError):
        raise PkiError(f"{path.name} holds no certificate") from None
    return found


def _up(leaf: x509.Certificate, known: list[x509.Certificate]) -> list[x509.Certificate]:
    """At most two issuers, as they go into a signature; no root."""
    by_name = {c.subject: c for c in known if c.subject != c.issuer}
    up: list[x509.Certificate] = []
    while len(up) < 2 and (above := by_name.get((up[-1] if up else leaf).issuer)) is not None and above not in up:
        up.append(above)
    return up
