"""Where each target starts, made by a script; and the two kinds of seeds that are made with chance, kept as files.

    python -m tests.fuzz.seeds       makes time stamps and a bundle anew, with what verifies them, in tests/fuzz/kept

Nothing is downloaded. All other seeds come out the same on every run, so they are made when they are needed.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core import wire
from hub.core.audit.log import State
from hub.core.directory import files as directory_io
from hub.core.evidence import acknowledgement
from hub.core.log import note, timestamp, witness
from hub.core.model import Millis, to_datetime
from hub.core.signature.anchors import DAY
from hub.pki.tsa import Authority
from tests.attacks import build
from tests.attacks.simulator import AT, CODE, OTHER_CODE, Simulator
from tests.fuzz import material
from tests.fuzz.material import KEPT
from tests.fuzz.targets import SEPARATOR, directory
from tests.fuzz.web import REQUESTS
from tests.fuzz.world import key_of, simulator, world
from tests.support.logkit import AT as LOG_AT


def _attacks() -> Iterator[tuple[str, bytes]]:
    """Hostile documents as seeds, where they are small and come out alike twice."""
    for name, attack in build.ATTACKS.items():
        made = []
        for _ in range(2):
            one: Simulator = simulator()
            try:
                attack.change(one)
                made.append(one.document())
            except (AttributeError, TypeError, ValueError):
                break
        if len(made) == 2 and made[0] == made[1] and len(made[0]) < 6_000:
            yield f"attack-{name}", made[0]


def make_kept() -> None:
    """Write what is made with chance: the files are what counts from then on."""
    from tests.core.bundle import kit  # slow, and of no use to the other seeds

    KEPT.mkdir(exist_ok=True)
    query = timestamp.request(material.STAMPED, 7)
    answer = Authority(world().stamper, lambda: AT, entropy=lambda size: bytes(range(size))).answer(query)
    (KEPT / "stamp.tsr").write_bytes(answer)
    with tempfile.TemporaryDirectory() as folder:
        life = kit.make(Path(folder) / "hub", Path(folder) / "keys")
        pem = b"".join(root.public_bytes(Encoding.PEM) for root in life.anchors.roots)
        (KEPT / "bundle.roots.pem").write_bytes(pem)
        (KEPT / "bundle.policy").write_text(f"log {life.log}\nquorum none\n")
        (KEPT / "bundle.zip").write_bytes(life.mine)


_CSV: Final = (
    "code,name,tier,parent,code_qd20,valid_from\n000.00.00.G22,Văn phòng,central,,G22,2020-01-01\n"
    "000.00.00.H52,UBND tỉnh,provincial,,H52,01/02/2020\n"
)
_PROBLEM: Final = (
    '{"type":"/v1/problems#HUB_UNAVAILABLE","title":"t","status":503,"code":"HUB_UNAVAILABLE","fault":"hub",'
    '"detail":"d","vi":"v","en":"e","retry_after":1.5}'
)
_EVENTS: Final = 'id: 7\nevent: arrival\nretry: 1000\ndata: {"agency":"a","message":"m"}\n\n: beat\n\n'
_ANSWERS: Final = {
    "problem": f"503\ncontent-type: application/problem+json\nretry-after: 3\n\n{_PROBLEM}",
    "date": "429\nretry-after: Wed, 25 Nov 2026 07:00:00 GMT\n\n",
    "health": '200\ncontent-type: application/json\n\n{"status":"ready","version":"0.1.0"}',
    "events": f"200\ncontent-type: text/event-stream\n\n{_EVENTS}",
    "inbox": '200\ncontent-type: application/json\n\n{"items":[]}',
    "content": f'200\netag: "{material.sha256_hex(b"x")}"\n\nx',
}


def _key_infos() -> Iterator[tuple[str, bytes]]:
    """What honest and hostile agencies put into KeyInfo."""
    ours = world()
    chain = [material.der(c.certificate) for c in (ours.agency, ours.issuing, ours.root)]
    for count in (1, 2, 3):
        yield f"chain-{count}", SEPARATOR.join(chain[:count])
    yield "stamper", material.der(ours.stamper.certificate)
    slow = rsa.RSAPublicNumbers((1 << 3070) | 1, (1 << 3071) | 1).public_key()
    for name, public in (("own", key_of(9).public_key()), ("slow", slow)):
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "own CA")])
        made = (
            x509.CertificateBuilder(subject, subject, public, 9, to_datetime(Millis(AT - DAY)), to_datetime(AT))
            .add_extension(x509.BasicConstraints(True, None), True)
            .sign(key_of(9), hashes.SHA256(), ecdsa_deterministic=True)
        )
        yield f"{name}-authorities", SEPARATOR.join([chain[0], *[material.der(made)] * 2])
        yield name, material.der(made)


def _told() -> Iterator[tuple[str, bytes]]:
    """What a hub answers to a fetch: each message that was signed, and one that was not."""
    messages = material.signed() | {"unsigned": material.unsigned()["plain"]}
    delivery = wire.Delivery(recipient=OTHER_CODE, state="waiting", seq=1, placed_at="2026-11-22T08:00:00.123Z")
    for name, data in messages.items():
        message = wire.Message(
            id=material.URN,
            kind="document",
            business=0,
            sender=CODE,
            document_id="d",
            code="1/A",
            subject="s",
            type_name="t",
            priority=0,
            sha256=material.sha256_hex(data),
            size=len(data),
            verdict="VALID",
            accepted_at="2026-11-22T08:00:00.123Z",
            recipients=1,
        )
        inbox = wire.Inbox(items=[wire.InboxItem(message=message, delivery=delivery, content=data)])
        yield name, msgspec.json.encode(inbox)


@cache
def seeds() -> dict[str, dict[str, bytes]]:
    """By target, by name."""
    documents = material.signed() | dict(_attacks())
    log = material.log()
    signed = log.note()
    answer = (KEPT / "stamp.tsr").read_bytes()
    acknowledged = enumerate(material.acknowledgements())
    return {
        "documents": documents | {f"unsigned-{name}": data for name, data in material.unsigned().items()},
        "files": {"zip": _packed(), "pdf": b"%PDF-1.4\n", "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64)},
        "acknowledgement": {
            str(n): material.signed_token(payload, world().other, acknowledgement.TYPE) for n, payload in acknowledged
        },
        "insider-token": {
            **{f"payload-{n}": payload for n, payload in enumerate(material.acknowledgements())},
            "claims": material.claims(material.asserted()),
            "seal": material.claims(material.seals()[0]),
        },
        "key-info": dict(_key_infos()),
        "assertion": {"good": material.asserted()},
        "access": {"good": material.access_tokens()[0].encode()},
        "seal": {"good": material.seals()[0]},
        "receipt": {str(n): log.receipt(n) for n in range(len(log.objects))},
        "note": {"good": signed, "bare": note.sign(material.checkpoints()[0], log.signers, LOG_AT)},
        "witness": {
            "first": witness.AddCheckpoint(0, (), signed).encode(),
            "later": witness.AddCheckpoint(2, tuple(log.tree.consistency(2)), signed).encode(),
            "size": b"12\n",
            "tiles": b"tile/entries/x001/234.p/3\n" + b"\x00\x01a" * 3,
        },
        "policy": {"all": log.policy(), "none": log.policy("none")},
        "object": material.objects() | {"state": State(note=signed.decode()).encode()},
        "bundle": {"mine": (KEPT / "bundle.zip").read_bytes()},
        "stamp": {"answer": answer, "token": timestamp.token_of(answer)},
        "directory": {
            "json": directory_io.to_json([directory()[code] for code in (CODE, OTHER_CODE)]),
            "csv": _CSV.encode(),
        },
        "answer": {name: text.encode() for name, text in _ANSWERS.items()},
        "told": dict(_told()),
        "head": {
            "bearer": b"POST /v1/documents HTTP/1.1\r\nAuthorization: Bearer abc\r\n\r\n<Priority>3</Priority>",
            "blanks": b"GET / HTTP/1.1\r\nAuthorization: Bearer " + b" " * 400,
            "codes": b"<OrganId> H52 </OrganId><OrganId>" + b" " * 200,
            "pem": b"-----BEGIN CERTIFICATE-----\nAA==\n-----BEGIN X509 CRL-----\n-----END CERTIFICATE-----\n",
        },
        "http": {name: text.encode() for name, text in REQUESTS.items()},
    }


def _packed() -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("văn bản.txt"), b"text\n" * 100)
    return target.getvalue()


if __name__ == "__main__":
    make_kept()
