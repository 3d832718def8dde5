"""Signatures inside the attachments of documents."""

from __future__ import annotations

from hub.core.wire.base import Wire


class PdfSignature(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One signature. `verdict`: by itself; additions to the file after it play no part. `role`: person, agency,
    unknown. `signer`, `organization`, `issuer`, `certificate` (SHA-256): as the certificate says. `time`: as its
    `time_source` tells it: time-stamp, untrusted-time-stamp, claimed (the signer's word), none. `covers`: whole-file,
    revision, partial; `changes_after`: none, proofs, form, annotations, other, unknown. `revocation_known`: a list of
    revocations had its say."""

    verdict: str
    role: str
    signer: str
    organization: str
    issuer: str
    certificate: str
    time: str
    time_source: str
    covers: str
    changes_after: str
    revocation_known: bool = False


class SignedFile(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A PDF among the attachments: name as its sender wrote it, digest and size of its own bytes. `verdict`: the
    gravest that holds, in words `vi` and `en`. `content_added_between`: between its signatures, as clerks add number
    and date. `signed_by_leader`, `signed_by_agency`: a signature of a person, of an agency, holds."""

    name: str
    sha256: str
    size: int
    verdict: str
    vi: str
    en: str
    content_added_between: bool = False
    signed_by_leader: bool = False
    signed_by_agency: bool = False
    signatures: tuple[PdfSignature, ...] = ()


class Signatures(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Of a document's attachments, beside the verdict on the document itself. `state`: read; waiting, where the hub has
    not come to it yet; off, where it reads none. `bears`: leader, agency, faulty, unsigned, unread: of all of them
    together. `files`: its PDFs, in their order."""

    state: str
    bears: str = ""
    files: tuple[SignedFile, ...] = ()
