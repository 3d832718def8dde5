"""Times, numbers and ages as people read them: Vietnam's clock, both languages. Pure.

14:05 22/11/2022 · 14:05, 22 Nov 2022        1.234.567 · 1,234,567
0,7 giây · 0.7 s                             2 ngày 3 giờ · 2 d 3 h
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Literal

from hub.core.model import VIETNAM, Millis

Lang = Literal["vi", "en"]
_DAYS: Final = {
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS: Final = ((86_400_000, "ngày", "d"), (3_600_000, "giờ", "h"), (60_000, "phút", "min"), (1_000, "giây", "s"))
_BYTES: Final = ("B", "kB", "MB", "GB", "TB")


def _of(at: Millis) -> datetime:
    return datetime.fromtimestamp(at / 1000, VIETNAM)


def day(at: Millis, lang: Lang) -> str:
    return of_day(_of(at).date(), lang)


def of_day(day: date, lang: Lang) -> str:
    return f"{day:%d/%m/%Y}" if lang == "vi" else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment(at: Millis, lang: Lang) -> str:
    """To the minute."""
    return f"{_of(at):%H:%M}{',' if lang == 'en' else ''} {day(at, lang)}"


def second(at: Millis, lang: Lang) -> str:
    """The time of a day alone, to the second."""
    return f"{_of(at):%H:%M:%S}"


def today(at: Millis, lang: Lang) -> str:
    """`14:05:12 thứ Ba 22/11/2022`."""
    return f"{second(at, lang)} {_DAYS[lang][_of(at).weekday()]} {day(at, lang)}"


def number(value: float, lang: Lang, digits: int = 0) -> str:
    """With separators of thousands; `digits` after the comma."""
    text = f"{value:,.{digits}f}"
    return text.translate({ord(","): ".", ord("."): ","}) if lang == "vi" else text


def share(value: float, lang: Lang) -> str:
    """Of 1: `96,4 %`."""
    return f"{number(value * 100, lang, 1)}\u00a0%"


def age(ms: int, lang: Lang) -> str:
    """In two units at most: `2 ngày 3 giờ`, `1 giờ 24 phút`, `0,7 giây`."""
    ms = max(0, ms)
    if ms < 10_000:
        return f"{number(ms / 1000, lang, 1)} {'giây' if lang == 'vi' else 's'}"
    words = 2 if lang == "vi" else 3
    for place, unit in enumerate(_UNITS):
        if ms < unit[0]:
            continue
        count, rest = divmod(ms, unit[0])
        told = f"{count} {unit[words - 1]}"
        if place + 1 < len(_UNITS) and (more := rest // _UNITS[place + 1][0]):
            told += f" {more} {_UNITS[place + 1][words - 1]}"
        return told
    return "0"


def size(count: int, lang: Lang) -> str:
    """`210 kB`, in steps of 1000."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_BYTES) - 1:
        value, unit = value / 1000, unit + 1
    return f"{number(value, lang, 1 if unit and value < 10 else 0)} {_BYTES[unit]}"
