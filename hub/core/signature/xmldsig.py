"""One strict profile of XMLDSig, signed and verified; every departure from it is refused by name.

The profile (`ds:` = http://www.w3.org/2000/09/xmldsig#), complete, in this order, with nothing else in it:

    edXML / edXMLEnvelope / edXMLHeader / ds:Signature   one in the whole tree, last child of the header
     ├ SignedInfo   CanonicalizationMethod (exclusive C14N, no prefix list), SignatureMethod (`ALGORITHMS`),
     │              Reference URI="" with the transforms [enveloped-signature, exclusive C14N],
     │              DigestMethod (`DIGESTS`), DigestValue
     ├ SignatureValue
     └ KeyInfo / X509Data / X509Certificate × 1..3        the signer's first, then its issuers in order

So everything in the document is signed but the signature element itself, and that holds nothing that is not
listed here. Numbered checks (2 to 4 are made by `hub.core.edxml.xmlsafe` while the bytes are parsed):

5. `examine`: one Signature, in its place; exact structure, algorithms, lengths; strict and canonical base64.
   SignedInfo is read from its canonical form, that is from the very bytes that check 7 verifies.
6. The certificate: `hub.core.signature.trust`, between 5 and 7. Nothing is computed with a key that is not trusted.
7. `check_value`: the signature over the canonical SignedInfo, with the key of the trusted certificate.
8. `check_content`: take the signature out of the tree (its tail stays), canonicalise the root, refuse an
   empty form, compare the digest. The tree then holds verified content only: read that, never the original.

The legacy profile also takes Canonical XML 1.0, named or (with one transform only) implied, and beside the
certificates the hints that field libraries always write (`_HINTS`), of which nothing is read; the claim then
says `legacy`. Its caller first parses under `xmlsafe.LEGACY` limits: inclusive C14N is quadratic.

NOT checked here: whether the certificate is trusted, in time, not revoked, the sender's (`trust`); when it
was signed (nothing in the profile tells); that the content makes sense (`edxml`).

Every exception of a library ends as a `SignatureRefusal`. CDATA sections are gone after parsing: in content they are
the text that they hold, the canonical form is the same, and they are accepted as that text. Inside the signature they
are refused (`check_plain`, part of 5, on the bytes), for others read it differently.
"""

from __future__ import annotations

import binascii
import functools
import hashlib
import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, ParamSpec, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from lxml import etree

from hub.core.edxml.xmlsafe import parse_xml
from hub.core.errors import SignatureRefusal, Verdict
from hub.core.model import SignatureProfile
from hub.core.signature.profile import (
    ALGORITHMS,
    DIGESTS,
    DS,
    ENVELOPED,
    EXCLUSIVE,
    INCLUSIVE,
    Algorithm,
    Digest,
    PublicKey,
    canonical,
    place_of,
    refusal,
)
from hub.core.signature.sign import sign

__all__ = [
    "ALGORITHMS",
    "SignatureClaim",
    "algorithm_of",
    "check_content",
    "check_plain",
    "check_value",
    "check_value_alone",
    "content_digest",
    "examine",
    "only_verdicts",
    "sign",
]

P = ParamSpec("P")
R = TypeVar("R")


class SignatureClaim(msgspec.Struct, frozen=True):
    """The result of check 5. `certificates` are DER, the signer's first; `signed` is the input of check 7."""

    element: etree._Element
    signed: bytes
    algorithm: Algorithm
    digest: Digest
    digest_value: bytes
    value: bytes
    certificates: tuple[bytes, ...]
    content_method: str
    legacy: bool


def only_verdicts(step: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Any error of a library over hostile input becomes a refusal: fail closed, and by name."""

    def wrap(check: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(check)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return check(*args, **kwargs)
            except SignatureRefusal:
                raise
            except Exception as error:
                kind = type(error).__name__
                raise refusal(Verdict.MALFORMED, "a signature that can be processed", kind, step) from None

        return checked

    return wrap


@only_verdicts(5)
def examine(root: etree._Element, profile: SignatureProfile = SignatureProfile.STRICT) -> SignatureClaim:
    """Check 5: the only signature in the tree, read after the profile; nothing in it is believed yet."""
    element = _locate(root)
    most = _MOST_ELEMENTS + (_MOST_HINTS if profile is SignatureProfile.LEGACY else 0)
    if len(list(islice(element.iter(), most + 1))) > most:
        raise _departure(element)
    info, value, key_info = _children(element, element, _PARTS)
    signed = _signed_info(info)
    match = _SIGNED_INFO.fullmatch(signed.decode())
    if match is None:
        raise _departure(element)
    legacy = _check_choices(match, profile)
    algorithm, digest = ALGORITHMS[match["method"]], DIGESTS[match["digest"]]
    (data,) = _children(element, key_info, _X509DATA)
    hints = _hints(element, data) if profile is SignatureProfile.LEGACY else ()
    count = min(max(len(data) - len(hints), 1), 3)
    holders = _children(element, data, [f"{{{DS}}}X509Certificate"] * count, beside=hints)
    return SignatureClaim(
        element=element,
        signed=signed,
        algorithm=algorithm,
        digest=digest,
        digest_value=_base64(match["value"].replace("&#xD;", ""), "DigestValue", range(digest.size, digest.size + 1)),
        value=_base64(_leaf_text(element, value), "SignatureValue", algorithm.sizes),
        certificates=tuple([_base64(_leaf_text(element, e), "X509Certificate", _CERTIFICATE_SIZES) for e in holders]),
        content_method=match["second"] or INCLUSIVE,
        legacy=legacy or bool(hints),
    )


def check_plain(raw: bytes) -> None:
    """Check 5, the part that only the bytes can tell: no CDATA section between the signature's tags.

    Text in other CDATA sections may look like such a tag; then more is refused than need be, never less.
    """
    if b"!" not in raw:
        return  # no such section anywhere
    start, end = _START_TAG.search(raw), _END_TAG.search(raw)
    if start and end and raw.find(_CDATA, 0, end.start()) < 0:
        return  # so these are tags, of the one signature that there is
    last = max((match.start() for match in _END_TAG.finditer(raw)), default=len(raw))
    if raw.find(_CDATA, start.start() if start else 0, last) >= 0:
        raise refusal(Verdict.PROFILE_VIOLATION, "a signature without CDATA sections", "one", 5)


@only_verdicts(7)
def check_value(claim: SignatureClaim, key: PublicKey) -> None:
    """Check 7: `key`, from a certificate that is trusted, made the signature over SignedInfo."""
    check_value_alone(claim.algorithm, key, claim.value, claim.signed)


@only_verdicts(7)
def check_value_alone(algorithm: Algorithm, key: PublicKey, value: bytes, signed: bytes) -> None:
    """The same, of parts that were kept."""
    if not isinstance(key, algorithm.key):
        raise refusal(Verdict.SIGNATURE_INVALID, f"a key for {algorithm.name}", type(key).__name__, 7)
    try:
        algorithm.check(key, value, signed)
    except InvalidSignature:
        raise refusal(Verdict.SIGNATURE_INVALID, f"{algorithm.name} by the first certificate", "", 7) from None


@only_verdicts(5)
def algorithm_of(signed: bytes) -> Algorithm:
    """The algorithm that a canonical SignedInfo names, after either profile."""
    match = _SIGNED_INFO.fullmatch(signed.decode())
    if match is None:
        raise refusal(Verdict.PROFILE_VIOLATION, "a SignedInfo of the profile", "another", 5)
    _check_choices(match, SignatureProfile.LEGACY)
    return ALGORITHMS[match["method"]]


@only_verdicts(8)
def check_content(claim: SignatureClaim, root: etree._Element) -> None:
    """Check 8. Takes the signature out of `root`, for good: the rest is the signed content."""
    found = content_digest(claim, root)
    if found != claim.digest_value:
        raise refusal(Verdict.DIGEST_MISMATCH, f"{claim.digest_value.hex()[:16]}…", f"{found.hex()[:16]}…", 8)


def content_digest(claim: SignatureClaim, root: etree._Element) -> bytes:
    """The digest of the rest of `root` without the signature, which is taken out of it for good."""
    _take_out(claim.element)
    return hashlib.new(claim.digest.name, canonical(root, claim.content_method, 8)).digest()


_MOST_ELEMENTS: Final = 16  # the profile with three certificates has exactly these
_CERTIFICATE_SIZES: Final = range(64, 16_385)
_PROFILE: Final = {
    "Signature": ("SignedInfo", "SignatureValue", "KeyInfo"),
    "SignedInfo": ("CanonicalizationMethod", "SignatureMethod", "Reference"),
    "Reference": ("Transforms", "DigestMethod", "DigestValue"),
    "Transforms": ("Transform",),
    "KeyInfo": ("X509Data",),
    "X509Data": ("X509Certificate",),
}
_ATTRIBUTES: Final = {
    "CanonicalizationMethod": {"Algorithm"},
    "SignatureMethod": {"Algorithm"},
    "Reference": {"URI"},
    "Transform": {"Algorithm"},
    "DigestMethod": {"Algorithm"},
}
_HINTS: Final[dict[str, tuple[str, ...]]] = {
    "X509SubjectName": (),
    "X509IssuerSerial": ("X509IssuerName", "X509SerialNumber"),
    "X509SKI": (),
}
"""The elements that say once more whose certificate it is, with those within: allowed by the legacy profile, never
read."""
_MOST_HINTS: Final = 3 * 5
_PARTS: Final = [f"{{{DS}}}{name}" for name in _PROFILE["Signature"]]
_X509DATA: Final = [f"{{{DS}}}X509Data"]
_CDATA: Final = b"<![CDATA["
_START_TAG: Final = re.compile(rb"<(?:[^\s<>/:]+:)?Signature[\s/>]")
_END_TAG: Final = re.compile(rb"</(?:[^\s<>/:]+:)?Signature\s*>")
_XML_SPACE: Final = " \t\r\n"
_LINE_BREAKS: Final = b" \t\r\n"


def _with_algorithm(name: str, group: str) -> str:
    return rf'<(?P=p){name} Algorithm="(?P<{group}>[^"<]*)"></(?P=p){name}>\s*'


_SIGNED_INFO: Final = re.compile(
    r'<(?P<p>(?:[^\s<>:"=/]+:)?)SignedInfo(?: xmlns(?::[^\s<>:"=/]+)?="[^"<]*")+>\s*'
    + _with_algorithm("CanonicalizationMethod", "c14n")
    + _with_algorithm("SignatureMethod", "method")
    + r'<(?P=p)Reference URI="(?P<uri>[^"<]*)">\s*<(?P=p)Transforms>\s*'
    + _with_algorithm("Transform", "first")
    + rf"(?:{_with_algorithm('Transform', 'second')})?"
    + r"</(?P=p)Transforms>\s*"
    + _with_algorithm("DigestMethod", "digest")
    + r"<(?P=p)DigestValue>(?P<value>[^<]*)</(?P=p)DigestValue>\s*</(?P=p)Reference>\s*</(?P=p)SignedInfo>",
    re.ASCII,
)
"""The profile's SignedInfo in canonical form, where markup in text and in values is always escaped."""


def _locate(root: etree._Element) -> etree._Element:
    every = list(root.iter("{*}Signature"))
    if not every:
        raise refusal(Verdict.ABSENT, "ds:Signature in edXMLHeader", "", 5)
    if all(element.tag != f"{{{DS}}}Signature" for element in every):
        raise refusal(Verdict.WRONG_NAMESPACE, DS, etree.QName(every[0]).namespace or "no namespace", 5)
    if len(every) > 1:
        raise refusal(Verdict.PROFILE_VIOLATION, "one Signature", str(len(every)), 5)
    above = list(every[0].iterancestors())
    if every[0].getnext() is not None or [e.tag for e in above] != place_of(root):
        place = "/".join(etree.QName(e).localname for e in reversed(above))
        expected = "last child of edXML/edXMLEnvelope/edXMLHeader"
        raise refusal(Verdict.PROFILE_VIOLATION, expected, f"in {place}", 5)
    return every[0]


def _children(
    signature: etree._Element, parent: etree._Element, tags: list[str], beside: Sequence[etree._Element] = ()
) -> list[etree._Element]:
    """The children of `parent` but for those `beside` them: exactly these, with nothing but white space around them
    and no attributes."""
    texts = [parent.text, *[child.tail for child in parent]]
    children = [child for child in parent if child not in beside]
    if [child.tag for child in children] != tags or parent.attrib or any(t and t.strip(_XML_SPACE) for t in texts):
        raise _departure(signature)
    return children


def _hints(signature: etree._Element, data: etree._Element) -> list[etree._Element]:
    """The hints in X509Data: text, or exactly the elements within that belong there, without attributes."""
    found = [child for child in data if etree.QName(child).namespace == DS and etree.QName(child).localname in _HINTS]
    for hint in found:
        within = _HINTS[etree.QName(hint).localname]
        leaves = _children(signature, hint, [f"{{{DS}}}{name}" for name in within]) if within else [hint]
        for leaf in leaves:
            _leaf_text(signature, leaf)
    return found


def _leaf_text(signature: etree._Element, element: etree._Element) -> str:
    if len(element) or element.attrib:
        raise _departure(signature)
    return element.text or ""


def _base64(text: str, what: str, sizes: range) -> bytes:
    """Line breaks may be in it, as XMLDSig allows; no other character, no padding or bits without meaning."""
    packed = text.encode().translate(None, _LINE_BREAKS)
    try:
        data = binascii.a2b_base64(packed)
    except ValueError:
        data = b""
    if binascii.b2a_base64(data, newline=False) != packed:
        raise refusal(Verdict.MALFORMED, f"{what} in canonical base64", "other characters, bits or padding", 5)
    if len(data) not in sizes:
        expected = f"{what} of {sizes.start} to {sizes.stop - 1} bytes"
        raise refusal(Verdict.MALFORMED, expected, str(len(data)), 5)
    return data


def _check_choices(match: re.Match[str], profile: SignatureProfile) -> bool:
    """The algorithms that the profile leaves open have to be in its tables. True where only the legacy profile allows
    it."""
    for group, table in (("method", ALGORITHMS.keys()), ("digest", DIGESTS.keys())):
        if match[group] not in table:
            raise refusal(Verdict.ALGORITHM_FORBIDDEN, " ".join(table), match[group], 5)
    if match["uri"]:
        raise refusal(Verdict.PROFILE_VIOLATION, 'Reference URI=""', match["uri"], 5)
    methods = (match["c14n"], match["first"], match["second"] or "")
    if methods == (EXCLUSIVE, ENVELOPED, EXCLUSIVE):
        return False
    known = methods[0] in (EXCLUSIVE, INCLUSIVE) and methods[2] in (EXCLUSIVE, INCLUSIVE, "")
    if profile is not SignatureProfile.LEGACY or not known or methods[1] != ENVELOPED:
        expected = "exclusive C14N; enveloped-signature, exclusive C14N"
        raise refusal(Verdict.PROFILE_VIOLATION, expected, " ".join(methods), 5)
    return True


def _signed_info(info: etree._Element) -> bytes:
    """SignedInfo in the canonical form that it names for itself."""
    if len(info) == 0 or info[0].get("Algorithm") != INCLUSIVE:
        return canonical(info, EXCLUSIVE, 5)
    # Inclusive C14N of a part takes over its ancestors' declarations. Serialising it puts the namespaces on
    # the part's own start tag; xml: attributes would be lost, so they may not stand above it.
    if any(str(name).startswith(_XML_NAMESPACE) for a in info.iterancestors() for name in a.attrib):
        raise refusal(Verdict.PROFILE_VIOLATION, "no xml: attribute above SignedInfo", "one", 5)
    return canonical(parse_xml(etree.tostring(info, with_tail=False)), INCLUSIVE, 5)


_XML_NAMESPACE: Final = "{http://www.w3.org/XML/1998/namespace}"


def _take_out(signature: etree._Element) -> None:
    parent, before, tail = signature.getparent(), signature.getprevious(), signature.tail
    assert parent is not None  # check 5 found it in its place
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
    parent.remove(signature)


def _departure(signature: etree._Element) -> SignatureRefusal:
    """The signature departs from the profile: how, the most telling reason first."""
    for name, table in (("SignatureMethod", ALGORITHMS.keys()), ("DigestMethod", DIGESTS.keys())):
        for element in signature.iter(f"{{{DS}}}{name}"):
            if element.get("Algorithm") not in table:
                found = str(element.get("Algorithm"))
                return refusal(Verdict.ALGORITHM_FORBIDDEN, " ".join(table), found, 5)
    present = {etree.QName(element).localname for element in signature.iter(f"{{{DS}}}*")}
    for parent, children in _PROFILE.items():
        for child in children:
            if child not in present:
                return refusal(Verdict.MALFORMED, f"{parent}/{child}", "none", 5)
    for element in islice(signature.iter(), 4 * _MOST_ELEMENTS):
        if foreign := _foreign(element):
            return refusal(Verdict.PROFILE_VIOLATION, "exactly the elements of the strict profile", foreign, 5)
    order = [etree.QName(element).localname for element in islice(signature.iter(), 2 * _MOST_ELEMENTS)]
    return refusal(Verdict.PROFILE_VIOLATION, "exactly the elements of the strict profile", " ".join(order), 5)


def _foreign(element: etree._Element) -> str:
    """The part of one element that the profile does not have: an attribute, an element in it, or text around these."""
    name = etree.QName(element).localname
    for attribute in element.attrib:
        if str(attribute) not in _ATTRIBUTES.get(name, ()):
            return f"attribute {etree.QName(str(attribute)).localname[:80]} of {name}"
    allowed = _PROFILE.get(name, ())
    for child in element:
        within = etree.QName(child)
        if within.namespace != DS or within.localname not in allowed:
            legacy = (
                " (the legacy profile alone allows it)" if name == "X509Data" and within.localname in _HINTS else ""
            )
            return f"{within.localname[:80]} in {name}{legacy}"
    texts = (element.text, *(child.tail for child in element)) if allowed else ()
    return f"text in {name}" if any(text and text.strip(_XML_SPACE) for text in texts) else ""
