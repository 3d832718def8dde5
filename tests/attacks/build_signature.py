"""Attacks on the signature element: its structure, its algorithms, its value, and changes after signing."""

from __future__ import annotations

from functools import partial

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from hub.core.model import SignatureProfile
from tests.attacks.register import (
    ALGORITHM,
    DIGEST,
    INVALID,
    MALFORMED,
    PROFILE,
    TOO_COMPLEX,
    attack,
    before_body,
    cut_between,
    edit,
    oddity,
    setting,
)
from tests.attacks.simulator import (
    DS,
    ENVELOPED,
    EXCLUSIVE,
    HMAC,
    INCLUSIVE,
    MESSAGE,
    MORE,
    SHA256,
    Simulator,
    b64,
    ecdsa_raw,
    rsa_key,
)

LEGACY = SignatureProfile.LEGACY
QCVN = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
EXCLUSIVE_PAGE = "http://www.w3.org/TR/xml-exc-c14n#"

REFERENCE = (
    f'<Reference URI=""><Transforms><Transform Algorithm="{ENVELOPED}"/>'
    f'<Transform Algorithm="{EXCLUSIVE}"/></Transforms>'
    f'<DigestMethod Algorithm="{SHA256}"/><DigestValue>{b64(bytes(32))}</DigestValue></Reference>'
)
MANIFEST = f'<Object><Manifest Id="m">{REFERENCE}</Manifest></Object>'
setting("two-references", PROFILE, second_reference=REFERENCE)
setting("manifest", PROFILE, uri="#m", tail=MANIFEST)
setting("manifest-beside-reference", PROFILE, tail=MANIFEST)
setting("object", PROFILE, tail="<Object>unsigned</Object>")
setting(
    "object-of-xades",
    PROFILE,
    tail='<Object><q:QualifyingProperties xmlns:q="http://uri.etsi.org/01903/v1.3.2#"/></Object>',
)
setting("nested-signature", PROFILE, tail="<Signature/>")
setting("text-in-signature", PROFILE, tail="unsigned text")
setting("foreign-element-in-signature", PROFILE, tail='<x xmlns="urn:x"/>')
edit("two-signed-infos", PROFILE, "</SignedInfo>", "</SignedInfo><SignedInfo/>")
edit("two-signatures", PROFILE, "</Signature>", f'</Signature><Signature xmlns="{DS}"/>')
setting("second-signature-in-signed-content", PROFILE, message=before_body(MESSAGE, f'<Signature xmlns="{DS}"/>'))
edit("attribute-on-signature", PROFILE, "<Signature ", '<Signature Id="x" ')
edit("attribute-on-signed-info", PROFILE, "<SignedInfo>", '<SignedInfo Id="x">')
edit("attribute-on-signature-value", PROFILE, "<SignatureValue>", '<SignatureValue Id="x">')
edit("attribute-on-key-info", PROFILE, "<KeyInfo>", '<KeyInfo Id="x">')
edit("cdata-in-digest-value", PROFILE, "<DigestValue>", "<DigestValue><![CDATA[]]>")
edit("cdata-in-signature-value", PROFILE, "<SignatureValue>", "<SignatureValue><![CDATA[]]>")
edit("cdata-in-certificate", PROFILE, "<X509Certificate>M", "<X509Certificate><![CDATA[M]]>")
edit("cdata-with-end-tag-in-signature", PROFILE, "<KeyInfo>", "<![CDATA[</Signature>]]><KeyInfo>")
setting(
    "cdata-in-certificate-behind-a-false-signature",
    PROFILE,
    message=MESSAGE.replace("V/v", "<![CDATA[<Signature></Signature>]]>"),
    edit=lambda text: text.replace("<X509Certificate>M", "<X509Certificate><![CDATA[M]]>", 1),
)
edit("type-on-reference", PROFILE, '<Reference URI="">', f'<Reference URI="" Type="{DS}Manifest">')
edit("element-in-signature-value", PROFILE, "<SignatureValue>", "<SignatureValue><x/>")
edit("element-in-digest-value", PROFILE, "<DigestValue>", "<DigestValue><x/>")
edit("foreign-namespace-in-signed-info", MALFORMED, "<SignatureMethod ", '<SignatureMethod xmlns="urn:x" ')
for part in ("SignatureValue", "DigestValue", "X509Certificate"):
    edit(f"junk-in-{part}", MALFORMED, f"<{part}>", f"<{part}>*")
    edit(f"no-break-space-in-{part}", MALFORMED, f"<{part}>", f"<{part}>\u00a0")
    edit(f"data-after-padding-in-{part}", MALFORMED, f"<{part}>", f"<{part}>AA==")
    setting(f"{part}-empty", MALFORMED, edit=partial(lambda p, t: cut_between(t, f"<{p}>", f"</{p}>"), part))


for part in ("SignatureValue", "KeyInfo", "SignedInfo"):
    setting(
        f"without-{part}",
        MALFORMED,
        edit=partial(lambda p, t: cut_between(t, f"<{p}>", f"</{p}>").replace(f"<{p}></{p}>", ""), part),
    )


@attack("stray-bits-in-signature-value", MALFORMED)
def _(s: Simulator) -> None:
    """64 bytes end in `x==`, of which four bits mean nothing."""

    def other_last(text: str) -> str:
        at = text.index("==</SignatureValue>") - 1
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        return text[:at] + alphabet[alphabet.index(text[at]) | 1] + text[at + 1 :]

    s.edit = other_last


# -- keys and algorithms ---------------------------------------------------------------------------------------------


@attack("hmac-with-public-key", ALGORITHM)
def _(s: Simulator) -> None:
    s.method, s.key = HMAC, s.der()[0]


setting("hmac-with-empty-key", ALGORITHM, method=HMAC, key=b"")
setting("hmac-output-length", ALGORITHM, method=HMAC, key=b"", method_content="<HMACOutputLength>1</HMACOutputLength>")
setting("output-length-on-ecdsa", PROFILE, method_content="<HMACOutputLength>1</HMACOutputLength>")
setting("algorithm-unknown", ALGORITHM, method="urn:example:nothing")
setting("algorithm-none", ALGORITHM, method="")
setting("rsa-sha1", ALGORITHM, method=DS + "rsa-sha1", key=rsa_key())
setting("rsa-md5", ALGORITHM, method=MORE + "rsa-md5", key=rsa_key())
setting("dsa-sha1", ALGORITHM, method=DS + "dsa-sha1")
setting("ecdsa-sha1", ALGORITHM, method=MORE + "ecdsa-sha1")
setting("digest-sha1", ALGORITHM, digest_method=DS + "sha1")
setting("digest-md5", ALGORITHM, digest_method=MORE + "md5")
setting("digest-unknown", ALGORITHM, digest_method="urn:example:nothing")
setting("digest-too-short", MALFORMED, digest=b"\0" * 20)
setting(
    "digest-of-nothing",
    DIGEST,
    digest=bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
)

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ONE, ZERO, TOO_LARGE = (1).to_bytes(32, "big"), bytes(32), ORDER.to_bytes(32, "big")
for name, value in {
    "r-zero": ZERO + ONE,
    "s-zero": ONE + ZERO,
    "both-zero": ZERO + ZERO,
    "r-order": TOO_LARGE + ONE,
    "s-order": ONE + TOO_LARGE,
    "one-one": ONE + ONE,
}.items():
    setting(f"ecdsa-{name}", INVALID, value=partial(lambda v, _: v, value))
for name, length in {"63-bytes": 63, "65-bytes": 65, "48-bytes": 48, "95-bytes": 95}.items():
    setting(f"ecdsa-{name}", MALFORMED, value=partial(lambda n, _: b"\x01" * n, length))


@attack("ecdsa-in-der", MALFORMED)
def _(s: Simulator) -> None:
    s.value = lambda data: s.world.agency.key.sign(data, ec.ECDSA(hashes.SHA256()))


# -- what was signed is changed --------------------------------------------------------------------------------------

TRACE = "<edXML:TraceHeader><edXML:OrganId>x</edXML:OrganId></edXML:TraceHeader>"
edit("content-changed", DIGEST, "V/v rà soát", "V/v chuyển tiền")
edit("recipient-changed", DIGEST, "<edXML:OrganId>000.00.00.H52", "<edXML:OrganId>000.00.00.H53")
edit("trace-appended", DIGEST, "</edXML:TraceHeaderList>", TRACE + "</edXML:TraceHeaderList>")
setting("namespace-changed", DIGEST, edit=lambda text: text.replace(f'="{QCVN}"', '="http://www.e-doc.vn/Schema/"'))
edit("white-space-after-signature", DIGEST, "</Signature>", "</Signature>\n")
edit("attribute-added", DIGEST, 'version="1.0"/>', 'version="1.0" lang="vi"/>')


@attack("digest-value-changed", INVALID)
def _(s: Simulator) -> None:
    s.edit = lambda t: cut_between(t, "<DigestValue>", "</DigestValue>").replace(
        "<DigestValue>", f"<DigestValue>{b64(bytes(32))}"
    )


@attack("signed-info-white-space-added", INVALID)
def _(s: Simulator) -> None:
    s.edit = lambda t: t.replace("<SignedInfo>", "<SignedInfo>\n", 1)


# -- what the field gets wrong ---------------------------------------------------------------------------------------


def unsigned(text: str) -> str:
    return cut_between(text, "<Signature ", "</Signature>").replace("<Signature </Signature>", "")


setting("signature-absent", "SIGNATURE_ABSENT", edit=unsigned)
setting("signature-in-the-wrong-namespace", "SIGNATURE_WRONG_NAMESPACE", namespace=QCVN)
setting("signature-in-no-namespace", "SIGNATURE_WRONG_NAMESPACE", namespace="")
setting("legacy-rsa-sha1", ALGORITHM, method=DS + "rsa-sha1", key=rsa_key(), profile=LEGACY, c14n=INCLUSIVE)
setting("legacy-digest-sha1", ALGORITHM, digest_method=DS + "sha1", profile=LEGACY)
setting("legacy-transform-by-its-page", PROFILE, transforms=(ENVELOPED, EXCLUSIVE_PAGE), profile=LEGACY)
setting("legacy-absent", "SIGNATURE_ABSENT", edit=unsigned, profile=LEGACY)
setting(
    "legacy-namespace-bomb",
    TOO_COMPLEX,
    c14n=INCLUSIVE,
    transforms=(ENVELOPED, INCLUSIVE),
    profile=LEGACY,
    message=before_body(MESSAGE, "<a " + " ".join(f'xmlns:n{i}="urn:{i}"' for i in range(20)) + "/>"),
)
setting(
    "legacy-inherited-xml-attribute",
    PROFILE,
    c14n=INCLUSIVE,
    transforms=(ENVELOPED, INCLUSIVE),
    profile=LEGACY,
    message=MESSAGE.replace("<edXML:edXMLHeader>", '<edXML:edXMLHeader xml:lang="vi">'),
)

# -- odd, and the same document --------------------------------------------------------------------------------------


def odd(name: str, old: str, new: str) -> None:
    @oddity(name)
    def _(s: Simulator) -> None:
        s.edit = lambda text: text.replace(old, new, 1)


odd("cdata-in-content", "V/v rà soát", "<![CDATA[V/v]]> rà <![CDATA[soát]]>")
odd("character-reference-in-content", "V/v", "&#86;/v")
odd("line-breaks-in-certificate", "<X509Certificate>M", "<X509Certificate>\nM\r\n")
odd("carriage-return-in-signature-value", "<SignatureValue>", "<SignatureValue>&#13;\n")
odd("white-space-around-key-info", "<KeyInfo>", "\n  <KeyInfo>\n  ")
odd("other-quotes", 'version="1.0"/>', "version='1.0' />")
odd("byte-order-mark", "<?xml", "\ufeff<?xml")


@oddity("signature-with-prefix")
def _(s: Simulator) -> None:
    s.prefix = "ds"


@oddity("digest-sha512")
def _(s: Simulator) -> None:
    s.digest_method = "http://www.w3.org/2001/04/xmlenc#sha512"


@oddity("ecdsa-negated-s")
def _(s: Simulator) -> None:
    """(r, n - s) verifies wherever (r, s) does: another signature over the same content."""

    def negate(data: bytes) -> bytes:
        value = ecdsa_raw(s.world.agency.key, data)
        return value[:32] + (ORDER - int.from_bytes(value[32:], "big")).to_bytes(32, "big")

    s.value = negate
