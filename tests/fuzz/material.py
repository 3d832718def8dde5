"""What the owners of the keys of this world really signed: messages, tokens, a log. All else is forged."""

from __future__ import annotations

import hashlib
import zipfile
from base64 import urlsafe_b64decode
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core import canonical, edxml
from hub.core.directory import log as directory_log
from hub.core.edxml import Attachment, BusinessInfo, Code, Document, ResponseFor, Staff, Status
from hub.core.evidence import acknowledgement
from hub.core.evidence import format as ev
from hub.core.evidence import manifest as manifests
from hub.core.evidence.acknowledgement import Acknowledgement, Item, Outcome
from hub.core.log import policy, seal
from hub.core.log.keys import Checkpoint
from hub.core.log.policy import Policy
from hub.core.model import Business, Millis, StatusCode
from hub.core.signature import assertion, jws, token
from hub.core.signature.anchors import Anchors
from hub.core.strict import encode_base64url
from tests.attacks.simulator import AT, CODE, MESSAGE, OTHER_CODE
from tests.fuzz.world import raw, simulator, world
from tests.support.axis import a_document, organ, recall, replacement, update
from tests.support.logkit import Log, sample

KEPT: Final = Path(__file__).parent / "kept"
URN: Final = "urn:uuid:01934567-89ab-8cde-8f01-000000000001"
ASSERTIONS: Final = {(CODE, "fuzz-fuzz-fuzz-fuzz")}
CHECKPOINT: Final = Checkpoint("hub.example/log", 7, bytes(range(32)))
STAMPED: Final = hashlib.sha256(b"stamped").digest()
SECRET: Final = b"fuzz" * 8
AUDIENCE: Final = "https://hub.example/v1/token"


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# documents


def _document(**changes: object) -> Document:
    return msgspec.structs.replace(
        a_document(CODE, [OTHER_CODE], 1, document_id="", promulgation_date=date(2026, 11, 20)), **changes
    )


def unsigned() -> dict[str, bytes]:
    """Of every kind, unsigned."""
    plain = _document(document_id=f"{CODE},2026/11/20,1/VPCP-KSTT")
    pack = BytesIO()
    with zipfile.ZipFile(pack, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("a.txt"), b"a text\n" * 20)
    files = [
        Attachment("1", "a.txt", "a file", "text/plain", b"text\n"),
        Attachment("2", "b.bin", "packed", "application/zip", pack.getvalue()),
    ]
    status = Status(
        sender=organ(CODE),
        response_for=ResponseFor(OTHER_CODE, "1/VPCP-KSTT", f"{OTHER_CODE},2026/11/20,1/X", date(2026, 11, 20)),
        staff=Staff(department="Văn thư", staff="Văn thư"),
        code=StatusCode.ACCEPTED,
        description="lý do",
        timestamp=datetime(2026, 11, 22, 9, 15),
    )
    original = plain.document_id
    business = {
        "recall": recall(original),
        "update": update(original, added=[OTHER_CODE], removed=["000.00.00.H26"]),
        "replacement": replacement(original, [OTHER_CODE]),
        "new": BusinessInfo(type=Business.NEW),
    }
    return {
        "plain": edxml.build(plain),
        "files": edxml.build(plain, files),
        "status": edxml.build(status),
        **{name: edxml.build(msgspec.structs.replace(plain, business=info)) for name, info in business.items()},
        "simulator": MESSAGE.encode(),
        "codes": edxml.build(msgspec.structs.replace(plain, code=Code("11", "x&<y>"))),
    }


@cache
def signed() -> dict[str, bytes]:
    """Every message that the agency of this world ever signed."""
    found = {}
    for name, data in unsigned().items():
        honest = simulator()
        honest.message = data.decode()
        found[name] = honest.document()
    return found


# signed objects


def signed_token(payload: bytes, holder: Any, typ: str) -> bytes:
    """A JWS without chance."""
    header = canonical.encode(jws.Header("ES256", jws.key_id(holder.certificate), typ))
    text = f"{encode_base64url(header)}.{encode_base64url(payload)}"
    return f"{text}.{encode_base64url(raw(holder.key, text.encode()))}".encode()


def claims(token: bytes) -> bytes:
    """The payload of a token."""
    return urlsafe_b64decode(token.split(b".")[1] + b"==")


@cache
def acknowledgements() -> tuple[bytes, ...]:
    """Payloads that the recipient signed."""
    item = Item(URN, sha256_hex(b"a"), Outcome.CONTENT_HANDOVER)
    other = Item(URN[:-1] + "2", sha256_hex(b"b"), Outcome.CONTENT_REJECTED)
    return tuple(acknowledgement.encode(Acknowledgement(OTHER_CODE, AT, items)) for items in ((item,), (item, other)))


@cache
def access_tokens() -> tuple[str, ...]:
    return (token.mint(token.Access(CODE, "agency", "jwt-bearer", sha256_hex(b"c"), AT + 600_000), [SECRET]),)


@cache
def seals() -> tuple[bytes, ...]:
    sealer = seal.Sealer.of(world().other.key, world().other.certificate)
    payload = urlsafe_b64decode(sealer.seal(CHECKPOINT, AT).split(".")[1] + "==")
    return (signed_token(payload, world().other, seal.TYPE),)


def asserted() -> bytes:
    agency = world().agency
    made = assertion.build(CODE, AUDIENCE, "fuzz-fuzz-fuzz-fuzz", AT, agency.key, jws.key_id(agency.certificate))
    return signed_token(urlsafe_b64decode(made.split(".")[1] + "=="), agency, assertion.TYPE)


# the log


@cache
def log() -> Log:
    """Five leaves of all kinds that a receipt may be about, two witnesses."""
    made = Log(witnesses=2)
    for content in objects().values():
        made.append(content)
    return made


@cache
def checkpoints() -> tuple[Checkpoint, ...]:
    one = log()
    return (Checkpoint(one.origin, one.tree.size, one.tree.root()),)


@cache
def objects() -> dict[str, bytes]:
    day = manifests.Manifest(
        type="manifest",
        day="2026-11-22",
        origin="hub.example/log",
        start=0,
        end=9,
        agencies=(manifests.Line(agency=CODE, direction="out", n=3, count=2),),
        nonce=ev.encode_nonce(bytes(16)),
    )
    entries = directory_log.EntriesChange(
        type="entries",
        entries=(directory_log.EntryDigest(CODE, "sha-256:" + "e" * 64),),
        time="2026-11-22T08:00:00.000Z",
        by="test",
        nonce=ev.encode_nonce(bytes(16)),
    )
    refused = sample(event=ev.Event.SUBMISSION_REJECTION, reasons=(ev.Reason("FORMAT_MALFORMED_XML", "x"),))
    handed = sample(event=ev.Event.CONTENT_HANDOVER, counter=ev.Counter(OTHER_CODE, digest="sha-256:" + "d" * 64))
    return {
        "evidence": ev.encode(sample()),
        "refused": ev.encode(refused),
        "handover": ev.encode(handed),
        "entries": directory_log.encode(entries),
        "manifest": manifests.encode(day),
    }


# a bundle, made with chance: it is kept as a file, and so is what verifies it


class KeptBundle(NamedTuple):
    policy: Policy
    anchors: Anchors
    at: Millis


@cache
def bundle() -> KeptBundle:
    roots = x509.load_pem_x509_certificates((KEPT / "bundle.roots.pem").read_bytes())
    rules = policy.parse((KEPT / "bundle.policy").read_bytes())
    return KeptBundle(rules, Anchors(roots, grace=72 * 3_600_000), Millis(1_800_000_000_000))
