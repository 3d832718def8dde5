"""Times, numbers and ages, as each language writes them."""

from __future__ import annotations

import pytest

from hub.console import formats
from hub.console.formats import Lang
from hub.core.model import Millis

AT = Millis(1_669_100_712_345)  # 2022-11-22T07:05:12Z


def test_times_are_vietnams_whatever_the_machine_thinks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert formats.moment(AT, "vi") == "14:05 22/11/2022"
    assert formats.moment(AT, "en") == "14:05, 22 Nov 2022"
    assert formats.today(AT, "vi") == "14:05:12 thứ Ba 22/11/2022"
    assert formats.today(AT, "en") == "14:05:12 Tuesday 22 Nov 2022"
    assert formats.day(Millis(AT + 10 * 3_600_000), "vi") == "23/11/2022"


@pytest.mark.parametrize(
    ("ms", "vi", "en"),
    [
        (0, "0,0 giây", "0.0 s"),
        (-5, "0,0 giây", "0.0 s"),
        (700, "0,7 giây", "0.7 s"),
        (61_000, "1 phút 1 giây", "1 min 1 s"),
        (5_040_000, "1 giờ 24 phút", "1 h 24 min"),
        (183_600_000, "2 ngày 3 giờ", "2 d 3 h"),
        (86_400_000, "1 ngày", "1 d"),
    ],
)
def test_ages_have_two_units_at_most(ms: int, vi: str, en: str) -> None:
    assert (formats.age(ms, "vi"), formats.age(ms, "en")) == (vi, en)


@pytest.mark.parametrize(
    ("lang", "told"), [("vi", ("1.234.567", "0,7", "96,4\u00a0%")), ("en", ("1,234,567", "0.7", "96.4\u00a0%"))]
)
def test_numbers(lang: Lang, told: tuple[str, ...]) -> None:
    assert (formats.number(1234567, lang), formats.number(0.7, lang, 1), formats.share(0.964, lang)) == told
    assert formats.size(210_000, lang) == "210 kB"
    assert formats.size(999, lang) == "999 B"
