"""The strict profile against foreign implementations, against flipped bits, and against its own promises."""

from __future__ import annotations

import base64
import functools
import os
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from hub.core import edxml
from hub.core.edxml.xmlsafe import parse_xml
from hub.core.errors import AxisError, NotEdxml, SignatureRefusal, Verdict
from hub.core.model import SignatureProfile
from hub.core.signature import xmldsig
from hub.pki.issue import Credential, new_key
from tests.attacks.build import ODDITIES, build
from tests.attacks.simulator import CODE, DS, ECDSA, ENVELOPED, INCLUSIVE, MESSAGE, PSS, RSA, Simulator, rsa_key, world
from tests.core.signature import oracles

VECTORS = Path(__file__).parent.parent.parent / "vectors"
DOCUMENTS = {
    "message": MESSAGE.encode(),
    "document": (VECTORS / "document.edxml").read_bytes(),
    "status": (VECTORS / "status-03.edxml").read_bytes(),
    "crlf": MESSAGE.replace("\n", "\r\n").encode(),
    "references": MESSAGE.replace("V/v", "&lt;a&gt; &amp; &quot;b&quot; &#13; &#x10FFFF;").encode(),
    "inner-namespaces": MESSAGE.replace(
        "<edXML:Place>", '<edXML:Place xmlns:z="urn:z" xmlns:a="urn:a" z:k="1" a:k="2" b="3">', 1
    ).encode(),
}
METHODS = (ECDSA, PSS, RSA)


@functools.lru_cache(maxsize=3)
def signer(method: str) -> Credential:
    return world().agency if method == ECDSA else world().issue(CODE, rsa_key())


def signed(name: str, method: str = ECDSA) -> bytes:
    one = signer(method)
    return xmldsig.sign(DOCUMENTS[name], one.key, one.chain, method)


def verify(data: bytes, one: Credential, profile: SignatureProfile = SignatureProfile.STRICT) -> etree._Element:
    """Checks 2 to 8 with the certificate of `one` taken as trusted; the verified tree."""
    root = parse_xml(data)
    claim = xmldsig.examine(root, profile)
    key = one.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey) or method_is_rsa(claim)
    xmldsig.check_value(claim, key)  # type: ignore[arg-type]
    xmldsig.check_content(claim, root)
    return root


def method_is_rsa(claim: xmldsig.SignatureClaim) -> bool:
    return "rsa" in claim.algorithm.name


def canonical(data: bytes) -> bytes:
    return etree.tostring(etree.fromstring(data), method="c14n", exclusive=True)


# -- signing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_we_sign_we_accept_and_so_do_others(name: str, method: str) -> None:
    data = signed(name, method)
    root = verify(data, signer(method))
    assert etree.tostring(root, method="c14n", exclusive=True) == canonical(DOCUMENTS[name])
    for oracle in oracles.KNOWS[method]:
        oracle(data, signer(method).certificate)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_signing_changes_no_other_byte(name: str) -> None:
    data = signed(name)
    start, end = data.index(b"<Signature "), data.index(b"</Signature>") + len(b"</Signature>")
    assert data[:start] + data[end:] == DOCUMENTS[name]
    assert data[end:].startswith(b"</edXML:edXMLHeader>")


def test_the_default_algorithm_fits_the_key() -> None:
    for method, name in ((ECDSA, "ecdsa-sha256"), (PSS, "sha256-rsa-MGF1")):
        one = signer(method)
        data = xmldsig.sign(MESSAGE.encode(), one.key, one.chain)
        assert xmldsig.examine(parse_xml(data)).algorithm.name == name


def test_ecdsa_signatures_are_deterministic() -> None:
    assert signed("message") == signed("message")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (MESSAGE.split("\n", 1)[1].encode(), b'<?xml version="1.0" encoding="UTF-8"?>\n<edXML '),
        (b"\xef\xbb\xbf" + MESSAGE.encode(), b'<?xml version="1.0" encoding="UTF-8"?>\n<edXML '),
        (MESSAGE.replace(' encoding="UTF-8"', "").encode(), b'<?xml version="1.0"?>\n<edXML '),
        (
            MESSAGE.replace("UTF-8", "us-ascii").encode("ascii", "xmlcharrefreplace"),
            b'<?xml version="1.0" encoding="UTF-8"?>\n<edXML ',
        ),
        (
            MESSAGE.replace("V/v", "<![CDATA[</edXML:edXMLHeader>]]>").encode(),
            b'<?xml version="1.0" encoding="UTF-8"?>\n',
        ),
        (b'<edXML xmlns="urn:e"><edXMLEnvelope><edXMLHeader/></edXMLEnvelope></edXML>', b"<?xml "),
        (b'<edXML xmlns="urn:e"><edXMLEnvelope><edXMLHeader></edXMLHeader ></edXMLEnvelope></edXML>', b"<?xml "),
    ],
)
def test_signed_bytes_begin_with_a_declaration(data: bytes, expected: bytes) -> None:
    one = world().agency
    result = xmldsig.sign(data, one.key, one.chain)
    assert result.startswith(expected)
    assert etree.tostring(verify(result, one), method="c14n", exclusive=True) == canonical(data)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(subject=TEXT, tail=st.text(" \n\t", max_size=5), prefix=st.sampled_from(["", "edXML", "x"]), cdata=st.booleans())
def test_any_text_survives_signing(subject: str, tail: str, prefix: str, cdata: bool) -> None:
    root = etree.fromstring(MESSAGE.encode())
    next(root.iter("{*}Subject")).text = etree.CDATA(subject) if cdata and "]]>" not in subject else subject
    data = etree.tostring(root, encoding="UTF-8").replace(
        b"</edXML:edXMLHeader>", tail.encode() + b"</edXML:edXMLHeader>"
    )
    if prefix:
        data = data.replace(b"<edXML:", b"<%b:" % prefix.encode()).replace(b"</edXML:", b"</%b:" % prefix.encode())
        data = data.replace(b"xmlns:edXML", b"xmlns:" + prefix.encode())
    one = world().agency
    verified = verify(xmldsig.sign(data, one.key, one.chain), one)
    assert (next(verified.iter("{*}Subject")).text or "") == subject
    assert etree.tostring(verified, method="c14n", exclusive=True) == canonical(data)


def test_signing_refuses_what_it_should_not_sign() -> None:
    one, other = world().agency, world().other
    for arguments, verdict in (
        ((signed("message"), one.key, one.chain), Verdict.PROFILE_VIOLATION),
        ((MESSAGE.encode(), one.key, other.chain), Verdict.SIGNATURE_INVALID),
        ((MESSAGE.encode(), one.key, ()), Verdict.SIGNATURE_INVALID),
        ((MESSAGE.encode(), one.key, one.chain, PSS), Verdict.ALGORITHM_FORBIDDEN),
        ((MESSAGE.encode(), one.key, one.chain, DS + "rsa-sha1"), Verdict.ALGORITHM_FORBIDDEN),
    ):
        with pytest.raises(SignatureRefusal) as refusal:
            xmldsig.sign(*arguments)  # type: ignore[arg-type]
        assert refusal.value.verdict is verdict
        assert refusal.value.step == 0
    second_header = MESSAGE.replace("</edXML>", "<edXMLHeader></edXMLHeader></edXML>")
    for unsuitable in (b"<edXML/>", second_header.encode()):
        with pytest.raises(NotEdxml):
            xmldsig.sign(unsuitable, one.key, one.chain)


# -- verifying -------------------------------------------------------------------------------------------------------


def test_the_tail_of_the_signature_is_content() -> None:
    """White space behind the signature was signed; taking it out with the signature would break a good one."""

    def before_the_last_line(text: str, signature: str) -> str:
        return text.replace("\n    </edXML:edXMLHeader>", f"{signature}\n    </edXML:edXMLHeader>", 1)

    data = Simulator(place=before_the_last_line).document()
    assert b"</Signature>\n    </edXML:edXMLHeader>" in data
    assert etree.tostring(verify(data, world().agency), method="c14n") == etree.tostring(
        etree.fromstring(MESSAGE.encode()), method="c14n"
    )


def test_a_signature_alone_in_the_header_keeps_its_tail_too() -> None:
    message = '<edXML xmlns="urn:e"><edXMLEnvelope><edXMLHeader>\n</edXMLHeader></edXMLEnvelope></edXML>'
    data = Simulator(message=message, place=lambda t, s: t.replace("<edXMLHeader>", "<edXMLHeader>" + s)).document()
    assert b"</Signature>\n</edXMLHeader>" in data
    verify(data, world().agency)


def test_values_are_read_from_the_tree_that_was_verified() -> None:
    """After check 8 the tree holds no signature, so nothing unsigned is left in it."""
    root = verify(signed("message"), world().agency)
    assert not list(root.iter("{*}Signature"))
    with pytest.raises(SignatureRefusal) as refusal:
        xmldsig.examine(root)
    assert refusal.value.verdict is Verdict.ABSENT


def test_another_key_does_not_fit() -> None:
    root = parse_xml(signed("message"))
    with pytest.raises(SignatureRefusal) as refusal:
        xmldsig.check_value(xmldsig.examine(root), new_key().public_key())
    assert (refusal.value.verdict, refusal.value.step) == (Verdict.SIGNATURE_INVALID, 7)


def test_a_refusal_tells_what_and_where_in_both_languages() -> None:
    simulator = Simulator(transforms=(ENVELOPED, "http://www.w3.org/TR/xml-exc-c14n#"))
    with pytest.raises(SignatureRefusal) as refusal:
        simulator.submit()
    assert refusal.value.step == 5
    assert "http://www.w3.org/TR/xml-exc-c14n#" in refusal.value.found
    assert "xml-exc-c14n" in refusal.value.vi
    assert refusal.value.hint.vi
    assert refusal.value.hint.en


def test_library_exceptions_end_as_verdicts() -> None:
    claim = xmldsig.examine(parse_xml(signed("message")))
    with pytest.raises(SignatureRefusal) as refusal:
        xmldsig.check_content(claim, None)  # type: ignore[arg-type]
    assert (refusal.value.verdict, refusal.value.step) == (Verdict.MALFORMED, 8)


# -- others sign -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_we_accept_what_signxml_signs(name: str, method: str) -> None:
    verify(oracles.sign_with_signxml(DOCUMENTS[name], signer(method), method), signer(method))


@pytest.mark.parametrize("prefix", [None, "ds"])
@pytest.mark.parametrize("method", [ECDSA, RSA])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_we_accept_what_xmlsec_signs(name: str, method: str, prefix: str | None) -> None:
    verify(oracles.sign_with_xmlsec(DOCUMENTS[name], signer(method), prefix=prefix), signer(method))


@pytest.mark.parametrize("prefix", [None, "ds"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_inclusive_canonicalisation_is_legacy_only(name: str, prefix: str | None) -> None:
    """xmlsec takes the ancestors' namespaces into SignedInfo; so must we."""
    data = DOCUMENTS[name].replace(b"<edXML ", b'<edXML xmlns:unused="urn:unused" ', 1)
    data = oracles.sign_with_xmlsec(data, world().agency, c14n=INCLUSIVE, prefix=prefix)
    with pytest.raises(SignatureRefusal) as refusal:
        verify(data, world().agency)
    assert refusal.value.verdict is Verdict.PROFILE_VIOLATION
    assert xmldsig.examine(parse_xml(data), SignatureProfile.LEGACY).legacy
    verify(data, world().agency, SignatureProfile.LEGACY)


def test_what_is_odd_and_accepted_others_accept_too() -> None:
    for name, change in ODDITIES.items():
        data = build(change).document()
        for oracle in oracles.KNOWS[ECDSA]:
            try:
                oracle(data, world().agency.certificate)
            except Exception as error:  # whatever the oracle throws, its name tells which document it refused
                pytest.fail(f"{oracle.__name__} refuses {name}: {error!r}")


@pytest.mark.skipif(oracles.JAVA is None, reason="no Java here")
def test_the_jdk_accepts_ours_and_we_accept_its(tmp_path: Path) -> None:
    ours = {f"{name}-{i}": signed(name, method) for name in DOCUMENTS for i, method in enumerate(METHODS)}
    ours |= {f"odd-{name}": build(change).document() for name, change in ODDITIES.items()}
    broken = signed("message").replace(b"V/v", b"V/w")
    jobs = {
        f"{name}-{i}": oracles.SigningJob(data, signer(method), method)
        for name, data in DOCUMENTS.items()
        for i, method in enumerate(METHODS)
    }
    said, theirs = oracles.run_jdk(tmp_path, ours | {"broken": broken}, jobs)
    assert said.pop("broken") == "invalid"
    assert {name: verdict for name, verdict in said.items() if verdict != "valid"} == {}
    for name, data in theirs.items():
        verify(data, jobs[name].signer)


@pytest.mark.skipif(oracles.XMLSEC1 is None, reason="no xmlsec1 here")
def test_xmlsec1_accepts_ours(tmp_path: Path) -> None:
    for name in DOCUMENTS:
        for method in (ECDSA, RSA):
            oracles.by_xmlsec1(signed(name, method), signer(method).certificate, tmp_path)


# -- every bit -------------------------------------------------------------------------------------------------------


def flips(data: bytes) -> list[int]:
    """Positions of bits to flip: a sample of all, or all of them where TEST_EVERY_BIT is set."""
    every = range(8 * len(data))
    return list(every) if os.environ.get("TEST_EVERY_BIT") else random.Random(2026).sample(every, 4000)


def test_no_flipped_bit_is_accepted_with_other_content() -> None:
    data = signed("message")
    honest, accepted = canonical(DOCUMENTS["message"]), 0
    for bit in flips(data):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            claimed = edxml.parse(bytes(flipped))
            root = verify(bytes(flipped), world().agency)
        except AxisError:
            continue
        accepted += 1
        assert etree.tostring(root, method="c14n", exclusive=True) == honest
        assert edxml.read(claimed) == edxml.read(edxml.parse(DOCUMENTS["message"]))
    assert accepted < 0.2 * 8 * len(data)  # certificates are check 6's; outside them hardly any bit is free


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=6), st.integers(0, 10_000), st.integers(0, 30))
def test_no_splice_escapes_as_another_exception(junk: bytes, at: int, cut: int) -> None:
    data = signed("message")
    at %= len(data)
    spliced = data[:at] + junk + data[at + cut :]
    try:
        root = verify(spliced, world().agency)
    except AxisError:
        return
    assert etree.tostring(root, method="c14n", exclusive=True) == canonical(DOCUMENTS["message"])


def test_base64_alphabet_is_strict() -> None:
    """Every character that is not base64 or XML white space, put into the digest, is refused by name."""
    data = Simulator().document().decode()
    digest = base64.b64encode(xmldsig.examine(parse_xml(data.encode())).digest_value).decode()
    for character in "!@#$%^*()-_,.;:'`~|\\\u00a0\u2028":
        with pytest.raises(SignatureRefusal) as refusal:
            xmldsig.examine(parse_xml(data.replace(digest, digest[:5] + character + digest[5:]).encode()))
        assert refusal.value.verdict is Verdict.MALFORMED
