"""Findings in attachments, as they go out: to the interface, the command line and the pages alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from hub.core.errors import Text
from hub.core.model import Millis, iso_utc
from hub.core.wire.signatures import PdfSignature, Signatures, SignedFile
from hub.programmes.signatures.facts import TimeSource
from hub.programmes.signatures.looked import Bearing, LookedFile, LookedSignature, bearing
from hub.programmes.signatures.verdict import WORDS, PdfVerdict, Role

READ, WAITING, OFF = "read", "waiting", "off"

ROLES: Final[Mapping[str, Text]] = {
    Role.PERSON: Text("người có thẩm quyền", "competent person"),
    Role.AGENCY: Text("cơ quan", "agency"),
    Role.UNKNOWN: Text("không rõ", "not known"),
}
SOURCES: Final[Mapping[str, Text]] = {
    TimeSource.STAMP: Text("dấu thời gian", "time stamp"),
    TimeSource.UNTRUSTED_STAMP: Text("dấu thời gian không được công nhận", "time stamp of an unknown authority"),
    TimeSource.CLAIMED: Text("người ký tự khai", "the signer's word"),
    TimeSource.NONE: Text("không có thời điểm ký", "no time"),
}
OF_ONE: Final[Mapping[str, Text]] = {verdict.value: Text(said.vi, said.en) for verdict, said in WORDS.items()} | {
    PdfVerdict.VALID.value: Text("Hợp lệ, có dấu thời gian", "Valid, time-stamped"),
    PdfVerdict.VALID_UNTIMED.value: Text(
        "Hợp lệ; thời điểm ký do người ký tự khai", "Valid; the time is the signer's word"
    ),
}
"""The verdicts on a single signature, where those on a file speak of all of them."""
BEARINGS: Final[Mapping[str, Text]] = {
    Bearing.LEADER: Text("Có chữ ký số hợp lệ của người có thẩm quyền", "A competent person's signature holds"),
    Bearing.AGENCY: Text("Chỉ có chữ ký số hợp lệ của cơ quan", "An agency's signature holds, and no person's"),
    Bearing.FAULTY: Text("Chữ ký số trong tệp không hợp lệ", "No signature in the files holds"),
    Bearing.UNSIGNED: Text("Tệp không có chữ ký số", "The files have no signature"),
    Bearing.UNREAD: Text("Chưa kiểm tra được tệp nào", "No file was examined"),
}


def signatures(files: Sequence[LookedFile]) -> Signatures:
    """Of a document that was read; one without a PDF bears nothing."""
    told = tuple(map(signed_file, files))
    return Signatures(state=READ, bears=bearing(files).value if files else "", files=told)


def signed_file(file: LookedFile) -> SignedFile:
    words = WORDS[file.verdict]
    return SignedFile(
        name=file.name,
        sha256=file.sha256,
        size=file.size,
        verdict=file.verdict,
        vi=words.vi,
        en=words.en,
        content_added_between=file.between,
        signed_by_leader=file.by_leader,
        signed_by_agency=file.by_agency,
        signatures=tuple(map(_signature, file.signatures)),
    )


def _signature(one: LookedSignature) -> PdfSignature:
    return PdfSignature(
        verdict=one.verdict,
        role=one.role,
        signer=one.signer,
        organization=one.organization,
        issuer=one.issuer,
        certificate=one.certificate,
        time=_iso(one.time),
        time_source=one.source,
        covers=one.covers,
        changes_after=one.changes_after,
        revocation_known=one.revocation_known,
    )


def _iso(at: Millis | None) -> str:
    try:
        return iso_utc(at) if at is not None else ""
    except (ValueError, OverflowError):  # the file may claim any year
        return ""
