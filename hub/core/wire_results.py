"""Electronic results, as records of the wire."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.core.wire import Named, Wire


class ResultTold(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A registered result. `standing` at the time that was asked for: valid, revoked, superseded, expired,
    not-yet-valid, unknown; `since` when it began; `later`: its standing after that time, where that is another.
    `same_file`: whether the digest that was shown is the registered one; absent where none was shown.

    The members from `name` on are told where the caller shows the digest or the owner's tag. `file`: the verdict on the
    signatures inside the registered file, as `SignedFile.verdict`; absent where it was not read. `retrievable`: its
    bytes stand with the document that registered it. `document`, `ended_by`: the documents whose receipts prove it."""

    code: str
    issuer: str
    issuer_name: str = ""
    standing: str
    since: str = ""
    later: str = ""
    successor: str = ""
    same_file: bool | None = None
    whole: bool = False
    name: str = ""
    kind: str = ""
    procedure: str = ""
    sha256: str = ""
    first: str = ""
    last: str = ""
    registered: str = ""
    document: Named = ""
    copy: str = ""
    copy_of: str = ""
    converted_at: str = ""
    converted_by: str = ""
    reason: str = ""
    decision: str = ""
    ended_by: Named = ""
    file: str = ""
    retrievable: bool = False


class ResultVerified(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`standing` of all `items`: the one that they share, `several` where they differ, `unknown` where there is none.
    `at`: the time that the answer is for; `behind`: documents that were accepted and not taken in yet, so that a
    revocation may be among them."""

    at: str
    standing: str
    behind: Annotated[int, msgspec.Meta(ge=0)] = 0
    items: list[ResultTold] = []


class OfDossiers(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A measure of dossiers: `percent` of `part` in `whole`, with two decimals; absent where there is nothing to divide
    by. `code` as in `DossierMeasure`."""

    code: str
    part: int
    whole: int
    percent: float | None = None


class DossierMeasure(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What a measure divides by what, in words. `then`: the percentage that the conference of 11 November 2022 told
    for it."""

    code: str
    vi: str
    en: str
    defined_vi: str
    defined_en: str
    then: str = ""


class ResultLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Results that an agency (or all) registered: `claimed`; of these `converted` from paper; `attached` with their
    file, so that it is retrieved by its digest; `signed`: that file bears a signature; `verified`: the agency's own
    signature holds, and nothing is wrong with the file. Shares are of `claimed`; `of_dossiers` are of the dossiers that
    it solved or received."""

    key: str
    name: str = ""
    claimed: int = 0
    converted: int = 0
    attached: int = 0
    signed: int = 0
    verified: int = 0
    share_signed: float | None = None
    share_verified: float | None = None
    share_attached: float | None = None
    of_dossiers: tuple[OfDossiers, ...] = ()


class ResultMeasures(Wire, frozen=True, kw_only=True):
    """Of the months from `first` to `last`. `read`: whether this hub reads attachments; where it does not, `signed`
    and `verified` say nothing. `behind`: documents that were not looked at yet."""

    first: str
    last: str
    read: bool
    behind: int
    defined_vi: str
    defined_en: str
    total: ResultLine
    lines: list[ResultLine]
    measures: tuple[DossierMeasure, ...]
    cursor: str = ""
