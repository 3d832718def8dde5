"""The text of one field to its value and back: one function each way per kind of value, in two tables.

Reading is lenient where only one meaning is possible, and refuses where two are:

- Day: year first, `2022/11/11` or `2022-11-11`, one or two digits for month and day, a time of day after it
  is dropped. `25/12/2022` is refused as well: accepting it on the 25th, but not on the 11th, is a trap.
- Time: the same, with hours, minutes and perhaps seconds; parts of a second are dropped. A zone, where
  written, is converted to Vietnam time; a day with a zone is refused (it may be the day before).
- Whole numbers: one to nine ASCII digits. Yes or no: true, false, 1, 0 in any case. Status: `3` is `03`.
- Base64: the standard alphabet, padded, canonical; white space anywhere.

Each is written in exactly one form, the field's.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from typing import Any, Final, TypeVar

from hub.core.errors import Text
from hub.core.model import VIETNAM, Business, Priority, StatusCode

K = TypeVar("K")
V = TypeVar("V")


class WrongType(ValueError):
    """The text is not of the field's type (`T.`)."""


class WrongValue(ValueError):
    """Of the type, but none of the values allowed (`M.`)."""


class Kind(Enum):
    """Type of a field; the value is how the type is described to an integrator."""

    TEXT = "text"
    INT = "whole number 0..999999999"
    BIT = "0 | 1"
    FLAG = "0 (removed) | 1 (added)"
    BOOL = "true | false"
    DATE = "yyyy/MM/dd"
    TIME = "yyyy/MM/dd HH:mm:ss"
    PRIORITY = "0 | 1 | 2 | 3 | 4"
    BUSINESS = "0 | 1 | 2 | 3"
    STATUS = "01 | 02 | 03 | 04 | 05 | 06 | 13 | 15 | 16"
    CONTENT_ID = "cid:<id>"
    BASE64 = "base64"


DESCRIBED: Final[dict[Kind, Text]] = {kind: Text(kind.value, kind.value) for kind in Kind} | {
    Kind.TEXT: Text("văn bản", "text"),
    Kind.INT: Text("số nguyên 0..999999999", "whole number 0..999999999"),
    Kind.FLAG: Text("0 (bỏ) | 1 (thêm)", "0 (removed) | 1 (added)"),
}
"""The right form for a field of that kind."""

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WHITE: Final = b" \t\n\v\f\r\x1c\x1d\x1e\x1f"
_PIECE: Final = 48 * 1024
_MOST_DIGITS: Final = 9
_DAY: Final = r"([0-9]{4})([/-])([0-9]{1,2})\2([0-9]{1,2})"
_CLOCK: Final = r"[T ][T ]*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?"
_DATE: Final = re.compile(f"{_DAY}(?:{_CLOCK})?")
_TIME: Final = re.compile(rf"{_DAY}{_CLOCK} ?(Z|[+-][0-9]{{2}}:?[0-9]{{2}})?")
_PRIORITIES: Final = {int(each): each for each in Priority}
_BUSINESSES: Final = {int(each): each for each in Business}
_STATUSES: Final = {each.value: each for each in StatusCode}
_BOOLS: Final = {"true": True, "1": True, "false": False, "0": False}


def _int(text: str) -> int:
    if not _is_number(text):
        raise WrongType
    return int(text)


def _is_number(text: str) -> bool:
    return len(text) <= _MOST_DIGITS and text.isascii() and text.isdecimal()


def _bit(text: str) -> int:
    number = _int(text)
    if number > 1:
        raise WrongValue
    return number


def _bool(text: str) -> bool:
    value = _BOOLS.get(text.lower())
    if value is None:
        raise WrongType
    return value


def _date(text: str) -> date:
    match = _DATE.fullmatch(text)
    if match is None:
        raise WrongType
    try:
        return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        raise WrongType from None


def _time(text: str) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        raise WrongType
    year, _, month, day, hour, minute, second, zone = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))
        return _local(moment, zone) if zone else moment
    except (ValueError, OverflowError):
        raise WrongType from None


def _local(moment: datetime, zone: str) -> datetime:
    sign = -1 if zone[0] == "-" else 1
    east = timedelta() if zone == "Z" else sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return moment.replace(tzinfo=timezone(east)).astimezone(VIETNAM).replace(tzinfo=None)


def _priority(text: str) -> Priority:
    return _one_of(_PRIORITIES, _int(text))


def _business(text: str) -> Business:
    return _one_of(_BUSINESSES, _int(text))


def _status(text: str) -> StatusCode:
    if not _is_number(text):
        raise WrongType
    return _one_of(_STATUSES, text.zfill(2))


def _one_of(table: dict[K, V], key: K) -> V:
    value = table.get(key)
    if value is None:
        raise WrongValue
    return value


def bare_content_id(text: str) -> str:
    """`cid:1` and `1` are the same id."""
    return text[4:].strip() if text[:4].lower() == "cid:" else text


def _content_id(text: str) -> str:
    bare = bare_content_id(text)
    if not bare:  # `cid:` alone
        raise WrongType
    return bare


def decode_base64(text: str) -> bytes:
    """Strict base64 but for white space. WrongType otherwise, also where unused bits of the end are set."""
    if not text.isascii():
        raise WrongType
    pieces = text.split()  # one piece, and no copy, where the base64 is on one line
    packed = pieces[0] if len(pieces) == 1 else "".join(pieces)
    try:
        data = binascii.a2b_base64(packed, strict_mode=True)
    except binascii.Error:
        raise WrongType from None
    if len(packed) != (len(data) + 2) // 3 * 4:  # "strict mode" lets padding after a full group pass
        raise WrongType
    left_over = len(data) % 3
    if left_over and binascii.b2a_base64(data[-left_over:], newline=False) != packed[-4:].encode():
        raise WrongType
    return data


def check_base64(text: str) -> None:
    """WrongType where `decode_base64` raises it; makes no bytes, and holds a small part of `text` at a time."""
    if not text.isascii():
        raise WrongType
    rest = b""
    for start in range(0, len(text), _PIECE):
        packed = rest + text[start : start + _PIECE].encode()
        groups, rest = _parted(packed)
        if groups.translate(None, _ALPHABET):
            groups, rest = _parted(packed.translate(None, _WHITE))
            if groups.translate(None, _ALPHABET):
                raise WrongType
    decode_base64(rest.decode())


def _parted(packed: bytes) -> tuple[bytes, bytes]:
    """Groups of four characters, and the last one, whole or not, which alone may be padded."""
    end = max(len(packed) - 1, 0) // 4 * 4
    return packed[:end], packed[end:]


def _text_of_day(day: date) -> str:
    return f"{day.year:04}/{day.month:02}/{day.day:02}"


def _text_of_time(moment: datetime) -> str:
    if moment.tzinfo is not None:
        moment = moment.astimezone(VIETNAM)
    return f"{_text_of_day(moment)} {moment.hour:02}:{moment.minute:02}:{moment.second:02}"


def _text_of_int(number: int) -> str:
    return str(int(number))


VALUE_OF: Final[dict[Kind, Callable[[str], Any]]] = {
    Kind.TEXT: str,
    Kind.INT: _int,
    Kind.BIT: _bit,
    Kind.FLAG: lambda text: bool(_bit(text)),
    Kind.BOOL: _bool,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.PRIORITY: _priority,
    Kind.BUSINESS: _business,
    Kind.STATUS: _status,
    Kind.CONTENT_ID: _content_id,
    Kind.BASE64: decode_base64,
}
"""Text, trimmed and not empty, to value; WrongType or WrongValue."""

TEXT_OF: Final[dict[Kind, Callable[[Any], str]]] = {
    Kind.TEXT: str,
    Kind.INT: _text_of_int,
    Kind.BIT: _text_of_int,
    Kind.FLAG: _text_of_int,
    Kind.BOOL: lambda value: "true" if value else "false",
    Kind.DATE: _text_of_day,
    Kind.TIME: _text_of_time,
    Kind.PRIORITY: _text_of_int,
    Kind.BUSINESS: _text_of_int,
    Kind.STATUS: lambda code: StatusCode(code).value,
    Kind.CONTENT_ID: lambda text: "cid:" + bare_content_id(text),
    Kind.BASE64: lambda data: binascii.b2a_base64(data, newline=False).decode("ascii"),
}
"""Value to the one text that is written for it."""
