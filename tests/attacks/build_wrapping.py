"""Attacks on what is signed: transforms, canonicalisation, wrapping, references to other things."""

from __future__ import annotations

from collections.abc import Callable

from tests.attacks.register import DIGEST, MALFORMED, NOT_EDXML, PROFILE, attack, before_body, setting
from tests.attacks.simulator import DS, ENVELOPED, EXCLUSIVE, INCLUSIVE, MESSAGE, Simulator, in_header

XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
STYLESHEET = '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"/>'
for name, uri, content in (
    ("xslt", XSLT, STYLESHEET),
    ("xpath", XPATH, "<XPath>false()</XPath>"),
    ("xpath-filter-2", "http://www.w3.org/2002/06/xmldsig-filter2", '<XPath Filter="subtract">/</XPath>'),
    ("base64", DS + "base64", ""),
    ("unknown", "urn:example:nothing", ""),
    ("decryption", "http://www.w3.org/2002/07/decrypt#XML", ""),
    ("exclusive-by-its-page", "http://www.w3.org/TR/xml-exc-c14n#", ""),
    ("exclusive-with-comments", EXCLUSIVE + "WithComments", ""),
    ("inclusive", INCLUSIVE, ""),
    ("inclusive-1.1", "http://www.w3.org/2006/12/xml-c14n11", ""),
):
    setting(f"transform-{name}", PROFILE, transforms=(ENVELOPED, uri), transform_content=content)
setting("transform-third", PROFILE, transforms=(ENVELOPED, EXCLUSIVE, EXCLUSIVE))
setting("transform-third-xpath", PROFILE, transforms=(ENVELOPED, EXCLUSIVE, XPATH))
setting("transform-enveloped-only", PROFILE, transforms=(ENVELOPED,))
setting("transform-not-enveloped", PROFILE, transforms=(EXCLUSIVE,))
setting("transform-order", PROFILE, transforms=(EXCLUSIVE, ENVELOPED))
setting("transform-twice-enveloped", PROFILE, transforms=(ENVELOPED, ENVELOPED))
setting("transform-none", MALFORMED, transforms=())
setting(
    "transform-inclusive-namespaces",
    PROFILE,
    transform_content=f'<InclusiveNamespaces xmlns="{EXCLUSIVE}" PrefixList="edXML"/>',
)
setting("canonicalisation-unknown", PROFILE, c14n="urn:example:nothing")
setting("canonicalisation-with-comments", PROFILE, c14n=EXCLUSIVE + "WithComments")
setting("canonicalisation-inclusive-when-strict", PROFILE, c14n=INCLUSIVE)


@attack("void-canonicalisation", PROFILE)
def _(s: Simulator) -> None:
    """libxml2 has no canonical form for it; a careless verifier then digests nothing, as the attacker did."""
    s.edit = lambda text: before_body(text, '<x:a xmlns:x="relative/uri"/>')
    s.digest = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


# -- wrapping --------------------------------------------------------------------------------------------------------


def original(text: str) -> str:
    """The signed document without its declaration."""
    return text[text.index("<edXML ") :].strip()


def split(text: str) -> tuple[str, str]:
    """The document without its signature, and the signature."""
    start, end = text.index("<Signature "), text.index("</Signature>") + len("</Signature>")
    return text[:start] + text[end:], text[start:end]


def forge(text: str) -> str:
    return text.replace("V/v rà soát", "V/v chuyển tiền", 1)


def wrap(name: str, code: str, build: Callable[[str, str, str], str]) -> None:
    """`build(signed, forged unsigned, signature)` is what is sent."""

    def put(text: str) -> str:
        bare, signature = split(text)
        return build(text, forge(bare), signature)

    setting(name, code, edit=put)


def into_signature(signature: str, inner: str) -> str:
    return signature.replace("</Signature>", f"<Object>{inner}</Object></Signature>")


def bare(text: str) -> str:
    """The original without declaration and without signature."""
    return original(split(text)[0])


def in_root(text: str, more: str) -> str:
    return text.replace("</edXML>", more + "</edXML>")


def in_subject(text: str, more: str) -> str:
    return text.replace("V/v", more + "V/v", 1)


# The eight classic wrappings: forged content in the place that is read, the signed original somewhere else.
wrap("xsw-1-original-in-signature", PROFILE, lambda o, f, s: in_header(f, into_signature(s, bare(o))))
wrap("xsw-2-original-beside-signature", DIGEST, lambda o, f, s: in_header(f, bare(o) + s))
wrap("xsw-3-signed-original-before-body", PROFILE, lambda o, f, s: before_body(f, original(o)))
wrap("xsw-4-signed-original-in-subject", PROFILE, lambda o, f, s: in_subject(f, original(o)))
wrap("xsw-5-signature-kept-original-at-end", DIGEST, lambda o, f, s: in_root(in_header(f, s), bare(o)))
wrap("xsw-6-signed-original-in-signature", PROFILE, lambda o, f, s: in_header(f, into_signature(s, original(o))))
wrap(
    "xsw-7-signed-original-in-extension",
    PROFILE,
    lambda o, f, s: before_body(f, f"<Extensions>{original(o)}</Extensions>"),
)
wrap(
    "xsw-8-object-around-original",
    PROFILE,
    lambda o, f, s: in_header(f, f'<Object xmlns="{DS}">{original(o)}</Object>'),
)
wrap("wrapped-whole-in-edxml", NOT_EDXML, lambda o, f, s: f"<edXML>{original(o)}</edXML>")
wrap("wrapped-whole-in-forged-edxml", PROFILE, lambda o, f, s: in_root(f, original(o)))
wrap("wrapped-whole-in-foreign-root", NOT_EDXML, lambda o, f, s: f"<wrapper>{original(o)}</wrapper>")
wrap("wrapped-whole-in-signature", NOT_EDXML, lambda o, f, s: into_signature(s, bare(o)))
wrap(
    "two-envelopes",
    NOT_EDXML,
    lambda o, f, s: o.replace("</edXML>", f[f.index("<edXML:edXMLEnvelope") :]),
)
wrap("two-headers", NOT_EDXML, lambda o, f, s: before_body(o, "<edXML:edXMLHeader/>"))


def placed(name: str, before: str) -> None:
    setting(f"signature-{name}", PROFILE, place=lambda text, signature: text.replace(before, signature + before, 1))


placed("in-message-header", "</edXML:MessageHeader>")
placed("in-trace-list", "</edXML:TraceHeaderList>")
placed("first-in-header", "      <edXML:MessageHeader>")
placed("in-envelope", "</edXML:edXMLEnvelope>")
placed("in-root", "</edXML>")
placed("in-body", "</edXML:edXMLBody>")

for name, uri, attribute in (
    ("by-id", "#x", ' Id="x"'),
    ("by-alias-xml-id", "#x", ' xml:id="x"'),
    ("by-alias-lower-case-id", "#x", ' id="x"'),
    ("by-xpointer", "#xpointer(/)", ""),
    ("to-http", "http://127.0.0.1:1/x", ""),
    ("to-file", "file:///etc/passwd", ""),
    ("without-uri", None, ""),
):
    message = MESSAGE.replace("<edXML:edXMLBody>", f"<edXML:edXMLBody{attribute}>")
    setting(f"reference-{name}", PROFILE, uri=uri, message=message)
setting(
    "reference-by-duplicate-id",
    PROFILE,
    uri="#x",
    message=MESSAGE.replace("<edXML:TraceHeaderList>", '<edXML:TraceHeaderList Id="x">'),
    edit=lambda text: before_body(text, '<x Id="x"/>'),
)
