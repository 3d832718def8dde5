"""The kind of a file, by its bytes. The ContentType of the field is not to be trusted: its library calls every
file that it had to pack `application/zip`, and its own tables spell xls `xsl`.

One table of signatures; an archive is told apart by the names of its first entries, an OLE2 compound file
by the stream that it holds. Bytes that no rule claims are text if they decode as such, else
`application/octet-stream`. Says only how the bytes begin: a file that sniffs as PDF need not open as
one.
"""

from __future__ import annotations

import re
from typing import Final

from hub.core.edxml import zipread

UNKNOWN: Final = "application/octet-stream"
ZIP: Final = "application/zip"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_ZIP_FOLDER: Final = {
    "word": _OFFICE + "wordprocessingml.document",
    "xl": _OFFICE + "spreadsheetml.sheet",
    "ppt": _OFFICE + "presentationml.presentation",
}
# Names of OLE2 directory entries are UTF-16LE; the older Excel stream is called "Book".
_OLE_STREAM: Final = (
    ("WordDocument".encode("utf-16-le"), "application/msword"),
    ("Workbook".encode("utf-16-le"), "application/vnd.ms-excel"),
    (b"B\0o\0o\0k\0\0\0", "application/vnd.ms-excel"),
)
_NAMES_LOOKED_AT: Final = 64
_TEXT_LOOKED_AT: Final = 64 * 1024
_PDF_WITHIN: Final = 1024  # readers allow junk before the header
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def sniff(data: bytes) -> str:
    """Media type shown by the bytes; `text/plain` for text, UNKNOWN for the rest."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            refine = _REFINE.get(kind)
            return refine(data) if refine else kind
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return "application/pdf"
    return "text/plain" if _is_text(data) else UNKNOWN


def _zip_kind(data: bytes) -> str:
    try:
        _, found = zipread.entries(data, _NAMES_LOOKED_AT)
    except zipread.BadZip:
        return ZIP
    names = {entry.name for entry in found}
    if "[Content_Types].xml" not in names:
        return ZIP
    folders = {name.partition("/")[0] for name in names}
    return next((kind for folder, kind in _ZIP_FOLDER.items() if folder in folders), ZIP)


def _ole_kind(data: bytes) -> str:
    return next((kind for stream, kind in _OLE_STREAM if stream in data), "application/x-ole-storage")


def _is_text(data: bytes) -> bool:
    if not data:
        return False
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        head = data[:_TEXT_LOOKED_AT].decode(encoding)
    except UnicodeDecodeError as error:
        # A character cut in two by our own limit is no fault of the text.
        if len(data) <= _TEXT_LOOKED_AT or error.start < _TEXT_LOOKED_AT - 4:
            return False
        head = data[: error.start].decode(encoding)
    return _CONTROL.search(head) is None


_REFINE: Final = {ZIP: _zip_kind, "application/x-ole-storage": _ole_kind}
