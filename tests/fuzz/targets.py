"""What is fuzzed: each target takes any bytes and returns, or there is a finding.

A target catches the typed refusals of its part and nothing else, so every other exception is a finding. Where more can
be said it is asserted: what is accepted was signed by its owner (nobody else has these keys), what one reader takes
the independent one takes too, what has one spelling is written back byte for byte.
"""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import cache, partial
from typing import Any, Final, NamedTuple
from xml.parsers import expat

import msgspec
from lxml import etree

from clients import protocol, sse
from clients import verify_receipt as alone
from clients.errors import ClientError
from clients.judge import By, Judge
from hub.admission.admit import admit
from hub.admission.submission import Caller, claimed_priority
from hub.admission.workers.worker import codes_in
from hub.base.config import Settings
from hub.core import doctor, edxml
from hub.core.audit.log import State
from hub.core.bundle import audit as bundle_audit
from hub.core.directory import entries as directory_entries
from hub.core.directory import files as directory_io
from hub.core.directory import log as directory_log
from hub.core.directory.routing import Directory
from hub.core.edxml import Attachment, Message, safe_name, xmlsafe
from hub.core.edxml.filetype import ZIP, sniff
from hub.core.edxml.fix import fix
from hub.core.edxml.packing import Bounds, unpacked
from hub.core.errors import (
    AcknowledgementRefusal,
    AxisError,
    BadAttachment,
    DirectoryRefusal,
    FormatRefusal,
    PolicyInvalid,
    ProofInvalid,
    Refusal,
    SignatureRefusal,
    Unauthenticated,
    Verdict,
)
from hub.core.evidence import acknowledgement, manifest, receipt
from hub.core.evidence import format as ev
from hub.core.log import note, policy, seal, tiles, timestamp, witness
from hub.core.model import Agency, RegisteredCertificate, SignatureProfile, Tier
from hub.core.shown import shown
from hub.core.signature import assertion, token, trust, xmldsig
from hub.core.signature.anchors_uses import DOCUMENTS, TIME_STAMPS, TLS_CLIENTS
from hub.core.signature.archive import read_pem_or_der
from hub.http.head import HEAD_BYTES, LINES, TOKEN_BYTES, bearer_in
from hub.http.overload import ConnectionGate
from hub.record.acts.document import AcceptDocument
from hub.record.acts.status import AcceptStatus
from tests.attacks.simulator import AT, CODE, OTHER_CODE
from tests.fuzz import material
from tests.fuzz.world import world
from tests.support.logkit import AT as LOG_AT

SETTINGS: Final = Settings()
CALLER: Final = Caller(CODE, "agency", "fuzz")


class Target(NamedTuple):
    """`run` is fuzzed; `text` says that inputs are mostly text, for the mutator; `documents`, that it also starts from
    the messages in `corpus/documents`."""

    run: Callable[[bytes], None]
    text: bool = True
    documents: bool = False


def agency(code: str, tier: Tier, profile: SignatureProfile = SignatureProfile.STRICT) -> Agency:
    holder = {CODE: world().agency, OTHER_CODE: world().other}[code]
    der = material.der(holder.certificate)
    certificate = RegisteredCertificate(material.sha256_hex(der), der)
    return Agency(code=code, name=code, tier=tier, certificates=(certificate,), signature_profile=profile)


@cache
def directory() -> Directory:
    return Directory.of([agency(CODE, Tier.CENTRAL), agency(OTHER_CODE, Tier.PROVINCIAL)])


# documents


def xml(data: bytes) -> None:
    """Parser: accepted only within the limits, and read alike by another parser."""
    for limits in (xmlsafe.STRICT, xmlsafe.LEGACY):
        try:
            root = xmlsafe.parse_xml(data, limits)
        except FormatRefusal:
            continue
        read_alike(data, root, limits)


def read_alike(data: bytes, root: etree._Element, limits: xmlsafe.Limits) -> None:
    """By expat, which has the names of an older edition of XML: so ASCII names only."""
    mine = list(root.iter())
    written = {str(word) for e in mine for word in (e.tag, *e.attrib, *filter(None, e.nsmap))}
    if not all(word.isascii() for word in written):
        return
    names: list[str] = []
    texts: list[str] = []
    depth = deepest = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, deepest
        depth += 1
        deepest = max(deepest, depth)
        names.append(name)
        assert len(attributes) <= limits.attributes + limits.namespaces

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    other = expat.ParserCreate("utf-8")
    other.StartElementHandler, other.EndElementHandler = start, end
    other.CharacterDataHandler = texts.append
    other.CommentHandler = other.ProcessingInstructionHandler = other.StartDoctypeDeclHandler = forbidden
    other.Parse(data, True)
    assert [n.rpartition(":")[2] for n in names] == [etree.QName(e).localname for e in mine]
    assert "".join(texts) == "".join(root.itertext())
    assert len(mine) <= limits.elements
    assert deepest <= limits.depth


def forbidden(*found: object) -> None:
    raise AssertionError(f"passed the hardened parser: {found}")


@cache
def signed_messages() -> list[Message]:
    return [edxml.read(edxml.parse(data)) for data in material.signed().values()]


def signature(profile: SignatureProfile, data: bytes) -> None:
    """Verifier: nobody but the owners of the keys makes a message that is VALID."""
    try:
        claimed = edxml.parse(data)
        registered = frozenset(c.sha256 for a in (CODE, OTHER_CODE) for c in directory()[a].certificates)
        verified = trust.verify(claimed, registered, world().anchors, AT, profile)
    except (FormatRefusal, SignatureRefusal):
        return
    assert verified.signature.verdict is Verdict.VALID
    assert verified.message in signed_messages(), "forged"


def admission(data: bytes) -> None:
    """Everything between the bytes and the act that records them."""
    try:
        act = admit(data, material.sha256_hex(data), CALLER, directory(), world().anchors, SETTINGS, AT)
    except Refusal:
        return
    assert isinstance(act, AcceptDocument | AcceptStatus)
    assert act.incoming.sender.verdict == "VALID"
    assert edxml.read(edxml.parse(data)) in signed_messages(), "forged"


def fields(data: bytes) -> None:
    """Rules and values, of messages that nobody need have signed: what reads without a finding is written alike."""
    try:
        claimed = edxml.parse(data)
        found = edxml.findings(claimed, date(2026, 11, 22))
        message = edxml.read(claimed)
        files = list(edxml.attachments(claimed))
    except FormatRefusal:
        return
    if found:
        return
    again = edxml.parse(edxml.build(message, files))
    assert edxml.read(again) == message


def diagnosis(data: bytes) -> None:
    """The doctor has an answer to everything, and what it corrects reads as before."""
    report = doctor.examine(data, doctor.Judge(date(2026, 11, 22), AT, world().anchors, directory()))
    assert report.ok or report.findings or report.refused or report.signature is not None
    assert all(finding.line >= 0 and len(finding.excerpt) <= 80 for finding in report.findings)
    fixed = fix(data)
    if fixed.data is not None:
        edxml.parse(fixed.data)


def files(data: bytes) -> None:
    """One attachment out of its zip, within its bounds."""
    bounds = Bounds(unpacked=1 << 20, ratio=100, ratio_free=1 << 16)
    try:
        file = unpacked(Attachment("1", "a.txt", content_type=ZIP, data=data), bounds)
    except BadAttachment:
        return
    assert len(file.data) <= max(bounds.unpacked, len(data))
    sniff(file.data)
    name = safe_name(data.decode("utf-8", "replace"))
    assert name
    assert not re.search(r"[/\\\0]", name)
    assert name not in (".", "..")


def insider(data: bytes) -> None:
    """Whatever an agency may sign with its own key: a refusal, or an act of its own."""
    holder = world().agency
    try:
        document = xmldsig.sign(data, holder.key, holder.chain)
        act = admit(document, material.sha256_hex(document), CALLER, directory(), world().anchors, SETTINGS, AT)
    except Refusal:
        return
    assert act.incoming.sender.agency == CODE
    assert act.incoming.sender.verdict == "VALID"


SEPARATOR: Final = b"\0next certificate\0"


def key_info(data: bytes) -> None:
    """Certificates as an attacker writes them into KeyInfo, for every use that there is: none counts but those of the
    authorities, and none takes long to refuse (the runner bounds the time of each input)."""
    ders = data.split(SEPARATOR)[:3]
    ours = {material.sha256_hex(material.der(c.certificate)) for c in (world().agency, world().other, world().stamper)}
    for use in (DOCUMENTS, TLS_CLIENTS, TIME_STAMPS):
        with suppress(SignatureRefusal):
            assert world().anchors.signer(ders, AT, use).sha256 in ours, "forged"
    written = "".join(f"<X509Certificate>{b64encode(der).decode()}</X509Certificate>" for der in ders)
    for message in material.signed().values():
        text = re.sub(r"(<X509Data[^>]*>).*?(</X509Data>)", rf"\g<1>{written}\g<2>", message.decode(), flags=re.DOTALL)
        for registered in (frozenset({material.sha256_hex(ders[0])}), frozenset[str]()):
            try:
                verified = trust.verify(edxml.parse(text.encode()), registered, world().anchors, AT)
            except (FormatRefusal, SignatureRefusal):
                continue
            assert verified.signature.certificate_sha256 in ours & registered, "forged"


# signed objects


def insider_token(data: bytes) -> None:
    """The same for tokens: what is signed is still held against the rules, and has one meaning."""
    keys = {c.sha256: world().other.certificate for c in directory()[OTHER_CODE].certificates}
    with suppress(AcknowledgementRefusal):
        signed = material.signed_token(data, world().other, acknowledgement.TYPE).decode()
        assert json.loads(acknowledgement.encode(acknowledgement.verify(signed, keys))) == json.loads(data)
    with suppress(Unauthenticated):
        signed = material.signed_token(data, world().other, assertion.TYPE).decode()
        given = assertion.verify(signed, keys, material.AUDIENCE, AT)
        assert given.expires > AT
    with suppress(ProofInvalid):
        signed = material.signed_token(data, world().other, seal.TYPE).decode()
        seal.verify(signed, world().other.certificate, material.CHECKPOINT)


def acknowledged(data: bytes) -> None:
    keys = {c.sha256: world().other.certificate for c in directory()[OTHER_CODE].certificates}
    try:
        given = acknowledgement.verify(data.decode("utf-8", "replace"), keys)
    except AcknowledgementRefusal:
        return
    assert acknowledgement.encode(given) in material.acknowledgements(), "forged"


def asserted(data: bytes) -> None:
    keys = {c.sha256: world().agency.certificate for c in directory()[CODE].certificates}
    try:
        given = assertion.verify(data.decode("utf-8", "replace"), keys, material.AUDIENCE, AT)
    except Unauthenticated:
        return
    assert (given.subject, given.jti) in material.ASSERTIONS, "forged"


def access(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        token.verify(text, [material.SECRET], AT)
    except Unauthenticated:
        return
    assert text in material.access_tokens(), "forged"


def sealed(data: bytes) -> None:
    try:
        seal.verify(data.decode("utf-8", "replace"), world().other.certificate, material.CHECKPOINT)
    except ProofInvalid:
        return
    assert data in material.seals(), "forged"


# the log


def receipts(data: bytes) -> None:
    """Ours and the single-file verifier agree, and neither takes what the log did not sign."""
    rules = material.log().policy()
    try:
        proved = receipt.verify(data, policy.parse(rules), None, LOG_AT)
    except ProofInvalid:
        proved = None
    try:
        alone.verify(data, alone.Policy(rules), None, LOG_AT // 1000)
        theirs = True
    except alone.Refused:
        theirs = False
    assert (proved is not None) == theirs, "the two verifiers disagree"
    if proved is not None:
        assert ev.encode(proved.evidence) in material.log().objects, "forged"


def notes(data: bytes) -> None:
    verifiers = [s.verifier for s in (*material.log().signers, *material.log().witnesses)]
    try:
        opened = note.open_note(data, verifiers)
    except ProofInvalid:
        return
    assert note.parse(data).encode() == data
    assert opened.checkpoint in material.checkpoints(), "forged"


def requests(data: bytes) -> None:
    """What a witness is sent, and what it answers with."""
    signers = material.log().signers
    logs = {material.log().origin: [s.verifier for s in signers]}
    for read in (witness.parse_size_body, tiles_of):
        with suppress(ProofInvalid):
            read(data)
    try:
        request = witness.parse(data)
        assert request.encode() == data
        witness.examine(request, note.parse(request.note), logs, witness.Known())
    except (ProofInvalid, witness.Refused):
        return


def tiles_of(data: bytes) -> None:
    path, _, body = data.partition(b"\n")
    try:
        ref = tiles.parse_tile_path(path.decode("utf-8", "replace"))
    except ProofInvalid:
        ref = None
    entries = tiles.decode_entries(body, ref.width if ref else 3)
    assert tiles.encode_entries(entries) == body


def policies(data: bytes) -> None:
    try:
        mine: object = policy.parse(data)
    except PolicyInvalid:
        mine = None
    try:
        theirs: object = alone.Policy(data)
    except alone.Refused:
        theirs = None
    assert (mine is None) == (theirs is None), "the two readers disagree"
    if isinstance(mine, policy.Policy):
        assert policy.parse(mine.encode()) == mine


def objects(data: bytes) -> None:
    """Everything that is a leaf: one spelling, so what is read is written back as it was."""
    for decode, encode in (
        (ev.decode, ev.encode),
        (manifest.decode, manifest.encode),
        (directory_log.decode, directory_log.encode),
    ):
        try:
            value = decode(data)
        except ProofInvalid:
            continue
        assert encode(value) == data
    with suppress(PolicyInvalid):
        State.decode(data)


# files


def bundles(data: bytes) -> None:
    given = material.bundle()
    report = bundle_audit.verify(data, given.policy, given.anchors, at=given.at)
    for step in report.steps:
        assert "cannot be processed" not in step.problem.en, step


def stamps(data: bytes) -> None:
    for read in (timestamp.token_of, timestamp.certificates_of):
        with suppress(ProofInvalid, ValueError):  # as its callers do: certificates are parsed when they are looked at
            read(data)
    try:
        stamp = timestamp.verify(data, material.STAMPED, world().anchors)
    except ProofInvalid:
        return
    assert (stamp.digest, stamp.at) == (material.STAMPED, AT), "forged"


def directories(data: bytes) -> None:
    for read in (directory_io.from_json, directory_io.from_csv):
        try:
            entries = read(data)
            Directory.of(entries)
        except DirectoryRefusal:
            continue
        assert directory_io.from_json(directory_io.to_json(entries)) == entries
    for form in ("csv", "json"):
        try:
            stated = directory_entries.read(data, form)
        except DirectoryRefusal:
            continue
        known = {entry.code: Agency(entry.code, "A", Tier.COMMUNE) for entry in stated}
        assert [a.code for a in directory_entries.merge(known.get, stated)] == [entry.code for entry in stated]
        with suppress(DirectoryRefusal):
            directory_entries.merge(lambda _: None, stated)


# what a client is told


CALLS: Final[list[protocol.Call[Any]]] = [
    protocol.submit(b"<a/>"),
    protocol.life("urn:uuid:0"),
    protocol.content("urn:uuid:0"),
    protocol.fetch(),
    protocol.inbox(),
    protocol.agency("000.00.00.G22"),
    protocol.audit_leaves(0, 9),
    protocol.audit_checkpoints(),
    protocol.acknowledge("x"),
    protocol.outbox(),
    protocol.figures(),
    protocol.health(),
    protocol.token("x"),
    protocol.public_objects("directory"),
]


def answers(data: bytes) -> None:
    """A hub, or what stands in its place, may answer anything: `status⏎headers⏎⏎body`."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    pairs = [line.partition(":") for line in lines]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    status = int(first) if first.isascii() and first.isdigit() and len(first) == 3 else 200
    response = protocol.Response(status, headers, body)
    assert protocol.retry_after(response, AT / 1000) >= 0
    for call in CALLS:
        try:
            call.read(response)
        except (ClientError, ProofInvalid):
            continue
    for size in (1 << 20, max(1, len(body) // 50)):
        reader = sse.Reader()
        try:
            for at in range(0, len(body), size):
                for event in reader.feed(body[at : at + size]):
                    msgspec.json.encode(event)
        except ClientError:
            continue


IDENTIFIER: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@cache
def judge() -> Judge:
    return Judge(world().anchors, directory())


def told(data: bytes) -> None:
    """A hub may say VALID of anything: the client finds it valid only where its owner signed it, and makes no other
    folder than an identifier's of anything."""
    response = protocol.Response(200, {"content-type": protocol.JSON}, data)
    try:
        inbox = protocol.fetch(5).read(response)
    except ClientError:
        return
    assert len({item.message.id for item in inbox.items}) == len(inbox.items) <= 5
    for item in inbox.items:
        assert IDENTIFIER.fullmatch(item.message.id)
        with suppress(ProofInvalid):
            protocol.content_of(item)
        content = item.content or b""
        judged = judge().alone(content, item.message.verdict, AT)
        assert judged.by is By.CLIENT
        assert judged.refuted or edxml.read(edxml.parse(content)) in signed_messages(), "forged"
        for text in (*judged.label, judged.subject, item.message.subject, item.message.sender):
            assert not {"\x1b", "\n", "\u202e"} & set(shown(text))


# what nobody has parsed yet


def heads(data: bytes) -> None:
    """First bytes of a call, as they are, again and again, and before a megabyte of blanks: the turnstile reads in them
    what their lines say, in a time that goes by their number."""
    for given in (data, data * (HEAD_BYTES // max(1, len(data))), data + b" " * (1 << 20)):
        assert bearer_in(given) == _bearer_by_lines(given)
        claimed_priority(given)
        codes_in(given)
        with suppress(ValueError, AxisError):  # as its callers do, for a file of anchors
            read_pem_or_der(given)
    assert _turned(data) == data


def _bearer_by_lines(data: bytes) -> bytes:
    for line in data[:HEAD_BYTES].split(b"\r\n")[1:-1][:LINES]:
        name, colon, value = line.partition(b":")
        if not line:
            break
        if colon and name.lower() == b"authorization":
            scheme, _, token = value.strip(b" \t").partition(b" ")
            token = token.strip(b" \t")
            return token if scheme.lower() == b"bearer" and len(token) <= TOKEN_BYTES else b""
    return b""


class _Visitor(msgspec.Struct):
    whose: str = "192.0.2.1"
    known: bool = False
    held: bytearray | None = None
    urgent: bool = False
    too_many: bool = False
    continuing: bool = False
    let: bytes = b""

    def let_in(self, data: bytes) -> None:
        self.let += data

    def pause(self) -> None: ...
    def resume(self) -> None: ...


def _turned(data: bytes) -> bytes:
    """What a turnstile lets in of these bytes, which come in two pieces behind others."""

    async def come() -> bytes:
        gate = ConnectionGate(2, lambda first: bearer_in(first).decode("latin-1"))
        for _ in range(5):
            gate.come(_Visitor(), b"GET /v1/inbox HTTP/1.1\r\n\r\n")
        visitor = _Visitor()
        half = len(data) // 2
        gate.come(visitor, data[:half])
        gate.come(visitor, data[half:])
        for _ in range(100):
            if visitor.held is None:
                break
            gate.answered(visitor)  # else an urgent one holds the others up for 20 ms, itself among them
            await asyncio.sleep(0)
        return visitor.let

    return asyncio.run(come())


TARGETS: Final[dict[str, Target]] = {
    "head": Target(heads),
    "xml": Target(xml, documents=True),
    "signature": Target(partial(signature, SignatureProfile.STRICT), documents=True),
    "signature-legacy": Target(partial(signature, SignatureProfile.LEGACY), documents=True),
    "admission": Target(admission, documents=True),
    "fields": Target(fields, documents=True),
    "diagnosis": Target(diagnosis, documents=True),
    "insider": Target(insider, documents=True),
    "key-info": Target(key_info, text=False),
    "insider-token": Target(insider_token),
    "files": Target(files, text=False),
    "acknowledgement": Target(acknowledged),
    "assertion": Target(asserted),
    "access": Target(access),
    "seal": Target(sealed),
    "receipt": Target(receipts),
    "note": Target(notes),
    "witness": Target(requests),
    "policy": Target(policies),
    "object": Target(objects),
    "bundle": Target(bundles, text=False),
    "stamp": Target(stamps, text=False),
    "directory": Target(directories),
    "answer": Target(answers),
    "told": Target(told),
}
"""By name, which is also the folder of its corpus. `http` is apart: it needs a hub (`tests.fuzz.web`)."""
