"""Text that no longer says its author's words, and the words that were probably meant: six ways in which programs
damage it.

    NOTHING     `null`, `N/A` and the like as the whole value: a program had none
    LOST        U+FFFD: a program read bytes that were not in the encoding it thought
    ESCAPED     `&amp;`, `&#7879;`, `\\u1ec7`, `%E1%BB%87` that are still there: escaped once more than they were read
    MOJIBAKE    UTF-8 that was read as Latin-1, Windows-1252, Windows-1258 or code page 437, also twice
    TCVN3, VNI  encodings of old fonts, shown as the letters of Latin-1
    QUESTIONED  `?` inside words, where an encoding had no letter

No good Vietnamese may be among them. So mojibake needs a pair of letters that no text has side by side; an old encoding
needs words that are no syllables, all of which become some when they are read so (`syllable`), and no letter that only
Unicode has; question marks need two words that a vowel makes whole. A doubtful case is not told. Linear in the text, of
which the first MOST characters count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from html.entities import html5
from typing import Final, NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from hub.core.edxml.syllable import could_be, is_syllable
from hub.core.errors import Text

MOST: Final = 4_000


class Damage(Enum):
    NOTHING = Text("giá trị rỗng của một chương trình", "a program's word for no value")
    LOST = Text("ký tự thay thế U+FFFD: có chữ đã mất", "U+FFFD: letters were lost")
    ESCAPED = Text("ký tự bị mã hóa (escape) hai lần", "text that was escaped twice")
    MOJIBAKE = Text("UTF-8 bị đọc theo bảng mã khác", "UTF-8 that was read in another encoding")
    TCVN3 = Text("chữ TCVN3 (ABC), không phải Unicode", "TCVN3 (ABC), not Unicode")
    VNI = Text("chữ VNI, không phải Unicode", "VNI, not Unicode")
    QUESTIONED = Text("dấu hỏi thay cho chữ có dấu", "question marks in place of letters")


class Seen(NamedTuple):
    """`meant`: the words that were probably meant, empty where it cannot be told."""

    damage: Damage
    meant: str = ""


def damage_in(text: str) -> Seen | None:
    """The damage to a value of a message, which is trimmed and in NFC; None where nothing is to be seen."""
    if not _WORTH_A_LOOK.search(text, 0, MOST):
        return Seen(Damage.NOTHING) if text.casefold() in _NO_VALUES or text in _NO_VALUES_EXACTLY else None
    text = text[:MOST]
    if "\ufffd" in text:
        return Seen(Damage.LOST)
    for look in (_escaped, _mojibake, _of_old_fonts, _questioned):
        seen = look(text)
        if seen is not None:
            return seen
    return None


_NO_VALUES: Final = frozenset(
    {"null", "(null)", "<null>", "[null]", "n/a", "#n/a", "undefined", "dbnull", "system.dbnull", "[object object]"}
)
_NO_VALUES_EXACTLY: Final = frozenset({"None", "NaN", "NONE"})


def _letters() -> str:
    marks = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    lower = "".join(normalize("NFC", vowel + mark) for vowel in "aăâeêioôơuưy" for mark in marks) + "đ"
    return "".join(sorted({c for c in lower + lower.upper() if c > "\x7f"}))


_VIETNAMESE: Final = _letters()
_ORDINARY: Final = _VIETNAMESE + "\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b–—‘’“”…\u200b"
_MARKS_OF_VNI: Final = "ùøûõïêéèúüëâáàåãä"
_WORTH_A_LOOK: Final = re.compile(
    rf"[?&\\%]|[^\x00-\x7f{_ORDINARY}]|[aeouyôAEOUYÔ][{_MARKS_OF_VNI}{_MARKS_OF_VNI.upper()}]"
)
"""Anything but letters, marks and quotation marks of Vietnamese; or two of its vowels together, as VNI writes them."""


# Escaped once more

_NAMED: Final = frozenset(name[:-1] for name in html5 if name.endswith(";"))
_REFERENCE: Final = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_OF_JSON: Final = re.compile(r"\\u([0-9A-Fa-f]{4})")
_OF_URLS: Final = re.compile(r"(?:%[C-F][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f])+)+")
_TIMES: Final = 3


def _escaped(text: str) -> Seen | None:
    meant = text
    for _ in range(_TIMES):
        meant = _REFERENCE.sub(_character, meant)
    meant = _OF_JSON.sub(lambda match: _chr(int(match[1], 16)) or match[0], meant)
    if "://" not in meant:
        meant = _OF_URLS.sub(lambda match: _of_url(match[0]), meant)
    return Seen(Damage.ESCAPED, meant) if meant != text else None


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return html5[f"{name};"] if name in _NAMED else match[0]
    return _chr(int(decimal) if decimal else int(hexadecimal, 16)) or match[0]


def _chr(number: int) -> str:
    is_text = 0x20 <= number < 0xD800 or 0xE000 <= number < 0x110000
    return chr(number) if is_text else ""


def _of_url(escaped: str) -> str:
    meant = unquote(escaped, errors="replace")
    return escaped if "\ufffd" in meant else meant


# UTF-8 read as something else


def _table(codec: str) -> dict[int, str]:
    """Byte to character; bytes that the encoding lacks become control characters, as browsers have it."""
    return {b: bytes([b]).decode(codec, "ignore") or chr(b) for b in range(0x80, 0x100)}


def _class(table: dict[int, str], first: int, last: int) -> str:
    return "[" + "".join(re.escape(table[b]) for b in range(first, last + 1)) + "]"


def _pairs(table: dict[int, str]) -> str:
    more, two, three = _class(table, 0x80, 0xBF), _class(table, 0xC2, 0xDF), _class(table, 0xE1, 0xEF)
    return f"{two}{more}|{three}{more}{{2}}|{_class(table, 0xF0, 0xF4)}{more}{{3}}"


_VIEWS: Final = tuple(
    (re.compile(_pairs(table)), {character: byte for byte, character in table.items()})
    for table in map(_table, ("latin-1", "cp1252", "cp1258", "cp437"))
)
_AFTER_LETTERS: Final = frozenset("\u00a0«»°º·§\u00ad“”‘’–—…•™®©²³¹ª")
"""The characters that may stand behind a letter in good text, so that a capital Ã before it proves nothing."""

_CUT: Final = re.compile("á[º»]")
"""Two bytes of a letter whose third was dropped, as control characters are."""
_QUOTES: Final = frozenset("\u00a0«»“”‘’–—…")


def _mojibake(text: str) -> Seen | None:
    meant = text
    for _ in range(_TIMES):
        reads = [read for view in _VIEWS if (read := _read_again(meant, *view)) is not None]
        if not reads:
            break
        meant = min(reads, key=len)  # the one that makes sense of most
    return Seen(Damage.MOJIBAKE, _CUT.sub("?", meant)) if meant != text else None


def _read_again(text: str, pairs: re.Pattern[str], bytes_of: dict[str, int]) -> str | None:
    certain, long = False, 0

    def read(match: re.Match[str]) -> str:
        nonlocal certain, long
        try:
            meant = bytes(bytes_of[c] for c in match[0]).decode()
        except UnicodeDecodeError:
            return match[0]
        certain, long = certain or _is_certain(match, meant), long + (len(match[0]) > 2)
        return meant

    again = pairs.sub(read, text)
    return again if certain or long > 1 else None


def _is_certain(match: re.Match[str], meant: str) -> bool:
    """Whether these characters side by side are no text: not those that may follow a word's last letter."""
    if not (meant.isalpha() or meant in _ORDINARY):
        return False
    inside_a_word = match.start() > 0 and match.string[match.start() - 1].islower() and match[0][0].isupper()
    if len(match[0]) > 2:
        return match[0][-1] not in _QUOTES
    return inside_a_word or match[0][1] not in _AFTER_LETTERS


# Encodings of old fonts

_TCVN3: Final = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_VNI_TONES: Final = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_HATS: Final = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_BREVES: Final = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}


def _vni() -> dict[str, str]:
    pairs = {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
    for base, meant in (*((v, v) for v in "aeouy"), ("ô", "ơ"), ("ö", "ư")):
        pairs |= {base + mark: normalize("NFC", meant + tone) for mark, tone in _VNI_TONES.items()}
    for vowel in "aeo":
        pairs |= {vowel + mark: normalize("NFC", f"{vowel}\u0302{tone}") for mark, tone in _VNI_HATS.items()}
    pairs |= {"a" + mark: normalize("NFC", f"a\u0306{tone}") for mark, tone in _VNI_BREVES.items()}
    upper = {old.upper(): new.upper() for old, new in pairs.items()}
    return pairs | upper | {old.capitalize(): new.capitalize() for old, new in pairs.items()}


_VNI: Final = _vni()
_VNI_PARTS: Final = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))
_WORDS: Final = re.compile(r"[^\s\d,.;:()/\[\]\-–“”\"'!?&+_=]+")
_MOST_WORDS: Final = 200
_NO_LETTERS: Final = frozenset("®¹ª©¨«¬\u00adµ¶¸»¼½¾¡¢£¤¥¦§")
_TWO_MARKS: Final = re.compile("[aeoAEOöôÖÔ][âáàåãäùøûÂÁÀÅÃÄÙØÛ]|[ñÑ]")


def _of_old_fonts(text: str) -> Seen | None:
    if any(c > "\xff" and c.isalpha() for c in text):
        return None  # it is Unicode
    words = [word[0] for _, word in zip(range(_MOST_WORDS), _WORDS.finditer(text)) if not word[0].isascii()]  # noqa: B905
    for damage, read in ((Damage.TCVN3, _read_tcvn3), (Damage.VNI, _read_vni)):
        if _become_syllables(damage, words, [read(word) for word in words]):
            return Seen(damage, read(text))
    return None


def _read_tcvn3(text: str) -> str:
    meant = "".join(_TCVN3.get(c, c) for c in text)
    return _WORDS.sub(lambda word: word[0].upper() if _is_shouted(word[0]) else word[0], meant)


def _is_shouted(word: str) -> bool:
    """Fonts for capitals have the codes of small letters: only ASCII tells."""
    plain = [c for c in word if c.isascii() and c.isalpha()]
    return len(plain) > 1 and all(c.isupper() for c in plain)


def _read_vni(text: str) -> str:
    return _VNI_PARTS.sub(lambda part: _VNI[part[0]], text)


def _become_syllables(damage: Damage, words: list[str], read: list[str]) -> bool:
    good = [(word, meant) for word, meant in zip(words, read, strict=True) if _in_letters(word) and is_syllable(meant)]
    strong = [word for word, meant in good if meant != word and not is_syllable(word)]
    if not strong or 2 * len(good) < len(words):
        return False
    if len(strong) > 1:
        return True
    (word,) = strong
    if damage is Damage.VNI:
        return len(words) == len(good) > 1 or _TWO_MARKS.search(word) is not None
    return len(words) == len(good) and (len(good) > 1 or not _NO_LETTERS.isdisjoint(word))


def _in_letters(word: str) -> bool:
    return any(c.isascii() and c.isalpha() for c in word) or (len(word) > 1 and word[0] in "§®")


# Question marks

_QUESTIONED: Final = re.compile(r"(?<![^\s(\"“/,.\-])[A-Za-z]*+\?++[A-Za-z]*+(?:\?++[A-Za-z]++)*+(?![^\s)\"”/,.;:\-])")
_INSIDE: Final = re.compile(r"[A-Za-z]\?+[a-z]|[A-Z]\?+[A-Z]")
_ADDRESS: Final = re.compile(r"://|www\.|\?\w+=")


def _questioned(text: str) -> Seen | None:
    if "?" not in text or _ADDRESS.search(text):
        return None
    words = list(_holes(text))
    inside = sum(_INSIDE.search(word) is not None for word in words)
    return Seen(Damage.QUESTIONED) if inside and (len(words) > 1 or inside == text.count("?")) else None


def _holes(text: str) -> Iterator[str]:
    for _, match in zip(range(_MOST_WORDS), _QUESTIONED.finditer(text)):  # noqa: B905
        word = re.sub(r"\?+", "?", match[0])
        if could_be(word):
            yield word
