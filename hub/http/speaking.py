"""The language of an answer: the one that its caller asks for, by `lang` in the address or by Accept-Language.

An answer that depends on it says so (`Vary`, `Content-Language`). No preference: each kind of answer has its own
beginning (a file for people is Vietnamese, a problem English, as its members are).
"""

from __future__ import annotations

from typing import Final, Literal

from aiohttp import web
from msgspec import UNSET, UnsetType

Lang = Literal["vi", "en"] | UnsetType
"""A parameter `lang`; left out, the header says."""
LANGS: Final = ("vi", "en")
VARY: Final = "Accept-Language"
_LONGEST: Final = 200
_MOST: Final = 12


def preferred(header: str) -> str:
    """`vi` or `en`, which of them the header likes best; empty where it names neither. RFC 9110, 12.5.4: parameters
    but for the weight are let be, and a header beyond its bound is read as far as that."""
    best, weight = "", 0.0
    for part in header[:_LONGEST].split(",", _MOST)[:_MOST]:
        name, _, parameters = part.partition(";")
        lang, liked = name.strip().lower().partition("-")[0], _weight(parameters)
        if lang in LANGS and liked > weight:
            best, weight = lang, liked
    return best


def spoken(request: web.BaseRequest, asked: str | UnsetType = UNSET, otherwise: str = "vi") -> str:
    """`asked`: as the address has it, which counts more."""
    return asked if isinstance(asked, str) and asked else preferred(request.headers.get(VARY, "")) or otherwise


def told_in(lang: str, vary: str = VARY) -> dict[str, str]:
    """Headers of an answer in this language."""
    return {"Content-Language": lang, "Vary": vary}


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    digits = value.strip()
    whole, _, part = digits.partition(".")
    known = digits.isascii() and whole in ("0", "1") and len(part) <= 3 and (not part or part.isdigit())
    return min(float(digits), 1.0) if known else 0.0
