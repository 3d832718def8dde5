"""Short phrases from English into Vietnamese: the "expected" and "found" of errors, and other sentences with parts.

In        an English phrase that was filled in already: "at most 64 bytes".
Out       the same in Vietnamese: "tối đa 64 byte"; a phrase that no table has comes back as it was.
May use   nothing.
A crash   here would turn a refusal into a 500, so nothing in here raises, and the work grows with the phrase's length
          alone: a hostile phrase costs as much as any other.

`expected` and `found` are the tables; `tests/core/test_phrases.py` holds every phrase of the code against them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

_HOLE: Final = "{}"
_DEEP: Final = 3


class Phrases:
    """A table from English to Vietnamese, with `{}` for each part that is filled in, in the same order in both. Parts
    are looked up as well, so that "File" within a sentence becomes a word of its language."""

    def __init__(self, *tables: Mapping[str, str]) -> None:
        self._whole: dict[str, str] = {}
        self._begun: dict[str, list[tuple[Sequence[str], str]]] = {}
        for english, vietnamese in (row for table in tables for row in table.items()):
            literals = english.split(_HOLE)
            if len(literals) == 1:
                self._whole[english] = vietnamese
            else:
                self._begun.setdefault(_first_word(literals[0]), []).append((literals, vietnamese))
        for sentences in self._begun.values():
            sentences.sort(key=lambda sentence: -sum(map(len, sentence[0])))  # the most exact first

    def vi(self, phrase: str, deep: int = _DEEP) -> str:
        """The phrase in Vietnamese, or as it is."""
        if phrase in self._whole:
            return self._whole[phrase]
        if not deep:
            return phrase
        if phrase.startswith("`"):  # a place: it stands in no sentence
            place, found, rest = phrase.partition("`: ")
            if found:
                return place + found + self.vi(rest, deep)
        for first in dict.fromkeys((_first_word(phrase), "")):
            for literals, vietnamese in self._begun.get(first, ()):
                parts = _parts(literals, phrase)
                if parts is not None:
                    return _filled(vietnamese, [self.vi(part, deep - 1) for part in parts])
        return phrase


def _first_word(text: str) -> str:
    """The certain beginning of a phrase: its first word, if a space follows it."""
    word, space, _ = text.partition(" ")
    return word if space else ""


def _parts(literals: Sequence[str], phrase: str) -> list[str] | None:
    """The fillings of the holes between `literals`, each as short as it may be; None where the phrase is another."""
    first, *between, last = literals
    if len(phrase) < len(first) + len(last) or not phrase.startswith(first) or not phrase.endswith(last):
        return None
    rest, parts = phrase[len(first) : len(phrase) - len(last)], []
    for literal in between:
        part, found, rest = rest.partition(literal)
        if not found:
            return None
        parts.append(part)
    return [*parts, rest]


def _filled(vietnamese: str, parts: Sequence[str]) -> str:
    literals = vietnamese.split(_HOLE)
    return "".join(word for pair in zip(literals, [*parts, ""], strict=True) for word in pair)
