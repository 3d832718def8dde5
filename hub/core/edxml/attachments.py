"""The files of a message: out of their base64, out of the field's zip, with a name that a disk can bear.

The field's rule, on reading: ContentType `application/zip`, content a zip with a single entry,
AttachmentName not ending in `.zip` → the entry is the file. Its library packs everything but pdf, doc,
docx, xsl (sic), xslx (sic) and zip that way, so xls and xlsx too. Everything else is taken as it is: what
it really is, `sniffed_type` says.

Bounds, since what is packed is from outside: one entry, `unpacked` bytes, and at most `ratio` times its
packed size once it is larger than `ratio_free`; and one budget for all files of a message (`Spent`), for a
thousand small bombs are a large one. A file out of bounds or damaged is BadAttachment, never a guess.

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
from hub.core.edxml.zipread import BadZip, Entry, entries, extract
from hub.core.errors import BadAttachment

RAW_SUFFIXES: Final = frozenset({".pdf", ".doc", ".docx", ".xsl", ".xslx", ".zip"})
"""What the field's library does not pack, its two misspellings included."""


class Bounds(msgspec.Struct, frozen=True):
    """Sizes in bytes, of each file; `together`: of all that come out of their zips. Deflate cannot exceed a ratio of
    1032; office files and scans stay far below 100, so all together may exceed `ratio_free` only as one file may."""

    unpacked: int = 64 * 1024 * 1024
    ratio: int = 100
    ratio_free: int = 1024 * 1024
    together: int = 256 * 1024 * 1024


BOUNDS: Final = Bounds()


def attachments(claimed: Claimed, bounds: Bounds = BOUNDS) -> Iterator[Attachment]:
    """The files, decoded one at a time, in the message's order. BadAttachment."""
    spent = Spent(bounds)
    for element in attachment_elements(claimed.root):
        yield spent.on(_decoded(element))


class Spent:
    """The budget of one message: what has come out of its zips so far, and out of how many bytes."""

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self._bounds = bounds
        self._packed = self._unpacked = 0

    def on(self, file: Attachment) -> Attachment:
        """As `unpacked`, within what is left for it. BadAttachment before more is unpacked than that."""
        bounds = self._bounds
        self._packed += len(file.data)
        most = max(bounds.ratio_free, bounds.ratio * self._packed)
        left = min(bounds.together, most) - self._unpacked
        taken = unpacked(file, bounds, left)
        if taken is not file:
            self._unpacked += len(taken.data)
        return taken


def _decoded(element: etree._Element) -> Attachment:
    reading = Walk().over([element], ATTACHMENT)
    (made,) = reading.made
    if not isinstance(made, Attachment):
        raise BadAttachment(expected="a file in base64", found=", ".join(f.code for f in reading.faults))
    return made


def unpacked(file: Attachment, bounds: Bounds = BOUNDS, left: int | None = None) -> Attachment:
    """`file` by the field's rule: out of its zip, if it is in one. BadAttachment where that zip is out of
    bounds, or holds more than the `left` of the message's budget."""
    if file.content_type.lower() != ZIP or file.name.lower().endswith(".zip"):
        return file
    try:
        count, found = entries(file.data, 1)
    except BadZip:
        return file
    if count != 1 or len(found) != 1 or found[0].name.endswith("/"):
        return file
    try:
        if left is not None and found[0].size > left:
            raise BadZip(f"{found[0].size} bytes when unpacked, {max(left, 0)} left for all attachments together")
        content = extract(file.data, _bounded(found[0], bounds), bounds.unpacked)
    except BadZip as error:
        raise BadAttachment(expected="a zip of one readable file", found=f"{file.name}: {error}") from None
    return msgspec.structs.replace(file, data=content, content_type=sniff(content))


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
    """No more than what may count: composing a row of marks takes quadratic time (`hub.core.edxml.text`)."""
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
