"""The floor: the least that any hub must do before it may say "accepted", with the same libraries and no more.

For each document: parse it (hardened), canonicalise SignedInfo (exclusive C14N), verify the signature with a key that
is known already, take the signature out, canonicalise the rest, compare its SHA-256, and SHA-256 of the raw bytes. For
every 64 documents: one transaction with `executemany` and one durable commit (WAL, `synchronous=FULL`). One process,
one thread, no HTTP, no rules of edXML, no chain of certificates, no directory, no evidence, no log.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from hub.store.sqlite import PREFERRED

GROUP: Final = 64
_DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"


class Floor:
    """A table in a file, and keys by certificate."""

    def __init__(self, path: Path) -> None:
        self._db = PREFERRED.connect(str(path), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=4000", "cache_size=-65536"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE document (number INTEGER PRIMARY KEY, sha256 BLOB, bytes BLOB) STRICT")
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
        self._keys: dict[str, ec.EllipticCurvePublicKey] = {}

    def close(self) -> None:
        self._db.close()

    def seconds(self, documents: Iterable[bytes]) -> float:
        """How long it takes for all of them."""
        began = time.perf_counter()
        source = iter(documents)
        while group := [(self.verify(data), data) for data in islice(source, GROUP)]:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT INTO document (sha256, bytes) VALUES (?, ?)", group)
            self._db.execute("COMMIT")
        return time.perf_counter() - began

    def verify(self, data: bytes) -> bytes:
        """SHA-256 of the document, whose signature holds. InvalidSignature or ValueError otherwise."""
        root = etree.fromstring(data, self._parser)
        signature = next(root.iter(f"{_DS}Signature"))
        info, value, key_info = signature
        key = self._key(next(key_info.iter(f"{_DS}X509Certificate")).text or "")
        raw = base64.b64decode(value.text or "")
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        key.verify(der, etree.tostring(info, method="c14n", exclusive=True), ec.ECDSA(hashes.SHA256()))
        claimed = base64.b64decode(next(info.iter(f"{_DS}DigestValue")).text or "")
        header = signature.getparent()
        assert header is not None
        before = signature.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + (signature.tail or "")
        header.remove(signature)
        if hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True)).digest() != claimed:
            raise ValueError("another digest")
        return hashlib.sha256(data).digest()

    def _key(self, certificate: str) -> ec.EllipticCurvePublicKey:
        key = self._keys.get(certificate)
        if key is None:
            found = x509.load_der_x509_certificate(base64.b64decode(certificate)).public_key()
            assert isinstance(found, ec.EllipticCurvePublicKey)
            key = self._keys[certificate] = found
        return key
