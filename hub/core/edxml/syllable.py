"""Whether letters can be one syllable of Vietnamese, by its own rules of spelling: onset, rhyme, tone.

Old and new ways of placing the tone (hoà, hòa) are the same here. Used to tell text that was damaged from text in
another language: damaged words turn into syllables when they are read as they were meant.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

_TONES: Final = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_HIGH_OR_LOW: Final = frozenset("\u0301\u0323")
_STOPS: Final = re.compile(r"(?:c|ch|p|t)\Z")
_ONSETS: Final = ("ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", *"bcdđghklmnprstvx", "")
_RHYMES: Final = (
    "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep "
    "et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu yêm yên yêng yêt yêu "
    "o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet oi om on ong ooc "
    "oong op ot oc ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh ui um un ung "
    "uơ up ut uy uya uych uynh uyên uyêt uyt uyu uôc uôi uôm uôn uông uôt ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi "
    "ươm ươn ương ươp ươt ươu y yn ych ynh yt "
)
RHYMES: Final = frozenset(_RHYMES.split())
LONGEST: Final = 7


def is_syllable(word: str) -> bool:
    """In any case; `word` in NFC or NFD."""
    if not 0 < len(word) <= 2 * LONGEST:
        return False
    apart = normalize("NFD", word.lower())
    tones = _TONES.findall(apart)
    base = normalize("NFC", _TONES.sub("", apart))
    if len(tones) > 1 or len(base) > LONGEST:
        return False
    return any(
        rhyme in RHYMES and (not _STOPS.search(rhyme) or (bool(tones) and tones[0] in _HIGH_OR_LOW))
        for rhyme in _rhymes_of(base)
    )


def _rhymes_of(base: str) -> list[str]:
    found = [base[len(onset) :] for onset in _ONSETS if base.startswith(onset)]
    return [*found, "i" + base[2:]] if base.startswith("gi") else found


def could_be(letters: str) -> bool:
    """Whether a vowel for each `?`, or đ for one at the beginning, makes a syllable of ASCII `letters`."""
    word = letters.lower()
    if not word.isascii() or not 1 < len(word) <= LONGEST:
        return False
    words = (word, "đ" + word[1:]) if word.startswith("?") else (word,)
    return any(
        len(rhyme) == len(shape) and all(map(_fits, rhyme, shape))
        for each in words
        for shape in _rhymes_of(each)
        for rhyme in RHYMES
    )


def _fits(letter: str, shape: str) -> bool:
    return letter in _VOWELS if shape == "?" else letter == shape


_VOWELS: Final = frozenset("aăâeêioôơuưy")
