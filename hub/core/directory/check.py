"""The rules that make a set of agencies a directory, and every way in which a set is not one.

The rules, entry by entry (table `RULES`, 1 to 6) and over the whole (7 and 8):

1. A code is one word of ASCII letters, digits, dots, hyphens and underscores. Its shape is not judged else: the
   codes in use break both published schemes (QCVN 102, QĐ 20/2020), so the registered code counts.
2. A name is there, on one line.
3. Parent, successor, centre and further heirs are codes (QCVN 102) of entries of the same directory; no heir is named
   twice, nor the entry itself.
4. The first day of validity is not after the last one.
5. An agency's tier is never above its parent's.
6. A registered certificate's digest is the digest of its own bytes, and it is registered once per agency.
7. One code, in either system, names one agency.
8. Nobody is above itself, and nobody succeeds itself, however long the way round.

All problems are found and reported together: an importer of 120,000 entries corrects them in one go.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from hub.core.errors import DirectoryRefusal, Text
from hub.core.model import Agency, Tier

TIER_RANK: Final[Mapping[Tier, int]] = {tier: rank for rank, tier in enumerate(Tier)}
"""central 0, provincial 1, district 2, commune 3: the order of `Tier` is the order of the State."""

_CODE: Final = re.compile(r"\w[\w.\-]{0,63}", re.ASCII)
_NAMED: Final = 8
_NOT_ONE_LINE: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing wrong with one entry. `line` is its line in the file imported, 0 where there was no file."""

    entry: str
    field: str
    reason: str
    value: str
    vi: str
    en: str
    line: int = 0


class Rule(NamedTuple):
    """`broken(agency, by_code)` says whether the entry breaks the rule."""

    field: str
    reason: str
    broken: Callable[[Agency, Mapping[str, Agency]], bool]
    text: Text


def _bad_name(agency: Agency, _: Mapping[str, Agency]) -> bool:
    name = agency.name
    return not name or name != name.strip() or _NOT_ONE_LINE.search(name) is not None


def _ends_before_it_begins(agency: Agency, _: Mapping[str, Agency]) -> bool:
    return agency.valid_from is not None and agency.valid_to is not None and agency.valid_from > agency.valid_to


def _above_its_parent(agency: Agency, by_code: Mapping[str, Agency]) -> bool:
    parent = by_code.get(agency.parent) if agency.parent else None
    return parent is not None and TIER_RANK[agency.tier] < TIER_RANK[parent.tier]


def _bad_heirs(agency: Agency, by_code: Mapping[str, Agency]) -> bool:
    if not agency.heirs:
        return False
    named = (agency.code, agency.successor, *agency.heirs)
    return len(set(named)) != len(named) or any(code not in by_code for code in agency.heirs)


def _bad_certificates(agency: Agency, _: Mapping[str, Agency]) -> bool:
    digests = [c.sha256 for c in agency.certificates]
    true = [hashlib.sha256(c.der).hexdigest() for c in agency.certificates]
    return digests != true or len(set(digests)) != len(digests)


def _unknown(field: str) -> Callable[[Agency, Mapping[str, Agency]], bool]:
    def broken(agency: Agency, by_code: Mapping[str, Agency]) -> bool:
        code: str = getattr(agency, field)
        return code != "" and code not in by_code

    return broken


_CODE_TEXT: Final = Text(
    "Mã chỉ gồm chữ không dấu, số, dấu chấm, gạch ngang, gạch dưới; tối đa 64 ký tự",
    "A code is one word of ASCII letters, digits, dots, hyphens and underscores, at most 64",
)

_AMONG_ENTRIES: Final = frozenset(
    ("parent_unknown", "successor_unknown", "centre_unknown", "heir_unknown", "tier_above_parent")
)

RULES: Final[tuple[Rule, ...]] = (
    Rule("code", "code_malformed", lambda a, _: _CODE.fullmatch(a.code) is None, _CODE_TEXT),
    Rule(
        "code_qd20",
        "code_malformed",
        lambda a, _: a.code_qd20 != "" and _CODE.fullmatch(a.code_qd20) is None,
        _CODE_TEXT,
    ),
    Rule(
        "name",
        "name_malformed",
        _bad_name,
        Text("Thiếu tên, hoặc tên không nằm gọn một dòng", "No name, or not on one line"),
    ),
    Rule(
        "parent",
        "parent_unknown",
        _unknown("parent"),
        Text("Không có đơn vị cấp trên này", "No such parent agency"),
    ),
    Rule(
        "successor",
        "successor_unknown",
        _unknown("successor"),
        Text("Không có đơn vị kế thừa này", "No such successor agency"),
    ),
    Rule(
        "centre",
        "centre_unknown",
        _unknown("centre"),
        Text("Không có đơn vị đại diện này", "No such centre"),
    ),
    Rule(
        "heirs",
        "heir_unknown",
        _bad_heirs,
        Text(
            "Đơn vị nhận một phần không có trong danh mục, hoặc ghi lặp lại",
            "A further heir is no entry of the directory, or is named twice",
        ),
    ),
    Rule(
        "valid_to",
        "validity_reversed",
        _ends_before_it_begins,
        Text("Ngày hết hiệu lực trước ngày có hiệu lực", "It ends before it begins"),
    ),
    Rule(
        "tier",
        "tier_above_parent",
        _above_its_parent,
        Text("Cấp hành chính cao hơn đơn vị cấp trên", "Its tier is above its parent's"),
    ),
    Rule(
        "certificates",
        "certificate_malformed",
        _bad_certificates,
        Text(
            "Mã băm không phải của chứng thư kèm theo, hoặc chứng thư lặp lại",
            "A digest is not that of its certificate, or a certificate is registered twice",
        ),
    ),
)

ALONE: Final = tuple(rule for rule in RULES if rule.reason not in _AMONG_ENTRIES)
"""The rules that ask for no other entry."""

_DUPLICATE: Final = Text("Mã đã thuộc về đơn vị khác", "The code already names another entry")
_CYCLE: Final[Mapping[str, Text]] = {
    "parent": Text("Quan hệ cấp trên đi vòng tròn", "The line of parents comes back to its beginning"),
    "successor": Text("Quan hệ kế thừa đi vòng tròn", "The line of successors comes back to its beginning"),
}


def refuse(problems: Iterable[Problem]) -> None:
    """Raises DirectoryRefusal if there is any problem."""
    found = tuple(problems)
    if found:
        raise refusal(found)


def refusal(problems: Sequence[Problem]) -> DirectoryRefusal:
    """One refusal for all problems: `facts["problems"]` carries them, its text names the first ones."""
    named = [f"{p.entry or p.value} {p.field} {p.reason}".strip() for p in problems[:_NAMED]]
    if len(problems) > _NAMED:
        named.append(f"… ({len(problems)})")
    return DirectoryRefusal(found=", ".join(named), problems=tuple(problems))


def keys(agencies: Iterable[Agency]) -> tuple[dict[str, Agency], list[Problem]]:
    """Entries by QCVN 102 code, in the order given, and the codes given twice."""
    by_code: dict[str, Agency] = {}
    twice = []
    for agency in agencies:
        if agency.code in by_code:
            twice.append(duplicate(agency.code, "code", agency.code))
        else:
            by_code[agency.code] = agency
    return by_code, twice


def duplicate(entry: str, field: str, value: str) -> Problem:
    return Problem(entry, field, "duplicate_code", value, _DUPLICATE.vi, _DUPLICATE.en)


def aliases(agencies: Iterable[Agency], index: dict[str, Agency]) -> Iterator[Problem]:
    """Add each entry's QĐ 20 code to the index, yielding those that name somebody else already (rule 7)."""
    for agency in agencies:
        code = agency.code_qd20
        if code and index.setdefault(code, agency).code != agency.code:
            yield duplicate(agency.code, "code_qd20", code)


def entry_problems(agencies: Iterable[Agency], by_code: Mapping[str, Agency]) -> Iterator[Problem]:
    """Rules 1 to 6 for these entries of the directory `by_code`."""
    for agency in agencies:
        yield from rule_problems(agency, by_code, RULES)


def rule_problems(agency: Agency, by_code: Mapping[str, Agency], rules: Iterable[Rule]) -> Iterator[Problem]:
    """The rules that one entry breaks."""
    for rule in rules:
        if rule.broken(agency, by_code):
            yield Problem(agency.code, rule.field, rule.reason, _value(agency, rule.field), *rule.text)


def _value(agency: Agency, field: str) -> str:
    value = getattr(agency, field)
    if field == "certificates":
        return ", ".join(c.sha256 for c in value)
    return " ".join(value) if field == "heirs" else str(value)


def reserved_problems(
    agencies: Iterable[Agency], held: Callable[[str], Agency | None], reserved: Iterable[bytes]
) -> Iterator[Problem]:
    """Certificates that come into the directory with a key of the hub's own or of an authority. `reserved`: the public
    keys as every certificate has them in it (SubjectPublicKeyInfo, DER): so they are found without reading it."""
    keys_ = tuple(reserved)
    for agency in agencies:
        old = held(agency.code)
        known = {c.sha256 for c in old.certificates} if old else set()
        for certificate in agency.certificates:
            if certificate.sha256 not in known and any(key in certificate.der for key in keys_):
                yield Problem(agency.code, "certificates", "certificate_of_the_hub", certificate.sha256, *_RESERVED)


_RESERVED: Final = Text(
    "Khóa của chính Trục hoặc của tổ chức chứng thực không thể là khóa của đơn vị",
    "A key of the hub itself or of a certificate authority cannot be an agency's",
)


def cycle_problems(agencies: Iterable[Agency], by_code: Mapping[str, Agency]) -> Iterator[Problem]:
    """Rule 8 for every line that starts at one of these entries; each cycle is named once."""
    starts = tuple(agencies)
    for field, text in _CYCLE.items():
        for ring in _cycles(starts, by_code, field):
            yield Problem(ring[0], field, f"{field}_cycle", " → ".join([*ring, ring[0]]), text.vi, text.en)


def _cycles(starts: Iterable[Agency], by_code: Mapping[str, Agency], field: str) -> Iterator[list[str]]:
    settled: set[str] = set()
    for start in starts:
        if not getattr(start, field) or start.code in settled:
            continue
        walk: dict[str, None] = {}
        agency: Agency | None = start
        while agency is not None and agency.code not in settled and agency.code not in walk:
            walk[agency.code] = None
            above = getattr(agency, field)
            agency = by_code.get(above) if above else None
        if agency is not None and agency.code in walk:
            steps = list(walk)
            yield sorted_ring(steps[steps.index(agency.code) :])
        settled.update(walk)


def sorted_ring(ring: list[str]) -> list[str]:
    """The same cycle, told from its smallest code, so that it reads alike wherever it was entered."""
    at = ring.index(min(ring))
    return ring[at:] + ring[:at]
