"""The doctor: whatever comes, it is named, placed and explained; and the same as the hub would say."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core import doctor, edxml, wire
from hub.core.directory.routing import Directory
from hub.core.edxml import Attachment, wrong_forms
from hub.core.edxml.fix import fix
from hub.core.model import Millis
from hub.core.signature import xmldsig
from hub.core.wire_check import Checked
from hub.pki.profile import Profile
from tests.core.edxml.test_check import FILE, FULL_DOCUMENT
from tests.strategies import messages_with_files
from tests.support.axis import AGENCIES, NOON, VPCP, keyring, registered

VECTORS = Path(__file__).parent.parent.parent / "vectors"
DOCUMENT = (VECTORS / "document.edxml").read_bytes()
STATUS = (VECTORS / "status-03.edxml").read_bytes()
JUDGE = doctor.Judge(today=date(2026, 11, 22), at=NOON)
DS = "http://www.w3.org/2000/09/xmldsig#"


def examined(data: bytes) -> Checked:
    return doctor.examine(data, JUDGE)


def codes(data: bytes) -> list[str]:
    return [finding.code for finding in examined(data).findings]


def packed(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("goi-tin.edxml", data)
    return target.getvalue()


def soap(inner: bytes, space: str = "http://schemas.xmlsoap.org/soap/envelope/") -> bytes:
    body = inner.split(b"?>", 1)[1]
    return f'<soap:Envelope xmlns:soap="{space}"><soap:Body>'.encode() + body + b"</soap:Body></soap:Envelope>"


FLAT = b'<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><MessageHeader><From/></MessageHeader></edXML>'
BYTES = {
    "EMPTY": b" \n",
    "GZIP": gzip.compress(DOCUMENT),
    "ZIP": packed(DOCUMENT),
    "BASE64": base64.encodebytes(DOCUMENT),
    "JSON": json.dumps({"status": "fail"}).encode(),
    "HTML": b"\r\n<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
    "PDF": b"%PDF-1.7\n",
    "OLE": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64),
    "UTF16": DOCUMENT.decode().encode("utf-16"),
    "ESCAPED": DOCUMENT.replace(b"<", b"&lt;"),
    "MIME": b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + DOCUMENT,
    "SOAP": soap(STATUS),
    "FLAT": FLAT,
    "FRAGMENT": DOCUMENT[DOCUMENT.index(b"<edXML:MessageHeader>") : DOCUMENT.index(b"</edXML:edXMLHeader>")].replace(
        b"<edXML:MessageHeader>", b'<edXML:MessageHeader xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">'
    ).split(b"<edXML:TraceHeaderList")[0],
    "NAME": DOCUMENT.replace(b"<edXML ", b"<EDXML ").replace(b"</edXML>", b"</EDXML>"),
    "NAMESPACE": DOCUMENT.replace(b"QCVN_102_2016", b"QCVN_102_2016/"),
}  # fmt: skip


@pytest.mark.parametrize("name", BYTES)
def test_what_came_in_place_of_a_message_is_named(name: str) -> None:
    report = examined(BYTES[name])
    assert (report.ok, report.refused != ()) == (False, True)
    named = [finding for finding in report.findings if finding.code == f"F.{name}"]
    assert len(named) == 1
    assert named[0].severity == "error"
    assert all((named[0].vi, named[0].en, named[0].rule, named[0].rule_vi, named[0].clause, named[0].line))


def test_a_status_in_soap_is_called_one() -> None:
    (finding,) = examined(soap(STATUS, "http://www.w3.org/2003/05/soap-envelope")).findings
    assert finding.value.startswith("status in http://www.w3.org/2003/05/soap-envelope")


READ = {
    "NAMESPACE": DOCUMENT.replace(b"http://www.mic.gov.vn/TBT/QCVN_102_2016", b"http://www.e-doc.vn/Schema/"),
    "SIGNATURE_NAMESPACE": DOCUMENT.replace(b"</edXML:edXMLHeader>", b"<edXML:Signature/></edXML:edXMLHeader>"),
    "TRANSFORM": DOCUMENT.replace(
        b"</edXML:edXMLHeader>",
        f'<Signature xmlns="{DS}"><Transform Algorithm="http://www.w3.org/TR/xml-exc-c14n#"/></Signature>'.encode()
        + b"</edXML:edXMLHeader>",
    ),
    "INLINE": DOCUMENT.replace(
        b"</edXML:edXMLBody>", b"<AttachmentEncoded><Attachment>QQ==</Attachment></AttachmentEncoded></edXML:edXMLBody>"
    ),
}


@pytest.mark.parametrize("name", READ)
def test_wrong_variants_that_are_read_are_named_as_well(name: str) -> None:
    named = [finding for finding in examined(READ[name]).findings if finding.code == f"F.{name}"]
    assert [finding.severity for finding in named] == ["notice"]
    assert named[0].line > 0


def test_every_wrong_form_has_an_example() -> None:
    assert {form.code for form in wrong_forms.ALL} == set(BYTES) | set(READ)


def test_a_good_message_is_called_nothing() -> None:
    assert [examined(data).ok for data in (DOCUMENT, STATUS)] == [True, True]
    assert codes(DOCUMENT) == codes(STATUS) == []


@settings(max_examples=40, deadline=None)
@given(messages_with_files)
def test_no_false_alarm(sent: tuple[edxml.Message, list[Attachment]]) -> None:
    assert [code for code in codes(edxml.build(*sent)) if code.startswith("F.")] == []


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.sampled_from([*BYTES.values(), *READ.values()]).map(lambda d: d[: len(d) // 2]))
def test_no_bytes_are_too_much_for_it(data: bytes) -> None:
    assert not examined(data).ok


def test_a_text_that_no_one_can_compose_is_an_answer_and_no_error() -> None:
    data = DOCUMENT.replace(b"<edXML:Subject>", b"<edXML:Subject>x" + "\u0323".encode() * 40)
    report = examined(data)
    assert (report.ok, report.refused[0].code) == (False, "FORMAT_TOO_COMPLEX")
    assert fix(data).data is None


# Where


def test_a_place_is_told_to_the_column_also_on_one_line() -> None:
    two = (
        b"<edXML:To><edXML:OrganId>000.00.00.H53</edXML:OrganId><edXML:Email>"
        + b"x" * 101
        + b"</edXML:Email></edXML:To>"
    )
    data = DOCUMENT.replace(b"</edXML:To>", b"</edXML:To>" + two, 1).replace(b"\n", b"").replace(b"?><", b"?>\n<")
    (finding,) = examined(data).findings
    line = data.decode().splitlines()[finding.line - 1]
    assert finding.code == "R.MessageHeader.To.Email"
    assert line[finding.column - 1 :].startswith("<edXML:Email>xxx")
    assert finding.excerpt == line[finding.column - 1 :][:80]


def test_columns_are_counted_in_characters_and_behind_a_byte_order_mark() -> None:
    data = b"\xef\xbb\xbf" + DOCUMENT.replace(b"<edXML:Priority>0", b"<edXML:Priority>9")
    (finding,) = examined(data).findings
    line = data.decode("utf-8-sig").splitlines()[finding.line - 1]
    assert line[finding.column - 1 :].startswith("<edXML:Priority>9")


def test_a_rule_across_fields_is_placed_at_what_was_found() -> None:
    data = DOCUMENT.replace(b"<ContentId>cid:1<", b"<ContentId>cid:2<")
    placed = {finding.code: finding.excerpt for finding in examined(data).findings}
    assert placed["M.AttachmentEncoded.Attachment.ContentId"].startswith("<ContentId>cid:2<")
    assert placed["M.edXMLManifest.Reference.ContentId"].startswith("<edXML:ContentId>cid:1<")


def test_where_a_parser_stopped_is_told() -> None:
    data = DOCUMENT.replace(b"</edXML:Subject>", b"</edXML:Subjet>")
    (refused,) = examined(data).refused
    assert refused.line == data[: data.index(b"</edXML:Subjet>")].count(b"\n") + 1
    assert "Subj" in refused.excerpt


def test_errors_come_before_notices() -> None:
    data = DOCUMENT.replace(b"<edXML:Priority>0", b"<edXML:Priority>9").replace(
        b"<edXML:BussinessDocType>0", b"<edXML:BussinessDocType>9"
    )
    assert [finding.severity for finding in examined(data).findings] == ["error", "notice"]


# Attachments


def test_attachments_are_told_as_declared_and_as_they_are() -> None:
    files = [FILE, Attachment("2", "b.pdf", content_type="application/pdf", data=b"\x89PNG\r\n\x1a\n....")]
    report = examined(edxml.build(FULL_DOCUMENT, files))
    assert [(f.declared, f.real, f.zipped) for f in report.files] == [
        ("application/pdf", "application/pdf", False),
        ("application/pdf", "image/png", False),
    ]
    (field,) = examined(DOCUMENT).files
    assert (field.declared, field.real, field.zipped) == ("application/zip", "text/plain", True)


# Signatures


@pytest.fixture(scope="module")
def profile(keys: Path) -> Profile:
    return keyring(str(keys))


def judging(profile: Profile) -> doctor.Judge:
    at = Millis(NOON)
    return doctor.Judge(date(2026, 11, 22), at, profile.anchors(), Directory.of(registered(profile, AGENCIES)))


def signed(profile: Profile) -> bytes:
    credential = profile.agency(VPCP)
    return xmldsig.sign(DOCUMENT, credential.key, credential.chain)


def test_a_good_signature_is_told_with_its_path(profile: Profile) -> None:
    signature = doctor.examine(signed(profile), judging(profile)).signature
    assert signature is not None
    assert (signature.verdict, signature.registered, signature.step) == ("VALID", True, 0)
    assert signature.digest_expected == signature.digest_actual != ""
    assert signature.canonicalisation == "http://www.w3.org/2001/10/xml-exc-c14n#"
    assert signature.path[-1].root
    assert "G22" in signature.path[0].subject


@pytest.mark.parametrize("anchors", [True, False])
def test_a_change_after_signing_is_told_with_both_digests(profile: Profile, anchors: bool) -> None:
    data = signed(profile).replace(b"<edXML:Priority>0", b"<edXML:Priority>1")
    report = doctor.examine(data, judging(profile) if anchors else JUDGE)
    signature = report.signature
    assert signature is not None
    assert (report.ok, signature.verdict, signature.step) == (False, "DIGEST_MISMATCH", 8)
    assert len(signature.digest_expected) == len(signature.digest_actual) == 64
    assert signature.digest_expected != signature.digest_actual
    assert signature.step_vi
    assert signature.step_en
    assert signature.problem is not None


def test_without_anchors_a_certificate_is_not_judged(profile: Profile) -> None:
    report = examined(signed(profile))
    assert report.signature is not None
    assert (report.ok, report.signature.verdict) == (True, "NOT_JUDGED")


def test_an_unsigned_one_is_told_as_such_where_it_is_judged(profile: Profile) -> None:
    report = doctor.examine(DOCUMENT, judging(profile))
    assert report.signature is not None
    assert (report.ok, report.signature.verdict, report.signature.step) == (False, "ABSENT", 5)


def test_lists_are_bounded() -> None:
    to = b"<edXML:To><edXML:OrganName>x</edXML:OrganName></edXML:To>"
    report = examined(DOCUMENT.replace(b"</edXML:To>", b"</edXML:To>" + to * 1_500, 1))
    assert (len(report.findings), report.more) == (doctor.MOST_FINDINGS, 500)
    assert all(isinstance(finding, wire.Finding) for finding in report.findings)
