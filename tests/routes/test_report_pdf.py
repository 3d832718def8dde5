"""A report of a period as PDF over HTTP: the same bytes for the same report, every letter, bounded, and said where the
extra is not there."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from hub.core.wire_report import PeriodReport
from hub.typeset import bounds, child, layout
from tests.support.axis import SON_LA, VPCP
from tests.support.web import OPERATOR, Web, a_web

PERIOD = "/v1/reports/period?period=month&first=2026-11-01&last=2026-11-30"
ALPHABET = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđĐƯỀỰỘ"


async def a_report(web: Web) -> PeriodReport:
    await web.send(VPCP, SON_LA)
    return (await web.get(PERIOD, OPERATOR)).record(PeriodReport)


async def test_the_same_report_is_the_same_file_and_asked_for_in_two_ways(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        report = await a_report(web)
        first = await web.get(f"{PERIOD}&format=pdf", OPERATOR)
        assert (first.status, first.headers["Content-Type"]) == (200, "application/pdf"), first.body[:400]
        assert first.headers["Content-Disposition"].endswith('"truc-month-2026-11-01-2026-11-30.pdf"')
        assert first.body.startswith(b"%PDF-")
        accepted = await web.get(PERIOD, OPERATOR, headers={"Accept": "application/pdf"})
        assert accepted.body == first.body
        again = await child.report(report, "vi")
        assert again.pdf == (await child.report(report, "vi")).pdf == first.body, "made anew, by another process"
        assert again.seconds > 0
        assert (await child.report(report, "en")).pdf != first.body
        assert (await web.get(f"{PERIOD}&format=pdf", SON_LA)).status == 403
        assert (await web.get(f"{PERIOD}&format=doc", OPERATOR)).status == 400


async def test_every_letter_is_there_and_nothing_is_markup(tmp_path: Path, keys: Path) -> None:
    """PDF/A has no place for a letter that the font has not: a file is made, so all are there."""
    async with a_web(tmp_path, keys) as web:
        report = await a_report(web)
    evil = '#panic("x") $ x $ *b* \\ ] #read("/etc/passwd") 😀 漢 \u202e \x07 @a <b> `c`'
    unit = msgspec.structs.replace(report.units[0], name=f"{ALPHABET} {ALPHABET.upper()} {evil}", sent=1)
    lied = msgspec.structs.replace(report, units=[unit])
    assert (await child.report(lied, "vi")).pdf.startswith(b"%PDF-")
    told = layout.printable(f"{ALPHABET}{ALPHABET.upper()}")
    assert "<U+" not in told
    assert layout.printable("a\u0306\u0301") == "ắ"
    assert layout.printable("\u202e😀") == "<U+202E><U+1F600>"


async def test_a_long_report_is_cut_and_says_so(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        report = await a_report(web)
    units = [msgspec.structs.replace(report.units[0], code=f"X{n}", sent=n) for n in range(1, 12_000)]
    page = layout.page_of(msgspec.structs.replace(report, units=units), "vi")
    by_unit = page.tables[2][2]
    assert len(by_unit) == layout.MOST_UNITS
    assert "(X11999)" in by_unit[0][1]
    assert any("11999" in note for note in page.notes)


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_a_hub_without_the_extra_says_what_to_install(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    async with a_web(tmp_path, keys) as web:
        monkeypatch.setitem(sys.modules, "typst", None)
        refused = await web.get(f"{PERIOD}&format=pdf&lang={lang}", OPERATOR)
        assert (refused.status, refused.problem.code) == (501, "HUB_NOT_INSTALLED")
        assert "truc[reports]" in refused.problem.hint_vi
        assert (await web.get(PERIOD, OPERATOR)).status == 200


async def test_a_page_that_costs_too_much_ends_with_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless page, ended by the kernel, and no page at all: errors, and nothing of the hub is touched."""
    monkeypatch.setattr(child, "_WALL", 5.0)
    for source in (b"#while true {}\0{}", b"#panic()\0{}", b"#range(1000000000).map(str).join()\0{}"):
        with pytest.raises(child.Unavailable):
            await child._made(source)
    assert bounds.SECONDS <= 20
