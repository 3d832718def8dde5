"""A form with a file in it, as browsers send one without a script (RFC 7578): one pass over its bytes.

    the body is split at its boundary; each part is a head, an empty line, and its bytes
    a part with `filename` is a file, any other a field; names repeat nobody: the last one counts

Names of files are not looked at: they are the sender's words, and nothing is kept under them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from hub.console.form import Form
from hub.console.page import Visit
from hub.core.errors import BadRequest

_MOST_PARTS: Final = 50
_LONGEST_FIELD: Final = 64 * 1024
_LONGEST_BOUNDARY: Final = 70


class Uploaded(NamedTuple):
    """`files` by the name of their field; one that nobody chose is not there."""

    form: Form
    files: Mapping[str, bytes]

    def file(self, name: str) -> bytes:
        """BadRequest where none was chosen."""
        data = self.files.get(name, b"")
        if not data:
            raise BadRequest(expected="a file", found="none", field=name)
        return data


async def uploaded(visit: Visit, most: int) -> Uploaded:
    """The fields and files of a form of at most so many bytes, once it is sure that a page of this session sent it."""
    kind = visit.call.request.headers.get("Content-Type", "")
    if not kind.lower().startswith("multipart/form-data"):
        return Uploaded(await visit.form(), {})
    visit.check_origin()
    found = read(kind, await visit.body(most))
    visit.values = {k: v for k, v in found.form.fields.items() if k != "csrf"}
    visit.ours = True
    visit.check_token(found.form.fields.get("csrf", ""))
    return found


def read(kind: str, body: bytes) -> Uploaded:
    """`kind`: the Content-Type. BadRequest for bytes that are no such form."""
    boundary = _parameter(kind, "boundary")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY or not boundary.isascii():
        raise BadRequest(expected="the fields of a form", found="no boundary")
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode(), _MOST_PARTS + 1)
    if len(parts) < 2 or len(parts) > _MOST_PARTS + 1 or not parts[-1].startswith(b"--"):
        raise BadRequest(expected="the fields of a form", found="others")
    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}
    for part in parts[1:-1]:
        head, there, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        told = _disposition(head)
        name = _parameter(told, "name")
        if not there or not name:
            raise BadRequest(expected="the fields of a form", found="others")
        if "filename=" in told.lower():
            if data:
                files[name] = data
        else:
            fields[name] = _text(data)
    return Uploaded(Form(fields), files)


def _disposition(head: bytes) -> str:
    for line in head[:4096].split(b"\r\n"):
        if line.lower().startswith(b"content-disposition:"):
            return line.decode("utf-8", "replace")
    return ""


def _parameter(told: str, name: str) -> str:
    """`form-data; name="file"` → `file`."""
    for part in told[:1024].split(";")[1:]:
        key, _, value = part.strip().partition("=")
        if key.lower() == name:
            return value.strip('"')
    return ""


def _text(data: bytes) -> str:
    if len(data) > _LONGEST_FIELD:
        raise BadRequest(expected=f"at most {_LONGEST_FIELD} bytes", found="more")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise BadRequest(expected="the fields of a form", found="others") from None
