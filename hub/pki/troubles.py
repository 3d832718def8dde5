"""Troubles with a token that its holder can put right, in both languages: told at a terminal, and on the page of
a console for which `truc agent` signs.
"""

from __future__ import annotations

from typing import Final

from hub.core.errors import Text
from hub.pki.files import PkiError

PIN_WRONG: Final = "pin-wrong"
PIN_LOCKED: Final = "pin-locked"
TOKEN_ABSENT: Final = "token-absent"
TOKENS_SEVERAL: Final = "tokens-several"
KEY_ABSENT: Final = "key-absent"

_TEXTS: Final = {
    PIN_WRONG: Text(
        "Sai PIN của {name}. PIN sai không tự thử lại, vì thử nhiều lần token sẽ bị khóa: kiểm PIN rồi chạy lại",
        "The PIN of {name} is wrong. It is not tried again by itself, for many wrong ones lock a token: look at it, "
        "then start again",
    ),
    PIN_LOCKED: Text(
        "{name} đã bị khóa vì nhập sai PIN quá nhiều lần: nơi cấp token mở khóa bằng PIN quản trị (SO PIN)",
        "{name} is locked after too many wrong PINs: whoever issued it unlocks it with its SO PIN",
    ),
    TOKEN_ABSENT: Text(
        "Không thấy {name}: cắm token vào máy này rồi làm lại",
        "{name} is not there: put it into this machine, then try again",
    ),
    TOKENS_SEVERAL: Text(
        "Có nhiều token khớp với {name}: chỉ rõ một token bằng token= hoặc serial=",
        "Several tokens fit {name}: name one by token= or serial=",
    ),
    KEY_ABSENT: Text(
        "Không tìm thấy đúng một khóa {name} trên token: token đã rút ra, hoặc chỉ rõ khóa bằng object= hay id=",
        "Not exactly one key {name} is on the token: it was taken away, or name the key by object= or id=",
    ),
}
_LOCKED: Final = ("PinLocked", "PinExpired")
_ABSENT: Final = (
    *("TokenNotPresent", "TokenNotRecognised", "DeviceRemoved", "DeviceError", "SlotIDInvalid"),
    *("SessionHandleInvalid", "SessionClosed", "KeyHandleInvalid", "ObjectHandleInvalid", "NoSuchToken", "NoSuchKey"),
)


class Trouble(PkiError):
    """`kind`: a stable word for programs; `told`: for people. Its text as an exception is for a log."""

    def __init__(self, kind: str, name: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind
        text = _TEXTS[kind]
        self.told = Text(text.vi.format(name=name), text.en.format(name=name))


def kind_of(error: Exception) -> str:
    """Which trouble the library of a token means; empty for one that is none of these."""
    name = type(error).__name__
    if name in _LOCKED:
        return PIN_LOCKED
    if name.startswith("Pin"):
        return PIN_WRONG
    return TOKEN_ABSENT if name in _ABSENT else ""
