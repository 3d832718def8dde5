"""The files of a message: out of their base64, out of a zip that only packs them, with a name that a disk can bear.

The bytes decide, not the ContentType, which in the field is the original's, the zip's, a synonym's or none. Bytes that
begin as a zip are one of three things, told apart by the attachment's own name (`_packs`):

1. Any format but the two below, also one that is a zip inside (docx, xlsx, odt, epub, apk …, which are never of one
   entry): a zip with a single entry packs the file, by any name; gateways call it by a UUID. A zip with more entries is
   the file itself, or nobody could say which of them is.
2. A format that is a zip, of one entry where there is no more to say (`ONE_ENTRY_FORMATS`: kmz, jar …): only where the
   entry begins as a zip again is that one the file.
3. `.zip`: the sender meant a zip. Only where its single entry begins as a zip again, and bears the same name or one
   that a machine made, is that one the file.

A file that was packed twice is unpacked twice. Everything else is taken as it is, and `sniffed_type` says its kind.

Bounds, since packed bytes are from outside: one entry, `unpacked` bytes, and at most `ratio` times its
packed size once it is larger than `ratio_free`; and one budget for all files of a message (`Spent`), for a
thousand small bombs are a large one. A zip that packs a file and is out of bounds or damaged, and one that is cut
short, is BadAttachment, never a guess. Other damage is for `damaged_file` to tell.

Base64 is strict but for white space. Not checked: whether a file opens, or harms.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Final
from unicodedata import category, normalize

import msgspec
from lxml import etree

from hub.core.edxml.fields import ATTACHMENT
from hub.core.edxml.filetype import ZIP, sniff
from hub.core.edxml.message import Attachment
from hub.core.edxml.read import Claimed, Walk, attachment_elements
from hub.core.edxml.zipread import BadZip, Entry, begins, entries, extract, packs_more
from hub.core.errors import BadAttachment

RAW_SUFFIXES: Final = frozenset({".pdf", ".doc", ".docx", ".xsl", ".xslx", ".zip"})
"""The types that the field's library does not pack, its two misspellings included."""

ONE_ENTRY_FORMATS: Final = frozenset(
    {".kmz", ".jar", ".war", ".ear", ".aar", ".cbz", ".xpi", ".whl", ".nupkg", ".zipx"}
)
"""Endings of formats that are zips themselves and may have one entry."""


class Bounds(msgspec.Struct, frozen=True):
    """Sizes in bytes, of each file; `together`: of all that come out of their zips. Deflate cannot exceed a ratio of
    1032; office files and scans stay far below 100, so all together may exceed `ratio_free` only as one file may."""

    unpacked: int = 64 * 1024 * 1024
    ratio: int = 100
    ratio_free: int = 1024 * 1024
    together: int = 256 * 1024 * 1024


BOUNDS: Final = Bounds()

_LAYERS: Final = 2
"""The field's library packs, and a gateway packs again; `secrecy` looks as deep."""
ZIP_STARTS: Final = (b"PK\x03\x04", b"PK\x05\x06")
_MACHINE_MADE: Final = re.compile(
    r"\{?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?|tmp[0-9a-z_]*|[0-9a-f]{32,}|[0-9]+", re.I
)


def attachments(claimed: Claimed, bounds: Bounds = BOUNDS) -> Iterator[Attachment]:
    """The files, decoded one at a time, in the message's order. BadAttachment."""
    spent = Spent(bounds)
    for element in attachment_elements(claimed.root):
        yield spent.on(_decoded(element))


class Spent:
    """The budget of one message: the bytes that have come out of its zips so far, and out of how many bytes."""

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self._bounds = bounds
        self._packed = self._unpacked = 0

    def on(self, file: Attachment) -> Attachment:
        """As `unpacked`, within the rest of its budget. BadAttachment before more is unpacked than that."""
        bounds = self._bounds
        self._packed += len(file.data)
        most = max(bounds.ratio_free, bounds.ratio * self._packed)
        left = min(bounds.together, most) - self._unpacked
        taken, spent = _taken_out(file, bounds, left)
        self._unpacked += spent
        return taken


def _decoded(element: etree._Element) -> Attachment:
    reading = Walk().over([element], ATTACHMENT)
    (made,) = reading.made
    if not isinstance(made, Attachment):
        raise BadAttachment(expected="a file in base64", found=", ".join(f.code for f in reading.faults))
    return made


def unpacked(file: Attachment, bounds: Bounds = BOUNDS, left: int | None = None) -> Attachment:
    """`file` taken out of its packing, if it is packed. BadAttachment where that zip is damaged or out of bounds, or
    holds more than the `left` of the message's budget."""
    return _taken_out(file, bounds, left)[0]


def _taken_out(file: Attachment, bounds: Bounds, left: int | None) -> tuple[Attachment, int]:
    """The file, and how many bytes came out of zips on the way to it."""
    data, spent = file.data, 0
    for _ in range(_LAYERS):
        try:
            entry = _packs(file.name, data)
            if entry is None:
                break
            if left is not None and spent + entry.size > left:
                raise BadZip(
                    f"{entry.size} bytes when unpacked, {max(left - spent, 0)} left for all attachments together"
                )
            data = extract(data, _bounded(entry, bounds), bounds.unpacked)
        except BadZip as error:
            raise BadAttachment(expected="a zip of one readable file", found=f"{file.name}: {error}") from None
        spent += entry.size
    taken = file if data is file.data else msgspec.structs.replace(file, data=data, content_type=sniff(data))
    return taken, spent


def _packs(name: str, data: bytes) -> Entry | None:
    """The only entry of `data`, if that is a zip which only packs the file of this `name`. BadZip where it is cut
    short."""
    if not data.startswith(ZIP_STARTS):
        return None
    suffix = _suffix(name)
    is_zip = suffix == ".zip" or suffix in ONE_ENTRY_FORMATS
    try:
        count, found = entries(data, 1)
    except BadZip:
        if packs_more(data):
            return None  # any fault means that it does not pack one file
        raise
    if count != 1 or len(found) != 1 or found[0].name.endswith("/"):
        return None
    if is_zip and not begins(data, found[0]).startswith(ZIP_STARTS):
        return None
    return None if suffix == ".zip" and not _same_file(name, found[0].name) else found[0]


def _same_file(name: str, inside: str) -> bool:
    """Whether an entry called `inside` may be the file called `name`: by that name, or by one that a machine made."""
    stem, last = _stem(inside), safe_name(inside)
    return last.casefold() == safe_name(name).casefold() or _MACHINE_MADE.fullmatch(stem) is not None


def _stem(path: str) -> str:
    return _SEPARATORS.split(path)[-1].rpartition(".")[0]


def _bounded(entry: Entry, bounds: Bounds) -> Entry:
    if entry.size > bounds.ratio_free and entry.size > bounds.ratio * max(entry.packed, 1):
        raise BadZip(f"packed more than {bounds.ratio} to 1")
    return entry


def packed(file: Attachment) -> Attachment:
    """`file` as the field's library would send it. The same bytes every time: the entry's time is a
    constant."""
    if _suffix(file.name) in RAW_SUFFIXES:
        return file
    target = io.BytesIO()
    entry = zipfile.ZipInfo(safe_name(file.name), (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(entry, file.data)
    return msgspec.structs.replace(file, data=target.getvalue(), content_type=ZIP)


_SPACE: Final = re.compile(r"\s+")
_SEPARATORS: Final = re.compile(r"[/\\]")
_FORBIDDEN: Final = re.compile(r'[:*?"<>|]')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE)
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_LONGEST: Final = 200  # bytes; file systems allow 255, callers add prefixes
_LONGEST_SUFFIX: Final = 16
_NAMELESS: Final = "tep-dinh-kem"


def safe_name(name: str) -> str:
    """A file name without path, control or direction characters, reserved on no system, at most 200 bytes.

    Vietnamese stays. Applying it twice changes nothing. Never empty.
    """
    visible = "".join(c for c in _SPACE.sub(" ", name) if category(c) not in _INVISIBLE)
    last = next((part for part in reversed(_SEPARATORS.split(visible)) if part.strip(" .")), _NAMELESS)
    plain = _FORBIDDEN.sub("_", _SPACE.sub(" ", normalize("NFC", _bounded_name(last)))).strip(" .")
    return _shortened(f"_{plain}" if _RESERVED.fullmatch(plain) else plain)


def _bounded_name(name: str) -> str:
    """No more than the part that counts: composing a row of marks takes quadratic time (`hub.core.edxml.text`)."""
    return name if len(name) <= 1_000 else name[:700] + name[-300:]


def _shortened(name: str) -> str:
    if len(name.encode()) <= _LONGEST:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix.encode()) > _LONGEST_SUFFIX:
        stem, dot, suffix = name, "", ""
    room = _LONGEST - len(f"{dot}{suffix}".encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .") + dot + suffix


def _suffix(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return dot + suffix.lower() if stem else ""
