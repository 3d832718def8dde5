"""Requests that a front does not understand, passed on to the hub and its answer back, byte for byte as they come.

Only headers that belong to one connection stay behind (RFC 9110 §7.6.1). Nothing is kept whole: both bodies flow, so an
event stream or a large export costs no memory here. The hub may hold an answer whole for as long as it is read, and
does not know from where it was asked: so it stands in the ledger of this front, by its length. A slow side's allowance
is the hub's business on its connection and the listener's on ours.
"""

from __future__ import annotations

from typing import Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from hub.core.bundle.contents import MEDIA_TYPE
from hub.core.errors import Unavailable
from hub.http import peer
from hub.http.answering import charge

_OF_ONE_CONNECTION: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"}
)
_MADE_HERE: Final = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")
"""The headers that the client would add of its own where the caller said nothing."""


class Forwarder:
    """The hub's own HTTP, on a socket of the file system. Use as an async context."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Forwarder:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(self._path, limit=0, force_close=False),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_MADE_HERE,
            max_line_size=64 * 1024,
            max_field_size=64 * 1024,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def pass_on(self, request: web.Request, authorization: str = "") -> web.StreamResponse:
        """The hub's answer to this request. `authorization`: in the name of a caller that has none of its own."""
        headers = _kept(request.headers)
        headers.popall(peer.PASSED_ON, None)  # from any writer: the hub reads there the front's word
        headers[peer.PASSED_ON] = peer.address(request)
        if authorization:
            headers["Authorization"] = authorization
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # no part of the answer
        try:
            async with self._session.request(
                request.method,
                _inside(request.rel_url),
                headers=headers,
                data=request.content if request.body_exists else None,
                allow_redirects=False,
            ) as answer:
                return await _answered(request, answer)
        except aiohttp.ClientConnectionError as error:
            raise Unavailable(found="the hub does not answer") from error


def _inside(url: URL) -> URL:
    """The target as it was written, not normalised: the hub decides its meaning."""
    return URL.build(scheme="http", host="hub", path=url.raw_path, query_string=url.raw_query_string, encoded=True)


async def _answered(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=_kept(answer.headers))
    if request.method != "HEAD" and answer.content_type != MEDIA_TYPE:  # a bundle lies on the hub's disk
        charge(request, answer.content_length or 0)
    await response.prepare(request)
    if request.method != "HEAD":
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
    await response.write_eof()
    return response


def _kept(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    named = {name.strip().lower() for value in headers.getall("Connection", ()) for name in value.split(",")}
    gone = _OF_ONE_CONNECTION | named
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in gone)
