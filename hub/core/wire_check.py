"""The doctor's answer on one message, as records of the wire."""

from __future__ import annotations

from hub.core.wire import Finding, Wire


class Refused(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Why it is no message at all, or may not travel: a code of Problem; a place where there is one."""

    code: str
    vi: str
    en: str
    hint_vi: str
    hint_en: str
    line: int = 0
    column: int = 0
    excerpt: str = ""


class PathLink(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One certificate of a signature, the signer's first. `root`: the trust anchor whose name issued it, if any."""

    subject: str
    issuer: str
    serial: str
    not_before: str
    not_after: str
    sha256: str
    root: str = ""


class CheckedSignature(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`verdict`: VALID, NOT_JUDGED where no trust anchors are at hand, or why not. `step`: the check that failed (5
    form, 6 certificate, 7 value, 8 content, 9 sender), and in words. `digest_expected`: the signed one,
    `digest_actual`: of the bytes that came, in hex. `registered`: whether the directory binds the certificate to the
    sender; absent where there is no directory."""

    verdict: str
    alg: str = ""
    certificate: str = ""
    registered: bool | None = None
    problem: Refused | None = None
    step: int = 0
    step_vi: str = ""
    step_en: str = ""
    canonicalisation: str = ""
    digest_method: str = ""
    digest_expected: str = ""
    digest_actual: str = ""
    path: tuple[PathLink, ...] = ()


class CheckedFile(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An attachment: its type as `declared` and as its bytes show (`real`); of one that came in a zip of its own the
    file inside."""

    name: str
    content_id: str = ""
    declared: str = ""
    real: str = ""
    size: int = 0
    sha256: str = ""
    zipped: bool = False
    problem: str = ""


class Checked(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Everything about one message. `ok`: nothing keeps it from travelling; `more`: findings beyond those listed."""

    ok: bool
    file: str = ""
    sha256: str = ""
    kind: str = ""
    sender: str = ""
    document_id: str = ""
    attachments: int = 0
    files: tuple[CheckedFile, ...] = ()
    findings: tuple[Finding, ...] = ()
    more: int = 0
    refused: tuple[Refused, ...] = ()
    signature: CheckedSignature | None = None
