"""Text as it is searched: words without accents, the same from any keyboard or program.

`fold` makes of any text words of lower-case letters and digits with one space between them: composed or decomposed,
wide or narrow, with or without diacritics, đ Đ ð Ð as d. Applied twice it changes nothing. Documents and queries go
through it alike, so the finds of a query depend on no database's idea of a letter; and the result holds nothing that
any search engine takes for syntax.

`tag` makes one word of an identifier, by which a document is found as a whole: an agency's code, a DocumentId, a
digest. Tags contain no text of their senders.
"""

from __future__ import annotations

import unicodedata
from base64 import b32encode
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Final

LONGEST: Final = 40
"""Characters of a word; of a longer one its beginning counts."""

_REMEMBERED: Final = 50_000
_AS_D: Final = "đĐðÐ"
_DAY: Final = timedelta(days=1)
_FIRST: Final = date(1945, 1, 1)
_LAST: Final = date(2099, 12, 31)


class _Folded(dict[int, str]):
    """Each character's folded form, worked out when it is first met: letters and digits, or a space."""

    def __missing__(self, point: int) -> str:
        bare = _bare(chr(point))
        if len(self) < _REMEMBERED:  # hostile text has a million different characters
            self[point] = bare
        return bare


def _bare(text: str) -> str:
    """Until there is nothing more to take off: some letters have parts that fold again."""
    while True:
        parts = unicodedata.normalize("NFKD", text.casefold())
        bare = "".join(_plain(c) for c in parts if not unicodedata.category(c).startswith("M"))
        if bare == text:
            return bare
        text = bare


def _plain(character: str) -> str:
    if character in _AS_D:
        return "d"
    return character if character.isalnum() else " "


_FOLDED: Final = _Folded()


def fold(text: str) -> str:
    """`0512/QĐ-UBND  Đắk R'lấp` → `0512 qd ubnd dak r lap`."""
    return " ".join(word[:LONGEST] for word in text.translate(_FOLDED).split())


def words(text: str) -> tuple[str, ...]:
    return tuple(fold(text).split())


@lru_cache(maxsize=32_768)
def tag(kind: str, value: str) -> str:
    """One word for this value of this kind, 14 characters; `kind` is a letter of ours."""
    return kind + b32encode(blake2b(value.encode(), digest_size=8).digest()).decode().rstrip("=").lower()


def day_tags(day: date) -> tuple[str, str, str]:
    """A day as its year, month and day, by which `span_tags` finds it."""
    return f"y{day:%Y}", f"m{day:%Y%m}", f"d{day:%Y%m%d}"


def span_tags(first: date, last: date) -> tuple[str, ...]:
    """Of the days from `first` to `last`, both included: whole years, whole months, single days; at most some hundreds,
    however long the span is. Days before 1945 and after 2099 have none."""
    day, end = max(first, _FIRST), min(last, _LAST)
    tags = []
    while day <= end:
        year, month = date(day.year, 12, 31), _month_ends(day)
        if (day.month, day.day) == (1, 1) and year <= end:
            tags.append(day_tags(day)[0])
            day = year + _DAY
        elif day.day == 1 and month <= end:
            tags.append(day_tags(day)[1])
            day = month + _DAY
        else:
            tags.append(day_tags(day)[2])
            day += _DAY
    return tuple(tags)


def _month_ends(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
