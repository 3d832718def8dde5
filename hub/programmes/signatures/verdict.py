"""From facts to verdicts, in one table of rules that are asked in their order.

A PDF library's sum, its "bottom line", is of no use here: number and date that a clerk adds between the leader's
and the agency's signature read as tampering there, and are every office's daily work. So each question is asked
of the signature that can answer it: whether bytes were changed of each, whether the file is whole of the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from hub.core.directory.search import fold
from hub.programmes.signatures.facts import (
    Certificate,
    Change,
    Coverage,
    Path,
    PdfFacts,
    PdfSignature,
    TimeSource,
    Trouble,
)


class PdfVerdict(StrEnum):
    VALID = "valid"
    VALID_UNTIMED = "valid-untimed"
    """All is well, but when it was signed is the signer's word."""

    ONE_SIGNATURE_ONLY = "one-signature-only"
    WRONG_AGENCY = "wrong-agency"
    NO_SIGNATURE = "no-signature"
    IMAGE_ONLY = "image-only"
    MODIFIED_AFTER = "modified-after"
    DIGEST_MISMATCH = "digest-mismatch"
    UNKNOWN_ISSUER = "unknown-issuer"
    EXPIRED_NO_TIMESTAMP = "expired-no-timestamp"
    REVOKED = "revoked"
    UNREADABLE = "encrypted-or-unreadable"
    NOT_READ = "not-read"


class Says(NamedTuple):
    vi: str
    en: str


WORDS: Final = {
    PdfVerdict.VALID: Says("Hai chữ ký số hợp lệ, có dấu thời gian", "Both signatures are valid and time-stamped"),
    PdfVerdict.VALID_UNTIMED: Says(
        "Chữ ký số hợp lệ; thời điểm ký do người ký tự khai",
        "The signatures are valid; the time of signing is the signer's word",
    ),
    PdfVerdict.ONE_SIGNATURE_ONLY: Says(
        "Chỉ có một trong hai chữ ký số của người có thẩm quyền và của cơ quan",
        "One of the two signatures is missing, the competent person's or the agency's",
    ),
    PdfVerdict.WRONG_AGENCY: Says(
        "Chữ ký số của cơ quan khác với cơ quan ban hành",
        "The agency's signature is that of another agency than the issuer",
    ),
    PdfVerdict.NO_SIGNATURE: Says("Tệp không có chữ ký số", "The file has no digital signature"),
    PdfVerdict.IMAGE_ONLY: Says(
        "Bản quét không có chữ ký số: hình con dấu không phải là chữ ký số",
        "A scan without digital signature: the picture of a seal is no signature",
    ),
    PdfVerdict.MODIFIED_AFTER: Says("Tệp bị sửa sau chữ ký cuối cùng", "The file was changed after its last signature"),
    PdfVerdict.DIGEST_MISMATCH: Says("Nội dung đã ký bị thay đổi", "Signed content was altered"),
    PdfVerdict.UNKNOWN_ISSUER: Says(
        "Chứng thư số không do tổ chức được công nhận cấp",
        "The certificate is of no authority that is recognised here",
    ),
    PdfVerdict.EXPIRED_NO_TIMESTAMP: Says(
        "Chứng thư số đã hết hạn và chữ ký không có dấu thời gian",
        "The certificate has expired, and the signature has no time stamp",
    ),
    PdfVerdict.REVOKED: Says("Chứng thư số đã bị thu hồi", "The certificate was revoked"),
    PdfVerdict.UNREADABLE: Says("Tệp được mã hóa hoặc không đọc được", "The file is encrypted or cannot be read"),
    PdfVerdict.NOT_READ: Says("Chưa kiểm tra được tệp", "The file was not examined"),
}


class Role(StrEnum):
    PERSON = "person"
    AGENCY = "agency"
    UNKNOWN = "unknown"


class Names(NamedTuple):
    """Of the message that carries the file: the issuer's names (of the message and of the directory), and its signer
    by its `SignerInfo`."""

    agency: tuple[str, ...] = ()
    signer: str = ""


class Signed(NamedTuple):
    """One signature with its role. `others`: the agency that it names is another one."""

    signature: PdfSignature
    role: Role
    others: bool
    verdict: PdfVerdict


class Judged(NamedTuple):
    """A file. verdict: the gravest that holds. between: content was added between signatures, as clerks do."""

    verdict: PdfVerdict
    signed: tuple[Signed, ...]
    between: bool

    @property
    def by_leader(self) -> bool:
        """A person signed it, and that signature holds: the 70 % of the seed counts these."""
        good = (PdfVerdict.VALID, PdfVerdict.VALID_UNTIMED)
        return any(one.role is Role.PERSON and one.verdict in good for one in self.signed)


def role(certificate: Certificate | None, names: Names) -> tuple[Role, bool]:
    """Whose certificate it is, and whether it is another agency's than the issuer's.

    The State's authorities put a person's name into CN and the office into O or OU, and an agency's name into CN. So a
    CN that is the issuer's name is the agency; the signer's name is the person; else a CN that equals its own O is
    some other agency, and anything else with an O is a person of it.
    """
    if certificate is None:
        return Role.UNKNOWN, False
    name, organization = fold(certificate.common_name), fold(certificate.organization)
    issuers = {fold(text) for text in names.agency if text}
    if name in issuers:
        return Role.AGENCY, False
    if names.signer and name == fold(names.signer):
        return Role.PERSON, False
    if name and name == organization:
        return Role.AGENCY, bool(issuers)
    return (Role.PERSON, False) if organization else (Role.UNKNOWN, False)


_OF_PATHS: Final = {
    Path.UNKNOWN_ISSUER: PdfVerdict.UNKNOWN_ISSUER,
    Path.INVALID: PdfVerdict.UNKNOWN_ISSUER,
    Path.NOT_YET_VALID: PdfVerdict.UNKNOWN_ISSUER,
    Path.EXPIRED: PdfVerdict.EXPIRED_NO_TIMESTAMP,
    Path.REVOKED: PdfVerdict.REVOKED,
}


def of_signature(signature: PdfSignature) -> PdfVerdict:
    """One signature by itself, apart from later additions."""
    if not (signature.intact and signature.sound) or signature.coverage is Coverage.PARTIAL:
        return PdfVerdict.DIGEST_MISMATCH
    if signature.path is not Path.TRUSTED:
        return _OF_PATHS[signature.path]
    timed = signature.time_source is TimeSource.STAMP
    return PdfVerdict.VALID if timed else PdfVerdict.VALID_UNTIMED


_TROUBLES: Final = {Trouble.NOT_READ: PdfVerdict.NOT_READ}
_HARMLESS: Final = (Change.NONE, Change.PROOFS)
_GRAVEST: Final = (
    PdfVerdict.DIGEST_MISMATCH,
    PdfVerdict.MODIFIED_AFTER,
    PdfVerdict.REVOKED,
    PdfVerdict.UNKNOWN_ISSUER,
    PdfVerdict.EXPIRED_NO_TIMESTAMP,
    PdfVerdict.WRONG_AGENCY,
    PdfVerdict.ONE_SIGNATURE_ONLY,
    PdfVerdict.VALID_UNTIMED,
    PdfVerdict.VALID,
)
"""The first that holds for any signature is the file's."""

_Rule = Callable[[Sequence[Signed]], bool]

_OF_ALL: Final[dict[PdfVerdict, _Rule]] = {
    PdfVerdict.MODIFIED_AFTER: lambda signed: signed[-1].signature.changes not in _HARMLESS,
    PdfVerdict.WRONG_AGENCY: lambda signed: any(one.others for one in signed),
    PdfVerdict.ONE_SIGNATURE_ONLY: lambda signed: not {Role.PERSON, Role.AGENCY} <= {one.role for one in signed},
}
"""Questions about all signatures of a file together."""


def judge(facts: PdfFacts, names: Names) -> Judged:
    """The file's verdict, each signature's, and whether something was added between them."""
    if facts.trouble is not None:
        return Judged(_TROUBLES.get(facts.trouble, PdfVerdict.UNREADABLE), (), False)
    if not facts.signatures:
        return Judged(PdfVerdict.IMAGE_ONLY if facts.images_only else PdfVerdict.NO_SIGNATURE, (), False)
    signed = tuple(Signed(one, *role(one.certificate, names), of_signature(one)) for one in facts.signatures)
    holds = {one.verdict for one in signed} | {verdict for verdict, rule in _OF_ALL.items() if rule(signed)}
    content = (Change.OTHER, Change.ANNOTATIONS)
    between = any(one.signature.changes in content for one in signed[:-1])
    return Judged(next(verdict for verdict in _GRAVEST if verdict in holds), signed, between)
