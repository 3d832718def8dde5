"""Verifying a document's signature: ours, signxml and python-xmlsec over the same bytes.

Two conditions. **With chain** is the guarantee that is wanted: the signature holds, and its certificate leads to the
CA, now. From bytes to a verified value each time; the CA is loaded beforehand where the library can keep it:
- ours: `edxml.parse` and `trust.verify`. More than the others do: strict profile, revocation list, agency, all fields.
  It keeps the verdict on a certificate's chain (by digest, until a date ends it) and asks the revocation list again.
- signxml: `XMLVerifier().verify(bytes, ca_pem_file=root, expect_config=where the signature is, ee_policy=permit all)`.
  It takes a path, and builds its verifier again for each document; it has no way to keep one. Its default end-entity
  policy is for web servers and would refuse a document signer's certificate.
- python-xmlsec: lxml's parser, and a `SignatureContext` over one `KeysManager` that holds the root for all documents.

**Bare** is with the signer's key at hand and no chain at all: ours `xmldsig` alone on hardened-parsed bytes, signxml
with `x509_cert=`, python-xmlsec with `key=`.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import ExtensionPolicy
from lxml import etree

from hub.core import edxml
from hub.core.edxml.xmlsafe import parse_xml
from hub.core.signature import trust, xmldsig
from hub.lab.calls import now
from hub.pki import profile as pki
from hub.pki.issue import Credential

Check = Callable[[bytes], object]
SIZES: Final = {"4k": 5_000, "10k": 10_000, "100k": 100_000, "1m": 1_000_000}
_TURN: Final = 4
INSTALL: Final = "pip install --require-hashes -r requirements-dev.txt"


def contenders(profile: pki.Profile, signer: Credential) -> tuple[dict[str, Check], dict[str, str]]:
    """Checks by name (`ours`, `signxml`, `xmlsec`, each also with `_bare`), and the missing ones with the reason."""
    found: dict[str, Check] = _ours(profile, signer)
    missing = {}
    root = profile.folder / "anchors" / "root.cert.pem"
    for name, make in (("signxml", _signxml), ("xmlsec", _xmlsec)):
        try:
            library = importlib.import_module(name)
        except ImportError as error:
            missing[name] = f"{error}; {INSTALL}"
        else:
            found |= make(library, root, signer)
    return found, missing


def _ours(profile: pki.Profile, signer: Credential) -> dict[str, Check]:
    anchors, at = profile.anchors(), now()
    registered = frozenset([pki.registered(signer, at).sha256])
    key = anchors.signer([pki.registered(signer, at).der], at).key

    def whole(data: bytes) -> object:
        return trust.verify(edxml.parse(data), registered, anchors, at)

    def bare(data: bytes) -> object:
        root = parse_xml(data)
        claim = xmldsig.examine(root)
        xmldsig.check_plain(data)
        xmldsig.check_value(claim, key)
        xmldsig.check_content(claim, root)
        return root

    return {"ours": whole, "ours_bare": bare}


def _signxml(library: Any, root: Path, signer: Credential) -> dict[str, Check]:
    place = library.SignatureConfiguration(location="./{*}edXMLEnvelope/{*}edXMLHeader/")
    policy, path = ExtensionPolicy.permit_all(), str(root)

    def chained(data: bytes) -> object:
        return library.XMLVerifier().verify(data, ca_pem_file=path, expect_config=place, ee_policy=policy)

    def bare(data: bytes) -> object:
        return library.XMLVerifier().verify(data, x509_cert=signer.certificate, expect_config=place)

    return {"signxml": chained, "signxml_bare": bare}


def _xmlsec(library: Any, root: Path, signer: Credential) -> dict[str, Check]:
    constants = library.constants
    manager = library.KeysManager()
    manager.load_cert(str(root), constants.KeyDataFormatPem, constants.KeyDataTypeTrusted)
    pem = signer.certificate.public_bytes(Encoding.PEM)
    key = library.Key.from_memory(pem, constants.KeyDataFormatCertPem)

    def verified(data: bytes, context: Any) -> object:
        tree = etree.fromstring(data)
        context.verify(library.tree.find_node(tree, "Signature"))
        return tree

    def chained(data: bytes) -> object:
        return verified(data, library.SignatureContext(manager))

    def bare(data: bytes) -> object:
        context = library.SignatureContext()
        context.key = key
        return verified(data, context)

    return {"xmlsec": chained, "xmlsec_bare": bare}


def per_second(check: Check, documents: list[bytes], seconds: float) -> float:
    """Documents per second over at least `seconds`, and at least one document."""
    done, began = 0, time.perf_counter()
    while True:
        check(documents[done % len(documents)])
        done += 1
        taken = time.perf_counter() - began
        if taken >= seconds:
            return done / taken


def together(checks: Mapping[str, Check], documents: list[bytes], seconds: float) -> dict[str, float]:
    """The same for several checks in turns, a few documents each, `seconds` for each on average: a disturbance of the
    machine then disturbs all of them."""
    taken = dict.fromkeys(checks, 0.0)
    turns = 0
    while sum(taken.values()) < seconds * len(checks):
        for name, check in checks.items():
            began = time.perf_counter()
            for number in range(_TURN):
                check(documents[number % len(documents)])
            taken[name] += time.perf_counter() - began
        turns += 1
    return {name: turns * _TURN / spent for name, spent in taken.items()}
