"""Leaders' signatures: the 70 % of the seed, as counts that add up and shares that are defined.

    share of documents   documents with a PDF whose attachments bear at least one person's valid signature, out of all
                         documents with a PDF that were read. Those that were not read are told beside it, for they are
                         a hole and no zero.
    share of agencies    agencies that sent at least one such document, out of all that sent a document with a PDF that
                         was read

Both of a span of months (by the hub's time of acceptance, Vietnam's calendar), for the country, each tier, each agency.
A signature is valid as `hub.programmes.signatures.verdict` has it: intact, of a recognised authority, not revoked; with
a time stamp or without. The signer's certificate tells that it is a person's, not whether that person leads the agency.

The outcome of a document is a case as those of programmes are, so the same store counts it, and a measure of results:
how many that it registers are signed, and how many of those verify.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from hub.core.model import Millis, Tier, vietnam_date
from hub.programmes.riding import Case, Measure
from hub.programmes.signatures.looked import GOOD, Bearing, LookedFile, bearing
from hub.programmes.signatures.verdict import PdfVerdict

PROGRAMME: Final = "signatures"
VERSION: Final = 2
"""Another one means that all files are read again."""
SENDER: Final = "sender"
DOCUMENT: Final = "document"
RESULT_SIGNED, RESULT_VERIFIED, DOSSIER_VERIFIED = "result-signed", "result-verified", "dossier-verified"
"""Measures of the results that a document registers and carries: their file bears signatures; those hold; it is the
first result of its dossier, and they hold."""

_ENCODER: Final = msgspec.json.Encoder()
_FILES: Final = msgspec.json.Decoder(tuple[LookedFile, ...])


def case_of(id: str, sender: str, accepted: Millis, files: Sequence[LookedFile], results: Mapping[str, bool]) -> Case:
    """Of one document with PDFs. `results`: digests of the files that it registers as results, and whether each is the
    first one of its dossier."""
    bears, month = bearing(files), f"{vietnam_date(accepted):%Y-%m}"
    meant = [file for file in files if file.sha256 in results]
    counts = {
        bears.value: 1,
        RESULT_SIGNED: sum(bool(file.signatures) for file in meant),
        RESULT_VERIFIED: sum(verified(file) for file in meant),
        DOSSIER_VERIFIED: sum(verified(file) and results[file.sha256] for file in meant),
    }
    return Case(
        id=id,
        kind=DOCUMENT,
        state=bears.value,
        parties=((SENDER, sender),),
        opened=vietnam_date(accepted),
        ended=vietnam_date(accepted),
        measures=tuple(Measure(month, name, count) for name, count in counts.items() if count),
        body=_ENCODER.encode(tuple(files)),
    )


def files_of(body: bytes) -> tuple[LookedFile, ...]:
    return _FILES.decode(body)


def verified(file: LookedFile) -> bool:
    """A result's file: the agency's own signature holds, and nothing about the file is wrong. One signature is enough,
    for the law asks for the agency's (NĐ 45/2020 Art. 14.3)."""
    return file.by_agency and file.verdict in (*GOOD, PdfVerdict.ONE_SIGNATURE_ONLY)


class Leaders(NamedTuple):
    """Documents with a PDF, by their signatures; agencies that sent one that was read, and those of whom a person
    signed."""

    leader: int = 0
    agency: int = 0
    faulty: int = 0
    unsigned: int = 0
    unread: int = 0
    agencies: int = 0
    agencies_signing: int = 0

    @property
    def read(self) -> int:
        return self.leader + self.agency + self.faulty + self.unsigned

    @property
    def share_documents(self) -> float | None:
        """None where there is nothing to divide by."""
        return self.leader / self.read if self.read else None

    @property
    def share_agencies(self) -> float | None:
        return self.agencies_signing / self.agencies if self.agencies else None

    def plus(self, other: Leaders) -> Leaders:
        return Leaders(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


class Counted(NamedTuple):
    """An agency's month and measure, as the store of programmes sums it."""

    agency: str
    measure: str
    n: int


def by_agency(rows: Iterable[Counted]) -> dict[str, Leaders]:
    """Each agency's own, of all months alike."""
    counts: dict[str, dict[str, int]] = {}
    known = {bearing.value for bearing in Bearing}
    for row in rows:
        if row.measure in known:
            of = counts.setdefault(row.agency, {})
            of[row.measure] = of.get(row.measure, 0) + row.n
    found = {}
    for agency, of in counts.items():
        own = Leaders(**of)
        found[agency] = own._replace(agencies=int(own.read > 0), agencies_signing=int(own.leader > 0))
    return found


def total(lines: Iterable[Leaders]) -> Leaders:
    made = Leaders()
    for line in lines:
        made = made.plus(line)
    return made


def by_tier(found: Mapping[str, Leaders], tiers: Mapping[str, Tier]) -> dict[Tier, Leaders]:
    """Of each tier, all of them, also those of which nothing came."""
    return {tier: total(line for agency, line in found.items() if tiers.get(agency) is tier) for tier in Tier}
