"""Files that a program destroyed before they were attached: it held bytes in a text, or converted their line ends.

Told by two things at once. The file should be binary, by its ending or by the remains of its first bytes; and it bears
the trace of one conversion:

    REPLACED    all of it is UTF-8, and most bytes above 0x7f are EF BF BD: it was read as UTF-8
    QUESTIONED  all of it is ASCII, with `?` where its format begins with bytes above 0x7f: it was written as ASCII
    ENCODED     all of it is UTF-8, with the letters of Latin-1 or Windows-1252: it was read as that, written as UTF-8
    WIDENED     a zero in each pair of bytes: it was written as UTF-16
    LINE_ENDS   its inner lengths or offsets are wrong, and right once CR LF is LF again; PNG says so itself

Nothing is corrected: lost bytes are lost, and the sender has the original. Linear in the file; ordinary files are told
by their first bytes that are no UTF-8.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from enum import Enum
from typing import Final

from hub.core.edxml import zipread
from hub.core.errors import Text


class Harm(Enum):
    REPLACED = Text(
        "các byte ngoài ASCII đã bị thay bằng EF BF BD: một chương trình đã đọc tệp như văn bản UTF-8",
        "its bytes above 0x7f became EF BF BD: a program read the file as UTF-8 text",
    )
    QUESTIONED = Text(
        "các byte ngoài ASCII đã bị thay bằng dấu hỏi: một chương trình đã ghi tệp như văn bản ASCII",
        "its bytes above 0x7f became question marks: a program wrote the file as ASCII text",
    )
    ENCODED = Text(
        "các byte ngoài ASCII đã bị mã hóa lại thành UTF-8: một chương trình đã giữ tệp như văn bản",
        "its bytes above 0x7f were encoded as UTF-8: a program held the file as text",
    )
    WIDENED = Text(
        "tệp đã bị ghi thành văn bản UTF-16: mỗi byte thành hai",
        "the file was written as UTF-16 text: each byte became two",
    )
    LINE_ENDS = Text(
        "dấu xuống dòng trong tệp nhị phân đã bị chuyển đổi (CR LF, LF)",
        "line ends inside the binary file were converted (CR LF, LF)",
    )


_BINARY: Final = frozenset(
    {
        *(".pdf", ".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps", ".vsd", ".msg", ".docx", ".xlsx", ".pptx", ".docm"),
        *(".xlsm", ".odt", ".ods", ".odp", ".zip", ".rar", ".7z", ".gz", ".jpg", ".jpeg", ".png", ".gif", ".tif"),
        *(".tiff", ".bmp", ".p7s", ".p7m", ".mp3", ".mp4", ".jar", ".kmz", ".epub", ".dwg"),
    }
)
_LEFT_OVER: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?(?:%PDF-|PK\x03\x04|Rar!|GIF8|.{1,4}PNG\r?\n|.{2,14}JFIF|.{2,14}Exif|.{2,8}\x11.{2,9}\x1a.{1,3})",
    re.DOTALL,
)
"""How PDF, zip, RAR, GIF, PNG, JPEG and OLE2 begin after any of the conversions."""
_QUESTIONED: Final = re.compile(
    rb"\A(?:%PDF-\d\.\d\s+%\?{4}|\?PNG\r?\n|\?{4}.{2}(?:JFIF|Exif)|\?{2}\x11\?{3}\x1a\?|PK\x03\x04[^\x80-\xff]{26,}\?)",
    re.DOTALL,
)
_MAGIC: Final = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0", b"Rar!", b"GIF8", b"{\\rtf")
_CONVERTED_PNG: Final = tuple(
    b"\x89PNG" + changed for changed in (b"\n\x1a\n", b"\r\n\x1a\r\n", b"\r\r\n\x1a\r\n", b"\r\x1a\r", b"\n\n\x1a\n")
)
_LATIN: Final = frozenset(map(chr, range(0x80, 0x100))) | frozenset(
    bytes(b for b in range(0x80, 0xA0) if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)).decode("cp1252")
)
_LOST: Final = "\ufffd"
_PIECE: Final = 64 * 1024
_MOST: Final = 64
"""Letters of Latin-1 that a binary file has at least; a text inside of a good one may have some."""
_STARTXREF: Final = re.compile(rb"startxref\s+(\d{1,10})\s")
_AT_XREF: Final = re.compile(rb"\s{0,4}(?:xref|\d{1,10}\s+\d{1,5}\s+obj)")


def may_be_harmed(name: str, head: bytes) -> bool:
    """Whether `harm_of` could say anything of the file that begins with `head`, which decides for ordinary ones."""
    wide = _narrowed(head[:64])
    if (wide is not None and wide.startswith(_MAGIC)) or head.startswith(_CONVERTED_PNG):
        return True
    if not (_LEFT_OVER.match(head) or _suffix(name) in _BINARY):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return head.count(b"\n") == head.count(b"\r\n") > 0
    return True


def harm_of(name: str, data: bytes) -> Harm | None:
    """The conversion of the file `name`, or None where no trace is to be seen."""
    wide = _narrowed(data[:64])
    if wide is not None and wide.startswith(_MAGIC):
        return Harm.WIDENED
    if not (_LEFT_OVER.match(data) or _suffix(name) in _BINARY):
        return Harm.LINE_ENDS if data.startswith(_CONVERTED_PNG) else None
    if _QUESTIONED.match(data) and data.isascii():
        return Harm.QUESTIONED
    return _as_text(data) or (Harm.LINE_ENDS if _line_ends_changed(data) else None)


def _narrowed(head: bytes) -> bytes | None:
    """Every other byte, where those between are zero."""
    body = head[2:] if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head
    for first in (0, 1):
        others = body[1 - first :: 2]
        if len(others) >= 4 and not any(others[:8]):
            return body[first::2]
    return None


def _as_text(data: bytes) -> Harm | None:
    """All of it is UTF-8, with the traces of one conversion; stops at the first byte that is not."""
    if data.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    lost = latin = others = 0
    try:
        for start in range(0, len(data), _PIECE):
            piece = decoder.decode(data[start : start + _PIECE], start + _PIECE >= len(data))
            if piece.isascii():
                continue
            here = [c for c in piece if c > "\x7f"]
            lost += here.count(_LOST)
            latin += sum(c in _LATIN for c in here)
            others += len(here)
    except UnicodeDecodeError:
        return None
    if lost >= 3 and 2 * lost >= others:
        return Harm.REPLACED
    return Harm.ENCODED if (latin >= _MOST and 10 * latin >= 9 * others) or _encoded_magic(data) else None


def _encoded_magic(data: bytes) -> bool:
    return data.startswith(("\x89PNG".encode(), "ÿØÿ".encode(), "ÐÏ\x11à¡±".encode(), "‰PNG".encode()))


def _line_ends_changed(data: bytes) -> bool:
    if data.startswith(_CONVERTED_PNG):
        return True
    whole = next((look for magic, look in _WHOLE if data.startswith(magic)), None)
    if whole is None or whole(data) or b"\r\n" not in data:
        return False
    restored = data.replace(b"\r\n", b"\n")
    return restored.count(b"\n") == data.count(b"\r\n") and whole(restored)


def _whole_pdf(data: bytes) -> bool:
    """The last cross-reference table is where the file says."""
    found = list(_STARTXREF.finditer(data, max(0, len(data) - 2048)))
    return bool(found) and _AT_XREF.match(data, int(found[-1][1]) + max(0, data.find(b"%PDF-", 0, 1024))) is not None


def _whole_zip(data: bytes) -> bool:
    try:
        _, found = zipread.entries(data, 1)
        return bool(found) and bool(zipread.begins(data, found[0]))
    except zipread.BadZip:
        return False


def _whole_jpeg(data: bytes) -> bool:
    """Its segments follow one another up to the picture."""
    at = 2
    for _ in range(200):
        if data[at : at + 1] != b"\xff" or at + 4 > len(data):
            return False
        if data[at + 1] == 0xDA:
            return True
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return True


def _whole_ole(data: bytes) -> bool:
    return len(data) % 512 == 0


_WHOLE: Final[tuple[tuple[bytes, Callable[[bytes], bool]], ...]] = (
    (b"%PDF-", _whole_pdf),
    (b"PK\x03\x04", _whole_zip),
    (b"\xff\xd8\xff", _whole_jpeg),
    (b"\xd0\xcf\x11\xe0", _whole_ole),
)


def _suffix(name: str) -> str:
    return "." + name.rpartition(".")[2].lower()
