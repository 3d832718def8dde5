"""Signing after the strict profile (`xmldsig` tells the profile; `xmldsig.sign` is this function).

A signer only adds: the signature is spliced into the bytes in front of the header's
end tag. With the signature taken out again the canonical form is therefore that of the message as it was
given.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from hub.core.edxml.xmlsafe import parse_xml
from hub.core.errors import NotEdxml, Verdict
from hub.core.signature.profile import (
    ALGORITHMS,
    DIGESTS,
    DS,
    ENVELOPED,
    EXCLUSIVE,
    PrivateKey,
    canonical,
    default_for,
    place_of,
    refusal,
)

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_HEADER_END: Final = re.compile(rb"</(?:[^\s<>:/]+:)?edXMLHeader\s*>")


def sign(data: bytes, key: PrivateKey, chain: Sequence[x509.Certificate], algorithm: str | None = None) -> bytes:
    """`data`, an unsigned edXML message, with ds:Signature as the last child of edXMLHeader.

    Every other byte stays as it was, but that the result starts with an XML declaration and has no byte
    order mark, and that a message with CDATA sections is serialised again. `chain`: the certificate of
    `key`, then at most two issuers in order. `algorithm`: a URI of `dsig_profile.ALGORITHMS`; by default
    `default_for` the key: ECDSA, RSASSA-PSS. Raises SignatureRefusal (step 0), NotEdxml, or an error of `parse_xml`.
    """
    uri = algorithm or default_for(key.public_key())
    if uri not in ALGORITHMS or not isinstance(key.public_key(), ALGORITHMS[uri].key):
        raise refusal(Verdict.ALGORITHM_FORBIDDEN, "an algorithm of the profile that fits the key", uri, 0)
    if not 1 <= len(chain) <= 3 or chain[0].public_key() != key.public_key():
        expected = "one to three certificates, that of the key first"
        raise refusal(Verdict.SIGNATURE_INVALID, expected, "others", 0)
    root = parse_xml(data)
    header = _header(root)
    info = _signed_info(uri, canonical(root, EXCLUSIVE, 0))
    body = _with_end_tag(data, root, header)
    at = next(_HEADER_END.finditer(body)).start()
    return body[:at] + _signature(info, ALGORITHMS[uri].make(key, info), chain) + body[at:]


def _header(root: etree._Element) -> etree._Element:
    if next(root.iter("{*}Signature"), None) is not None:
        raise refusal(Verdict.PROFILE_VIOLATION, "an unsigned message", "a Signature", 0)
    headers = list(root.iter("{*}edXMLHeader"))
    place = place_of(root)
    if len(headers) != 1 or [headers[0].tag, *(e.tag for e in headers[0].iterancestors())] != place:
        raise NotEdxml(expected="one edXML/edXMLEnvelope/edXMLHeader", found=f"{len(headers)} headers")
    return headers[0]


def _with_end_tag(data: bytes, root: etree._Element, header: etree._Element) -> bytes:
    """The message with a declaration of UTF-8, in which the header's end tag is the only text of its kind.

    `<` stands for itself nowhere but in CDATA sections and comments, and there are no comments.
    """
    body = data.removeprefix(b"\xef\xbb\xbf")
    if b"<![CDATA[" in body or not _HEADER_END.search(body):
        header.text = header.text or ""  # so that <edXMLHeader/> gets an end tag
        return _DECLARATION + etree.tostring(root, encoding="unicode").encode()
    if not body.startswith(b"<?xml"):
        return _DECLARATION + body
    end = body.index(b"?>") + 2
    return _DECLARATION.rstrip() + body[end:] if b"ascii" in body[:end].lower() else body


def _signed_info(uri: str, content: bytes) -> bytes:
    """SignedInfo in its canonical form, which is also how it is written into the message."""
    name = ALGORITHMS[uri].digest
    method = next(known for known, digest in DIGESTS.items() if digest.name == name)
    digest = hashlib.new(name, content).digest()
    return (
        f'<SignedInfo xmlns="{DS}">'
        + _empty("CanonicalizationMethod", EXCLUSIVE)
        + _empty("SignatureMethod", uri)
        + f'<Reference URI=""><Transforms>{_empty("Transform", ENVELOPED)}{_empty("Transform", EXCLUSIVE)}'
        + f"</Transforms>{_empty('DigestMethod', method)}"
        + f"<DigestValue>{b64encode(digest).decode()}</DigestValue></Reference></SignedInfo>"
    ).encode()


def _empty(name: str, algorithm: str) -> str:
    return f'<{name} Algorithm="{algorithm}"></{name}>'


def _signature(info: bytes, value: bytes, chain: Sequence[x509.Certificate]) -> bytes:
    der = (certificate.public_bytes(Encoding.DER) for certificate in chain)
    holders = b"".join(b"<X509Certificate>%s</X509Certificate>" % b64encode(each) for each in der)
    return (
        b'<Signature xmlns="%s">%s<SignatureValue>%s</SignatureValue>'
        b"<KeyInfo><X509Data>%s</X509Data></KeyInfo></Signature>"
    ) % (DS.encode(), info, b64encode(value), holders)
