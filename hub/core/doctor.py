"""Everything about one message at once: every fault, its place, its clause, and the right form.

    bytes ─ wrong_forms ─► the form that came in place of it, by name
          ─ parse ───────► edxml_check: every finding ─ places ─► line, column, excerpt
          ─ attachments ─► declared, real type, zip
          ─ trust ───────► verdict of the signature, the step that failed, digests, path

Nothing is decided here that the hub would not decide: `ok` is whether it would take these bytes, as far as the message
itself and the anchors and directory at hand tell. Lists are bounded, for bytes are from anybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from hashlib import sha256
from typing import Final

import msgspec
from cryptography import x509
from lxml import etree

from hub.core import edxml, wire
from hub.core.directory.routing import Directory
from hub.core.edxml import Attachment, Claimed, Document, wrong_forms
from hub.core.edxml.check import placed
from hub.core.edxml.fields import ATTACHMENT
from hub.core.edxml.packing import Spent
from hub.core.edxml.places import Place, line_at, places
from hub.core.edxml.read import Walk, attachment_elements, children
from hub.core.edxml.xmlsafe import LEGACY, parse_xml
from hub.core.errors import AxisError, BadAttachment, Finding, InvalidFields, Refusal, SignatureRefusal, Text, Verdict
from hub.core.model import MessageKind, Millis, SignatureProfile, iso_utc
from hub.core.signature import foreign, trust, xmldsig
from hub.core.signature.anchors import Anchors
from hub.core.wire_check import Checked, CheckedFile, CheckedSignature, PathLink, Refused

MOST_FINDINGS: Final = 1_000
MOST_FILES: Final = 1_000
NOT_JUDGED: Final = "NOT_JUDGED"

STEPS: Final = {
    5: Text("cấu trúc và thuật toán của chữ ký", "form and algorithms of the signature"),
    6: Text("chứng thư của người ký", "the signer's certificate"),
    7: Text("giá trị chữ ký trên SignedInfo", "the signature's value over SignedInfo"),
    8: Text("giá trị băm của nội dung", "the digest of the content"),
    9: Text("bên gửi trong nội dung đã ký", "the sender in what was signed"),
}

Naming = Callable[[bytes, str, SignatureProfile], frozenset[str]]


class Judge(msgspec.Struct, frozen=True):
    """The things that a message is held against. `naming`: which certificates count for a sender, where there is no
    directory."""

    today: date
    at: Millis
    anchors: Anchors | None = None
    directory: Directory | None = None
    naming: Naming | None = None


def examine(data: bytes, judge: Judge, name: str = "") -> Checked:
    """Everything about one message, for any bytes."""
    try:
        return _message(edxml.parse(data), data, judge, name)
    except Refusal as refusal:  # also of its text: marks in a row are counted where they are read
        return Checked(
            file=name,
            ok=False,
            sha256=sha256(data).hexdigest(),
            findings=tuple(_forms(data)),
            refused=(_refused(refusal, _place_in(refusal, data)),),
        )


def _message(claimed: Claimed, data: bytes, judge: Judge, name: str) -> Checked:
    found = _findings(claimed, judge.today)
    refused: list[Refused] = []
    document_id = _document_id(claimed, refused)
    files = _files(claimed)
    refused += [_refused(problem) for _, problem in files if problem is not None][:1]
    # Last, for it takes the signature out of the tree.
    signature = _signature(claimed, data, judge)
    return Checked(
        file=name,
        ok=not any(f.severity == "error" for f in found) and not refused and _stands(signature),
        sha256=claimed.sha256,
        kind=claimed.kind.value,
        sender=claimed.claimed_sender,
        document_id=document_id,
        attachments=len(files),
        files=tuple(file for file, _ in files[:MOST_FILES]),
        findings=tuple(found[:MOST_FINDINGS]),
        more=max(len(found) - MOST_FINDINGS, 0),
        refused=tuple(refused),
        signature=signature,
    )


def _stands(signature: CheckedSignature | None) -> bool:
    """Whether nothing is known against it."""
    if signature is None:
        return True
    return signature.verdict in (Verdict.VALID, NOT_JUDGED) and signature.registered is not False


# The form that came in place of a message


def _forms(data: bytes) -> list[wire.Finding]:
    form = wrong_forms.of_bytes(data)
    if form is not None:
        return [_with_place(form.finding(), Place(1, 1, ""))]
    try:
        return _of_tree(parse_xml(data), data)
    except Refusal:
        return []


def _of_tree(root: etree._Element, data: bytes) -> list[wire.Finding]:
    found = list(wrong_forms.of_tree(root))
    where = places(data, root, {element for _, _, element in found})
    return [_with_place(form.finding(text), where.get(element)) for form, text, element in found]


_LINE: Final = re.compile(r"line ([0-9]{1,9}), column ([0-9]{1,9})")


def _place_in(refusal: Refusal, data: bytes) -> Place | None:
    """Where the parser says that it stopped."""
    told = _LINE.search(refusal.found)
    return line_at(data, int(told[1]), int(told[2])) if told else None


# Its faults


def _findings(claimed: Claimed, today: date) -> list[wire.Finding]:
    """Forms first, then errors, then notices, each in the order of the message."""
    about = [(f, e if e is not None else _element_of(claimed.root, f)) for f, e in placed(claimed, today)]
    about.sort(key=lambda pair: not pair[0].is_error)
    where = places(claimed.raw, claimed.root, {e for _, e in about[:MOST_FINDINGS] if e is not None})
    told = [_with_place(finding, where.get(element) if element is not None else None) for finding, element in about]
    return _of_tree(claimed.root, claimed.raw) + told


def _element_of(root: etree._Element, finding: Finding) -> etree._Element | None:
    """The last element of that path whose text was found wrong; or the nearest one above it."""
    level = list(root.iter("{*}edXMLHeader", "{*}edXMLBody", "{*}edXML"))
    best: etree._Element | None = None
    for tag in finding.path.split("."):
        level = [child for element in level for child in children(element, tag)]
        if not level:
            break
        best = level[-1]
        if tag == finding.path.rpartition(".")[2]:
            best = next((e for e in reversed(level) if finding.found and finding.found in (e.text or "")), best)
    return best


def _with_place(finding: Finding, place: Place | None) -> wire.Finding:
    told = wire.Finding.of(finding)
    if place is None:
        return told
    return msgspec.structs.replace(told, line=place.line, column=place.column, excerpt=place.excerpt)


def _document_id(claimed: Claimed, refused: list[Refused]) -> str:
    try:
        edxml.check_not_secret(claimed)
    except Refusal as refusal:
        refused.append(_refused(refusal))
    try:
        message = edxml.read(claimed)
        return message.document_id if isinstance(message, Document) else message.response_for.document_id
    except InvalidFields:
        return ""  # the findings say it, and more
    except Refusal as refusal:
        refused.append(_refused(refusal))
        return ""


# Its files


def _files(claimed: Claimed) -> list[tuple[CheckedFile, Refusal | None]]:
    if claimed.kind is not MessageKind.DOCUMENT:
        return []
    spent = Spent()
    return [_file(element, spent) for element in attachment_elements(claimed.root)]


def _file(element: etree._Element, spent: Spent) -> tuple[CheckedFile, Refusal | None]:
    (made,) = Walk().over([element], ATTACHMENT).made
    if not isinstance(made, Attachment):
        names = [child.text or "" for child in children(element, "AttachmentName")]
        problem = BadAttachment(expected="a file in base64", found="another text")
        return CheckedFile(name=(names or [""])[0][:255], problem=problem.en), None  # a finding says it
    told = CheckedFile(name=made.name, content_id=made.content_id, declared=made.content_type)
    try:
        taken = spent.on(made)
    except Refusal as refusal:
        return msgspec.structs.replace(told, real=made.sniffed_type, size=len(made.data), problem=refusal.en), refusal
    return msgspec.structs.replace(
        told, real=taken.sniffed_type, size=len(taken.data), sha256=taken.sha256, zipped=taken.data is not made.data
    ), None


# Its signature


def _signature(claimed: Claimed, data: bytes, judge: Judge) -> CheckedSignature | None:
    if judge.anchors is None and next(claimed.root.iter("{*}Signature"), None) is None:
        return None
    agency = judge.directory.get(claimed.claimed_sender) if judge.directory else None
    profile = agency.signature_profile if agency else SignatureProfile.STRICT
    told = _facts(data, judge.anchors)
    try:
        if judge.anchors is None:
            return _unjudged(claimed, told, profile)
        registered: frozenset[str] = frozenset()
        if judge.directory is not None:
            registered = agency.certificate_ids(judge.at) if agency else registered
        elif judge.naming is not None:
            registered = judge.naming(data, claimed.claimed_sender, profile)
        report = trust.verify(claimed, registered, judge.anchors, judge.at, profile).signature
    except SignatureRefusal as refusal:
        return _failed(told, refusal)
    except Refusal as refusal:
        return msgspec.structs.replace(told, verdict=refusal.code, problem=_refused(refusal))
    return msgspec.structs.replace(
        told,
        verdict=report.verdict.value,
        alg=report.alg,
        certificate=report.certificate_sha256,
        registered=True if judge.directory is not None else None,
    )


def _unjudged(claimed: Claimed, told: CheckedSignature, profile: SignatureProfile) -> CheckedSignature:
    """Without anchors: form and content only. Nothing is computed with a key that nobody vouches for."""
    claim = xmldsig.examine(claimed.root, profile)
    xmldsig.check_plain(claimed.raw)
    if claim.legacy:
        parse_xml(claimed.raw, LEGACY)
    xmldsig.check_content(claim, claimed.root)
    return told


def _failed(told: CheckedSignature, refusal: SignatureRefusal) -> CheckedSignature:
    step = STEPS.get(refusal.step, Text("", ""))
    return msgspec.structs.replace(
        told,
        verdict=refusal.verdict.value,
        alg=str(refusal.facts.get("alg", told.alg)),
        certificate=str(refusal.facts.get("certificate_sha256", told.certificate)),
        problem=_refused(refusal),
        step=refusal.step,
        step_vi=step.vi,
        step_en=step.en,
    )


def _facts(data: bytes, anchors: Anchors | None) -> CheckedSignature:
    """The signature's own statements, and the real digest of the content; of a tree of its own."""
    told = CheckedSignature(verdict=NOT_JUDGED)
    with suppress(Refusal):
        root = parse_xml(data)
        claim = xmldsig.examine(root, SignatureProfile.LEGACY)
        told = CheckedSignature(
            verdict=NOT_JUDGED,
            alg=claim.algorithm.name,
            certificate=sha256(claim.certificates[0]).hexdigest(),
            canonicalisation=claim.content_method,
            digest_method=claim.digest.name,
            digest_expected=claim.digest_value.hex(),
            path=tuple(_path(claim.certificates, anchors)),
        )
        if claim.legacy:
            parse_xml(data, LEGACY)  # its canonical form is quadratic
        actual = xmldsig.content_digest(claim, root).hex()
        told = msgspec.structs.replace(told, digest_actual=actual)
    return told


def _path(certificates: Iterable[bytes], anchors: Anchors | None) -> Iterable[PathLink]:
    roots = {root.subject: root.subject.rfc4514_string()[:500] for root in anchors.roots} if anchors else {}
    for der in certificates:
        try:
            certificate = foreign.certificate(der)
            yield _link(certificate, der, roots)
        except Exception:  # any error of a library over a hostile one
            yield PathLink(
                subject="?", issuer="?", serial="", not_before="", not_after="", sha256=sha256(der).hexdigest()
            )


def _link(certificate: x509.Certificate, der: bytes, roots: dict[x509.Name, str]) -> PathLink:
    return PathLink(
        subject=certificate.subject.rfc4514_string()[:500],
        issuer=certificate.issuer.rfc4514_string()[:500],
        serial=f"{certificate.serial_number:x}",
        not_before=iso_utc(Millis(int(certificate.not_valid_before_utc.timestamp()) * 1000)),
        not_after=iso_utc(Millis(int(certificate.not_valid_after_utc.timestamp()) * 1000)),
        sha256=sha256(der).hexdigest(),
        root=roots.get(certificate.issuer, ""),
    )


def _refused(error: AxisError, place: Place | None = None) -> Refused:
    told = Refused(code=error.code, vi=error.vi, en=error.en, hint_vi=error.hint.vi, hint_en=error.hint.en)
    if place is None:
        return told
    return msgspec.structs.replace(told, line=place.line, column=place.column, excerpt=place.excerpt)
