"""Files that pages need: styles, scripts, the icons. Each has the digest of its bytes in its name, so that a browser
may keep it for a year and a new version is another file. The work of others lies in `vendor/`, with licence and digest.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from aiohttp import web

from hub.core.errors import NotFound
from hub.http.call import Call

FOLDER: Final = Path(__file__).parent / "static"
PATH: Final = "/console/static/{name}"
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_WORTH: Final = 1_000
"""Bytes below which compressing gains nothing."""


class File(NamedTuple):
    data: bytes
    packed: bytes
    media: str


@cache
def _named() -> dict[str, str]:
    """From the name in the folder to the name in an address."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in _TYPES:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            found[path.relative_to(FOLDER).as_posix()] = f"{path.stem}.{digest}{path.suffix}"
    return found


@cache
def _file(name: str) -> File | None:
    inside = next((inside for inside, outside in _named().items() if outside == name), None)
    if inside is None:
        return None
    data = (FOLDER / inside).read_bytes()
    packed = gzip.compress(data, 9, mtime=0) if len(data) > _WORTH else b""
    return File(data, packed, _TYPES[Path(inside).suffix])


def address(inside: str) -> str:
    """Where the file of that name is found. KeyError where there is none."""
    return f"/console/static/{_named()[inside]}"


async def serve(call: Call) -> web.StreamResponse:
    name = call.path["name"]
    if name not in _named().values():  # no name that anybody asks for is kept
        raise NotFound(found=name[:80])
    file = _file(name)
    assert file is not None
    headers = {
        "Content-Type": f"{file.media}; charset=utf-8",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Server": "truc",
    }
    if file.packed and "gzip" in call.request.headers.get("Accept-Encoding", ""):
        return web.Response(body=file.packed, headers=headers | {"Content-Encoding": "gzip"})
    return web.Response(body=file.data, headers=headers)
