"""The files of a profile: where each lies, and how keys, chains and revocations are read and written."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from hub.pki import revoked as pki_revoked
from hub.pki.files import PkiError, certificates_in, write
from hub.pki.issue import Credential, Revocation, SigningKey

CRL_URL: Final = "http://localhost:8080/crl/issuing.crl"
_KINDS: Final = (
    ec.EllipticCurvePrivateKey,
    rsa.RSAPrivateKey,
    ed25519.Ed25519PrivateKey,
    mldsa.MLDSA44PrivateKey,
)
NoteKey = ed25519.Ed25519PrivateKey | mldsa.MLDSA44PrivateKey
AnyKey = SigningKey | NoteKey


class ProfileFiles:
    """The files of one folder; nothing is kept in memory but the issuing CA's key."""

    def __init__(self, folder: Path, *, passphrase: bytes | None = None, crl_url: str = CRL_URL) -> None:
        self.folder = folder
        self.crl_url = crl_url
        self._passphrase = passphrase
        self._loaded: dict[str, Credential] = {}

    def _path(self, part: str, stem: str, kind: str) -> Path:
        return self.folder / part / f"{stem}.{kind}.pem"

    def _anchor_path(self, ca: str) -> Path:
        return self._path("anchors", ca, "cert")

    def _crl_path(self, ca: str) -> Path:
        return self._path("anchors", ca, "crl")

    def _ca(self, ca: str) -> Credential:
        if ca not in self._loaded:
            key = self._key(self._path("issuing", ca, "key"))
            self._loaded[ca] = _matched(key, tuple(certificates_in(self._anchor_path(ca))), ca)
        return self._loaded[ca]

    def _credential(self, part: str, stem: str) -> Credential:
        chain = tuple(certificates_in(self._path(part, stem, "cert")))
        return _matched(self._key(self._path(part, stem, "key")), chain, f"{part}/{stem}")

    def _store_ca(self, ca: str, made: Credential) -> None:
        write(self._path("issuing", ca, "key"), self._pem(made.key))
        write(self._anchor_path(ca), made.certificate.public_bytes(Encoding.PEM))

    def _store(self, part: str, stem: str, made: Credential, *, durable: bool) -> None:
        # The key first: a certificate on disk means that its key is there too.
        write(self._path(part, stem, "key"), self._pem(made.key), durable=durable)
        chain = b"".join(c.public_bytes(Encoding.PEM) for c in made.chain)
        write(self._path(part, stem, "cert"), chain, durable=durable)

    def _pem(self, key: AnyKey) -> bytes:
        seal: KeySerializationEncryption = (
            BestAvailableEncryption(self._passphrase) if self._passphrase else NoEncryption()
        )
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, seal)

    def _key(self, path: Path) -> AnyKey:
        try:
            key = load_pem_private_key(path.read_bytes(), self._passphrase)
        except FileNotFoundError:
            raise PkiError(f"no {path.name} in {path.parent.name}/") from None
        except (ValueError, TypeError):
            raise PkiError(f"{path.name} cannot be opened: wrong passphrase, or not a key") from None
        if not isinstance(key, _KINDS):
            raise PkiError(f"{path.name} holds a key of another kind")
        return key

    def _revocations(self, ca: str) -> list[Revocation]:
        return pki_revoked.read(self.folder / "issuing" / "revoked.json") if ca == "issuing" else []

    def _revoke(self, new: Revocation) -> None:
        pki_revoked.add(self.folder / "issuing" / "revoked.json", new)


def _matched(key: AnyKey, chain: tuple[x509.Certificate, ...], what: str) -> Credential:
    if isinstance(key, NoteKey) or chain[0].public_key() != key.public_key():
        raise PkiError(f"{what}: key and certificate do not fit each other; renew it")
    return Credential(key, chain)
