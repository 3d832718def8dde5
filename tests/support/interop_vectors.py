"""`schemas/vectors/`: every step from a document to its receipt, with all that goes in and comes out, made from fixed
keys, numbers and times, so that it comes out the same on any day.

    python -m tests.support.interop_vectors      write them again; a test compares them with the code

Signatures are ECDSA by RFC 6979 and Ed25519, which draw nothing at random. The keys are published here: they sign
nothing else, and no hub knows them.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hub.core import edxml
from hub.core.edxml import ResponseFor, Staff, Status
from hub.core.edxml.xmlsafe import parse_xml
from hub.core.evidence import acknowledgement
from hub.core.evidence import format as ev
from hub.core.evidence.receipt import Receipt
from hub.core.log import note
from hub.core.log.keys import Checkpoint, Signer
from hub.core.log.merkle import Tree, leaf_hash
from hub.core.model import Millis, StatusCode, iso_utc
from hub.core.signature import jws, xmldsig
from hub.core.signature import profile as dsig
from hub.core.strict import encode_base64url
from tests.support.axis import SON_LA, VPCP, a_document, organ

FOLDER: Final = Path(__file__).resolve().parents[2] / "schemas" / "vectors"
AT: Final = Millis(1_795_334_400_123)
"""2026-11-22T08:00:00.123Z"""
AUDIENCE: Final = "https://truc.example.gov.vn/v1/token"
ORIGIN: Final = "truc.example.gov.vn/log"
MESSAGE: Final = "urn:uuid:019ac000-0000-8000-8000-000000000001"
EVIDENCE: Final = "urn:uuid:019ac000-0000-8000-8000-000000000002"
_RULE: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


def key_of(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(sha256(b"truc vector %d" % number).digest(), "big"), ec.SECP256R1())


def certificate_of(code: str, number: int) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, code)])
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key_of(number).public_key(), number, start, end)
    return builder.sign(key_of(number), hashes.SHA256(), ecdsa_deterministic=True)


def token(header: bytes, payload: bytes, key: ec.EllipticCurvePrivateKey) -> str:
    signed = f"{encode_base64url(header)}.{encode_base64url(payload)}"
    r, s = decode_dss_signature(key.sign(signed.encode(), _RULE))
    return f"{signed}.{encode_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def made() -> dict[str, bytes]:
    """Every file by its name."""
    files: dict[str, bytes] = {}
    kids = {}
    for who, code, number in (("sender", VPCP, 1), ("recipient", SON_LA, 2)):
        key, certificate = key_of(number), certificate_of(code, number)
        files[f"{who}.key.pem"] = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        files[f"{who}.certificate.pem"] = certificate.public_bytes(Encoding.PEM)
        kids[who] = jws.key_id(certificate)
    steps: dict[str, Any] = {"agencies": {"sender": VPCP, "recipient": SON_LA}, "kid": kids}
    _signature(files, steps)
    _tokens(files, steps)
    _receipt(files, steps)
    files["9-status.edxml"] = edxml.build(_status())
    files["steps.json"] = (json.dumps(steps, indent=2, ensure_ascii=False) + "\n").encode()
    return files


def _status() -> Status:
    """What the recipient says of the document: entered in its register (03)."""
    about = ResponseFor(
        organ_id=VPCP,
        code="7816/VPCP-KSTT",
        document_id="000.00.00.G22,2026/11/20,7816/VPCP-KSTT",
        promulgation_date=date(2026, 11, 20),
    )
    staff = Staff(department="Văn thư", staff="Văn thư")
    at = datetime(2026, 11, 22, 15, 30)
    return Status(organ(SON_LA), about, staff, StatusCode.ACCEPTED, "Đã vào sổ văn bản đến", at)


def _signature(files: dict[str, bytes], steps: dict[str, Any]) -> None:
    plain = edxml.build(a_document(VPCP, [SON_LA], 7816))
    signed = xmldsig.sign(plain, key_of(1), [certificate_of(VPCP, 1)])
    content = dsig.canonical(parse_xml(plain), dsig.EXCLUSIVE, 0)
    info = signed[signed.index(b"<SignedInfo") : signed.index(b"</SignedInfo>") + len(b"</SignedInfo>")]
    value = signed[signed.index(b"<SignatureValue>") + 16 : signed.index(b"</SignatureValue>")]
    files["1-document.edxml"] = plain
    files["2-content.c14n"] = content
    files["3-signed-info.c14n"] = info
    files["4-document.signed.edxml"] = signed
    steps["signature"] = {
        "canonicalization": dsig.EXCLUSIVE,
        "algorithm": dsig.default_for(key_of(1).public_key()),
        "content_sha256_base64": base64.b64encode(sha256(content).digest()).decode(),
        "signed_info_sha256": sha256(info).hexdigest(),
        "value_base64": value.decode(),
        "value_r_s_hex": [base64.b64decode(value)[:32].hex(), base64.b64decode(value)[32:].hex()],
        "document_sha256": sha256(signed).hexdigest(),
    }


def _tokens(files: dict[str, bytes], steps: dict[str, Any]) -> None:
    def entry(name: str, header: dict[str, str], payload: dict[str, Any], key: ec.EllipticCurvePrivateKey) -> None:
        raw = json.dumps(header).encode(), json.dumps(payload).encode()
        files[f"{name}.jws"] = token(*raw, key).encode()
        steps[name] = {"header": raw[0].decode(), "payload": raw[1].decode()}

    now = AT // 1000
    names = {"iss": SON_LA, "sub": SON_LA, "aud": AUDIENCE}
    claims = names | {"iat": now, "exp": now + 300, "jti": "0123456789abcdef0123456789abcdef"}
    kid = steps["kid"]["recipient"]
    entry("5-assertion", {"alg": "ES256", "typ": "JWT", "kid": kid}, claims, key_of(2))
    item = {"messageId": MESSAGE, "sha256": steps["signature"]["document_sha256"], "event": "ContentHandover"}
    said = {"type": acknowledgement.TYPE, "recipient": SON_LA, "time": iso_utc(AT), "items": [item]}
    entry("6-acknowledgement", {"alg": "ES256", "typ": acknowledgement.TYPE, "kid": kid}, said, key_of(2))


def _receipt(files: dict[str, bytes], steps: dict[str, Any]) -> None:
    document = files["4-document.signed.edxml"]
    evidence = ev.encode(
        ev.Evidence(
            identifier=EVIDENCE,
            event=ev.Event.SUBMISSION_ACCEPTANCE,
            event_time=iso_utc(AT),
            issuer=ev.Party("truc.example.gov.vn"),
            sender=ev.Party(VPCP, "jwt-bearer:agency", f"sha-256:{steps['kid']['sender']}"),
            recipients=(ev.Party(SON_LA),),
            message=MESSAGE,
            content=ev.Content.of("000.00.00.G22,2026/11/20,7816/VPCP-KSTT", sha256(document).digest()),
            signature=ev.SignatureMark("VALID", "ecdsa-sha256", f"sha-256:{steps['kid']['sender']}"),
            nonce=ev.encode_nonce(bytes(range(16))),
        )
    )
    tree = Tree(lambda level, n: b"")
    entries = [ev.entry(ev.Kind.EVIDENCE, content) for content in (b"one", b"two", evidence, b"four")]
    for each in entries:
        tree.append(leaf_hash(each))
    signer = Signer.from_seed(ORIGIN, sha256(b"truc vector log").digest())
    checkpoint = Checkpoint(ORIGIN, tree.size, tree.root())
    proof = tuple(tree.inclusion(2))
    files["7-evidence.json"] = evidence
    files["8-receipt.tlog-proof"] = Receipt(evidence, 2, proof, note.sign(checkpoint, [signer], AT)).encode()
    files["8-receipt.policy"] = f"log {signer.verifier.vkey}\nquorum none\n".encode()
    steps["receipt"] = {
        "evidence_sha256": sha256(evidence).hexdigest(),
        "entry_hex": entries[2].hex(),
        "leaf_hash": leaf_hash(entries[2]).hex(),
        "index": 2,
        "size": tree.size,
        "path": [step.hex() for step in proof],
        "root": tree.root().hex(),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in made().items():
        (FOLDER / name).write_bytes(content)
