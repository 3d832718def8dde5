"""How a person finds an agency: by the beginning of a code, or by words of its name, with or without accents.

Each entry becomes one line of folded text, `|000.00.18.h52|h52.18| so y te tinh son la`. A query is split at
white space, and an entry matches when every part begins one of its codes, or begins words of its name: `h52`,
`000.00.18`, `y te son`, `Sơn La`, `SON LA` and `h52 y te` all find the agency that their writer meant.

All lines together are one text, so that the rarest word is found by one search through it: every match of a part
contains each of the part's folded words, in a code or in a name, for codes are ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final, NamedTuple

from hub.core.model import Agency

_SAMPLE: Final = 1 << 18
_COUNTED: Final = 4
"""The longest words of a query: one of them is as rare as any."""
_SPACES: Final = re.compile(" +")


class _Folded(dict[int, str]):
    """Each character's folded form, worked out when it is first met."""

    def __missing__(self, point: int) -> str:
        parts = unicodedata.normalize("NFD", chr(point).lower())
        bare = "".join(c if c.isalnum() or c == "\n" else " " for c in parts if not unicodedata.combining(c))
        self[point] = bare
        return bare


_FOLDED: Final = _Folded({ord("đ"): "d", ord("Đ"): "d"})


def fold(text: str) -> str:
    """Lower case, no accents, đ as d, all but letters and digits as one space; lines stay lines.

    `Đắk R'lấp` → `dak r lap`.
    """
    return _SPACES.sub(" ", text.translate(_FOLDED)).strip(" ")


def lines(agencies: Iterable[Agency]) -> dict[str, str]:
    """The folded line of each entry, by code."""
    entries = list(agencies)
    if not entries:
        return {}
    names = fold("\n".join([" ".join(f"{a.name} {a.short_name}".split()) for a in entries])).split("\n")
    codes = (f"|{a.code.lower()}|{a.code_qd20.lower()}| " for a in entries)
    return {a.code: code + name.strip() for a, code, name in zip(entries, codes, names, strict=True)}


class Part(NamedTuple):
    """One word of a query: it begins a code, or each of `words` begins a word of the name."""

    code: str
    words: tuple[str, ...]


def parse(query: str) -> tuple[Part, ...]:
    """Parts of a query; punctuation that stands alone asks for nothing."""
    parts = (Part("|" + word.lower(), tuple(" " + w for w in fold(word).split())) for word in query.split())
    return tuple(dict.fromkeys(part for part in parts if part.words))


def matches(line: str, parts: tuple[Part, ...]) -> bool:
    """Whether an entry's line answers all parts of a query."""
    return all(code in line or all(word in line for word in words) for code, words in parts)


class Text(NamedTuple):
    """All lines, one after another, and where each begins."""

    text: str
    starts: list[int]

    @classmethod
    def of(cls, ordered: list[str]) -> Text:
        return cls("\n".join(ordered), list(accumulate((len(line) + 1 for line in ordered), initial=0)))

    def find(self, parts: tuple[Part, ...], first: int) -> Iterator[int]:
        """Numbers of the lines, from `first` on, that answer the query."""
        text, starts = self
        words = sorted({word.strip() for part in parts for word in part.words}, key=lambda word: (-len(word), word))
        rare = min(words[:_COUNTED], key=lambda word: text.count(word, 0, _SAMPLE))
        at = text.find(rare, starts[first])
        while at >= 0:
            i = bisect_right(starts, at) - 1
            if matches(text[starts[i] : starts[i + 1]], parts):
                yield i
            at = text.find(rare, starts[i + 1])
