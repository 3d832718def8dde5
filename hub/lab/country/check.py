"""Whether the facts of the country agree with the law and with one another; `python -m` this module says where not.

1. The totals of the law: 63, 705 and 10,599 units by kind in 2022, 34 and 3,321 in July 2025, 11,189 mergers; and the
   same for each province.
2. Every unit has its parent; no code of the statistics office, and none of ours, is used twice.
3. Every old unit has one main heir and says rightly whether it was split; every new unit was formed of something; none
   lies outside the province into which the old one's went.
4. Codes of level 1: closed ones are closed, merged ones have an heir that lives on, reserved ones are free.
5. Departments have heirs; the one directory that is known agrees with our numbers after it.
6. Files are UTF-8 in NFC, with the letters of Vietnamese and no look-alike, in the order of their codes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from unicodedata import normalize

from hub.lab.country import offices
from hub.lab.country.communes import Commune, Founded, Merger, communes, communes_2025, mergers
from hub.lab.country.provinces import Department, District, Province, departments, districts, provinces, provinces_2025
from hub.lab.country.tables import TAY_NINH, Listed, National, Row, nationals, rows, tay_ninh, text
from hub.lab.country.tay_ninh import parent_of

TOTALS: Final = {
    "provinces of 2022": 63,
    "districts": 705,
    "communes of 2022": 10_599,
    "xã of 2022": 8_253,
    "phường of 2022": 1_732,
    "thị trấn of 2022": 614,
    "provinces of 2025": 34,
    "communes of 2025": 3_321,
    "xã of 2025": 2_621,
    "phường of 2025": 687,
    "đặc khu of 2025": 13,
    "mergers": 11_189,
    "entries of Tây Ninh": 372,
}
CLOSED: Final = frozenset(["G04", "G05", "G07", "G13", "G14", "G23", "G24", "G25", "G26", "G34", "G36", "G37"])
RESERVED: Final = frozenset(("G29", "G33"))
FILES: Final = (
    "provinces_2022", "provinces_2025", "districts_2022", "communes_2022", "communes_2025", "merge_2025", "level1",
    "departments", "h53_2020",
)  # fmt: skip
_UNLIKE: Final = re.compile("[\u00d0\u0189\u00f0\u0256\u200b\ufeff\ufffd]")
_RENAMED_SINCE_2020: Final = {("35", "Long Hoa"), ("37", "Thạnh Đông"), ("38", "Phước Bình")}
"""Long Hoa was the township Hòa Thành, Phước Bình was formed of two; the list misspells the third."""


class Facts(NamedTuple):
    """All that is checked."""

    provinces: tuple[Province, ...]
    provinces_2025: tuple[Province, ...]
    districts: tuple[District, ...]
    communes: tuple[Commune, ...]
    communes_2025: tuple[Founded, ...]
    mergers: tuple[Merger, ...]
    nationals: tuple[National, ...]
    departments: tuple[Department, ...]
    tay_ninh: tuple[Listed, ...]
    rows: dict[str, list[Row]]
    texts: dict[str, str]


def facts_of_the_package() -> Facts:
    return Facts(
        provinces(),
        tuple(provinces_2025().values()),
        districts(),
        communes(),
        communes_2025(),
        mergers(),
        nationals(),
        departments(),
        tay_ninh(),
        {name: list(rows(name)) for name in ("provinces_2022", "provinces_2025", "districts_2022")},
        {name: text(name) for name in FILES},
    )


def problems(facts: Facts) -> list[str]:
    """Everything that does not agree, in words; empty where the facts are sound."""
    return [*_orphans(facts)] or [problem for check in _CHECKS for problem in check(facts)]


def _orphans(facts: Facts) -> Iterator[str]:
    """Units without the unit above them; all else is checked where there are none."""
    of_2022, of_2025 = {p.number for p in facts.provinces}, {p.number for p in facts.provinces_2025}
    within = {d.gso for d in facts.districts}
    yield from (f"province H{p.number}: no H{p.into} lives on" for p in facts.provinces if p.into not in of_2025)
    yield from (f"district {d.gso}: no province H{d.province}" for d in facts.districts if d.province not in of_2022)
    yield from (f"commune {c.gso}: no district {c.district}" for c in facts.communes if c.district not in within)
    yield from (f"commune {c.gso}: no province H{c.province}" for c in facts.communes_2025 if c.province not in of_2025)
    for row in facts.rows["districts_2022"]:
        if row["gso"] not in within:
            yield f"district {row['gso']} is missing"


def _totals(facts: Facts) -> Iterator[str]:
    old, new = Counter(c.kind for c in facts.communes), Counter(c.kind for c in facts.communes_2025)
    found = {
        "provinces of 2022": len(facts.provinces),
        "districts": len(facts.districts),
        "communes of 2022": len(facts.communes),
        **{f"{kind} of 2022": count for kind, count in old.items()},
        "provinces of 2025": len(facts.provinces_2025),
        "communes of 2025": len(facts.communes_2025),
        **{f"{kind} of 2025": count for kind, count in new.items()},
        "mergers": len(facts.mergers),
        "entries of Tây Ninh": len(facts.tay_ninh),
    }
    for name in found.keys() | TOTALS.keys():
        if found.get(name, 0) != TOTALS.get(name, 0):
            yield f"{name}: {found.get(name, 0)}, not {TOTALS.get(name, 0)}"


def _by_province(facts: Facts) -> Iterator[str]:
    """The statements of each province's row."""
    in_2022 = Counter((d.province, "districts") for d in facts.districts)
    province_of = {d.gso: d.province for d in facts.districts}
    in_district = Counter(c.district for c in facts.communes)
    for c in facts.communes:
        in_2022.update([(province_of[c.district], "communes"), (province_of[c.district], c.kind)])
    in_2025 = Counter((c.province, key) for c in facts.communes_2025 for key in ("communes", c.kind))
    kinds = {"phuong": "phường", "thi_tran": "thị trấn", "xa": "xã", "dac_khu": "đặc khu"}
    for year, found in (("2022", in_2022), ("2025", in_2025)):
        for row in facts.rows[f"provinces_{year}"]:
            for column in ("districts", "communes", *kinds):
                count = found[int(row["code_h"][1:]), kinds.get(column, column)]
                if column in row and count != int(row[column]):
                    yield f"{row['code_h']} in {year}: {count} {column}, not {row[column]}"
    for row in facts.rows["districts_2022"]:
        if in_district[row["gso"]] != int(row["communes"]):
            yield f"district {row['gso']}: {in_district[row['gso']]} communes, not {row['communes']}"
    merged: dict[str, str] = {}
    for p in facts.provinces:
        merged[f"H{p.into:02d}"] = f"{merged.get(f'H{p.into:02d}', '')} H{p.number:02d}".strip()
    yield from _differences("formed of", merged, {r["code_h"]: r["formed_of_h"] for r in facts.rows["provinces_2025"]})


def _differences(what: str, one: dict[str, str], other: dict[str, str]) -> Iterator[str]:
    for key in sorted(one.keys() | other.keys()):
        if one.get(key) != other.get(key):
            yield f"{key} {what}: {one.get(key)}, not {other.get(key)}"


def _parents(facts: Facts) -> Iterator[str]:
    of_districts = {d.gso: d for d in facts.districts}
    gso_of = {p.number: p.gso for p in facts.provinces}
    for row in facts.rows["districts_2022"]:
        if gso_of[int(row["province_h"][1:])] != row["province_gso"]:
            yield f"district {row['gso']}: {row['province_gso']} is not {row['province_h']}"
    yield from _twice(
        "GSO code of 2022",
        [*(p.gso for p in facts.provinces), *(d.gso for d in facts.districts), *(c.gso for c in facts.communes)],
    )
    yield from _twice(
        "GSO code of 2025", [*(p.gso for p in facts.provinces_2025), *(c.gso for c in facts.communes_2025)]
    )
    yield from _twice("code", map(offices.district_code, facts.districts))
    yield from _twice("code", (offices.commune_code(c, of_districts[c.district]) for c in facts.communes))
    yield from _twice("code", map(offices.founded_code, facts.communes_2025))
    yield from _twice("name in a province of 2025", ((c.province, c.name, c.kind) for c in facts.communes_2025))


def _twice(what: str, values: Iterable[object]) -> Iterator[str]:
    yield from (f"{what} twice: {value}" for value, count in Counter(values).items() if count > 1)


def _heirs(facts: Facts) -> Iterator[str]:
    into = {p.number: p.into for p in facts.provinces}
    old = {d.gso: into[d.province] for d in facts.districts}
    old |= {c.gso: old[c.district] for c in facts.communes}
    new = {c.gso: c.province for c in facts.communes_2025}
    empty = {d.gso for d in facts.districts} - {c.district for c in facts.communes}
    expected = {c.gso for c in facts.communes} | empty
    mains, parts = Counter(m.old for m in facts.mergers if m.main), Counter(m.old for m in facts.mergers)
    yield from (f"{gso}: {mains[gso]} main heirs" for gso in sorted(expected | parts.keys()) if mains[gso] != 1)
    yield from (f"{gso}: no old unit" for gso in sorted(parts.keys() - expected))
    yield from (f"{gso}: formed of nothing" for gso in sorted(new.keys() - {m.new for m in facts.mergers}))
    yield from _twice("merger", ((m.old, m.new) for m in facts.mergers))
    for m in facts.mergers:
        if m.new not in new:
            yield f"{m.old}: no new unit {m.new}"
        elif m.old in old and new[m.new] != old[m.old]:
            yield f"{m.old} went to H{new[m.new]}, its province to H{old[m.old]}"
        if m.part != (parts[m.old] > 1):
            yield f"{m.old} → {m.new}: {parts[m.old]} parts"


def _level_1(facts: Facts) -> Iterator[str]:
    by_code = {body.code: body for body in facts.nationals}
    yield from _twice("code of level 1", (body.code for body in facts.nationals))
    closed = {body.code for body in facts.nationals if body.status == "closed"}
    yield from (f"{code}: closed in one place only" for code in sorted(closed ^ CLOSED))
    yield from (f"{code} is held in reserve" for code in sorted(RESERVED & by_code.keys()))
    for body in facts.nationals:
        if body.successor and (body.successor not in by_code or by_code[body.successor].status == "closed"):
            yield f"{body.code}: {body.successor} does not live on"
        if (body.status in ("renamed", "new")) != bool(body.renamed) or body.status not in (
            "",
            "closed",
            "renamed",
            "new",
        ):
            yield f"{body.code}: {body.status or 'as before'}, and named {body.renamed!r}"


def _departments(facts: Facts) -> Iterator[str]:
    numbers = {p.number for p in facts.provinces}
    by_number = {d.number: d for d in facts.departments}
    yield from _twice("department", (d.number for d in facts.departments))
    yield from _twice("department of H15", (d.number_h15 for d in facts.departments if d.number_h15))
    for d in facts.departments:
        yield from (f"department {d.number}: no province H{n}" for n in sorted(d.where - numbers))
        for heir in (d.into, d.else_into):
            if heir and (heir not in by_number or by_number[heir].into):
                yield f"department {d.number}: its heir {heir} ended too"


def _tay_ninh(facts: Facts) -> Iterator[str]:
    """The list against our numbers of departments, districts and communes."""
    listed = dict(facts.tay_ninh)
    yield from _twice("code of Tây Ninh", (entry.code for entry in facts.tay_ninh))
    for code in listed:
        if code != offices.province_code(TAY_NINH) and parent_of(code) not in listed:
            yield f"{code}: no {parent_of(code)} above it"
    ours = {offices.department_code(TAY_NINH, d.number): d.name for d in facts.departments if d.is_in(TAY_NINH)}
    within = {d.gso: d for d in facts.districts if d.province == TAY_NINH}
    ours |= {offices.district_code(d): d.name for d in within.values()}
    for c in facts.communes:
        if c.district in within and (str(within[c.district].number), c.name) not in _RENAMED_SINCE_2020:
            ours[offices.commune_code(c, within[c.district])] = c.name
    for code, name in ours.items():
        if _plain(name.split(" Ủy ban")[0]) not in _plain(listed.get(code, "")):
            yield f"{code}: {name}, in the list {listed.get(code, 'not there')!r}"


def _plain(name: str) -> str:
    """For comparing: the older and the newer place of a tone mark are the same."""
    return normalize("NFC", name).lower().replace("oà", "òa")


def _letters(facts: Facts) -> Iterator[str]:
    for name, content in facts.texts.items():
        if normalize("NFC", content) != content or "\r" in content or _UNLIKE.search(content):
            yield f"{name}: not plain NFC with line feeds"
        keys = [line.partition(",")[0] for line in content.splitlines()[1:]]
        if keys != sorted(keys) and name != "h53_2020":
            yield f"{name}: not in the order of its codes"


_CHECKS: Final = (_totals, _by_province, _parents, _heirs, _level_1, _departments, _tay_ninh, _letters)

if __name__ == "__main__":
    raise SystemExit("\n".join(problems(facts_of_the_package())) or None)
