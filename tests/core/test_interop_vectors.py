"""`schemas/vectors/`: what is committed is what the script makes, and each step holds by software that is not ours."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from clients import verify_receipt
from hub.core.evidence import acknowledgement
from hub.core.signature import assertion, jws
from tests.support import interop_vectors as vectors
from tests.support.axis import SON_LA

STEPS: dict[str, Any] = json.loads((vectors.FOLDER / "steps.json").read_text("utf-8"))
DS = "{http://www.w3.org/2000/09/xmldsig#}"


def read(name: str) -> bytes:
    return (vectors.FOLDER / name).read_bytes()


def certificate(who: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(read(f"{who}.certificate.pem"))


def public_key(who: str) -> ec.EllipticCurvePublicKey:
    key = certificate(who).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def test_what_is_committed_is_what_the_script_makes() -> None:
    made = vectors.made()
    assert {path.name for path in vectors.FOLDER.iterdir()} - {"README.md"} == set(made)
    for name, content in made.items():
        assert read(name) == content, f"{name}: python -m tests.support.interop_vectors"


def test_the_content_is_the_document_without_its_signature_in_exclusive_canonical_form() -> None:
    tree = etree.fromstring(read("4-document.signed.edxml"))
    (signature,) = tree.iter(f"{DS}Signature")
    parent = signature.getparent()
    assert parent is not None
    assert parent[-1] is signature
    parent.remove(signature)
    content = etree.tostring(tree, method="c14n", exclusive=True)
    assert content == read("2-content.c14n")
    assert content == etree.tostring(etree.fromstring(read("1-document.edxml")), method="c14n", exclusive=True)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert digest == STEPS["signature"]["content_sha256_base64"] == signature.findtext(f".//{DS}DigestValue")


def test_the_signature_is_over_signed_info_in_exclusive_canonical_form() -> None:
    (info,) = etree.fromstring(read("4-document.signed.edxml")).iter(f"{DS}SignedInfo")
    canonical = etree.tostring(info, method="c14n", exclusive=True, with_tail=False)
    assert canonical == read("3-signed-info.c14n")
    assert hashlib.sha256(canonical).hexdigest() == STEPS["signature"]["signed_info_sha256"]
    r, s = (int(part, 16) for part in STEPS["signature"]["value_r_s_hex"])
    raw = base64.b64decode(STEPS["signature"]["value_base64"])
    assert raw == r.to_bytes(32, "big") + s.to_bytes(32, "big")
    public_key("sender").verify(encode_dss_signature(r, s), canonical, ec.ECDSA(hashes.SHA256()))
    assert hashlib.sha256(read("4-document.signed.edxml")).hexdigest() == STEPS["signature"]["document_sha256"]


@pytest.mark.parametrize("name", ["5-assertion", "6-acknowledgement"])
def test_tokens_verify_with_another_library(name: str) -> None:
    text = read(f"{name}.jws").decode()
    payload = jwt.api_jws.decode(text, public_key("recipient"), ["ES256"])
    assert payload == STEPS[name]["payload"].encode()
    assert jwt.get_unverified_header(text) == json.loads(STEPS[name]["header"])
    assert (
        STEPS["kid"]["recipient"]
        == hashlib.sha256(certificate("recipient").public_bytes(vectors.Encoding.DER)).hexdigest()
    )


def test_tokens_are_what_a_hub_takes() -> None:
    keys = {jws.key_id(certificate("recipient")): certificate("recipient")}
    assert assertion.verify(read("5-assertion.jws").decode(), keys, vectors.AUDIENCE, vectors.AT).subject == SON_LA
    read_back = acknowledgement.verify(read("6-acknowledgement.jws").decode(), keys)
    assert read_back.items[0].sha256 == STEPS["signature"]["document_sha256"]


def test_the_receipt_holds_and_its_steps_are_told() -> None:
    steps = STEPS["receipt"]
    evidence = read("7-evidence.json")
    assert hashlib.sha256(evidence).hexdigest() == steps["evidence_sha256"]
    entry = b"\x01\x01" + hashlib.sha256(evidence).digest()
    assert entry.hex() == steps["entry_hex"]
    node = hashlib.sha256(b"\x00" + entry).digest()
    assert node.hex() == steps["leaf_hash"]
    right, left = map(bytes.fromhex, steps["path"])  # leaf 2 of 4: its neighbour is on the right, then all on the left
    node = hashlib.sha256(b"\x01" + node + right).digest()
    assert hashlib.sha256(b"\x01" + left + node).hexdigest() == steps["root"]
    policy = verify_receipt.Policy(read("8-receipt.policy"))
    proved = verify_receipt.verify(read("8-receipt.tlog-proof"), policy, read("4-document.signed.edxml"))
    assert proved["index"] == steps["index"]
    with pytest.raises(verify_receipt.Refused):
        verify_receipt.verify(read("8-receipt.tlog-proof"), policy, read("1-document.edxml"))
